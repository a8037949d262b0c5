"""Utilisation and peak hours against a model that counts quarters of an hour one by one, and knows no SQL."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Person, Tenant, make_tenant
from tests.test_rules_model import CHANGES, DAY, DAYS, SOME_SCOPE, TIMES, WEEKDAYS, Different, Hours, World

QUARTER = timedelta(minutes=15)
CAPACITY = 3
ZONES = (
    "Europe/Berlin", "America/New_York", "America/Havana", "Pacific/Auckland", "Asia/Kolkata", "UTC", "Atlantic/Azores",
)  # fmt: skip
COUNTED = {"confirmed", "checked_in", "completed", "no_show"}
STATUSES = (
    *sorted(COUNTED),
    "confirmed",
    "no_show",
    "held",
    "pencilled",
    "tentative",
    "pending",
    "cancelled",
    "expired",
)


@dataclass
class Booking:
    """So many units from start to end; of what is over, since when."""

    status: str
    start: datetime
    end: datetime
    units: int
    since: datetime

    def took_until(self) -> datetime:
        over = self.since if self.status in ("completed", "no_show") else self.end
        return max(self.start, min(self.end, over))


@dataclass
class Use:
    """A resource, what is booked on it, and a range that somebody asks about."""

    hours: World
    start: datetime
    end: datetime
    blackouts: list[tuple[datetime, datetime, bool]] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)

    # The model

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.hours.zone)

    def quarters(self) -> Iterator[datetime]:
        at = self.start
        while at < self.end:
            yield at
            at += QUARTER

    def bucket_of(self, at: datetime, bucket: str) -> datetime:
        """Where the bucket begins that this instant is in."""
        local = at.astimezone(self.zone)
        if bucket == "hour":
            return at - timedelta(minutes=local.minute)
        day = local.date()
        if bucket == "week":
            day -= timedelta(days=day.weekday())
        elif bucket == "month":
            day = day.replace(day=1)
        return self.hours.instant(day, "00:00", self.hours.zone)

    def open_quarters(self) -> set[datetime]:
        found: set[datetime] = set()
        day, last = (at.astimezone(self.zone).date() for at in (self.start - DAY, self.end))
        day -= DAY
        while day <= last:
            for opens, closes in self.hours.open_on(day):
                while opens < closes:
                    found.add(opens)
                    opens += QUARTER
            day += DAY
        return {
            at for at in found
            if not any(start <= at < end for start, end, is_lifted in self.blackouts if not is_lifted)
        }  # fmt: skip

    def counted(self) -> list[Booking]:
        return [b for b in self.bookings if b.status in COUNTED]

    def utilization(self, bucket: str) -> dict[datetime, tuple[float, float, int, int]]:
        """Open minutes, booked minutes, bookings and no-shows by where each bucket begins."""
        open_quarters, found = self.open_quarters(), {}
        for at in self.quarters():
            row = found.setdefault(self.bucket_of(at, bucket), [0, 0, 0, 0])
            row[0] += 15 * CAPACITY * (at in open_quarters)
            for b in self.counted():
                row[1] += 15 * b.units * (b.start <= at < b.took_until())
                row[2] += b.start == at
                row[3] += b.start == at and b.status == "no_show"
        return {at: (row[0], row[1], row[2], row[3]) for at, row in found.items()}

    def peak_hours(self) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
        minutes, begun = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
        for at in self.quarters():
            local = at.astimezone(self.zone)
            key = local.isoweekday(), local.hour
            for b in self.counted():
                minutes[key] += 15 * b.units * (b.start <= at < b.took_until())
                begun[key] += b.start == at
        return +minutes, +begun


@st.composite
def uses(draw: st.DrawFn) -> Use:
    """Around a day on which, perhaps, the clock is set."""
    zone = draw(st.sampled_from(ZONES))
    day = draw(st.sampled_from(CHANGES.get(zone, DAYS) if draw(st.booleans()) else DAYS))
    midnight = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)

    def at(first: int, last: int) -> st.SearchStrategy[datetime]:
        return st.integers(first * 4, last * 4).map(lambda n: midnight + n * QUARTER)

    def span(first: int, last: int, lengths: tuple[int, ...]) -> st.SearchStrategy[tuple[datetime, datetime]]:
        return st.builds(
            lambda start, quarters: (start, start + quarters * QUARTER), at(first, last), st.sampled_from(lengths)
        )

    dates: st.SearchStrategy[date] = st.sampled_from([-1, 0, 0, 1]).map(lambda days: day + timedelta(days=days))
    hours = st.builds(Hours, SOME_SCOPE, WEEKDAYS, st.sampled_from(TIMES), st.sampled_from([*TIMES, "24:00"]))
    exceptions = st.builds(Different, SOME_SCOPE, dates) | st.builds(
        Different, SOME_SCOPE, dates, st.sampled_from(TIMES), st.sampled_from([*TIMES, "24:00"])
    )
    world = World(
        zone, "UTC", midnight, midnight, {}, draw(st.lists(hours, max_size=3)), draw(st.lists(exceptions, max_size=2))
    )
    booking = st.builds(
        lambda status, times, units, since: Booking(status, *times, units, times[0] + since * QUARTER),
        st.sampled_from(STATUSES), span(-72, 60, (1, 2, 4, 7, 30, 96, 97, 400)), st.integers(1, CAPACITY),
        st.integers(-2, 40),
    )  # fmt: skip
    blackout = st.builds(lambda times, is_lifted: (*times, is_lifted), span(-40, 50, (1, 8, 100)), st.booleans())
    start, end = draw(span(-30, 30, (1, 3, 40, 96, 100, 200)))
    return Use(world, start, end, draw(st.lists(blackout, max_size=3)), draw(st.lists(booking, max_size=6)))


@dataclass
class Ground:
    """A tenant with a pool in each zone, and others that have nothing to do with it."""

    connection: psycopg.Connection[Any]
    tenant: Tenant
    manager: Person
    pools: dict[str, uuid.UUID]

    def insert(self, table: str, **columns: Any) -> None:
        columns = {"tenant_id": self.tenant.id, **columns}
        self.connection.execute(
            psycopg.sql.SQL("insert into booking.{} ({}) values ({})").format(
                psycopg.sql.Identifier(table), psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns)),
                psycopg.sql.SQL(", ").join(map(psycopg.sql.Placeholder, columns)),
            ),
            columns,
        )  # fmt: skip

    def build(self, use: Use) -> None:
        pool = self.pools[use.hours.zone]
        # Only what is counted matters here, not how it came to be so: pools may be overfull, and times past.
        self.connection.execute("set local session_replication_role = replica")
        scopes: dict[str, dict[str, Any]] = {
            "tenant": {}, "kind": {"kind": "room"}, "resource": {"resource_id": pool},
            "other kind": {"kind": "desk"}, "sibling": {"resource_id": self.pools["sibling"]},
        }  # fmt: skip
        for h in use.hours.hours:
            for weekday in h.weekdays:
                self.insert("opening_hours", **scopes[h.scope], weekday=weekday, opens=h.opens, closes=h.closes)
        for e in use.hours.exceptions:
            self.insert(
                "opening_exceptions",
                **scopes[e.scope],
                date=e.day,
                is_closed=e.opens is None,
                opens=e.opens,
                closes=e.closes,
            )
        for start, end, is_lifted in use.blackouts:
            lifted_at = use.start if is_lifted else None
            self.insert("blackouts", resource_id=pool, starts_at=start, ends_at=end, lifted_at=lifted_at)
        for b in use.bookings:
            self.insert(
                "reservations", resource_id=pool, status=b.status, starts_at=b.start, ends_at=b.end, units=b.units,
                buffer_before="1 hour", buffer_after="0", status_since=b.since,
                expires_at=b.end if b.status in ("held", "pencilled") else None,
            )  # fmt: skip
        self.connection.execute("set local session_replication_role = origin")
        self.connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(self.manager.claims),))
        self.connection.execute("set local role authenticated")


@pytest.fixture
def ground(berth_db: psycopg.Connection[Any]) -> Ground:
    berth_db.execute("set timezone = 'Australia/Lord_Howe'")  # of no account
    tenant = make_tenant(berth_db)
    pools = {zone: tenant.resource(zone, kind="room", timezone=zone, capacity=CAPACITY) for zone in ZONES}
    pools["sibling"] = tenant.resource("Sibling", kind="room")
    manager = tenant.person("manager")
    berth_db.commit()
    return Ground(berth_db, tenant, manager, pools)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(use=uses(), bucket=st.sampled_from(["hour", "day", "day", "week", "month"]))
def test_every_quarter_of_an_hour_counts_once(ground: Ground, use: Use, bucket: str) -> None:
    with ground.connection.transaction(force_rollback=True):
        ground.build(use)
        rows = ground.connection.execute(
            "select bucket_start, open_minutes, booked_minutes, bookings, no_shows, utilization"
            "  from api.resource_utilization(%s, %s, %s, array[%s])",
            (use.start, use.end, bucket, ground.pools[use.hours.zone]),
        ).fetchall()
        # In UTC: a time that a clock shows twice equals none in another zone, says PEP 495.
        assert {row[0].astimezone(UTC): row[1:5] for row in rows} == use.utilization(bucket)
        for _, open_minutes, booked, _, _, utilization in rows:
            assert utilization is None if not open_minutes else abs(float(utilization) - booked / open_minutes) < 1e-4
        peaks = ground.connection.execute(
            "select weekday, hour, booked_minutes, bookings from api.peak_hours(%s, %s)", (use.start, use.end)
        ).fetchall()
        minutes = {(weekday, hour): booked for weekday, hour, booked, _ in peaks if booked}
        begun = {(weekday, hour): bookings for weekday, hour, _, bookings in peaks if bookings}
        assert (minutes, begun) == use.peak_hours()
