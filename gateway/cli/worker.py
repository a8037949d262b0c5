"""``berth worker``: what has to be done without anybody asking, for a deployment."""

import signal
import sys
import threading
from pathlib import Path

import click
import psycopg

from gateway.cli.options import database_options, read_settings, resolve_database
from gateway.duty_metrics import DutyMetrics, serve
from gateway.local import LocalError
from gateway.local.service import Service, environment_with
from gateway.mail.duties import CollectMails, SendMails
from gateway.mail.messages import read_sender
from gateway.mail.transport import SmtpServer
from gateway.retention import Retention
from gateway.secrets import require_strong_login
from gateway.worker import Duty, SequenceEvents, Sweep, work


@click.command()
@click.option(
    "--interval", type=click.FloatRange(min=0, min_open=True), default=2, show_default=True, metavar="SECONDS",
    help="The wait before it looks again, once nothing was left to do.",
)  # fmt: skip
@click.option(
    "--batch-size", type=click.IntRange(min=1), default=100, show_default=True, help="Changes in one transaction."
)
@click.option(
    "--smtp-url", envvar="BERTH_SMTP_URL", default="", show_envvar=True, metavar="URL",
    help="The SMTP server that takes mails, smtp://user:password@host:587 or smtps://…; without it, none are sent.",
)  # fmt: skip
@click.option(
    "--mail-from", envvar="BERTH_MAIL_FROM", default="", show_envvar=True, metavar="ADDRESS", help="Who sends them."
)
@click.option(
    "--webhook-allow-private", is_flag=True, envvar="BERTH_WEBHOOK_ALLOW_PRIVATE", show_envvar=True,
    help="For development: send webhooks to plain http and to private addresses too.",
)  # fmt: skip
@click.option(
    "--metrics-port", type=click.IntRange(1, 65535), envvar="BERTH_METRICS_PORT", show_envvar=True,
    help="Where Prometheus finds /metrics; without it, nowhere.",
)  # fmt: skip
@click.option(
    "--metrics-host", envvar="BERTH_METRICS_HOST", default="127.0.0.1", show_default=True, show_envvar=True,
    help="The address to listen on for it.",
)  # fmt: skip
@database_options
def worker(
    interval: float,
    batch_size: int,
    smtp_url: str,
    mail_from: str,
    webhook_allow_private: bool,
    metrics_port: int | None,
    metrics_host: str,
    database_url: str | None,
    data_dir: Path,
) -> None:
    """Do what nobody asks for: make the changes that time alone makes due, forget what is kept no longer, mail, verify
    payments, send webhooks.

    Any number of them may run. SIGTERM and SIGINT end it after the batch under way, with exit code 0.
    """
    # Here, since no other command has any use for Flask, or sends webhooks.
    from gateway import logs
    from gateway.payments.duties import payment_duties
    from gateway.webhooks.delivery import Sender
    from gateway.webhooks.duties import Deliver, FanOut

    settings = read_settings()
    url = resolve_database(database_url, data_dir)
    try:
        require_strong_login("BERTH_DATABASE_URL", url)
    except ValueError as error:
        raise LocalError(str(error)) from None
    require_berth(url)
    logs.configure()
    stopping = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopping.set())
    duties: list[Duty] = [
        SequenceEvents(stopping), Sweep(batch_size), Retention(batch_size, settings.notice_days), FanOut(stopping),
        Deliver(stopping, Sender(webhook_allow_private)), *mail_duties(smtp_url, mail_from, settings.public_url),
        *payment_duties(settings),
    ]  # fmt: skip
    metrics = DutyMetrics([duty.name for duty in duties])
    if metrics_port:
        serve(metrics, url, metrics_host, metrics_port)
    work(url, duties, interval, stopping, metrics)


def require_berth(url: str) -> None:
    """Fails where no attempt would ever succeed: nothing of Berth's is there, or not for this login."""
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            connection.execute("select booking.sweep_lag()")
    except psycopg.OperationalError:
        pass  # a server that is away comes back, and the worker waits for it


def mail_duties(smtp_url: str, mail_from: str, public_url: str) -> list[Duty]:
    """What there is to do about mails; nothing, where no SMTP server is named."""
    if not smtp_url:
        return []
    try:
        return [CollectMails(), SendMails(SmtpServer.parse(smtp_url), read_sender(mail_from), public_url)]
    except ValueError as error:
        raise LocalError(str(error)) from None


class Worker(Service):
    """One worker process; ``database_url`` logs in as berth_worker."""

    name = "The worker"

    def __init__(self, database_url: str, log_file: Path) -> None:
        # Not among the arguments, where every user of the machine could read the password.
        environment = environment_with({"BERTH_DATABASE_URL": database_url})
        super().__init__([sys.executable, "-m", "gateway.cli", "worker"], environment, log_file)
