"""A reader of iCalendar that shares nothing with Berth's: python-dateutil, and the text as it stands."""

import re
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

Lines = list[tuple[str, dict[str, str], str]]


class Time(NamedTuple):
    """When something takes place, in UTC."""

    starts_at: datetime
    ends_at: datetime
    title: str
    location: str


def read_times(text: str, zone: str = "UTC", gap: str = "skip", limit: int = 2000) -> list[Time]:
    """When all events take place, ascending; ``gap`` is what becomes of times that the clock jumps over."""
    masters: dict[str, dict[datetime, Time]] = {}
    changes: list[tuple[str, datetime, Time | None]] = []
    for lines in vevents(text):
        reader = _Vevent(lines, zone, gap, limit)
        changed = reader.first("RECURRENCE-ID")
        if changed:
            (original,) = reader.moments("RECURRENCE-ID")
            is_off = reader.text("STATUS") == "CANCELLED"
            changes.append((reader.text("UID"), original, None if is_off else reader.times()[reader.start()]))
        else:
            assert reader.text("UID") not in masters
            masters[reader.text("UID")] = reader.times()
    for uid, original, time in changes:
        times = masters.setdefault(uid, {})
        times.pop(original, None)
        if time:
            times[original] = time
    return sorted(time for times in masters.values() for time in times.values())


def vevents(text: str) -> list[Lines]:
    """The properties of each VEVENT: name, parameters, value."""
    found: list[Lines] = []
    inside = 0
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        name, parameters, value = re.fullmatch(r'([A-Z0-9-]+)((?:;[^=;:]+=(?:"[^"]*"|[^";:]*))*):(.*)', line).groups()
        if name == "BEGIN" and value == "VEVENT":
            found.append([])
            inside = 1
        elif name in ("BEGIN", "END"):
            inside += (1 if name == "BEGIN" else -1) if inside else 0
        elif inside == 1:
            pairs = re.findall(r';([^=;:]+)=("[^"]*"|[^";:]*)', parameters)
            found[-1].append((name, {key: value.strip('"') for key, value in pairs}, value))
    return found


class _Vevent:
    def __init__(self, lines: Lines, zone: str, gap: str, limit: int) -> None:
        self._lines, self._zone, self._gap, self._limit = lines, zone, gap, limit

    def first(self, name: str) -> tuple[str, dict[str, str], str] | None:
        return next((line for line in self._lines if line[0] == name), None)

    def text(self, name: str) -> str:
        found = self.first(name)
        return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], found[2]) if found else ""

    def zone(self, name: str) -> ZoneInfo:
        found = self.first(name)
        assert found
        return ZoneInfo("UTC" if found[2].endswith("Z") else found[1].get("TZID", self._zone))

    def local(self, text: str) -> datetime:
        return datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")

    def moments(self, name: str) -> list[datetime]:
        """Of all properties of this name, in UTC."""
        found = []
        for line_name, parameters, text in self._lines:
            if line_name == name:
                for one in text.split(","):
                    zone = ZoneInfo("UTC" if one.endswith("Z") else parameters.get("TZID", self._zone))
                    found.append(self.local(one).replace(tzinfo=zone).astimezone(UTC))
        return found

    def start(self) -> datetime:
        return self.moments("DTSTART")[0]

    def times(self) -> dict[datetime, Time]:
        """By what RECURRENCE-ID calls it."""
        zone, started = self.zone("DTSTART"), self.first("DTSTART")
        assert started
        local_start = self.local(started[2])
        starts = {self.start()} | set(self.moments("RDATE"))
        for local in self.rule(local_start, zone):
            at = local.replace(tzinfo=zone).astimezone(UTC)
            if self._gap == "shift" or at.astimezone(zone).replace(tzinfo=None) == local:
                starts.add(at)
        return {at: Time(at, self.end(at, zone), self.text("SUMMARY"), self.text("LOCATION"))
                for at in starts - set(self.moments("EXDATE"))}  # fmt: skip

    def rule(self, local_start: datetime, zone: ZoneInfo) -> list[datetime]:
        if not self.first("RRULE"):
            return []
        parts = dict(part.split("=") for part in self.text("RRULE").split(";"))
        count = int(parts.pop("COUNT", 0))
        until = parts.pop("UNTIL", "")
        locals_ = iter(rrulestr(";".join(map("=".join, parts.items())), dtstart=local_start))
        if until:
            end = self.local(until).replace(tzinfo=UTC if until.endswith("Z") else zone).astimezone(UTC)
            if "T" not in until:
                end += timedelta(hours=23)
            return list(takewhile(lambda local: local.replace(tzinfo=zone).astimezone(UTC) <= end, locals_))
        counted = [local_start]  # the first, whatever the rule says of it
        for local in islice(locals_, self._limit):
            if len(counted) >= count:
                break
            is_real = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
            if local != local_start and (is_real or self._gap == "shift"):
                counted.append(local)
        return counted

    def end(self, at: datetime, zone: ZoneInfo) -> datetime:
        """DTEND says how much time elapses; of days, and in DURATION of days, how much passes by the clock on the wall."""
        ended, started = self.first("DTEND"), self.first("DTSTART")
        assert started
        days = 0
        if ended and "T" in ended[2]:
            return at + (self.moments("DTEND")[0] - self.start())
        if ended:
            days = (self.local(ended[2]) - self.local(started[2])).days
        elif self.first("DURATION"):
            elapsed = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?", self.text("DURATION"))
            if elapsed:
                return at + timedelta(hours=int(elapsed[1] or 0), minutes=int(elapsed[2] or 0))
            weeks_or_days = re.fullmatch(r"P(\d+)([DW])", self.text("DURATION"))
            assert weeks_or_days
            days = int(weeks_or_days[1]) * (7 if weeks_or_days[2] == "W" else 1)
        wall = at.astimezone(zone).replace(tzinfo=None) + timedelta(days=days or 1)
        return wall.replace(tzinfo=zone).astimezone(UTC)
