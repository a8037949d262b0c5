"""``/v1/events``: the log of changes, a page at a time, read with the caller's own authority."""

import json
import uuid
from dataclasses import dataclass

import urllib3
from flask import Blueprint, Response, g, request

from gateway.errors import ApiError
from gateway.rest import Upstream, relayed

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100
_COLUMNS = "id,type,tenant_id,occurred_at,actor_id,cursor,data"


@dataclass(frozen=True)
class Question:
    """Which events the request is after."""

    types: list[str]
    resource_id: uuid.UUID | None

    @classmethod
    def of_request(cls) -> "Question":
        """What ``types`` and ``resource_id`` say; ApiError where they make no sense."""
        types = [t.strip() for given in request.args.getlist("types") for t in given.split(",") if t.strip()]
        return cls(types, _resource_id(request.args.get("resource_id")))

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
            "POST", f"/rpc/list_events?select={_COLUMNS}", headers=headers_of_request(),
            body=json.dumps(arguments).encode(), is_write=False,
        )  # fmt: skip


def headers_of_request() -> dict[str, str]:
    """What PostgREST must know of whoever asks."""
    headers = {"Content-Type": "application/json", "Accept": "application/json", "X-Request-Id": g.request_id}
    if "Authorization" in request.headers:
        headers["Authorization"] = request.headers["Authorization"]
    return headers


def create_blueprint(upstream: Upstream) -> Blueprint:
    """The route ``/v1/events``."""
    blueprint = Blueprint("events", __name__)

    @blueprint.get("/v1/events")
    def page() -> Response:
        after = request.args.get("after") or None
        answer = Question.of_request().ask(upstream, after, _limit(request.args.get("limit")))
        if answer.status != 200:
            return relayed(answer)
        events = answer.json()
        last = events[-1]["cursor"] if events else after
        # The events go on as they came: to decode and encode them would round their numbers.
        body = b'{"events":%b,"next":%b}' % (answer.data, json.dumps(last).encode())
        return Response(body, mimetype="application/json")

    return blueprint


def _limit(given: str | None) -> int:
    try:
        limit = int(given) if given else DEFAULT_LIMIT
    except ValueError:
        limit = 0
    if not 1 <= limit <= MAX_LIMIT:
        raise _invalid("limit", f"limit is a number from 1 to {MAX_LIMIT}.")
    return limit


def _resource_id(given: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(given) if given else None
    except ValueError:
        raise _invalid("resource_id", "resource_id is a uuid.") from None


def _invalid(argument: str, hint: str) -> ApiError:
    return ApiError(400, "invalid_argument", hint, {"argument": argument})
