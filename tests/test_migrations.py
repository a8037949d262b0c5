"""One plan, two roads: yoyo and sqitch give the same database."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

import db
from db.migrate import Backend, MigrationError, Migrator, read_plan
from gateway.local.postgrest import PROJECT_DIR
from tests.conftest import Person, Server, Stack, make_tenant, run_berth
from tests.doc_pages import ROOT, read_blocks
from tests.test_failover import berth
from tests.two_tenants import Client, fill, make, tables

needs_sqitch = pytest.mark.skipif(shutil.which("sqitch") is None, reason="sqitch is not installed")


@pytest.fixture
def empty_database(server: Server) -> Iterator[Callable[[], str]]:
    """Makes empty databases, as many as asked for, by URL."""
    names: list[str] = []
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:

        def make() -> str:
            names.append(f"m_{uuid.uuid4().hex[:12]}")
            connection.execute(f"create database {names[-1]}")
            return server.url(names[-1])

        yield make
        for name in names:
            connection.execute(f"drop database {name} with (force)")


def catalogue(server: Server, url: str) -> str:
    """The whole catalogue as text, but for the two tools' own bookkeeping."""
    dump = subprocess.run(
        [server.cluster.program("pg_dump"), "--schema-only", "-N", "yoyo", "-N", "sqitch", url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    # pg_dump ends with a random word that restores must repeat.
    return re.sub(r"^\\(un)?restrict .*$", "", dump, flags=re.MULTILINE)


def sqitch(server: Server, url: str, *arguments: str, db_dir: Path = db.DIR) -> str:
    # sqitch calls psql; the cluster's own speaks its version.
    path = f"{server.cluster.program('psql').parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "SQITCH_FULLNAME": "Test", "SQITCH_EMAIL": "test@example.org"}
    if shutil.which("psql", path=path) is None:
        environment["PATH"] = os.environ["PATH"]
    done = subprocess.run(
        ["sqitch", *arguments, f"db:pg:{url.removeprefix('postgresql:')}"],
        cwd=db_dir, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_same(ours: str, theirs: str) -> None:
    # pytest prints the difference of lists line by line.
    assert ours.splitlines() == theirs.splitlines()


def write_plan(db_dir: Path, *lines: str, **scripts: str) -> Path:
    """A little plan; scripts are named kind__name."""
    db_dir.mkdir(exist_ok=True)
    plan = ["%syntax-version=1.0.0", "%project=berth", ""]
    plan += [
        f"{line} 2026-01-0{number}T00:00:00Z Test <test@example.org> # note" for number, line in enumerate(lines, 1)
    ]
    (db_dir / "sqitch.plan").write_text("\n".join(plan) + "\n")
    shutil.copy(db.DIR / "sqitch.conf", db_dir)
    for stem, sql in scripts.items():
        kind, name = stem.split("__")
        path = db_dir / ("" if kind == "deploy" else kind) / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"begin;\n{textwrap.dedent(sql)}\ncommit;\n")
    return db_dir


def test_full_revert_leaves_nothing_and_can_be_deployed_again(
    server: Server, empty_database: Callable[[], str]
) -> None:
    url = empty_database()
    before = catalogue(server, url)
    migrator = Migrator(url)
    count = migrator.up()
    deployed = catalogue(server, url)
    assert migrator.up() == 0
    assert migrator.down() == count
    assert_same(catalogue(server, url), before)
    migrator.up()
    assert_same(catalogue(server, url), deployed)


@pytest.mark.parametrize("schema", ["extensions", "public"])
@pytest.mark.parametrize("jit", ["on", "off", None])
def test_a_revert_leaves_what_was_another_application_s(
    server: Server, empty_database: Callable[[], str], schema: str, jit: str | None
) -> None:
    url = empty_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create schema if not exists {schema}".encode())
        connection.execute(f"create extension btree_gist schema {schema}".encode())
        if jit:
            connection.execute(f"alter database {connection.info.dbname} set jit = {jit}".encode())
    before = catalogue(server, url)
    Migrator(url).up()
    assert setting(url, "jit") == "off"
    Migrator(url).down()
    assert_same(catalogue(server, url), before)
    assert setting(url, "jit") == jit


def test_a_revert_leaves_what_somebody_else_came_to_need(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    Migrator(url).up()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"alter database {connection.info.dbname} set jit = on".encode())
        connection.execute(
            "create table public.stays (room integer, during tstzrange, exclude using gist (room with =, during with &&))"
        )
        Migrator(url).down()
        assert setting(url, "jit") == "on"
        connection.execute("insert into public.stays values (1, '[2035-01-01, 2035-01-02)')")
        with pytest.raises(psycopg.errors.ExclusionViolation):
            connection.execute("insert into public.stays values (1, '[2035-01-01, 2035-01-02)')")


def setting(url: str, name: str) -> str | None:
    """What the database itself says."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select substring(c from '=(.*)') from pg_db_role_setting s, unnest(s.setconfig) c where s.setrole = 0"
            " and s.setdatabase = (select oid from pg_database where datname = current_database()) and c like %s",
            (f"{name}=%",),
        ).fetchone()
    return row[0] if row else None


def test_a_revert_leaves_the_roles_to_another_database(empty_database: Callable[[], str]) -> None:
    reverted, other = empty_database(), empty_database()
    Migrator(reverted).up()
    Migrator(other).up()
    Migrator(reverted).down()
    with psycopg.connect(other) as connection:
        names = (
            "('berth_owner', 'berth_reader', 'anon', 'authenticated', 'service_role', 'authenticator', 'berth_gateway')"
        )
        assert connection.execute(f"select count(*) from pg_roles where rolname in {names}").fetchone() == (7,)
    assert Migrator(other).down() == len(read_plan())


def test_revert_stops_where_told(server: Server, empty_database: Callable[[], str]) -> None:
    url = empty_database()
    migrator = Migrator(url)
    migrator.up()
    migrator.down("schema/claims")
    applied = [label for label, done in migrator.status() if done]
    assert applied[-1] == "schema/claims"
    with pytest.raises(MigrationError, match="no change schema/nothing"):
        migrator.down("schema/nothing")


def test_the_owner_is_bound_by_row_level_security(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    Migrator(url).up()
    with psycopg.connect(url) as connection:
        rows = connection.execute("select rolsuper or rolbypassrls from pg_roles where rolname = 'berth_owner'")
        assert rows.fetchone() == (False,)


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=PROJECT_DIR, capture_output=True, check=True).stdout


@dataclass
class Release:
    """A state of the plan that has a tag, and the one to upgrade it to."""

    tag: str
    db_dir: Path
    code: Path
    """Where the Python of that state is."""
    next_db_dir: Path

    @property
    def label(self) -> str:
        """Of the change that has the tag."""
        return next(change.label for change in read_plan(self.next_db_dir) if self.tag in change.tags)

    def run(self, code: str, *arguments: str) -> None:
        """Runs Python there, with that version of everything."""
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), *arguments],
            cwd=self.code, env={**os.environ, "PYTHONPATH": str(self.code)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


NEXT_TAG = "@v999.0.0"
LAST_TAGS = [tag for change in read_plan() for tag in change.tags][-1:]


@pytest.fixture(scope="module", params=[NEXT_TAG, *LAST_TAGS])
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The plan as it is, tagged in a copy, with a little upgrade after it; and the last tag there is, with all since."""
    tree = tmp_path_factory.mktemp("release")
    if request.param == NEXT_TAG:
        return tag_and_upgrade(tree)
    # Found in the history of the plan, since a clone may lack git's tags.
    if shutil.which("git") is None or not (PROJECT_DIR / ".git").exists():
        pytest.skip("no clone of the repository")
    if git("rev-parse", "--is-shallow-repository").strip() == b"true":
        pytest.skip("a shallow clone does not know the state that was tagged")
    commits = git("log", "--reverse", "--format=%H", f"-S\n{request.param} ", "--", "db/sqitch.plan").decode().split()
    if not commits:
        pytest.skip(f"{request.param} is not committed yet")
    subprocess.run(
        ["tar", "-x", "-C", tree], input=git("archive", commits[0], "bench", "db", "gateway", "tests"), check=True
    )
    return Release(request.param, tree / "db", tree, db.DIR)


def tag_and_upgrade(tree: Path) -> Release:
    """A table and a column with rows of before, and a rework of the trigger that logs every change of a reservation."""
    tagged, upgraded = tree / "tagged", tree / "upgraded"
    shutil.copytree(db.DIR, tagged, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    if shutil.which("sqitch"):
        environment = {**os.environ, "SQITCH_FULLNAME": "Test", "SQITCH_EMAIL": "test@example.org"}
        subprocess.run(
            ["sqitch", "tag", NEXT_TAG.removeprefix("@"), "--note", "before"],
            cwd=tagged, env=environment, capture_output=True, check=True,
        )  # fmt: skip
    else:
        append_to_plan(tagged, NEXT_TAG)
    shutil.copytree(tagged, upgraded)

    append_to_plan(upgraded, "schema/change_counts")
    for folder, sql in (
        (
            "schema",
            """
            set local role berth_owner;
            create table booking.change_counts (
              tenant_id uuid, reservation_id uuid, changes integer not null, primary key (tenant_id, reservation_id)
            );
            alter table booking.resources add column storey text not null default 'ground';
            reset role;
            insert into booking.change_counts select tenant_id, id, version - 1 from booking.reservations;
            """,
        ),
        ("revert/schema", "drop table booking.change_counts; alter table booking.resources drop column storey;"),
        ("verify/schema", "select storey from booking.resources; select changes from booking.change_counts;"),
    ):
        (upgraded / folder / "change_counts.sql").write_text(f"begin;\n{textwrap.dedent(sql)}\ncommit;\n")

    change = "functions/reservations/emit_reservation_events"
    append_to_plan(upgraded, f"{change} [{change}{NEXT_TAG} schema/change_counts]")
    for kind in ("deploy", "revert", "verify"):
        copy = upgraded / "reworked" / kind / f"{change}{NEXT_TAG}.sql"
        copy.parent.mkdir(parents=True)
        shutil.copy(tagged / ("" if kind == "deploy" else kind) / f"{change}.sql", copy)
    before = re.sub(
        "^create (function|trigger)",
        r"create or replace \1",
        (tagged / f"{change}.sql").read_text(),
        flags=re.MULTILINE,
    )
    (upgraded / "revert" / f"{change}.sql").write_text(before)
    after = before.replace(
        "\nbegin\n",
        """
        begin
          if tg_op = 'UPDATE' then
            insert into booking.change_counts values (new.tenant_id, new.id, 1)
            on conflict (tenant_id, reservation_id) do update set changes = change_counts.changes + 1;
          end if;
        """,
    )
    assert after != before
    (upgraded / f"{change}.sql").write_text(after)
    return Release(NEXT_TAG, tagged, PROJECT_DIR, upgraded)


def append_to_plan(db_dir: Path, line: str) -> None:
    with (db_dir / "sqitch.plan").open("a") as plan:
        plan.write(f"{line} 2999-01-01T00:00:00Z Test <test@example.org> # note\n")


@pytest.mark.parametrize("road", ["yoyo", pytest.param("sqitch", marks=needs_sqitch)])
def test_an_upgrade_keeps_what_is_there_equals_a_fresh_deploy_and_goes_back(
    release: Release, road: str, server: Server, stack: Stack, empty_database: Callable[[], str], tmp_path: Path
) -> None:
    """A fresh deploy is yoyo's, so that both roads are seen to give the same."""
    url, fresh = empty_database(), empty_database()

    def deploy(db_dir: Path) -> None:
        if road == "yoyo":
            Migrator(url, db_dir).up()
        else:
            sqitch(server, url, "deploy", db_dir=db_dir)

    deploy(release.db_dir)
    tagged = catalogue(server, url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """
            create schema garage;
            create table garage.trips (
              id uuid primary key default gen_random_uuid(), tenant_id uuid not null, truck uuid,
              leaves timestamptz, returns timestamptz
            );
            select booking.attach_module('garage', 'garage.trips',
              '{"tenant_id": "tenant_id", "id": "id", "resource_id": "truck", "starts_at": "leaves", "ends_at": "returns"}');
            """
        )
        served = Stack(url, stack.jwt_secret_file)
        with served.postgrest(tmp_path) as served.rest:
            release.run(
                """
                import sys
                import psycopg
                from tests.conftest import make_tenant
                from tests.two_tenants import Client, fill
                with psycopg.connect(sys.argv[1], autocommit=True) as connection:
                    fill(Client(sys.argv[2]), make_tenant(connection))
                """,
                url, served.rest.url,
            )  # fmt: skip
        connection.execute(
            "insert into garage.trips (tenant_id, truck, leaves, returns)"
            " select tenant_id, id, '2043-01-01 09:00Z', '2043-01-01 10:00Z' from booking.resources where name = 'room'"
        )
        connection.execute("select booking.sequence_events()")
        connection.execute(
            "insert into booking.waitlist_scans (tenant_id, resource_id, freed)"
            " select tenant_id, id, '{[2043-01-01 09:00Z, 2043-01-01 10:00Z)}' from booking.resources where name = 'room'"
        )
        before = rows(connection)
        assert [table for table, there in before.items() if not there] == []

        deploy(release.next_db_dir)
        assert connection.execute("select * from booking.verify_invariants()").fetchall() == []
        assert_kept(before, rows(connection))
        if release.tag == NEXT_TAG:
            counted = "select tenant_id, reservation_id, changes from booking.change_counts"
            versions = "select tenant_id, id, version - 1 from booking.reservations"
            assert set(connection.execute(counted)) == set(connection.execute(versions)) != set()

        with served.postgrest(tmp_path) as served.rest:
            client = Client(served.rest.url)
            query = "select tenant_id, user_id from booking.members where role = 'manager'"
            manager = Person(*connection.execute(query).fetchall()[0], "manager")
            connection.execute("update garage.trips set leaves = '2043-01-01 08:00Z'")
            listed = json.loads(client.send(manager.token, "GET", "reservations?source_module=eq.garage").body)
            assert [one["starts_at"] for one in listed] == ["2043-01-01T08:00:00+00:00"]
            make(client, manager, "cancel_reservation", reservation_id=listed[0]["id"], reason="upgraded")
            fill(client, make_tenant(connection))
            if release.tag == NEXT_TAG:
                changed = f"{versions} where version > 1"
                assert set(connection.execute(f"{counted} where changes > 0")) == set(connection.execute(changed))
        assert connection.execute("select * from booking.verify_invariants()").fetchall() == []
        connection.execute("select booking.detach_module('garage', 'garage.trips'); drop schema garage cascade")
        Migrator(fresh, release.next_db_dir).up()
        assert_same(catalogue(server, url), catalogue(server, fresh))

        before = rows(connection)
        if road == "yoyo":
            Migrator(url, release.next_db_dir).down(release.label)
        else:
            sqitch(server, url, "verify", db_dir=release.next_db_dir)
            theirs = connection.execute("select change_id from sqitch.changes order by committed_at").fetchall()
            assert theirs == [(change.id,) for change in read_plan(release.next_db_dir)]
            sqitch(server, url, "revert", "-y", "--to", release.tag, db_dir=release.next_db_dir)
        assert_same(catalogue(server, url), tagged)
        assert connection.execute("select * from booking.verify_invariants()").fetchall() == []
        assert_kept(rows(connection), before)
    if road == "sqitch":
        # So far both roads have reverted nearly nothing. All of it would take a psql for each change; yoyo reverts all.
        label = read_plan(release.db_dir)[-60].label
        sqitch(server, url, "revert", "-y", "--to", label, db_dir=release.db_dir)
        Migrator(fresh, release.next_db_dir).down(label)
        assert_same(catalogue(server, url), catalogue(server, fresh))


def assert_kept(less: dict[str, list[dict[str, Any]]], more: dict[str, list[dict[str, Any]]]) -> None:
    """All rows, in every table and column that the smaller of two states has."""
    for table, there in less.items():
        columns = list(there[0])
        was, now = ([[row[column] for column in columns] for row in rows] for rows in (there, more[table]))
        assert sorted(was, key=str) == sorted(now, key=str), table


def rows(connection: psycopg.Connection[Any]) -> dict[str, list[dict[str, Any]]]:
    """All there are in Berth's tables, as JSON."""
    return {
        table: [
            row
            for (row,) in connection.execute(
                psycopg.sql.SQL("select to_jsonb(t) from {} t order by t::text").format(
                    psycopg.sql.Identifier("booking", table)
                )
            )
        ]
        for table in tables(connection)
    }


def test_a_change_gives_up_rather_than_let_everybody_wait_behind_it(
    empty_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backend, "LOCK_TIMEOUT", "50ms")
    url = empty_database()
    db_dir = write_plan(
        tmp_path / "db", "one", "two",
        deploy__one="create table one (i integer);", revert__one="drop table one;", verify__one="select from one;",
        deploy__two="alter table one add j integer;", revert__two="alter table one drop j;", verify__two="select j from one;",
    )  # fmt: skip
    migrator = Migrator(url, db_dir)
    with psycopg.connect(url) as reader:
        migrator.up()
        migrator.down("one")
        reader.execute("select from yoyo.one")
        with pytest.raises(MigrationError, match="waited 50ms for a lock; run it again"):
            migrator.up()
        reader.rollback()
        assert migrator.up() == 1


def test_what_the_operator_sets_wins(
    empty_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database()
    db_dir = write_plan(
        tmp_path / "db", "one", "two",
        deploy__one="create table one (i integer);", revert__one="drop table one;", verify__one="select from one;",
        deploy__two="create table two as select current_setting('lock_timeout') as lock_timeout,"
                    " current_setting('client_min_messages') as messages;",
        revert__two="drop table two;", verify__two="select from two;",
    )  # fmt: skip

    def seen() -> Any:
        Migrator(url, db_dir).up()
        with psycopg.connect(url) as connection:
            found = connection.execute("select * from yoyo.two").fetchone()
        Migrator(url, db_dir).down("one")
        return found

    assert seen() == ("10s", "warning")
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=40ms -c client_min_messages=error")
    assert seen() == ("40ms", "error")
    (db_dir / "two.sql").write_text("alter table one add j integer;")
    with psycopg.connect(url) as reader:
        reader.execute("select from yoyo.one")
        with pytest.raises(MigrationError, match="waited 40ms for a lock; run it again"):
            Migrator(url, db_dir).up()
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=0")
    (db_dir / "two.sql").write_text("create table two as select current_setting('lock_timeout') as lock_timeout;")
    assert seen() == ("0",)


def test_up_goes_as_far_as_it_is_told(empty_database: Callable[[], str], tmp_path: Path) -> None:
    url = empty_database()
    names = ("one", "two", "three")
    scripts = {f"{kind}__{name}": "select 1;" for kind in ("deploy", "revert", "verify") for name in names}
    migrator = Migrator(url, write_plan(tmp_path / "db", *names, **scripts))

    def applied() -> list[str]:
        return [label for label, is_applied in migrator.status() if is_applied]

    with pytest.raises(MigrationError, match="the plan has no change four"):
        migrator.up("four")
    assert applied() == []
    assert (migrator.up("two"), applied()) == (2, ["one", "two"])
    assert (migrator.up("one"), migrator.up("two"), applied()) == (0, 0, ["one", "two"])
    for unknown in ("three", "four"):
        with pytest.raises(MigrationError, match=unknown):
            migrator.down(unknown)
    assert applied() == ["one", "two"]
    assert (migrator.up(), applied()) == (1, ["one", "two", "three"])


def test_two_migrations_at_once(empty_database: Callable[[], str]) -> None:
    """As where two copies of one deployment start: one does it all, the other finds it done."""
    url = empty_database()
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: Migrator(url).up(), range(2)))
    assert sorted(done) == [0, len(read_plan())]


def test_migrate_says_how_far(empty_database: Callable[[], str]) -> None:
    environment = {**os.environ, "BERTH_DATABASE_URL": empty_database()}
    plan = [change.label for change in read_plan()]
    done = run_berth(environment, "migrate", "up", "--to", plan[2])
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "3 changes applied")
    assert f"3 of {len(plan)} changes applied" in run_berth(environment, "migrate", "status").stdout
    done = run_berth(environment, "migrate", "up", "--to", "nowhere")
    assert (done.exit_code, done.stderr) == (2, "berth: the plan has no change nowhere\n")
    assert run_berth(environment, "migrate", "status", "--to", plan[0]).exit_code == 2
    run_berth(environment, "migrate", "down")


def test_a_failing_script_leaves_neither_table_nor_mark_nor_lock(
    empty_database: Callable[[], str], tmp_path: Path
) -> None:
    url = empty_database()
    db_dir = write_plan(
        tmp_path / "db", "one", "two",
        deploy__one="create table one (i integer);", revert__one="drop table one;", verify__one="select from one;",
        deploy__two="create table two (i integer);\nselect 1 / 0;", revert__two="drop table two;",
        verify__two="select 1;",
    )  # fmt: skip
    with pytest.raises(psycopg.errors.DivisionByZero):
        Migrator(url, db_dir).up()
    assert Migrator(url, db_dir).status() == [("one", True), ("two", False)]
    with psycopg.connect(url) as connection:
        assert connection.execute("select to_regclass('yoyo.two')").fetchone() == (None,)
        assert connection.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchone() == (0,)
    (db_dir / "two.sql").write_text("create table two (i integer);")
    assert Migrator(url, db_dir).up() == 1


def test_a_killed_migration_leaves_no_lock(empty_database: Callable[[], str], tmp_path: Path) -> None:
    url = empty_database()
    kill = "select pg_terminate_backend(pg_backend_pid());"
    db_dir = write_plan(tmp_path / "db", "one", deploy__one=kill, revert__one="select 1;", verify__one="select 1;")
    with pytest.raises(psycopg.OperationalError):
        Migrator(url, db_dir).up()
    (db_dir / "one.sql").write_text("create table public.one (i integer);")
    assert Migrator(url, db_dir).up() == 1


@pytest.mark.parametrize("by", ["yoyo", pytest.param("sqitch", marks=needs_sqitch)])
@pytest.mark.parametrize("copies", ["v1", "v2"])
def test_a_reworked_function_is_upgraded_and_reverted(
    server: Server, empty_database: Callable[[], str], tmp_path: Path, by: str, copies: str
) -> None:
    """Of two tags in between, sqitch may name the copies after either."""
    url = empty_database()

    def answer(number: int) -> str:
        return f"create or replace function public.answer() returns integer language sql return {number};"

    def answered() -> Any:
        with psycopg.connect(url) as connection:
            return connection.execute("select public.answer()").fetchone()

    def up() -> None:
        if by == "yoyo":
            Migrator(url, db_dir).up()
        else:
            sqitch(server, url, "deploy", "--verify", db_dir=db_dir)

    db_dir = write_plan(
        tmp_path / "db", "answer", "@v1", "more", "@v2",
        deploy__answer=answer(41), revert__answer="drop function public.answer();", verify__answer="select public.answer();",
        deploy__more="select 1;", revert__more="select 1;", verify__more="select 1;",
    )  # fmt: skip
    up()
    for folder in ("", "revert", "verify"):
        copy = db_dir / "reworked" / (folder or "deploy") / f"answer@{copies}.sql"
        copy.parent.mkdir(parents=True)
        shutil.copy(db_dir / folder / "answer.sql", copy)
    write_plan(
        db_dir, "answer", "@v1", "more", "@v2", "answer [answer@v2]",
        deploy__answer=answer(42), revert__answer=answer(41), verify__answer="select public.answer();",
    )  # fmt: skip
    up()
    assert answered() == (42,)
    if by == "yoyo":
        assert Migrator(url, db_dir).down("more") == 1
    else:
        sqitch(server, url, "revert", "-y", "--to", "@v2", db_dir=db_dir)
    assert answered() == (41,)
    if by == "yoyo":
        assert Migrator(url, db_dir).down() == 2
    else:
        sqitch(server, url, "revert", "-y", db_dir=db_dir)
    with psycopg.connect(url) as connection:
        assert connection.execute("select to_regproc('public.answer')").fetchone() == (None,)


@needs_sqitch
def test_a_function_is_reworked_as_contributing_says(
    server: Server, empty_database: Callable[[], str], tmp_path: Path
) -> None:
    shutil.copytree(db.DIR, tmp_path / "db", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    recipe = next(block.text for block in read_blocks(ROOT / "CONTRIBUTING.md") if "sqitch rework" in block.text)
    environment = {**os.environ, "SQITCH_FULLNAME": "Test", "SQITCH_EMAIL": "test@example.org"}
    for shell in ("cd db && sqitch tag v999.0.0 --note 'before'", recipe):
        subprocess.run(["sh", "-ec", shell], cwd=tmp_path, env=environment, capture_output=True, check=True)

    url = empty_database()
    Migrator(url).up()
    before = catalogue(server, url)
    reworked = Migrator(url, tmp_path / "db")
    assert reworked.up() == 1
    assert reworked.status()[-1][0] == "functions/time/elapsed"
    assert_same(catalogue(server, url), before)
    reworked.down(read_plan()[-1].label)
    assert_same(catalogue(server, url), before)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["one", "one"], "is there already"),
        (["one [two]"], "requires two, which is not before it"),
        (["@v1"], "no change before it"),
        (["missing"], "has no deploy script"),
    ],
)
def test_a_bad_plan_is_refused_before_anything_runs(tmp_path: Path, lines: list[str], complaint: str) -> None:
    db_dir = write_plan(
        tmp_path / "db", *lines, deploy__one="select 1;", revert__one="select 1;", verify__one="select 1;"
    )
    with pytest.raises(MigrationError, match=complaint):
        read_plan(db_dir)


@needs_sqitch
def test_the_two_roads_do_not_mix(server: Server, empty_database: Callable[[], str]) -> None:
    url = empty_database()
    sqitch(server, url, "deploy", "--to", "schema/tenants")
    with pytest.raises(MigrationError, match="sqitch manages this database"):
        Migrator(url).up()


def as_if_by_sqitch(url: str, count: int | None = None) -> None:
    """Replaces yoyo's record by sqitch's, of the plan or of its first so many changes."""
    with psycopg.connect(url) as connection:
        connection.execute("drop schema yoyo cascade")
        connection.execute("create schema sqitch")
        connection.execute("create table sqitch.changes (change_id text primary key, change text, project text)")
        connection.cursor().executemany(
            "insert into sqitch.changes values (%s, %s, 'berth')",
            [(change.id, change.name) for change in read_plan()[:count]],
        )


def has_yoyo(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("select to_regnamespace('yoyo')").fetchone() != (None,)


def test_what_sqitch_deployed_is_as_good(empty_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor looks at it, berth deploy gives the logins their passwords, and neither writes a record of its own."""
    url = empty_database()
    Migrator(url).up()
    as_if_by_sqitch(url)
    assert berth("doctor", "--database-url", url).exit_code == 0
    status = berth("migrate", "status", "--database-url", url)
    assert status.output.splitlines()[-1] == "{0} of {0} changes applied".format(len(read_plan()))
    given: list[str] = []
    monkeypatch.setattr("gateway.cli.deploy.give_password", lambda url, role, password: given.append(role))
    deployed = berth("deploy", "--database-url", url)
    assert deployed.exit_code == 0, deployed.output
    assert deployed.output.startswith("0 migrations applied\n")
    assert given == ["authenticator", "berth_gateway", "berth_worker"]
    assert not has_yoyo(url)


def test_what_sqitch_has_left_undone(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    Migrator(url).up()
    last = read_plan()[-1].label
    as_if_by_sqitch(url, -1)
    doctor = berth("doctor", "--database-url", url)
    assert (doctor.exit_code, doctor.output.splitlines()[-1]) == (
        1, f"FAIL  1 migrations pending, next {last}: run 'sqitch deploy' from db/"
    )  # fmt: skip
    for command in (["migrate", "up"], ["migrate", "down", "--yes"], ["deploy"]):
        done = berth(*command, "--database-url", url)
        assert done.exit_code == 2
        assert done.output.splitlines()[-1] == (
            "berth: sqitch manages this database; run 'sqitch deploy' from db/ instead"
        )
    assert not has_yoyo(url)


def test_the_doctor_only_reads(empty_database: Callable[[], str]) -> None:
    """Also of a database that has nothing of Berth's."""
    url = empty_database()
    assert berth("doctor", "--database-url", url).exit_code == 1
    assert berth("migrate", "status", "--database-url", url).exit_code == 0
    assert not has_yoyo(url)
    Migrator(url).up()
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"alter database {name} set default_transaction_read_only = on".encode())
    assert berth("doctor", "--database-url", url).exit_code == 0
    assert berth("migrate", "status", "--database-url", url).exit_code == 0


@pytest.mark.parametrize("tool", ["yoyo", "sqitch"])
def test_the_doctor_notices_a_newer_schema(empty_database: Callable[[], str], tool: str) -> None:
    url = empty_database()
    Migrator(url).up()
    if tool == "sqitch":
        as_if_by_sqitch(url)
        add = "insert into sqitch.changes values (repeat('a', 40), 'functions/next', 'berth')"
    else:
        add = (
            "insert into yoyo._yoyo_migration (migration_hash, migration_id, applied_at_utc)"
            " values (repeat('a', 40), 'functions/next', now())"
        )
    with psycopg.connect(url) as connection:
        connection.execute(add.encode())
    doctor = berth("doctor", "--database-url", url)
    assert doctor.exit_code == 1
    (fault,) = (line for line in doctor.output.splitlines() if line.startswith("FAIL"))
    assert fault.startswith("FAIL  the database has 1 changes that this program does not know, such as functions/next:")
    # Nor does the older program change anything there.
    for command in (("migrate", "up"), ("migrate", "down", "--yes")):
        refused = berth(*command, "--database-url", url)
        assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
        assert "does not know, such as functions/next: it is newer" in refused.stderr
