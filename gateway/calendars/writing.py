"""A calendar of reservations and series, as PostgREST shows them."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, vRecur, vText
from icalendar import Event as Vevent

from gateway.calendars.recurrence import (
    is_read_alike,
    occurs,
    parse_rule,
    parse_until,
    rule_times,
    to_instant,
    to_local,
    write_rule,
)
from gateway.calendars.zones import make_timezone
from gateway.plain import clean_text, one_line

_UTC = ZoneInfo("UTC")

#: What takes place, or may.
STATUSES = {
    "confirmed": "CONFIRMED", "checked_in": "CONFIRMED", "completed": "CONFIRMED",
    "tentative": "TENTATIVE", "held": "TENTATIVE", "pencilled": "TENTATIVE", "pending": "TENTATIVE",
}  # fmt: skip


class Body(NamedTuple):
    """What the occurrences of a series have in common."""

    elapsed: timedelta
    title: str
    resource_id: str
    status: str


class Reservation(NamedTuple):
    """A row of ``reservations``, as far as it matters here."""

    id: str
    original: datetime
    starts_at: datetime
    body: Body
    version: int
    updated_at: datetime


class Pattern(NamedTuple):
    """How a calendar says when a series takes place."""

    rule: str | None
    starts: list[datetime]  # in UTC, DTSTART and what the rule yields
    rdates: list[datetime]  # in UTC
    exdates: list[datetime]  # in UTC
    skipped: list[datetime]  # EXDATEs too: local times of the rule that no clock shows, and some programs move


def write_calendar(
    name: str, resources: Iterable[dict[str, Any]], reservations: Iterable[dict[str, Any]],
    series: Iterable[dict[str, Any]],
) -> bytes:  # fmt: skip
    """The calendar of this name, as UTF-8: rows of ``resources``, ``reservations`` and ``series``, all that it is about.

    Left out are reservations that will not take place or were completed before they began, and those of a series that
    are not given.
    """
    places = {one["id"]: one for one in resources}
    rules = {one["id"]: one for one in series}
    writer = _Writer(places)
    alone: list[Reservation] = []
    by_series: dict[str, list[Reservation]] = {}
    for row in reservations:
        if row["status"] in STATUSES and end_of(row) > datetime.fromisoformat(row["starts_at"]):
            found = writer.read(row)
            (by_series.setdefault(row["series_id"], []) if row["series_id"] in rules else alone).append(found)
    for series_id in sorted(by_series):
        writer.add_series(rules[series_id], by_series[series_id])
    for reservation in alone:
        writer.add_reservation(reservation)
    return writer.finish(name)


class _Writer:
    def __init__(self, places: dict[str, dict[str, Any]]) -> None:
        self._places = places
        self._events: list[Vevent] = []
        self._years: set[int] = set()

    def read(self, row: dict[str, Any]) -> Reservation:
        """A reservation that the calendar will have."""
        starts_at, original = (
            datetime.fromisoformat(row[column] or row["starts_at"]).astimezone(UTC)
            for column in ("starts_at", "original_starts_at")
        )
        ends_at = end_of(row)
        self._years |= {starts_at.year, ends_at.year}
        body = Body(ends_at - starts_at, row["title"], row["resource_id"], STATUSES[row["status"]])
        updated_at = datetime.fromisoformat(row["updated_at"])
        return Reservation(row["id"], original, starts_at, body, row["version"], updated_at)

    def add_reservation(self, reservation: Reservation) -> None:
        """One that stands for itself."""
        zone = ZoneInfo(self._places[reservation.body.resource_id]["timezone"])
        self._add(
            reservation.id, reservation.starts_at, reservation.body, zone, reservation.version, reservation.updated_at
        )

    def add_series(self, series: dict[str, Any], reservations: list[Reservation]) -> None:
        """One VEVENT, one more for each occurrence that is not as the others, and one for each that is none by the rule."""
        zone = ZoneInfo(series["timezone"])
        live: dict[datetime, Reservation] = {}
        for reservation in sorted(reservations, key=lambda one: (one.original, one.starts_at, one.id)):
            live.setdefault(reservation.original, reservation)
        pattern = find_pattern(series, set(live), zone)
        usual = {live[original].id for original in live if original in {*pattern.starts, *pattern.rdates}}
        for reservation in reservations:
            if reservation.id not in usual:
                # It was moved before the series was.
                self.add_reservation(reservation)
        live = {original: reservation for original, reservation in live.items() if reservation.id in usual}
        if not live:
            return
        if not pattern.rule and not pattern.rdates:
            # What does not recur has no RECURRENCE-ID.
            (reservation,) = live.values()
            self._add(
                series["id"], reservation.starts_at, reservation.body, zone, reservation.version, reservation.updated_at
            )
            return
        common = Counter(reservation.body for reservation in live.values()).most_common(1)[0][0]
        updated_at = datetime.fromisoformat(series["updated_at"])
        event = self._add(series["id"], pattern.starts[0], common, zone, series["version"], updated_at)
        if pattern.rule:
            event.add("rrule", vRecur.from_ical(pattern.rule))
        if pattern.rdates:
            event.add("rdate", [in_zone(at, zone) for at in pattern.rdates])
        skipped = [local.replace(tzinfo=zone) for local in pattern.skipped]
        if pattern.exdates or skipped:
            event.add("exdate", [in_zone(at, zone) for at in pattern.exdates] + skipped)
        for original, reservation in live.items():
            if (reservation.starts_at, reservation.body) != (original, common):
                self._add(
                    series["id"], reservation.starts_at, reservation.body, zone, reservation.version,
                    reservation.updated_at,
                ).add("recurrence-id", in_zone(original, zone))  # fmt: skip

    def _add(
        self, uid: str, starts_at: datetime, body: Body, zone: ZoneInfo, version: int, updated_at: datetime
    ) -> Vevent:
        event = Vevent()
        event.add("uid", uid)
        # Of a calendar without METHOD it is the last change (RFC 5545 3.8.7.2).
        event.add("dtstamp", updated_at.replace(microsecond=0))
        event.add("sequence", version)
        event.add("dtstart", in_zone(starts_at, zone))
        event.add("dtend", in_zone(starts_at + body.elapsed, zone))
        event.add("summary", Text(body.title))
        event.add("location", Text(one_line(self._places[body.resource_id]["name"])))
        event.add("status", body.status)
        self._events.append(event)
        self._years.add(starts_at.year)  # of a series maybe one that is excluded
        return event

    def finish(self, name: str) -> bytes:
        calendar = Calendar()
        calendar.add("version", "2.0")
        calendar.add("prodid", "-//Berth//Berth//EN")
        # The second is what programs read that do not know RFC 7986.
        for name_of in ("name", "x-wr-calname"):
            calendar.add(name_of, Text(one_line(name)))
        for event in self._events:
            calendar.add_component(event)
        return finish(calendar, self._years)


def finish(calendar: Calendar, years: set[int]) -> bytes:
    """The text of a calendar whose times are in these years, with the zones it speaks of."""
    first, last = min(years, default=1970), max(years, default=1970)
    for tzid in sorted(calendar.get_missing_tzids()):
        calendar.subcomponents.insert(0, make_timezone(tzid, max(first - 1, 2), min(last + 1, first + 200, 9990)))
    text: bytes = calendar.to_ical()
    return text


def find_pattern(series: dict[str, Any], live: set[datetime], zone: ZoneInfo) -> Pattern:
    """The pattern of those original starts that the series has by its definition, as far as they are live.

    For a reader that follows RFC 5545, and for one that moves what the clock jumps over, as many do.
    """
    named = {at for at in live if to_local(at, zone)}
    rdates = {to_instant(datetime.fromisoformat(local), zone) for local in series["rdates"]}
    rule = series["rrule"]
    if rule and not is_read_alike(rule):
        rdates = named
    elif rule and named - rdates:
        pattern = follow_rule(series, named, rdates, zone)
        if pattern:
            return pattern
    starts = sorted(named & rdates)
    return Pattern(None, starts[:1], starts[1:], [], [])


def follow_rule(series: dict[str, Any], live: set[datetime], rdates: set[datetime], zone: ZoneInfo) -> Pattern | None:
    """The pattern with the rule of the series, as far as the last that is live; None where none of the rule's is."""
    parts = parse_rule(series["rrule"])
    count, until = int(parts.get("COUNT", 0)), parts.get("UNTIL")
    starts: list[datetime] = []
    skipped: list[datetime] = []
    is_whole = False
    for local in rule_times(parts, datetime.fromisoformat(series["local_start"])):
        at = to_instant(local, zone)
        if until and at > parse_until(until):
            is_whole = True
            break
        if occurs(local, zone):
            starts.append(at)
        elif starts:
            skipped.append(local)
        if count and len(starts) == count:
            is_whole = not skipped
            break
        if at > max(live):
            break
    if not live & set(starts):
        return None
    last = max(live & set(starts))
    if not is_whole or starts[-1] > last:
        parts.pop("COUNT", None)
        parts["UNTIL"] = f"{last:%Y%m%dT%H%M%SZ}"
    starts = [at for at in starts if at <= last]
    moved = {to_instant(local, zone) for local in skipped}
    return Pattern(
        write_rule(parts),
        starts,
        rdates=sorted(live & (rdates | moved) - set(starts)),
        exdates=sorted(set(starts) - live),
        skipped=[local for local in skipped if to_instant(local, zone) <= last and to_instant(local, zone) not in live],
    )


def end_of(row: dict[str, Any]) -> datetime:
    """When a reservation ends, in UTC. One completed early ended then, and its time may be somebody else's since."""
    ends_at = datetime.fromisoformat(row["ends_at"]).astimezone(UTC)
    if row["status"] == "completed" and row.get("status_since"):
        return min(ends_at, datetime.fromisoformat(row["status_since"]).astimezone(UTC).replace(microsecond=0))
    return ends_at


def in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """By the wall clock of the zone; in UTC where that shows the same time twice, and this is the second."""
    return at.astimezone(zone) if to_local(at, zone) else at.astimezone(_UTC)


class Text(vText):
    """A TEXT value, escaped in one pass (RFC 5545 3.3.11). icalendar's own makes a line break of a backslash before an N."""

    def to_ical(self) -> bytes:
        return re.sub(r"[\\;,]", r"\\\g<0>", clean_text(self)).replace("\n", r"\n").encode()
