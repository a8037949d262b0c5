"""``berth export``: reservations and series as a calendar that other programs read."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from postgrest import SyncPostgrestClient

from gateway.calendars import write_calendar
from gateway.calendars.writing import STATUSES
from gateway.cli.options import connect_database, database_options, resolve_secret
from gateway.cli.output import say
from gateway.cli.pages import Filter, read_all
from gateway.cli.tenants import find_manager, find_tenant, find_user, sign_token
from gateway.local import LocalError
from gateway.local.instance import Instance

_BATCH = 50  # ids that fit into one address
_COLUMNS = "id,resource_id,series_id,original_starts_at,starts_at,ends_at,title,status,status_since,version,updated_at"
_SERIES = "id,rrule,local_start,timezone,rdates,dst_gap,version,updated_at"


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@click.option("--tenant", "slug", required=True)
@click.option("--resource", help="Only what books the resource of this name.")
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="Only what ends on this day or later.")
@click.option("--to", "last_day", type=click.DateTime(["%Y-%m-%d"]), help="Only what begins on this day or before.")
@click.option("--user", help="Who exports, by id or name; without it, the first manager or admin.")
@click.option("--rest-url", envvar="BERTH_REST_URL", help="PostgREST; without it, the running instance's.")
@database_options
def export_calendar(
    file: Path, slug: str, resource: str | None, first_day: datetime | None, last_day: datetime | None,
    user: str | None, rest_url: str | None, database_url: str | None, data_dir: Path,
) -> None:  # fmt: skip
    """Write what takes place, or may, to an .ics file (iCalendar), or to standard output.

    A series is one event that recurs, and is there whole if any of it is in the days of --from and --to, by the
    tenant's clock. What the user may not see is not there.
    """
    with connect_database(database_url, data_dir, autocommit=True) as connection:
        tenant_id = find_tenant(connection, slug)
        name, timezone = connection.execute(
            "select name, timezone from booking.tenants where id = %s", (tenant_id,)
        ).fetchone() or ("", "UTC")
        user_id = find_user(connection, tenant_id, user) if user else find_manager(connection, tenant_id, slug)
    token = sign_token(resolve_secret(data_dir), tenant_id, user_id, ttl_seconds=24 * 3600)
    url = rest_url or Instance.require(data_dir).rest_url
    with SyncPostgrestClient(url, schema="api", headers={"Authorization": f"Bearer {token}"}) as api:
        days = in_days(first_day and first_day.date(), last_day and last_day.date(), ZoneInfo(timezone))
        text = write_calendar(resource or name, *read_reservations(api, resource, days))
    try:
        with click.open_file(str(file), "wb") as output:
            output.write(text)
    except OSError as error:
        raise LocalError(f"{file} cannot be written: {error.strerror}") from None
    count = text.count(b"BEGIN:VEVENT")
    say(f"{count} events" + (f" in {file}" if str(file) != "-" else ""), err=True)


def in_days(first: date | None, last: date | None, zone: ZoneInfo) -> Filter:
    """Those that take place on one of these days, by the clock of the zone."""

    def wanted(query: Any) -> Any:
        query = query.in_("status", STATUSES)
        if first:
            query = query.gt("ends_at", datetime.combine(first, time(), zone).isoformat())
        if last:
            query = query.lt("starts_at", datetime.combine(last + timedelta(days=1), time(), zone).isoformat())
        return query

    return wanted


def read_reservations(
    api: SyncPostgrestClient, resource: str | None, days: Filter
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """The resources, reservations and series of a calendar; of a series that is on these days all reservations."""
    resources = list(
        read_all(api, "resources", "id,name,timezone", lambda query: query.eq("name", resource) if resource else query)
    )
    if resource and not resources:
        raise LocalError(f"there is no resource {resource!r}")
    ids = [one["id"] for one in resources] if resource else []

    def here(query: Any) -> Any:
        return query.in_("resource_id", ids) if resource else query

    found = {one["id"]: one for one in read_all(api, "reservations", _COLUMNS, lambda query: here(days(query)))}
    series_ids = sorted({one["series_id"] for one in found.values() if one["series_id"]})
    series: list[dict[str, Any]] = []
    for start in range(0, len(series_ids), _BATCH):
        some = series_ids[start : start + _BATCH]
        series += read_all(api, "series", _SERIES, _among("id", some))
        whole = _among("series_id", some)
        rows = read_all(api, "reservations", _COLUMNS, lambda query: here(whole(query.in_("status", STATUSES))))  # noqa: B023
        found |= {one["id"]: one for one in rows}
    return resources, list(found.values()), series


def _among(column: str, ids: list[str]) -> Filter:
    return lambda query: query.in_(column, ids)
