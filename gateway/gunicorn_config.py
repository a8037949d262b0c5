"""How gunicorn runs the gateway: ``gunicorn -c python:gateway.gunicorn_config gateway.wsgi:app``."""

import json
import resource
from contextlib import suppress
from typing import Any

from gunicorn.http.errors import InvalidResponseHeader, InvalidResponseHeaderName, ParseException
from gunicorn.workers.base_async import AsyncWorker
from gunicorn.workers.ggevent import GeventWorker

CLIENT_SECONDS = 60.0
"""For how long a client may take to send the next bytes of its request, or to take those of its answer."""


class Worker(GeventWorker):  # type: ignore[misc]
    """gunicorn's own, but impatient and discreet."""

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serves a connection; gunicorn's would wait for ever."""
        client.settimeout(CLIENT_SECONDS)
        AsyncWorker.handle(self, listener, client, addr)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Refuses what is no HTTP request in our shape, and does not log it: it may hold a token."""
        ours = (InvalidResponseHeader, InvalidResponseHeaderName)
        if not isinstance(exc, ParseException) or isinstance(exc, ours):
            super().handle_error(req, client, addr, exc)
            return
        hint = "This is not HTTP as we understand it, or its first line or its headers are too long."
        body = json.dumps({"code": "PT400", "message": "bad_request", "details": "{}", "hint": hint})
        head = f"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        with suppress(OSError):
            client.sendall(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())


worker_class = Worker
# Every open stream is a connection.
worker_connections = 10_000
# A write that is asked again may take long, but whoever stops the gateway waits no longer than this.
graceful_timeout = 10
limit_request_line = 8190
# Its warnings quote requests.
loglevel = "error"


def on_starting(server: Any) -> None:
    """Allows as many connections as the system does, where that is more than the usual 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * worker_connections
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def post_worker_init(worker: Any) -> None:
    """Lets open streams know when gunicorn has been told to stop, or it would wait for them in vain."""
    worker.wsgi.extensions["live_log"].stop_when(lambda: not worker.alive)
