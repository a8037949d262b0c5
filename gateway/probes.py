"""``/live``, ``/ready`` and ``/metrics``: what those who run Berth ask it."""

import time

from flask import Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from urllib3.exceptions import HTTPError

from gateway import logs, rest
from gateway.attempts import Attempts

READY_WITHIN = 2.0


def init_app(app: Flask, upstream: rest.Upstream, attempts: Attempts) -> None:
    """Adds the three routes and counts every request."""
    # Its own, not the library's global one: several apps may live in one process.
    registry = CollectorRegistry()
    requests = Counter("berth_http_requests", "Requests answered.", ["route", "method", "status"], registry=registry)
    seconds = Histogram(
        "berth_http_request_duration_seconds", "Time to the answer.", ["route", "method"], registry=registry
    )
    retries = Counter("berth_upstream_retries", "Requests asked of PostgREST once more.", registry=registry)
    replays = Counter(
        "berth_idempotent_replays", "Answers that an Idempotency-Key had been given before.", registry=registry
    )
    registry.register(attempts)

    @app.get("/live")
    def live() -> Response:
        return jsonify(live=True)

    @app.get("/ready")
    def ready() -> Response:
        try:
            # Without a token the answer is 401, which the database gives.
            is_ready = upstream.ask_once("GET", "/", timeout=READY_WITHIN).status < 500
        except HTTPError:
            is_ready = False
        response = jsonify(ready=is_ready)
        response.status_code = 200 if is_ready else 503
        return response

    @app.get("/metrics")
    def metrics() -> Response:
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
