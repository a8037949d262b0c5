"""Blackouts over HTTP and in races: a blackout and a reservation never hold the same time, whichever is first."""

import contextlib
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.conftest import Stack, Tenant
from tests.test_bundles import as_json, bundle, count, item
from tests.test_events import settle
from tests.test_lifecycle import Answer, book, change, details, ok, refused, see
from tests.test_races import (
    Session,
    allow_preemption,
    assert_invariants,
    each_capacity,
    each_end,
    history,
    in_background,
    make,
    make_stale,
    no_session_outlives_its_test,  # noqa: F401
    second_of,
    slot,
    status_of,
    told,
)

MODES = ("reject", "cancel", "keep")
each_mode = pytest.mark.parametrize("mode", MODES)


def hours(first: int, last: int) -> dict[str, str]:
    """From the first hour of slot() until the last begins."""
    return {"starts_at": slot(first)["starts_at"], "ends_at": slot(last)["starts_at"]}


def close(stack: Stack, tenant: Tenant, *resource_ids: uuid.UUID, **arguments: Any) -> Answer:
    """A blackout of hours 0 to 4, or others."""
    wanted = {"resource_ids": [str(one) for one in resource_ids], **hours(0, 4), **arguments}
    return stack.rpc(tenant.person("manager"), "create_blackout", **wanted)


def lift(stack: Stack, tenant: Tenant, blackout: dict[str, Any], **arguments: Any) -> Answer:
    return stack.rpc(tenant.person("manager"), "lift_blackout", blackout_id=blackout["id"], **arguments)


def overlaps(tenant: Tenant) -> list[Any]:
    """Where a reservation and a blackout hold the same unit at the same time; the constraint forbids it."""
    return tenant.connection.execute(
        "select a.resource_id, a.unit, a.during, b.during from booking.claims a join booking.claims b"
        "    on b.tenant_id = a.tenant_id and b.resource_id = a.resource_id and b.unit = a.unit and b.during && a.during"
        " where a.tenant_id = %s and a.claimant = a.source_id and b.claimant <> b.source_id",
        (tenant.id,),
    ).fetchall()


def assert_sound(tenant: Tenant) -> None:
    assert overlaps(tenant) == []
    assert_invariants(tenant)


# Over HTTP


@each_mode
def test_a_blackout_of_two_resources_of_which_one_is_booked(stack: Stack, tenant: Tenant, mode: str) -> None:
    owner, room, desks = tenant.person("member"), tenant.resource(), tenant.resource("Desks", capacity=3)
    booked = [ok(book(stack, owner, desks, **slot(hour), units=units)) for hour, units in ((1, 2), (3, 1))]
    elsewhere = ok(book(stack, owner, desks, **slot(4)))
    answer = close(stack, tenant, room, desks, on_conflict=mode, reason="Burst pipe.", kind="closure")
    left = [see(stack, owner, one) for one in booked]
    assert see(stack, owner, elsewhere)["status"] == "confirmed"
    if mode == "reject":
        assert refused(answer) == (409, "slot_taken")
        assert [one["reservation_id"] for one in details(answer)["conflicts"]] == [one["id"] for one in booked]
        assert (count(tenant, "blackouts"), [one["status"] for one in left]) == (0, ["confirmed", "confirmed"])
        assert ok(book(stack, owner, room, **slot(1)))
    else:
        made = ok(answer)
        assert sorted(made["affected"]) == sorted(one["id"] for one in booked)
        assert {(one["resource_id"], one["kind"], one["reason"], one["status"]) for one in made["blackouts"]} == {
            (str(resource_id), "closure", "Burst pipe.", "scheduled") for resource_id in (room, desks)
        }
        became = {"cancel": ("cancelled", "Burst pipe."), "keep": ("confirmed", None)}[mode]
        assert {(one["status"], one["status_reason"]) for one in left} == {became}
        assert refused(book(stack, owner, room, **slot(1))) == (409, "blackout")
        assert refused(book(stack, owner, desks, **slot(1))) == (409, "blackout")
    assert_sound(tenant)


def test_whoever_wants_the_time_is_told_why_it_is_not_to_be_had(stack: Stack, tenant: Tenant) -> None:
    owner, approver = tenant.person("member"), tenant.person("approver")
    room, stage = tenant.resource(), tenant.resource("Stage", requires_approval=True)
    later = ok(book(stack, owner, room, **slot(6)))
    wish = ok(book(stack, owner, room, status="tentative", **slot(1)))
    pending = ok(book(stack, owner, stage, **slot(1)))
    later_pending = ok(book(stack, owner, stage, **slot(6)))
    blackouts = {
        one["resource_id"]: one
        for one in ok(close(stack, tenant, room, stage, kind="break", reason="Summer."))["blackouts"]
    }
    inside = {"resource_id": str(room), **slot(1)}
    for resource_id, answer in [
        (room, book(stack, owner, room, **slot(3))),
        (room, book(stack, tenant.person("manager"), room, override=True, reason="The mayor.", **slot(3))),
        (room, book(stack, owner, room, status="held", **hours(3, 5))),
        (room, change(stack, owner, "reschedule", later, **slot(3))),
        (room, change(stack, owner, "confirm", wish)),
        (room, stack.rpc(owner, "check_reservation_conflict", **inside)),
        (room, stack.rpc(owner, "check_reservation_conflict", exclude_reservation_id=later["id"], **inside)),
        (room, bundle(stack, owner, item(room, 8), item(room, 1))),
        (stage, book(stack, owner, stage, **slot(1))),
        (stage, stack.rpc(owner, "check_reservation_conflict", resource_id=str(stage), **slot(1))),
        (stage, change(stack, approver, "approve", pending)),
        (stage, change(stack, owner, "reschedule", later_pending, **slot(1))),
    ]:
        made = blackouts[str(resource_id)]
        assert (refused(answer), details(answer)["blackout"]) == (
            (409, "blackout"),
            {name: made[name] for name in ("id", "kind", "reason", "starts_at", "ends_at")},
        )
        assert details(answer)["next_free_at"] >= made["ends_at"]
        assert "Summer." in answer[1]["hint"]
    assert ok(change(stack, approver, "reject", pending))["status"] == "rejected"
    assert ok(book(stack, owner, room, **slot(4)))
    assert_sound(tenant)


def test_lifted_it_is_free_at_once(stack: Stack, tenant: Tenant) -> None:
    owner, room, desks = tenant.person("member"), tenant.resource(), tenant.resource("Desks", capacity=3)
    made, over_it = (ok(close(stack, tenant, room, desks))["blackouts"] for _ in range(2))
    lifted = ok(lift(stack, tenant, made[0], reason="Repaired.", expected_version=1))
    assert (lifted["status"], lifted["version"]) == ("lifted", 2)
    assert refused(lift(stack, tenant, made[0])) == (409, "invalid_transition")
    stale = lift(stack, tenant, over_it[0], expected_version=2)
    assert (refused(stale), details(stale)["version"]) == ((409, "version_conflict"), 1)
    ok(lift(stack, tenant, made[1]))
    # Blackouts may overlap: the time is free once the last is gone.
    assert {refused(book(stack, owner, one, **slot(1))) for one in (room, desks)} == {(409, "blackout")}
    for one in over_it:
        ok(lift(stack, tenant, one))
    assert ok(book(stack, owner, room, **slot(1)))
    assert ok(book(stack, owner, desks, units=3, **slot(1)))
    assert_sound(tenant)


def test_what_is_kept_falls_to_the_blackout_when_it_goes(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    kept = ok(book(stack, owner, room, **slot(1)))
    (made,) = ok(close(stack, tenant, room, on_conflict="keep"))["blackouts"]
    # Within its own time it may move, and no further.
    half = slot(1) | {"ends_at": slot(1)["starts_at"].replace(":00Z", ":10Z")}
    assert ok(change(stack, owner, "reschedule", kept, **half))["version"] == 2
    assert refused(change(stack, owner, "reschedule", kept, **slot(1))) == (409, "blackout")
    ok(change(stack, owner, "cancel", kept))
    assert refused(book(stack, owner, room, **slot(1))) == (409, "blackout")
    seen = ok(stack.request(owner, "GET", f"calendar?resource_id=eq.{room}&order=starts_at"))
    assert {(one["kind"], one["blackout_id"], one["reservation_id"]) for one in seen} == {
        ("blackout", made["id"], None)
    }
    assert_sound(tenant)
    ok(lift(stack, tenant, made))
    assert ok(book(stack, owner, room, **slot(1)))


def test_a_blackout_is_moved(stack: Stack, tenant: Tenant) -> None:
    manager, owner, room = tenant.person("manager"), tenant.person("member"), tenant.resource()
    (made,) = ok(close(stack, tenant, room))["blackouts"]
    booked = ok(book(stack, owner, room, **slot(5)))
    moved = {"blackout_id": made["id"], **hours(2, 8)}
    assert refused(stack.rpc(manager, "reschedule_blackout", **moved)) == (409, "slot_taken")
    assert refused(book(stack, owner, room, **slot(1))) == (409, "blackout")
    answer = ok(stack.rpc(manager, "reschedule_blackout", on_conflict="cancel", reason="Longer.", **moved))
    assert (answer["version"], answer["on_conflict"]) == (2, "cancel")
    assert see(stack, owner, booked)["status"] == "cancelled"
    assert ok(book(stack, owner, room, **slot(1)))
    assert refused(book(stack, owner, room, **slot(7))) == (409, "blackout")
    assert_sound(tenant)


def test_statuses_go_by_the_clock(stack: Stack, tenant: Tenant) -> None:
    room, now = tenant.resource(), datetime.now(UTC)
    times = {"ended": (-2, -1), "active": (-1, 1), "scheduled": (1, 2), "lifted": (1, 2)}
    for status, (start, end) in times.items():
        (made,) = ok(
            close(
                stack, tenant, room, reason=status,
                starts_at=(now + timedelta(hours=start)).isoformat(), ends_at=(now + timedelta(hours=end)).isoformat(),
            )
        )["blackouts"]  # fmt: skip
        if status == "lifted":
            ok(lift(stack, tenant, made))
        if status == "ended":
            assert refused(lift(stack, tenant, made)) == (409, "invalid_transition")
    seen = ok(stack.request(tenant.person("member"), "GET", f"blackouts?resource_id=eq.{room}"))
    assert {one["reason"]: one["status"] for one in seen} == {status: status for status in times}
    (active,) = ok(stack.request(tenant.person("member"), "GET", "blackouts?status=eq.active"))
    assert active["reason"] == "active"


def test_members_read_and_managers_write(stack: Stack, tenant: Tenant) -> None:
    room, elsewhere = tenant.resource(), tenant.resource("Elsewhere")
    (made,) = ok(close(stack, tenant, room))["blackouts"]
    for person in (tenant.person("member"), tenant.person("approver")):
        (seen,) = ok(stack.request(person, "GET", "blackouts"))
        assert seen["id"] == made["id"]
        for function, arguments in [
            ("create_blackout", {"resource_ids": [str(elsewhere)], **slot(1)}),
            ("lift_blackout", {"blackout_id": made["id"]}),
            ("reschedule_blackout", {"blackout_id": made["id"], **slot(9)}),
        ]:
            assert refused(stack.rpc(person, function, **arguments)) == (403, "forbidden")
    for person in (tenant.person("member"), tenant.person("manager")):
        for method, body in [("PATCH", {"reason": "x"}), ("DELETE", None)]:
            assert stack.request(person, method, f"blackouts?id=eq.{made['id']}", body)[0] == 403
    assert count(tenant, "blackouts") == 1


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ({"resource_ids": []}, (400, "invalid_argument")),
        ({"resource_ids": [None]}, (400, "invalid_argument")),
        ({"resource_ids": [str(uuid.UUID(int=1))]}, (404, "not_found")),
        ({"on_conflict": "move"}, (400, "invalid_argument")),
        ({"kind": "Summer break"}, (400, "invalid_argument")),
        ({"starts_at": slot(4)["starts_at"]}, (400, "invalid_time_range")),
        ({"ends_at": None}, (400, "invalid_time_range")),
        ({"rrule": "FREQ=WEEKLY"}, (400, "invalid_recurrence")),
    ],
    ids=str,
)
def test_what_is_no_blackout(stack: Stack, tenant: Tenant, arguments: dict[str, Any], refusal: tuple[int, str]) -> None:
    assert refused(close(stack, tenant, tenant.resource(), **arguments)) == refusal


def test_the_calendar_and_the_log_tell_of_it(stack: Stack, tenant: Tenant) -> None:
    owner, manager, desks = tenant.person("member"), tenant.person("manager"), tenant.resource("Desks", capacity=2)
    ok(book(stack, owner, desks, **slot(1)))
    (made,) = ok(close(stack, tenant, desks, reason="Paint.", on_conflict="keep"))["blackouts"]
    seen = ok(stack.request(tenant.another("member"), "GET", f"calendar?resource_id=eq.{desks}&order=unit,starts_at"))
    assert [(one["unit"], one["kind"], one["title"], one["blackout_id"]) for one in seen] == [
        (1, "blackout", "Paint.", made["id"]),
        (1, "reservation", None, None),
        (1, "blackout", "Paint.", made["id"]),
        (2, "blackout", "Paint.", made["id"]),
    ]
    ok(stack.rpc(manager, "reschedule_blackout", blackout_id=made["id"], **hours(2, 6)))
    ok(lift(stack, tenant, made, reason="Dry."))
    settle(tenant)
    events = stack.events(manager, "blackout.*")
    assert [event["type"] for event in events] == ["blackout.created", "blackout.rescheduled", "blackout.lifted"]
    assert {event["data"]["blackout"]["id"] for event in events} == {made["id"]}
    assert [event["data"]["reason"] for event in events] == ["Paint.", "Paint.", "Dry."]
    assert set(events[1]["data"]["previous"]) == {"starts_at", "ends_at"}
    assert {event["actor_id"] for event in events} == {str(manager.user_id)}


def test_one_key_one_blackout(stack: Stack, tenant: Tenant) -> None:
    manager, room, key = tenant.person("manager"), tenant.resource(), {"Idempotency-Key": str(uuid.uuid4())}
    body = {"resource_ids": [str(room)], **hours(0, 4)}
    first, again = (stack.request(manager, "POST", "rpc/create_blackout", body, key) for _ in range(2))
    assert (first[0], again) == (200, first)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"blackout_id": first[1]["blackouts"][0]["id"]}
    first, again = (stack.request(manager, "POST", "rpc/lift_blackout", body, key) for _ in range(2))
    assert (first[0], again) == (200, first)
    assert count(tenant, "blackouts") == 1


# What the check says, and what then happens


@each_capacity
def test_the_check_knows_that_a_blackout_inherits_a_hold(stack: Stack, tenant: Tenant, capacity: int) -> None:
    """Of whoever would displace one that a blackout has kept, or comes after its expiry, the time is the blackout's."""
    allow_preemption(tenant)
    room, owner, manager = tenant.resource(capacity=capacity), tenant.person("member"), tenant.person("manager")
    make(stack, owner, room, "held", units=capacity)
    ok(close(stack, tenant, room, on_conflict="keep"))
    wanted = {"resource_id": str(room), "priority": 1, **slot(1)}
    assert refused(stack.rpc(manager, "create_reservation", **wanted)) == (409, "blackout")
    assert refused(stack.rpc(manager, "check_reservation_conflict", **wanted)) == (409, "blackout")
    assert_sound(tenant)


@each_capacity
def test_the_check_knows_that_a_blackout_inherits_an_expired_hold(stack: Stack, tenant: Tenant, capacity: int) -> None:
    room, owner, manager = tenant.resource(capacity=capacity), tenant.person("member"), tenant.person("manager")
    hold, in_time = make_stale(stack, owner, room, units=capacity)
    session = Session(stack, manager, begun=in_time)
    session.call("create_blackout", resource_ids=[room], on_conflict="keep", **hours(0, 4))
    session.commit()
    assert status_of(tenant, hold) == "held"
    wanted = {"resource_id": str(room), **slot(1)}
    asked = stack.rpc(owner, "check_reservation_conflict", **wanted)
    assert refused(stack.rpc(owner, "create_reservation", **wanted)) == (409, "blackout")
    assert refused(asked) == (409, "blackout")
    assert_sound(tenant)


# Two at the critical point: the first has done it and not committed, the second waits.


@each_capacity
@each_end
@each_mode
def test_a_blackout_waits_for_a_booking(stack: Stack, tenant: Tenant, mode: str, ends: str, capacity: int) -> None:
    room = tenant.resource(capacity=capacity)
    first, second = Session(stack, tenant.person("member")), Session(stack, tenant.person("manager"))
    booked = first.call("create_reservation", resource_id=room, **slot(1))["id"]
    answer = second_of(
        first, ends, second, "create_blackout", resource_ids=[room], on_conflict=mode, reason="Pipe.", **hours(0, 4)
    )
    if ends == "rollback":
        assert (answer["affected"], history(tenant, booked)) == ([], [])
    elif mode == "reject":
        assert answer["message"] == "slot_taken"
        assert [one["reservation_id"] for one in answer["details"]["conflicts"]] == [booked]
        assert (status_of(tenant, booked), count(tenant, "blackouts")) == ("confirmed", 0)
    else:
        assert answer["affected"] == [booked]
        assert history(tenant, booked) == ["confirmed", "cancelled"][: 2 if mode == "cancel" else 1]
    assert_sound(tenant)


WAYS: dict[str, Callable[[uuid.UUID], tuple[str, dict[str, Any]]]] = {
    "confirmed": lambda room: ("create_reservation", {"resource_id": room, **slot(1)}),
    "held": lambda room: ("create_reservation", {"resource_id": room, "status": "held", **slot(1)}),
    "bundle": lambda room: ("create_bundle", {"items": as_json([item(room, 1), item(room, 9)])}),
}


@each_capacity
@each_end
@pytest.mark.parametrize("way", WAYS)
def test_a_booking_waits_for_a_blackout(stack: Stack, tenant: Tenant, way: str, ends: str, capacity: int) -> None:
    room = tenant.resource(capacity=capacity)
    first, second = Session(stack, tenant.person("manager")), Session(stack, tenant.person("member"))
    made = first.call("create_blackout", resource_ids=[room], **hours(0, 4))["blackouts"][0]
    function, arguments = WAYS[way](room)
    answer = second_of(first, ends, second, function, **arguments)
    if ends == "commit":
        assert (answer["message"], answer["details"]["blackout"]["id"]) == ("blackout", made["id"])
    else:
        assert "message" not in answer
    left = [count(tenant, table) for table in ("reservations", "bundles", "blackouts")]
    lost = ends == "commit"
    assert left == [0 if lost else 1 + (way == "bundle"), int(not lost and way == "bundle"), int(lost)]
    assert_sound(tenant)


@each_end
@pytest.mark.parametrize("capacity", [1, 3])
def test_a_request_for_approval_waits_for_a_blackout(stack: Stack, tenant: Tenant, ends: str, capacity: int) -> None:
    """It takes no time, so that no constraint stops it."""
    stage = tenant.resource("Stage", requires_approval=True, capacity=capacity)
    first, second = Session(stack, tenant.person("manager")), Session(stack, tenant.person("member"))
    first.call("create_blackout", resource_ids=[stage], **hours(0, 4))
    answer = second_of(first, ends, second, "create_reservation", resource_id=stage, **slot(1))
    assert answer.get("message") == ("blackout" if ends == "commit" else None)
    assert count(tenant, "reservations") == (0 if ends == "commit" else 1)
    assert_sound(tenant)


@each_end
@each_mode
@pytest.mark.parametrize("blackout_first", [True, False], ids=["blackout first", "change first"])
@pytest.mark.parametrize("change", ["approve", "confirm", "reschedule", "cancel"])
def test_a_blackout_and_a_change_of_what_is_there(
    stack: Stack, tenant: Tenant, change: str, blackout_first: bool, mode: str, ends: str
) -> None:
    stage, manager = tenant.resource("Stage", requires_approval=change == "approve"), tenant.person("manager")
    status = "tentative" if change == "confirm" else "confirmed"
    # A change first takes its time from hour 9 into the blackout, or, cancelling, leaves it.
    hour = 9 if change == "reschedule" else 1
    made = ok(book(stack, tenant.person("member"), stage, status=status, **slot(hour)))["id"]
    first, second = Session(stack, manager), Session(stack, manager)
    blackout = ("create_blackout", {"resource_ids": [stage], "on_conflict": mode, **hours(0, 4)})
    moved = slot(1) if change == "reschedule" else {}
    changed: tuple[str, dict[str, Any]] = (f"{change}_reservation", {"reservation_id": made, **moved})
    if blackout_first and change == "cancel" and mode == "reject":
        return  # it is refused at once
    (one, one_of), (two, two_of) = (blackout, changed) if blackout_first else (changed, blackout)
    first.call(one, **one_of)
    answer = second_of(first, ends, second, two, **two_of)
    if ends == "rollback":
        # As if alone.
        expected = "slot_taken" if not blackout_first and change == "cancel" and mode == "reject" else None
    elif blackout_first:
        expected = "blackout" if change != "cancel" else "invalid_transition" if mode == "cancel" else None
    else:
        expected = "slot_taken" if change != "cancel" and mode == "reject" else None
    assert answer.get("message") == expected
    assert_sound(tenant)


@each_end
@pytest.mark.parametrize("mode", ["cancel", "keep"])
@pytest.mark.parametrize("times", [hours(0, 4), hours(2, 6), hours(6, 9)], ids=["same", "overlapping", "apart"])
def test_two_blackouts_of_the_same_resources_in_opposite_order(
    stack: Stack, tenant: Tenant, times: dict[str, str], mode: str, ends: str
) -> None:
    rooms = [tenant.resource(name, capacity=capacity) for name, capacity in (("A", 1), ("B", 2), ("C", 1))]
    booked = make(stack, tenant.person("member"), rooms[1], "confirmed")
    first, second = (Session(stack, tenant.another("manager")) for _ in range(2))
    first.call("create_blackout", resource_ids=rooms, on_conflict=mode, **hours(0, 4))
    answer = second_of(first, ends, second, "create_blackout", resource_ids=rooms[::-1], on_conflict=mode, **times)
    left = status_of(tenant, booked) == "confirmed"
    assert answer["affected"] == ([booked] if times == hours(0, 4) and (left or ends == "rollback") else [])
    assert count(tenant, "blackouts") == (6 if ends == "commit" else 3)
    assert_sound(tenant)


def test_managers_in_opposite_order_do_not_deadlock(stack: Stack, tenant: Tenant) -> None:
    rooms = [str(tenant.resource(name)) for name in "ABC"]
    manager, barrier = tenant.person("manager"), threading.Barrier(4)
    answers: Counter[Any] = Counter()

    def fight(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            barrier.wait()
            wanted = chance.sample(rooms, 3)
            status, answer = stack.rpc(manager, "create_blackout", resource_ids=wanted, **hours(0, 4))
            answers[status] += 1
            for one in answer["blackouts"] if status == 200 else []:
                answers[lift(stack, tenant, one)[0]] += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fight, range(4)))
    assert answers == {200: 4 * 25 * 4}
    assert_sound(tenant)


@each_capacity
@each_mode
@pytest.mark.parametrize("expired", [True, False], ids=["expired", "displaced"])
def test_a_blackout_and_whoever_clears_a_hold_from_their_way(
    stack: Stack, tenant: Tenant, expired: bool, mode: str, capacity: int
) -> None:
    """It waits for the hold, and then for the one who, booking already, goes on to lock the resource."""
    allow_preemption(tenant)
    room, owner, manager = tenant.resource(capacity=capacity), tenant.person("member"), tenant.person("manager")
    past = datetime.now(UTC) - timedelta(minutes=30, seconds=1) if expired else None
    holder, rival, closer = Session(stack, owner, begun=past), Session(stack, manager), Session(stack, manager)
    hold = holder.call("create_reservation", resource_id=room, status="held", units=capacity, **slot(1))["id"]
    with ThreadPoolExecutor() as pool:
        calls = [
            in_background(pool, session, function, **arguments)
            for session, function, arguments in [
                (rival, "create_reservation", {"resource_id": room, "priority": 1, "units": capacity, **slot(1)}),
                (closer, "create_blackout", {"resource_ids": [room], "on_conflict": mode, **hours(0, 4)}),
            ]
        ]
        holder.commit()
        booked, closed = pool.map(lambda s, call: told(s, lambda: call.result(10)), (rival, closer), calls)
    assert history(tenant, hold) == ["held", "expired" if expired else "displaced"]
    assert booked.get("status") == "confirmed"
    assert closed.get("message") == ("slot_taken" if mode == "reject" else None)
    assert status_of(tenant, booked["id"]) == ("cancelled" if mode == "cancel" else "confirmed")
    assert_sound(tenant)


@each_capacity
@each_end
@pytest.mark.parametrize("mode", ["cancel", "keep"])
@pytest.mark.parametrize("expired", [True, False], ids=["expired", "displaced"])
def test_whoever_would_clear_a_hold_waits_for_a_blackout(
    stack: Stack, tenant: Tenant, expired: bool, mode: str, ends: str, capacity: int
) -> None:
    allow_preemption(tenant)
    room, owner, manager = tenant.resource(capacity=capacity), tenant.person("member"), tenant.person("manager")
    in_time = None
    if expired:
        hold, in_time = make_stale(stack, owner, room, units=capacity)
    else:
        hold = make(stack, owner, room, "held", units=capacity)
    first, second = Session(stack, manager, begun=in_time), Session(stack, manager)
    first.call("create_blackout", resource_ids=[room], on_conflict=mode, **hours(0, 4))
    answer = second_of(
        first, ends, second, "create_reservation", resource_id=room, priority=1, units=capacity, **slot(1)
    )
    assert answer.get("message") == ("blackout" if ends == "commit" else None)
    assert history(tenant, hold)[-1] == (
        {"cancel": "cancelled", "keep": "held"}[mode] if ends == "commit" else "expired" if expired else "displaced"
    )
    assert_sound(tenant)


def fragment(stack: Stack, tenant: Tenant) -> tuple[uuid.UUID, str]:
    """Two desks of which hours 1 to 4 are free only if the reservation of hours 2 to 8 changes its desk."""
    owner, desks = tenant.person("member"), tenant.resource("Desks", capacity=2)
    ok(book(stack, owner, desks, unit=1, **hours(0, 2)))
    ok(book(stack, owner, desks, **hours(0, 1)))
    gone = ok(book(stack, owner, desks, **hours(2, 3)))
    mover = ok(book(stack, owner, desks, **hours(2, 8)))["id"]
    ok(change(stack, owner, "cancel", gone))
    assert unit_of(tenant, mover) == 2
    return desks, str(mover)


def unit_of(tenant: Tenant, reservation_id: str) -> int | None:
    row = tenant.connection.execute(
        "select unit from booking.claims where tenant_id = %s and source_id = %s", (tenant.id, reservation_id)
    ).fetchone()
    return row[0] if row else None


@each_end
@each_mode
def test_a_blackout_waits_for_a_booking_that_moves_another(stack: Stack, tenant: Tenant, mode: str, ends: str) -> None:
    desks, mover = fragment(stack, tenant)
    first, second = Session(stack, tenant.person("member")), Session(stack, tenant.person("manager"))
    booked = first.call("create_reservation", resource_id=desks, **hours(1, 4))["id"]
    # Over hours that only the one that moves has.
    answer = second_of(first, ends, second, "create_blackout", resource_ids=[desks], on_conflict=mode, **hours(6, 7))
    if mode == "reject":
        assert answer["message"] == "slot_taken"
    else:
        assert answer["affected"] == [mover]
    cancelled = mode == "cancel"
    assert status_of(tenant, mover) == ("cancelled" if cancelled else "confirmed")
    assert unit_of(tenant, mover) == (None if cancelled else 1 if ends == "commit" else 2)
    assert unit_of(tenant, booked) == (2 if ends == "commit" else None)
    assert_sound(tenant)


@each_end
@pytest.mark.parametrize("mode", ["cancel", "keep"])
def test_a_booking_that_would_move_another_waits_for_a_blackout(
    stack: Stack, tenant: Tenant, mode: str, ends: str
) -> None:
    """What a blackout surrounds stays where it is."""
    desks, mover = fragment(stack, tenant)
    first, second = Session(stack, tenant.person("manager")), Session(stack, tenant.person("member"))
    first.call("create_blackout", resource_ids=[desks], on_conflict=mode, **hours(6, 7))
    answer = second_of(first, ends, second, "create_reservation", resource_id=desks, **hours(1, 4))
    kept = mode == "keep" and ends == "commit"
    assert answer.get("message") == ("slot_taken" if kept else None)
    assert unit_of(tenant, mover) == (1 if ends == "rollback" else 2 if kept else None)
    assert_sound(tenant)


@each_end
@each_mode
def test_a_blackout_waits_for_a_bundle(stack: Stack, tenant: Tenant, mode: str, ends: str) -> None:
    rooms = [tenant.resource(name) for name in "AB"]
    first, second = Session(stack, tenant.person("member")), Session(stack, tenant.person("manager"))
    made = first.call("create_bundle", items=as_json(item(room, 1) for room in rooms))["reservations"]
    answer = second_of(first, ends, second, "create_blackout", resource_ids=[rooms[1]], on_conflict=mode, **hours(0, 4))
    if ends == "rollback":
        assert answer["affected"] == []
    else:
        assert answer.get("affected") == (None if mode == "reject" else [made[1]["id"]])
        assert [status_of(tenant, one["id"]) for one in made] == [
            "confirmed", "cancelled" if mode == "cancel" else "confirmed"
        ]  # fmt: skip
    assert_sound(tenant)


@each_end
@pytest.mark.parametrize("places", [(0,), (1,), (1, 0)])
def test_a_bundle_waits_for_a_blackout(stack: Stack, tenant: Tenant, places: tuple[int, ...], ends: str) -> None:
    rooms = [tenant.resource(name) for name in "AB"]
    first, second = Session(stack, tenant.person("manager")), Session(stack, tenant.person("member"))
    first.call("create_blackout", resource_ids=[rooms[place] for place in places], **hours(0, 4))
    answer = second_of(first, ends, second, "create_bundle", items=as_json(item(room, 1) for room in rooms))
    assert answer.get("message") == ("blackout" if ends == "commit" else None)
    assert (count(tenant, "bundles"), count(tenant, "reservations")) == ((0, 0) if ends == "commit" else (1, 2))
    assert_sound(tenant)


@each_end
@pytest.mark.parametrize("capacity", [1, 3])
@pytest.mark.parametrize("blackout_first", [True, False], ids=["blackout first", "capacity first"])
def test_a_blackout_and_another_capacity(
    stack: Stack, tenant: Tenant, blackout_first: bool, capacity: int, ends: str
) -> None:
    """It has every unit there is."""
    manager, desks = tenant.person("manager"), tenant.resource("Desks", capacity=2)
    first, second = Session(stack, manager), Session(stack, manager)
    closes: Callable[[Session], Any] = lambda session: session.call(  # noqa: E731
        "create_blackout", resource_ids=[desks], **hours(0, 4)
    )
    changes: Callable[[Session], Any] = lambda session: session.connection.execute(  # noqa: E731
        "update api.resources set capacity = %s where id = %s", (capacity, desks)
    )
    one, two = (closes, changes) if blackout_first else (changes, closes)
    one(first)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(two, second)
        while not second.waits():
            assert not waiting.done()
            time.sleep(0.01)
        getattr(first, ends)()
        waiting.result(10)
        second.commit()
    units = tenant.connection.execute(
        "select count(distinct unit) from booking.claims where tenant_id = %s", (tenant.id,)
    ).fetchone()
    assert units == (
        (0 if blackout_first else 2) if ends == "rollback" else capacity,
    )  # fmt: skip
    assert_sound(tenant)


@each_end
def test_two_lift_one_blackout(stack: Stack, tenant: Tenant, ends: str) -> None:
    room, manager = tenant.resource(), tenant.person("manager")
    (made,) = ok(close(stack, tenant, room))["blackouts"]
    first, second = Session(stack, manager), Session(stack, manager)
    first.call("lift_blackout", blackout_id=made["id"])
    answer = second_of(first, ends, second, "lift_blackout", blackout_id=made["id"])
    assert answer.get("message") == ("invalid_transition" if ends == "commit" else None)
    assert_sound(tenant)


@each_end
def test_a_booking_waits_for_whoever_lifts(stack: Stack, tenant: Tenant, ends: str) -> None:
    room = tenant.resource()
    (made,) = ok(close(stack, tenant, room))["blackouts"]
    first, second = Session(stack, tenant.person("manager")), Session(stack, tenant.person("member"))
    first.call("lift_blackout", blackout_id=made["id"])
    answer = second_of(first, ends, second, "create_reservation", resource_id=room, **slot(1))
    assert answer.get("message") == (None if ends == "commit" else "blackout")
    assert_sound(tenant)


# A crowd


def test_a_crowd_with_blackouts_leaves_the_books_in_order(stack: Stack, tenant: Tenant) -> None:
    """Bookings, holds, bundles, blackouts of each mode, lifts and capacities that change, for some seconds: no 5xx."""
    allow_preemption(tenant)
    tenant.connection.execute(
        "update booking.booking_rules set hold_ttl = '0.2 seconds' where tenant_id = %s", (tenant.id,)
    )
    rooms = [tenant.resource(f"R {number}", capacity=capacity) for number, capacity in enumerate((1, 1, 3, 5))]
    manager, until = tenant.person("manager"), time.monotonic() + 8
    answers: Counter[Any] = Counter()
    lock, over = threading.Lock(), threading.Event()

    def crowd(seed: int) -> None:
        chance, member = random.Random(seed), tenant.another("member")
        mine: list[str] = []
        closed: list[str] = []
        while time.monotonic() < until:
            room, hour = str(chance.choice(rooms)), chance.randrange(8)
            times = hours(hour, hour + chance.randrange(1, 4))
            action = chance.choices(
                ("create", "pin", "bundle", "cancel", "reschedule", "confirm", "blackout", "lift", "move", "capacity"),
                (6, 1, 2, 4, 3, 1, 2, 2, 1, 1),
            )[0]
            body: dict[str, Any]
            match action:
                case "create":
                    status = chance.choice(("confirmed", "confirmed", "held", "pencilled", "tentative"))
                    body = {"resource_id": room, "status": status, "priority": chance.randrange(3), **times}
                    called = stack.rpc(member, "create_reservation", **body)
                case "pin":
                    called = stack.rpc(member, "create_reservation", resource_id=str(rooms[3]), unit=2, **times)
                case "bundle":
                    items = [{"resource_id": str(one), **times} for one in chance.sample(rooms, 2)]
                    called = bundle(stack, member, *items)
                case "cancel" | "reschedule" | "confirm" if mine:
                    body = {"resource_id": room, **times} if action == "reschedule" else {}
                    one = mine.pop(0) if action == "cancel" else chance.choice(mine)
                    called = stack.rpc(member, f"{action}_reservation", reservation_id=one, **body)
                case "blackout":
                    wanted = [str(one) for one in chance.sample(rooms, chance.randrange(1, 4))]
                    body = {"resource_ids": wanted, "on_conflict": chance.choice(MODES), **times}
                    called = stack.rpc(manager, "create_blackout", **body)
                case "lift" if closed:
                    called = stack.rpc(manager, "lift_blackout", blackout_id=closed.pop(0))
                case "move" if closed:
                    body = {"blackout_id": chance.choice(closed), "on_conflict": chance.choice(MODES), **times}
                    called = stack.rpc(manager, "reschedule_blackout", **body)
                case "capacity":
                    body = {"capacity": chance.randrange(2, 6)}
                    called = stack.request(manager, "PATCH", f"resources?id=eq.{chance.choice(rooms[2:])}", body)
                case _:
                    continue
            status, answer = called
            if status == 200:
                reservations = answer.get("reservations", [answer] if action in ("create", "pin") else [])
                mine += [one["id"] for one in reservations]
                closed += [one["id"] for one in answer.get("blackouts", [])]
                # Whoever closes much opens soon again.
                while len(closed) > 2:
                    assert lift(stack, tenant, {"id": closed.pop(0)})[0] == 200
            with lock:
                answers[action, status, answer and answer.get("message")] += 1

    def sweep() -> None:
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            while not over.wait(0.05):
                connection.execute("select booking.sweep()")

    with ThreadPoolExecutor(17) as pool:
        sweeping = pool.submit(sweep)
        with contextlib.ExitStack() as stop:
            stop.callback(over.set)
            list(pool.map(crowd, range(16)))
        sweeping.result()
    assert {status for _, status, _ in answers} <= {200, 204, 409, 422}, answers
    happened = {(action, slug) for action, _, slug in answers}
    assert happened >= {
        ("create", None), ("create", "blackout"), ("create", "slot_taken"), ("bundle", None), ("bundle", "blackout"),
        ("reschedule", None), ("reschedule", "blackout"), ("blackout", None), ("blackout", "slot_taken"),
        ("lift", None), ("move", None), ("capacity", None),
    }, answers  # fmt: skip
    assert_sound(tenant)
