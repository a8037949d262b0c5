"""Series in races: whole or not at all, one after the other, and never a deadlock."""

import json
import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import psycopg
import pytest

from tests.conftest import Person, Stack, Tenant
from tests.test_bundles import count
from tests.test_lifecycle import Answer, ok
from tests.test_races import (
    Session,
    assert_invariants,
    each_capacity,
    each_end,
    in_background,
    no_session_outlives_its_test,  # noqa: F401
    second_of,
    told,
)
from tests.test_series import MADE, edit, make, starts, view, wanted

#: The same three occurrences as wanted(), the hour later, and the hour after that
LATER, LATEST = ["04 09:00", "06 09:00", "08 09:00"], ["04 10:00", "06 10:00", "08 10:00"]


def live(stack: Stack, person: Person, made: dict[str, Any]) -> list[str]:
    return starts([one for one in view(stack, person, made)["reservations"] if one["status"] == "confirmed"])


def nothing_is_half(tenant: Tenant, size: int) -> None:
    """Each series has all of its occurrences."""
    rows = tenant.connection.execute(
        "select s.id, count(r.id) from booking.series s"
        "  left join booking.reservations r on r.tenant_id = s.tenant_id and r.series_id = s.id"
        " where s.tenant_id = %s group by s.id having count(r.id) <> %s",
        (tenant.id, size),
    )
    assert rows.fetchall() == []


# Two at the critical point


@each_capacity
@each_end
def test_two_equal_series(stack: Stack, tenant: Tenant, ends: str, capacity: int) -> None:
    room = tenant.resource(capacity=capacity)
    first, second = (Session(stack, tenant.another("member")) for _ in range(2))
    one = first.call("create_series", **wanted(room, units=capacity))
    answer = second_of(first, ends, second, "create_series", **wanted(room, units=capacity))
    if ends == "commit":
        assert answer["message"] == "slot_taken"
        assert starts(answer["details"]["rejected"]) == MADE
    winner = one if ends == "commit" else answer
    assert starts(winner["created"]) == MADE
    assert (count(tenant, "series"), count(tenant, "reservations")) == (1, 3)
    assert count(tenant, "claims") == 3 * capacity
    assert_invariants(tenant)


@each_end
@pytest.mark.parametrize("on_conflict", ["reject", "skip"])
def test_a_series_waits_for_a_single_booking_in_its_midst(
    stack: Stack, tenant: Tenant, on_conflict: str, ends: str
) -> None:
    room = tenant.resource()
    first, second = (Session(stack, tenant.another("member")) for _ in range(2))
    single = {"resource_id": room, "starts_at": "2100-01-06T08:30Z", "ends_at": "2100-01-06T09:30Z"}
    first.call("create_reservation", **single)
    answer = second_of(first, ends, second, "create_series", **wanted(room, on_conflict=on_conflict))
    rejected = answer.get("details", answer)["rejected"]
    assert starts(rejected) == (MADE[1:2] if ends == "commit" else [])
    made = [] if ends == "commit" and on_conflict == "reject" else [at for at in MADE if at not in starts(rejected)]
    assert starts(answer.get("created", [])) == made
    assert count(tenant, "claims") == len(made) + (ends == "commit")
    assert_invariants(tenant)


@each_end
def test_a_single_booking_waits_for_a_series(stack: Stack, tenant: Tenant, ends: str) -> None:
    room = tenant.resource()
    first, second = (Session(stack, tenant.another("member")) for _ in range(2))
    first.call("create_series", **wanted(room))
    single = {"resource_id": room, "starts_at": "2100-01-06T08:30Z", "ends_at": "2100-01-06T09:30Z"}
    answer = second_of(first, ends, second, "create_reservation", **single)
    assert answer.get("message") == ("slot_taken" if ends == "commit" else None)
    assert count(tenant, "claims") == (3 if ends == "commit" else 1)
    assert_invariants(tenant)


def test_a_series_in_the_midst_of_a_move_does_not_deadlock(stack: Stack, tenant: Tenant) -> None:
    """It has its first occurrence and waits for its second, while somebody moves to its first what stands at its third."""
    room, mover = tenant.resource(), tenant.person("member")
    single, series, move = Session(stack, mover), Session(stack, tenant.another("member")), Session(stack, mover)
    first, second, third = (
        {"starts_at": f"2100-01-{day:02}T08:00Z", "ends_at": f"2100-01-{day:02}T09:00Z"} for day in (4, 6, 8)
    )
    _, moving = stack.rpc(mover, "create_reservation", resource_id=str(room), **third)
    single.call("create_reservation", resource_id=room, **second)
    with ThreadPoolExecutor() as pool:
        creating = in_background(pool, series, "create_series", **wanted(room))
        moved = in_background(pool, move, "reschedule_reservation", reservation_id=moving["id"], **first)
        single.rollback()
        calls = {creating: series, moved: move}
        try:
            answers = {calls[call]: told(calls[call], call.result) for call in as_completed(calls, timeout=20)}
        finally:
            for session in calls.values():
                session.connection.cancel()
    assert answers[move]["status"] == "confirmed"
    assert starts(answers[series]["details"]["rejected"]) == MADE[2:]
    assert_invariants(tenant)


@each_end
@pytest.mark.parametrize("versions", [{}, {"expected_version": 1}], ids=["any version", "expected version"])
def test_two_shift_one_series(stack: Stack, tenant: Tenant, versions: dict[str, int], ends: str) -> None:
    """By two hours, or the second learns that the first was there."""
    owner = tenant.person("member")
    made = ok(make(stack, owner, tenant.resource()))
    shift = {"series_id": made["series_id"], "shift": "1 hour", **versions}
    first, second = Session(stack, owner), Session(stack, owner)
    first.call("reschedule_series", **shift)
    answer = second_of(first, ends, second, "reschedule_series", **shift)
    if ends == "commit" and versions:
        assert (answer["message"], answer["details"]) == ("version_conflict", {"version": 2, "expected_version": 1})
    assert live(stack, owner, made) == (LATEST if ends == "commit" and not versions else LATER)
    assert_invariants(tenant)


@each_end
@pytest.mark.parametrize("actions", [("cancel", "reschedule"), ("reschedule", "cancel")], ids=" before ".join)
def test_a_series_is_cancelled_and_shifted(stack: Stack, tenant: Tenant, actions: tuple[str, str], ends: str) -> None:
    owner = tenant.person("member")
    made = ok(make(stack, owner, tenant.resource()))
    calls = [{"series_id": made["series_id"], **({"shift": "1 hour"} if a == "reschedule" else {})} for a in actions]
    first, second = Session(stack, owner), Session(stack, owner)
    first.call(f"{actions[0]}_series", **calls[0])
    answer = second_of(first, ends, second, f"{actions[1]}_series", **calls[1])
    shift_lost = actions[0] == "cancel" and ends == "commit"
    assert answer.get("message") == ("invalid_transition" if shift_lost else None)
    assert live(stack, owner, made) == (LATER if actions[1] == "reschedule" and not shift_lost else [])
    if actions[1] == "cancel" and ends == "commit":
        assert starts(answer["reservations"]) == LATER
    assert_invariants(tenant)


@each_end
@pytest.mark.parametrize("cancels_first", [True, False])
def test_one_is_cancelled_while_all_shift(stack: Stack, tenant: Tenant, cancels_first: bool, ends: str) -> None:
    owner = tenant.person("member")
    made = ok(make(stack, owner, tenant.resource()))
    cancel = ("cancel_reservation", {"reservation_id": made["created"][1]["id"]})
    shift = ("reschedule_series", {"series_id": made["series_id"], "shift": "1 hour"})
    (one, one_of), (two, two_of) = (cancel, shift) if cancels_first else (shift, cancel)
    first, second = Session(stack, owner), Session(stack, owner)
    first.call(one, **one_of)
    answer = second_of(first, ends, second, two, **two_of)
    assert "message" not in answer
    cancelled, shifted = (ends == "commit" or not cancels_first), (ends == "commit" or cancels_first)
    times = LATER if shifted else MADE
    assert live(stack, owner, made) == ([times[0], times[2]] if cancelled else times)
    (middle,) = (r for r in view(stack, owner, made)["reservations"] if r["id"] == made["created"][1]["id"])
    # Cancelled, it moves no more.
    assert starts([middle]) == [LATER[1] if shifted and not (cancels_first and cancelled) else MADE[1]]
    assert_invariants(tenant)


@each_end
@pytest.mark.parametrize("versions", [{}, {"expected_version": 1}], ids=["any version", "expected version"])
def test_all_shift_while_some_leave(stack: Stack, tenant: Tenant, versions: dict[str, int], ends: str) -> None:
    """Those that have become a series of their own meanwhile are not among all."""
    owner = tenant.person("member")
    made = ok(make(stack, owner, tenant.resource()))
    first, second = Session(stack, owner), Session(stack, owner)
    second_one = {"scope": "following", "reservation_id": made["created"][1]["id"]}
    first.call("update_series", series_id=made["series_id"], **second_one, title="Apart")
    answer = second_of(
        first, ends, second, "reschedule_series", series_id=made["series_id"], shift="1 hour", **versions
    )
    refused = ends == "commit" and bool(versions)
    assert answer.get("message") == ("version_conflict" if refused else None)
    assert live(stack, owner, made) == (MADE[:1] if refused else LATER[:1] if ends == "commit" else LATER)
    assert_invariants(tenant)


@each_end
@pytest.mark.parametrize("deletes_first", [True, False])
def test_a_dba_deletes_one_while_all_shift(stack: Stack, tenant: Tenant, deletes_first: bool, ends: str) -> None:
    """It is gone, and a date that the series leaves out, where it was or where it would be now."""
    owner = tenant.person("member")
    made = ok(make(stack, owner, tenant.resource()))
    dba, shifter = Session(stack, owner), Session(stack, owner)
    dba.connection.execute("reset role")
    gone = made["created"][1]["id"]

    def delete(*_: Any, **__: Any) -> dict[str, Any]:
        assert dba.connection.execute("delete from booking.reservations where id = %s", (gone,)).rowcount == 1
        return {}

    dba.call = delete
    shift = {"series_id": made["series_id"], "shift": "1 hour"}
    if deletes_first:
        dba.call("")
        second_of(dba, ends, shifter, "reschedule_series", **shift)
    else:
        shifter.call("reschedule_series", **shift)
        second_of(shifter, ends, dba, "")
    deleted, shifted = (ends == "commit" or not deletes_first), (ends == "commit" or deletes_first)
    times = LATER if shifted else MADE
    assert live(stack, owner, made) == ([times[0], times[2]] if deleted else times)
    exdates = [f"2100-01-06T{10 if shifted else 9:02}:00:00"] if deleted else []
    assert view(stack, owner, made)["exdates"] == exdates
    assert_invariants(tenant)


@each_end
@pytest.mark.parametrize("on_conflict", ["reject", "cancel"])
def test_a_blackout_waits_for_a_series(stack: Stack, tenant: Tenant, on_conflict: str, ends: str) -> None:
    room, owner = tenant.resource(), tenant.person("member")
    first, second = Session(stack, owner), Session(stack, tenant.person("manager"))
    made = first.call("create_series", **wanted(room))
    answer = second_of(first, ends, second, "create_blackout", **blackout(room, on_conflict))
    if ends == "commit":
        assert answer.get("message") == ("slot_taken" if on_conflict == "reject" else None)
        assert live(stack, owner, made) == (MADE if on_conflict == "reject" else [MADE[0], MADE[2]])
    else:
        assert (len(answer["blackouts"]), count(tenant, "reservations")) == (1, 0)
    assert_invariants(tenant)


@each_end
def test_a_series_waits_for_a_blackout(stack: Stack, tenant: Tenant, ends: str) -> None:
    room = tenant.resource()
    first, second = Session(stack, tenant.person("manager")), Session(stack, tenant.person("member"))
    first.call("create_blackout", **blackout(room, "reject"))
    answer = second_of(first, ends, second, "create_series", **wanted(room))
    assert answer.get("message") == ("blackout" if ends == "commit" else None)
    if ends == "commit":
        assert [(one["code"], *starts([one])) for one in answer["details"]["rejected"]] == [("blackout", MADE[1])]
    assert count(tenant, "series") == (ends == "rollback")
    assert_invariants(tenant)


def blackout(room: uuid.UUID, on_conflict: str) -> dict[str, Any]:
    """All of the day of the second."""
    times = {"starts_at": "2100-01-06T00:00Z", "ends_at": "2100-01-07T00:00Z"}
    return {"resource_ids": [room], "reason": "Paint", "on_conflict": on_conflict, **times}


# Many at once


def test_16_http_clients_5_series_one_winner_each(stack: Stack, tenant: Tenant) -> None:
    """Each of 10 occurrences; who loses is told of every one."""
    room, rounds = tenant.resource(), range(5)
    members, barrier, lock = [tenant.another("member") for _ in range(16)], threading.Barrier(16), threading.Lock()
    outcomes: dict[int, Counter[Any]] = {number: Counter() for number in rounds}

    def fight(member: Person) -> None:
        for number in rounds:
            barrier.wait()
            answer = make(
                stack, member, room, rrule="FREQ=DAILY;COUNT=10", local_start=f"2100-01-04T{number:02}:00:00",
            )  # fmt: skip
            # Of whatever answer: who fails here leaves the others at the barrier for ever.
            said = answer[1] if answer[0] == 200 else json.loads(answer[1]["details"] or "{}")
            size = len(said.get("created") or said.get("rejected", ()))
            with lock:
                outcomes[number][answer[0], answer[1].get("message"), size] += 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(fight, members))
    won_and_lost = {(200, None, 10): 1, (409, "slot_taken", 10): 15}
    assert all(outcome == won_and_lost for outcome in outcomes.values()), outcomes
    nothing_is_half(tenant, 10)
    assert count(tenant, "claims") == 10 * len(rounds)
    assert_invariants(tenant)


def test_one_key_from_eight_at_once_makes_one_series(stack: Stack, tenant: Tenant) -> None:
    owner, body = tenant.person("member"), wanted(tenant.resource())
    key = {"Idempotency-Key": str(uuid.uuid4())}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stack.request(owner, "POST", "rpc/create_series", body, key), range(8)))
    assert [answer == answers[0] and answer[0] == 200 for answer in answers] == [True] * 8
    assert (count(tenant, "series"), count(tenant, "reservations")) == (1, 3)


@pytest.mark.parametrize("on_conflict", ["reject", "skip"])
def test_a_series_among_single_bookings_of_its_slots(stack: Stack, tenant: Tenant, on_conflict: str) -> None:
    """Every slot is somebody's, once; the series has all of its own, or what it says."""
    room, days = tenant.resource(), range(1, 29)
    clients, barrier = [tenant.another("member") for _ in range(6)], threading.Barrier(7)
    rounds = range(4)
    answers: list[Counter[Any]] = []

    def single(member: Person) -> Counter[Any]:
        chance, tally = random.Random(str(member.user_id)), Counter[Any]()
        for number in rounds:
            barrier.wait()
            for day in chance.sample(days, len(days)):
                slot = {
                    "starts_at": f"2100-02-{day:02}T{number:02}:30Z",
                    "ends_at": f"2100-02-{day:02}T{number + 1:02}:00Z",
                }
                status, answer = stack.rpc(member, "create_reservation", resource_id=str(room), **slot)
                tally[status, answer.get("message")] += 1
        return tally

    def series() -> Iterator[Answer]:
        owner = tenant.another("member")
        for number in rounds:
            barrier.wait()
            yield make(
                stack, owner, room, rrule="FREQ=DAILY;COUNT=28", local_start=f"2100-02-01T{number:02}:00:00",
                timezone="UTC", on_conflict=on_conflict,
            )  # fmt: skip

    with ThreadPoolExecutor(7) as pool:
        singles = [pool.submit(single, member) for member in clients]
        made = list(series())
        answers = [future.result() for future in singles]
    tally = sum(answers, Counter())
    assert set(tally) == {(200, None), (409, "slot_taken")}
    for status, answer in made:
        if on_conflict == "skip":
            assert (status, len(answer["created"]) + len(answer["rejected"])) == (200, 28)
        else:
            assert status == 200 or (status, answer["message"]) == (409, "slot_taken")
    created = sum(len(answer["created"]) for status, answer in made if status == 200)
    assert created + tally[200, None] == count(tenant, "claims") == len(rounds) * len(days)
    assert_invariants(tenant)


@each_capacity
def test_two_series_change_places_crosswise(stack: Stack, tenant: Tenant, capacity: int) -> None:
    """Each to the other's room at once, where there is room for both or is not."""
    owner = tenant.person("member")
    rooms = [str(tenant.resource(name, capacity=capacity)) for name in "AB"]
    made = [ok(make(stack, owner, uuid.UUID(room), rrule="FREQ=DAILY;COUNT=8")) for room in rooms]
    barrier, tally, lock = threading.Barrier(2), Counter[Any](), threading.Lock()

    def move(number: int) -> None:
        for turn in range(25):
            barrier.wait()
            answer = edit(stack, owner, "reschedule", made[number], resource_id=rooms[(number + turn + 1) % 2])
            with lock:
                tally[answer[0], answer[1].get("message")] += 1

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(move, range(2)))
    assert set(tally) == ({(200, None)} if capacity > 1 else {(200, None), (409, "slot_taken")})
    nothing_is_half(tenant, 8)
    assert_invariants(tenant)


def test_a_crowd_leaves_the_books_in_order(stack: Stack, tenant: Tenant) -> None:
    """All kinds of edits of few series, of their occurrences on their own, blackouts, and a DBA: no 5xx."""
    rooms = [str(tenant.resource(f"Room {n}", capacity=capacity)) for n, capacity in enumerate((1, 1, 3))]
    manager, lock = tenant.person("manager"), threading.Lock()
    tally: Counter[Any] = Counter()
    series: list[str] = []

    def step(chance: random.Random, dba: psycopg.Connection[Any]) -> tuple[str, Answer]:
        room, action = chance.choice(rooms), chance.choice(ACTIONS) if len(series) > 2 else "create"
        if action == "create":
            start = f"2100-01-{chance.randrange(1, 20):02}T{chance.randrange(24):02}:00"
            answer = make(
                stack, manager, uuid.UUID(room), rrule="FREQ=DAILY;COUNT=6", local_start=start, duration="20 minutes",
                on_conflict=chance.choice(("reject", "skip")),
            )  # fmt: skip
            if answer[0] == 200 and answer[1]["series_id"]:
                series.append(answer[1]["series_id"])
            return action, answer
        if action == "blackout":
            start = f"2100-01-{chance.randrange(1, 20):02}T{chance.randrange(24):02}"
            status, answer = stack.rpc(
                manager, "create_blackout", resource_ids=rooms[: chance.randrange(1, 4)], starts_at=f"{start}:00Z",
                ends_at=f"{start}:30Z", reason="Paint", on_conflict=chance.choice(("reject", "cancel", "keep")),
            )  # fmt: skip
            if status == 200:
                stack.rpc(manager, "lift_blackout", blackout_id=answer["blackouts"][0]["id"])
            return action, (status, answer)
        chosen = chance.choice(series[-6:])
        rows = dba.execute(
            "select id::text, starts_at from booking.reservations where series_id = %s order by starts_at", (chosen,)
        ).fetchall()
        if not rows:
            return "nothing", (200, {})
        one, start = chance.choice(rows)
        scope = {"scope": chance.choice(("this", "following", "following", "all")), "reservation_id": one}
        if action == "delete":
            dba.execute("delete from booking.reservations where id = %s", (one,))
            return action, (200, {})
        if action == "cancel one":
            return action, stack.rpc(manager, "cancel_reservation", reservation_id=one)
        if action == "move one":
            # Never on the hour, as those are that were not moved
            times = {"starts_at": start.replace(minute=30).isoformat(), "ends_at": start.replace(minute=45).isoformat()}
            return action, stack.rpc(manager, "reschedule_reservation", reservation_id=one, **times, resource_id=room)
        more: dict[str, Any] = {
            "reschedule": {"shift": chance.choice(("1 hour", "-1 hour", "1 day", "-2 days"))},
            "update": {"title": str(chance.random())},
        }.get(action, {})
        if action == "reschedule" and chance.random() < 0.3:
            more["resource_id"] = room
        answer = stack.rpc(manager, f"{action}_series", series_id=chosen, **scope, **more)
        if answer[0] == 200 and answer[1]["series_id"] not in series:
            series.append(answer[1]["series_id"])
        return action, answer

    def crowd(seed: int) -> None:
        chance = random.Random(seed)
        with psycopg.connect(stack.database_url, autocommit=True) as dba:
            for _ in range(30):
                action, (status, answer) = step(chance, dba)
                with lock:
                    tally[action, status, answer.get("message")] += 1

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(crowd, range(10)))
    assert {(status, slug) for _, status, slug in tally} <= {
        (200, None), (409, "slot_taken"), (409, "blackout"), (409, "invalid_transition"), (404, "not_found")
    }, tally  # fmt: skip
    assert {action for action, status, _ in tally if status == 200} >= set(ACTIONS), tally
    assert_invariants(tenant)


ACTIONS = ("create", "blackout", "delete", "cancel one", "move one", *["reschedule"] * 4, "update", "cancel")
