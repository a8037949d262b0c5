"""One client's create_reservation where nothing is ruled, and where every rule is set."""

from bench.arena import Arena
from bench.one_client import CREATES, WARM_UP, in_turn
from bench.plan import Plan
from bench.population import RESOURCE_ID, RESOURCES, TENANT
from bench.result import Result, Target

NONE, EVERY = "no rules", "every rule"

# Twice a day, of a member who has that much: quotas count it.
_START = "timestamptz '2120-01-01 09:00+00' + $1::integer * interval '12 hours'"
_CREATE = f"select api.create_reservation({RESOURCE_ID.format('$2::text')}, {_START}, {_START} + interval '1 hour')"

_RULES = f"""
insert into booking.booking_rules (
  tenant_id, min_duration, max_duration, slot_step, min_notice, max_advance, buffer_before, buffer_after,
  max_per_day, max_per_week, max_hours_per_week, max_occurrences, cancel_cutoff, hold_ttl, pencil_ttl, offer_ttl,
  check_in_opens, no_show_grace, max_no_shows, no_show_window, allow_preemption, max_priority, approval_stale_after,
  near_capacity_ratio, near_blackout_window)
values ('{TENANT}', '15 minutes', '8 hours', '15 minutes', '1 hour', '100 years', '15 minutes', '15 minutes', 3, 20, 40,
        52, '1 day', '10 minutes', '1 day', '1 hour', '15 minutes', '15 minutes', 3, '30 days', true, 5, '1 day',
        0.8, '2 hours');
insert into booking.opening_hours (tenant_id, weekday, opens, closes)
select '{TENANT}', day, stretch::time, stretch::time + interval '12 hours'
  from generate_series(1, 7) day, unnest('{{00:00,12:00}}'::text[]) stretch;
insert into booking.opening_exceptions (tenant_id, date, is_closed, reason)
select '{TENANT}', date '2130-01-01' + n, true, 'holiday' from generate_series(1, 20) n;
"""


def measure(arena: Arena, plan: Plan, claims: int) -> Result:
    """Latency, the two taking turns."""
    database = arena.database(claims)
    result = Result("rules", "create_reservation with and without rules", [claims], 1, {NONE: [], EVERY: []})
    count = CREATES * plan.seconds
    with arena.copy(database) as plain, arena.copy(database, "_ruled") as ruled:
        with ruled.connect() as connection:
            connection.execute(_RULES)
        for number in range(plan.rounds):
            first = number * (WARM_UP + count)
            runs = ((n, 1 + n % RESOURCES) for n in range(first, first + WARM_UP + count))
            for way, figures in in_turn({NONE: (plain, _CREATE), EVERY: (ruled, _CREATE)}, runs).items():
                result.rounds[way].append(figures)
    ratios = result.compare(EVERY, NONE, "p50_ms", "p99_ms")
    result.targets = [Target("median latency, as a multiple of that without rules", ratios["p50_ms"], at_most=1.5)]
    return result
