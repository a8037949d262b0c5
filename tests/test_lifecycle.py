"""The whole life of a reservation over HTTP: rules, holds, pencils, approvals, priorities, check-in, and what is told."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Person, Stack, Tenant, make_tenant
from tests.gateway_fixtures import slot

Answer = tuple[int, Any]

SPANS = (
    "hold_ttl", "pencil_ttl", "max_pencil_ttl", "check_in_opens", "no_show_grace", "no_show_window",
    "approval_stale_after",
)  # fmt: skip


def ok(answer: Answer) -> Any:
    """What was answered, without an error."""
    status, body = answer
    assert status in (200, 201, 204), body
    return body


def refused(answer: Answer) -> tuple[int, str]:
    """The status and the slug of an error, which has the one shape."""
    status, body = answer
    assert set(body) == {"code", "message", "details", "hint"}, body
    assert (body["code"], bool(body["hint"])) == (f"PT{status}", True), body
    return status, body["message"]


def details(answer: Answer) -> Any:
    return json.loads(answer[1]["details"])


def book(stack: Stack, person: Person, resource_id: uuid.UUID, hour: int = 0, **arguments: Any) -> Answer:
    """Asks for the hour of this number, as slot() counts them, or another time."""
    return stack.rpc(person, "create_reservation", **{"resource_id": str(resource_id), **slot(hour), **arguments})


def change(stack: Stack, person: Person, action: str, reservation: dict[str, Any], **arguments: Any) -> Answer:
    """Calls the function of this name, or of this action."""
    function = action if action == "extend_hold" else f"{action}_reservation"
    return stack.rpc(person, function, reservation_id=reservation["id"], **arguments)


def see(stack: Stack, person: Person, reservation: dict[str, Any]) -> dict[str, Any]:
    """The reservation as it is now."""
    (row,) = ok(stack.request(person, "GET", f"reservations?id=eq.{reservation['id']}"))
    assert isinstance(row, dict)
    return row


def rule(stack: Stack, tenant: Tenant, **columns: Any) -> None:
    """A rule, as a manager writes it."""
    assert stack.request(tenant.person("manager"), "POST", "booking_rules", columns) == (201, None)


def told(stack: Stack, person: Person, reservation: dict[str, Any] | None = None) -> list[str]:
    """The types of the events of reservations, or of one, that this person may read, in order."""
    events = stack.events(person, "reservation.*", "approval.*")
    return [event["type"] for event in events if not reservation or event["reservation_id"] == reservation["id"]]


def around_now(start: int, end: int) -> dict[str, Any]:
    """From so many minutes from now to so many."""
    now = datetime.now(UTC)
    return {
        "starts_at": (now + timedelta(minutes=start)).isoformat(),
        "ends_at": (now + timedelta(minutes=end)).isoformat(),
    }


def lasts(reservation: dict[str, Any]) -> timedelta:
    """From its last change until it expires."""
    return datetime.fromisoformat(reservation["expires_at"]) - datetime.fromisoformat(reservation["updated_at"])


def sweep(tenant: Tenant) -> None:
    tenant.connection.execute("select booking.sweep(10000)")


# Rules


def test_managers_write_the_rules_and_members_read_them(stack: Stack, tenant: Tenant) -> None:
    manager, member, room = tenant.person("manager"), tenant.person("member"), tenant.resource()
    rule(stack, tenant, hold_ttl="1 hour")
    rule(stack, tenant, kind="room", max_no_shows=3)
    rule(stack, tenant, resource_id=str(room), hold_ttl="10 minutes", allow_preemption=True)
    of_room = f"booking_rules?resource_id=eq.{room}"
    assert lasts(ok(book(stack, member, room, status="held"))) == timedelta(minutes=10)
    assert stack.request(manager, "PATCH", of_room, {"hold_ttl": None, "max_priority": 1}) == (204, None)
    assert lasts(ok(book(stack, member, room, 1, status="held"))) == timedelta(hours=1)
    (seen,) = ok(stack.request(member, "GET", of_room))
    assert (seen["hold_ttl"], seen["max_priority"], seen["allow_preemption"]) == (None, 1, True)
    for method, path in [("POST", "booking_rules"), ("PATCH", of_room), ("DELETE", of_room)]:
        for person in (member, tenant.person("approver")):
            assert refused(stack.request(person, method, path, {"hold_ttl": "1 year"})) == (403, "forbidden")
    assert stack.request(manager, "DELETE", of_room) == (204, None)
    assert len(ok(stack.request(member, "GET", "booking_rules"))) == 2


@pytest.mark.parametrize(
    "columns",
    [
        {"hold_ttl": "-1 minute"},
        {"pencil_ttl": "0"},
        {"min_pencil_ttl": "2 days", "max_pencil_ttl": "1 day"},
        {"check_in_opens": "-1 second"},
        {"no_show_grace": "-1 second"},
        {"max_no_shows": 0},
        {"no_show_window": "0"},
        {"approval_stale_after": "0"},
        # Further than the calendar reaches: such a span would stop the sweep, for every tenant.
        *({column: span} for column in SPANS for span in ("300000 years", "infinity")),
        {"kind": "room", "resource_id": "00000000-0000-0000-0000-000000000000"},
    ],
    ids=lambda columns: " ".join(f"{name} {value}" for name, value in columns.items()),
)
def test_a_rule_out_of_bounds(stack: Stack, tenant: Tenant, columns: dict[str, Any]) -> None:
    if "infinity" in columns.values() and tenant.connection.info.server_version < 170000:
        pytest.skip("intervals are finite before PostgreSQL 17")
    manager = tenant.person("manager")
    assert refused(stack.request(manager, "POST", "booking_rules", columns)) == (400, "invalid_argument")
    rule(stack, tenant, hold_ttl="1 hour")
    if "resource_id" not in columns:
        assert refused(stack.request(manager, "PATCH", "booking_rules", columns)) == (400, "invalid_argument")


def test_a_rule_is_of_something_there_and_the_only_one_of_it(stack: Stack, tenant: Tenant) -> None:
    manager, elsewhere = tenant.person("manager"), make_tenant(tenant.connection)
    for resource_id in (uuid.uuid4(), elsewhere.resource()):
        answer = stack.request(manager, "POST", "booking_rules", {"resource_id": str(resource_id)})
        assert refused(answer) == (404, "not_found")
    answer = stack.request(manager, "POST", "booking_rules", {"tenant_id": str(elsewhere.id)})
    assert refused(answer) == (403, "forbidden")
    scopes: list[dict[str, Any]] = [{}, {"kind": "room"}, {"resource_id": str(tenant.resource())}]
    for scope in scopes:
        rule(stack, tenant, **scope)
        answer = stack.request(manager, "POST", "booking_rules", {**scope, "hold_ttl": "1 hour"})
        assert refused(answer) == (409, "duplicate_id")


# Holds and pencils


def test_a_hold_is_its_owners_for_two_seconds_and_then_anybodys(stack: Stack, tenant: Tenant) -> None:
    """By the clock of the wall; no sweep passes."""
    owner, rival, room = tenant.person("member"), tenant.another("member"), tenant.resource()
    rule(stack, tenant, hold_ttl="2 seconds")
    hold = ok(book(stack, owner, room, status="held"))
    assert lasts(hold) == timedelta(seconds=2)
    taken = book(stack, rival, room)
    assert (refused(taken), details(taken)["next_free_at"] is not None) == ((409, "slot_taken"), True)
    expiry = datetime.fromisoformat(hold["expires_at"])
    time.sleep((expiry - datetime.now(UTC)).total_seconds() + 0.1)
    assert ok(stack.request(rival, "GET", f"calendar?resource_id=eq.{room}")) == []
    answer = change(stack, owner, "confirm", hold)
    assert (refused(answer), details(answer)["status"]) == ((409, "hold_expired"), "held")
    assert ok(book(stack, rival, room))["status"] == "confirmed"
    answer = change(stack, owner, "confirm", hold)
    assert (refused(answer), details(answer)["status"]) == ((409, "hold_expired"), "expired")
    seen = see(stack, owner, hold)
    assert (seen["status"], seen["version"], seen["expires_at"]) == ("expired", 2, None)
    assert told(stack, owner) == ["reservation.held", "reservation.expired"]
    assert ok(stack.rpc(owner, "reservation_history", reservation_id=hold["id"]))[1]["actor_id"] is None


def test_from_a_hold_over_a_pencil_to_firm(stack: Stack, tenant: Tenant) -> None:
    owner, rival, room = tenant.person("member"), tenant.another("member"), tenant.resource()
    hold = ok(book(stack, owner, room, status="held"))
    extended = ok(change(stack, owner, "extend_hold", hold, expected_version=1))
    assert lasts(extended) == lasts(hold) == timedelta(minutes=30)
    assert extended["expires_at"] > hold["expires_at"]
    stale = change(stack, owner, "pencil", hold, expected_version=1)
    assert (refused(stale), details(stale)["version"]) == ((409, "version_conflict"), 2)
    pencilled = ok(change(stack, owner, "pencil", hold, expected_version=2))
    assert (pencilled["status"], lasts(pencilled)) == ("pencilled", timedelta(hours=48))
    assert refused(change(stack, owner, "extend_hold", hold)) == (409, "invalid_transition")
    assert refused(book(stack, rival, room)) == (409, "slot_taken")
    assert refused(change(stack, rival, "confirm", hold)) == (404, "not_found")
    firm = ok(change(stack, owner, "confirm", hold, expected_version=3))
    assert (firm["status"], firm["version"], firm["expires_at"]) == ("confirmed", 4, None)
    types = ["held", "hold_extended", "pencilled", "confirmed"]
    assert told(stack, owner) == [f"reservation.{name}" for name in types]


def test_a_pencil_lasts_as_long_as_the_rules_let_it(stack: Stack, tenant: Tenant) -> None:
    owner, manager, room = tenant.person("member"), tenant.person("manager"), tenant.resource()
    hold = ok(book(stack, owner, room, status="held"))
    for span in ("23 hours", "49 hours", "0", "-1 day"):
        for answer in (
            change(stack, owner, "pencil", hold, pencil_ttl=span),
            book(stack, owner, room, 1, status="pencilled", pencil_ttl=span),
        ):
            assert (refused(answer), details(answer)["argument"]) == ((400, "invalid_argument"), "pencil_ttl")
    assert refused(book(stack, owner, room, 1, status="held", pencil_ttl="1 day")) == (400, "invalid_argument")
    assert see(stack, owner, hold) == hold
    assert lasts(ok(change(stack, owner, "pencil", hold, pencil_ttl="36 hours"))) == timedelta(hours=36)
    # Managers may, with a reason.
    week = {"status": "pencilled", "pencil_ttl": "7 days", "override": True}
    assert refused(book(stack, owner, room, 1, **week, reason="I want it.")) == (403, "forbidden")
    assert refused(book(stack, manager, room, 1, **week)) == (400, "invalid_argument")
    assert refused(book(stack, manager, room, 1, **week, reason=" ")) == (400, "invalid_argument")
    overridden = ok(book(stack, manager, room, 1, **week, reason="The tour is not fixed."))
    assert (lasts(overridden), overridden["status_reason"]) == (timedelta(days=7), "The tour is not fixed.")
    (event,) = ok(stack.rpc(manager, "reservation_history", reservation_id=overridden["id"]))
    assert (event["override"], event["reason"]) == (True, "The tour is not fixed.")


# Approvals


def test_a_request_waits_for_its_approver(stack: Stack, tenant: Tenant) -> None:
    owner, other, approver = tenant.person("member"), tenant.another("member"), tenant.person("approver")
    stage = tenant.resource("Stage", requires_approval=True)
    rule(stack, tenant, approval_stale_after="1 hour")
    wish = ok(book(stack, owner, stage))
    assert wish["status"] == "pending"
    for reader in (owner, approver, tenant.person("manager")):
        (seen,) = ok(stack.request(reader, "GET", "pending_approvals?select=id,is_stale,waiting_for,approvers"))
        assert (seen["id"], seen["is_stale"]) == (wish["id"], False)
        assert {one["user_id"]: one["role"] for one in seen["approvers"]} == {
            str(person.user_id): person.role for person in tenant.people.values() if person.role != "member"
        }
    assert ok(stack.request(other, "GET", "pending_approvals")) == []
    # It takes no time yet, and once it has waited too long, everybody concerned is told, once.
    rival = ok(book(stack, other, stage, status="held"))
    tenant.connection.execute(
        "update booking.reservations set status_since = now() - interval '61 minutes' where tenant_id = %s and id = %s",
        (tenant.id, wish["id"]),
    )
    assert ok(stack.request(owner, "GET", "pending_approvals?select=is_stale")) == [{"is_stale": True}]
    sweep(tenant)
    sweep(tenant)
    assert told(stack, owner) == ["reservation.submitted", "reservation.updated", "approval.stale"]
    assert refused(change(stack, owner, "approve", wish)) == (403, "forbidden")
    assert refused(change(stack, other, "approve", wish)) == (404, "not_found")
    assert refused(change(stack, approver, "approve", wish)) == (409, "slot_taken")
    assert see(stack, owner, wish)["status"] == "pending"
    ok(change(stack, other, "cancel", rival))
    approved = ok(change(stack, approver, "approve", wish, reason="Mind the floor."))
    assert (approved["status"], approved["status_reason"]) == ("confirmed", "Mind the floor.")
    assert told(stack, owner)[3:] == ["reservation.confirmed"]
    assert ok(stack.request(approver, "GET", "pending_approvals")) == []
    # Another is turned down, and its owner reads why.
    second = ok(book(stack, other, stage, 1, status="tentative"))
    assert ok(change(stack, other, "confirm", second))["status"] == "pending"
    ok(change(stack, approver, "reject", second, reason="Rehearsals."))
    seen = see(stack, other, second)
    assert (seen["status"], seen["status_reason"]) == ("rejected", "Rehearsals.")
    assert refused(change(stack, approver, "approve", second)) == (409, "invalid_transition")


def test_an_approval_is_overridden_only_with_a_reason(stack: Stack, tenant: Tenant) -> None:
    stage, manager = tenant.resource("Stage", requires_approval=True), tenant.person("manager")
    draft = ok(book(stack, manager, stage, status="tentative"))
    assert refused(change(stack, manager, "confirm", draft, override=True)) == (400, "invalid_argument")
    assert see(stack, manager, draft) == draft
    assert ok(change(stack, manager, "confirm", draft, override=True, reason="The mayor."))["status"] == "confirmed"


# Presence


def test_who_is_there_checks_in_and_who_is_done_frees_the_rest(stack: Stack, tenant: Tenant) -> None:
    owner, rival, room = tenant.person("member"), tenant.another("member"), tenant.resource()
    rule(stack, tenant, check_in_opens="15 minutes")
    late = ok(book(stack, owner, room))
    early = change(stack, owner, "check_in", late)
    assert refused(early) == (422, "too_soon")
    opens_at = datetime.fromisoformat(late["starts_at"]) - timedelta(minutes=15)
    assert datetime.fromisoformat(details(early)["opens_at"]) == opens_at
    assert refused(change(stack, owner, "complete", late)) == (422, "too_soon")
    assert refused(change(stack, owner, "check_in", late, override=True, reason="Here.")) == (403, "forbidden")

    now = ok(book(stack, owner, room, **around_now(-5, 60)))
    assert ok(change(stack, owner, "check_in", now, expected_version=1))["status"] == "checked_in"
    assert refused(change(stack, owner, "cancel", now)) == (409, "invalid_transition")
    assert refused(book(stack, rival, room, **around_now(1, 30))) == (409, "slot_taken")
    assert ok(change(stack, owner, "complete", now, expected_version=2))["status"] == "completed"
    assert ok(book(stack, rival, room, **around_now(1, 30)))["status"] == "confirmed"
    assert told(stack, owner, now) == [f"reservation.{name}" for name in ("confirmed", "checked_in", "completed")]


def test_who_misses_two_is_suspended_until_the_first_lapses(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    rule(stack, tenant, no_show_grace="0", max_no_shows=2, no_show_window="10 days")
    missed = [ok(book(stack, owner, room, hour)) for hour in range(2)]
    for number, reservation in enumerate(missed):
        assert ok(book(stack, owner, room, 2 + number))["status"] == "confirmed"
        tenant.connection.execute(
            "update booking.reservations set starts_at = starts_at - interval '3 days', ends_at = now() + %s * '1 hour'::interval"
            " where tenant_id = %s and id = %s",
            (number + 1, tenant.id, reservation["id"]),
        )
        sweep(tenant)
        assert see(stack, owner, reservation)["status"] == "no_show"
    first = see(stack, owner, missed[0])
    for answer in (book(stack, owner, room, 9), book(stack, owner, room, 9, status="tentative")):
        assert refused(answer) == (422, "suspended")
        assert (details(answer)["no_shows"], details(answer)["limit"]) == (2, 2)
        until = datetime.fromisoformat(details(answer)["until"])
        assert until == datetime.fromisoformat(first["starts_at"]) + timedelta(days=10)
    assert told(stack, owner, first)[-1] == "reservation.no_show"
    # Others go on booking, that time too, and the window ends.
    assert ok(book(stack, tenant.another("member"), room, **around_now(1, 30)))["status"] == "confirmed"
    assert stack.request(tenant.person("manager"), "PATCH", "booking_rules", {"no_show_window": "1 day"})[0] == 204
    assert ok(book(stack, owner, room, 9))["status"] == "confirmed"


# Priorities


def test_a_higher_priority_displaces_what_is_not_firm(stack: Stack, tenant: Tenant) -> None:
    owner, rival, room = tenant.person("member"), tenant.another("member"), tenant.resource()
    assert refused(book(stack, owner, room, status="pencilled", priority=1)) == (403, "forbidden")
    rule(stack, tenant, max_priority=2)
    pencilled = ok(book(stack, owner, room, status="pencilled", priority=1))
    assert refused(book(stack, rival, room, priority=2)) == (409, "slot_taken")
    assert stack.request(tenant.person("manager"), "PATCH", "booking_rules", {"allow_preemption": True})[0] == 204
    assert refused(book(stack, rival, room, priority=3)) == (403, "forbidden")
    assert refused(book(stack, rival, room, priority=1)) == (409, "slot_taken")
    check = {"resource_id": str(room), **slot()}
    assert refused(stack.rpc(rival, "check_reservation_conflict", priority=1, **check)) == (409, "slot_taken")
    assert ok(stack.rpc(rival, "check_reservation_conflict", priority=2, **check))["available"] is True
    firm = ok(book(stack, rival, room, priority=2))
    assert (firm["status"], see(stack, owner, pencilled)["status"]) == ("confirmed", "displaced")
    answer = change(stack, owner, "confirm", pencilled)
    assert (refused(answer), details(answer)["possible_actions"]) == ((409, "invalid_transition"), [])
    # Firm is firm, for approvers of whatever priority too, and nobody yields to whom that does not help.
    approver, beside = tenant.person("approver"), ok(book(stack, owner, room, 1, status="held"))
    both_hours = {"starts_at": firm["starts_at"], "ends_at": beside["ends_at"]}
    assert refused(book(stack, approver, room, priority=99)) == (409, "slot_taken")
    assert refused(book(stack, approver, room, priority=99, **both_hours)) == (409, "slot_taken")
    assert see(stack, owner, beside) == beside
    events = ok(stack.rpc(owner, "reservation_history", reservation_id=pencilled["id"]))
    assert [event["type"] for event in events] == ["reservation.pencilled", "reservation.displaced"]
    assert events[1]["changes"]["status"] == {"from": "pencilled", "to": "displaced"}
    # Why, but not for whom.
    assert (events[1]["actor_id"], events[1]["actor_name"], bool(events[1]["reason"])) == (None, None, True)


# What can be read of it


def test_all_that_happened_is_in_the_history_and_in_the_log(stack: Stack, tenant: Tenant) -> None:
    """In order, with whoever did it, and what changed."""
    owner, manager, room = tenant.person("member"), tenant.person("manager"), tenant.resource()
    one = ok(book(stack, owner, room, **around_now(-5, 60), status="held", title="Rehearsal"))
    ok(change(stack, owner, "extend_hold", one))
    ok(change(stack, owner, "pencil", one, reason="Nearly."))
    ok(change(stack, owner, "update", one, title="Concert", notes="A secret", metadata={"seats": 3}))
    ok(change(stack, owner, "confirm", one))
    ok(change(stack, manager, "reschedule", one, **around_now(-2, 30), reason="Short of time."))
    ok(change(stack, owner, "check_in", one))
    ok(change(stack, manager, "complete", one))

    types = [
        "held", "hold_extended", "pencilled", "updated", "confirmed", "rescheduled", "checked_in", "completed",
    ]  # fmt: skip
    events = ok(stack.rpc(owner, "reservation_history", reservation_id=one["id"]))
    assert [event["type"] for event in events] == [f"reservation.{name}" for name in types]
    assert [event["version"] for event in events] == list(range(1, 9))
    assert [event["actor_name"] for event in events] == [
        "Manager" if name in ("rescheduled", "completed") else "Member" for name in types
    ]
    assert [event["reason"] for event in events if event["reason"]] == ["Nearly.", "Short of time."]
    assert events[3]["changes"] == {
        "title": {"from": "Rehearsal", "to": "Concert"},
        "metadata": {"from": {}, "to": {"seats": 3}},
    }
    assert set(events[5]["changes"]) == {"starts_at", "ends_at"}
    assert "secret" not in json.dumps(events)
    assert see(stack, owner, one)["notes"] == "A secret"
    assert ok(stack.rpc(tenant.person("approver"), "reservation_history", reservation_id=one["id"])) == events
    for stranger in (tenant.another("member"), make_tenant(tenant.connection).person("admin")):
        assert refused(stack.rpc(stranger, "reservation_history", reservation_id=one["id"])) == (404, "not_found")

    log = stack.events(owner, "reservation.*")
    assert [event["id"] for event in log] == [event["event_id"] for event in events]
    assert [event["data"]["reservation"]["status"] for event in log] == [event["status"] for event in events]
    page = stack.events(owner, "reservation.*", after=log[3]["cursor"], max_results=2)
    assert page == log[4:6]


def test_my_upcoming_bookings_and_others_as_busy(stack: Stack, tenant: Tenant) -> None:
    owner, other, room = tenant.person("member"), tenant.another("member"), tenant.resource()
    mine = [ok(book(stack, owner, room, hour, title=f"Mine {hour}")) for hour in range(3)]
    ok(book(stack, owner, room, 3, status="held"))
    ok(book(stack, owner, room, **around_now(-30, 30)))
    ok(change(stack, owner, "cancel", mine[1]))
    ok(book(stack, other, room, 4, title="Theirs"))
    upcoming = "reservations?status=eq.confirmed&starts_at=gte.now&order=starts_at&select=title,resources(name)"
    room_name = {"resources": {"name": "Room 1"}}
    assert ok(stack.request(owner, "GET", upcoming)) == [
        {"title": "Mine 0", **room_name}, {"title": "Mine 2", **room_name},
    ]  # fmt: skip
    assert ok(stack.request(other, "GET", upcoming)) == [{"title": "Theirs", **room_name}]

    calendar = f"calendar?resource_id=eq.{room}&order=starts_at&select=kind,status,title,owner_id,reservation_id"
    seen = ok(stack.request(other, "GET", calendar))
    busy = {"kind": "reservation", "status": None, "title": None, "owner_id": None, "reservation_id": None}
    assert seen[:-1] == [busy] * 4
    assert (seen[-1]["title"], seen[-1]["owner_id"]) == ("Theirs", str(other.user_id))
    everything = ok(stack.request(tenant.person("approver"), "GET", calendar))
    assert [entry["status"] for entry in everything] == ["confirmed", "confirmed", "confirmed", "held", "confirmed"]


def test_what_is_to_block_must_not_overlap(stack: Stack, tenant: Tenant) -> None:
    """409 with the pairs; once they are out of each other's way, the tentative one blocks."""
    owner, manager, room = tenant.person("member"), tenant.person("manager"), tenant.resource()
    firm = ok(book(stack, owner, room))
    tentative = [ok(book(stack, owner, room, hour, status="tentative")) for hour in (0, 1)]
    one, blocking = f"resources?id=eq.{room}", {"blocking_statuses": ["tentative", "held", "confirmed", "checked_in"]}
    answer = stack.request(manager, "PATCH", one, blocking)
    assert refused(answer) == (409, "capacity_in_use")
    (pair,) = details(answer)["conflicts"]
    assert sorted(pair["reservation_ids"]) == sorted([firm["id"], tentative[0]["id"]])
    assert datetime.fromisoformat(pair["starts_at"]) == datetime.fromisoformat(firm["starts_at"])
    assert ok(book(stack, owner, room, 1))["status"] == "confirmed"
    assert len(details(stack.request(manager, "PATCH", one, blocking))["conflicts"]) == 2
    for number, reservation in enumerate(tentative):
        ok(change(stack, owner, "reschedule", reservation, **slot(5 + number)))
    assert stack.request(manager, "PATCH", one, blocking) == (204, None)
    assert refused(book(stack, owner, room, 5)) == (409, "slot_taken")


# Once is enough


@pytest.mark.parametrize(
    ("action", "status", "arguments"),
    [
        ("extend_hold", "held", {}),
        ("pencil", "held", {"pencil_ttl": "25 hours"}),
        ("pencil", "tentative", {"reason": "Nearly."}),
        ("confirm", "held", {}),
        ("check_in", "confirmed", {}),
        ("complete", "confirmed", {"reason": "Done."}),
        ("update", "confirmed", {"title": "Concert", "metadata": {"a": 1}}),
    ],
)
def test_a_change_with_a_key_is_made_once(
    stack: Stack, tenant: Tenant, action: str, status: str, arguments: dict[str, Any]
) -> None:
    owner, room, key = tenant.person("member"), tenant.resource(), {"Idempotency-Key": str(uuid.uuid4())}
    made = ok(book(stack, owner, room, **around_now(-5, 60), status=status))
    function = "rpc/" + (action if action == "extend_hold" else f"{action}_reservation")
    body = {"reservation_id": made["id"], "expected_version": 1, **arguments}
    first, again = (stack.send(owner, "POST", function, body, key) for _ in range(2))
    assert (first.status, again.status) == (200, 200), first.data
    assert (first.data, again.headers.get("Idempotency-Replayed")) == (again.data, "true")
    assert (first.json()["version"], see(stack, owner, made)) == (2, first.json())
    assert len(told(stack, owner)) == 2
    other = stack.request(owner, "POST", function, {**body, "reason": "Another."}, key)
    assert refused(other) == (422, "idempotency_key_reused")
    assert refused(stack.request(owner, "POST", function, body)) == (409, "version_conflict")
