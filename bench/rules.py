"""One client's create_reservation where nothing is ruled, and where every rule is set."""

from collections.abc import Collection
from typing import Any

import psycopg

from bench.arena import Arena
from bench.one_client import CREATES, WARM_UP, in_turn
from bench.plan import Plan
from bench.population import RESOURCE_ID, RESOURCES, TENANT
from bench.result import Result, Target

NONE, EVERY = "no rules", "every rule"

# Twice a day, of a member who has that much: quotas count it.
_START = "timestamptz '2120-01-01 09:00+00' + $1::integer * interval '12 hours'"
CREATE = f"select api.create_reservation({RESOURCE_ID.format('$2::text')}, {_START}, {_START} + interval '1 hour')"

RULES = {
    "min_duration": "15 minutes", "max_duration": "8 hours", "slot_step": "15 minutes", "min_notice": "1 hour",
    "max_advance": "100 years", "buffer_before": "15 minutes", "buffer_after": "15 minutes", "max_per_day": "3",
    "max_per_week": "20", "max_hours_per_week": "40", "max_occurrences": "52", "cancel_cutoff": "1 day",
    "hold_ttl": "10 minutes", "pencil_ttl": "1 day", "offer_ttl": "1 hour", "check_in_opens": "15 minutes",
    "no_show_grace": "15 minutes", "max_no_shows": "3", "no_show_window": "30 days", "allow_preemption": "true",
    "max_priority": "5", "approval_stale_after": "1 day", "near_capacity_ratio": "0.8", "near_blackout_window": "2 hours",
}  # fmt: skip

_HOURS = f"""
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
    count = plan.times(CREATES)
    with arena.copy(database) as plain, arena.copy(database, "_ruled") as ruled:
        with ruled.connect() as connection:
            set_rules(connection, RULES)
        for number in range(plan.rounds):
            first = number * (WARM_UP + count)
            runs = ((n, 1 + n % RESOURCES) for n in range(first, first + WARM_UP + count))
            for way, figures in in_turn({NONE: (plain, CREATE), EVERY: (ruled, CREATE)}, runs).items():
                result.rounds[way].append(figures)
    ratios = result.compare(EVERY, NONE, "p50_ms", "p99_ms")
    result.targets = [Target("median latency, as a multiple of that without rules", ratios["p50_ms"], at_most=1.5)]
    return result


def set_rules(connection: psycopg.Connection[Any], names: Collection[str]) -> None:
    """Sets these of ``RULES`` for the tenant, and opening hours with exceptions."""
    values = [RULES[name] for name in names]
    connection.execute(
        f"insert into booking.booking_rules (tenant_id, {', '.join(names)}) select '{TENANT}'" + ", %s" * len(values),
        values,
    )
    connection.execute(_HOURS)
