"""Whatever is killed, whenever: nothing that was acknowledged is lost, nothing happens twice, and it goes on at once."""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from db.migrate import Migrator
from gateway.cli import main
from gateway.cli.serve import Gateway
from gateway.cli.worker import Worker
from gateway.local import LocalError
from gateway.local.ports import free_port
from gateway.local.postgres import Cluster
from gateway.local.postgrest import PostgREST
from gateway.local.service import Service
from tests.conftest import JWT_SECRET, Tenant, make_tenant
from tests.gateway_fixtures import Wire
from tests.prove import sized
from tests.prove.client import Client, Task, as_json
from tests.prove.figures import Figures
from tests.prove.history import FAILED, OK, History

KILLS = sized(8, 200)
OPERATIONS = sized(600, 200_000)
PROCESSES, THREADS = 2, 4
HOLDS = 20


@dataclass
class Site:
    """A whole Berth of its own, with a wire on each side of the gateway that can lose answers."""

    cluster: Cluster
    url: str
    rest: PostgREST
    gateway: Gateway
    worker: Worker
    inner: Wire
    outer: Wire
    clients: list["ClientProcess"] = field(default_factory=list)

    def kill_postmaster(self) -> None:
        """The whole server, which has to recover from its log."""
        os.kill(int((self.cluster.pgdata / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        while True:
            try:
                return self.cluster.start()
            except LocalError:  # what it left behind has not gone yet
                time.sleep(0.1)

    def kill_backend(self) -> None:
        """One session, at which PostgreSQL ends all of them."""
        pids: list[tuple[int]] = []
        deadline = time.monotonic() + 30
        with psycopg.connect(self.url, autocommit=True) as connection:
            # PostgREST may be about to connect again, after the last death.
            while not pids:
                assert time.monotonic() < deadline
                pids = connection.execute(
                    "select pid from pg_stat_activity where usename = 'authenticator' order by state = 'active' desc"
                ).fetchall()
        os.kill(pids[0][0], signal.SIGKILL)

    def kill_client(self) -> None:
        """All threads of a process, wherever they are."""
        random.choice(self.clients).kill_and_restart()

    def lose_answer(self) -> None:
        """It has been committed and said, and nobody hears it: between gateway and PostgREST, or client and gateway."""
        random.choice((self.inner, self.outer)).lose += 1

    def ways(self) -> dict[str, Callable[[], None]]:
        """All that is killed, and started again as a supervisor would."""
        return {
            "PostgreSQL": self.kill_postmaster,
            "a backend": self.kill_backend,
            "PostgREST": lambda: kill_service(self.rest),
            "the gateway": lambda: kill_service(self.gateway),
            "the worker": lambda: kill_service(self.worker),
            "clients": self.kill_client,
            "an answer after its commit": self.lose_answer,
        }


def kill_service(service: Service) -> None:
    """SIGKILL, also to what it started; and a new one."""
    assert service.process
    os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait()
    service.start()


class ClientProcess:
    """Some of the clients, in a process that can be killed."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.prove.client"], stdin=subprocess.PIPE, text=True)
        assert self._process.stdin
        self._process.stdin.write(as_json(self._task))
        self._process.stdin.close()

    def kill_and_restart(self) -> None:
        self._process.kill()
        self._process.wait()
        self._start()

    def wait(self, timeout: float) -> int:
        return self._process.wait(timeout)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def site(spare_cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    """Everything, running."""
    with psycopg.connect(spare_cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("create database crashes")
    url = spare_cluster.url("crashes")
    Migrator(url).up()
    with psycopg.connect(url, autocommit=True) as connection:
        for role in ("authenticator", "berth_gateway"):
            connection.execute(f"alter role {role} password '{role}'")
    secret_file = tmp_path / "jwt_secret"
    secret_file.write_text(JWT_SECRET)

    def login(role: str) -> str:
        return make_conninfo(url, user=role, password=role)

    with ExitStack() as running:
        rest = running.enter_context(
            PostgREST(login("authenticator"), secret_file, free_port(), tmp_path / "postgrest.log")
        )
        inner = running.enter_context(Wire(rest.url).connected())
        gateway = running.enter_context(
            Gateway(inner.url, login("berth_gateway"), free_port(), tmp_path / "gateway.log")
        )
        outer = running.enter_context(Wire(gateway.url).connected())
        worker = running.enter_context(Worker(url, tmp_path / "worker.log"))
        yield Site(spare_cluster, url, rest, gateway, worker, inner, outer)
    with psycopg.connect(spare_cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("drop database crashes with (force)")


@contextmanager
def clients_of(site: Site, tenant: Tenant, history: History, over: Path) -> Iterator[Client]:
    """Processes full of clients that run until ``over`` exists; and one more, for whoever wants to ask now and then."""
    rooms = iter([str(tenant.resource(f"Room {number}")) for number in range(PROCESSES * THREADS + 1)])
    operations = OPERATIONS // (PROCESSES * THREADS)

    def task(threads: int) -> Task:
        own = list(itertools.islice(rooms, threads))
        token = tenant.person("member").token
        return Task(site.outer.url, token, str(history.path), own, operations, str(over))

    probe = task(1)
    site.clients = [ClientProcess(task(THREADS)) for _ in range(PROCESSES)]
    try:
        yield Client(probe, probe.rooms[0])
    finally:
        for client in site.clients:
            client.stop()


class Progress:
    """How many operations the history knows the end of."""

    def __init__(self, history: History) -> None:
        self._lines = history.path.open("rb")
        self._ended = 0

    def wait_for(self, operations: float) -> None:
        """Until there are so many."""
        deadline = time.monotonic() + 300
        while self._ended < operations:
            assert time.monotonic() < deadline, "the clients have come to a standstill"
            ended = sum(b'"outcome"' in line for line in self._lines)
            self._ended += ended
            if not ended:
                time.sleep(0.02)


def test_everything_is_killed(
    site: Site, history: History, figures: Figures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = tmp_path / "over"
    ways = site.ways()
    order = list(itertools.islice(itertools.cycle(ways), KILLS))
    random.shuffle(order)
    recoveries: dict[str, list[float]] = defaultdict(list)
    with psycopg.connect(site.url, autocommit=True) as connection:
        tenant = make_tenant(connection)
        holds = make_holds(tenant)
        tenant.person("member")
        with clients_of(site, tenant, history, over) as probe:
            progress = Progress(history)
            for number, way in enumerate(order):
                progress.wait_for((number + 1) * OPERATIONS / (KILLS + 1))
                time.sleep(random.uniform(0, 0.1))
                killed = time.monotonic()
                ways[way]()
                probe.step()
                recoveries[way].append(time.monotonic() - killed)
            over.touch()
            exits = [client.wait(300 + OPERATIONS / 20) for client in site.clients]
    assert exits == [0] * PROCESSES

    with psycopg.connect(site.url, autocommit=True) as connection:
        tenant.connection = connection
        wait_for_holds(tenant, holds)
        found = compare(history, tenant)
        doctor = CliRunner().invoke(main, ["doctor", "--database-url", site.url])
    figures.add("kills and lost answers", len(order))
    figures.add("operations", found["operations"], at_least=OPERATIONS)
    for what in ("lost", "twice", "without their events", "refused or failed"):
        figures.add(f"operations {what}", found[what], at_most=0)
    figures.add("operations that nobody knows the outcome of", found["unknown"])
    for way, took in recoveries.items():
        figures.add(f"longest pause without {way}", max(took), "s", at_most=5)
    figures.add("findings of berth doctor", doctor.stdout.count("FAIL"), at_most=0)
    assert doctor.exit_code == 0, doctor.stdout


def make_holds(tenant: Tenant) -> set[uuid.UUID]:
    """Some that the worker has to expire, one after the other, while it is being killed."""
    rows = tenant.connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, status, starts_at, ends_at, expires_at)"
        " select %s, %s, 'held', t, t + interval '1 hour', now() + extract(day from t) * interval '0.4 seconds'"
        "   from generate_series(timestamptz '2100-01-01Z', timestamptz '2100-01-01Z' + %s * interval '1 day', '1 day') t"
        " returning id",
        (tenant.id, tenant.resource("Holds"), HOLDS - 1),
    ).fetchall()
    return {row[0] for row in rows}


def wait_for_holds(tenant: Tenant, holds: set[uuid.UUID]) -> None:
    """Each has expired, once, with its event."""
    wanted = {(hold, "expired", 2, 2) for hold in holds}
    deadline = time.monotonic() + 30
    while True:
        rows = tenant.connection.execute(
            "select r.id, r.status::text, r.version, count(e.id) from booking.reservations r"
            "  join booking.events e on e.tenant_id = r.tenant_id and e.reservation_id = r.id"
            " where r.tenant_id = %s and r.id = any (%s) group by r.tenant_id, r.id",
            (tenant.id, list(holds)),
        ).fetchall()
        if set(rows) == wanted:
            return
        assert time.monotonic() < deadline, rows
        time.sleep(0.1)


def compare(history: History, tenant: Tenant) -> Counter[str]:
    """What the clients know against what is stored: a change is a version, and a version has one event."""
    asked: dict[str, dict[str, Any]] = {}
    ended: dict[str, dict[str, Any]] = {}
    for line in history.read():
        if "op" in line:
            asked[line["key"]] = line
        elif line["key"] not in ended or line["outcome"] == OK:
            ended[line["key"]] = line
    acknowledged: dict[str, Counter[str]] = defaultdict(Counter)
    possible: dict[str, Counter[str]] = defaultdict(Counter)
    made_by = {}
    for key, question in asked.items():
        outcome = ended.get(key, {}).get("outcome")
        if question["op"] == "create":
            one = ended[key]["id"] if outcome == OK else key
            made_by[key] = one
        else:
            one = question["body"]["reservation_id"]
        possible[one][question["op"]] += outcome != FAILED
        acknowledged[one][question["op"]] += outcome == OK

    rows = tenant.connection.execute(
        "select r.id::text, r.title, r.status::text, r.version,"
        "       (select array_agg((e.subject ->> 'version')::integer order by e.seq) from booking.events e"
        "         where e.tenant_id = r.tenant_id and e.reservation_id = r.id)"
        "  from booking.reservations r where r.tenant_id = %s and r.title <> ''",
        (tenant.id,),
    ).fetchall()
    found: Counter[str] = Counter(operations=len(asked))
    found["refused or failed"] = sum(line["outcome"] == FAILED for line in ended.values())
    found["unknown"] = sum(ended.get(key, {}).get("outcome") not in (OK, FAILED) for key in asked)
    stored = {row[1]: row for row in rows}
    found["twice"] = len(rows) - len(stored) + sum(title not in asked for title in stored)
    for key, one in made_by.items():
        if key not in stored:
            found["lost"] += acknowledged[one].total()
            continue
        identifier, _, status, version, versions = stored[key]
        least, most = acknowledged[one], possible[one]
        assert one in (identifier, key)
        found["lost"] += max(0, least.total() - version) + (least["cancel"] > 0 and status != "cancelled")
        found["twice"] += max(0, version - most.total())
        found["without their events"] += versions != list(range(1, version + 1))
    return found
