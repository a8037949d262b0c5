"""The figures of the proofs: each with what it must be, shown together when all is over."""

import json
from collections.abc import Generator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench.machine import describe
from gateway.local.postgres import find_bin_dir, major_version
from tests.prove import FORM

#: Where histories and figures of a run lie.
FOLDER = Path(__file__).resolve().parents[2] / ".prove"

# The short forms run beside everything else, on machines that are busy: they tell what is broken, not how fast it is.
PATIENCE = 6


@dataclass
class Figure:
    """One number."""

    proof: str
    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    is_met: bool = True

    @property
    def wanted(self) -> str:
        """The target, for people."""
        if self.at_most is not None:
            return f"at most {number(self.at_most)}" if self.at_most else "none"
        return "" if self.at_least is None else f"at least {number(self.at_least)}"


def number(value: float) -> str:
    """For people: three digits that matter."""
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.3g}"


class Figures:
    """Those of one proof."""

    def __init__(self, proof: str, properties: list[tuple[str, object]]) -> None:
        self.missed: list[Figure] = []
        self._proof = proof
        self._properties = properties

    def add(
        self, name: str, value: float, unit: str = "", *, at_most: float | None = None, at_least: float | None = None
    ) -> None:
        """Tells a figure; without a target it is told for itself. Times have a unit, and patience in the short form."""
        slack = PATIENCE if FORM == "short" and unit else 1
        is_met = (at_most is None or value <= at_most * slack) and (at_least is None or value >= at_least / slack)
        figure = Figure(self._proof, name, round(value, 3), unit, at_most, at_least, is_met)
        self._properties.append(("figure", asdict(figure)))
        if not is_met:
            self.missed.append(figure)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The table, whoever ran the tests: this process or others for it."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, []) if r.when == "call"]
    figures = [Figure(**value) for r in reports for name, value in r.user_properties if name == "figure"]
    if not figures:
        return
    machine = describe(str(major_version(find_bin_dir())), {})
    terminalreporter.section(f"proofs, {FORM}")
    terminalreporter.write_line(
        f"PostgreSQL {machine['postgresql']} on {machine['cores']} cores of {machine['cpu']}"
        f" with {machine['memory_bytes'] / 2**30:.0f} GiB"
    )
    width = max(len(f"{f.proof}: {f.name}") for f in figures)
    for f in figures:
        judgement = "" if not f.wanted else "met   " if f.is_met else "MISSED"
        terminalreporter.write_line(
            f"{judgement:6} {f'{f.proof}: {f.name}':{width}} {number(f.value):>12} {f.unit:3} {f.wanted}".rstrip()
        )
    write(machine, [asdict(f) for f in figures])


def write(machine: dict[str, Any], figures: list[dict[str, Any]]) -> None:
    """Keeps the figures of this form; of what did not run this time, those of the last time on this machine."""
    path = FOLDER / f"{FORM}.json"
    kept: list[dict[str, Any]] = []
    if path.exists():
        earlier = json.loads(path.read_text())
        new = {(f["proof"], f["name"]) for f in figures}
        kept = [f for f in earlier["figures"] if (f["proof"], f["name"]) not in new and earlier["machine"] == machine]
    told = {"form": FORM, "day": f"{date.today():%Y-%m-%d}", "machine": machine, "figures": kept + figures}
    FOLDER.mkdir(exist_ok=True)
    path.write_text(json.dumps(told, indent=2) + "\n")


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Those of this proof, named after its module; the proof fails when one is missed."""
    proof = request.module.__name__.rpartition(".test_")[2].replace("_", " ")
    return Figures(proof, request.node.user_properties)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fails a proof once it has told all its figures, rather than at the first that is missed."""
    result = yield
    told = pyfuncitem.funcargs.get("figures")
    if isinstance(told, Figures) and told.missed:
        pytest.fail("; ".join(f"{f.name}: {number(f.value)}, wanted {f.wanted}" for f in told.missed), pytrace=False)
    return result
