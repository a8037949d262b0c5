"""How gunicorn runs the gateway: ``gunicorn -c python:gateway.gunicorn_config gateway.wsgi:app``."""

import json
import os
import resource
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any

from gunicorn.http import wsgi
from gunicorn.http.errors import InvalidResponseHeader, InvalidResponseHeaderName, ParseException
from gunicorn.workers.base_async import AsyncWorker
from gunicorn.workers.ggevent import GeventWorker

from gateway.connections import SlowRequestError, network_of
from gateway.settings import Settings

CLIENT_SECONDS = 60.0
"""For how long a client may take no bytes of its answer."""

CROWDED_SECONDS = 2
"""For how long a connection may be idle while more than half of all that a process serves are taken."""

_settings = Settings.from_environment()
# Where the processes of this gunicorn count together, or /metrics would tell what one of them has counted. The library
# reads it when it is imported, which is later, in each process.
METRICS_FOLDER = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.mkdtemp(prefix="berth-metrics-"))
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_FOLDER)
# Behind a proxy, all connections have the proxy's address.
_max_connections = 0 if _settings.trusted_proxies else _settings.address_connections


class TimedSocket:
    """A client's socket from which a whole request is read within its time, and which does not wait long for the next.

    A timeout of the socket alone starts anew with every byte.
    """

    def __init__(self, client: Any, idle_seconds: Callable[[], float]) -> None:
        self._client = client
        self._idle_seconds = idle_seconds
        self.is_idle = False
        """Whether it waits for a request to begin."""
        self._deadline: float | None = None
        self._request: Any = None

    def expect_request(self) -> None:
        """The next byte begins a request."""
        self._deadline = None
        self._request = None

    def expect_body(self, request: Any) -> None:
        """What is read from now on is the request's."""
        self._request = request

    def recv(self, size: int) -> bytes:
        """What has come; nothing, as if the client had hung up, where no request begins in time."""
        deadline = self._deadline
        left = self._idle_seconds() if deadline is None else deadline - time.monotonic()
        if left <= 0:
            raise self._too_slow()
        self._client.settimeout(left)
        self.is_idle = deadline is None
        try:
            data: bytes = self._client.recv(size)
        except TimeoutError:
            if deadline is None:
                return b""
            raise self._too_slow() from None
        finally:
            self.is_idle = False
            self._client.settimeout(CLIENT_SECONDS)
        if deadline is None:
            self._deadline = time.monotonic() + _settings.request_seconds
        return data

    def hang_up_if_idle(self) -> None:
        """Ends the wait for a request; one that has arrived is still read, and answered."""
        if self.is_idle:
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_RD)

    def _too_slow(self) -> SlowRequestError:
        if self._request:
            # The answer tells the client that it is the last.
            self._request.force_close()
        return SlowRequestError()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class WholeResponse(wsgi.Response):  # type: ignore[misc]
    """gunicorn's own, but an answer that comes in one piece is sent in one: each piece costs as much as all our code."""

    headers_sent: bool

    def write(self, arg: bytes) -> None:
        if self.headers_sent or self._omits_body or self.response_length != len(arg):
            super().write(arg)
            return
        head = self.default_headers() + [f"{name}: {value}\r\n" for name, value in self.headers]
        self.headers_sent = True
        self.sent = len(arg)
        self.sock.sendall("".join([*head, "\r\n"]).encode("latin-1") + arg)


# There is no setting for it.
wsgi.Response = WholeResponse


class Worker(GeventWorker):  # type: ignore[misc]
    """gunicorn's own, but impatient and discreet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connections: Counter[str] = Counter()
        self._sockets: set[TimedSocket] = set()

    def notify(self) -> None:
        """Called every second, also while it stops: then nobody waits for connections on which nothing happens."""
        super().notify()
        if not self.alive:
            for one in tuple(self._sockets):
                one.hang_up_if_idle()

    def _idle_seconds(self) -> float:
        """The usual time, or a short one while connections run out."""
        longest = keepalive or CROWDED_SECONDS
        return min(longest, CROWDED_SECONDS) if len(self._sockets) > worker_connections // 2 else longest

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serves a connection; gunicorn's would wait for ever, and for any number of one address."""
        client.settimeout(CLIENT_SECONDS)
        # A socket of the file system has no address.
        address = network_of(addr[0]) if isinstance(addr, tuple) else ""
        self._connections[address] += 1
        try:
            if address and 0 < _max_connections < self._connections[address]:
                _refuse(client, 429, "too_many_requests", "Too many connections from your network. Close some first.")
                client.close()
            else:
                timed = TimedSocket(client, self._idle_seconds)
                self._sockets.add(timed)
                try:
                    AsyncWorker.handle(self, listener, timed, addr)
                finally:
                    self._sockets.discard(timed)
        finally:
            self._connections[address] -= 1
            if not self._connections[address]:
                del self._connections[address]

    def timeout_ctx(self) -> AbstractContextManager[None]:
        """Nothing: the socket minds the time, and does so for the body too."""
        return nullcontext()

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answers a request that has begun; what is read after it begins the next."""
        sock.expect_body(req)
        super().handle_request(listener_name, req, sock, addr)
        sock.expect_request()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Refuses what is no HTTP request in our shape, and does not log it: it may hold a token."""
        ours = (InvalidResponseHeader, InvalidResponseHeaderName)
        if isinstance(exc, SlowRequestError):
            _refuse(client, 408, "request_timeout", "The request took too long to arrive. Send it again.")
        elif isinstance(exc, ParseException) and not isinstance(exc, ours):
            hint = "This is not HTTP as we understand it, or its first line or its headers are too long."
            _refuse(client, 400, "bad_request", hint)
        else:
            super().handle_error(req, client, addr, exc)


_REASONS = {400: "Bad Request", 408: "Request Timeout", 429: "Too Many Requests"}


def _refuse(client: Any, status: int, slug: str, hint: str) -> None:
    """The last answer on a connection, for what never became a request."""
    body = json.dumps({"code": f"PT{status}", "message": slug, "details": "{}", "hint": hint})
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    with suppress(OSError):
        client.sendall(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())


worker_class = Worker
# Every open stream is a connection.
worker_connections = 10_000
# Longer than a proxy or a client's pool keeps a connection, so that they close it: what they send on one that the gateway
# is closing is lost.
keepalive = _settings.keepalive_seconds
# A write that is asked again may take long, but whoever stops the gateway waits no longer than this.
graceful_timeout = 10
limit_request_line = 8190
# Its warnings quote requests.
loglevel = "error"


def on_starting(server: Any) -> None:
    """Begins to count at zero; allows as many connections as the system does, where that is more than the usual 1,024."""
    METRICS_FOLDER.mkdir(parents=True, exist_ok=True)
    for file in METRICS_FOLDER.glob("*.db"):
        file.unlink()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * worker_connections
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def post_worker_init(worker: Any) -> None:
    """Lets open streams know when gunicorn has been told to stop, or it would wait for them in vain."""
    worker.wsgi.extensions["live_log"].stop_when(lambda: not worker.alive)


def child_exit(server: Any, worker: Any) -> None:
    """What a process had open is closed with it; what it has counted stays counted."""
    for file in METRICS_FOLDER.glob(f"gauge_live*_{worker.pid}.db"):
        file.unlink()


def on_exit(server: Any) -> None:
    """Leaves nothing behind."""
    shutil.rmtree(METRICS_FOLDER, ignore_errors=True)
