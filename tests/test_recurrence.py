"""Recurrence against python-dateutil, where it agrees with RFC 5545; where it does not, the comments say so."""

import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import psycopg
import pytest
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Server

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: With a gap of an hour, at midnight, of half an hour, of a whole day, and with none.
ZONES = (
    "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "UTC",
    "Atlantic/Azores", "America/Havana", "Africa/Casablanca", "America/Vancouver",
)  # fmt: skip
#: How many years are compared: python-dateutil looks at each period in turn.
YEARS = {"DAILY": 2, "WEEKLY": 6, "MONTHLY": 15, "YEARLY": 45}
#: And how many occurrences.
ENOUGH = 40


@dataclass(frozen=True)
class Series:
    """The arguments of booking.expand_rrule; the end of the rule is chosen once its occurrences are known."""

    start: datetime
    parts: dict[str, str]
    zone: str = "UTC"
    dst_gap: str = "skip"
    #: Ends with COUNT, or with UNTIL so many seconds after the last of so many.
    count: int = 10
    until_offset: int | None = None
    #: Left out: these occurrences, and perhaps times that are none.
    without: list[int] = field(default_factory=list)
    extra: list[datetime] = field(default_factory=list)
    extra_without: list[datetime] = field(default_factory=list)

    @property
    def horizon(self) -> datetime:
        return (self.start + timedelta(days=YEARS[self.parts["FREQ"]] * 365.25)).replace(tzinfo=UTC)

    def instant(self, local: datetime) -> datetime:
        """Python's fold=0 is RFC 5545's first occurrence, and its offset before a gap."""
        return local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def occurrence(self, local: datetime) -> datetime | None:
        """None where the clocks never show what the rule yields."""
        at = self.instant(local)
        occurs = at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None) == local
        return at if occurs or self.dst_gap == "shift" else None

    def local_times(self) -> Iterator[datetime]:
        """What the rule yields by python-dateutil, without its end and without a time zone."""
        parts, start = dict(self.parts), self.start
        if parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts:
            # RFC 5545 counts positions from the beginning of the week, python-dateutil those of the first week from DTSTART.
            parts.setdefault("BYDAY", WEEKDAYS[start.weekday()])
            parts.setdefault("BYHOUR", str(start.hour))
            parts.setdefault("BYMINUTE", str(start.minute))
            parts.setdefault("BYSECOND", str(start.second))
            start -= timedelta(days=(start.weekday() - WEEKDAYS.index(parts.get("WKST", "MO"))) % 7)
            start = start.replace(hour=0, minute=0, second=0)
        return (local for local in rrulestr(write(parts), dtstart=start) if local >= self.start)

    def expected(self) -> tuple[tuple[Any, ...], list[Any]]:
        """The arguments, and the rows that they ought to give."""
        pairs = ((local, self.occurrence(local)) for local in self.local_times())
        existing = ((local, at) for local, at in pairs if at and at < self.horizon)
        # In search of an occurrence it goes on until then.
        with mock.patch("datetime.MAXYEAR", self.horizon.year + 1):
            found = list(itertools.islice(existing, 2 * ENOUGH))
        if self.until_offset is None:
            end = {"COUNT": str(self.count)}
            found = found[: self.count]
        else:
            until = (found[: self.count][-1][1] if found else self.horizon) + timedelta(seconds=self.until_offset)
            end = {"UNTIL": f"{until:%Y%m%dT%H%M%SZ}"}
            found = [(local, at) for local, at in found if at <= until]
        exdates = [found[n][0] for n in self.without if n < len(found)] + self.extra_without
        excluded = {self.instant(local) for local in exdates}
        extra = [(local, at) for local in self.extra if (at := self.instant(local)) < self.horizon]
        # A time moved out of a gap gives way to the one that stands there.
        distinct = {at: local for local, at in sorted(found + extra) if at not in excluded}
        arguments = (
            write(self.parts | end), self.start, self.zone, self.extra, exdates, self.dst_gap, 2 * ENOUGH, self.horizon
        )  # fmt: skip
        return arguments, [(local, at) for at, local in sorted(distinct.items())]


def write(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())


#: Every second of the day
SECONDS = ";".join(
    f"{part}={','.join(map(str, range(size)))}" for part, size in (("BYHOUR", 24), ("BYMINUTE", 60), ("BYSECOND", 60))
)

#: Days on which calendars go wrong: changes of the clocks, leap days, the first and last weeks of long and short years.
AWKWARD = [
    *(datetime(y, m, d) for y in (2004, 2024, 2032) for m, d in ((2, 28), (2, 29), (3, 1), (12, 31), (1, 1))),
    *(datetime(y, m, d) for y in (2009, 2015, 2020, 2026) for m, d in ((12, 27), (12, 28), (12, 31), (1, 1), (1, 4))),
    *(datetime(2030, m, d) for m, d in ((3, 9), (3, 30), (4, 6), (10, 5), (10, 26), (11, 2))),
    *(datetime(2011, 12, 29), datetime(2018, 2, 17), datetime(2018, 11, 3)),
]
PARTS = (
    "INTERVAL", "WKST", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS"
)  # fmt: skip


class Maker(Random):
    """Makes a series of these parts, as far as they may stand together; of the same seed the same."""

    def some(self, *ranges: Any, most: int = 3) -> str:
        """A few numbers, each from one of the ranges."""
        return ",".join(dict.fromkeys(str(self.choice(self.choice(ranges))) for _ in range(self.randint(1, most))))

    def weekdays(self, counted: int | None) -> str:
        """All counted or none: python-dateutil takes 1MO,TU for the Tuesdays that are first Mondays."""
        numbers = ["+1", 1, -1, *range(-counted, 0), *range(1, counted + 1)] if counted else [""]
        days = (f"{self.choice(numbers)}{self.choice(WEEKDAYS)}" for _ in range(self.randint(1, 5)))
        return ",".join(dict.fromkeys(days))

    def value(self, part: str, parts: dict[str, str]) -> str | None:
        """A value for the part, beside those that are there; None where it may not be."""
        freq = parts["FREQ"]
        match part:
            case "INTERVAL":
                return self.some(range(1, 5), [5, 7, 12, 13, 30, 53, 100], most=1)
            case "WKST":
                return self.choice(WEEKDAYS)
            case "BYMONTH":
                return self.some(range(1, 13), [2], most=4)
            case "BYWEEKNO" if freq == "YEARLY":
                # Days of a week that lies in two years: see test_weeks_are_numbered_as_they_are_for_the_rfc.
                return self.some(range(1, 52), range(-51, 0), [1, -1])
            case "BYYEARDAY" if freq == "YEARLY":
                return self.some(range(1, 367), range(-366, 0), [1, 60, 365, 366, -1, -306, -365, -366], most=6)
            case "BYMONTHDAY" if freq != "WEEKLY":
                return self.some(range(1, 32), range(-31, 0), [1, 13, 29, 30, 31, -1, -29, -30], most=5)
            case "BYDAY":
                may_count = freq == "MONTHLY" or (freq == "YEARLY" and "BYWEEKNO" not in parts)
                within = 5 if freq == "MONTHLY" or "BYMONTH" in parts else 53
                return self.weekdays(within if may_count and self.random() < 0.5 else None)
            case "BYHOUR":
                return self.some(range(24), range(4))
            case "BYMINUTE":
                return self.some(range(60), [0, 30])
            case "BYSECOND":
                return self.some(range(60))
            case "BYSETPOS" if any(name.startswith("BY") for name in parts):
                return self.some(range(1, 367), range(-366, 0), [1, 2, 3, -1, -2], [1, -1], most=4)
        return None

    def series(self, freq: str, names: set[str]) -> Series:
        start = datetime(1997, 1, 1) + timedelta(seconds=self.randrange(44 * 365 * 86400))
        if self.random() < 0.5:
            start = self.choice(AWKWARD) + timedelta(minutes=self.choice([0, 15, 30, 59]), hours=self.randrange(36))
        parts = {"FREQ": freq}
        for part in PARTS:
            if part in names and (value := self.value(part, parts)):
                parts[part] = value
        pairs = list(parts.items())
        self.shuffle(pairs)
        near = [start + timedelta(days=self.randrange(400), minutes=self.choice([0, 30, 60])) for _ in range(4)]
        few = "RDATE" in names
        return Series(
            start, dict(pairs), self.choice(ZONES), self.choice(["skip", "shift"]), self.randint(1, ENOUGH),
            self.choice([None, 0, 0, -1, 1, 3600]), [self.randrange(12) for _ in range(3)] if few else [],
            near[:2] if few else [], near[1:] if few else [],
        )  # fmt: skip


SERIES = st.builds(
    lambda freq, names, seed: Maker(seed).series(freq, names),
    st.sampled_from(sorted(YEARS)), st.sets(st.sampled_from([*PARTS, "RDATE"]), max_size=7), st.integers(0, 2**32),
)  # fmt: skip


@pytest.fixture(scope="module")
def connection(server: Server, berth_template: Any) -> Iterator[psycopg.Connection[Any]]:
    """One database for all the examples, which write nothing; the session's time zone is to make no difference."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"create database berth_recurrence template {berth_template.template_dbname}")
    with psycopg.connect(server.url("berth_recurrence"), autocommit=True) as connection:
        connection.execute("set timezone = 'Asia/Tokyo'")
        yield connection
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("drop database berth_recurrence with (force)")


EXPAND = """
    select s.n, x.local_start, x.starts_at
      from jsonb_to_recordset(%s) s (n integer, rule text, start timestamp, zone text, rdates timestamp[], exdates timestamp[],
                                     dst_gap text, most integer, horizon timestamptz),
           lateral booking.expand_rrule(rule, start, zone, rdates, exdates, dst_gap, most, horizon) with ordinality x
     order by s.n, x.ordinality
"""


def expand(connection: psycopg.Connection[Any], all_arguments: list[tuple[Any, ...]]) -> list[list[Any]]:
    """The rows of each, in one round trip."""
    names = ("n", "rule", "start", "zone", "rdates", "exdates", "dst_gap", "most", "horizon")

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat()
        return [plain(v) for v in value] if isinstance(value, list) else value

    records = [dict(zip(names, map(plain, (n, *a)), strict=True)) for n, a in enumerate(all_arguments)]
    rows: list[list[Any]] = [[] for _ in all_arguments]
    for n, local, at in connection.execute(EXPAND, (psycopg.types.json.Jsonb(records),)):
        rows[n].append((local, at.astimezone(UTC)))
    return rows


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(several=st.lists(SERIES, min_size=25, max_size=25))
def test_rules_yield_what_dateutil_says(connection: psycopg.Connection[Any], several: list[Series]) -> None:
    expected = [one.expected() for one in several]
    actual = expand(connection, [arguments for arguments, _ in expected])
    for (arguments, rows), found in zip(expected, actual, strict=True):
        assert found == rows, arguments


def week_of(day: date, first_weekday: int) -> tuple[int, int]:
    """Its number in the year that has most of it, and the same from the end."""
    middle = day + timedelta(days=3 - (day.weekday() - first_weekday) % 7)
    number = (middle.timetuple().tm_yday - 1) // 7 + 1
    return number, -((date(middle.year, 12, 31) - middle).days // 7 + 1)


@pytest.mark.parametrize("first_weekday", range(7), ids=WEEKDAYS)
def test_weeks_are_numbered_as_they_are_for_the_rfc(connection: psycopg.Connection[Any], first_weekday: int) -> None:
    """Every week of 28 years, after which they repeat.

    python-dateutil takes the number of weeks of the year before from this year's length, and so finds week 53 on
    1 January 2039 (which is in week 52), and does not look for week -53 of the year after.
    """
    days = [date(2010, 1, 1) + timedelta(days=n) for n in range(28 * 365 + 7)]
    weeks = {day: week_of(day, first_weekday) for day in days}
    assert first_weekday or all(weeks[day][0] == day.isocalendar().week for day in days)
    wanted = [n for n in range(-53, 54) if n]
    found = expand(connection, [
        (f"FREQ=YEARLY;COUNT=1000;WKST={WEEKDAYS[first_weekday]};BYWEEKNO={n}", datetime(2010, 1, 1, 9), "UTC", [], [],
         "skip", 1000, datetime(2038, 1, 1, tzinfo=UTC)) for n in wanted
    ])  # fmt: skip
    for n, rows in zip(wanted, found, strict=True):
        assert [at.date() for at, _ in rows] == [day for day in days if n in weeks[day]], n


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;COUNT=1000",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=1000",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=1000",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=1000",
        "FREQ=YEARLY;COUNT=1000",
    ],
)
def test_a_thousand_occurrences_take_no_time(connection: psycopg.Connection[Any], rule: str) -> None:
    """Some 5 to 8 ms on an idle machine; this one may be busy."""
    taken = []
    for _ in range(15):
        begun = time.perf_counter()
        row = connection.execute(
            "select count(*) from booking.expand_rrule(%s, '2030-01-07 09:00', 'Europe/Berlin')", (rule,)
        ).fetchone()
        taken.append(time.perf_counter() - begun)
        assert row == (1000,)
    assert statistics.median(taken) < 0.05


@pytest.mark.parametrize(
    ("rule", "occurrences"),
    [
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 0),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", 0),
        ("FREQ=DAILY;BYHOUR=9;BYSETPOS=2", 0),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3", 0),
        ("FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31", 0),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", 0),
        ("FREQ=YEARLY;INTERVAL=50;BYYEARDAY=366", 80),
        ("FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1", 0),
        ("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-366,366;BYMONTH=1,2,3", 0),
        # A time that never occurs, as long as the clocks are set as they are.
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;BYHOUR=2;BYMINUTE=30", 0),
        # Until the year 9999
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", 299),
        ("FREQ=YEARLY;INTERVAL=999999999", 1),
        ("FREQ=WEEKLY;INTERVAL=999999999", 1),
        ("FREQ=MONTHLY;INTERVAL=999999999", 1),
        ("FREQ=DAILY;INTERVAL=999999999", 1),
        # 31,622,400 times a year, of which few are looked at
        ("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;" + SECONDS, 1000),
        ("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-1;" + SECONDS, 1000),
    ],
)
def test_a_rule_without_sense_ends_soon(connection: psycopg.Connection[Any], rule: str, occurrences: int) -> None:
    connection.execute("set statement_timeout = '3s'")
    row = connection.execute(
        "select count(*) from booking.expand_rrule(%s, '2030-01-07 09:00', 'Europe/Berlin')", (rule + ";COUNT=1000",)
    ).fetchone()
    assert row == (occurrences,)
