"""The time zones of calendars: which IANA zone a TZID means, and the VTIMEZONE of an IANA zone."""

import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from icalendar import Component, Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.timezone import TZP

from gateway.calendars.components import Component as Definition
from gateway.calendars.recurrence import CalendarError, occurs, parse_rule, parse_until, rule_times

_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)

# icalendar's own remembers the VTIMEZONEs of all calendars it has read, and takes those of other files for known.
_names = TZP("zoneinfo")


@dataclass(frozen=True)
class Onset:
    """A change of the clocks: when by the clock before it, and the offsets before and after."""

    local: datetime
    before: timedelta
    after: timedelta


class Zones:
    """The zones of one file: ``definitions`` has its VTIMEZONEs by TZID, ``default`` is that of floating times."""

    def __init__(self, default: ZoneInfo, definitions: dict[str, Definition]) -> None:
        self.default = default
        self._definitions = definitions
        self._found: dict[tuple[str, int], ZoneInfo] = {}

    def find(self, tzid: str, year: int) -> ZoneInfo:
        """The IANA zone that a TZID means: by its name, or else by what its VTIMEZONE says of that year and the next two."""
        if (tzid, year) not in self._found:
            self._found[tzid, year] = find_by_name(tzid) or self._find_by_definition(tzid, year)
        return self._found[tzid, year]

    def _find_by_definition(self, tzid: str, year: int) -> ZoneInfo:
        definition = self._definitions.get(tzid)
        if definition is None:
            raise CalendarError(f"TZID {tzid!r} is no IANA time zone, and the file has no VTIMEZONE for it")
        try:
            onsets = read_onsets(definition, datetime(min(year + 3, 9999), 1, 1))
        except (CalendarError, ValueError):
            onsets = []
        if not onsets:
            raise CalendarError(f"TZID {tzid!r} is no IANA time zone, and its VTIMEZONE cannot be read")
        for zone in self._candidates(definition.text("X-LIC-LOCATION")):
            if agrees(zone, onsets, year):
                return zone
        raise CalendarError(f"TZID {tzid!r} is no IANA time zone, and its VTIMEZONE in {year} is like none of those")

    def _candidates(self, named: str) -> Iterator[ZoneInfo]:
        """Those that are most likely meant come first."""
        zone = find_by_name(named) if named else None
        if zone:
            yield zone
        yield self.default
        yield ZoneInfo("UTC")
        # Places before abbreviations.
        for name in sorted(available_timezones(), key=lambda name: (name.startswith("Etc/"), "/" not in name, name)):
            yield ZoneInfo(name)


def find_by_name(tzid: str) -> ZoneInfo | None:
    """An IANA zone by its name, with the vendor's prefix or without, or by Windows' name for it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the guess that a vendor's prefix may be left out
            zone = _names.timezone(tzid)
    except (OSError, ValueError):
        return None
    return zone if isinstance(zone, ZoneInfo) and zone.key in available_timezones() else None


def read_onsets(definition: Definition, before: datetime) -> list[Onset]:
    """What a VTIMEZONE says until then, ascending."""
    onsets: set[Onset] = set()
    for part in definition.children:
        offsets = [read_offset(part.text(name)) for name in ("TZOFFSETFROM", "TZOFFSETTO")]
        onsets |= {Onset(local, *offsets) for local in read_changes(part, offsets[0], before)}
    return sorted(onsets, key=lambda onset: onset.local)


def read_changes(part: Definition, offset: timedelta, before: datetime) -> Iterator[datetime]:
    """The local times of a STANDARD or DAYLIGHT, which has this offset until its clocks change."""
    (first,) = _local_times(part, "DTSTART")
    yield first
    yield from _local_times(part, "RDATE")
    for rule in part.all("RRULE"):
        parts = parse_rule(rule.text)
        if parts["FREQ"] != "YEARLY":
            raise CalendarError(f"the clocks change {parts['FREQ']}")
        end = before
        if parts.get("UNTIL", "").endswith("Z"):
            end = min(before, parse_until(parts["UNTIL"]).replace(tzinfo=None) + offset)
        most = int(parts.get("COUNT", 10_000))
        yield from takewhile(lambda local: local <= end, islice(rule_times(parts, first), most))  # noqa: B023


def _local_times(part: Definition, name: str) -> list[datetime]:
    values = [value for one in part.all(name) for value in one.values()]
    return [value.replace(tzinfo=None) for value in values if isinstance(value, datetime)]


def read_offset(text: str) -> timedelta:
    """+0100, or with seconds."""
    found = re.fullmatch(r"([+-])(\d\d)(\d\d)(\d\d)?", text)
    if not found:
        raise CalendarError(f"{text!r} is no offset from UTC")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return -offset if found[1] == "-" else offset


def agrees(zone: ZoneInfo, onsets: list[Onset], year: int) -> bool:
    """Whether clocks in the zone show what the onsets say, from the beginning of that year on for three years."""
    begin, end = datetime(year, 1, 1), datetime(min(year + 3, 9999), 1, 1)
    samples = [begin + timedelta(weeks=week) for week in range((end - begin).days // 7 + 1)]
    for onset in onsets:
        if begin <= onset.local < end:
            samples += [onset.local - _SECOND, onset.local, onset.local + _HOUR]
    return all(
        local.replace(tzinfo=zone).utcoffset() == offset_at(local, onsets) for local in samples if occurs(local, zone)
    )


def offset_at(local: datetime, onsets: list[Onset]) -> timedelta:
    """The offset by the onsets; of a time that comes twice, the first."""
    last = bisect_right(onsets, local, key=lambda onset: onset.local)
    return onsets[last - 1].after if last else onsets[0].before


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
