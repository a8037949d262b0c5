"""Berth on the shape of a Supabase project, set up as docs/supabase.md says. BERTH_TEST_SUPABASE=1 runs the whole suite there."""

import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import psycopg
import pytest
import urllib3
from click.testing import CliRunner, Result
from postgrest import SyncPostgrestClient
from psycopg.conninfo import make_conninfo

from db.migrate import Migrator
from gateway.cli import main
from gateway.local.ports import free_port
from gateway.local.postgres import Cluster
from gateway.local.postgrest import PROJECT_DIR, PostgREST
from tests import supabase
from tests.conftest import FAST, JWT_SECRET, Person, Tenant, make_tenant
from tests.gateway_fixtures import Gateway, running_gateway, slot
from tests.test_pgtap import TESTS, load_pgtap, run_pgtap

PAGE = (PROJECT_DIR / "docs" / "supabase.md").read_text()

# Those that lean on roles and privileges; the rest runs with BERTH_TEST_SUPABASE=1.
PGTAP = ["conventions", "create_reservation", "modules", "policies", "sweep", "verify_invariants"]


def block(containing: str) -> str:
    """The page's SQL with these words in it."""
    (found,) = [sql for sql in re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL) if containing in sql]
    return str(found)


@dataclass
class Project:
    cluster: Cluster
    name: str = "project"

    @property
    def url(self) -> str:
        """As the project's administrator connects."""
        return self.cluster.url(self.name)

    @property
    def superuser_url(self) -> str:
        """As the platform itself does, and as supautils lets the administrator set PostgREST's settings."""
        return supabase.superuser_url(self.cluster, self.name)

    def login_url(self, role: str) -> str:
        return make_conninfo(self.url, user=role, password=role)

    def doctor(self) -> Result:
        return CliRunner().invoke(main, ["doctor", "--supabase", "--database-url", self.url])


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="berth-supabase-"))
    folder.chmod(0o755)
    cluster = Cluster(folder, free_port(), FAST)
    try:
        cluster.initialise()
        cluster.start()
        supabase.shape(cluster)
        yield cluster
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def project(cluster: Cluster) -> Project:
    """A project that has followed the page."""
    project = Project(cluster)
    supabase.make_project(cluster, project.name)
    migrated = CliRunner().invoke(main, ["migrate", "up", "--database-url", project.url])
    assert migrated.exit_code == 0, migrated.output
    with psycopg.connect(project.superuser_url, autocommit=True) as connection:
        connection.execute("alter role authenticator password 'authenticator'")
        connection.execute(block("check_berth_request").encode())
    with psycopg.connect(project.url, autocommit=True) as connection:
        connection.execute(block("add_berth_tenant").encode())
        connection.execute(
            block("alter role berth_gateway").replace("change me, to 16 characters or more", "berth_gateway").encode()
        )
        connection.execute("create table public.notes (id integer primary key); insert into public.notes values (1)")
    return project


@pytest.fixture
def connection(project: Project) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(project.url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def tenant(connection: psycopg.Connection[Any]) -> Tenant:
    return make_tenant(connection)


@pytest.fixture(scope="module")
def rest(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgREST]:
    """PostgREST as Supabase runs it: other schemas come first, and the door is in its login's settings."""
    folder = tmp_path_factory.mktemp("rest")
    secret = folder / "jwt_secret"
    secret.write_text(JWT_SECRET)
    settings = {
        "PGRST_DB_SCHEMAS": "public,api", "PGRST_DB_EXTRA_SEARCH_PATH": "public,extensions", "PGRST_DB_ANON_ROLE": "anon",
        "PGRST_DB_MAX_ROWS": "1000", "PGRST_LOG_LEVEL": "warn",
    }  # fmt: skip
    url = project.login_url("authenticator")
    with PostgREST(url, secret, free_port(), folder / "postgrest.log", settings=settings) as rest:
        yield rest


@pytest.fixture(scope="module")
def gateway(project: Project, rest: PostgREST, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    with running_gateway(rest.url, folder, database_url=project.login_url("berth_gateway")) as gateway:
        yield gateway


def token(person: Person, **claims: Any) -> str:
    """As Supabase Auth gives it."""
    common = {
        "aud": "authenticated",
        "iss": "https://project.supabase.co/auth/v1",
        "aal": "aal1",
        "is_anonymous": False,
    }
    del (ours := {**person.claims})["tenant_id"]
    return jwt.encode({**common, **ours, **claims}, JWT_SECRET, algorithm="HS256")


def ask(url: str, bearer: str | None, path: str, profile: str | None = "api", **options: Any) -> tuple[int, Any]:
    headers = {"apikey": "sb_publishable_key", "X-Client-Info": "supabase-js-web/2.90.0"}
    if profile:
        headers["Accept-Profile"] = profile
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    response = urllib3.request("GET", f"{url}/{path}", headers=headers, retries=False, **options)
    return response.status, response.json()


def test_up_and_down_and_no_role_is_changed(cluster: Cluster) -> None:
    """By a role that is no superuser; up again, too."""
    roles = (
        "select rolname, rolsuper, rolinherit, rolcreaterole, rolcanlogin, rolbypassrls, rolconfig, array("
        "  select member::regrole::text from pg_auth_members where roleid = r.oid order by 1)"
        " from pg_roles r where rolname in ('postgres', 'anon', 'authenticated', 'service_role', 'authenticator') order by 1"
    )
    schemas = "select nspname from pg_namespace where nspname in ('booking', 'api', 'extensions') order by 1"
    supabase.make_project(cluster, "again")
    migrator = Migrator(cluster.url("again"))
    with psycopg.connect(cluster.url("again"), autocommit=True) as connection:
        before = connection.execute(roles).fetchall()
        assert [row[1] for row in before] == [False] * 5
        count = migrator.up()
        assert connection.execute(roles).fetchall() == before
        assert migrator.down() == count
        assert connection.execute(schemas).fetchall() == [("extensions",)]
    assert migrator.up() == count


@pytest.fixture(scope="module")
def pgtap_url(cluster: Cluster) -> str:
    supabase.make_project(cluster, "pgtap")
    url = cluster.url("pgtap")
    Migrator(url).up()
    load_pgtap(conninfo=url)
    return url


@pytest.mark.parametrize("name", PGTAP)
def test_pgtap(name: str, cluster: Cluster, pgtap_url: str, subtests: pytest.Subtests) -> None:
    run_pgtap(TESTS / f"{name}.sql", cluster.program("psql"), pgtap_url, subtests)


@pytest.mark.parametrize("through", ["rest", "gateway"])
def test_booking_as_supabases_clients_do(through: str, rest: PostgREST, gateway: Gateway, tenant: Tenant) -> None:
    """With their headers, their token and their schema, straight or through the gateway."""
    member, room = tenant.person("member"), str(tenant.resource())
    bearer = token(member, app_metadata={"provider": "email", "tenant_id": str(tenant.id)})
    headers = {
        "Authorization": f"Bearer {bearer}",
        "apikey": "sb_publishable_key",
        "X-Client-Info": "supabase-py/2.34.0",
    }
    url = rest.url if through == "rest" else f"{gateway.url}/rest/v1"
    client = SyncPostgrestClient(url, schema="api", headers=headers)
    booked: Any = client.rpc("create_reservation", {"resource_id": room, "title": "Standup", **slot()}).execute().data
    found: Any = client.from_("reservations").select("id,resources(name)").eq("id", booked["id"]).execute().data
    assert found == [{"id": booked["id"], "resources": {"name": "Room 1"}}]


def test_the_gateways_own_requests_reach_the_schema(gateway: Gateway, tenant: Tenant) -> None:
    member = tenant.person("member")
    headers = {"Authorization": f"Bearer {token(member, tenant_id=str(tenant.id))}", "apikey": "sb_publishable_key"}
    assert gateway.send(None, "GET", "/v1/events", headers=headers).status == 200
    checkout = gateway.send(
        None, "POST", "/v1/payments/payfast/checkout", {"reservation_id": str(uuid.uuid4())}, headers
    )
    assert checkout.status != 406, checkout.data


def test_the_door_is_berths_alone(rest: PostgREST, tenant: Tenant) -> None:
    """The project's own tables are served as before; the API of Berth to members only."""
    assert ask(rest.url, None, "notes", profile=None) == (200, [{"id": 1}])
    member = tenant.person("member")
    assert ask(rest.url, token(member), "notes", profile="public")[0] == 200
    assert ask(rest.url, None, "reservations")[0] == 401
    assert ask(rest.url, token(member), "reservations")[0] == 403
    eternal = token(member, tenant_id=str(tenant.id), exp=None)
    assert ask(rest.url, eternal, "reservations")[0] == 401


def test_the_service_key_sees_no_tenant(rest: PostgREST, tenant: Tenant) -> None:
    """service_role bypasses row level security there, so not even with a member's claims."""
    bare = jwt.encode({"role": "service_role", "exp": 4102444800}, JWT_SECRET, algorithm="HS256")
    assert ask(rest.url, bare, "resources")[0] == 403
    status, said = ask(
        rest.url, token(tenant.person("admin"), tenant_id=str(tenant.id), role="service_role"), "resources"
    )
    assert (status, said["code"]) == (403, "42501")


def test_the_hook_names_the_tenant(project: Project, connection: psycopg.Connection[Any], tenant: Tenant) -> None:
    member, other = tenant.person("member"), make_tenant(connection)
    connection.execute(
        "insert into booking.members (tenant_id, user_id, role, created_at) values (%s, %s, 'member', now() + '1 day')",
        (other.id, member.user_id),
    )

    def hook(user_id: uuid.UUID, **app_metadata: str) -> Any:
        event = {"user_id": str(user_id), "claims": {"sub": str(user_id), "app_metadata": app_metadata}}
        with psycopg.connect(project.superuser_url) as auth:
            auth.execute("set role supabase_auth_admin")
            row = auth.execute("select public.add_berth_tenant(%s)", (psycopg.types.json.Jsonb(event),)).fetchone()
        assert row
        assert row[0]["user_id"] == event["user_id"]
        return row[0]["claims"].get("tenant_id")

    assert hook(member.user_id) == str(tenant.id)
    assert hook(member.user_id, tenant_id=str(other.id)) == str(other.id)
    assert hook(member.user_id, tenant_id=str(uuid.uuid4())) == str(tenant.id)
    assert hook(uuid.uuid4()) is None


def test_what_pg_cron_does_without_a_worker(
    project: Project, connection: psycopg.Connection[Any], tenant: Tenant
) -> None:
    """The page's jobs, as postgres, for all tenants: nothing is late then."""
    connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, status, owner_id, expires_at)"
        " values (%s, %s, now() + '1 day', now() + '2 days', 'held', %s, now() + '1 ms')",
        (tenant.id, tenant.resource(), tenant.person("member").user_id),
    )
    connection.execute("update booking.event_sequencer set attended_at = '-infinity'")  # no gateway has been there
    connection.execute("select pg_sleep(0.01)")
    jobs = re.findall(r"cron\.schedule\('berth (\w+)', '.*', '(.*)'\);", PAGE)
    results = {name: connection.execute(command.encode()).fetchall() for name, command in jobs}
    assert list(results) == ["sweep", "retention", "events"]
    assert (("reservation.expired", "1"),) in results["sweep"]
    assert connection.execute("select consumer from booking.consumer_lag() where lag > interval '0'").fetchall() == []


def test_the_doctor(project: Project) -> None:
    healthy = project.doctor()
    assert healthy.exit_code == 0, healthy.output
    with psycopg.connect(project.superuser_url, autocommit=True) as connection:
        for fault, repair, complaint in [
            ("alter role authenticator reset pgrst.db_pre_request",
             "alter role authenticator set pgrst.db_pre_request = 'public.check_berth_request'", "db_pre_request is not set"),
            ("alter role authenticator set pgrst.db_pre_request = 'public.nothing'",
             "alter role authenticator set pgrst.db_pre_request = 'public.check_berth_request'", "public.nothing"),
            ("alter role authenticator set pgrst.db_schemas = 'public, booking, api'",
             "alter role authenticator reset pgrst.db_schemas", "never booking"),
            ("alter role authenticated reset statement_timeout",
             "alter role authenticated set statement_timeout = '8s'", "statement_timeout for authenticated"),
            ("revoke authenticated from authenticator", "grant authenticated to authenticator", "may not become authenticated"),
        ]:  # fmt: skip
            connection.execute(fault.encode())
            sick = project.doctor()
            connection.execute(repair.encode())
            assert sick.exit_code == 1
            assert any(line.startswith("FAIL") and complaint in line for line in sick.output.splitlines()), sick.output


def test_no_statement_that_safeupdate_refuses(connection: psycopg.Connection[Any]) -> None:
    """Supabase loads it for authenticator: an update or delete without where is an error, in functions too."""
    sources = connection.execute(
        "select oid::regprocedure::text, regexp_replace(coalesce(pg_get_function_sqlbody(oid), prosrc), '--[^\\n]*', '', 'g')"
        "  from pg_proc where pronamespace in ('booking'::regnamespace, 'api'::regnamespace)"
    ).fetchall()
    assert sources
    for function, source in sources:
        for statement in re.findall(r"\b(?:update|delete\s+from)\s+(?:booking|api)\.[^;]*", source, re.IGNORECASE):
            assert re.search(r"\bwhere\b", statement, re.IGNORECASE), (function, statement)
