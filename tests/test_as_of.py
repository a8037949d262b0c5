"""What availability_as_of says of an instant is what check_reservation_conflict said at that instant."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Person, make_tenant

MORNING = datetime(2031, 6, 16, 6, tzinfo=UTC)
NOON = datetime(2031, 6, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

#: What is asked about, again and again: hours after noon, and units.
QUESTIONS = [(0, 1, 1), (0, 3, 1), (2, 3, 1), (1, 4, 2)]

SPANS = st.builds(lambda first, length: (first, first + length), st.integers(0, 4), st.integers(1, 2))
PLACES = st.sampled_from(["single", "single", "pool"])
CREATE = st.tuples(
    st.just("create"), PLACES, SPANS, st.sampled_from(["confirmed", "confirmed", "held", "pencilled", "tentative"]),
    st.integers(1, 2),
)  # fmt: skip
MOVE = st.tuples(st.just("move"), st.integers(0, 5), PLACES, SPANS)
CLOSE = st.tuples(st.just("close"), PLACES, SPANS, st.sampled_from(["reject", "keep", "cancel"]))
STEPS = st.one_of(
    CREATE, CREATE, CREATE, MOVE, MOVE, CLOSE,
    st.tuples(st.sampled_from(["confirm", "cancel", "delete"]), st.integers(0, 5)),
    st.tuples(st.sampled_from(["lift", "delete blackout"]), st.integers(0, 2)),
    st.tuples(st.just("move blackout"), st.integers(0, 2), SPANS),
    st.tuples(st.just("resize"), st.sampled_from([1, 2, 3])),
    st.tuples(st.just("tentative blocks"), st.booleans()),
    st.tuples(st.just("sweep")),
)  # fmt: skip
HISTORIES = st.lists(st.tuples(st.sampled_from([0, 1, 10, 25, 30]), STEPS), min_size=6, max_size=12)


@dataclass
class Place:
    """A single room and a pool, and what somebody does there."""

    connection: psycopg.Connection[Any]
    manager: Person
    resources: dict[str, uuid.UUID]
    reservations: list[uuid.UUID] = field(default_factory=list)
    blackouts: list[uuid.UUID] = field(default_factory=list)

    def ask(self, query: str, *arguments: Any) -> Any:
        row = self.connection.execute(query, arguments).fetchone()
        return row[0] if row else None

    def do(self, step: tuple[Any, ...]) -> None:
        """One step; if it is refused, nothing."""
        name, *rest = step
        if name in ("move", "confirm", "cancel", "delete"):
            if not self.reservations:
                return
            rest[0] = self.reservations[rest[0] % len(self.reservations)]
        elif name in ("lift", "delete blackout", "move blackout"):
            if not self.blackouts:
                return
            rest[0] = self.blackouts[rest[0] % len(self.blackouts)]
        try:
            with self.connection.transaction():
                self._do(name, rest)
        except psycopg.Error as refusal:
            assert (refusal.sqlstate or "").startswith("PT4"), refusal

    def _do(self, name: str, rest: list[Any]) -> None:
        match name, rest:
            case "create", [where, span, status, units]:
                query = "select id from api.create_reservation(%s, %s, %s, %s, units => %s)"
                units = units if where == "pool" else 1
                self.reservations.append(self.ask(query, self.resources[where], *times(span), status, units))
            case "close", [where, span, on_conflict]:
                query = "select api.create_blackout(array[%s]::uuid[], %s, %s, 'works', on_conflict => %s) #>> '{blackouts,0,id}'"
                self.blackouts.append(self.ask(query, self.resources[where], *times(span), on_conflict))
            case "move", [reservation, where, span]:
                query = "select id from api.reschedule_reservation(%s, %s, %s, %s)"
                self.ask(query, reservation, *times(span), self.resources[where])
            case "confirm" | "cancel", [reservation]:
                self.ask(f"select id from api.{name}_reservation(%s)", reservation)
            case "delete", [reservation]:
                self.ask("delete from booking.reservations where id = %s returning id", reservation)
            case "lift", [blackout]:
                self.ask("select 1 from api.lift_blackout(%s)", blackout)
            case "delete blackout", [blackout]:
                self.ask("delete from booking.blackouts where id = %s returning id", blackout)
            case "move blackout", [blackout, span]:
                self.ask("select 1 from api.reschedule_blackout(%s, %s, %s)", blackout, *times(span))
            case "resize", [capacity]:
                query = "update booking.resources set capacity = %s where id = %s returning id"
                self.ask(query, capacity, self.resources["pool"])
            case "tentative blocks", [wanted]:
                query = (
                    "update booking.resources set blocking_statuses = '{held,pencilled,confirmed,checked_in}'"
                    "       || case when %s then '{tentative}' else '{}' end::booking.reservation_status[]"
                    " where id = %s returning id"
                )
                self.ask(query, wanted, self.resources["single"])
            case "sweep", []:
                self.ask("select count(*) from booking.sweep()")

    def is_free(self, where: str, question: tuple[int, int, int]) -> bool:
        try:
            with self.connection.transaction():
                query = "select api.check_reservation_conflict(%s, %s, %s, %s)"
                self.ask(query, self.resources[where], *times(question[:2]), question[2])
        except psycopg.Error as refusal:
            assert refusal.diag.message_primary in ("slot_taken", "blackout", "too_many_units"), refusal
            return False
        return True

    def was_free(self, where: str, question: tuple[int, int, int], at: datetime) -> bool:
        query = "select api.availability_as_of(%s, %s, %s, %s, %s)"
        told = self.ask(query, self.resources[where], *times(question[:2]), at, question[2])
        assert not (told["available"] and told["conflicts"])
        return bool(told["available"])


def times(span: tuple[int, int]) -> tuple[datetime, datetime]:
    return NOON + span[0] * HOUR, NOON + span[1] * HOUR


@pytest.fixture
def place(berth_db: psycopg.Connection[Any]) -> Place:
    tenant = make_tenant(berth_db, "UTC")
    resources = {"single": tenant.resource("Single"), "pool": tenant.resource("Pool", capacity=2)}
    manager = tenant.person("manager")
    berth_db.commit()
    return Place(berth_db, manager, resources)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=HISTORIES)
def test_the_past_is_told_as_it_was(place: Place, history: list[tuple[int, tuple[Any, ...]]]) -> None:
    connection = place.connection
    place.reservations, place.blackouts = [], []
    with connection.transaction(force_rollback=True):
        connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(place.manager.claims),))
        now, answers = MORNING, []
        for minutes, step in history:
            connection.execute("select set_config('booking.now', %s, true)", (now.isoformat(),))
            place.do(step)
            answers += [(now, w, q, place.is_free(w, q)) for w in place.resources for q in QUESTIONS]
            # Before the next step, holds may expire; and several steps may be of one instant, whose last counts.
            now += timedelta(minutes=minutes)
            answers = [answer for answer in answers if answer[0] < now] if not minutes else answers
            connection.execute(
                "select set_config('booking.now', %s, true)", ((now - timedelta(seconds=1)).isoformat(),)
            )
            if minutes:
                at = now - timedelta(seconds=1)
                answers += [(at, w, q, place.is_free(w, q)) for w in place.resources for q in QUESTIONS]
        connection.execute("select set_config('booking.now', %s, true)", ((MORNING + 5 * HOUR).isoformat(),))
        place.do(("sweep",))
        for at, where, question, was_free in answers:
            assert place.was_free(where, question, at) == was_free, (at, where, question)
