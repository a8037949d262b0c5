"""``/v1/events/stream``: the log of changes as it grows, as Server-Sent Events.

What lies behind the client's cursor is read from the log by pages, with the caller's token, as ``/v1/events`` does;
what comes then is the live log's. A stream that has come to the end of the log first goes live and then looks at the log
once more: what was put in order before is on that page, what is put in order after is in its queue, and what is in both
is known by its position, which the page's last event has in the database. One that falls behind what is kept for it goes
back to the log.
"""

import queue
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import quote

import structlog
from flask import Response, request
from flask_openapi3 import APIBlueprint
from pydantic import Field

from gateway import events, exchange, foreign_errors, tokens
from gateway.errors import ApiError
from gateway.http_client import Answer
from gateway.limits import Callers
from gateway.live_log import Event, Listener, LiveLog, Member, message
from gateway.openapi import BEARER, Asked, described_blueprint, refusals
from gateway.rest import Upstream, as_caller, relayed
from gateway.settings import Settings

PAGE_SIZE = 200

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx's word for: pass on at once
_log = structlog.get_logger()


class Resume(Asked):
    """Where to go on."""

    last_event_id: str | None = Field(None, alias="Last-Event-ID", description="A cursor; counts more than `after`.")


def create_blueprint(upstream: Upstream, live_log: LiveLog, callers: Callers, settings: Settings) -> APIBlueprint:
    """The route ``/v1/events/stream``."""
    blueprint = described_blueprint("stream", __name__, "What happens, as it happens.")
    content = {"text/event-stream": {"schema": {"type": "string"}}}

    @blueprint.get(
        "/v1/events/stream",
        security=BEARER,
        responses={
            "200": {"description": "Server-Sent Events: `id` is the cursor, `data` an Event.", "content": content},
            **refusals(400, 401, 403, 410, 429, 502, 503, 504),
        },
    )
    def stream(query: events.Filter, header: Resume) -> Response:
        """The log after a cursor, or from now on, and then what happens, as it happens."""
        if known := callers.member(exchange.current()):
            # Before PostgREST is asked about a stream that there cannot be.
            live_log.check_room(known)
        given = header.last_event_id or query.after or None
        answer, expires_at = _ask_who(upstream)
        if answer.status != 200:
            return relayed(answer)
        listener = Listener(
            _member(answer.json()), _filter(query),
            expires_at=expires_at, stall=settings.stream_stall, hang_up=_hang_up(request.environ),
        )  # fmt: skip
        with ExitStack() as stack:
            stack.enter_context(live_log.heard_by(listener))
            cursor = given or live_log.end_of(listener.member[0])
            page = query.ask(upstream, cursor, PAGE_SIZE)
            if page.status != 200:
                return relayed(page)
            chunks = _Stream(upstream, live_log, query, listener, cursor, settings.stream_ping).chunks(
                page, is_new=given is None
            )
            response = Response(listener.sending(chunks), content_type="text/event-stream")
            response.headers.update(_HEADERS)
            response.call_on_close(stack.pop_all().close)
        started = time.monotonic()
        response.call_on_close(
            lambda: _log.info(
                "stream_ended", reason=listener.ended or "hung up", seconds=round(time.monotonic() - started, 1)
            )
        )
        return response

    return blueprint


class _Stream:
    """What one client is sent."""

    def __init__(
        self, upstream: Upstream, live_log: LiveLog, query: events.Filter, listener: Listener, cursor: str, ping: float
    ) -> None:
        self._upstream = upstream
        self._live_log = live_log
        self._query = query
        self._listener = listener
        self._cursor = cursor
        self._ping = ping

    def chunks(self, page: Answer, *, is_new: bool) -> Iterator[bytes]:
        """All events after the cursor, of which ``page`` are the first, until the stream ends."""
        if is_new:
            # Without data it is no event; but the client keeps the id, and loses nothing if it must come again.
            yield f": from here on\nid: {self._cursor}\n\n".encode()
        yield from self._past(page)
        while not self._listener.ended:
            yield from self._present()
            yield from self._past(self._ask())
        yield f": {self._listener.ended}\n\n".encode()

    def _past(self, page: Answer | None) -> Iterator[bytes]:
        """What is in the log, ``page`` first; at its end, the listener is live."""
        while page:
            found = events.split(page.data)
            if found:
                self._cursor = found[-1][0]
            yield b"".join(message(*event) for event in found)
            if len(found) < PAGE_SIZE:
                if self._listener.is_live:
                    return
                self._listener.is_live = True
            page = self._ask()

    def _present(self) -> Iterator[bytes]:
        """What comes after it, for as long as the listener is live, and a comment when nothing comes."""
        try:
            past = self._live_log.position_of(self._listener.member[0], self._cursor)
        except ApiError as error:
            self._listener.end(error.slug)
            return
        while not self._listener.ended:
            try:
                event = self._listener.take(self._ping)
            except queue.Empty:
                yield b": ping\n\n"
                continue
            if event is None:
                return
            if event.position > past:
                self._cursor = event.cursor
                yield event.message

    def _ask(self) -> Answer | None:
        """The next page of the log; without one, the stream has ended."""
        if not self._listener.ended:
            try:
                page = self._query.ask(self._upstream, self._cursor, PAGE_SIZE)
            except ApiError as error:
                self._listener.end(error.slug)
            else:
                if page.status == 200:
                    return page
                self._listener.end("refused by PostgREST")
        return None


def _ask_who(upstream: Upstream) -> tuple[Answer, float]:
    """PostgREST's answer with the caller's membership, and until when the token holds."""
    claims = tokens.unverified_claims(exchange.current().token)
    user_id = quote(str(claims.get("sub")))
    answer = upstream.ask(
        "GET", f"/members?select=tenant_id,user_id&user_id=eq.{user_id}", headers=as_caller(),
        is_write=False,
    )  # fmt: skip
    expires_at = float(claims.get("exp") or 0) if answer.status == 200 else 0
    # PostgREST lets pass what expired half a minute ago.
    if answer.status == 200 and expires_at <= time.time():
        raise ApiError(401, "token_expired", foreign_errors.EXPIRED)
    return answer, expires_at


def _member(rows: list[dict[str, str]]) -> Member:
    if len(rows) != 1:
        raise ApiError(403, "forbidden", "You are no member of this tenant.")
    return uuid.UUID(rows[0]["tenant_id"]), uuid.UUID(rows[0]["user_id"])


def _filter(query: events.Filter) -> Callable[[Event], bool]:
    """Whether an event is one that is asked for, as list_events decides it."""

    def wants(event: Event) -> bool:
        return query.wants_type(event.type) and query.resource_id in (None, event.resource_id)

    return wants


def _hang_up(environ: dict[str, Any]) -> Callable[[], None]:
    """Ends the connection of a request under gunicorn: whoever waits to write to it is woken by an error."""
    connection = environ.get("gunicorn.socket")

    def hang_up() -> None:
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    return hang_up
