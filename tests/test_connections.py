"""No client holds a connection for ever, or all of them; over raw sockets, on the real gunicorn."""

import http.client
import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.connections import network_of
from gateway.settings import Settings
from tests.gateway_fixtures import Gateway, Impostor, running_gateway

SECONDS = 1.5
"""How long a request may take to arrive here."""
IDLE_SECONDS = 2
"""How long gunicorn waits here for the next one."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[Impostor]:
    with Impostor((200, {}, b"[]")).listening() as impostor:
        yield impostor


@pytest.fixture(scope="module")
def impatient(upstream: Impostor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("impatient")
    with running_gateway(
        upstream.url, folder, request_seconds=SECONDS, address_connections=20, keepalive_seconds=IDLE_SECONDS
    ) as gateway:
        yield gateway


def connect(gateway: Gateway) -> socket.socket:
    address = urlsplit(gateway.url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=10)


def trickle(connection: socket.socket, data: bytes, pause: float = 0.1) -> bytes:
    """Sends byte by byte until the server has had enough; what it says."""
    connection.settimeout(pause)
    for number in range(len(data)):
        with suppress(TimeoutError):
            connection.sendall(data[number : number + 1])
            return connection.recv(65536)
    raise AssertionError("all was taken")


def rest_of(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    connection.settimeout(10)
    answer = b""
    with suppress(ConnectionResetError):
        while more := connection.recv(65536):
            answer += more
    return answer


HEAD = b"POST /rest/v1/rpc/create_reservation HTTP/1.1\r\nHost: berth\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("at_once", "slowly"),
    [
        (b"", HEAD),
        (HEAD, b"X-Slow: " + b"x" * 1000),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b" " * 1000),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n", b" " * 1000),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 200),
        (b"GET /rest/v1/resources HTTP/1.1\r\nHost: berth\r\nContent-Length: 1000\r\n\r\n", b" " * 1000),
        (b"GET /live HTTP/1.1\r\nHost: berth\r\n\r\n", HEAD),
    ],
)
def test_a_slow_request(
    gateway: Gateway, impatient: Gateway, upstream: Impostor, at_once: bytes, slowly: bytes
) -> None:
    """408 in the one shape, however steadily its bytes come, and the end of the connection."""
    before = len(upstream.seen)
    started = time.monotonic()
    with connect(impatient) as connection:
        connection.sendall(at_once)
        if b"/live" in at_once:
            first = http.client.HTTPResponse(connection)
            first.begin()
            assert (first.status, first.read()) == (200, b'{"live":true}\n')
            started = time.monotonic()
        answer = trickle(connection, slowly) + rest_of(connection)
    assert SECONDS * 0.9 < time.monotonic() - started < SECONDS + 2
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 408 " in head.splitlines()[0]
    assert b"connection: close" in head.lower()
    error = json.loads(body)
    assert (error["code"], error["message"], error["details"]) == ("PT408", "request_timeout", "{}")
    assert len(upstream.seen) == before


def test_an_idle_connection(impatient: Gateway) -> None:
    """It is closed without a word, before its first request and after."""
    for request in (b"", b"GET /live HTTP/1.1\r\nHost: berth\r\n\r\n"):
        with connect(impatient) as connection:
            connection.sendall(request)
            started = time.monotonic()
            assert rest_of(connection).count(b"HTTP/1.1") == bool(request)
        assert IDLE_SECONDS * 0.9 < time.monotonic() - started < IDLE_SECONDS + 2


def test_a_connection_outlasts_a_proxy_s(gateway: Gateway, tmp_path: Path, upstream: Impostor) -> None:
    """Nginx and most load balancers keep theirs for a minute. Who stops the gateway does not wait for them."""
    assert Settings().keepalive_seconds > 60
    request = b"GET /live HTTP/1.1\r\nHost: berth\r\n\r\n"
    with running_gateway(upstream.url, tmp_path) as own, connect(own) as used, connect(own) as fresh:
        used.sendall(request)
        assert used.recv(65536).startswith(b"HTTP/1.1 200")
        time.sleep(4)
        used.sendall(request)
        assert used.recv(65536).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        own.signal(signal.SIGTERM)
        assert rest_of(used) == rest_of(fresh) == b""
        assert own.wait() == 0
        assert time.monotonic() - started < 6
    assert not list(tmp_path.glob("berth-metrics-*"))


def test_pipelined_requests(impatient: Gateway) -> None:
    """Each has a time of its own, and none waits for the other's."""
    request = b"GET /live HTTP/1.1\r\nHost: berth\r\n\r\n"
    with connect(impatient) as connection:
        for _ in range(3):
            connection.sendall(request * 3)
            time.sleep(SECONDS / 2)
        assert rest_of(connection).count(b"HTTP/1.1 200") == 9


def test_a_slow_answer_is_no_slow_request(tmp_path: Path) -> None:
    """Only the way in is timed."""
    with (
        Impostor((200, {}, b"[]"), delay=1.5).listening() as slow,
        running_gateway(slow.url, tmp_path, request_seconds=0.5) as gateway,
    ):
        assert gateway.send(None, "POST", "/rest/v1/rpc/any", {}).status == 200


def test_the_connections_of_one_address(impatient: Gateway, tmp_path: Path, upstream: Impostor) -> None:
    """What is too many gets 429; when some have gone, new ones come in. Behind a proxy they are not counted."""
    with ExitStack() as held:
        kept = []
        for _ in range(20):
            kept.append(held.enter_context(connect(impatient)))
            kept[-1].sendall(b"G")  # a request begins, or it would only be idle
        time.sleep(0.2)
        with connect(impatient) as connection:
            head, _, body = rest_of(connection).partition(b"\r\n\r\n")
        assert b" 429 " in head.splitlines()[0]
        assert json.loads(body)["message"] == "too_many_requests"
        kept[0].close()
        time.sleep(0.2)
        assert impatient.send(None, "GET", "/live").status == 200
    with (
        running_gateway(upstream.url, tmp_path, address_connections=2, trusted_proxies=1) as gateway,
        ExitStack() as held,
    ):
        for _ in range(5):
            held.enter_context(connect(gateway)).sendall(b"G")
        assert gateway.send(None, "GET", "/live").status == 200


def test_networks() -> None:
    assert [network_of(one) for one in ("192.0.2.1", "2001:db8:1:2::3", "2001:db8:1:2:ffff::", "unix:", "")] == [
        "192.0.2.1", "2001:db8:1:2::/64", "2001:db8:1:2::/64", "unknown", "unknown",
    ]  # fmt: skip
