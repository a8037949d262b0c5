"""``berth import``: bookings, blackouts and resources out of a spreadsheet."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from postgrest import SyncPostgrestClient

from gateway.calendars import Problem
from gateway.cli.columns import Table
from gateway.cli.guesses import agree, guess, propose
from gateway.cli.ics import Calendars, expand_in, is_ics, read_events
from gateway.cli.importers import Blackouts, Bookings, Resources, Result
from gateway.cli.moments import Order
from gateway.cli.options import connect_database, database_options, resolve_secret
from gateway.cli.output import say
from gateway.cli.rows import ResourceRow, Row, Unreadable, read_resources, read_rows
from gateway.cli.tenants import find_manager, find_tenant, find_user, sign_token
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
@click.option("--resource", default="", help="Of .ics files: what all of it books, instead of its locations.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Of .ics files: the last day of rules without end.")
@click.option("--reason", default="", help="Of blackouts whose row gives none.")
@click.option("--timezone", help="IANA zone of times without an offset, and of new resources; the tenant's by default.")
@click.option("--user", help="Who imports, by id or name; without it, the first manager or admin.")
@click.option("--rest-url", envvar="BERTH_REST_URL", help="PostgREST; without it, the running instance's.")
@click.option(
    "--map", "maps", multiple=True, metavar="COLUMN=HEADER",
    help='Of CSV: which header is which column, as in --map starts_at="Start Date"; several with a plus sign are joined.',
)  # fmt: skip
@click.option(
    "--guess", "is_guessed", is_flag=True, help="Of CSV: propose --map, show three rows, and ask before the import."
)
@click.option("--yes", is_flag=True, help="With --guess: import without asking.")
@click.option(
    "--day-first/--month-first", "is_day_first", default=None,
    help="Of CSV: which 03/04/2026 is; without it, as other dates of the file show.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@database_options
def import_bookings(
    file: Path, slug: str, target: str, first_week: datetime | None, resource: str, until: datetime | None, reason: str,
    timezone: str | None, user: str | None, rest_url: str | None, maps: tuple[str, ...], is_guessed: bool, yes: bool,
    is_day_first: bool | None, dry_run: bool, database_url: str | None, data_dir: Path,
) -> None:  # fmt: skip
    """Import bookings, blackouts or resources from a CSV file, or bookings from an .ics file.

    \b
    reservations  resource (or room), title (or class), times, perhaps id
    blackouts     resource (or room), times, perhaps reason, kind (closure
                  by default), id
    resources     name (or resource, room), perhaps seats, capacity, kind,
                  timezone, description

    \b
    Times are one of
      starts_at, and ends_at or duration   2026-03-29T14:00; 01:30 or PT1H30M
      date, start, and end or duration     the day and the times of day apart; or
                                           start_date, start_time, end_date,
                                           end_time
      days, weeks, start, and end or duration
                                           a weekly pattern, a series or one
                                           blackout each time: a digit 0 or 1
                                           for each day from Monday and each
                                           week from --first-week on; local
                                           times, 09:30 up to 24:00

    \b
    Dates are 2026-03-29, 29.03.2026, 29/03/2026, 29 Mar 2026, or Excel's
    46110; times 14:00, 2:00 PM, or Excel's 0.58333. An end of 00:00 is the
    coming midnight; one without a date is on the day of the start.

    \b
    An .ics file (iCalendar) has reservations and series, each in the resource
    of --resource, or else its LOCATION, or else its RESOURCES. A newer version of
    an event (SEQUENCE, DTSTAMP) changes what an older one made; METHOD:CANCEL
    cancels it.

    Missing resources are made; one that is there is never changed. Running it again creates nothing.
    Exit 1 when a row was refused or unreadable.
    """  # noqa: D301
    if target == "resources" and first_week is not None:
        raise LocalError("--first-week is for reservations and blackouts; resources have no times")
    if target != "blackouts" and reason:
        raise LocalError("--reason is for blackouts; say --as blackouts")
    is_calendar = is_ics(file)
    if is_calendar and (target != "reservations" or first_week is not None):
        raise LocalError(f"{file.name} is iCalendar, which has reservations; --as and --first-week are for CSV")
    if not is_calendar and (resource or until is not None):
        raise LocalError("--resource and --until are for .ics files")
    if is_calendar and (maps or is_guessed or is_day_first is not None):
        raise LocalError(f"{file.name} is iCalendar; --map, --guess, --day-first and --month-first are for CSV")
    if yes and not is_guessed:
        raise LocalError("--yes is for --guess, which asks before it imports")
    order: Order | None = None if is_day_first is None else "day" if is_day_first else "month"
    with connect_database(database_url, data_dir, autocommit=True) as connection:
        tenant_id = find_tenant(connection, slug)
        row = connection.execute("select timezone from booking.tenants where id = %s", (tenant_id,)).fetchone()
        zone = _zone(timezone or (row[0] if row else "UTC"))
        user_id = find_user(connection, tenant_id, user) if user else find_manager(connection, tenant_id, slug)
        token = sign_token(resolve_secret(data_dir), tenant_id, user_id, ttl_seconds=24 * 3600)
        url = rest_url or Instance.require(data_dir).rest_url
        with SyncPostgrestClient(url, schema="api", headers={"Authorization": f"Bearer {token}"}) as api:
            resources = Resources(api, zone, dry_run)
            results: Iterator[Result | Problem]
            unreadable: list[Unreadable] = []
            try:
                if is_calendar:
                    last = until.date() if until else None
                    events, problems = read_events(file, zone, resource, last, expand_in(connection))
                    count = sum(len(event.occurrences()) for event in events) + len(problems)
                    calendars = Calendars(api, resources, tenant_id, zone, file.name, dry_run, resource)
                    results = calendars.bring_in(events, problems)
                else:
                    table = Table.read(file)
                    if is_guessed:
                        maps = tuple(guess(table, target, maps))
                    found: Sequence[Row | ResourceRow]
                    if target == "resources":
                        found, unreadable = new, _ = read_resources(file, maps)
                        results = resources.bring_in(new)
                    else:
                        monday = first_week.date() if first_week else None
                        found, unreadable = rows, _ = read_rows(
                            file, zone, monday, blackouts=target == "blackouts", reason=reason, maps=maps, order=order
                        )
                        if target == "blackouts":
                            blackouts = Blackouts(connection, resources, tenant_id, user_id, dry_run)
                            results = blackouts.bring_in(rows)
                        else:
                            results = Bookings(api, resources, tenant_id, zone, file.name, dry_run).bring_in(rows)
                    count = len(found)
                    if is_guessed:
                        propose(file, table, target, maps, found, unreadable, zone)
                        if not (yes or dry_run or agree(count)):
                            return
            except UnicodeDecodeError:
                raise LocalError(f"{file.name} is not UTF-8; save it as 'CSV UTF-8'") from None
            outcomes = Counter(["unreadable"] * len(unreadable))
            troubles = [(item.line, f"unreadable: {item.why}") for item in unreadable]
            with click.progressbar(results, count, label=f"Importing {file.name}", file=sys.stderr) as progress:
                for result in progress:
                    outcomes[result.outcome] += 1
                    if isinstance(result, Problem):
                        troubles.append((result.line, f"{result.outcome}: {result.why}"))
                    elif result.why:
                        shown_in = resources.zone(result.row.resource)
                        described = result.row.describe(shown_in) + (f" ({shown_in})" if shown_in != zone else "")
                        troubles.append((result.row.line, f"{result.outcome}: {described}: {result.why}"))
    for line, trouble in sorted(troubles):
        say(f"line {line}: {trouble}")
    say(
        f"{outcomes['created']} {'would be created' if dry_run else 'created'}, "
        f"{outcomes['already there']} already there, "
        f"{outcomes['refused']} refused, {outcomes['unreadable']} unreadable"
        + "".join(f", {outcomes[each]} {each}" for each in ("updated", "cancelled", "skipped") if outcomes[each])
    )
    sys.exit(1 if outcomes["refused"] + outcomes["unreadable"] else 0)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        raise LocalError(f"{name} is not an IANA time zone; one is written like Europe/Berlin") from None
