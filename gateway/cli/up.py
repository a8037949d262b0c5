"""``berth up``: the whole of Berth on this machine."""

import json
import os
import secrets
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import click
import psycopg
import urllib3
from psycopg.conninfo import make_conninfo

import db
from db.migrate import Migrator
from gateway.cli.options import data_dir_option
from gateway.cli.output import say_text
from gateway.cli.serve import Gateway
from gateway.cli.tenants import find_tenant, find_user, jwt_audience, sign_token
from gateway.cli.worker import Worker
from gateway.local import LocalError
from gateway.local.instance import Instance, identify
from gateway.local.logins import PASSWORDS, can_log_in, give_password, require_own_passwords
from gateway.local.ports import HOST, require_free
from gateway.local.postgres import Cluster, stored_secret
from gateway.local.postgrest import PostgREST, find_postgrest
from gateway.local.service import Service

PORT = click.IntRange(1, 65535)
DEMO_ROOM = "de300000-0000-4000-8000-0000000000b1"


def say(text: str) -> None:
    say_text(text)
    sys.stdout.flush()


class Supervisor:
    """Starts PostgreSQL, PostgREST, the gateway and the worker in this order, keeps them running, stops them in reverse."""

    def __init__(self, data_dir: Path, database_url: str | None, pg_port: int, rest_port: int, port: int) -> None:
        self.data_dir = data_dir.resolve()
        self.cluster: Cluster | None = None
        if database_url is None:
            self.cluster = Cluster(self.data_dir, pg_port)
            database_url = self.cluster.url()
        self.database_url = database_url
        self.secret_file = self.data_dir / "jwt_secret"
        self.rest_url = f"http://{HOST}:{rest_port}"
        self.gateway_url = f"http://{HOST}:{port}"
        self._rest_port = rest_port
        self._port = port
        self._services: list[Cluster | Service] = []
        self._stopping = False

    def check(self) -> None:
        """Finds out what would fail before anything is started."""
        previous = Instance.load(self.data_dir)
        if previous and previous.alive():
            raise LocalError(f"already running from {self.data_dir}; 'berth down' stops it")
        if previous:
            previous.stop_children()
        find_postgrest()
        if self.cluster:
            self.cluster.stop()
            require_free(self.cluster.port, "PostgreSQL", "--pg-port")
        require_free(self._rest_port, "PostgREST", "--rest-port")
        require_free(self._port, "the gateway", "--port")
        ports = [self._rest_port, self._port, *([self.cluster.port] if self.cluster else [])]
        if len(set(ports)) < len(ports):
            raise LocalError("--pg-port, --rest-port and --port must differ; one port serves one program")

    def start(self, demo: bool) -> None:
        """Brings everything up, telling what it does."""
        migrator = Migrator(self.database_url)
        if self.cluster:
            if self.cluster.initialise():
                say(f"Made a PostgreSQL cluster in {self.cluster.pgdata}")
            self._start(self.cluster)
            with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
                if not connection.execute("select 1 from pg_database where datname = 'berth'").fetchone():
                    connection.execute("create database berth")
        else:
            # Before anything there is changed: a database that cannot be used needs no passwords.
            migrator.require_usable()
            require_own_passwords(self.database_url, {role: self._password(role) for role in PASSWORDS})
        stored_secret(self.secret_file)
        applied = migrator.up()
        say(f"{applied} migrations applied")
        if demo:
            with psycopg.connect(self.database_url, autocommit=True) as connection:
                connection.execute((db.DIR / "seed" / "demo.sql").read_bytes())
            say("The demo tenant is there")
        if self.cluster:
            with psycopg.connect(self.database_url, autocommit=True) as connection:
                # For the addresses of calendar feeds.
                connection.execute(
                    psycopg.sql.SQL("alter database berth set booking.gateway_url = {}").format(
                        psycopg.sql.Literal(self.gateway_url)
                    )
                )
        logs = self.data_dir / "logs"
        logs.mkdir(exist_ok=True)
        logs.chmod(0o700)  # one of an earlier version, too
        self._start(
            PostgREST(
                self._login_url("authenticator"),
                self.secret_file,
                self._rest_port,
                logs / "postgrest.log",
                jwt_aud=jwt_audience(),
            )
        )
        self._start(Gateway(self.rest_url, self._login_url("berth_gateway"), self._port, logs / "gateway.log"))
        self._start(Worker(self._login_url("berth_worker"), logs / "worker.log"))
        self._record()

    def _start(self, service: Cluster | Service) -> None:
        self._services.append(service)
        service.start()
        say(f"{service.name} runs" + (f" on port {service.port}" if service.port else ""))

    def _login_url(self, role: str) -> str:
        """How ``role`` logs in."""
        password = self._password(role)
        if not can_log_in(self.database_url, role, password):
            give_password(self.database_url, role, password)
        return make_conninfo(self.database_url, user=role, password=password)

    def _password(self, role: str) -> str:
        """The one that the environment names, or one of this instance's own."""
        return os.environ.get(PASSWORDS[role]) or stored_secret(self.data_dir / f"{role}_password")

    def _record(self) -> None:
        Instance(
            gateway_url=self.gateway_url,
            rest_url=self.rest_url,
            database_url=self.database_url,
            jwt_secret_file=str(self.secret_file),
            supervisor=identify(os.getpid()),
            children={
                service.name: identify(service.process.pid)
                for service in self._services
                if isinstance(service, Service) and service.process
            },
        ).save(self.data_dir)

    def watch(self) -> None:
        """Until told to stop: starts again what has died."""
        while not self._stopping:
            time.sleep(0.5)
            for service in self._services:
                if not self._stopping and not service.running():
                    say(f"{service.name} has died; starting it again")
                    try:
                        service.start()
                        self._record()
                    except (LocalError, psycopg.Error) as error:
                        say(f"berth: {error}")

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Signal handler."""
        self._stopping = True

    def stop(self) -> None:
        """Stops what was started, and nothing else."""
        for service in reversed(self._services):
            service.stop()
        Instance.path(self.data_dir).unlink(missing_ok=True)


@click.command()
@data_dir_option
@click.option(
    "--pg-port",
    type=PORT,
    default=54320,
    show_default=True,
    envvar="BERTH_PG_PORT",
    show_envvar=True,
    help="PostgreSQL's.",
)
@click.option(
    "--rest-port",
    type=PORT,
    default=3000,
    show_default=True,
    envvar="BERTH_REST_PORT",
    show_envvar=True,
    help="PostgREST's.",
)
@click.option(
    "--port", type=PORT, default=8000, show_default=True, envvar="BERTH_PORT", show_envvar=True, help="The gateway's."
)
@click.option("--demo/--no-demo", default=None, help="The demo tenant; with --database-url, only if you say so.")
@click.option("--database-url", help="Use this database, as its administrator, instead of the embedded PostgreSQL.")
def up(data_dir: Path, pg_port: int, rest_port: int, port: int, demo: bool | None, database_url: str | None) -> None:
    """Run everything in the foreground until Ctrl-C."""
    if demo is None:
        demo = database_url is None
    # What it writes, and what it starts, is nobody else's to read.
    os.umask(0o077)
    supervisor = Supervisor(data_dir, database_url, pg_port, rest_port, port)
    supervisor.check()
    # From here on a signal, even one during start-up, ends in stop().
    signal.signal(signal.SIGINT, supervisor.request_stop)
    signal.signal(signal.SIGTERM, supervisor.request_stop)
    try:
        supervisor.start(demo=demo)
        if demo:
            show(supervisor)
        say("Ready. Ctrl-C stops everything; the data stays.")
        supervisor.watch()
    finally:
        say("Stopping ...")
        supervisor.stop()


def show(supervisor: Supervisor) -> None:
    """Books a slot as one member and shows how another is refused it."""
    secret = supervisor.secret_file.read_text().strip()
    with psycopg.connect(supervisor.database_url) as connection:
        tenant_id = find_tenant(connection, "demo")
        mia, noa = (
            sign_token(secret, tenant_id, find_user(connection, tenant_id, name), 3600) for name in ("mia", "noa")
        )
    function = f"{supervisor.gateway_url}/rest/v1/rpc/create_reservation"

    def book(token: str, title: str, start: datetime) -> tuple[int, Any]:
        body = {
            "resource_id": DEMO_ROOM,
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=1)).isoformat(),
            "title": title,
        }
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_hex(16),
        }
        answer = urllib3.request("POST", function, body=json.dumps(body), headers=headers, timeout=10)
        return answer.status, json.loads(answer.data)

    start = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    status, answer = book(mia, "Quartet rehearsal", start)
    # Earlier runs have booked here too: go where the refusal points.
    while status == 409 and (free := json.loads(answer["details"]).get("next_free_at")):
        start = datetime.fromisoformat(free)
        status, answer = book(mia, "Quartet rehearsal", start)
    if status != 200:
        raise LocalError(f"the demo booking was refused: {answer}")
    say(f"\nmia books the rehearsal room at {start:%Y-%m-%d %H:%M} UTC:  {status} {answer['status']} {answer['id']}")
    status, answer = book(noa, "Band practice", start)
    say(f"noa wants it at the same time:                       {status} {answer['message']}: {answer['hint']}")
    later = start + timedelta(days=7)
    example = {
        "resource_id": DEMO_ROOM,
        "starts_at": later.isoformat(),
        "ends_at": (later + timedelta(hours=1)).isoformat(),
        "title": "My first booking",
    }
    say(f"""
Book something yourself (the token is good for an hour):

curl -s {function} \\
  -H 'Authorization: Bearer {mia}' \\
  -H 'Content-Type: application/json' -H 'Idempotency-Key: {secrets.token_hex(8)}' \\
  -d '{json.dumps(example)}'

Gateway    {supervisor.gateway_url}
PostgREST  {supervisor.rest_url}
Database   {supervisor.database_url}
""")
