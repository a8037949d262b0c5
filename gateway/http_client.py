"""An HTTP/1.1 client for one server that is asked all the time: kept connections, and as little as possible between.

It reads an answer whole and leaves it as it came. It never asks twice: whether that does harm, its caller knows.
"""

import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httptools

_LARGEST_READ = 65536
_CONNECT_SECONDS = 5.0
_IDLE_SECONDS = 20.0
"""For how long a connection is kept: PostgREST closes what was idle for 30 s, and loses what is sent meanwhile."""
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})


class HttpError(Exception):
    """No answer came."""


class UnreachableError(HttpError):
    """The request was not sent: no connection could be made, or none came free."""


class SilentError(HttpError):
    """It was sent, and no byte came within the time."""


class BrokenError(HttpError):
    """It was sent, and the connection broke, or what came is no HTTP."""


@dataclass(slots=True)
class Answer:
    """A whole answer."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of this name, in small letters."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def json(self) -> Any:
        """The body, read as JSON; ValueError if it is none."""
        return json.loads(self.data)


class _Reading:
    """Reads one answer; its methods are the parser's callbacks."""

    def __init__(self, *, is_head: bool) -> None:
        self.answer = Answer()
        self.done = False
        self.is_too_much = False
        self._is_head = is_head
        self._parts: list[bytes] = []
        self._has_end = False
        self._is_kept = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Takes what has come; nothing means that the server has hung up."""
        if data:
            self._parser.feed_data(data)
        elif self.answer.status and not self._has_end:
            # Nothing but the end of the connection ends such a body.
            self.done = self.is_too_much = True
        else:
            raise BrokenError("the connection broke")
        if self.done:
            self.answer.data = b"".join(self._parts)

    def may_go_on(self) -> bool:
        """Whether the connection can be asked again."""
        return self._is_kept and not self.is_too_much

    def on_message_begin(self) -> None:
        if self.done:
            self.is_too_much = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.done:
            return
        self.answer.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self.done:
            return
        status = self._parser.get_status_code()
        if status < 200:
            self.answer.headers.clear()
            return
        self.answer.status = status
        # The parser forgets it at the end of the message.
        self._is_kept = self._parser.should_keep_alive()
        self._has_end = any(name.lower() in ("content-length", "transfer-encoding") for name, _ in self.answer.headers)
        if self._is_head:
            self.done = True

    def on_body(self, data: bytes) -> None:
        if not self.done:
            self._parts.append(data)
        else:
            self.is_too_much = True

    def on_message_complete(self) -> None:
        if self.answer.status:
            self.done = True


class HttpClient:
    """Asks one server, over ``size`` connections at most; who comes when all are taken waits for one."""

    def __init__(self, url: str, size: int) -> None:
        parts = urlsplit(url)
        is_tls = parts.scheme == "https"
        self._address = (parts.hostname or "", parts.port or (443 if is_tls else 80))
        self._tls = ssl.create_default_context() if is_tls else None
        self._host = parts.netloc.rpartition("@")[2]
        self._base = parts.path.rstrip("/")
        self._free = threading.BoundedSemaphore(size)
        self._idle: list[socket.socket] = []
        self._idle_since: dict[socket.socket, float] = {}

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer:
        """The answer; HttpError if none comes. ``timeout`` is how long the server may say nothing."""
        head = [f"{method} {self._base}{target} HTTP/1.1\r\nHost: {self._host}\r\n"]
        head += [f"{name}: {value}\r\n" for name, value in headers.items()]
        if body or method in _WITH_LENGTH:
            head.append(f"Content-Length: {len(body)}\r\n")
        head.append("\r\n")
        message = "".join(head).encode("latin-1") + body
        if not self._free.acquire(timeout=timeout):
            raise UnreachableError("no connection came free")
        try:
            connection = self._connect(timeout)
            try:
                reading = self._exchange(connection, message, is_head=method == "HEAD")
            except BaseException as error:
                connection.close()
                if isinstance(error, TimeoutError):
                    raise SilentError("no answer in time") from error
                if isinstance(error, OSError | httptools.HttpParserError):
                    raise BrokenError("the connection broke") from error
                raise
            if reading.may_go_on():
                self._idle_since[connection] = time.monotonic()
                self._idle.append(connection)
            else:
                connection.close()
            return reading.answer
        finally:
            self._free.release()

    def _connect(self, timeout: float) -> socket.socket:
        """A connection that is kept, unless the server has hung up meanwhile; else a new one."""
        while self._idle:
            connection = self._idle.pop()
            if time.monotonic() - self._idle_since.pop(connection) > _IDLE_SECONDS:
                connection.close()
                continue
            connection.settimeout(0)
            # Below TLS, which has no such flag. Alive is where nothing can be read yet.
            try:
                socket.socket.recv(connection, 1, socket.MSG_PEEK)
            except BlockingIOError:
                connection.settimeout(timeout)
                return connection
            except OSError:
                pass
            connection.close()
        try:
            connection = socket.create_connection(self._address, min(timeout, _CONNECT_SECONDS))
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls:
                    connection = self._tls.wrap_socket(connection, server_hostname=self._address[0])
                connection.settimeout(timeout)
            except BaseException:
                connection.close()
                raise
        except OSError as error:
            raise UnreachableError("no connection") from error
        return connection

    @staticmethod
    def _exchange(connection: socket.socket, message: bytes, *, is_head: bool) -> _Reading:
        # A server may refuse what it has not read to its end.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(message)
        reading = _Reading(is_head=is_head)
        while not reading.done:
            reading.feed(connection.recv(_LARGEST_READ))
        return reading
