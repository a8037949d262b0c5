"""How gunicorn runs the gateway: ``gunicorn -c python:gateway.gunicorn_config gateway.wsgi:app``."""

import resource
from typing import Any

worker_class = "gevent"
# Every open stream is a connection.
worker_connections = 10_000
# A write that is asked again may take long, but whoever stops the gateway waits no longer than this.
graceful_timeout = 10
limit_request_line = 8190
loglevel = "warning"


def on_starting(server: Any) -> None:
    """Allows as many connections as the system does, where that is more than the usual 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * worker_connections
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def post_worker_init(worker: Any) -> None:
    """Lets open streams know when gunicorn has been told to stop, or it would wait for them in vain."""
    worker.wsgi.extensions["feed"].stop_when(lambda: not worker.alive)
