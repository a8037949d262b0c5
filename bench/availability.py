"""Searching for free time among 1,000 resources, in a database of the usual size and in a large one."""

from collections.abc import Callable

from bench.arena import Arena, Database
from bench.plan import Plan
from bench.population import LOADED_FROM, RESOURCE_ID, RESOURCES
from bench.result import Figures, Result, Target, percentile
from bench.statement import Statement
from gateway.local import LocalError

# From half past of some hour of the first days on: $1 counts.
_START = f"{LOADED_FROM} + interval '8.5 hours' + $1::integer % 9 * interval '1 hour'"
_WEEK = f"{_START}, {_START} + interval '7 days', '2 hours'"

HOUR, BEST, ALL, SLOTS = "a whole hour, all", "2 h within a week, best 50", "2 h within a week, all", "next five slots"
SEARCHES = {
    HOUR: f"select count(*) from api.search_availability({_START}, {_START} + interval '1 hour', max_results => {RESOURCES})",
    BEST: f"select count(*) from api.search_availability({_WEEK})",
    ALL: f"select count(*) from api.search_availability({_WEEK}, max_results => {RESOURCES})",
    SLOTS: "select count(*) from api.next_available_slots("
    f"'1 hour', {RESOURCE_ID.format(f'(1 + $1::integer % {RESOURCES})::text')}, after => {_START})",
}
#: How often, for each second that is asked for, and how long the slow ones may take, in milliseconds.
_TIMES = {HOUR: 5, BEST: 4, ALL: 1, SLOTS: 30}
_LIMITS = {HOUR: 50, BEST: 150, ALL: 400, SLOTS: 5}
_GROWTH = 1.5


def measure(arena: Arena, plan: Plan) -> Result:
    """Latency, the sizes taking turns."""
    sizes = [plan.claims[0], plan.scale[1]]
    databases = [arena.database(claims) for claims in sizes]
    way: Callable[[str, Database], str] = lambda search, database: f"{search}, {database.claims:,}"  # noqa: E731
    result = Result(
        "availability", f"searching {RESOURCES:,} resources", sizes, 1,
        {way(search, database): [] for search in SEARCHES for database in databases},
    )  # fmt: skip
    for _ in range(plan.rounds):
        for search, sql in SEARCHES.items():
            for database in databases:
                result.rounds[way(search, database)].append(_search(database, sql, plan.times(_TIMES[search])))
    small, large = databases
    for search, limit in _LIMITS.items():
        ratios = result.compare(way(search, large), way(search, small), "p50_ms", "p95_ms")
        result.targets += [
            Target(f"{search}: p95 in ms", result.summary()[way(search, large)]["p95_ms"], at_most=limit),
            Target(f"{search}: median, as a multiple of the small one's", ratios["p50_ms"], at_most=_GROWTH),
        ]
    return result


def _search(database: Database, sql: str, count: int) -> Figures:
    took = []
    with database.connect_member() as connection:
        statement = Statement(connection, sql)
        for number in range(2 + count):
            attempt = statement.run(number)
            if attempt.sqlstate:
                raise LocalError(f"a search failed with SQLSTATE {attempt.sqlstate}")
            took.append(attempt.took * 1000)
    return {
        "searches": count,
        "p50_ms": percentile(took[2:], 50),
        "p95_ms": percentile(took[2:], 95),
        "max_ms": max(took[2:]),
    }
