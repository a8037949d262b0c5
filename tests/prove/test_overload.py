"""Ten times more requests than it can do: refusals that say so, no connection left behind, and soon all is as before."""

import statistics
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from gateway.local import postgrest
from tests.conftest import Stack, Tenant
from tests.gateway_fixtures import Gateway, running_gateway, slot
from tests.prove import sized
from tests.prove.conftest import violations
from tests.prove.figures import Figures
from tests.prove.history import FAILED, OK, UNKNOWN, History

SECONDS = sized(2, 60)
CONNECTIONS = 2
TAKES = 0.05
"""Seconds that each booking is made to take, so that what the database can do is known, and little: 40 a second."""
OFFERED = 10 * round(CONNECTIONS / TAKES)
"""Requests a second."""

# How long a request waits for one of PostgREST's connections, and is asked again: less than by default, for the queue is short.
SETTINGS = {"PGRST_DB_POOL": str(CONNECTIONS), "PGRST_DB_POOL_ACQUISITION_TIMEOUT": "1"}
RETRY_SECONDS = 2


@contextmanager
def slowed(tenant: Tenant) -> Iterator[None]:
    """Every booking of this tenant takes its time."""
    tenant.connection.execute(
        f"create function public.slow() returns trigger language plpgsql as 'begin perform pg_sleep({TAKES}); return new; end';"
        " create trigger _050_slow before insert on booking.reservations for each row"
        f" when (new.tenant_id = '{tenant.id}') execute function public.slow()"
    )
    try:
        yield
    finally:
        tenant.connection.execute("drop function public.slow() cascade")


def connections(tenant: Tenant) -> Counter[str]:
    """Those of PostgREST and the gateway by state."""
    rows = tenant.connection.execute(
        "select state, count(*) from pg_stat_activity where datname = current_database()"
        " and usename in ('authenticator', 'berth_gateway') group by state"
    )
    return Counter(dict(rows.fetchall()))


def count_leaked(tenant: Tenant, before: Counter[str]) -> int:
    """Connections more than before, or busy with more than the last answer's aftermath."""
    deadline = time.monotonic() + 5
    while (leaked := (connections(tenant) - before).total()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return leaked


class Crowd:
    """All clients at once; every other request has a key, and in the rush every fifth client hangs up before long."""

    def __init__(self, gateway: Gateway, tenant: Tenant, history: History) -> None:
        self._gateway, self._tenant, self._history = gateway, tenant, history
        self._room, self._token = str(tenant.resource()), tenant.person("member").token
        self._lock = threading.Lock()
        self._slots = 0
        self._http = urllib3.PoolManager(maxsize=OFFERED, retries=False)

    def book(self, patience: float = 120) -> int:
        """One booking of a time that nobody else wants; the status of the answer, or 0 after so many seconds."""
        with self._lock:
            self._slots += 1
            number = self._slots
        title = str(uuid.uuid4())
        headers = {"Authorization": f"Bearer {self._token}"} | ({"Idempotency-Key": title} if number % 2 else {})
        body = {"resource_id": self._room, "title": title, **slot(number)}
        try:
            answer = self._http.request(
                "POST",
                f"{self._gateway.url}/rest/v1/rpc/create_reservation",
                json=body,
                headers=headers,
                timeout=patience,
            )
        except urllib3.exceptions.HTTPError as error:
            hung_up = isinstance(error, urllib3.exceptions.ReadTimeoutError) and patience < 1
            self._history.write(UNKNOWN, title=title, status="hung up" if hung_up else type(error).__name__)
            return 0
        said = answer.json()
        outcome = OK if answer.status == 200 else FAILED
        self._history.write(
            outcome, title=title, status=answer.status, slug=said.get("message"), has_key=bool(number % 2)
        )
        return answer.status

    def rush(self) -> None:
        """As many a second as are offered, for so many seconds; who still waits for an answer by then leaves out a turn."""
        began = time.monotonic()

        def client(number: int) -> None:
            for second in range(SECONDS):
                late = time.monotonic() - began - second
                if late < 1 or second == 0:
                    time.sleep(max(0, -late))
                    self.book(patience=120 if number % 5 else 0.5)

        with ThreadPoolExecutor(OFFERED) as threads:
            list(threads.map(client, range(OFFERED)))

    def latency(self) -> float:
        """Of one after the other, the median, in seconds."""
        took = []
        for _ in range(5):
            began = time.monotonic()
            assert self.book() == 200
            took.append(time.monotonic() - began)
        return statistics.median(took)


def test_ten_times_too_much(
    stack: Stack,
    tenant: Tenant,
    tmp_path: Path,
    figures: Figures,
    history: History,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setitem(postgrest.SETTINGS, name, value)
    with (
        slowed(tenant),
        stack.postgrest(tmp_path) as rest,
        running_gateway(
            rest.url, tmp_path, database_url=stack.gateway_database_url, retry_seconds=RETRY_SECONDS
        ) as gateway,
    ):
        crowd = Crowd(gateway, tenant, history)
        with ThreadPoolExecutor(2 * CONNECTIONS) as threads:  # which opens what stays open
            list(threads.map(lambda _: crowd.latency(), range(2 * CONNECTIONS)))
        normal = crowd.latency()
        before = connections(tenant)
        calm = sum(1 for _ in history.read())
        crowd.rush()
        over = time.monotonic()
        answers = list(history.read())[calm:]
        while crowd.latency() > 1.5 * normal:
            assert time.monotonic() - over < 120, "it does not recover"
        recovered = time.monotonic() - over
        leaked = count_leaked(tenant, before)

    statuses: Counter[Any] = Counter(line["status"] for line in answers)
    figures.add("requests, ten times what it can do", len(answers))
    figures.add("done", statuses[200])
    figures.add("clients that hung up", statuses["hung up"])
    figures.add("refused with 429, 503 or 504", sum(statuses[status] for status in (429, 503, 504)), at_least=1)
    others = statuses.total() - sum(statuses[status] for status in (200, 409, 429, 503, 504, "hung up"))
    figures.add("answered otherwise, or not at all", others, at_most=0)
    figures.add("connections more than before, or not idle", leaked, at_most=0)
    figures.add("until latency is normal again", recovered, "s", at_most=10)

    booked = Counter(
        row[0]
        for row in tenant.connection.execute(
            "select title from booking.reservations where tenant_id = %s", (tenant.id,)
        ).fetchall()
    )
    done = {line["title"] for line in history.read(outcome=OK)}
    refused = {line["title"] for line in history.read(outcome=FAILED)}
    figures.add("bookings that were acknowledged and are missing, or are there twice",
                len(done - booked.keys()) + sum(count > 1 for count in booked.values()), at_most=0)  # fmt: skip
    told = {line["title"] for line in history.read(slug="upstream_unavailable", has_key=False)}
    figures.add(
        "bookings made of which the client was told that nothing was changed", len(told & booked.keys()), at_most=0
    )
    figures.add("bookings made though refused", len(refused & booked.keys()))
    figures.add("violated invariants", violations(tenant), at_most=0)
