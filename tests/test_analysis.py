"""The analysis over HTTP: sorted, cut, refused, as any PostgREST client would have it."""

from typing import Any

import pytest
from postgrest import SyncPostgrestClient

from tests.conftest import Stack, Tenant

JUNE = {"starts_at": "2035-06-01T00:00:00+02:00", "ends_at": "2035-07-01T00:00:00+02:00"}


@pytest.fixture
def used(tenant: Tenant) -> dict[str, str]:
    """Three rooms: busy, idle and never open."""
    rooms = {name: str(tenant.resource(name)) for name in ("busy", "idle", "shut")}
    tenant.connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at)"
        " values (%s, %s, '2035-06-01 09:00+02', '2035-06-02 09:00+02')",
        (tenant.id, rooms["busy"]),
    )
    tenant.connection.execute(
        "insert into booking.opening_hours (tenant_id, resource_id, weekday, opens, closes, valid_to)"
        " values (%s, %s, 1, '09:00', '10:00', '2000-01-01')",
        (tenant.id, rooms["shut"]),
    )
    return rooms


def test_the_busiest_are_a_sort_away(stack: Stack, tenant: Tenant, used: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {tenant.person('manager').token}"}
    with SyncPostgrestClient(stack.rest.url, schema="api", headers=headers) as api:

        def ask(desc: bool, **more: Any) -> list[Any]:
            query: Any = api.rpc("resource_utilization", {**JUNE, "bucket": "month", **more})
            rows: list[Any] = query.order("utilization", desc=desc, nullsfirst=False).limit(2).execute().data
            return [(row["resource_id"], row["utilization"]) for row in rows]

        assert ask(desc=True) == [(used["busy"], 0.0333), (used["idle"], 0)]
        assert ask(desc=False) == [(used["idle"], 0), (used["busy"], 0.0333)]
        assert ask(desc=True, resource_ids=[used["shut"]]) == [(used["shut"], None)]
        assert len(api.rpc("peak_hours", JUNE).execute().data) == 168
        assert len(api.rpc("booking_outcomes", {**JUNE, "bucket": "week"}).execute().data) == 5


def test_what_came_and_went_is_still_told(stack: Stack, tenant: Tenant, used: dict[str, str]) -> None:
    """With nobody's clock moved but the server's own."""
    member = tenant.person("member")
    slot = {"resource_id": used["idle"], "starts_at": "2035-06-05T09:00:00Z", "ends_at": "2035-06-05T10:00:00Z"}

    def now() -> str:
        row = tenant.connection.execute("select clock_timestamp()").fetchone()
        assert row
        return str(row[0].isoformat())

    instants = [now()]
    _, booked = stack.rpc(member, "create_reservation", **slot, title="Mine")
    instants.append(now())
    assert stack.rpc(member, "cancel_reservation", reservation_id=booked["id"])[0] == 200
    instants.append(now())
    told = [stack.rpc(tenant.another("member"), "availability_as_of", **slot, at=at)[1] for at in instants]
    assert [one["available"] for one in told] == [True, False, True]
    (conflict,) = told[1]["conflicts"]
    assert conflict.keys() == {"resource_id", "kind", "starts_at", "ends_at"}


@pytest.mark.parametrize("function", ["resource_utilization", "peak_hours", "booking_outcomes"])
@pytest.mark.parametrize(
    ("window", "slug"),
    [
        ({"starts_at": "2035-06-01", "ends_at": "2035-06-01"}, "invalid_time_range"),
        ({"starts_at": None, "ends_at": None}, "invalid_time_range"),
        ({"starts_at": "-infinity", "ends_at": "infinity"}, "invalid_time_range"),
        ({"starts_at": "0001-01-01", "ends_at": "9999-12-31"}, "invalid_argument"),
    ],
)
def test_nonsense_is_told_so(stack: Stack, tenant: Tenant, function: str, window: dict[str, Any], slug: str) -> None:
    tenant.resource()
    status, told = stack.rpc(tenant.person("manager"), function, **window)
    assert (status, told["message"]) == (400, slug)
    status, told = stack.rpc(tenant.person("approver"), function, **window)
    assert (status, told["message"]) == (403, "forbidden")
