"""``berth report``: how a tenant's resources are used."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import psycopg

from gateway.cli.options import connect_database, database_options
from gateway.cli.output import say
from gateway.cli.tenants import find_manager, find_tenant
from gateway.local import LocalError
from gateway.report.reading import MOST_DAYS, read_report
from gateway.report.tables import write_tables
from gateway.report.text import as_text

_DAY = click.DateTime(["%Y-%m-%d"])
_USUAL = timedelta(days=27)


@click.command()
@click.option("--tenant", "slug", required=True)
@click.option("--from", "first_day", type=_DAY, help="The first day; without it, four weeks up to the last.")
@click.option("--to", "last_day", type=_DAY, help="The last day; without it, today.")
@click.option(
    "--html", "html_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write a page to look at: one file, which needs no network.",
)  # fmt: skip
@click.option(
    "--csv", "csv_folder", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
    help="Write the tables to a folder.",
)  # fmt: skip
@database_options
def report(
    slug: str, first_day: datetime | None, last_day: datetime | None, html_file: Path | None, csv_folder: Path | None,
    database_url: str | None, data_dir: Path,
) -> None:  # fmt: skip
    """Tell how resources were used, when it was busy, what became of requests, and what waits for approval.

    Days are the tenant's. Without --html or --csv, to the terminal.
    """
    with connect_database(database_url, data_dir, autocommit=True) as connection:
        tenant_id = find_tenant(connection, slug)
        manager_id = find_manager(connection, tenant_id, slug)
        last = last_day.date() if last_day else _today(connection, tenant_id)
        first = first_day.date() if first_day else last - _USUAL
        if not 0 <= (last - first).days < MOST_DAYS:
            raise LocalError(f"--from {first} --to {last} is no range of 1 to {MOST_DAYS} days")
        told = read_report(
            connection, tenant_id, manager_id, first, last
        )  # refused where the log does not go back so far
    try:
        if html_file:
            # Here, since it takes a while to load.
            from gateway.report.page import as_html

            html_file.write_text(as_html(told), encoding="utf-8")
            say(f"wrote {html_file}", err=True)
        if csv_folder:
            for path in write_tables(told, csv_folder):
                say(f"wrote {path}", err=True)
    except OSError as error:
        raise LocalError(f"{error.filename} cannot be written: {error.strerror}") from None
    if not html_file and not csv_folder:
        for line in as_text(told):
            say(line)


def _today(connection: psycopg.Connection[Any], tenant_id: Any) -> date:
    row = connection.execute("select timezone from booking.tenants where id = %s", (tenant_id,)).fetchone()
    return datetime.now(UTC).astimezone(ZoneInfo(row[0] if row else "UTC")).date()
