"""What became of requests to book, kept for ``booking_outcomes``: a refusal leaves nothing in the database.

Answers are noted once they are there, in a queue that never waits; what it cannot hold is dropped, and counted. All else
is done in the background, a batch at a time.
"""

import json
import queue
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from prometheus_client import Counter, Metric
from prometheus_client.registry import Collector
from psycopg.types.json import Jsonb

from gateway import tokens
from gateway.database import Database
from gateway.error_text import describe
from gateway.errors import ApiError
from gateway.exchange import bearer
from gateway.http_client import Answer as Given  # of the request; Answer here is what is kept of it

BOOKS = frozenset({"create_reservation", "create_bundle", "create_series"})
SEARCHES = frozenset({"search_availability", "next_available_slots", "resource_schedule", "check_reservation_conflict"})
_NOTED = BOOKS | SEARCHES
MAX_QUEUE = 10_000
MAX_BATCH = 1_000
MAX_SEARCHES = 10_000
SEARCH_COUNTS_FOR = 3600.0
"""Seconds after which a booking has nothing to do with its user's last search."""
PAUSE = 0.5

_log = structlog.get_logger()
_DRY_RUN = re.compile(rb'"dry_run"\s*:\s*true')
_SLUG = re.compile(r"[a-z_]{1,50}")
_NOT_ABOUT_TIME = frozenset({"duplicate_id", "idempotency_key_reused"})


@dataclass
class Answer:
    """An answer of PostgREST's about a time."""

    function: str
    authorization: str
    status: int
    body: bytes
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float = field(default_factory=time.monotonic)


class Attempts(Collector):
    """Notes answers, and keeps what they tell."""

    def __init__(self, database: Database, *, enabled: bool, max_queue: int = MAX_QUEUE) -> None:
        self._database = database
        self._enabled = enabled
        self._answers: queue.Queue[Answer] = queue.Queue(max_queue)
        self._searches: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._counter = Counter(
            "berth_booking_attempts", "Requests to book that were kept for booking_outcomes, or dropped.", ["fate"],
            registry=None,
        )  # fmt: skip
        self._kept, self._dropped = self._counter.labels("kept"), self._counter.labels("dropped")

    def collect(self) -> Iterator[Metric]:
        """For ``/metrics``."""
        yield from self._counter.collect()

    def note(self, path: str, authorization: str | None, body: bytes, answer: Given) -> None:
        """Looks at a request and its answer; takes no time."""
        function = path.removeprefix("rpc/")
        if not self._enabled or function == path or function not in _NOTED:
            return
        # With any other status, it was no request that could have been met.
        if (
            answer.status not in (200, 409, 422)
            or not authorization
            or answer.header("idempotency-replayed") is not None
        ):
            return
        if function == "create_series" and _DRY_RUN.search(body):
            function = "check_reservation_conflict"
        self._start()
        told = answer.data if function in BOOKS and answer.status != 200 else b""
        try:
            self._answers.put_nowait(Answer(function, authorization, answer.status, told))
        except queue.Full:
            self._dropped.inc()

    def _start(self) -> None:
        # Not before it is needed: gunicorn forks in between.
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="attempts", daemon=True)
                    self._thread.start()

    def _work(self) -> None:
        while True:
            answers = [self._answers.get()]
            time.sleep(PAUSE)
            while len(answers) < MAX_BATCH and not self._answers.empty():
                answers.append(self._answers.get_nowait())
            self._keep(answers)

    def _keep(self, answers: list[Answer]) -> None:
        rows = [row for row in map(self.read, answers) if row]
        if not rows:
            return
        try:
            with self._database.connection() as connection:
                connection.execute("select booking.record_attempts(%s)", (Jsonb(rows),))
            self._kept.inc(len(rows))
        except (ApiError, psycopg.Error) as error:
            # Statistics may have gaps; to keep them for later would only move the loss.
            self._dropped.inc(len(rows))
            _log.warning("attempts_dropped", count=len(rows), error=describe(error.__cause__ or error))

    def read(self, answer: Answer) -> dict[str, Any] | None:
        """The row for what an answer tells, if it is one to keep; remembers searches."""
        # PostgREST has verified it, or it would not have answered so.
        user = tokens.unverified_member(bearer(answer.authorization))
        if not user[0]:
            return None
        if answer.function in SEARCHES:
            self._searches[user] = answer.clock
            self._searches.move_to_end(user)
            if len(self._searches) > MAX_SEARCHES:
                self._searches.popitem(last=False)
            return None
        searched = self._searches.get(user)
        seconds = None if searched is None else answer.clock - searched
        if seconds is not None and seconds > SEARCH_COUNTS_FOR:
            seconds = None
        if answer.status == 200:
            # The search has found what it was for. The log has the booking itself.
            self._searches.pop(user, None)
            outcome = "created" if seconds is not None else None
        else:
            outcome = _slug(answer.body)
        if outcome is None:
            return None
        return {
            "tenant_id": user[0], "occurred_at": answer.at.isoformat(), "outcome": outcome, "search_seconds": seconds
        }  # fmt: skip


def _slug(body: bytes) -> str | None:
    """The message of a refusal of time."""
    try:
        message = json.loads(body).get("message")
    except (ValueError, AttributeError):
        return None
    if not isinstance(message, str) or message in _NOT_ABOUT_TIME or not _SLUG.fullmatch(message):
        return None
    return message
