"""A real standby takes over, and whoever follows the log by a cursor misses nothing."""

import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.conninfo import make_conninfo

from gateway.cli import main
from gateway.local.logins import PASSWORDS
from gateway.local.ports import free_port
from gateway.local.postgres import Cluster
from gateway.local.postgrest import PostgREST
from gateway.worker import SequenceEvents, work
from tests.conftest import FAST, JWT_SECRET, Person, Tenant, load_berth, make_tenant
from tests.gateway_fixtures import Gateway, running_gateway, slot
from tests.standby import Standby, either
from tests.stream_client import Stream
from tests.test_sequence_events import listed, sequence, write
from tests.test_worker import wait_until

LOGINS = ("authenticator", "berth_gateway", "berth_worker")


@pytest.fixture
def folder() -> Iterator[Path]:
    # As for ``server``.
    folder = Path(tempfile.mkdtemp(prefix="berth-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def primary(folder: Path) -> Iterator[Cluster]:
    """A primary that keeps what it has acknowledged, with Berth in it."""
    (folder / "primary").mkdir(mode=0o755)
    cluster = Cluster(folder / "primary", free_port(), {**FAST, "synchronous_commit": "on"})
    try:
        cluster.initialise()
        cluster.start()
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("create database berth")
        load_berth(conninfo=cluster.url())
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            for login in LOGINS:
                connection.execute(f"alter role {login} password '{login}'".encode())
        yield cluster
    finally:
        cluster.stop("immediate")


@pytest.fixture
def standby(folder: Path, primary: Cluster) -> Iterator[Standby]:
    (folder / "standby").mkdir(mode=0o755)
    standby = Standby(folder / "standby", primary)
    try:
        standby.start()
        yield standby
    finally:
        standby.stop("immediate")


def berth(*arguments: str) -> Result:
    secrets = dict.fromkeys(("BERTH_JWT_SECRET", *PASSWORDS.values()), "s" * 40)
    return CliRunner().invoke(main, arguments, env={"BERTH_REST_URL": "", **secrets})


class Reader:
    """Follows the log by its cursor, by pages or on a stream that it opens again whenever it ends."""

    def __init__(self, gateway: Gateway, person: Person) -> None:
        self._gateway, self._person = gateway, person
        self.seen: list[str] = []

    def _see(self, events: list[dict[str, Any]]) -> None:
        self.seen += [
            event["data"]["reservation"]["id"] for event in events if event["type"].startswith("reservation.")
        ]

    def has(self, wanted: list[str]) -> bool:
        """Reads on, until it has all of these."""
        raise NotImplementedError


class PageReader(Reader):
    """``GET /v1/events``."""

    cursor = ""

    def has(self, wanted: list[str]) -> bool:
        answer = self._gateway.send(self._person, "GET", f"/v1/events?after={self.cursor}")
        if answer.status == 200:
            self._see(answer.json()["events"])
            self.cursor = answer.json()["next"] or ""
        return set(wanted) <= set(self.seen)


class StreamReader(Reader):
    """``GET /v1/events/stream``."""

    def __init__(self, gateway: Gateway, person: Person) -> None:
        super().__init__(gateway, person)
        self.stream = Stream(gateway, person).open()

    def close(self) -> None:
        """Hangs up."""
        self.stream.close()

    def has(self, wanted: list[str]) -> bool:
        self._see(list(self.stream.events(until=0.2)))
        if self.stream.ended:
            cursor = self.stream.cursor
            self.close()
            self.stream = Stream(self._gateway, self._person, cursor=cursor)
            try:
                self.stream.open()
            except AssertionError:  # 503, for a moment
                self.stream.ended = True
        return set(wanted) <= set(self.seen)


def book(gateway: Gateway, person: Person, room: str, number: int) -> str:
    """Waits until there is a primary."""
    deadline = time.monotonic() + 60
    while True:
        answer = gateway.book(person, str(uuid.uuid4()), resource_id=room, **slot(number))
        if answer.status == 200:
            return str(answer.json()["id"])
        assert answer.status >= 500, answer.data
        assert time.monotonic() < deadline, answer.data
        time.sleep(0.2)


@pytest.mark.parametrize("is_behind", [False, True])
def test_a_standby_takes_over(primary: Cluster, standby: Standby, tmp_path: Path, *, is_behind: bool) -> None:
    """Also one that has not got all that readers have seen: it gives the positions of that to other events."""

    def login(role: str) -> str:
        return make_conninfo(primary.url(), user=role, password=role, **either(primary, standby))

    secret_file = tmp_path / "jwt_secret"
    secret_file.write_text(JWT_SECRET)
    stopping = threading.Event()
    with ExitStack() as stack:
        connection = stack.enter_context(psycopg.connect(primary.url(), autocommit=True))
        tenant = make_tenant(connection)
        person, room = tenant.person("approver"), str(tenant.resource())
        rest = PostgREST(login("authenticator"), secret_file, free_port(), tmp_path / "postgrest.log")
        stack.enter_context(rest)
        gateway = stack.enter_context(
            running_gateway(rest.url, tmp_path, database_url=login("berth_gateway"), retry_seconds=5)
        )
        worker = threading.Thread(target=work, args=(login("berth_worker"), [SequenceEvents(stopping)], 0.1, stopping))
        worker.start()
        stack.callback(worker.join)
        stack.callback(stopping.set)
        listening = StreamReader(gateway, person)
        stack.callback(listening.close)
        readers: list[Reader] = [PageReader(gateway, person), listening]

        def read(wanted: list[str]) -> None:
            for reader in readers:
                wait_until(lambda reader=reader: reader.has(wanted), 60)  # type: ignore[misc]

        made = [book(gateway, person, room, number) for number in range(5)]
        read(made)
        wait_until(standby.has_all)
        if is_behind:
            standby.cut_off()
            read([book(gateway, person, room, number) for number in range(5, 15)])
        primary.stop("immediate")
        standby.promote()
        made = [book(gateway, person, room, number) for number in range(20, 30)]
        read(made)
        for reader in readers:
            assert len(reader.seen) == len(set(reader.seen)), "no event twice"

        doctor = berth("doctor", "--database-url", standby.url())
        assert doctor.exit_code == 0, doctor.output


def test_the_doctor_of_a_standby(primary: Cluster, standby: Standby) -> None:
    """It reads there too; what would change something says in one line that it cannot."""
    wait_until(standby.has_all)
    result = berth("doctor", "--database-url", standby.url())
    assert result.exit_code == 0, result.output
    assert "ok    this is a standby: " in result.output
    assert "ok    0 migrations pending\n" in result.output
    assert "worker" not in result.output
    result = berth("migrate", "status", "--database-url", standby.url())
    assert (result.exit_code, result.output.count("pending  ")) == (0, 0)
    for command in (["migrate", "up"], ["migrate", "down", "--yes"], ["deploy"]):
        result = berth(*command, "--database-url", standby.url())
        assert result.exit_code == 2, result.output
        assert result.output.splitlines()[-1] == (
            "berth: this server is a standby, which takes no changes: connect to the primary"
        )


def test_clocks_need_not_agree(primary: Cluster, standby: Standby) -> None:
    """The primary's was half a minute fast, and what was read last is lost."""
    with psycopg.connect(primary.url(), autocommit=True) as connection:
        tenant = make_tenant(connection)
        person = tenant.person("admin")
        write(connection, tenant, 3)
        connection.execute(sequence)
        wait_until(standby.has_all)
        ahead = uuid.UUID(int=uuid.UUID(listed(connection, person, None)[-1]).int + (30_000 << 80))
    primary.stop("immediate")
    standby.promote()
    with psycopg.connect(standby.url(), autocommit=True) as connection:
        tenant = Tenant(tenant.id, tenant.slug, connection)
        for _ in range(2):
            write(connection, tenant, 2)
            connection.execute(sequence)
        assert listed(connection, person, str(ahead)) == listed(connection, person, None)[3:]
        assert len(listed(connection, person, str(ahead))) == 4
