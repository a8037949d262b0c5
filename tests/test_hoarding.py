"""One member cannot hoard: waits, requests, holds and feeds have limits, and cost nobody else anything."""

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.conftest import Person, Stack, Tenant
from tests.test_lifecycle import around_now, book, change, details, ok, refused, rule, see, sweep
from tests.test_quota_races import Line, at_once, connect  # noqa: F401
from tests.test_races import assert_invariants
from tests.test_waitlist import BEGIN, HOUR, Queue, act, at, connection, entry_of, join, offer_of  # noqa: F401


def wait(tenant: Tenant, room: uuid.UUID, starts_at: datetime, ends_at: datetime) -> uuid.UUID:
    """A new member waits for this range. Inserted directly, so nobody looks whether it is free."""
    person = tenant.another("member")
    row = tenant.connection.execute(
        "insert into booking.waitlist_entries (tenant_id, resource_id, owner_id, starts_at, ends_at, expires_at)"
        " values (%s, %s, %s, %s, %s, %s) returning id",
        (tenant.id, room, person.user_id, starts_at, ends_at, ends_at),
    ).fetchone()
    assert row
    return uuid.UUID(str(row[0]))


def status(tenant: Tenant, entry_id: uuid.UUID) -> str:
    row = tenant.connection.execute(
        "select status::text from booking.waitlist_entries where id = %s", (entry_id,)
    ).fetchone()
    assert row
    return str(row[0])


def scans(tenant: Tenant) -> int:
    row = tenant.connection.execute(
        "select count(*) from booking.waitlist_scans where tenant_id = %s", (tenant.id,)
    ).fetchone()
    assert row
    return int(row[0])


# Waits


def test_a_request_looks_at_so_many_and_the_sweep_at_the_others(stack: Stack, tenant: Tenant) -> None:
    """Nobody is forgotten, and whoever joins in the meantime comes after those who waited before."""
    owner, room = tenant.person("member"), tenant.resource(timezone="UTC")
    made = ok(book(stack, owner, room, **at("09:00")))
    ok(book(stack, owner, room, **at("10:00", "20:00")))
    # Each wants a little more than what will be free.
    for minute in range(300):
        wait(tenant, room, BEGIN + 9 * HOUR, BEGIN + 10 * HOUR + timedelta(minutes=1 + minute))
    fits = wait(tenant, room, BEGIN + 9 * HOUR, BEGIN + 10 * HOUR)
    later = wait(tenant, room, BEGIN + 9 * HOUR, BEGIN + 10 * HOUR)
    ok(change(stack, owner, "cancel", made))
    assert (status(tenant, fits), scans(tenant)) == ("waiting", 1)
    last = ok(join(stack, tenant.another("member"), room))
    assert last["status"] == "waiting"
    for _ in range(20):
        sweep(tenant)
    assert scans(tenant) == 0
    assert (status(tenant, fits), status(tenant, later)) == ("offered", "waiting")
    assert status(tenant, uuid.UUID(last["id"])) == "waiting"
    assert_invariants(tenant)


def test_where_many_want_the_same_the_first_has_it_at_once(stack: Stack, tenant: Tenant) -> None:
    """Nothing is left for the sweep: all of the time is given away."""
    owner, room = tenant.person("member"), tenant.resource(timezone="UTC")
    made = ok(book(stack, owner, room, **at("09:00")))
    entries = [wait(tenant, room, BEGIN + 9 * HOUR, BEGIN + 10 * HOUR) for _ in range(300)]
    ok(change(stack, owner, "cancel", made))
    assert (status(tenant, entries[0]), scans(tenant)) == ("offered", 0)


def test_those_who_want_other_time_are_in_nobodys_way(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource(timezone="UTC")
    made = ok(book(stack, owner, room, **at("09:00")))
    ok(book(stack, owner, room, starts_at="2100-02-01T00:00Z", ends_at="2100-03-01T00:00Z"))
    for _ in range(300):
        wait(tenant, room, BEGIN + 672 * HOUR, BEGIN + 673 * HOUR)
    fits = wait(tenant, room, BEGIN + 9 * HOUR, BEGIN + 10 * HOUR)
    ok(change(stack, owner, "cancel", made))
    assert (status(tenant, fits), scans(tenant)) == ("offered", 0)


def test_a_rule_change_begins_with_some_and_the_sweep_goes_on(stack: Stack, tenant: Tenant) -> None:
    """A change of hours or rules opens all resources of the tenant at once."""
    owner, manager = tenant.person("member"), tenant.person("manager")
    ok(stack.request(manager, "POST", "opening_exceptions", {"date": "2100-01-04", "is_closed": True}))
    rooms = [tenant.resource(f"Room {number}", timezone="UTC") for number in range(30)]
    entries = [wait(tenant, room, BEGIN + 9 * HOUR, BEGIN + 10 * HOUR) for room in rooms]
    ok(stack.request(manager, "DELETE", "opening_exceptions?is_closed=is.true"))
    offered = [status(tenant, entry) for entry in entries].count("offered")
    assert 1 <= offered < 30
    for _ in range(20):
        sweep(tenant)
    assert {status(tenant, entry) for entry in entries} == {"offered"}
    assert scans(tenant) == 0
    assert refused(book(stack, owner, rooms[-1], **at("09:00"))) == (409, "slot_taken")
    assert_invariants(tenant)


@pytest.mark.parametrize("seed", range(4))
def test_after_the_sweep_first_come_is_first_served(connection: psycopg.Connection[Any], seed: int) -> None:  # noqa: F811
    """150 people wait, more than one request looks at; the model of the waitlist says who is offered what."""
    dice = random.Random(seed)
    with connection.transaction(force_rollback=True):
        queue = Queue(connection, dice.choice([1, 2]), dice.choice([0, 1]))
        queue.people += [Person(queue.manager.tenant_id, uuid.uuid4(), "member") for _ in range(150)]
        for person in queue.people[4:]:
            connection.execute(
                "insert into booking.members (tenant_id, user_id, role) values (%s, %s, 'member')",
                (person.tenant_id, person.user_id),
            )
        step = 2 + queue.model.buffer
        for number in range(8):
            queue.book(number % 4, (number * step, number * step + 2), queue.model.capacity, "confirmed")
        for owner in range(4, 154):
            start = dice.randrange(8 * step - 4)
            hours = (start, start + dice.choice([1, 2, 3, 6]))
            length = dice.choice([None, None, 1])
            queue.join(owner, hours, dice.choice([1, queue.model.capacity]), dice.choice([0, 0, 0, 1]), None, length)
        for _ in range(5):
            queue.apply(("cancel", dice.randrange(8)))
            while connection.execute("select from booking.sweep(100)").fetchall():
                pass
            assert queue.seen() == queue.model.statuses()
            assert queue.model.nobody_is_skipped()


def test_a_member_has_so_many_waits(stack: Stack, tenant: Tenant) -> None:
    """Twenty, or as many as max_waits says for the resource, the kind or the tenant. Leaving one makes room for another."""
    person, room, other = tenant.person("member"), tenant.resource(timezone="UTC"), tenant.resource("Other")
    entries = [
        ok(join(stack, person, room, **at(f"{h:02}:{m}", f"{h:02}:{m + 19}"))) for h in range(10) for m in (10, 40)
    ]
    answer = join(stack, person, room, "12:00")
    assert refused(answer) == (422, "quota_exceeded")
    assert {name: details(answer)[name] for name in ("rule", "limit", "use")} == {
        "rule": "max_waits", "limit": 20, "use": 20,
    }  # fmt: skip
    ok(act(stack, person, "leave", entries[0]))
    ok(join(stack, person, room, "12:00"))
    rule(stack, tenant, resource_id=str(other), max_waits=1)
    ok(join(stack, person, other))
    assert refused(join(stack, person, other, "12:00")) == (422, "quota_exceeded")
    assert ok(join(stack, tenant.another("member"), room, "12:00"))["status"] == "waiting"


def test_two_connections_do_not_exceed_the_waits(
    stack: Stack,
    tenant: Tenant,
    connect: Callable[..., Line],  # noqa: F811
) -> None:
    person, rooms = tenant.person("member"), [tenant.resource(name, timezone="UTC") for name in "ABCD"]
    rule(stack, tenant, max_waits=1)
    lines = [connect(person) for _ in rooms]
    answers = at_once(*[
        lambda line=line, room=room: line.call("join_waitlist", resource_id=room, **at("09:00"))
        for line, room in zip(lines, rooms, strict=True)
    ])  # fmt: skip
    assert sorted(a if isinstance(a, str) else a["status"] for a in answers) == ["offered"] + ["quota_exceeded"] * 3


@pytest.mark.parametrize("way", ["erased", "removed"])
def test_who_is_gone_gives_back_what_was_offered_at_once(stack: Stack, tenant: Tenant, way: str) -> None:
    person, second, room = tenant.person("member"), tenant.another("member"), tenant.resource(timezone="UTC")
    first, next_ = ok(join(stack, person, room)), ok(join(stack, second, room))
    mine = ok(join(stack, person, room, "11:00"))
    offer = offer_of(stack, person, first)
    if way == "erased":
        ok(stack.rpc(tenant.person("admin"), "erase_member", user_id=str(person.user_id)))
    else:
        tenant.connection.execute("delete from booking.members where user_id = %s", (person.user_id,))
    offer_of(stack, second, next_)
    assert see(stack, tenant.person("manager"), offer)["status"] == "cancelled"
    assert [status(tenant, uuid.UUID(e["id"])) for e in (first, mine)] == ["declined", "declined"]
    assert_invariants(tenant)


# Priorities


@pytest.mark.parametrize("road", ["create", "series", "bundle", "sync", "waitlist"])
def test_without_a_rule_a_members_priority_is_nothing(stack: Stack, tenant: Tenant, road: str) -> None:
    room = tenant.resource(timezone="UTC")
    for role, expected in (("member", (403, "forbidden")), ("approver", (200, None))):
        person = tenant.person(role)
        if road == "create":
            answer = book(stack, person, room, **at("09:00"), priority=1)
        elif road == "waitlist":
            answer = join(stack, person, room, "12:00", priority=2**31 - 1)
        elif road == "bundle":
            items = [{"resource_id": str(room), **at("13:00")}]
            answer = stack.rpc(person, "create_bundle", items=items, priority=1)
        elif road == "series":
            answer = stack.rpc(person, "create_series", resource_id=str(room), rrule="FREQ=DAILY;COUNT=1",
                               local_start="2100-01-07T09:00", duration="1 hour", priority=1)  # fmt: skip
        else:
            operation = {
                "op": "create",
                "id": str(uuid.uuid4()),
                "resource_id": str(room),
                **at("15:00"),
                "priority": 1,
            }
            answer = stack.rpc(person, "sync_reservations", operations=[operation])
            found = ok(answer)[0]
            assert found["result"] == ("rejected" if role == "member" else "applied"), found
            continue
        assert (refused(answer) if role == "member" else (answer[0], None)) == expected


# Holds


def held_since(tenant: Tenant, reservation: dict[str, Any], ago: str) -> None:
    tenant.connection.execute(
        "update booking.reservations set status_since = now() - %s::interval where id = %s", (ago, reservation["id"])
    )


def test_a_hold_is_not_extended_for_ever(stack: Stack, tenant: Tenant) -> None:
    """It lasts 24 hours in all, priced or not. A manager may go further with a reason, but never beyond ten years."""
    person, manager = tenant.person("member"), tenant.person("manager")
    room = tenant.resource(timezone="UTC", price_amount=10, price_currency="EUR", price_per="booking")
    made = ok(book(stack, person, room, **at("09:00"), status="held"))
    held_since(tenant, made, "23 hours 50 minutes")
    tenant.connection.execute(
        "update booking.reservations set expires_at = now() + interval '1 minute' where id = %s", (made["id"],)
    )
    last = ok(change(stack, person, "extend_hold", made))
    left = datetime.fromisoformat(last["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10), left
    tenant.connection.execute(
        "update booking.reservations set expires_at = status_since + interval '24 hours' where id = %s", (made["id"],)
    )
    before = see(stack, person, made)
    for who in (person, manager):
        answer = change(stack, who, "extend_hold", made)
        assert refused(answer) == (422, "too_far_ahead")
        assert details(answer)["rule"] == "max_hold"
        assert datetime.fromisoformat(details(answer)["latest"]) == datetime.fromisoformat(before["expires_at"])
    assert see(stack, person, made) == before
    forced = {"override": True, "reason": "The mayor."}
    assert refused(change(stack, person, "extend_hold", made, **forced)) == (403, "forbidden")
    ok(change(stack, manager, "extend_hold", made, **forced))
    held_since(tenant, made, "3660 days")
    assert refused(change(stack, manager, "extend_hold", made, **forced)) == (422, "too_far_ahead")


def test_a_rule_says_how_long_a_hold_lasts(stack: Stack, tenant: Tenant) -> None:
    """The time as a hold counts for the pencil too. A hold_ttl longer than max_hold is given all the same."""
    person, room = tenant.person("member"), tenant.resource(timezone="UTC")
    rule(stack, tenant, max_hold="1 hour", hold_ttl="2 hours", pencil_ttl="30 minutes", min_pencil_ttl="1 minute",
         max_pencil_ttl="10 days")  # fmt: skip
    made = ok(book(stack, person, room, **at("09:00"), status="held"))
    lasts = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert lasts == timedelta(hours=2)
    held_since(tenant, made, "50 minutes")
    answer = change(stack, person, "pencil", made, pencil_ttl="20 minutes")
    assert refused(answer) == (422, "too_far_ahead")
    assert ok(change(stack, person, "pencil", made, pencil_ttl="9 minutes"))["status"] == "pencilled"
    wanted = {**at("11:00"), "status": "pencilled", "pencil_ttl": "61 minutes"}
    assert refused(book(stack, person, room, **wanted)) == (422, "too_far_ahead")
    items = [{"resource_id": str(room), **at("11:00")}]
    bundle = stack.rpc(person, "create_bundle", items=items, status="pencilled", pencil_ttl="61 minutes")
    assert refused(bundle) == (422, "too_far_ahead")
    assert ok(book(stack, person, room, **{**wanted, "pencil_ttl": "59 minutes"}))["status"] == "pencilled"


# Tentative and pending reservations


def test_a_member_has_so_many_requests_open(stack: Stack, tenant: Tenant) -> None:
    """Tentative and pending ones count, however they are made; confirmed ones do not. Managers may override."""
    person, manager = tenant.person("member"), tenant.person("manager")
    room, asks = tenant.resource(timezone="UTC"), tenant.resource("Asks", timezone="UTC", requires_approval=True)
    rule(stack, tenant, max_tentative=2)
    first = ok(book(stack, person, room, **at("09:00"), status="tentative"))
    ok(book(stack, person, asks, **at("09:00")))
    ok(book(stack, person, room, **at("12:00")))
    answer = book(stack, person, room, **at("10:00"), status="tentative")
    assert refused(answer) == (422, "quota_exceeded")
    assert {name: details(answer)[name] for name in ("rule", "limit", "use")} == {
        "rule": "max_tentative", "limit": 2, "use": 2,
    }  # fmt: skip
    assert refused(book(stack, person, asks, **at("10:00"))) == (422, "quota_exceeded")
    held = ok(book(stack, person, asks, **at("10:00"), status="held"))
    assert refused(change(stack, person, "confirm", held)) == (422, "quota_exceeded")
    items = [{"resource_id": str(room), **at("14:00")}]
    assert refused(stack.rpc(person, "create_bundle", items=items, status="tentative")) == (422, "quota_exceeded")
    series = stack.rpc(person, "create_series", resource_id=str(room), rrule="FREQ=DAILY;COUNT=2",
                       local_start="2100-01-07T09:00", duration="1 hour", status="tentative")  # fmt: skip
    assert refused(series) == (422, "quota_exceeded")
    forced = {"owner_id": str(person.user_id), "override": True, "reason": "Theirs."}
    ok(book(stack, manager, room, **at("10:00"), status="tentative", **forced))
    ok(change(stack, person, "confirm", first))
    assert refused(book(stack, person, room, **at("15:00"), status="tentative")) == (422, "quota_exceeded")
    ok(book(stack, person, room, **at("16:00")))


def test_two_connections_do_not_exceed_the_requests(
    stack: Stack,
    tenant: Tenant,
    connect: Callable[..., Line],  # noqa: F811
) -> None:
    person, room = tenant.person("member"), tenant.resource(timezone="UTC")
    rule(stack, tenant, max_tentative=1)
    lines = [connect(person) for _ in range(4)]
    answers = at_once(*[
        lambda line=line: line.call("create_reservation", resource_id=room, status="tentative", **at("09:00"))
        for line in lines
    ])  # fmt: skip
    assert sorted(a if isinstance(a, str) else a["status"] for a in answers) == ["quota_exceeded"] * 3 + ["tentative"]


def test_a_member_has_so_many_feeds(stack: Stack, tenant: Tenant) -> None:
    person = tenant.person("member")
    feeds = [ok(stack.rpc(person, "create_calendar_feed")) for _ in range(20)]
    answer = stack.rpc(person, "create_calendar_feed")
    assert refused(answer) == (422, "quota_exceeded")
    assert (details(answer)["limit"], details(answer)["use"]) == (20, 20)
    ok(stack.rpc(person, "revoke_calendar_feed", feed_id=feeds[0]["id"]))
    key = {"Idempotency-Key": str(uuid.uuid4())}
    for _ in range(15):
        assert stack.send(person, "POST", "rpc/create_calendar_feed", {}, key).status == 200
    row = tenant.connection.execute(
        "select max(cardinality(token_hashes)) from booking.calendar_feeds where tenant_id = %s", (tenant.id,)
    ).fetchone()
    assert row == (10,)


# Suspension


@pytest.fixture
def suspend(stack: Stack, tenant: Tenant) -> Callable[[Person], None]:
    """From now on this person is suspended."""

    def suspend(person: Person) -> None:
        room = tenant.resource("Missed")
        made = ok(book(stack, person, room, **around_now(-60, 60)))
        rule(stack, tenant, max_no_shows=1)
        tenant.connection.execute("update booking.reservations set status = 'no_show' where id = %s", (made["id"],))

    return suspend


def test_who_is_suspended_takes_no_new_time_on_any_road(
    stack: Stack, tenant: Tenant, suspend: Callable[[Person], None]
) -> None:
    """They may still shorten and cancel what is confirmed."""
    person, owner, room = tenant.person("member"), tenant.another("member"), tenant.resource(timezone="UTC")
    priced = tenant.resource("Hall", timezone="UTC", price_amount=10, price_currency="EUR", price_per="booking")
    tentative = ok(book(stack, person, room, **at("09:00"), status="tentative"))
    held = ok(book(stack, person, room, **at("10:00"), status="held"))
    firm = ok(book(stack, person, room, **at("12:00", "14:00")))
    to_pay = [
        ok(book(stack, person, priced, **at(clock), status=how))
        for clock, how in (("09:00", "held"), ("11:00", "tentative"))
    ]
    items = [{"resource_id": str(room), **at("15:00")}]
    bundle = ok(stack.rpc(person, "create_bundle", items=items, status="tentative"))
    series = ok(stack.rpc(person, "create_series", resource_id=str(room), rrule="FREQ=DAILY;COUNT=2",
                          local_start="2100-01-07T09:00", duration="1 hour", status="tentative"))  # fmt: skip
    offered = ok(join(stack, person, room, "16:00"))
    taken = ok(book(stack, owner, room, **at("18:00")))
    waits = ok(join(stack, person, room, "18:00"))
    suspend(person)
    refusals = {
        "confirm": change(stack, person, "confirm", tentative), "confirm a hold": change(stack, person, "confirm", held),
        "pencil": change(stack, person, "pencil", held), "pencil anew": change(stack, person, "pencil", tentative),
        "extend": change(stack, person, "extend_hold", held), "accept": act(stack, person, "accept", offered),
        "bundle": stack.rpc(person, "confirm_bundle", bundle_id=bundle["bundle_id"]),
        "series": stack.rpc(person, "confirm_series", series_id=series["series_id"]),
        "move": change(stack, person, "reschedule", firm, **at("20:00", "22:00")),
        "lengthen": change(stack, person, "reschedule", firm, **at("12:00", "14:30")),
        "join": join(stack, person, room, "21:00"),
        **{f"pay {n}": stack.rpc(person, "start_payment", reservation_id=p["id"]) for n, p in enumerate(to_pay)},
    }  # fmt: skip
    assert {name: refused(answer) for name, answer in refusals.items()} == dict.fromkeys(refusals, (422, "suspended"))
    (synced,) = ok(stack.rpc(person, "sync_reservations", operations=[{"op": "confirm", "id": tentative["id"]}]))
    assert synced["error"]["message"] == "suspended"
    check = {"resource_id": str(room), "exclude_reservation_id": firm["id"]}
    assert refused(stack.rpc(person, "check_reservation_conflict", **check, **at("12:00", "14:30"))) == (
        422,
        "suspended",
    )
    assert ok(stack.rpc(person, "check_reservation_conflict", **check, **at("12:30", "14:00")))["available"]
    # They are not offered anything either.
    ok(change(stack, owner, "cancel", taken))
    assert entry_of(stack, person, waits)["status"] == "waiting"
    ok(change(stack, person, "reschedule", firm, **at("12:30", "14:00")))
    ok(change(stack, person, "cancel", firm))
    ok(act(stack, person, "decline", offered))
    # A manager acts for them.
    ok(change(stack, tenant.person("manager"), "confirm", tentative))
    assert_invariants(tenant)
