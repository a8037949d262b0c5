"""One client's create_series, and as many create_reservation; and a thousand occurrences at once."""

from bench.arena import Arena, Database
from bench.plan import Plan
from bench.population import RESOURCE_ID, RESOURCES, Slots
from bench.result import Figures, Result, Target, latencies
from bench.statement import Statement
from gateway.local import LocalError

WEEKS = 52
DAYS = 1000
# For each second that is asked for, of each way.
_BATCHES = 4
_WARM_UP = 3

SINGLE, YEAR, MANY = f"{WEEKS} create_reservation", f"create_series of {WEEKS}", f"create_series of {DAYS:,}"


def _series(rule: str, first: str, apart: int) -> str:
    """A statement whose series lie in years of their own, each in minutes that no other has: $1 numbers them."""
    return (
        f"select api.create_series({RESOURCE_ID.format(f'(1 + $1::integer / {apart} % {RESOURCES})::text')}, '{rule}',"
        f" timestamp '{first}' + $1::integer % {apart} * interval '1 minute', duration => '1 minute', timezone => 'UTC')"
    )


STATEMENTS = {
    SINGLE: f"select api.create_reservation({RESOURCE_ID.format('($2::text)')},"
    f" {Slots.start('$1')}, {Slots.start('$1::float8 + 1')})",
    YEAR: _series(f"FREQ=WEEKLY;COUNT={WEEKS}", "2300-01-01 00:00", 7 * 1440),
    MANY: _series(f"FREQ=DAILY;COUNT={DAYS}", "2400-01-01 00:00", 1440),
}


def measure(arena: Arena, plan: Plan, claims: int) -> Result:
    """How long it takes, the ways taking turns."""
    database = arena.database(claims)
    result = Result("series", f"{WEEKS} weeks one by one and as a series", [claims], 1, {way: [] for way in STATEMENTS})
    batches = _WARM_UP + plan.times(_BATCHES)
    for number in range(plan.rounds):
        first = arena.slots.take(batches * WEEKS)
        result.rounds[SINGLE].append(
            _time(database, SINGLE, [[(first + WEEKS * n + i, 1 + i) for i in range(WEEKS)] for n in range(batches)])
        )
        for way in (YEAR, MANY):
            result.rounds[way].append(_time(database, way, [[(number * batches + n,)] for n in range(batches)]))
    ratios = result.compare(YEAR, SINGLE, "p50_ms", "p99_ms")
    result.targets = [
        Target(f"median latency, as a multiple of {WEEKS} single ones'", ratios["p50_ms"], at_most=0.5),
        Target(f"median milliseconds for {DAYS:,} occurrences", result.summary()[MANY]["p50_ms"], at_most=1000),
    ]
    return result


def _time(database: Database, way: str, batches: list[list[tuple[int, ...]]]) -> Figures:
    took = []
    with database.connect_member() as connection:
        statement = Statement(connection, STATEMENTS[way])
        for batch in batches:
            attempts = [statement.run(*parameters) for parameters in batch]
            if failed := [attempt.sqlstate for attempt in attempts if attempt.sqlstate]:
                raise LocalError(f"a booking failed with SQLSTATE {failed[0]}")
            took.append(sum(attempt.took for attempt in attempts))
    return latencies(took[_WARM_UP:])
