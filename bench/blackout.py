"""One blackout of all resources, over all that is loaded: what is in its way stays, or is cancelled."""

import time

from bench.arena import Arena, Database
from bench.plan import Plan
from bench.population import LOADED_FROM, MANAGER, RESOURCE_ID, RESOURCES, Slots
from bench.result import Figures, Result, Target

MODES = ("keep", "cancel")

_CREATE = f"""\
select jsonb_array_length(b -> 'blackouts'), jsonb_array_length(b -> 'affected')
  from api.create_blackout(
         array(select {RESOURCE_ID.format("n::text")} from generate_series(1, {RESOURCES}) n),
         {LOADED_FROM}, {Slots.FIRST}, on_conflict => %s) b"""


def measure(arena: Arena, plan: Plan, claims: int) -> Result:
    """How long it takes, and then to verify the invariants; each time in a new copy of the database."""
    database = arena.database(claims)
    result = Result("blackout", f"of {RESOURCES:,} resources", [claims], 1, {mode: [] for mode in MODES})
    for _ in range(plan.rounds):
        for mode in MODES:
            with arena.copy(database) as copy:
                result.rounds[mode].append(_black_out(copy, mode))
    keep, cancel = MODES
    result.compare(cancel, keep, "seconds")
    violations = sum(figures["violations"] for mode in MODES for figures in result.rounds[mode])
    result.targets = [
        *(Target(f"seconds with {mode}", result.summary()[mode]["seconds"], at_most=10) for mode in MODES),
        Target("violations of the invariants, all rounds together", violations, at_most=0),
    ]
    return result


def _black_out(database: Database, mode: str) -> Figures:
    with database.connect_member(MANAGER) as connection:
        began = time.perf_counter()
        row = connection.execute(_CREATE, (mode,)).fetchone()
        took = time.perf_counter() - began
    assert row
    began = time.perf_counter()
    violations = database.violations()
    return {
        "seconds": took, "blackouts": row[0], "affected": row[1],
        "verify_s": time.perf_counter() - began, "violations": violations,
    }  # fmt: skip
