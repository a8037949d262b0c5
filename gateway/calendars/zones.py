"""The time zones of calendars: which IANA zone a TZID means, and the VTIMEZONE of an IANA zone."""

import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from icalendar import Component, Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.timezone import TZP

from gateway.calendars.components import Component as Definition
from gateway.calendars.recurrence import CalendarError, Expand, Length, Recurrence, parse_rule, parse_until, write_rule

_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)

# icalendar's own remembers the VTIMEZONEs of all calendars it has read, and takes those of other files for known.
_names = TZP("zoneinfo")


class Onset(NamedTuple):
    """A change of the clocks: when, in UTC without tzinfo, and the offsets before and after."""

    at: datetime
    before: timedelta
    after: timedelta


class FileZone(tzinfo):
    """The clocks of a VTIMEZONE (RFC 5545 3.6.5), with ``fold`` as Python's own zones have it."""

    def __init__(self, tzid: str, onsets: list[Onset]) -> None:
        self.tzid = tzid
        self.onsets = onsets
        self._offsets = [onsets[0].before, *(onset.after for onset in onsets)]
        self._changes = [onset.at for onset in onsets]
        # When a clock shows the new time for sure: of a time that it skips or shows twice, the first reading is the old one.
        pairs = list(zip(self._changes, self._offsets, self._offsets[1:], strict=False))
        self._firsts = [at + max(before, after) for at, before, after in pairs]
        self._seconds = [at + min(before, after) for at, before, after in pairs]

    def utcoffset(self, local: datetime | None) -> timedelta:
        if local is None:
            return self._offsets[0]
        changes = self._seconds if local.fold else self._firsts
        return self._offsets[bisect_right(changes, local.replace(tzinfo=None, fold=0))]

    def dst(self, _local: datetime | None) -> None:
        """A VTIMEZONE does not say how much of its offset is daylight saving."""

    def tzname(self, _local: datetime | None) -> str:
        return self.tzid

    def fromutc(self, at: datetime) -> datetime:
        naive = at.replace(tzinfo=None)
        last = bisect_right(self._changes, naive)
        local = naive + self._offsets[last]
        is_second = last > 0 and naive + self._offsets[last - 1] >= local and local < self._firsts[last - 1]
        return local.replace(tzinfo=self, fold=int(is_second))

    def __repr__(self) -> str:
        return f"FileZone({self.tzid!r})"


class Zones:
    """The zones of one calendar: ``definitions`` has its VTIMEZONEs by TZID, ``default`` is that of floating times."""

    def __init__(self, default: ZoneInfo, definitions: dict[str, Definition], expand: Expand) -> None:
        self.default = default
        self._definitions = definitions
        self._expand = expand
        self._found: dict[tuple[str, int], tzinfo] = {}
        self._nearest: dict[tuple[str, int], ZoneInfo] = {}

    def find(self, tzid: str, year: int) -> tzinfo:
        """What a TZID means in that year: what its VTIMEZONE says, or else the IANA zone of this name."""
        horizon = min((year // 100 + 2) * 100, 9999)
        if (tzid, horizon) not in self._found:
            self._found[tzid, horizon] = self._define(tzid, horizon)
        return self._found[tzid, horizon]

    def _define(self, tzid: str, horizon: int) -> tzinfo:
        definition, named = self._definitions.get(tzid), find_by_name(tzid)
        why = "has no VTIMEZONE for it" if definition is None else "its VTIMEZONE cannot be read"
        if definition is not None:
            try:
                onsets = read_onsets(definition, datetime(horizon, 1, 1), self._expand)
            except (CalendarError, OverflowError, ValueError):
                onsets = []
            if onsets:
                return FileZone(tzid, onsets)
        if named:
            return named
        raise CalendarError(f"TZID {tzid!r} is no IANA time zone, and {'the file ' if definition is None else ''}{why}")

    def nearest(self, zone: tzinfo, year: int) -> ZoneInfo:
        """The IANA zone that shows most of the same in that year and the next two, for what recurs."""
        if isinstance(zone, ZoneInfo):
            return zone
        assert isinstance(zone, FileZone)
        if (zone.tzid, year) not in self._nearest:
            samples = sample_times(zone, year)
            wanted = [(at, at.astimezone(zone).utcoffset()) for at in samples]
            least = len(wanted) + 1
            for candidate in self._candidates(zone.tzid):
                differences = sum(at.astimezone(candidate).utcoffset() != offset for at, offset in wanted)
                if differences < least:
                    least, self._nearest[zone.tzid, year] = differences, candidate
                if not least:
                    break
        return self._nearest[zone.tzid, year]

    def _candidates(self, tzid: str) -> Iterator[ZoneInfo]:
        """Those that are most likely meant come first."""
        definition = self._definitions.get(tzid)
        for name in (tzid, definition.text("X-LIC-LOCATION") if definition else ""):
            zone = find_by_name(name) if name else None
            if zone:
                yield zone
        yield self.default
        yield ZoneInfo("UTC")
        # Places before abbreviations.
        for name in sorted(available_timezones(), key=lambda name: (name.startswith("Etc/"), "/" not in name, name)):
            yield ZoneInfo(name)


@lru_cache(maxsize=1024)
def find_by_name(tzid: str) -> ZoneInfo | None:
    """An IANA zone by its name, with the vendor's prefix or without, or by Windows' name for it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the guess that a vendor's prefix may be left out
            zone = _names.timezone(tzid)
    except (OSError, ValueError):
        return None
    return zone if isinstance(zone, ZoneInfo) and zone.key in available_timezones() else None


def read_onsets(definition: Definition, before: datetime, expand: Expand) -> list[Onset]:
    """What a VTIMEZONE says until then, ascending."""
    onsets: set[Onset] = set()
    for part in definition.children:
        old, new = (read_offset(part.text(name)) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
        onsets |= {Onset(local - old, old, new) for local in read_changes(part, old, before, expand)}
    return sorted(onsets)


def read_changes(part: Definition, offset: timedelta, before: datetime, expand: Expand) -> Iterator[datetime]:
    """The local times of a STANDARD or DAYLIGHT, by the clock before, which has this offset."""
    (first,) = _local_times(part, "DTSTART")
    yield first
    yield from _local_times(part, "RDATE")
    for rule in part.all("RRULE"):
        parts = parse_rule(rule.text)
        until = parts.pop("UNTIL", "")
        end = before
        if until.endswith("Z"):
            end = min(end, parse_until(until).replace(tzinfo=None) + offset)
        elif until:
            # Some programs write a date, and mean the whole of that day.
            last = datetime.fromisoformat(until)
            end = min(end, last if "T" in until else last + timedelta(days=1) - _SECOND)
        if "COUNT" not in parts:
            parts["UNTIL"] = f"{end:%Y%m%dT%H%M%SZ}"
        rule_text = write_rule(parts)
        # By a clock that never changes.
        changes = expand(Recurrence(rule_text, first, ZoneInfo("UTC"), Length(elapsed=_SECOND)))
        yield from (time.local for time in changes if time.local <= end)


def _local_times(part: Definition, name: str) -> list[datetime]:
    values = [value for one in part.all(name) for value in one.values()]
    return [value.replace(tzinfo=None) for value in values if isinstance(value, datetime)]


def read_offset(text: str) -> timedelta:
    """+0100, or with seconds."""
    found = re.fullmatch(r"([+-])(\d\d)(\d\d)(\d\d)?", text)
    if not found or int(found[2]) > 23:
        raise CalendarError(f"{text!r} is no offset from UTC")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return -offset if found[1] == "-" else offset


def sample_times(zone: FileZone, year: int) -> list[datetime]:
    """In UTC, each week from the beginning of that year on for three years, and when the clocks change."""
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(min(year + 3, 9999), 1, 1, tzinfo=UTC)
    samples = [begin + timedelta(weeks=week) for week in range((end - begin).days // 7 + 1)]
    changes = [onset.at.replace(tzinfo=UTC) for onset in zone.onsets]
    return samples + [at + step for at in changes if begin <= at < end for step in (-_SECOND, timedelta(0), _HOUR)]


@lru_cache(maxsize=256)
def make_timezone(name: str, first_year: int, last_year: int) -> Timezone:
    """The VTIMEZONE of an IANA zone, good from the first to the last of these years.

    icalendar's own lets clocks go forward an hour late, and overlooks what lasts for less than two months, as Morocco's
    winter time does.
    """
    zone = ZoneInfo(name)
    begin = datetime(first_year, 1, 1, tzinfo=UTC)
    kinds = {(_clock(begin, zone), _clock(begin, zone)): [begin]}
    for at in find_changes(zone, begin, datetime(last_year + 1, 1, 1, tzinfo=UTC)):
        kinds.setdefault((_clock(at - _SECOND, zone), _clock(at, zone)), []).append(at)
    component = Timezone()
    component.add("tzid", name)
    for (before, after), changes in kinds.items():
        part: Component = TimezoneDaylight() if after.is_daylight else TimezoneStandard()
        first, *more = ((at + before.offset).replace(tzinfo=None) for at in changes)
        part.add("dtstart", first)
        if more:
            part.add("rdate", more)
        part.add("tzoffsetfrom", before.offset)
        part.add("tzoffsetto", after.offset)
        part.add("tzname", after.name)
        component.add_component(part)
    return component


class _Clock(NamedTuple):
    """What clocks show."""

    offset: timedelta
    is_daylight: bool
    name: str


def _clock(at: datetime, zone: ZoneInfo) -> _Clock:
    local = at.astimezone(zone)
    return _Clock(local.utcoffset() or timedelta(0), bool(local.dst()), local.tzname() or zone.key)


def find_changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """When clocks in the zone are changed, to the second, in UTC."""
    day = begin
    while day < end:
        low, high = day, day + timedelta(days=1)
        day = high
        if _clock(low, zone) == _clock(high, zone):
            continue
        while high - low > _SECOND:
            middle = low + (high - low) // 2 // _SECOND * _SECOND
            if _clock(middle, zone) == _clock(low, zone):
                low = middle
            else:
                high = middle
        yield high
