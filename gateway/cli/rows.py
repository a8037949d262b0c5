"""What ``berth import`` reads: the rows of a CSV file, with times or with a weekly pattern."""

import csv
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from gateway.local import LocalError
from gateway.plain import one_line

Record = dict[str, str]
_Parsed = TypeVar("_Parsed")

_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")
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

    def stable_id(self, tenant_id: uuid.UUID) -> uuid.UUID:
        """The same row has the same id at every run, so that a second one creates nothing."""
        # A blackout is the same whatever its reason; nothing else may have its id.
        namespace, title = (uuid.uuid5(tenant_id, "blackouts"), "") if self.kind else (tenant_id, self.title)
        if self.id is None:
            key = f"{self.resource}|{title}|{self.starts_at.astimezone(UTC)}|{self.ends_at.astimezone(UTC)}"
        else:
            key = f"id|{self.id}"
        return uuid.uuid5(namespace, key)

    def stable_series_id(self, tenant_id: uuid.UUID) -> uuid.UUID:
        """The id of the series that begins with this time of a pattern: by the pattern's own id, if it has one."""
        own_id = self.pattern.id if self.pattern else None
        key = str(self.stable_id(tenant_id)) if own_id is None else f"id|{own_id}"
        return uuid.uuid5(uuid.uuid5(tenant_id, "series"), key)

    def __str__(self) -> str:
        return f"{self.resource} {self.starts_at:%Y-%m-%d %H:%M}–{self.ends_at:%H:%M} {self.title or self.kind!r}"


@dataclass
class ResourceRow:
    """One resource as the file has it: only the columns that it fills."""

    line: int
    resource: str
    columns: dict[str, str | int]

    def __str__(self) -> str:
        return self.resource


def read_rows(
    path: Path, timezone: ZoneInfo, first_week: date | None = None, blackouts: bool = False, reason: str = ""
) -> tuple[list[Row], list[Unreadable]]:
    """The bookings or blackouts of a CSV file; each row of a weekly pattern gives as many as it has times."""
    columns, records = read_records(path)
    weekly = {"days", "weeks"} <= columns and "starts_at" not in columns
    _require(path, columns, {"resource", "room"})
    if not blackouts:
        _require(path, columns, {"title", "class"})
    _require(path, columns, {"start" if weekly else "starts_at"})
    _require(path, columns, {"end" if weekly else "ends_at", "duration"})
    if weekly and first_week is None:
        raise LocalError(f"{path.name} has columns days and weeks; say --first-week, the Monday of week 1")
    if first_week is not None and not weekly:
        raise LocalError(f"{path.name} has no weekly pattern, in columns days and weeks, for --first-week to place")
    if first_week is not None and first_week.weekday() != 0:
        raise LocalError(f"--first-week {first_week} is no Monday; the one before is {monday_of(first_week)}")

    # A spreadsheet that took the digits for a number has dropped zeros in front.
    weeks = max((len(record.get("weeks", "")) for _, record in records if isinstance(record, dict)), default=0)

    def parse(line: int, record: Record) -> Iterable[Row | Unreadable]:
        if blackouts:
            record = {**record, "kind": record.get("kind") or "closure", "title": record.get("reason") or reason}
        elif "kind" in record:
            record = {**record, "kind": ""}
        if first_week is None:
            return [parse_row(line, record, timezone)]
        return parse_pattern(line, record, timezone, first_week, weeks)

    return _parse(records, parse)


def read_resources(path: Path) -> tuple[list[ResourceRow], list[Unreadable]]:
    """The resources of a CSV file."""
    columns, records = read_records(path)
    _require(path, columns, {"resource", "room", "name"})
    return _parse(records, lambda line, record: [parse_resource(line, record)])


def read_records(path: Path) -> tuple[set[str], list[tuple[int, Record | str]]]:
    """The columns of a CSV file, and by line its cells; or why a line has none."""
    records: list[tuple[int, Record | str]] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        file.seek(0)
        reader = csv.DictReader(file, delimiter=";" if header.count(";") > header.count(",") else ",", strict=True)
        columns = {name.strip().lower() for name in reader.fieldnames or () if name}
        while True:
            line = reader.line_num + 1
            try:
                record = next(reader)
            except StopIteration:
                return columns, records
            except csv.Error as error:
                records.append((line, str(error)))
            else:
                records.append((line, {k.strip().lower(): (v or "").strip() for k, v in record.items() if k}))


def _require(path: Path, columns: set[str], wanted: set[str]) -> None:
    if not columns & wanted:
        raise LocalError(f"{path.name} has no column {' or '.join(sorted(wanted))}")


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


def parse_row(line: int, record: Record, timezone: ZoneInfo) -> Row:
    """A row out of its cells, or a RowError."""
    cells = {name: value.strip() for name, value in record.items()}
    resource = _resource(cells)
    starts_at = parse_time(cells.get("starts_at", ""), "starts_at", timezone)
    if cells.get("ends_at"):
        ends_at = parse_time(cells["ends_at"], "ends_at", timezone)
    elif cells.get("duration"):
        # Elapsed time: added where no clock is ever changed.
        ends_at = (starts_at.astimezone(UTC) + parse_duration(cells["duration"])).astimezone(starts_at.tzinfo)
    else:
        raise RowError("neither ends_at nor duration")
    # In UTC: Python compares two times of one zone by what the clock on the wall shows.
    if ends_at.astimezone(UTC) <= starts_at.astimezone(UTC):
        raise RowError(f"ends at {ends_at.isoformat()}, not after its start {starts_at.isoformat()}")
    kind = cells.get("kind", "")
    if not re.fullmatch("[a-z0-9_-]{0,50}", kind):
        raise RowError(f"kind {kind!r} is not one word of a-z, 0-9, _ and -")
    title = cells.get("title") or cells.get("class", "")
    return Row(line, resource, title, starts_at, ends_at, cells.get("id") or None, kind)


def parse_pattern(
    line: int, record: Record, timezone: ZoneInfo, first_week: date, weeks: int
) -> Iterator[Row | Unreadable]:
    """All the times of a weekly pattern, in order. Its clock is the wall's: 09:00 stays 09:00 when the clocks change."""
    _resource(record)
    in_days = parse_digits(record, "days", 7)
    in_weeks = parse_digits(record, "weeks", weeks)
    start = parse_clock(record.get("start", ""), "start")
    end = parse_clock(record["end"], "end") if record.get("end") else None
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
    clock = _CLOCK.fullmatch(text)
    if clock:
        since = timedelta(hours=int(clock[1]), minutes=int(clock[2]), seconds=int(clock[3] or 0))
        if since <= timedelta(days=1):
            return since
    raise RowError(f"{column} {text!r} is not a time of day; write 09:30")


def parse_time(text: str, column: str, timezone: ZoneInfo) -> datetime:
    """An ISO 8601 time; without an offset it is wall clock in ``timezone``."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise RowError(f"{column} {text!r} is not a time; write 2026-03-29T14:00 or 2026-03-29T14:00+01:00") from None
    if time.tzinfo is not None:
        return time
    # fold=0, the default, takes the first of a repeated hour (RFC 5545 section 3.3.5).
    local = time.replace(tzinfo=timezone)
    if local.astimezone(UTC).astimezone(timezone).replace(tzinfo=None) != time:
        raise RowError(f"{column} {text} does not occur in {timezone.key}: the clocks skip it")
    return local


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
