"""When may a request be asked again?

The database makes repeats harmless: SQL stores the answer to an Idempotency-Key in the transaction that earned it
(``booking.begin_request``). Here is only the decision to repeat.
"""

import random
from collections.abc import Iterator
from enum import Enum, auto

from gateway.errors import ApiError

MAX_KEY_LENGTH = 255
SHORTLY = 2.0
"""Seconds for which a request is asked again where no key makes it worth more."""


class Outcome(Enum):
    """What one attempt tells of the request."""

    ANSWERED = auto()
    """The database has decided."""

    UNREACHABLE = auto()
    """It never began."""

    COLLIDED = auto()
    """It was rolled back to let a rival pass: a deadlock, or a lock not got."""

    CROWDED = auto()
    """It never began: its member or tenant had as many under way as the database allows."""

    TOO_SLOW = auto()
    """It was rolled back for taking too long, as it would again."""

    TIMED_OUT = auto()
    """No answer came: done or not, nobody knows."""

    BROKE_OFF = auto()
    """The answer was lost: done or not, nobody knows."""


_ANSWERS = {
    Outcome.UNREACHABLE: (503, "upstream_unavailable"),
    Outcome.COLLIDED: (503, "try_again"),
    Outcome.CROWDED: (429, "too_many_requests"),
    Outcome.TOO_SLOW: (503, "try_again"),
    Outcome.TIMED_OUT: (504, "upstream_timeout"),
    Outcome.BROKE_OFF: (502, "upstream_failed"),
}

# PostgREST's codes and PostgreSQL's. PGRST001 is a connection lost at any moment, even while committing.
_BY_CODE = {
    "": Outcome.BROKE_OFF,  # PostgreSQL said nothing: the connection broke under the statement, which PostgREST makes a 400
    "PGRST000": Outcome.UNREACHABLE,  # no connection to the database
    "PGRST001": Outcome.BROKE_OFF,
    "PGRST002": Outcome.UNREACHABLE,  # the schema is not loaded yet
    "PGRST003": Outcome.UNREACHABLE,  # no connection of the pool came free
    "40P01": Outcome.COLLIDED,  # deadlock_detected
    "55P03": Outcome.COLLIDED,  # lock_not_available
    "57014": Outcome.TOO_SLOW,  # query_canceled, by statement_timeout
    "57P01": Outcome.BROKE_OFF,  # admin_shutdown
    "57P02": Outcome.BROKE_OFF,  # crash_shutdown
    "57P03": Outcome.UNREACHABLE,  # cannot_connect_now
    "PT429": Outcome.CROWDED,  # booking.check_request
}


def outcome_of(status: int, code: str | None) -> Outcome:
    """What an HTTP answer of this status tells, with the ``code`` of its body, if it has one."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status < 500:
        return Outcome.ANSWERED
    # Class 08 is connection_exception. The three statuses without a known code come from a proxy on the way.
    if (code or "").startswith("08") or status in (502, 503, 504):
        return Outcome.BROKE_OFF
    return Outcome.ANSWERED


def patience(outcome: Outcome, *, is_write: bool, has_key: bool, retry_seconds: float) -> float:
    """For how many seconds, counted from the first attempt, a request with this outcome is asked again.

    ==============================  =======  ================  =================
    outcome                         read     write with a key  write without one
    ==============================  =======  ================  =================
    ANSWERED, TOO_SLOW              never    never             never
    UNREACHABLE, COLLIDED, CROWDED  shortly  retry_seconds     shortly
    TIMED_OUT, BROKE_OFF            shortly  retry_seconds     never
    ==============================  =======  ================  =================
    """
    if outcome in (Outcome.ANSWERED, Outcome.TOO_SLOW):
        return 0
    if is_write and has_key:
        return retry_seconds
    if is_write and outcome in (Outcome.TIMED_OUT, Outcome.BROKE_OFF):
        return 0
    return min(SHORTLY, retry_seconds)


def pauses() -> Iterator[float]:
    """Seconds between attempts: growing to one, and jittered, so that those who failed together do not return so."""
    pause = 0.05
    while True:
        yield pause * random.uniform(0.5, 1)  # noqa: S311 (no secret)
        pause = min(2 * pause, 1.0)


def failure(outcome: Outcome, *, is_write: bool, has_key: bool) -> ApiError:
    """What the client is told when patience has ended."""
    status, slug = _ANSWERS[outcome]
    if has_key:
        # Whatever the last attempt says: an earlier one may have been done.
        hint = "Ask again with the same Idempotency-Key: it is done once, if it is not done yet."
    elif is_write and outcome in (Outcome.TIMED_OUT, Outcome.BROKE_OFF):
        hint = "It may have been done: look before you repeat it. Send an Idempotency-Key, and repeating is safe."
    else:
        hint = "Nothing was changed; ask again."
    return ApiError(status, slug, hint, retry_after=1 if status == 429 else None)


def check_key(key: str | None) -> None:
    """Refuses a key that the database would not store."""
    if key is not None and not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise ApiError(
            400,
            "invalid_argument",
            f"Send an Idempotency-Key of 1 to {MAX_KEY_LENGTH} characters.",
            {"header": "Idempotency-Key"},
        )
