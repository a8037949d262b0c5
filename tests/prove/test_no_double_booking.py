"""However many want the same time in the same moment, one has it, and the others are told so at once."""

import json
import random
import threading
import time
import uuid
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import urllib3

from tests.conftest import Stack, Tenant
from tests.prove import sized
from tests.prove.conftest import Speaker, violations
from tests.prove.figures import Figures
from tests.prove.history import FAILED, OK, History

SLOTS = sized(60, 10_000)
CONTESTED = sized(2_000, 1_000_000)
CLIENTS = 64
SESSIONS = 16

_BEGINNING = datetime(2100, 1, 1, tzinfo=UTC)


def slot(number: int) -> dict[str, str]:
    """Half of the hour of this number."""
    start = _BEGINNING + timedelta(hours=number)
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=30)).isoformat()}


def test_one_winner_a_slot(stack: Stack, tenant: Tenant, figures: Figures, history: History) -> None:
    """64 HTTP clients after the same slots, all in the same order."""
    room = str(tenant.resource())
    members = [tenant.another("member") for _ in range(CLIENTS)]
    barrier = threading.Barrier(CLIENTS)
    pool = urllib3.HTTPConnectionPool("127.0.0.1", stack.rest.port, maxsize=CLIENTS)

    def fight(client: int) -> None:
        headers = {"Authorization": f"Bearer {members[client].token}"}
        barrier.wait()
        for number in range(SLOTS):
            answer = pool.request(
                "POST", "/rpc/create_reservation", json={"resource_id": room, **slot(number)}, headers=headers,
                retries=False,
            )  # fmt: skip
            said = answer.json()
            if answer.status == 200:
                history.write(OK, client=client, slot=number, id=said["id"])
            else:
                history.write(FAILED, client=client, slot=number, status=answer.status, slug=said["message"])

    started = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(fight, range(CLIENTS)))
    took = time.monotonic() - started

    outcomes: dict[int, Counter[Any]] = defaultdict(Counter)
    winners = set()
    for line in history.read():
        outcomes[line["slot"]][line.get("slug", OK)] += 1
        winners |= {line["id"]} if line["outcome"] == OK else set()
    expected = {OK: 1, "slot_taken": CLIENTS - 1}
    booked = tenant.connection.execute(
        "select id::text from booking.reservations where tenant_id = %s", (tenant.id,)
    ).fetchall()
    figures.add("contested slots over HTTP", SLOTS, at_least=SLOTS)
    undecided = sum(outcome != expected for outcome in outcomes.values())
    figures.add("slots without exactly one winner and 63 times 409", undecided, at_most=0)
    differences = winners ^ {row[0] for row in booked}
    figures.add("bookings that no client won, or that are missing", len(differences), at_most=0)
    figures.add("violated invariants after HTTP", violations(tenant), at_most=0)
    figures.add("contested requests", SLOTS * CLIENTS / took, "1/s")


class Rival:
    """One session that creates, moves, bundles and cancels at random, where all others do."""

    def __init__(self, number: int, rooms: list[str], history: History) -> None:
        self._number, self._rooms, self._history = number, rooms, history
        self._random = random.Random(number)
        self._mine: list[str] = []

    def step(self, speaker: Speaker) -> None:
        """One attempt, whatever comes of it."""
        times = slot(self._random.randrange(12))
        choice = self._random.random()
        room = self._random.choice(self._rooms)
        try:
            if self._mine and choice < 0.2:
                one = self._mine.pop(self._random.randrange(len(self._mine)))
                speaker.call("cancel_reservation", reservation_id=one)
                self._tell(OK, "cancel", [one])
            elif self._mine and choice < 0.45:
                one = self._random.choice(self._mine)
                moved = speaker.call("reschedule_reservation", reservation_id=one, resource_id=room, **times)
                self._tell(OK, "reschedule", [one], resource_id=room, starts_at=moved["starts_at"])
            elif choice < 0.65:
                # Each names the resources in an order of its own.
                items = [{"resource_id": one, **times} for one in self._random.sample(self._rooms, 3)]
                made = speaker.call("create_bundle", items=json.dumps(items))
                for one in made["reservations"]:
                    self._took(one)
            else:
                self._took(speaker.call("create_reservation", resource_id=room, id=uuid.uuid4(), **times))
        except psycopg.Error as refusal:
            self._tell(FAILED, "refused", [], sqlstate=refusal.sqlstate, slug=refusal.diag.message_primary)

    def _took(self, made: dict[str, Any]) -> None:
        self._mine.append(made["id"])
        self._tell(OK, "create", [made["id"]], resource_id=made["resource_id"], starts_at=made["starts_at"])

    def _tell(self, outcome: str, op: str, ids: list[str], **more: Any) -> None:
        self._history.write(outcome, client=self._number, op=op, ids=ids, **more)


def test_everything_contested(stack: Stack, tenant: Tenant, figures: Figures, history: History) -> None:
    """Creates, reschedules and bundles of three resources in any order, straight in SQL: refusals, never an error."""
    rooms = [str(tenant.resource(f"Room {number}", capacity=capacity)) for number, capacity in enumerate((1, 1, 1, 3))]
    member = tenant.person("member")
    barrier = threading.Barrier(SESSIONS)

    def fight(number: int) -> None:
        rival = Rival(number, rooms, history)
        with Speaker(stack.database_url, member) as speaker:
            barrier.wait()
            for _ in range(CONTESTED // SESSIONS):
                rival.step(speaker)

    started = time.monotonic()
    with ThreadPoolExecutor(SESSIONS) as threads:
        list(threads.map(fight, range(SESSIONS)))
    took = time.monotonic() - started

    holds: dict[str, tuple[str, datetime]] = {}
    refused: Counter[str] = Counter()
    wins: Counter[str] = Counter()
    for line in history.read():
        if line["outcome"] == FAILED:
            refused[line["sqlstate"]] += 1
            continue
        wins[line["op"]] += 1
        for one in line["ids"]:
            if line["op"] == "cancel":
                del holds[one]
            else:
                holds[one] = (line["resource_id"], datetime.fromisoformat(line["starts_at"]))
    stored = tenant.connection.execute(
        "select id::text, resource_id::text, starts_at from booking.reservations where tenant_id = %s and status = 'confirmed'",
        (tenant.id,),
    ).fetchall()
    assert min(wins["create"], wins["reschedule"], wins["cancel"]) > 0, wins
    figures.add("contested creates, moves, bundles in SQL", CONTESTED // SESSIONS * SESSIONS)
    figures.add("errors other than 409 (deadlocks, lock time-outs, 5xx)", refused.total() - refused["PT409"], at_most=0)
    differences = set(holds.items()) ^ {(one, (room, starts_at)) for one, room, starts_at in stored}
    figures.add("differences between histories and database", len(differences), at_most=0)
    figures.add("violated invariants after SQL", violations(tenant), at_most=0)
    figures.add("contested statements", CONTESTED / took, "1/s")
