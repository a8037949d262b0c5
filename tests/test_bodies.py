"""A body goes on whole or not at all; over raw sockets, on the real gunicorn."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from tests.conftest import Tenant
from tests.gateway_fixtures import Gateway, Impostor, assert_error, client_of, running_gateway

LIMIT = 2000


@pytest.fixture(scope="module")
def upstream() -> Iterator[Impostor]:
    with Impostor((200, {}, b"[]")).listening() as impostor:
        yield impostor


@pytest.fixture(scope="module")
def strict(upstream: Impostor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running_gateway(upstream.url, tmp_path_factory.mktemp("strict"), max_body_bytes=LIMIT) as gateway:
        yield gateway


def with_length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def in_chunks(body: bytes) -> bytes:
    chunks = [body[start : start + 700] for start in range(0, len(body), 700)]
    return (
        b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
    )


def exchange(gateway: Gateway, method: str, path: str, rest: bytes, *, hang_up: bool = False) -> tuple[int, bytes]:
    """The status and the body of the first answer to a request written by hand."""
    address = urlsplit(gateway.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: berth\r\nContent-Type: text/csv\r\n".encode() + rest)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        return answer.status, answer.read()


ROUTES = [
    *((method, "/rest/v1/resources") for method in ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")),
    ("POST", "/rest/v1/rpc/create_reservation"), ("GET", "/v1/events"), ("POST", "/v1/payments/payfast/checkout"),
    ("POST", "/v1/payments/payfast/notify"), ("GET", "/live"), ("POST", "/nothing/here"),
]  # fmt: skip


@pytest.mark.parametrize("framed", [with_length, in_chunks])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_the_limit(
    strict: Gateway, upstream: Impostor, method: str, path: str, framed: Callable[[bytes], bytes]
) -> None:
    """At the limit, a body passes whole; one byte above, nothing does."""
    body = (b"row,%d\n" * (LIMIT // 6))[: LIMIT - 1] + b"."
    upstream.seen.clear()
    status, _ = exchange(strict, method, path, framed(body))
    assert status not in (0, 413, 500)
    if path == "/rest/v1/resources":  # a function takes no CSV
        assert [seen[3] for seen in upstream.seen] == [b"" if method in ("GET", "OPTIONS") else body]
    upstream.seen.clear()
    status, answer = exchange(strict, method, path, framed(body + b"."))
    error = json.loads(answer)
    assert (status, error["code"], error["message"]) == (413, "PT413", "request_entity_too_large")
    assert json.loads(error["details"]) == {"limit": LIMIT}
    assert upstream.seen == []


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 1000\r\n\r\nonly,this\n",
        b"Transfer-Encoding: chunked\r\n\r\n64\r\nonly,this\n",
        b"Transfer-Encoding: chunked\r\n\r\na\r\nonly,this\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\na\r\nonly,this\n\r\nno number\r\n",
        b"Transfer-Encoding: chunked\r\n\r\na\r\nonly,this\nbut,longer\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\na\r\nonly,this\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nonly,",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 1e3\r\n\r\n",
    ],
)
def test_a_body_that_broke_off(strict: Gateway, upstream: Impostor, rest: bytes) -> None:
    """It is no shorter body: nothing of it goes on."""
    upstream.seen.clear()
    status, answer = exchange(strict, "POST", "/rest/v1/resources", rest, hang_up=True)
    assert status == 400
    assert json.loads(answer)["message"] == "bad_request"
    assert upstream.seen == []


def test_what_follows_a_body_is_another_request(strict: Gateway, upstream: Impostor) -> None:
    upstream.seen.clear()
    exchange(strict, "POST", "/rest/v1/resources", b"Content-Length: 5\r\n\r\nonly,this,is,much,longer\n")
    assert [seen[3] for seen in upstream.seen] == [b"only,"]


def test_rows_of_a_chunked_body(gateway: Gateway, tenant: Tenant) -> None:
    """All or none, in the database itself."""
    manager = tenant.person("manager")
    rows = b"name,description\n" + b"".join(b"Room %d,%b\n" % (n, b"x" * 9000) for n in range(140))

    def insert(body: bytes) -> int:
        head = f"Authorization: Bearer {manager.token}\r\nConnection: close\r\n".encode()
        return exchange(gateway, "POST", "/rest/v1/resources", head + in_chunks(body))[0]

    def count() -> int:
        row = tenant.connection.execute("select count(*) from booking.resources where tenant_id = %s", (tenant.id,))
        return int(row.fetchall()[0][0])

    assert (insert(rows), count()) == (413, 0)
    fewer = rows[: rows.index(b"Room 100,")]
    assert (insert(fewer), count()) == (201, 100)


def test_bodies_that_are_no_json_object(gateway: Gateway, tenant: Tenant) -> None:
    """However deep, large or odd: 400, on every route of ours that reads JSON."""
    client = client_of(
        "http://127.0.0.1:9", retry_seconds=0, payfast_merchant_id="1", payfast_merchant_key="k", public_url="http://b"
    )
    for body in (b"", b"[]", b"null", b"1", b"{", b"\xff", b'{"reservation_id": NaN}', b'{"reservation_id": -Infinity}',
                 b"[" * 100_000, b'{"reservation_id":' * 50_000, b'{"reservation_id":%b}' % (b"9" * 5000),
                 b'{"reservation_id":%b1%b}' % (b"[" * 100_000, b"]" * 100_000), b'{"else": 1}', b'{"\\ud800": 1}'):  # fmt: skip
        answer = client.post("/v1/payments/payfast/checkout", data=body, content_type="application/json")
        assert_error(answer, 400, "invalid_argument")


@pytest.mark.parametrize("value", [b"caf\xe9", b"caf\xc3\xa9", b"\xff"])
def test_a_key_of_a_checkout_that_is_no_utf8(upstream: Impostor, value: bytes) -> None:
    """PostgREST has only a 500 for one."""
    client = client_of(upstream.url, payfast_merchant_id="1", payfast_merchant_key="k", public_url="http://b")
    upstream.seen.clear()
    with suppress(KeyError, TypeError):  # what the impostor answers is no payment
        client.post("/v1/payments/payfast/checkout", json={}, headers={"Idempotency-Key": value.decode("latin-1")})
    upstream.seen[0][2]["Idempotency-Key"].encode("latin-1").decode()
    long = client.post("/v1/payments/payfast/checkout", json={}, headers={"Idempotency-Key": "k" * 256})
    assert_error(long, 400, "invalid_argument")
