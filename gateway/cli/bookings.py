"""``berth import``: bookings, blackouts and resources out of a spreadsheet."""

import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import psycopg
from postgrest import SyncPostgrestClient

from gateway.cli.importers import Blackouts, Bookings, Resources, Result
from gateway.cli.options import database_options, resolve_database, resolve_secret
from gateway.cli.rows import read_resources, read_rows
from gateway.cli.tenants import find_tenant, find_user, sign_token
from gateway.local import LocalError
from gateway.local.instance import Instance


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--tenant", "slug", required=True)
@click.option(
    "--as", "target", type=click.Choice(["reservations", "blackouts", "resources"]), default="reservations",
    show_default=True, help="What the rows are.",
)  # fmt: skip
@click.option("--first-week", type=click.DateTime(["%Y-%m-%d"]), help="Of weekly patterns: the Monday of week 1.")
@click.option("--reason", default="", help="Of blackouts whose row gives none.")
@click.option("--timezone", help="IANA zone of times without an offset, and of new resources; the tenant's by default.")
@click.option("--user", help="Who imports, by id or name; without it, the first manager or admin.")
@click.option("--rest-url", envvar="BERTH_REST_URL", help="PostgREST; without it, the running instance's.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@database_options
def import_bookings(
    file: Path, slug: str, target: str, first_week: datetime | None, reason: str, timezone: str | None,
    user: str | None, rest_url: str | None, dry_run: bool, database_url: str | None, data_dir: Path,
) -> None:  # fmt: skip
    """Import bookings, blackouts or resources from a CSV file.

    \b
    reservations  resource (or room), title (or class), times, perhaps id
    blackouts     resource (or room), times, perhaps reason, kind (closure
                  by default), id
    resources     name (or resource, room), perhaps seats, capacity, kind,
                  timezone, description

    \b
    Times are one of
      starts_at, and ends_at or duration   2026-03-29T14:00; 01:30 or PT1H30M
      days, weeks, start, and end or duration
                                           a weekly pattern, one reservation
                                           or blackout each time: a digit 0
                                           or 1 for each day from Monday and
                                           each week from --first-week on;
                                           local times, 09:30 up to 24:00

    Missing resources are made; one that is there is never changed. Running it again creates nothing.
    Exit 1 when a row was refused or unreadable.
    """  # noqa: D301
    if target == "resources" and first_week is not None:
        raise LocalError("--first-week is for reservations and blackouts; resources have no times")
    if target != "blackouts" and reason:
        raise LocalError("--reason is for blackouts; say --as blackouts")
    with psycopg.connect(resolve_database(database_url, data_dir), autocommit=True) as connection:
        tenant_id = find_tenant(connection, slug)
        row = connection.execute("select timezone from booking.tenants where id = %s", (tenant_id,)).fetchone()
        zone = _zone(timezone or (row[0] if row else "UTC"))
        user_id = find_user(connection, tenant_id, user) if user else _first_manager(connection, tenant_id, slug)
        token = sign_token(resolve_secret(data_dir), tenant_id, user_id, ttl_seconds=24 * 3600)
        url = rest_url or Instance.require(data_dir).rest_url
        with SyncPostgrestClient(url, schema="api", headers={"Authorization": f"Bearer {token}"}) as api:
            resources = Resources(api, zone, dry_run)
            results: Iterator[Result]
            try:
                if target == "resources":
                    new, unreadable = read_resources(file)
                    count, results = len(new), resources.bring_in(new)
                else:
                    monday = first_week.date() if first_week else None
                    rows, unreadable = read_rows(file, zone, monday, blackouts=target == "blackouts", reason=reason)
                    count = len(rows)
                    if target == "blackouts":
                        blackouts = Blackouts(connection, resources, tenant_id, user_id, zone, dry_run)
                        results = blackouts.bring_in(rows)
                    else:
                        results = Bookings(api, resources, tenant_id, zone, file.name, dry_run).bring_in(rows)
            except UnicodeDecodeError:
                raise LocalError(f"{file.name} is not UTF-8; save it as 'CSV UTF-8'") from None
            outcomes: Counter[str] = Counter(unreadable=len(unreadable))
            troubles = [(item.line, f"unreadable: {item.why}") for item in unreadable]
            with click.progressbar(results, count, label=f"Importing {file.name}", file=sys.stderr) as progress:
                for result in progress:
                    outcomes[result.outcome] += 1
                    if result.why:
                        troubles.append((result.row.line, f"{result.outcome}: {result.row}: {result.why}"))
    for line, trouble in sorted(troubles):
        click.echo(f"line {line}: {trouble}")
    click.echo(
        f"{outcomes['created']} {'would be created' if dry_run else 'created'}, "
        f"{outcomes['already there']} already there, "
        f"{outcomes['refused']} refused, {outcomes['unreadable']} unreadable"
    )
    sys.exit(1 if troubles else 0)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        raise LocalError(f"{name} is not an IANA time zone; one is written like Europe/Berlin") from None


def _first_manager(connection: psycopg.Connection[Any], tenant_id: uuid.UUID, slug: str) -> uuid.UUID:
    row = connection.execute(
        "select user_id from booking.members where tenant_id = %s and role >= 'manager'"
        " order by role, created_at limit 1",
        (tenant_id,),
    ).fetchone()
    if row is None:
        raise LocalError(f"tenant {slug} has no manager to import as; add one with 'berth member add'")
    return uuid.UUID(str(row[0]))
