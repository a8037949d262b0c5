"""When what recurs takes place, by the wall clock of a zone: the same as ``booking.expand_rrule`` and occurrence_end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

#: More than any series may have: see max_occurrences.
MOST = 10_000

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


class CalendarError(Exception):
    """What cannot be read (unreadable) or booked (refused), or takes no time (skipped); the message says why."""

    def __init__(self, why: str, outcome: str = "unreadable") -> None:
        super().__init__(why)
        self.outcome = outcome


@dataclass(frozen=True)
class Length:
    """How long it lasts: so much by the clock on the wall, and then so much elapsed time."""

    wall: timedelta = timedelta(0)
    elapsed: timedelta = timedelta(0)

    def end(self, local_start: datetime, zone: tzinfo) -> datetime:
        """When it ends that starts then, in UTC."""
        starts_at = to_instant(local_start, zone)
        ends_at = to_instant(local_start + self.wall, zone)
        # The clock may jump over the end, and its start be moved behind it: then it lasts as long as it looks.
        return (ends_at if ends_at > starts_at or not self.wall else starts_at + self.wall) + self.elapsed


class Version(NamedTuple):
    """Which of two VEVENTs is newer: the one of the higher SEQUENCE, or else of the later DTSTAMP (RFC 5546 2.1.5)."""

    sequence: int = 0
    stamp: datetime = datetime.min.replace(tzinfo=UTC)


NO_VERSION = Version()


@dataclass
class Occurrence:
    """One time of an event, in UTC; ``original`` is its RECURRENCE-ID, the start that the rule gave it."""

    original: datetime
    starts_at: datetime
    ends_at: datetime
    zone: tzinfo
    resource: str
    title: str
    status: str
    version: Version = NO_VERSION


class Time(NamedTuple):
    """One time of what recurs: its start by the clock of the zone, and when that is, in UTC."""

    local: datetime
    starts_at: datetime
    ends_at: datetime


@dataclass
class Recurrence:
    """A series as ``create_series`` takes it, all times local to the zone."""

    rrule: str | None
    local_start: datetime
    zone: ZoneInfo
    length: Length
    rdates: list[datetime] = field(default_factory=list)
    exdates: list[datetime] = field(default_factory=list)
    dst_gap: str = "skip"
    #: In UTC: RDATEs that no local time names, in the second of two hours that the clock shows twice.
    apart: list[datetime] = field(default_factory=list)
    #: Who says when it takes place.
    expand: "Expand" = field(default_factory=lambda: expand_here, repr=False, compare=False)

    def times(self) -> list[Time]:
        """When it takes place, ascending, without ``apart``."""
        return self.expand(self)

    def arguments(self) -> dict[str, Any]:
        """As JSON has it."""
        arguments: dict[str, Any] = {
            "rrule": self.rrule,
            "local_start": self.local_start.isoformat(),
            "timezone": self.zone.key,
            "rdates": [local.isoformat() for local in self.rdates],
            "exdates": [local.isoformat() for local in self.exdates],
            "dst_gap": self.dst_gap,
        }
        return arguments | length_arguments(self.local_start, self.length)


#: When what recurs takes place, ascending. The database is asked where something is booked, so that it is booked when it
#: was expected.
Expand = Callable[[Recurrence], list[Time]]


def expand_here(recurrence: Recurrence) -> list[Time]:
    """The same without a database, by python-dateutil: at most MOST of the rule, and wrong where :func:`is_read_alike` is."""
    zone, length = recurrence.zone, recurrence.length
    found: dict[datetime, datetime] = {}
    if recurrence.rrule:
        found |= islice(expand_rule(recurrence.rrule, recurrence.local_start, zone, recurrence.dst_gap), MOST)
    found |= {to_instant(local, zone): local for local in recurrence.rdates}
    excluded = {to_instant(local, zone) for local in recurrence.exdates}
    return [Time(found[at], at, length.end(found[at], zone)) for at in sorted(found) if at not in excluded]


def length_arguments(local_start: datetime, length: Length) -> dict[str, str]:
    """The duration or local_end of a series; days and hours together are all wall clock to it."""
    if length.wall:
        return {"local_end": (local_start + length.wall + length.elapsed).isoformat()}
    return {"duration": f"PT{length.elapsed.total_seconds():.0f}S"}


def to_instant(local: datetime, zone: tzinfo) -> datetime:
    """In UTC: the first of a time that comes twice, and one that the clock jumps over later by the jump (3.3.5)."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def to_local(at: datetime, zone: tzinfo) -> datetime | None:
    """The local time that means this instant; None for the second of a time that comes twice."""
    local = at.astimezone(zone)
    return None if local.fold else local.replace(tzinfo=None)


def occurs(local: datetime, zone: tzinfo) -> bool:
    """Whether clocks in the zone ever show it."""
    return to_instant(local, zone).astimezone(zone).replace(tzinfo=None, fold=0) == local


def expand_rule(rrule: str, local_start: datetime, zone: ZoneInfo, dst_gap: str) -> Iterator[tuple[datetime, datetime]]:
    """The instants that a rule yields, each with its local time, up to its COUNT or its UNTIL in UTC."""
    parts = parse_rule(rrule)
    count = int(parts["COUNT"]) if "COUNT" in parts else None
    until = parse_until(parts["UNTIL"]) if "UNTIL" in parts else None
    counted = 0
    for local in rule_times(parts, local_start):
        if dst_gap == "skip" and not occurs(local, zone):
            continue  # and not counted either (RFC 5545 3.3.10)
        at = to_instant(local, zone)
        if until and at > until:
            return
        yield at, local
        counted += 1
        if counted == count:
            return


def parse_rule(rrule: str) -> dict[str, str]:
    """The parts of a rule in their order; a CalendarError where python-dateutil would not find an end."""
    rrule = rrule.strip().upper().removeprefix("RRULE:")
    parts = dict(part.split("=", 1) for part in rrule.split(";") if "=" in part)
    for name in ("COUNT", "INTERVAL"):
        if not parts.get(name, "1").isdecimal() or int(parts.get(name, "1")) == 0:
            raise CalendarError(f"the rule {rrule} cannot be read: {name} is a whole number, 1 or more")
    if parts.get("FREQ") not in _FREQUENCIES:
        raise CalendarError(
            f"invalid_recurrence: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, not {parts.get('FREQ')}", "refused"
        )
    return parts


def parse_until(text: str) -> datetime:
    """The UNTIL of a series, in UTC."""
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise CalendarError(f"UNTIL {text!r} is not a time in UTC, like 20301231T235959Z") from None


def write_rule(parts: dict[str, str]) -> str:
    """The rule of these parts."""
    return ";".join(f"{name}={value}" for name, value in parts.items())


def rule_times(parts: dict[str, str], local_start: datetime) -> Iterator[datetime]:
    """The local times from ``local_start`` on, whatever their end."""
    parts = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
    first = local_start
    if parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts:
        # RFC 5545 counts positions from the beginning of the week, python-dateutil those of the first week from DTSTART.
        parts.setdefault("BYDAY", _WEEKDAYS[first.weekday()])
        for name, value in (("BYHOUR", first.hour), ("BYMINUTE", first.minute), ("BYSECOND", first.second)):
            parts.setdefault(name, str(value))
        week_start = parts.get("WKST", "MO")
        if week_start in _WEEKDAYS:
            first -= timedelta(days=(first.weekday() - _WEEKDAYS.index(week_start)) % 7)
        first = first.replace(hour=0, minute=0, second=0)
    try:
        times = rrulestr(write_rule(parts), dtstart=first)
    except (ValueError, IndexError) as error:
        raise CalendarError(f"the rule {write_rule(parts)} cannot be read: {error}") from None
    return (local for local in times if local >= local_start)


def is_read_alike(rrule: str) -> bool:
    """Whether all programs take a rule to mean the same. Of some RFC 5545 says too little, or is not followed."""
    parts = parse_rule(rrule)
    days = {day[-2:] == day for day in parts.get("BYDAY", "").split(",")}
    weeks = {week.lstrip("+-0") for week in parts.get("BYWEEKNO", "").split(",")}
    return not (
        (parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts)
        or len(days) > 1
        or weeks & {"52", "53"}
        or ("BYWEEKNO" in parts and "BYDAY" not in parts)
    )
