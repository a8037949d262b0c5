"""One client's create_reservation of one unit: in a pool that is half full, and of a resource that has no more."""

from bench import one_client
from bench.arena import Arena, Database
from bench.plan import Plan
from bench.population import MEMBER, POOL_ID, POOL_UNITS, RESOURCE_ID, TENANT, Slots
from bench.result import Result, Target

_START, _END = Slots.start("$1"), Slots.start("$1::float8 + 1")

SINGLE, POOL = "a single one", f"a pool of {POOL_UNITS}"
RESOURCES = {SINGLE: RESOURCE_ID.format("'1'"), POOL: POOL_ID}


def measure(arena: Arena, plan: Plan, claims: int) -> Result:
    """Latency, the two taking turns."""
    database = arena.database(claims)
    result = Result("pool", "one unit, the pool half full", [claims], 1, {way: [] for way in RESOURCES})
    count = plan.times(one_client.CREATES)
    for _ in range(plan.rounds):
        for way, resource in RESOURCES.items():
            first = arena.slots.take(one_client.WARM_UP + count)
            if way == POOL:
                fill_half(database, first, one_client.WARM_UP + count)
            sql = f"select api.create_reservation({resource}, {_START}, {_END})"
            result.rounds[way].append(one_client.create(database, sql, first, count))
    ratios = result.compare(POOL, SINGLE, "p50_ms", "p99_ms")
    result.targets = [Target("median latency, as a multiple of the single one's", ratios["p50_ms"], at_most=2)]
    return result


def fill_half(database: Database, first: int, count: int) -> None:
    """Half of the units at any time of these slots, 30 minutes each as all that is loaded."""
    with database.connect() as connection:
        connection.execute(
            "insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, owner_id)"
            f" select %s, {POOL_ID}, {Slots.start('n')}, {Slots.start('least(n + 30, %s)')}, %s"
            "   from generate_series(%s, %s, 30) n, generate_series(1, %s)",
            (TENANT, first + count, MEMBER, first, first + count - 1, POOL_UNITS // 2),
        )
