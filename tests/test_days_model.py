"""What is let by the day, on the days that have 23 or 25 hours, against a model in Python that tries every start."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from tests.conftest import make_tenant

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: A zone, and the date on which its clocks are set: forward, back, at midnight, to before it, by half an hour; and none.
DATES = [
    ("Europe/Berlin", date(2027, 3, 28)), ("Europe/Berlin", date(2027, 10, 31)), ("Atlantic/Azores", date(2027, 10, 31)),
    ("Atlantic/Azores", date(2027, 3, 28)), ("America/Havana", date(2027, 11, 7)), ("America/Havana", date(2027, 3, 14)),
    ("Africa/Cairo", date(2027, 10, 28)), ("America/Santiago", date(2027, 9, 5)),
    ("Australia/Lord_Howe", date(2027, 4, 4)), ("America/New_York", date(2027, 6, 7)),
]  # fmt: skip


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first time that clocks show this; later by the gap if they never do."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def later(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """So many days later by the calendar; of a day that has no midnight, the first moment stands for it."""
    wall = at.astimezone(zone).replace(tzinfo=None, fold=0)
    midnight = datetime.combine(wall.date(), time())
    return instant((midnight if at == instant(midnight, zone) else wall) + timedelta(days=days), zone)


def starts_of(
    found: list[tuple[Any, ...]], end: Callable[[datetime], datetime], starts: list[datetime]
) -> list[datetime]:
    """Which of these a search offers: those from which one of its ranges holds all of it."""
    ranges = [
        (datetime.fromisoformat(r["starts_at"]), datetime.fromisoformat(r["ends_at"])) for (rs,) in found for r in rs
    ]
    return [s for s in starts if any(begin <= s and end(s) <= over for begin, over in ranges)]


@pytest.mark.parametrize(("name", "change"), DATES, ids=str)
@pytest.mark.parametrize("hours", [False, True], ids=["always open", "hours"])
def test_whole_days(berth_db: psycopg.Connection[Any], name: str, change: date, hours: bool) -> None:
    zone = ZoneInfo(name)
    tenant = make_tenant(berth_db, "UTC")
    rooms = {
        step: tenant.resource(step, timezone=name) for step in ("24:00", "01:00")
    }  # fmt: skip
    for step, room in rooms.items():
        berth_db.execute(
            "insert into booking.booking_rules (tenant_id, resource_id, slot_step, min_duration, max_duration)"
            " values (%s, %s, %s, %s, '2 days')", (tenant.id, room, step, step if step == "24:00" else "1 day"),
        )  # fmt: skip
    if hours:
        berth_db.execute(
            "insert into booking.opening_hours (tenant_id, weekday, opens, closes) select %s, d, '00:00', '24:00'"
            " from generate_series(1, 7) d", (tenant.id,),
        )  # fmt: skip
    claims = json.dumps(tenant.person("member").claims)
    berth_db.execute("select set_config('request.jwt.claims', %s, false)", (claims,))
    berth_db.execute("select set_config('booking.now', '2027-01-01 00:00+00', false)")
    days = [change + n * DAY for n in range(-2, 4)]
    midnights = [instant(datetime.combine(day, time()), zone) for day in days]

    def accepts(room: Any, begin: datetime, over: datetime) -> str:
        try:
            with berth_db.transaction():
                berth_db.execute("select api.check_reservation_conflict(%s, %s, %s)", (room, begin, over))
        except psycopg.Error as refusal:
            return str(refusal.diag.message_primary)
        return "yes"

    for begin, over in pairwise(midnights):
        assert accepts(rooms["24:00"], begin, over) == "yes", begin
        assert accepts(rooms["01:00"], begin, over) == "yes", begin
        assert accepts(rooms["01:00"], begin, over - HOUR) == "too_short", begin
        assert accepts(rooms["01:00"], begin, later(begin, 2, zone) + HOUR) == "too_long", begin

    window = midnights[0], midnights[-1]
    starts = [
        window[0] + n * timedelta(minutes=30) for n in range(int((window[1] - window[0]) / timedelta(minutes=30)))
    ]
    for step, room in rooms.items():
        size = timedelta(hours=int(step[:2]))

        def on_grid(at: datetime, size: timedelta = size) -> bool:
            wall = at.astimezone(zone).replace(tzinfo=None)
            begins = instant(datetime.combine(wall.date(), time()), zone)  # later where there is no midnight
            return (wall - datetime.combine(wall.date(), time())) % size == timedelta() or at == begins

        for count in (1, 2):
            expected = [
                s
                for s in starts
                if on_grid(s) and on_grid(later(s, count, zone)) and later(s, count, zone) <= window[1]
            ]
            found = berth_db.execute(
                "select free_ranges from api.search_availability(%s, %s, %s, resource_ids => array[%s])",
                (*window, f"{count} days", room),
            ).fetchall()
            offered = starts_of(found, partial(later, days=count, zone=zone), [s for s in starts if on_grid(s)])
            assert [s for s in offered if on_grid(later(s, count, zone))] == expected, (step, count)
            slots = berth_db.execute(
                "select starts_at, ends_at from api.next_available_slots(%s, %s, after => %s, before => %s, max_results => 1000)",
                (f"{count} days", room, *window),
            ).fetchall()
            assert slots == [(s, later(s, count, zone)) for s in expected], (step, count)
            assert {accepts(room, s, later(s, count, zone)) for s in expected} == {"yes"}
        # Each day is found alone, whatever it has of hours.
        for begin, over in pairwise(midnights):
            (row,) = berth_db.execute(
                "select free_ranges from api.search_availability(%s, %s, '1 day', resource_ids => array[%s])",
                (begin, over, room),
            ).fetchall()
            assert (begin, over) in [tuple(map(datetime.fromisoformat, (r["starts_at"], r["ends_at"]))) for r in row[0]]


@pytest.mark.parametrize(("name", "change"), DATES[:6], ids=str)
def test_a_wait_for_a_day(berth_db: psycopg.Connection[Any], name: str, change: date) -> None:
    """It is offered the whole day, of 23 or 25 hours, once that is free."""
    zone = ZoneInfo(name)
    tenant = make_tenant(berth_db, "UTC")
    room, one, other = tenant.resource("Cabin", timezone=name), tenant.another("member"), tenant.another("member")
    berth_db.execute(
        "insert into booking.booking_rules (tenant_id, slot_step, min_duration, max_duration)"
        " values (%s, '1 day', '1 day', '1 day')", (tenant.id,),
    )  # fmt: skip
    berth_db.execute("select set_config('booking.now', '2027-01-01 00:00+00', false)")
    day = [instant(datetime.combine(change + n * DAY, time()), zone) for n in (0, 1)]

    def ask(person: Any, query: str, *arguments: Any) -> Any:
        berth_db.execute("select set_config('request.jwt.claims', %s, false)", (json.dumps(person.claims),))
        return berth_db.execute(query.encode(), arguments).fetchone()

    (booked,) = ask(one, "select id from api.create_reservation(%s, %s, %s)", room, *day)
    ask(other, "select status from api.join_waitlist(%s, %s, %s, duration => '1 day')", room, *day)
    ask(one, "select status from api.cancel_reservation(%s)", booked)
    assert berth_db.execute(
        "select starts_at, ends_at from booking.reservations where status = 'held' and owner_id = %s", (other.user_id,)
    ).fetchall() == [tuple(day)]
