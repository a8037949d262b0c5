"""One PostgreSQL cluster and one PostgREST for each process of the run; a database of its own for every test that asks."""

import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import hypothesis
import jwt
import psycopg
import pytest
import urllib3
from click.testing import CliRunner, Result
from psycopg.conninfo import make_conninfo
from pytest_postgresql import factories

from db.migrate import Migrator
from gateway import timezones
from gateway.cli import main
from gateway.local.ports import HOST, free_port
from gateway.local.postgres import Cluster
from gateway.local.postgrest import PostgREST
from tests import supabase
from tests.gateway_fixtures import Gateway, PgBouncer, running_gateway

# The tests' passwords are as short as can be.
os.environ["BERTH_ENV"] = "development"

# Another PostgreSQL than the embedded one has time zones of another age than the pinned tzdata, and the doctor says so.
HAS_OWN_ZONES = "PG_BIN" in os.environ
if HAS_OWN_ZONES:
    timezones.find_differences = lambda *_: iter(())

# In memory, where there is room: a copy of a database is over a thousand files, which takes a disk ten times as long.
MEMORY = Path("/dev/shm")
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 6 << 30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

pytest_plugins = ["tests.prove.figures", "tests.two_tenants"]

JWT_SECRET = "a secret for the tests alone, of no use anywhere else"

# The same examples at every run; HYPOTHESIS_PROFILE=default looks for new ones.
hypothesis.settings.register_profile("suite", derandomize=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# Nobody waits for the disk in the tests; those that kill the server bring their own cluster. A copy of a database does not
# have its settings, such as that nothing is compiled.
FAST = {"jit": "off", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@dataclass
class Server:
    """A running cluster, in the shape that pytest-postgresql's ``depends_on`` reads."""

    cluster: Cluster
    host: str = HOST
    user: str = "postgres"
    options: str = ""
    maintenance_dbname: str = "postgres"
    template_dbname: str = "template1"

    @property
    def port(self) -> int:
        return self.cluster.port

    @property
    def password(self) -> str:
        return self.cluster.password

    def url(self, dbname: str) -> str:
        """The database as its administrator connects."""
        return self.cluster.url(dbname)

    def superuser_url(self, dbname: str) -> str:
        """The same, unless BERTH_TEST_SUPABASE=1 has the whole suite run on the shape of a Supabase project."""
        return supabase.superuser_url(self.cluster, dbname) if supabase.IS_TRIED else self.url(dbname)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The cluster of this run."""
    # Not pytest's own folder: when root runs the tests, PostgreSQL runs as somebody who cannot enter it.
    folder = Path(tempfile.mkdtemp(prefix="berth-tests-"))
    folder.chmod(0o755)
    # Only a superuser may end an autovacuum worker, which dropping a test's database takes.
    on_supabase = {"autovacuum": "off"} if supabase.IS_TRIED else {}
    cluster = Cluster(folder, free_port(), FAST | on_supabase)
    try:
        cluster.initialise()
        cluster.start()
        if supabase.IS_TRIED:
            supabase.shape(cluster)
        yield Server(cluster)
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder)


def load_berth(autocommit: bool = False, **connection: Any) -> None:
    """Deploys the whole plan; pytest-postgresql says how to connect."""
    url = make_conninfo(**connection)
    Migrator(url).up()
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute("alter role berth_worker password 'berth_worker'")


#: A database with Berth in it, cloned for each test that uses ``berth_db``.
berth_template = factories.postgresql_noproc(depends_on="server", dbname="berth_tests", load=[load_berth])
berth_db = factories.postgresql("berth_template")


def as_worker(database_url: str) -> str:
    """The same database as the worker logs in to it."""
    return make_conninfo(database_url, user="berth_worker", password="berth_worker")


@dataclass
class Person:
    """A member of a tenant, or a stranger, with the token they hold."""

    tenant_id: uuid.UUID
    user_id: uuid.UUID
    role: str | None

    @property
    def claims(self) -> dict[str, Any]:
        return {
            "role": "authenticated",
            "sub": str(self.user_id),
            "tenant_id": str(self.tenant_id),
            "exp": int(time.time()) + 3600,
        }

    @cached_property
    def token(self) -> str:
        return jwt.encode(self.claims, JWT_SECRET, algorithm="HS256")


@dataclass
class Tenant:
    """A tenant made for one test, in the shared HTTP database."""

    id: uuid.UUID
    slug: str
    connection: psycopg.Connection[Any]
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, role: str) -> Person:
        """The member of this role; the same one at every call."""
        if role not in self.people:
            self.people[role] = self.another(role)
        return self.people[role]

    def another(self, role: str) -> Person:
        """One more member of this role."""
        person = Person(self.id, uuid.uuid4(), role)
        self.connection.execute(
            "insert into booking.members (tenant_id, user_id, role, display_name) values (%s, %s, %s, %s)",
            (person.tenant_id, person.user_id, role, role.title()),
        )
        return person

    def resource(self, name: str = "Room 1", **columns: Any) -> uuid.UUID:
        """A new resource; the columns that are not given take their defaults."""
        columns = {"tenant_id": self.id, "name": name, **columns}
        names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns))
        values = psycopg.sql.SQL(", ").join(map(psycopg.sql.Placeholder, columns))
        row = self.connection.execute(
            psycopg.sql.SQL("insert into booking.resources ({}) values ({}) returning id").format(names, values),
            columns,
        ).fetchone()
        assert row
        return uuid.UUID(str(row[0]))


def make_tenant(connection: psycopg.Connection[Any], timezone: str = "Europe/Berlin") -> Tenant:
    """A fresh tenant without members."""
    tenant = Tenant(uuid.uuid4(), f"t-{uuid.uuid4().hex[:12]}", connection)
    connection.execute(
        "insert into booking.tenants (id, slug, name, timezone) values (%s, %s, %s, %s)",
        (tenant.id, tenant.slug, tenant.slug, timezone),
    )
    return tenant


@dataclass
class Stack:
    """A database served by a real PostgREST."""

    database_url: str
    jwt_secret_file: Path
    rest: PostgREST = field(init=False)

    pooler: PgBouncer | None = None

    def login_url(self, role: str) -> str:
        """The database as this role logs in to it: through the pooler, if there is one."""
        port = {"port": self.pooler.port} if self.pooler else {}
        return make_conninfo(self.database_url, user=role, password=role, **port)

    @property
    def gateway_database_url(self) -> str:
        """The database as the gateway logs in to it."""
        return self.login_url("berth_gateway")

    def postgrest(self, folder: Path) -> PostgREST:
        """A PostgREST on this database, to be started."""
        return PostgREST(
            self.login_url("authenticator"), self.jwt_secret_file, free_port(), folder / "postgrest.log",
            is_pooled=self.pooler is not None,
        )  # fmt: skip

    def request(
        self, person: Person | None, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """The status and the decoded body of a request straight to PostgREST."""
        response = self.send(person, method, path, body, headers)
        return response.status, json.loads(response.data) if response.data else None

    def send(
        self, person: Person | None, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """The same, undecoded."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        if person:
            headers["Authorization"] = f"Bearer {person.token}"
        return urllib3.request(
            method, f"{self.rest.url}/{path}", body=None if body is None else json.dumps(body), headers=headers,
            retries=False, timeout=30,
        )  # fmt: skip

    def rpc(self, person: Person | None, function: str, **arguments: Any) -> tuple[int, Any]:
        """Calls a function with these JSON arguments."""
        return self.request(person, "POST", f"rpc/{function}", arguments)

    def events(self, person: Person, *types: str, **arguments: Any) -> list[dict[str, Any]]:
        """The events of these types that this person may read, up to what has been committed by now."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("select booking.sequence_events()")
        status, events = self.rpc(person, "list_events", types=types, **{"max_results": 1000, **arguments})
        assert status == 200, events
        return list(events)


@pytest.fixture(scope="session")
def stack(server: Server, berth_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A database of its own behind PostgREST, shared by the tests that speak HTTP; each makes its own tenant."""
    folder = tmp_path_factory.mktemp("stack")
    secret_file = folder / "jwt_secret"
    secret_file.write_text(JWT_SECRET)
    with psycopg.connect(server.superuser_url("postgres"), autocommit=True) as connection:
        connection.execute("alter role authenticator password 'authenticator'")
        connection.execute("alter role berth_gateway password 'berth_gateway'")
        connection.execute(f"create database berth_http template {berth_template.template_dbname} owner postgres")
    stack = Stack(server.url("berth_http"), secret_file)
    with ExitStack() as running:
        if os.environ.get("BERTH_TEST_POOLER"):
            stack.pooler = running.enter_context(PgBouncer(server.port, folder / "pgbouncer.log"))
        stack.rest = running.enter_context(stack.postgrest(folder))
        yield stack
    with psycopg.connect(server.superuser_url("postgres"), autocommit=True) as connection:
        connection.execute("drop database berth_http with (force)")


@pytest.fixture
def tenant(stack: Stack) -> Iterator[Tenant]:
    """A fresh tenant in the HTTP database."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        yield make_tenant(connection)


@pytest.fixture(scope="session")
def gateway(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway in front of ``stack``, shared by the tests that do it no harm."""
    folder = tmp_path_factory.mktemp("gateway")
    with running_gateway(stack.rest.url, folder, database_url=stack.gateway_database_url) as gateway:
        yield gateway


#: Runs ``berth import`` on a file, with more options: its exit code and its lines.
Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture(scope="session")
def environment(stack: Stack) -> dict[str, str]:
    """For commands that work on ``stack``."""
    return {
        **os.environ,
        "BERTH_DATABASE_URL": stack.database_url,
        "BERTH_REST_URL": stack.rest.url,
        "BERTH_JWT_SECRET_FILE": str(stack.jwt_secret_file),
    }


def run_berth(environment: dict[str, str], *arguments: str | Path, answer: str = "") -> Result:
    """``berth`` with these arguments, in this process: another would start longer than most commands take."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=answer, env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def run_import(environment: dict[str, str], tenant: Tenant) -> Run:
    """The command, for a tenant that has a manager."""
    tenant.person("manager")

    def run(file: Path, *options: str) -> tuple[int, list[str]]:
        done = run_berth(environment, "import", file, "--tenant", tenant.slug, *options)
        return done.exit_code, done.stdout.splitlines() or done.stderr.splitlines()

    return run


def write_csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
