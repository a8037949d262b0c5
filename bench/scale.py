"""One client's create_reservation in a small database and in a large one."""

from bench.arena import Arena, Database
from bench.plan import Plan
from bench.population import RESOURCE_ID, RESOURCES, Slots
from bench.result import Figures, Result, Target, latencies
from bench.statement import Statement
from gateway.local import LocalError

# For each second that is asked for.
_CREATES = 150
_WARM_UP = 50

_CREATE = (
    f"select api.create_reservation({RESOURCE_ID.format('$2::text')},"
    f" {Slots.start('$1')}, {Slots.start('$1::float8 + 1')})"
)


def measure(arena: Arena, plan: Plan) -> Result:
    """Latency, the sizes taking turns."""
    small, large = (arena.database(claims) for claims in plan.scale)
    ways = {_name(database): database for database in (small, large)}
    result = Result("scale", "one client, small and large", list(plan.scale), 1, {way: [] for way in ways})
    count = _CREATES * plan.seconds
    for _ in range(plan.rounds):
        for way, database in ways.items():
            result.rounds[way].append(_create(database, arena.slots.take(_WARM_UP + count), count))
    ratios = result.compare(_name(large), _name(small), "p50_ms", "p99_ms")
    result.targets = [Target("median latency, as a multiple of the small one's", ratios["p50_ms"], at_most=1.3)]
    return result


def _name(database: Database) -> str:
    return f"{database.claims:,} claims"


def _create(database: Database, first: int, count: int) -> Figures:
    took = []
    with database.connect_member() as connection:
        statement = Statement(connection, _CREATE)
        for number in range(_WARM_UP + count):
            attempt = statement.run(first + number, 1 + number % RESOURCES)
            if attempt.sqlstate:
                raise LocalError(f"create_reservation failed with SQLSTATE {attempt.sqlstate}")
            took.append(attempt.took)
    return {"creates": count, **latencies(took[_WARM_UP:])}
