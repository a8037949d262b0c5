"""``berth worker``, a process of its own: what time makes due is done, and done once, whatever dies meanwhile."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.worker import Sweep, work
from tests.conftest import Server, Tenant, as_worker, make_tenant


@pytest.fixture
def url(server: Server, berth_db: psycopg.Connection[Any]) -> str:
    """The database of this test: a sweep makes what is due in all of it."""
    return server.url(berth_db.info.dbname)


@pytest.fixture
def tenant(berth_db: psycopg.Connection[Any]) -> Tenant:
    """A tenant in the database of this test."""
    berth_db.autocommit = True
    return make_tenant(berth_db)


@dataclass
class Worker:
    """One ``berth worker``."""

    process: subprocess.Popen[bytes]
    log_file: Path

    def log(self, event: str) -> list[dict[str, Any]]:
        """Its complete lines of this event so far, as far as they are of the sweep."""
        lines = self.log_file.read_text().splitlines(keepends=True)
        complete = [json.loads(text) for text in lines if text.endswith("\n")]
        return [line for line in complete if line["event"] == event and line.get("duty", "sweep") == "sweep"]

    def swept(self) -> Counter[str]:
        """How many changes it says it has made, by the type of their event."""
        return sum((Counter(line["changes"]) for line in self.log("swept")), Counter())


@contextlib.contextmanager
def running(url: str, folder: Path, *options: str, count: int = 1) -> Iterator[list[Worker]]:
    """So many workers, all connected; from then on they heed signals too."""
    workers = []
    try:
        for _ in range(count):
            log_file = folder / f"{uuid.uuid4()}.log"
            with log_file.open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "gateway.cli", "worker", "--interval", "0.1", *options],
                    env={**os.environ, "BERTH_DATABASE_URL": as_worker(url)}, stderr=log, start_new_session=True,
                )  # fmt: skip
            workers.append(Worker(process, log_file))
        wait_until(lambda: all(worker.log("connected") for worker in workers))
        yield workers
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.wait()
            print(worker.log_file.read_text())  # which pytest shows when the test fails


def wait_until(condition: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def reserve(tenant: Tenant, resource_id: uuid.UUID, status: str, start: str, end: str, **times: str) -> uuid.UUID:
    """A reservation made an hour ago; times are spans from now, like '-1 hour'."""
    times = {"starts_at": start, "ends_at": end, "created_at": "-1 hour", "status_since": "-1 hour", **times}
    row = tenant.connection.execute(
        f"insert into booking.reservations (tenant_id, resource_id, status, {', '.join(times)})"
        f" values (%s, %s, %s, {', '.join(['now() + %s::interval'] * len(times))}) returning id",
        (tenant.id, resource_id, status, *times.values()),
    ).fetchone()
    assert row
    return uuid.UUID(str(row[0]))


def expired_holds(tenant: Tenant, count: int, linger: float = 0) -> None:
    """As many holds whose time is over, twenty a room, all at once; each change of them takes ``linger`` seconds."""
    rooms = [tenant.resource(f"Room {number}") for number in range(1, count // 20 + 1)]
    if linger:
        tenant.connection.execute(
            "create function public.linger() returns trigger language plpgsql as"
            f" 'begin perform pg_sleep({linger}); return null; end';"
            "create trigger linger after insert on booking.events for each row"
            " when (new.type = 'reservation.expired') execute function public.linger()"
        )
    tenant.connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, status, starts_at, ends_at, expires_at)"
        " select %s, room, 'held', t, t + interval '1 hour', now() - interval '1 second'"
        "   from unnest(%s) room, generate_series(now() + interval '24 hours', now() + interval '43 hours', '1 hour') t"
        "  order by room, t",
        (tenant.id, rooms),
    )


def statuses(tenant: Tenant) -> dict[str, int]:
    rows = tenant.connection.execute("select status, count(*) from booking.reservations group by status")
    return {str(status): count for status, count in rows}


def events(tenant: Tenant, reservation_id: uuid.UUID) -> list[str]:
    """The types of all events of a reservation but its first, in order."""
    rows = tenant.connection.execute(
        "select type from booking.events where reservation_id = %s order by seq offset 1", (reservation_id,)
    )
    return [row[0] for row in rows]


def lingers(tenant: Tenant) -> bool:
    """Whether a worker is in the middle of a batch."""
    rows = tenant.connection.execute(
        "select from pg_stat_activity"
        " where datname = current_database() and application_name = 'berth worker' and wait_event = 'PgSleep'"
    )
    return rows.fetchone() is not None


def assert_expired_once(tenant: Tenant, count: int) -> None:
    assert statuses(tenant) == {"expired": count}
    rows = tenant.connection.execute(
        "select type, count(*) from booking.events where reservation_id is not null group by type"
    )
    assert dict(rows.fetchall()) == {"reservation.held": count, "reservation.expired": count}
    assert tenant.connection.execute("select * from booking.verify_invariants()").fetchall() == []


def test_it_makes_what_is_due_and_nothing_else(tenant: Tenant, url: str, tmp_path: Path) -> None:
    room, strict = tenant.resource(), tenant.resource("Strict room", capacity=2)
    tenant.connection.execute(
        "insert into booking.booking_rules (tenant_id, resource_id, no_show_grace, approval_stale_after)"
        " values (%s, %s, '10 minutes', '30 minutes')",
        (tenant.id, strict),
    )
    checked_in = reserve(tenant, room, "confirmed", "-4 hours", "-3 hours")
    tenant.connection.execute("update booking.reservations set status = 'checked_in' where id = %s", (checked_in,))
    changes = {
        reserve(tenant, room, "held", "1 day", "25 hours", expires_at="-1 second"): "expired",
        # Not yet, but before the test is over.
        reserve(tenant, room, "held", "2 days", "49 hours", expires_at="1.5 seconds"): "expired",
        reserve(tenant, room, "pencilled", "3 days", "73 hours", expires_at="-1 second"): "expired",
        reserve(tenant, room, "pending", "-2 hours", "-1 hour"): "expired",
        reserve(tenant, room, "confirmed", "-2 hours", "-1 hour"): "completed",
        reserve(tenant, strict, "confirmed", "-20 minutes", "1 hour"): "no_show",
        checked_in: "completed",
    }
    stale = reserve(tenant, strict, "pending", "1 day", "25 hours")
    unchanged = {
        reserve(tenant, room, "held", "4 days", "97 hours", expires_at="10 minutes"): "held",
        reserve(tenant, room, "pending", "4 days", "97 hours"): "pending",
        reserve(tenant, room, "confirmed", "-10 minutes", "10 minutes"): "confirmed",
        reserve(tenant, strict, "confirmed", "-5 minutes", "1 hour"): "confirmed",
    }
    with running(url, tmp_path) as (worker,):
        wait_until(lambda: sum(worker.swept().values()) == len(changes) + 1)
        # Twice, and nothing is left to do.
        time.sleep(0.3)
        assert worker.swept() == {
            "reservation.expired": 4, "reservation.completed": 2, "reservation.no_show": 1, "approval.stale": 1,
        }  # fmt: skip
        assert worker.log("failed") == []
    found = dict(tenant.connection.execute("select id, status::text from booking.reservations").fetchall())
    assert found == {**changes, **unchanged, stale: "pending"}
    for reservation_id, status in changes.items():
        assert events(tenant, reservation_id)[-1] == f"reservation.{status}"
    assert events(tenant, stale) == ["approval.stale"]
    assert tenant.connection.execute("select * from booking.verify_invariants()").fetchall() == []


def test_several_share_the_work_and_do_all_of_it_once(tenant: Tenant, url: str, tmp_path: Path) -> None:
    with running(url, tmp_path, "--batch-size", "20", count=3) as workers:
        expired_holds(tenant, 300, linger=0.002)
        wait_until(lambda: statuses(tenant) == {"expired": 300})
        assert_expired_once(tenant, 300)
        wait_until(lambda: sum(worker.swept().total() for worker in workers) == 300)
        assert all(worker.swept() for worker in workers)
        assert not any(worker.log("failed") for worker in workers)


def test_one_that_is_killed_in_the_middle_loses_nothing(tenant: Tenant, url: str, tmp_path: Path) -> None:
    expired_holds(tenant, 60, linger=0.01)
    with running(url, tmp_path, "--batch-size", "20") as (worker,):
        wait_until(lambda: lingers(tenant))
        worker.process.kill()
        worker.process.wait()
    assert statuses(tenant).get("held", 0) > 0
    with running(url, tmp_path):
        wait_until(lambda: statuses(tenant) == {"expired": 60})
    assert_expired_once(tenant, 60)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT], ids=lambda signum: signum.name)
def test_a_signal_ends_its_wait_at_once(url: str, tmp_path: Path, signum: signal.Signals) -> None:
    with running(url, tmp_path, "--interval", "60") as (worker,):
        time.sleep(0.2)
        worker.process.send_signal(signum)
        assert worker.process.wait(3) == 0


def test_a_signal_lets_it_finish_its_batch(tenant: Tenant, url: str, tmp_path: Path) -> None:
    expired_holds(tenant, 60, linger=0.05)
    with running(url, tmp_path, "--batch-size", "20") as (worker,):
        wait_until(lambda: lingers(tenant))
        worker.process.terminate()
        assert worker.process.wait(5) == 0
        assert (worker.swept(), statuses(tenant)) == ({"reservation.expired": 20}, {"expired": 20, "held": 40})


def test_it_outlives_its_connection_and_its_server(tenant: Tenant, server: Server, url: str, tmp_path: Path) -> None:
    expired_holds(tenant, 20, linger=0.1)
    database = tenant.connection.info.dbname
    with psycopg.connect(server.url("postgres"), autocommit=True) as elsewhere, running(url, tmp_path) as (worker,):
        wait_until(lambda: lingers(tenant))
        elsewhere.execute(f"alter database {database} allow_connections false")
        elsewhere.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = %s and application_name = 'berth worker'",
            (database,),
        )
        wait_until(lambda: len(worker.log("failed")) == 3)
        assert [line["retry_seconds"] for line in worker.log("failed")] == [0.25, 0.5, 1.0]
        assert statuses(tenant) == {"held": 20}
        tenant.connection.execute("drop trigger linger on booking.events")
        elsewhere.execute(f"alter database {database} allow_connections true")
        wait_until(lambda: statuses(tenant) == {"expired": 20})
        assert len(worker.log("connected")) == 2
    assert_expired_once(tenant, 20)


def test_it_outlives_a_sweep_that_fails(tenant: Tenant, url: str, tmp_path: Path) -> None:
    tenant.connection.execute("alter function booking.sweep(integer) rename to sweep_aside")
    expired_holds(tenant, 20)
    with running(url, tmp_path) as (worker,):
        wait_until(lambda: len(worker.log("failed")) == 2)
        line = worker.log("failed")[0]
        assert (line["duty"], line["sqlstate"]) == ("sweep", "42883")
        assert line["error"].startswith("function booking.sweep")
        tenant.connection.execute("alter function booking.sweep_aside(integer) rename to sweep")
        wait_until(lambda: statuses(tenant) == {"expired": 20})
    assert_expired_once(tenant, 20)


def test_a_fault_in_one_duty_ends_the_process(url: str) -> None:
    class Broken:
        name = "broken"

        def perform(self, connection: psycopg.Connection[Any]) -> bool:
            raise RuntimeError("no fault of the database")

    stopping = threading.Event()
    too_late = threading.Timer(10, stopping.set)
    too_late.start()
    with pytest.raises(RuntimeError):
        work(as_worker(url), [Sweep(1), Broken()], 60, stopping)
    assert too_late.is_alive()
    too_late.cancel()


def test_the_doctor_misses_a_worker(tenant: Tenant, url: str) -> None:
    reserve(tenant, tenant.resource(), "held", "1 day", "25 hours", expires_at="-95 seconds")
    doctor = ["doctor", "--database-url", url]
    sick = CliRunner().invoke(main, doctor)
    assert sick.exit_code == 1
    assert re.search(r"^FAIL  oldest due change has waited 9\d s: does a worker run\?$", sick.stdout, re.MULTILINE)
    assert sick.stdout.count("FAIL") == 1
    tenant.connection.execute("select booking.sweep()")
    healthy = CliRunner().invoke(main, doctor)
    assert healthy.exit_code == 0, healthy.stdout
    assert "ok    oldest due change has waited 0 s\n" in healthy.stdout
