"""``berth bench``: how fast, beside what it is measured against."""

import json
from pathlib import Path

import click

from bench import suite
from bench.plan import Plan
from bench.report import as_text
from gateway.cli.output import say, say_text

_POSITIVE = click.IntRange(min=1)


@click.command()
@click.option(
    "--claims", type=_POSITIVE, multiple=True, default=Plan.claims, show_default=True,
    help="Claims in the database before sql, rest and contended; again, to measure at several sizes.",
)  # fmt: skip
@click.option(
    "--scale-claims", type=(_POSITIVE, _POSITIVE), default=Plan.scale, show_default=True, metavar="SMALL LARGE",
    help="The two sizes that scale compares; availability compares the usual one with the large one.",
)  # fmt: skip
@click.option(
    "--seconds", type=click.FloatRange(min=0.1), default=Plan.seconds, show_default=True,
    help="Each way, in each round.",
)  # fmt: skip
@click.option("--rounds", type=_POSITIVE, default=Plan.rounds, show_default=True, help="How often the ways take turns.")
@click.option(
    "--only", type=click.Choice(suite.NAMES), multiple=True, help="Just this measurement; again, for several."
)
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    metavar="FILE", help="Write the report as JSON too; - for standard output, instead of the tables.",
)  # fmt: skip
def bench(
    claims: tuple[int, ...], scale_claims: tuple[int, int], seconds: float, rounds: int,
    only: tuple[str, ...], json_file: Path | None,
) -> None:  # fmt: skip
    """Measure Berth side by side with a bare exclusion constraint.

    Makes a PostgreSQL cluster of its own, with every commit safe on disk, and leaves nothing behind. The ratios mean
    something on any machine, the figures only on one that does nothing else meanwhile. A missed target is no error.
    """
    plan = Plan(claims, scale_claims, seconds, rounds, only)
    report = suite.run(plan, lambda step: say(f"bench: {step}", err=True))
    written = json.dumps(report, indent=2) + "\n"
    if json_file == Path("-"):
        say_text(written, nl=False)
        return
    if json_file:
        json_file.write_text(written)
    say_text(as_text(report))
