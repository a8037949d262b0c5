"""Calendar feeds over HTTP, read by parsers that share nothing with what writes them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from tests.calendar_reader import Time, read_times
from tests.conftest import Person, Stack, Tenant
from tests.gateway_fixtures import Gateway, assert_error, client_of


def make_feed(stack: Stack, person: Person, resource_id: uuid.UUID | None = None) -> dict[str, str]:
    status, feed = stack.rpc(person, "create_calendar_feed", resource_id=resource_id and str(resource_id))
    assert status == 200
    return dict(feed)


def book(tenant: Tenant, room: uuid.UUID, owner: Person, start: datetime, end: datetime, title: str) -> uuid.UUID:
    row = tenant.connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, owner_id, starts_at, ends_at, title, status_since)"
        " values (%s, %s, %s, %s, %s, %s, now()) returning id",
        (tenant.id, room, owner.user_id, start, end, title),
    ).fetchone()
    assert row
    return uuid.UUID(str(row[0]))


def clock_changes(zone: str) -> list[datetime]:
    """Noon of the days around the two changes of the clocks that come next in Europe and America, and midnight."""
    now = datetime.now(UTC)
    year = now.year + 1
    days = [(3, 8), (3, 9), (3, 14), (3, 28), (3, 29), (10, 25), (10, 26), (11, 1), (11, 2)]
    return [datetime(year, month, day, hour, 30, tzinfo=UTC) for month, day in days for hour in (0, 1, 6, 12)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Johannesburg"])
def test_instants_are_those_of_the_database(gateway: Gateway, stack: Stack, tenant: Tenant, zone: str) -> None:
    room, person = tenant.resource("Größe; \\ 1, oben", timezone=zone), tenant.person("member")
    booked = [
        Time(start, start + timedelta(minutes=45), f"Übung {number}; a,b\\c", "Größe; \\ 1, oben")
        for number, start in enumerate(clock_changes(zone))
    ]
    for time in booked:
        book(tenant, room, person, time.starts_at, time.ends_at, time.title)
    for feed in (make_feed(stack, person), make_feed(stack, person, room)):
        answer = gateway.send(None, "GET", feed["url"])
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        assert answer.headers["Cache-Control"].startswith("private")
        assert read_times(answer.data.decode()) == sorted(booked)
        events = Calendar.from_ical(answer.data).walk("VEVENT")
        found = sorted((event["DTSTART"].dt.astimezone(UTC), event["DTEND"].dt.astimezone(UTC)) for event in events)
        assert found == [(time.starts_at, time.ends_at) for time in booked]


def test_what_ended_early_leaves_its_time_to_the_next(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    room, person = tenant.resource(), tenant.person("member")
    now = datetime.now(UTC).replace(microsecond=0)
    start, end = now - timedelta(minutes=30), now + timedelta(hours=2)
    left = book(tenant, room, person, start, end, "left")
    assert stack.rpc(person, "check_in_reservation", reservation_id=str(left))[0] == 200
    assert stack.rpc(person, "complete_reservation", reservation_id=str(left))[0] == 200
    book(tenant, room, person, now + timedelta(minutes=5), end, "next")
    for url in (make_feed(stack, person)["url"], make_feed(stack, person, room)["url"]):
        shown = {time.title: time for time in read_times(gateway.send(None, "GET", url).data.decode())}
        assert shown["left"].starts_at == start
        assert shown["left"].ends_at <= datetime.now(UTC) < shown["next"].starts_at


def uids(answer: Any) -> dict[str, str]:
    return {str(one["UID"]): str(one["SUMMARY"]) for one in Calendar.from_ical(answer.data).walk("VEVENT")}


def test_it_is_sent_again_only_when_it_has_changed(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    room, person, other = tenant.resource(), tenant.person("member"), tenant.another("member")
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    mine = book(tenant, room, person, start, start + timedelta(hours=1), "mine")
    book(tenant, room, other, start + timedelta(hours=1), start + timedelta(hours=2), "secret")
    url = make_feed(stack, person, room)["url"]
    first = gateway.send(None, "GET", url)
    assert sorted(uids(first).values()) == ["Busy", "mine"]
    assert uids(first)[str(mine)] == "mine"
    assert b"secret" not in first.data
    assert str(other.user_id).encode() not in first.data
    tag = first.headers["ETag"]
    assert first.headers["Last-Modified"]
    second = gateway.send(None, "GET", url, headers={"If-None-Match": tag})
    assert (second.status, second.data, second.headers["ETag"]) == (304, b"", tag)
    # Rights may change what no time tells of.
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert gateway.send(None, "GET", url, headers=since).status == 200
    head = gateway.send(None, "HEAD", url)
    assert (head.status, head.headers["ETag"], head.data) == (200, tag, b"")

    assert stack.rpc(person, "cancel_reservation", reservation_id=str(mine))[0] == 200
    third = gateway.send(None, "GET", url, headers={"If-None-Match": tag})
    assert third.status == 200
    assert {uid: title for uid, title in uids(first).items() if title == "Busy"} == uids(third)


def test_without_a_good_token_there_is_nothing(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    person = tenant.person("member")
    feed, gone = make_feed(stack, person), make_feed(stack, person)
    assert stack.rpc(person, "revoke_calendar_feed", feed_id=gone["id"])[0] == 200
    token = feed["token"]
    answers = {
        assert_error(gateway.send(None, "GET", f"/v1/calendars/{wrong}.ics"), 404, "not_found")["hint"]
        for wrong in (
            gone["token"],
            "x",
            "A" * 86,
            token[:-1] + ("A" if token[-1] != "A" else "Q"),
            token[:43],
            "%00" * 86,
            "é" * 86,
        )
    }
    assert len(answers) == 1
    assert gateway.send(None, "GET", feed["url"]).status == 200
    tenant.connection.execute(
        "delete from booking.members where tenant_id = %s and user_id = %s", (person.tenant_id, person.user_id)
    )
    assert_error(gateway.send(None, "GET", feed["url"]), 404, "not_found")
    assert not any(one in gateway.log_file.read_text() for one in (token, gone["token"]))


def test_it_says_so_when_there_is_no_database() -> None:
    assert_error(client_of("http://127.0.0.1:1").get(f"/v1/calendars/{'A' * 86}.ics"), 503, "not_configured")
