"""What ``berth import`` reads: the rows of a CSV file, with times or with a weekly pattern."""

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from gateway.cli.columns import FIELDS, Record, Table
from gateway.cli.moments import Moment, MomentError, Order, find_order, join, read_clock, read_moment
from gateway.local import LocalError
from gateway.plain import one_line

_Parsed = TypeVar("_Parsed")

_DAY = timedelta(days=1)
_ISO_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE)


class RowError(Exception):
    """A row that cannot be read; the message says why."""


@dataclass
class Unreadable:
    """A row, or one time of its pattern, that cannot be read, and why."""

    line: int
    why: str


@dataclass(frozen=True)
class Pattern:
    """The weekly pattern that a row is one time of: its id, and whether it has a duration instead of an end."""

    id: str | None
    has_duration: bool


@dataclass
class Row:
    """One booking, or one blackout, as the file has it; a weekly pattern has many."""

    line: int
    resource: str
    title: str
    starts_at: datetime
    ends_at: datetime
    id: str | None
    kind: str = ""  # of a blackout; a booking has none
    pattern: Pattern | None = None
    ordinal: int = 1
    """Which of the rows without an id that say the same: each is a booking of its own."""

    def stable_id(self, tenant_id: uuid.UUID) -> uuid.UUID:
        """The same row has the same id at every run, so that a second one creates nothing."""
        # A blackout is the same whatever its reason; nothing else may have its id.
        namespace, title = (uuid.uuid5(tenant_id, "blackouts"), "") if self.kind else (tenant_id, self.title)
        if self.id is None:
            key = f"{self.resource}|{title}|{self.starts_at.astimezone(UTC)}|{self.ends_at.astimezone(UTC)}"
            key += f"|{self.ordinal}" if self.ordinal > 1 else ""
        else:
            key = f"id|{self.id}"
        return uuid.uuid5(namespace, key)

    def stable_series_id(self, tenant_id: uuid.UUID) -> uuid.UUID:
        """The id of the series that begins with this time of a pattern: by the pattern's own id, if it has one."""
        own_id = self.pattern.id if self.pattern else None
        key = str(self.stable_id(tenant_id)) if own_id is None else f"id|{own_id}"
        return uuid.uuid5(uuid.uuid5(tenant_id, "series"), key)

    def describe(self, zone: ZoneInfo) -> str:
        """The row for people, its times by the clocks of ``zone``."""
        return f"{self.resource} {format_span(self.starts_at, self.ends_at, zone)} {self.title or self.kind!r}"


@dataclass
class ResourceRow:
    """One resource as the file has it: only the columns that it fills."""

    line: int
    resource: str
    columns: dict[str, str | int]

    def describe(self, zone: ZoneInfo) -> str:
        """The row for people; it has no times."""
        return self.resource


def read_rows(
    path: Path, timezone: ZoneInfo, first_week: date | None = None, blackouts: bool = False, reason: str = "",
    maps: Sequence[str] = (), order: Order | None = None,
) -> tuple[list[Row], list[Unreadable]]:  # fmt: skip
    """The bookings or blackouts of a CSV file; each row of a weekly pattern gives as many as it has times."""
    table = Table.read(path)
    placed = table.place(FIELDS["blackouts" if blackouts else "reservations"], maps)
    columns, records = placed.keys(), table.records(placed)
    weekly = {"days", "weeks"} <= columns and not columns & {"starts_at", "start_date", "date"}
    _require(table, columns, "resource", "room")
    if not blackouts:
        _require(table, columns, "title", "class")
    _require(table, columns, *(("start",) if weekly else ("starts_at", "start_date", "date", "start")))
    _require(
        table, columns, *(("end", "duration") if weekly else ("ends_at", "duration", "end_time", "end", "end_date"))
    )
    if weekly and first_week is None:
        raise LocalError(f"{path.name} has columns days and weeks; say --first-week, the Monday of week 1")
    if first_week is not None and not weekly:
        raise LocalError(f"{path.name} has no weekly pattern, in columns days and weeks, for --first-week to place")
    if first_week is not None and first_week.weekday() != 0:
        raise LocalError(f"--first-week {first_week} is no Monday; the one before is {monday_of(first_week)}")

    cells = [record for _, record in records if isinstance(record, dict)]
    # A spreadsheet that took the digits for a number has dropped zeros in front.
    weeks = max((len(record.get("weeks", "")) for record in cells), default=0)
    days = columns & {"starts_at", "start_date", "date", "start", "ends_at", "end_date", "end"}
    order = order or find_order(record[column] for record in cells for column in days)

    def parse(line: int, record: Record) -> Iterable[Row | Unreadable]:
        if blackouts:
            record = {**record, "kind": record.get("kind") or "closure", "title": record.get("reason") or reason}
        if first_week is None:
            return [parse_row(line, record, timezone, order)]
        return parse_pattern(line, record, timezone, first_week, weeks)

    rows, unreadable = _parse(records, parse)
    if not blackouts:
        _number_equal_rows(rows)
    return rows, unreadable


def _number_equal_rows(rows: list[Row]) -> None:
    """Two rows that say the same are two bookings, of a pool for instance; blackouts may overlap, and are one."""
    counts: Counter[tuple[str, str, datetime, datetime]] = Counter()
    for row in rows:
        if row.id is None:
            same = row.resource, row.title, row.starts_at.astimezone(UTC), row.ends_at.astimezone(UTC)
            counts[same] += 1
            row.ordinal = counts[same]


def read_resources(path: Path, maps: Sequence[str] = ()) -> tuple[list[ResourceRow], list[Unreadable]]:
    """The resources of a CSV file."""
    table = Table.read(path)
    placed = table.place(FIELDS["resources"], maps)
    _require(table, placed.keys(), "resource", "room", "name")
    return _parse(table.records(placed), lambda line, record: [parse_resource(line, record)])


def _require(table: Table, columns: Iterable[str], *wanted: str) -> None:
    if not set(columns) & set(wanted):
        raise LocalError(
            f"{table.name} has no column {' or '.join(wanted)}; its columns are {table.columns()}."
            f' Say which it is, as in --map {wanted[0]}="…"; --guess proposes it'
        )


def _parse(
    records: list[tuple[int, Record | str]], parse: Callable[[int, Record], Iterable[_Parsed | Unreadable]]
) -> tuple[list[_Parsed], list[Unreadable]]:
    rows: list[_Parsed] = []
    unreadable: list[Unreadable] = []
    for line, record in records:
        try:
            if isinstance(record, str):
                raise RowError(record)
            for item in parse(line, record):
                if isinstance(item, Unreadable):
                    unreadable.append(item)
                else:
                    rows.append(item)
        except RowError as error:
            unreadable.append(Unreadable(line, str(error)))
        except OverflowError:
            unreadable.append(Unreadable(line, "reaches beyond the year 9999"))
    return rows, unreadable


def parse_row(line: int, record: Record, timezone: ZoneInfo, order: Order | None = None) -> Row:
    """A row out of its cells, or a RowError."""
    cells = {name: value.strip() for name, value in record.items()}
    resource = _resource(cells)
    start = read_start(cells, order)
    starts_at = resolve(start, "starts_at", timezone)
    end = read_end(cells, order)
    if end:
        ends_at = resolve_end(end, starts_at, timezone)
    elif cells.get("duration"):
        # Elapsed time: added where no clock is ever changed.
        ends_at = (starts_at.astimezone(UTC) + parse_duration(cells["duration"])).astimezone(starts_at.tzinfo)
    else:
        raise RowError("neither ends_at nor duration")
    # In UTC: Python compares two times of one zone by what the clock on the wall shows.
    if ends_at.astimezone(UTC) <= starts_at.astimezone(UTC):
        told_end, told_start = (at.astimezone(timezone).isoformat() for at in (ends_at, starts_at))
        raise RowError(f"ends at {told_end}, not after its start {told_start}")
    kind = cells.get("kind", "")
    if not re.fullmatch("[a-z0-9_-]{0,50}", kind):
        raise RowError(f"kind {kind!r} is not one word of a-z, 0-9, _ and -")
    title = cells.get("title") or cells.get("class", "")
    return Row(line, resource, title, starts_at, ends_at, cells.get("id") or None, kind)


def read_start(cells: Record, order: Order | None) -> Moment:
    """When a row starts; the day and the time of day may have columns of their own."""
    for column in ("starts_at", "start_date", "date"):
        if cells.get(column):
            clocks = ("start_time", "time") if column == "starts_at" else ("start_time", "time", "start")
            return _read_joined(cells, column, clocks, order)
    column = "start" if cells.get("start") else "starts_at"
    return _read(cells.get(column, ""), column, order)


def read_end(cells: Record, order: Order | None) -> Moment | None:
    """When it ends, if it says so; a time of day alone is on the day of the start."""
    for column in ("ends_at", "end_date"):
        if cells.get(column):
            return _read_joined(cells, column, ("end_time",) if column == "ends_at" else ("end_time", "end"), order)
    column = "end_time" if cells.get("end_time") else "end"
    return _read(cells[column], column, order) if cells.get(column) else None


def _read_joined(cells: Record, column: str, clocks: tuple[str, ...], order: Order | None) -> Moment:
    moment = _read(cells[column], column, order)
    there = [clock for clock in clocks if clock in cells]
    if moment.clock or moment.offset or not there:
        return moment
    given = next((clock for clock in there if cells[clock]), None)
    if given is None:
        if moment.clock is None:
            raise RowError(f"{column} {cells[column]!r} has no time of day in {there[0]}")
        return moment
    try:
        return join(moment, _read(cells[given], given, order))
    except MomentError:
        raise RowError(f"{column} {cells[column]!r} and {given} {cells[given]!r} do not fit together") from None


def parse_pattern(
    line: int, record: Record, timezone: ZoneInfo, first_week: date, weeks: int
) -> Iterator[Row | Unreadable]:
    """All the times of a weekly pattern, in order. Its clock is the wall's: 09:00 stays 09:00 when the clocks change."""
    _resource(record)
    in_days = parse_digits(record, "days", 7)
    in_weeks = parse_digits(record, "weeks", weeks)
    start = parse_clock(record.get("start", ""), "start")
    end = parse_clock(record["end"], "end") if record.get("end") else None
    if end == timedelta(0):
        end = _DAY
    pattern = Pattern(record.get("id") or None, has_duration=end is None)
    if end is None and not record.get("duration"):
        raise RowError("neither end nor duration")
    if end is not None and end <= start:
        raise RowError(f"ends at {record['end']}, not after {record['start']}; past midnight, give a duration instead")
    for week in in_weeks:
        for day in in_days:
            try:
                at = first_week + timedelta(weeks=week, days=day)
                midnight = datetime(at.year, at.month, at.day)
                one = {**record, "starts_at": (midnight + start).isoformat()}
                one["ends_at"] = (midnight + end).isoformat() if end is not None else ""
                # The id names the pattern; with its date, one time of it.
                one["id"] = f"{record['id']} {at}" if record.get("id") else ""
                yield replace(parse_row(line, one, timezone), pattern=pattern)
            except RowError as error:
                yield Unreadable(line, str(error))
            except OverflowError:
                yield Unreadable(line, f"week {week + 1} reaches beyond the year 9999")


def parse_resource(line: int, record: Record) -> ResourceRow:
    """A resource out of its cells, or a RowError."""
    name = one_line(record.get("name") or "") or _resource(record)
    columns: dict[str, str | int] = {}
    for column in ("kind", "description", "timezone"):
        if record.get(column):
            columns[column] = record[column]
    for column in ("seats", "capacity"):
        if record.get(column):
            if not re.fullmatch(r"[0-9]{1,9}", record[column]):
                raise RowError(f"{column} {record[column]!r} is not a whole number")
            columns[column] = int(record[column])
    return ResourceRow(line, name, columns)


def _resource(cells: Record) -> str:
    resource = one_line(cells.get("resource") or cells.get("room") or "")
    if not resource:
        raise RowError("no resource")
    return resource


def parse_digits(record: Record, column: str, length: int) -> list[int]:
    """Where a pattern of ``length`` digits has a 1, counted from 0."""
    digits = record.get(column, "")
    if len(digits) != length or not re.fullmatch("[01]+", digits):
        raise RowError(f"{column} {digits!r} is not {length} digits 0 or 1; a spreadsheet may have dropped the first")
    if "1" not in digits:
        raise RowError(f"{column} {digits} has no 1, so it is never")
    return [place for place, digit in enumerate(digits) if digit == "1"]


def parse_clock(text: str, column: str) -> timedelta:
    """Hours and minutes since midnight as the wall shows them, up to 24:00."""
    try:
        return read_clock(text)
    except MomentError:
        raise RowError(f"{column} {text!r} is not a time of day; write 09:30") from None


def parse_time(text: str, column: str, timezone: ZoneInfo, order: Order | None = None) -> datetime:
    """A time in ISO 8601 or as a spreadsheet writes it; without an offset it is wall clock in ``timezone``."""
    return resolve(_read(text, column, order), column, timezone)


def _read(text: str, column: str, order: Order | None) -> Moment:
    try:
        return read_moment(text, order)
    except MomentError as error:
        why = str(error) or "is not a time; write 2026-03-29T14:00 or 2026-03-29T14:00+01:00"
        raise RowError(f"{column} {text!r} {why}") from None


def resolve(moment: Moment, column: str, timezone: ZoneInfo) -> datetime:
    """The instant of a day and a time of day; a day alone is its midnight."""
    if moment.day is None:
        raise RowError(f"{column} is a time of day without a date")
    day = moment.day
    time = datetime(day.year, day.month, day.day) + (moment.clock or timedelta(0))
    if moment.offset is not None:
        return time.replace(tzinfo=moment.offset)
    # fold=0, the default, takes the first of a repeated hour (RFC 5545 section 3.3.5).
    local = time.replace(tzinfo=timezone)
    if local.astimezone(UTC).astimezone(timezone).replace(tzinfo=None) != time:
        raise RowError(f"{column} {time.isoformat()} does not occur in {timezone.key}: the clocks skip it")
    return local


def resolve_end(moment: Moment, starts_at: datetime, timezone: ZoneInfo) -> datetime:
    """The same for an end: without a date it is on the day of the start, and 00:00 of that day is the coming midnight."""
    day = moment.day or starts_at.date()
    if day == starts_at.date() and not moment.clock and moment.offset is None:
        moment = moment._replace(clock=_DAY)
    if moment.day is None and starts_at.tzinfo is not timezone:
        moment = moment._replace(offset=starts_at.tzinfo)
    return resolve(moment._replace(day=day), "ends_at", timezone)


def parse_duration(text: str) -> timedelta:
    """``hh:mm``, ``hh:mm:ss`` or ISO 8601's ``PT1H30M``."""
    clock = re.fullmatch(r"(\d+):([0-5]\d)(?::([0-5]\d))?", text)
    if clock:
        return timedelta(hours=int(clock[1]), minutes=int(clock[2]), seconds=int(clock[3] or 0))
    iso = _ISO_DURATION.fullmatch(text)
    if iso and any(iso.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    raise RowError(f"duration {text!r} is not hh:mm or like PT1H30M")


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def format_span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """When something is, for people, by the clocks of ``zone``."""
    return f"{starts_at.astimezone(zone):%Y-%m-%d %H:%M}–{ends_at.astimezone(zone):%H:%M}"
