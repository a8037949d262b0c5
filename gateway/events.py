"""``/v1/events``: the log of changes, a page at a time, read with the caller's own authority."""

import json
import uuid
from datetime import datetime
from typing import Annotated, Any

import urllib3
from flask import Response
from flask_openapi3 import APIBlueprint
from pydantic import BaseModel, BeforeValidator, Field, field_validator

from gateway.openapi import BEARER, described_blueprint, refusals
from gateway.rest import Upstream, as_caller, relayed

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100
_COLUMNS = "id,type,tenant_id,occurred_at,actor_id,cursor,data"


class Filter(BaseModel):
    """Which events are wanted."""

    after: str | None = Field(None, description="A cursor, as an event carries it; without one, see the route.")
    types: list[str] = Field([], description="Event types or globs, such as `reservation.*`; also separated by commas.")
    resource_id: Annotated[uuid.UUID | None, BeforeValidator(lambda given: given or None)] = Field(
        None, description="Only events of this resource."
    )

    @field_validator("types")
    @classmethod
    def _split(cls, given: list[str]) -> list[str]:
        return [glob.strip() for part in given for glob in part.split(",") if glob.strip()]

    def ask(self, upstream: Upstream, after: str | None, limit: int) -> urllib3.BaseHTTPResponse:
        """PostgREST's answer with the next page."""
        arguments = {
            "after": after,
            "types": self.types or None,
            "resource_id": self.resource_id and str(self.resource_id),
            "max_results": limit,
        }
        # A POST only in name: list_events is stable, so PostgREST runs it read-only.
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
    cursor: str = Field(description="Its place in the log.", examples=["8154.36"])
    data: dict[str, Any] = Field(
        description="The subject, `previous` (what changed fields were), `reason`, `override`."
    )


class Page(BaseModel):
    """Events, oldest first."""

    events: list[Event]
    next: str | None = Field(description="The cursor to ask for the next page with.")


def create_blueprint(upstream: Upstream) -> APIBlueprint:
    """The route ``/v1/events``."""
    blueprint = described_blueprint("events", __name__, "What happened, to what you may see.")

    @blueprint.get(
        "/v1/events", security=BEARER, responses={"200": Page, **refusals(400, 401, 403, 410, 502, 503, 504)}
    )
    def page(query: PageFilter) -> Response:
        """The log after a cursor, or from the oldest that is kept; nothing is skipped and nothing comes twice."""
        after = query.after or None
        answer = query.ask(upstream, after, query.limit)
        if answer.status != 200:
            return relayed(answer)
        events = answer.json()
        last = events[-1]["cursor"] if events else after
        # The events go on as they came: to decode and encode them would round their numbers.
        body = b'{"events":%b,"next":%b}' % (answer.data, json.dumps(last).encode())
        return Response(body, mimetype="application/json")

    return blueprint
