"""What ``bench.checkouts`` measures on each side, through what is public of Berth: both sides need to have only that."""

import statistics
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench import contended, one_client, pool, rest, rules, series, sql
from bench.arena import Database
from bench.availability import BEST, SEARCHES
from bench.one_client import WARM_UP
from bench.population import MANAGER, MEMBER, POOL_ID, RESOURCE_ID, RESOURCES, Slots
from bench.result import Figures, percentile
from gateway.local import LocalError

# For each second that is asked for.
_OPERATIONS, _RULED, _SLOW, _RACES = 1000, 150, 20, 20
_FEW = 5  # to warm up what is slow
# So many half days before 2120 rules.CREATE begins: the longest run stays within the rules' 100 years.
_RULED_FROM = -7300

_START, _END = Slots.start("$1"), Slots.start("$1::float8 + 1")
_RESOURCE = RESOURCE_ID.format(f"(1 + $1::integer % {RESOURCES})::text")
_APPROVED = RESOURCE_ID.format("'approval'")
_OWN_ID = "md5('slot ' || $1::integer)::uuid"
_CREATE = f"select api.create_reservation({_RESOURCE}, {_START}, {_END})"
_CREATE_ID = f"select api.create_reservation({{}}, {_START}, {_END}, id => {_OWN_ID}, status => '{{}}')"
_CHECK = f"select api.check_reservation_conflict({_RESOURCE}, {_START}, {_END}{{}})"
_MOVED = "$1::float8 + $2::float8"
_RESCHEDULE = f"select api.reschedule_reservation({_OWN_ID}, {Slots.start(_MOVED)}, {Slots.start(_MOVED + ' + 1')})"
_DAY = "/calendar?resource_id=eq.{resource}&starts_at=lt.2090-01-02T00:00:00Z&ends_at=gt.2090-01-01T00:00:00Z"
_ONE = "/resources?id=eq.{resource}"
_GATEWAY = "/rest/v1"


@dataclass
class Side:
    """One checkout, served."""

    name: str
    database: Database
    plain: Database
    """A copy for those who compare it with ``ruled``, a copy where every rule is set."""
    ruled: Database
    ports: dict[str, int]
    """Of PostgREST, whose prefix of paths is '', and of the gateway, by its prefix."""
    token: str
    has_advisories: bool = False
    """Whether ``check_reservation_conflict`` can be told to leave advisories out."""
    slots: Slots = field(default_factory=Slots)
    series: Slots = field(default_factory=Slots)
    ruled_slots: Slots = field(default_factory=Slots)


Way = Callable[[Side, int], Figures]
"""Measures something of a side for so many seconds; without any figures where the side cannot do it."""


def prepare(sides: Sequence[Side]) -> None:
    """Brings the sides into the same state: the rules that both know, and a resource that needs approval."""
    known = set(rules.RULES)
    for side in sides:
        with side.database.connect() as connection:
            # What runs on one side must not take time from the other; ``settle`` does it when nobody is measured.
            connection.execute("alter system set autovacuum = off")
            connection.execute("select pg_reload_conf()")
            columns = connection.execute(
                "select column_name from information_schema.columns"
                " where (table_schema, table_name) = ('booking', 'booking_rules')"
            )
            known &= {name for (name,) in columns}
            asked = connection.execute(
                "select 'advisories' = any(proargnames) from pg_proc"
                " where oid = 'api.check_reservation_conflict'::regproc"
            ).fetchone()
            side.has_advisories = bool(asked and asked[0])
        with side.database.connect_member(MANAGER) as connection:
            connection.execute(
                f"insert into api.resources (id, name, requires_approval) values ({_APPROVED}, 'Approved', true)"
            )
    for side in sides:
        with side.ruled.connect() as connection:
            rules.set_rules(connection, sorted(known))


def settle(side: Side) -> None:
    """Leaves nothing to do in the background."""
    for database in (side.database, side.plain, side.ruled):
        with database.connect() as connection:
            connection.execute("vacuum (analyze)")
            connection.execute("checkpoint")


def _figures(measured: tuple[list[float], float]) -> Figures:
    took, cpu = measured
    return {"p50 ms": percentile(took, 50) * 1000, "CPU ms": cpu / len(took) * 1000}


def _rows(slots: Slots, count: int, warm_up: int = WARM_UP) -> list[tuple[int, ...]]:
    first = slots.take(warm_up + count)
    return [(number,) for number in range(first, first + warm_up + count)]


def _statement(statement: str, side: Side, seconds: int) -> Figures:
    """One statement over and over, each time with the next slot as $1."""
    return _figures(one_client.run(side.database, statement, _rows(side.slots, _OPERATIONS * seconds)))


def _check(advisories: bool, side: Side, seconds: int) -> Figures:
    if advisories:
        return _statement(_CHECK.format(""), side, seconds)
    return _statement(_CHECK.format(", advisories => false"), side, seconds) if side.has_advisories else {}


def _pgbench(side: Side, seconds: int) -> Figures:
    base = side.slots.take(sql.FASTEST * seconds)
    return {"per s": sql.pgbench(side.database, sql.SCRIPTS["create_reservation"], base, seconds)["per_second"]}


def _pairs(side: Side, seconds: int) -> Figures:
    rows = _rows(side.slots, _OPERATIONS * seconds)
    held = one_client.run(side.database, _CREATE_ID.format(_RESOURCE, "held"), rows)
    confirmed = one_client.run(side.database, f"select api.confirm_reservation({_OWN_ID})", rows)
    pair = statistics.mean(held[0]) + statistics.mean(confirmed[0])
    return {
        "pairs per s": 1 / pair,
        **{f"hold {name}": value for name, value in _figures(held).items()},
        **{f"confirm {name}": value for name, value in _figures(confirmed).items()},
    }


def _after_create(
    statement: str, side: Side, seconds: int, *, resource: str = _RESOURCE, user_id: uuid.UUID = MEMBER
) -> Figures:
    """One statement for each of many reservations, which are made before; $2 is how many slots later one is free."""
    made = _rows(side.slots, _OPERATIONS * seconds)
    one_client.run(side.database, _CREATE_ID.format(resource, "confirmed"), made)
    later = side.slots.take(len(made)) - made[0][0]
    rows = [(number, later) for (number,) in made] if "$2" in statement else made
    return _figures(one_client.run(side.database, statement, rows, user_id=user_id))


def _contended(side: Side, seconds: int) -> Figures:
    count = _RACES * seconds
    first = side.slots.take(count + contended.CLIENTS)
    way = "create_reservation"
    races = contended.contend(side.database, way, range(first, first + count), contended.PATIENCE * seconds)
    found = contended.figures(races, contended.REFUSALS[way])
    if found["wrong"] or found["deadlocks"] or found["others"]:
        raise LocalError(f"{side.name}: not everybody but the one winner was refused with 409: {found}")
    return {"p50 ms": found["p50_ms"], "p99 ms": found["p99_ms"]}


def _rules(side: Side, seconds: int) -> Figures:
    rows = [(_RULED_FROM + n, 1 + n % RESOURCES) for (n,) in _rows(side.ruled_slots, _RULED * seconds)]
    found: Figures = {}
    for way, database in (("no rules", side.plain), ("every rule", side.ruled)):
        measured = _figures(one_client.run(database, rules.CREATE, rows))
        found |= {f"{way}, {name}": value for name, value in measured.items()}
    return found


def _pool(side: Side, seconds: int) -> Figures:
    rows = _rows(side.slots, _RULED * seconds)
    pool.fill_half(side.database, rows[0][0], len(rows))
    statement = f"select api.create_reservation({POOL_ID}, {_START}, {_END})"
    return _figures(one_client.run(side.database, statement, rows))


def _slow(statement: str, slots: Callable[[Side], Slots], side: Side, seconds: int) -> Figures:
    rows = _rows(slots(side), _SLOW * seconds, _FEW)
    return _figures(one_client.run(side.database, statement, rows, _FEW))


def _http(prefix: str, path: str, clients: int, side: Side, seconds: int, **options: Any) -> Figures:
    slots = None if options.get("method") == "GET" else side.slots
    found = rest.load(side.ports[prefix], side.token, prefix + path, clients, seconds, slots, **options)
    return {"per s": found["per_second"], "p50 ms": found["p50_ms"], "p99 ms": found["p99_ms"]}


def _both_ways(path: str, *clients: int, **options: Any) -> dict[str, Way]:
    return {
        f"{name}, {count}": partial(_http, prefix, path, count, **options)
        for count in clients
        for name, prefix in (("PostgREST", ""), ("gateway", _GATEWAY))
    }


_HOLDS: dict[str, Any] = {"body": {"status": "held"}, "then": "/rpc/confirm_reservation"}

MEASURES: dict[str, dict[str, Way]] = {
    "sql": {
        "create": partial(_statement, _CREATE),
        "check": partial(_check, True),
        "check without advisories": partial(_check, False),
        f"create, {sql.CLIENTS} clients": _pgbench,
    },
    "http": {
        "PostgREST, 1": partial(_http, "", "/rpc/create_reservation", 1),
        **_both_ways("/rpc/create_reservation", 8, 32),
    },
    "confirm": {"SQL": _pairs, "PostgREST, 8": partial(_http, "", "/rpc/create_reservation", 8, **_HOLDS)},
    "contended": {"16 for one slot": _contended},
    "rules": {"create": _rules},
    "cancel": {"nobody waits": partial(_after_create, f"select api.cancel_reservation({_OWN_ID})")},
    "reschedule": {"to a free time": partial(_after_create, _RESCHEDULE)},
    "pool": {"create, half full": _pool},
    "series": {"of 52": partial(_slow, series.STATEMENTS[series.YEAR], lambda side: side.series)},
    "approve": {
        "pending": partial(
            _after_create, f"select api.approve_reservation({_OWN_ID})", resource=_APPROVED, user_id=MANAGER
        )
    },
    "search": {BEST: partial(_slow, SEARCHES[BEST], lambda side: side.slots)},
    "calendar": _both_ways(_DAY, 8, 32, method="GET"),
    "read": _both_ways(_ONE, 8, 32, method="GET"),
}

SHARES = [
    *(("sql", f"{way}, {name}", f"create, {name}") for way in ("check", "check without advisories")
      for name in ("p50 ms", "CPU ms")),
    *(("rules", f"create, every rule, {name}", f"create, no rules, {name}") for name in ("p50 ms", "CPU ms")),
    *((measure, f"gateway, {clients}, per s", f"PostgREST, {clients}, per s") for measure in ("http", "read")
      for clients in (8, 32)),
]  # fmt: skip
"""Which figures of a measure are also divided by which others of the same side."""
