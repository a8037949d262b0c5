"""``berth doctor``: whether all that Berth promises holds. One function a check; each finding says what to do."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import click
import psycopg
import urllib3

from db.migrate import Migrator, Record
from gateway import timezones
from gateway.cli.options import database_options, resolve_database
from gateway.cli.output import say
from gateway.cli.supabase import Finding, examine_project
from gateway.local.instance import Instance
from gateway.local.postgres import OLDEST

OLDEST_POSTGREST = 12
LATE = 60
"""Seconds after which something has waited too long."""


@click.command()
@click.option("--supabase", is_flag=True, help="Also whether a Supabase project is set up as docs/supabase.md says.")
@click.option("--rest-url", envvar="BERTH_REST_URL", help="Also whether PostgREST answers there.")
@database_options
def doctor(supabase: bool, rest_url: str | None, database_url: str | None, data_dir: Path) -> None:
    """Ask the database whether all that Berth promises holds; exit 1 if anything is wrong."""
    url = resolve_database(database_url, data_dir)
    if rest_url is None and database_url is None:
        rest_url = Instance.require(data_dir).rest_url
    healthy = True
    for good, finding in chain(examine(url, supabase), examine_rest(rest_url) if rest_url else ()):
        say(f"{'ok  ' if good else 'FAIL'}  {finding}")
        healthy = healthy and good
    sys.exit(0 if healthy else 1)


def examine(url: str, supabase: bool) -> Iterator[Finding]:
    """Every check of the database; none writes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = on")
        yield from _version(connection)
        record = Record.read(connection)
        if record.is_standby:
            yield True, "this is a standby: what it has replayed is looked at, and nothing that only the primary has"
        migrations = list(_migrations(Migrator(url), record))
        yield from migrations
        if not all(good for good, _ in migrations):
            return
        for check in CHECKS:
            yield from check(connection)
        if supabase:
            yield from examine_project(connection)


def _migrations(migrator: Migrator, record: Record) -> Iterator[Finding]:
    pending = [label for label, applied in migrator.compare(record) if not applied]
    remedy = "run 'sqitch deploy' from db/" if record.tool == "sqitch" else "run 'berth migrate up'"
    yield (
        not pending,
        f"{len(pending)} migrations pending" + (f", next {pending[0]}: {remedy}" if pending else ""),
    )
    if unknown := migrator.unknown(record):
        yield (
            False,
            f"the database has {len(unknown)} changes that this program does not know, such as {unknown[0]}:"
            " it is newer; ask the doctor of the version that made them",
        )


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


def _version(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    version = connection.info.server_version // 10000
    good = version >= OLDEST
    yield good, f"PostgreSQL {version}" + ("" if good else f": {OLDEST} or newer is needed")


def _sight(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    # Row level security would hide other tenants, and with them their troubles.
    (sees_all,) = _row(
        connection,
        "select rolsuper or rolbypassrls or pg_has_role('berth_jobs', 'usage') from pg_roles where rolname = current_user",
    )
    yield (
        sees_all,
        "this role sees every tenant"
        if sees_all
        else "this role does not see every tenant; connect as an administrator",
    )


def _invariants(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    violations = connection.execute(
        "select invariant, tenant_id, subject_id, problem from booking.verify_invariants()"
    ).fetchall()
    yield not violations, f"{len(violations)} violations of the invariants"
    for invariant, tenant_id, subject_id, problem in violations[:20]:
        yield False, f"invariant {invariant}, tenant {tenant_id}: {subject_id} {problem}"


def _timezones(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    differences = list(timezones.find_differences(connection, datetime.now(UTC)))
    pinned = timezones.pinned_version()
    if not differences:
        yield True, f"the time zones are those of tzdata {pinned}, which feeds, mails, imports and exports go by"
        return
    shown = "; ".join(f"{zone} {trouble}" for zone, trouble in differences[:5])
    more = f"; and {len(differences) - 5} more" if len(differences) > 5 else ""
    yield (
        False,
        f"{len(differences)} time zones are not those of tzdata {pinned}, so feeds, mails, imports and exports may be an"
        f" hour off: {shown}{more}: update the time zones of PostgreSQL's server and restart it, or install tzdata of"
        " their version beside Berth",
    )


def _jit(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    compiles, database = _row(
        connection, "select current_setting('jit')::boolean and pg_jit_available(), quote_ident(current_database())"
    )
    yield (
        not compiles,
        f"queries are compiled, which takes seconds: alter database {database} set jit = off"
        if compiles
        else "queries are not compiled",
    )


def _discretion(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    (talkative, may_set) = _row(
        connection,
        "select string_agg(quote_ident(r.rolname), ', ' order by r.rolname),"
        "       has_parameter_privilege('log_min_messages', 'set')"
        "  from pg_roles r"
        " where r.rolname in ('authenticator', 'berth_gateway', 'berth_worker')"
        "   and not exists (select from pg_db_role_setting s, unnest(s.setconfig) c"
        "                    where s.setrole = r.oid"
        "                      and (s.setdatabase = 0 or s.setdatabase = (select oid from pg_database"
        "                                                                  where datname = current_database()))"
        "                      and c in ('log_min_messages=fatal', 'log_min_messages=panic'))",
    )
    # Only a superuser may set it, or let another do so: where there is none to be had, it is no fault.
    yield (
        not (talkative and may_set),
        f"errors of {talkative} are logged by PostgreSQL, with what people wrote in them:"
        " a superuser sets log_min_messages = fatal for these roles"
        if talkative
        else "PostgreSQL's log holds nothing that people wrote",
    )


def _oldest_writer(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    pid, age = _row(
        connection,
        "select pid, extract(epoch from clock_timestamp() - xact_start)::integer from pg_stat_activity"
        " where datname = current_database() and backend_xid is not null and pid <> pg_backend_pid()"
        " order by xact_start limit 1",
    ) or (None, 0)
    yield (
        age < LATE,
        f"oldest writing transaction is {age} s old"
        + (
            ""
            if age < LATE
            else ": nobody sees what it does, and vacuum leaves what others deleted since;"
            f" end it with select pg_terminate_backend({pid})"
        ),
    )


def _log(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    pid, age = _row(
        connection,
        "select a.pid, extract(epoch from clock_timestamp() - a.xact_start)::integer"
        "  from pg_locks l join pg_stat_activity a on a.pid = l.pid"
        " where l.locktype = 'advisory' and l.granted and (l.classid, l.objsubid) = (0, 1)"
        "   and l.objid = 'booking.event_sequencer'::regclass and a.datname = current_database()",
    ) or (None, 0)
    yield (
        age < LATE,
        "nothing keeps events from their readers"
        if age < LATE
        else f"transaction of {age} s keeps events from their readers: end it with select pg_terminate_backend({pid})",
    )


def _worker(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    (runs,) = _row(
        connection,
        "select exists (select from pg_stat_activity"
        "                where datname = current_database() and application_name = 'berth worker')",
    )
    if not runs and _row(connection, "select pg_is_in_recovery()")[0]:
        return
    # Not wrong by itself: pg_cron may do its part, and after a restore nothing runs yet. What waits too long is.
    yield (
        True,
        "a worker is connected"
        if runs
        else "no worker is connected: nothing is mailed or sent to webhooks without one",
    )


def _duties(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    (lag,) = _row(connection, "select extract(epoch from booking.sweep_lag())::integer")
    yield _waited("oldest due change has", lag)
    for consumer, lag in connection.execute(
        "select consumer, extract(epoch from lag)::integer from booking.consumer_lag()"
    ).fetchall():
        yield _waited(f"oldest event not taken for {consumer} has", lag)
    (lag,) = _row(connection, "select extract(epoch from booking.delivery_lag())::integer")
    yield _waited("oldest webhook that is due has", lag)


def _notifications(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    waiting, given_up = _row(
        connection,
        "select count(next_attempt_at), count(*) filter (where next_attempt_at is null)"
        " from booking.payment_notifications where status = 'received'",
    )
    yield (
        given_up == 0,
        f"{waiting} payment notifications to be verified, {given_up} given up"
        + (": look at them in booking.payment_notifications, and at the payments there" if given_up else ""),
    )


def _waited(what: str, seconds: int) -> Finding:
    return seconds < LATE, f"{what} waited {seconds} s" + ("" if seconds < LATE else ": does a worker run?")


def _endpoints(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    endpoints, disabled, failing, dead = _row(
        connection,
        "select count(*), count(disabled_at), count(failing_since) filter (where disabled_at is null),"
        " (select count(*) from booking.webhook_deliveries where status = 'dead') from booking.webhook_endpoints",
    )
    yield (
        True,
        f"{endpoints} webhook endpoints, {disabled} of them disabled and {failing} failing; {dead} deliveries given up",
    )
    # A short failure is its receiver's trouble; of one that lasts, somebody should tell its admin. Its URL may hold a secret.
    for tenant, endpoint, trouble in connection.execute(
        "select t.slug, w.id,"
        "       case when w.disabled_at is null then format('fails since %s', w.failing_since)"
        "            else format('is disabled since %s, because %s', w.disabled_at, w.disabled_reason) end"
        "  from booking.webhook_endpoints w join booking.tenants t on t.id = w.tenant_id"
        " where w.disabled_at is not null and w.disabled_reason <> 'an admin disabled it'"
        "    or w.disabled_at is null and w.failing_since < booking.now() - interval '1 day'"
        " order by coalesce(w.disabled_at, w.failing_since) limit 20"
    ).fetchall():
        yield False, f"webhook endpoint {endpoint} of {tenant} {trouble}: its admin is to mend, disable or delete it"


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


CHECKS: tuple[Callable[[psycopg.Connection[Any]], Iterator[Finding]], ...] = (
    _sight, _invariants, _timezones, _jit, _discretion, _oldest_writer, _log, _worker, _duties, _notifications, _endpoints,
    _constraint, _triggers, _row_security, _indexes, _dead_rows, _claims, _idempotency_keys, _wraparound,
)  # fmt: skip
