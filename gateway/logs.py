"""JSON lines on stderr, one a request: never a query string, a header or a body, which may hold secrets."""

import json
import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

from gateway import exchange
from gateway.error_text import format_exception
from gateway.exchange import Exchange

_encode = json.JSONEncoder().encode


def configure() -> None:
    """Makes structlog write as every process of ours does."""
    # It warns of every lost connection, with the URL.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            _add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(format_exception),
            structlog.processors.JSONRenderer(),
        ],
        # Wherever standard error goes when the line is written.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )


def write_request(asked: Exchange, status: int, seconds: float) -> None:
    """The line of a request, as structlog would write it, in a fifth of the time."""
    line = {
        "event": "request",
        "level": "info",
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "request_id": asked.request_id,
        "method": asked.method,
        "route": asked.route,
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
        "upstream_attempts": asked.upstream_attempts,
    }
    sys.stderr.write(_encode(line) + "\n")
    sys.stderr.flush()


def _add_request_id(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request_id = exchange.current_id()
    if request_id:
        event["request_id"] = request_id
    return event
