"""One client's cancel_reservation while nobody waits, and where there is no waitlist."""

from bench.arena import Arena, Database
from bench.one_client import CREATES, WARM_UP, in_turn
from bench.plan import Plan
from bench.population import MEMBER, RESOURCE_ID, RESOURCES, TENANT
from bench.result import Result, Target

WITHOUT, NOBODY = "no waitlist", "nobody waits"

_ID = "md5('cancel' || {})::uuid"
_CANCEL = f"select api.cancel_reservation({_ID.format('$1::text')})"

_NO_WAITLIST = """
do $$
declare
  v_trigger record;
begin
  for v_trigger in
    select t.tgname, t.tgrelid::regclass as on_table
      from pg_catalog.pg_trigger t
     where t.tgfoid in ('booking.offer_freed'::regproc, 'booking.follow_offer'::regproc)
  loop
    execute format('alter table %s disable trigger %I', v_trigger.on_table, v_trigger.tgname);
  end loop;
end
$$
"""


def measure(arena: Arena, plan: Plan, claims: int) -> Result:
    """Latency, the two taking turns."""
    database = arena.database(claims)
    result = Result("cancel", "cancel_reservation with a waitlist and without", [claims], 1, {WITHOUT: [], NOBODY: []})
    count = WARM_UP + plan.times(CREATES)
    with arena.copy(database) as plain, arena.copy(database, "_without") as without:
        with without.connect() as connection:
            connection.execute(_NO_WAITLIST)
        for each in (plain, without):
            _fill(each, count * plan.rounds)
        for number in range(plan.rounds):
            runs = ((n,) for n in range(number * count, (number + 1) * count))
            for way, figures in in_turn({WITHOUT: (without, _CANCEL), NOBODY: (plain, _CANCEL)}, runs).items():
                result.rounds[way].append(figures)
    ratios = result.compare(NOBODY, WITHOUT, "p50_ms", "p99_ms")
    result.targets = [
        Target("median latency, as a multiple of that without a waitlist", ratios["p50_ms"], at_most=1.03)
    ]
    return result


def _fill(database: Database, count: int) -> None:
    """What is to be cancelled: an hour each, on all resources in turn."""
    with database.connect() as connection:
        connection.execute(
            "insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, owner_id)"
            f" select %s, {_ID.format('n')}, {RESOURCE_ID.format('(1 + n %% %s)::text')}, s, s + interval '1 hour', %s"
            "   from generate_series(0, %s) n,"
            "        lateral (select timestamptz '2120-01-01 00:00+00' + n / %s * interval '1 hour') as start (s)",
            (TENANT, RESOURCES, MEMBER, count - 1, RESOURCES),
        )
        connection.execute("vacuum (analyze)")
