"""One client's create_bundle of three resources, and create_reservation of one."""

from bench import one_client
from bench.arena import Arena
from bench.plan import Plan
from bench.population import RESOURCE_ID, RESOURCES, Slots
from bench.result import Result, Target

SIZE = 3

_START, _END = Slots.start("$1"), Slots.start("$1::float8 + 1")


def _resource(number: int) -> str:
    return RESOURCE_ID.format(f"(1 + ($2::integer + {number}) % {RESOURCES})::text")


_ITEMS = ", ".join(
    f"jsonb_build_object('resource_id', {_resource(number)}, 'starts_at', {_START}, 'ends_at', {_END})"
    for number in range(SIZE)
)
STATEMENTS = {
    "create_reservation": f"select api.create_reservation({_resource(0)}, {_START}, {_END})",
    "create_bundle": f"select api.create_bundle(jsonb_build_array({_ITEMS}))",
}


def measure(arena: Arena, plan: Plan, claims: int) -> Result:
    """Latency, the two taking turns."""
    database = arena.database(claims)
    result = Result("bundle", f"{SIZE} resources and one", [claims], 1, {way: [] for way in STATEMENTS})
    count = plan.times(one_client.CREATES)
    for _ in range(plan.rounds):
        for way, sql in STATEMENTS.items():
            first = arena.slots.take(one_client.WARM_UP + count)
            result.rounds[way].append(one_client.create(database, sql, first, count, lambda number: (SIZE * number,)))
    single, bundle = STATEMENTS
    ratios = result.compare(bundle, single, "p50_ms", "p99_ms")
    result.targets = [Target("median latency, as a multiple of the single one's", ratios["p50_ms"], at_most=3.5)]
    return result
