"""Quotas and the waitlist in races: a quota is never exceeded, nobody waits for what is free, nothing is offered twice."""

import contextlib
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.conftest import Person, Stack, Tenant
from tests.test_races import (
    Session,
    assert_invariants,
    each_end,
    in_background,
    no_session_outlives_its_test,  # noqa: F401
    second_of,
)

#: A Monday; every round of a test has a week of its own.
MONDAY = datetime(2100, 1, 4, tzinfo=UTC)
COUNTED = "('held', 'pencilled', 'pending', 'confirmed', 'checked_in', 'completed', 'no_show')"


def hour(number: int, week: int = 0, length: int = 60) -> dict[str, str]:
    """An hour, or so many minutes, counted from Monday 00:00 of that week, UTC."""
    start = MONDAY + timedelta(weeks=week, hours=number)
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=length)).isoformat()}


class Line:
    """A connection of a member, each call a transaction; only refusals are let pass."""

    def __init__(self, stack: Stack, person: Person, seed: int = 0) -> None:
        options = "-c role=authenticated -c request.jwt.claims=" + json.dumps(person.claims, separators=(",", ":"))
        self.connection = psycopg.connect(make_conninfo(stack.database_url, options=options), autocommit=True)
        self.chance, self.person = random.Random(seed), person
        self.tally: Counter[tuple[str, str | None]] = Counter()

    def call(self, function: str, **arguments: Any) -> Any:
        """What is answered, or the slug of the refusal."""
        names = ", ".join(f"{name} => %({name})s" for name in arguments)
        try:
            rows = self.connection.execute(f"select to_jsonb(f) from api.{function}({names}) f", arguments).fetchall()
        except psycopg.Error as refusal:
            self.tally[function, refusal.diag.message_primary] += 1
            assert refusal.sqlstate in ("PT409", "PT422"), (function, refusal)
            return refusal.diag.message_primary
        self.tally[function, None] += 1
        return [row[0] for row in rows] if function == "move_reservations" else rows[0][0]


@pytest.fixture
def connect(stack: Stack) -> Iterator[Callable[..., Line]]:
    """Connections, which end with the test."""
    with contextlib.ExitStack() as over:

        def connect(person: Person, seed: int = 0) -> Line:
            line = Line(stack, person, seed)
            over.callback(line.connection.close)
            return line

        yield connect


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What they answer who begin at the same time."""
    barrier = threading.Barrier(len(calls))

    def begin(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begin, calls))


def limit(tenant: Tenant, **rules: Any) -> None:
    columns = ", ".join(rules)
    tenant.connection.execute(
        f"insert into booking.booking_rules (tenant_id, {columns}) values (%s{', %s' * len(rules)})",
        (tenant.id, *rules.values()),
    )


def rows_of(tenant: Tenant, query: str, *arguments: Any) -> list[Any]:
    return tenant.connection.execute(query, (tenant.id, *arguments)).fetchall()


# Quotas


@pytest.mark.parametrize("crowd", [2, 8])
@pytest.mark.parametrize(
    ("quota", "booked"),
    [({"max_per_day": 1}, 1), ({"max_per_week": 3}, 3), ({"max_hours_per_week": "2.5"}, 2)],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_at_once_on_different_resources_exactly_the_quota_is_booked(
    tenant: Tenant, connect: Callable[..., Line], quota: dict[str, Any], booked: int, crowd: int
) -> None:
    limit(tenant, **quota)
    person = tenant.person("member")
    rooms = [tenant.resource(f"Room {n}", capacity=1 + n % 2) for n in range(crowd)]
    lines = [connect(person) for _ in rooms]
    for week in range(40 if crowd == 2 else 12):
        answers = at_once(
            *(
                partial(line.call, "create_reservation", resource_id=rooms[n], **hour(n, week))
                for n, line in enumerate(lines)
            )
        )
        refusals = Counter(answer for answer in answers if isinstance(answer, str))
        assert refusals == ({"quota_exceeded": crowd - booked} if crowd > booked else {}), (week, answers)
    assert_invariants(tenant)


@pytest.mark.parametrize("scope", ["kind", "resource_id"])
def test_the_quota_of_a_kind_or_of_a_resource_at_once(tenant: Tenant, connect: Callable[..., Line], scope: str) -> None:
    """Each counts its own: one desk and one room, at most."""
    rooms = [tenant.resource("Room", kind="room", capacity=4), tenant.resource("Desk", kind="desk", capacity=4)]
    for room, kind in zip(rooms, ("room", "desk"), strict=True):
        limit(tenant, max_per_day=1, **{scope: kind if scope == "kind" else room})
    person = tenant.person("member")
    lines = [connect(person) for _ in range(4)]
    for week in range(20):
        answers = at_once(
            *(
                partial(line.call, "create_reservation", resource_id=rooms[n % 2], **hour(n, week))
                for n, line in enumerate(lines)
            )
        )
        assert Counter(answer for answer in answers if isinstance(answer, str)) == {"quota_exceeded": 2}
        assert {answer["resource_id"] for answer in answers if isinstance(answer, dict)} == {str(r) for r in rooms}
    assert_invariants(tenant)


@each_end
def test_the_second_waits_for_the_quota_and_gets_what_the_first_gives_up(
    stack: Stack, tenant: Tenant, ends: str
) -> None:
    limit(tenant, max_per_day=1)
    person, rooms = tenant.person("member"), [tenant.resource(name) for name in "AB"]
    first, second = Session(stack, person), Session(stack, person)
    first.call("create_reservation", resource_id=rooms[0], **hour(1))
    with ThreadPoolExecutor() as pool:
        waiting = in_background(pool, second, "create_reservation", resource_id=rooms[1], **hour(2))
        getattr(first, ends)()
        if ends == "rollback":
            assert waiting.result(10)["status"] == "confirmed"
            second.commit()
        else:
            with pytest.raises(psycopg.Error) as refusal:
                waiting.result(10)
            assert (refusal.value.sqlstate, refusal.value.diag.message_primary) == ("PT422", "quota_exceeded")
    assert_invariants(tenant)


@pytest.mark.parametrize("several", ["create_bundle", "create_series", "confirm_bundle"])
def test_whoever_has_the_quota_waits_for_nobody_who_wants_it(stack: Stack, tenant: Tenant, several: str) -> None:
    """The first of several has it; the second is just being booked by another phone of the same member."""
    limit(tenant, max_per_week=10)
    person = tenant.person("member")
    rooms = sorted((tenant.resource(name, timezone="UTC") for name in "AB"), key=str)
    items = [{"resource_id": str(room), **hour(9 + n)} for n, room in enumerate(rooms)]
    single = {"resource_id": rooms[1], **hour(10)}
    arguments: dict[str, Any] = {"items": json.dumps(items)}
    if several == "confirm_bundle":
        _, made = stack.rpc(person, "create_bundle", items=items, status="tentative")
        arguments = {"bundle_id": made["bundle_id"]}
    elif several == "create_series":
        single = {"resource_id": rooms[0], **hour(24 + 9)}
        arguments = {
            "resource_id": rooms[0], "rrule": "FREQ=DAILY;COUNT=2", "timezone": "UTC", "duration": "1 hour",
            "local_start": hour(9)["starts_at"][:16],
        }  # fmt: skip
    busy, many, one = (Session(stack, person) for _ in range(3))
    busy.call("create_reservation", resource_id=tenant.resource("C"), **hour(15))
    with ThreadPoolExecutor() as pool:
        first = in_background(pool, many, several, **arguments)
        second = in_background(pool, one, "create_reservation", **single)
        busy.commit()
        assert first.result(10)
        many.commit()
        with pytest.raises(psycopg.Error) as refusal:
            second.result(10)
        one.rollback()
    assert (refusal.value.sqlstate, refusal.value.diag.message_primary) == ("PT409", "slot_taken")
    assert_invariants(tenant)


#: Members who have more than their quota, by day and by week; an offer is asked for it when it is accepted.
OVER = f"""
  select owner_id, date_trunc('day', starts_at at time zone 'UTC'), count(*) from booking.reservations
   where tenant_id = %s and status in {COUNTED} and (waitlist_entry_id is null or status <> 'held')
     and (expires_at is null or expires_at > now())
   group by 1, 2 having count(*) > 2
  union all
  select owner_id, date_trunc('week', starts_at at time zone 'UTC'), count(*) from booking.reservations
   where tenant_id = %s and status in {COUNTED} and (waitlist_entry_id is null or status <> 'held')
     and (expires_at is null or expires_at > now())
   group by 1, 2 having count(*) > 5 or sum(extract('epoch' from ends_at - starts_at)) > 6.5 * 3600"""


def book_in_every_way(line: Line, rooms: list[uuid.UUID], steps: int, start: threading.Barrier) -> None:
    """One step after the other, at the same time as others of the same member and of others."""
    chance = line.chance
    mine: list[Any] = []
    tentative: list[Any] = []
    bundles: list[Any] = []
    series: list[Any] = []
    entries: list[Any] = []

    def item(as_text: bool = False) -> dict[str, Any]:
        room = chance.choice(rooms)
        number = 24 * chance.randrange(6) + chance.randrange(9, 13)
        return {"resource_id": str(room) if as_text else room, **hour(number, chance.randrange(2))}

    def keep(answer: Any, where: list[Any]) -> None:
        if isinstance(answer, dict):
            where.append(answer)

    for _ in range(steps):
        start.wait()
        action = chance.choice(
            ("single", "single", "single", "tentative", "bundle", "bundle", "series", "move", "confirm", "confirm",
             "reschedule", "join", "accept")
        )  # fmt: skip
        if action == "single":
            keep(line.call("create_reservation", **item(), status=chance.choice(("confirmed", "held"))), mine)
        elif action == "tentative":
            items = [item(True), item(True)]
            keep(line.call("create_bundle", items=json.dumps(items), status="tentative"), tentative)
        elif action == "bundle":
            keep(line.call("create_bundle", items=json.dumps([item(True), item(True)])), bundles)
        elif action == "series":
            times = item()
            made = line.call(
                "create_series", resource_id=times["resource_id"], rrule="FREQ=DAILY;COUNT=2", timezone="UTC",
                local_start=times["starts_at"][:16], duration="1 hour", on_conflict=chance.choice(("reject", "skip")),
            )  # fmt: skip
            keep(made if isinstance(made, dict) and made["series_id"] else None, series)
        elif action == "confirm" and tentative:
            made = tentative.pop(0)
            if isinstance(line.call("confirm_bundle", bundle_id=made["bundle_id"]), dict):
                bundles.append(made)
            else:
                line.call("cancel_bundle", bundle_id=made["bundle_id"])
        elif action == "move" and bundles:
            moves = [
                {"reservation_id": one["id"], **item(True)} for one in chance.choice(bundles)["reservations"]
            ]  # fmt: skip
            line.call("move_reservations", moves=json.dumps(chance.sample(moves, len(moves))))
        elif action == "reschedule" and mine:
            line.call("reschedule_reservation", reservation_id=chance.choice(mine)["id"], **item())
        elif action == "join":
            keep(line.call("join_waitlist", **item()), entries)
        elif action == "accept" and entries:
            made = line.call("accept_offer", entry_id=entries.pop(0)["id"])
            keep({"id": made["offered_reservation_id"]} if isinstance(made, dict) else None, mine)
        # Nobody keeps much, or all would soon be refused.
        if len(bundles) > 1 or (bundles and chance.random() < 0.3):
            line.call("cancel_bundle", bundle_id=bundles.pop(0)["bundle_id"])
        if len(mine) > 1 or (mine and chance.random() < 0.3):
            line.call("cancel_reservation", reservation_id=mine.pop(0)["id"])
        if series and chance.random() < 0.7:
            line.call("cancel_series", series_id=series.pop(0)["series_id"])
        if len(entries) > 1:
            line.call("leave_waitlist", entry_id=entries.pop(0)["id"])


def test_in_every_way_at_once_no_deadlock_and_never_more_than_the_quota(
    tenant: Tenant, connect: Callable[..., Line], stack: Stack
) -> None:
    """Single ones, bundles, series, moves, confirmations and offers of two members, on the same rooms and a pool."""
    limit(tenant, max_per_day=2, max_per_week=5, max_hours_per_week="6.5")
    rooms = [tenant.resource(f"R {n}", capacity=capacity, timezone="UTC") for n, capacity in enumerate((1, 1, 3))]
    tenant.connection.execute("update booking.tenants set timezone = 'UTC' where id = %s", (tenant.id,))
    people = [tenant.another("member") for _ in range(2)]
    lines = [connect(people[seed % 2], seed) for seed in range(8)]
    over, start = threading.Event(), threading.Barrier(len(lines))

    def watch() -> int:
        """Whoever looks on never sees more than the quota."""
        looks = 0
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            while not over.wait(0.1):
                assert connection.execute(OVER, (tenant.id, tenant.id)).fetchall() == []
                looks += 1
        return looks

    def book(line: Line) -> None:
        try:
            book_in_every_way(line, rooms, 70, start)
        except BaseException:
            start.abort()
            raise

    with ThreadPoolExecutor(len(lines) + 1) as pool:
        watching = pool.submit(watch)
        with contextlib.ExitStack() as stop:
            stop.callback(over.set)
            done = [pool.submit(book, line) for line in lines]
            errors = [one.exception() for one in done]
        assert watching.result() > 1
    broken = [error for error in errors if error and not isinstance(error, threading.BrokenBarrierError)]
    assert broken == []
    tally = sum((line.tally for line in lines), Counter())
    assert {slug for _, slug in tally} <= {
        None, "slot_taken", "quota_exceeded", "already_waiting", "invalid_transition", "hold_expired",
    }, tally  # fmt: skip
    for function in ("create_reservation", "create_bundle", "create_series", "confirm_bundle"):
        assert tally[function, "quota_exceeded"], tally
        assert tally[function, None], tally
    assert tenant.connection.execute(OVER, (tenant.id, tenant.id)).fetchall() == []
    assert_invariants(tenant)


@pytest.mark.parametrize("other", ["create_bundle", "create_series", "move_reservations", "confirm_bundle"])
def test_a_single_one_against_several_of_the_same_member(
    tenant: Tenant, connect: Callable[..., Line], other: str
) -> None:
    """The same times of the same rooms and pool, over and over: the one or the other, and both told why."""
    limit(tenant, max_per_week=2)
    rooms = [tenant.resource("Room", timezone="UTC"), tenant.resource("Pool", capacity=2, timezone="UTC")]
    person = tenant.person("member")
    one, many, chance = connect(person), connect(person), random.Random(1)
    for week in range(40):
        order = chance.sample(rooms, 2)
        items = [{"resource_id": str(room), **hour(n, week)} for n, room in enumerate(order)]
        arguments: dict[str, Any] = {"items": json.dumps(items)}
        if other == "create_series":
            arguments = {
                "resource_id": order[0], "rrule": "FREQ=DAILY;COUNT=2", "timezone": "UTC", "duration": "1 hour",
                "local_start": hour(0, week)["starts_at"][:16],
            }  # fmt: skip
        elif other == "move_reservations":
            made = many.call("create_bundle", items=json.dumps([{**i, **hour(0, 1000 + week)} for i in items]))
            moves = [
                {"reservation_id": r["id"], "starts_at": i["starts_at"], "ends_at": i["ends_at"]}
                for r, i in zip(made["reservations"], items, strict=True)
            ]
            arguments = {"moves": json.dumps(chance.sample(moves, 2))}
        elif other == "confirm_bundle":
            made = many.call("create_bundle", items=json.dumps(items), status="tentative")
            arguments = {"bundle_id": made["bundle_id"]}
        single = {"resource_id": chance.choice(rooms), **hour(chance.randrange(2), week)}
        answers = at_once(
            partial(one.call, "create_reservation", **single),
            partial(many.call, other, **arguments),
        )
        told = [answer if isinstance(answer, str) else None for answer in answers]
        # Either may be told of the room first: both would be too many, and no two have one room at once.
        assert sorted(told, key=str) in ([None, "quota_exceeded"], [None, "slot_taken"]), (week, told)
        used = rows_of(
            tenant,
            f"select count(*) from booking.reservations where tenant_id = %s and status in {COUNTED}"
            " and starts_at >= %s and starts_at < %s",
            MONDAY + timedelta(weeks=week), MONDAY + timedelta(weeks=week + 1),
        )  # fmt: skip
        assert used == [(1 if told[0] is None else 2,)], (week, told)
    assert_invariants(tenant)


# The waitlist


def statuses(tenant: Tenant, *entries: dict[str, Any]) -> list[str]:
    found = dict(rows_of(tenant, "select id::text, status::text from booking.waitlist_entries where tenant_id = %s"))
    return [found[entry["id"]] for entry in entries]


def offers(tenant: Tenant) -> list[Any]:
    """How often each entry was offered something, where that was not once."""
    return rows_of(
        tenant,
        "select subject ->> 'id', count(*) from booking.events where tenant_id = %s and type = 'waitlist.offered'"
        " group by 1 having count(*) > 1",
    )


@pytest.mark.parametrize("capacity", [1, 3])
def test_nobody_waits_for_what_is_given_back_at_the_same_moment(
    tenant: Tenant, connect: Callable[..., Line], capacity: int
) -> None:
    room, owner, person = tenant.resource(capacity=capacity), tenant.person("member"), tenant.another("member")
    giving, joining = connect(owner), connect(person)
    for number in range(20):
        wish = {"resource_id": room, "units": capacity, **hour(number)}
        made = giving.call("create_reservation", **wish)
        _, entry = at_once(
            partial(giving.call, "cancel_reservation", reservation_id=made["id"]),
            partial(joining.call, "join_waitlist", **wish),
        )
        assert statuses(tenant, entry) == ["offered"], number
    assert offers(tenant) == []
    assert_invariants(tenant)


@pytest.mark.parametrize("capacity", [1, 3])
def test_one_gives_back_one_joins_one_books(tenant: Tenant, connect: Callable[..., Line], capacity: int) -> None:
    """Whoever waits is offered it, or somebody else has it; never both, and never neither."""
    room = tenant.resource(capacity=capacity)
    giving, joining, rival = (connect(tenant.another("member")) for _ in range(3))
    outcomes: Counter[Any] = Counter()
    for number in range(20):
        wish = {"resource_id": room, "units": capacity, **hour(number)}
        made = giving.call("create_reservation", **wish)
        _, entry, booked = at_once(
            partial(giving.call, "cancel_reservation", reservation_id=made["id"]),
            partial(joining.call, "join_waitlist", **wish),
            partial(rival.call, "create_reservation", **wish),
        )
        has_it = isinstance(booked, dict)
        assert has_it or booked == "slot_taken"
        assert statuses(tenant, entry) == ["waiting" if has_it else "offered"], (number, booked)
        outcomes[has_it] += 1
    assert offers(tenant) == []
    assert outcomes[False], outcomes
    assert_invariants(tenant)


def test_several_give_back_and_several_join_a_pool(tenant: Tenant, connect: Callable[..., Line]) -> None:
    desks = tenant.resource("Desks", capacity=4)
    giving, joining = ([connect(tenant.another("member")) for _ in range(4)] for _ in range(2))
    for number in range(10):
        wish = {"resource_id": desks, **hour(number)}
        made = [line.call("create_reservation", **wish) for line in giving]
        before = joining[0].call("join_waitlist", **wish)
        answers = at_once(
            *(
                partial(line.call, "cancel_reservation", reservation_id=one["id"])
                for line, one in zip(giving, made, strict=True)
            ),
            *(partial(line.call, "join_waitlist", **wish) for line in joining[1:]),
        )
        assert statuses(tenant, before, *answers[4:]) == ["offered"] * 4, number
    assert offers(tenant) == []
    assert_invariants(tenant)


@each_end
def test_a_join_waits_for_whoever_gives_back(stack: Stack, tenant: Tenant, ends: str) -> None:
    owner, person, room = tenant.person("member"), tenant.another("member"), tenant.resource()
    _, made = stack.rpc(owner, "create_reservation", resource_id=str(room), **hour(1))
    first, second = Session(stack, owner), Session(stack, person)
    first.call("cancel_reservation", reservation_id=made["id"])
    entry = second_of(first, ends, second, "join_waitlist", resource_id=room, **hour(1))
    assert statuses(tenant, entry) == ["offered" if ends == "commit" else "waiting"]
    assert_invariants(tenant)


@each_end
def test_whoever_gives_back_waits_for_a_join(stack: Stack, tenant: Tenant, ends: str) -> None:
    owner, person, room = tenant.person("member"), tenant.another("member"), tenant.resource()
    _, made = stack.rpc(owner, "create_reservation", resource_id=str(room), **hour(1))
    first, second = Session(stack, person), Session(stack, owner)
    entry = first.call("join_waitlist", resource_id=room, **hour(1))
    second_of(first, ends, second, "cancel_reservation", reservation_id=made["id"])
    assert rows_of(tenant, "select id::text, status::text from booking.waitlist_entries where tenant_id = %s") == (
        [(entry["id"], "offered")] if ends == "commit" else []
    )
    assert_invariants(tenant)


@each_end
def test_an_offer_waits_for_who_is_just_booking_beside(stack: Stack, tenant: Tenant, ends: str) -> None:
    """What is given back and what somebody is about to take would do together."""
    owner, person, room = tenant.person("member"), tenant.another("member"), tenant.resource()
    _, made = stack.rpc(owner, "create_reservation", resource_id=str(room), **hour(1))
    _, entry = stack.rpc(person, "join_waitlist", resource_id=str(room), **hour(1, length=120))
    rival, giving = Session(stack, tenant.another("member")), Session(stack, owner)
    rival.call("create_reservation", resource_id=room, **hour(2))
    second_of(rival, ends, giving, "cancel_reservation", reservation_id=made["id"])
    assert statuses(tenant, entry) == ["waiting" if ends == "commit" else "offered"]
    assert_invariants(tenant)


@pytest.mark.parametrize("first", ["join", "delete"])
@pytest.mark.parametrize("table", ["opening_exceptions", "reservations"])
def test_nobody_joins_past_whoever_opens_or_deletes(stack: Stack, tenant: Tenant, first: str, table: str) -> None:
    """A holiday is given up, or a DBA deletes a row, at the moment at which somebody begins to wait for it."""
    owner, room = tenant.person("member"), tenant.resource(timezone="UTC")
    _, later = stack.rpc(owner, "create_reservation", resource_id=str(room), **hour(24, length=1440))
    if table == "reservations":
        stack.rpc(owner, "create_reservation", resource_id=str(room), **hour(0, length=1440))
    else:
        tenant.connection.execute(
            "insert into booking.opening_exceptions (tenant_id, date, is_closed) values (%s, %s, true)",
            (tenant.id, MONDAY.date()),
        )
    wish = {"resource_id": room, "duration": "1 hour", **hour(9, length=24 * 60)}
    delete = f"delete from booking.{table} where tenant_id = %s" + (" and id <> %s" if table == "reservations" else "")
    arguments = (tenant.id, later["id"]) if table == "reservations" else (tenant.id,)
    with psycopg.connect(stack.database_url) as dba, ThreadPoolExecutor() as pool:
        joining = Session(stack, tenant.another("member"))
        if first == "join":
            entry = joining.call("join_waitlist", **wish)
            assert entry["status"] == "waiting"
            deleted = pool.submit(dba.execute, delete, arguments)
            time.sleep(0.3)
            assert not deleted.done()
            joining.commit()
            deleted.result(10)
            dba.commit()
        else:
            dba.execute(delete, arguments)
            waiting = in_background(pool, joining, "join_waitlist", **wish)
            dba.commit()
            entry = waiting.result(10)
            joining.commit()
    assert statuses(tenant, entry) == ["offered"]
    assert_invariants(tenant)


@each_end
def test_who_waits_for_any_place_is_offered_another_than_somebody_is_just_booking(
    stack: Stack, tenant: Tenant, ends: str
) -> None:
    """Of two hours somebody takes the first while it is being offered: then it is the second."""
    room, rival, joining = (
        tenant.resource(),
        Session(stack, tenant.person("member")),
        Session(stack, tenant.another("member")),
    )
    rival.call("create_reservation", resource_id=room, **hour(1))
    entry = second_of(rival, ends, joining, "join_waitlist", resource_id=room, duration="1 hour", **hour(1, length=120))
    assert statuses(tenant, entry) == ["offered"]
    assert rows_of(tenant, "select starts_at from booking.reservations where tenant_id = %s and status = 'held'") == [
        (datetime.fromisoformat(hour(2 if ends == "commit" else 1)["starts_at"]),)
    ]
    assert_invariants(tenant)


def test_two_clear_an_expired_hold_that_somebody_waits_for(tenant: Tenant, connect: Callable[..., Line]) -> None:
    """Three desks: two for who waits; one of the two creators has the third."""
    desks = tenant.resource("Desks", capacity=3)
    holding, waiting, *rivals = (connect(tenant.another("member")) for _ in range(4))
    for number in range(15):
        wish = {"resource_id": desks, **hour(number)}
        hold = holding.call("create_reservation", status="held", units=3, **wish)
        entry = waiting.call("join_waitlist", units=2, **wish)
        tenant.connection.execute(
            "update booking.reservations set expires_at = now() - interval '1 second' where tenant_id = %s and id = %s",
            (tenant.id, hold["id"]),
        )
        answers = at_once(
            *(partial(rival.call, "create_reservation", **wish) for rival in rivals)
        )  # fmt: skip
        assert Counter(isinstance(answer, dict) or answer for answer in answers) == {True: 1, "slot_taken": 1}
        assert statuses(tenant, entry) == ["offered"]
    assert offers(tenant) == []
    assert_invariants(tenant)


def test_two_want_an_expired_hold_of_one_room_that_somebody_waits_for(
    tenant: Tenant, connect: Callable[..., Line]
) -> None:
    """Neither has it; and who waits is offered it, by the sweep at the latest."""
    room = tenant.resource()
    holding, waiting, *rivals = (connect(tenant.another("member")) for _ in range(4))
    for number in range(12):
        wish = {"resource_id": room, **hour(number)}
        hold = holding.call("create_reservation", status="held", **wish)
        entry = waiting.call("join_waitlist", **wish)
        tenant.connection.execute(
            "update booking.reservations set expires_at = now() - interval '1 second' where tenant_id = %s and id = %s",
            (tenant.id, hold["id"]),
        )
        *answers, _ = at_once(
            *(partial(rival.call, "create_reservation", **wish) for rival in rivals),
            partial(tenant.connection.execute, "select booking.sweep(1000)"),
        )
        assert answers == ["slot_taken"] * 2
        tenant.connection.execute("select booking.sweep(1000)")
        assert statuses(tenant, entry) == ["offered"]
    assert offers(tenant) == []
    assert_invariants(tenant)


@pytest.mark.parametrize("function", ["decline_offer", "accept_offer", "leave_waitlist"])
def test_an_answer_against_the_sweep(stack: Stack, tenant: Tenant, connect: Callable[..., Line], function: str) -> None:
    """By a clock that is still in time: it is answered or expired, once; and the next is offered it, once."""
    room, first, second = tenant.resource(), tenant.person("member"), connect(tenant.another("member"))
    outcomes: Counter[str] = Counter()
    offered = connect(first)
    for number in range(15):
        wish = {"resource_id": room, **hour(number)}
        entry, after = offered.call("join_waitlist", **wish), second.call("join_waitlist", **wish)
        expiry = datetime.now(UTC) - timedelta(seconds=1)
        tenant.connection.execute(
            "update booking.reservations set expires_at = %s where tenant_id = %s and id = %s",
            (expiry, tenant.id, entry["offered_reservation_id"]),
        )
        session = Session(stack, first, begun=expiry - timedelta(milliseconds=1))

        def answer(session: Session = session, entry: dict[str, Any] = entry) -> str | None:
            try:
                session.call(function, entry_id=entry["id"])
            except psycopg.Error as refusal:
                session.rollback()
                return f"{refusal.sqlstate} {refusal.diag.message_primary}"
            session.commit()
            return None

        told, _ = at_once(answer, partial(tenant.connection.execute, "select booking.sweep(1000)"))
        assert told in (None, "PT409 hold_expired"), told
        accepted = function == "accept_offer" and told is None
        done = "accepted" if accepted else "declined" if told is None else "expired"
        assert statuses(tenant, entry, after) == [done, "waiting" if accepted else "offered"], (number, told)
        outcomes[done] += 1
    assert offers(tenant) == []
    assert_invariants(tenant)


@pytest.mark.parametrize(
    "functions",
    [("accept_offer", "accept_offer"), ("accept_offer", "decline_offer"), ("decline_offer", "leave_waitlist")],
    ids=" and ".join,
)
def test_two_phones_on_one_offer(tenant: Tenant, connect: Callable[..., Line], functions: tuple[str, str]) -> None:
    room, person, other = tenant.resource(), tenant.person("member"), connect(tenant.another("member"))
    phones = [connect(person) for _ in functions]
    for number in range(12):
        wish = {"resource_id": room, **hour(number)}
        entry, after = phones[0].call("join_waitlist", **wish), other.call("join_waitlist", **wish)
        answers = at_once(
            *(
                partial(phone.call, function, entry_id=entry["id"])
                for phone, function in zip(phones, functions, strict=True)
            )
        )
        assert Counter(isinstance(answer, dict) or answer for answer in answers) == {True: 1, "invalid_transition": 1}
        (told,) = (answer["status"] for answer in answers if isinstance(answer, dict))
        assert statuses(tenant, entry, after) == [told, "waiting" if told == "accepted" else "offered"]
    assert offers(tenant) == []
    assert_invariants(tenant)


def test_one_offer_is_declined_and_another_accepted_of_which_the_quota_allows_one(
    tenant: Tenant, connect: Callable[..., Line]
) -> None:
    """An offer counts only once it is accepted, so that the other is in nobody's way."""
    limit(tenant, max_per_day=1)
    rooms, phones = [tenant.resource(name) for name in "AB"], [connect(tenant.person("member")) for _ in range(2)]
    for week in range(30):
        one, other = (
            phone.call("join_waitlist", resource_id=room, **hour(9, week))
            for phone, room in zip(phones, rooms, strict=True)
        )
        accepted, declined = at_once(
            partial(phones[0].call, "accept_offer", entry_id=one["id"]),
            partial(phones[1].call, "decline_offer", entry_id=other["id"]),
        )
        assert (accepted["status"], declined["status"]) == ("accepted", "declined")
    assert_invariants(tenant)


def test_a_crowd_that_waits_leaves_nobody_waiting_for_what_is_free(
    stack: Stack, tenant: Tenant, connect: Callable[..., Line]
) -> None:
    """Eight members book, give back, join, answer and leave, on a room and a pool; offers lapse; the sweep comes by."""
    limit(tenant, offer_ttl="0.3 seconds", hold_ttl="0.2 seconds")
    rooms = [tenant.resource("Room"), tenant.resource("Pool", capacity=3)]
    lines, over = [connect(tenant.another("member"), seed) for seed in range(8)], threading.Event()

    def live(line: Line) -> None:
        chance = line.chance
        mine: list[Any] = []
        entries: list[Any] = []
        for _ in range(60):
            start = chance.randrange(6)
            wish = {"resource_id": chance.choice(rooms), **hour(start, length=60 * chance.randint(1, 3))}
            action = chance.choice(("book", "hold", "cancel", "cancel", "join", "join", "window", "answer", "answer"))
            if action in ("book", "hold"):
                made = line.call("create_reservation", status="held" if action == "hold" else "confirmed", **wish)
                mine += [made] if isinstance(made, dict) else []
            elif action == "cancel" and mine:
                line.call("cancel_reservation", reservation_id=mine.pop(chance.randrange(len(mine)))["id"])
            elif action in ("join", "window"):
                more = {"duration": "1 hour"} if action == "window" else {}
                made = line.call("join_waitlist", **wish, **more)
                entries += [made] if isinstance(made, dict) else []
            elif entries:
                function = chance.choice(("accept_offer", "accept_offer", "decline_offer", "leave_waitlist"))
                entry = chance.choice(entries)
                made = line.call(function, entry_id=entry["id"])
                if isinstance(made, dict) and made["status"] == "accepted":
                    mine.append({"id": made["offered_reservation_id"]})

    def sweep() -> None:
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            while not over.wait(0.05):
                connection.execute("select booking.sweep()")

    with ThreadPoolExecutor(len(lines) + 1) as pool:
        sweeping = pool.submit(sweep)
        with contextlib.ExitStack() as stop:
            stop.callback(over.set)
            list(pool.map(live, lines))
        sweeping.result()
    tally = sum((line.tally for line in lines), Counter())
    assert {slug for _, slug in tally} <= {None, "slot_taken", "already_waiting", "invalid_transition", "hold_expired"}
    for function in ("accept_offer", "decline_offer", "leave_waitlist", "cancel_reservation", "join_waitlist"):
        assert tally[function, None], tally
    assert_invariants(tenant)
    # Each hold ends as an offer, and each offer as a wait, until nothing more is offered.
    tenant.connection.execute(
        "update booking.booking_rules set offer_ttl = '1 hour' where tenant_id = %s", (tenant.id,)
    )
    for _ in range(100):
        if not rows_of(
            tenant,
            "select from booking.reservations where tenant_id = %s and expires_at < now() + interval '10 minutes'",
        ):
            break
        tenant.connection.execute("select pg_sleep(0.05), booking.sweep(1000)")
    waiting = rows_of(
        tenant,
        "select owner_id::text, resource_id, starts_at, ends_at, units from booking.waitlist_entries"
        " where tenant_id = %s and status = 'waiting' and duration is null",
    )
    asks = {str(line.person.user_id): line for line in lines}
    for owner, resource_id, starts_at, ends_at, units in waiting:
        answer = asks[owner].call(
            "check_reservation_conflict", resource_id=resource_id, starts_at=starts_at, ends_at=ends_at, units=units
        )
        assert answer == "slot_taken"
    # As many holds as offers stand, each of another entry.
    standing = rows_of(
        tenant,
        "select (select count(*) from booking.waitlist_entries where tenant_id = t.id and status = 'offered'),"
        "       (select count(distinct waitlist_entry_id) from booking.reservations"
        "         where tenant_id = t.id and status = 'held' and waitlist_entry_id is not null)"
        "  from booking.tenants t where t.id = %s",
    )
    assert standing[0][0] == standing[0][1]
    assert offers(tenant) == []
    assert_invariants(tenant)
