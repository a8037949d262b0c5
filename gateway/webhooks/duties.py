"""The worker's two duties: events from the log become deliveries, and deliveries are made."""

import threading
import time
import uuid
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import structlog
from psycopg.rows import class_row

from gateway.webhooks.delivery import Attempt, Sender
from gateway.webhooks.signing import sign

_log = structlog.get_logger()

PAUSE = 0.25
"""Seconds between two looks at the queue: whoever listens does not want to wait for the interval of the sweep."""
EVENTS = 100
"""Events in one transaction: meanwhile nothing can be told of their endpoints' deliveries."""
MOST_QUICK = 64
"""Deliveries that one worker makes at a time to endpoints that have proved quick ..."""
MOST_SLOW = 64
"""... and to all others: however many of these hang, they take nothing from the quick."""


class FanOut:
    """Puts every event on its way to the endpoints that want it."""

    name = "fan_out_webhooks"

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def perform(self, connection: psycopg.Connection[Any]) -> bool:
        row = connection.execute("select * from booking.fan_out_events(%s)", (EVENTS,)).fetchone()
        events, deliveries = row or (0, 0)
        if deliveries:
            _log.info("webhooks_queued", events=events, deliveries=deliveries)
        if events < EVENTS:
            self._stopping.wait(PAUSE)
        return True


@dataclass(frozen=True)
class Delivery:
    """One to be made, as booking.claim_deliveries() gives it."""

    tenant_id: uuid.UUID
    endpoint_id: uuid.UUID
    delivery_id: uuid.UUID
    lease_until: datetime
    is_slow: bool
    url: str
    secrets: list[str]
    event_id: uuid.UUID
    payload: str


class Deliver:
    """Makes the deliveries that are due, each in a thread of its own, while this one alone talks to the database."""

    name = "deliver_webhooks"

    def __init__(self, stopping: threading.Event, sender: Sender) -> None:
        self._stopping = stopping
        self._sender = sender
        self._pool = ThreadPoolExecutor(MOST_QUICK + MOST_SLOW, "webhook")
        self._under_way: dict[Future[Attempt], Delivery] = {}

    def perform(self, connection: psycopg.Connection[Any]) -> bool:
        """One look at what is due and at what is over: short, for a run that ends is what tells that all is well."""
        self._claim(connection)
        if self._under_way:
            self._record_finished(connection)
        else:
            self._stopping.wait(PAUSE)
        return True

    def finish(self, connection: psycopg.Connection[Any]) -> None:
        """Waits for what is under way; begins nothing."""
        while self._under_way:
            self._record_finished(connection)

    def _record_finished(self, connection: psycopg.Connection[Any]) -> None:
        done, _ = wait(self._under_way, PAUSE, FIRST_COMPLETED)
        for future in done:
            self._record(connection, self._under_way[future], future.result())
            del self._under_way[future]

    def _claim(self, connection: psycopg.Connection[Any]) -> None:
        slow = sum(delivery.is_slow for delivery in self._under_way.values())
        quick = len(self._under_way) - slow
        with connection.cursor(row_factory=class_row(Delivery)) as cursor:
            for delivery in cursor.execute(
                "select * from booking.claim_deliveries(%s, %s, %s, %s)",
                (
                    MOST_QUICK - quick,
                    MOST_SLOW - slow,
                    [delivery.endpoint_id for delivery in self._under_way.values()],
                    [delivery.tenant_id for delivery in self._under_way.values()],
                ),
            ):
                self._under_way[self._pool.submit(self._send, delivery)] = delivery

    def _send(self, delivery: Delivery) -> Attempt:
        headers = sign(str(delivery.event_id), int(time.time()), delivery.payload, delivery.secrets)
        return self._sender.send(delivery.url, headers, delivery.payload.encode())

    def _record(self, connection: psycopg.Connection[Any], delivery: Delivery, attempt: Attempt) -> None:
        row = connection.execute(
            "select booking.record_attempt(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                delivery.tenant_id, delivery.endpoint_id, delivery.delivery_id, delivery.lease_until,
                attempt.status, attempt.latency_ms, attempt.error, attempt.body, attempt.retry_after,
            ),
        ).fetchone()  # fmt: skip
        # Neither the address, which may hold a secret, nor what was sent or answered.
        _log.info(
            "webhook_attempt", tenant_id=str(delivery.tenant_id), endpoint_id=str(delivery.endpoint_id),
            event_id=str(delivery.event_id), outcome=row[0] if row else None, response_status=attempt.status,
            latency_ms=attempt.latency_ms, error=attempt.error,
        )  # fmt: skip
