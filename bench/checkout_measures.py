"""What ``bench.checkouts`` measures on each side: only through what is public of Berth, which both sides have."""

import statistics
import uuid
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench import contended, one_client, pool, rest, rules, series, sql
from bench.arena import Database
from bench.availability import BEST, SEARCHES
from bench.population import MANAGER, MEMBER, POOL_ID, RESOURCE_ID, RESOURCES, Slots
from bench.result import Figures, percentile
from gateway.local import LocalError

# For each second that is asked for; of what is slow, and of bookings where rules are, which end with their 100 years.
_OPERATIONS, _SLOW, _RULED, _RACES = 500, 30, 150, 20
# So many half days before its own beginning, rules.CREATE begins here.
_RULED_FROM = -7300

_START, _END = Slots.start("$1"), Slots.start("$1::float8 + 1")
_RESOURCE, _APPROVED = RESOURCE_ID.format(f"(1 + $1::integer % {RESOURCES})::text"), RESOURCE_ID.format("'approved'")
_ID = "md5('slot ' || $1::integer)::uuid"
_CREATE = "select api.create_reservation({}, " + f"{_START}, {_END})"
_CREATE_ID = "select api.create_reservation({}, " + f"{_START}, {_END}, id => {_ID}, status => '{{}}')"
_CHECK = f"select api.check_reservation_conflict({_RESOURCE}, {_START}, {_END}{{}})"
_LATER = Slots.start("$1::float8 + $2::float8"), Slots.start("$1::float8 + $2::float8 + 1")
_HTTP_CREATE = "/rpc/create_reservation"
_DAY = "/calendar?resource_id=eq.{resource}&starts_at=lt.2090-01-02T00:00:00Z&ends_at=gt.2090-01-01T00:00:00Z"


@dataclass
class Side:
    """One checkout, served. Its database ``ruled`` is a copy where every rule is set, ``plain`` one without any."""

    name: str
    databases: dict[str, Database]
    urls: dict[str, tuple[int, str]]
    """Port and prefix of paths of PostgREST and of the gateway."""
    token: str
    has_advisories: bool = False
    """Whether ``check_reservation_conflict`` can be told to leave them out."""
    slots: dict[str, Slots] = field(default_factory=lambda: {kind: Slots() for kind in ("main", "series", "ruled")})

    def rows(self, count: int, kind: str = "main", warm_up: int = one_client.WARM_UP) -> list[tuple[int, ...]]:
        """Numbers of slots, each alone: those to warm up, and as many as are counted."""
        first = self.slots[kind].take(warm_up + count)
        return [(number,) for number in range(first, first + warm_up + count)]


Turns = Generator[None, None, Figures]
"""Yields whenever the other side may have its turn; returns no figures where the side cannot do what is measured."""


def prepare(sides: Sequence[Side]) -> None:
    """Brings the sides into the same state: the rules that both know, and a resource that needs approval."""
    known = set(rules.RULES)
    for side in sides:
        with side.databases["main"].connect() as connection:
            # What one side does in the background must not take time from the other: see settle().
            connection.execute("alter system set autovacuum = off")
            # All requests are one member's.
            connection.execute("alter system set booking.member_concurrency = 1000")
            connection.execute("select pg_reload_conf()")
            columns = "select attname from pg_attribute where attrelid = 'booking.booking_rules'::regclass"
            names = {name for (name,) in connection.execute(columns)}
            known &= names
            arguments = "select unnest(proargnames) from pg_proc where oid = 'api.check_reservation_conflict'::regproc"
            side.has_advisories = ("advisories",) in connection.execute(arguments).fetchall()
        with side.databases["main"].connect_member(MANAGER) as connection:
            values = f"({_APPROVED}, 'Approved', true)"
            connection.execute(f"insert into api.resources (id, name, requires_approval) values {values}")
            if "max_tentative" in names:
                # All of them wait for approval at once.
                values = f"({_APPROVED}, 1000000)"
                connection.execute(f"insert into api.booking_rules (resource_id, max_tentative) values {values}")
    for side in sides:
        with side.databases["ruled"].connect() as connection:
            rules.set_rules(connection, sorted(known))


def settle(side: Side) -> None:
    """Does now what the database would do in the background."""
    for database in side.databases.values():
        with database.connect() as connection:
            connection.execute("vacuum (analyze)")
            connection.execute("checkpoint")


def _run(*arguments: Any, **options: Any) -> Turns:
    took, cpu = yield from one_client.run(*arguments, **options)
    return {"p50 ms": percentile(took, 50) * 1000, "CPU ms": cpu / len(took) * 1000}


def _statement(statement: str, side: Side, seconds: float) -> Turns:
    return (yield from _run(side.databases["main"], statement, side.rows(round(_OPERATIONS * seconds))))


def _check_only(side: Side, seconds: float) -> Turns:
    if not side.has_advisories:
        return {}
    return (yield from _statement(_CHECK.format(", advisories => false"), side, seconds))


def _pgbench(side: Side, seconds: float) -> Turns:
    yield
    base = side.slots["main"].take(round(sql.FASTEST * max(1, seconds)))
    done = sql.pgbench(side.databases["main"], sql.SCRIPTS["create_reservation"], base, seconds)
    return {"per s": done["per_second"]}


def _pairs(side: Side, seconds: float) -> Turns:
    rows = side.rows(round(_OPERATIONS * seconds))
    held, _ = yield from one_client.run(side.databases["main"], _CREATE_ID.format(_RESOURCE, "held"), rows)
    confirmed, cpu = yield from one_client.run(side.databases["main"], f"select api.confirm_reservation({_ID})", rows)
    return {
        "pairs per s": 1 / (statistics.mean(held) + statistics.mean(confirmed)),
        "confirm p50 ms": percentile(confirmed, 50) * 1000,
        "confirm CPU ms": cpu / len(confirmed) * 1000,
    }


def _each(
    statement: str, side: Side, seconds: float, *, resource: str = _RESOURCE, user_id: uuid.UUID = MEMBER
) -> Turns:
    """One statement for each of many reservations, which are made before; $2 slots later one is free."""
    made = side.rows(round(_OPERATIONS * seconds))
    yield from one_client.run(side.databases["main"], _CREATE_ID.format(resource, "confirmed"), made)
    later = side.slots["main"].take(len(made)) - made[0][0]
    rows = [(*row, later) for row in made] if "$2" in statement else made
    return (yield from _run(side.databases["main"], statement, rows, user_id=user_id))


def _contended(side: Side, seconds: float) -> Turns:
    way, races = "create_reservation", []
    for _ in range(max(1, round(seconds))):
        first = side.slots["main"].take(_RACES + contended.CLIENTS)
        races += contended.contend(side.databases["main"], way, range(first, first + _RACES), patience=60)
        yield
    found = contended.figures(races, contended.REFUSALS[way])
    if found["wrong"] or found["deadlocks"] or found["others"]:
        raise LocalError(f"{side.name}: not everybody but one winner was refused with 409: {found}")
    return {"p50 ms": found["p50_ms"], "p99 ms": found["p99_ms"]}


def _rules(side: Side, seconds: float) -> Turns:
    rows = [(_RULED_FROM + n, 1 + n % RESOURCES) for (n,) in side.rows(round(_RULED * seconds), "ruled")]
    found: Figures = {}
    for kind, way in (("plain", "no rules"), ("ruled", "every rule")):
        measured = yield from _run(side.databases[kind], rules.CREATE, rows)
        found |= {f"{way}, {name}": value for name, value in measured.items()}
    return found


def _pool(side: Side, seconds: float) -> Turns:
    rows = side.rows(round(_OPERATIONS * seconds))
    pool.fill_half(side.databases["main"], rows[0][0], len(rows))
    return (yield from _run(side.databases["main"], _CREATE.format(POOL_ID), rows))


def _slow(statement: str, kind: str, side: Side, seconds: float) -> Turns:
    few = 5
    return (yield from _run(side.databases["main"], statement, side.rows(round(_SLOW * seconds), kind, few), few))


def _http(server: str, path: str, clients: int, side: Side, seconds: float, **options: Any) -> Turns:
    yield
    port, prefix = side.urls[server]
    slots = None if options.get("method") == "GET" else side.slots["main"]
    found = rest.load(port, side.token, prefix + path, clients, seconds, slots, **options)
    return {"per s": found["per_second"], "p99 ms": found["p99_ms"]}


def _both(path: str, **options: Any) -> dict[str, Callable[[Side, float], Turns]]:
    return {
        f"{server}, {clients}": partial(_http, server, path, clients, **options)
        for clients in (8, 32)
        for server in ("PostgREST", "gateway")
    }


_HELD: dict[str, Any] = {"body": {"status": "held"}, "then": "/rpc/confirm_reservation"}
_APPROVE: dict[str, Any] = {"resource": _APPROVED, "user_id": MANAGER}

MEASURES: dict[str, dict[str, Callable[[Side, float], Turns]]] = {
    "sql": {
        "create": partial(_statement, _CREATE.format(_RESOURCE)),
        "check": partial(_statement, _CHECK.format("")),
        "check without advisories": _check_only,
        "create, 8 clients": _pgbench,
    },
    "http": {"PostgREST, 1": partial(_http, "PostgREST", _HTTP_CREATE, 1), **_both(_HTTP_CREATE)},
    "confirm": {"SQL": _pairs, "PostgREST, 8, pairs": partial(_http, "PostgREST", _HTTP_CREATE, 8, **_HELD)},
    "contended": {"16 for one slot": _contended},
    "rules": {"create": _rules},
    "cancel": {"nobody waits": partial(_each, f"select api.cancel_reservation({_ID})")},
    "reschedule": {"same room": partial(_each, f"select api.reschedule_reservation({_ID}, {_LATER[0]}, {_LATER[1]})")},
    "pool": {"half full": _pool},
    "series": {"of 52": partial(_slow, series.STATEMENTS[series.YEAR], "series")},
    "approve": {"pending": partial(_each, f"select api.approve_reservation({_ID})", **_APPROVE)},
    "search": {"best 50 within a week": partial(_slow, SEARCHES[BEST], "main")},
    "calendar": _both(_DAY, method="GET"),
    "read": _both("/resources?id=eq.{resource}", method="GET"),
}

_GATEWAY = [(f"gateway, {clients}, per s", f"PostgREST, {clients}, per s") for clients in (8, 32)]
SHARES = {
    "sql": [
        (f"check{how}, {it}", f"create, {it}") for how in ("", " without advisories") for it in ("p50 ms", "CPU ms")
    ],
    "rules": [(f"create, every rule, {it}", f"create, no rules, {it}") for it in ("p50 ms", "CPU ms")],
    "http": _GATEWAY,
    "read": _GATEWAY,
}
"""Which figures of a measure are also divided by which others of the same side."""
