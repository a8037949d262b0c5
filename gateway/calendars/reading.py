"""VEVENTs, read as the reservations and series that they mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.calendars.components import Component, Property, Value, read_components
from gateway.calendars.recurrence import (
    CalendarError,
    Length,
    Occurrence,
    Recurrence,
    parse_rule,
    parse_until,
    to_instant,
    to_local,
    write_rule,
    yields,
)
from gateway.calendars.zones import Zones
from gateway.plain import one_line

_UTC = ZoneInfo("UTC")
_LONGEST_NAME = 200  # of a resource
_DAY = timedelta(days=1)
_DURATION = re.compile(r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?")


@dataclass
class Problem:
    """An event that is not among those read: ``unreadable``, ``refused`` or ``skipped``, and why."""

    line: int
    outcome: str
    why: str


@dataclass
class Change:
    """A VEVENT with RECURRENCE-ID: what becomes of one occurrence, or with it of all that follow."""

    original: datetime  # in UTC
    following: bool
    local_start: datetime
    zone: ZoneInfo
    length: Length
    resource: str
    title: str
    status: str  # confirmed, tentative or cancelled

    def apply(self, original: datetime, local_start: datetime) -> Occurrence:
        """The occurrence with that original start, when it begins by the clock of this zone."""
        starts_at, ends_at = to_instant(local_start, self.zone), self.length.end(local_start, self.zone)
        return Occurrence(original, starts_at, ends_at, self.zone, self.resource, self.title, self.status)


@dataclass
class Event:
    """All VEVENTs of one UID: a reservation, or with ``recurrence`` a series; without ``first``, single occurrences."""

    line: int
    uid: str
    first: Change | None
    recurrence: Recurrence | None = None
    changes: list[Change] = field(default_factory=list)

    def occurrences(self) -> list[Occurrence]:
        """When all of it takes place, in the order of the original starts."""
        found = self.usual()
        found |= {one.original: one.apply(one.original, one.local_start) for one in self.changes if not one.following}
        return [found[at] for at in sorted(found) if found[at].status != "cancelled"]

    def usual(self) -> dict[datetime, Occurrence]:
        """By their original starts, its occurrences but for the changes of single ones; some may be cancelled."""
        if self.first and self.recurrence:
            starts = self.recurrence.starts() | dict.fromkeys(self.recurrence.apart)
            return {at: self._occurrence(self.first, at, local) for at, local in starts.items()}
        return (
            {self.first.original: self.first.apply(self.first.original, self.first.local_start)} if self.first else {}
        )

    def _occurrence(self, first: Change, at: datetime, local: datetime | None) -> Occurrence:
        """What the rule and the changes of all that follow make of one original start."""
        change = max(
            (one for one in self.changes if one.following and one.original <= at), key=_original, default=first
        )
        if local is None and change is first:
            one = first.apply(first.original, first.local_start)
            return replace(one, original=at, starts_at=at, ends_at=at + (one.ends_at - one.starts_at))
        local = local or _wall(at, first.zone)
        if change is not first:
            # Later by as much of the wall clock as the one that it names.
            moved = to_instant(change.local_start, change.zone)
            local += _wall(moved, first.zone) - _wall(change.original, first.zone)
        return replace(change, zone=first.zone).apply(at, local)


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _original(change: Change) -> datetime:
    return change.original


class Start(NamedTuple):
    """A DTSTART."""

    local: datetime
    zone: ZoneInfo
    is_date: bool


def is_calendar(text: str) -> bool:
    """Whether it is iCalendar."""
    return text.lstrip("\ufeff \t\r\n")[:15].upper() == "BEGIN:VCALENDAR"


def read_calendar(
    text: str, timezone: ZoneInfo, resource: str = "", until: date | None = None
) -> tuple[list[Event], list[Problem]]:
    """The events of a calendar that take time, in their order, and what is not among them.

    ``timezone`` is that of dates and floating times; ``resource`` is booked instead of the locations; ``until`` is the
    last day of rules that have no end.
    """
    if not is_calendar(text):
        raise CalendarError("it does not begin with BEGIN:VCALENDAR")
    components = read_components(text.lstrip("\ufeff"), {"VEVENT", "VTIMEZONE"})
    definitions = {one.text("TZID"): one for one in components if one.kind == "VTIMEZONE"}
    reader = _Reader(Zones(timezone, definitions), resource, until)
    problems: list[Problem] = []
    events: list[Event] = []
    by_uid: dict[str, Event] = {}

    def attempt(component: Component, is_change: bool) -> None:
        try:
            event = reader.read_change(component, by_uid) if is_change else reader.read_event(component)
        except CalendarError as error:
            problems.append(Problem(component.line, error.outcome, str(error)))
            return
        except (OverflowError, ValueError):
            problems.append(Problem(component.line, "unreadable", "it reaches beyond the years 1 to 9999"))
            return
        if event:
            events.append(event)
            by_uid.setdefault(event.uid, event)

    vevents = [one for one in components if one.kind == "VEVENT"]
    # An occurrence may stand before its series.
    for vevent in vevents:
        if not vevent.has("RECURRENCE-ID"):
            attempt(vevent, is_change=False)
    for vevent in vevents:
        if vevent.has("RECURRENCE-ID"):
            attempt(vevent, is_change=True)
    return sorted(events, key=lambda event: event.line), problems


class _Reader:
    """Reads the VEVENTs of one file."""

    def __init__(self, zones: Zones, resource: str, until: date | None) -> None:
        self._zones = zones
        self._resource = resource
        self._until = until

    def read_event(self, component: Component) -> Event:
        """A VEVENT without RECURRENCE-ID."""
        start, first = self._read_first(component)
        if first.status == "cancelled":
            raise CalendarError(_why_skipped(component), "skipped")
        recurrence = self._read_recurrence(component, start, first.length)
        if not first.resource:
            raise CalendarError("it has neither LOCATION nor RESOURCES; say --resource, what it books", "refused")
        uid = _read_uid(component) or _make_uid(component, first)
        changes = self._read_periods(component, start, first) if recurrence else []
        return Event(component.line, uid, first, recurrence, changes)

    def read_change(self, component: Component, by_uid: dict[str, Event]) -> Event | None:
        """A VEVENT with RECURRENCE-ID, put to the event that it changes; an event of its own where there is none."""
        _, change = self._read_first(component)
        event = by_uid.get(_read_uid(component))
        first = event.first if event else None
        (identified,) = component.all("RECURRENCE-ID")[:1]
        value = next(iter(identified.values()), None)
        anchor = Start(
            first.local_start if first else datetime.min, first.zone if first else self._zones.default, False
        )
        change.original = self._read_moment(identified, value, anchor)
        change.following = identified.parameters.get("RANGE", "").upper() == "THISANDFUTURE"
        change.resource = change.resource or (first.resource if first else "")
        if not component.all("SUMMARY") and first:
            change.title = first.title
        if not change.resource:
            raise CalendarError("it has neither LOCATION nor RESOURCES; say --resource, what it books", "refused")
        # Of a series that is not in the file, there are only the single ones.
        change.following = change.following and first is not None
        if event and (event.recurrence or not first or change.original == first.original):
            event.changes.append(change)
            if component.text("TRANSP").upper() == "TRANSPARENT":
                raise CalendarError(_why_skipped(component), "skipped")
            return None
        if event:
            raise CalendarError("it has a RECURRENCE-ID, and the VEVENT with its UID recurs not")
        if change.status == "cancelled":
            raise CalendarError(_why_skipped(component), "skipped")
        return Event(component.line, _read_uid(component) or _make_uid(component, change), None, changes=[change])

    def _read_first(self, component: Component) -> tuple[Start, Change]:
        """What a VEVENT says of itself, whether it recurs or not."""
        if not component.has_end:
            raise CalendarError("it has no END:VEVENT")
        start = self._read_start(component)
        status = {"TENTATIVE": "tentative", "CANCELLED": "cancelled"}.get(component.text("STATUS").upper(), "confirmed")
        if component.text("TRANSP").upper() == "TRANSPARENT":
            status = "cancelled"
        length = Length() if status == "cancelled" else self._read_length(component, start)
        resource = self._resource or one_line(component.text("LOCATION") or _read_resources(component))
        if len(resource) > _LONGEST_NAME:
            raise CalendarError("its LOCATION is too long for the name of a resource; say --resource", "refused")
        title = component.text("SUMMARY")
        original = to_instant(start.local, start.zone)
        return start, Change(original, False, start.local, start.zone, length, resource, title, status)

    def _read_start(self, component: Component) -> Start:
        found = component.one("DTSTART")
        values = found.values() if found else []
        if not found or len(values) != 1 or not isinstance(values[0], date):
            raise CalendarError("it has no DTSTART" if not values else f"DTSTART {found and found.text!r} is no time")
        value = values[0]
        if not isinstance(value, datetime):
            return Start(datetime(value.year, value.month, value.day), self._zones.default, True)
        return Start(value.replace(tzinfo=None), self._zone_of(found, value), False)

    def _zone_of(self, found: Property, value: datetime) -> ZoneInfo:
        if value.tzinfo:
            return _UTC
        return self._zones.find(found.tzid, value.year) if found.tzid else self._zones.default

    def _read_length(self, component: Component, start: Start) -> Length:
        """RFC 5545 3.8.5.3: by DTEND elapsed time, by DURATION its days by the wall clock; so are dates."""
        end, duration = component.one("DTEND"), component.text("DURATION")
        if end:
            length = self._read_end(end, start)
        elif duration:
            length = read_duration(duration)
        elif start.is_date:
            length = Length(wall=_DAY)
        else:
            raise CalendarError("it has neither DTEND nor DURATION, so it takes no time", "refused")
        if length.end(start.local, start.zone) <= to_instant(start.local, start.zone):
            raise CalendarError("it ends when it begins, or before")
        return length

    def _read_end(self, end: Property, start: Start) -> Length:
        values = end.values()
        if len(values) != 1 or not isinstance(values[0], date) or isinstance(values[0], datetime) == start.is_date:
            raise CalendarError(f"DTEND {end.text!r} is not {'a date' if start.is_date else 'a time'}, as DTSTART is")
        value = values[0]
        if not isinstance(value, datetime):
            return Length(wall=datetime(value.year, value.month, value.day) - start.local)
        ends_at = to_instant(value.replace(tzinfo=None), self._zone_of(end, value))
        return Length(elapsed=ends_at - to_instant(start.local, start.zone))

    def _read_recurrence(self, component: Component, start: Start, length: Length) -> Recurrence | None:
        rules = component.all("RRULE")
        if len(rules) > 1 or component.all("EXRULE"):
            raise CalendarError(
                "it has several RRULEs, or an EXRULE; RFC 5545 says one RRULE, without what EXDATE names", "refused"
            )
        rdates = component.all("RDATE")
        if not rules and not any(one.values() for one in rdates):
            return None
        gap = "shift" if start.is_date else "skip"
        rule = self._end_rule(rules[0].text, start) if rules else None
        added = set(self._read_moments(rdates, start))
        if rule is None or not yields(rule, start.local, start.zone, gap):
            # DTSTART is the first occurrence even so, and counted (RFC 5545 3.8.5.3).
            added.add(to_instant(start.local, start.zone))
            rule = _without_first(rule) if rule else None
        excluded = set(self._read_moments(component.all("EXDATE"), start))
        recurrence = Recurrence(rule, start.local, start.zone, length, dst_gap=gap)
        for at in sorted(added - excluded):
            local = to_local(at, start.zone)
            if local is None:
                recurrence.apart.append(at)
            else:
                recurrence.rdates.append(local)
        # One in an hour that comes again is none that a rule could yield.
        recurrence.exdates = [local for at in sorted(excluded) if (local := to_local(at, start.zone))]
        return recurrence

    def _end_rule(self, text: str, start: Start) -> str:
        """The rule as the server takes it: with its end as a time in UTC."""
        parts = dict(part.split("=", 1) for part in re.sub(r"\s", "", text).upper().split(";") if "=" in part)
        until = parts.get("UNTIL", "")
        if re.fullmatch(r"\d{8}(T\d{6})?", until):
            parts["UNTIL"] = _write_utc(_local_until(until), start.zone)
        elif not until and "COUNT" not in parts:
            if self._until is None:
                raise CalendarError("its rule would go on for ever; say --until, the last day of such rules", "refused")
            parts["UNTIL"] = _write_utc(_end_of_day(self._until), start.zone)
        if "UNTIL" in parts:
            parse_until(parts["UNTIL"])
        return write_rule(parts)

    def _read_moments(self, properties: Iterable[Property], start: Start) -> Iterable[datetime]:
        for found in properties:
            for value in found.values():
                yield self._read_moment(found, value, start)

    def _read_periods(self, component: Component, start: Start, first: Change) -> list[Change]:
        """The RDATEs that say themselves how long they are."""
        excluded = set(self._read_moments(component.all("EXDATE"), start))
        changes = []
        for found in component.all("RDATE"):
            for value in found.values():
                at = self._read_moment(found, value, start)
                if isinstance(value, tuple) and at not in excluded:
                    begin, end = value
                    elapsed = end if isinstance(end, timedelta) else self._read_moment(found, end, start) - at
                    if elapsed <= timedelta(0):
                        raise CalendarError(f"RDATE {found.text!r} ends when it begins, or before")
                    zone = self._zone_of(found, begin)
                    changes.append(replace(
                        first, original=at, local_start=begin.replace(tzinfo=None), zone=zone,
                        length=Length(elapsed=elapsed),
                    ))  # fmt: skip
        return changes

    def _read_moment(self, found: Property, value: Value | None, start: Start) -> datetime:
        """In UTC, one of EXDATE, RDATE or RECURRENCE-ID; a date alone means the time of day of the others."""
        if isinstance(value, tuple):
            value = value[0]
        if isinstance(value, datetime):
            return to_instant(value.replace(tzinfo=None), self._zone_of(found, value))
        if isinstance(value, date):
            return to_instant(datetime.combine(value, start.local.time()), start.zone)
        raise CalendarError(f"{found.name} {found.text!r} is not a date or time")


def read_duration(text: str) -> Length:
    """A DURATION: weeks and days by the clock on the wall, the rest elapsed."""
    found = _DURATION.fullmatch(text.upper())
    if not found or not any(found.groups()[1:]):
        raise CalendarError(f"DURATION {text!r} cannot be read; one is written PT1H30M or P1D")
    if found[1] == "-":
        raise CalendarError("it ends before it begins")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return Length(timedelta(weeks=weeks, days=days), timedelta(hours=hours, minutes=minutes, seconds=seconds))


def _read_resources(component: Component) -> str:
    names = [name for one in component.all("RESOURCES") for name in re.split(r"\s*,\s*", one.text.strip()) if name]
    if len(names) > 1:
        raise CalendarError(f"it has several RESOURCES, {', '.join(names)}; a reservation is of one", "refused")
    return names[0] if names else ""


def _why_skipped(component: Component) -> str:
    is_cancelled = component.text("STATUS").upper() == "CANCELLED"
    return f"{component.text('SUMMARY')!r} is {'cancelled' if is_cancelled else 'transparent, so it takes no time'}"


def _read_uid(component: Component) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "", component.text("UID"))


def _make_uid(component: Component, first: Change) -> str:
    """For those without: the same event has the same at every run."""
    return f"{first.resource}|{first.title}|{first.original:%Y%m%dT%H%M%SZ}|{component.text('RRULE')}"


def _without_first(rule: str) -> str | None:
    """A rule that has one occurrence less to yield."""
    parts = parse_rule(rule)
    if "COUNT" in parts:
        parts["COUNT"] = str(int(parts["COUNT"]) - 1)
    return None if parts.get("COUNT") == "0" else write_rule(parts)


def _local_until(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text) if "T" in text else _end_of_day(date.fromisoformat(text))
    except ValueError:
        raise CalendarError(f"UNTIL {text!r} is not a date or time") from None


def _end_of_day(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59)


def _write_utc(local: datetime, zone: ZoneInfo) -> str:
    return f"{to_instant(local, zone):%Y%m%dT%H%M%SZ}"
