"""What ``berth doctor`` asks of a database that runs: is its shape whole, and what grows. One function a check."""

from collections.abc import Iterator
from typing import Any

import psycopg
import urllib3

Finding = tuple[bool, str]
"""Whether it is well, and a line that says so or what to do."""

OLDEST_POSTGREST = 12


def examine_upkeep(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """All of the checks below that ask the database."""
    for check in (_constraint, _triggers, _row_security, _indexes, _dead_rows, _claims, _idempotency_keys, _wraparound):
        yield from check(connection)


def examine_rest(url: str) -> Iterator[Finding]:
    """Whether PostgREST answers, and which it is."""
    try:
        answer = urllib3.request("GET", url, timeout=5, retries=False)
    except urllib3.exceptions.HTTPError:
        yield False, f"PostgREST does not answer at {url}: see its log"
        return
    # A proxy before it may have said its own name instead.
    name, _, version = answer.headers.get("Server", "").lower().partition("/")
    number = version.split(".")[0]
    if name != "postgrest" or not number.isdigit():
        yield True, f"PostgREST answers at {url}, without saying its version"
    elif int(number) < OLDEST_POSTGREST:
        yield False, f"PostgREST {version}: {OLDEST_POSTGREST} or newer is needed"
    else:
        yield True, f"PostgREST {version}"
    if answer.status >= 500:
        yield False, f"PostgREST answers {answer.status}: it does not reach the database, or has not read its schema"


def _constraint(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    holds = _column(
        connection,
        "select conname from pg_constraint"
        " where conrelid = 'booking.claims'::regclass and conname = 'claims_never_overlap' and contype = 'x'",
    )
    yield (
        bool(holds),
        "claims cannot overlap"
        if holds
        else "the constraint claims_never_overlap is missing: add it again as db/schema/claims.sql has it",
    )


def _triggers(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    disabled = _column(
        connection,
        "select format('%s on %s', tgname, tgrelid::regclass)"
        "  from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where c.relnamespace = 'booking'::regnamespace and tgenabled in ('D', 'R') order by 1",
    )
    yield not disabled, "every trigger is on" if not disabled else f"triggers are off: enable {', '.join(disabled)}"


def _row_security(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    open_tables = _column(
        connection,
        "select oid::regclass::text from pg_class"
        " where relnamespace = 'booking'::regnamespace and relkind in ('r', 'p')"
        "   and not (relrowsecurity and relforcerowsecurity) order by 1",
    )
    yield (
        not open_tables,
        f"tenants are not kept apart: enable and force row level security on {', '.join(open_tables)}"
        if open_tables
        else "row level security is forced on every table",
    )


def _indexes(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    broken = _column(
        connection,
        "select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid"
        " where c.relnamespace = 'booking'::regnamespace and not (i.indisvalid and i.indisready) order by 1",
    )
    yield (
        not broken,
        f"invalid indexes: reindex index concurrently {', '.join(broken)}" if broken else "every index is valid",
    )
    # A unique one works without ever being scanned.
    unused = _column(
        connection,
        "select format('%s (%s)', s.indexrelid::regclass, pg_size_pretty(pg_relation_size(s.indexrelid)))"
        "  from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid"
        " where s.schemaname = 'booking' and s.idx_scan = 0 and not i.indisunique and not i.indisexclusion"
        "   and pg_relation_size(s.indexrelid) > 16 * 1024 * 1024 order by 1",
    )
    if unused:
        yield True, f"not used since the statistics were reset: {', '.join(unused)}"


def _dead_rows(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    bloated = _column(
        connection,
        "select format('%s (%s dead of %s)', relid::regclass, n_dead_tup, n_live_tup + n_dead_tup)"
        "  from pg_stat_user_tables"
        " where schemaname = 'booking' and n_dead_tup > 100000 and n_dead_tup > n_live_tup order by n_dead_tup desc",
    )
    yield (
        not bloated,
        f"more dead rows than live ones: look for what holds autovacuum back, then vacuum {', '.join(bloated)}"
        if bloated
        else "autovacuum keeps up",
    )


def _claims(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    claims, table, index, index_bytes = _row(
        connection,
        "select count(*), pg_size_pretty(pg_total_relation_size('booking.claims')),"
        "       pg_size_pretty(pg_relation_size('booking.claims_never_overlap')),"
        "       pg_relation_size('booking.claims_never_overlap') from booking.claims",
    ) or (0, "", "", 0)
    # An entry has about 170 bytes; a page that was split has room for as much again, and more after many cancellations.
    good = index_bytes < 64 * 1024 * 1024 or index_bytes < 600 * claims
    yield (
        good,
        f"{claims} claims in {table}, the constraint's index {index}"
        + ("" if good else ": it is mostly empty; reindex index concurrently booking.claims_never_overlap"),
    )


def _idempotency_keys(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    keys, days = _row(
        connection,
        "select count(*), coalesce(extract(day from now() - min(created_at)), 0)::integer from booking.idempotency_keys",
    ) or (0, 0)
    yield True, f"{keys} idempotency keys, the oldest of {days} days ago"


def _wraparound(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    (age,) = _row(connection, "select age(datfrozenxid) from pg_database where datname = current_database()") or (0,)
    # PostgreSQL stops writing at two billion.
    yield (
        age < 1_000_000_000,
        f"oldest unfrozen transaction is {age} transactions ago"
        + ("" if age < 1_000_000_000 else ": vacuum freeze, and find what holds autovacuum back"),
    )


def _row(connection: psycopg.Connection[Any], query: str) -> Any:
    return connection.execute(query.encode()).fetchone()


def _column(connection: psycopg.Connection[Any], query: str) -> list[str]:
    return [row[0] for row in connection.execute(query.encode())]
