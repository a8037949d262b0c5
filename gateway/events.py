"""``/v1/events``: the log of changes, a page at a time, read with the caller's own authority."""

import json
import uuid

from flask import Blueprint, Response, request

from gateway.errors import ApiError
from gateway.rest import Upstream, as_caller, relayed

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100
_COLUMNS = "id,type,tenant_id,occurred_at,actor_id,cursor,data"


def create_blueprint(upstream: Upstream) -> Blueprint:
    """The route ``/v1/events``."""
    blueprint = Blueprint("events", __name__)

    @blueprint.get("/v1/events")
    def page() -> Response:
        after = request.args.get("after") or None
        types = [t.strip() for given in request.args.getlist("types") for t in given.split(",") if t.strip()]
        arguments = {
            "after": after,
            "types": types or None,
            "resource_id": _resource_id(request.args.get("resource_id")),
            "max_results": _limit(request.args.get("limit")),
        }
        headers = {"Content-Type": "application/json", "Accept": "application/json", **as_caller()}
        # A POST only in name: list_events is stable, so PostgREST runs it read-only.
        answer = upstream.ask(
            "POST", f"/rpc/list_events?select={_COLUMNS}", headers=headers,
            body=json.dumps(arguments).encode(), is_write=False,
        )  # fmt: skip
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


def _resource_id(given: str | None) -> str | None:
    try:
        return str(uuid.UUID(given)) if given else None
    except ValueError:
        raise _invalid("resource_id", "resource_id is a uuid.") from None


def _invalid(argument: str, hint: str) -> ApiError:
    return ApiError(400, "invalid_argument", hint, {"argument": argument})
