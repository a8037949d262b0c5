"""Two and more real connections: exactly one wins, and everybody else is told so."""

import contextlib
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.conftest import Person, Stack, Tenant


def assert_invariants(tenant: Tenant) -> None:
    rows = tenant.connection.execute("select * from booking.verify_invariants() where tenant_id = %s", (tenant.id,))
    assert rows.fetchall() == []


SESSIONS: list["Session"] = []


@pytest.fixture(autouse=True)
def no_session_outlives_its_test() -> Iterator[None]:
    """Whatever one that failed left open would hold up the sweeps of all others."""
    yield
    while SESSIONS:
        SESSIONS.pop().connection.close()


class Session:
    """A connection that speaks as one person, in a transaction of its own that began just now, or then."""

    def __init__(self, stack: Stack, person: Person, begun: datetime | None = None) -> None:
        self.connection = psycopg.connect(stack.database_url)
        SESSIONS.append(self)
        self.connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(person.claims),))
        self.connection.execute("select set_config('booking.now', %s, true)", (begun.isoformat() if begun else "",))
        self.connection.execute("set local role authenticated")

    def call(self, function: str, **arguments: Any) -> Any:
        names = ", ".join(f"{name} => %({name})s" for name in arguments)
        row = self.connection.execute(f"select to_jsonb(api.{function}({names}))", arguments).fetchone()
        assert row
        return row[0]

    def commit(self) -> None:
        self.connection.commit()
        self.connection.close()

    def rollback(self) -> None:
        self.connection.rollback()
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


def test_moves_of_what_has_just_moved_do_not_deadlock(stack: Stack, tenant: Tenant) -> None:
    """Whoever finds that a reservation went elsewhere while they waited holds no resource while they wait there."""
    keys = sorted(uuid.uuid4() for _ in range(3))  # the order in which resources are locked
    low, middle, high = (tenant.resource(name, id=key) for name, key in zip("ABC", keys, strict=True))
    manager = tenant.person("manager")
    moving, staying = make(stack, manager, high, "confirmed"), make(stack, manager, low, "confirmed")
    _, bystander = stack.rpc(manager, "create_reservation", resource_id=str(high), **slot(5))
    first, second, third, fourth = (Session(stack, manager) for _ in range(4))
    first.call("reschedule_reservation", reservation_id=moving, resource_id=low, **slot(2))
    with ThreadPoolExecutor() as pool:
        edit = in_background(pool, fourth, "update_reservation", reservation_id=bystander["id"], title="Edited")
        moves = [
            in_background(pool, session, "reschedule_reservation", reservation_id=one, resource_id=middle, **slot(hour))
            for session, one, hour in ((second, staying, 3), (third, moving, 4))
        ]
        first.commit()
        edit.result(10)
        time.sleep(0.2)  # until the second has the lowest
        fourth.commit()
        # Either may have to wait for the other to commit.
        answers = pool.map(lambda session, move: told(session, lambda: move.result(10)), (second, third), moves)
        assert [answer["resource_id"] for answer in answers] == [str(middle)] * 2
    assert_invariants(tenant)


def one_of_a_pool_that_a_request_has_locked(stack: Stack, tenant: Tenant) -> tuple[uuid.UUID, str, Session]:
    """The pool, a reservation of it, and the request that has booked beside that and not yet committed."""
    desks, manager = tenant.resource(capacity=3), tenant.person("manager")
    made = make(stack, manager, desks, "confirmed")
    request = Session(stack, manager)
    request.call("create_reservation", resource_id=desks, **slot(7))
    return desks, made, request


def test_a_dba_who_has_a_row_that_a_request_wants_gives_way(stack: Stack, tenant: Tenant) -> None:
    """The row first, then its resource, is against everybody's order: whoever comes so is told at once how to write it."""
    desks, wanted, request = one_of_a_pool_that_a_request_has_locked(stack, tenant)
    change = "update booking.reservations set title = 'By hand' where id = %s"
    with psycopg.connect(stack.database_url) as dba, ThreadPoolExecutor() as pool:
        by_hand = pool.submit(dba.execute, change, (wanted,))
        wait_until(lambda: tenant.connection.execute(
            "select exists (select from pg_locks where pid = %s and not granted)", (dba.info.backend_pid,)
        ).fetchone() == (True,))  # fmt: skip
        asked = time.monotonic()
        assert request.call("cancel_reservation", reservation_id=wanted)["status"] == "cancelled"
        assert time.monotonic() - asked < 0.8  # sooner than PostgreSQL looks for a deadlock
        with pytest.raises(psycopg.errors.DeadlockDetected) as refusal:
            by_hand.result(10)
        assert "for no key update" in (refusal.value.diag.message_hint or "")
        request.commit()
        dba.rollback()
        dba.execute("select from booking.resources where id = %s order by id for no key update", (desks,))
        dba.execute(change, (wanted,))
    assert_invariants(tenant)


def test_a_dba_waits_for_whoever_wants_nothing_of_theirs(stack: Stack, tenant: Tenant) -> None:
    _, made, request = one_of_a_pool_that_a_request_has_locked(stack, tenant)
    with psycopg.connect(stack.database_url) as dba, ThreadPoolExecutor() as pool:
        dba.execute("set local lock_timeout = '30s'")
        by_hand = pool.submit(dba.execute, "update booking.reservations set title = 'By hand' where id = %s", (made,))
        time.sleep(0.3)
        assert not by_hand.done()
        request.commit()
        by_hand.result(10)
        assert dba.execute("show lock_timeout").fetchone() == ("30s",)
    assert_invariants(tenant)


def test_a_dba_among_requests_is_the_only_one_who_fails(stack: Stack, tenant: Tenant) -> None:
    desks, manager = tenant.resource(capacity=3), tenant.person("manager")
    made = make(stack, manager, desks, "confirmed")
    answers: Counter[int] = Counter()
    by_hand: Counter[str | None] = Counter()
    ending = threading.Event()

    def ask(seed: int) -> None:
        for step in range(60):
            status, _ = stack.rpc(manager, "reschedule_reservation", reservation_id=made, **slot(1 + (seed + step) % 9))
            answers[status] += 1

    def change() -> None:
        with psycopg.connect(stack.database_url, autocommit=True) as dba:
            while not ending.is_set():
                try:
                    dba.execute("update booking.reservations set title = %s where id = %s", (uuid.uuid4().hex, made))
                    by_hand[None] += 1
                except psycopg.errors.DeadlockDetected as refusal:
                    by_hand[refusal.diag.message_hint] += 1

    with ThreadPoolExecutor() as pool:
        changing = pool.submit(change)
        list(pool.map(ask, range(4)))
        ending.set()
        changing.result(10)
    print(answers, by_hand)
    assert answers == {200: 240}
    assert by_hand[None] > 0
    assert_invariants(tenant)


def test_a_mixed_crowd_leaves_the_books_in_order(stack: Stack, tenant: Tenant) -> None:
    """Creates, reschedules and cancellations at random on three resources: no 5xx, and every invariant holds."""
    rooms = [str(tenant.resource(f"Room {number}", capacity=capacity)) for number, capacity in enumerate((1, 1, 3))]
    # No more than 12 requests of one member are let in at a time.
    managers = [tenant.another("manager") for _ in range(2)]
    statuses: Counter[int] = Counter()

    def crowd(seed: int) -> None:
        manager, mine = managers[seed % 2], list[str]()
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


# Two at the critical point: the first has done it and not committed, the second waits.


def told(session: Session, call: Callable[[], Any]) -> Any:
    """What a call leads to: the reservation, or the refusal in the shape that PostgREST gives it; it is over then."""
    try:
        answer = call()
    except psycopg.Error as refusal:
        assert refusal.sqlstate == "PT409", refusal
        session.rollback()
        return {"message": refusal.diag.message_primary, "details": json.loads(refusal.diag.message_detail or "{}")}
    session.commit()
    return answer


def second_of(first: Session, ends: str, second: Session, function: str, **arguments: Any) -> Any:
    """What the second is told that waits for the first, once that commits or rolls back."""
    with ThreadPoolExecutor() as pool:
        waiting = in_background(pool, second, function, **arguments)
        getattr(first, ends)()
        return told(second, lambda: waiting.result(10))


def make(stack: Stack, person: Person, resource_id: uuid.UUID, status: str, **arguments: Any) -> str:
    """A reservation of hour 1."""
    answer, made = stack.rpc(
        person, "create_reservation", resource_id=str(resource_id), status=status, **slot(1), **arguments
    )
    assert answer == 200
    return str(made["id"])


def make_stale(stack: Stack, person: Person, resource_id: uuid.UUID, **arguments: Any) -> tuple[str, datetime]:
    """A hold of hour 1 that expired a second ago, and a moment before it did."""
    expiry = datetime.now(UTC) - timedelta(seconds=1)
    session = Session(stack, person, begun=expiry - timedelta(minutes=30))
    hold = session.call("create_reservation", resource_id=resource_id, status="held", **slot(1), **arguments)["id"]
    session.commit()
    return str(hold), expiry - timedelta(milliseconds=1)


def allow_preemption(tenant: Tenant) -> None:
    tenant.connection.execute(
        "insert into booking.booking_rules (tenant_id, allow_preemption, max_priority) values (%s, true, 9)",
        (tenant.id,),
    )


def history(tenant: Tenant, reservation_id: str) -> list[str]:
    """What happened to it; the last is its status, unless that is 'created' or the like."""
    rows = tenant.connection.execute(
        "select replace(type, 'reservation.', '') from booking.events"
        " where tenant_id = %s and reservation_id = %s order by seq",
        (tenant.id, reservation_id),
    )
    return [row[0] for row in rows]


def status_of(tenant: Tenant, reservation_id: str) -> str:
    row = tenant.connection.execute(
        "select status::text from booking.reservations where tenant_id = %s and id = %s", (tenant.id, reservation_id)
    ).fetchone()
    assert row
    return str(row[0])


each_capacity = pytest.mark.parametrize("capacity", [1, 3])
each_end = pytest.mark.parametrize("ends", ["commit", "rollback"])


@each_capacity
@pytest.mark.parametrize("function", ["confirm_reservation", "extend_hold"])
def test_who_confirms_or_extends_before_expiry_is_not_robbed_after_it(
    stack: Stack, tenant: Tenant, function: str, capacity: int
) -> None:
    """The rival comes after expiry, by its clock, and waits for the owner, who came before."""
    room, owner = tenant.resource(capacity=capacity), tenant.person("member")
    hold, in_time = make_stale(stack, owner, room, units=capacity)
    first, rival = Session(stack, owner, begun=in_time), Session(stack, tenant.another("member"))
    kept = first.call(function, reservation_id=hold)
    answer = second_of(first, "commit", rival, "create_reservation", resource_id=room, **slot(1))
    assert answer["message"] == "slot_taken"
    assert status_of(tenant, hold) == kept["status"]
    assert history(tenant, hold) == [
        "held",
        {"confirm_reservation": "confirmed", "extend_hold": "hold_extended"}[function],
    ]
    assert_invariants(tenant)


@each_capacity
@each_end
@pytest.mark.parametrize("function", ["confirm_reservation", "extend_hold", "pencil_reservation", "cancel_reservation"])
def test_a_rival_after_expiry_takes_it_and_the_owner_who_waits_is_told(
    stack: Stack, tenant: Tenant, function: str, ends: str, capacity: int
) -> None:
    """If the rival gives up, the hold is as it was, and the owner's, whose clock says so."""
    room, owner = tenant.resource(capacity=capacity), tenant.person("member")
    hold, in_time = make_stale(stack, owner, room, units=capacity)
    rival, second = Session(stack, tenant.another("member")), Session(stack, owner, begun=in_time)
    taken = rival.call("create_reservation", resource_id=room, **slot(1))
    answer = second_of(rival, ends, second, function, reservation_id=hold)
    if ends == "commit":
        assert (answer["message"], answer["details"]["status"]) == ("hold_expired", "expired")
        assert (history(tenant, hold), history(tenant, taken["id"])) == (["held", "expired"], ["confirmed"])
        assert status_of(tenant, hold) == "expired"
    else:
        assert (answer["status"], answer["version"]) == (status_of(tenant, hold), 2)
        assert "expired" not in history(tenant, hold)
    assert_invariants(tenant)


@each_capacity
@pytest.mark.parametrize("displaces", [False, True], ids=["expired", "displaced"])
@pytest.mark.parametrize("halves", [False, True], ids=["whole", "halves"])
def test_two_who_find_the_same_hold_in_their_way_clear_it_once(
    stack: Stack, tenant: Tenant, halves: bool, displaces: bool, capacity: int
) -> None:
    """Both have looked, and wait for the resource, which somebody else keeps busy. Whoever wants a half each, gets it."""
    allow_preemption(tenant)
    room, owner = tenant.resource(capacity=capacity), tenant.person("member")
    if displaces:
        hold = make(stack, owner, room, "held", units=capacity)
    else:
        hold, _ = make_stale(stack, owner, room, units=capacity)
    _, bystander = stack.rpc(owner, "create_reservation", resource_id=str(room), **slot(2))
    busy = Session(stack, owner)
    busy.call("update_reservation", reservation_id=bystander["id"], title="Busy")
    rivals = [Session(stack, tenant.another("member")) for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        wanted = [{"resource_id": room, "units": capacity, "priority": 1, **slot(1)} for _ in rivals]
        if halves:
            wanted[0]["ends_at"] = wanted[1]["starts_at"] = "2100-01-01T01:15Z"
        waiting = [
            in_background(pool, rival, "create_reservation", **one) for rival, one in zip(rivals, wanted, strict=True)
        ]
        busy.commit()
        answers = list(pool.map(lambda rival, one: told(rival, lambda: one.result(10)), rivals, waiting))
    assert {answer.get("message") for answer in answers} == ({None} if halves else {None, "slot_taken"})
    assert history(tenant, hold) == ["held", "displaced" if displaces else "expired"]
    assert_invariants(tenant)


@each_end
def test_the_sweep_passes_by_whoever_confirms(stack: Stack, tenant: Tenant, ends: str) -> None:
    """It waits for nobody; what is left over, the next one does."""
    rooms, owner = [tenant.resource(name) for name in ("A", "B")], tenant.person("member")
    (hold, in_time), (other, _) = (make_stale(stack, owner, room) for room in rooms)
    first = Session(stack, owner, begun=in_time)
    first.call("confirm_reservation", reservation_id=hold)
    with tenant.connection.transaction():
        tenant.connection.execute("set local lock_timeout = '1ms'")
        tenant.connection.execute("select booking.sweep(10000)")
    assert (status_of(tenant, hold), status_of(tenant, other)) == ("held", "expired")
    getattr(first, ends)()
    tenant.connection.execute("select booking.sweep(10000)")
    assert history(tenant, hold) == ["held", "confirmed" if ends == "commit" else "expired"]
    assert history(tenant, other) == ["held", "expired"]
    assert_invariants(tenant)


@each_end
def test_whoever_confirms_waits_for_the_sweep(stack: Stack, tenant: Tenant, ends: str) -> None:
    room, owner = tenant.resource(), tenant.person("member")
    hold, in_time = make_stale(stack, owner, room)
    second = Session(stack, owner, begun=in_time)
    with psycopg.connect(stack.database_url) as sweep, ThreadPoolExecutor() as pool:
        sweep.execute("select booking.sweep(10000)")
        waiting = in_background(pool, second, "confirm_reservation", reservation_id=hold)
        getattr(sweep, ends)()
        answer = told(second, lambda: waiting.result(10))
    assert answer.get("message") == ("hold_expired" if ends == "commit" else None)
    assert history(tenant, hold) == ["held", "expired" if ends == "commit" else "confirmed"]
    assert_invariants(tenant)


@pytest.mark.parametrize("approves_first", [True, False])
def test_an_approval_and_a_confirmation_of_the_same_time(stack: Stack, tenant: Tenant, approves_first: bool) -> None:
    """One is confirmed; of the other nothing is changed, and nothing told."""
    stage, manager = tenant.resource("Stage", requires_approval=True), tenant.person("manager")
    pending = make(stack, tenant.another("member"), stage, "confirmed")
    tentative = make(stack, tenant.another("member"), stage, "tentative")
    first, second = Session(stack, manager), Session(stack, manager)
    approve = ("approve_reservation", {"reservation_id": pending})
    confirm = ("confirm_reservation", {"reservation_id": tentative, "override": True, "reason": "The mayor."})
    (one, one_of), (two, two_of) = (approve, confirm) if approves_first else (confirm, approve)
    first.call(one, **one_of)
    assert second_of(first, "commit", second, two, **two_of)["message"] == "slot_taken"
    assert history(tenant, pending) == ["submitted", "confirmed"][: 1 + approves_first]
    assert history(tenant, tentative) == ["created", "confirmed"][: 2 - approves_first]
    assert (status_of(tenant, pending) == "pending") != (status_of(tenant, tentative) == "tentative")
    assert_invariants(tenant)


@each_end
def test_an_approval_waits_for_the_confirmation_of_a_hold(stack: Stack, tenant: Tenant, ends: str) -> None:
    """A hold stands in its way either way, before it expires."""
    stage, manager = tenant.resource("Stage", requires_approval=True), tenant.person("manager")
    pending = make(stack, tenant.another("member"), stage, "confirmed")
    hold = make(stack, tenant.another("member"), stage, "held")
    first, second = Session(stack, manager), Session(stack, tenant.person("approver"))
    first.call("confirm_reservation", reservation_id=hold, override=True, reason="The mayor.")
    answer = second_of(first, ends, second, "approve_reservation", reservation_id=pending)
    assert answer["message"] == "slot_taken"
    assert (status_of(tenant, pending), history(tenant, pending)) == ("pending", ["submitted"])
    assert history(tenant, hold) == ["held", "confirmed"][: 2 if ends == "commit" else 1]
    assert_invariants(tenant)


@each_end
def test_a_confirmation_waits_for_the_approval_after_the_hold(stack: Stack, tenant: Tenant, ends: str) -> None:
    stage, manager = tenant.resource("Stage", requires_approval=True), tenant.person("manager")
    pending = make(stack, tenant.another("member"), stage, "confirmed")
    hold, in_time = make_stale(stack, manager, stage)
    first, second = Session(stack, tenant.person("approver")), Session(stack, manager, begun=in_time)
    first.call("approve_reservation", reservation_id=pending)
    answer = second_of(
        first, ends, second, "confirm_reservation", reservation_id=hold, override=True, reason="The mayor."
    )
    assert answer.get("message") == ("hold_expired" if ends == "commit" else None)
    assert history(tenant, pending) == ["submitted", "confirmed"][: 2 if ends == "commit" else 1]
    assert history(tenant, hold) == ["held", "expired" if ends == "commit" else "confirmed"]
    assert_invariants(tenant)


@pytest.mark.parametrize("versions", [{}, {"expected_version": 1}], ids=["any version", "expected version"])
@pytest.mark.parametrize("actions", [("cancel", "check_in"), ("check_in", "cancel")], ids=" before ".join)
def test_a_cancellation_and_a_check_in(
    stack: Stack, tenant: Tenant, actions: tuple[str, str], versions: dict[str, int]
) -> None:
    """A cancelled one is not checked in, nor one that is there cancelled."""
    room, owner = tenant.resource(), tenant.person("member")
    booked = make(stack, owner, room, "confirmed")
    first, second = Session(stack, owner), Session(stack, tenant.person("manager"))
    done = first.call(f"{actions[0]}_reservation", reservation_id=booked, **versions)
    answer = second_of(first, "commit", second, f"{actions[1]}_reservation", reservation_id=booked, **versions)
    if versions:
        assert (answer["message"], answer["details"]["version"]) == ("version_conflict", 2)
    else:
        assert (answer["message"], answer["details"]["status"]) == ("invalid_transition", done["status"])
    assert (status_of(tenant, booked), history(tenant, booked)) == (done["status"], ["confirmed", done["status"]])
    assert_invariants(tenant)


@pytest.mark.parametrize(
    "functions",
    [("extend_hold", "confirm_reservation"), ("confirm_reservation", "extend_hold"), ("extend_hold", "extend_hold")],
    ids=" before ".join,
)
def test_two_phones_on_one_hold(stack: Stack, tenant: Tenant, functions: tuple[str, str]) -> None:
    """The slower one learns the version that there is now."""
    owner = tenant.person("member")
    hold = make(stack, owner, tenant.resource(), "held")
    first, second = Session(stack, owner), Session(stack, owner)
    first.call(functions[0], reservation_id=hold, expected_version=1)
    answer = second_of(first, "commit", second, functions[1], reservation_id=hold, expected_version=1)
    assert (answer["message"], answer["details"]) == ("version_conflict", {"version": 2, "expected_version": 1})
    assert len(history(tenant, hold)) == 2
    assert_invariants(tenant)


# Displacement


@each_capacity
@each_end
@pytest.mark.parametrize(
    ("status", "priority", "wins"),
    [("confirmed", 2, False), ("held", 2, True), ("pencilled", 2, True), ("held", 1, False)],
)
def test_two_displace_the_same_hold_at_once(
    stack: Stack, tenant: Tenant, status: str, priority: int, wins: bool, ends: str, capacity: int
) -> None:
    """The second, of this priority, takes it from the first, of priority 1 and this status, only where that yields."""
    allow_preemption(tenant)
    room = tenant.resource(capacity=capacity)
    hold = make(stack, tenant.another("member"), room, "held", units=capacity)
    wanted = {"resource_id": room, "units": capacity, **slot(1)}
    first, second = Session(stack, tenant.another("member")), Session(stack, tenant.another("member"))
    displacer = first.call("create_reservation", status=status, priority=1, **wanted)["id"]
    answer = second_of(first, ends, second, "create_reservation", priority=priority, **wanted)
    assert history(tenant, hold) == ["held", "displaced"]
    if ends == "commit" and not wins:
        assert answer["message"] == "slot_taken"
        assert (status_of(tenant, displacer), history(tenant, displacer)) == (status, [status])
    else:
        assert (answer["status"], history(tenant, answer["id"])) == ("confirmed", ["confirmed"])
        assert history(tenant, displacer) == ([status, "displaced"] if ends == "commit" else [])
    assert_invariants(tenant)


@each_capacity
def test_what_is_confirmed_first_is_not_displaced(stack: Stack, tenant: Tenant, capacity: int) -> None:
    allow_preemption(tenant)
    room, owner = tenant.resource(capacity=capacity), tenant.person("member")
    hold = make(stack, owner, room, "held", units=capacity)
    first, rival = Session(stack, owner), Session(stack, tenant.another("member"))
    first.call("confirm_reservation", reservation_id=hold)
    answer = second_of(first, "commit", rival, "create_reservation", resource_id=room, priority=9, **slot(1))
    assert answer["message"] == "slot_taken"
    assert history(tenant, hold) == ["held", "confirmed"]
    assert_invariants(tenant)


@each_capacity
@each_end
def test_what_is_displaced_first_is_not_confirmed(stack: Stack, tenant: Tenant, ends: str, capacity: int) -> None:
    allow_preemption(tenant)
    room, owner = tenant.resource(capacity=capacity), tenant.person("member")
    hold = make(stack, owner, room, "held", units=capacity)
    rival, second = Session(stack, tenant.another("member")), Session(stack, owner)
    rival.call("create_reservation", resource_id=room, priority=9, **slot(1))
    answer = second_of(rival, ends, second, "confirm_reservation", reservation_id=hold)
    if ends == "commit":
        assert (answer["message"], answer["details"]["status"]) == ("invalid_transition", "displaced")
    assert history(tenant, hold) == ["held", "displaced" if ends == "commit" else "confirmed"]
    assert_invariants(tenant)


# Crowds


@each_capacity
def test_16_http_clients_30_stale_holds_one_winner_each(stack: Stack, tenant: Tenant, capacity: int) -> None:
    """One for each unit, that is: whoever comes first clears the way, once, for all."""
    room, hours = tenant.resource(capacity=capacity), range(30)
    tenant.connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, status, starts_at, ends_at, expires_at)"
        " select %s, %s, 'held', t, t + interval '30 minutes', now() - interval '1 second'"
        "   from generate_series(%s::timestamptz, %s, '1 hour') t, generate_series(1, %s)",
        (tenant.id, room, slot(hours[0])["starts_at"], slot(hours[-1])["starts_at"], capacity),
    )
    outcomes: dict[int, Counter[Any]] = {hour: Counter() for hour in hours}
    members, barrier, lock = [tenant.another("member") for _ in range(16)], threading.Barrier(16), threading.Lock()

    def fight(member: Person) -> None:
        for hour in hours:
            barrier.wait()
            status, answer = stack.rpc(member, "create_reservation", resource_id=str(room), **slot(hour))
            with lock:
                outcomes[hour][status, answer.get("message")] += 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(fight, members))
    won_and_lost = {(200, None): capacity, (409, "slot_taken"): 16 - capacity}
    assert all(outcome == won_and_lost for outcome in outcomes.values()), outcomes
    rows = tenant.connection.execute(
        "select type, count(*), count(distinct reservation_id) from booking.events"
        " where tenant_id = %s and reservation_id is not null group by type",
        (tenant.id,),
    )
    assert {row[0].replace("reservation.", ""): row[1:] for row in rows} == dict.fromkeys(
        ("held", "expired", "confirmed"), (30 * capacity, 30 * capacity)
    )
    assert_invariants(tenant)


def test_a_crowd_of_priorities_leaves_the_books_in_order(stack: Stack, tenant: Tenant) -> None:
    """Holds that expire at once or are displaced, the sweep, and capacities that change: no 5xx; one event each."""
    allow_preemption(tenant)
    rooms = [str(tenant.resource(f"Room {number}", capacity=capacity)) for number, capacity in enumerate((1, 3))]
    tenant.connection.execute(
        "update booking.booking_rules set hold_ttl = '0.2 seconds' where tenant_id = %s", (tenant.id,)
    )
    manager = tenant.person("manager")
    answers: Counter[Any] = Counter()
    lock, over = threading.Lock(), threading.Event()

    def crowd(seed: int) -> None:
        chance, member = random.Random(seed), tenant.another("member")
        mine: list[str] = []
        for _ in range(100):
            action = chance.choice(("create", "confirm", "extend", "cancel", "reschedule")) if mine else "create"
            room, hour = chance.choice(rooms), chance.randrange(8)
            times = {"starts_at": slot(hour)["starts_at"], "ends_at": slot(hour + chance.randrange(3))["ends_at"]}
            if action == "create":
                status, answer = stack.rpc(
                    member, "create_reservation", resource_id=room, priority=chance.randrange(4),
                    status=chance.choice(("held", "pencilled", "confirmed", "tentative")), **times,
                )  # fmt: skip
                mine += [answer["id"]] if status == 200 else []
            else:
                status, answer = stack.rpc(
                    member, "extend_hold" if action == "extend" else f"{action}_reservation",
                    reservation_id=mine.pop(0) if action == "cancel" else mine[-1],
                    **({"resource_id": room, **times} if action == "reschedule" else {}),
                )  # fmt: skip
            with lock:
                answers[action, status, answer.get("message")] += 1

    def change_capacity() -> None:
        for number in range(10**6):
            if over.is_set():
                return
            status, answer = stack.request(
                manager, "PATCH", f"resources?id=eq.{rooms[1]}", {"capacity": 3 + number % 2}
            )
            with lock:
                answers["capacity", status, answer and answer["message"]] += 1

    def sweep() -> None:
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            while not over.wait(0.05):
                connection.execute("select booking.sweep()")

    # With whoever changes the capacity 16, as many as the database lets in of one tenant at a time.
    with ThreadPoolExecutor(17) as pool:
        others = [pool.submit(change_capacity), pool.submit(sweep)]
        with contextlib.ExitStack() as stop:
            stop.callback(over.set)
            list(pool.map(crowd, range(15)))
        for other in others:
            other.result()
    assert {status for _, status, _ in answers} <= {200, 204, 409}, answers
    assert {slug for action, _, slug in answers if action == "create"} == {None, "slot_taken"}
    displaced = tenant.connection.execute(
        "select r.status = 'displaced', count(e.type) from booking.reservations r"
        " left join booking.events e"
        "   on e.tenant_id = r.tenant_id and e.reservation_id = r.id and e.type = 'reservation.displaced'"
        " where r.tenant_id = %s group by r.id, r.status",
        (tenant.id,),
    )
    assert Counter(displaced.fetchall()).keys() == {(True, 1), (False, 0)}
    assert_invariants(tenant)
