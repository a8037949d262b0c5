"""``berth doctor`` finds each fault that is put there on purpose, and nothing else."""

from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.local.ports import HOST, free_port
from tests.conftest import Server, Stack
from tests.gateway_fixtures import Impostor


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
        ("alter table booking.reservations disable trigger _500_write_claims_on_insert",
         "alter table booking.reservations enable trigger _500_write_claims_on_insert",
         "_500_write_claims_on_insert on booking.reservations"),
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
