"""docker-compose.yml, without Docker: each service's command, environment and health check, run as a process here."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
import urllib3
import yaml
from psycopg.conninfo import make_conninfo

from db.migrate import Migrator
from gateway.local.ports import HOST, free_port
from gateway.local.postgres import Cluster
from gateway.local.postgrest import POOLED, PROJECT_DIR, SETTINGS, find_postgrest
from tests.conftest import FAST
from tests.gateway_fixtures import PgBouncer
from tests.test_worker import wait_until

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT_DIR / "docker-compose.yml").read_text())
SECRETS = {
    "BERTH_JWT_SECRET": "j" * 40,
    "POSTGRES_PASSWORD": "postgres-password-of-the-tests",
    "BERTH_AUTHENTICATOR_PASSWORD": "authenticator-password-of-the-tests",
    "BERTH_GATEWAY_PASSWORD": "gateway-password-of-the-tests",
    "BERTH_MIGRATOR_PASSWORD": "migrator-password-of-the-tests",
    "BERTH_WORKER_PASSWORD": "worker-password-of-the-tests",
}
EXAMPLE = dict(
    line.split("=", 1) for line in (PROJECT_DIR / ".env.example").read_text().splitlines() if line and line[0] != "#"
)
needs_pgbouncer = pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="PgBouncer is not installed")


def interpolate(value: str, variables: dict[str, str]) -> str:
    """As Compose does it: ${NAME:?why} must be there, ${NAME:-default} need not."""

    def one(match: re.Match[str]) -> str:
        name, sign, rest = match.groups()
        if name in variables:
            return variables[name]
        assert sign == ":-", f"{name}: {rest}"
        return str(rest)

    return re.sub(r"\$\{(\w+)(:[?-])([^}]*)\}", one, value)


class Deployment:
    """The services on ports of this machine; 'db:5432' in a setting means the cluster's, and so on."""

    def __init__(self, folder: Path, cluster: Cluster, variables: dict[str, str]) -> None:
        self.folder = folder
        self.cluster = cluster
        self.variables = variables
        self.ports = {"db": (5432, cluster.port)}
        self.ports |= {
            name: (port, free_port())
            for name, port in (("pgbouncer", 6432), ("rest", 3000), ("gateway", 8000), ("worker", 9101))
        }
        self.ports["admin"] = (3001, free_port())

    def _local(self, text: str) -> str:
        text = interpolate(text, self.variables)
        for name, (port, here) in self.ports.items():
            text = text.replace(f"{name}:{port}", f"{HOST}:{here}").replace(
                f"host={name} port={port}", f"host={HOST} port={here}"
            )
            text = re.sub(rf"\b(0\.0\.0\.0|127\.0\.0\.1)([:/]){port}\b", rf"{HOST}\g<2>{here}", text)
        return text

    def environment(self, service: str) -> dict[str, str]:
        given = {name: self._local(value) for name, value in COMPOSE["services"][service]["environment"].items()}
        for name, value in given.items():
            if name.endswith("PORT"):
                given[name] = str(next(here for port, here in self.ports.values() if str(port) == value))
            elif value == "0.0.0.0" or (name.endswith("HOST") and value in self.ports):
                given[name] = HOST
        programs = [Path(sys.executable), find_postgrest(), self.cluster.program("pg_isready")]
        path = os.pathsep.join([*(str(program.parent) for program in programs), os.environ["PATH"]])
        # In its image pg_isready finds the server at the usual port.
        return {"PATH": path, "PYTHONPATH": str(PROJECT_DIR), "PGPORT": str(self.cluster.port), **given}

    def command(self, service: str, command: list[str] | None = None) -> list[str]:
        told = [self._local(part) for part in command or COMPOSE["services"][service]["command"]]
        return [sys.executable, "-m", "gateway.cli", *told[1:]] if told[0] == "berth" else told

    def run(self, service: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(service), env=self.environment(service), cwd=self.folder,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def start(self, service: str, stack: ExitStack, command: list[str] | None = None, **options: Any) -> None:
        with (self.folder / f"{service}.log").open("wb") as log:
            process = subprocess.Popen(
                self.command(service, command),
                env=self.environment(service),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **options,
            )
        stack.callback(process.wait)
        stack.callback(process.terminate)

    def is_healthy(self, service: str) -> bool:
        test = COMPOSE["services"][service]["healthcheck"]["test"]
        assert test[0] == "CMD"
        done = subprocess.run(
            self.command(service, test[1:]), env=self.environment(service), capture_output=True, check=False
        )
        return done.returncode == 0

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="berth-tests-"))
    folder.chmod(0o755)
    (folder / "postgres_password").write_text(SECRETS["POSTGRES_PASSWORD"])
    cluster = Cluster(folder, free_port(), FAST)
    cluster.initialise()
    cluster.start()
    with psycopg.connect(make_conninfo(cluster.url("postgres")), autocommit=True) as connection:
        connection.execute("create database berth")
    login = {"PGHOST": HOST, "PGPORT": str(cluster.port), "PGPASSWORD": cluster.password}
    path = os.pathsep.join([str(cluster.program("psql").parent), os.environ["PATH"]])
    environment = {**os.environ, **SECRETS, **login, "PATH": path, "POSTGRES_USER": "postgres", "POSTGRES_DB": "berth"}
    subprocess.run([PROJECT_DIR / "deploy" / "initdb.sh"], env=environment, check=True)
    try:
        yield cluster
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder)


@needs_pgbouncer
def test_every_service_does_its_part(cluster: Cluster, tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, cluster, SECRETS)
    with ExitStack() as stack:
        assert "migrations applied" in deployment.run("migrate").stdout
        assert deployment.run("migrate").stdout.startswith("0 migrations applied"), "a second start finds all done"
        # PgBouncer refuses root, as its image does.
        script = PROJECT_DIR / "deploy" / "pgbouncer.sh"
        shutil.copy(script, cluster.data_dir / script.name)
        deployment.start(
            "pgbouncer",
            stack,
            [str(cluster.data_dir / script.name)],
            **({"user": "nobody"} if os.geteuid() == 0 else {}),
        )
        deployment.start("rest", stack, [str(find_postgrest())])
        deployment.start("gateway", stack)
        deployment.start("worker", stack)
        deadline = time.monotonic() + 30
        waiting = {"db", "pgbouncer", "gateway", "worker"}
        while waiting and time.monotonic() < deadline:
            waiting = {service for service in waiting if not deployment.is_healthy(service)}
            time.sleep(0.1)
        assert not waiting, [deployment.log(service) for service in waiting]

        # As with docker compose run --rm migrate berth …
        environment = deployment.environment("migrate")

        def berth(*arguments: str) -> str:
            done = subprocess.run(
                [sys.executable, "-m", "gateway.cli", *arguments],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            return done.stdout.strip()

        berth("tenant", "create", "acme", "--name", "Acme")
        berth(
            "member",
            "add",
            "--tenant",
            "acme",
            "--user",
            "6f1c1b0e-8f0c-4f0e-9a58-0d7f6f0f7a11",
            "--role",
            "admin",
            "--name",
            "Ada",
        )
        token = berth("token", "--tenant", "acme", "--user", "Ada")
        answer = urllib3.request(
            "GET", f"http://{HOST}:{deployment.ports['gateway'][1]}/rest/v1/members?select=display_name",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert (answer.status, answer.json()) == (200, [{"display_name": "Ada"}])
        assert berth("tenant", "list").splitlines()[1].split()[-2:] == ["1", "0"]
        assert "Ada" in berth("member", "list", "--tenant", "acme")
        assert "no member of acme any more" in berth("member", "remove", "--tenant", "acme", "--user", "Ada")
        assert "FAIL" not in berth("doctor"), berth("doctor")
        with psycopg.connect(cluster.url()) as connection:
            powerful = connection.execute(
                "select distinct usename from pg_stat_activity join pg_roles on rolname = usename"
                " where datname = 'berth' and pid <> pg_backend_pid() and backend_type = 'client backend'"
                " and (rolsuper or rolbypassrls or rolcreaterole)"
            ).fetchall()
        assert powerful == [], "no process of Berth's is logged in as anybody powerful"
        for service in ("gateway", "rest", "worker", "pgbouncer"):
            for secret in SECRETS.values():
                assert secret not in deployment.log(service), service
        assert "connected" in deployment.log("worker")


@needs_pgbouncer
def test_a_short_restart_of_the_database_is_short_behind_pgbouncer(cluster: Cluster, tmp_path: Path) -> None:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("create role authenticator login password 'authenticator'")
    with PgBouncer(cluster.port, tmp_path / "pgbouncer.log") as pooler:
        login = make_conninfo(cluster.url(), user="authenticator", password="authenticator", port=pooler.port)

        def answers() -> bool:
            try:
                with psycopg.connect(login, prepare_threshold=None) as connection:
                    return connection.execute("select 1").fetchone() == (1,)
            except psycopg.OperationalError:
                return False

        assert answers()
        with ThreadPoolExecutor(4) as clients:
            cluster.stop()
            # The first waits for the login that fails; those who come after it are refused.
            meanwhile = [clients.submit(answers) for _ in range(4)]
            wait_until(lambda: any(one.done() for one in meanwhile))
            cluster.start()
            started = time.monotonic()
            wait_until(answers, 30)
            assert time.monotonic() - started < 2


def test_migrations_take_no_superuser_up_and_down(cluster: Cluster) -> None:
    login = {"user": "berth_migrator", "password": SECRETS["BERTH_MIGRATOR_PASSWORD"]}
    migrator = Migrator(make_conninfo(cluster.url(), **login))
    count = migrator.up()
    with psycopg.connect(cluster.url()) as connection:
        powerful = connection.execute(
            "select rolname from pg_roles where rolname ~ '^(berth|anon|auth|service)' and (rolsuper or rolbypassrls)"
        ).fetchall()
        quiet = connection.execute(
            "select string_agg(setrole::regrole::text, ' ' order by setrole::regrole::text) from pg_db_role_setting"
            " where 'log_min_messages=fatal' = any (setconfig)"
        ).fetchone()
    assert powerful == []
    assert quiet == ("authenticator berth_gateway berth_worker",)
    assert migrator.down() == count
    with psycopg.connect(cluster.url()) as connection:
        left = connection.execute("select rolname from pg_roles where rolname ~ '^berth_' order by 1").fetchall()
    assert left == [("berth_migrator",)]
    assert migrator.up() == count


@pytest.mark.parametrize(
    "name", [name for name in SECRETS if name not in ("POSTGRES_PASSWORD", "BERTH_MIGRATOR_PASSWORD")]
)
@pytest.mark.parametrize("secret", [None, "short", "example"])
def test_weak_secrets_start_nothing(name: str, secret: str | None, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        **SECRETS,
        "BERTH_DATABASE_URL": "host=127.0.0.1 port=1",
        "PYTHONPATH": str(PROJECT_DIR),
    }
    environment.pop("BERTH_ENV", None)
    environment[name] = ("demo-only-" + "x" * 40 if secret == "example" else secret) or ""
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "deploy"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert name in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [["deploy"], ["serve"], ["worker"]])
def test_a_weak_password_of_the_database_starts_nothing(command: list[str], tmp_path: Path) -> None:
    for password, said in (("hush", "has fewer than 16"), ("demo-only-postgres-password", "is an example's")):
        url = f"postgresql://berth_worker:{password}@127.0.0.1:1/berth"
        environment = {**os.environ, **SECRETS, "BERTH_DATABASE_URL": url, "PYTHONPATH": str(PROJECT_DIR)}
        environment.pop("BERTH_ENV", None)
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", *command],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert (done.returncode, said in done.stderr, "hush" in done.stderr) == (2, True, False), done.stderr


def test_the_example_starts_nothing_as_it_is() -> None:
    secrets = set(EXAMPLE) - {"BERTH_ENV", "BERTH_JWT_AUD"}
    assert {name: EXAMPLE[name] for name in secrets} == dict.fromkeys(secrets, "")
    text = (PROJECT_DIR / "docker-compose.yml").read_text()
    # Compose refuses what is empty only where it is told to.
    assert set(re.findall(r"\$\{(\w+):\?", text)) == secrets
    assert EXAMPLE["BERTH_ENV"] == "production"


def test_nothing_is_published_to_other_machines() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_what_the_example_sets_is_all_that_is_needed() -> None:
    text = (PROJECT_DIR / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{(\w+)", text)) == set(EXAMPLE)


def test_postgrest_is_told_what_it_is_told_elsewhere() -> None:
    told = COMPOSE["services"]["rest"]["environment"]
    expected = SETTINGS | POOLED
    assert {name: told.get(name) for name in expected} == expected


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")
def test_compose_accepts_the_file() -> None:
    environment = {**os.environ, **SECRETS}
    subprocess.run(
        ["docker-compose", "--profile", "test", "--profile", "monitoring", "config", "-q"],
        cwd=PROJECT_DIR, env=environment, check=True,
    )  # fmt: skip
