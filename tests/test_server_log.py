"""What PostgreSQL's own log gets of what clients do, on a server that logs as much as it does by default."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from db.migrate import Migrator
from gateway.local.ports import free_port
from gateway.local.postgres import Cluster
from gateway.local.postgrest import PostgREST
from tests.conftest import FAST, JWT_SECRET, make_tenant
from tests.gateway_fixtures import running_gateway, slot

BY_DEFAULT = {"log_error_verbosity": "default", "log_min_error_statement": "error"}
LOGINS = ("authenticator", "berth_gateway", "berth_worker")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    # As for ``server``.
    folder = Path(tempfile.mkdtemp(prefix="berth-tests-"))
    folder.chmod(0o755)
    cluster = Cluster(folder, free_port(), FAST | BY_DEFAULT)
    try:
        cluster.initialise()
        cluster.start()
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("create database berth")
            connection.execute("create database other")
        yield cluster
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder)


def lines_of(cluster: Cluster, act: Callable[[], object]) -> list[str]:
    """What the log gets meanwhile, but for checkpoints."""
    log = cluster.pgdata / "server.log"
    before = len(log.read_text().splitlines())
    act()
    time.sleep(0.2)
    return [line for line in log.read_text().splitlines()[before:] if "checkpoint" not in line]


@pytest.mark.parametrize("has_superuser", [True, False])
def test_a_refusal_is_no_line_and_a_probe_never(cluster: Cluster, tmp_path: Path, *, has_superuser: bool) -> None:
    """Also where the login was there before; without a superuser, probes alone can be kept out."""
    administrator = cluster.url()
    with psycopg.connect(administrator, autocommit=True) as connection:
        if has_superuser:
            connection.execute("create role authenticator login noinherit")
            connection.execute("create role anon; create role authenticated; create role service_role")
            connection.execute("grant anon, authenticated, service_role to authenticator")
        else:
            connection.execute("create role admin login createrole password 'admin'")
            connection.execute("alter database berth owner to admin")
            administrator = make_conninfo(administrator, user="admin", password="admin")
        Migrator(administrator).up()
        for role in LOGINS:
            connection.execute(f"alter role {role} password '{role}'".encode())
        tenant = make_tenant(connection)
        person, room = tenant.person("member"), str(tenant.resource())
    secret_file = tmp_path / "jwt_secret"
    secret_file.write_text(JWT_SECRET)

    def login(role: str) -> str:
        return make_conninfo(cluster.url(), user=role, password=role)

    with (
        PostgREST(login("authenticator"), secret_file, free_port(), tmp_path / "postgrest.log") as rest,
        running_gateway(rest.url, tmp_path, database_url=login("berth_gateway")) as gateway,
    ):
        assert gateway.book(person, resource_id=room, **slot()).status == 200
        statuses = []
        told = lines_of(cluster, lambda: statuses.append(gateway.send(None, "GET", "/ready").status))
        assert (statuses, told) == ([200], [])
        told = lines_of(cluster, lambda: statuses.append(gateway.book(person, resource_id=room, **slot()).status))
        assert statuses == [200, 409]
        assert (len(told) <= 1) == has_superuser, told
        if has_superuser:
            # What is no refusal can still be found out.
            with psycopg.connect(cluster.url(), autocommit=True) as connection:
                connection.execute(
                    "create function booking.stumble() returns trigger language plpgsql as"
                    " $$begin raise sqlstate '53100' using message = 'hush'; end$$"
                )
                connection.execute(
                    "create trigger stumble before insert on booking.events for each row execute function booking.stumble()"
                )
            assert gateway.book(person, resource_id=room, **slot(1)).status >= 500
            assert "53100" in [line.get("sqlstate") for line in gateway.log()]
            assert "hush" not in gateway.log_file.read_text()
        cluster.stop("immediate")
        assert gateway.send(None, "GET", "/ready").status == 503


def test_another_application_s_login_goes_on_as_before(cluster: Cluster) -> None:
    """The setting is this database's, and a revert takes it back."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("create role authenticator login noinherit password 'authenticator'")
        query = "select count(*) from pg_db_role_setting where setrole = 'authenticator'::regrole"
        Migrator(cluster.url()).up()
        assert connection.execute(query).fetchone() == (1,)
        theirs = make_conninfo(cluster.url("other"), user="authenticator", password="authenticator")
        with psycopg.connect(theirs) as their_connection:
            assert their_connection.execute("show log_min_messages").fetchone() == ("warning",)
        Migrator(cluster.url()).down()
        assert connection.execute(query).fetchone() == (0,)
