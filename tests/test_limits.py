"""Whoever asks too much is told so, and nobody else; and no request, however malformed, leaves its secrets in the log."""

import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from gateway import limits
from gateway.limits import Buckets
from tests.conftest import JWT_SECRET, Stack, Tenant
from tests.gateway_fixtures import Gateway, assert_error, client_of, slot

BURST = 5


def read(
    client: FlaskClient, token: str | None, address: str = "192.0.2.1", method: str = "GET", path: str = "resources"
) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.open(f"/rest/v1/{path}", method=method, headers=headers, environ_base={"REMOTE_ADDR": address})


@pytest.fixture
def client(stack: Stack) -> FlaskClient:
    """A gateway that refills a bucket in 50 seconds."""
    return client_of(stack.rest.url, rate_limit=0.1, rate_burst=BURST)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 2)), max_size=60),
    st.sampled_from([0.5, 3, 100]),
    st.integers(1, 6),
)
def test_buckets_are_what_everybody_knows_as_token_buckets(
    asked: list[tuple[str, float]], rate: float, burst: int
) -> None:
    """Against one that counts drops; a wait is just long enough."""
    buckets, now = Buckets(rate, burst), 100.0
    drops, looked = {"a": float(burst), "b": float(burst)}, {"a": now, "b": now}
    for key, pause in asked:
        now += pause
        drops[key] = min(burst, drops[key] + (now - looked[key]) * rate)
        looked[key] = now
        wait = buckets.take(key, now)
        if abs(drops[key] - 1) < 1e-6:  # too close to call
            return
        assert (wait == 0) == (drops[key] >= 1)
        if wait:
            assert wait == pytest.approx((1 - drops[key]) / rate)
        else:
            drops[key] -= 1


def test_a_member_who_asks_too_much(client: FlaskClient, tenant: Tenant) -> None:
    """429 in the one shape; others are not disturbed, and operators not counted."""
    greedy, modest = tenant.person("member"), tenant.another("member")
    assert read(client, modest.token, "192.0.2.7").status_code == 200
    # The first one counts for the address: only PostgREST could tell whose the token is.
    answers = [read(client, greedy.token) for _ in range(BURST + 2)]
    assert [answer.status_code for answer in answers] == [200] * (BURST + 1) + [429]
    assert_error(answers[-1], 429, "too_many_requests")
    assert 8 <= int(answers[-1].headers["Retry-After"]) <= 10
    assert read(client, greedy.token, "192.0.2.2").status_code == 429
    assert client.get("/v1/events", headers={"Authorization": f"Bearer {greedy.token}"}).status_code == 429
    assert read(client, modest.token).status_code == 200
    assert client.get("/metrics").status_code == 200
    again = jwt.encode({**greedy.claims, "jti": "another"}, JWT_SECRET, algorithm="HS256")
    assert [read(client, again, "192.0.2.3").status_code for _ in range(2)] == [200, 429]


def test_forged_tokens_empty_nobodys_bucket_but_the_forgers(client: FlaskClient, tenant: Tenant) -> None:
    victim = tenant.person("member")
    assert read(client, victim.token).status_code == 200

    def forged(number: int) -> str:
        return jwt.encode(
            {**victim.claims, "jti": number}, "not the secret, though it is long enough", algorithm="HS256"
        )

    answers = [
        read(client, forged(n), "192.0.2.66", "OPTIONS" if n % 2 else "GET").status_code for n in range(BURST + 1)
    ]
    assert answers == [401] * BURST + [429]
    assert read(client, None, "192.0.2.66").status_code == 429
    assert read(client, victim.token).status_code == 200


def test_neighbours_in_a_network(client: FlaskClient) -> None:
    """One address each, of IPv6 one network each."""
    assert {read(client, None, f"192.0.2.{n}").status_code for n in range(2 * BURST)} == {401}
    assert [read(client, None, f"2001:db8:1:2::{n}").status_code for n in range(BURST + 1)] == [401] * BURST + [429]
    assert read(client, None, "2001:db8:1:3::1").status_code == 401


def test_the_address_behind_a_proxy(stack: Stack) -> None:
    """The last one that a proxy of ours has added, not what the client says."""
    client = client_of(stack.rest.url, rate_limit=0.1, rate_burst=1, trusted_proxies=1)

    def status(forwarded: str) -> int:
        return client.get("/rest/v1/", headers={"X-Forwarded-For": forwarded}).status_code

    assert [status("192.0.2.1"), status("192.0.2.2"), status("10.0.0.1, 192.0.2.2")] == [401, 401, 429]


def test_a_refused_idempotency_key_is_still_unused(stack: Stack, tenant: Tenant) -> None:
    person, room = tenant.person("member"), str(tenant.resource())
    client = client_of(stack.rest.url, rate_limit=1, rate_burst=1)
    headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": "k"}
    arguments = {"resource_id": room, **slot()}
    read(client, person.token)

    def book() -> Any:
        return client.post("/rest/v1/rpc/create_reservation", json=arguments, headers=headers)

    read(client, person.token)
    refused = book()
    assert_error(refused, 429, "too_many_requests")
    time.sleep(int(refused.headers["Retry-After"]))
    made = book()
    assert (made.status_code, "Idempotency-Replayed" in made.headers) == (200, False)


def test_no_limit(stack: Stack) -> None:
    client = client_of(stack.rest.url, rate_limit=0, rate_burst=1)
    assert {read(client, None).status_code for _ in range(5)} == {401}


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_KNOWN", 100)
    buckets = Buckets(0.1, 1)
    for n in range(1000):
        assert buckets.take(str(n), 0) == 0
        assert buckets.take("regular", n) >= 0
    assert len(buckets._full_at) == 100
    assert buckets.take("regular", 999) > 0


@pytest.mark.parametrize(
    "request_",
    [b"GET /v1/calendars/hush-token.ics", b"hush hush hush HTTP/1.1", b"GET /hush HTTP/9.9",
     b"GET /" + b"hush" * 3000 + b" HTTP/1.1",
     b"GET / HTTP/1.1\r\nAuthorization Bearer hush", b"GET / HTTP/1.1\r\nX: " + b"hush" * 9000],
)  # fmt: skip
def test_what_is_no_request(gateway: Gateway, request_: bytes) -> None:
    """Gunicorn's refusals have the one shape, too, and quote nothing in the log."""
    address = urlsplit(gateway.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=5) as connection:
        connection.sendall(request_ + b"\r\n\r\n")
        answer = b""
        while more := connection.recv(65536):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 400 " in head.splitlines()[0]
    assert b'"message": "bad_request"' in body
    assert "hush" not in Path(gateway.log_file).read_text()


def test_a_path_is_logged_by_its_pattern(gateway: Gateway) -> None:
    gateway.send(None, "GET", "/v1/calendars/hush-path.ics?hush-query=1")
    gateway.send(None, "GET", "/rest/v1/hush-table?hush=eq.1")
    assert "hush" not in Path(gateway.log_file).read_text()
