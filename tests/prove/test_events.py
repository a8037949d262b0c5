"""The log, whoever reads it and however: every change once, in the order in which it happened to its reservation."""

import math
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any

import psycopg
import pytest

from gateway.live_log import THE_BEGINNING
from tests.conftest import Person, Server, Stack, Tenant, make_tenant
from tests.gateway_fixtures import Gateway, slot
from tests.prove import sized
from tests.prove.conftest import Speaker
from tests.prove.figures import Figures
from tests.prove.history import FAILED, OK, History
from tests.stream_client import Stream
from tests.test_worker import wait_until
from tests.webhook_fixtures import Behaviour, Hooks, Receiver, answers, sends, waits

EVENTS = sized(3_000, 1_000_000)
WRITERS = 8
SHARED = 10
DELIVERIES = sized(300, 100_000)
ENDPOINTS = 3
ROUNDS = sized(2, 20)

Change = tuple[str, int]
"""A reservation and the version that the change gave it."""


class Writer:
    """One session: transactions of some changes each, open for random times; the last changes what all others change too."""

    def __init__(self, number: int, room: str, shared: list[str], history: History) -> None:
        self._number, self._room, self._shared, self._history = number, room, shared, history
        self._random = random.Random(number)
        self._slots = 0

    def write(self, speaker: Speaker, changes: int) -> None:
        """Until so many are committed."""
        done = 0
        while done < changes:
            made: list[Change] = []
            is_undone = self._random.random() < 0.05
            with speaker.connection.transaction(force_rollback=is_undone):
                for _ in range(self._random.randint(0, 2)):
                    made.append(self._create(speaker))
                    self._linger()
                made.append(self._rename(speaker))
                self._linger()
            done += 0 if is_undone else len(made)
            self._history.write(FAILED if is_undone else OK, writer=self._number, changes=made)

    def _linger(self) -> None:
        time.sleep(self._random.expovariate(1 / 0.003))

    def _create(self, speaker: Speaker) -> Change:
        self._slots += 1
        made = speaker.call("create_reservation", resource_id=self._room, **slot(self._slots))
        return made["id"], made["version"]

    def _rename(self, speaker: Speaker) -> Change:
        one = self._random.choice(self._shared)
        changed = speaker.call("update_reservation", reservation_id=one, title=f"{self._random.random()}")
        return one, changed["version"]


def judge(history: History, readers: list[str], figures: Figures) -> None:
    """What was committed against what each reader was shown."""
    committed: set[Change] = set()
    seen: dict[str, list[Change]] = defaultdict(list)
    for line in history.read():
        if "writer" in line:
            committed |= {(one, version) for one, version in line["changes"] if line["outcome"] == OK}
        elif "reader" in line:
            seen[line["reader"]].append((line["reservation"], line["version"]))
    figures.add("events", len(committed))
    for reader in readers:
        shown = seen[reader]
        versions: dict[str, list[int]] = defaultdict(list)
        for one, version in shown:
            versions[one].append(version)
        figures.add(f"lost by {reader}", len(committed - set(shown)), at_most=0)
        figures.add(f"twice, or never committed, by {reader}", len(shown) - len(committed & set(shown)), at_most=0)
        disordered = sum(found != sorted(found) for found in versions.values())
        figures.add(f"reservations out of order by {reader}", disordered, at_most=0)


class Readers:
    """All ways to follow the log, at the same time, until they are told that no more will come."""

    def __init__(self, stack: Stack, gateway: Gateway, approver: Person, history: History) -> None:
        self._stack, self._gateway, self._approver, self._history = stack, gateway, approver, history
        self._written = threading.Event()

    def end(self) -> None:
        """All is written: each reads on until nothing new comes."""
        self._written.set()

    def ways(self) -> dict[str, Callable[[], None]]:
        """Each until the end; two workers take for one consumer."""
        return {
            "GET /v1/events": self._page,
            "GET /v1/events/stream": self._listen,
            "take_events": self._take,
            "take_events, another": self._take,
        }

    def _is_over(self, found: object, since: float) -> bool:
        """Once all is written, a reader that has found nothing for a while has all."""
        return self._written.is_set() and not found and time.monotonic() - since > 1

    def _saw(self, reader: str, event_type: str, reservation: dict[str, Any]) -> None:
        if event_type.startswith("reservation."):
            self._history.write(reader=reader, reservation=reservation["id"], version=reservation["version"])

    def _page(self) -> None:
        after, last = "", time.monotonic()
        while True:
            answer = self._gateway.send(
                self._approver, "GET", f"/v1/events?after={after}&limit={random.randint(1, 300)}"
            )
            assert answer.status == 200, answer.data
            page = answer.json()
            for event in page["events"]:
                self._saw("GET /v1/events", event["type"], event["data"].get("reservation", {}))
            after = page["next"] or ""
            last = time.monotonic() if page["events"] else last
            if self._is_over(page["events"], last):
                return
            time.sleep(0 if page["events"] else 0.05)

    def _listen(self) -> None:
        cursor, last = THE_BEGINNING, time.monotonic()
        while True:
            heard, patience = 0, 1 + int(random.expovariate(1 / 200))
            with Stream(self._gateway, self._approver, f"after={cursor}") as stream:
                for event in stream.events(until=0.5):
                    self._saw("GET /v1/events/stream", event["type"], event["data"].get("reservation", {}))
                    cursor, heard, last = event["cursor"], heard + 1, time.monotonic()
                    if heard == patience:
                        break  # hangs up, and comes again
            if self._is_over(heard, last):
                return

    def _take(self) -> None:
        last = time.monotonic()
        with psycopg.connect(self._stack.database_url) as connection:
            while True:
                rows = connection.execute(
                    "select type, subject from booking.take_events('proof', %s) where tenant_id = %s order by seq",
                    (random.randint(1, 300), self._approver.tenant_id),
                ).fetchall()
                if random.random() < 0.2:
                    connection.rollback()  # as if killed on the way
                    continue
                # In the transaction that takes them, as the contract has it: whoever comes next waits for it.
                for event_type, subject in rows:
                    self._saw("take_events", event_type, subject)
                connection.commit()
                last = time.monotonic() if rows else last
                if self._is_over(rows, last):
                    return
                time.sleep(0 if rows else 0.05)


def test_every_reader_sees_every_event_once(
    stack: Stack, gateway: Gateway, tenant: Tenant, figures: Figures, history: History
) -> None:
    member = tenant.person("member")
    rooms = [str(tenant.resource(f"Room {number}")) for number in range(WRITERS + 1)]
    tenant.connection.execute("insert into booking.event_consumers (name) values ('proof')")
    readers = Readers(stack, gateway, tenant.person("approver"), history)
    with Speaker(stack.database_url, member) as speaker:
        shared = [
            speaker.call("create_reservation", resource_id=rooms[-1], **slot(number))["id"] for number in range(SHARED)
        ]
        history.write(OK, writer=-1, changes=[(one, 1) for one in shared])

    def write(number: int) -> None:
        with Speaker(stack.database_url, member) as speaker:
            Writer(number, rooms[number], shared, history).write(speaker, EVENTS // WRITERS)

    started = time.monotonic()
    with ThreadPoolExecutor(WRITERS + len(readers.ways())) as pool:
        reading = [pool.submit(way) for way in readers.ways().values()]
        try:
            for writing in [pool.submit(write, number) for number in range(WRITERS)]:
                writing.result()
            took = time.monotonic() - started
        finally:
            readers.end()
        for one in reading:
            one.result()
    tenant.connection.execute("delete from booking.event_consumers where name = 'proof'")
    judge(history, ["GET /v1/events", "GET /v1/events/stream", "take_events"], figures)
    figures.add("events written while all read", EVENTS / took, "1/s")


# Webhooks


@pytest.fixture
def hooks(server: Server, berth_db: psycopg.Connection[Any]) -> Hooks:
    berth_db.autocommit = True
    return Hooks(make_tenant(berth_db), server.url(berth_db.info.dbname))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as receiver:
        yield receiver


class Unreliable:
    """A receiver's behaviour: three times in ten it refuses, hangs, closes early or talks nonsense."""

    def __init__(self, receiver: Receiver, history: History, never: threading.Event) -> None:
        self._receiver, self._history = receiver, history
        self._random = random.Random(1)
        self._failures: Counter[tuple[str, str]] = Counter()
        self._bad: dict[str, Behaviour] = {
            "refuses": answers(500),
            "hangs": waits(never),
            "closes early": sends(),
            "talks nonsense": sends(b"\x00\xffnothing\r\n\r\n"),
        }

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        event_id = str(handler.headers["webhook-id"])
        got = next(one for one in reversed(self._receiver.received) if one.id == event_id and one.path == handler.path)
        # Ten attempts of which each fails three times in ten would all fail now and then.
        key = (handler.path, event_id)
        way = self._random.choice(list(self._bad)) if self._random.random() < 0.3 and self._failures[key] < 5 else "ok"
        self._failures[key] += way != "ok"
        reservation = got.event["data"]["reservation"]
        self._history.write(
            reader=handler.path, event=event_id, reservation=reservation["id"], version=reservation["version"], did=way
        )
        (self._bad.get(way) or answers(204))(handler)


def count_delivered(hooks: Hooks) -> int:
    row = hooks.connection.execute(
        "select count(*) from booking.webhook_deliveries where status = 'delivered'"
    ).fetchone()
    assert row
    return int(row[0])


def retry_soon(hooks: Hooks) -> None:
    """What would be tried again in minutes, now; what is under way goes on."""
    with hooks.connection.transaction():
        hooks.connection.execute("select from booking.webhook_endpoints order by tenant_id, id for update")
        hooks.connection.execute(
            "update booking.webhook_deliveries set next_attempt_at = now()"
            " where status = 'retrying' and lease_until is null and next_attempt_at > now()"
        )


def test_webhooks_reach_the_unreliable(hooks: Hooks, receiver: Receiver, figures: Figures, history: History) -> None:
    never = threading.Event()
    unreliable = Unreliable(receiver, history, never)
    paths = [f"/{number}" for number in range(ENDPOINTS)]
    for path in paths:
        receiver.behaviours[path] = unreliable
        hooks.endpoint(receiver.url + path)
    with hooks.delivering(timeout=0.3):
        reservations = hooks.book(math.ceil(DELIVERIES / ENDPOINTS / 5))
        for number in range(4):
            for reservation in reservations:
                hooks.rename(reservation, f"Title {number}")
        wanted = len(reservations) * 5 * ENDPOINTS
        deadline = time.monotonic() + 60 + wanted
        while count_delivered(hooks) < wanted:
            assert time.monotonic() < deadline, Counter(hooks.statuses())
            retry_soon(hooks)
            time.sleep(0.2)
    never.set()

    attempts: Counter[str] = Counter()
    first: dict[str, dict[str, Change]] = {path: {} for path in paths}
    for line in history.read():
        attempts[line["did"]] += 1
        first[line["reader"]].setdefault(line["event"], (line["reservation"], line["version"]))
    expected = {(str(one), version) for one in reservations for version in range(1, 6)}
    disordered = 0
    for shown in first.values():
        versions: dict[str, list[int]] = defaultdict(list)
        for one, version in shown.values():
            versions[one].append(version)
        disordered += sum(found != sorted(found) for found in versions.values())
    figures.add("webhooks delivered", wanted, at_least=DELIVERIES)
    figures.add("attempts that failed, of all", 1 - attempts["ok"] / attempts.total())
    figures.add("webhooks lost", sum(len(expected - set(shown.values())) for shown in first.values()), at_most=0)
    repeated = sum(len(shown) - len(set(shown.values())) for shown in first.values())
    figures.add("webhooks twice, after those of one webhook-id are taken for one", repeated, at_most=0)
    figures.add("reservations out of order at a receiver", disordered, at_most=0)


def enable(hooks: Hooks, *, is_enabled: bool) -> None:
    """All endpoints of this tenant, or none."""
    reason = None if is_enabled else "no longer"
    hooks.connection.execute(
        "update booking.webhook_endpoints set disabled_reason = %(reason)s,"
        " disabled_at = case when %(reason)s::text is not null then now() end where tenant_id = %(tenant_id)s",
        {"reason": reason, "tenant_id": hooks.tenant.id},
    )


def test_a_dead_tenant_costs_the_others_little(hooks: Hooks, receiver: Receiver, figures: Figures) -> None:
    """Rounds with it and without take turns, so that both have the machine in the same state."""
    never = threading.Event()
    dead = Hooks(make_tenant(hooks.connection), hooks.database_url)
    receiver.behaviours |= {f"/dead/{number}": waits(never) for number in range(20)}
    for number in range(20):
        dead.endpoint(f"{receiver.url}/dead/{number}")
    hooks.endpoint(f"{receiver.url}/well")
    latencies: dict[bool, list[float]] = {False: [], True: []}

    def measure(*, is_dead: bool) -> None:
        began: dict[str, float] = {}
        for _ in range(30):
            at = time.monotonic()
            began[str(hooks.book()[0])] = at
            time.sleep(0.02)
        wait_until(lambda: began.keys() <= {r.event["data"]["reservation"]["id"] for r in receiver.of("/well")}, 60)
        for got in receiver.of("/well"):
            if (at := began.pop(got.event["data"]["reservation"]["id"], 0)) > 0:
                latencies[is_dead].append(got.at - at)

    with hooks.delivering():
        measure(is_dead=False)
        latencies[False].clear()  # the first round warms up
        for _ in range(ROUNDS):
            enable(dead, is_enabled=True)
            dead.book(20)
            measure(is_dead=True)
            enable(dead, is_enabled=False)
            measure(is_dead=False)
        never.set()
    well, beside = (sorted(latencies[is_dead]) for is_dead in (False, True))
    p99 = [found[int(len(found) * 0.99)] for found in (well, beside)]
    figures.add("p99 from change to arrival", p99[0], "s")
    figures.add("p99 beside a tenant whose 20 endpoints hang, of that without", p99[1] / p99[0], "x", at_most=1.1)
