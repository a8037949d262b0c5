"""``/v1/events``: the log of changes, a page at a time, read with the caller's own authority."""

import json
import re
import uuid
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any

from flask import Response
from flask_openapi3 import APIBlueprint
from pydantic import BaseModel, BeforeValidator, Field, field_validator

from gateway import exchange
from gateway.errors import ApiError
from gateway.http_client import Answer
from gateway.live_log import LiveLog
from gateway.openapi import BEARER, Asked, described_blueprint, refusals
from gateway.rest import Upstream, as_caller, relayed

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100
MAX_GLOBS = 20
MAX_GLOB = 50
_START = re.compile(rb'\{"id":"([0-9a-f-]{36})","type":"')
_GLOB = frozenset("abcdefghijklmnopqrstuvwxyz_.*")
_COLUMNS = "id,type,tenant_id,occurred_at,actor_id,cursor,data"


def matches(glob: str, text: str) -> bool:
    """Whether a glob is of this text; in one pass, where a regular expression may try each asterisk at each place."""
    first, *rest = glob.split("*")
    if not rest:
        return glob == text
    if not text.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(text) - at >= len(rest[-1]) and text.endswith(rest[-1])


def split(page: bytes) -> list[tuple[str, bytes]]:
    """The events of PostgREST's answer, as cursor and text, which go on as they came.

    To decode and encode them would round their numbers, and a member's metadata may be nested deeper than Python reads.
    Nothing else begins like an event: within strings quotes are escaped, and jsonb has a space after each colon.
    """
    starts = list(_START.finditer(page))
    parts = pairwise([*(start.start() for start in starts), len(page)])
    return [
        (start[1].decode(), page[begin:end].rstrip(b" \r\n,]"))
        for start, (begin, end) in zip(starts, parts, strict=True)
    ]


class Filter(Asked):
    """Which events are wanted."""

    after: str | None = Field(None, description="A cursor, as an event carries it; without one, see the route.")
    types: list[str] = Field(
        [],
        description="Event types or globs, such as `reservation.*`; also separated by commas."
        f" At most {MAX_GLOBS}, of letters, `_`, `.` and `*`, each of at most {MAX_GLOB} characters.",
    )
    resource_id: Annotated[uuid.UUID | None, BeforeValidator(lambda given: given or None)] = Field(
        None, description="Only events of this resource."
    )

    @field_validator("types")
    @classmethod
    def _split(cls, given: list[str]) -> list[str]:
        globs = [glob.strip() for part in given for glob in part.split(",") if glob.strip()]
        if len(globs) > MAX_GLOBS or not all(len(glob) <= MAX_GLOB and set(glob) <= _GLOB for glob in globs):
            raise ValueError(
                f"at most {MAX_GLOBS} types or globs of small letters, _, . and *, each of at most {MAX_GLOB} characters"
            )
        return globs

    def wants_type(self, event_type: str) -> bool:
        """Whether events of this type are asked for, as list_events decides it."""
        return not self.types or any(matches(glob, event_type) for glob in self.types)

    def ask(self, upstream: Upstream, after: str | None, limit: int) -> Answer:
        """PostgREST's answer with the next page."""
        arguments = {
            "after": after,
            "types": self.types or None,
            "resource_id": self.resource_id and str(self.resource_id),
            "max_results": limit,
        }
        # A POST only in name: it may put in order what has been committed, which may well happen twice.
        return upstream.ask(
            "POST", f"/rpc/list_events?select={_COLUMNS}", headers=as_caller(),
            body=json.dumps(arguments).encode(), is_write=False,
        )  # fmt: skip


class PageFilter(Filter):
    """One page of them."""

    limit: Annotated[int, BeforeValidator(lambda given: given or DEFAULT_LIMIT)] = Field(
        DEFAULT_LIMIT, ge=1, le=MAX_LIMIT
    )


class Event(BaseModel):
    """One change."""

    id: uuid.UUID
    type: str = Field(examples=["reservation.confirmed"])
    tenant_id: uuid.UUID
    occurred_at: datetime
    actor_id: uuid.UUID | None
    cursor: str = Field(description="Its id, to go on after it.")
    data: dict[str, Any] = Field(
        description="The subject, `previous` (what changed fields were), `reason`, `override`."
    )


class Page(BaseModel):
    """Events, oldest first."""

    events: list[Event]
    next: str | None = Field(description="The cursor to ask for the next page with.")


def create_blueprint(upstream: Upstream, live_log: LiveLog) -> APIBlueprint:
    """The route ``/v1/events``."""
    blueprint = described_blueprint("events", __name__, "What happened, to what you may see.")

    @blueprint.get(
        "/v1/events", security=BEARER, responses={"200": Page, **refusals(400, 401, 403, 410, 502, 503, 504)}
    )
    def page(query: PageFilter) -> Response:
        """The log after a cursor, or from the oldest that is kept; nothing is skipped and nothing comes twice."""
        after = query.after or None
        if exchange.current().token:
            # Without a database of its own, the gateway shows what others have put in order.
            with suppress(ApiError):
                live_log.sequence()
        answer = query.ask(upstream, after, query.limit)
        if answer.status != 200:
            return relayed(answer)
        events = split(answer.data)
        last = events[-1][0] if events else after
        body = b'{"events":%b,"next":%b}' % (answer.data, json.dumps(last).encode())
        return Response(body, mimetype="application/json")

    return blueprint
