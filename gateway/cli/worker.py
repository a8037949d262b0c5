"""``berth worker``: what has to be done without anybody asking, for a deployment."""

import signal
import sys
import threading
from pathlib import Path

import click

from gateway.cli.options import database_options, resolve_database
from gateway.local.service import Service, environment_with
from gateway.retention import Retention
from gateway.worker import Sweep, work


@click.command()
@click.option(
    "--interval", type=click.FloatRange(min=0, min_open=True), default=2, show_default=True, metavar="SECONDS",
    help="The wait before it looks again, once nothing was left to do.",
)  # fmt: skip
@click.option(
    "--batch-size", type=click.IntRange(min=1), default=100, show_default=True, help="Changes in one transaction."
)
@database_options
def worker(interval: float, batch_size: int, database_url: str | None, data_dir: Path) -> None:
    """Make the changes that time alone makes due: expiries, no-shows, completions; forget what is kept no longer.

    Any number of them may run. SIGTERM and SIGINT end it after the batch under way, with exit code 0.
    """
    # Here, since no other command has any use for Flask.
    from gateway import logs

    url = resolve_database(database_url, data_dir)
    logs.configure()
    stopping = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopping.set())
    work(url, [Sweep(batch_size), Retention(batch_size)], interval, stopping)


class Worker(Service):
    """One worker process on the database that ``database_url`` administers."""

    name = "The worker"

    def __init__(self, database_url: str, log_file: Path) -> None:
        # Not among the arguments, where every user of the machine could read the password.
        environment = environment_with({"BERTH_DATABASE_URL": database_url})
        super().__init__([sys.executable, "-m", "gateway.cli", "worker"], environment, log_file)
