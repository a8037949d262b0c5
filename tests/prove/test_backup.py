"""A dump taken in the middle of load, restored in another cluster: all that was booked, and a log that goes on."""

import subprocess
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

import db
from gateway.cli import main
from gateway.live_log import THE_BEGINNING
from gateway.local.postgres import Cluster
from tests import supabase
from tests.conftest import Person, Server, Tenant, make_tenant
from tests.gateway_fixtures import slot
from tests.prove import sized
from tests.prove.conftest import Speaker
from tests.prove.figures import Figures
from tests.prove.history import OK, History
from tests.test_worker import running, wait_until

BOOKINGS = sized(200, 100_000)
WRITERS = 4


def run(cluster: Cluster, program: str, *arguments: str | Path) -> None:
    """One of PostgreSQL's programs, as an operator runs it."""
    done = subprocess.run([cluster.program(program), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def berth(*arguments: str) -> tuple[int, str]:
    """A command: its exit code and what it said."""
    done = CliRunner().invoke(main, arguments)
    return done.exit_code, done.stdout


def log_after(speaker: Speaker, cursor: str) -> list[tuple[str, str, str]]:
    """The cursors, reservations and types of all events after a cursor."""
    events: list[tuple[str, str, str]] = []
    while True:
        page = speaker.connection.execute(
            "select cursor, reservation_id::text, type from api.list_events(%s, '{reservation.*}', max_results => 1000)",
            (events[-1][0] if events else cursor,),
        ).fetchall()
        events += page
        if len(page) < 1000:
            return events


def test_a_dump_under_load_is_restored_elsewhere(
    server: Server,
    berth_db: psycopg.Connection[Any],
    spare_cluster: Cluster,
    tmp_path: Path,
    figures: Figures,
    history: History,
) -> None:
    if not spare_cluster.program("pg_restore").exists():
        pytest.skip(
            "npm's PostgreSQL comes without pg_restore, and a newer one's sets what an older server does not know"
        )
    if supabase.IS_TRIED:
        pytest.skip("on Supabase, backups are the platform's")
    berth_db.autocommit = True
    tenant = make_tenant(berth_db)
    source = server.url(berth_db.info.dbname)
    member = tenant.person("member")
    over = threading.Event()
    enough = threading.Semaphore(0)

    def book(room: str) -> None:
        number = 0
        with Speaker(source, member) as speaker:
            while not over.is_set():
                number += 1
                made = speaker.call("create_reservation", resource_id=room, **slot(number))
                history.write(OK, id=made["id"])
                enough.release()

    dump = tmp_path / "berth.dump"
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(book, str(tenant.resource(f"Room {number}"))) for number in range(WRITERS)]
        try:
            for _ in range(BOOKINGS):
                assert enough.acquire(timeout=30)
            with Speaker(source, member) as speaker:
                before = log_after(speaker, THE_BEGINNING)
            acknowledged = {line["id"] for line in history.read()}
            started = time.monotonic()
            run(server.cluster, "pg_dump", "--format=custom", f"--file={dump}", source)
            dumped = time.monotonic() - started
            for _ in range(20):  # what the backup does not have
                assert enough.acquire(timeout=30)
        finally:
            over.set()
        for one in writing:
            one.result()
    with Speaker(source, member) as speaker:
        latest = log_after(speaker, THE_BEGINNING)[-1][0]

    target = spare_cluster.url("restored")
    started = time.monotonic()
    with psycopg.connect(spare_cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("create database restored")
    run(spare_cluster, "psql", "--quiet", "-v", "ON_ERROR_STOP=1", f"--file={db.DIR / 'schema' / 'roles.sql'}", target)
    run(spare_cluster, "pg_restore", "--exit-on-error", f"--dbname={target}", dump)
    run(spare_cluster, "psql", "--quiet", "-c", "alter database restored set jit = off", target)
    run(spare_cluster, "psql", "--quiet", "-c", "alter role berth_worker password 'berth_worker'", target)
    code, said = berth("migrate", "up", "--database-url", target)
    assert (code, said) == (0, "0 changes applied\n"), said
    restored = time.monotonic() - started

    with psycopg.connect(target, autocommit=True) as connection:
        late = "select from booking.consumer_lag() where lag > interval '0'"
        with running(target, tmp_path):
            wait_until(lambda: connection.execute(late).fetchall() == [], seconds=600)
        code, said = berth("doctor", "--database-url", target)
        figures.add("findings of berth doctor after the restore", said.count("FAIL"), at_most=0)
        assert code == 0, said
        seen_later = {line["id"] for line in history.read()}
        found = {row[0] for row in connection.execute("select id::text from booking.reservations").fetchall()}
        figures.add("bookings in the dump", len(found))
        figures.add("lost that were acknowledged before it began", len(acknowledged - found), at_most=0)
        figures.add("bookings that nobody was promised", len(found - seen_later), at_most=0)
        follow(target, Tenant(tenant.id, tenant.slug, connection), member, before, latest, figures)
    figures.add("pg_dump", dumped, "s")
    figures.add("pg_restore and berth migrate up", restored, "s")
    with psycopg.connect(spare_cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("drop database restored with (force)")


def follow(
    target: str, tenant: Tenant, member: Person, before: list[tuple[str, str, str]], latest: str, figures: Figures
) -> None:
    """Whoever read the log before, reads on: with a cursor from before the dump, and with one from after it."""
    middle = len(before) // 2
    with Speaker(target, member) as speaker:
        again = log_after(speaker, before[middle][0])
        missing = set(before[middle + 1 :]) - set(again)
        repeated = set(before[: middle + 1]) & set(again)
        ours = log_after(speaker, THE_BEGINNING)
        tenant.connection.execute("insert into booking.event_consumers (name) values ('proof')")
        new = speaker.call("create_reservation", resource_id=tenant.resource("New room"), id=uuid.uuid4(), **slot())[
            "id"
        ]
        tenant.connection.execute("select booking.sequence_events()")
        after = [log_after(speaker, cursor) for cursor in (ours[-1][0], latest)]
    taken = tenant.connection.execute(
        "select reservation_id::text from booking.take_events('proof') where reservation_id is not null"
    ).fetchall()
    figures.add("events missing after a cursor of before", len(missing), at_most=0)
    seen, seen_ahead = ([reservation for _, reservation, _ in events] for events in after)
    blind = int(seen != [new]) + int(seen_ahead[-1:] != [new])
    figures.add("readers, up to date or ahead of the dump, that do not see what is new", blind, at_most=0)
    # What the dump had, and its position it had not yet: nobody knows whether the cursor was before or after it.
    figures.add("events repeated to a reader ahead of the dump", len(seen_ahead) - 1)
    repeated |= set(before) & set(after[1])
    figures.add("events repeated after a cursor of before", len(repeated), at_most=0)
    figures.add("consumers that do not", int(taken != [(new,)]), at_most=0)
