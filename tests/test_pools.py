"""Pools against a model that tries every way to hand out the units, and under many clients."""

import contextlib
import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import Server, Stack, Tenant, make_tenant
from tests.test_bundles import Client
from tests.test_races import assert_invariants

BEGIN = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Booking:
    """A booking in the model; hours are counted from BEGIN."""

    start: int
    end: int
    units: int = 1
    unit: int | None = None

    def overlaps(self, other: "Booking") -> bool:
        return self.start < other.end and other.start < self.end


def fits(bookings: list[Booking], capacity: int) -> bool:
    """Whether every unit of every booking can be given a unit of its own for its whole time, pins where they are."""
    # Pinned ones first; what is left, one unit at a time.
    wanted = [b for b in bookings if b.unit] + [b for b in bookings if not b.unit for _ in range(b.units)]

    def place(taken: list[tuple[Booking, int]]) -> bool:
        if len(taken) == len(wanted):
            return True
        booking = wanted[len(taken)]
        for unit in [booking.unit] if booking.unit else range(1, capacity + 1):
            free = unit <= capacity and not any(u == unit and b.overlaps(booking) for b, u in taken)
            if free and place([*taken, (booking, unit)]):
                return True
        return False

    return place([])


HOURS = st.tuples(st.integers(0, 9), st.integers(1, 6)).map(lambda pair: (pair[0], min(10, pair[0] + pair[1])))
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("book"), HOURS, st.integers(1, 2)),
        st.tuples(st.just("pin"), HOURS, st.integers(1, 4)),
        st.tuples(st.just("move"), st.integers(0, 7), HOURS),
        st.tuples(st.just("cancel"), st.integers(0, 7)),
        st.tuples(st.just("capacity"), st.integers(1, 4)),
    ),
    max_size=14,
)


class Pool:
    """One pool in the database and the model of it; each operation is tried on both."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.capacity = 3
        self.bookings: dict[uuid.UUID, Booking] = {}
        tenant = make_tenant(connection)
        manager = tenant.person("manager")
        self.resource = tenant.resource("Desks", capacity=self.capacity)
        connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(manager.claims),))

    def answer(self, query: str, *arguments: Any) -> str | None:
        """The slug of the refusal, or None."""
        try:
            with self.connection.transaction():
                self.connection.execute(query, arguments)
        except psycopg.Error as refusal:
            assert (refusal.sqlstate or "").startswith("PT"), refusal
            return refusal.diag.message_primary
        return None

    def expect(self, answer: str | None, slug: str, accepted: bool) -> bool:
        assert answer == (None if accepted else slug)
        return accepted

    def times(self, hours: tuple[int, int]) -> tuple[datetime, datetime]:
        return BEGIN + timedelta(hours=hours[0]), BEGIN + timedelta(hours=hours[1])

    def add(self, hours: tuple[int, int], units: int, unit: int | None) -> None:
        booking = Booking(*hours, units, unit)
        new = uuid.uuid4()
        possible = fits([*self.bookings.values(), booking], self.capacity)
        if unit is None and units <= self.capacity:
            asked = self.answer(
                "select api.check_reservation_conflict(%s, %s, %s, %s)", self.resource, *self.times(hours), units
            )
            self.expect(asked, "slot_taken", possible)
        answer = self.answer(
            "select api.create_reservation(%s, %s, %s, units => %s, unit => %s, id => %s)",
            self.resource, *self.times(hours), units, unit, new,
        )  # fmt: skip
        if units > self.capacity:
            self.expect(answer, "too_many_units", False)
        elif unit and unit > self.capacity:
            self.expect(answer, "invalid_argument", False)
        elif self.expect(answer, "slot_taken", possible):
            self.bookings[new] = booking

    def apply(self, operation: tuple[Any, ...]) -> None:
        match operation:
            case ("book", hours, units):
                self.add(hours, units, None)
            case ("pin", hours, unit):
                self.add(hours, 1, unit)
            case ("capacity", capacity):
                answer = self.answer("update api.resources set capacity = %s where id = %s", capacity, self.resource)
                if self.expect(answer, "capacity_in_use", fits(list(self.bookings.values()), capacity)):
                    self.capacity = capacity
            case (kind, number, *rest) if number < len(self.bookings):
                chosen = list(self.bookings)[number]
                if kind == "cancel":
                    assert self.answer("select api.cancel_reservation(%s)", chosen) is None
                    del self.bookings[chosen]
                    return
                old = self.bookings[chosen]
                new = Booking(*rest[0], old.units, old.unit)
                answer = self.answer("select api.reschedule_reservation(%s, %s, %s)", chosen, *self.times(rest[0]))
                others = [b for id_, b in self.bookings.items() if id_ != chosen]
                if self.expect(answer, "slot_taken", fits([*others, new], self.capacity)):
                    self.bookings[chosen] = new


@pytest.fixture(scope="module")
def connection(server: Server, berth_template: Any) -> Iterator[psycopg.Connection[Any]]:
    """One database for all the examples; each is rolled back."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"create database berth_pools template {berth_template.template_dbname}")
    with psycopg.connect(server.url("berth_pools")) as connection:
        yield connection
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("drop database berth_pools with (force)")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
@example(operations=[("book", (0, 2), 1), ("book", (0, 4), 1), ("book", (2, 6), 1), ("cancel", 1), ("pin", (0, 3), 2)])
@example(operations=[("book", (0, 2), 1), ("pin", (3, 4), 2), ("capacity", 2), ("book", (1, 4), 1)])
def test_a_pool_takes_whatever_fits_in_some_way_and_nothing_else(
    connection: psycopg.Connection[Any], operations: list[tuple[Any, ...]]
) -> None:
    with connection.transaction(force_rollback=True):
        pool = Pool(connection)
        for operation in operations:
            pool.apply(operation)
        assert connection.execute("select * from booking.verify_invariants()").fetchall() == []
        connection.execute("set constraints all immediate")


# Many at once


def crowd_in(pool: uuid.UUID, client: Client, attempts: int) -> None:
    """Books at random, for up to five hours of a day, one unit or two or a certain one; moves and cancels its own."""
    chance = client.chance
    for _ in range(attempts):
        action = chance.choice(("book", "book", "pin", "move", "cancel")) if len(client.singles) > 1 else "book"
        start = chance.randrange(24)
        times = {"starts_at": BEGIN + timedelta(hours=start), "ends_at": BEGIN + timedelta(hours=start + 5)}
        times["ends_at"] -= timedelta(hours=chance.randrange(5))
        if action == "move":
            client.call("reschedule_reservation", reservation_id=chance.choice(client.singles), **times)
        elif action == "cancel":
            client.call("cancel_reservation", reservation_id=client.singles.pop(0))
        else:
            wanted = {"unit": chance.randint(1, 5)} if action == "pin" else {"units": chance.choice((1, 1, 1, 2))}
            made = client.call("create_reservation", resource_id=pool, **times, **wanted)
            client.singles += [made["id"]] if made else []


def test_16_clients_in_a_pool_of_5(stack: Stack, tenant: Tenant) -> None:
    """Some of what they book fits only after others' reservations, which nobody has touched, change their units."""
    pool, over = tenant.resource("Desks", capacity=5), threading.Event()
    clients = [Client(stack, tenant, seed) for seed in range(16)]

    def watch() -> set[uuid.UUID]:
        """The reservations found on other units than before, at the same version."""
        seen: dict[tuple[uuid.UUID, int], list[int]] = {}
        moved = set()
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            while not over.wait(0.02):
                for id_, version, units in connection.execute(
                    "select r.id, r.version, array_agg(c.unit order by c.unit)"
                    "  from booking.reservations r"
                    "  join booking.claims c on c.tenant_id = r.tenant_id and c.source_id = r.id"
                    " where r.tenant_id = %s group by r.id, r.version",
                    (tenant.id,),
                ):
                    if seen.setdefault((id_, version), units) != units:
                        moved.add(id_)
        return moved

    with ThreadPoolExecutor(len(clients) + 1) as threads:
        watching = threads.submit(watch)
        with contextlib.ExitStack() as stop:
            stop.callback(over.set)
            list(threads.map(lambda client: crowd_in(pool, client, 40), clients))
        moved = watching.result()
    tally = sum((client.tally for client in clients), Counter())
    for client in clients:
        client.connection.close()
    assert tally.keys() == {
        ("create_reservation", None), ("create_reservation", "slot_taken"),
        ("reschedule_reservation", None), ("reschedule_reservation", "slot_taken"), ("cancel_reservation", None),
    }, tally  # fmt: skip
    assert len(moved) > 10, tally
    pinned = tenant.connection.execute(
        "select id from booking.reservations where tenant_id = %s and unit is not null", (tenant.id,)
    ).fetchall()
    assert pinned
    assert not moved & {row[0] for row in pinned}
    assert_invariants(tenant)
