"""JSON lines on stderr, one a request: never a query string, a header or a body, which may hold secrets."""

import logging
import re
import sys
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from gateway.error_text import format_exception

_log = structlog.get_logger()
_SANE_ID = re.compile(r"[!-~]{1,128}")


def configure() -> None:
    """Makes structlog write as every process of ours does."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(format_exception),
            structlog.processors.JSONRenderer(),
        ],
        # Wherever standard error goes when the line is written.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )


def init_app(app: Flask) -> None:
    """Gives every request an id, and every answer a line."""
    configure()
    # It warns of every lost connection, with the URL; the attempts are counted in our own line.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    app.before_request(_begin)
    app.after_request(_finish)


def route() -> str:
    """The pattern of the request's route, which unlike its path holds nothing that the client made up."""
    return request.url_rule.rule if request.url_rule else "unknown"


def _begin() -> None:
    g.started = time.monotonic()
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
    # One greenlet serves all requests of a connection.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    _log.info(
        "request",
        method=request.method,
        route=route(),
        status=response.status_code,
        duration_ms=round((time.monotonic() - g.started) * 1000, 1),
        upstream_attempts=g.get("upstream_attempts", 0),
    )
    return response
