"""Two checkouts of Berth against each other, in turns, on one machine: ``python -m bench.checkouts OLD NEW``.

Each has a cluster, PostgREST and a gateway of its own, with its own code, all up at the same time; only one of them works
at a time. One client's statements take turns every few executions, everything else within each round, OLD NEW NEW OLD.
What counts is the ratio within each round, and CPU time where it is given: other work on the machine changes it least.
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
from bench.checkout_measures import MEASURES, SHARES, Side, Turns, prepare, settle
from bench.plan import Plan
from bench.result import Figures
from gateway.local import LocalError
from gateway.local.postgres import Cluster
from gateway.local.postgrest import find_postgrest
from gateway.local.service import environment_with

_SERVER = Path(__file__).with_name("checkout_server.py")
_POSITIVE = click.IntRange(min=1)

Rows = dict[str, list[Figures]]
"""By figure, for each round what each side had, by its name."""


def run(old: Path, new: Path, plan: Plan) -> Iterator[tuple[str, Rows]]:
    """Measures both, one measure after the other; LocalError if a side breaks what Berth promises."""
    with _serving("old", old, plan.claims[0]) as first, _serving("new", new, plan.claims[0]) as second:
        sides = [first(), second()]
        prepare(sides)
        for name in plan.only or MEASURES:
            for side in sides:
                settle(side)
            yield name, _measure(name, sides, plan)
        for side in sides:
            for database in side.databases.values():
                if broken := database.violations():
                    raise LocalError(f"{side.name}: {broken} violations of the invariants in {database.name}")


def _measure(name: str, sides: list[Side], plan: Plan) -> Rows:
    rows: Rows = {}
    for number in range(plan.rounds):
        for way, measure in MEASURES[name].items():
            order = sides if number % 2 == 0 else sides[::-1]
            found = take_turns({side.name: measure(side, plan.seconds) for side in order})
            for figure in {figure: None for figures in found.values() for figure in figures}:
                values = {side: figures[figure] for side, figures in found.items() if figure in figures}
                rows.setdefault(f"{way}, {figure}", []).append(values)
    for above, below in SHARES.get(name, []):
        if above in rows:
            rows[f"{above.rpartition(', ')[0]} / {below}"] = [
                {side: value / base[side] for side, value in values.items()}
                for values, base in zip(rows[above], rows[below], strict=True)
            ]
    return rows


def take_turns(turns: dict[str, Turns]) -> dict[str, Figures]:
    """What each side returns, the last one of every turn being the first one of the next."""
    found: dict[str, Figures] = {}
    order = list(turns)
    while len(found) < len(turns):
        for name in order:
            if name not in found:
                try:
                    next(turns[name])
                except StopIteration as end:
                    found[name] = end.value
        order.reverse()
    return found


def cells(rounds: list[Figures]) -> str:
    """The medians of both, and of new/old within each round, with its range; blank where a side has no figure."""
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
        databases = {kind: Database(cluster, database, claims) for kind, database in ready["databases"].items()}
        urls = {"PostgREST": (ready["rest"], ""), "gateway": (ready["gateway"], "/rest/v1")}
        return Side(name, databases, urls, ready["token"])

    try:
        yield side
    except BaseException:
        # It may not have got as far as waiting for us.
        process.terminate()
        raise
    finally:
        process.stdin.close()
        process.wait()


@click.command()
@click.argument("old", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path))
@click.option(
    "--seconds", type=click.FloatRange(min=0.1), default=Plan.seconds, show_default=True,
    help="Each way, in each round.",
)  # fmt: skip
@click.option(
    "--rounds", type=_POSITIVE, default=Plan.rounds, show_default=True, help="How often the sides take turns."
)
@click.option("--claims", type=_POSITIVE, default=Plan.claims[0], show_default=True, help="Claims in each database.")
@click.option("--only", type=click.Choice(list(MEASURES)), multiple=True, help="Just this; again, for several.")
def main(old: Path, new: Path, seconds: float, rounds: int, claims: int, only: tuple[str, ...]) -> None:
    """Measure two checkouts of Berth against each other and print the ratios new/old."""
    click.echo(f"{'':<52}{'old':>10}{'new':>10}{'new/old':>10}  range of {rounds} rounds")
    for name, rows in run(old, new, Plan((claims,), seconds=seconds, rounds=rounds, only=only)):
        for figure, values in rows.items():
            click.echo(f"{f'{name}: {figure}':<52}{cells(values)}")


if __name__ == "__main__":
    main()
