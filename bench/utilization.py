"""A month's utilisation of all resources, and how it grows with what else there is."""

import time

from bench.arena import Arena, Database
from bench.plan import Plan
from bench.population import MANAGER, RESOURCES, TENANT
from bench.result import Result, Target

_MONTH = "timestamptz '2095-06-01 00:00+02'"
_ASK = f"select count(*), sum(booked_minutes) from api.resource_utilization({_MONTH}, {_MONTH} + interval '30 days')"

# After all that is loaded: the same in both databases, an hour every seven. Every resource has hours of its own, the
# worst case; some are closed for a day.
_POPULATE = f"""
begin;
set local session_replication_role = replica;
insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, buffer_before, buffer_after)
select s.tenant_id, s.id, {_MONTH} + n * interval '7 hours', {_MONTH} + n * interval '7 hours' + interval '1 hour', '0', '0'
  from booking.resources s, generate_series(0, %(bookings)s - 1) n
 where s.tenant_id = '{TENANT}' and s.capacity = 1;
insert into booking.opening_hours (tenant_id, resource_id, weekday, opens, closes)
select s.tenant_id, s.id, day, '08:00', '20:00'
  from booking.resources s, generate_series(1, 6) day where s.tenant_id = '{TENANT}';
insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at)
select s.tenant_id, s.id, {_MONTH} + interval '7 days', {_MONTH} + interval '8 days'
  from booking.resources s where s.tenant_id = '{TENANT}' and s.id::text < '4';
commit;
"""


def measure(arena: Arena, plan: Plan) -> Result:
    """How long it takes, the sizes taking turns."""
    sizes = plan.claims[0], plan.scale[1]
    # As much as the smaller one has, but for a tiny run.
    bookings = max(sizes[0] // RESOURCES, 1)
    result = Result(
        "utilization", f"a month of {RESOURCES:,} resources", list(sizes), 1, {_name(size): [] for size in sizes}
    )
    with (
        arena.copy(arena.database(sizes[0]), "_used") as small_copy,
        arena.copy(arena.database(sizes[1]), "_used") as large_copy,
    ):
        for database in (small_copy, large_copy):
            with database.connect() as connection:
                connection.execute(_POPULATE % {"bookings": bookings})
                connection.execute("vacuum (analyze)")
        for _ in range(plan.rounds):
            for database in (small_copy, large_copy):
                result.rounds[_name(database.claims)].append(_time(database, bookings))
    ratios = result.compare(_name(sizes[1]), _name(sizes[0]), "seconds")
    result.targets = [
        Target("growth of the time with ten times the claims", ratios["seconds"], at_most=1.5),
        Target("seconds, where there are most claims", result.summary()[_name(sizes[1])]["seconds"], at_most=1),
    ]
    return result


def _time(database: Database, bookings: int) -> dict[str, float]:
    with database.connect_member(MANAGER) as connection:
        connection.execute(_ASK)  # what is read for the first time is another question
        began = time.perf_counter()
        rows, minutes = connection.execute(_ASK).fetchone() or (0, 0)
        took = time.perf_counter() - began
    assert minutes == bookings * 60 * RESOURCES, minutes
    return {"seconds": took, "rows": rows}


def _name(claims: int) -> str:
    return f"{claims:,} claims"
