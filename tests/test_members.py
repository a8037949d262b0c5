"""People over HTTP, in races, and what the worker and the command do about what is kept."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.retention import Retention
from tests.conftest import Stack, Tenant
from tests.test_races import Session, no_session_outlives_its_test  # noqa: F401


def test_a_member_sees_changes_takes_and_erases_what_is_stored(stack: Stack, tenant: Tenant) -> None:
    room, person = tenant.resource(), tenant.person("member")
    status, profile = stack.rpc(
        person,
        "update_my_profile",
        display_name="Zoë",
        email="zoe@example.org",
        email_consent=True,
        phone="+27 21 555 0100",
    )
    assert (status, profile["email_consent"]) == (200, True)
    assert stack.rpc(person, "my_profile") == (200, profile)
    assert stack.rpc(person, "update_my_profile", email="zoe")[0] == 400
    times = {"starts_at": "2100-01-04T09:00:00Z", "ends_at": "2100-01-04T10:00:00Z"}
    status, booked = stack.rpc(
        person, "create_reservation", resource_id=str(room), title="Zoë's", notes="cake", **times
    )
    assert status == 200
    status, export = stack.rpc(person, "export_my_data")
    assert (status, export["profile"]) == (200, profile)
    assert [one["notes"] for one in export["reservations"]] == ["cake"]
    assert [one["type"] for one in export["events"]] == ["reservation.confirmed"]
    assert stack.rpc(person, "erase_member", user_id=str(person.user_id))[0] == 200
    assert stack.rpc(person, "my_profile")[0] == 403
    row = tenant.connection.execute(
        "select title, notes, status::text from booking.reservations where id = %s", (booked["id"],)
    ).fetchone()
    assert row == ("", None, "confirmed")


def test_the_last_two_admins_do_not_leave_together(stack: Stack, tenant: Tenant) -> None:
    one, other = tenant.another("admin"), tenant.another("admin")
    first, second = Session(stack, one), Session(stack, other)
    first.call("erase_member", user_id=one.user_id)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(second.call, "erase_member", user_id=other.user_id)
        while not second.waits():
            assert not waiting.done()
        first.commit()
        with pytest.raises(psycopg.Error, match="forbidden"):
            waiting.result()


def test_the_worker_forgets_what_a_tenant_keeps_no_longer(
    environment: dict[str, str], tenant: Tenant, stack: Stack
) -> None:
    def retain(*options: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["tenant", "retain", tenant.slug, *options], env=environment)
        return done.exit_code, done.output

    assert retain() == (
        0,
        f"{tenant.slug} keeps notes for ever, logs for 90 days, claims for ever, events for ever,"
        " keys for 7 days, attempts for 1 year\n",
    )
    assert retain("--logs", "soon")[0] == retain("--logs", "1 hour")[0] == retain("--logs", "")[0] == 2
    room = tenant.resource()
    tenant.connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, notes)"
        " select %s, %s, t, t + interval '1 hour', 'old' from generate_series(now() - interval '9 days', now(), '1 day') t",
        (tenant.id, room),
    )
    assert retain("--notes", "5 days") == (
        0,
        f"{tenant.slug} keeps notes for 5 days, logs for 90 days, claims for ever, events for ever,"
        " keys for 7 days, attempts for 1 year\n",
    )
    duty = Retention(batch_size=3, notice_days=30)
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        rounds = [duty.perform(connection) for _ in range(3)]
    assert rounds == [True, True, False]
    row = tenant.connection.execute(
        "select count(notes), count(*) from booking.reservations where tenant_id = %s", (tenant.id,)
    ).fetchone()
    assert row == (6, 10)
