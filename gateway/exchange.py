"""A request on its way through the gateway, and what is found out about it: looked up once, shared by all that ask."""

import hashlib
import re
import time
import uuid
from contextvars import ContextVar
from functools import cached_property
from typing import Any

_SANE_ID = re.compile(r"[!-~]{1,128}")


class Exchange:
    """One request and its answer."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.started = time.monotonic()
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ["PATH_INFO"]
        self.authorization: str = environ.get("HTTP_AUTHORIZATION", "")
        given = environ.get("HTTP_X_REQUEST_ID", "")
        self.request_id: str = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
        self.route = "unknown"
        """The pattern of the request's route, which unlike its path holds nothing that the client made up."""
        self.body = b""
        self.upstream_attempts = 0
        self.token_accepted: bool | None = None
        """What PostgREST thinks of the caller's token, once it has said so."""

    @cached_property
    def token(self) -> str:
        """The bearer token; empty where there is none."""
        return bearer(self.authorization)

    @cached_property
    def token_digest(self) -> bytes:
        """By which the token is remembered."""
        return hashlib.sha256(self.token.encode()).digest()

    def header(self, name: str) -> str | None:
        """A header of the request by its name in WSGI, such as ``HTTP_PREFER``, as PostgREST can read it."""
        value = self.environ.get(name)
        return None if value is None else utf8(value)


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def begin(environ: dict[str, Any]) -> Exchange:
    """The exchange of this request, from now on the current one: a greenlet serves one connection, one by one."""
    exchange = Exchange(environ)
    _current.set(exchange)
    return exchange


def current() -> Exchange:
    """The exchange in which this is called."""
    exchange = _current.get()
    assert exchange
    return exchange


def current_id() -> str | None:
    """The id of the request in which this is called, if it is called in one."""
    exchange = _current.get()
    return exchange.request_id if exchange else None


def bearer(authorization: str) -> str:
    """The token in this header."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def utf8(value: str) -> str:
    """A header as PostgREST can read it: one that is no UTF-8, for which it has only a 500, is taken for Latin-1."""
    if value.isascii():
        return value
    try:
        value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value.encode().decode("latin-1")
    return value
