"""Two and more real connections: exactly one wins, and everybody else is told so."""

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import urllib3

from tests.conftest import Person, Stack, Tenant


def assert_invariants(tenant: Tenant) -> None:
    rows = tenant.connection.execute("select * from booking.verify_invariants() where tenant_id = %s", (tenant.id,))
    assert rows.fetchall() == []


class Session:
    """A connection that speaks as one person, in a transaction of its own."""

    def __init__(self, stack: Stack, person: Person) -> None:
        self.connection = psycopg.connect(stack.database_url)
        self.connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(person.claims),))
        self.connection.execute("set local role authenticated")

    def call(self, function: str, **arguments: Any) -> Any:
        names = ", ".join(f"{name} => %({name})s" for name in arguments)
        row = self.connection.execute(f"select to_jsonb(api.{function}({names}))", arguments).fetchone()
        assert row
        return row[0]

    def commit(self) -> None:
        self.connection.commit()
        self.connection.close()

    def waits(self) -> bool:
        """Whether it waits for somebody's lock."""
        with psycopg.connect(self.connection.info.dsn, password=self.connection.info.password) as observer:
            row = observer.execute(
                "select wait_event_type = 'Lock' from pg_stat_activity where pid = %s",
                (self.connection.info.backend_pid,),
            ).fetchone()
        return bool(row and row[0])


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def slot(hour: int) -> dict[str, str]:
    return {
        "starts_at": f"2100-01-{hour // 24 + 1:02}T{hour % 24:02}:00Z",
        "ends_at": f"2100-01-{hour // 24 + 1:02}T{hour % 24:02}:30Z",
    }


def in_background(pool: ThreadPoolExecutor, session: Session, function: str, **arguments: Any) -> Any:
    """Calls a function that is going to wait, and returns once it does."""
    future = pool.submit(session.call, function, **arguments)
    wait_until(lambda: session.waits() or future.done())
    assert not future.done()
    return future


def test_64_http_clients_200_slots_one_winner_each(stack: Stack, tenant: Tenant) -> None:
    room = str(tenant.resource())
    members = [tenant.another("member") for _ in range(64)]
    outcomes: dict[int, Counter[int]] = {hour: Counter() for hour in range(200)}
    lock, barrier = threading.Lock(), threading.Barrier(64)
    pool = urllib3.HTTPConnectionPool("127.0.0.1", stack.rest.port, maxsize=64)

    def fight(member: Person) -> None:
        headers = {"Authorization": f"Bearer {member.token}"}
        barrier.wait()
        for hour in outcomes:
            answer = pool.request(
                "POST",
                "/rpc/create_reservation",
                json={"resource_id": room, **slot(hour)},
                headers=headers,
                retries=False,
            )
            with lock:
                outcomes[hour][answer.status] += 1
            if answer.status != 200:
                assert answer.json()["message"] == "slot_taken"

    with ThreadPoolExecutor(64) as threads:
        list(threads.map(fight, members))
    assert all(outcome == {200: 1, 409: 63} for outcome in outcomes.values())
    count = tenant.connection.execute(
        "select count(*) from booking.claims where tenant_id = %s", (tenant.id,)
    ).fetchone()
    assert count == (200,)
    assert_invariants(tenant)


def test_the_second_waits_for_the_first_and_wins_if_that_rolls_back(stack: Stack, tenant: Tenant) -> None:
    room = tenant.resource()
    first, second = Session(stack, tenant.person("member")), Session(stack, tenant.another("member"))
    first.call("create_reservation", resource_id=room, **slot(1))
    with ThreadPoolExecutor() as pool:
        waiting = in_background(pool, second, "create_reservation", resource_id=room, **slot(1))
        first.connection.rollback()
        assert waiting.result(10)["status"] == "confirmed"
    second.commit()
    assert_invariants(tenant)


def test_the_second_is_refused_when_the_first_commits(stack: Stack, tenant: Tenant) -> None:
    room = tenant.resource()
    first, second = Session(stack, tenant.person("member")), Session(stack, tenant.another("member"))
    first.call("create_reservation", resource_id=room, **slot(1))
    with ThreadPoolExecutor() as pool:
        waiting = in_background(pool, second, "create_reservation", resource_id=room, **slot(1))
        first.commit()
        with pytest.raises(psycopg.Error) as refusal:
            waiting.result(10)
    assert (refusal.value.sqlstate, refusal.value.diag.message_primary) == ("PT409", "slot_taken")
    assert_invariants(tenant)


def test_two_overlapping_requests_approved_at_once_exactly_one_is_confirmed(stack: Stack, tenant: Tenant) -> None:
    stage = tenant.resource("Stage", requires_approval=True)
    ids = []
    for member in (tenant.another("member"), tenant.another("member")):
        status, made = stack.rpc(member, "create_reservation", resource_id=str(stage), **slot(1))
        assert (status, made["status"]) == (200, "pending")
        ids.append(made["id"])
    first, second = Session(stack, tenant.person("approver")), Session(stack, tenant.another("approver"))
    first.call("approve_reservation", reservation_id=ids[0])
    with ThreadPoolExecutor() as pool:
        waiting = in_background(pool, second, "approve_reservation", reservation_id=ids[1])
        first.commit()
        with pytest.raises(psycopg.Error) as refusal:
            waiting.result(10)
    assert (refusal.value.sqlstate, refusal.value.diag.message_primary) == ("PT409", "slot_taken")
    rows = tenant.connection.execute(
        "select status::text, version from booking.reservations where tenant_id = %s order by version", (tenant.id,)
    )
    assert rows.fetchall() == [("pending", 1), ("confirmed", 2)]
    assert_invariants(tenant)


def test_two_phones_edit_one_reservation(stack: Stack, tenant: Tenant) -> None:
    room = tenant.resource()
    owner = tenant.person("member")
    _, made = stack.rpc(owner, "create_reservation", resource_id=str(room), **slot(1))
    first, second = Session(stack, owner), Session(stack, owner)
    first.call("reschedule_reservation", reservation_id=made["id"], expected_version=1, **slot(2))
    with ThreadPoolExecutor() as pool:
        waiting = in_background(
            pool, second, "reschedule_reservation", reservation_id=made["id"], expected_version=1, **slot(3)
        )
        first.commit()
        with pytest.raises(psycopg.Error) as refusal:
            waiting.result(10)
    assert (refusal.value.sqlstate, refusal.value.diag.message_primary) == ("PT409", "version_conflict")
    assert '"version": 2' in (refusal.value.diag.message_detail or "")


def test_swapping_reschedules_do_not_deadlock(stack: Stack, tenant: Tenant) -> None:
    """Each wants the other's slot, on two resources, in opposite order: refusals, never 40P01."""
    rooms = [str(tenant.resource(name)) for name in ("A", "B")]
    owner = tenant.person("member")
    made = [stack.rpc(owner, "create_reservation", resource_id=room, **slot(1))[1]["id"] for room in rooms]
    errors: Counter[str] = Counter()
    barrier = threading.Barrier(2)

    def move(number: int) -> None:
        for _ in range(150):
            barrier.wait()
            status, answer = stack.rpc(
                owner, "reschedule_reservation", reservation_id=made[number], resource_id=rooms[1 - number], **slot(1)
            )
            if status != 200:
                errors[answer["message"]] += 1

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(move, (0, 1)))
    assert set(errors) <= {"slot_taken"}
    assert_invariants(tenant)


def test_a_mixed_crowd_leaves_the_books_in_order(stack: Stack, tenant: Tenant) -> None:
    """Creates, reschedules and cancellations at random on three resources: no 5xx, and every invariant holds."""
    rooms = [str(tenant.resource(f"Room {number}", capacity=capacity)) for number, capacity in enumerate((1, 1, 3))]
    manager = tenant.person("manager")
    statuses: Counter[int] = Counter()

    def crowd(seed: int) -> None:
        mine: list[str] = []
        state = seed
        for step in range(60):
            state = (state * 1103515245 + 12345) % 2**31
            room, hour = rooms[state // 7 % 3], state // 64 % 12
            if mine and state % 4 == 0:
                status, _ = stack.rpc(manager, "cancel_reservation", reservation_id=mine.pop())
            elif mine and state % 4 == 1:
                status, _ = stack.rpc(
                    manager,
                    "reschedule_reservation",
                    reservation_id=mine[step % len(mine)],
                    resource_id=room,
                    **slot(hour),
                )
            else:
                identifier = str(uuid.uuid4())
                status, _ = stack.rpc(manager, "create_reservation", id=identifier, resource_id=room, **slot(hour))
                mine += [identifier] if status == 200 else []
            statuses[status] += 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(crowd, range(16)))
    assert set(statuses) == {200, 409}
    assert_invariants(tenant)
