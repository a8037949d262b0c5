"""What tenants keep no longer is forgotten."""

import time
from typing import Any

import psycopg
import structlog

_log = structlog.get_logger()


def forget(connection: psycopg.Connection[Any], batch_size: int, notice_days: int) -> dict[str, int]:
    """Forgets so much of a kind at most; what, and how many rows of each. Nothing: nothing was left."""
    rows = connection.execute(
        "select forgotten, rows from booking.apply_retention(%s, notice_retention => make_interval(days => %s))",
        (batch_size, max(1, notice_days)),
    ).fetchall()
    return dict(rows)


class Retention:
    """A duty of the worker: booking.apply_retention(), every so many seconds."""

    name = "retention"

    def __init__(self, batch_size: int, notice_days: int, period: float = 600) -> None:
        self._batch_size = batch_size
        self._notice_days = notice_days
        self._period = period
        self._next = 0.0

    def perform(self, connection: psycopg.Connection[Any]) -> bool:
        if time.monotonic() < self._next:
            return False
        rows = forget(connection, self._batch_size, self._notice_days)
        if rows:
            _log.info("forgotten", rows=rows)
        else:
            self._next = time.monotonic() + self._period
        return bool(rows)
