"""One client that books, a minute after another: what ``scale``, ``pool`` and ``bundle`` compare."""

from collections.abc import Callable

from bench.arena import Database
from bench.result import Figures, latencies
from bench.statement import Statement
from gateway.local import LocalError

# For each second that is asked for.
CREATES = 150
WARM_UP = 50


def create(
    database: Database, sql: str, first: int, count: int, others: Callable[[int], tuple[object, ...]] = lambda _: ()
) -> Figures:
    """Latency of ``count`` executions, after those to warm up, each of the next slot.

    $1 of the statement is the slot's number; ``others`` gives what follows, of each execution.
    """
    took = []
    with database.connect_member() as connection:
        statement = Statement(connection, sql)
        for number in range(WARM_UP + count):
            attempt = statement.run(first + number, *others(number))
            if attempt.sqlstate:
                raise LocalError(f"a booking failed with SQLSTATE {attempt.sqlstate}")
            took.append(attempt.took)
    return {"creates": count, **latencies(took[WARM_UP:])}
