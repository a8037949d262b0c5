"""What tenants keep no longer goes, and nobody notices but by asking for it: over HTTP, by the command, and in races."""

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.live_log import THE_BEGINNING
from tests.conftest import Run, Stack, Tenant, write_csv
from tests.gateway_fixtures import Gateway, assert_error
from tests.test_events import settle
from tests.test_races import (
    Session,
    assert_invariants,
    in_background,
    no_session_outlives_its_test,  # noqa: F401
)

LONG_AGO = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=400)


@pytest.fixture(autouse=True)
def nothing_is_left_to_forget(tenant: Tenant) -> Iterator[None]:
    """Or the worker of another test would find it."""
    yield
    tenant.connection.execute(
        "update booking.tenants set claims_retention = null, events_retention = null where id = %s", (tenant.id,)
    )


@pytest.fixture
def berth(environment: dict[str, str]) -> Callable[..., str]:
    """The command, on the database of the stack."""

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(main, arguments, env=environment)
        assert done.exit_code == 0, done.output
        return done.output

    return run


def then(minutes: int = 0, hours: int = 1) -> dict[str, str]:
    """A time long ago."""
    starts_at = LONG_AGO + timedelta(minutes=minutes)
    return {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=hours)).isoformat()}


def close(tenant: Tenant, room: uuid.UUID, **columns: Any) -> None:
    """A blackout long ago."""
    tenant.connection.execute(
        "insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at)"
        " values (%(tenant)s, %(room)s, %(starts_at)s, %(ends_at)s)",
        {"tenant": tenant.id, "room": room, **then(), **columns},
    )


def keep(tenant: Tenant, **retention: str) -> None:
    for what, interval in retention.items():
        tenant.connection.execute(
            psycopg.sql.SQL("update booking.tenants set {} = %s where id = %s").format(
                psycopg.sql.Identifier(f"{what}_retention")
            ),
            (interval, tenant.id),
        )


def claims(tenant: Tenant) -> int:
    row = tenant.connection.execute("select count(*) from booking.claims where tenant_id = %s", (tenant.id,)).fetchone()
    assert row
    return int(row[0])


def all_is_taken(tenant: Tenant) -> None:
    """By every consumer of the log."""
    settle(tenant)
    for (consumer,) in tenant.connection.execute("select name from booking.event_consumers").fetchall():
        tenant.connection.execute("select count(*) from booking.take_events(%s, 1000000)", (consumer,))


def open_room(session: Session) -> str:
    """A room made in this transaction, at its time: the log goes month by month, oldest first."""
    row = session.connection.execute(
        "insert into api.resources (name) values ('Old room') returning id::text"
    ).fetchone()
    assert row
    return str(row[0])


class Pruning:
    """A transaction of whoever forgets."""

    def __init__(self, stack: Stack) -> None:
        self.connection = psycopg.connect(stack.database_url)
        self.done = dict(self.connection.execute("select * from booking.prune_claims(100)").fetchall())

    def commit(self) -> None:
        self.connection.commit()
        self.connection.close()

    def rollback(self) -> None:
        self.connection.rollback()
        self.connection.close()


def enter(session: Session, room: uuid.UUID, **arguments: Any) -> Any:
    """A manager enters what was long ago, where nothing is."""
    times = {**then(minutes=90), **arguments}
    return session.call("create_reservation", resource_id=room, override=True, reason="history", **times)


def test_the_command_forgets_all_at_once(
    berth: Callable[..., str], gateway: Gateway, stack: Stack, tenant: Tenant
) -> None:
    manager = tenant.person("manager")
    kept = (
        "keeps notes for ever, logs for 90 days, claims for ever, events for ever, keys for 7 days, attempts for 1 year"
    )
    assert berth("tenant", "retain", tenant.slug) == f"{tenant.slug} {kept}\n"
    early = Session(stack, manager, LONG_AGO - timedelta(days=40))
    room = open_room(early)
    stale = [early.call("create_reservation", resource_id=room, **then(60 * n))["id"] for n in (2, 4)]
    early.call("create_blackout", resource_ids=[room], **then())
    early.commit()
    late = Session(stack, manager)
    late.call("create_reservation", resource_id=room, starts_at="2100-01-04T09:00Z", ends_at="2100-01-04T10:00Z")
    late.commit()
    all_is_taken(tenant)
    log = gateway.send(manager, "GET", "/v1/events").json()["events"]
    assert [event["type"].split(".")[1] for event in log] == ["created", *["confirmed"] * 2, "created", "confirmed"]

    kept = "keeps notes for ever, logs for 90 days, claims for 90 days, events for 1 year, keys for 7 days, attempts for 1 year"
    assert (
        berth("tenant", "retain", tenant.slug, "--claims", "90 days", "--events", "1 year") == f"{tenant.slug} {kept}\n"
    )
    said = berth("maintain", "--batch-size", "1")
    assert {"1  claims", "2  reservation.completed", "4  events"} <= {line.strip() for line in said.splitlines()}
    assert "pasts closed" in said
    assert berth("maintain") == "nothing was left to do\n"
    assert claims(tenant) == 1
    assert_invariants(tenant)
    rest = gateway.send(manager, "GET", "/v1/events").json()
    assert rest["events"]
    assert_error(gateway.send(manager, "GET", f"/v1/events?after={THE_BEGINNING}"), 410, "cursor_expired")
    assert_error(gateway.send(manager, "GET", f"/v1/events?after={log[0]['cursor']}"), 410, "cursor_expired")
    assert_error(
        gateway.send(manager, "GET", "/v1/events/stream", headers={"Last-Event-ID": log[0]["cursor"]}),
        410,
        "cursor_expired",
    )
    assert gateway.send(manager, "GET", f"/v1/events?after={log[-1]['cursor']}").json()["events"]
    status, refusal = stack.rpc(
        manager, "create_reservation", resource_id=str(room), override=True, reason="history", **then()
    )
    assert (status, refusal["message"]) == (422, "too_soon")
    assert "kept" in refusal["hint"]
    status, _ = stack.rpc(manager, "update_reservation", reservation_id=stale[0], title="as it was")
    assert status == 200
    done = CliRunner().invoke(main, ["report", "--tenant", tenant.slug, "--from", f"{LONG_AGO:%Y-%m-%d}"])
    assert done.exit_code == 2


def test_an_import_lists_what_is_too_old(run_import: Run, stack: Stack, tenant: Tenant, tmp_path: Path) -> None:
    close(tenant, tenant.resource("Room 1"))
    keep(tenant, claims="90 days")
    Pruning(stack).commit()
    recently = LONG_AGO + timedelta(days=390)
    lines = [f"Room 1,{start:%Y-%m-%dT%H:%M}Z,1:00,t" for start in (LONG_AGO + timedelta(hours=3), recently)]
    told = run_import(write_csv(tmp_path / "history.csv", "room,starts_at,duration,title", *lines))
    assert told[0] == 1
    assert told[1][-1] == "1 created, 0 already there, 1 refused, 0 unreadable"
    assert "too_soon" in told[1][0]
    assert_invariants(tenant)


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_whoever_is_entering_something_is_passed_by(stack: Stack, tenant: Tenant, ends: str) -> None:
    """Their time is not closed behind their back, before or after they are through."""
    room = tenant.resource()
    close(tenant, room)
    keep(tenant, claims="90 days")
    entering = Session(stack, tenant.person("manager"))
    enter(entering, room, **then(minutes=-90))
    pruning = Pruning(stack)
    assert pruning.done == {"pasts closed": 0, "claims": 0}
    getattr(entering, ends)()
    pruning.commit()
    pruning = Pruning(stack)
    pruning.commit()
    # What is entered keeps its claim, and all that came after it, until the sweep has settled it.
    assert claims(tenant) == (2 if ends == "commit" else 0)
    assert_invariants(tenant)
    tenant.connection.execute("select booking.sweep(1000)")
    Pruning(stack).commit()
    assert claims(tenant) == 0
    assert_invariants(tenant)


@pytest.mark.parametrize("capacity", [1, 3])
@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_whoever_comes_meanwhile_finds_the_past_closed(stack: Stack, tenant: Tenant, ends: str, capacity: int) -> None:
    """An entry, a blackout and a move: each waits, and is refused if the claims did go."""
    rooms = [tenant.resource(capacity=capacity) for _ in range(3)]
    for room in rooms:
        close(tenant, room)
    manager = tenant.person("manager")
    moved = Session(stack, manager)
    move = moved.call(
        "create_reservation", resource_id=rooms[2], starts_at="2100-01-04T09:00Z", ends_at="2100-01-04T10:00Z"
    )
    moved.commit()
    keep(tenant, claims="90 days")
    pruning = Pruning(stack)
    assert pruning.done == {"pasts closed": 3, "claims": 3 * capacity}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("create_reservation", {"resource_id": rooms[0], "override": True, "reason": "history", **then(90)}),
        ("create_blackout", {"resource_ids": [rooms[1]], **then(90)}),
        ("reschedule_reservation", {"reservation_id": move["id"], "override": True, "reason": "history", **then(90)}),
    ]
    sessions = [Session(stack, manager) for _ in calls]
    with ThreadPoolExecutor(3) as pool:
        waiting = [
            in_background(pool, session, function, **arguments)
            for session, (function, arguments) in zip(sessions, calls, strict=True)
        ]
        getattr(pruning, ends)()
        for session, future in zip(sessions, waiting, strict=True):
            if ends == "commit":
                with pytest.raises(psycopg.Error) as refusal:
                    future.result(10)
                assert (refusal.value.sqlstate, refusal.value.diag.message_primary) == ("PT422", "too_soon")
                session.rollback()
            else:
                assert future.result(10)
                session.commit()
    assert claims(tenant) == (1 if ends == "commit" else 3 * capacity + 1 + capacity + 1)
    assert_invariants(tenant)


def test_bookings_go_on_beside_it(stack: Stack, tenant: Tenant) -> None:
    """Others book and enter history while the past is closed step by step; nobody overlaps, nobody waits for long."""
    rooms = [tenant.resource() for _ in range(4)]
    for room in rooms:
        tenant.connection.execute(
            "insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at)"
            " select %s, %s, %s + n * interval '2 hours', %s + n * interval '2 hours' + interval '1 hour'"
            "   from generate_series(1, 150) n",
            (tenant.id, room, LONG_AGO, LONG_AGO),
        )
    keep(tenant, claims="90 days")
    manager = tenant.person("manager")
    stop = False
    told: list[str] = []

    def book(number: int) -> None:
        turn = 0
        while not stop:
            turn += 1
            # At the same hours as others', between blackouts and over them, or to come.
            times = then(minutes=60 * (turn * 7 % 300)) if number % 2 else {
                "starts_at": f"2100-{turn // 600 + 1:02}-{turn // 24 % 25 + 1:02}T{turn % 24:02}:00Z",
                "ends_at": f"2100-{turn // 600 + 1:02}-{turn // 24 % 25 + 1:02}T{turn % 24:02}:30Z",
            }  # fmt: skip
            began = time.monotonic()
            status, answer = stack.rpc(
                manager, "create_reservation", resource_id=str(rooms[turn % 4]), override=True, reason="r", **times
            )
            assert time.monotonic() - began < 5
            told.append("booked" if status == 200 else answer["message"])

    with ThreadPoolExecutor(3) as pool:
        booking = [pool.submit(book, number) for number in range(3)]
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            for _ in range(200):
                connection.execute("select * from booking.prune_claims(10)")
                connection.execute("select booking.sweep(1000)")
        stop = True
        for one in booking:
            one.result(10)
    assert set(told) <= {"booked", "slot_taken", "blackout", "too_soon"}
    assert {"booked", "too_soon"} <= set(told)
    assert_invariants(tenant)
    row = tenant.connection.execute(
        "select count(*) from booking.claims c join booking.resources s on s.tenant_id = c.tenant_id and s.id = c.resource_id"
        " where c.tenant_id = %s and upper(c.during) <= s.claims_kept_since",
        (tenant.id,),
    ).fetchone()
    assert row == (0,)


def test_what_is_about_to_be_sent_again_stays(stack: Stack, tenant: Tenant) -> None:
    admin = tenant.person("admin")
    early = Session(stack, admin, LONG_AGO - timedelta(days=1))
    early.call("create_reservation", resource_id=open_room(early), **then(60))
    early.commit()
    all_is_taken(tenant)
    endpoint = Session(stack, admin)
    hook = endpoint.call("create_webhook_endpoint", url="https://example.org", event_types=["reservation.*"])
    endpoint.commit()
    keep(tenant, events="90 days")
    replaying = Session(stack, admin)
    again = replaying.call("replay_webhook_deliveries", endpoint_id=hook["id"], since="2000-01-01T00:00Z")
    assert again["replayed"] == 1
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        assert connection.execute("select booking.prune_events(100)").fetchone() == (0,)
        replaying.commit()
        assert connection.execute("select booking.prune_events(100)").fetchone() == (1,)
        row = connection.execute(
            "select count(*) from booking.webhook_deliveries d join booking.events e"
            " on e.tenant_id = d.tenant_id and e.id = d.event_id where d.tenant_id = %s",
            (tenant.id,),
        ).fetchone()
    assert row == (1,)
    assert_invariants(tenant)
