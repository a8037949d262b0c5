"""How many requests a second anybody may make of this process.

A bucket of its own for each member. Whether a token is a member's only PostgREST knows, so until it has once accepted a
token, and for requests without one, the bucket is that of the network address: nobody empties a member's with a forged
token, or has many by forging many.
"""

import hashlib
import ipaddress
import math
import threading
import time
from collections import OrderedDict

from flask import Flask, Response, g, request

from gateway import tokens
from gateway.errors import ApiError
from gateway.settings import Settings

MAX_KNOWN = 20_000
"""Buckets, and tokens; beyond, those that have been idle longest are forgotten, which forgives."""


class Buckets:
    """Token buckets, each as the one moment at which it will be full again (the generic cell rate algorithm)."""

    def __init__(self, rate: float, burst: int) -> None:
        """``rate`` drops a second into each bucket, which holds ``burst``."""
        self._interval = 1 / rate
        self._capacity = burst / rate
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: float) -> float:
        """Takes a drop and returns 0; or takes none and returns in how many seconds there will be one."""
        with self._lock:
            full_at = max(self._full_at.get(key, now), now) + self._interval
            wait = full_at - now - self._capacity
            if wait > 1e-9:
                return wait
            self._full_at[key] = full_at
            self._full_at.move_to_end(key)
            if len(self._full_at) > MAX_KNOWN:
                self._full_at.popitem(last=False)
            return 0


def init_app(app: Flask, settings: Settings) -> None:
    """Refuses with 429 whoever asks too much; all but what operators ask."""
    if not settings.rate_limit:
        return
    buckets = Buckets(settings.rate_limit, settings.rate_burst)
    members: OrderedDict[bytes, str] = OrderedDict()
    lock = threading.Lock()

    @app.before_request
    def limit() -> None:
        if not request.path.startswith(("/v1/", "/rest/")):
            return
        with lock:
            key = members.get(_digest())
            if key:
                members.move_to_end(_digest())
        wait = buckets.take(key or client_address(), time.monotonic())
        if wait:
            hint = "You ask too much at once; Retry-After says when to come again."
            raise ApiError(429, "too_many_requests", hint, retry_after=math.ceil(wait))

    @app.after_request
    def learn(response: Response) -> Response:
        if tokens.token() and "token_accepted" in g:
            with lock:
                if not g.token_accepted:
                    members.pop(_digest(), None)
                elif _digest() not in members:
                    members[_digest()] = "/".join(tokens.unverified_member(tokens.token()))
                    if len(members) > MAX_KNOWN:
                        members.popitem(last=False)
        return response


def _digest() -> bytes:
    return hashlib.sha256(tokens.token().encode()).digest()


def client_address() -> str:
    """The client's address; of IPv6, the network that one customer usually has whole."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((address, 64), strict=False) if address.version == 6 else address)
