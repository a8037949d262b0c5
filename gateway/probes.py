"""``/live``, ``/ready`` and ``/metrics``: what those who run Berth ask it."""

import time

from flask import Response, g, jsonify, request
from flask_openapi3 import OpenAPI, Tag
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel
from urllib3.exceptions import HTTPError

from gateway import logs, rest
from gateway.attempts import Attempts
from gateway.live_log import LiveLog

READY_WITHIN = 2.0
_TAGS = [Tag(name="probes", description="For those who run Berth.")]


class Live(BaseModel):
    """It runs."""

    live: bool


class Ready(BaseModel):
    """Whether it can work."""

    ready: bool


def init_app(app: OpenAPI, upstream: rest.Upstream, live_log: LiveLog, attempts: Attempts) -> None:
    """Adds the three routes and counts every request."""
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
        """Whether it reaches PostgREST."""
        try:
            # Without a token the answer is 401, which the database gives.
            is_ready = upstream.ask_once("GET", "/", timeout=READY_WITHIN).status < 500
        except HTTPError:
            is_ready = False
        response = jsonify(ready=is_ready)
        response.status_code = 200 if is_ready else 503
        return response

    streams = Gauge("berth_event_streams", "Open streams of /v1/events/stream.", registry=registry)
    streams.set_function(lambda: len(live_log))
    text = {"description": "Prometheus' text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}

    @app.get("/metrics", tags=_TAGS, responses={200: text})
    def metrics() -> Response:
        """Counts and times of requests."""
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    @app.after_request
    def count(response: Response) -> Response:
        # Anybody can make up methods, and every one would be a new series.
        method = request.method if request.method in rest.METHODS else "other"
        requests.labels(logs.route(), method, response.status_code).inc()
        seconds.labels(logs.route(), method).observe(time.monotonic() - g.started)
        retries.inc(max(0, g.get("upstream_attempts", 0) - 1))
        if "Idempotency-Replayed" in response.headers:
            replays.inc()
        return response
