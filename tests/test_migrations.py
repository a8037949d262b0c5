"""One plan, two roads: yoyo and sqitch give the same database."""

import os
import re
import shutil
import subprocess
import textwrap
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

import db
from db.migrate import Backend, MigrationError, Migrator, read_plan
from gateway.local.postgrest import PROJECT_DIR
from tests.conftest import Server

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


@needs_sqitch
def test_both_roads_give_the_same_catalogue(server: Server, empty_database: Callable[[], str]) -> None:
    by_yoyo, by_sqitch = empty_database(), empty_database()
    Migrator(by_yoyo).up()
    sqitch(server, by_sqitch, "deploy", "--verify")
    assert_same(catalogue(server, by_yoyo), catalogue(server, by_sqitch))
    with psycopg.connect(by_sqitch) as connection:
        theirs = [row[0] for row in connection.execute("select change_id from sqitch.changes order by committed_at")]
    assert [change.id for change in read_plan()] == theirs


@needs_sqitch
def test_sqitch_verifies_and_reverts_every_change(server: Server, empty_database: Callable[[], str]) -> None:
    url = empty_database()
    before = catalogue(server, url)
    sqitch(server, url, "deploy")
    sqitch(server, url, "verify")
    sqitch(server, url, "revert", "-y")
    assert_same(catalogue(server, url), before)


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


def test_upgrade_from_the_last_tag_equals_a_fresh_deploy(
    server: Server, empty_database: Callable[[], str], tmp_path: Path
) -> None:
    tags = [tag for change in read_plan() for tag in change.tags]
    if not tags:
        pytest.skip("nothing is tagged yet")
    archive = subprocess.run(["git", "archive", tags[-1][1:], "db"], cwd=PROJECT_DIR, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", tmp_path], input=archive.stdout, check=True)
    upgraded, fresh = empty_database(), empty_database()
    Migrator(upgraded, tmp_path / "db").up()
    Migrator(upgraded).up()
    Migrator(fresh).up()
    assert_same(catalogue(server, upgraded), catalogue(server, fresh))


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


def test_a_reworked_function_is_applied_on_upgrade(
    server: Server, empty_database: Callable[[], str], tmp_path: Path
) -> None:
    url = empty_database()
    first = "create function public.answer() returns integer language sql return 41;"
    db_dir = write_plan(
        tmp_path / "db", "answer", "@v1",
        deploy__answer=first, revert__answer="drop function public.answer();", verify__answer="select public.answer();",
    )  # fmt: skip
    Migrator(url, db_dir).up()
    write_plan(db_dir, "answer", "@v1", "answer [answer@v1]")
    for kind, folder in (("deploy", db_dir), ("revert", db_dir / "revert"), ("verify", db_dir / "verify")):
        (db_dir / "reworked" / kind).mkdir(parents=True)
        shutil.copy(folder / "answer.sql", db_dir / "reworked" / kind / "answer@v1.sql")
    (db_dir / "answer.sql").write_text(
        "create or replace function public.answer() returns integer language sql return 42;"
    )
    (db_dir / "revert" / "answer.sql").write_text(
        "create or replace function public.answer() returns integer language sql return 41;"
    )

    assert Migrator(url, db_dir).up() == 1
    with psycopg.connect(url) as connection:
        assert connection.execute("select public.answer()").fetchone() == (42,)
    if shutil.which("sqitch"):
        by_sqitch = empty_database()
        sqitch(server, by_sqitch, "deploy", "--verify", db_dir=db_dir)
        assert_same(catalogue(server, url), catalogue(server, by_sqitch))
    assert Migrator(url, db_dir).down("answer@v1") == 1
    with psycopg.connect(url) as connection:
        assert connection.execute("select public.answer()").fetchone() == (41,)


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
