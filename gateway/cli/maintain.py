"""``berth maintain``: what the worker forgets little by little, at once."""

from collections import Counter
from pathlib import Path

import click

from gateway.cli.options import connect_database, database_options, read_settings
from gateway.cli.output import say
from gateway.retention import forget


@click.command()
@click.option(
    "--batch-size", type=click.IntRange(min=1), default=1000, show_default=True,
    help="Rows of a kind in one transaction.",
)  # fmt: skip
@database_options
def maintain(batch_size: int, database_url: str | None, data_dir: Path) -> None:
    """Do what time has made due, and forget what tenants keep no longer, until nothing is left.

    Bookings go on beside it. The worker does the same in the background; where there is none, let cron call this.
    """
    notice_days = read_settings().notice_days
    done: Counter[str] = Counter()
    with connect_database(database_url, data_dir, autocommit=True) as connection:
        while changes := connection.execute("select * from booking.sweep(%s)", (batch_size,)).fetchall():
            done.update(dict(changes))
        while rows := forget(connection, batch_size, notice_days):
            done.update(rows)
    for what, count in done.items():
        say(f"{count:>10,}  {what}")
    if not done:
        say("nothing was left to do")
