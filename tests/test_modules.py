"""Another module's table books through Berth: the example of docs/modules.md, and real races against the API."""

import json
import re
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.conftest import Person, Tenant, make_tenant
from tests.test_pgtap import ROOT
from tests.test_races import wait_until

DOCS = ROOT / "docs" / "modules.md"


def flags(db: psycopg.Connection[Any]) -> dict[str, str | None]:
    return dict(db.execute("select band, berth_flag from rehearse.sessions").fetchall())


def booked(db: psycopg.Connection[Any]) -> list[tuple[str, str, str, str]]:
    return db.execute(
        """
        select r.title, s.name, to_char(r.starts_at at time zone 'UTC', 'HH24:MI'), r.status::text
          from booking.reservations r join booking.resources s on s.id = r.resource_id
         where r.source_module = 'rehearse' order by r.title, r.status::text
        """
    ).fetchall()


def test_the_example_in_the_docs_runs_as_it_stands(berth_db: psycopg.Connection[Any]) -> None:
    blocks = re.findall(r"^```sql\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 5
    setup, attach, book, burst, elsewhere = blocks
    for block in (setup, attach, book):
        berth_db.execute(block)
    berth_db.commit()
    moles, low_tide = ("The Moles", "Cellar", "17:00", "confirmed"), ("Low Tide", "Cellar", "19:00", "confirmed")
    assert booked(berth_db) == [low_tide, moles]
    with pytest.raises(psycopg.Error) as refusal:
        berth_db.execute(
            """
            insert into rehearse.sessions (tenant_id, room, begins, ends, band)
            select tenant_id, id, '2035-06-04 19:30+02', '2035-06-04 20:30+02', 'Late'
              from booking.resources where name = 'Cellar'
            """
        )
    assert (refusal.value.sqlstate, refusal.value.diag.message_primary) == ("PT409", "slot_taken")
    assert str(refusal.value.diag.message_hint) in DOCS.read_text()
    berth_db.rollback()
    berth_db.execute(burst)
    assert flags(berth_db) == {"The Moles": None, "Low Tide": "cancelled: burst pipe"}
    berth_db.execute(elsewhere)
    assert flags(berth_db) == {"The Moles": None, "Low Tide": None}
    assert booked(berth_db) == [
        ("Low Tide", "Cellar", "19:00", "cancelled"), ("Low Tide", "Loft", "19:00", "confirmed"), moles,
    ]  # fmt: skip
    assert berth_db.execute("select * from booking.verify_invariants()").fetchall() == []


@dataclass
class Rehearse:
    """The module of the docs, attached, in a tenant of its own."""

    db: psycopg.Connection[Any]
    tenant: Tenant
    rooms: list[uuid.UUID]

    def connect(self, person: Person | None = None) -> psycopg.Connection[Any]:
        """Another connection, as this person or as a DBA."""
        connection = psycopg.connect(self.db.info.dsn, password=self.db.info.password, autocommit=True)
        if person:
            connection.execute("select set_config('request.jwt.claims', %s, false)", (json.dumps(person.claims),))
            connection.execute("set role authenticated")
        return connection

    def waits(self, connection: psycopg.Connection[Any]) -> bool:
        row = self.db.execute(
            "select wait_event_type = 'Lock' from pg_stat_activity where pid = %s", (connection.info.backend_pid,)
        ).fetchone()
        return bool(row and row[0])

    def insert(self, connection: psycopg.Connection[Any], room: uuid.UUID, hour: int, band: str = "The Moles") -> None:
        connection.execute(
            "insert into rehearse.sessions (tenant_id, room, begins, ends, band) values (%s, %s, %s, %s, %s)",
            (self.tenant.id, room, f"2035-06-04 {hour:02}:00Z", f"2035-06-04 {hour + 1:02}:00Z", band),
        )

    def book(self, connection: psycopg.Connection[Any], room: uuid.UUID, hour: int) -> None:
        connection.execute(
            "select api.create_reservation(%s, %s, %s)",
            (room, f"2035-06-04 {hour:02}:00Z", f"2035-06-04 {hour + 1:02}:00Z"),
        )


@pytest.fixture
def rehearse(berth_db: psycopg.Connection[Any]) -> Iterator[Rehearse]:
    setup, attach = re.findall(r"^```sql\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL)[:2]
    berth_db.autocommit = True
    berth_db.execute(setup)
    berth_db.execute(attach)
    tenant = make_tenant(berth_db)
    yield Rehearse(berth_db, tenant, [tenant.resource(name) for name in ("Attic", "Barn")])
    assert berth_db.execute("select * from booking.verify_invariants()").fetchall() == []


def outcome(attempt: Any, *arguments: Any) -> str:
    try:
        attempt(*arguments)
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"
    return "done"


@pytest.mark.parametrize("module_is_first", [True, False])
@pytest.mark.parametrize("first_commits", [True, False])
def test_a_session_and_a_booking_want_the_same_slot(
    rehearse: Rehearse, module_is_first: bool, first_commits: bool
) -> None:
    with rehearse.connect() as module, rehearse.connect(rehearse.tenant.person("member")) as member:
        attempts = [(rehearse.insert, module), (rehearse.book, member)]
        (first, one), (second, other) = attempts if module_is_first else reversed(attempts)
        one.execute("begin")
        first(one, rehearse.rooms[0], 9)
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(outcome, second, other, rehearse.rooms[0], 9)
            wait_until(lambda: rehearse.waits(other) or waiting.done())
            assert not waiting.done()
            one.execute("commit" if first_commits else "rollback")
            assert waiting.result(10) == ("PT409 slot_taken" if first_commits else "done")
    rows = rehearse.db.execute("select count(*) from booking.claims where tenant_id = %s", (rehearse.tenant.id,))
    assert rows.fetchone() == (1,)
    sessions = rehearse.db.execute("select count(*) from rehearse.sessions").fetchone()
    assert sessions == (int(module_is_first == first_commits),)


def test_everybody_after_the_same_slots_and_none_deadlocks(rehearse: Rehearse) -> None:
    members = [rehearse.tenant.another("member") for _ in range(4)]
    connections = [rehearse.connect(member) for member in members] + [rehearse.connect() for _ in range(4)]
    barrier, answers = threading.Barrier(8), []

    def fight(connection: psycopg.Connection[Any]) -> None:
        barrier.wait()
        attempt = rehearse.book if connection in connections[:4] else rehearse.insert
        answers.extend(outcome(attempt, connection, rehearse.rooms[hour % 2], hour) for hour in range(20))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(fight, connections))
    assert sorted(set(answers)) == ["PT409 slot_taken", "done"]
    assert answers.count("done") == 20
    for connection in connections:
        connection.close()


def test_sessions_that_change_rooms_crosswise_do_not_deadlock(rehearse: Rehearse) -> None:
    rehearse.insert(rehearse.db, rehearse.rooms[0], 9, "A")
    rehearse.insert(rehearse.db, rehearse.rooms[1], 12, "B")
    barrier, answers = threading.Barrier(2), []

    def roam(band: str) -> None:
        with rehearse.connect() as connection:
            for turn in range(60):
                barrier.wait()
                room = rehearse.rooms[(turn + (band == "A")) % 2]
                answers.append(
                    outcome(connection.execute, "update rehearse.sessions set room = %s where band = %s", (room, band))
                )

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(roam, "AB"))
    assert set(answers) == {"done"}


def test_a_manager_and_the_module_change_one_session_at_once(rehearse: Rehearse) -> None:
    rehearse.insert(rehearse.db, rehearse.rooms[0], 9)
    later = "update rehearse.sessions set begins = begins + interval '1 hour', ends = ends + interval '1 hour'"

    def sleeps(connection: psycopg.Connection[Any]) -> bool:
        row = rehearse.db.execute(
            "select wait_event = 'PgSleep' from pg_stat_activity where pid = %s", (connection.info.backend_pid,)
        ).fetchone()
        return bool(row and row[0])

    with (
        ThreadPoolExecutor() as pool,
        rehearse.connect(rehearse.tenant.person("manager")) as manager,
        rehearse.connect() as module,
    ):

        def cancel_while_the_row_is_locked() -> Future[str]:
            row = rehearse.db.execute("select id from booking.reservations where status = 'confirmed'").fetchone()
            module.execute("begin")
            module.execute("select from rehearse.sessions for update")
            waiting = pool.submit(outcome, manager.execute, "select api.cancel_reservation(%s, 'burst pipe')", row)
            wait_until(lambda: sleeps(manager) or waiting.done())
            return waiting

        # The module comes to an end: the manager has waited for that.
        waiting = cancel_while_the_row_is_locked()
        module.execute("commit")
        assert waiting.result(10) == "done"
        assert flags(rehearse.db) == {"The Moles": "cancelled: burst pipe"}
        module.execute(later)
        assert flags(rehearse.db) == {"The Moles": None}

        # It wants what the manager has: no deadlock, the manager gives up.
        waiting = cancel_while_the_row_is_locked()
        assert outcome(module.execute, later) == "done"
        module.execute("commit")
        assert waiting.result(10) == "PT409 version_conflict"
        assert flags(rehearse.db) == {"The Moles": None}
