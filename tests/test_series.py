"""Series over HTTP: what recurs is made, seen, moved and cancelled as the contract says, or not at all."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3

from tests.conftest import Person, Stack, Tenant, make_tenant
from tests.gateway_fixtures import Gateway, assert_error
from tests.test_bundles import count
from tests.test_events import page, settle
from tests.test_lifecycle import Answer, details, ok, refused, rule, see
from tests.test_races import assert_invariants

TABLES = ("series", "reservations", "claims", "events", "idempotency_keys")


def wanted(resource_id: uuid.UUID, **more: Any) -> dict[str, Any]:
    """At nine on Monday, Wednesday and Friday of a week in January."""
    return {
        "resource_id": str(resource_id), "rrule": "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=3",
        "local_start": "2100-01-04T09:00:00", "duration": "1 hour", **more,
    }  # fmt: skip


def make(stack: Stack, person: Person, resource_id: uuid.UUID, **more: Any) -> Answer:
    return stack.rpc(person, "create_series", **wanted(resource_id, **more))


def edit(stack: Stack, person: Person, action: str, made: dict[str, Any], **arguments: Any) -> Answer:
    return stack.rpc(person, f"{action}_series", series_id=made["series_id"], **arguments)


def starts(reservations: list[dict[str, Any]]) -> list[str]:
    """Day and time, in UTC, which Berlin is an hour before."""
    times = (datetime.fromisoformat(one["starts_at"]).astimezone(UTC) for one in reservations)
    return [f"{time:%d %H:%M}" for time in times]


def counts(tenant: Tenant) -> dict[str, int]:
    return {table: count(tenant, table) for table in TABLES}


def view(stack: Stack, person: Person, made: dict[str, Any]) -> Any:
    query = f"series?id=eq.{made['series_id']}&select=*,reservations(*)&reservations.order=starts_at"
    rows = ok(stack.request(person, "GET", query))
    return rows[0] if rows else None


MADE = ["04 08:00", "06 08:00", "08 08:00"]


# What is made


def test_a_series_and_its_occurrences(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    made = ok(make(stack, owner, room, title="Yoga", notes="Mats.", metadata={"for": "all"}))
    assert set(made) == {"series_id", "created", "rejected"}
    assert (starts(made["created"]), made["rejected"]) == (MADE, [])
    assert {(r["series_id"], r["title"], r["notes"], r["status"], r["owner_id"]) for r in made["created"]} == {
        (made["series_id"], "Yoga", "Mats.", "confirmed", str(owner.user_id))
    }
    assert all(r["original_starts_at"] == r["starts_at"] for r in made["created"])
    seen = view(stack, owner, made)
    assert seen["reservations"] == made["created"]
    assert seen.items() >= {
        **wanted(room), "duration": "01:00:00", "timezone": "Europe/Berlin", "local_end": None, "title": "Yoga",
        "version": 1, "owner_id": str(owner.user_id), "cancelled_at": None,
    }.items()  # fmt: skip
    assert (seen["rdates"], seen["exdates"]) == ([], [])
    (one,) = ok(stack.request(owner, "GET", f"reservations?id=eq.{made['created'][1]['id']}&select=id,series(title)"))
    assert one["series"] == {"title": "Yoga"}
    assert count(tenant, "claims") == 3
    assert_invariants(tenant)


def test_wall_clock_dates_beside_the_rule_and_the_jump_of_the_clocks(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()

    def made(**arguments: Any) -> list[tuple[str, str]]:
        created = ok(make(stack, owner, room, **arguments))["created"]
        return list(zip(starts(created), starts([{"starts_at": r["ends_at"]} for r in created]), strict=True))

    night = {"rrule": "FREQ=DAILY;COUNT=3", "local_start": "2030-03-29T22:00", "duration": None, "local_end": "06:00"}
    assert made(**night) == [("29 21:00", "30 05:00"), ("30 21:00", "31 04:00"), ("31 20:00", "01 04:00")]
    gap = {"rrule": "FREQ=DAILY;COUNT=3", "local_start": "2031-03-29T02:30"}
    assert [start for start, _ in made(**gap)] == ["29 01:30", "31 00:30", "01 00:30"]
    assert [start for start, _ in made(**gap | {"local_start": "2032-03-27T02:30"}, dst_gap="shift")] == [
        "27 01:30", "28 01:30", "29 00:30"
    ]  # fmt: skip
    more = {"exdates": ["2100-01-06T09:00"], "rdates": ["2100-01-09T12:00"], "timezone": "Asia/Kolkata"}
    assert [start for start, _ in made(**more)] == ["04 03:30", "08 03:30", "09 06:30"]
    assert [start for start, _ in made(rrule=None, rdates=["2100-02-01T09:00"])] == ["01 08:00"]
    assert_invariants(tenant)


def test_what_is_taken_refuses_all_and_is_named(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    ok(make(stack, owner, room))
    before = counts(tenant)
    answer = make(stack, owner, room, rrule="FREQ=DAILY;COUNT=6", local_start="2100-01-03T09:30:00")
    assert refused(answer) == (409, "slot_taken")
    said = details(answer)
    assert starts(said["rejected"]) == ["04 08:30", "06 08:30", "08 08:30"]
    for one in said["rejected"]:
        assert set(one) == {"starts_at", "ends_at", "code", "status", "details", "hint"}
        assert (one["code"], one["status"]) == ("slot_taken", 409)
    assert starts(said["conflicts"]) == MADE
    assert "3 of 6" in answer[1]["hint"]
    assert counts(tenant) == before
    # Or books the rest.
    made = ok(make(stack, owner, room, rrule="FREQ=DAILY;COUNT=6", local_start="2100-01-03T09:30", on_conflict="skip"))
    assert starts(made["created"]) == ["03 08:30", "05 08:30", "07 08:30"]
    assert made["rejected"] == said["rejected"]
    told = ok(stack.rpc(owner, "series_occurrences", series_id=made["series_id"]))
    assert [one["status"] for one in told] == ["confirmed", None] * 3
    assert [one["reservation_id"] for one in told][::2] == [r["id"] for r in made["created"]]
    # Where there is nothing to be had, there is no series.
    nothing = ok(make(stack, owner, room, on_conflict="skip"))
    assert (nothing["series_id"], nothing["created"], len(nothing["rejected"])) == (None, [], 3)
    assert count(tenant, "series") == 2
    assert_invariants(tenant)


def test_blackouts_and_the_past_are_named_too(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    ok(
        stack.rpc(
            tenant.person("manager"), "create_blackout", resource_ids=[str(room)],
            starts_at="2100-01-06T00:00Z", ends_at="2100-01-07T00:00Z", reason="Paint",
        )
    )  # fmt: skip
    answer = make(stack, owner, room, rdates=["2001-01-01T09:00"])
    assert refused(answer) == (422, "too_soon")
    assert [(one["code"], one["status"]) for one in details(answer)["rejected"]] == [
        ("too_soon", 422),
        ("blackout", 409),
    ]
    made = ok(make(stack, owner, room, rdates=["2001-01-01T09:00"], on_conflict="skip"))
    assert [one["code"] for one in made["rejected"]] == ["too_soon", "blackout"]
    assert made["rejected"][1]["details"]["blackout"]["reason"] == "Paint"
    assert starts(made["created"]) == [MADE[0], MADE[2]]


def test_a_preview_answers_the_same_and_books_nothing(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    ok(make(stack, owner, room))
    before = counts(tenant)
    asked = {"rrule": "FREQ=DAILY;COUNT=6", "local_start": "2100-01-03T09:30:00", "title": "Yoga"}

    def without_ids(answer: Any) -> Any:
        fleeting = {"id", "series_id", "created_at", "updated_at", "status_since"}
        return [{k: v for k, v in r.items() if k not in fleeting} for r in answer["created"]], answer["rejected"]

    preview = ok(stack.rpc(owner, "preview_series", **wanted(room, **asked, on_conflict="skip")))
    dry = ok(make(stack, owner, room, **asked, on_conflict="skip", dry_run=True))
    assert counts(tenant) == before
    assert without_ids(dry) == without_ids(preview)
    assert (preview["series_id"], {(r["id"], r["series_id"]) for r in preview["created"]}) == (None, {(None, None)})
    refusal = stack.rpc(owner, "preview_series", **wanted(room, **asked))
    assert refused(refusal) == (409, "slot_taken")
    assert counts(tenant) == before
    assert refusal == make(stack, owner, room, **asked)
    made = ok(make(stack, owner, room, **asked, on_conflict="skip"))
    assert without_ids(made) == without_ids(preview)


def test_a_thousand_in_one_call(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    year_and_more = {"rrule": "FREQ=DAILY;COUNT=1000", "local_start": "2100-01-01T09:00:00"}
    made = ok(make(stack, owner, room, **year_and_more))
    assert (len(made["created"]), made["rejected"], count(tenant, "claims")) == (1000, [], 1000)
    too_many = make(stack, owner, room, **year_and_more | {"rrule": "FREQ=DAILY;COUNT=1001"})
    assert refused(too_many) == (422, "too_many_occurrences")
    again = make(stack, owner, room, **year_and_more | {"rrule": "FREQ=DAILY;COUNT=300"})
    assert refused(again) == (409, "slot_taken")
    assert len(details(again)["rejected"]) == 300
    moved = ok(edit(stack, owner, "reschedule", made, shift="30 minutes"))
    assert len(moved["reservations"]) == 1000
    assert len(ok(edit(stack, owner, "cancel", made))["reservations"]) == 1000
    assert count(tenant, "claims") == 0
    assert_invariants(tenant)


def test_rules_bound_a_series(stack: Stack, tenant: Tenant) -> None:
    owner, manager, room = tenant.person("member"), tenant.person("manager"), tenant.resource()
    rule(stack, tenant, max_occurrences=2)
    before = counts(tenant)
    answer = make(stack, owner, room)
    assert refused(answer) == (422, "too_many_occurrences")
    assert details(answer)["limit"] == 2
    assert refused(make(stack, owner, room, override=True, reason="Please.")) == (403, "forbidden")
    assert refused(make(stack, manager, room, override=True)) == (400, "invalid_argument")
    assert counts(tenant) == before
    assert len(ok(make(stack, manager, room, override=True, reason="The mayor."))["created"]) == 3


# What is edited


def test_one_occurrence(stack: Stack, tenant: Tenant) -> None:
    owner, room, other = tenant.person("member"), tenant.resource(), tenant.resource("Room 2")
    made = ok(make(stack, owner, room, title="Yoga"))
    second = made["created"][1]
    this = {"scope": "this", "reservation_id": second["id"]}
    moved = ok(edit(stack, owner, "reschedule", made, **this, shift="2 hours"))
    assert (moved["series_id"], starts(moved["reservations"])) == (made["series_id"], ["06 10:00"])
    assert moved["reservations"][0]["original_starts_at"] == second["starts_at"]
    assert moved["reservations"] == [see(stack, owner, second)]
    moved = ok(edit(stack, owner, "reschedule", made, **this, local_start="2100-01-07T10:00", resource_id=str(other)))
    assert starts(moved["reservations"]) == ["07 09:00"]
    ok(edit(stack, owner, "update", made, **this, title="Bring mats"))
    ok(edit(stack, owner, "cancel", made, scope="this", reservation_id=made["created"][0]["id"], reason="Ill"))
    seen = view(stack, owner, made)
    assert [(r["title"], r["status"]) for r in seen["reservations"]] == [
        ("Yoga", "cancelled"), ("Bring mats", "confirmed"), ("Yoga", "confirmed")
    ]  # fmt: skip
    assert (seen["title"], seen["version"], seen["cancelled_at"]) == ("Yoga", 5, None)
    told = ok(stack.rpc(owner, "series_occurrences", series_id=made["series_id"]))
    assert list(told[1]) == [
        "original_starts_at",
        "reservation_id",
        "starts_at",
        "ends_at",
        "resource_id",
        "title",
        "status",
    ]
    assert [(one["original_starts_at"] == one["starts_at"], one["resource_id"]) for one in told] == [
        (True, str(room)), (False, str(other)), (True, str(room))
    ]  # fmt: skip
    assert_invariants(tenant)


def test_all_of_them_but_for_those_that_were_moved(stack: Stack, tenant: Tenant) -> None:
    owner, room, other = tenant.person("member"), tenant.resource(), tenant.resource("Room 2")
    made = ok(make(stack, owner, room))
    ok(edit(stack, owner, "reschedule", made, scope="this", reservation_id=made["created"][1]["id"], shift="5 hours"))
    moved = ok(edit(stack, owner, "reschedule", made, shift="1 hour"))
    assert starts(moved["reservations"]) == ["04 09:00", "08 09:00"]
    assert starts(view(stack, owner, made)["reservations"]) == ["04 09:00", "06 13:00", "08 09:00"]
    # The new start of the series, or of an occurrence
    moved = ok(edit(stack, owner, "reschedule", made, local_start="2100-01-04T11:00"))
    assert starts(moved["reservations"]) == ["04 10:00", "08 10:00"]
    third = made["created"][2]["id"]
    moved = ok(edit(stack, owner, "reschedule", made, reservation_id=third, local_start="2100-01-09T12:00"))
    assert starts(moved["reservations"]) == ["05 11:00", "09 11:00"]
    moved = ok(edit(stack, owner, "reschedule", made, shift="1 week", include_moved=True))
    assert starts(moved["reservations"]) == ["12 11:00", "13 13:00", "16 11:00"]
    moved = ok(edit(stack, owner, "reschedule", made, resource_id=str(other), local_end="14:00"))
    assert {one["resource_id"] for one in moved["reservations"]} == {str(other)}
    assert starts([{"starts_at": one["ends_at"]} for one in moved["reservations"]]) == ["12 13:00", "16 13:00"]
    seen = view(stack, owner, made)
    assert (seen["resource_id"], seen["duration"], seen["version"]) == (str(other), None, 7)
    assert_invariants(tenant)


def test_one_and_the_following_become_a_series_of_their_own(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    made = ok(make(stack, owner, room, title="Yoga"))
    first, second, third = made["created"]
    moved = ok(edit(stack, owner, "reschedule", made, scope="following", reservation_id=second["id"], shift="1 hour"))
    assert moved["series_id"] != made["series_id"]
    assert starts(moved["reservations"]) == ["06 09:00", "08 09:00"]
    assert {one["series_id"] for one in moved["reservations"]} == {moved["series_id"]}
    assert [one["id"] for one in view(stack, owner, made)["reservations"]] == [first["id"]]
    assert refused(
        edit(stack, owner, "update", made, scope="following", reservation_id=second["id"], title="X")
    ) == (404, "not_found")  # fmt: skip
    titled = ok(edit(stack, owner, "update", moved, scope="following", reservation_id=third["id"], title="Advanced"))
    assert len({made["series_id"], moved["series_id"], titled["series_id"]}) == 3
    assert [one["title"] for one in titled["reservations"]] == ["Advanced"]
    cancelled = ok(edit(stack, owner, "cancel", titled, scope="following", reservation_id=third["id"], reason="Ill"))
    assert [(one["status"], one["status_reason"]) for one in cancelled["reservations"]] == [("cancelled", "Ill")]
    assert view(stack, owner, titled)["cancelled_at"]
    rows = ok(stack.request(owner, "GET", "series?select=title"))
    assert sorted(row["title"] for row in rows) == ["Advanced", "Yoga", "Yoga"]
    assert_invariants(tenant)


def test_a_move_that_is_refused_names_all_and_changes_nothing(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    made = ok(make(stack, owner, room))
    in_the_way = ok(
        make(stack, owner, room, rrule="FREQ=WEEKLY;BYDAY=WE,FR;COUNT=2", local_start="2100-01-06T12:00:00")
    )
    before, seen = counts(tenant), view(stack, owner, made)
    answer = edit(stack, owner, "reschedule", made, shift="2.5 hours")
    assert refused(answer) == (409, "slot_taken")
    said = details(answer)
    assert starts(said["rejected"]) == ["06 10:30", "08 10:30"]
    assert {one["code"] for one in said["rejected"]} == {"slot_taken"}
    assert starts(said["conflicts"]) == starts(in_the_way["created"])
    assert (counts(tenant), view(stack, owner, made)) == (before, seen)
    past = edit(stack, owner, "reschedule", made, local_start="2091-01-08T09:00", expected_version=1)
    ok(past)
    assert refused(edit(stack, owner, "reschedule", made, local_start="2101-01-08T09:00", expected_version=1)) == (
        409, "version_conflict",
    )  # fmt: skip
    # By what else of it moves, none is kept from moving.
    daily = ok(
        make(stack, owner, room, rrule="FREQ=DAILY;COUNT=5", duration="24 hours", local_start="2100-03-01T00:00")
    )
    assert len(ok(edit(stack, owner, "reschedule", daily, shift="1 day"))["reservations"]) == 5
    # Of a length that puts them in each other's way
    answer = edit(stack, owner, "reschedule", daily, duration="25 hours")
    assert refused(answer) == (409, "slot_taken")
    assert len(details(answer)["rejected"]) == 5
    assert_invariants(tenant)


def test_what_is_over_stays(stack: Stack, tenant: Tenant) -> None:
    """Three hours ago, an hour ago, in an hour, in three; the second has begun."""
    owner, room = tenant.person("member"), tenant.resource()
    manager = tenant.person("manager")
    start = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(hours=3)
    made = ok(
        make(
            stack, manager, room, rrule=None, local_start=start.isoformat(), timezone="UTC", duration="90 minutes",
            rdates=[(start + timedelta(hours=2 * n)).isoformat() for n in range(4)], owner_id=str(owner.user_id),
            override=True, reason="Noted late",
        )
    )  # fmt: skip
    ids = [one["id"] for one in made["created"]]
    moved = ok(edit(stack, owner, "reschedule", made, shift="1 day"))
    assert [one["id"] for one in moved["reservations"]] == ids[2:]
    assert [one["id"] for one in ok(edit(stack, owner, "update", made, title="X"))["reservations"]] == ids[2:]
    assert [one["id"] for one in ok(edit(stack, owner, "cancel", made))["reservations"]] == ids[2:]
    assert [r["status"] for r in view(stack, owner, made)["reservations"]] == ["confirmed"] * 2 + ["cancelled"] * 2
    for action, arguments in (("cancel", {}), ("update", {"title": "Y"}), ("reschedule", {"shift": "1 day"})):
        assert refused(edit(stack, owner, action, made, **arguments)) == (409, "invalid_transition")
    assert_invariants(tenant)


def test_a_series_that_waits_for_approval(stack: Stack, tenant: Tenant) -> None:
    owner, approver = tenant.person("member"), tenant.person("approver")
    stage = tenant.resource("Stage", requires_approval=True)
    made = ok(make(stack, owner, stage, status="tentative"))
    assert {one["status"] for one in made["created"]} == {"tentative"}
    assert {one["status"] for one in ok(edit(stack, owner, "confirm", made))["reservations"]} == {"pending"}
    assert refused(edit(stack, owner, "approve", made)) == (403, "forbidden")
    second = {"scope": "following", "reservation_id": made["created"][1]["id"]}
    assert len(ok(edit(stack, approver, "reject", made, **second, reason="Full"))["reservations"]) == 2
    assert [one["status"] for one in ok(edit(stack, approver, "approve", made))["reservations"]] == ["confirmed"]
    assert refused(edit(stack, approver, "approve", made)) == (409, "invalid_transition")
    assert refused(edit(stack, owner, "reschedule", made, shift="1 hour")) == (403, "forbidden")
    assert [r["status"] for r in view(stack, owner, made)["reservations"]] == ["confirmed", "rejected", "rejected"]
    assert_invariants(tenant)


def test_a_deleted_occurrence_never_returns(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    made = ok(make(stack, owner, room))
    tenant.connection.execute("delete from booking.reservations where id = %s", (made["created"][1]["id"],))
    seen = view(stack, owner, made)
    assert (seen["exdates"], seen["version"], len(seen["reservations"])) == (["2100-01-06T09:00:00"], 2, 2)
    ok(edit(stack, owner, "reschedule", made, shift="1 hour"))
    assert view(stack, owner, made)["exdates"] == ["2100-01-06T10:00:00"]
    assert starts(ok(stack.rpc(owner, "series_occurrences", series_id=made["series_id"]))) == ["04 09:00", "08 09:00"]
    assert_invariants(tenant)


# Who may


def test_nobody_elses(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    made = ok(make(stack, owner, room))
    foreign = make_tenant(tenant.connection)
    before = counts(tenant)
    first = made["created"][0]["id"]
    calls: list[tuple[str, dict[str, Any]]] = [
        ("series_occurrences", {}), ("reschedule_series", {"shift": "1 hour"}), ("cancel_series", {}),
        ("update_series", {"title": "X"}), ("update_series", {"title": "X", "scope": "this", "reservation_id": first}),
        ("confirm_series", {}), ("approve_series", {}), ("reject_series", {}),
    ]  # fmt: skip
    for stranger in (tenant.another("member"), foreign.person("member"), foreign.person("admin")):
        assert ok(stack.request(stranger, "GET", "series?select=*,reservations(*)")) == []
        for function, arguments in calls:
            there = stack.rpc(stranger, function, series_id=made["series_id"], **arguments)
            assert refused(there) == (404, "not_found")
            # Nothing tells it from one that does not exist.
            unknown = str(uuid.uuid4())
            nowhere = stack.rpc(stranger, function, series_id=unknown, **arguments)
            assert json.dumps(there).replace(made["series_id"], unknown) == json.dumps(nowhere)
    assert refused(stack.rpc(foreign.person("member"), "create_series", **wanted(room))) == (404, "not_found")
    assert refused(make(stack, foreign.person("admin"), foreign.resource(), owner_id=str(owner.user_id))) == (
        404, "not_found",
    )  # fmt: skip
    assert counts(tenant) == before
    anonymous = stack.rpc(None, "series_occurrences", series_id=made["series_id"])
    assert anonymous[0] == 401
    # An id that is taken elsewhere is free here.
    assert ok(
        stack.rpc(foreign.person("member"), "create_series", **wanted(foreign.resource("B"), id=made["series_id"]))
    )
    assert refused(make(stack, owner, tenant.resource("B"), id=made["series_id"])) == (409, "duplicate_id")
    # Who is above may see and change it.
    assert view(stack, tenant.person("approver"), made)
    assert refused(edit(stack, tenant.person("approver"), "update", made, title="X")) == (403, "forbidden")
    assert refused(edit(stack, tenant.person("approver"), "reschedule", made, shift="1 hour")) == (403, "forbidden")
    assert ok(edit(stack, tenant.person("manager"), "reschedule", made, shift="1 hour"))


# Bad input

LONG = "x" * 2001
BAD_SERIES: list[tuple[dict[str, Any], int, str | None]] = [
    # What is no value of its type PostgreSQL refuses itself; the slug is None.
    ({"local_start": "someday"}, 400, None),
    ({"local_start": 5}, 400, None),
    ({"local_start": {"at": 9}}, 400, None),
    ({"local_start": "2100-02-30T09:00"}, 400, None),
    ({"local_start": None}, 400, "invalid_recurrence"),
    ({"local_start": "infinity"}, 400, "invalid_recurrence"),
    ({"local_start": "294000-01-01"}, 400, "invalid_recurrence"),
    ({"duration": "x"}, 400, None),
    ({"duration": []}, 400, None),
    ({"duration": None}, 400, "invalid_argument"),
    ({"duration": "0"}, 400, "invalid_time_range"),
    ({"duration": "-1 hour"}, 400, "invalid_time_range"),
    ({"duration": "infinity"}, 400, None),
    ({"duration": "11 years"}, 400, "invalid_time_range"),
    ({"duration": "99999999999 years"}, 400, None),
    ({"local_end": "10:00"}, 400, "invalid_argument"),
    ({"duration": None, "local_end": "25:00"}, 400, "invalid_argument"),
    ({"duration": None, "local_end": "10:00+02"}, 400, "invalid_argument"),
    ({"duration": None, "local_end": "2100-01-04T08:00"}, 400, "invalid_time_range"),
    ({"duration": None, "local_end": "2100-02-30T08:00"}, 400, "invalid_argument"),
    ({"duration": None, "local_end": 5}, 400, "invalid_argument"),
    ({"duration": None, "local_end": {}}, 400, "invalid_argument"),
    ({"local_start": "9999-12-31T23:00", "duration": "3 hours", "rrule": "FREQ=DAILY;COUNT=1"}, 400, "invalid_time_range"),
    ({"local_start": "9999-12-31T23:00", "duration": "10 years"}, 400, None),
    ({"local_start": "9999-12-31T23:00", "duration": None, "local_end": "22:00"}, 400, None),
    ({"timezone": "Berlin"}, 400, "unknown_timezone"),
    ({"timezone": "CET-1"}, 400, "unknown_timezone"),
    ({"timezone": 1}, 400, "unknown_timezone"),
    ({"timezone": ""}, 400, "unknown_timezone"),
    ({"exdates": "2100-01-06T09:00"}, 400, None),
    ({"exdates": ["x"]}, 400, None),
    ({"exdates": [None]}, 400, "invalid_recurrence"),
    ({"exdates": {"a": 1}}, 400, None),
    ({"exdates": ["2100-01-04T09:00", "2100-01-06T09:00", "2100-01-08T09:00"]}, 400, "invalid_recurrence"),
    ({"rdates": 5}, 400, None),
    ({"rdates": ["infinity"]}, 400, "invalid_recurrence"),
    ({"rdates": [["2100-01-06T09:00"], ["x"]]}, 400, None),
    ({"rrule": "every Monday"}, 400, "invalid_recurrence"),
    ({"rrule": ""}, 400, "invalid_recurrence"),
    ({"rrule": None}, 400, "invalid_recurrence"),
    ({"rrule": 5}, 400, "invalid_recurrence"),
    ({"rrule": "FREQ=WEEKLY"}, 400, "invalid_recurrence"),
    ({"rrule": "FREQ=HOURLY;COUNT=3"}, 400, "invalid_recurrence"),
    ({"rrule": "FREQ=DAILY;COUNT=0"}, 400, "invalid_recurrence"),
    ({"rrule": "FREQ=DAILY;COUNT=1001"}, 422, "too_many_occurrences"),
    ({"rrule": "FREQ=DAILY;COUNT=99999999999"}, 400, "invalid_recurrence"),
    ({"rrule": "FREQ=DAILY;UNTIL=20991231T000000Z"}, 400, "invalid_recurrence"),
    ({"rrule": "FREQ=DAILY;COUNT=3;" + ";".join(["X-A=1"] * 400)}, 400, "invalid_recurrence"),
    ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"}, 400, "invalid_recurrence"),
    ({"rrule": "FREQ=DAILY;COUNT=3\u0000"}, 400, None),
    ({"on_conflict": "replace"}, 400, "invalid_argument"),
    ({"on_conflict": None}, 400, "invalid_argument"),
    ({"dst_gap": "jump"}, 400, "invalid_argument"),
    ({"units": 0}, 400, "invalid_argument"),
    ({"units": None}, 400, "invalid_argument"),
    ({"units": "two"}, 400, None),
    ({"units": 1.5}, 400, None),
    ({"units": 2}, 422, "too_many_units"),
    ({"units": 2**40}, 400, None),
    ({"unit": 2}, 400, "invalid_argument"),
    ({"unit": 0}, 400, "invalid_argument"),
    ({"title": LONG}, 400, "invalid_argument"),
    ({"notes": LONG * 6}, 400, "invalid_argument"),
    ({"metadata": []}, 400, "invalid_argument"),
    ({"metadata": {"a": LONG * 9}}, 400, "invalid_argument"),
    ({"reason": LONG}, 400, "invalid_argument"),
    ({"status": "checked_in"}, 400, "invalid_argument"),
    ({"status": None}, 400, "invalid_argument"),
    ({"pencil_ttl": "1 day"}, 400, "invalid_argument"),
    ({"priority": "high"}, 400, None),
    ({"priority": 2**31}, 400, None),
    ({"override": "maybe"}, 400, None),
    ({"override": True, "reason": "I may."}, 403, "forbidden"),
    ({"owner_id": str(uuid.uuid4())}, 403, "forbidden"),
    ({"owner_id": "me"}, 400, None),
    ({"id": "mine"}, 400, None),
    ({"resource_id": "room"}, 400, None),
    ({"resource_id": None}, 404, "not_found"),
    ({"resource_id": str(uuid.uuid4())}, 404, "not_found"),
    ({"dry_run": "x"}, 400, None),
]  # fmt: skip


def expect(answer: Answer, status: int, slug: str | None) -> None:
    if slug:
        assert refused(answer) == (status, slug)
    else:
        assert answer[0] == status, answer
        assert answer[1]["code"].startswith(("22", "PT")), answer


def test_bad_series(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    wrong = []
    for bad, status, slug in BAD_SERIES:
        for function in ("create_series", "preview_series"):
            before = counts(tenant)
            if function == "preview_series" and "dry_run" in bad:
                continue
            answer = stack.rpc(owner, function, **{**wanted(room), **bad})
            try:
                expect(answer, status, slug)
                assert counts(tenant) == before
            except AssertionError:
                wrong.append((function, str(bad)[:100], status, slug, answer))
    assert not wrong, "\n".join(map(str, wrong))
    # A name that does not exist, and one that is missing, are no function's at all.
    before = counts(tenant)
    assert make(stack, owner, room, colour="red")[0] == 404
    without = {name: value for name, value in wanted(room).items() if name != "rrule"}
    assert stack.rpc(owner, "create_series", **without)[0] == 404
    assert counts(tenant) == before


BAD_EDITS: list[tuple[str, dict[str, Any], int, str | None]] = [
    *[(action, {"scope": scope, **more}, 400, "invalid_argument")
      for action, more in (("cancel", {}), ("update", {"title": "X"}), ("reschedule", {"shift": "1 hour"}), ("confirm", {}))
      for scope in (5, None, "some", "", [], {}, "THIS", "this", "following")],
    *[(action, {"scope": "this", "reservation_id": str(uuid.uuid4()), **more}, 404, "not_found")
      for action, more in (("cancel", {}), ("update", {"title": "X"}), ("reschedule", {"shift": "1 hour"}))],
    *[(action, {"expected_version": 9, **more}, 409, "version_conflict")
      for action, more in (("cancel", {}), ("update", {"title": "X"}), ("reschedule", {"shift": "1 hour"}))],
    ("cancel", {"reservation_id": "x"}, 400, None),
    ("cancel", {"expected_version": "x"}, 400, None),
    ("cancel", {"reason": LONG}, 400, "invalid_argument"),
    ("cancel", {"series_id": None}, 404, "not_found"),
    ("cancel", {"series_id": 7}, 400, None),
    ("cancel", {"override": True, "reason": "I may."}, 403, "forbidden"),
    ("approve", {}, 409, "invalid_transition"),
    ("confirm", {}, 409, "invalid_transition"),
    ("reject", {}, 409, "invalid_transition"),
    ("update", {"title": LONG}, 400, "invalid_argument"),
    ("update", {"metadata": "x"}, 400, "invalid_argument"),
    ("update", {"metadata": []}, 400, "invalid_argument"),
    ("reschedule", {}, 400, "invalid_argument"),
    ("reschedule", {"shift": "x"}, 400, None),
    ("reschedule", {"shift": {}}, 400, None),
    ("reschedule", {"shift": "infinity"}, 400, None),
    ("reschedule", {"shift": "-infinity"}, 400, None),
    ("reschedule", {"shift": "11 years"}, 400, "invalid_argument"),
    ("reschedule", {"shift": "-200 years"}, 400, "invalid_argument"),
    ("reschedule", {"shift": "178000000 years"}, 400, None),
    ("reschedule", {"shift": "1 hour", "local_start": "2100-01-04T10:00"}, 400, "invalid_argument"),
    ("reschedule", {"local_start": "tomorrow noon"}, 400, None),
    ("reschedule", {"local_start": "infinity"}, 400, None),
    ("reschedule", {"local_start": "-infinity"}, 400, None),
    ("reschedule", {"local_start": "9999-12-31T23:59"}, 400, "invalid_argument"),
    ("reschedule", {"local_start": "2001-01-01T09:00"}, 400, "invalid_argument"),
    ("reschedule", {"duration": "0"}, 400, "invalid_time_range"),
    ("reschedule", {"duration": "-1 hour"}, 400, "invalid_time_range"),
    ("reschedule", {"duration": "x"}, 400, None),
    ("reschedule", {"duration": "1 hour", "local_end": "10:00"}, 400, "invalid_argument"),
    ("reschedule", {"local_end": "x"}, 400, "invalid_argument"),
    ("reschedule", {"local_end": "2100-01-04T08:00"}, 400, "invalid_time_range"),
    ("reschedule", {"resource_id": "x"}, 400, None),
    ("reschedule", {"include_moved": "x", "shift": "1 hour"}, 400, None),
    ("reschedule", {"override": True, "shift": "1 hour", "reason": "I may."}, 403, "forbidden"),
]  # fmt: skip


def test_bad_edits(stack: Stack, tenant: Tenant) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    made = ok(make(stack, owner, room))
    other = ok(make(stack, owner, tenant.resource("B")))
    foreign = {"scope": "this", "reservation_id": other["created"][0]["id"]}
    before, seen = counts(tenant), view(stack, owner, made)
    wrong = []
    for action, bad, status, slug in [*BAD_EDITS, ("cancel", foreign, 404, "not_found")]:
        answer = stack.rpc(owner, f"{action}_series", **{"series_id": made["series_id"], **bad})
        try:
            expect(answer, status, slug)
            assert (counts(tenant), view(stack, owner, made)) == (before, seen)
        except AssertionError:
            wrong.append((action, str(bad)[:100], status, slug, answer))
    assert not wrong, "\n".join(map(str, wrong))
    assert stack.rpc(owner, "series_occurrences", series_id="x")[0] == 400
    assert refused(stack.rpc(owner, "series_occurrences", series_id=None)) == (404, "not_found")
    for method in ("PATCH", "DELETE"):
        assert stack.request(owner, method, f"series?id=eq.{made['series_id']}", {"title": "X"})[0] in (401, 403)


def test_a_series_moves_to_no_resource_that_is_none(stack: Stack, tenant: Tenant) -> None:
    owner, elsewhere = tenant.person("member"), make_tenant(tenant.connection).resource()
    made = ok(make(stack, owner, tenant.resource()))
    this = {"scope": "this", "reservation_id": made["created"][0]["id"]}
    for nowhere in (elsewhere, uuid.uuid4()):
        assert refused(edit(stack, owner, "reschedule", made, **this, resource_id=str(nowhere))) == (404, "not_found")
        assert refused(edit(stack, owner, "reschedule", made, resource_id=str(nowhere))) == (404, "not_found")


@pytest.mark.parametrize(
    "dates",
    ["rdates", "exdates"],
)
def test_dates_in_a_list_of_lists(stack: Stack, tenant: Tenant, dates: str) -> None:
    answer = make(stack, tenant.person("member"), tenant.resource(), **{dates: [["2100-01-06T09:00"], [None]]})
    assert refused(answer) == (400, "invalid_recurrence")


# Once


@pytest.fixture(params=["postgrest", "gateway"])
def send(request: pytest.FixtureRequest, stack: Stack, gateway: Gateway) -> Callable[..., urllib3.BaseHTTPResponse]:
    """A call with a key, by each of the two roads."""

    def call(person: Person, function: str, key: str, **arguments: Any) -> urllib3.BaseHTTPResponse:
        headers = {"Idempotency-Key": key}
        if request.param == "gateway":
            return gateway.send(person, "POST", f"/rest/v1/rpc/{function}", arguments, headers)
        return stack.send(person, "POST", f"rpc/{function}", arguments, headers)

    return call


def test_one_key_one_effect(stack: Stack, tenant: Tenant, send: Callable[..., urllib3.BaseHTTPResponse]) -> None:
    owner, room = tenant.person("member"), tenant.resource()

    def twice(function: str, **arguments: Any) -> Any:
        key = str(uuid.uuid4())
        first, again = (send(owner, function, key, **arguments) for _ in range(2))
        assert (first.status, again.status, again.data) == (200, 200, first.data), first.data
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        for other in ({**arguments, "title": "Other"}, {**arguments, "reason": "Other"}):
            if function == "create_series" or "reason" in other:
                assert_error(send(owner, function, key, **other), 422, "idempotency_key_reused")
        return first.json()

    made = twice("create_series", **wanted(room))
    assert (count(tenant, "series"), count(tenant, "reservations")) == (1, 3)
    second = {"series_id": made["series_id"], "scope": "following", "reservation_id": made["created"][1]["id"]}
    moved = twice("reschedule_series", **second, shift="1 hour")
    assert starts(moved["reservations"]) == ["06 09:00", "08 09:00"]
    twice("update_series", series_id=moved["series_id"], title="Yoga")
    assert view(stack, owner, moved)["version"] == 2
    assert len(twice("cancel_series", series_id=moved["series_id"])["reservations"]) == 2
    assert (count(tenant, "series"), count(tenant, "reservations"), count(tenant, "claims")) == (2, 3, 1)
    # A preview does nothing, so it needs no key, nor uses one up.
    key, elsewhere = str(uuid.uuid4()), tenant.resource("Elsewhere")
    assert send(owner, "preview_series", key, **wanted(elsewhere)).json()["series_id"] is None
    assert send(owner, "create_series", key, **wanted(elsewhere), dry_run=True).json()["series_id"] is None
    assert send(owner, "create_series", key, **wanted(elsewhere)).json()["series_id"]
    assert_invariants(tenant)


def test_through_the_gateway(stack: Stack, gateway: Gateway, tenant: Tenant) -> None:
    """A refusal of all, with every one that cannot be had, is what PostgREST says."""
    owner, room = tenant.person("member"), tenant.resource()

    def call(function: str, **arguments: Any) -> Any:
        return gateway.send(owner, "POST", f"/rest/v1/rpc/{function}", arguments)

    made = call("create_series", **wanted(room)).json()
    refusal = call("create_series", **wanted(room))
    assert_error(refusal, 409, "slot_taken")
    assert refusal.json() == make(stack, owner, room)[1]
    assert starts(json.loads(refusal.json()["details"])["rejected"]) == MADE
    assert [r["id"] for r in call("reschedule_series", series_id=made["series_id"], shift="1 hour").json()["reservations"]] == [
        r["id"] for r in made["created"]
    ]  # fmt: skip
    rows = gateway.send(owner, "GET", "/rest/v1/series?select=*,reservations(*)").json()
    assert [len(row["reservations"]) for row in rows] == [3]
    assert len(call("series_occurrences", series_id=made["series_id"]).json()) == 3


def test_the_log_tells_of_the_series_and_then_of_its_occurrences(
    stack: Stack, gateway: Gateway, tenant: Tenant
) -> None:
    owner, room = tenant.person("member"), tenant.resource()
    made = ok(make(stack, owner, room, title="Yoga"))
    ids = [one["id"] for one in made["created"]]
    third = {"scope": "following", "reservation_id": ids[2]}
    moved = ok(edit(stack, owner, "reschedule", made, **third, shift="1 hour", reason="Trains"))
    ok(edit(stack, owner, "cancel", made, reason="Summer"))
    settle(tenant)
    events = page(gateway, owner, "types=series.*,reservation.*")["events"]

    def subject(event: dict[str, Any]) -> tuple[str, str]:
        kind = event["type"].split(".")[0]
        return event["type"], event["data"][kind]["id"]

    told = [subject(event) for event in events]
    assert told[:4] == [("series.created", made["series_id"]), *(("reservation.confirmed", one) for one in ids)]
    assert sorted(told[4:7]) == sorted(
        [
            ("series.created", moved["series_id"]), ("series.updated", made["series_id"]),
            ("reservation.rescheduled", ids[2]),
        ]
    )  # fmt: skip
    assert sorted(told[7:]) == sorted(
        [("series.cancelled", made["series_id"]), *(("reservation.cancelled", one) for one in ids[:2])]
    )
    assert {event["data"]["reason"] for event in events[7:]} == {"Summer"}
    assert events[0]["data"]["series"]["title"] == "Yoga"
    assert all(event["actor_id"] == str(owner.user_id) for event in events)
    assert [
        subject(event) for event in page(gateway, tenant.another("member"))["events"] if "resource" not in event["type"]
    ] == []
