"""``berth migrate``: the database's shape."""

from pathlib import Path
from typing import Any

import click
import psycopg

from db.migrate import MigrationError, Migrator
from gateway.cli.options import database_options, resolve_database
from gateway.cli.output import say


@click.command()
@click.argument("direction", type=click.Choice(["up", "down", "status"]), default="up")
@click.option(
    "--to",
    metavar="CHANGE",
    help="With up: nothing after this change of the plan; with down: keep everything up to it.",
)
@click.option("--yes", is_flag=True, help="With down: drop the data too.")
@database_options
def migrate(direction: str, to: str | None, yes: bool, database_url: str | None, data_dir: Path) -> None:
    """Run the plan of db/sqitch.plan: up, down, or say how far it is."""
    if to is not None and direction == "status":
        raise click.UsageError("--to is for up and down")
    url = resolve_database(database_url, data_dir)
    migrator = Migrator(url, report=lambda label: say(f"  {'+' if direction == 'up' else '-'} {label}"))
    if direction == "status":
        states = migrator.status()
        for label, applied in states:
            say(f"{'applied' if applied else 'pending'}  {label}")
        say(f"{sum(applied for _, applied in states)} of {len(states)} changes applied")
        return
    if direction == "up":
        count = migrator.up(to)
    else:
        _confirm_loss(url, yes)
        count = migrator.down(to)
    say(f"{count} changes {'applied' if direction == 'up' else 'reverted'}")


def _confirm_loss(url: str, yes: bool) -> None:
    with psycopg.connect(url) as connection:
        if yes or _scalar(connection, "select to_regclass('booking.reservations')") is None:
            return
        count = _scalar(connection, "select count(*) from booking.reservations")
    if count:
        raise MigrationError(f"reverting may lose {count} reservations; say --yes if that is meant")


def _scalar(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
