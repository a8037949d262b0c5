"""``/rest/v1/``: PostgREST as it is, asked again when it dies on the way and that does no harm."""

import math
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

import urllib3
from flask import Blueprint, Response, g, request
from flask_openapi3.models import PathItem
from urllib3.exceptions import ConnectTimeoutError, EmptyPoolError, HTTPError, ReadTimeoutError

from gateway import idempotency, openapi
from gateway.attempts import Attempts
from gateway.errors import ApiError
from gateway.idempotency import Outcome
from gateway.limits import Concurrency
from gateway.settings import Settings

SCHEMA = "api"
"""The schema that PostgREST serves."""

METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]
_WRITES = {"POST", "PATCH", "PUT", "DELETE"}

# RFC 9110, section 7.6.1; a message's framing is each connection's own, and 'Expect: 100-continue' is met by then.
_HOP_BY_HOP = frozenset(
    {
        "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
_NOT_SENT_UP = _HOP_BY_HOP | {"host", "content-length"}
_NOT_SENT_DOWN = _HOP_BY_HOP | {"date", "server"}  # gunicorn gives its own
# A view, rpc/ and a function, or nothing. What a proxy or PostgREST could read otherwise (dots, slashes, backslashes,
# percent signs, control characters) is in no name.
_PLAIN_PATH = re.compile(r"(rpc/)?[A-Za-z0-9_-]+|")
_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


class Upstream:
    """PostgREST, over a pool of kept connections."""

    def __init__(self, settings: Settings, concurrency: Concurrency) -> None:
        self._settings = settings
        self._concurrency = concurrency
        self._base = (urllib3.util.parse_url(settings.rest_url).path or "").rstrip("/")
        # Several times PostgREST's own pool: more would only wait there instead of here.
        self._pool = urllib3.connection_from_url(settings.rest_url, maxsize=100, block=True)

    def ask_once(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """The answer of one attempt, as it came; ``target`` is path and query. urllib3's HTTPError if none came."""
        timeout = timeout or self._settings.upstream_timeout
        # urllib3 adds no header of its own.
        sent = urllib3.HTTPHeaderDict(dict.fromkeys(("Accept-Encoding", "User-Agent"), urllib3.util.SKIP_HEADER))
        sent.update(headers or {})
        return self._pool.urlopen(
            method,
            # One stray percent sign would make urllib3 encode all the others once more.
            self._base + _STRAY_PERCENT.sub("%25", target),
            body=body or None,
            headers=sent,
            retries=False,
            redirect=False,
            timeout=urllib3.Timeout(connect=min(timeout, 5), read=timeout),
            pool_timeout=math.ceil(timeout),
            decode_content=False,
        )

    def ask(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        is_write: bool,
    ) -> urllib3.BaseHTTPResponse:
        """The database's answer, after as many attempts as idempotency.patience allows; ApiError if there is none."""
        has_key = is_write and "Idempotency-Key" in headers
        started = time.monotonic()
        for pause in idempotency.pauses():
            g.upstream_attempts = g.get("upstream_attempts", 0) + 1
            try:
                with self._concurrency.turn():
                    response = self.ask_once(method, target, headers=headers, body=body)
                outcome = idempotency.outcome_of(response.status, _code(response))
                if outcome is Outcome.ANSWERED:
                    if headers.get("Authorization") == request.headers.get("Authorization"):
                        _note_token(method, response.status)
                    return response
            except (ConnectTimeoutError, EmptyPoolError):
                outcome = Outcome.UNREACHABLE
            except ReadTimeoutError:
                outcome = Outcome.TIMED_OUT
            except HTTPError:
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
    headers = {"Content-Type": "application/json", "Accept": "application/json", "X-Request-Id": g.request_id}
    # Supabase serves other schemas too, and wants its key with every request.
    headers |= {"Accept-Profile": SCHEMA, "Content-Profile": SCHEMA}
    return headers | {
        name: utf8(request.headers[name]) for name in ("Authorization", "apikey") if name in request.headers
    }


class Relayed(Response):
    """An answer that goes on as it came: no header is made up."""

    default_mimetype = None
    automatically_set_content_length = False


def relayed(response: urllib3.BaseHTTPResponse) -> Relayed:
    """PostgREST's answer as ours."""
    return Relayed(response.data, response.status, list(end_to_end(response.headers.items(), _NOT_SENT_DOWN).items()))


def create_blueprint(upstream: Upstream, attempts: Attempts) -> Blueprint:
    """The route ``/rest/v1/``."""
    blueprint = Blueprint("rest", __name__)

    @blueprint.route("/rest/v1/", defaults={"path": ""}, methods=METHODS, provide_automatic_options=False)
    @blueprint.route("/rest/v1/<path:path>", methods=METHODS, provide_automatic_options=False)
    def pass_on(path: str) -> Response:
        if not _PLAIN_PATH.fullmatch(path):
            raise ApiError(404, "not_found", "There is nothing at this path.")
        headers = end_to_end(((name, utf8(value)) for name, value in request.headers.items()), _NOT_SENT_UP)
        headers["X-Request-Id"] = g.request_id
        is_write = request.method in _WRITES
        if is_write:
            # What is forwarded counts, not what came: a key that gets lost here protects nothing.
            idempotency.check_key(headers.get("Idempotency-Key"))
        target = f"/{path}"
        if request.query_string:
            target += "?" + request.query_string.decode("latin-1")
        # What comes with a read means nothing (RFC 9110, section 9.3.1), and PostgREST breaks connections over it.
        body = request.get_data(cache=False) if is_write else b""
        answer = upstream.ask(request.method, target, headers=headers, body=body, is_write=is_write)
        attempts.note(path, headers.get("Authorization"), body, answer)
        return relayed(answer)

    return blueprint


def describe() -> dict[str, PathItem]:
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
            "description": "Views at `/rest/v1/<view>`, functions at `/rest/v1/rpc/<function>`. What there is to whom the"
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


def end_to_end(headers: Iterable[tuple[str, str]], dropped: frozenset[str]) -> urllib3.HTTPHeaderDict:
    """The headers without ``dropped`` and those that Connection names."""
    headers = list(headers)
    connection = ",".join(value for name, value in headers if name.lower() == "connection")
    dropped |= {name.strip().lower() for name in connection.split(",")}
    return urllib3.HTTPHeaderDict([(name, value) for name, value in headers if name.lower() not in dropped])


def utf8(value: str) -> str:
    """A header as PostgREST can read it: one that is no UTF-8, for which it has only a 500, is taken for Latin-1."""
    try:
        value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value.encode().decode("latin-1")
    return value


def _note_token(method: str, status: int) -> None:
    """Leaves word of what PostgREST thinks of the caller's token: any success but a preflight's is for a good one."""
    if status == 401:
        g.token_accepted = False
    elif status < 300 and method != "OPTIONS":
        g.token_accepted = True


def _code(response: urllib3.BaseHTTPResponse) -> str | None:
    """The code in the body of an error that may be none of the database's."""
    if response.status not in (400, 429) and response.status < 500:
        return None
    try:
        body = response.json()
    except ValueError:
        return None
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, str) else None
