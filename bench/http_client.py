"""One keep-alive HTTP client, a process of its own: ``rest`` starts several, so that no interpreter lock is shared.

Reads a JSON object from its standard input, connects, makes one request, says so with a line, waits for another line,
connects anew, then makes one request after the other for so many seconds, and prints how long each took. It speaks just
the HTTP that it needs: whatever it spends is taken from what it measures.
"""

import itertools
import json
import re
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

_ID = re.compile(rb'"id": ?("[0-9a-f-]{36}")')


class Connection:
    """A connection that is kept."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._socket = socket.create_connection((host, port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._token = token
        self._host = host

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """The status, and all that came, headers included."""
        self._socket.sendall(
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        received = b""
        while not _complete(received):
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionError("the server hung up")
            received += part
        return int(received[9:12]), received


def _complete(received: bytes) -> bool:
    head, found, body = received.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.lower().split(b"\r\n")[1:]:
        if line.startswith(b"content-length:"):
            return len(body) >= int(line[15:])
        if line.startswith(b"transfer-encoding: chunked"):
            return body.endswith(b"0\r\n\r\n")
    return True


def bodies(body: dict[str, Any], slots: range, resources: list[str]) -> Iterator[bytes]:
    """The same body over and over; with ``slots``, each books the next of them on the next resource."""
    if not slots:
        constant = json.dumps(body).encode()
        while True:
            yield constant
    # The year 2100 is what bench.population.Slots.FIRST says; seconds are enough for PostgreSQL to read.
    for number, slot in enumerate(slots):
        start, end = (_time(minute) for minute in (slot, slot + 1))
        yield json.dumps(
            {**body, "resource_id": resources[number % len(resources)], "starts_at": start, "ends_at": end}
        ).encode()


def _time(minute: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(4_102_444_800 + minute * 60))


def main() -> None:
    task = json.loads(sys.stdin.readline())
    address = task["host"], task["port"], task["token"]
    connection = Connection(*address)
    stream = bodies(task["body"], range(*task["slots"]), task["resources"])
    resources = itertools.cycle(task["resources"])

    def ask(method: str, path: str, body: bytes = b"") -> bytes:
        status, received = connection.ask(method, path, body)
        if status != 200:
            print(received.decode(errors="replace").replace("\r\n", " "), file=sys.stderr)
            sys.exit(1)
        return received

    def request() -> None:
        if task["method"] == "GET":
            ask("GET", task["path"].format(resource=next(resources)))
            return
        answer = ask("POST", task["path"], next(stream))
        if task["then"]:
            made = _ID.search(answer)
            assert made, answer
            ask("POST", task["then"], b'{"reservation_id":%b}' % made[1])

    request()
    print("ready", flush=True)
    sys.stdin.readline()
    # Others may have taken long to get ready, and a server hangs up on whoever is silent.
    connection = Connection(*address)
    took = []
    began = now = time.perf_counter()
    while now - began < task["seconds"]:
        request()
        then, now = now, time.perf_counter()
        took.append(now - then)
    json.dump(took, sys.stdout)


if __name__ == "__main__":
    main()
