"""One client's create_reservation in a small database and in a large one."""

from bench import one_client
from bench.arena import Arena, Database
from bench.plan import Plan
from bench.population import RESOURCE_ID, RESOURCES, Slots
from bench.result import Result, Target

_CREATE = (
    f"select api.create_reservation({RESOURCE_ID.format('$2::text')},"
    f" {Slots.start('$1')}, {Slots.start('$1::float8 + 1')})"
)


def measure(arena: Arena, plan: Plan) -> Result:
    """Latency, the sizes taking turns."""
    small, large = (arena.database(claims) for claims in plan.scale)
    ways = {_name(database): database for database in (small, large)}
    result = Result("scale", "one client, small and large", list(plan.scale), 1, {way: [] for way in ways})
    count = plan.times(one_client.CREATES)
    for _ in range(plan.rounds):
        for way, database in ways.items():
            first = arena.slots.take(one_client.WARM_UP + count)
            result.rounds[way].append(
                one_client.create(database, _CREATE, first, count, lambda number: (1 + number % RESOURCES,))
            )
    ratios = result.compare(_name(large), _name(small), "p50_ms", "p99_ms")
    result.targets = [Target("median latency, as a multiple of the small one's", ratios["p50_ms"], at_most=1.3)]
    return result


def _name(database: Database) -> str:
    return f"{database.claims:,} claims"
