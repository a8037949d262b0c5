"""Fills a database with reservations as a busy tenant has them, and says where there is still room.

Everything belongs to one tenant with 1,000 resources of one unit, and a pool. Loaded are ten reservations a day of each
resource, 30 minutes in each hour from eight on, now the first and now the second half of it. What the measurements book
starts in the year 2100, a minute at a time, each minute once.
"""

import json
import time
import uuid
from typing import Any

import psycopg

TENANT = uuid.UUID("b47ae39a-32a1-4c5e-9b55-2a5d5d6f0a01")
MEMBER = uuid.UUID("b47ae39a-32a1-4c5e-9b55-2a5d5d6f0a02")
MANAGER = uuid.UUID("b47ae39a-32a1-4c5e-9b55-2a5d5d6f0a03")
RESOURCES = 1000
POOL_UNITS = 30

RESOURCE_ID = "md5({})::uuid"
"""The id of resource 1 to ``RESOURCES``, as SQL; ids are as random as real ones, yet any client can tell them."""

POOL_ID = RESOURCE_ID.format("'pool'")
"""The id of the pool, as SQL; nothing is loaded into it."""

LOADED_FROM = "timestamptz '2090-01-01 00:00+00'"
"""When the loaded reservations begin, as SQL; they end before ``Slots.FIRST``."""

INSERT_BARE = f"""\
insert into bench.claims (tenant_id, resource_id, unit, during, claimant, source_id)
select '{TENANT}', {{resource}}, 1, tstzrange({{start}}, {{end}}), id, id from gen_random_uuid() id"""
"""What a hand-written minimal solution does to book."""


def jwt_claims(user_id: uuid.UUID = MEMBER) -> dict[str, Any]:
    """What the token of the one member says, or the manager's."""
    return {
        "role": "authenticated",
        "sub": str(user_id),
        "tenant_id": str(TENANT),
        "exp": int(time.time()) + 7 * 86400,
    }


def member_options(user_id: uuid.UUID = MEMBER) -> str:
    """The ``options`` for libpq of a connection that does what they may, as PostgREST would set it up."""
    return "-c role=authenticated -c request.jwt.claims=" + json.dumps(jwt_claims(user_id), separators=(",", ":"))


class Slots:
    """Hands out minutes that nobody has booked."""

    FIRST = "timestamptz '2100-01-01 00:00+00'"

    def __init__(self) -> None:
        self._next = 0

    def take(self, count: int) -> int:
        """The number of the first of ``count`` slots that are the caller's alone."""
        first = self._next
        self._next += count
        return first

    @classmethod
    def start(cls, number: str) -> str:
        """When the slot begins whose number this SQL gives; the next one begins when it ends."""
        return f"{cls.FIRST} + ({number})::float8 * interval '1 minute'"


def prepare(connection: psycopg.Connection[Any]) -> None:
    """The tenant, its members and its resources, and what the measurements compare with."""
    connection.execute(
        "insert into booking.tenants (id, slug, name, timezone) values (%s, 'bench', 'Bench', 'Europe/Berlin')",
        (TENANT,),
    )
    connection.execute(
        "insert into booking.members (tenant_id, user_id, role) values (%(tenant)s, %(member)s, 'member'),"
        " (%(tenant)s, %(manager)s, 'manager')",
        {"tenant": TENANT, "member": MEMBER, "manager": MANAGER},
    )
    connection.execute(
        "insert into booking.resources (tenant_id, id, name)"
        f" select %s, {RESOURCE_ID.format('n::text')}, 'Room ' || n from generate_series(1, %s) n",
        (TENANT, RESOURCES),
    )
    connection.execute(
        f"insert into booking.resources (tenant_id, id, name, capacity) values (%s, {POOL_ID}, 'Pool', %s)",
        (TENANT, POOL_UNITS),
    )
    # What a hand-written minimal solution has: the table, its key and its constraint, and nothing else.
    connection.execute("create schema bench")
    connection.execute("create table bench.claims (like booking.claims including all)")
    connection.execute("alter table bench.claims drop column if exists starts_at, drop column if exists ends_at")
    connection.execute("grant usage on schema bench to authenticated")
    connection.execute("grant insert on bench.claims to authenticated")
    # The least that PostgREST can be asked, and the least that books.
    connection.execute("create function api.bench_noop() returns integer language sql as 'select 1'")
    connection.execute(
        "create function api.bench_insert(resource_id uuid, starts_at timestamptz, ends_at timestamptz) returns uuid"
        f" language sql as $$ {INSERT_BARE.format(resource='$1', start='$2', end='$3')} returning claimant $$"
    )
    connection.execute("grant select on bench.claims to authenticated")
    for function in ("bench_noop", "bench_insert"):
        connection.execute(f"revoke execute on function api.{function} from public")
        connection.execute(f"grant execute on function api.{function} to authenticated")


def fill(connection: psycopg.Connection[Any], count: int) -> None:
    """This many confirmed reservations with their claims and events."""
    with connection.transaction():
        # Without triggers, which would do the same a row at a time. The exclusion constraint is no trigger: it holds;
        # and making it anew afterwards takes as long as filling it, since it then looks at every row again.
        connection.execute("set local session_replication_role = replica")
        connection.execute(
            "insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, buffer_before, buffer_after, owner_id)"
            f" select %s, {RESOURCE_ID.format('(1 + n %% %s)::text')}, s, s + interval '30 minutes', '0', '0', %s"
            "   from generate_series(0, %s) n,"
            f"        lateral (select n / {RESOURCES}) as nth (k),"
            f"        lateral (select {LOADED_FROM} + k / 10 * interval '24 hours' + (8 + k %% 10) * interval '1 hour'"
            "                        + abs(hashint4(n)) %% 2 * interval '30 minutes') as start (s)",
            (TENANT, RESOURCES, MEMBER, count - 1),
        )
        connection.execute(
            "insert into booking.claims (tenant_id, resource_id, unit, during, claimant, source_id)"
            " select tenant_id, resource_id, 1, tstzrange(starts_at, ends_at), id, id from booking.reservations"
        )
        connection.execute(
            "insert into booking.events (tenant_id, type, actor_id, resource_id, reservation_id, owner_id, subject)"
            " select tenant_id, 'reservation.confirmed', owner_id, resource_id, id, owner_id, to_jsonb(r)"
            "   from booking.reservations r"
        )
    _settle(connection)


def fill_bare(connection: psycopg.Connection[Any]) -> None:
    """The same claims in the bare table, unless it has some."""
    copied = connection.execute(
        "insert into bench.claims (tenant_id, resource_id, unit, during, claimant, source_id)"
        " select tenant_id, resource_id, unit, during, claimant, source_id from booking.claims"
        " where not exists (select from bench.claims)"
    )
    if copied.rowcount:
        _settle(connection)


def _settle(connection: psycopg.Connection[Any]) -> None:
    connection.execute("vacuum (analyze)")
    connection.execute("checkpoint")
