"""Two checkouts of Berth against each other, in turns, on one machine: ``python -m bench.checkouts OLD NEW``.

Each has a cluster, PostgREST and a gateway of its own, with its own code, all up at the same time; only one of them works
at a time. Everything is measured on both in every round, right after each other, and first on another side each time. What
counts is the ratio within each round, and CPU time where it is given: other work on the machine changes it little.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bench.arena import Database
from bench.checkout_measures import MEASURES, SHARES, Side, prepare, settle
from bench.plan import Plan
from gateway.local import LocalError
from gateway.local.postgres import Cluster
from gateway.local.postgrest import find_postgrest
from gateway.local.service import environment_with

_SERVER = Path(__file__).with_name("checkout_server.py")
_POSITIVE = click.IntRange(min=1)

Rows = dict[str, list[dict[str, float]]]
Found = dict[tuple[str, str], list[dict[str, float]]]
"""By measure and figure, for each round what each side had, by its name."""


def run(old: Path, new: Path, plan: Plan, report: Callable[[str], object]) -> Found:
    """Measures both; LocalError if a side breaks what Berth promises."""
    found: Found = {}
    claims = plan.claims[0]
    with _serving("old", old, claims) as first, _serving("new", new, claims) as second:
        sides = first(), second()
        prepare(sides)
        for name, ways in MEASURES.items():
            if plan.only and name not in plan.only:
                continue
            report(f"measuring {name}")
            for side in sides:
                settle(side)
            for number in range(plan.rounds):
                for way, measure in ways.items():
                    figures: dict[str, dict[str, float]] = {}
                    for side in sides if number % 2 == 0 else reversed(sides):
                        for figure, value in measure(side, plan.seconds).items():
                            figures.setdefault(figure, {})[side.name] = value
                    for figure, values in figures.items():
                        found.setdefault((name, f"{way}, {figure}"), []).append(values)
        for side in sides:
            for database in (side.database, side.plain, side.ruled):
                if broken := database.violations():
                    raise LocalError(f"{side.name}: {broken} violations of the invariants in {database.name}")
    return found


def as_text(found: Found) -> str:
    """A table: the medians of both, and of new/old within each round, with its range."""
    lines = [f"{'':<52}{'old':>10}{'new':>10}{'new/old':>10}  range over rounds"]
    for name in MEASURES:
        rows = {figure: rounds for (measure, figure), rounds in found.items() if measure == name}
        for measure, way, base in SHARES:
            if measure == name and rows:
                rows |= _share(rows, way, base)
        lines += [f"{name}: {figure:<{50 - len(name)}}{_cells(rounds)}" for figure, rounds in rows.items()]
    return "\n".join(lines)


def _share(rows: Rows, way: str, base: str) -> Rows:
    """One figure as a share of the other, on each side."""
    return {
        f"{way.rpartition(', ')[0]} / {base}": [
            {side: value / below[side] for side, value in above.items()}
            for above, below in zip(rows[way], rows[base], strict=True)
        ]
        for _ in range(way in rows)
    }


def _cells(rounds: list[dict[str, float]]) -> str:
    """A side that could not be measured, and then the ratio, is left blank."""
    medians = []
    for side in ("old", "new"):
        values = [values[side] for values in rounds if side in values]
        medians.append(f"{statistics.median(values):,.4g}" if values else "")
    ratios = [values["new"] / values["old"] for values in rounds if len(values) == 2]
    cells = "".join(f"{median:>10}" for median in medians)
    if not ratios:
        return cells
    return f"{cells}{statistics.median(ratios):>10.3f}  {min(ratios):.3f} to {max(ratios):.3f}"


@contextmanager
def _serving(name: str, checkout: Path, claims: int) -> Iterator[Callable[[], Side]]:
    """Starts serving a checkout; what it yields waits until that is done."""
    environment = environment_with(
        {
            "PYTHONPATH": str(checkout),
            # A worktree may have no node_modules.
            "PATH": os.pathsep.join([os.environ.get("PATH", ""), str(find_postgrest().parent)]),
            "BERTH_RATE_LIMIT": "0",
        },
        without="BERTH_",
    )
    # A session of its own: Ctrl-C is for us, and it cleans up once we close its standard input.
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER.read_text(), name, str(claims)], cwd=checkout, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout

    def side() -> Side:
        assert process.stdout
        said = process.stdout.readline()
        if not said:
            raise LocalError(f"{name}: {checkout} could not be served")
        ready = json.loads(said)
        cluster = Cluster(Path(ready["folder"]), ready["port"])
        databases = (Database(cluster, ready["databases"][kind], claims) for kind in ("main", "plain", "ruled"))
        return Side(name, *databases, {"": ready["rest"], "/rest/v1": ready["gateway"]}, ready["token"])

    try:
        yield side
    finally:
        process.stdin.close()
        process.wait()


@click.command()
@click.argument("old", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path))
@click.option("--seconds", type=_POSITIVE, default=Plan.seconds, show_default=True, help="Each way, in each round.")
@click.option(
    "--rounds", type=_POSITIVE, default=Plan.rounds, show_default=True, help="How often the sides take turns."
)
@click.option("--claims", type=_POSITIVE, default=Plan.claims[0], show_default=True, help="Claims in each database.")
@click.option("--only", type=click.Choice(list(MEASURES)), multiple=True, help="Just this; again, for several.")
def main(old: Path, new: Path, seconds: int, rounds: int, claims: int, only: tuple[str, ...]) -> None:
    """Measure two checkouts of Berth against each other and print the ratios new/old."""
    plan = Plan((claims,), seconds=seconds, rounds=rounds, only=only)
    click.echo(as_text(run(old, new, plan, lambda step: click.echo(step, err=True))))


if __name__ == "__main__":
    main()
