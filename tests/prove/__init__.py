"""The proofs: what the README promises, tried by load, faults and deaths, and told in figures.

``make prove`` runs them at full scale, which takes hours; ``make test`` runs a short form of each. Every proof writes a
history of what its clients saw, and then asks the database, and whoever was told, whether that is true.
"""

import os

_NAMED = {"short": 0.0, "full": 1.0}


def _share(form: str) -> float:
    try:
        return _NAMED[form] if form in _NAMED else float(form)
    except ValueError:
        raise ValueError(f"BERTH_PROVE={form!r} is neither short nor full nor a share of the full scale") from None


FORM = os.environ.get("BERTH_PROVE") or "short"
SHARE = _share(FORM)
"""How much of the full scale is run."""


def sized(short: int, full: int) -> int:
    """A number of this run, never less than in the short form."""
    return max(short, round(full * SHARE))
