"""Times in requests to PostgREST need an offset.

PostgreSQL takes a time without one for the session's zone: UTC, or that of ``Prefer: timezone``. It has forgotten how it
was written by the time that a function sees its argument, so this is looked at here. What lies in a jsonb argument
(items, moves, operations) ``booking.check_offsets()`` looks at, on every road.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl

from gateway.errors import ApiError

INSTANTS = frozenset({"after", "at", "before", "ends_at", "expires_at", "since", "starts_at"})
"""The arguments of functions that are instants."""
CURSORS = {"list_events": "after"}
"""Where such a name is another's."""
LOCAL_TIMES = frozenset({"exdates", "local_start", "rdates"})
"""Those that are local times, whose zone is said beside them or is the resource's."""

# As booking.has_offset() has them.
_OFFSET = re.compile(
    r"\d{4,}-\d\d-\d\d[t ]\d\d(:?\d\d){0,2}([.,]\d+)? ?(z|[+-]\d\d(:?\d\d){0,2})", re.IGNORECASE | re.ASCII
)
_TIME = re.compile(r"\d|today|tomorrow|yesterday", re.IGNORECASE | re.ASCII)
_COLUMN = re.compile(r"(\w+_)?(at|since)|bucket_start")
_FILTER = re.compile(r"(?:not\.)?(?:eq|neq|gte?|lte?|in|isdistinct)(?:\((?:any|all)\))?\.(.*)", re.DOTALL)
# One condition of and=(…) or or=(…).
_CONDITION = re.compile(
    r"(\w+)\.(?:not\.)?(?:eq|neq|gte?|lte?|in|isdistinct)(?:\((?:any|all)\))?\."
    r"(\([^()]*\)|\{[^{}]*\}|\"(?:[^\"\\]|\\.)*\"|[^,()]*)"
)
_LEAP_SECOND = re.compile(r"(.*\d\d:\d\d):60(?!\d)(\.\d+)?(.*)", re.ASCII)


def has_offset(value: str) -> bool:
    """Whether a time means an instant wherever it is read; what is no time is for PostgreSQL to refuse."""
    return bool(_OFFSET.fullmatch(value)) or not _TIME.search(value)


def is_instant(column: str) -> bool:
    """Whether a column of a view, or of what a function returns, is an instant by its name."""
    return bool(_COLUMN.fullmatch(column))


def check(method: str, path: str, query: str, content_type: str, body: bytes) -> bytes:
    """The body as it goes on; 400 ``invalid_argument`` if a time in it or in the query has no offset."""
    function = path.removeprefix("rpc/") if path.startswith("rpc/") else None
    if query:
        _check_query(method, function, query)
    if body and function is None:
        _refuse((name, value) for name, value in _read(content_type, body) if is_instant(name))
    elif body:
        given = list(_read(content_type, body))
        _refuse((name, value) for name, value in given if _is_argument(function, name))
        for name, value in given:
            if name in LOCAL_TIMES:
                body = _without_second_60(body, value)
    return body


def _is_argument(function: str | None, name: str) -> bool:
    return name in INSTANTS and (function is None or CURSORS.get(function) != name)


def _check_query(method: str, function: str | None, query: str) -> None:
    for name, value in parse_qsl(query, keep_blank_values=True):
        column = name.rpartition(".")[2]
        found = _FILTER.fullmatch(value)
        if found and is_instant(column):
            _refuse((column, operand) for operand in _operands(found[1]))
        elif column in ("or", "and"):
            for condition in _CONDITION.finditer(value):
                if is_instant(condition[1]):
                    _refuse((condition[1], operand) for operand in _operands(condition[2]))
        elif function is not None and method in ("GET", "HEAD") and _is_argument(function, name):
            _refuse([(name, value)])


def _operands(text: str) -> Iterator[str]:
    """What is compared with: one value, or those of a list."""
    for operand in text.strip("(){}").split(","):
        yield operand.strip().strip('"')


def _read(content_type: str, body: bytes) -> Iterator[tuple[str, Any]]:
    """The keys and values of the objects that a body is; none where PostgREST will refuse it."""
    media_type = content_type.partition(";")[0].strip().lower()
    try:
        if media_type == "text/csv":
            for row in csv.DictReader(io.StringIO(body.decode())):
                yield from ((name, value) for name, value in row.items() if name)
        elif media_type == "application/x-www-form-urlencoded":
            yield from parse_qsl(body.decode(), keep_blank_values=True)
        else:
            # Of a key that is there twice, the last counts, as for PostgreSQL.
            found = json.loads(body)
            for one in found if isinstance(found, list) else [found]:
                yield from one.items() if isinstance(one, dict) else ()
    except (ValueError, RecursionError, csv.Error):
        return


def _refuse(given: Iterable[tuple[str, Any]]) -> None:
    for name, value in given:
        # PostgreSQL reads a number, or a list around a time, as a time too.
        if value is not None and not (isinstance(value, str) and has_offset(value)):
            raise ApiError(
                400,
                "invalid_argument",
                "Give each time with its offset, like 2030-01-07T09:00:00+01:00. In an address, write + as %2B.",
                {"argument": name},
            )


def _without_second_60(body: bytes, value: Any) -> bytes:
    """Second 60 as 59 (RFC 5545 3.3.12); PostgreSQL takes it for the next minute."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and (found := _LEAP_SECOND.fullmatch(one)):
            body = body.replace(f'"{one}"'.encode(), f'"{found[1]}:59{found[3]}"'.encode())
    return body
