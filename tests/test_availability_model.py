"""What a search offers, against the models of rules and of pools, which try every start one by one."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import make_tenant
from tests.test_pools import BEGIN, HOURS, Booking, fits
from tests.test_rules_model import Stage, World, stage, worlds

__all__ = ["stage"]  # the fixture

SEARCH = "select free_units, free_ranges from api.search_availability(%s, %s, %s, units => %s, resource_ids => array[%s::uuid])"
SLOTS = "select starts_at from api.next_available_slots(%s, %s, after => %s, before => %s, units => %s)"

Range = tuple[datetime, datetime]


def search(
    connection: psycopg.Connection[Any], resource: uuid.UUID, window: Range, length: timedelta | None, units: int = 1
) -> tuple[int, list[Range]]:
    """How many units are free, and when; the length as text, since psycopg's interval of a day is one of the calendar."""
    text = None if length is None else f"{length // timedelta(minutes=1)} minutes"
    row = connection.execute(SEARCH, (*window, text, units, resource)).fetchone()
    if row is None:
        return 0, []
    return row[0], [(datetime.fromisoformat(r["starts_at"]), datetime.fromisoformat(r["ends_at"])) for r in row[1]]


def offers(found: list[Range], start: datetime, length: timedelta) -> bool:
    return any(begin <= start and start + length <= over for begin, over in found)


LENGTHS = st.sampled_from([15, 30, 60, 90, 120, 180, 480, 1440]).map(lambda minutes: timedelta(minutes=minutes))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    world=worlds(("quotas", "hours", "limits", "everything", "everything")),
    first=st.integers(-60, 40), span=st.integers(1, 70), length=LENGTHS,
)  # fmt: skip
def test_it_offers_what_the_rules_allow_and_nothing_else(
    stage: Stage, world: World, first: int, span: int, length: timedelta
) -> None:
    """Each start of a window is offered exactly if the model knows nothing against it."""
    begin = world.midnight + timedelta(minutes=15 * first)
    over = begin + max(length, timedelta(minutes=15 * span))
    step = world.rule("slot_step")[0]
    with stage.connection.transaction(force_rollback=True):
        stage.build(world)
        resource = stage.where(world, "target")
        _, found = search(stage.connection, resource, (begin, over), length)
        begun = bool(found) and found[0][0] < world.now  # nothing is left but what has begun
        starts = [begin + timedelta(minutes=m) for k in range(0, 15 * span + 15, 15) for m in (k, k + 3)]
        starts += [end - length for _, end in found] + [start for start, _ in found]
        accepted = [s for s in starts if s + length <= over and world.answer(s, s + length, 1) == (None, None)]
        for start in starts:
            if step and not world.is_on_grid(start, step):
                continue
            if start < world.now and not begun:
                continue
            if start + length <= over and not (step and not world.is_on_grid(start + length, step)):
                assert offers(found, start, length) == (start in accepted), start
        assert bool(accepted) <= bool(found)
        assert not (begun and any(start >= world.now for start in accepted))

        _, whole = search(stage.connection, resource, (begin, over), None)
        assert bool(whole) == (world.answer(begin, over, 1) == (None, None))

        text = f"{length // timedelta(minutes=1)} minutes"
        slots = [row[0] for row in stage.connection.execute(SLOTS, (text, resource, begin, over, 1))]
        later = sorted(start for start in accepted if start >= world.now)
        assert all(world.answer(slot, slot + length, 1) == (None, None) and slot + length <= over for slot in slots)
        assert slots == sorted(set(slots))
        assert slots[:1] <= later[:1]
        assert bool(slots) >= bool(later)


class Pool:
    """A pool with bookings and a closure in the database, and what the model has of them."""

    def __init__(self, connection: psycopg.Connection[Any], capacity: int) -> None:
        self.connection = connection
        tenant = make_tenant(connection)
        self.manager = tenant.person("manager")
        self.resource = tenant.resource("Desks", capacity=capacity)
        self.capacity = capacity
        self.bookings: list[Booking] = []
        self.closed: list[tuple[int, int]] = []
        connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(self.manager.claims),))

    def times(self, hours: tuple[int, int]) -> Range:
        return BEGIN + timedelta(hours=hours[0]), BEGIN + timedelta(hours=hours[1])

    def book(self, hours: tuple[int, int], units: int, unit: int | None) -> None:
        if fits([*self.bookings, Booking(*hours, units, unit)], self.capacity):
            self.connection.execute(
                "select api.create_reservation(%s, %s, %s, units => %s, unit => %s)",
                (self.resource, *self.times(hours), units, unit),
            )
            self.bookings.append(Booking(*hours, units, unit))

    def close(self, hours: tuple[int, int]) -> None:
        self.connection.execute(
            "select api.create_blackout(array[%s], %s, %s, on_conflict => 'keep')", (self.resource, *self.times(hours))
        )
        self.closed.append(hours)
        # It stays on whatever units it has found free.
        for unit, begin, over in self.connection.execute(
            "select unit, starts_at, ends_at from api.calendar where resource_id = %s and kind = 'blackout'",
            (self.resource,),
        ):
            start, end = ((at - BEGIN) // timedelta(hours=1) for at in (begin, over))
            self.bookings.append(Booking(start, end, 1, unit))

    def accepts(self, start: int, length: int, units: int) -> bool:
        return not any(start < over and begin < start + length for begin, over in self.closed) and fits(
            [*self.bookings, Booking(start, start + length, units)], self.capacity
        )


@pytest.fixture
def connection(berth_db: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    berth_db.execute("set timezone = 'UTC'")
    berth_db.commit()
    return berth_db


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    capacity=st.integers(2, 3),
    wanted=st.lists(st.tuples(HOURS, st.integers(1, 2), st.one_of(st.none(), st.integers(1, 2))), min_size=2, max_size=8),
    closure=st.one_of(st.none(), st.none(), HOURS),
    length=st.integers(1, 4), units=st.integers(1, 2),
)  # fmt: skip
def test_a_pool_is_offered_when_its_units_can_be_had(
    connection: psycopg.Connection[Any], capacity: int, wanted: list[Any], closure: tuple[int, int] | None,
    length: int, units: int,
) -> None:  # fmt: skip
    """With pins and closures about, which can leave enough units free and none of them throughout."""
    with connection.transaction(force_rollback=True):
        pool = Pool(connection, capacity)
        for hours, several, unit in wanted:
            pool.book(hours, 1 if unit else several, unit)
        if closure:
            pool.close(closure)
        span = timedelta(hours=length)
        most, found = search(connection, pool.resource, pool.times((0, 10)), span, units)
        expected = [start for start in range(11 - length) if pool.accepts(start, length, units)]
        assert [s for s in range(11 - length) if offers(found, BEGIN + timedelta(hours=s), span)] == expected
        possible = [k for k in range(1, capacity + 1) if any(pool.accepts(s, length, k) for s in range(11 - length))]
        assert most == (max(possible) if expected else 0)
        for start in range(11 - length):
            most, whole = search(connection, pool.resource, pool.times((start, start + length)), None, units)
            assert bool(whole) == (start in expected)
            assert most == (max(k for k in range(1, capacity + 1) if pool.accepts(start, length, k)) if whole else 0)
