"""/rest/v1/ is PostgREST, and what goes wrong on the way has PostgREST's shape."""

import http.client
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.local.ports import HOST, free_port
from gateway.settings import Settings
from tests.conftest import Server, Stack, Tenant
from tests.gateway_fixtures import (
    Gateway,
    Impostor,
    Wire,
    assert_error,
    cancel_when_waiting,
    client_of,
    running_gateway,
    slot,
)

# A connection's own, or the gateway's.
NOT_COMPARED = {"date", "server", "connection", "transfer-encoding", "keep-alive", "x-request-id"}


def compared(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower() not in NOT_COMPARED}


@pytest.fixture
def booked(stack: Stack, tenant: Tenant) -> Tenant:
    """A tenant with five bookings, whose titles try the query string."""
    person, room = tenant.person("member"), str(tenant.resource("Room 1"))
    for number, title in enumerate(["a b", "50%25", "x&y=z", "Zürich, 1+1", "50%"]):
        status, _ = stack.rpc(person, "create_reservation", resource_id=room, title=title, **slot(number))
        assert status == 200
    return tenant


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "reservations?select=id,title&title=eq.a%20b", {}),
        ("GET", "reservations?select=title&title=eq.a+b", {}),
        ("GET", "reservations?select=title&title=eq.50%2525", {}),
        ("GET", "reservations?select=title&title=eq.50%25", {}),
        ("GET", "reservations?select=title&title=eq.50%&order=title", {}),
        ("GET", "reservations?select=title&title=eq.x%26y%3Dz", {}),
        ("GET", "reservations?select=title&title=in.(%22Z%C3%BCrich,%201%2B1%22,%22a b%22)&order=title", {}),
        ("GET", "reservations?select=id,resources(name)&order=starts_at", {}),
        ("GET", "reservations?order=starts_at.desc&limit=2&offset=1", {"Prefer": "count=exact"}),
        ("GET", "reservations?order=starts_at", {"Range-Unit": "items", "Range": "1-2"}),
        ("GET", "reservations?title=eq.50%25", {"Accept": "application/vnd.pgrst.object+json"}),
        ("GET", "reservations?select=title&order=title", {"Accept": "text/csv"}),
        ("HEAD", "reservations", {"Prefer": "count=exact"}),
        ("GET", "reservations?no_such_column=eq.1", {}),
        ("GET", "no_such_table", {}),
        ("GET", "reservations", {"Accept": "image/png"}),
        ("GET", "reservations", {"apikey": "as Supabase's clients send it"}),
        ("OPTIONS", "reservations", {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}),
        ("PUT", "reservations?id=eq.00000000-0000-0000-0000-000000000000", {}),
        ("POST", "rpc/no_such_function", {}),
    ],
)
def test_answers_as_postgrest_does(
    stack: Stack, gateway: Gateway, booked: Tenant, method: str, path: str, headers: dict[str, str]
) -> None:
    """Status, headers and body are the same by both roads; what PostgREST sends by chunks may come with its length.

    The code of an error is the same, too; the rest of it is in the shape of Berth's own.
    """
    person = booked.person("member")
    body: dict[str, str] | None = {} if method in ("POST", "PUT") else None
    straight = stack.send(person, method, path.replace(" ", "%20"), body, headers)
    through = gateway.send(person, method, f"/rest/v1/{path}".replace(" ", "%20"), body, headers)
    assert through.status == straight.status
    if straight.status < 400 or not straight.data:
        assert through.data == straight.data
    else:
        error, own = through.json(), straight.json()
        assert error["code"] == own["code"]
        assert own["message"] in json.loads(error["details"])["reason"]
    headers_through, headers_straight = compared(through.headers), compared(straight.headers)
    if "content-length" not in headers_straight:
        assert headers_through.pop("content-length", str(len(through.data))) == str(len(through.data))
    assert headers_through == headers_straight


ORIGIN = {"Origin": "https://app.example.org"}


@pytest.mark.parametrize(
    ("path", "method"),
    [("/rest/v1/rpc/create_reservation", "POST"), ("/rest/v1/resources", "PATCH"), ("/v1/events", "GET")],
)
def test_a_browser_elsewhere_may_ask(gateway: Gateway, path: str, method: str) -> None:
    """The preflight of what Supabase's client sends, and an idempotency key."""
    sent = {"apikey", "authorization", "content-profile", "content-type", "idempotency-key", "prefer", "x-client-info"}
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": ",".join(sorted(sent))}
    said = gateway.send(None, "OPTIONS", path, headers={**ORIGIN, **asked})
    assert said.status == 200
    assert said.headers["Access-Control-Allow-Origin"] == "*"
    assert method in said.headers["Access-Control-Allow-Methods"].split(", ")
    assert sent <= set(re.split(r",\s*", said.headers["Access-Control-Allow-Headers"].lower()))


def test_and_read_every_answer(gateway: Gateway, tenant: Tenant) -> None:
    """Refusals of PostgREST's and of our own, and the headers that programs go by."""
    person, room = tenant.person("member"), str(tenant.resource())
    for method, path, body, headers, status in [
        ("POST", "/rest/v1/rpc/create_reservation", {"resource_id": room, **slot()}, {"Idempotency-Key": "k"}, 200),
        ("POST", "/rest/v1/rpc/create_reservation", {"resource_id": room, **slot()}, {"Idempotency-Key": "k"}, 200),
        ("POST", "/rest/v1/rpc/create_reservation", {"resource_id": room, **slot()}, {}, 409),
        ("POST", "/rest/v1/rpc/create_reservation", {}, {"Idempotency-Key": "k" * 256}, 400),
        ("GET", "/v1/events", None, {}, 200),
        ("GET", "/v1/nothing", None, {}, 404),
    ]:  # fmt: skip
        answer = gateway.send(person, method, path, body, {**ORIGIN, **headers})
        assert answer.status == status, answer.data
        assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]
        assert "Idempotency-Replayed" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in gateway.send(person, "GET", "/v1/events").headers


def test_filters_find_what_they_name(gateway: Gateway, booked: Tenant) -> None:
    """No character of a filter is lost or decoded twice."""
    for title, query in [
        ("50%25", "eq.50%2525"),
        ("Zürich, 1+1", "eq.Z%C3%BCrich,%201%2B1"),
        ("x&y=z", "eq.x%26y%3Dz"),
    ]:
        response = gateway.send(booked.person("member"), "GET", f"/rest/v1/reservations?select=title&title={query}")
        assert response.json() == [{"title": title}]


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k"}])
def test_a_list_of_calls_makes_none(gateway: Gateway, stack: Stack, tenant: Tenant, key: dict[str, str]) -> None:
    """PostgREST would make the first and answer 200."""
    room, person = str(tenant.resource()), tenant.person("member")
    calls = [{"resource_id": room, **slot(hour)} for hour in (0, 1)]
    csv = "resource_id,starts_at,ends_at\n" + "".join(f"{','.join(one.values())}\n" for one in calls)
    json_type = {"Content-Type": "application/json"}
    for body, headers in (
        (json.dumps(calls), json_type), (json.dumps(calls[:1]), json_type), (f"\r\n\t {json.dumps(calls)}", json_type),
        ("[]", json_type), (json.dumps(calls), {"Content-Type": "application/vnd.pgrst.object+json"}), (json.dumps(calls), {}),
        (csv, {"Content-Type": "text/csv"}), (csv, {"Content-Type": "Text/CSV; charset=utf-8"}),
    ):  # fmt: skip
        answer = gateway.send(
            person, "POST", "/rest/v1/rpc/create_reservation", body=body.encode(), headers=headers | key
        )
        assert_error(answer, 400, "invalid_argument")
    assert stack.rpc(person, "create_reservation", **calls[0])[0] == 200
    rows = tenant.connection.execute("select count(*) from booking.reservations where tenant_id = %s", (tenant.id,))
    assert rows.fetchone() == (1,)


def test_rows_are_still_inserted_together(gateway: Gateway, tenant: Tenant) -> None:
    manager = tenant.person("manager")
    for body, kind in (
        (json.dumps([{"name": "a"}, {"name": "b"}]), "application/json"), ("name\nc\nd\n", "text/csv"),
    ):  # fmt: skip
        answer = gateway.send(manager, "POST", "/rest/v1/resources", body=body.encode(), headers={"Content-Type": kind})
        assert answer.status == 201, answer.data
    found = gateway.send(manager, "GET", "/rest/v1/resources?select=name&order=name")
    assert [one["name"] for one in json.loads(found.data)] == ["a", "b", "c", "d"]


def test_writes_through_views(gateway: Gateway, tenant: Tenant) -> None:
    """An insert is answered with what Prefer asked for; a change and a removal take effect."""
    manager = tenant.person("manager")
    made = gateway.send(manager, "POST", "/rest/v1/resources", {"name": "Desk"}, {"Prefer": "return=representation"})
    assert (made.status, made.json()[0]["name"]) == (201, "Desk")
    assert made.headers["Preference-Applied"] == "return=representation"
    one = f"/rest/v1/resources?id=eq.{made.json()[0]['id']}"
    assert gateway.send(manager, "PATCH", one, {"name": "Bench"}).status == 204
    assert gateway.send(manager, "GET", one + "&select=name").json() == [{"name": "Bench"}]
    assert gateway.send(manager, "DELETE", one).status == 204
    assert gateway.send(manager, "GET", one).json() == []


@pytest.mark.parametrize("role", [None, "member", "approver", "manager", "admin"])
def test_no_write_to_a_view_is_our_fault(stack: Stack, tenant: Tenant, role: str | None) -> None:
    """Whoever writes whatever to any view the catalogue has: it is done or refused, and never 5xx."""
    manager, person = tenant.person("manager"), role and tenant.person(role)
    room = str(tenant.resource())
    for view, row in (
        ("booking_rules", {}), ("opening_hours", {"weekday": 1, "opens": "09:00", "closes": "17:00"}),
        ("opening_exceptions", {"date": "2035-12-25", "is_closed": True}),
    ):  # fmt: skip
        assert stack.request(manager, "POST", view, {"resource_id": room, **row})[0] == 201
    columns = tenant.connection.execute(
        "select c.relname, a.attname, has_table_privilege('authenticated', c.oid, 'insert')"
        "  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0"
        " where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' order by 1, a.attnum"
    ).fetchall()
    if role != "manager":
        columns = list({view: (view, *more) for view, *more in columns}.values())  # one a view will do
    for view, column, is_written in columns:
        for value in (None, "x", -1, True, {}, "infinity") if is_written else (None,):
            for method, path in (("POST", view), ("PATCH", f"{view}?tenant_id=eq.{tenant.id}")):
                status, said = stack.request(person, method, path, {column: value})
                assert status < 500, (method, view, column, value, said)
                assert is_written or status >= 400, (method, view, column, said)
    for view in dict.fromkeys(view for view, *_ in columns):
        for method, query in (("PUT", "?id=eq.1"), ("DELETE", ""), ("DELETE", f"?tenant_id=eq.{tenant.id}")):
            status, said = stack.request(person, method, view + query, {"id": 1} if method == "PUT" else None)
            assert status < 500, (method, view, query, said)


def test_a_refusal_keeps_its_shape(stack: Stack, gateway: Gateway, tenant: Tenant) -> None:
    """409 slot_taken, with the conflict, exactly as the database said it."""
    person, room = tenant.person("member"), str(tenant.resource())
    assert gateway.book(person, resource_id=room, **slot()).status == 200
    refused = gateway.book(person, resource_id=room, **slot())
    assert assert_error(refused, 409, "slot_taken")
    assert json.loads(refused.json()["details"])["conflicts"][0]["resource_id"] == room
    assert refused.json() == stack.rpc(person, "create_reservation", resource_id=room, **slot())[1]


def test_the_door_stays_postgrests(gateway: Gateway) -> None:
    """Without a token, or with a wrong one, 401."""
    assert gateway.send(None, "GET", "/rest/v1/reservations").status == 401
    wrong = gateway.send(None, "GET", "/rest/v1/reservations", headers={"Authorization": "Bearer no.good.token"})
    assert wrong.status == 401
    assert "WWW-Authenticate" in wrong.headers


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "slug"),
    [
        ("GET", "/nothing/here", None, 404, "not_found"),
        ("POST", "/v1/events", {}, 405, "method_not_allowed"),
        ("TRACE", "/rest/v1/reservations", None, 405, "method_not_allowed"),
        ("POST", "/rest/v1/resources", b" " * (1024 * 1024 + 1), 413, "request_entity_too_large"),
    ],
)
def test_the_gateways_own_refusals(
    gateway: Gateway, tenant: Tenant, method: str, path: str, body: Any, status: int, slug: str
) -> None:
    """They have the one error shape."""
    assert_error(gateway.send(tenant.person("member"), method, path, body), status, slug)


def test_hop_by_hop_headers_stay_on_their_hop() -> None:
    """Both ways, with those that Connection names; all others pass, repeated ones repeatedly."""
    sent_back = {"Connection": "X-Private", "X-Private": "1", "X-Public": "2", "Keep-Alive": "timeout=5"}
    with Impostor((200, sent_back, b"{}")).listening() as impostor:
        response = client_of(impostor.url).post(
            "/rest/v1/things?a=%2c&a=b", data=b"{}",
            headers={"Connection": "X-Mine", "X-Mine": "1", "X-Yours": "2", "TE": "trailers", "X-Request-Id": "abc"},
        )  # fmt: skip
    ((method, path, headers, body),) = impostor.seen
    assert (method, path.lower(), body) == ("POST", "/things?a=%2c&a=b", b"{}")
    assert headers["X-Yours"] == "2"
    assert headers["X-Request-Id"] == "abc"
    assert not {"X-Mine", "Te", "Connection"} & set(headers)
    assert response.headers["X-Public"] == "2"
    assert not {"X-Private", "Keep-Alive"} & set(response.headers)


@pytest.mark.parametrize(
    "path",
    [
        "../../x", "..", ".", "./resources", "rpc/..", "rpc/../resources", "%2e%2e/x", "%2E%2e", "%2e", "rpc/%2e%2e/x",
        "%252e%252e/x", "..%2fx", "..%5cx", "rpc%5ccreate_reservation", "resources%00", "%00", "resources%0d%0aX:%20y",
        "resources%09", "/resources", "//", "rpc//create_reservation", "rpc/", "resources/", "rpc/a/b", "a/b",
        "resources;x", "resources%3fselect=id", "resources%23", "resources%25", "res%20ources", "%ff", "%c3%bc", "%7f",
        "https:%2f%2fexample.org", "@example.org", ":80",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_plain_paths_go_upstream(plain_gateway: tuple[Gateway, Impostor], method: str, path: str) -> None:
    """A view, or a function under rpc/; nothing that anybody on the way could read as another path."""
    gateway, impostor = plain_gateway
    address = gateway.url.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.putrequest(method, f"/rest/v1/{path}")  # as it is
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    answer = connection.getresponse()
    error = json.loads(answer.read())
    assert (answer.status, error["code"], error["message"]) == (404, "PT404", "not_found")
    assert impostor.seen == []


@pytest.fixture(scope="module")
def plain_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Impostor]]:
    folder = tmp_path_factory.mktemp("plain")
    with Impostor((200, {}, b"[]")).listening() as impostor, running_gateway(impostor.url, folder) as gateway:
        yield gateway, impostor


def test_a_plain_path_in_any_spelling(plain_gateway: tuple[Gateway, Impostor]) -> None:
    gateway, impostor = plain_gateway
    for path in ("", "resources", "r%65sources", "rpc/list_events", "rpc%2Flist_events"):
        assert gateway.send(None, "GET", f"/rest/v1/{path}").status == 200
    assert [seen[1] for seen in impostor.seen] == [
        "/",
        "/resources",
        "/resources",
        "/rpc/list_events",
        "/rpc/list_events",
    ]
    impostor.seen.clear()


def test_a_query_is_not_encoded_twice() -> None:
    """Not even beside a stray percent sign."""
    with Impostor((200, {}, b"[]")).listening() as impostor:
        client_of(impostor.url).get("/rest/v1/things", query_string="a=%20%C3%BC&b=50%")
    assert impostor.seen[0][1] == "/things?a=%20%C3%BC&b=50%25"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_comes_with_a_read_goes_no_further(gateway: Gateway, tenant: Tenant, method: str) -> None:
    """It means nothing; PostgREST, which does not read it, resets the connection now and then."""
    with Impostor((200, {}, b"[]")).listening() as impostor:
        client_of(impostor.url).open("/rest/v1/things", method=method, data=b"{}", content_type="application/json")
    assert [(seen[0], seen[3]) for seen in impostor.seen] == [(method, b"")]
    assert not {"Content-Length", "Transfer-Encoding"} & set(impostor.seen[0][2])
    person = tenant.person("member")
    for path in ("resources", "rpc/list_events", "nothing"):
        statuses = {gateway.send(person, method, f"/rest/v1/{path}", b"x" * 20_000).status for _ in range(20)}
        assert statuses == {gateway.send(person, method, f"/rest/v1/{path}").status}


def test_redirects_are_the_clients_business() -> None:
    """The gateway follows none."""
    with Impostor((302, {"Location": "http://169.254.169.254/"}, b"")).listening() as impostor:
        response = client_of(impostor.url).get("/rest/v1/things")
    assert (response.status_code, response.headers["Location"]) == (302, "http://169.254.169.254/")
    assert len(impostor.seen) == 1


def test_unreachable() -> None:
    """503, soon, with the advice to come again."""
    started = time.monotonic()
    response = client_of(f"http://{HOST}:{free_port()}", retry_seconds=0.5).get("/rest/v1/reservations")
    assert_error(response, 503, "upstream_unavailable")
    assert response.headers["Retry-After"] == "1"
    assert time.monotonic() - started < 3


def test_a_restart_of_postgrest_is_not_noticed(stack: Stack) -> None:
    """Even without a key: what never began is asked again for a moment."""
    loading: tuple[int, dict[str, str], bytes] = (
        503,
        {},
        b'{"code":"PGRST002","message":"no schema yet"}',
    )
    with Impostor(loading, loading, (200, {}, b"[]")).listening() as impostor:
        assert client_of(impostor.url).post("/rest/v1/rpc/any", json={}).status_code == 200
    assert len(impostor.seen) == 3


def test_silence_is_a_timeout(stack: Stack) -> None:
    """504 for a write without a key, asked once."""
    with Wire(stack.rest.url).connected() as wire:
        wire.hold = 1
        response = client_of(wire.url, upstream_timeout=0.3).post("/rest/v1/rpc/check_reservation_conflict", json={})
    assert "Idempotency-Key" in assert_error(response, 504, "upstream_timeout")["hint"]


@pytest.mark.parametrize("code", ["40P01", "55P03", "57014"])
def test_a_rollback_invites_to_try_again(code: str) -> None:
    """PostgREST's 500 for what merely collided or took too long is 503 try_again."""
    body = json.dumps({"code": code, "message": "x", "details": None, "hint": None}).encode()
    with Impostor((500, {}, body)).listening() as impostor:
        response = client_of(impostor.url, retry_seconds=0.2).post("/rest/v1/rpc/any", json={})
    assert_error(response, 503, "try_again")
    assert response.headers["Retry-After"] == "1"
    assert (len(impostor.seen) > 1) == (code != "57014")


def test_a_statement_cancelled_by_the_database(server: Server, stack: Stack, gateway: Gateway, tenant: Tenant) -> None:
    """The real 57014, as statement_timeout raises it."""
    person, room = tenant.person("member"), tenant.resource()
    with psycopg.connect(stack.database_url) as blocker, ThreadPoolExecutor() as pool:
        blocker.execute("select from booking.resources where tenant_id = %s for update", (tenant.id,))
        future = pool.submit(gateway.book, person, resource_id=str(room), **slot())
        cancel_when_waiting(server, tenant.connection.info.dbname, "pg_cancel_backend")
        assert_error(future.result(), 503, "try_again")


@pytest.fixture
def slow_gateway(tmp_path: Path) -> Iterator[Gateway]:
    with (
        Impostor((200, {}, b"[]"), delay=0.5).listening() as impostor,
        running_gateway(impostor.url, tmp_path, member_concurrency=40) as gateway,
    ):
        yield gateway


def test_waiting_requests_hold_up_no_other(slow_gateway: Gateway) -> None:
    """One gevent worker: 40 requests of half a second each take nothing like 20 seconds."""
    started = time.monotonic()
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: slow_gateway.send(None, "GET", "/rest/v1/things").status, range(40)))
    assert answers == [200] * 40
    assert time.monotonic() - started < 4


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_environment({"BERTH_REST_URL": "http://rest:3000", "BERTH_RETRY_SECONDS": "2.5"})
    assert settings == Settings(rest_url="http://rest:3000", retry_seconds=2.5)
    with pytest.raises(ValueError, match="BERTH_MAX_BODY_BYTES='1 MiB'"):
        Settings.from_environment({"BERTH_MAX_BODY_BYTES": "1 MiB"})


@pytest.mark.parametrize("value", [b"caf\xe9", b"caf\xc3\xa9", b"\xff"])
def test_headers_that_are_no_utf8(gateway: Gateway, tenant: Tenant, value: bytes) -> None:
    """PostgREST alone answers them with 500."""
    person, room = tenant.person("member"), str(tenant.resource())
    text = value.decode("latin-1")
    made = [gateway.send(person, "POST", "/rest/v1/rpc/create_reservation", {"resource_id": room, **slot()},
                         {"Idempotency-Key": text, "X-Anything": text}) for _ in range(2)]  # fmt: skip
    assert [answer.status for answer in made] == [200, 200]
    assert made[1].headers["Idempotency-Replayed"] == "true"
    for path in ("/rest/v1/reservations", "/v1/events", "/v1/events/stream"):
        assert gateway.send(None, "GET", path, headers={"Authorization": f"Bearer {text}"}).status == 401
