"""Every command of ``berth`` on a database that is not as it should be: one line that says what to do, and exit code 2."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import Result
from psycopg.conninfo import make_conninfo

from gateway.cli import COMMANDS, main
from gateway.local.logins import PASSWORDS
from gateway.local.ports import HOST, free_port
from tests.conftest import Server, Stack, run_berth

SECRETS = ("BERTH_JWT_SECRET", "BERTH_AUTHENTICATOR_PASSWORD", "BERTH_GATEWAY_PASSWORD", "BERTH_WORKER_PASSWORD")
USER = str(uuid.uuid4())
PASSWORD = "nobody-shows-this"

#: Why a command is not asked.
WITHOUT_DATABASE = {
    "bench": "makes a cluster of its own",
    "secret rotate": "asks no database",
    "secret retire": "asks no database",
    "down": "asks the operating system",
    "status": "asks the operating system",
    "serve": "becomes gunicorn, whose /ready says what is wrong with the database",
}
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "deploy": (),
    "diagram": (),
    "doctor": (),
    "export": ("--tenant", "demo"),
    "import": ("{file}", "--tenant", "demo"),
    "maintain": (),
    "member add": ("--tenant", "demo", "--user", USER, "--role", "admin"),
    "member list": ("--tenant", "demo"),
    "member remove": ("--tenant", "demo", "--user", USER),
    "migrate": ("up",),
    "openapi": (),
    "report": ("--tenant", "demo"),
    "tenant create": ("demo", "--name", "Demo"),
    "tenant list": (),
    "tenant mails": ("demo",),
    "tenant retain": ("demo",),
    "token": ("--tenant", "demo", "--user", USER),
    "types": (),
    "up": ("--data-dir", "{folder}", "--rest-port", "{rest_port}", "--port", "{port}"),
    "worker": (),
}
#: What an empty database is no fault for.
FILLS_OR_EXAMINES = {"deploy", "doctor", "migrate", "up"}
#: What reads the catalogue alone, which everybody may.
READS_CATALOGUE = {"openapi", "types"}


def leaves() -> Iterator[str]:
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (f"{name} {child}" for child in command.list_commands(context))
        else:
            yield name


def test_every_command_is_tried() -> None:
    assert sorted(leaves()) == sorted([*ARGUMENTS, *WITHOUT_DATABASE])


@pytest.fixture(autouse=True)
def _process() -> Iterator[None]:
    """``berth up`` and ``berth worker`` change the process that they run in, which is ours here."""
    umask, handlers = os.umask(0o022), {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    os.umask(umask)
    yield
    os.umask(umask)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def run(name: str, url: str, folder: Path) -> Result:
    file = folder / "bookings.csv"
    file.write_text("room,title,starts_at,duration\nHall,Choir,2100-05-01T09:00,01:00\n")
    places = {"file": file, "folder": folder, "rest_port": free_port(), "port": free_port()}
    arguments = [text.format(**places) for text in ARGUMENTS[name]]
    environment = {
        **os.environ, **dict.fromkeys(SECRETS, "x" * 40), "BERTH_REST_URL": f"http://{HOST}:1", "BERTH_ENV": "development",
    }  # fmt: skip
    return run_berth(environment, *name.split(), *arguments, "--database-url", url)


def require_one_line(done: Result, told: str) -> None:
    assert done.exit_code == 2, done.output
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("berth: ")
    assert told in done.stderr
    assert PASSWORD not in done.stderr


@pytest.mark.parametrize(
    "url", [f"nonsense {PASSWORD}", f"postgresql://me:{PASSWORD}%@host/berth", "http://localhost/"]
)
@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_a_nonsense_url(name: str, url: str, tmp_path: Path) -> None:
    require_one_line(run(name, url, tmp_path), "no URL of a database")


@pytest.mark.parametrize("name", sorted(ARGUMENTS.keys() - {"worker"}))  # which waits for the server to come
def test_an_unreachable_server(name: str, tmp_path: Path) -> None:
    require_one_line(
        run(name, f"postgresql://me:{PASSWORD}@{HOST}:1/berth", tmp_path), "the database does not answer: "
    )


def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "")  # so that it is put back, whatever the command does
    monkeypatch.delenv("PGCONNECT_TIMEOUT")
    monkeypatch.setattr("gateway.cli.options.CONNECT_TIMEOUT", "2")
    with socket.create_server((HOST, 0)) as listener:
        url = f"postgresql://me@{HOST}:{listener.getsockname()[1]}/berth"
        began = time.monotonic()
        require_one_line(run("types", url, tmp_path), "the database does not answer: ")
        assert time.monotonic() - began < 5


@pytest.fixture(scope="module")
def empty(server: Server) -> Iterator[str]:
    """A database with nothing in it."""
    name = f"empty_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.superuser_url("postgres"), autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
        yield server.url(name)
        connection.execute(psycopg.sql.SQL("drop database {} with (force)").format(psycopg.sql.Identifier(name)))


@pytest.fixture(scope="module")
def powerless(server: Server) -> Iterator[str]:
    """A role that may nothing but log in."""
    name = f"powerless_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.superuser_url("postgres"), autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("create role {} login password {}").format(psycopg.sql.Identifier(name), PASSWORD)
        )
        yield name
        connection.execute(psycopg.sql.SQL("drop role {}").format(psycopg.sql.Identifier(name)))


@pytest.fixture
def shared(server: Server) -> Iterator[None]:
    """The logins have passwords, which others on this server use."""
    with psycopg.connect(server.superuser_url("postgres"), autocommit=True) as connection:
        before = connection.execute(
            "select rolname, rolpassword from pg_authid where rolname = any (%s)", (list(PASSWORDS),)
        ).fetchall()
        for role, _ in before:
            connection.execute(
                psycopg.sql.SQL("alter role {} password 'of-somebody-else'").format(psycopg.sql.Identifier(role))
            )
        yield
        for role, password in before:
            connection.execute(
                psycopg.sql.SQL("alter role {} password {}").format(psycopg.sql.Identifier(role), password)
            )


@pytest.mark.parametrize("name", sorted(ARGUMENTS.keys() - FILLS_OR_EXAMINES))
def test_a_database_without_berth(name: str, empty: str, tmp_path: Path) -> None:
    require_one_line(run(name, empty, tmp_path), "run 'berth migrate up'")


@pytest.mark.parametrize("name", sorted(ARGUMENTS.keys() - READS_CATALOGUE))
def test_a_role_without_privileges(name: str, stack: Stack, powerless: str, shared: None, tmp_path: Path) -> None:
    url = make_conninfo(stack.database_url, user=powerless, password=PASSWORD)
    require_one_line(run(name, url, tmp_path), "the database refuses: permission denied for ")


def catalogue(url: str) -> list[tuple[str]]:
    """What a migration leaves in a database first."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "select nspname from pg_namespace union all select extname from pg_extension"
            " union all select unnest(setconfig) from pg_db_role_setting"
            " where setdatabase = (select oid from pg_database where datname = current_database()) order by 1"
        ).fetchall()


@pytest.mark.parametrize("schema", ["api", "booking"])
@pytest.mark.parametrize("name", ["deploy", "migrate", "up"])
def test_a_database_of_somebody_else(name: str, schema: str, empty: str, shared: None, tmp_path: Path) -> None:
    """It is told of before anybody is asked for passwords, and nothing is changed by then."""
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute(f"create schema {schema}".encode())
        before = catalogue(empty)
        try:
            require_one_line(run(name, empty, tmp_path), f'schema "{schema}" already exists')
            assert catalogue(empty) == before
        finally:
            connection.execute(f"drop schema {schema}".encode())


def test_an_output_that_is_full(empty: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "migrate", "status", "--database-url", empty],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "berth: the system refuses: No space left on device\n")
