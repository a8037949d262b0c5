"""The waitlist over HTTP, from joining to the end of an offer; and against a model of who must be offered what."""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Person, Server, Stack, Tenant, make_tenant
from tests.test_lifecycle import Answer, around_now, book, change, details, ok, refused, rule, see, sweep
from tests.test_races import assert_invariants

OF_ENTRIES = ["waitlist.*"]


def at(clock: str, until: str | None = None) -> dict[str, str]:
    """A Monday far ahead, UTC: an hour, or until then."""
    until = until or f"{int(clock[:2]) + 1:02}{clock[2:]}"
    return {"starts_at": f"2100-01-04T{clock}:00+00:00", "ends_at": f"2100-01-04T{until}:00+00:00"}


def join(stack: Stack, person: Person, resource_id: uuid.UUID, clock: str = "09:00", **arguments: Any) -> Answer:
    """Waits for an hour, or what the arguments say."""
    return stack.rpc(person, "join_waitlist", **{"resource_id": str(resource_id), **at(clock), **arguments})


def entry_of(stack: Stack, person: Person, entry: dict[str, Any]) -> dict[str, Any]:
    """As it is now."""
    (row,) = ok(stack.request(person, "GET", f"waitlist_entries?id=eq.{entry['id']}"))
    assert isinstance(row, dict)
    return row


def offer_of(stack: Stack, person: Person, entry: dict[str, Any]) -> dict[str, Any]:
    """The reservation that is held for whoever joined, as they see it."""
    seen = entry_of(stack, person, entry)
    assert (seen["status"], seen["position"]) == ("offered", None)
    offer = see(stack, person, {"id": seen["offered_reservation_id"]})
    assert (offer["status"], offer["owner_id"]) == ("held", str(person.user_id))
    assert (offer["waitlist_entry_id"], offer["expires_at"]) == (entry["id"], seen["offer_expires_at"])
    return offer


def act(stack: Stack, person: Person, action: str, entry: dict[str, Any], **arguments: Any) -> Answer:
    function = {"leave": "leave_waitlist", "accept": "accept_offer", "decline": "decline_offer"}[action]
    return stack.rpc(person, function, entry_id=entry["id"], **arguments)


def told(stack: Stack, person: Person, entry: dict[str, Any]) -> list[str]:
    """What happened to it, as its person reads it in the log."""
    events = stack.events(person, *OF_ENTRIES)
    return [e["type"].removeprefix("waitlist.") for e in events if e["data"]["waitlist"]["id"] == entry["id"]]


def lapse(tenant: Tenant, offer: dict[str, Any]) -> None:
    """An offer's, or a hold's, time is over."""
    tenant.connection.execute(
        "update booking.reservations set expires_at = now() - interval '1 second' where tenant_id = %s and id = %s",
        (tenant.id, offer["id"]),
    )


# Joining


def test_who_waits_knows_their_place(stack: Stack, tenant: Tenant) -> None:
    owner, one, other = tenant.person("member"), tenant.another("member"), tenant.another("member")
    room = tenant.resource(timezone="UTC")
    for clock in ("09:00", "10:00", "11:00"):
        ok(book(stack, owner, room, **at(clock)))
    first = ok(join(stack, one, room, title="Rehearsal", units=1))
    assert (first["status"], first["position"], first["owner_id"]) == ("waiting", 1, str(one.user_id))
    assert (first["offered_reservation_id"], first["offer_expires_at"]) == (None, None)
    assert datetime.fromisoformat(first["expires_at"]) == datetime.fromisoformat(first["ends_at"])
    assert ok(join(stack, other, room))["position"] == 2
    assert ok(join(stack, other, room, "10:00"))["position"] == 1  # nobody wants that before them
    assert ok(join(stack, owner, room, **at("09:30", "11:30")))["position"] == 4
    for clock, until in (("09:00", "10:00"), ("08:00", "09:30"), ("09:15", "12:00")):
        assert refused(join(stack, one, room, **at(clock, until))) == (409, "already_waiting")
    assert ok(join(stack, one, room, "10:00"))["position"] == 3
    assert told(stack, one, first) == ["joined"]
    assert_invariants(tenant)


def test_what_is_free_is_offered_at_once(stack: Stack, tenant: Tenant) -> None:
    """For two hours, or by the rule; never for longer than it lasts."""
    person, room = tenant.person("member"), tenant.resource(timezone="UTC")
    entry = ok(join(stack, person, room, title="Rehearsal"))
    offer = offer_of(stack, person, entry)
    assert (offer["title"], offer["starts_at"], offer["ends_at"]) == ("Rehearsal", *at("09:00").values())
    lasts = datetime.fromisoformat(offer["expires_at"]) - datetime.fromisoformat(entry["created_at"])
    assert lasts == timedelta(hours=2)
    assert refused(book(stack, tenant.another("member"), room, **at("09:30"))) == (409, "slot_taken")
    assert refused(join(stack, person, room)) == (409, "already_waiting")
    rule(stack, tenant, offer_ttl="10 minutes")
    now = ok(stack.rpc(person, "join_waitlist", resource_id=str(room), **around_now(-5, 60)))
    assert now["status"] == "offered"
    assert datetime.fromisoformat(now["offer_expires_at"]) - datetime.fromisoformat(now["created_at"]) == timedelta(
        minutes=10
    )
    soon_over = ok(
        stack.rpc(tenant.another("member"), "join_waitlist", resource_id=str(tenant.resource()), **around_now(-5, 5))
    )
    assert soon_over["offer_expires_at"] == soon_over["ends_at"]
    assert told(stack, person, entry) == ["joined", "offered"]
    assert_invariants(tenant)


def test_what_cannot_be_waited_for(stack: Stack, tenant: Tenant) -> None:
    person, room = tenant.person("member"), tenant.resource(timezone="UTC", capacity=2)
    for wrong in (
        {"units": 0}, {"units": None}, {"duration": "0"}, {"duration": "61 minutes"}, {"duration": "-1 hour"},
        {"expires_at": "2020-01-01T00:00:00Z"},
    ):  # fmt: skip
        assert refused(join(stack, person, room, **wrong)) == (400, "invalid_argument"), wrong
    for times in (at("09:00", "09:00"), at("10:00", "09:00"), {"ends_at": None}, {"ends_at": "infinity"}):
        assert refused(join(stack, person, room, **times)) == (400, "invalid_time_range")
    assert refused(join(stack, person, room, units=3)) == (422, "too_many_units")
    assert refused(stack.rpc(person, "join_waitlist", resource_id=str(room), **around_now(-60, -1))) == (
        422,
        "too_soon",
    )
    for unknown in (uuid.uuid4(), make_tenant(tenant.connection).resource()):
        assert refused(join(stack, person, unknown)) == (404, "not_found")
    rule(stack, tenant, max_duration="30 minutes", max_priority=1)
    assert refused(join(stack, person, room)) == (422, "too_long")
    assert refused(join(stack, person, room, duration="30 minutes", priority=2)) == (403, "forbidden")
    assert ok(join(stack, person, room, duration="30 minutes", priority=1))["status"] == "offered"
    assert ok(stack.rpc(person, "join_waitlist", resource_id=str(room), **around_now(60, 90)))["status"] == "offered"
    taken = str(uuid.uuid4())
    ok(join(stack, person, room, "11:00", duration="30 minutes", id=taken))
    assert refused(join(stack, person, room, "13:00", duration="30 minutes", id=taken)) == (409, "duplicate_id")
    tenant.connection.execute("update booking.resources set is_active = false where id = %s", (room,))
    assert refused(join(stack, person, room, "15:00", duration="30 minutes")) == (422, "resource_inactive")
    assert_invariants(tenant)


def test_one_key_one_entry_one_answer(stack: Stack, tenant: Tenant) -> None:
    owner, person, room = tenant.person("member"), tenant.another("member"), tenant.resource(timezone="UTC")
    taken = ok(book(stack, owner, room, **at("09:00")))

    def twice(function: str, **arguments: Any) -> Any:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        first, again = (stack.send(person, "POST", f"rpc/{function}", arguments, key) for _ in range(2))
        assert (first.status, again.status, again.data) == (200, 200, first.data), first.data
        assert again.headers["Idempotency-Replayed"] == "true"
        return first.json()

    entry = twice("join_waitlist", resource_id=str(room), **at("09:00"))
    ok(change(stack, owner, "cancel", taken))
    assert twice("accept_offer", entry_id=entry["id"])["status"] == "accepted"
    other = twice("join_waitlist", resource_id=str(room), **at("10:00"))
    assert twice("decline_offer", entry_id=other["id"])["status"] == "declined"
    third = ok(join(stack, person, room, **at("08:30", "10:00")))
    assert twice("leave_waitlist", entry_id=third["id"])["status"] == "left"
    assert told(stack, person, entry) == ["joined", "offered", "accepted"]
    assert told(stack, person, other) == ["joined", "offered", "declined"]
    assert told(stack, person, third) == ["joined", "left"]
    assert_invariants(tenant)


# What frees time


@dataclass
class Scene:
    """A room whose hour from 09:00, or the present one, somebody has; and how that ends."""

    stack: Stack
    tenant: Tenant
    room: uuid.UUID
    owner: Person
    manager: Person
    wish: dict[str, Any] = field(default_factory=lambda: at("09:00"))

    def book(self, **arguments: Any) -> dict[str, Any]:
        made = ok(book(self.stack, self.owner, self.room, **{**self.wish, **arguments}))
        assert isinstance(made, dict)
        return made

    def patch(self, **columns: Any) -> None:
        ok(self.stack.request(self.manager, "PATCH", f"resources?id=eq.{self.room}", columns))

    def close(self, **arguments: Any) -> dict[str, Any]:
        answer = ok(
            self.stack.rpc(self.manager, "create_blackout", resource_ids=[str(self.room)], **self.wish, **arguments)
        )
        made = answer["blackouts"][0]
        assert isinstance(made, dict)
        return made


def cancelled(scene: Scene) -> Iterator[None]:
    made = scene.book()
    yield
    ok(change(scene.stack, scene.owner, "cancel", made))


def cancelled_by_a_manager(scene: Scene) -> Iterator[None]:
    made = scene.book(status="pencilled")
    yield
    ok(change(scene.stack, scene.manager, "cancel", made, reason="A flood."))


def rejected(scene: Scene) -> Iterator[None]:
    scene.patch(requires_approval=True, blocking_statuses=["held", "pending", "confirmed", "checked_in"])
    made = scene.book()
    yield
    ok(change(scene.stack, scene.manager, "reject", made))


def swept(scene: Scene) -> Iterator[None]:
    made = scene.book(status="held")
    yield
    lapse(scene.tenant, made)
    sweep(scene.tenant)


def cleared_by_who_books_another_time(scene: Scene) -> Iterator[None]:
    """Of a pool: whoever books there clears what has expired."""
    scene.patch(capacity=2)
    made = scene.book(status="held", units=2)
    yield
    lapse(scene.tenant, made)
    ok(book(scene.stack, scene.tenant.another("member"), scene.room, **at("15:00")))


def cleared_by_who_takes_the_rest(scene: Scene) -> Iterator[None]:
    made = scene.book(status="held", **at("09:00", "12:00"))
    yield
    lapse(scene.tenant, made)
    ok(book(scene.stack, scene.tenant.another("member"), scene.room, **at("10:30", "11:30")))


def cleared_by_who_joins(scene: Scene) -> Iterator[None]:
    made = scene.book(status="held")
    yield
    lapse(scene.tenant, made)
    assert ok(join(scene.stack, scene.tenant.another("member"), scene.room))["status"] == "waiting"


def missed(scene: Scene) -> Iterator[None]:
    rule(scene.stack, scene.tenant, no_show_grace="0")
    scene.wish = around_now(-2, 60)
    scene.book()
    yield
    scene.tenant.connection.execute(
        "update booking.reservations set status_since = now() - interval '1 minute'"
        " where tenant_id = %s and status = 'confirmed'",
        (scene.tenant.id,),
    )
    sweep(scene.tenant)


def completed(scene: Scene) -> Iterator[None]:
    scene.wish = around_now(-2, 60)
    made = scene.book()
    yield
    ok(change(scene.stack, scene.owner, "check_in", made))
    ok(change(scene.stack, scene.owner, "complete", made))


def moved_in_time(scene: Scene) -> Iterator[None]:
    made = scene.book()
    yield
    ok(change(scene.stack, scene.owner, "reschedule", made, **at("10:00")))


def moved_elsewhere(scene: Scene) -> Iterator[None]:
    made, elsewhere = scene.book(), scene.tenant.resource("Elsewhere")
    yield
    ok(change(scene.stack, scene.owner, "reschedule", made, **at("09:00"), resource_id=str(elsewhere)))


def made_smaller(scene: Scene) -> Iterator[None]:
    scene.patch(capacity=2)
    made = scene.book(units=2)
    yield
    ok(change(scene.stack, scene.owner, "reschedule", made, **at("09:00"), units=1))


def bundle_moved(scene: Scene) -> Iterator[None]:
    items = [{"resource_id": str(one), **scene.wish} for one in (scene.room, scene.tenant.resource("Elsewhere"))]
    made = ok(scene.stack.rpc(scene.owner, "create_bundle", items=items))
    yield
    ok(scene.stack.rpc(scene.owner, "reschedule_bundle", bundle_id=made["bundle_id"], shift="1 hour"))


def bundle_cancelled(scene: Scene) -> Iterator[None]:
    items = [{"resource_id": str(one), **scene.wish} for one in (scene.room, scene.tenant.resource("Elsewhere"))]
    made = ok(scene.stack.rpc(scene.owner, "create_bundle", items=items))
    yield
    ok(scene.stack.rpc(scene.owner, "cancel_bundle", bundle_id=made["bundle_id"]))


def series_cancelled(scene: Scene) -> Iterator[None]:
    made = ok(
        scene.stack.rpc(
            scene.owner, "create_series", resource_id=str(scene.room), rrule="FREQ=DAILY;COUNT=3",
            local_start="2100-01-03T09:00", duration="1 hour",
        )
    )  # fmt: skip
    yield
    ok(scene.stack.rpc(scene.owner, "cancel_series", series_id=made["series_id"]))


def blackout_lifted(scene: Scene) -> Iterator[None]:
    made = scene.close()
    yield
    ok(scene.stack.rpc(scene.manager, "lift_blackout", blackout_id=made["id"]))


def blackout_moved(scene: Scene) -> Iterator[None]:
    made = scene.close()
    yield
    ok(scene.stack.rpc(scene.manager, "reschedule_blackout", blackout_id=made["id"], **at("10:00")))


def capacity_raised(scene: Scene) -> Iterator[None]:
    scene.book()
    yield
    scene.patch(capacity=2)


def held_no_longer_blocking(scene: Scene) -> Iterator[None]:
    scene.book(status="pencilled")
    yield
    scene.patch(blocking_statuses=["held", "confirmed", "checked_in"])


def row_deleted(scene: Scene) -> Iterator[None]:
    made = scene.book()
    yield
    scene.tenant.connection.execute(
        "delete from booking.reservations where tenant_id = %s and id = %s", (scene.tenant.id, made["id"])
    )


def module_row_deleted(scene: Scene) -> Iterator[None]:
    table, connection = f"public.gigs_{scene.tenant.id.hex}", scene.tenant.connection
    connection.execute(
        f"create table {table} (id integer primary key, tenant_id uuid, room uuid, begins timestamptz, ends timestamptz)"
    )
    columns = {"tenant_id": "tenant_id", "id": "id", "resource_id": "room", "starts_at": "begins", "ends_at": "ends"}
    connection.execute("select booking.attach_module('gigs', %s::regclass, %s)", (table, json.dumps(columns)))
    connection.execute(
        f"insert into {table} values (1, %s, %s, %s, %s)", (scene.tenant.id, scene.room, *scene.wish.values())
    )
    yield
    connection.execute(f"delete from {table}")
    connection.execute("select booking.detach_module('gigs', %s::regclass)", (table,))
    connection.execute(f"drop table {table}")


WAYS: list[Callable[[Scene], Iterator[None]]] = [
    cancelled, cancelled_by_a_manager, rejected, swept, cleared_by_who_books_another_time,
    cleared_by_who_takes_the_rest, cleared_by_who_joins, missed, completed, moved_in_time, moved_elsewhere,
    made_smaller, bundle_moved, bundle_cancelled, series_cancelled, blackout_lifted, blackout_moved, capacity_raised,
    held_no_longer_blocking, row_deleted, module_row_deleted,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.replace("_", " "))
def test_freed_time_is_offered_in_the_transaction_that_frees_it(
    stack: Stack, tenant: Tenant, way: Callable[[Scene], Iterator[None]]
) -> None:
    person = tenant.another("member")
    scene = Scene(
        stack, tenant, tenant.resource(timezone="UTC"), tenant.person("member"), tenant.person("manager")
    )  # fmt: skip
    acts = way(scene)
    next(acts)
    entry = ok(stack.rpc(person, "join_waitlist", resource_id=str(scene.room), **scene.wish))
    assert (entry["status"], entry["position"]) == ("waiting", 1)
    assert next(acts, None) is None
    offer = offer_of(stack, person, entry)
    assert [offer[name] for name in ("starts_at", "ends_at")] == [entry[name] for name in ("starts_at", "ends_at")]
    if way is not cleared_by_who_books_another_time:
        assert refused(book(stack, scene.owner, scene.room, **scene.wish)) == (409, "slot_taken")
    assert ok(act(stack, person, "accept", entry))["status"] == "accepted"
    # Nobody offered it, and for no reason of theirs.
    events = stack.events(person, "*")
    mine = [e for e in events if e["type"].startswith("waitlist") or e["reservation_id"] == offer["id"]]
    what = [
        "waitlist.joined", "waitlist.offered", "reservation.held",
        "reservation.submitted" if way is rejected else "reservation.confirmed", "waitlist.accepted",
    ]  # fmt: skip
    assert Counter(e["type"] for e in mine) == Counter(what)
    for event in mine:
        nobody = event["type"] in ("waitlist.offered", "reservation.held")
        assert (event["actor_id"], event["data"]["reason"]) == (None if nobody else str(person.user_id), None), event
    assert_invariants(tenant)


# An offer


@pytest.mark.parametrize("answer", ["accept_offer", "confirm_reservation"])
@pytest.mark.parametrize("approval", [False, True])
def test_only_its_person_takes_an_offer(stack: Stack, tenant: Tenant, answer: str, approval: bool) -> None:
    person, colleague, manager = tenant.person("member"), tenant.another("member"), tenant.person("manager")
    room = tenant.resource(timezone="UTC", requires_approval=approval)
    entry = ok(join(stack, person, room))
    offer = offer_of(stack, person, entry)
    for action in ("accept", "decline", "leave"):
        for other in (colleague, manager, tenant.person("admin"), make_tenant(tenant.connection).person("admin")):
            assert refused(act(stack, other, action, entry)) == (404, "not_found")
    assert refused(change(stack, colleague, "confirm", offer)) == (404, "not_found")
    assert refused(change(stack, manager, "confirm", offer)) == (403, "forbidden")
    forced = {"override": True, "reason": "The mayor."}
    assert refused(change(stack, manager, "confirm", offer, **forced)) == (403, "forbidden")
    assert refused(change(stack, manager, "pencil", offer)) == (403, "forbidden")
    # It is taken as it is and in its time, or not at all.
    for whoever in (person, manager):
        assert refused(change(stack, whoever, "extend_hold", offer)) == (409, "invalid_transition")
        moved = change(stack, whoever, "reschedule", offer, **at("12:00"))
        assert refused(moved) == (409, "invalid_transition")
        move = {"reservation_id": offer["id"], **at("12:00")}
        assert refused(stack.rpc(whoever, "move_reservations", moves=[move])) == (409, "invalid_transition")
    assert offer_of(stack, person, entry) == offer
    if answer == "accept_offer":
        assert ok(act(stack, person, "accept", entry))["offered_reservation_id"] == offer["id"]
    else:
        ok(change(stack, person, "confirm", offer))
    assert see(stack, person, offer)["status"] == ("pending" if approval else "confirmed")
    seen = entry_of(stack, person, entry)
    assert (seen["status"], seen["offer_expires_at"], seen["position"]) == ("accepted", None, None)
    for action in ("accept", "decline", "leave"):
        assert refused(act(stack, person, action, entry)) == (409, "invalid_transition")
    if not approval:
        ok(change(stack, person, "reschedule", offer, **at("12:00")))
    assert told(stack, person, entry) == ["joined", "offered", "accepted"]
    assert_invariants(tenant)


def test_an_offer_that_lapses_goes_to_the_next(stack: Stack, tenant: Tenant) -> None:
    """Too late is too late, before the sweep and after it."""
    first, second, room = tenant.person("member"), tenant.another("member"), tenant.resource(timezone="UTC")
    one, two = ok(join(stack, first, room)), ok(join(stack, second, room))
    assert (one["status"], two["status"]) == ("offered", "waiting")
    offer = offer_of(stack, first, one)
    lapse(tenant, offer)
    for action in ("accept", "decline", "leave"):
        assert refused(act(stack, first, action, one)) == (409, "hold_expired")
    assert refused(book(stack, tenant.another("member"), room, **at("09:00"))) == (409, "slot_taken")
    sweep(tenant)
    for action in ("accept", "decline", "leave"):
        assert refused(act(stack, first, action, one)) == (409, "hold_expired")
    assert see(stack, first, offer)["status"] == "expired"
    assert ok(act(stack, second, "accept", two))["status"] == "accepted"
    assert told(stack, first, one) == ["joined", "offered", "expired"]
    assert told(stack, second, two) == ["joined", "offered", "accepted"]
    # They may queue again.
    assert ok(join(stack, first, room))["position"] == 1
    assert_invariants(tenant)


@pytest.mark.parametrize("way", ["decline", "leave", "cancel", "manager cancels"])
def test_an_offer_that_is_turned_down_goes_to_the_next(stack: Stack, tenant: Tenant, way: str) -> None:
    first, second, room = tenant.person("member"), tenant.another("member"), tenant.resource(timezone="UTC")
    one, two = ok(join(stack, first, room)), ok(join(stack, second, room))
    assert refused(act(stack, second, "decline", two)) == (409, "invalid_transition")
    assert refused(act(stack, second, "accept", two)) == (409, "invalid_transition")
    offer = offer_of(stack, first, one)
    if way in ("decline", "leave"):
        assert ok(act(stack, first, way, one, reason="Ill."))["status"] == "declined"
    else:
        ok(change(stack, first if way == "cancel" else tenant.person("manager"), "cancel", offer, reason="Ill."))
    assert (see(stack, first, offer)["status"], see(stack, first, offer)["status_reason"]) == ("cancelled", "Ill.")
    assert offer_of(stack, second, two)["status_reason"] is None
    for action in ("accept", "decline", "leave"):
        assert refused(act(stack, first, action, one)) == (409, "invalid_transition")
    assert told(stack, first, one) == ["joined", "offered", "declined"]
    assert told(stack, second, two) == ["joined", "offered"]
    assert_invariants(tenant)


def test_whoever_leaves_is_passed_over(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource(timezone="UTC")
    taken, waiting = ok(book(stack, owner, room, **at("09:00"))), [tenant.another("member") for _ in range(3)]
    entries = [ok(join(stack, person, room)) for person in waiting]
    assert ok(act(stack, waiting[0], "leave", entries[0]))["status"] == "left"
    assert refused(act(stack, waiting[0], "leave", entries[0])) == (409, "invalid_transition")
    positions = [entry_of(stack, *one)["position"] for one in zip(waiting, entries, strict=True)]
    assert positions == [None, 1, 2]
    tenant.connection.execute(  # who is no member any more has no turn
        "delete from booking.members where tenant_id = %s and user_id = %s", (tenant.id, waiting[1].user_id)
    )
    ok(change(stack, owner, "cancel", taken))
    offer_of(stack, waiting[2], entries[2])
    assert told(stack, waiting[0], entries[0]) == ["joined", "left"]
    assert_invariants(tenant)


def test_priority_before_turn(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource(timezone="UTC")
    rule(stack, tenant, max_priority=1)
    taken, people = ok(book(stack, owner, room, **at("09:00"))), [tenant.another("member") for _ in range(4)]
    entries = [ok(join(stack, person, room, priority=p)) for person, p in zip(people, (0, 1, 1, -1), strict=True)]
    assert [entry["position"] for entry in entries] == [1, 1, 2, 4]
    assert [entry_of(stack, *one)["position"] for one in zip(people, entries, strict=True)] == [3, 1, 2, 4]
    ok(change(stack, owner, "cancel", taken))
    for number in (1, 2, 0, 3):
        assert offer_of(stack, people[number], entries[number])["priority"] == entries[number]["priority"]
        ok(act(stack, people[number], "decline", entries[number]))
    assert ok(book(stack, owner, room, **at("09:00")))["status"] == "confirmed"
    assert_invariants(tenant)


def test_whoever_waits_too_long_is_offered_nothing(stack: Stack, tenant: Tenant) -> None:
    owner, person, room = tenant.person("member"), tenant.another("member"), tenant.resource(timezone="UTC")
    taken = ok(book(stack, owner, room, **at("09:00")))
    entry = ok(join(stack, person, room))
    tenant.connection.execute(
        "update booking.waitlist_entries set expires_at = now() - interval '1 second' where id = %s", (entry["id"],)
    )
    ok(change(stack, owner, "cancel", taken))
    assert entry_of(stack, person, entry)["status"] == "waiting"
    sweep(tenant)
    sweep(tenant)
    assert entry_of(stack, person, entry)["status"] == "expired"
    assert refused(act(stack, person, "leave", entry)) == (409, "hold_expired")
    assert told(stack, person, entry)[-1] == "expired"
    assert ok(join(stack, person, room))["status"] == "offered"


# Windows


def hours(tenant: Tenant, room: uuid.UUID, *stretches: tuple[str, str]) -> None:
    for opens, closes in stretches:
        tenant.connection.execute(
            "insert into booking.opening_hours (tenant_id, resource_id, weekday, opens, closes)"
            " select %s, %s, day, %s, %s from generate_series(1, 7) day",
            (tenant.id, room, opens, closes),
        )


@pytest.mark.parametrize(
    ("window", "duration", "offered"),
    [
        (("08:00", "20:00"), "30 minutes", ("11:00", "11:30")),  # after the first, its buffer, and up to the grid
        (("08:00", "20:00"), "1 hour", ("11:00", "12:00")),  # until it closes
        (("08:00", "20:00"), "90 minutes", ("16:30", "18:00")),
        (("08:00", "20:00"), "2 hours", ("16:30", "18:30")),
        (("11:30", "20:00"), "1 hour", ("14:30", "15:30")),
        (("08:00", "20:00"), "3 hours", None),
        (("08:00", "11:00"), "30 minutes", None),
    ],
)
def test_a_window_is_given_the_earliest_place_in_it(
    stack: Stack, tenant: Tenant, window: tuple[str, str], duration: str, offered: tuple[str, str] | None
) -> None:
    """On the grid, within the hours, beside what is there with its buffers."""
    manager, person, room = tenant.person("manager"), tenant.person("member"), tenant.resource(timezone="UTC")
    rule(stack, tenant, slot_step="30 minutes", buffer_after="15 minutes")
    hours(tenant, room, ("09:00", "12:00"), ("13:00", "19:00"))
    force = {"override": True, "reason": "Set up."}
    for clock, until in (("09:00", "10:20"), ("14:00", "14:10"), ("16:00", "16:15")):
        ok(book(stack, manager, room, **at(clock, until), **force))
    entry = ok(stack.rpc(person, "join_waitlist", resource_id=str(room), **at(*window), duration=duration))
    if offered:
        offer = offer_of(stack, person, entry)
        assert {name: offer[name] for name in ("starts_at", "ends_at")} == at(*offered)
    else:
        assert (entry["status"], entry["position"]) == ("waiting", 1)
    assert_invariants(tenant)


@pytest.mark.parametrize(
    ("zone", "step", "taken", "window", "duration", "offered"),
    [
        pytest.param(
            "UTC", "30 minutes", None, ("2100-01-04T09:10Z", "2100-01-04T12:00Z"), "1 hour", "2100-01-04T09:30Z",
            id="the range begins off the grid",
        ),
        pytest.param(
            "UTC", "25 minutes", None, ("2100-01-04T23:30Z", "2100-01-05T02:00Z"), "25 minutes", "2100-01-05T00:00Z",
            id="the grid begins anew at midnight",
        ),
        pytest.param(
            "UTC", "7 hours", ("2100-01-04T00:00Z", "2100-01-04T21:30Z"), ("2100-01-04T00:00Z", "2100-01-05T12:00Z"),
            "7 hours", "2100-01-05T00:00Z",
            id="the next on the grid is midnight",
        ),
        pytest.param(
            "Europe/Berlin", "30 minutes", ("2030-10-26T22:00Z", "2030-10-27T00:10Z"),
            ("2030-10-26T23:00Z", "2030-10-27T06:00Z"), "1 hour", "2030-10-27T00:30Z",
            id="the first 02:30 of two",
        ),
        pytest.param(
            "Europe/Berlin", "30 minutes", ("2030-10-26T22:00Z", "2030-10-27T01:10Z"),
            ("2030-10-26T23:00Z", "2030-10-27T06:00Z"), "1 hour", "2030-10-27T01:30Z", id="the second 02:30 of two",
        ),
        pytest.param(
            "Europe/Berlin", "1 hour", ("2030-03-30T22:00Z", "2030-03-31T00:40Z"),
            ("2030-03-30T22:00Z", "2030-03-31T06:00Z"), "1 hour", "2030-03-31T01:00Z", id="02:00 never comes",
        ),
    ],
)  # fmt: skip
def test_the_earliest_place_on_odd_grids(
    stack: Stack, tenant: Tenant, zone: str, step: str, taken: tuple[str, str] | None, window: tuple[str, str],
    duration: str, offered: str,
) -> None:  # fmt: skip
    room = tenant.resource(timezone=zone)
    rule(stack, tenant, slot_step=step)
    if taken:
        times = {"starts_at": taken[0], "ends_at": taken[1], "override": True, "reason": "Set up."}
        ok(book(stack, tenant.person("manager"), room, **times))
    person = tenant.person("member")
    times = {"starts_at": window[0], "ends_at": window[1], "duration": duration}
    entry = ok(stack.rpc(person, "join_waitlist", resource_id=str(room), **times))
    assert datetime.fromisoformat(offer_of(stack, person, entry)["starts_at"]) == datetime.fromisoformat(offered)


def test_of_a_window_that_has_begun_what_is_left_is_offered(stack: Stack, tenant: Tenant) -> None:
    """Not an hour of which half is over already, where a whole one is free."""
    person, room = tenant.person("member"), tenant.resource()
    entry = ok(stack.rpc(person, "join_waitlist", resource_id=str(room), **around_now(-30, 120), duration="1 hour"))
    offer = offer_of(stack, person, entry)
    assert datetime.fromisoformat(offer["starts_at"]) >= datetime.fromisoformat(entry["created_at"])


def test_of_a_window_what_keeps_the_notice_is_offered(stack: Stack, tenant: Tenant) -> None:
    person, room = tenant.person("member"), tenant.resource()
    rule(stack, tenant, min_notice="2 hours")
    entry = ok(stack.rpc(person, "join_waitlist", resource_id=str(room), **around_now(10, 300), duration="1 hour"))
    begins = datetime.fromisoformat(offer_of(stack, person, entry)["starts_at"])
    assert begins == datetime.fromisoformat(entry["created_at"]) + timedelta(hours=2)


# Pools


def test_a_pool_is_offered_in_turn_as_far_as_it_goes(stack: Stack, tenant: Tenant) -> None:
    """Whom it does not suffice for waits on, and does not hold up who wants less."""
    owner, desks = tenant.person("member"), tenant.resource("Desks", capacity=4, timezone="UTC")
    taken = [ok(book(stack, owner, desks, **at("09:00"), units=2)) for _ in range(2)]
    people = [tenant.another("member") for _ in range(4)]
    entries = [ok(join(stack, person, desks, units=u)) for person, u in zip(people, (3, 1, 1, 2), strict=True)]
    ok(change(stack, owner, "cancel", taken[0]))
    statuses = [entry_of(stack, *one)["status"] for one in zip(people, entries, strict=True)]
    assert statuses == ["waiting", "offered", "offered", "waiting"]
    ok(act(stack, people[1], "accept", entries[1]))
    ok(change(stack, owner, "cancel", taken[1]))
    statuses = [entry_of(stack, *one)["status"] for one in zip(people, entries, strict=True)]
    assert statuses == ["waiting", "accepted", "offered", "offered"]
    assert entry_of(stack, people[0], entries[0])["position"] == 1
    ok(act(stack, people[3], "leave", entries[3]))
    assert entry_of(stack, people[0], entries[0])["status"] == "waiting"
    ok(act(stack, people[2], "decline", entries[2]))
    assert offer_of(stack, people[0], entries[0])["units"] == 3
    assert refused(book(stack, owner, desks, **at("09:00"))) == (409, "slot_taken")
    assert_invariants(tenant)


def test_a_window_in_a_pool(stack: Stack, tenant: Tenant) -> None:
    """As soon as enough units are free together, though those there must change places for it."""
    owner, person = tenant.person("member"), tenant.another("member")
    desks = tenant.resource("Desks", capacity=3, timezone="UTC")
    for clock, until, units in (("09:00", "12:00", 2), ("09:00", "10:00", 1), ("10:30", "11:00", 1)):
        ok(book(stack, owner, desks, **at(clock, until), units=units))
    wish = {"resource_id": str(desks), **at("09:00", "18:00")}
    one = ok(stack.rpc(person, "join_waitlist", duration="30 minutes", **wish))
    assert offer_of(stack, person, one)["starts_at"] == at("10:00")["starts_at"]
    other = tenant.another("member")
    two = ok(stack.rpc(other, "join_waitlist", duration="1 hour", units=2, **wish))
    assert offer_of(stack, other, two)["starts_at"] == at("12:00")["starts_at"]
    assert_invariants(tenant)


# Rules


def test_a_quota_refuses_to_accept_and_the_offer_stands(stack: Stack, tenant: Tenant) -> None:
    person, room, other = tenant.person("member"), tenant.resource(timezone="UTC"), tenant.resource("Other")
    rule(stack, tenant, max_per_day=1)
    firm = ok(book(stack, person, other, **at("12:00")))
    entry = ok(join(stack, person, room))
    for _ in range(2):
        answer = act(stack, person, "accept", entry)
        assert refused(answer) == (422, "quota_exceeded")
        assert {name: details(answer)[name] for name in ("rule", "limit", "use")} == {
            "rule": "max_per_day", "limit": 1, "use": 1,
        }  # fmt: skip
    offer_of(stack, person, entry)
    ok(change(stack, person, "cancel", firm))
    assert ok(act(stack, person, "accept", entry))["status"] == "accepted"
    assert told(stack, person, entry) == ["joined", "offered", "accepted"]
    assert_invariants(tenant)


def test_an_offer_counts_once_it_is_accepted(stack: Stack, tenant: Tenant) -> None:
    """Nobody is kept from booking by what they have not taken; and of two offers they choose."""
    person, rooms = tenant.person("member"), [tenant.resource(name, timezone="UTC") for name in "ABC"]
    rule(stack, tenant, max_per_day=2, max_hours_per_week=2)
    one, two = (ok(join(stack, person, room)) for room in rooms[:2])
    firm = ok(book(stack, person, rooms[2], **at("12:00")))
    assert ok(act(stack, person, "accept", one))["status"] == "accepted"
    assert refused(act(stack, person, "accept", two)) == (422, "quota_exceeded")
    ok(change(stack, person, "cancel", firm))
    assert ok(act(stack, person, "accept", two))["status"] == "accepted"
    assert refused(book(stack, person, rooms[2], **at("12:00"))) == (422, "quota_exceeded")


def test_whoever_is_suspended_books_nothing_by_waiting_either(stack: Stack, tenant: Tenant) -> None:
    person, room = tenant.person("member"), tenant.resource(timezone="UTC")
    missed_one = ok(book(stack, person, room, **around_now(-60, 60)))
    rule(stack, tenant, no_show_grace="0", max_no_shows=1)
    tenant.connection.execute(
        "update booking.reservations set status = 'no_show' where tenant_id = %s and id = %s",
        (tenant.id, missed_one["id"]),
    )
    assert refused(book(stack, person, room, **at("09:00"))) == (422, "suspended")
    answer = join(stack, person, room)
    if answer[0] == 200:
        answer = act(stack, person, "accept", answer[1])
    assert refused(answer) == (422, "suspended")


def test_an_offer_is_not_put_off_by_pencilling_it(stack: Stack, tenant: Tenant) -> None:
    person, room = tenant.person("member"), tenant.resource(timezone="UTC")
    entry = ok(join(stack, person, room))
    assert refused(change(stack, person, "pencil", offer_of(stack, person, entry))) == (409, "invalid_transition")


def test_whoever_waited_too_long_is_told_the_same_before_the_sweep(stack: Stack, tenant: Tenant) -> None:
    owner, person, room = tenant.person("member"), tenant.another("member"), tenant.resource(timezone="UTC")
    ok(book(stack, owner, room, **at("09:00")))
    entry = ok(join(stack, person, room))
    tenant.connection.execute(
        "update booking.waitlist_entries set expires_at = now() - interval '1 second' where id = %s", (entry["id"],)
    )
    assert refused(act(stack, person, "leave", entry)) == (409, "hold_expired")


def test_whoever_let_an_offer_lapse_joins_again(stack: Stack, tenant: Tenant) -> None:
    person, room = tenant.person("member"), tenant.resource(timezone="UTC")
    lapse(tenant, offer_of(stack, person, ok(join(stack, person, room))))
    assert ok(join(stack, person, room))["status"] == "offered"


@pytest.mark.parametrize("way", ["decline", "lapse"])
def test_where_holds_take_no_time_it_is_offered_once(stack: Stack, tenant: Tenant, way: str) -> None:
    """And to the next when that has come to nothing."""
    people = [tenant.another("member") for _ in range(2)]
    room = tenant.resource(timezone="UTC", blocking_statuses=["confirmed", "checked_in"])
    first, second = (ok(join(stack, person, room)) for person in people)
    assert [first["status"], second["status"]] == ["offered", "waiting"]
    if way == "decline":
        ok(act(stack, people[0], "decline", first))
    else:
        lapse(tenant, offer_of(stack, people[0], first))
        sweep(tenant)
    offer_of(stack, people[1], second)


@pytest.mark.parametrize(
    ("table", "row", "columns"),
    [
        ("booking_rules", {"min_duration": "90 minutes"}, {"min_duration": None}),
        ("booking_rules", {"kind": "room", "max_advance": "1 day"}, None),
        ("opening_hours", {"weekday": 1, "opens": "09:00", "closes": "09:30"}, {"closes": "12:00"}),
        ("opening_hours", {"weekday": 2, "opens": "09:00", "closes": "17:00"}, None),
        ("opening_exceptions", {"date": "2100-01-04", "is_closed": True}, None),
        ("opening_exceptions", {"date": "2100-01-04", "is_closed": True}, {"date": "2100-01-05"}),
    ],
)
def test_what_the_rules_no_longer_forbid_is_offered(
    stack: Stack, tenant: Tenant, table: str, row: dict[str, Any], columns: dict[str, Any] | None
) -> None:
    """Whatever row forbade it, and whether that is changed or removed."""
    owner, manager, person = tenant.person("member"), tenant.person("manager"), tenant.another("member")
    room, elsewhere = tenant.resource(timezone="UTC"), tenant.resource("Elsewhere", timezone="UTC", kind="desk")
    days = {"starts_at": "2100-01-03T00:00Z", "ends_at": "2100-01-07T00:00Z"}
    ok(book(stack, owner, elsewhere, **days))
    made = ok(book(stack, owner, room, **days))
    entry = ok(stack.rpc(person, "join_waitlist", resource_id=str(room), **at("09:00", "12:00"), duration="1 hour"))
    there = stack.rpc(person, "join_waitlist", resource_id=str(elsewhere), **at("09:00", "12:00"))
    ok(stack.request(manager, "POST", table, row))
    ok(change(stack, owner, "cancel", made))
    assert entry_of(stack, person, entry)["status"] == "waiting"
    ok(stack.request(manager, "DELETE" if columns is None else "PATCH", f"{table}?tenant_id=eq.{tenant.id}", columns))
    offer_of(stack, person, entry)
    assert entry_of(stack, person, ok(there))["status"] == "waiting"
    assert_invariants(tenant)


def test_several_rows_of_one_request_are_offered_as_they_then_stand(stack: Stack, tenant: Tenant) -> None:
    """Who waits longer for two days comes before who waits for the first of them."""
    owner, manager, first, second = (
        tenant.person("member"),
        tenant.person("manager"),
        tenant.another("member"),
        tenant.another("member"),
    )
    room = tenant.resource(timezone="UTC")
    days = {"starts_at": "2100-01-04T00:00Z", "ends_at": "2100-01-06T00:00Z"}
    made = ok(book(stack, owner, room, **days))
    one = ok(stack.rpc(first, "join_waitlist", resource_id=str(room), **days))
    two = ok(join(stack, second, room))
    holidays = [{"date": f"2100-01-0{day}", "is_closed": True} for day in (4, 5)]
    ok(stack.request(manager, "POST", "opening_exceptions", holidays))
    ok(change(stack, owner, "cancel", made))
    assert (entry_of(stack, first, one)["status"], entry_of(stack, second, two)["status"]) == ("waiting", "waiting")
    ok(stack.request(manager, "DELETE", "opening_exceptions?is_closed=is.true"))
    assert (entry_of(stack, first, one)["status"], entry_of(stack, second, two)["status"]) == ("offered", "waiting")


# Priorities, expired holds, and those who wait for them


def test_an_offer_that_is_displaced_waits_again(stack: Stack, tenant: Tenant) -> None:
    person, rival, room = tenant.person("member"), tenant.another("member"), tenant.resource(timezone="UTC")
    rule(stack, tenant, allow_preemption=True, max_priority=1)
    entry = ok(join(stack, person, room))
    offer = offer_of(stack, person, entry)
    firm = ok(book(stack, rival, room, **at("09:00"), priority=1))
    assert see(stack, person, offer)["status"] == "displaced"
    seen = entry_of(stack, person, entry)
    assert (seen["status"], seen["position"]) == ("waiting", 1)
    ok(change(stack, rival, "cancel", firm))
    assert offer_of(stack, person, entry)["id"] != offer["id"]
    assert told(stack, person, entry) == ["joined", "offered", "joined", "offered"]
    assert_invariants(tenant)


@pytest.mark.parametrize("capacity", [1, 2])
def test_whoever_displaces_a_hold_gets_its_time(stack: Stack, tenant: Tenant, capacity: int) -> None:
    """Not those who wait for it with less priority; and the check says so."""
    owner, person, rival = tenant.person("member"), tenant.another("member"), tenant.another("member")
    room = tenant.resource(timezone="UTC", capacity=capacity)
    rule(stack, tenant, allow_preemption=True, max_priority=1)
    hold = ok(book(stack, owner, room, **at("09:00"), status="held", units=capacity))
    entry = ok(join(stack, person, room, units=capacity))
    wish = {"resource_id": str(room), **at("09:00"), "priority": 1, "units": capacity}
    assert ok(stack.rpc(rival, "check_reservation_conflict", **wish))["available"]
    assert ok(stack.rpc(rival, "create_reservation", **wish))["status"] == "confirmed"
    assert see(stack, owner, hold)["status"] == "displaced"
    assert entry_of(stack, person, entry)["status"] == "waiting"
    assert_invariants(tenant)


def test_an_expired_hold_is_theirs_who_wait_for_it(stack: Stack, tenant: Tenant) -> None:
    owner, person, rival = tenant.person("member"), tenant.another("member"), tenant.another("member")
    room = tenant.resource(timezone="UTC")
    hold = ok(book(stack, owner, room, **at("09:00"), status="held"))
    entry = ok(join(stack, person, room))
    lapse(tenant, hold)
    check = stack.rpc(rival, "check_reservation_conflict", resource_id=str(room), **at("09:00"))
    made = book(stack, rival, room, **at("09:00"))
    assert refused(check) == refused(made) == (409, "slot_taken")
    sweep(tenant)
    offer_of(stack, person, entry)


def test_the_next_free_time_is_not_the_one_refused(stack: Stack, tenant: Tenant) -> None:
    owner, person, rival = tenant.person("member"), tenant.another("member"), tenant.another("member")
    room = tenant.resource(timezone="UTC")
    hold = ok(book(stack, owner, room, **at("09:00"), status="held"))
    ok(join(stack, person, room))
    lapse(tenant, hold)
    check = stack.rpc(rival, "check_reservation_conflict", resource_id=str(room), **at("09:00"))
    assert details(check)["next_free_at"] != at("09:00")["starts_at"]


def test_an_expired_hold_that_fits_nobody_who_waits(stack: Stack, tenant: Tenant) -> None:
    """The check says what the write does."""
    owner, person, rival = tenant.person("member"), tenant.another("member"), tenant.another("member")
    room = tenant.resource(timezone="UTC")
    hold = ok(book(stack, owner, room, **at("09:00"), status="held"))
    ok(book(stack, owner, room, **at("10:00")))
    ok(join(stack, person, room, **at("09:00", "11:00")))
    lapse(tenant, hold)
    check = stack.rpc(rival, "check_reservation_conflict", resource_id=str(room), **at("09:00"))
    made = book(stack, rival, room, **at("09:00"))
    assert check[0] == made[0], (check, made)


@pytest.mark.parametrize(
    ("capacity", "wishes", "rival_gets_it"),
    [
        pytest.param(2, [("09:00", "10:00")], False, id="pool"),
        pytest.param(1, [("09:00", "10:00"), ("09:00", "11:00")], True, id="who comes second no longer fits"),
    ],
)
def test_the_check_says_who_gets_what_has_expired(
    stack: Stack, tenant: Tenant, capacity: int, wishes: list[tuple[str, str]], rival_gets_it: bool
) -> None:
    """As the write does: those who wait in turn, then whoever asks."""
    owner, rival = tenant.person("member"), tenant.another("member")
    room = tenant.resource(timezone="UTC", capacity=capacity)
    hold = ok(book(stack, owner, room, **at("09:00", "11:00"), status="held", units=capacity))
    for wish in wishes:
        ok(join(stack, tenant.another("member"), room, **at(*wish), units=capacity))
    lapse(tenant, hold)
    wanted = {"resource_id": str(room), **at("10:00" if rival_gets_it else "09:00"), "units": capacity}
    check = stack.rpc(rival, "check_reservation_conflict", **wanted)
    made = stack.rpc(rival, "create_reservation", **wanted)
    assert made[0] == (200 if rival_gets_it else 409), made
    assert check[0] == made[0], (check, made)


def test_a_move_keeps_what_it_has_until_it_has_the_other(stack: Stack, tenant: Tenant) -> None:
    """However many wait for the time that it had all along and still wants."""
    owner, person, room = tenant.person("member"), tenant.another("member"), tenant.resource(timezone="UTC", capacity=2)
    moving = ok(book(stack, owner, room, **at("09:00", "11:00"), units=2))
    hold = ok(book(stack, owner, room, **at("15:00"), units=2, status="held"))
    entry = ok(join(stack, person, room, "10:00", units=2))
    lapse(tenant, hold)
    ok(change(stack, owner, "reschedule", moving, **at("10:00", "12:00")))
    assert entry_of(stack, person, entry)["status"] == "waiting"
    assert_invariants(tenant)


@pytest.mark.parametrize("kind", ["bundle", "series"])
def test_what_one_cancellation_frees_is_offered_as_a_whole(stack: Stack, tenant: Tenant, kind: str) -> None:
    """Who waits longer for all of it comes before who waits for a part."""
    owner, first, second = tenant.person("member"), tenant.another("member"), tenant.another("member")
    room = tenant.resource(timezone="UTC")
    if kind == "bundle":
        items = [{"resource_id": str(room), **at(clock)} for clock in ("09:00", "10:00")]
        made = ok(stack.rpc(owner, "create_bundle", items=items))
        all_of_it, a_part = at("09:00", "11:00"), at("09:00")
    else:
        made = ok(stack.rpc(owner, "create_series", resource_id=str(room), rrule="FREQ=DAILY;COUNT=2",
                            local_start="2100-01-04T00:00", duration="24 hours"))  # fmt: skip
        all_of_it = {"starts_at": "2100-01-04T00:00Z", "ends_at": "2100-01-06T00:00Z"}
        a_part = {"starts_at": "2100-01-04T00:00Z", "ends_at": "2100-01-05T00:00Z"}
    one, two = ok(join(stack, first, room, **all_of_it)), ok(join(stack, second, room, **a_part))
    ok(stack.rpc(owner, f"cancel_{kind}", **{f"{kind}_id": made[f"{kind}_id"]}))
    assert (entry_of(stack, first, one)["status"], entry_of(stack, second, two)["status"]) == ("offered", "waiting")


# Who sees what


def test_nobody_else_learns_of_it(stack: Stack, tenant: Tenant) -> None:
    owner, person, colleague = tenant.person("member"), tenant.another("member"), tenant.another("member")
    stranger, room = make_tenant(tenant.connection).person("admin"), tenant.resource(timezone="UTC")
    taken = ok(book(stack, owner, room, **at("09:00")))
    entry = ok(join(stack, person, room, title="A secret"))
    mine = ok(join(stack, colleague, room, **at("09:30", "11:00")))
    assert mine["position"] == 2  # how many, not who
    for reader in (owner, stranger):
        assert ok(stack.request(reader, "GET", "waitlist_entries")) == []
    assert [one["id"] for one in ok(stack.request(colleague, "GET", "waitlist_entries"))] == [mine["id"]]
    for reader in (tenant.person("approver"), tenant.person("manager")):
        assert len(ok(stack.request(reader, "GET", "waitlist_entries"))) == 2
    ok(change(stack, owner, "cancel", taken))
    offer = offer_of(stack, person, entry)
    for reader in (owner, colleague, stranger):
        assert ok(stack.request(reader, "GET", f"reservations?id=eq.{offer['id']}")) == []
        assert refused(stack.rpc(reader, "reservation_history", reservation_id=offer["id"])) == (404, "not_found")
        for action in ("accept", "decline", "leave"):
            assert refused(act(stack, reader, action, entry)) == (404, "not_found")
        for action in ("confirm", "cancel", "extend_hold"):
            assert refused(change(stack, reader, action, offer)) == (404, "not_found")
        events = stack.events(reader, "waitlist.*", "reservation.*")
        assert "secret" not in json.dumps(events)
        assert entry["id"] not in json.dumps(events)
    # Busy, and no more.
    seen = ok(stack.request(colleague, "GET", f"calendar?resource_id=eq.{room}&select=kind,status,title,owner_id"))
    assert seen == [{"kind": "reservation", "status": None, "title": None, "owner_id": None}]
    assert ok(stack.request(stranger, "GET", f"calendar?resource_id=eq.{room}")) == []
    answer = ok(act(stack, person, "accept", entry))
    assert "secret" not in json.dumps(ok(stack.request(colleague, "GET", "waitlist_entries"))), answer
    assert_invariants(tenant)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_the_view_is_for_reading(stack: Stack, tenant: Tenant, method: str) -> None:
    person, room = tenant.person("member"), tenant.resource(timezone="UTC")
    entry = ok(join(stack, person, room))
    answer = stack.request(person, method, f"waitlist_entries?id=eq.{entry['id']}", {"status": "accepted"})
    assert answer[0] in (403, 405)


# A model of who must be offered what


BEGIN = datetime(2100, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Booking:
    """Time that somebody has; hours are counted from BEGIN, or, of expiry, in the model's time."""

    id: uuid.UUID
    start: int
    end: int
    units: int
    owner: int
    expires_at: int | None = None
    entry: "Wish | None" = None


@dataclass
class Wish:
    id: uuid.UUID
    owner: int
    start: int
    end: int
    length: int
    units: int
    priority: int
    until: int
    status: str = "waiting"
    offer: int | None = None


class Model:
    """One resource, those who have it, and those who wait. Knows nothing of how Berth finds a place: it tries each."""

    OFFER, HOLD = 2, 1  # hours

    def __init__(self, capacity: int, buffer: int) -> None:
        self.capacity, self.buffer, self.now = capacity, buffer, 0
        self.books: list[Booking] = []
        self.closed: dict[uuid.UUID, tuple[int, int]] = {}
        self.wishes: list[Wish] = []  # in the order of their turns

    def is_stale(self, booking: Booking) -> bool:
        return booking.expires_at is not None and booking.expires_at <= self.now

    def in_the_way(self, start: int, end: int) -> list[Booking]:
        return [b for b in self.books if b.start < end + self.buffer and start < b.end + self.buffer]

    def is_free(self, start: int, end: int, units: int, but: Booking | None = None) -> bool:
        over = end + self.buffer
        if any(start < closed_until and closed_from < over for closed_from, closed_until in self.closed.values()):
            return False
        others = [b for b in self.in_the_way(start, end) if b is not but]
        return all(
            sum(b.units for b in others if b.start <= hour < b.end + self.buffer) + units <= self.capacity
            for hour in range(start, over)
        )

    def place(self, wish: Wish) -> int | None:
        starts = range(wish.start, wish.end - wish.length + 1)
        return next((start for start in starts if self.is_free(start, start + wish.length, wish.units)), None)

    def waiting(self) -> list[Wish]:
        waiting = [w for w in self.wishes if w.status == "waiting" and w.until > self.now]
        return sorted(waiting, key=lambda wish: -wish.priority)  # and in turn

    def settle(self) -> None:
        """What has expired is free; what is free is offered."""
        for booking in [b for b in self.books if self.is_stale(b)]:
            self.release(booking, "expired")
        for wish in self.waiting():
            start = self.place(wish)
            if start is not None:
                wish.status, wish.offer = "offered", start
                end = start + wish.length
                self.books.append(
                    Booking(wish.id, start, end, wish.units, wish.owner, self.now + self.OFFER, wish)
                )  # fmt: skip

    def release(self, booking: Booking, status: str) -> None:
        self.books.remove(booking)
        if booking.entry and booking.entry.status == "offered":
            booking.entry.status = status

    def nobody_is_skipped(self) -> bool:
        return all(self.place(wish) is None for wish in self.waiting())

    def statuses(self) -> dict[uuid.UUID, tuple[str, int | None]]:
        """Whether a sweep has told it yet or not."""
        found = {}
        for wish in self.wishes:
            is_late = wish.until <= self.now
            if wish.status == "offered":
                is_late = any(b.entry is wish and self.is_stale(b) for b in self.books)
            status = "expired" if is_late and wish.status in ("waiting", "offered") else wish.status
            found[wish.id] = (status, wish.offer)
        return found


RANGES = st.tuples(st.integers(0, 4), st.sampled_from([1, 1, 2, 3])).map(lambda pair: (pair[0], pair[0] + pair[1]))
WINDOWS = st.tuples(st.integers(0, 4), st.integers(2, 5)).map(lambda pair: (pair[0], pair[0] + pair[1]))
PEOPLE = st.integers(0, 3)
PRIORITIES = st.sampled_from([0, 0, 1, 2])
PATIENCE = st.sampled_from([None] * 5 + [3])
UNITS = st.sampled_from([1, 1, 1, 2])
WHICH = st.integers(0, 5)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("book"), PEOPLE, RANGES, UNITS, st.sampled_from(["confirmed", "confirmed", "held"])),
        *[st.tuples(st.just("join"), PEOPLE, RANGES, UNITS, PRIORITIES, PATIENCE, st.none())] * 3,
        st.tuples(st.just("join"), PEOPLE, WINDOWS, UNITS, PRIORITIES, PATIENCE, st.integers(1, 2)),
        *[st.tuples(st.just("cancel"), WHICH)] * 3,
        st.tuples(st.just("move"), WHICH, RANGES),
        *[st.tuples(st.sampled_from(["decline_offer", "accept_offer", "leave_waitlist"]), WHICH)] * 2,
        *[st.tuples(st.just("wait"), st.sampled_from([1, 3]))] * 2,
        st.tuples(st.just("sweep")),
        st.one_of(
            st.tuples(st.just("close"), RANGES, st.sampled_from(["reject", "cancel"])),
            st.tuples(st.just("lift"), WHICH),
        ),
    ),
    min_size=6,
    max_size=20,
)
#: Who waits at first, each for something near the beginning.
WAITING = st.lists(
    st.tuples(st.tuples(st.integers(0, 1), st.integers(3, 4)), UNITS, PRIORITIES, st.sampled_from([None, None, 1, 2])),
    min_size=2, max_size=4,
)  # fmt: skip
#: By what the whole of it is taken at first, or there would be nothing to wait for.
TAKEN = st.lists(st.sampled_from(["confirmed", "confirmed", "held"]), min_size=1, max_size=4)


class Queue:
    """A resource in the database and the model of it; each operation is tried on both."""

    def __init__(self, connection: psycopg.Connection[Any], capacity: int, buffer: int) -> None:
        self.connection, self.model = connection, Model(capacity, buffer)
        tenant = make_tenant(connection, "UTC")
        self.manager, self.people = tenant.person("manager"), [tenant.another("member") for _ in range(4)]
        self.resource = tenant.resource(capacity=capacity)
        connection.execute(
            "insert into booking.booking_rules (tenant_id, buffer_after, hold_ttl, max_priority) values (%s, %s, %s, 2)",
            (tenant.id, buffer * HOUR, self.model.HOLD * HOUR),
        )
        self.go_on(0)

    def go_on(self, hours: int) -> None:
        self.model.now += hours
        # Long before, so that nothing of it begins.
        now = datetime(2099, 1, 1, tzinfo=UTC) + self.model.now * HOUR
        self.connection.execute("select set_config('booking.now', %s, true)", (now.isoformat(),))

    def ask(self, person: Person, function: str, *arguments: Any, **named: Any) -> Any:
        """The slug of the refusal, or what is answered."""
        placeholders = ["%s"] * len(arguments) + [f"{name} => %s" for name in named]
        self.connection.execute(
            "select set_config('request.jwt.claims', %s, true), set_config('role', 'authenticated', true)",
            (json.dumps(person.claims),),
        )
        try:
            with self.connection.transaction():
                row = self.connection.execute(
                    f"select to_jsonb(f) from api.{function}({', '.join(placeholders)}) f",
                    [*arguments, *named.values()],
                ).fetchone()
        except psycopg.Error as refusal:
            assert (refusal.sqlstate or "").startswith("PT"), refusal
            return refusal.diag.message_primary
        finally:
            self.connection.execute("reset role")
        assert row
        return row[0]

    def times(self, hours: tuple[int, int]) -> tuple[datetime, datetime]:
        return BEGIN + hours[0] * HOUR, BEGIN + hours[1] * HOUR

    def book(self, owner: int, hours: tuple[int, int], units: int, status: str) -> None:
        before = self.seen()
        new, model = uuid.uuid4(), self.model
        check = self.check(owner, hours, units)
        answer = self.ask(
            self.people[owner], "create_reservation", self.resource, *self.times(hours), status, id=new, units=units
        )
        # Whoever wants time that has expired clears it away, all of the resource's, for those who wait first.
        if model.capacity > 1 or any(map(model.is_stale, model.in_the_way(*hours))):
            known = self.remember()
            model.settle()
            has_room = model.is_free(*hours, units)
            if not has_room:
                self.forget(known)
        else:
            has_room = model.is_free(*hours, units)
        if has_room:
            assert isinstance(answer, dict), answer
            expires_at = model.now + model.HOLD if status == "held" else None
            model.books.append(Booking(new, *hours, units, owner, expires_at))
        else:
            assert answer in ("slot_taken", "blackout")
            assert self.seen() == before
        assert check == (True if has_room else answer)

    def check(self, owner: int, hours: tuple[int, int], units: int, moving: uuid.UUID | None = None) -> Any:
        """What is said of it beforehand: True, or the slug."""
        answer = self.ask(
            self.people[owner], "check_reservation_conflict", self.resource, *self.times(hours), units=units,
            exclude_reservation_id=moving,
        )  # fmt: skip
        return answer["available"] if isinstance(answer, dict) else answer

    def remember(self) -> tuple[list[Booking], list[tuple[str, int | None]]]:
        return list(self.model.books), [(wish.status, wish.offer) for wish in self.model.wishes]

    def forget(self, known: tuple[list[Booking], list[tuple[str, int | None]]]) -> None:
        """A refusal takes back all that was cleared and offered on the way to it."""
        self.model.books = known[0]
        for wish, (status, offer) in zip(self.model.wishes, known[1], strict=True):
            wish.status, wish.offer = status, offer

    def join(
        self, owner: int, hours: tuple[int, int], units: int, priority: int, patience: int | None, length: int | None
    ) -> None:
        model = self.model
        wish = Wish(
            uuid.uuid4(), owner, *hours, length or hours[1] - hours[0], units, priority,
            10**6 if patience is None else model.now + patience,
        )  # fmt: skip
        known = [(w, model.statuses()[w.id][0]) for w in model.wishes if w.owner == owner]
        known = [(w, status) for w, status in known if w.start < wish.end and wish.start < w.end]
        until = None if patience is None else datetime(2099, 1, 1, tzinfo=UTC) + wish.until * HOUR
        answer = self.ask(
            self.people[owner], "join_waitlist", self.resource, *self.times(hours), units=units, expires_at=until,
            duration=length and length * HOUR, priority=priority, id=wish.id,
        )  # fmt: skip
        if any(w.until > model.now and status in ("waiting", "offered") for w, status in known):
            assert answer == "already_waiting"
        else:
            assert isinstance(answer, dict), answer
            model.settle()  # what had expired before they came is not theirs
            model.wishes.append(wish)
            model.settle()

    def close(self, hours: tuple[int, int], on_conflict: str) -> None:
        model = self.model
        answer = self.ask(self.manager, "create_blackout", [self.resource], *self.times(hours), on_conflict=on_conflict)
        known = self.remember()
        new = uuid.uuid4()
        model.closed[new] = hours
        # What has expired is not offered first, or it would be in the way.
        for booking in [b for b in model.books if model.is_stale(b)]:
            model.release(booking, "expired")
        conflicts = [b for b in model.books if b.start < hours[1] and hours[0] < b.end + model.buffer]
        if conflicts and on_conflict == "reject":
            assert answer == "slot_taken"
            del model.closed[new]
            self.forget(known)
            return
        assert isinstance(answer, dict), answer
        del model.closed[new]
        model.closed[uuid.UUID(answer["blackouts"][0]["id"])] = hours
        for booking in conflicts:
            model.release(booking, "declined")
        model.settle()

    def apply(self, operation: tuple[Any, ...]) -> None:
        model = self.model
        match operation:
            case ("book", owner, hours, units, status):
                self.book(owner, hours, min(units, model.capacity), status)
            case ("join", owner, hours, units, *arguments):
                self.join(owner, hours, min(units, model.capacity), *arguments)
            case ("close", hours, on_conflict):
                self.close(hours, on_conflict)
            case ("lift", number) if model.closed:
                id_ = list(model.closed)[number % len(model.closed)]
                assert isinstance(self.ask(self.manager, "lift_blackout", id_), dict)
                del model.closed[id_]
                model.settle()
            case ("wait", hours):
                self.go_on(hours)
            case ("sweep",):
                self.connection.execute("select booking.sweep(1000)")
                model.settle()
            case ("cancel" | "move", number, *rest) if model.books:
                booking = model.books[number % len(model.books)]
                id_ = self.reservation_of(booking)
                person = self.people[booking.owner]
                if operation[0] == "cancel":
                    answer = self.ask(person, "cancel_reservation", id_)
                else:
                    check = self.check(booking.owner, rest[0], booking.units, id_)
                    answer = self.ask(person, "reschedule_reservation", id_, *self.times(rest[0]))
                    assert check == (True if isinstance(answer, dict) else answer)
                if model.is_stale(booking):
                    assert answer == "hold_expired"
                elif operation[0] == "cancel":
                    assert isinstance(answer, dict), answer
                    model.release(booking, "declined")
                    model.settle()
                elif booking.entry and booking.entry.status == "offered":
                    assert answer == "invalid_transition"
                else:
                    self.move(booking, rest[0], answer)
            case ("decline_offer" | "accept_offer" | "leave_waitlist" as function, number) if number < len(
                model.wishes
            ):
                self.answer(function, model.wishes[number])

    def move(self, booking: Booking, hours: tuple[int, int], answer: Any) -> None:
        """It keeps what it has until it has the other; what it leaves is offered then."""
        model = self.model
        known = self.remember()
        if hours == (booking.start, booking.end):
            assert isinstance(answer, dict), answer
            return
        # What has expired is offered before it has the other.
        model.settle()
        if model.is_free(*hours, booking.units, booking):
            assert isinstance(answer, dict), answer
            booking.start, booking.end = hours
            model.settle()
        else:
            assert answer in ("slot_taken", "blackout")
            self.forget(known)

    def answer(self, function: str, wish: Wish) -> None:
        model = self.model
        answer = self.ask(self.people[wish.owner], function, wish.id)
        status = model.statuses()[wish.id][0]
        booking = next((b for b in model.books if b.entry is wish), None)
        if status == "offered" and booking:
            assert isinstance(answer, dict), answer
            if function == "accept_offer":
                wish.status, booking.expires_at = "accepted", None
                model.settle()
            else:
                model.release(booking, "declined")
                model.settle()
        elif status == "waiting" and function == "leave_waitlist":
            assert isinstance(answer, dict), answer
            wish.status = "left"
        else:
            # Of one that is too late: hold_expired once that is written down.
            assert answer in (
                ("hold_expired", "invalid_transition") if status == "expired" else ("invalid_transition",)
            )

    def reservation_of(self, booking: Booking) -> uuid.UUID:
        if not booking.entry:
            return booking.id
        row = self.connection.execute(
            "select id from booking.reservations where waitlist_entry_id = %s", (booking.entry.id,)
        ).fetchone()
        assert row
        return uuid.UUID(str(row[0]))

    def seen(self) -> dict[uuid.UUID, tuple[str, int | None]]:
        """What has become of each wish, and where it was offered, in the shape of the model."""
        rows = self.connection.execute(
            "select w.id, case when (w.status = 'waiting' and w.expires_at <= booking.now())"
            "                    or (w.status = 'offered' and r.expires_at <= booking.now())"
            "                  then 'expired' else w.status::text end, o.starts_at"
            "  from booking.waitlist_entries w"
            "  left join booking.reservations r on r.tenant_id = w.tenant_id and r.waitlist_entry_id = w.id"
            "  left join lateral (select (e.subject ->> 'starts_at')::timestamptz as starts_at from booking.events e"
            "                      where e.tenant_id = w.tenant_id and e.type = 'reservation.held'"
            "                        and e.reservation_id = r.id) o on true"
            " where w.resource_id = %s order by w.turn",
            (self.resource,),
        )
        return {id_: (status, start and (start - BEGIN) // HOUR) for id_, status, start in rows}


@pytest.fixture(scope="module")
def connection(server: Server, berth_template: Any) -> Iterator[psycopg.Connection[Any]]:
    """One database for all the examples; each is rolled back."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"create database berth_waitlist template {berth_template.template_dbname}")
    with psycopg.connect(server.url("berth_waitlist")) as connection:
        yield connection
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("drop database berth_waitlist with (force)")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    capacity=st.sampled_from([1, 3]),
    buffer=st.sampled_from([0, 0, 1]),
    taken=TAKEN,
    waiting=WAITING,
    operations=OPERATIONS,
)
def test_first_come_first_served_and_nobody_skipped(
    connection: psycopg.Connection[Any],
    capacity: int,
    buffer: int,
    taken: list[str],
    waiting: list[tuple[tuple[int, int], int, int, int | None]],
    operations: list[tuple[Any, ...]],
) -> None:
    """After every step: who waits, is offered, or was too late, and what time, is what the model says."""
    with connection.transaction(force_rollback=True):
        queue = Queue(connection, capacity, buffer)
        for number, status in enumerate(taken):
            start = number * (2 + buffer)
            queue.book(number % 4, (start, start + 2), capacity, status)
        joins = [("join", n, hours, units, priority, None, length)
                 for n, (hours, units, priority, length) in enumerate(waiting)]  # fmt: skip
        for operation in [*joins, *operations]:
            queue.apply(operation)
            assert queue.seen() == queue.model.statuses(), operation
            assert queue.model.nobody_is_skipped(), operation
        assert connection.execute("select * from booking.verify_invariants()").fetchall() == []
        connection.execute("set constraints all immediate")
