"""One client that books, a minute after another: what ``scale``, ``pool`` and ``bundle`` compare."""

import contextlib
from collections.abc import Callable, Iterable, Mapping

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


def in_turn(
    ways: Mapping[str, tuple[Database, str]], runs: Iterable[tuple[object, ...]], warm_up: int = WARM_UP
) -> dict[str, Figures]:
    """Latency of the statement of each way in its database, the ways taking turns at every execution.

    ``runs`` are the parameters of each. Where the machine has other things to do, all ways suffer alike.
    """
    took: dict[str, list[float]] = {way: [] for way in ways}
    with contextlib.ExitStack() as stack:
        statements = {
            way: Statement(stack.enter_context(database.connect_member()), sql) for way, (database, sql) in ways.items()
        }
        for number, parameters in enumerate(runs):
            # Each comes first as often as last.
            for way in sorted(ways, reverse=bool(number % 2)):
                attempt = statements[way].run(*parameters)
                if attempt.sqlstate:
                    raise LocalError(f"{way} failed with SQLSTATE {attempt.sqlstate}")
                took[way].append(attempt.took)
    return {way: latencies(seconds[warm_up:]) for way, seconds in took.items()}
