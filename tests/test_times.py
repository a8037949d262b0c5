"""Times without an offset are refused on every road of the gateway, and where SQL can tell on every road."""

import json
import uuid
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from gateway import times
from gateway.errors import ApiError
from tests.conftest import Stack, Tenant
from tests.gateway_fixtures import Gateway

ZONELESS = [
    "2100-01-04T09:00:00", "2100-01-04 09:00", "2100-01-04", "20100104T090000", "2100-01-04T09:00:00 01:00", "tomorrow",
    "Jan 4 2100 09:00", "2100-01-04T09:00:00 Europe/Berlin", "2100-01-04T09:00:00 CET",
]  # fmt: skip
WITH_OFFSET = [
    "2100-01-04T09:00:00Z", "2100-01-04t09:00:00.123z", "2100-01-04T09:00+01:00", "2100-01-04 09:00:00-0330",
    "2100-01-04T09:00:00+05:53:28", "infinity", "-infinity", "nonsense",
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), [(v, False) for v in ZONELESS] + [(v, True) for v in WITH_OFFSET])
def test_sql_and_python_agree(berth_db: psycopg.Connection[Any], value: str, expected: bool) -> None:
    assert times.has_offset(value) == expected
    assert berth_db.execute("select booking.has_offset(%s)", (value,)).fetchone() == (expected,)


def test_every_argument_and_column_is_known(berth_db: psycopg.Connection[Any]) -> None:
    arguments = berth_db.execute(
        "select p.proname, n, format_type(t, null) from pg_proc p"
        " cross join unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargnames, p.proargmodes) a (t, n, m)"
        " where p.pronamespace = 'api'::regnamespace and coalesce(m, 'i') = 'i'"
    ).fetchall()
    for function, name, kind in arguments:
        assert times._is_argument(function, name) == (kind == "timestamp with time zone"), (function, name)
        assert (name in times.LOCAL_TIMES) == kind.startswith("timestamp without time zone"), (function, name)
    columns = berth_db.execute(
        "select a.attname, format_type(a.atttypid, null) from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " where a.attnum > 0 and not a.attisdropped and (c.relnamespace = 'api'::regnamespace and c.relkind = 'v'"
        "    or c.reltype in (select p.prorettype from pg_proc p where p.pronamespace = 'api'::regnamespace))"
        " union select n, format_type(t, null) from pg_proc p"
        " cross join unnest(p.proallargtypes, p.proargnames, p.proargmodes) a (t, n, m)"
        " where p.pronamespace = 'api'::regnamespace and m in ('t', 'o')"
    ).fetchall()
    assert len(columns) > 50
    for name, kind in columns:
        assert times.is_instant(name) == (kind == "timestamp with time zone"), name


def is_refused(answer: Any, argument: str) -> bool:
    """Of the gateway's answers, or PostgREST's by ``Stack.rpc``."""
    status, told = answer if isinstance(answer, tuple) else (answer.status, json.loads(answer.data))
    return (status, told["message"], json.loads(told["details"] or "{}")) == (
        400, "invalid_argument", {"argument": argument},
    )  # fmt: skip


@pytest.mark.parametrize("value", ZONELESS)
def test_arguments(gateway: Gateway, tenant: Tenant, value: str) -> None:
    member, room = tenant.person("member"), str(tenant.resource())
    zone = {"Prefer": "timezone=America/New_York"}
    end = "2100-01-04T23:00:00Z"
    for headers in ({}, zone):
        wanted = {"resource_id": room, "starts_at": value, "ends_at": end}
        answer = gateway.send(member, "POST", "/rest/v1/rpc/create_reservation", wanted, headers)
        assert is_refused(answer, "starts_at"), answer.data
    search = {"duration": "1 hour", "after": value}
    assert is_refused(gateway.send(member, "POST", "/rest/v1/rpc/next_available_slots", search), "after")
    query = urlencode({"resource_id": room, "starts_at": value, "ends_at": end})
    assert is_refused(gateway.send(member, "GET", f"/rest/v1/rpc/resource_schedule?{query}"), "starts_at")


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b'{"starts_at": "2100-01-04T09:00:00Z", "starts_at": "2100-01-04T09:00:00", "ends_at": null}'),
        ("application/json", b'{"st\\u0061rts_at": "2100-01-04T09:0\\u0030:00"}'),
        ("application/json", b'[{"starts_at": "2100-01-04T09:00:00"}]'),
        ("", b'{"starts_at": "2100-01-04T09:00:00"}'),
        ("application/x-www-form-urlencoded", b"starts_at=2100-01-04T09%3A00%3A00"),
        ("application/json", b'{"starts_at": 21000104}'),
        ("application/json", b'{"starts_at": ["2100-01-04T09:00:00"]}'),
        ("text/csv", b"ends_at,starts_at\r\n,2100-01-04T09:00:00\r\n"),
    ],
)  # fmt: skip
def test_bodies_of_every_kind(media_type: str, body: bytes) -> None:
    with pytest.raises(ApiError) as refusal:
        times.check("POST", "rpc/create_reservation", "", media_type, body)
    assert refusal.value.details == {"argument": "starts_at"}


@pytest.mark.parametrize(
    "query",
    [
        "starts_at=gte.2100-01-04", "starts_at=not.lt.2100-01-04T09:00", "reservations.ends_at=eq.2100-01-04T09:00",
        "starts_at=in.(2100-01-04T09:00:00Z,2100-01-04)", "starts_at=eq(any).{2100-01-04}",
        "or=(title.eq.x,starts_at.gte.2100-01-04T09:00)", "and=(or(created_at.not.lt.2100-01-04,id.is.null))",
        "reservations.or=(starts_at.gte.%222100-01-04T09:00%22)", "updated_at=gt.2100-01-04T09:00:00+01:00",
    ],
)  # fmt: skip
def test_filters(query: str) -> None:
    with pytest.raises(ApiError):
        times.check("GET", "reservations", query, "", b"")
    with pytest.raises(ApiError):
        times.check("POST", "rpc/search_availability", query, "", b"{}")


@pytest.mark.parametrize(
    ("path", "query", "body"),
    [
        ("reservations", "starts_at=gte.2100-01-04T09:00:00Z&ends_at=lt.2100-01-04T09:00:00%2B01:00&select=starts_at", b""),
        ("reservations", "or=(title.eq.2100-01-04,starts_at.gte.2100-01-04T09:00:00Z)&starts_at=is.null", b""),
        ("reservations", "title=eq.2100-01-04&metadata->>starts_at=eq.2100-01-04&order=starts_at", b""),
        ("rpc/list_events", "after=1234", b""),
        ("rpc/create_series", "", b'{"local_start": "2100-01-04T09:00", "title": "2100-01-04", "rdates": ["2100-01-05T09:00"]}'),
        ("rpc/create_reservation", "", b'{"starts_at": null, "metadata": {"starts_at": "2100-01-04"}, "title": "2100-01-04"}'),
        ("rpc/create_reservation", "", b'{"starts_at": 12, "ends_at": ["2100-01-04"'),
        ("opening_exceptions", "date=eq.2100-01-04", b'{"date": "2100-01-04", "opens": "09:00"}'),
    ],
)  # fmt: skip
def test_what_passes(path: str, query: str, body: bytes) -> None:
    method = "POST" if body else "GET"
    assert times.check(method, path, query, "application/json", body) == body


def test_items_moves_and_operations_on_every_road(stack: Stack, tenant: Tenant) -> None:
    """Straight from PostgREST, too: SQL sees how these are written."""
    member, room = tenant.person("member"), str(tenant.resource())
    item = {"resource_id": room, "starts_at": "2100-01-04T09:00:00", "ends_at": "2100-01-04T10:00:00Z"}
    assert is_refused(stack.rpc(member, "create_bundle", items=[item]), "starts_at")
    for read_as_a_time in (21000104, ["2100-01-04T09:00:00"]):
        items = [item | {"starts_at": read_as_a_time}]
        assert is_refused(stack.rpc(member, "create_bundle", items=items), "starts_at")
    move = {"reservation_id": str(uuid.uuid4()), "starts_at": "2100-01-04T09:00:00Z", "ends_at": "2100-01-04"}
    assert is_refused(stack.rpc(member, "move_reservations", moves=[move]), "ends_at")
    operation = {"op": "create", "id": str(uuid.uuid4()), **item}
    _, (result,) = stack.rpc(member, "sync_reservations", operations=[operation])
    assert (result["result"], result["error"]["message"]) == ("rejected", "invalid_argument")


def test_a_second_60_is_59(gateway: Gateway, tenant: Tenant) -> None:
    """RFC 5545 3.3.12; a title that says the same is a title."""
    member, room = tenant.person("member"), str(tenant.resource())
    wanted = {
        "resource_id": room, "rrule": "FREQ=DAILY;COUNT=1", "local_start": "2100-01-04T23:59:60", "title": "at 23:59:60",
        "rdates": ["2100-01-06T23:59:60"], "duration": "1 hour", "timezone": "UTC",
    }  # fmt: skip
    answer = gateway.send(member, "POST", "/rest/v1/rpc/preview_series", wanted)
    created = json.loads(answer.data)["created"]
    assert [one["starts_at"][:19] for one in created] == ["2100-01-04T23:59:59", "2100-01-06T23:59:59"]
    assert created[0]["title"] == "at 23:59:60"
