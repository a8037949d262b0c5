"""The order in which the log is read: whoever keeps a transaction open keeps nobody else's events back."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from gateway.live_log import THE_BEGINNING
from tests.conftest import Person, Server, Stack, Tenant, make_tenant
from tests.gateway_fixtures import Gateway, slot
from tests.stream_client import Stream
from tests.test_events import acting_as, book, page

PROMPT = 1.0
"""Seconds within which a reader has an event, whatever others do; 3 are promised."""

sequence = "select booking.sequence_events()"


@pytest.fixture
def url(server: Server, berth_db: psycopg.Connection[Any]) -> str:
    berth_db.autocommit = True
    return server.url(berth_db.info.dbname)


@pytest.fixture
def other(stack: Stack) -> Iterator[Tenant]:
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        yield make_tenant(connection)


@contextmanager
def consumer(tenant: Tenant) -> Iterator[str]:
    """A new one, which begins here."""
    name = f"test_{''.join(filter(str.isalpha, uuid.uuid4().hex))}"
    tenant.connection.execute(sequence)
    tenant.connection.execute("insert into booking.event_consumers (name) values (%s)", (name,))
    yield name
    tenant.connection.execute("delete from booking.event_consumers where name = %s", (name,))


def taken(tenant: Tenant, name: str) -> list[str]:
    """The reservations of the events that the consumer takes."""
    rows = tenant.connection.execute(
        "select reservation_id::text from booking.take_events(%s) where reservation_id is not null order by seq",
        (name,),
    ).fetchall()
    return [row[0] for row in rows]


def ids(events: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["reservation"]["id"] for event in events if event["type"].startswith("reservation.")]


def test_an_open_transaction_keeps_nobody_back(gateway: Gateway, stack: Stack, tenant: Tenant, other: Tenant) -> None:
    """Its own events come when it commits, once and in order, also to readers who have gone past."""
    busy, reader = tenant.person("approver"), other.person("approver")
    room, another, theirs = tenant.resource(), str(tenant.resource("Room 2")), str(other.resource())
    with (
        consumer(tenant) as name, Stream(gateway, reader) as stream, Stream(gateway, busy) as late,
        psycopg.connect(stack.database_url) as open_one,
    ):  # fmt: skip
        after, before = page(gateway, reader)["next"], page(gateway, busy)["next"]
        acting_as(open_one, busy)
        held_back = [book(open_one, room, number) for number in range(2)]
        started = time.monotonic()
        made = gateway.book(reader, resource_id=theirs, **slot()).json()["id"]
        mine = gateway.book(busy, resource_id=another, **slot()).json()["id"]
        assert ids(page(gateway, reader, f"after={after}")["events"]) == [made]
        assert ids(stream.take(1)) == [made]
        tenant.connection.execute(sequence)
        assert taken(tenant, name) == [made, mine]
        assert ids(late.take(1)) == [mine]
        first = page(gateway, busy, f"after={before}")
        assert ids(first["events"]) == [mine]
        assert time.monotonic() - started < PROMPT
        held_back.append(book(open_one, room, 2))
        open_one.commit()
        tenant.connection.execute(sequence)
        assert taken(tenant, name) == held_back
        assert ids(late.take(3)) == held_back
        assert ids(page(gateway, busy, f"after={first['next']}")["events"]) == held_back
        assert ids(page(gateway, busy, f"after={before}")["events"]) == [mine, *held_back]
        assert list(stream.events(until=0.1)) == list(late.events(until=0.1)) == []


def test_a_slow_reader_keeps_nobody_back(gateway: Gateway, stack: Stack, other: Tenant, tenant: Tenant) -> None:
    """A member may make PostgREST's statement as slow as its timeout allows; it puts nothing in order meanwhile."""
    room = str(other.resource())
    with Stream(gateway, other.person("member")) as stream, psycopg.connect(stack.database_url) as slow:
        tenant.resource("so that there is something new")
        acting_as(slow, tenant.person("member"))
        slow.execute("select from api.list_events()")
        started = time.monotonic()
        made = gateway.book(other.person("member"), resource_id=room, **slot()).json()["id"]
        assert ids(stream.take(1)) == [made]
        assert ids(page(gateway, other.person("member"))["events"]) == [made]
        assert time.monotonic() - started < PROMPT


def write(connection: psycopg.Connection[Any], tenant: Tenant, count: int = 1) -> None:
    """Events of no consequence."""
    connection.execute(
        "insert into booking.events (tenant_id, type, subject) select %s, 'x.y', '{}' from generate_series(1, %s)",
        (tenant.id, count),
    )


def order(tenant: Tenant) -> list[int]:
    """The events of the tenant as they were written, in the order in which they are read."""
    rows = tenant.connection.execute(
        "select e.seq - min(e.seq) over () from booking.events e"
        " join booking.event_positions p on p.tenant_id = e.tenant_id and p.event_id = e.id"
        " where e.tenant_id = %s order by p.position",
        (tenant.id,),
    ).fetchall()
    return [row[0] for row in rows]


def test_readers_help_themselves_where_nobody_attends(url: str, berth_db: psycopg.Connection[Any]) -> None:
    """By parts that a request can bear; nothing is left out between them."""
    tenant = make_tenant(berth_db)
    person = tenant.person("admin")
    write(berth_db, tenant, 25_000)
    with psycopg.connect(url) as connection:
        read = []
        for _ in range(4):
            acting_as(connection, person)
            row = connection.execute("select count(*) from api.events").fetchone()
            connection.execute("select from api.list_events(max_results => 1)")
            connection.commit()
            assert row
            read.append(row[0])
    assert read == [0, 10_000, 20_000, 25_000]
    assert order(tenant) == list(range(25_000))


def test_a_year_of_events_is_no_request_s_to_put_in_order(url: str, berth_db: psycopg.Connection[Any]) -> None:
    tenant = make_tenant(berth_db)
    write(berth_db, tenant, 100_001)
    helped = "select booking.sequence_events(unless_attended => true)"
    assert berth_db.execute(helped).fetchone() == (0,)
    done = []
    while not done or done[-1]:
        row = berth_db.execute(sequence).fetchone()
        assert row
        done.append(row[0])
    assert done == [50_000, 50_000, 1, 0]
    assert order(tenant) == list(range(100_001))


def test_whoever_puts_in_order_may_write_before_and_after(url: str, berth_db: psycopg.Connection[Any]) -> None:
    """Own events are seen after the commit, whatever others have begun since."""
    tenant = make_tenant(berth_db)
    with psycopg.connect(url) as connection:
        for number in range(3):
            write(connection, tenant)
            write(berth_db, tenant)  # so that its transaction is not the newest
            connection.execute(sequence)
            seen = connection.execute("select count(*) from booking.event_positions").fetchone()
            assert seen == (number + 1,)
        connection.commit()
    berth_db.execute(sequence)
    assert sorted(order(tenant)) == list(range(6))


def test_none_in_a_snapshot_of_before(url: str, berth_db: psycopg.Connection[Any]) -> None:
    """Nor where nothing can be written: such a reader reads what there is."""
    tenant = make_tenant(berth_db)
    write(berth_db, tenant)
    for mode in ("isolation level repeatable read", "isolation level serializable", "read only"):
        with psycopg.connect(url) as connection:
            connection.execute(f"set transaction {mode}".encode())
            assert connection.execute(sequence).fetchone() == (0,)
            acting_as(connection, tenant.person("admin"))
            assert connection.execute("select * from api.list_events()").fetchall() == []
    assert berth_db.execute(sequence).fetchone() == (1,)


@pytest.mark.parametrize("restored", ["system_identifier = 1", "snapshot_xmax = '9000000000'"])
def test_a_log_from_elsewhere_goes_on(url: str, berth_db: psycopg.Connection[Any], restored: str) -> None:
    """As after a dump is restored in another cluster, or in a copy of this one: transaction ids mean nothing there."""
    tenant = make_tenant(berth_db)
    write(berth_db, tenant, 3)
    berth_db.execute(sequence)
    write(berth_db, tenant, 2)
    berth_db.execute("set session_replication_role = replica")
    berth_db.execute("update booking.events set xid = (9000000000 + seq)::text::xid8")
    berth_db.execute("set session_replication_role = origin")
    berth_db.execute(f"update booking.event_sequencer set {restored}".encode())
    write(berth_db, tenant, 2)
    assert berth_db.execute(sequence).fetchone() == (4,)
    assert berth_db.execute(sequence).fetchone() == (0,)
    write(berth_db, tenant, 1)
    assert berth_db.execute(sequence).fetchone() == (1,)
    assert order(tenant) == list(range(8))


def listed(connection: psycopg.Connection[Any], person: Person, after: str | None) -> list[str]:
    with connection.transaction():
        acting_as(connection, person)
        rows = connection.execute(
            "select cursor from api.list_events(%s, '{x.y}', max_results => 1000)", (after,)
        ).fetchall()
    return [row[0] for row in rows]


def test_a_cursor_whose_event_is_lost(url: str, berth_db: psycopg.Connection[Any]) -> None:
    """With a failover to a standby that was behind, or an older backup: what is new comes, and what was before does not."""
    tenant = make_tenant(berth_db)
    person = tenant.person("admin")
    assert listed(berth_db, person, THE_BEGINNING) == []
    for _ in range(5):
        write(berth_db, tenant)
        time.sleep(0.005)
    berth_db.execute(sequence)
    whole = listed(berth_db, person, None)
    assert len(whole) == 5
    assert listed(berth_db, person, THE_BEGINNING) == whole
    lost = whole[2]
    berth_db.execute("set session_replication_role = replica")
    for table, column in (("events", "id"), ("event_positions", "event_id")):
        berth_db.execute(f"delete from booking.{table} where {column} = %s".encode(), (lost,))
    berth_db.execute("set session_replication_role = origin")
    assert listed(berth_db, person, lost) == whole[3:]
    newest = str(uuid.UUID(int=uuid.UUID(whole[-1]).int + (2 << 80)))
    assert listed(berth_db, person, newest) == []
    time.sleep(0.005)
    write(berth_db, tenant)
    berth_db.execute(sequence)
    assert len(listed(berth_db, person, newest)) == 1
    assert listed(berth_db, person, newest) == listed(berth_db, person, whole[-1])


def test_what_puts_in_order_sees_nothing_else(url: str, berth_db: psycopg.Connection[Any]) -> None:
    make_tenant(berth_db).resource()
    with psycopg.connect(url) as connection:
        connection.execute("set role berth_sequencer")
        assert connection.execute("select count(seq) from booking.events").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select subject from booking.events")
