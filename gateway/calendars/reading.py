"""VEVENTs, read as the reservations and series that they mean."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.calendars.components import (
    Component,
    Property,
    Value,
    has_wrong_bytes,
    read_components,
    show_wrong_bytes,
)
from gateway.calendars.recurrence import (
    MOST,
    NO_VERSION,
    CalendarError,
    Expand,
    Length,
    Occurrence,
    Recurrence,
    Time,
    Version,
    expand_here,
    occurs,
    parse_rule,
    parse_until,
    to_instant,
    to_local,
    write_rule,
)
from gateway.calendars.zones import Zones
from gateway.plain import clean_text, one_line

_UTC = ZoneInfo("UTC")
_LONGEST_NAME = 200  # of a resource
_LONGEST_TITLE = 500
#: Messages of attendees (RFC 5546). The organizer has not agreed to them, so they book nothing.
_REPLIES = ("REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH")
_DAY = timedelta(days=1)
_DURATION = re.compile(r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?")


@dataclass
class Cancellation:
    """What a VEVENT cancels: its whole UID, one occurrence, or an occurrence and all that follow."""

    uid: str
    version: Version
    resource: str  # cancels only what books this resource; empty: any resource
    is_message: bool  # a METHOD:CANCEL; it may repeat the SEQUENCE that it cancels, or have none
    has_sequence: bool = True
    original: datetime | None = None  # in UTC
    following: bool = False
    is_day: bool = False  # a day was named: ``original`` is its midnight, and any time on it is meant

    def names(self, original: datetime) -> bool:
        """Whether it cancels the occurrence with this original start."""
        if self.original is None or original == self.original or (self.following and original > self.original):
            return True
        return self.is_day and self.original < original < self.original + _DAY

    def ends(self, version: Version) -> bool:
        """Whether it cancels a reservation that was imported in this version."""
        if self.is_message:
            return not self.has_sequence or self.version.sequence >= version.sequence
        return self.version > version


@dataclass
class Problem:
    """What to tell of a line, and why: ``unreadable``, ``refused`` and ``skipped`` book nothing.

    ``shortened`` books with a shorter title.
    """

    line: int
    outcome: str
    why: str
    cancellation: Cancellation | None = None


@dataclass
class Change:
    """A VEVENT with RECURRENCE-ID: it changes one occurrence, or one and all that follow."""

    original: datetime  # in UTC
    following: bool
    local_start: datetime
    zone: tzinfo
    length: Length
    resource: str
    title: str
    status: str  # confirmed, tentative or cancelled
    version: Version = NO_VERSION
    line: int = 0

    def apply(self, original: datetime, local_start: datetime) -> Occurrence:
        """The occurrence with this original start, begun at a local time of this zone."""
        return self.at(original, to_instant(local_start, self.zone), self.length.end(local_start, self.zone))

    def at(self, original: datetime, starts_at: datetime, ends_at: datetime) -> Occurrence:
        """The occurrence with this original start, at these instants."""
        return Occurrence(original, starts_at, ends_at, self.zone, self.resource, self.title, self.status, self.version)


@dataclass
class Event:
    """All VEVENTs of one UID: a reservation, or with ``recurrence`` a series; without ``first``, single occurrences."""

    line: int
    uid: str
    first: Change | None
    recurrence: Recurrence | None = None
    changes: list[Change] = field(default_factory=list)

    @property
    def resource(self) -> str:
        """The resource that it books; changed occurrences may have another."""
        return (self.first or self.changes[0]).resource

    @property
    def version(self) -> Version:
        return (self.first or max(self.changes, key=lambda one: one.version)).version

    def occurrences(self) -> list[Occurrence]:
        """All occurrences that take place, by their original starts."""
        found = self.usual()
        for one in self.changes:
            if not one.following:
                occurrence = one.apply(one.original, one.local_start)
                # A changed occurrence is at least as new as its series.
                newest = max(one.version, self.first.version) if self.first else one.version
                found[one.original] = replace(occurrence, version=newest)
        return [found[at] for at in sorted(found) if found[at].status != "cancelled"]

    def usual(self) -> dict[datetime, Occurrence]:
        """Occurrences by original start, without the changes of single ones. Some may be cancelled."""
        found = self.unchanged()
        following = sorted((one for one in self.changes if one.following), key=_original)
        for change in following if self.first else ():
            assert self.first
            # All shift by the same span of wall clock time.
            moved = to_instant(change.local_start, change.zone)
            shift = _wall(moved, self.first.zone) - _wall(change.original, self.first.zone)
            local = replace(change, zone=self.first.zone)
            for at in found:
                if at >= change.original:
                    found[at] = local.apply(at, _wall(at, self.first.zone) + shift)
        return found

    def unchanged(self) -> dict[datetime, Occurrence]:
        """Occurrences by start, without any change."""
        first = self.first
        if not first:
            return {}
        if not self.recurrence:
            return {first.original: first.apply(first.original, first.local_start)}
        found = {
            time.starts_at: first.at(time.starts_at, time.starts_at, time.ends_at) for time in self.recurrence.times()
        }
        elapsed = first.length.end(first.local_start, first.zone) - to_instant(first.local_start, first.zone)
        return found | {at: first.at(at, at, at + elapsed) for at in self.recurrence.apart}

    def find_original(self, local: datetime, at: datetime) -> datetime:
        """The start that a RECURRENCE-ID means by the clock of its series; ``at`` if the series has no such time."""
        if not self.recurrence or self.recurrence.zone is not (self.first and self.first.zone):
            return at
        return next((time.starts_at for time in self.recurrence.times() if time.local == local), at)

    def dropped_in(self, original: datetime) -> Version:
        """The version from which on the event has no occurrence with this original start."""
        cancelled = [
            one.version
            for one in self.changes
            if one.status == "cancelled" and (one.original == original or (one.following and one.original < original))
        ]
        return max([self.version, *cancelled])

    def why_nothing(self) -> str:
        """Says why it has no occurrence."""
        if any(one.status == "cancelled" for one in self.changes):
            return "each of its occurrences is cancelled, or left out by EXDATE"
        if self.recurrence and self.recurrence.exdates:
            return "its EXDATEs leave nothing of it"
        return "its rule never takes place"


def _wall(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _original(change: Change) -> datetime:
    return change.original


class Start(NamedTuple):
    """A DTSTART."""

    local: datetime
    zone: tzinfo
    is_date: bool


@dataclass
class _Entry:
    """A VEVENT without RECURRENCE-ID, as an event or as what it cancels."""

    line: int
    title: str
    uid: str
    version: Version
    event: Event | None = None
    problem: Problem | None = None

    def is_newer(self, other: "_Entry") -> bool:
        """Whether this one replaces the other. With equal SEQUENCEs and other resources, they are copies for two rooms."""
        if self.version.sequence > other.version.sequence:
            return True
        is_same = not (self.resource and other.resource) or self.resource == other.resource
        return is_same and (self.version > other.version or (self.is_message and self.version == other.version))

    @property
    def is_message(self) -> bool:
        """Whether it is of a METHOD:CANCEL."""
        return bool(self.problem and self.problem.cancellation and self.problem.cancellation.is_message)

    @property
    def resource(self) -> str:
        if self.event:
            return self.event.resource
        return self.problem.cancellation.resource if self.problem and self.problem.cancellation else ""


def is_calendar(data: str | bytes) -> bool:
    """Whether it is iCalendar."""
    return _as_bytes(data).lstrip(b" \t\r\n")[:15].upper() == b"BEGIN:VCALENDAR"


def _as_bytes(data: str | bytes) -> bytes:
    return (data.encode() if isinstance(data, str) else data).removeprefix(b"\xef\xbb\xbf")


def read_calendar(
    data: str | bytes, timezone: ZoneInfo, resource: str = "", until: date | None = None, expand: Expand = expand_here
) -> tuple[list[Event], list[Problem]]:
    """Reads the events of a file that take time, in their order, and the problems.

    ``timezone`` is that of dates and floating times; ``resource`` is booked instead of the locations; ``until`` is the
    last day of rules that have no end; ``expand`` says when what recurs takes place.
    """
    if not is_calendar(data):
        raise CalendarError("it does not begin with BEGIN:VCALENDAR")
    return _File(_as_bytes(data), timezone, resource, until, expand).read()


class _File:
    """One file, of one calendar or several."""

    def __init__(self, data: bytes, timezone: ZoneInfo, resource: str, until: date | None, expand: Expand) -> None:
        self._components, wrong = read_components(data)
        self._problems = [Problem(line, "unreadable", "it is not UTF-8, as iCalendar is") for line in wrong]
        definitions: dict[int, dict[str, Component]] = defaultdict(dict)
        for one in self._components:
            if one.kind == "VTIMEZONE":
                definitions[id(one.calendar)].setdefault(one.readable_text("TZID"), one)
        # A zone may be defined in another calendar of the file.
        everywhere = {tzid: one for own in reversed(definitions.values()) for tzid, one in own.items()}
        self._readers = {
            id(calendar): _Reader(
                Zones(timezone, everywhere | definitions[id(calendar)], expand), resource, until, expand,
                calendar.readable_text("METHOD").upper() if calendar else "",
            )
            for calendar in (one.calendar for one in self._components)
        }  # fmt: skip

    def read(self) -> tuple[list[Event], list[Problem]]:
        vevents = []
        for one in self._components:
            reader = self._readers[id(one.calendar)]
            if one.kind == "VEVENT" and reader.method in _REPLIES:
                why = f"{_name(one)!r} is a {reader.method}, which books nothing"
                self._problems.append(Problem(one.line, "skipped", why))
            elif one.kind == "VEVENT":
                vevents.append((reader, one))
        # An occurrence may stand before its series.
        entries = [
            entry for reader, one in vevents if not one.has("RECURRENCE-ID") for entry in self._attempt(reader, one)
        ]
        events = self._keep_newest(entries)
        by_uid: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_uid[event.uid].append(event)
        cancelled = {problem.cancellation.uid: problem for problem in self._problems if problem.cancellation}
        for reader, one in vevents:
            if one.has("RECURRENCE-ID"):
                try:
                    own = reader.read_change(one, by_uid, cancelled)
                except _ERRORS as error:
                    self._problems.append(_explain(one, error))
                    continue
                if own:
                    events.append(own)
                    by_uid[own.uid].append(own)
        for event in events:
            self._keep_newest_changes(event)
        for reader in self._readers.values():
            self._problems += reader.shortened
        return sorted(events, key=lambda event: event.line), self._problems

    def _attempt(self, reader: "_Reader", component: Component) -> Iterable[_Entry]:
        title = _name(component)
        try:
            event = reader.read_event(component)
        except _ERRORS as error:
            problem = _explain(component, error)
            called_off = problem.cancellation
            if called_off:
                yield _Entry(component.line, title, called_off.uid, called_off.version, problem=problem)
            else:
                self._problems.append(problem)
            return
        yield _Entry(component.line, title, event.uid, event.version, event)

    def _keep_newest(self, entries: list[_Entry]) -> list[Event]:
        """Of the versions of one UID, the newest."""
        # Compares with the newest of each resource only: some programs give all their events one UID.
        newest: dict[str, dict[tuple[str, bool], _Entry]] = defaultdict(dict)
        for entry in entries:
            key = (entry.resource, entry.is_message)
            before = newest[entry.uid].get(key)
            if not before or entry.version > before.version:
                newest[entry.uid][key] = entry
        events = []
        for entry in entries:
            others = newest[entry.uid].values()
            newer = next((one for one in others if one is not entry and one.is_newer(entry)), None)
            if newer and entry.uid:
                self._problems.append(_superseded(entry.line, entry.title, newer.line))
            elif entry.event:
                events.append(entry.event)
            elif entry.problem:
                self._problems.append(entry.problem)
        return events

    def _keep_newest_changes(self, event: Event) -> None:
        """Of the versions of one RECURRENCE-ID, the newest, and of equal ones the last."""
        newest: dict[tuple[datetime, bool], Change] = {}
        for change in event.changes:
            key = (change.original, change.following)
            before = newest.get(key)
            if before and before.version > change.version:
                self._problems.append(_superseded(change.line, change.title or event.uid, before.line))
                continue
            if before and before.version < change.version:
                self._problems.append(_superseded(before.line, before.title or event.uid, change.line))
            newest[key] = change
        event.changes = list(newest.values())


def _superseded(line: int, title: str, newer: int) -> Problem:
    return Problem(line, "skipped", f"{title!r} has a newer version in line {newer}")


#: What an event that cannot be read raises.
_ERRORS = (CalendarError, OverflowError, ValueError)


def _explain(component: Component, error: Exception) -> Problem:
    if isinstance(error, _CancelledError):
        return Problem(component.line, error.outcome, str(error), error.cancellation)
    if isinstance(error, CalendarError):
        return Problem(component.line, error.outcome, str(error))
    return Problem(component.line, "unreadable", "it reaches beyond the years 1 to 9999")


class _CancelledError(CalendarError):
    """An event that does not take place; what was booked for it is cancelled."""

    def __init__(self, component: Component, cancellation: Cancellation) -> None:
        super().__init__(_why_skipped(component, cancellation), "skipped")
        self.cancellation = cancellation


class _Reader:
    """Reads the VEVENTs of one calendar."""

    def __init__(self, zones: Zones, resource: str, until: date | None, expand: Expand, method: str) -> None:
        self._zones = zones
        self._resource = resource
        self._until = until
        self._expand = expand
        self.method = method
        self.shortened: list[Problem] = []

    def read_event(self, component: Component) -> Event:
        """A VEVENT without RECURRENCE-ID."""
        if self.method == "CANCEL":
            raise _CancelledError(component, self._read_cancellation(component))
        start, first = self._read_first(component)
        if first.status == "cancelled":
            raise _CancelledError(component, self._read_cancellation(component))
        if self.method == "ADD":
            # It adds an occurrence to an event (RFC 5546 3.2.4).
            return Event(component.line, _read_uid(component) or _make_uid(component, first), None, changes=[first])
        recurrence, changes = self._read_recurrence(component, start, first)
        if not first.resource:
            raise CalendarError("it has neither LOCATION nor RESOURCES; say --resource, what it books", "refused")
        uid = _read_uid(component) or _make_uid(component, first)
        return Event(component.line, uid, first, recurrence, changes)

    def read_change(
        self, component: Component, by_uid: dict[str, list[Event]], cancelled: dict[str, Problem]
    ) -> Event | None:
        """Adds a VEVENT with RECURRENCE-ID to the event that it changes, or makes an event if the file has none."""
        uid = _read_uid(component)
        events = by_uid.get(uid, [])
        (identified,) = component.all("RECURRENCE-ID")[:1]
        if self.method == "CANCEL":
            change = self._blank_change(component)
        else:
            _, change = self._read_first(component)
        event = next((one for one in events if one.resource == change.resource), events[0] if events else None)
        first = event.first if event else None
        change.original = self._read_original(identified, event)
        change.following = identified.parameters.get("RANGE", "").upper() == "THISANDFUTURE"
        change.resource = change.resource or (first.resource if first else "")
        if not component.all("SUMMARY") and first:
            change.title = first.title
        if not event and change.status == "cancelled":
            cancellation = self._read_cancellation(component)
            cancellation.original, cancellation.following = change.original, change.following
            named = next(iter(identified.values()), None)
            cancellation.is_day = not isinstance(named, datetime | tuple)
            raise _CancelledError(component, cancellation)
        if not event and uid in cancelled:
            whole = cancelled[uid]
            if whole.cancellation and not whole.cancellation.original and whole.cancellation.ends(change.version):
                raise CalendarError(f"{change.title!r} is cancelled by line {whole.line}", "skipped")
        if not change.resource:
            raise CalendarError("it has neither LOCATION nor RESOURCES; say --resource, what it books", "refused")
        # Without its series in the file, it is a single occurrence.
        change.following = change.following and first is not None
        if event and (event.recurrence or not first or change.original == first.original):
            event.changes.append(change)
            if change.status == "cancelled" and component.text("TRANSP").upper() == "TRANSPARENT":
                raise CalendarError(_why_skipped(component), "skipped")
            return None
        if event:
            raise CalendarError("it has a RECURRENCE-ID, and the VEVENT with its UID recurs not")
        return Event(component.line, uid or _make_uid(component, change), None, changes=[change])

    def _read_original(self, identified: Property, event: Event | None) -> datetime:
        """The start that a RECURRENCE-ID names, in UTC."""
        first = event.first if event else None
        value = next(iter(identified.values()), None)
        anchor = Start(
            first.local_start if first else datetime.min, first.zone if first else self._zones.default, False
        )
        at = self._read_moment(identified, value, anchor)
        if not event or not first or not isinstance(value, date):
            return at
        if not isinstance(value, datetime):
            return event.find_original(datetime.combine(value, first.local_start.time()), at)
        is_same = not value.tzinfo and self._zone_of(identified, value) is first.zone
        return event.find_original(value.replace(tzinfo=None), at) if is_same else at

    def _read_cancellation(self, component: Component) -> Cancellation:
        is_message = self.method == "CANCEL"
        place = "" if is_message else one_line(component.text("LOCATION"))
        version = _read_version(component)
        return Cancellation(
            _read_uid(component), version, self._resource or place, is_message, component.has("SEQUENCE")
        )

    def _blank_change(self, component: Component) -> Change:
        """A change that cancels an occurrence; its other properties are ignored."""
        place = self._resource or one_line(component.text("LOCATION"))
        return Change(
            datetime.min, False, datetime.min, self._zones.default, Length(), place, _title(component), "cancelled",
            _read_version(component), component.line,
        )  # fmt: skip

    def _read_first(self, component: Component) -> tuple[Start, Change]:
        """Reads what all VEVENTs have: time, resource, title, status, version."""
        if not component.has_end:
            raise CalendarError("it has no END:VEVENT")
        start = self._read_start(component)
        status = {"TENTATIVE": "tentative", "CANCELLED": "cancelled"}.get(component.text("STATUS").upper(), "confirmed")
        if component.text("TRANSP").upper() == "TRANSPARENT":
            status = "cancelled"
        length = Length() if status == "cancelled" else self._read_length(component, start)
        place = self._resource or component.text("LOCATION") or _read_resources(component)
        if has_wrong_bytes(place):
            raise CalendarError("its LOCATION is not UTF-8; say --resource")
        resource = one_line(place)
        if len(resource) > _LONGEST_NAME:
            raise CalendarError("its LOCATION is too long for the name of a resource; say --resource", "refused")
        component.text("SUMMARY")
        title = _title(component)
        if len(title) > _LONGEST_TITLE:
            why = f"its SUMMARY has {len(title)} characters, the title the first {_LONGEST_TITLE} of them"
            self.shortened.append(Problem(component.line, "shortened", why))
            title = title[:_LONGEST_TITLE]
        original = to_instant(start.local, start.zone)
        return start, Change(
            original, False, start.local, start.zone, length, resource, title, status, _read_version(component),
            component.line,
        )  # fmt: skip

    def _read_start(self, component: Component) -> Start:
        found = component.one("DTSTART")
        values = found.values() if found else []
        if not found or len(values) != 1 or not isinstance(values[0], date):
            raise CalendarError("it has no DTSTART" if not values else f"DTSTART {found and found.text!r} is no time")
        value = values[0]
        if not isinstance(value, datetime):
            return Start(datetime(value.year, value.month, value.day), self._zones.default, True)
        return Start(value.replace(tzinfo=None), self._zone_of(found, value), False)

    def _zone_of(self, found: Property, value: datetime) -> tzinfo:
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

    def _read_recurrence(
        self, component: Component, start: Start, first: Change
    ) -> tuple[Recurrence | None, list[Change]]:
        """Reads the recurrence, and the occurrences that have another length."""
        rules = component.all("RRULE")
        if len(rules) > 1 or component.all("EXRULE"):
            raise CalendarError(
                "it has several RRULEs, or an EXRULE; RFC 5545 says one RRULE, without what EXDATE names", "refused"
            )
        rdates = component.all("RDATE")
        if not rules and not any(one.values() for one in rdates):
            return None, []
        gap = "shift" if start.is_date else "skip"
        rule = self._end_rule(rules[0].text, start) if rules else None
        added = set(self._read_moments(rdates, start))
        if rule and not added:
            self._check_end(rule, start, first.original)
        if rule is None or not self._yields(rule, start, gap):
            # DTSTART is the first occurrence even so, and counted (RFC 5545 3.8.5.3).
            added.add(first.original)
            rule = _without_first(rule) if rule else None
        excluded = set(self._read_moments(component.all("EXDATE"), start))
        zone = self._zones.nearest(start.zone, start.local.year)
        recurrence = Recurrence(rule, start.local, zone, first.length, dst_gap=gap, expand=self._expand)
        if rule and zone is not start.zone:
            # The file's definition decides. Where the clocks of the zone differ, an exdate and an rdate correct it.
            own = set(self._own_starts(rule, start, gap))
            theirs = {time.starts_at: time.local for time in recurrence.times()}
            if len(own - theirs.keys()) > len(own) // 2:
                recurrence.rrule, theirs = None, {}
            added |= own - theirs.keys()
            recurrence.exdates = [local for at, local in theirs.items() if at not in own]
        for at in sorted(added - excluded):
            local = to_local(at, zone)
            if local is None:
                recurrence.apart.append(at)
            else:
                recurrence.rdates.append(local)
        # A rule cannot yield the second of two equal local times.
        recurrence.exdates += [local for at in sorted(excluded) if (local := to_local(at, zone))]
        times = recurrence.times() if recurrence.rrule or recurrence.rdates else []
        changes = {
            time.starts_at: replace(
                first, original=time.starts_at, local_start=_wall(time.starts_at, start.zone),
                length=Length(elapsed=ends_at - time.starts_at),
            )
            for time in (times if zone is not start.zone and first.length.wall else [])
            if (ends_at := first.length.end(_wall(time.starts_at, start.zone), start.zone)) != time.ends_at
        }  # fmt: skip
        changes |= {one.original: one for one in self._read_periods(component, start, first)}
        return recurrence, list(changes.values())

    def _check_end(self, rule: str, start: Start, starts_at: datetime) -> None:
        until = parse_rule(rule).get("UNTIL")
        if until and parse_until(until) < starts_at:
            day = to_local(parse_until(until), start.zone) or parse_until(until)
            raise CalendarError(
                f"its rule ends before it begins, on {day:%Y-%m-%d %H:%M}, so it yields nothing", "refused"
            )

    def _yields(self, rule: str, start: Start, gap: str) -> bool:
        """Whether a rule that begins there yields its own beginning."""
        if gap == "skip" and not occurs(start.local, start.zone):
            return False
        parts = {name: value for name, value in parse_rule(rule).items() if name != "UNTIL"}
        return [time.local for time in self._walls(parts | {"COUNT": "1"}, start)] == [start.local]

    def _own_starts(self, rule: str, start: Start, gap: str) -> list[datetime]:
        """The instants of a rule by the clock of DTSTART."""
        parts = parse_rule(rule)
        if "UNTIL" in parts:
            # A day too many, since the clock may show a time twice; what is too late is dropped below.
            parts["UNTIL"] = f"{_wall(parse_until(parts['UNTIL']), start.zone) + _DAY:%Y%m%dT%H%M%SZ}"
        until = parse_until(parse_rule(rule).get("UNTIL", "99991231T000000Z"))
        count = int(parts.get("COUNT", MOST))
        wanted = count
        while True:
            walls = [time.local for time in self._walls(parts, start)]
            found = [to_instant(local, start.zone) for local in walls if gap == "shift" or occurs(local, start.zone)]
            missing = count - len(found)
            if "COUNT" not in parts or missing <= 0 or len(walls) < wanted:
                return [at for at in found[:count] if at <= until]
            # Local times that do not exist are not counted (RFC 5545 3.3.10).
            wanted += missing
            parts["COUNT"] = str(wanted)

    def _walls(self, parts: dict[str, str], start: Start) -> list[Time]:
        """The local times of a rule, by a clock that never changes."""
        return self._expand(Recurrence(write_rule(parts), start.local, _UTC, Length(elapsed=timedelta(seconds=1))))

    def _end_rule(self, text: str, start: Start) -> str:
        """The rule with its UNTIL in UTC, as the server takes it."""
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
        """The RDATEs of type PERIOD, which have a length of their own."""
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
    names = [name for one in component.all("RESOURCES") for name in one.texts()]
    if len(names) > 1:
        raise CalendarError(f"it has several RESOURCES, {', '.join(names)}; a reservation is of one", "refused")
    return names[0] if names else ""


def _title(component: Component) -> str:
    """Its SUMMARY, without control characters."""
    return clean_text(show_wrong_bytes(component.readable_text("SUMMARY"))).strip()


def _name(component: Component) -> str:
    """How messages to people name the event."""
    return _title(component) or component.readable_text("UID")


def _why_skipped(component: Component, cancellation: Cancellation | None = None) -> str:
    is_message = cancellation is not None and cancellation.is_message
    is_cancelled = is_message or component.text("STATUS").upper() == "CANCELLED"
    return f"{_name(component)!r} is {'cancelled' if is_cancelled else 'transparent, so it takes no time'}"


def _read_uid(component: Component) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "", show_wrong_bytes(component.text("UID")))


def _read_version(component: Component) -> Version:
    """Its SEQUENCE and DTSTAMP. An unreadable one counts as missing."""
    sequence = component.readable_text("SEQUENCE")
    try:
        stamp = next((one.values()[0] for one in component.all("DTSTAMP")), None)
    except (CalendarError, IndexError):
        stamp = None
    is_number = re.fullmatch(r"[0-9]{1,9}", sequence)
    return Version(
        int(sequence) if is_number else 0,
        stamp.replace(tzinfo=UTC) if isinstance(stamp, datetime) else NO_VERSION.stamp,
    )


def _make_uid(component: Component, first: Change) -> str:
    """A UID for an event without one, the same at every run."""
    return f"{first.resource}|{first.title}|{first.original:%Y%m%dT%H%M%SZ}|{component.text('RRULE')}"


def _without_first(rule: str) -> str | None:
    """The rule with its COUNT one lower."""
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


def _write_utc(local: datetime, zone: tzinfo) -> str:
    return f"{to_instant(local, zone):%Y%m%dT%H%M%SZ}"
