"""Everything a caller sends has a bound. Each text, list and object that is too long is refused by its name, before it
takes time or memory. Functions and views are read from the catalogue, so that new arguments are tried too.
"""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tests.conftest import Tenant, make_tenant
from tests.test_availability_model import Pool
from tests.test_pools import BEGIN
from tests.test_rules_model import Stage, stage
from tests.two_tenants import Function, World, functions, may_write, views

__all__ = ["stage"]  # the fixture

LONG = "x" * 300_000
MANY = 20_000
SLUGS = {"rrule": "invalid_recurrence", "timezone": "unknown_timezone", "local_end": "invalid_recurrence"}
"""The slug of each argument that has its own: others answer invalid_argument."""


def too_much(function: Function, kind: str, name: str, template: dict[str, Any]) -> Iterator[Any]:
    """Values for this argument that are too long."""
    if kind in ("text", "character varying"):
        yield LONG
    elif kind == "uuid[]":
        yield [template.get(name, ["00000000-0000-4000-8000-000000000000"])[0]] * MANY
    elif kind == "text[]":
        yield ["x"] * MANY
        yield [LONG]
    elif kind.startswith("timestamp") and kind.endswith("[]"):
        yield ["2042-01-01T09:00:00"] * MANY
    elif kind == "jsonb" and name in template and isinstance(template[name], list):
        (one,) = template[name]
        yield [one] * (MANY // 10)
        yield [one | {"title": LONG}]
    elif kind == "jsonb":
        yield {"max_duration": LONG} if name == "rules" else {"x": LONG}


def calls(world: World) -> Iterator[tuple[Function, str, dict[str, Any]]]:
    """Calls with one argument each that is too long."""
    for function in functions(world.ours.tenant.connection):
        # start_payment is nothing without one of its optional ids.
        *_, template = (
            function.templates(world.ours)
            if function.name == "start_payment"
            else [next(function.templates(world.ours))]
        )
        for name, kind in (function.required | function.optional).items():
            for value in too_much(function, kind, name, template):
                yield function, name, {**template, name: value}


def test_every_argument_of_every_function_has_a_bound(world: World) -> None:
    """The answer is 400 and names the argument, comes within 2 s, and does not repeat the value."""
    faults = []
    admin = world.ours.tenant.person("admin")
    known = list(calls(world))
    for function, name, arguments in known:
        began = time.monotonic()
        answer = world.client.call(admin, function.name, arguments)
        took = time.monotonic() - began
        told = json.loads(answer.body) if answer.status == 400 else {}
        named = json.loads(told.get("details") or "{}")
        if (
            told.get("code") != "PT400"
            or told["message"] not in ("invalid_argument", SLUGS.get(name))
            or (told["message"] == "invalid_argument" and named.get("argument") != name)
            or len(answer.body) > 4000
            or took > 2
        ):
            faults.append(f"{function.name}({name}): {answer.status} in {took:.1f} s: {answer.body[:300]}")
    assert len(known) > 100
    assert not faults, "\n".join(faults)


ROWS: dict[str, dict[str, Any]] = {
    "resources": {"name": "a room", "source_module": "m", "source_id": "a room"},
    "booking_rules": {"kind": "cellar", "hold_ttl": "1 hour"},
    "opening_hours": {"kind": "cellar", "weekday": 1, "opens": "09:00", "closes": "10:00"},
    "opening_exceptions": {"kind": "cellar", "date": "2040-01-01", "is_closed": True},
    "mail_templates": {"kind": "cancelled", "subject": "s", "body": "b"},
}
"""What can be inserted into each view that takes rows."""


def test_every_column_of_every_view_has_a_bound(world: World) -> None:
    """The table refuses the value, and the error names the column."""
    connection, admin = world.ours.tenant.connection, world.ours.tenant.person("admin")
    faults, tried = [], 0
    for view, columns in views(connection).items():
        if view not in ROWS:
            # Nobody may write it.
            assert not may_write(connection, view), f"say in ROWS what goes into {view}"
            continue
        assert world.client.send(admin.token, "POST", view, ROWS[view]).status == 201, view
        for column, kind in columns.items():
            oversized: Any = {
                "text": LONG, "character varying": LONG, "text[]": ["x"] * MANY, "jsonb": {"x": LONG},
                "booking.reservation_status[]": ["confirmed", "checked_in"] * MANY,
            }.get(kind)  # fmt: skip
            if oversized is None:
                continue
            tried += 1
            for one in (oversized, [LONG]) if kind == "text[]" else (oversized,):
                answer = world.client.send(admin.token, "POST", view, {**ROWS[view], column: one})
                told = json.loads(answer.body)
                slug = SLUGS.get(column, "invalid_argument")
                is_named = told["message"] != "invalid_argument" or json.loads(told["details"])["argument"] == column
                if (answer.status, told["code"]) != (400, "PT400") or told["message"] != slug or not is_named:
                    faults.append(f"{view}.{column}: {answer.status} {answer.body[:300]}")
    assert tried > 15
    assert not faults, "\n".join(faults)


UNBOUNDED = {
    "events": "copies of rows that have bounds, and another check for each would be on the way of every booking",
    "event_sequencer": "one row, of the transactions that are open",
    "resolved_rules": "made of rules, as many as there are",
    "rule_definitions": "written by migrations",
}


def test_every_column_of_every_table_has_a_bound(berth_db: psycopg.Connection[Any]) -> None:
    """A check constraint refuses a value that is too long, with all other columns null."""
    rows = berth_db.execute(
        """
        select c.relname, a.attname, format_type(a.atttypid, null),
               (select array_agg(pg_get_expr(k.conbin, k.conrelid)) from pg_constraint k
                 where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any (k.conkey))
          from pg_class c
          join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
          join pg_type t on t.oid = a.atttypid
         where c.relnamespace = 'booking'::regnamespace and c.relkind in ('r', 'p') and a.atttypmod = -1
           and (t.typcategory = 'A' or t.typname in ('text', 'varchar', 'json', 'jsonb', 'xml'))
         order by 1, 2
        """
    ).fetchall()
    unbounded = []
    for table, column, kind, checks in rows:
        if table in UNBOUNDED:
            continue
        # A value of this type of about a megabyte.
        value = {
            "text": "repeat('x', 1000000)", "character varying": "repeat('x', 1000000)",
            "jsonb": "(select jsonb_object_agg(md5(n::text), md5(n::text)) from generate_series(1, 300000) n)",
        }.get(kind, f"array_fill((select x from (values (null)) v (x))::{kind.removesuffix('[]')}, array[100000])")  # fmt: skip
        refused = False
        for check in checks or ():
            names = berth_db.execute(
                "select attname, format_type(atttypid, atttypmod) from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
                (f"booking.{table}",),
            ).fetchall()
            fields = sql.SQL(", ").join(
                sql.SQL("{} as {}").format(sql.SQL(value if name == column else f"null::{of}"), sql.Identifier(name))
                for name, of in names
            )
            row = berth_db.execute(
                sql.SQL("select ({}) is false from (select {} offset 0) r").format(sql.SQL(check), fields)
            ).fetchone()
            refused = refused or bool(row and row[0])
        if not refused:
            unbounded.append(f"{table}.{column}")
    assert len(rows) > 50
    assert not unbounded, "\n".join(unbounded)


HOUR = timedelta(hours=1)
SPANS = st.tuples(st.integers(0, 20), st.integers(1, 5)).map(lambda span: (span[0], span[0] + span[1]))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    capacity=st.integers(1, 3), bookings=st.lists(st.tuples(SPANS, st.integers(1, 2)), max_size=8),
    closures=st.lists(SPANS, max_size=2), window=st.tuples(st.integers(0, 12), st.integers(1, 13)),
)  # fmt: skip
def test_a_schedule_is_what_lies_over_each_hour(
    stage: Stage,
    capacity: int,
    bookings: list[tuple[tuple[int, int], int]],
    closures: list[tuple[int, int]],
    window: tuple[int, int],
) -> None:
    """Each row says what counting its hours says, and rows begin only where something begins or ends."""
    begin, over = window[0], window[0] + window[1]
    with stage.connection.transaction(force_rollback=True):
        pool = Pool(stage.connection, capacity)
        for hours, units in bookings:
            if units <= capacity:
                pool.book(hours, units, None)
        taken = [(one.start, one.end, one.units) for one in pool.bookings]
        for hours in closures:
            pool.close(hours)
        rows = stage.connection.execute(
            "select starts_at, ends_at, kind, units_used, units_free, jsonb_array_length(reservations), blackout_id is not null"
            " from api.resource_schedule(%s, %s, %s)",
            (pool.resource, *pool.times((begin, over))),
        ).fetchall()
    edges = {begin, over} | {
        at
        for one in [*taken, *closures]
        for at in (max(one[0], begin), min(one[1], over))
        if one[0] < over and one[1] > begin
    }
    found = [((row[0] - BEGIN) // HOUR, (row[1] - BEGIN) // HOUR, *row[2:]) for row in rows]
    assert [one[0] for one in found] + [over] == sorted(edges)
    for first, last, *said in found:
        over_it = [one for one in taken if one[0] <= first and one[1] >= last]
        used = sum(one[2] for one in over_it)
        is_closed = any(one[0] <= first and one[1] >= last for one in closures)
        kind = "busy" if used == capacity else "blackout" if is_closed else "free"
        assert said == [kind, used, 0 if is_closed else capacity - used, len(over_it), is_closed]


class Crowd:
    """A resource with so many bookings, one every ten minutes, and the manager who asks about them."""

    def __init__(self, connection: psycopg.Connection[Any], bookings: int, capacity: int = 1) -> None:
        self.connection = connection
        tenant: Tenant = make_tenant(connection, "UTC")
        self.resource = tenant.resource("Busy", capacity=capacity)
        self.claims = tenant.person("manager").claims
        connection.execute(
            "insert into booking.reservations (tenant_id, resource_id, owner_id, starts_at, ends_at)"
            " select %s, %s, %s, t, t + %s from generate_series(%s, %s, interval '10 minutes') t",
            (
                tenant.id, self.resource, self.claims["sub"], timedelta(minutes=9 if capacity == 1 else 90), BEGIN,
                BEGIN + (bookings - 1) * timedelta(minutes=10),
            ),
        )  # fmt: skip

    def ask(self, call: str, *arguments: Any) -> float:
        """The shortest of three times, in seconds."""
        best = 60.0
        self.connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(self.claims),))
        for _ in range(3):
            began = time.monotonic()
            self.connection.execute(call, arguments).fetchall()
            best = min(best, time.monotonic() - began)
        return best


def test_no_answer_takes_the_square_of_the_bookings(berth_db: psycopg.Connection[Any]) -> None:
    """Eight times as many bookings take less than 30 times as long. Quadratic work would take 64 times."""
    few, many = Crowd(berth_db, 200, 12), Crowd(berth_db, 1600, 12)
    year: tuple[datetime, datetime] = (BEGIN, BEGIN + timedelta(days=300))
    calls = {
        "resource_schedule": "select * from api.resource_schedule(%s, %s, %s)",
        "check_reservation_conflict": "select * from api.check_reservation_conflict(%s, %s, %s)",
        "search_availability": "select * from api.search_availability(starts_at => %s, ends_at => %s, duration => '1 hour')",
    }
    ratios = {}
    for name, call in calls.items():
        times = {
            crowd: crowd.ask(call, *((crowd.resource, *year) if call.count("%s") == 3 else year))
            for crowd in (few, many)
        }
        ratios[name] = times[many] / times[few]
    assert {name for name, ratio in ratios.items() if ratio > 30} == set(), ratios


def peak_memory(pid: int) -> int:
    """The most memory of its own that a process has had since clear_refs was written, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    values = {line.split(":")[0]: int(line.split()[1]) for line in status.splitlines() if line.endswith(" kB")}
    return (values["VmHWM"] - values.get("RssShmem", 0)) // 1024


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="asks Linux for the memory of a backend")
def test_a_year_of_minutes_takes_no_memory(berth_db: psycopg.Connection[Any]) -> None:
    """No more starts on a grid are listed than are asked for."""
    crowd = Crowd(berth_db, 1)
    berth_db.execute(
        "insert into booking.booking_rules (tenant_id, slot_step) select id, '1 minute' from booking.tenants"
    )
    berth_db.execute(
        "insert into booking.opening_hours (tenant_id, weekday, opens, closes)"
        " select id, 1, '09:00', '17:00' from booking.tenants"
    )
    Path(f"/proc/{berth_db.info.backend_pid}/clear_refs").write_text("5")
    year: tuple[datetime, datetime] = (BEGIN, BEGIN + timedelta(days=366))
    for call, arguments in (
        ("select * from api.search_availability(%s, %s, '1 hour')", year),
        ("select * from api.next_available_slots('8 hours', after => %s, before => %s, max_results => 1000)", year),
        ("select * from api.next_available_slots('9 hours', after => %s, before => %s)", year),
        ("select * from api.next_available_slots('90 seconds', after => %s, before => %s)", year),
    ):
        assert crowd.ask(call, *arguments) < 6, call  # of eight that a statement has; alone it is half a second
    assert peak_memory(berth_db.info.backend_pid) < 100
