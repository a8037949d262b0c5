"""The one shape of every error, which is PostgREST's: code, message (a slug), details (JSON as text), hint."""

import json
from typing import Any

import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from gateway.http_client import Answer

_log = structlog.get_logger()


class ApiError(Exception):
    """A refusal of the gateway's own."""

    def __init__(
        self,
        status: int,
        slug: str,
        hint: str,
        details: dict[str, Any] | None = None,
        *,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(slug)
        self.status = status
        self.slug = slug
        self.hint = hint
        self.details = details or {}
        self.retry_after = 1 if status == 503 else retry_after

    def response(self) -> Response:
        """The refusal as the client gets it."""
        answer = self.answer()
        return Response(answer.data, answer.status, answer.headers)

    def answer(self) -> Answer:
        """The same, outside of Flask."""
        told = {
            "code": f"PT{self.status}",
            "message": self.slug,
            "details": json.dumps(self.details),
            "hint": self.hint,
        }
        body = json.dumps(told).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        if self.retry_after:
            headers.append(("Retry-After", str(self.retry_after)))
        return Answer(self.status, headers, body)


def init_app(app: Flask) -> None:
    """Answers whatever goes wrong in the one shape."""
    app.register_error_handler(ApiError, ApiError.response)
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(RecursionError, _refuse_depth)
    app.register_error_handler(Exception, _fail)


def _refuse(error: HTTPException) -> Response:
    """Flask's own 404, 405, 413 ..."""
    slug = error.name.lower().replace(" ", "_")
    response = ApiError(error.code or 500, slug, error.description or error.name).response()
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def _refuse_depth(error: RecursionError) -> Response:
    """Of JSON in JSON, more than Python reads."""
    hint = "This is nested too deeply. Send JSON with fewer levels."
    return ApiError(400, "invalid_argument", hint).response()


def _fail(error: Exception) -> Response:
    return unexpected(error).response()


def unexpected(error: Exception) -> ApiError:
    """The last resort: a fault of ours. The client gets the request's id, the log gets the rest."""
    _log.error("unexpected_error", exc_info=error)
    return ApiError(500, "internal_error", "A fault in the gateway; report it with the X-Request-Id.")
