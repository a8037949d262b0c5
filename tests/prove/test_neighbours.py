"""However much one member asks for, the members of other tenants hardly notice."""

import contextlib
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.local.postgrest import PROJECT_DIR
from tests.conftest import Person, Stack, Tenant, make_tenant
from tests.gateway_fixtures import Gateway, running_gateway
from tests.prove import SHARE, sized
from tests.prove.attacker import FIRST_DAY, Task, as_json
from tests.prove.conftest import violations
from tests.prove.figures import Figures
from tests.stream_client import Stream

BOOKINGS = sized(40, 1_000)
"""The victim's bookings in each round."""
ROUNDS = sized(1, 3)
"""In each, the victim books first alone and then under attack."""
WAITS = sized(600, 6_000)
NEIGHBOURS = sized(420, 4_200)
"""Bookings on the attacker's resource."""

ATTACKS = {
    "globs": "event types that backtrack",
    "locks": "calls that wait for one's locks",
    "sync": "the longest sync_reservations",
    "series": "the longest series",
    "streams": "600 streams",
    "waits": "thousands of waits",
    "slots": "slots without end",
    "texts": "the longest texts",
    "schedules": "the longest schedules",
    "slow_bodies": "bodies byte by byte",
}


@contextlib.contextmanager
def attack(name: str, gateway: Gateway, attacker: Person, room: str) -> Iterator[None]:
    """Runs the attack meanwhile."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.prove.attacker"],
        cwd=PROJECT_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdin
        assert process.stdout
        process.stdin.write(as_json(Task(name, gateway.url, attacker.token, room)).encode())
        process.stdin.close()
        assert process.stdout.readline()
        time.sleep(2)
        yield
    finally:
        process.kill()
        process.wait()


class Victim:
    """A member of another tenant who books, one after the other, and listens to their events."""

    def __init__(self, gateway: Gateway, tenant: Tenant) -> None:
        self._gateway, self._person = gateway, tenant.person("member")
        self._room = str(tenant.resource())
        self._start = datetime(2091, 1, 1, tzinfo=UTC)

    def book(self) -> tuple[float, str]:
        """Makes one booking: how many seconds it took, and its id."""
        self._start += timedelta(hours=1)
        arguments = {"starts_at": self._start.isoformat(), "ends_at": (self._start + timedelta(hours=1)).isoformat()}
        began = time.monotonic()
        answer = self._gateway.book(self._person, resource_id=self._room, **arguments)
        took = time.monotonic() - began
        assert answer.status == 200, answer.data
        return took, str(answer.json()["id"])

    def p99(self) -> float:
        """The 99th percentile of how long the bookings of a round took, in seconds."""
        took = [self.book()[0] for _ in range(BOOKINGS)]
        return statistics.quantiles(took, n=100, method="inclusive")[98]

    def event_delay(self) -> float:
        """How long after a booking its event arrived on the stream: the longest of five, in seconds."""
        seen: dict[str, float] = {}
        stream = Stream(self._gateway, self._person).open()

        def listen() -> None:
            with contextlib.suppress(OSError, AssertionError):
                for event in stream.events(until=60):
                    seen[event["data"]["reservation"]["id"]] = time.monotonic()

        threading.Thread(target=listen, daemon=True).start()
        longest = 0.0
        for _ in range(5):
            _, booked = self.book()
            answered = time.monotonic()
            while booked not in seen and time.monotonic() - answered < 30:
                time.sleep(0.005)
            longest = max(longest, seen.get(booked, time.monotonic()) - answered)
        return longest


def crowd(tenant: Tenant, room: str) -> None:
    """Many members who wait for one range of the attacker's resource, and many bookings on it."""
    tenant.connection.execute(
        "insert into booking.members (tenant_id, user_id, role) select %s, gen_random_uuid(), 'member'"
        " from generate_series(1, %s)",
        (tenant.id, WAITS // 20),
    )
    tenant.connection.execute(
        "insert into booking.waitlist_entries (tenant_id, id, resource_id, owner_id, starts_at, ends_at, units, expires_at)"
        " select m.tenant_id, gen_random_uuid(), %(room)s, m.user_id, %(from)s, %(from)s + interval '40 minutes', 1, %(from)s"
        " from booking.members m, generate_series(1, 20) where m.tenant_id = %(tenant)s and m.display_name = ''",
        {"room": room, "tenant": tenant.id, "from": FIRST_DAY - timedelta(hours=13)},
    )
    tenant.connection.execute(
        "insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, buffer_before, buffer_after)"
        " select %(tenant)s, %(room)s, t, t + interval '5 minutes', '0', '0'"
        " from generate_series(1, %(count)s) n, lateral (select %(from)s + n * interval '2 hours') as o (t)",
        {"room": room, "tenant": tenant.id, "from": FIRST_DAY + timedelta(minutes=3), "count": NEIGHBOURS},
    )


@pytest.mark.skipif(SHARE == 0, reason="beside other tests it would measure them; make prove does")
@pytest.mark.parametrize("name", ATTACKS)
def test_one_member_cannot_stop_another_tenant(
    stack: Stack, tenant: Tenant, tmp_path: Path, figures: Figures, name: str
) -> None:
    theirs = make_tenant(tenant.connection)
    room = str(theirs.resource())
    crowd(theirs, room)
    with (
        stack.postgrest(tmp_path) as rest,
        running_gateway(rest.url, tmp_path, database_url=stack.gateway_database_url) as gateway,
    ):
        victim = Victim(gateway, tenant)
        victim.p99()  # makes the connections and plans that are kept
        ratios, delays = [], []
        for _ in range(ROUNDS):
            alone = victim.p99()
            with attack(name, gateway, theirs.person("member"), room):
                ratios.append(victim.p99() / alone)
                delays.append(victim.event_delay())
    figures.add(f"{ATTACKS[name]}: p99 of another tenant's booking, of what it is alone", statistics.median(ratios), "x",
                at_most=3)  # fmt: skip
    figures.add(f"{ATTACKS[name]}: another tenant's event after its booking", max(delays), "s", at_most=3)
    figures.add(f"{ATTACKS[name]}: violated invariants", violations(tenant) + violations(theirs), at_most=0)
