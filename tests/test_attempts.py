"""Refusals leave no trace in the database, so the gateway keeps them; bookings never wait for that."""

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from gateway import http_client
from gateway.attempts import MAX_SEARCHES, SEARCH_COUNTS_FOR, Answer, Attempts
from gateway.database import Database
from gateway.local.ports import HOST, free_port
from gateway.settings import Settings
from tests.conftest import Person, Stack, Tenant
from tests.gateway_fixtures import Gateway, running_gateway, slot

USER = uuid.UUID(int=1)


def token(tenant_id: Any = "acme", user_id: Any = USER, **more: Any) -> str:
    return "Bearer " + jwt.encode({"tenant_id": tenant_id, "sub": str(user_id), **more}, "x" * 32, algorithm="HS256")


def kept(tenant: Tenant, count: int) -> list[tuple[str, bool]]:
    """What was kept of the tenant, as soon as it is so many rows, or no more come."""
    for _ in range(100):
        rows = tenant.connection.execute(
            "select outcome, search_seconds is not null from booking.booking_attempts where tenant_id = %s order by occurred_at",
            (tenant.id,),
        ).fetchall()
        if len(rows) >= count:
            break
        time.sleep(0.05)
    return rows


@pytest.fixture
def attempts() -> Attempts:
    """Of a gateway that has no database."""
    return Attempts(Database(Settings()), enabled=True, max_queue=2)


# Over HTTP


def test_refusals_are_kept_and_bookings_that_a_search_came_before(
    gateway: Gateway, tenant: Tenant, stack: Stack
) -> None:
    person, other, manager = tenant.person("member"), tenant.another("member"), tenant.person("manager")
    room = str(tenant.resource())
    tenant.connection.execute(
        "insert into booking.booking_rules (tenant_id, max_duration) values (%s, '2 hours')", (tenant.id,)
    )

    def check(person: Person, number: int) -> int:
        return gateway.send(
            person, "POST", "/rest/v1/rpc/check_reservation_conflict", {"resource_id": room, **slot(number)}
        ).status

    assert gateway.book(person, resource_id=room, **slot(1)).status == 200  # the log has it
    assert check(person, 1) == 409
    assert gateway.book(person, resource_id=room, **slot(1)).status == 409
    assert check(other, 2) == 200
    assert gateway.book(other, resource_id=room, **slot(2)).status == 200
    assert gateway.book(other, resource_id=room, **slot(3)).status == 200  # after no search of its own
    assert (
        gateway.book(person, resource_id=room, starts_at=slot(4)["starts_at"], ends_at=slot(9)["ends_at"]).status == 422
    )
    # Nothing that was ever meant, or could be had
    assert gateway.book(person, resource_id=str(uuid.uuid4()), **slot(4)).status == 404
    assert gateway.book(person, resource_id=room, starts_at="x", ends_at="y").status == 400
    assert gateway.send(None, "POST", "/rest/v1/rpc/create_reservation", {"resource_id": room, **slot(4)}).status == 401
    series = {
        "resource_id": room,
        "rrule": "FREQ=DAILY;COUNT=2",
        "local_start": slot(1)["starts_at"][:19],
        "duration": "3 hours",
    }
    assert gateway.send(person, "POST", "/rest/v1/rpc/create_series", {**series, "dry_run": True}).status in (200, 422)
    # Together, or again and again
    items = [{"resource_id": room, **slot(1)}, {"resource_id": room, **slot(7)}]
    assert gateway.send(person, "POST", "/rest/v1/rpc/create_bundle", {"items": items}).status == 409
    assert gateway.send(person, "POST", "/rest/v1/rpc/create_series", series).status == 422
    for _ in range(2):
        assert gateway.book(other, key="again", resource_id=room, **slot(12)).status == 200

    assert kept(tenant, 5) == [
        ("slot_taken", True), ("created", True), ("too_long", True), ("slot_taken", True), ("too_long", True)
    ]  # fmt: skip
    status, told = stack.rpc(
        manager, "booking_outcomes", starts_at="2020-01-01T00:00:00Z", ends_at="2100-01-01T00:00:00Z", bucket="month"
    )
    assert status == 200
    (row,) = (one for one in told if one["attempts"])
    assert row["outcomes"] == {"created": 4, "slot_taken": 2, "too_long": 2}
    assert (row["success_rate"], row["conflict_rate"]) == (0.5, 0.25)
    assert 0 <= row["median_search_seconds"] < 10


def test_bookings_do_not_wait_for_a_database_that_is_gone(stack: Stack, tenant: Tenant, tmp_path: Path) -> None:
    gone = f"postgresql://berth_gateway@{HOST}:{free_port()}/nowhere"
    person, room = tenant.person("member"), str(tenant.resource())
    with running_gateway(stack.rest.url, tmp_path, database_url=gone) as gateway:
        started = time.monotonic()
        statuses = [gateway.book(person, resource_id=room, **slot()).status for _ in range(20)]
        assert statuses == [200] + 19 * [409]
        assert time.monotonic() - started < 4
        assert dropped(gateway, 19) == 19
        assert any(line["event"] == "attempts_dropped" for line in gateway.log())
    assert kept(tenant, 0) == []


def dropped(gateway: Gateway, count: int) -> float:
    found = 0.0
    for _ in range(200):
        text = gateway.send(None, "GET", "/metrics").data.decode()
        found = float(text.partition('berth_booking_attempts_total{fate="dropped"} ')[2].split()[0])
        if found >= count:
            break
        time.sleep(0.1)
    return found


# Within


def noted(attempts: Attempts, function: str = "create_reservation", status: int = 409) -> None:
    answer = http_client.Answer(status, [], b'{"message": "slot_taken"}')
    attempts.note(f"rpc/{function}", token(), b"", answer)


def test_what_the_queue_cannot_hold_is_dropped_and_counted(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Attempts, "_start", lambda self: None)
    for _ in range(5):
        noted(attempts)
    (metric,) = attempts.collect()
    assert {sample.labels["fate"]: sample.value for sample in metric.samples if sample.name.endswith("_total")} == {
        "kept": 0,
        "dropped": 3,
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("reservations", 409),
        ("create_reservation", 409),
        ("rpc/cancel_reservation", 409),
        ("rpc/create_reservation", 503),
    ],
)
def test_other_answers_are_none_of_its_business(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    monkeypatch.setattr(Attempts, "_start", lambda self: pytest.fail("noted"))
    attempts.note(path, token(), b"", http_client.Answer(status))


def answered(
    status: int = 409, function: str = "create_reservation", body: bytes = b'{"message": "slot_taken"}', **more: Any
) -> Answer:
    return Answer(function, more.pop("authorization", None) or token(), status, body, **more)


@pytest.mark.parametrize(
    "answer",
    [
        answered(body=b"<html>"), answered(body=b"[]"), answered(body=b"{}"), answered(body=b'{"message": 1}'),
        answered(body=b'{"message": "Key (id)=(Jane) exists"}'), answered(body=b'{"message": "duplicate_id"}'),
        answered(200), answered(authorization="Bearer"), answered(authorization="Basic x.y.z"),
        answered(authorization=token(None)), answered(authorization=token("", app_metadata=1)),
    ],
)  # fmt: skip
def test_what_tells_nothing_is_not_kept(attempts: Attempts, answer: Answer) -> None:
    assert attempts.read(answer) is None


def test_supabase_keeps_the_tenant_elsewhere(attempts: Attempts) -> None:
    row = attempts.read(answered(authorization=token(None, app_metadata={"tenant_id": "acme"})))
    assert row
    assert (row["tenant_id"], row["outcome"], row["search_seconds"]) == ("acme", "slot_taken", None)


def search(attempts: Attempts, clock: float, user_id: Any = USER) -> None:
    attempts.read(answered(200, "search_availability", authorization=token(user_id=user_id), clock=clock))


@pytest.mark.parametrize(
    ("steps", "seconds"),
    [
        (lambda a: search(a, 10), 90),
        (lambda a: [search(a, 10), search(a, 70)], 30),
        (lambda a: search(a, 10, uuid.UUID(int=2)), None),
        (lambda a: search(a, 99 - SEARCH_COUNTS_FOR), None),
        (lambda a: [search(a, 10), a.read(answered(200, clock=50))], None),
        (lambda a: [search(a, 10), a.read(answered(409, clock=50))], 90),
    ],
)
def test_how_long_since_the_search(
    attempts: Attempts, steps: Callable[[Attempts], object], seconds: float | None
) -> None:
    steps(attempts)
    row = attempts.read(answered(409, clock=100.0))
    assert row
    assert row["search_seconds"] == seconds


def test_only_so_many_searches_are_remembered(attempts: Attempts) -> None:
    for number in range(MAX_SEARCHES + 1):
        attempts.read(Answer("search_availability", token(user_id=number), 200, b"", clock=1.0))
    first, last = (attempts.read(answered(authorization=token(user_id=n), clock=2.0)) for n in (0, MAX_SEARCHES))
    assert first
    assert last
    assert (first["search_seconds"], last["search_seconds"]) == (None, 1.0)
