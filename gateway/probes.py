"""``/live``, ``/ready`` and ``/metrics``: what those who run Berth ask it."""

import os
from collections.abc import Callable
from functools import lru_cache

from flask import Response, jsonify
from flask_openapi3 import OpenAPI, Tag
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from pydantic import BaseModel

from gateway import rest
from gateway.attempts import Attempts
from gateway.database import Database
from gateway.errors import ApiError
from gateway.exchange import Exchange
from gateway.http_client import HttpError
from gateway.live_log import LiveLog

READY_WITHIN = 2.0
# One series more of each counter, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]
_TAGS = [Tag(name="probes", description="For those who run Berth.")]


class Live(BaseModel):
    """It runs."""

    live: bool


class Ready(BaseModel):
    """Whether it can work."""

    ready: bool


def init_app(
    app: OpenAPI, upstream: rest.Upstream, database: Database, live_log: LiveLog, attempts: Attempts
) -> Callable[[Exchange, int, float, bool], None]:
    """Adds the three routes; returns what counts a request by its status, its seconds and whether it was a replay."""
    # Its own, not the library's global one: several apps may live in one process.
    registry = app.extensions["metrics"] = CollectorRegistry()
    requests = Counter("berth_http_requests", "Requests answered.", ["route", "method", "status"], registry=registry)
    seconds = Histogram(
        "berth_http_request_duration_seconds", "Time to the answer.", ["route", "method"], registry=registry
    )
    retries = Counter("berth_upstream_retries", "Requests asked of PostgREST once more.", registry=registry)
    replays = Counter(
        "berth_idempotent_replays", "Answers that an Idempotency-Key had been given before.", registry=registry
    )
    registry.register(attempts)

    @app.get("/live", tags=_TAGS, responses={200: Live})
    def live() -> Response:
        """Whether the gateway runs."""
        return jsonify(live=True)

    @app.get("/ready", tags=_TAGS, responses={200: Ready, 503: Ready})
    def ready() -> Response:
        """Whether it reaches PostgREST, and the database."""
        try:
            if database.is_configured:
                # PostgREST has read the schema; the database itself is asked with what is no error in its log.
                is_ready = upstream.ask_once("OPTIONS", "/", timeout=READY_WITHIN).status < 500
                with database.connection(READY_WITHIN) as connection:
                    connection.execute("select 1")
            else:
                # Without a token the answer is 401, which the database gives.
                is_ready = upstream.ask_once("GET", "/", timeout=READY_WITHIN).status < 500
        except (HttpError, ApiError):
            is_ready = False
        response = jsonify(ready=is_ready)
        response.status_code = 200 if is_ready else 503
        return response

    registry.register(live_log.open_streams)
    text = {"description": "Prometheus' text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}

    @app.get("/metrics", tags=_TAGS, responses={200: text})
    def metrics() -> Response:
        """Counts and times of requests, of all processes of this gateway together."""
        return Response(generate_latest(_of_all_processes(registry)), content_type=CONTENT_TYPE_LATEST)

    # Few of either: routes, methods and statuses are ours.
    counted, timed = lru_cache(1024)(requests.labels), lru_cache(256)(seconds.labels)

    def count(asked: Exchange, status: int, took: float, is_replay: bool) -> None:
        # Anybody can make up methods, and every one would be a new series.
        method = asked.method if asked.method in rest.METHODS else "other"
        counted(asked.route, method, status).inc()
        timed(asked.route, method).observe(took)
        if asked.upstream_attempts > 1:
            retries.inc(asked.upstream_attempts - 1)
        if is_replay:
            replays.inc()

    return count


def _of_all_processes(registry: CollectorRegistry) -> CollectorRegistry:
    """The registry, or, under gunicorn, what all its processes have written where gunicorn_config.py told them to."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return registry
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared
