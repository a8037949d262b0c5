"""How much anybody may ask of this process: how often, and how much at a time.

Both are counted for each member. Whether a token is a member's only PostgREST knows, so until it has once accepted a
token, and for requests without one, what counts is the network address: nobody uses up a member's share with a forged
token, or has many shares by forging many. Who comes with a new token each time counts for the address each time.
"""

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gateway import tokens
from gateway.connections import network_of
from gateway.errors import ApiError
from gateway.exchange import Exchange
from gateway.settings import Settings

MAX_KNOWN = 20_000
"""Buckets, and tokens; beyond, those that have been idle longest are forgotten, which forgives."""

MAX_WAITING = 100
"""Requests of one member that wait for their turn."""

TURN_SECONDS = 10.0
"""For how long a request waits for it."""

SHARED_SECONDS = 60.0
"""For how long after a member's request all other members have fewer turns."""


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


class Turns:
    """A number of requests at a time for each key; others wait, and go on in the order in which they came.

    The number may change from one moment to the next.
    """

    def __init__(self, size: Callable[[str], int], max_waiting: int) -> None:
        self._size = size
        self._max_waiting = max_waiting
        self._busy: dict[str, int] = {}
        self._waiting: dict[str, deque[threading.Event]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, key: str, until: float) -> Iterator[None]:
        """A turn, once there is one; ApiError 429 where too many wait, or it does not come until then."""
        called = self._enter(key)
        if called and not called.wait(max(until - time.monotonic(), 0)) and self._give_up(key, called):
            raise _crowded()
        try:
            yield
        finally:
            self._leave(key)

    def _enter(self, key: str) -> threading.Event | None:
        """Takes a turn; if there is none, a place in the queue, as the event that ends the wait."""
        with self._lock:
            busy = self._busy.get(key, 0)
            queue = self._waiting.get(key)
            if not queue and busy < self._size(key):
                self._busy[key] = busy + 1
                return None
            queue = self._waiting.setdefault(key, deque())
            if len(queue) >= self._max_waiting:
                raise _crowded()
            called = threading.Event()
            queue.append(called)
            return called

    def _give_up(self, key: str, called: threading.Event) -> bool:
        """Whether a place in the queue was given up: the turn may have come just now."""
        with self._lock:
            if called.is_set():
                return False
            self._waiting[key].remove(called)
            return True

    def _leave(self, key: str) -> None:
        """Hands the turn on to whoever has waited longest, as far as there are turns by now."""
        with self._lock:
            queue, busy = self._waiting.get(key), self._busy.pop(key) - 1
            while queue and busy < self._size(key):
                queue.popleft().set()
                busy += 1
            if not queue:
                self._waiting.pop(key, None)
            if busy:
                self._busy[key] = busy


class Callers:
    """Whose the tokens are that PostgREST has accepted."""

    def __init__(self) -> None:
        self._members: OrderedDict[bytes, tuple[str, str]] = OrderedDict()
        self._lock = threading.Lock()

    def member(self, asking: Exchange) -> tuple[str, str] | None:
        """The tenant and the user of this request, if its token is known to be theirs."""
        if not asking.token:
            return None
        digest = asking.token_digest
        with self._lock:
            member = self._members.get(digest)
            if member:
                self._members.move_to_end(digest)
        return member

    def learn(self, asking: Exchange) -> None:
        """Remembers what PostgREST has thought of this request's token."""
        if not asking.token or asking.token_accepted is None:
            return
        digest = asking.token_digest
        with self._lock:
            if not asking.token_accepted:
                self._members.pop(digest, None)
            elif digest not in self._members:
                self._members[digest] = tokens.unverified_member(asking.token)
                if len(self._members) > MAX_KNOWN:
                    self._members.popitem(last=False)


class Concurrency:
    """How many requests a member, and a tenant, may have at PostgREST at a time.

    PostgREST has a few connections to the database, and the database a few processors. A request that waits there holds
    a connection, and one that works there slows all others down; one that waits here does neither. So a member has
    several turns at a time only while no other member asks.
    """

    def __init__(self, settings: Settings, callers: Callers) -> None:
        self._callers = callers
        self._alone = settings.member_concurrency
        self._shared = min(settings.member_concurrency, settings.shared_concurrency)
        # Who asked last and when, and the last one before who is somebody else. Replaced whole: other threads read it.
        self._recent: tuple[tuple[str, float], tuple[str, float]] = (("", -math.inf), ("", -math.inf))
        self._of_member = Turns(self._size, MAX_WAITING)
        tenant_concurrency = settings.tenant_concurrency
        self._of_tenant = Turns(lambda _: tenant_concurrency, tenant_concurrency * MAX_WAITING)

    @contextmanager
    def turn(self, asking: Exchange) -> Iterator[None]:
        """The time for which this request may ask PostgREST; ApiError 429 if it does not come soon."""
        now = time.monotonic()
        until = now + TURN_SECONDS
        member = self._callers.member(asking)
        key = _key(asking, member)
        if member:
            latest, other = self._recent
            self._recent = (key, now), other if latest[0] == key else latest
        # First the member's, so that one member's queue is not the tenant's.
        with self._of_member.turn(key, until):
            if member is None:
                yield
                return
            with self._of_tenant.turn(member[0], until):
                yield

    def _size(self, key: str) -> int:
        """How many turns there are for a member, or an address, just now."""
        since = time.monotonic() - SHARED_SECONDS
        is_shared = any(at > since for asker, at in self._recent if asker != key)
        return self._shared if is_shared else self._alone


class Rate:
    """Refuses with 429 whoever asks too often; all but what operators ask."""

    def __init__(self, settings: Settings, callers: Callers) -> None:
        self._callers = callers
        self._buckets = Buckets(settings.rate_limit, settings.rate_burst) if settings.rate_limit else None

    def check(self, asking: Exchange) -> None:
        """Counts a request; ApiError 429 if it is one too many."""
        if not self._buckets or not asking.path.startswith(("/v1/", "/rest/")):
            return
        wait = self._buckets.take(_key(asking, self._callers.member(asking)), time.monotonic())
        if wait:
            seconds = math.ceil(wait)
            hint = f"Too many requests. Try again in {seconds} second{'s' if seconds > 1 else ''}."
            raise ApiError(429, "too_many_requests", hint, retry_after=seconds)


def _key(asking: Exchange, member: tuple[str, str] | None) -> str:
    """Who a request counts for."""
    return "/".join(member) if member else client_address(asking)


def _crowded() -> ApiError:
    hint = "Too many of your requests are under way. Try again in a few seconds."
    return ApiError(429, "too_many_requests", hint, retry_after=2)


def client_address(asking: Exchange) -> str:
    """The client's address, as it counts for limits."""
    return network_of(asking.environ.get("REMOTE_ADDR", ""))
