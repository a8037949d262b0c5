"""``berth doctor`` finds each fault that is put there on purpose, and nothing else."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

import gateway.cli.doctor as doctor_checks
from gateway import timezones
from gateway.cli import main
from gateway.local.ports import HOST, free_port
from tests.conftest import Server, Stack, make_tenant
from tests.gateway_fixtures import Impostor
from tests.test_worker import running, wait_until


def doctor(*options: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *options], env={"BERTH_REST_URL": ""})


def failures(result: Result) -> list[str]:
    return [line.removeprefix("FAIL  ") for line in result.output.splitlines() if line.startswith("FAIL")]


def test_every_fault_of_the_shape(server: Server, berth_db: psycopg.Connection[Any]) -> None:
    url = server.url(berth_db.info.dbname)
    berth_db.autocommit = True
    assert failures(doctor("--database-url", url)) == []
    for fault, repair, complaint in [
        ("alter table booking.claims rename constraint claims_never_overlap to mislaid",
         "alter table booking.claims rename constraint mislaid to claims_never_overlap", "claims_never_overlap is missing"),
        ("alter table booking.reservations disable trigger _500_enter_reservation",
         "alter table booking.reservations enable trigger _500_enter_reservation",
         "_500_enter_reservation on booking.reservations"),
        ("alter table booking.members no force row level security",
         "alter table booking.members force row level security", "row level security on booking.members"),
    ]:  # fmt: skip
        berth_db.execute(fault.encode())
        (found,) = failures(doctor("--database-url", url))
        assert complaint in found
        berth_db.execute(repair.encode())
    assert failures(doctor("--database-url", url)) == []


def test_a_payment_that_nobody_could_verify(server: Server, berth_db: psycopg.Connection[Any]) -> None:
    berth_db.autocommit = True
    url = server.url(berth_db.info.dbname)
    store = "insert into booking.payment_notifications (tenant_id, provider, body, next_attempt_at)"
    berth_db.execute(f"{store} values (gen_random_uuid(), 'payfast', 'a', now())")
    assert failures(doctor("--database-url", url)) == []
    berth_db.execute(f"{store} values (gen_random_uuid(), 'payfast', 'b', null)")
    (found,) = failures(doctor("--database-url", url))
    assert found.startswith("1 payment notifications to be verified, 1 given up")


def test_queries_that_are_compiled(server: Server, berth_db: psycopg.Connection[Any]) -> None:
    berth_db.autocommit = True
    url, name = server.url(berth_db.info.dbname), berth_db.info.dbname
    # Whether this PostgreSQL can compile does not matter: one function says so, and another is found before it.
    berth_db.execute("create schema llvm")
    berth_db.execute("create function llvm.pg_jit_available() returns boolean return true")
    berth_db.execute(
        f'alter role current_user in database "{name}" set search_path = llvm, pg_catalog, public'.encode()
    )
    assert "ok    queries are not compiled\n" in doctor("--database-url", url).output
    berth_db.execute(f'alter database "{name}" set jit = on'.encode())
    (found,) = failures(doctor("--database-url", url))
    head, remedy = found.split(": ")
    assert head == "queries are compiled, which takes seconds"
    berth_db.execute(remedy.encode())
    assert failures(doctor("--database-url", url)) == []
    berth_db.execute("create or replace function llvm.pg_jit_available() returns boolean return false")
    berth_db.execute(f'alter database "{name}" set jit = on'.encode())
    assert failures(doctor("--database-url", url)) == []


def test_time_zones_that_are_not_pythons(
    server: Server, berth_db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url(berth_db.info.dbname)
    assert "ok    the time zones are those of tzdata " in doctor("--database-url", url).output
    differences = [(f"Zone/{n}", "differs at 2030-01-01 00:00 UTC") for n in range(7)]
    monkeypatch.setattr(timezones, "find_differences", lambda *_: iter(differences))
    (found,) = failures(doctor("--database-url", url))
    assert found.startswith("7 time zones are not those of tzdata ")
    assert "Zone/0 differs at 2030-01-01 00:00 UTC; " in found
    assert "; and 2 more: " in found


def test_dead_webhook_endpoints(server: Server, berth_db: psycopg.Connection[Any]) -> None:
    berth_db.autocommit = True
    url, tenant = server.url(berth_db.info.dbname), make_tenant(berth_db)
    row = berth_db.execute(
        "insert into booking.webhook_endpoints (tenant_id, url) values (%s, 'https://example.org/key') returning id",
        (tenant.id,),
    ).fetchone()
    assert row
    for state, complaint in [
        ("failing_since = now() - interval '23 hours'", None),
        ("failing_since = now() - interval '25 hours'", "fails since"),
        ("disabled_at = now(), disabled_reason = 'it answered 410 Gone'", "because it answered 410 Gone"),
        ("disabled_reason = 'an admin disabled it'", None),
    ]:
        berth_db.execute(f"update booking.webhook_endpoints set {state}".encode())
        found = failures(doctor("--database-url", url))
        assert len(found) == (complaint is not None), found
        if complaint:
            assert complaint in found[0]
            assert found[0].startswith(f"webhook endpoint {row[0]} of {tenant.slug} ")
            assert "key" not in found[0]


def test_whether_a_worker_is_there(server: Server, berth_db: psycopg.Connection[Any], tmp_path: Path) -> None:
    url = server.url(berth_db.info.dbname)
    assert "ok    no worker is connected: " in doctor("--database-url", url).output
    with running(url, tmp_path):
        wait_until(lambda: "ok    a worker is connected\n" in doctor("--database-url", url).output)


def test_an_index_whose_making_broke_off(server: Server, berth_db: psycopg.Connection[Any]) -> None:
    berth_db.autocommit = True
    berth_db.execute("insert into booking.tenants (slug, name) values ('a', 'same'), ('b', 'same')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        berth_db.execute("create unique index concurrently by_name on booking.tenants (name)")
    (found,) = failures(doctor("--database-url", server.url(berth_db.info.dbname)))
    assert found == "invalid indexes: reindex index concurrently booking.by_name"


def test_postgrest(stack: Stack) -> None:
    found = doctor("--database-url", stack.database_url, "--rest-url", stack.rest.url).output
    assert "ok    PostgREST 12." in found
    nowhere = f"http://{HOST}:{free_port()}"
    assert f"FAIL  PostgREST does not answer at {nowhere}" in doctor(
        "--database-url", stack.database_url, "--rest-url", nowhere
    ).output  # fmt: skip
    for answer, complaint in [
        ((401, {"Server": "postgrest/11.2"}, b""), "FAIL  PostgREST 11.2: 12 or newer"),
        ((503, {"Server": "postgrest/12.0.2"}, b""), "FAIL  PostgREST answers 503"),
        ((401, {"Server": "cloudflare"}, b""), "without saying its version"),
    ]:
        with Impostor(answer).listening() as impostor:
            found = doctor("--database-url", stack.database_url, "--rest-url", impostor.url).output
        assert complaint in found, found


def test_who_keeps_events_from_their_readers(
    server: Server, berth_db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    berth_db.autocommit = True
    url = server.url(berth_db.info.dbname)
    monkeypatch.setattr(doctor_checks, "LATE", 1)
    with psycopg.connect(url) as careless:
        careless.execute("select booking.sequence_events()")
        wait_until(lambda: not next(doctor_checks._log(berth_db))[0], 10)
        ((good, said),) = doctor_checks._log(berth_db)
        assert not good
        assert (
            f"keeps events from their readers: end it with select pg_terminate_backend({careless.info.backend_pid})"
            in said
        )
        careless.rollback()
        assert list(doctor_checks._log(berth_db)) == [(True, "nothing keeps events from their readers")]
        write = "insert into booking.events (tenant_id, type, subject) values (gen_random_uuid(), 'x', '{}')"
        careless.execute(write)
        wait_until(lambda: not next(doctor_checks._oldest_writer(berth_db))[0], 10)
        assert next(doctor_checks._log(berth_db))[0]
