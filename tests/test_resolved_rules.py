"""What a booking goes by is what the rules say, also when both change at once, in whatever order they commit."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import IsolationLevel

from tests.conftest import Stack, Tenant, make_tenant
from tests.test_races import wait_until

#: Each touches what the resolved rules come from; %(tenant)s has a room, a desk and rules of the tenant and of rooms.
CHANGES = {
    "change a rule": "update booking.booking_rules set max_per_day = 7 where tenant_id = %(tenant)s and kind is null",
    "change a kind's rule": "update booking.booking_rules set max_per_week = 7 where tenant_id = %(tenant)s and kind = 'room'",
    "add a rule": "insert into booking.booking_rules (tenant_id, kind, min_gap) values (%(tenant)s, 'desk', '1 hour')",
    "move a rule": "update booking.booking_rules set kind = 'desk' where tenant_id = %(tenant)s and kind = 'room'",
    "drop a rule": "delete from booking.booking_rules where tenant_id = %(tenant)s and kind = 'room'",
    "add hours": "insert into booking.opening_hours (tenant_id, kind, weekday, opens, closes)"
    " values (%(tenant)s, 'desk', 1, '09:00', '17:00')",
    "add an exception": "insert into booking.opening_exceptions (tenant_id, date, is_closed)"
    " values (%(tenant)s, '2100-01-01', true)",
    "add a room": "insert into booking.resources (tenant_id, name, kind) values (%(tenant)s, 'New', 'room')",
    "add a desk": "insert into booking.resources (tenant_id, name, kind) values (%(tenant)s, 'Other', 'desk')",
    "change a kind": "update booking.resources set kind = 'desk' where tenant_id = %(tenant)s and name = 'Room'",
    "drop a resource": "delete from booking.resources where tenant_id = %(tenant)s and name = 'Desk'",
}  # fmt: skip


def furnished(connection: psycopg.Connection[Any]) -> Tenant:
    """A tenant of its own for each pair."""
    tenant = make_tenant(connection)
    tenant.resource("Room", kind="room")
    tenant.resource("Desk", kind="desk")
    connection.execute(
        "insert into booking.booking_rules (tenant_id, kind, max_per_day, max_per_week)"
        " values (%(tenant)s, null, 1, null), (%(tenant)s, 'room', 2, 3)",
        {"tenant": tenant.id},
    )
    return tenant


def change_both(lines: list[psycopg.Connection[Any]], tenant: Tenant, changes: tuple[str, str], ends: str) -> str:
    """The second begins before the first has ended; and if it need not wait, it ends first. What becomes of it."""
    one, other = lines
    one.execute(CHANGES[changes[0]], {"tenant": tenant.id})
    with ThreadPoolExecutor() as pool:
        second = pool.submit(other.execute, CHANGES[changes[1]], {"tenant": tenant.id})
        wait_until(lambda: second.done() or waits(tenant.connection, other))
        if second.done():
            other.commit()
        getattr(one, ends)()
        try:
            second.result(10)
        except psycopg.errors.UniqueViolation as refusal:
            other.rollback()
            return type(refusal).__name__
    other.commit()
    return "committed"


def waits(observer: psycopg.Connection[Any], line: psycopg.Connection[Any]) -> bool:
    row = observer.execute(
        "select wait_event_type = 'Lock' from pg_stat_activity where pid = %s", (line.info.backend_pid,)
    ).fetchone()
    return bool(row and row[0])


@pytest.mark.parametrize("first", CHANGES)
def test_two_changes_at_once_leave_no_resource_with_other_rules(stack: Stack, first: str) -> None:
    tenants: dict[uuid.UUID, tuple[str, str, str]] = {}
    with (
        psycopg.connect(stack.database_url, autocommit=True) as observer,
        psycopg.connect(stack.database_url) as one,
        psycopg.connect(stack.database_url) as other,
    ):
        for second in CHANGES:
            for ends in ("commit", "rollback"):
                tenant = furnished(observer)
                outcome = change_both([one, other], tenant, (first, second), ends)
                tenants[tenant.id] = (second, ends, outcome)
        stray = observer.execute(
            "select tenant_id from booking.verify_invariants() where invariant = 11 and tenant_id = any (%s)",
            (list(tenants),),
        ).fetchall()
    assert [tenants[row[0]] for row in stray] == []
    # Nobody is refused for nothing.
    assert {outcome for _, ends, outcome in tenants.values() if ends == "rollback"} == {"committed"}


@pytest.mark.parametrize("isolation", [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE])
def test_whoever_would_not_see_what_others_change_changes_nothing(stack: Stack, isolation: IsolationLevel) -> None:
    """Else they would store rules as they were when they began."""
    with psycopg.connect(stack.database_url, autocommit=True) as observer, psycopg.connect(stack.database_url) as one:
        tenant = furnished(observer)
        one.isolation_level = isolation
        for change in set(CHANGES) - {"drop a resource"}:
            with pytest.raises(psycopg.errors.InvalidTransactionState):
                one.execute(CHANGES[change], {"tenant": tenant.id})
            one.rollback()
