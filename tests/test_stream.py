"""The live log: what /v1/events shows, as it happens, without loss or repeat, to those who may see it."""

import json
import os
import random
import re
import signal
import statistics
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import jwt
import psycopg
import pytest

from gateway.live_log import MAX_QUEUED, THE_BEGINNING
from tests.conftest import JWT_SECRET, Person, Stack, Tenant, make_tenant
from tests.gateway_fixtures import Gateway, assert_error, client_of, running_gateway, slot
from tests.stream_client import Stream
from tests.test_events import acting_as, book, page, pages, settle

IDLE = int(os.environ.get("BERTH_TEST_STREAMS", "250"))
THREADS = 10
"""The most that gevent keeps by itself, to resolve names."""


@pytest.fixture
def quick(stack: Stack, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of one test's own, which pings after half a second."""
    with running_gateway(stack.rest.url, tmp_path, database_url=stack.gateway_database_url, stream_ping=0.5) as gateway:
        yield gateway


def cancel(connection: psycopg.Connection[Any], reservation_id: str) -> None:
    connection.execute("select from api.cancel_reservation(%s)", (reservation_id,))


def test_what_happens_is_sent_as_the_log_has_it(gateway: Gateway, tenant: Tenant) -> None:
    person, room = tenant.person("member"), str(tenant.resource())
    with Stream(gateway, person) as stream:
        made = [gateway.book(person, resource_id=room, title="Zürich\n", **slot(number)).json() for number in range(3)]
        heard = stream.take(3)
    assert [event["data"]["reservation"]["id"] for event in heard] == [reservation["id"] for reservation in made]
    settle(tenant)
    assert heard == page(gateway, person, "types=reservation.*")["events"]


def test_a_new_stream_begins_now_and_can_be_resumed_before_its_first_event(gateway: Gateway, tenant: Tenant) -> None:
    person, room = tenant.person("member"), str(tenant.resource())
    gateway.book(person, resource_id=room, **slot(0))
    settle(tenant)
    with Stream(gateway, person) as stream:
        assert list(stream.events(until=0.3)) == []
        cursor = stream.cursor
    missed = gateway.book(person, resource_id=room, **slot(1)).json()["id"]
    with Stream(gateway, person, cursor=cursor) as stream:
        assert stream.take(1)[0]["data"]["reservation"]["id"] == missed


def test_nothing_is_lost_or_repeated(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    """Writers who hold their transactions open for random times, and readers who hang up at random and resume."""
    writers, bookings, readers = 6, 15, 4
    total = 2 * writers * bookings
    room, person = tenant.resource(capacity=writers), tenant.person("approver")
    settle(tenant)
    start = page(gateway, person)["next"]

    def write(writer: int) -> None:
        with psycopg.connect(stack.database_url) as connection:
            for number in range(bookings):
                acting_as(connection, person)
                made = book(connection, room, writer * bookings + number)
                time.sleep(random.expovariate(1 / 0.02))
                connection.commit()
                acting_as(connection, person)
                cancel(connection, made)
                connection.commit()

    def read(reader: int) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        cursor, random_ = start, random.Random(reader)
        while len(heard) < total:
            # By either road; ?after= is what the first connection says, the header what a browser adds to it.
            by_header = random_.random() < 0.8
            query = f"after={start if by_header else cursor}"
            with Stream(gateway, person, query, cursor if by_header else None) as stream:
                wanted = min(1 + int(random_.expovariate(1 / 20)), total - len(heard))
                heard += stream.take(wanted)
                cursor = heard[-1]["cursor"]
        return heard

    with ThreadPoolExecutor(writers + readers) as pool:
        listening = [pool.submit(read, number) for number in range(readers)]
        for writing in [pool.submit(write, number) for number in range(writers)]:
            writing.result()
        settle(tenant)
        expected = list(pages(gateway, person, 1000, start))
        assert len(expected) == total
        for reader in listening:
            assert reader.result() == expected


def test_resuming_at_any_point_gives_the_rest(gateway: Gateway, tenant: Tenant) -> None:
    """From the very beginning on, over more than a page."""
    person = tenant.person("approver")
    tenant.connection.execute(
        "insert into booking.resources (tenant_id, name) select %s, n::text from generate_series(1, 450) n",
        (tenant.id,),
    )
    settle(tenant)
    whole = list(pages(gateway, person, 1000))
    assert len(whole) == 450
    for begin in (-1, 0, 448, 449, *random.sample(range(450), 4)):
        cursor = whole[begin]["cursor"] if begin >= 0 else THE_BEGINNING
        with Stream(gateway, person, cursor=cursor) as stream:
            rest = whole[begin + 1 :]
            assert (stream.take(len(rest)) if rest else []) == rest
            assert list(stream.events(until=0.05)) == []


@pytest.mark.parametrize(
    "types", ["reservation.cancelled", "reservation.*", "resource.created,*.cancelled", "reservation_*", "*", "re*c*led,b*",
              "*a*a*a*a*a*b", "resource.created&types=*.confirmed"],
)  # fmt: skip
def test_filters_are_the_same_live_as_in_the_log(gateway: Gateway, tenant: Tenant, types: str) -> None:
    person = tenant.person("member")
    rooms = [str(tenant.resource(f"Room {number}")) for number in range(2)]
    query = f"types={types}&resource_id={rooms[1]}"
    settle(tenant)
    start = page(gateway, person)["next"]
    with Stream(gateway, person, query) as stream, Stream(gateway, person, f"resource_id={rooms[1]}") as whole:
        for room in rooms:
            made = gateway.book(person, resource_id=room, **slot()).json()["id"]
            gateway.send(person, "POST", "/rest/v1/rpc/cancel_reservation", {"reservation_id": made})
        whole.take(2)
        settle(tenant)
        expected = page(gateway, person, f"{query}&after={start}")["events"]
        assert list(stream.events(until=0.3)) == expected
    with Stream(gateway, person, query, cursor=start) as stream:
        assert list(stream.events(until=0.1)) == expected


def test_who_hears_what(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    """A member their own reservations' events and the resources'; an approver all; nobody another tenant's."""
    room = str(tenant.resource(capacity=2))
    member, colleague, approver = tenant.person("member"), tenant.another("member"), tenant.person("approver")
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        other = make_tenant(connection).person("admin")
    with (
        Stream(gateway, member) as to_member, Stream(gateway, member) as again, Stream(gateway, colleague) as to_colleague,
        Stream(gateway, approver) as to_approver, Stream(gateway, other) as to_other,
    ):  # fmt: skip
        mine = gateway.book(member, resource_id=room, **slot()).json()["id"]
        theirs = gateway.book(colleague, resource_id=room, **slot()).json()["id"]
        tenant.resource("Room 2")

        def heard(stream: Stream, count: int) -> list[str]:
            return [(event["data"].get("reservation") or {}).get("id", event["type"]) for event in stream.take(count)]

        assert heard(to_approver, 3) == [mine, theirs, "resource.created"]
        assert heard(to_member, 2) == heard(again, 2) == [mine, "resource.created"]
        assert heard(to_colleague, 2) == [theirs, "resource.created"]
        for stream in (to_member, again, to_colleague, to_approver, to_other):
            assert list(stream.events(until=0.05)) == []


def test_a_new_role_counts_at_once(gateway: Gateway, tenant: Tenant) -> None:
    room, person, colleague = str(tenant.resource(capacity=9)), tenant.person("member"), tenant.another("member")
    change = "update booking.members set role = %s where tenant_id = %s and user_id = %s"
    with Stream(gateway, person, "types=reservation.*") as stream:
        seen = []
        for number, role in enumerate(["member", "approver", "member", "manager"]):
            tenant.connection.execute(change, (role, tenant.id, person.user_id))
            seen.append(gateway.book(colleague, resource_id=room, **slot(number)).json()["id"])
            settle(tenant)
            list(stream.events(until=0.3)) if role == "member" else None
            if role != "member":
                assert stream.take(1)[0]["data"]["reservation"]["id"] == seen[-1]


def test_a_removed_member_is_shown_out(gateway: Gateway, tenant: Tenant) -> None:
    """Soon, and hears nothing from the very moment on; others stay."""
    room, person, other = str(tenant.resource()), tenant.person("member"), tenant.person("approver")
    with Stream(gateway, person) as stream, Stream(gateway, other) as stays:
        tenant.connection.execute(
            "delete from booking.members where tenant_id = %s and user_id = %s", (tenant.id, person.user_id)
        )
        started = time.monotonic()
        tenant.resource("Room 2")
        assert list(stream.events()) == []
        assert stream.ended
        assert time.monotonic() - started < 2
        assert stream.comments[-1] == "no longer a member"
        gateway.book(other, resource_id=room, **slot())
        assert len(stays.take(2)) == 2
    assert_error(gateway.send(person, "GET", "/v1/events/stream"), 403, "forbidden")


def test_a_stream_ends_with_its_token(gateway: Gateway, tenant: Tenant) -> None:
    person = tenant.person("member")
    expires = int(time.time()) + 2
    token = jwt.encode({**person.claims, "exp": expires}, JWT_SECRET, algorithm="HS256")
    with Stream(gateway, person, token=token) as stream:
        assert list(stream.events()) == []
        assert stream.ended
        assert expires <= time.time() < expires + 2
        assert stream.comments[-1] == "token expired"
    # PostgREST would still let it pass for half a minute.
    answer = gateway.send(None, "GET", "/v1/events/stream", headers={"Authorization": f"Bearer {token}"})
    assert_error(answer, 401, "token_expired")


@pytest.mark.parametrize(
    "query",
    [
        "after=yesterday",
        "after=1.2",
        "after=00000000-0000-4000-8000-000000000000",
        "types=reservation%25",
        "resource_id=room",
    ],
)
def test_malformed_questions(gateway: Gateway, tenant: Tenant, query: str) -> None:
    assert_error(gateway.send(tenant.person("member"), "GET", f"/v1/events/stream?{query}"), 400, "invalid_argument")


def test_a_malformed_last_event_id(gateway: Gateway, tenant: Tenant) -> None:
    answer = gateway.send(tenant.person("member"), "GET", "/v1/events/stream", headers={"Last-Event-ID": "x"})
    assert_error(answer, 400, "invalid_argument")


def test_the_door(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    """401 without a token or with a forged one, 403 for a stranger, 503 where the gateway has no database."""
    forged = jwt.encode(tenant.person("member").claims, "another secret, which is long enough to be one", "HS256")
    odd = jwt.encode(
        {"sub": ["x"], "exp": "soon", "app_metadata": 1}, "another secret, which is long enough to be one", "HS256"
    )
    for headers in (
        {"Authorization": f"Bearer {odd}"},
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Bearer {forged}"},
    ):
        answer = gateway.send(None, "GET", "/v1/events/stream", headers=headers)
        assert answer.status == 401
        assert set(answer.json()) == {"code", "message", "details", "hint"}
    assert_error(gateway.send(Person(tenant.id, uuid.uuid4(), None), "GET", "/v1/events/stream"), 403, "forbidden")
    headers = {"Authorization": f"Bearer {tenant.person('member').token}"}
    assert_error(client_of(stack.rest.url).get("/v1/events/stream", headers=headers), 503, "not_configured")


def test_silence_is_filled(quick: Gateway, tenant: Tenant) -> None:
    with Stream(quick, tenant.person("member")) as stream:
        assert list(stream.events(until=1.8)) == []
        assert stream.comments == ["from here on", "ping", "ping", "ping"]


def test_more_than_a_batch_at_once(gateway: Gateway, tenant: Tenant) -> None:
    """All of one transaction."""
    person = tenant.person("member")
    with Stream(gateway, person) as stream:
        tenant.connection.execute(
            "insert into booking.resources (tenant_id, name) select %s, n::text from generate_series(1, 250) n",
            (tenant.id,),
        )
        names = [int(event["data"]["resource"]["name"]) for event in stream.take(250)]
    assert names == list(range(1, 251))


def test_a_reader_who_falls_behind_reads_the_log(gateway: Gateway, tenant: Tenant) -> None:
    """What is kept for it is bounded; others go on, and it misses nothing."""
    person = tenant.person("approver")
    count = 30 * MAX_QUEUED // 16_000
    with Stream(gateway, person, buffer=4096) as slow, Stream(gateway, person) as fast:
        for number in range(count):
            tenant.resource(f"Room {number}", metadata=json.dumps({"x": "x" * 16_000}))
        whole = fast.take(count)
        assert len({event["id"] for event in whole}) == count
        time.sleep(0.3)
        assert slow.take(count) == whole
        tenant.resource("One more")
        assert slow.take(1) == fast.take(1)


def test_a_reader_who_takes_nothing_is_cut_off(stack: Stack, tmp_path: Path, tenant: Tenant) -> None:
    person = tenant.person("approver")
    count = 30 * MAX_QUEUED // 16_000
    settings = {"database_url": stack.gateway_database_url, "stream_stall": 0.5}
    with running_gateway(stack.rest.url, tmp_path, **settings) as gateway:
        with Stream(gateway, person, buffer=4096) as slow:
            for number in range(count):
                tenant.resource(f"Room {number}", metadata=json.dumps({"x": "x" * 16_000}))
            time.sleep(1.5)
            heard = list(slow.events())
            assert slow.ended
            assert len(heard) < count
        with Stream(gateway, person, cursor=slow.cursor) as stream:
            heard += stream.take(count - len(heard))
        assert [event["data"]["resource"]["name"] for event in heard] == [f"Room {number}" for number in range(count)]
        assert next(line["reason"] for line in gateway.log() if line["event"] == "stream_ended") == "reads too slowly"


def test_streams_end_when_the_gateway_does(stack: Stack, quick: Gateway, tenant: Tenant) -> None:
    with Stream(quick, tenant.person("member")) as stream:
        started = time.monotonic()
        quick.signal(signal.SIGTERM)
        assert list(stream.events()) == []
        assert stream.ended
        assert stream.comments[-1] == "the gateway restarts"
        assert quick.wait() == 0
        assert time.monotonic() - started < 8


def test_a_lost_database_is_only_a_pause(quick: Gateway, tenant: Tenant) -> None:
    """The live log goes on from where it was."""
    person, room = tenant.person("member"), str(tenant.resource())
    with Stream(quick, person) as stream:
        for number in range(3):
            tenant.connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name = 'berth gateway'"
            )
            made = quick.book(person, resource_id=room, **slot(number)).json()["id"]
            assert stream.take(1)[0]["data"]["reservation"]["id"] == made


@pytest.fixture
def own(stack: Stack, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of one test's own, as it is deployed."""
    with running_gateway(stack.rest.url, tmp_path, database_url=stack.gateway_database_url) as gateway:
        yield gateway


def test_many_idle_streams(own: Gateway, tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    """They cost little memory, no thread and no connection to the database; and each hears what happens."""
    people = [tenant.another("member") for _ in range(IDLE)]
    worker = own.worker()
    Stream(own, people[0]).open().close()
    before = worker.memory_info().rss
    opened = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        streams = list(pool.map(lambda person: Stream(own, person).open(), people))
    opened = time.monotonic() - opened
    counted = re.search(rb"^berth_event_streams (\S+)$", own.send(None, "GET", "/metrics").data, re.MULTILINE)
    assert counted
    assert float(counted[1]) in (IDLE, IDLE + 1)  # that of the one who hung up is noticed when it is written to
    spent = worker.cpu_times()
    time.sleep(1)
    idle = sum(worker.cpu_times()[:2]) - sum(spent[:2])
    row = tenant.connection.execute(
        "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'berth gateway'"
    ).fetchone()
    assert row
    assert row[0] <= 20
    assert worker.num_threads() <= 1 + THREADS
    started = time.monotonic()
    tenant.resource("Room 1")
    for stream in streams:
        assert stream.take(1)[0]["type"] == "resource.created"
    told = time.monotonic() - started
    grown = (worker.memory_info().rss - before) / IDLE / 1024
    for stream in streams:
        stream.close()
    with capsys.disabled():
        print(f"\n{IDLE} streams: opened in {opened:.1f} s, {grown:.0f} KiB each, all told in {told:.2f} s", end="; ")
        print(f"{idle:.0%} of a CPU while idle")
    assert grown < 150
    assert told < 5


def opened(stream: Stream) -> int:
    """The status that opening it gets."""
    try:
        stream.open()
    except AssertionError as refusal:
        head = str(refusal)
        assert "429 TOO MANY REQUESTS" in head
        assert "Retry-After: 10" in head
        return 429
    return 200


def test_streams_have_a_number(stack: Stack, tmp_path: Path, tenant: Tenant) -> None:
    """Of a member, whatever tokens open them, and of a tenant; what is closed counts no more, and others have their own."""
    member, colleague = tenant.person("member"), tenant.another("member")
    token = jwt.encode({**member.claims, "exp": int(time.time()) + 900, "jti": "x"}, JWT_SECRET, algorithm="HS256")
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        other = make_tenant(connection).person("member")
    settings = {"database_url": stack.gateway_database_url, "stream_ping": 0.1}
    limits = {"streams_per_member": 3, "streams_per_tenant": 4}
    with running_gateway(stack.rest.url, tmp_path, **settings, **limits) as gateway, ExitStack() as streams:

        def open_one(person: Person, token: str | None = None) -> int:
            return opened(streams.enter_context(closing(Stream(gateway, person, token=token))))

        assert [open_one(member), open_one(member, token), open_one(member)] == [200] * 3
        assert open_one(member, token) == 429
        assert [open_one(colleague), open_one(colleague), open_one(other)] == [200, 429, 200]
        tenant.connection.execute("delete from booking.members where user_id = %s", (member.user_id,))
        deadline = time.monotonic() + 5
        while open_one(colleague) == 429:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_twenty_streams_of_one_member(gateway: Gateway, tenant: Tenant) -> None:
    """Unless the settings say something else."""
    person = tenant.person("member")
    with ExitStack() as streams:
        found = [opened(streams.enter_context(closing(Stream(gateway, person)))) for _ in range(21)]
    assert found == [200] * 20 + [429]


def test_globs_that_would_be_slow(gateway: Gateway, tenant: Tenant) -> None:
    """As a regular expression, 17 characters and one event stopped the gateway for 40 seconds."""
    person, room = tenant.person("member"), str(tenant.resource())
    slow = "*e" * 24 + "*x"
    with Stream(gateway, person, f"types={','.join([slow] * 20)}") as stream, Stream(gateway, person) as other:
        started = time.monotonic()
        gateway.book(person, resource_id=room, **slot())
        assert other.take(1)
        assert list(stream.events(until=0.3)) == []
        assert page(gateway, person, f"types={','.join([slow] * 20)}")["events"] == []
        assert time.monotonic() - started < 3


def test_lag(gateway: Gateway, tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    """From the answer to the writer until the reader has the event."""
    person, room = tenant.person("member"), str(tenant.resource())
    lags = []
    with Stream(gateway, person) as stream:
        for number in range(25):
            time.sleep(random.uniform(0, 0.1))
            gateway.book(person, resource_id=room, **slot(number))
            written = time.monotonic()
            stream.take(1)
            lags.append(time.monotonic() - written)
    with capsys.disabled():
        print(f"\nlag of the stream: median {statistics.median(lags) * 1000:.0f} ms, worst {max(lags) * 1000:.0f} ms")
    assert statistics.median(lags) < 0.25
