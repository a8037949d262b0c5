"""What has to be done without anybody asking: duties, each over and over in a thread of its own until told to stop."""

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any, Protocol, runtime_checkable

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict

from gateway.duty_metrics import DutyMetrics
from gateway.error_text import describe

_log = structlog.get_logger()

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 10.0


class Duty(Protocol):
    """One kind of work in the database."""

    name: str

    def perform(self, connection: psycopg.Connection[Any]) -> bool:
        """Does a batch, outside of any transaction; says whether there may be more of it at once.

        It returns within seconds: a duty of which no run has ended for five minutes counts as one that fails.
        """
        ...


@runtime_checkable
class LastingDuty(Duty, Protocol):
    """One whose work goes on between two batches."""

    def finish(self, connection: psycopg.Connection[Any]) -> None:
        """Ends what is under way, once the worker is told to stop."""
        ...


class SequenceEvents:
    """Puts the events that have been committed in order, so that whoever reads the log sees them."""

    name = "sequence_events"
    PAUSE = 0.2
    """Seconds between two looks: readers do not want to wait for the interval of the sweep."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def perform(self, connection: psycopg.Connection[Any]) -> bool:
        connection.execute("select booking.sequence_events()")
        self._stopping.wait(self.PAUSE)
        return True


class Sweep:
    """Makes the changes of reservations that are due by the clock alone."""

    name = "sweep"

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size

    def perform(self, connection: psycopg.Connection[Any]) -> bool:
        rows = connection.execute("select event_type, changes from booking.sweep(%s)", (self._batch_size,)).fetchall()
        if rows:
            _log.info("swept", changes=dict(rows))
        return bool(rows)


def work(
    database_url: str,
    duties: Sequence[Duty],
    interval: float,
    stopping: threading.Event,
    metrics: DutyMetrics | None = None,
) -> None:
    """Attends to all duties until ``stopping`` is set; ``interval`` is the wait, in seconds, after nothing was left."""
    metrics = metrics or DutyMetrics()
    with ThreadPoolExecutor(len(duties)) as pool:
        attending = [pool.submit(_attend, duty, database_url, interval, stopping, metrics) for duty in duties]
        wait(attending, return_when=FIRST_EXCEPTION)
        # A fault of ours in one ends them all: whoever watches this process sees it and starts it again.
        stopping.set()
    for one in attending:
        one.result()


def _attend(duty: Duty, database_url: str, interval: float, stopping: threading.Event, metrics: DutyMetrics) -> None:
    log = _log.bind(duty=duty.name)
    pause = FIRST_PAUSE
    while not stopping.is_set():
        try:
            with _connect(database_url) as connection:
                log.info("connected")
                while not stopping.is_set():
                    with metrics.run(duty.name):
                        has_more = duty.perform(connection)
                    pause = FIRST_PAUSE
                    if not has_more:
                        stopping.wait(interval)
                if isinstance(duty, LastingDuty):
                    duty.finish(connection)
        except psycopg.Error as error:
            # Whatever it was: on a new connection, and ever later while it lasts.
            log.warning("failed", error=describe(error), sqlstate=error.sqlstate, retry_seconds=pause)
            stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _connect(database_url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        database_url, autocommit=True, application_name="berth worker",
        # A server that is gone without a word is noticed in a minute, not in hours.
        connect_timeout=10, keepalives_idle=30, keepalives_interval=10, keepalives_count=3,
        # There is nothing to do on a standby; of several hosts, this one leads to the one that took over.
        target_session_attrs=conninfo_to_dict(database_url).get("target_session_attrs", "read-write"),
        # Prepared once, a statement would outlive the function that a migration replaces.
        prepare_threshold=None,
    )  # fmt: skip
