"""One client that books, a minute after another: what ``scale``, ``pool`` and ``bundle`` compare."""

import contextlib
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from bench.arena import Database
from bench.population import MEMBER
from bench.result import Figures, latencies
from bench.statement import Statement
from gateway.local import LocalError

# For each second that is asked for.
CREATES = 150
WARM_UP = 50
# Where others have turns: so many that all meet the same load.
_TURNS = 100


def create(
    database: Database, sql: str, first: int, count: int, others: Callable[[int], tuple[object, ...]] = lambda _: ()
) -> Figures:
    """Latency of ``count`` executions, after those to warm up, each of the next slot.

    $1 of the statement is the slot's number; ``others`` gives what follows, of each execution.
    """
    rows = [(first + number, *others(number)) for number in range(WARM_UP + count)]
    parts = run(database, sql, rows)
    while True:
        try:
            next(parts)
        except StopIteration as end:
            took, _ = end.value
            return {"creates": count, **latencies(took)}


def run(
    database: Database, sql: str, rows: Sequence[tuple[object, ...]], warm_up: int = WARM_UP,
    user_id: uuid.UUID = MEMBER,
) -> Generator[None, None, tuple[list[float], float]]:  # fmt: skip
    """Returns how long each execution took, and the CPU time its backend spent on all of them, in seconds.

    ``rows`` are the parameters of each; those of the warm-up come first and are not counted. Yields now and then, so
    that something else can have its turn.
    """
    took = []
    with database.connect_member(user_id) as connection:
        statement = Statement(connection, sql)
        before = 0.0
        in_a_row = max(1, len(rows) // _TURNS)
        for number, parameters in enumerate(rows):
            if number == warm_up:
                before = _cpu_time(connection.info.backend_pid)
            attempt = statement.run(*parameters)
            if attempt.sqlstate:
                raise LocalError(f"{sql} failed with SQLSTATE {attempt.sqlstate}")
            took.append(attempt.took)
            if number % in_a_row == 0:
                yield
        return took[warm_up:], _cpu_time(connection.info.backend_pid) - before


def _cpu_time(pid: int) -> float:
    """What the scheduler counts in nanoseconds; elsewhere in ticks of 10 ms."""
    exact = Path(f"/proc/{pid}/schedstat")
    if exact.exists():
        return int(exact.read_text().split()[0]) / 1e9
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


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
