"""``/rest/v1/``: PostgREST as it is, asked again when it dies on the way and that does no harm."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import structlog
from flask import Response
from flask_openapi3 import OpenAPI
from flask_openapi3.models import PathItem

from gateway import exchange, foreign_errors, idempotency, openapi, times
from gateway.attempts import Attempts
from gateway.errors import ApiError
from gateway.exchange import Exchange, utf8
from gateway.http_client import Answer, HttpClient, HttpError, SilentError, UnreachableError
from gateway.idempotency import Outcome
from gateway.limits import Concurrency
from gateway.settings import Settings

SCHEMA = "api"
"""The schema that PostgREST serves."""

_log = structlog.get_logger()
_STATE = re.compile(r"[A-Z0-9]{5,8}\Z")

PREFIX = "/rest/v1/"
METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]
_WRITES = {"POST", "PATCH", "PUT", "DELETE"}

# RFC 9110, section 7.6.1; a message's framing is each connection's own, and 'Expect: 100-continue' is met by then.
_HOP_BY_HOP = frozenset(
    {
        "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
_NOT_SENT_UP = _HOP_BY_HOP | {"host", "content-length", "x-request-id"}
_NOT_SENT_DOWN = _HOP_BY_HOP | {"date", "server", "x-request-id"}  # the gateway gives its own
# A view, rpc/ and a function, or nothing. What a proxy or PostgREST could read otherwise (dots, slashes, backslashes,
# percent signs, control characters) is in no name.
_PLAIN_PATH = re.compile(r"(rpc/)?[A-Za-z0-9_-]+|")
# A percent sign that begins no code, and what no request line may hold.
_UNQUOTED = re.compile("%(?![0-9A-Fa-f]{2})|[^!-~]+")


class Upstream:
    """PostgREST, over a pool of kept connections."""

    def __init__(self, settings: Settings, concurrency: Concurrency) -> None:
        self._settings = settings
        self._concurrency = concurrency
        # Several times PostgREST's own pool: more would only wait there instead of here.
        self._client = HttpClient(settings.rest_url, size=100)

    def ask_once(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float | None = None,
    ) -> Answer:
        """The answer of one attempt, as it came; ``target`` is path and query. HttpError if none came."""
        target = _UNQUOTED.sub(lambda found: quote(found[0], encoding="latin-1"), target)
        return self._client.ask(method, target, headers or {}, body, timeout or self._settings.upstream_timeout)

    def ask(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        is_write: bool,
    ) -> Answer:
        """The database's answer, after as many attempts as idempotency.patience allows; ApiError if there is none."""
        has_key = is_write and "Idempotency-Key" in headers
        started = time.monotonic()
        asking = exchange.current()
        for pause in idempotency.pauses():
            asking.upstream_attempts += 1
            try:
                with self._concurrency.turn(asking):
                    response = self.ask_once(method, target, headers=headers, body=body)
                code = _code(response)
                if response.status >= 500:
                    # PostgreSQL's own log has no errors of these logins: their messages may quote what people wrote.
                    _log.warning("upstream_error", status=response.status, sqlstate=_STATE.match(code or "") and code)
                outcome = idempotency.outcome_of(response.status, code)
                if outcome is Outcome.ANSWERED:
                    if headers.get("Authorization", "") == asking.authorization:
                        _note_token(asking, method, response)
                    return foreign_errors.reword(response)
            except UnreachableError:
                outcome = Outcome.UNREACHABLE
            except SilentError:
                outcome = Outcome.TIMED_OUT
            except HttpError:
                outcome = Outcome.BROKE_OFF
            patience = idempotency.patience(
                outcome, is_write=is_write, has_key=has_key, retry_seconds=self._settings.retry_seconds
            )
            if time.monotonic() + pause > started + patience:
                break
            time.sleep(pause)
        raise idempotency.failure(outcome, is_write=is_write, has_key=has_key)


def as_caller() -> dict[str, str]:
    """The headers of a request of the gateway's own that counts as the caller's."""
    asking = exchange.current()
    headers = {"Content-Type": "application/json", "Accept": "application/json", "X-Request-Id": asking.request_id}
    # Supabase serves other schemas too, and wants its key with every request.
    headers |= {"Accept-Profile": SCHEMA, "Content-Profile": SCHEMA}
    own = (("Authorization", "HTTP_AUTHORIZATION"), ("apikey", "HTTP_APIKEY"))
    return headers | {name: value for name, key in own if (value := asking.header(key)) is not None}


class Relayed(Response):
    """An answer that goes on as it came: no header is made up."""

    default_mimetype = None
    automatically_set_content_length = False


def relayed(answer: Answer) -> Relayed:
    """PostgREST's answer as a view returns it."""
    return Relayed(answer.data, answer.status, end_to_end(answer.headers, _NOT_SENT_DOWN))


def create_passage(upstream: Upstream, attempts: Attempts) -> Callable[[Exchange], Answer]:
    """What answers a request below ``/rest/v1/``: ``handles`` says which."""

    def pass_on(asking: Exchange) -> Answer:
        path = asking.path.removeprefix(PREFIX)
        asking.route = f"{PREFIX}<path:path>" if path else PREFIX
        if not _PLAIN_PATH.fullmatch(path):
            raise ApiError(404, "not_found", "There is nothing at this path.")
        headers = _headers_up(asking)
        is_write = asking.method in _WRITES
        if is_write:
            # What is forwarded counts, not what came: a key that gets lost here protects nothing.
            idempotency.check_key(headers.get("Idempotency-Key"))
            if path.startswith("rpc/"):
                _check_arguments(asking)
        query = asking.environ["QUERY_STRING"]
        target = f"/{path}?{query}" if query else f"/{path}"
        # What comes with a read means nothing (RFC 9110, section 9.3.1), and PostgREST breaks connections over it.
        body = times.check(
            asking.method, path, query, headers.get("Content-Type", ""), asking.body if is_write else b""
        )
        answer = upstream.ask(asking.method, target, headers=headers, body=body, is_write=is_write)
        attempts.note(path, headers.get("Authorization"), body, answer)
        sent_down = end_to_end(answer.headers, _NOT_SENT_DOWN)
        # PostgREST sends bodies by chunks; this one is here, and whole.
        if answer.data and answer.header("content-length") is None:
            sent_down.append(("Content-Length", str(len(answer.data))))
        return Answer(answer.status, sent_down, answer.data)

    return pass_on


def _check_arguments(asking: Exchange) -> None:
    """Refuses a list of calls in one request: PostgREST makes the first and answers 200, and the others are lost."""
    is_list = asking.body.lstrip(b" \t\r\n").startswith(b"[")
    if is_list or (asking.header("CONTENT_TYPE") or "").strip().lower().startswith("text/csv"):
        raise ApiError(
            400, "invalid_argument", "Call a function once a request, with one JSON object of its arguments."
        )


def handles(asking: Exchange) -> bool:
    """Whether a request is passed on; with any other method or path, Flask says what is wrong."""
    return asking.path.startswith(PREFIX) and asking.method in METHODS


def init_app(app: OpenAPI) -> None:
    """Tells Flask, which never sees them, of the paths that are passed on, and how they are described."""
    for rule in (PREFIX, f"{PREFIX}<path:path>"):
        app.add_url_rule(rule, "rest", methods=METHODS, provide_automatic_options=False)
    app.paths.update(_describe())


def _describe() -> dict[str, PathItem]:
    """The route for OpenAPI, as far as it is ours to tell."""
    header = {"in": "header", "schema": {"type": "string"}}
    path = {"name": "path", "in": "path", "required": True, "schema": {"type": "string"}, "example": "resources"}
    key = {**header, "name": "Idempotency-Key", "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
    item: dict[str, Any] = {}
    for method in METHODS:
        content: dict[str, Any] = {} if method == "OPTIONS" else {"content": {"*/*": {}}}
        done = {"description": "PostgREST's answer.", **content}
        item[method.lower()] = {
            "operationId": f"rest_{method.lower()}",
            "tags": ["rest"],
            "summary": "PostgREST as it is",
            "description": "Views at `/rest/v1/<view>`, functions at `/rest/v1/rpc/<function>`."
            " Views take one object or an array of them; a function takes one object, and an array of calls is refused"
            " with 400 `invalid_argument`. What there is to whom the"
            " token belongs, and every argument, PostgREST describes at `/rest/v1/`. A write with an `Idempotency-Key`"
            " is done once, however often it is sent.",
            "security": [] if method == "OPTIONS" else openapi.BEARER,
            "parameters": [path, {**header, "name": "Prefer"}, *([key] if method in _WRITES else [])],
            **({"requestBody": {"content": {"application/json": {}}}} if method in _WRITES else {}),
            "responses": {
                **dict.fromkeys(("200", "206"), done),
                "201": {"description": "Made; shown if Prefer asks for it."},
                "204": {"description": "Done; there is nothing to show."},
                "300": {"description": "Several relations would fit the request."},
                "404": {"description": "Not there, or not for you to see.", "content": {"application/json": {}}},
                **openapi.refusals(400, 401, 403, 405, 406, 408, 409, 413, 415, 416, 422, 429, 500, 502, 503, 504),
            },
        }
    return {"/rest/v1/{path}": PathItem.model_validate(item)}


def end_to_end(headers: Iterable[tuple[str, str]], dropped: frozenset[str]) -> list[tuple[str, str]]:
    """The headers without ``dropped`` and those that Connection names."""
    named = [(name.lower(), name, value) for name, value in headers]
    for small, _, value in named:
        if small == "connection":
            dropped |= _names(value)
    return [(name, value) for small, name, value in named if small not in dropped]


def _headers_up(asking: Exchange) -> dict[str, str]:
    """What PostgREST gets of the request's headers, and its id."""
    headers = {name: utf8(value) for key, value in asking.environ.items() if (name := _name_up(key))}
    if not headers.get("Content-Type"):
        headers.pop("Content-Type", None)
    for name in _names(asking.environ.get("HTTP_CONNECTION", "")):
        headers.pop(name.title(), None)
    headers["X-Request-Id"] = asking.request_id
    return headers


@lru_cache(256)
def _name_up(key: str) -> str:
    """The header of this name in WSGI; empty if it is none, or none that is sent up."""
    if not key.startswith("HTTP_"):
        return "Content-Type" if key == "CONTENT_TYPE" else ""
    name = key.removeprefix("HTTP_").replace("_", "-").title()
    return "" if name.lower() in _NOT_SENT_UP else name


def _names(connection: str) -> set[str]:
    """The headers that a header Connection names, in small letters."""
    return {name.strip().lower() for name in connection.split(",")}


def _note_token(asking: Exchange, method: str, response: Answer) -> None:
    """Leaves word of what PostgREST thinks of the caller's token.

    Any success but a preflight's is for a good one, and so is any refusal by a function of ours.
    """
    if response.status == 401:
        asking.token_accepted = False
    elif (response.status < 300 and method != "OPTIONS") or response.data.startswith(b'{"code":"PT'):
        asking.token_accepted = True


def _code(response: Answer) -> str | None:
    """The code in the body of an error that may be none of the database's."""
    if response.status not in (400, 429) and response.status < 500:
        return None
    try:
        body = response.json()
    except ValueError:
        return None
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, str) else None
