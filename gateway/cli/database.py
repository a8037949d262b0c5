"""``berth migrate`` and ``berth doctor``: the database's shape and health."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import psycopg

from db.migrate import MigrationError, Migrator
from gateway.cli.options import database_options, resolve_database
from gateway.local.postgres import OLDEST


@click.command()
@click.argument("direction", type=click.Choice(["up", "down", "status"]), default="up")
@click.option("--to", metavar="CHANGE", help="With down: keep everything up to this change of the plan.")
@click.option("--yes", is_flag=True, help="With down: drop the data too.")
@database_options
def migrate(direction: str, to: str | None, yes: bool, database_url: str | None, data_dir: Path) -> None:
    """Run the plan of db/sqitch.plan: up, down, or say how far it is."""
    url = resolve_database(database_url, data_dir)
    migrator = Migrator(url, report=lambda label: click.echo(f"  {'+' if direction == 'up' else '-'} {label}"))
    if direction == "status":
        states = migrator.status()
        for label, applied in states:
            click.echo(f"{'applied' if applied else 'pending'}  {label}")
        click.echo(f"{sum(applied for _, applied in states)} of {len(states)} changes applied")
        return
    if direction == "up":
        count = migrator.up()
        rebase_log(url)
    else:
        _confirm_loss(url, yes)
        count = migrator.down(to)
    click.echo(f"{count} changes {'applied' if direction == 'up' else 'reverted'}")


def rebase_log(url: str) -> None:
    """Lets the log of events go on where the database was restored, before anybody writes."""
    with psycopg.connect(url, autocommit=True) as connection:
        if _scalar(connection, "select booking.rebase_log()"):
            click.echo("the log of events was written elsewhere; it goes on here")


def _confirm_loss(url: str, yes: bool) -> None:
    with psycopg.connect(url) as connection:
        if yes or _scalar(connection, "select to_regclass('booking.reservations')") is None:
            return
        count = _scalar(connection, "select count(*) from booking.reservations")
    if count:
        raise MigrationError(f"reverting may lose {count} reservations; say --yes if that is meant")


@click.command()
@database_options
def doctor(database_url: str | None, data_dir: Path) -> None:
    """Ask the database whether all that Berth promises holds; exit 1 if anything is wrong."""
    url = resolve_database(database_url, data_dir)
    healthy = True
    for good, finding in examine(url):
        click.echo(f"{'ok  ' if good else 'FAIL'}  {finding}")
        healthy = healthy and good
    sys.exit(0 if healthy else 1)


def examine(url: str) -> Iterator[tuple[bool, str]]:
    """Each check: whether it is well, and a line that says so."""
    pending = [label for label, applied in Migrator(url).status() if not applied]
    with psycopg.connect(url, autocommit=True) as connection:
        version = connection.info.server_version // 10000
        yield (
            version >= OLDEST,
            f"PostgreSQL {version}" + ("" if version >= OLDEST else f": {OLDEST} or newer is needed"),
        )
        yield (
            not pending,
            f"{len(pending)} migrations pending" + (f", next {pending[0]}: run 'berth migrate up'" if pending else ""),
        )
        if pending:
            return
        # Row level security would hide other tenants, and with them their troubles.
        sees_all = _scalar(connection, "select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        yield (
            bool(sees_all),
            "this role sees every tenant"
            if sees_all
            else "this role does not see every tenant; connect as an administrator",
        )
        violations = connection.execute(
            "select invariant, tenant_id, subject_id, problem from booking.verify_invariants()"
        ).fetchall()
        yield not violations, f"{len(violations)} violations of the invariants"
        for invariant, tenant_id, subject_id, problem in violations[:20]:
            yield False, f"invariant {invariant}, tenant {tenant_id}: {subject_id} {problem}"
        age = _scalar(
            connection,
            "select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::integer from pg_stat_activity"
            " where datname = current_database() and backend_xid is not null and pid <> pg_backend_pid()",
        )
        # Readers of events wait for the oldest writer.
        yield (
            age < 60,
            f"oldest writing transaction is {age} s old" + ("" if age < 60 else ": event readers wait for it"),
        )
        is_home = _scalar(connection, "select booking.log_is_home()")
        yield (
            is_home,
            "the log of events was written here"
            if is_home
            else "the log of events was written elsewhere, so new ones are not seen: run 'berth migrate up'",
        )
        lag = _scalar(connection, "select extract(epoch from booking.sweep_lag())::integer")
        yield (
            lag < 60,
            f"oldest due change has waited {lag} s" + ("" if lag < 60 else ": does a worker run?"),
        )
        for consumer, waited in connection.execute(
            "select consumer, extract(epoch from lag)::integer from booking.consumer_lag()"
        ).fetchall():
            yield (
                waited < 60,
                f"oldest event not taken for {consumer} has waited {waited} s"
                + ("" if waited < 60 else ": does a worker run?"),
            )
        lag = _scalar(connection, "select extract(epoch from booking.delivery_lag())::integer")
        yield (
            lag < 60,
            f"oldest webhook that is due has waited {lag} s" + ("" if lag < 60 else ": does a worker run?"),
        )
        endpoints, disabled, failing, dead = connection.execute(
            "select count(*), count(disabled_at), count(failing_since) filter (where disabled_at is null),"
            " (select count(*) from booking.webhook_deliveries where status = 'dead') from booking.webhook_endpoints"
        ).fetchone() or (0, 0, 0, 0)
        # Their receivers' trouble, and their admins' to know.
        yield (
            True,
            f"{endpoints} webhook endpoints, {disabled} of them disabled and {failing} failing;"
            f" {dead} deliveries given up",
        )
        size, claims = connection.execute(
            "select pg_size_pretty(pg_total_relation_size('booking.claims')), (select count(*) from booking.claims)"
        ).fetchone() or ("", 0)
        yield True, f"{claims} claims in {size}"


def _scalar(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
