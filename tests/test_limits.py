"""Whoever asks too much is told so, and nobody else; and no request, however malformed, leaves its secrets in the log."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import psycopg
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from gateway import limits
from gateway.errors import ApiError
from gateway.limits import Buckets, Turns
from tests.conftest import JWT_SECRET, Person, Stack, Tenant, make_tenant
from tests.gateway_fixtures import Gateway, Impostor, assert_error, client_of, slot

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
    """Compared with a bucket that counts its drops; and a wait is just long enough."""
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
    headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": "k"}
    arguments = {"resource_id": room, **slot()}

    def book(client: FlaskClient) -> Any:
        return client.post("/rest/v1/rpc/create_reservation", json=arguments, headers=headers)

    strict = client_of(stack.rest.url, rate_limit=0.01, rate_burst=1)
    for _ in range(2):  # the first counts for the address
        read(strict, person.token)
    assert_error(book(strict), 429, "too_many_requests")
    made = book(client_of(stack.rest.url))
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
    """What gunicorn refuses by itself gets the one shape too, and the log quotes nothing of it."""
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


@contextmanager
def under_way(stack: Stack, person: Person, **settings: int) -> Iterator[None]:
    """A request that PostgREST has begun with this person's token, and that is not done yet."""
    with psycopg.connect(stack.database_url) as connection:
        for name, value in settings.items():
            connection.execute("select set_config('booking.' || %s, %s, true)", (name, str(value)))
        connection.execute("set local role authenticated")
        connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(person.claims),))
        connection.execute("select booking.check_request()")
        yield
        connection.rollback()


def test_requests_under_way_in_the_database(stack: Stack, tenant: Tenant) -> None:
    """Straight at PostgREST: 16 of a member, of a tenant as many as it has members; never another tenant's."""
    greedy, modest = tenant.person("member"), tenant.another("member")
    stranger = make_tenant(tenant.connection).person("member")

    def status(person: Person) -> int:
        answer = stack.send(person, "GET", "resources")
        if answer.status == 429:
            assert_error(answer, 429, "too_many_requests")
        return answer.status

    with ExitStack() as held:
        for _ in range(16):
            assert status(greedy) == 200
            held.enter_context(under_way(stack, greedy))
        assert (status(greedy), status(modest), status(stranger)) == (429, 200, 200)
    assert (status(greedy), status(modest)) == (200, 200)


@pytest.mark.parametrize(
    ("of_member", "of_tenant", "held", "is_refused"),
    [(3, 16, 3, True), (3, 16, 2, False), (12, 3, 3, True), (12, 3, 2, False), (0, 0, 20, False), (0, 3, 3, True)],
)
def test_the_databases_bounds_are_settings(
    stack: Stack, tenant: Tenant, of_member: int, of_tenant: int, held: int, is_refused: bool
) -> None:
    """0 switches a bound off."""
    person, settings = tenant.person("member"), {"member_concurrency": of_member, "tenant_concurrency": of_tenant}
    with ExitStack() as requests:
        for _ in range(held):
            requests.enter_context(under_way(stack, person, **settings))
        with (
            pytest.raises(psycopg.Error) if is_refused else nullcontext() as raised,
            under_way(stack, person, **settings),
        ):
            pass
    assert not raised or raised.value.sqlstate == "PT429"


@pytest.fixture
def blocker(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    """The connection that holds the lock of ``blocked`` until it rolls back."""
    with psycopg.connect(stack.database_url) as connection:
        yield connection


@pytest.fixture
def blocked(blocker: psycopg.Connection[Any], tenant: Tenant) -> str:
    """A resource that somebody else keeps locked."""
    room = str(tenant.resource())
    blocker.execute("select from booking.resources where tenant_id = %s and id = %s for update", (tenant.id, room))
    return room


def test_a_lock_is_not_waited_for_long(gateway: Gateway, stack: Stack, tenant: Tenant, blocked: str) -> None:
    """The gateway answers 503 try_again; PostgREST itself answers 500 with 55P03."""
    person, started = tenant.person("member"), time.monotonic()
    answer = gateway.book(person, resource_id=blocked, **slot())
    assert_error(answer, 503, "try_again")
    assert answer.headers["Retry-After"] == "1"
    assert 4.9 < time.monotonic() - started < 7
    straight = stack.rpc(person, "create_reservation", resource_id=blocked, **slot())
    assert (straight[0], straight[1]["code"]) == (500, "55P03")


@pytest.mark.parametrize("road", ["gateway", "postgrest"])
def test_waiting_calls_of_one_member_delay_no_other_tenant(
    gateway: Gateway, stack: Stack, tenant: Tenant, blocker: psycopg.Connection[Any], blocked: str, road: str
) -> None:
    """Not even 25 at once, on either road to PostgREST's 20 connections."""
    greedy, other = tenant.person("member"), make_tenant(tenant.connection)
    modest, room = other.person("member"), str(other.resource())
    assert gateway.send(greedy, "GET", "/rest/v1/resources").status == 200

    def wait(number: int) -> int:
        if road == "gateway":
            return gateway.book(greedy, resource_id=blocked, **slot(number)).status
        return stack.rpc(greedy, "create_reservation", resource_id=blocked, **slot(number))[0]

    with ThreadPoolExecutor(25) as pool:
        waiting = [pool.submit(wait, number) for number in range(25)]
        time.sleep(0.5)
        for number in range(5):
            started = time.monotonic()
            if road == "gateway":
                assert gateway.book(modest, resource_id=room, **slot(number)).status == 200
            else:
                assert stack.rpc(modest, "create_reservation", resource_id=room, **slot(number))[0] == 200
            assert time.monotonic() - started < 1
        assert not all(one.done() for one in waiting)
        blocker.rollback()
        statuses = Counter(one.result() for one in waiting)
    # At PostgREST the database has refused nine of them at once; at the gateway all have waited.
    assert statuses == ({200: 25} if road == "gateway" else {200: 16, 429: 9})


def test_turns_come_in_order() -> None:
    """There is a number of turns for each key. Who waits gets one in order of arrival; other keys do not wait."""
    turns, order, lock = Turns(lambda _: 2, 100), [], threading.Lock()
    most = [0, 0]

    def take(number: int) -> None:
        time.sleep(number * 0.02)
        with turns.turn("a", time.monotonic() + 10):
            with lock:
                order.append(number)
                most[0] += 1
                most[1] = max(most)
            time.sleep(0.1)
            with lock:
                most[0] -= 1

    with ThreadPoolExecutor(12) as pool:
        done = [pool.submit(take, number) for number in range(12)]
        time.sleep(0.1)
        started = time.monotonic()
        with turns.turn("b", started + 10):
            assert time.monotonic() - started < 0.1
        for one in done:
            one.result()
    assert (order, most[1]) == (list(range(12)), 2)
    assert (turns._busy, turns._waiting) == ({}, {})


def test_who_waits_too_long_or_in_too_long_a_queue() -> None:
    """They get 429, and their places are free again."""
    turns = Turns(lambda _: 1, 2)

    def status(seconds: float) -> int:
        try:
            with turns.turn("a", time.monotonic() + seconds):
                return 200
        except ApiError as error:
            assert (error.slug, error.retry_after) == ("too_many_requests", 2)
            return error.status

    with ThreadPoolExecutor(3) as pool:
        with turns.turn("a", 0):
            waiting = [pool.submit(status, 0.3), pool.submit(status, 10)]
            time.sleep(0.1)
            assert status(10) == 429
            assert waiting[0].result() == 429
        assert waiting[1].result() == 200
    assert status(0) == 200
    assert (turns._busy, turns._waiting) == ({}, {})


def test_64_clients_of_one_member_are_served(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    """They take turns, and none sees a 429."""
    person, room = tenant.person("member"), str(tenant.resource())
    with ThreadPoolExecutor(64) as pool:
        statuses = Counter(pool.map(lambda _: gateway.book(person, resource_id=room, **slot()).status, range(256)))
    assert statuses == {200: 1, 409: 255}


def rounds(client: FlaskClient, *asked: tuple[str | None, str], status: int = 200) -> int:
    """How long these requests take when sent at once, in whole units of 0.3 seconds, which is one answer's time."""
    started = time.monotonic()
    with ThreadPoolExecutor(len(asked)) as pool:
        assert {answer.status_code for answer in pool.map(lambda a: read(client, *a), asked)} == {status}
    return int((time.monotonic() - started) // 0.3)


def test_a_token_is_known_by_a_refusal_too(tenant: Tenant) -> None:
    """PostgREST calls our functions only with a valid token, so a refusal by one of them shows that it is valid."""
    one, two, here = tenant.person("member").token, tenant.person("manager").token, "192.0.2.1"
    for code, expected in ((b"PT400", 1), (b"PGRST100", 2)):
        body = b'{"code":"%s","message":"x"}' % code
        with Impostor((400, {}, body), delay=0.3).listening() as slow:
            client = client_of(slow.url, member_concurrency=1)
            for token in (one, two):
                assert rounds(client, (token, here), status=400) == 1
            assert rounds(client, (one, here), (two, here), status=400) == expected


def test_who_asks_alone_has_more_turns(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a while after another member has asked there is one turn at a time, then there are several again."""
    monkeypatch.setattr(limits, "SHARED_SECONDS", 1.0)
    one, two, here = tenant.person("member").token, tenant.person("manager").token, "192.0.2.1"
    with Impostor((200, {}, b"[]"), delay=0.3).listening() as slow:
        client = client_of(slow.url, member_concurrency=3)
        for token in (two, one):
            assert rounds(client, (token, here)) == 1  # whose they are is known from now on
        assert rounds(client, *[(one, here)] * 3) == 1
        assert rounds(client, (two, here)) == 1
        assert rounds(client, *[(one, here)] * 3) == 3
        time.sleep(1)
        assert rounds(client, *[(one, here)] * 3) == 1


def test_whose_requests_count_together(stack: Stack, tenant: Tenant) -> None:
    """All of a member's, with any of their tokens. Without a token, or with one not yet accepted, all of an address's."""
    with Impostor((200, {}, b"[]"), delay=0.3).listening() as slow:
        client = client_of(slow.url, member_concurrency=1, tenant_concurrency=2)

        one, two, three = (person.token for person in (tenant.another("member") for _ in range(3)))

        here, there = "192.0.2.1", "192.0.2.2"
        assert rounds(client, (None, here), (None, here)) == 2
        assert rounds(client, (None, here), (None, there)) == 1
        assert rounds(client, (one, here), (two, here)) == 2  # whose they are, nobody knows yet
        assert rounds(client, (three, here)) == 1
        assert rounds(client, (one, here), (one, there)) == 2
        assert rounds(client, (one, here), (two, here)) == 1
        assert rounds(client, (one, here), (two, here), (three, here)) == 2  # the tenant's
        assert rounds(client, (one, here), (two, here), (None, here)) == 1
