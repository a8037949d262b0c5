"""``python -m tests.prove.report``: puts the figures of the last run that was not the short form into docs/proofs.md."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.prove.figures import FOLDER, Figure, number

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "proofs.md"
_BETWEEN = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- /figures -->)", re.DOTALL)


def lines(told: dict[str, Any]) -> Iterator[str]:
    """The machine, and a table of all figures."""
    machine = told["machine"]
    form = "Full scale" if told["form"] == "full" else f"{float(told['form']):g} of the full scale"
    yield (
        f"{form}, {told['day']}: PostgreSQL {machine['postgresql']} on {machine['cores']} cores of {machine['cpu']}"
        f" with {machine['memory_bytes'] / 2**30:.0f} GiB, clients on the same cores."
    )
    yield ""
    yield "| proof | figure | | wanted |"
    yield "| --- | --- | --- | --- |"
    for figure in (Figure(**values) for values in told["figures"]):
        value = f"{number(figure.value)} {figure.unit}".strip()
        yield f"| {figure.proof} | {figure.name} | {value if figure.is_met else f'**{value}**'} | {figure.wanted} |"
    yield ""


def main() -> None:
    """Rewrites the part between the marks."""
    runs = [path for path in FOLDER.glob("*.json") if path.stem != "short"]
    if not runs:
        sys.exit("no figures yet: run 'make prove'")
    told = json.loads(max(runs, key=lambda path: path.stat().st_mtime).read_text())
    table = "\n".join(lines(told)) + "\n"
    DOCUMENT.write_text(_BETWEEN.sub(lambda _: table, DOCUMENT.read_text()))


if __name__ == "__main__":
    main()
