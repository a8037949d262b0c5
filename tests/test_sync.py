"""Phones that were offline: whatever they send again, and whoever else sends at that moment, each operation counts once."""

import json
import random
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from tests.conftest import Person, Stack, Tenant, make_tenant
from tests.test_races import Session, assert_invariants, no_session_outlives_its_test  # noqa: F401

MONDAY = datetime(2100, 1, 4, tzinfo=UTC)
ROOMS = [uuid.UUID(int=number) for number in (1, 2)]
IDS = [uuid.UUID(int=number) for number in range(11, 15)]


def hours(start: int, length: int = 1) -> dict[str, str]:
    begin = MONDAY + timedelta(hours=start)
    return {"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(hours=length)).isoformat()}


def create(name: uuid.UUID, room: uuid.UUID, start: int, **more: Any) -> dict[str, Any]:
    return {"op": "create", "id": str(name), "resource_id": str(room), **hours(start), **more}


def test_a_phone_that_was_offline_catches_up_over_http(stack: Stack, tenant: Tenant) -> None:
    room, phone, other = tenant.resource(), tenant.person("member"), tenant.another("member")
    assert stack.rpc(other, "create_reservation", resource_id=str(room), **hours(9))[0] == 200
    one, two = uuid.uuid4(), uuid.uuid4()
    queue = [
        create(one, room, 10), create(two, room, 9),
        {"op": "reschedule", "id": str(one), **hours(11)}, {"op": "cancel", "id": str(one), "reason": "ill"},
    ]  # fmt: skip
    status, first = stack.rpc(phone, "sync_reservations", operations=queue)
    assert status == 200
    assert [(one["op"], one["result"]) for one in first] == [
        ("create", "applied"), ("create", "rejected"), ("reschedule", "applied"), ("cancel", "applied"),
    ]  # fmt: skip
    refusal = first[1]["error"]
    assert (refusal["code"], refusal["message"], refusal["status"]) == ("PT409", "slot_taken", 409)
    assert json.loads(refusal["details"])["conflicts"][0]["kind"] == "reservation"
    status, second = stack.rpc(phone, "sync_reservations", operations=queue)
    assert [one["result"] for one in second] == ["duplicate", "rejected", "duplicate", "duplicate"]
    assert {one["reservation"]["status"] for one in second if "reservation" in one} == {"cancelled"}
    status, refused = stack.rpc(phone, "sync_reservations", operations={"op": "cancel"})
    assert (status, refused["message"]) == (400, "invalid_argument")


@pytest.fixture
def line(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    """A connection for phones, one after the other."""
    with connect(stack) as connection:
        yield connection


def connect(stack: Stack) -> psycopg.Connection[Any]:
    """As whoever has a token."""
    return psycopg.connect(make_conninfo(stack.database_url, options="-c role=authenticated"), autocommit=True)


class Phone:
    """A member with a connection, each call a transaction."""

    def __init__(self, connection: psycopg.Connection[Any], person: Person) -> None:
        self.connection = connection
        self._claims = json.dumps(person.claims)

    def sync(self, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.connection.execute("select set_config('request.jwt.claims', %s, false)", (self._claims,))
        row = self.connection.execute("select api.sync_reservations(%s)", (json.dumps(operations),)).fetchone()
        assert row
        answer: list[dict[str, Any]] = row[0]
        assert [one["id"] for one in answer] == [one["id"] for one in operations]
        return answer


def world(connection: psycopg.Connection[Any], line: psycopg.Connection[Any]) -> tuple[Tenant, Phone]:
    """A tenant with two rooms, of which one requires approval, something booked in the other, and a member with a phone."""
    tenant = make_tenant(connection)
    for number, room in enumerate(ROOMS):
        tenant.resource(f"Room {number}", id=room, requires_approval=number == 1)
    connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, title)"
        " values (%s, %s, %s, %s, 'somebody else''s')",
        (tenant.id, ROOMS[0], *hours(12).values()),
    )
    person = Person(tenant.id, uuid.UUID(int=99), "member")
    connection.execute("insert into booking.members (tenant_id, user_id) values (%s, %s)", (tenant.id, person.user_id))
    return tenant, Phone(line, person)


def state(tenant: Tenant) -> list[Any]:
    """All that is booked, and how many events have told of it."""
    return tenant.connection.execute(
        "select r.id, r.resource_id, r.starts_at, r.ends_at, r.status, r.version,"
        "       (select array_agg(e.type order by e.seq) from booking.events e"
        "         where e.tenant_id = r.tenant_id and e.reservation_id = r.id)"
        "  from booking.reservations r where r.tenant_id = %s and r.title = '' order by r.id",
        (tenant.id,),
    ).fetchall()


ids, rooms, starts = st.sampled_from(IDS), st.sampled_from(ROOMS), st.integers(9, 13)
statuses = st.sampled_from(["confirmed", "held", "tentative"])
operations = st.lists(
    st.one_of(
        st.builds(lambda name, room, start, status: create(name, room, start, status=status), ids, rooms, starts, statuses),
        st.builds(lambda name, start: {"op": "reschedule", "id": str(name), **hours(start)}, ids, starts),
        st.builds(lambda name, room, start: {"op": "reschedule", "id": str(name), "resource_id": str(room), **hours(start)}, ids, rooms, starts),  # noqa: E501
        st.builds(lambda op, name: {"op": op, "id": str(name)}, st.sampled_from(["cancel", "confirm"]), ids),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queue=operations, named=st.booleans(), data=st.data())
def test_lost_answers_change_nothing(
    tenant: Tenant, line: psycopg.Connection[Any], queue: list[dict[str, Any]], named: bool, data: st.DataObject
) -> None:
    if named:
        queue = [{**one, "operation_id": str(number)} for number, one in enumerate(queue)]
    connection = tenant.connection
    once, steady = world(connection, line)
    expected, stands = steady.sync(queue), state(once)

    again, phone = world(connection, line)
    answers: dict[int, dict[str, Any]] = {}
    begin = 0
    for end in [*sorted(data.draw(st.lists(st.integers(0, len(queue)), max_size=3))), len(queue)]:
        for number, one in enumerate(phone.sync(queue[begin:end]), begin):
            answers.setdefault(number, one)
        # One that names its operations need not send again what was answered.
        if named and data.draw(st.booleans()):
            begin = end
    assert state(again) == stands
    for number, one in enumerate(expected):
        told = answers[number]
        assert (told["result"], told.get("error", {}).get("message")) == (
            one["result"], one.get("error", {}).get("message"),
        )  # fmt: skip

    # A manager's changes are not taken back by a phone that sends all of it, or some, once more.
    for name, change in (
        (IDS[0], "status = 'cancelled'"),
        (IDS[1], "starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'"),
    ):
        connection.execute(
            f"update booking.reservations set {change} where tenant_id = %s and id = %s"
            " and status in ('confirmed', 'held', 'tentative', 'pending')",
            (again.id, name),
        )
    before = state(again)
    phone.sync(queue[: data.draw(st.integers(1, len(queue)))])
    phone.sync(queue)
    assert state(again) == before


def test_a_list_that_is_sent_twice_at_once_counts_once(stack: Stack, tenant: Tenant) -> None:
    room, person, name = tenant.resource(), tenant.person("member"), uuid.uuid4()
    queue = [create(name, room, 9), {"op": "reschedule", "id": str(name), **hours(10)}, create(uuid.uuid4(), room, 10)]
    first, second = Session(stack, person), Session(stack, person)
    answer = first.call("sync_reservations", operations=json.dumps(queue))
    assert [one["result"] for one in answer] == ["applied", "applied", "rejected"]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(second.call, "sync_reservations", operations=json.dumps(queue))
        while not second.waits():
            assert not waiting.done()
        first.commit()
        assert [one["result"] for one in waiting.result()] == ["duplicate", "duplicate", "rejected"]
    second.commit()
    assert_invariants(tenant)


def test_phones_never_deadlock_and_never_overlap(stack: Stack, tenant: Tenant) -> None:
    rooms = [tenant.resource(f"Room {number}") for number in range(4)]
    desks = tenant.resource("Desks", capacity=3)
    # With a quota there is one more lock to be taken in order.
    tenant.connection.execute(
        "insert into booking.booking_rules (tenant_id, max_per_day) values (%s, 12)", (tenant.id,)
    )
    people = [tenant.another("member") for _ in range(6)]

    def use(number: int) -> list[str]:
        chance, found = random.Random(number), []
        phone = Phone(connect(stack), people[number])
        mine: list[uuid.UUID] = []
        for _ in range(15):
            queue: list[dict[str, Any]] = []
            for _ in range(6):
                room, start = chance.choice([*rooms, desks]), chance.randint(9, 13)
                if mine and chance.random() < 0.6:
                    change = {"op": "reschedule", "resource_id": str(room), **hours(start)}
                    queue.append({**chance.choice([change, {"op": "cancel"}]), "id": str(chance.choice(mine))})
                else:
                    mine.append(uuid.uuid4())
                    queue.append(create(mine[-1], room, start))
            found += [one.get("error", {}).get("message") or one["result"] for one in phone.sync(queue)]
        phone.connection.close()
        return found

    with ThreadPoolExecutor() as pool:
        told = {one for found in pool.map(use, range(len(people))) for one in found}
    assert {"applied", "slot_taken"} <= told <= {
        "applied", "duplicate", "slot_taken", "quota_exceeded", "invalid_transition", "not_found",
    }  # fmt: skip
    assert_invariants(tenant)
