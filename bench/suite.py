"""The whole run."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from bench import (
    availability,
    blackout,
    bundle,
    cancel,
    contended,
    machine,
    pool,
    rest,
    rules,
    scale,
    series,
    sql,
    utilization,
)  # fmt: skip
from bench.arena import SETTINGS, Arena, open_arena
from bench.plan import Plan
from bench.report import as_json
from bench.result import Result

MEASUREMENTS = {
    "sql": sql.measure,
    "rest": rest.measure,
    "contended": contended.measure,
    "pool": pool.measure,
    "bundle": bundle.measure,
    "series": series.measure,
    "rules": rules.measure,
    "cancel": cancel.measure,
    "blackout": blackout.measure,
}
# Of two sizes each.
COMPARISONS = {"scale": scale.measure, "availability": availability.measure, "utilization": utilization.measure}
NAMES = (*MEASUREMENTS, *COMPARISONS)


def run(plan: Plan, report: Callable[[str], object]) -> dict[str, Any]:
    """Measures what the plan says; ``report`` is told of each step."""
    with open_arena(report) as arena:
        results = list(_measure(arena, plan, report))
        report("checking the invariants")
        violations = {database.name: database.violations() for database in arena.databases()}
        return {
            "machine": machine.describe(arena.postgresql, SETTINGS),
            "seconds": plan.seconds,
            "rounds": plan.rounds,
            "measurements": [as_json(result) for result in results],
            "violations": violations,
        }


def _measure(arena: Arena, plan: Plan, report: Callable[[str], object]) -> Iterator[Result]:
    wanted = plan.only or NAMES
    steps = [
        (f"{name} with {claims:,} claims", partial(measure, arena, plan, claims))
        for claims in plan.claims
        for name, measure in MEASUREMENTS.items()
        if name in wanted
    ]
    steps += [(name, partial(compare, arena, plan)) for name, compare in COMPARISONS.items() if name in wanted]
    for label, step in steps:
        report(f"measuring {label}")
        yield step()
