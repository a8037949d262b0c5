"""A PostgreSQL cluster for one run, and databases with as many claims in them as are asked for."""

import secrets
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from bench import population
from db.migrate import Migrator
from gateway.local.ports import free_port
from gateway.local.postgres import Cluster
from gateway.local.postgrest import PostgREST

# Nothing here trades safety for speed: every commit waits for the disk, as in production.
SETTINGS = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "maintenance_work_mem": "256MB",
}
_TEMPLATE = "berth_bench"


@dataclass(frozen=True)
class Database:
    """One database with Berth in it, ``claims`` claims loaded."""

    cluster: Cluster
    name: str
    claims: int

    @property
    def url(self) -> str:
        """For the administrator."""
        return self.cluster.url(self.name)

    def connect(self) -> psycopg.Connection[Any]:
        """As the administrator."""
        return psycopg.connect(self.url, autocommit=True)

    def connect_member(self, user_id: uuid.UUID = population.MEMBER) -> psycopg.Connection[Any]:
        """As the member, or the manager: row level security in force, the token's claims set."""
        return psycopg.connect(make_conninfo(self.url, options=population.member_options(user_id)), autocommit=True)

    def violations(self) -> int:
        """How much of what Berth promises does not hold."""
        with self.connect() as connection:
            row = connection.execute("select count(*) from booking.verify_invariants()").fetchone()
            assert row
            return int(row[0])


class Arena:
    """The cluster; ``slots`` are free in every database of it."""

    def __init__(self, folder: Path, report: Callable[[str], object]) -> None:
        self.slots = population.Slots()
        self.jwt_secret = secrets.token_hex(32)
        self._folder = folder
        self._report = report
        self._cluster = Cluster(folder, free_port(), SETTINGS)
        self._databases: dict[int, Database] = {}

    def start(self) -> None:
        self._report("starting PostgreSQL and deploying Berth")
        self._cluster.initialise()
        self._cluster.start()
        with psycopg.connect(self._cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {_TEMPLATE}")
        Migrator(self._cluster.url(_TEMPLATE)).up()
        with psycopg.connect(self._cluster.url(_TEMPLATE), autocommit=True) as connection:
            connection.execute("alter role authenticator password 'authenticator'")
            population.prepare(connection)

    def stop(self) -> None:
        self._cluster.stop("immediate")
        # For root, PostgreSQL's own files may lie elsewhere.
        if self._cluster.data_dir not in self._cluster.pgdata.parents:
            shutil.rmtree(self._cluster.pgdata.parent, ignore_errors=True)

    @property
    def postgresql(self) -> str:
        """The server's version, as it says it."""
        with psycopg.connect(self._cluster.url("postgres")) as connection:
            return str(connection.execute("show server_version").fetchone()[0])  # type: ignore[index]

    def database(self, claims: int, bare: bool = False) -> Database:
        """The database with this many claims, in the bare table too if that is wanted; loaded at the first call."""
        if claims not in self._databases:
            began = time.monotonic()
            database = Database(self._cluster, f"berth_{claims}", claims)
            with psycopg.connect(self._cluster.url("postgres"), autocommit=True) as connection:
                connection.execute(f"create database {database.name} template {_TEMPLATE}")
            with database.connect() as connection:
                population.fill(connection, claims)
            self._report(f"loaded {claims:,} claims in {time.monotonic() - began:.1f} s")
            self._databases[claims] = database
        if bare:
            with self._databases[claims].connect() as connection:
                population.fill_bare(connection)
        return self._databases[claims]

    @contextmanager
    def copy(self, database: Database, suffix: str = "_copy") -> Iterator[Database]:
        """Another one like it, for as long as it is needed; nobody may be connected to the first."""
        copy = replace(database, name=database.name + suffix)
        with psycopg.connect(self._cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {copy.name} template {database.name}")
            try:
                yield copy
            finally:
                connection.execute(f"drop database {copy.name} with (force)")

    def databases(self) -> list[Database]:
        """Those that were asked for so far."""
        return list(self._databases.values())

    def postgrest(self, database: Database) -> PostgREST:
        """PostgREST in front of a database, to be entered."""
        secret_file = self._folder / "jwt_secret"
        secret_file.write_text(self.jwt_secret)
        return PostgREST(
            make_conninfo(database.url, user="authenticator", password="authenticator"),
            secret_file, free_port(), self._folder / "postgrest.log",
        )  # fmt: skip


def _remove(folder: Path) -> None:
    # Where it was interrupted, what initdb has started goes on for a moment.
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
    shutil.rmtree(folder)


@contextmanager
def open_arena(report: Callable[[str], object]) -> Iterator[Arena]:
    """An arena of which nothing remains, however the run ends."""
    folder = Path(tempfile.mkdtemp(prefix="berth-bench-"))
    # PostgreSQL does not run as root, so somebody else has to be let in.
    folder.chmod(0o755)
    arena = Arena(folder, report)
    terminated = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        arena.start()
        yield arena
    finally:
        interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            arena.stop()
            _remove(folder)
        finally:
            signal.signal(signal.SIGINT, interrupted)
            signal.signal(signal.SIGTERM, terminated)
