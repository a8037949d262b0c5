"""What every request meets before and after it is answered: an id, the limits, the body read whole, the log, the counts.

It is plain WSGI. What PostgREST answers never enters Flask, whose routing and objects cost more than all that is done
here; Flask answers the rest.
"""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from werkzeug.http import HTTP_STATUS_CODES

from gateway import bodies, cors, errors, exchange, logs, rest
from gateway.errors import ApiError
from gateway.exchange import Exchange
from gateway.http_client import Answer
from gateway.limits import Callers, Rate
from gateway.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Edge:
    """The application around Flask's."""

    def __init__(
        self, app: Flask, pass_on: Callable[[Exchange], Answer],
        count: Callable[[Exchange, int, float, bool], None], callers: Callers, settings: Settings,
    ) -> None:  # fmt: skip
        self._flask = app.wsgi_app
        app.before_request(_note_route)
        self._pass_on = pass_on
        self._count = count
        self._callers = callers
        self._rate = Rate(settings, callers)
        self._max_body_bytes = settings.max_body_bytes

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        asked = exchange.begin(environ)
        try:
            self._rate.check(asked)
            asked.body = bodies.read(environ, self._max_body_bytes)
            answer = self._pass_on(asked) if rest.handles(asked) else None
        except ApiError as error:
            answer = error.answer()
        except Exception as error:  # noqa: BLE001 (whatever it was, the client gets the one shape)
            answer = errors.unexpected(error).answer()
        if answer is None:

            def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                return start_response(status, self._finish(asked, int(status[:3]), headers), exc_info)

            return self._flask(environ, begin)
        status = f"{answer.status} {HTTP_STATUS_CODES.get(answer.status, 'Unknown')}"
        start_response(status, self._finish(asked, answer.status, answer.headers))
        return [] if asked.method == "HEAD" else [answer.data]

    def _finish(self, asked: Exchange, status: int, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The headers of the answer; what is to be told and kept of it is."""
        self._callers.learn(asked)
        took = time.monotonic() - asked.started
        self._count(asked, status, took, any(name.lower() == "idempotency-replayed" for name, _ in headers))
        logs.write_request(asked, status, took)
        headers.append(("X-Request-Id", asked.request_id))
        return cors.allow(asked.environ, headers)


def _note_route() -> None:
    if request.url_rule:
        exchange.current().route = request.url_rule.rule
