"""Whatever stands in an argument, at any depth: no fault, nothing invalid is written, and nothing of another tenant told.

Where test_schemathesis.py reads the API's own description, this takes calls that could be met and puts one to three values
of every kind somewhere inside, so that what is odd comes as far as it can. ``make prove`` makes 100,000 of them,
BERTH_TEST_REQUESTS any number.
"""

import itertools
import json
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tests.prove import sized
from tests.prove.figures import Figures
from tests.two_tenants import ROLES, Function, Place, World, digest, functions, may_write, put, value_at, views

REQUESTS = int(os.environ.get("BERTH_TEST_REQUESTS") or sized(2_000, 100_000))
BATCH = 40
"""Requests of one example: they go out side by side."""

NUMBERS = [
    0, -1, 1, 2, 30, 0.5, -0.0, 1e-308, 1e308, 32767, 32768, 2**31 - 1, 2**31, -(2**31), 2**63 - 1, 2**63,
    -(2**63) - 1, 10**40, "NaN", "Infinity", "-Infinity", "1e131071", "0x10", "1_000", "9" * 400,
]  # fmt: skip
TEXTS = [
    "", " ", "\0", "a\0b", "x" * 501, "x" * 10_001, "x" * 100_000, "\ud7ff\ufffe\uffff", "\u202e\u200d", "🎻" * 200,
    "%s%n%I%L", "'; drop table x --", "$1", "\\", '"', "{}", "null", "true", "{1,2}", '{"a": 1}', "%_",
    "a\r\nSet-Cookie: b", "<script>", "${jndi:x}", "../../etc/passwd",
]  # fmt: skip
TIMES = [
    "infinity", "-infinity", "now", "today", "epoch", "allballs", "10000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z",
    "4713-01-01 00:00:00 BC", "4714-11-23 BC", "294276-12-31T23:59:59Z", "294277-01-01T00:00:00Z",
    "2035-02-29T00:00:00Z", "2035-06-31", "2035-06-01T24:00:00Z", "2035-06-01T25:00:00Z", "2016-12-31T23:59:60Z",
    "2035-03-25T02:30:00", "2035-06-01T09:00:00+15:59", "2035-06-01T09:00:00+16:00", "2035-06-01T09:00:00-99:00",
    "2035-06-01T09:00:00 Europe/Berlin", "20350601", "1/2/3", "99999999999999999", "5874897-12-31", "2035-W01",
    "J2451187",
]  # fmt: skip
SPANS = [
    "0", "-1 hour", "1 microsecond", "00:00:00.0000001", "1 month -30 days", "-1 month 31 days", "366 days",
    "100 years", "178000000 years", "-178000000 years", "2147483647 days", "2147483647 months",
    "2562047788:00:54.775807", "infinity", "-infinity", "P1Y2M3DT4H5M6.7S", "PT-1H", "1 fortnight", "1 hour ago",
    "1:2:3:4", "@ 1 minute",
]  # fmt: skip
RULES = [
    "FREQ=DAILY", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=1001", "FREQ=DAILY;COUNT=-1",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1", "FREQ=DAILY;INTERVAL=2147483647;COUNT=3",
    "FREQ=DAILY;INTERVAL=2147483648;COUNT=3", "FREQ=YEARLY;INTERVAL=9999;COUNT=2", "FREQ=HOURLY;COUNT=2",
    "FREQ=SECONDLY;COUNT=2", "FREQ=DAILY;UNTIL=00010101", "FREQ=DAILY;UNTIL=99991231T235959Z",
    "FREQ=WEEKLY;BYDAY=54MO;COUNT=2", "FREQ=MONTHLY;BYDAY=0MO;COUNT=2", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU;COUNT=20",
    "FREQ=YEARLY;BYYEARDAY=366,-366;COUNT=5", "FREQ=MONTHLY;BYSETPOS=366;BYDAY=MO;COUNT=2",
    "FREQ=DAILY;FREQ=WEEKLY;COUNT=2", "freq=daily;count=2", "RRULE:FREQ=DAILY;COUNT=2", "FREQ=DAILY;COUNT=2;",
    "FREQ=DAILY;COUNT=2\nEXDATE:20350101", "FREQ=DAILY;COUNT=2;X-Y=1", "=", ";", "FREQ=DAILY;BYHOUR=24;COUNT=2",
    "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11;BYMINUTE=0,1,2,3,4,5;COUNT=100", "FREQ=DAILY;COUNT=" + "9" * 50,
    "FREQ=WEEKLY;BYDAY=" + ",".join(["MO"] * 500) + ";COUNT=3", "FREQ=WEEKLY;WKST=XX;COUNT=2",
]  # fmt: skip
WORDS = [
    "confirmed", "tentative", "held", "pencilled", "pending", "cancelled", "expired", "reject", "cancel", "keep",
    "skip", "shift", "this", "following", "all", "hour", "day", "week", "month", "century", "create", "reschedule",
    "confirm", "Europe/Berlin", "UTC", "Mars/Base", "posix/UTC", "GMT+25", "America/St_Johns", "http://127.0.0.1/",
    "https://", "javascript:x", "reservation.*", "*", "[", "payfast", "ZAR",
]  # fmt: skip
LISTS = [
    [],
    [None],
    [[]],
    [[[]]],
    [{}],
    [1, "a", None],
    ["x"] * 2000,
    [None] * 101,
    {},
    {"": ""},
    {"a": {"b": [None, {"c": "\0"}]}},
    {"__proto__": 1},
]
PLAIN = [*NUMBERS, *TEXTS, *TIMES, *SPANS, *RULES, *WORDS, *LISTS, None, True, False]
KINDS = {
    "uuid": ["", "x", "00000000-0000-0000-0000-000000000000", "{00000000-0000-4000-8000-000000000000}", "g" * 36],
    "timestamp with time zone": TIMES, "timestamp without time zone": TIMES, "interval": SPANS, "integer": NUMBERS,
    "text": [*TEXTS, *WORDS, *RULES], "boolean": [True, False, "maybe", 1], "jsonb": [*LISTS, *TEXTS, *NUMBERS],
}  # fmt: skip
"""What is of the right type, more or less."""
KEYS = [
    "resource_id", "reservation_id", "id", "op", "starts_at", "ends_at", "units", "unit", "status", "title", "notes",
    "metadata", "owner_id", "priority", "expected_version", "operation_id", "override", "reason", "source_id",
    "source_module", "pencil_ttl", "version", "tenant_id", "x", "",
]  # fmt: skip
"""Of the objects that lists hold."""
RULE_KEYS = [
    "min_duration",
    "slot_step",
    "max_advance",
    "buffer_before",
    "max_per_day",
    "max_hours_per_week",
    "near_capacity_ratio",
    "allow_preemption",
]


class Junk:
    """Chooses what to spoil, and how; Hypothesis chooses for it."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world, self._chance = world, chance
        self._ids = [*world.ours.ids.values(), *world.theirs.ids.values()]

    def spoil(self, function: Function, arguments: dict[str, Any]) -> bytes:
        """The body of a call with up to three values changed, put in or left out."""
        kinds = function.required | function.optional
        spoilt = deepcopy(arguments)
        for _ in range(self._chance.choice((1, 1, 2, 3))):
            if self._chance.random() < 0.5:
                # With another id, most calls are over soon.
                names = [n for n in sorted(kinds) if kinds[n] != "uuid" or self._chance.random() < 0.2]
                name = self._chance.choice(names or ["x"])
                spoilt[name] = self._value(kinds.get(name, "text"))
            else:
                place = self._chance.choice([*self._insides(spoilt), ()])
                if place:
                    name = next((k for k in reversed(place) if isinstance(k, str)), "")
                    spoilt = self._change(spoilt, place, kinds.get(name, KINDS_INSIDE.get(name, "text")))
        body = json.dumps(spoilt).encode()
        if self._chance.random() < 0.03:
            body = self._break(body)
        return body

    def _insides(self, arguments: Any, place: Place = ()) -> Iterator[Place]:
        for key, value in arguments.items() if isinstance(arguments, dict) else enumerate(arguments[:3]):
            yield (*place, key)
            if isinstance(value, dict | list):
                yield from self._insides(value, (*place, key))

    def _change(self, arguments: dict[str, Any], place: Place, kind: str) -> dict[str, Any]:
        present = value_at(arguments, place)
        if isinstance(present, dict) and self._chance.random() < 0.7:
            key = self._chance.choice(RULE_KEYS if place[0] == "rules" else KEYS)
            return put(arguments, place, {**present, key: self._value(KINDS_INSIDE.get(key, "text"))})
        if isinstance(present, list) and self._chance.random() < 0.5:
            return put(arguments, place, self._chance.choice([present * 2, [*present, None], present * 101, []]))
        return put(arguments, place, self._value(kind))

    def _value(self, kind: str) -> Any:
        if kind.endswith("[]"):
            if self._chance.random() < 0.2:
                return self._chance.choice(PLAIN)
            return [self._value(kind.removesuffix("[]")) for _ in range(self._chance.choice((0, 1, 2, 2, 5)))]
        if kind == "uuid" and self._chance.random() < 0.5:
            return self._chance.choice(self._ids)
        if kind == "jsonb" and self._chance.random() < 0.05:
            deep: Any = "\0"
            for _ in range(self._chance.choice((10, 300))):
                deep = [deep] if self._chance.random() < 0.5 else {"a": deep}
            return deep
        return self._chance.choice(KINDS.get(kind, PLAIN) if self._chance.random() < 0.8 else PLAIN)

    def _break(self, body: bytes) -> bytes:
        """No JSON, or one that few would write."""
        at = self._chance.randrange(len(body) + 1)
        return self._chance.choice([
            body[:at], body[:at] + b"\xff" + body[at:], body.replace(b'"', b'"\\ud800', 1),
            body.replace(b'"', b'"\\udc00\\ud800', 1), b"", b"[]", b"null", b"1", b"[" + body + b"," + body + b"]",
            body[:-1] + b"," + body[1:], b"\xef\xbb\xbf" + body, b"[" * 20_000,
            body.replace(b":", b":1e999999999,", 1),
        ])  # fmt: skip


KINDS_INSIDE = {
    "resource_id": "uuid", "reservation_id": "uuid", "id": "uuid", "owner_id": "uuid",
    "starts_at": "timestamp with time zone", "ends_at": "timestamp with time zone", "units": "integer",
    "unit": "integer", "priority": "integer", "expected_version": "integer", "metadata": "jsonb",
    "override": "boolean", "pencil_ttl": "interval", "min_duration": "interval", "slot_step": "interval",
    "max_advance": "interval", "buffer_before": "interval", "max_per_day": "integer",
    "max_hours_per_week": "integer", "near_capacity_ratio": "integer", "allow_preemption": "boolean",
}  # fmt: skip


def rows_to_write(world: World) -> Iterator[tuple[Function, str, dict[str, Any]]]:
    """What may be inserted into views, and changed in them."""
    connection = world.ours.tenant.connection
    for view, columns in views(connection).items():
        statement = sql.SQL("select to_jsonb(t) from api.{} t where tenant_id = %s").format(sql.Identifier(view))
        if may_write(connection, view):
            for (row,) in connection.execute(statement, (world.ours.tenant.id,)).fetchall()[:1]:
                table = Function(view, {}, columns)
                yield table, f"{view}?id=eq.{row['id']}", {k: v for k, v in row.items() if v is not None}
                yield (
                    table,
                    view,
                    {k: v for k, v in row.items() if v is not None and k not in ("id", "tenant_id", "source_id")},
                )


def test_no_argument_is_a_fault(world: World, figures: Figures) -> None:
    connection = world.ours.tenant.connection
    everything = [(f, f"rpc/{f.name}", t) for f in functions(connection) for t in f.templates(world.ours)]
    # As often as a function, on the whole.
    everything += list(rows_to_write(world)) * 3
    before, statuses, faults = digest(world.theirs.tenant), Counter[int](), dict[tuple[str, str], str]()
    tokens = [world.ours.tenant.person(role).token for role in ("member", "manager", "admin", "admin")]
    counting, kept, counted = threading.Lock(), set[str](), Counter[str]()

    @settings(
        max_examples=REQUESTS // BATCH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=False))
    def try_some(chance: random.Random) -> None:
        junk = Junk(world, random.Random(chance.getrandbits(64)))
        requests = []
        for _ in range(BATCH):
            function, path, template = chance.choice(everything)
            requests.append((chance.choice(tokens), path, junk.spoil(function, template), chance.random() < 0.05))
        with ThreadPoolExecutor(len(ROLES)) as threads:
            list(threads.map(lambda request: ask(*request), requests))

    def ask(token: str, path: str, body: bytes, keep: bool) -> None:
        told = {one for one in world.their_ids if one.encode() in body}
        with counting:
            # What we have called ours after something of theirs, we are told again.
            kept.update(told if keep else ())
        answer = world.client.send(token, "PATCH" if "?" in path else "POST", path, body, keep=keep)
        with counting:
            statuses[answer.status] += 1
            if answer.status >= 500:
                counted["answers with 5xx"] += 1
                faults.setdefault((path, answer.body[:60]), f"{path} {body[:3000]!r}: {answer.body[:600]}")
            leaked = world.leaks(answer, told | kept)
            if leaked:
                counted["answers with anything of another tenant"] += 1
                faults.setdefault((path, "leak"), f"{path} {body[:3000]!r}: {leaked} in {answer.body[:3000]}")

    try_some()
    rows = connection.execute(
        "select * from booking.verify_invariants() where tenant_id = %s", (world.ours.tenant.id,)
    ).fetchall()
    after = digest(world.theirs.tenant)
    changed = sum(after[table] != before[table] for table in before)
    figures.add("requests", statuses.total(), at_least=REQUESTS)
    figures.add("answers with 5xx", counted["answers with 5xx"], at_most=0)
    figures.add("invalid rows", len(rows), at_most=0)
    figures.add(
        "answers with anything of another tenant", counted["answers with anything of another tenant"], at_most=0
    )
    figures.add("tables of another tenant that changed", changed, at_most=0)
    assert not faults, f"{statuses}\n" + "\n\n".join(faults.values())
    assert sum(statuses[done] for done in (200, 201, 204)) > REQUESTS / 10, statuses
    assert (rows, after) == ([], before)


ENDS_OF_TIME = [
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+15:59", "0001-12-31 BC", "4714-11-24T00:00:00Z BC", "1970-01-01T00:00:00-15:59",
    "2035-06-01T09:00:00+15:59", "9999-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-15:59",
    "10000-01-01T00:00:00Z", "294276-12-31T23:59:59.999999Z", "infinity", "-infinity",
]  # fmt: skip
"""PostgreSQL reads them all, in every version."""
ENDS_OF_SPANS = ["1 microsecond", "2000 years", "7998 years", "2147483647 days", "178000000 years", "-178000000 years"]


def at_the_ends(function: Function, template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A call with times and spans from there, each alone, and from one of them to the other."""
    kinds = function.required | function.optional
    for name, kind in kinds.items():
        extreme = ENDS_OF_SPANS if kind == "interval" else ENDS_OF_TIME if kind.startswith(("time", "date")) else []
        yield from ({**template, name: [one] if kind.endswith("[]") else one} for one in extreme)
    lists = [name for name in ("items", "moves", "operations") if template.get(name)]
    for one, other in itertools.combinations(ENDS_OF_TIME, 2):
        for starts_at, ends_at in ((one, other), (other, one)) if one.startswith("9999") else ((one, other),):
            if {"starts_at", "ends_at"} <= kinds.keys():
                yield {**template, "starts_at": starts_at, "ends_at": ends_at}
            elif "before" in kinds:
                yield {**template, "after": starts_at, "before": ends_at}
            for name in lists:
                yield {**template, name: [{**template[name][0], "starts_at": starts_at, "ends_at": ends_at}]}
    if {"local_start", "rrule"} <= kinds.keys():
        for local_start, rule in itertools.product(
            ENDS_OF_TIME, ("FREQ=YEARLY;INTERVAL=9999;COUNT=2", "FREQ=DAILY;COUNT=9")
        ):
            yield {**template, "local_start": local_start, "rrule": rule}


@pytest.mark.parametrize("ruled", [False, True])
def test_time_has_no_end_that_is_ours(world: World, ruled: bool) -> None:
    """Whatever PostgreSQL can read is done or refused by name, and soon: nothing overflows on the way."""
    ours, connection = world.ours, world.ours.tenant.connection
    if ruled:
        connection.execute(
            "insert into booking.booking_rules (tenant_id, resource_id, max_per_day, max_hours_per_week, slot_step,"
            " buffer_before, buffer_after) values (%s, %s, 5, 20, '15 minutes', '10 minutes', '10 minutes')",
            (ours.tenant.id, ours.ids["resource_id"]),
        )
    calls = [
        (function.name, arguments)
        for function in functions(connection)
        for template in list(function.templates(ours))[:1]
        for arguments in at_the_ends(function, template)
    ]
    person = ours.tenant.person("admin")

    def ask(call: tuple[str, dict[str, Any]]) -> str | None:
        answer = world.client.call(person, *call)
        is_named = answer.status < 400 or json.loads(answer.body)["code"].startswith("PT4")
        return None if is_named else f"{call}: {answer.body}"

    with ThreadPoolExecutor(len(ROLES)) as threads:
        unnamed = [one for one in threads.map(ask, calls) if one]
    assert len(calls) > 500
    assert not unnamed, f"{len(unnamed)} of {len(calls)}:\n" + "\n".join(unnamed[:20])


def test_the_longest_ranges_are_answered(world: World) -> None:
    """Opening hours look at every day, and a statement has eight seconds."""
    tenant = world.ours.tenant
    resource_id = str(tenant.resource())
    tenant.connection.execute(
        "insert into booking.opening_hours (tenant_id, resource_id, weekday, opens, closes)"
        " select %s, %s, weekday, '00:00', '24:00' from generate_series(1, 7) weekday",
        (tenant.id, resource_id),
    )
    ever = {"starts_at": "2027-01-01T00:00:00Z", "ends_at": "9999-01-01T00:00:00Z"}
    person = tenant.person("admin")
    for function, arguments, expected in (
        ("check_reservation_conflict", {"resource_id": resource_id, **ever}, 422),
        ("join_waitlist", {"resource_id": resource_id, "duration": "1 hour", **ever}, 400),
        ("join_waitlist", {"resource_id": resource_id, **ever}, 422),
        ("next_available_slots", {"resource_id": resource_id, "duration": "1 hour", "before": ever["ends_at"]}, 400),
        ("search_availability", {"starts_at": ever["starts_at"], "ends_at": "2028-01-02T00:00:00Z"}, 200),
        ("search_availability", {"starts_at": ever["starts_at"], "ends_at": "2028-01-03T00:00:00Z"}, 400),
        ("resource_utilization", {"starts_at": ever["starts_at"], "ends_at": "2049-01-01T00:00:00Z"}, 200),
    ):
        answer = world.client.call(person, function, arguments)
        assert answer.status == expected, (function, answer)
