"""The log of changes, a page at a time: complete, in order, and only what the reader may see."""

import json
import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis.strategies import text

from gateway.events import matches, split
from gateway.live_log import THE_BEGINNING
from tests.conftest import Person, Stack, Tenant, make_tenant
from tests.gateway_fixtures import Gateway, assert_error, slot


def page(gateway: Gateway, person: Person | None, query: str = "") -> dict[str, Any]:
    response = gateway.send(person, "GET", f"/v1/events?{query}")
    assert response.status == 200, response.data
    answer: dict[str, Any] = response.json()
    return answer


def pages(gateway: Gateway, person: Person, limit: int, after: str = "") -> Iterator[dict[str, Any]]:
    """All events after a cursor, by pages, until one is empty."""
    while True:
        answer = page(gateway, person, f"limit={limit}&after={after}")
        assert len(answer["events"]) <= limit
        if not answer["events"]:
            assert answer["next"] == (after or None)
            return
        after = answer["next"]
        yield from answer["events"]


def settle(tenant: Tenant) -> None:
    """What a worker does: all that has been committed is in the log now."""
    tenant.connection.execute("select booking.sequence_events()")


def acting_as(connection: psycopg.Connection[Any], person: Person) -> None:
    """The rest of the transaction runs as PostgREST would run this person's request."""
    connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(person.claims),))
    connection.execute("set local role authenticated")


def book(connection: psycopg.Connection[Any], room: Any, number: int) -> str:
    """A booking of the hour of this number."""
    row = connection.execute(
        "select id::text from api.create_reservation(%(room)s, %(starts_at)s, %(ends_at)s)",
        {"room": room, **slot(number)},
    ).fetchone()
    assert row
    return str(row[0])


def test_pages_make_the_whole_log(gateway: Gateway, tenant: Tenant) -> None:
    person, room = tenant.person("member"), str(tenant.resource())
    made = [gateway.book(person, resource_id=room, **slot(number)).json()["id"] for number in range(7)]
    gateway.send(person, "POST", "/rest/v1/rpc/cancel_reservation", {"reservation_id": made[3], "reason": "rain"})
    settle(tenant)
    whole = page(gateway, person)
    assert [event["type"] for event in whole["events"]] == [
        "resource.created", *["reservation.confirmed"] * 7, "reservation.cancelled"
    ]  # fmt: skip
    assert whole["next"] == whole["events"][-1]["cursor"]
    for limit in (1, 2, 4, 9):
        assert list(pages(gateway, person, limit)) == whole["events"]
    cancelled = whole["events"][-1]
    assert set(cancelled) == {"id", "type", "tenant_id", "occurred_at", "actor_id", "cursor", "data"}
    assert (cancelled["tenant_id"], cancelled["actor_id"]) == (str(tenant.id), str(person.user_id))
    assert cancelled["data"]["reason"] == "rain"


def test_an_empty_page_keeps_the_cursor(gateway: Gateway, tenant: Tenant) -> None:
    assert page(gateway, tenant.person("member"), f"after={THE_BEGINNING}&types=payment.*") == {
        "events": [], "next": THE_BEGINNING
    }  # fmt: skip
    assert page(gateway, tenant.person("member"), "types=payment.*") == {"events": [], "next": None}


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("types=reservation.cancelled", ["reservation.cancelled"]),
        ("types=reservation.*", ["reservation.confirmed", "reservation.cancelled"]),
        ("types=resource.created,*.cancelled", ["resource.created", "reservation.cancelled"]),
        ("types=resource.created&types=reservation.cancelled", ["resource.created", "reservation.cancelled"]),
        ("types=resource_created", []),
        ("types=", ["resource.created", "reservation.confirmed", "reservation.cancelled"]),
    ],
)
def test_types_are_globs(gateway: Gateway, tenant: Tenant, query: str, types: list[str]) -> None:
    person = tenant.person("member")
    made = gateway.book(person, resource_id=str(tenant.resource()), **slot()).json()
    gateway.send(person, "POST", "/rest/v1/rpc/cancel_reservation", {"reservation_id": made["id"]})
    settle(tenant)
    assert [event["type"] for event in page(gateway, person, query)["events"]] == types


def test_what_is_nested_deeply_stops_no_reader(gateway: Gateway, tenant: Tenant) -> None:
    """Metadata has 32 levels at most."""
    deep = '{"a":' * 32 + "1" + "}" * 32
    tenant.resource("Room 1")
    tenant.resource("Room 2", metadata=deep)
    tenant.resource('{"id":"01a22e11-b550-704f-90e1-4c23f3ca14d8","type":"')
    answer = gateway.send(tenant.person("admin"), "GET", "/v1/events")
    assert answer.status == 200
    found = split(answer.data[: answer.data.rindex(b'],"next"')])
    assert [json.loads(event)["cursor"] for _, event in found] == [cursor for cursor, _ in found]
    assert len(found) == 3
    assert answer.data.endswith(b'"next":"%b"}' % found[-1][0].encode())
    room = str(tenant.resource("Room 3"))
    for levels, status in ((32, 200), (33, 400)):
        metadata: dict[str, Any] = {}
        for _ in range(levels):
            metadata = {"a": metadata}
        booked = gateway.book(tenant.person("member"), resource_id=room, metadata=metadata, **slot(levels))
        assert booked.status == status


@given(glob=text("abc.*", max_size=9), of=text("abc.", max_size=9))
def test_a_glob_is_what_a_regular_expression_makes_of_it(glob: str, of: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, glob.split("*"))), of) is not None
    assert matches(glob, of) == expected


def test_a_cursor_tells_nothing(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    """It is the event's id, of which only the time is not random: what others do in between leaves no trace."""
    person = tenant.person("approver")
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        other = make_tenant(connection)
        for number in range(20):
            tenant.resource(f"Room {number}")
            if number > 10:
                other.resource(f"Room {number}")
    events = page(gateway, person)["events"]
    assert len(events) == 20
    for event in events:
        assert event["cursor"] == event["id"]
        id_ = uuid.UUID(event["id"])
        assert (id_.version, id_.variant) == (7, uuid.RFC_4122)
        assert abs((id_.int >> 80) / 1000 - datetime.fromisoformat(event["occurred_at"]).timestamp()) < 1
    assert len({uuid.UUID(event["id"]).int & (1 << 62) - 1 for event in events}) == 20


def test_events_of_one_resource(gateway: Gateway, tenant: Tenant) -> None:
    person, rooms = tenant.person("member"), [tenant.resource(f"Room {number}") for number in range(2)]
    for room in rooms:
        gateway.book(person, resource_id=str(room), **slot())
    settle(tenant)
    events = page(gateway, person, f"resource_id={rooms[1]}&types=reservation.*")["events"]
    assert [event["data"]["reservation"]["resource_id"] for event in events] == [str(rooms[1])]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=ten", "limit=-1", "after=yesterday", "after=1.2",
     "after=00000000-0000-4000-8000-000000000000", "after=00000000-0000-7000-8000-0000000000001", "resource_id=room",
     "types=reservation%", "types=a\\b", "types=A", "types=" + "a" * 51, "types=" + ",".join(["a"] * 21)],
)  # fmt: skip
def test_malformed_questions(gateway: Gateway, tenant: Tenant, query: str) -> None:
    assert_error(gateway.send(tenant.person("member"), "GET", f"/v1/events?{query}"), 400, "invalid_argument")


def test_numbers_are_not_rounded(gateway: Gateway, tenant: Tenant) -> None:
    """What PostgreSQL can hold and a float cannot."""
    room = tenant.resource()
    metadata = b'{"resource_id":"%b","metadata":{"n":12345678901234567890.10},%b' % (
        str(room).encode(), b",".join(b'"%b":"%b"' % (k.encode(), v.encode()) for k, v in slot().items()) + b"}"
    )  # fmt: skip
    person = tenant.person("member")
    assert gateway.send(person, "POST", "/rest/v1/rpc/create_reservation", metadata).status == 200
    settle(tenant)
    assert b"12345678901234567890.10" in gateway.send(person, "GET", "/v1/events?types=reservation.*").data


def test_who_sees_what(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    """A member their own reservations' events and the resources'; an approver all; nobody another tenant's."""
    room = str(tenant.resource(capacity=2))
    mine = gateway.book(tenant.person("member"), resource_id=room, **slot()).json()["id"]
    theirs = gateway.book(tenant.another("member"), resource_id=room, **slot()).json()["id"]
    settle(tenant)

    def seen(person: Person) -> list[str]:
        events = page(gateway, person)["events"]
        return [event["data"]["reservation"]["id"] for event in events if event["type"] != "resource.created"]

    assert seen(tenant.person("member")) == [mine]
    assert seen(tenant.person("approver")) == [mine, theirs]
    stranger = Person(tenant.id, tenant.person("member").tenant_id, None)
    assert page(gateway, stranger)["events"] == []
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        other = make_tenant(connection)
        assert page(gateway, other.person("admin"))["events"] == []
        assert page(gateway, other.person("admin"), f"resource_id={room}")["events"] == []
    response = gateway.send(None, "GET", "/v1/events")
    assert response.status == 401
    assert set(response.json()) == {"code", "message", "details", "hint"}


def test_order_of_changes_to_one_reservation(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    """Whoever changes it later comes later in the log, even in a transaction that began earlier."""
    person, room, elsewhere = tenant.person("member"), tenant.resource(), tenant.resource("Room 2")
    made = gateway.book(person, resource_id=str(room), **slot()).json()["id"]
    reschedule = "select version from api.reschedule_reservation(%(id)s, %(starts_at)s, %(ends_at)s)"
    with psycopg.connect(stack.database_url) as early, psycopg.connect(stack.database_url) as late:
        acting_as(early, person)
        book(early, elsewhere, 0)
        acting_as(late, person)
        late.execute(reschedule, {"id": made, **slot(1)})
        late.commit()
        early.execute(reschedule, {"id": made, **slot(2)})
        early.commit()
    settle(tenant)
    events = page(gateway, person, f"resource_id={room}&types=reservation.*")["events"]
    assert [event["data"]["reservation"]["version"] for event in events] == [1, 2, 3]
    assert [event["type"] for event in events[1:]] == ["reservation.rescheduled"] * 2
