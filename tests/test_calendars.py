"""VEVENTs and what they mean, against a reader of iCalendar that shares nothing with Berth's."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from gateway.calendars import CalendarError, Event, Problem, read_calendar, write_calendar
from gateway.calendars.writing import STATUSES
from gateway.mail.messages import FIRM
from tests.calendar_reader import Time, read_times

BERLIN = ZoneInfo("Europe/Berlin")
#: Where clocks change by an hour, at midnight, by half an hour, by a whole day, and not at all.
ZONES = ("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
#: Days on which some of them change.
DAYS = [datetime(y, m, d) for y, m, d in (
    (2026, 3, 27), (2026, 3, 29), (2026, 10, 24), (2026, 3, 7), (2026, 11, 1), (2018, 2, 16), (2018, 11, 3),
    (2026, 4, 4), (2026, 10, 3), (2011, 12, 28), (2028, 2, 29),
)]  # fmt: skip
RULES = (
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;BYHOUR=1,2,3", "FREQ=DAILY;BYDAY=SA,SU", "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=MO,WE,SU", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU", "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=MONTHLY;BYMONTHDAY=-1,15", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU", "FREQ=YEARLY;BYDAY=SU;BYWEEKNO=13,43",
)  # fmt: skip
#: Where programs differ, and Berth goes by RFC 5545.
DISPUTED = ("FREQ=WEEKLY;BYDAY=MO,WE,SU;BYSETPOS=1", "FREQ=YEARLY;BYWEEKNO=13", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=FR")


def calendar(*vevents: str) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *vevents, "END:VCALENDAR"]
    return "\r\n".join(line for text in lines for line in text.strip().splitlines()) + "\r\n"


def vevent(*lines: str, uid: str = "1", location: str = "Hall") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"LOCATION:{location}", *lines, "END:VEVENT"])


def times_of(events: list[Event]) -> list[Time]:
    """When all of them take place."""
    return sorted(
        Time(one.starts_at, one.ends_at, one.title, one.resource) for event in events for one in event.occurrences()
    )


def read(text: str, **options: Any) -> list[Event]:
    """All the events of a calendar without a fault."""
    events, problems = read_calendar(text, BERLIN, **options)
    assert problems == []
    return events


def read_one(*lines: str, **options: Any) -> Event:
    (event,) = read(calendar(vevent(*lines)), **options)
    return event


def starts_of(event: Event, zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{one.starts_at.astimezone(zone):%m-%d %H:%M}" for one in event.occurrences()]


def problem_with(*lines: str, location: str = "Hall") -> Problem:
    events, problems = read_calendar(calendar(vevent(*lines, location=location)), BERLIN)
    assert events == []
    return problems[0]


@dataclass
class Sample:
    """An event that recurs: its lines, and of its occurrences which are excluded, changed or not had."""

    rule: str
    zone: str
    start: datetime
    length: str
    count: int
    until: bool
    exdates: list[int] = field(default_factory=list)
    rdates: list[timedelta] = field(default_factory=list)
    changes: list[tuple[int, timedelta, bool]] = field(default_factory=list)

    def wall(self, at: datetime) -> str:
        local = at.astimezone(ZoneInfo(self.zone))
        return (
            f":{at:%Y%m%dT%H%M%SZ}" if self.zone == "UTC" or local.fold else f";TZID={self.zone}:{local:%Y%m%dT%H%M%S}"
        )

    def text(self) -> str:
        zone = ZoneInfo(self.zone)
        start = self.start.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)
        begin = "DTSTART" + self.wall(start.replace(tzinfo=zone))
        ends = f"DURATION:{self.length}"
        if self.length.endswith("M"):
            ends = "DTEND" + self.wall(
                start.replace(tzinfo=zone).astimezone(UTC) + timedelta(minutes=int(self.length[2:-1]))
            )
        end = f";COUNT={self.count}"
        if self.until:
            days = {"D": 1, "W": 9, "M": 33, "Y": 370}[self.rule[5]] * self.count
            end = f";UNTIL={start.replace(tzinfo=zone).astimezone(UTC) + timedelta(days=days):%Y%m%dT%H%M%SZ}"
        lines = [begin, ends, "RRULE:" + self.rule + end, "SUMMARY:Usual"]
        all_of_it = read_times(calendar(vevent(*lines)))
        some = [all_of_it[n].starts_at for n in self.exdates if n < len(all_of_it)]
        lines += [f"EXDATE{self.wall(at)}" for at in some]
        lines += [f"RDATE{self.wall(start.replace(tzinfo=zone).astimezone(UTC) + shift)}" for shift in self.rdates]
        texts = [vevent(*lines)]
        changed = {all_of_it[n].starts_at: (shift, named) for n, shift, named in self.changes if n < len(all_of_it)}
        for at, (shift, is_renamed) in changed.items():
            if at not in some:
                texts.append(vevent(
                    f"RECURRENCE-ID{self.wall(at)}", f"DTSTART{self.wall(at + shift)}",
                    f"DTEND{self.wall(at + shift + timedelta(minutes=50))}", f"SUMMARY:{'Other' if is_renamed else 'Usual'}",
                    location="Hall" if shift else "Barn",
                ))  # fmt: skip
        return calendar(*texts)


SHIFTS = st.integers(-96, 96).map(lambda hours: timedelta(hours=hours / 2))
SAMPLES = st.builds(
    Sample, st.sampled_from(RULES), st.sampled_from(ZONES),
    st.builds(lambda day, quarters: day + timedelta(minutes=15 * quarters), st.sampled_from(DAYS), st.integers(0, 192)),
    st.sampled_from(["PT30M", "PT480M", "PT1440M", "P1D", "P1W", "PT3H"]), st.integers(1, 12), st.booleans(),
    st.lists(st.integers(0, 11), max_size=3), st.lists(SHIFTS, max_size=3),
    st.lists(st.tuples(st.integers(0, 11), SHIFTS, st.booleans()), max_size=2),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(SAMPLES)
def test_events_mean_what_another_reader_says(sample: Sample) -> None:
    text = sample.text()
    assert times_of(read(text)) == read_times(text)


class Bookings:
    """Rows of the API's views, as they would be there once events were imported."""

    def __init__(self, events: list[Event], is_live: Callable[[int], bool] = lambda n: True) -> None:
        self.resources = [{"id": name, "name": name, "timezone": "Europe/Berlin"} for name in ("Hall", "Barn")]
        self.reservations: list[dict[str, Any]] = []
        self.series: list[dict[str, Any]] = []
        noted = {"version": 3, "updated_at": "2026-01-01T12:00:00+00:00"}
        for event in events:
            if event.recurrence:
                self.series.append({**event.recurrence.arguments(), "id": str(uuid.uuid4()), **noted})
            for n, one in enumerate(event.occurrences()):
                self.reservations.append({
                    "id": str(uuid.uuid4()), "resource_id": one.resource, "title": one.title,
                    "series_id": self.series[-1]["id"] if event.recurrence else None,
                    "original_starts_at": one.original.isoformat() if event.recurrence else None,
                    "starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat(),
                    "status": one.status if is_live(n) else "cancelled", **noted,
                })  # fmt: skip

    def times(self) -> list[Time]:
        return sorted(
            Time(*map(datetime.fromisoformat, (one["starts_at"], one["ends_at"])), one["title"], one["resource_id"])
            for one in self.reservations
            if one["status"] != "cancelled"
        )

    def write(self) -> str:
        return write_calendar("All", self.resources, self.reservations, self.series).decode()


@settings(max_examples=60, deadline=None)
@given(SAMPLES, st.sets(st.integers(0, 14), max_size=6), st.sampled_from(["skip", "shift"]))
def test_what_is_written_means_what_is_there(sample: Sample, gone: set[int], dst_gap: str) -> None:
    events = read(sample.text())
    for event in events:
        if event.recurrence:
            event.recurrence.dst_gap = dst_gap
    there = Bookings(events, lambda n: n not in gone)
    text = there.write()
    assert read_times(text, gap="skip") == there.times()
    assert read_times(text, gap="shift") == there.times()
    assert times_of(read(text)) == there.times()


@settings(max_examples=50, deadline=None)
@given(SAMPLES, st.sampled_from(DISPUTED), st.sets(st.integers(0, 14), max_size=6))
def test_what_programs_read_differently_is_written_time_by_time(sample: Sample, rule: str, gone: set[int]) -> None:
    sample.rule, sample.until, sample.exdates, sample.changes = rule, False, [], []
    there = Bookings(read(sample.text()), lambda n: n not in gone)
    text = there.write()
    assert "RRULE" not in text
    assert read_times(text) == there.times()


#: As Outlook writes it, here of a zone that nobody knows by this name; the rules are Berlin's.
PRIVATE_ZONE = """
BEGIN:VTIMEZONE
TZID:{tzid}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:{summer}
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


@pytest.mark.parametrize(
    ("tzid", "starts_at"),
    [
        ("Europe/Berlin", "07:00"),
        ("America/New_York", "13:00"),
        ("W. Europe Standard Time", "07:00"),
        ("Eastern Standard Time", "13:00"),
        ("/freeassociation.sourceforge.net/America/New_York", "13:00"),
        ("Etc/GMT-3", "06:00"),
    ],
)
def test_zones_are_known_by_name(tzid: str, starts_at: str) -> None:
    event = read_one(f'DTSTART;TZID="{tzid}":20260701T090000', "DURATION:PT1H")
    assert [f"{one.starts_at:%H:%M}" for one in event.occurrences()] == [starts_at]


def test_a_private_zone_is_known_by_its_rules() -> None:
    text = PRIVATE_ZONE.format(tzid="Customized Time Zone", summer="+0200")
    lines = ("DTSTART;TZID=Customized Time Zone:20260328T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
    (event,) = read(calendar(text, vevent(*lines)))
    assert event.recurrence
    assert event.recurrence.arguments()["timezone"] == "Europe/Berlin"
    assert [f"{one.starts_at:%d %H:%M}" for one in event.occurrences()] == ["28 08:00", "29 07:00", "30 07:00"]
    # The same name in another file means what that file says.
    other = (
        text.replace("+0200", "-0400")
        .replace("+0100", "-0500")
        .replace("BYDAY=-1SU;BYMONTH=10", "BYDAY=1SU;BYMONTH=11")
    )
    other = other.replace("BYDAY=-1SU;BYMONTH=3", "BYDAY=2SU;BYMONTH=3").replace("T030000", "T020000")
    (event,) = read(calendar(other, vevent(*lines)))
    assert event.recurrence
    assert event.recurrence.zone.utcoffset(datetime(2026, 7, 1)) == timedelta(hours=-4)
    assert event.recurrence.zone.utcoffset(datetime(2026, 11, 2)) == timedelta(hours=-5)


@pytest.mark.parametrize(
    ("definition", "why"),
    [
        ("", "TZID 'Mars' is no IANA time zone, and the file has no VTIMEZONE for it"),
        (PRIVATE_ZONE.format(tzid="Mars", summer="noon"), "TZID 'Mars' is no IANA time zone, and its VTIMEZONE cannot be read"),
        (PRIVATE_ZONE.format(tzid="Mars", summer="+0200").replace("YEARLY", "SECONDLY"), "its VTIMEZONE cannot be read"),
    ],
)  # fmt: skip
def test_a_zone_that_nobody_knows_is_named(definition: str, why: str) -> None:
    events, (problem,) = read_calendar(
        calendar(definition, vevent("DTSTART;TZID=Mars:20260701T090000", "DURATION:PT1H")), BERLIN
    )
    assert (events, problem.outcome) == ([], "unreadable")
    assert why in problem.why


def test_floating_times_and_dates_are_local_to_the_zone_that_is_said() -> None:
    floating = read_one("DTSTART:20260328T233000", "DTEND:20260329T033000", "RRULE:FREQ=DAILY;COUNT=2")
    assert starts_of(floating) == ["03-28 23:30", "03-29 23:30"]
    assert {one.ends_at - one.starts_at for one in floating.occurrences()} == {timedelta(hours=3)}
    days = read_one("DTSTART;VALUE=DATE:20260328", "RRULE:FREQ=DAILY;UNTIL=20260330")
    assert starts_of(days) == ["03-28 00:00", "03-29 00:00", "03-30 00:00"]
    assert [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in days.occurrences()] == [24, 23, 24]
    trip = read_one("DTSTART;VALUE=DATE:20261024", "DTEND;VALUE=DATE:20261026")
    assert [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in trip.occurrences()] == [49]


def test_by_dtend_all_last_equally_long_and_by_a_duration_of_days_to_the_same_time() -> None:
    rule = ("RRULE:FREQ=DAILY;COUNT=2", "SUMMARY:Night")
    exact = read_one("DTSTART;TZID=Europe/Berlin:20260327T220000", "DTEND;TZID=Europe/Berlin:20260328T060000", *rule)
    assert [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in exact.occurrences()] == [8, 8]
    nominal = read_one("DTSTART;TZID=Europe/Berlin:20260327T220000", "DURATION:P1D", *rule)
    assert [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in nominal.occurrences()] == [24, 23]
    mixed = read_one("DTSTART;TZID=Europe/Berlin:20260327T220000", "DURATION:P1DT6H", *rule)
    assert [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in mixed.occurrences()] == [30, 29]


@pytest.mark.parametrize(
    ("until", "last"),
    [("20260331T070000Z", "03-31"), ("20260331T065959Z", "03-30"), ("20260331", "03-31"), ("20260331T090000", "03-31"),
     ("20260331T085959", "03-30")],
)  # fmt: skip
def test_until_is_an_instant_however_it_is_written(until: str, last: str) -> None:
    event = read_one("DTSTART;TZID=Europe/Berlin:20260327T090000", "DURATION:PT1H", f"RRULE:FREQ=DAILY;UNTIL={until};")
    assert starts_of(event)[-1] == f"{last} 09:00"


def test_a_rule_without_end_needs_one() -> None:
    lines = ("DTSTART;TZID=Europe/Berlin:20260327T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    problem = problem_with(*lines)
    assert (problem.outcome, problem.line) == ("refused", 3)
    assert "--until" in problem.why
    assert starts_of(read_one(*lines, until=date(2026, 3, 29))) == ["03-27 09:00", "03-28 09:00", "03-29 09:00"]


def test_dtstart_is_the_first_and_counted_even_where_the_rule_has_it_not() -> None:
    event = read_one(
        "DTSTART;TZID=Europe/Berlin:20260325T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3"
    )
    assert event.recurrence
    assert (event.recurrence.rrule, event.recurrence.rdates) == (
        "FREQ=WEEKLY;BYDAY=MO;COUNT=2", [datetime(2026, 3, 25, 9)],
    )  # fmt: skip
    assert starts_of(event) == ["03-25 09:00", "03-30 09:00", "04-06 09:00"]


def test_excluded_and_added_times_may_be_in_other_zones_and_lists() -> None:
    event = read_one(
        "DTSTART;TZID=Europe/Berlin:20260327T090000", "DTEND;TZID=Europe/Berlin:20260327T100000",
        "RRULE:FREQ=DAILY;COUNT=6",
        "EXDATE:20260328T080000Z,20260329T070000Z",
        "EXDATE;TZID=America/New_York:20260330T030000",
        "EXDATE;VALUE=DATE:20260331",
        "RDATE;TZID=America/New_York:20260402T120000",
        "RDATE;VALUE=PERIOD:20260403T070000Z/PT3H,20260404T070000Z/20260404T080000Z",
    )  # fmt: skip
    assert starts_of(event) == ["03-27 09:00", "04-01 09:00", "04-02 18:00", "04-03 09:00", "04-04 09:00"]
    assert [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in event.occurrences()] == [1, 1, 1, 3, 1]


def test_the_second_of_two_equal_hours_stays_the_second() -> None:
    """No local time means it, so it cannot be in a series."""
    event = read_one(
        "DTSTART;TZID=Europe/Berlin:20261024T023000", "DURATION:PT30M", "RDATE:20261025T013000Z,20261025T003000Z"
    )
    assert event.recurrence
    assert event.recurrence.apart == [datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]
    assert [f"{one.starts_at:%d %H:%M}" for one in event.occurrences()] == ["24 00:30", "25 00:30", "25 01:30"]


def test_changes_of_single_occurrences_and_of_all_that_follow() -> None:
    usual = ("DTSTART;TZID=Europe/Berlin:20260320T090000", "DTEND;TZID=Europe/Berlin:20260320T100000", "SUMMARY:Class")
    events = read(
        calendar(
            # Before its series
            vevent("RECURRENCE-ID;TZID=Europe/Berlin:20260327T090000", "DTSTART;TZID=Europe/Berlin:20260326T120000",
                   "DTEND;TZID=Europe/Berlin:20260326T130000", location="Barn"),
            vevent(*usual, "RRULE:FREQ=WEEKLY;COUNT=8"),
            vevent("RECURRENCE-ID:20260403T070000Z", *usual, "STATUS:CANCELLED"),
            vevent("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260410T090000",
                   "DTSTART;TZID=Europe/Berlin:20260411T110000", "DTEND;TZID=Europe/Berlin:20260411T130000", "SUMMARY:Talk"),
            vevent("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260501T090000", "STATUS:CANCELLED", *usual),
        )
    )  # fmt: skip
    assert [
        (f"{one.starts_at.astimezone(BERLIN):%m-%d %H:%M}", (one.ends_at - one.starts_at).seconds // 3600, one.title,
         one.resource)
        for one in events[0].occurrences()
    ] == [
        ("03-20 09:00", 1, "Class", "Hall"), ("03-26 12:00", 1, "Class", "Barn"), ("04-11 11:00", 2, "Talk", "Hall"),
        ("04-18 11:00", 2, "Talk", "Hall"), ("04-25 11:00", 2, "Talk", "Hall"),
    ]  # fmt: skip
    assert len(events) == 1


def test_occurrences_of_a_series_that_is_not_there_stand_for_themselves() -> None:
    (event,) = read(
        calendar(
            *(vevent(f"RECURRENCE-ID:2026030{day}T090000Z", f"DTSTART:2026030{day}T100000Z", "DURATION:PT1H") for day in (1, 2)),
        )
    )  # fmt: skip
    assert event.first is None
    assert starts_of(event, ZoneInfo("UTC")) == ["03-01 10:00", "03-02 10:00"]


@pytest.mark.parametrize(
    ("lines", "outcome", "why"),
    [
        (["DURATION:PT1H"], "unreadable", "it has no DTSTART"),
        (["DTSTART:tomorrow", "DURATION:PT1H"], "unreadable", "DTSTART 'TOMORROW' is not a date or time"),
        (["DTSTART:20260230T100000Z", "DURATION:PT1H"], "unreadable", "DTSTART '20260230T100000Z' is not a date or time"),
        (["DTSTART:20260301T100000Z"], "refused", "it has neither DTEND nor DURATION, so it takes no time"),
        (["DTSTART:20260301T100000Z", "DTEND:20260301T090000Z"], "unreadable", "it ends when it begins, or before"),
        (["DTSTART:20260301T100000Z", "DURATION:-PT1H"], "unreadable", "it ends before it begins"),
        (["DTSTART:20260301T100000Z", "DURATION:1 hour"], "unreadable", "DURATION '1 hour' cannot be read"),
        (["DTSTART:20260301T100000Z", "DTEND;VALUE=DATE:20260302"], "unreadable", "DTEND '20260302' is not a time"),
        (["DTSTART:99991231T233000Z", "DURATION:PT1H"], "unreadable", "it reaches beyond the years 1 to 9999"),
        (["DTSTART:20260301T100000Z", "DURATION:PT1H", "RRULE:FREQ=HOURLY;COUNT=3"], "refused", "FREQ is DAILY"),
        (["DTSTART:20260301T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=0"], "unreadable", "COUNT is a whole number"),
        (["DTSTART:20260301T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;INTERVAL=0;COUNT=3"], "unreadable", "INTERVAL is"),
        (["DTSTART:20260301T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=soon"], "unreadable", "UNTIL 'SOON' is not"),
        (["DTSTART:20260301T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=DAILY"], "refused", "several"),
        (["DTSTART:20260301T100000Z", "DTSTART:20260302T100000Z", "DURATION:PT1H"], "unreadable", "DTSTART stands there twice"),
        (["DTSTART;20260301T100000Z", "DURATION:PT1H"], "unreadable", "cannot be read"),
        (["DTSTART:20260301T100000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT", "SUMMARY:Tip"], "skipped", "'Tip' is transparent"),
        (["DTSTART:20260301T100000Z", "DURATION:PT1H", "STATUS:CANCELLED", "SUMMARY:Talk"], "skipped", "'Talk' is cancelled"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_by_line_and_stops_nothing(lines: list[str], outcome: str, why: str) -> None:
    good = vevent("DTSTART:20260301T100000Z", "DURATION:PT1H", uid="good")
    events, (problem,) = read_calendar(calendar(good, vevent(*lines), good.replace("good", "more")), BERLIN)
    assert [event.uid for event in events] == ["good", "more"]
    assert (problem.line, problem.outcome) == (9, outcome)
    assert why in problem.why


def test_the_resource_is_the_one_that_is_said_or_the_location_or_resources() -> None:
    lines = ("DTSTART:20260301T100000Z", "DURATION:PT1H")
    both = calendar(vevent(*lines, "RESOURCES:Projector"))
    assert [event.first and event.first.resource for event in read(both)] == ["Hall"]
    assert [event.first and event.first.resource for event in read(both, resource="Van")] == ["Van"]
    assert [event.first and event.first.resource for event in read(both.replace("LOCATION:Hall", "LOCATION:"))] == [
        "Projector"
    ]
    assert "--resource" in problem_with(*lines, location="").why
    assert "several RESOURCES" in problem_with(*lines, "RESOURCES:Projector,Screen", location="").why


@pytest.mark.parametrize("text", ["", "name,starts_at\n", "<html>", "BEGIN:VEVENT\nEND:VEVENT"])
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(CalendarError, match="BEGIN:VCALENDAR"):
        read_calendar(text, BERLIN)


def test_an_event_without_end_is_unreadable_and_the_next_is_read() -> None:
    text = calendar(
        vevent("DTSTART:20260301T100000Z", "DURATION:PT1H").replace("END:VEVENT", ""),
        vevent("DTSTART:20260302T100000Z", "DURATION:PT1H", uid="2"),
    )
    events, problems = read_calendar(text, BERLIN)
    assert [event.uid for event in events] == ["2"]
    assert [(problem.line, problem.why) for problem in problems] == [(3, "it has no END:VEVENT")]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([
    "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "END:VCALENDAR",
    "UID:1", "UID:2", "LOCATION:Hall", "DTSTART:20260301T100000Z", "DTSTART;VALUE=DATE:20260301",
    "DTSTART;TZID=X:20260301T100000",
    "DTEND:20260301T110000Z", "DURATION:PT1H", "DURATION:P", "RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:FREQ=DAILY;BYDAY=1MO;COUNT=2",
    "RRULE:COUNT", "EXDATE:", "EXDATE:20260301", "RDATE:20260301T120000/PT1H", "RDATE:,", "RECURRENCE-ID:20260301T100000Z",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20260301", "TZID:X", "BEGIN:STANDARD", "END:STANDARD", "TZOFFSETTO:+0100",
    "STATUS:CANCELLED",
    " folded", "\tfolded", ":", ";", "DTSTART", "DTSTART;TZID=:20260301T100000", "SUMMARY;LANGUAGE=\":x", "\x00", "🚀:1",
]), max_size=25))  # fmt: skip
def test_no_line_breaks_the_reader(lines: list[str]) -> None:
    events, problems = read_calendar("\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines]), BERLIN)
    assert all(problem.why for problem in problems)
    times_of(events)


def test_a_definition_of_a_zone_changes_its_clocks_when_they_change() -> None:
    """RFC 5545 3.6.5: at the time that the clock before it shows."""
    text = Bookings(read(calendar(vevent("DTSTART;TZID=Europe/Berlin:20260301T100000", "DURATION:PT1H")))).write()
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20250330T020000\r\nRDATE:20260329T020000,20270328T020000\r\n" in text
    assert "BEGIN:STANDARD\r\nDTSTART:20251026T030000\r\n" in text


@pytest.mark.parametrize("zone", [*ZONES, "Africa/Casablanca", "Asia/Kathmandu"])
def test_definitions_of_zones_are_right_for_another_reader(zone: str) -> None:
    begin = datetime(2011, 11, 1) if zone == "Pacific/Apia" else datetime(2026, 1, 1)
    lines = (f"DTSTART;TZID={zone}:{begin:%Y%m%dT%H%M%S}", "DURATION:PT1H", "RRULE:FREQ=MONTHLY;COUNT=72")
    text = Bookings(read(calendar(vevent(*lines)))).write()
    assert Calendar.from_ical(text).errors == []
    definition = text[text.find("BEGIN:VTIMEZONE") : text.find("BEGIN:VEVENT")]
    if zone == "UTC":
        assert "VTIMEZONE" not in text
        return
    defined = tzical(StringIO(definition)).get(zone)
    for hour in range(72 * 730):
        local = begin + timedelta(hours=hour, minutes=30)
        if (
            local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            == local
        ):
            assert local.replace(tzinfo=defined).utcoffset() == local.replace(tzinfo=ZoneInfo(zone)).utcoffset(), local


def test_what_came_of_a_series_before_it_moved_is_an_event_of_its_own() -> None:
    there = Bookings(read(calendar(vevent("DTSTART:20260301T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"))))
    there.reservations[1]["original_starts_at"] = "2026-03-02T09:00:00+00:00"
    text = there.write()
    assert f"UID:{there.reservations[1]['id']}\r\n" in text
    assert read_times(text) == there.times()


def test_statuses_are_those_of_the_calendar() -> None:
    lines = ("DTSTART:20260301T100000Z", "DURATION:PT1H")
    statuses = ("confirmed", "checked_in", "completed", "tentative", "held", "pencilled", "pending")
    gone = ("rejected", "cancelled", "expired", "displaced", "no_show")
    there = Bookings(read(calendar(*(vevent(*lines, uid=status) for status in (*statuses, *gone)))))
    for row, status in zip(there.reservations, (*statuses, *gone), strict=True):
        row["status"] = status
    text = there.write()
    assert text.count("STATUS:CONFIRMED") == 3
    assert text.count("STATUS:TENTATIVE") == 4
    assert text.count("BEGIN:VEVENT") == 7


def test_what_ended_early_ended_then() -> None:
    rule = vevent("DTSTART:20260301T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
    there = Bookings(read(calendar(vevent("DTSTART:20260401T100000Z", "DURATION:PT1H"), rule)))
    alone, first, second, third = there.reservations
    for row, since in ((alone, "2026-04-01T10:20:30.5+00:00"), (first, "2026-03-01T12:30:00+02:00"),
                       (second, "2026-03-02T11:07:00+00:00"), (third, "2026-03-03T09:50:00+00:00")):  # fmt: skip
        row.update(status="completed", status_since=since)
    found = [(time.starts_at, time.ends_at) for time in read_times(there.write())]
    assert found == [
        (datetime(2026, 3, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
        (datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 2, 11, tzinfo=UTC)),  # the sweep came by later
        # The third was given back before it began.
        (datetime(2026, 4, 1, 10, tzinfo=UTC), datetime(2026, 4, 1, 10, 20, 30, tzinfo=UTC)),
    ]


def test_texts_survive() -> None:
    there = Bookings(read(calendar(vevent("DTSTART:20260301T100000Z", "DURATION:PT1H"))))
    there.reservations[0]["title"] = 'A, b; c\\n d: "e"\nü' + "🚀" * 60
    (event,) = read(there.write())
    assert event.first
    assert event.first.title == there.reservations[0]["title"]
    there.reservations[0]["title"] = "a\x07b\r\nc"
    (event,) = read(there.write())
    assert event.first
    assert event.first.title == "a b\nc"


@pytest.mark.parametrize("name", ["a\nX-EVIL:1", "a\r\nX-EVIL:1\r\n", "a\rb", "a\u2028b\x00\x85", "\n", ""])
def test_the_name_of_a_calendar_is_one_line(name: str) -> None:
    """Whatever the name of a resource is: the calendar can be written, and nothing is added to it."""
    calendar = Calendar.from_ical(write_calendar(name, [], [], []))
    assert {str(key) for key in calendar} <= {"VERSION", "PRODID", "NAME", "X-WR-CALNAME"}
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028]", str(calendar.get("X-WR-CALNAME", "")))


def test_statuses_mean_what_the_database_says(berth_db: psycopg.Connection[Any]) -> None:
    shown = (
        "select status::text, calendar_status from booking.reservation_statuses where calendar_status <> 'CANCELLED'"
    )
    assert dict(berth_db.execute(shown).fetchall()) == STATUSES
    firm = "select array_agg(status::text order by status) from booking.reservation_statuses where blocks = 'always'"
    assert berth_db.execute(firm).fetchone() == ([*FIRM],)


NASTY = ("a\\nb", "a\\Nb", "\\\\N", "C:\\New\\notes, x; y\\", "line\none", "a\u2028b\u2029c", "\\,\\;")


@pytest.mark.parametrize("title", NASTY)
def test_a_text_says_the_same_to_any_reader(title: str) -> None:
    """In feeds and exports, and as the name of a calendar; icalendar escapes neither ``NAME`` nor a backslash before N."""
    there = Bookings(read(calendar(vevent("DTSTART:20260301T100000Z", "DURATION:PT1H"))))
    there.reservations[0]["title"] = title
    there.resources[0]["name"] = title
    text = write_calendar(title, there.resources, there.reservations, []).decode()
    shown = re.sub("[\u2028\u2029]", " ", title)
    (event,) = read(text)
    assert event.first
    assert event.first.title == shown
    (time,) = read_times(text)
    assert (time.title, time.location) == (shown, shown.replace("\n", " "))
    unfolded = text.replace("\r\n ", "")
    for name in ("NAME", "X-WR-CALNAME"):
        (found,) = re.findall(rf"^{name}:(.*)\r$", unfolded, re.MULTILINE)
        assert not re.search(r"(?<!\\)(?:\\\\)*[,;]", found)
        assert re.sub(r"\\(.)", r"\1", found) == shown.replace("\n", " ")


def test_the_clocks_of_a_definition_are_those_of_python() -> None:
    """Also where they jump, and of the hour that comes twice."""
    text = PRIVATE_ZONE.format(tzid="X", summer="+0200")
    (event,) = read(calendar(text, vevent("DTSTART;TZID=X:20260701T090000", "DURATION:PT1H")))
    assert event.first
    zone = event.first.zone
    assert not isinstance(zone, ZoneInfo)
    for year in (1999, 2026, 2150):
        for hour in range(8760):
            at = datetime(year, 1, 1, 0, 30, tzinfo=UTC) + timedelta(hours=hour)
            theirs, ours = at.astimezone(BERLIN), at.astimezone(zone)
            assert (ours.replace(tzinfo=None), ours.fold) == (theirs.replace(tzinfo=None), theirs.fold)
            for fold in (0, 1):
                local = datetime(year, 1, 1, 0, 30, fold=fold) + timedelta(hours=hour)
                assert local.replace(tzinfo=zone).utcoffset() == local.replace(tzinfo=BERLIN).utcoffset(), local


@pytest.mark.parametrize(
    "definition",
    [
        "BEGIN:VTIMEZONE\nTZID:{tzid}\nEND:VTIMEZONE",
        "BEGIN:VTIMEZONE\nTZID:{tzid}\nBEGIN:STANDARD\nDTSTART:once\nEND:STANDARD\nEND:VTIMEZONE",
        "BEGIN:VTIMEZONE\nTZID:Other\nEND:VTIMEZONE",
    ],
)
@pytest.mark.parametrize("tzid", ["Europe/Berlin", "W. Europe Standard Time"])
def test_a_definition_that_says_nothing_leaves_the_name(tzid: str, definition: str) -> None:
    text = definition.format(tzid=tzid)
    (event,) = read(calendar(text, vevent(f"DTSTART;TZID={tzid}:20260701T090000", "DURATION:PT1H")))
    assert starts_of(event) == ["07-01 09:00"]


def test_each_calendar_of_a_file_has_its_own_method_and_zones() -> None:
    lines = ("DTSTART;TZID=X:20260701T090000", "DURATION:PT1H")
    calendars = [
        calendar("METHOD:REQUEST", PRIVATE_ZONE.format(tzid="X", summer="+0200"), vevent(*lines, uid="a")),
        calendar("METHOD:PUBLISH", PRIVATE_ZONE.format(tzid="X", summer="+0300"), vevent(*lines, uid="b")),
        calendar("METHOD:REPLY", vevent(*lines, uid="c")),
        calendar("METHOD:CANCEL", vevent(*lines, "SEQUENCE:1", uid="a")),
        calendar("METHOD:CANCEL", vevent(*lines, "SEQUENCE:0", uid="d")),
        calendar("METHOD:REQUEST", vevent(*lines, "SEQUENCE:1", uid="d")),
    ]
    events, problems = read_calendar("".join(calendars), BERLIN)
    assert [(event.uid, *starts_of(event)) for event in events] == [("b", "07-01 08:00"), ("d", "07-01 09:00")]
    assert [re.sub(" in line .*", "", problem.why) for problem in problems if not problem.cancellation] == [
        "'c' is a REPLY, which books nothing", "'a' has a newer version", "'d' has a newer version",
    ]  # fmt: skip
    assert [problem.cancellation.uid for problem in problems if problem.cancellation] == ["a"]


def test_a_comma_that_is_escaped_separates_no_resources() -> None:
    lines = ("DTSTART:20260301T100000Z", "DURATION:PT1H")
    (event,) = read(calendar(vevent(*lines, r"RESOURCES:Room 1\, left", location="")))
    assert event.resource == "Room 1, left"
    assert "several RESOURCES, A, B;" in problem_with(*lines, "RESOURCES:A, B", location="").why
