"""What to send to PostgREST: for every type of its description, and for arguments with a language of their own, what is
usual and what is extreme or absurd.
"""

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Values:
    """Some of one kind."""

    usual: Sequence[Any]
    absurd: Sequence[Any]


_TEXT = Values(["x", "Zürich 🎻"], ["", " ", "%_\\", "a\0b", "'; --", "null", "x" * 3000, "{1,2}", "1", "\ud7ff\ufffe"])
_CLOCK = Values(["08:00", "20:00"], ["00:00", "24:00", "23:59:59.999999", "25:00", "18:30:15+02", "noon", ""])
_STAMP = Values(
    [f"2035-06-{day:02}T{hour:02}:00:00" for day in range(4, 9) for hour in (9, 10, 12)],
    ["2035-03-25T02:30:00", "2035-10-28T02:30:00", "1999-12-31T23:59:59", "0001-01-01T00:00:00", "9999-12-31T23:59:59",
     "294276-12-31T23:59:59", "4713-01-01T00:00:00 BC", "infinity", "-infinity", "now", "epoch", "2035-02-30T00:00:00", "10:00",
     ""],
)  # fmt: skip
_INTERVAL = Values(
    ["1 hour", "90 minutes", "1 day"],
    ["1 mon", "00:00:00", "-1 hour", "1 mon -30 days", "00:00:00.000001", "1 week", "366 days", "100 years", "178000000 years",
     "-178000000 years", "2147483647 days", "2147483647 mons", "2562047788:00:54.775807", "-2562047788:00:54.775807", "infinity",
     "-infinity", "P1DT1H", "soon"],
)  # fmt: skip
_INTEGER = Values([1, 2], [0, -1, 30, 0.5, 32768, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, 2**63, 1e308, 1e-308, None])
_STATUS = Values(
    ["confirmed", "tentative", "held", "pencilled"], ["pending", "cancelled", "waiting", "no such status", ""]
)

BY_TYPE = {
    "text": _TEXT,
    "character varying": _TEXT,
    "timestamp with time zone": Values(
        [f"{stamp}Z" for stamp in _STAMP.usual],
        [stamp + zone for stamp, zone in itertools.product(_STAMP.absurd, ["Z", "+02:00", "", "-15:59", "+99:00"])],
    ),
    "timestamp without time zone": _STAMP,
    "interval": _INTERVAL,
    "integer": _INTEGER,
    "bigint": _INTEGER,
    "numeric": Values(_INTEGER.usual, [*_INTEGER.absurd, "NaN", "Infinity", "1e131071", "1e-16383", "1" * 200]),
    "boolean": Values([True, False], [None, "maybe"]),
    "jsonb": Values(
        [{}, {"a": "b"}], [None, [], "", 0, -1.5e300, True, [{}], [[None]], {"a": {"b": ["c\0"]}}, "x" * 3000]
    ),
    "date": Values(["2035-12-25"], ["2035-02-29", "0001-01-01", "5874897-12-31", "infinity", "-infinity", "today", ""]),
    "time without time zone": _CLOCK,
    "booking.reservation_status": _STATUS,
    "booking.waitlist_status": Values(["waiting", "offered"], ["accepted", "no such status", ""]),
    "booking.member_role": Values(["member", "approver", "manager", "admin"], ["king"]),
}

BY_NAME = {
    "rrule": Values(
        ["FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3",
         "FREQ=YEARLY;UNTIL=20371231T000000Z"],
        ["FREQ=DAILY", "FREQ=DAILY;COUNT=1001", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;INTERVAL=2147483647;COUNT=3", "freq=daily",
         "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "FREQ=YEARLY;BYWEEKNO=53;COUNT=9", "FREQ=DAILY;UNTIL=99991231T235959Z",
         "FREQ=YEARLY;INTERVAL=99999;COUNT=3", "FREQ=YEARLY;INTERVAL=99;COUNT=1000", "FREQ=HOURLY;COUNT=2",
         "FREQ=DAILY;COUNT=99999999999999999999", "RRULE:FREQ=DAILY;COUNT=2", ";;;=", "FREQ=MONTHLY;BYSETPOS=-366;COUNT=1",
         "FREQ=DAILY;BYMONTH=1;COUNT=2;COUNT=3", "FREQ=WEEKLY;BYDAY=99MO;COUNT=1", "FREQ=DAILY;UNTIL=20350229", "a\0b", None],
    ),
    "timezone": Values(["Europe/Berlin", "UTC"], ["America/St_Johns", "Mars/Base", "+25", ""]),
    "status": _STATUS,
    "scope": Values(["this", "following", "all"], ["some", ""]),
    "on_conflict": Values(["reject", "skip", "cancel", "keep"], ["hope"]),
    "dst_gap": Values(["skip", "shift"], ["fall"]),
    "local_end": _CLOCK,
    "after": Values(
        ["00000000-0000-7000-8000-000000000000", "01a22e11-b550-704f-90e1-4c23f3ca14d8"],
        ["ffffffff-ffff-7fff-bfff-ffffffffffff", "00000000-0000-4000-8000-000000000000", "0.0", "x", "١٢"],
    ),
    "limit": Values(["1", "100"], ["0", "1000000", "-1", "x"]),
    "offset": Values(["0", "1"], ["9223372036854775807", "-1", "x"]),
    "select": Values(["*"], ["id", "*,resources(*)", "count()", "no_such_column", "a->b", ""]),
    "order": Values(["tenant_id"], ["id", "starts_at.desc.nullslast", "no_such_column", "id.sideways"]),
}  # fmt: skip
"""Arguments whose type says less than their name."""

_FIELDS = {
    "resource_id": "uuid", "reservation_id": "uuid", "starts_at": "timestamp with time zone",
    "ends_at": "timestamp with time zone", "units": "integer", "unit": "integer", "title": "text", "metadata": "jsonb",
}  # fmt: skip
_OPERATORS = Values(
    ["eq", "gt", "lte", "not.eq"], ["neq", "is", "in", "like", "ilike", "match", "cs", "ov", "sl", "fts", "up"]
)


class Improver:
    """Puts these values into PostgREST's own description (OpenAPI 2)."""

    def __init__(self, ids: Mapping[str, Sequence[str]], seed: int) -> None:
        """``ids`` by the name of the argument that takes them; ``seed`` decides what gets absurd values."""
        self._ids = ids
        self._random = random.Random(seed)

    def improve(self, description: dict[str, Any]) -> dict[str, Any]:
        """The description, changed in place."""
        for definition in description["definitions"].values():
            self._object(definition)
        for key, parameter in description["parameters"].items():
            if parameter["in"] == "query":
                self._place(parameter, parameter["name"], is_filter=key.startswith("rowFilter."))
        description["consumes"] = ["application/json"]
        for path, operations in description["paths"].items():
            if path.startswith("/rpc/"):
                # By GET, functions that change something are refused before they see their arguments.
                del operations["get"]
                prefer = {"$ref": "#/parameters/preferParams"}  # all arguments as one, for functions of another kind
                operations["post"]["parameters"].remove(prefer)
            for operation in operations.values():
                operation.pop("consumes", None)
                for parameter in operation.get("parameters", []):
                    if "properties" in parameter.get("schema", {}):
                        self._object(parameter["schema"])
        return description

    def _choose(self, values: Values) -> list[Any]:
        return list(values.absurd if self._random.random() < 0.15 else values.usual)

    def _schema(self, name: str, kind: str) -> dict[str, Any]:
        if kind.endswith("[]"):
            one = self._schema(name.removesuffix("s"), kind.removesuffix("[]"))
            return {"type": "array", "items": one, "minItems": 1, "maxItems": 3}
        if kind == "uuid":
            everything = [one for ids in self._ids.values() for one in ids]
            absurd = [*everything, "00000000-0000-0000-0000-000000000000", "room", None]
            return {"enum": self._choose(Values(self._ids.get(name, everything), absurd))}
        if name in ("items", "moves"):
            fields = {field: self._schema(field, of) for field, of in _FIELDS.items()}
            del fields["reservation_id" if name == "items" else "units"]
            required = self._random.sample(sorted(fields), len(fields) // 2)
            one = {"type": "object", "properties": fields, "additionalProperties": False, "required": required}
            return {"type": "array", "items": one, "minItems": 1, "maxItems": 3}
        if name == "rules":
            names = [
                "max_duration",
                "min_notice",
                "slot_step",
                "max_per_day",
                "max_hours_per_week",
                "buffer_after",
                "x",
            ]
            fields = {field: {"enum": self._choose(_INTEGER) + self._choose(_INTERVAL)} for field in names}
            return {"type": "object", "properties": fields, "additionalProperties": False}
        return {"enum": self._choose(BY_NAME.get(name) or BY_TYPE[kind])}

    def _object(self, schema: dict[str, Any]) -> None:
        schema["additionalProperties"] = False
        for name, place in schema.get("properties", {}).items():
            self._place(place, name)

    def _place(self, place: dict[str, Any], name: str, *, is_filter: bool = False) -> None:
        kind = place.get("format", "text")
        schema = self._schema(name, kind)
        if is_filter:
            values = schema.get("enum") or ["{}", "{1,2}", "x"]
            schema = {"enum": [f"{how}.{v}" for how in self._choose(_OPERATORS) for v in [*values, "(1,2)"]]}
        for word in ("type", "format", "items", "maxLength", "default"):
            place.pop(word, None)
        place.update(schema)
