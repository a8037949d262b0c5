"""A reader of Server-Sent Events who follows the letter of the standard."""

import json
import socket
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.conftest import Person
from tests.gateway_fixtures import Gateway


class Stream:
    """One connection; ``cursor`` is what a browser would send as Last-Event-ID."""

    def __init__(
        self, gateway: Gateway, person: Person | None, query: str = "", cursor: str | None = None,
        token: str | None = None, buffer: int | None = None,
    ) -> None:  # fmt: skip
        self.cursor = cursor
        self.comments: list[str] = []
        self.ended = False
        address = urlsplit(gateway.url)
        self._socket = socket.socket()
        if buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._socket.connect((address.hostname, address.port))
        self._socket.settimeout(20)
        lines = [f"GET /v1/events/stream?{query} HTTP/1.1", "Host: x"]
        if token or person:
            lines.append(f"Authorization: Bearer {token or (person and person.token)}")
        if cursor:
            lines.append(f"Last-Event-ID: {cursor}")
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._buffer = b""
        self._text = b""

    def open(self) -> Self:
        """Waits for the headers of a 200."""
        while b"\r\n\r\n" not in self._buffer:
            more = self._socket.recv(65536)
            assert more, self._buffer
            self._buffer += more
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        assert b" 200 " in head.splitlines()[0], head + self._buffer
        assert b"\r\ncontent-type: text/event-stream\r\n" in head.lower(), head
        self._unchunk()
        return self

    def _unchunk(self) -> None:
        while b"\r\n" in self._buffer:
            length, _, rest = self._buffer.partition(b"\r\n")
            size = int(length, 16)
            if len(rest) < size + 2:
                return
            self._text += rest[:size]
            self._buffer = rest[size + 2 :]
            self.ended = self.ended or size == 0

    def events(self, until: float = 20) -> Iterator[dict[str, Any]]:
        """Events as they come; for so many seconds, or until the stream ends."""
        deadline = time.monotonic() + until
        while True:
            while b"\n\n" in self._text:
                block, _, self._text = self._text.partition(b"\n\n")
                data = None
                for line in block.decode().split("\n"):
                    name, _, value = line.partition(":")
                    value = value.removeprefix(" ")
                    if name == "":
                        self.comments.append(value)
                    elif name == "id":
                        self.cursor = value
                    elif name == "data":
                        data = value
                    else:
                        raise AssertionError(line)
                if data is not None:
                    event = json.loads(data)
                    assert event["cursor"] == self.cursor
                    yield event
            left = deadline - time.monotonic()
            if self.ended or left <= 0:
                return
            self._socket.settimeout(left)
            try:
                more = self._socket.recv(65536)
            except TimeoutError:
                return
            except ConnectionResetError:
                more = b""
            self.ended = self.ended or not more
            self._buffer += more
            self._unchunk()

    def take(self, count: int) -> list[dict[str, Any]]:
        """So many events."""
        found = []
        for event in self.events():
            found.append(event)
            if len(found) == count:
                return found
        raise AssertionError(f"{len(found)} of {count} events came; {self.comments}")

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
