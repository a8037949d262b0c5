"""``berth worker``: what has to be done without anybody asking, for a deployment."""

import signal
import sys
import threading
from pathlib import Path

import click

from gateway.cli.options import database_options, resolve_database
from gateway.local.service import Service, environment_with
from gateway.worker import Duty, Sweep, work


@click.command()
@click.option(
    "--interval", type=click.FloatRange(min=0, min_open=True), default=2, show_default=True, metavar="SECONDS",
    help="The wait before it looks again, once nothing was left to do.",
)  # fmt: skip
@click.option(
    "--batch-size", type=click.IntRange(min=1), default=100, show_default=True, help="Changes in one transaction."
)
@click.option(
    "--webhook-allow-private", is_flag=True, envvar="BERTH_WEBHOOK_ALLOW_PRIVATE", show_envvar=True,
    help="For development: send webhooks to plain http and to private addresses too.",
)  # fmt: skip
@database_options
def worker(
    interval: float, batch_size: int, webhook_allow_private: bool, database_url: str | None, data_dir: Path
) -> None:
    """Make the changes that time alone makes due: expiries, no-shows, completions. And send webhooks.

    Any number of them may run. SIGTERM and SIGINT end it after the batch under way, with exit code 0.
    """
    # Here, since no other command has any use for Flask, or sends webhooks.
    from gateway import logs
    from gateway.webhooks.delivery import Sender
    from gateway.webhooks.duties import Deliver, FanOut

    url = resolve_database(database_url, data_dir)
    logs.configure()
    stopping = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopping.set())
    duties: list[Duty] = [Sweep(batch_size), FanOut(stopping), Deliver(stopping, Sender(webhook_allow_private))]
    work(url, duties, interval, stopping)


class Worker(Service):
    """One worker process on the database that ``database_url`` administers."""

    name = "The worker"

    def __init__(self, database_url: str, log_file: Path) -> None:
        # Not among the arguments, where every user of the machine could read the password.
        environment = environment_with({"BERTH_DATABASE_URL": database_url})
        super().__init__([sys.executable, "-m", "gateway.cli", "worker"], environment, log_file)
