"""The rules, the opening hours and the quotas against a model of them in Python, which knows no SQL."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import Person, Tenant, make_tenant

#: On the Azores and in Havana it is midnight twice when clocks go back; in Cairo the hour before comes twice; in Santiago
#: midnight is left out when they go forward.
ZONES = (
    "Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC", "Atlantic/Azores", "America/Havana", "Africa/Cairo",
    "America/Santiago",
)  # fmt: skip
TENANT_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC", "Pacific/Auckland", "America/Havana")

#: Sundays on which clocks change there.
CHANGES = {
    "Europe/Berlin": [date(2031, 3, 30), date(2031, 10, 26)],
    "America/New_York": [date(2031, 3, 9), date(2031, 11, 2)],
    "America/Havana": [date(2031, 3, 9), date(2031, 11, 2)],
    "Pacific/Auckland": [date(2031, 4, 6), date(2031, 9, 28)],
    "Atlantic/Azores": [date(2031, 3, 30), date(2031, 10, 26)],
    "Africa/Cairo": [date(2031, 4, 25), date(2031, 10, 30), date(2031, 10, 31)],
    "America/Santiago": [date(2031, 4, 5), date(2031, 9, 7)],
}
#: A Monday, the end of a year, and the changes elsewhere.
DAYS = [date(2031, 6, 16), date(2030, 12, 31), *(day for days in CHANGES.values() for day in days)]

SCOPES = ("tenant", "kind", "resource")  # the last is the most specific
DAY = timedelta(days=1)
NO_TIME = timedelta(0)
BLOCKING = {"held", "pencilled", "confirmed", "checked_in"}
COUNTING = sorted(BLOCKING | {"pending", "completed", "no_show"})

MINUTES = (15, 30, 60, 90, 120, 180, 480, 1440, 1500)
TIMES = ("00:00", "02:00", "02:30", "03:00", "06:00", "09:00", "12:00", "17:00", "22:00")


# What there is


@dataclass(frozen=True)
class Hours:
    """A stretch of the usual week, on some weekdays; closes may be 24:00."""

    scope: str
    weekdays: tuple[int, ...]
    opens: str
    closes: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Different:
    """A date that is different: closed where it has no times."""

    scope: str
    day: date
    opens: str | None = None
    closes: str | None = None


@dataclass(frozen=True)
class Booked:
    """What stands in the books: on the resource, on one of its kind (sibling), or on one of another (cousin)."""

    where: str
    status: str
    start: datetime
    end: datetime
    mine: bool = True
    before: timedelta = NO_TIME
    after: timedelta = NO_TIME
    expires_at: datetime | None = None

    def takes(self) -> tuple[datetime, datetime]:
        return self.start - self.before, self.end + self.after


@dataclass
class World:
    """One member, one resource, and all that may be said against what they ask for."""

    zone: str
    tenant_zone: str
    midnight: datetime
    now: datetime
    rules: dict[str, dict[str, Any]]
    hours: list[Hours] = field(default_factory=list)
    exceptions: list[Different] = field(default_factory=list)
    books: list[Booked] = field(default_factory=list)
    is_active: bool = True

    # The model

    def rule(self, name: str, default: Any = None) -> tuple[Any, str]:
        """What counts, and of which scope it is."""
        for scope in reversed(SCOPES):
            if self.rules.get(scope, {}).get(name) is not None:
                return self.rules[scope][name], scope
        return default, "default"

    def instant(self, day: date, clock: str, zone: str) -> datetime:
        """The first time that clocks show this; later by the gap if they never do."""
        if clock == "24:00":
            day, clock = day + DAY, "00:00"
        # fold=0 is the first of two, and the offset before a gap.
        return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).astimezone(UTC)

    def open_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """The stretches that begin on that day."""
        exceptions = [e for e in self.exceptions if e.day == day and e.scope in SCOPES]
        stretches: list[tuple[str, str]] = []
        if exceptions:
            scope = max((e.scope for e in exceptions), key=SCOPES.index)
            stretches = [(e.opens, e.closes) for e in exceptions if e.scope == scope and e.opens and e.closes]
        elif any(h.scope in SCOPES for h in self.hours):
            scope = max((h.scope for h in self.hours if h.scope in SCOPES), key=SCOPES.index)
            stretches = [
                (h.opens, h.closes) for h in self.hours
                if h.scope == scope and day.isoweekday() in h.weekdays
                and (h.valid_from or day) <= day <= (h.valid_to or day)
            ]  # fmt: skip
        else:
            stretches = [("00:00", "24:00")]
        return [
            (self.instant(day, opens, self.zone), self.instant(day if closes > opens else day + DAY, closes, self.zone))
            for opens, closes in stretches
        ]

    def is_open(self, start: datetime, end: datetime) -> bool:
        day, last = (at.astimezone(ZoneInfo(self.zone)).date() for at in (start - DAY, end))
        stretches, day = [], day - DAY
        while day <= last:
            stretches += self.open_on(day)
            day += DAY
        reached = start
        for opens, closes in sorted(stretches):
            if opens <= reached < closes:
                reached = closes
        return reached >= end

    def is_on_grid(self, at: datetime, step: timedelta) -> bool:
        wall = at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        # A day that has no midnight begins later.
        begins = self.instant(wall.date(), "00:00", self.zone)
        return (wall - datetime.combine(wall.date(), time())) % step == NO_TIME or at == begins

    def exceeded(self, start: datetime, end: datetime) -> list[tuple[str, Fraction, Fraction, datetime]]:
        """The quotas: rule, limit, use, and the beginning of the day or week."""
        found = []
        for name in ("max_per_day", "max_per_week", "max_per_month", "max_hours_per_week"):
            limit, scope = self.rule(name)
            if limit is None:
                continue
            mine = self.counted(scope)
            day = start.astimezone(ZoneInfo(self.tenant_zone)).date()
            if name == "max_per_month":
                day, following = day.replace(day=1), (day.replace(day=1) + timedelta(days=31)).replace(day=1)
            elif name == "max_per_day":
                following = day + DAY
            else:
                day -= timedelta(days=day.weekday())
                following = day + timedelta(days=7)
            while True:
                begin, over = (self.instant(one, "00:00", self.tenant_zone) for one in (day, following))
                if name == "max_hours_per_week":
                    asked = hours_within(start, end, begin, over)
                    use = sum((hours_within(b.start, b.end, begin, over) for b in mine), Fraction(0))
                else:
                    asked, use = Fraction(1), Fraction(sum(begin <= b.start < over for b in mine))
                if use + asked > Fraction(str(limit)):
                    found.append((name, Fraction(str(limit)), use, begin))
                day, following = following, following + timedelta(days=7)
                if name != "max_hours_per_week" or over >= end:
                    break
        return found

    def counted(self, scope: str | None) -> list[Booked]:
        """What a rule of this scope counts."""
        return [
            b for b in self.books
            if b.mine and b.status in COUNTING and (b.expires_at is None or b.expires_at > self.now)
            and (scope == "tenant" or b.where == "target" or (scope == "kind" and b.where == "sibling"))
        ]  # fmt: skip

    def at_once(self, start: datetime, end: datetime) -> set[str]:
        """Whether they would have too many at one moment, which is one at which something begins."""
        limit, scope = self.rule("max_concurrent")
        mine = [b for b in self.counted(scope) if b.start < end and b.end > start]
        moments = [start, *(b.start for b in mine if b.start > start)]
        most = max(sum(b.start <= moment < b.end for b in mine) for moment in moments)
        return {"too_many_at_once"} if limit is not None and most + 1 > limit else set()

    def leaves_gap(self, start: datetime, end: datetime) -> bool:
        gap = self.rule("min_gap")[0]
        begin, over = start - self.rule("buffer_before", NO_TIME)[0], end + self.rule("buffer_after", NO_TIME)[0]
        gaps = [
            space for b in self.taking() for space in (begin - b.takes()[1], b.takes()[0] - over)
        ]  # fmt: skip
        return gap is not None and any(NO_TIME < space < gap for space in gaps)

    def taking(self) -> list[Booked]:
        """What takes the resource's time."""
        return [
            b for b in self.books
            if b.where == "target" and b.status in BLOCKING and (b.expires_at is None or b.expires_at > self.now)
        ]  # fmt: skip

    def violations(self, start: datetime, end: datetime, units: int) -> set[str]:
        """All but the quotas."""
        codes = set()

        def limit(name: str, default: Any = None) -> Any:
            return self.rule(name, default)[0]

        if not self.is_active:
            codes.add("resource_inactive")
        if units > 1:
            codes.add("too_many_units")
        if end <= self.now or (limit("min_notice") is not None and start < self.now + limit("min_notice")):
            codes.add("too_soon")
        elif limit("max_advance") is not None and start > self.now + limit("max_advance"):
            codes.add("too_far_ahead")
        if limit("min_duration") and end - start < limit("min_duration"):
            codes.add("too_short")
        elif limit("max_duration") and end - start > limit("max_duration"):
            codes.add("too_long")
        if limit("slot_step") and not all(self.is_on_grid(at, limit("slot_step")) for at in (start, end)):
            codes.add("off_grid")
        if not self.is_open(start, end):
            codes.add("outside_opening_hours")
        missed = [
            b for b in self.books
            if b.mine and b.status == "no_show" and self.now - timedelta(days=30) < b.start <= self.now
        ]  # fmt: skip
        if limit("max_no_shows") and len(missed) >= limit("max_no_shows"):
            codes.add("suspended")
        if self.leaves_gap(start, end):
            codes.add("leaves_gap")
        return codes

    def is_free(self, start: datetime, end: datetime) -> bool:
        begin, over = start - self.rule("buffer_before", NO_TIME)[0], end + self.rule("buffer_after", NO_TIME)[0]
        return not any(b.takes()[0] < over and begin < b.takes()[1] for b in self.taking())

    def answer(self, start: datetime, end: datetime, units: int) -> tuple[str | None, Any]:
        """What a request is told: nothing, slot_taken, or all that the rules have against it."""
        codes, quotas = self.violations(start, end, units), self.exceeded(start, end)
        if not codes and not self.is_free(start, end):
            return "PT409", "slot_taken"
        codes |= self.at_once(start, end)
        if codes or quotas:
            return "PT422", (sorted(codes), sorted(quotas))
        return None, None


def hours_within(start: datetime, end: datetime, begin: datetime, over: datetime) -> Fraction:
    seconds = (min(end, over) - max(start, begin)) // timedelta(seconds=1)
    return Fraction(max(0, seconds), 3600)


# How it is made up


def minutes(*values: int) -> st.SearchStrategy[timedelta]:
    return st.sampled_from([timedelta(minutes=value) for value in values])


LIMITS: dict[str, st.SearchStrategy[Any]] = {
    "min_duration": minutes(30, 60),
    "max_duration": minutes(60, 180, 1440),
    "slot_step": minutes(15, 30, 60, 25, 7 * 60, 1440),
    "min_notice": minutes(0, 60, 1440),
    "max_advance": minutes(60, 1440, 7 * 1440),
}
QUOTAS: dict[str, st.SearchStrategy[Any]] = {
    "buffer_before": minutes(0, 15, 60),
    "buffer_after": minutes(0, 30),
    "max_per_day": st.sampled_from([1, 2, 2]),
    "max_per_week": st.sampled_from([1, 2, 3, 4]),
    "max_per_month": st.sampled_from([2, 4]),
    "max_concurrent": st.sampled_from([1, 2]),
    "min_gap": minutes(15, 45),
    "max_hours_per_week": st.sampled_from([Decimal("1.5"), Decimal(3), Decimal("9.1"), Decimal("25.25")]),
    "max_no_shows": st.sampled_from([1, 2]),
}
SOME_SCOPE = st.sampled_from([*SCOPES, "kind", "resource", "other kind", "sibling"])
WEEKDAYS = st.one_of(
    st.just(tuple(range(1, 8))), st.lists(st.integers(1, 7), min_size=1, max_size=4, unique=True).map(tuple)
)


@st.composite
def worlds(draw: st.DrawFn, subjects: tuple[str, ...]) -> World:
    """About one of these: or everything would be refused, for one reason or another."""
    about = draw(st.sampled_from(subjects))
    zone, tenant_zone = draw(st.sampled_from(ZONES)), draw(st.sampled_from(TENANT_ZONES))
    here = draw(st.sampled_from([zone, tenant_zone]))
    day = draw(st.sampled_from(CHANGES.get(here, DAYS) if draw(st.booleans()) else DAYS))
    midnight = datetime.combine(day, time(), ZoneInfo(here)).astimezone(UTC)

    def at(first: int, last: int) -> st.SearchStrategy[datetime]:
        """So many quarters of an hour from midnight; a few are a little later, off every grid."""
        return st.builds(
            lambda quarters, more: midnight + timedelta(minutes=15 * quarters + more),
            st.one_of(st.integers(first, last), st.integers(max(first, -6), min(last, 10))),
            st.sampled_from([0] * 8 + [3]),
        )  # fmt: skip

    def booked(where: str, status: str, start: datetime, length: int, **more: Any) -> Booked:
        return Booked(where, status, start, start + timedelta(minutes=length), **more)

    dates = st.sampled_from([-1, 0, 0, 0, 1, 2]).map(lambda days: day + timedelta(days=days))
    hours = st.builds(
        Hours, SOME_SCOPE, WEEKDAYS, st.sampled_from(TIMES), st.sampled_from([*TIMES, "24:00"]),
        *[st.one_of(st.none(), st.none(), dates)] * 2,
    )  # fmt: skip
    exceptions = st.one_of(
        st.builds(Different, SOME_SCOPE, dates),
        st.builds(Different, SOME_SCOPE, dates, st.sampled_from(TIMES), st.sampled_from([*TIMES, "24:00"])),
    )
    rules = {
        **(QUOTAS if about in ("quotas", "everything") else {}), **(LIMITS if about in ("limits", "everything") else {})
    }  # fmt: skip
    most = 3 if about in ("hours", "everything") else 0
    world = World(
        zone,
        tenant_zone,
        midnight,
        draw(at(-240, 40))
        if about in ("limits", "everything")
        else midnight - timedelta(hours=draw(st.integers(25, 40))),
        draw(st.dictionaries(
            st.sampled_from(SCOPES), st.fixed_dictionaries({}, optional=rules), min_size=min(1, len(rules)), max_size=3
        )),
        draw(st.lists(hours, max_size=most)),
        draw(st.lists(exceptions, max_size=most)),
        is_active=draw(st.sampled_from([True] * 30 + [False])),
    )  # fmt: skip
    world.rules = {
        scope: row for scope, row in world.rules.items()
        if (row.get("min_duration") or NO_TIME) <= (row.get("max_duration") or DAY)
    }  # fmt: skip
    world.hours = [h for h in world.hours if (h.valid_from or date.min) <= (h.valid_to or date.max)]
    times = st.integers(-1, 1).map(lambda quarters: world.now + timedelta(minutes=15 * quarters))
    for one in draw(st.lists(st.builds(
        booked, st.sampled_from(["target", "sibling", "sibling", "cousin"]),
        st.sampled_from([*COUNTING, "confirmed", "held", "no_show", "no_show", "tentative", "cancelled"]),
        at(-168, 96), st.sampled_from(MINUTES[:7]), mine=st.integers(0, 3).map(bool),
        before=minutes(0, 15), after=minutes(0, 0, 30),
        expires_at=times,
    ), min_size=3 if about == "quotas" else 0, max_size=0 if about == "hours" else 7)):  # fmt: skip
        if one.status not in ("held", "pencilled"):
            one = Booked(**{**vars(one), "expires_at": None})
        if one.where != "target" or all(
            b.where != "target" or b.takes()[0] >= one.takes()[1] or b.takes()[1] <= one.takes()[0] for b in world.books
        ):
            world.books.append(one)
    return world


#: A start, in quarters of an hour from midnight of the day, more minutes, a length, and units.
REQUESTS = st.lists(
    st.tuples(
        st.one_of(st.integers(-6, 10), st.integers(-60, 60), st.integers(-96, 96)),
        st.sampled_from([0] * 12 + [3]), st.sampled_from(MINUTES), st.sampled_from([1] * 15 + [2]),
    ),
    min_size=2, max_size=6,
)  # fmt: skip
#: From where something opens, or nearly, to where something closes, or nearly, by clocks that nobody sets.
STRETCHES = st.lists(
    st.tuples(
        st.sampled_from([-24, 0, 0, 24]), st.sampled_from(TIMES), st.sampled_from([0, 0, 0, -4, 4, -1, 1]),
        st.sampled_from(TIMES), st.sampled_from([0, 0, 0, -4, 4, -1, 1]),
    ),
    min_size=3, max_size=8,
)  # fmt: skip


# How it is tried


@dataclass
class Stage:
    """A tenant of each zone, with a resource in each, which every example takes as they are."""

    connection: psycopg.Connection[Any]
    tenants: dict[str, Tenant] = field(default_factory=dict)
    people: dict[str, tuple[Person, Person]] = field(default_factory=dict)
    resources: dict[tuple[str, str], uuid.UUID] = field(default_factory=dict)

    def insert(self, table: str, world: World, rows: list[dict[str, Any]]) -> None:
        """Rows that differ in what they say; what one does not say is null, or its default."""
        for row in rows:
            row = {"tenant_id": self.tenants[world.tenant_zone].id, **row}
            names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, row))
            values = psycopg.sql.SQL(", ").join(map(psycopg.sql.Placeholder, row))
            self.connection.execute(
                psycopg.sql.SQL("insert into booking.{} ({}) values ({})").format(
                    psycopg.sql.Identifier(table), names, values
                ),
                row,
            )

    def scope(self, world: World, name: str) -> dict[str, Any]:
        zone = world.tenant_zone
        scopes: dict[str, dict[str, Any]] = {
            "tenant": {}, "kind": {"kind": "room"}, "resource": {"resource_id": self.resources[zone, world.zone]},
            "other kind": {"kind": "desk"}, "sibling": {"resource_id": self.resources[zone, "sibling"]},
        }  # fmt: skip
        return scopes[name]

    def where(self, world: World, name: str) -> uuid.UUID:
        return self.resources[world.tenant_zone, world.zone if name == "target" else name]

    def build(self, world: World) -> None:
        # Spans as text: psycopg's interval of a day is one of the calendar.
        self.connection.execute("select set_config('booking.now', %s, true)", (world.now.isoformat(),))
        rules = [
            {name: value if not isinstance(value, timedelta) else f"{value // timedelta(minutes=1)} minutes"
             for name, value in {**row, **self.scope(world, scope)}.items()}
            for scope, row in world.rules.items()
        ]  # fmt: skip
        self.insert("booking_rules", world, rules)
        hours = [
            {**self.scope(world, h.scope), "weekday": weekday, "opens": h.opens, "closes": h.closes,
             "valid_from": h.valid_from, "valid_to": h.valid_to}
            for h in world.hours for weekday in h.weekdays
        ]  # fmt: skip
        self.insert("opening_hours", world, hours)
        exceptions = [
            {**self.scope(world, e.scope), "date": e.day, "is_closed": e.opens is None, "opens": e.opens,
             "closes": e.closes}
            for e in world.exceptions
        ]  # fmt: skip
        self.insert("opening_exceptions", world, exceptions)
        later = {"checked_in", "completed", "no_show", "cancelled"}
        for one in world.books:
            owner = self.people[world.tenant_zone][0 if one.mine else 1].user_id
            row = {
                "id": uuid.uuid4(), "resource_id": self.where(world, one.where), "owner_id": owner,
                "status": "confirmed" if one.status in later else one.status, "starts_at": one.start,
                "ends_at": one.end, "buffer_before": one.before, "buffer_after": one.after,
                "expires_at": one.expires_at,
            }  # fmt: skip
            self.insert("reservations", world, [row])
            if one.status in later:
                self.connection.execute(
                    "update booking.reservations set status = %s where id = %s", (one.status, row["id"])
                )
        if not world.is_active:
            self.connection.execute(
                "update booking.resources set is_active = false where id = %s", (self.where(world, "target"),)
            )
        self.connection.execute(
            "select set_config('request.jwt.claims', %s, true)",
            (json.dumps(self.people[world.tenant_zone][0].claims),),
        )
        self.connection.execute("set local role authenticated")

    def ask(self, query: str, *arguments: Any) -> tuple[str | None, Any]:
        """In the shape of the model's answer; the row where nothing is said against it."""
        try:
            with self.connection.transaction():
                row = self.connection.execute(query, arguments).fetchone()
        except psycopg.Error as refusal:
            if refusal.sqlstate != "PT422":
                return refusal.sqlstate, refusal.diag.message_primary
            told = json.loads(refusal.diag.message_detail or "", parse_float=Decimal)["violations"]
            assert refusal.diag.message_primary == told[0]["code"]
            quotas = [
                (v["rule"], Fraction(v["limit"]), Fraction(v["use"]), datetime.fromisoformat(v["starts_at"]))
                for v in told if v["code"] == "quota_exceeded"
            ]  # fmt: skip
            codes = [v["code"] for v in told if v["code"] != "quota_exceeded"]
            assert all(v["hint"] for v in told)
            return "PT422", (sorted(codes), sorted(quotas))
        assert row
        return None, row[0]


@pytest.fixture
def stage(berth_db: psycopg.Connection[Any]) -> Stage:
    stage = Stage(berth_db)
    berth_db.execute("set timezone = 'Australia/Lord_Howe'")  # of no account
    for zone in TENANT_ZONES:
        tenant = stage.tenants[zone] = make_tenant(berth_db, zone)
        stage.people[zone] = tenant.another("member"), tenant.another("member")
        for place in ZONES:
            stage.resources[zone, place] = tenant.resource(place, kind="room", timezone=place)
        stage.resources[zone, "sibling"] = tenant.resource("Sibling", kind="room", capacity=50)
        stage.resources[zone, "cousin"] = tenant.resource("Cousin", kind="desk", capacity=50)
    berth_db.commit()
    return stage


CHECK = "select api.check_reservation_conflict(%s, %s, %s, units => %s)"
BOOK = "select to_jsonb(r) from api.create_reservation(%s, %s, %s, units => %s) r"


#: In Havana it is midnight twice that day: what is booked between them is of it.
TWO_MIDNIGHTS = World(
    "UTC", "America/Havana", datetime(2031, 11, 2, 4, tzinfo=UTC), datetime(2031, 11, 1, tzinfo=UTC),
    {"tenant": {"max_per_day": 1}},
    books=[Booked("sibling", "confirmed", datetime(2031, 11, 2, 4, 15, tzinfo=UTC), datetime(2031, 11, 2, 4, 45, tzinfo=UTC))],
)  # fmt: skip
#: In Berlin it is 02:30 twice that day; it closes at the first.
CLOSES_AT_THE_FIRST = World(
    "Europe/Berlin", "UTC", datetime(2031, 10, 25, 22, tzinfo=UTC), datetime(2031, 10, 25, tzinfo=UTC), {},
    [Hours("tenant", (7,), "00:00", "02:30")],
)  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@example(world=TWO_MIDNIGHTS, requests=[(8, 0, 60, 1), (30, 0, 60, 1)])
@given(world=worlds(("quotas", "quotas", "hours", "limits", "everything")), requests=REQUESTS)
def test_all_that_the_rules_say_and_nothing_else(
    stage: Stage, world: World, requests: list[tuple[int, int, int, int]]
) -> None:
    """The check and the write give every violation that the model knows, and book what it lets pass."""
    connection = stage.connection
    with connection.transaction(force_rollback=True):
        stage.build(world)
        for quarters, more, length, units in requests:
            start = world.midnight + timedelta(minutes=15 * quarters + more)
            end = start + timedelta(minutes=length)
            wanted = stage.where(world, "target"), start, end, units
            expected = world.answer(start, end, units)
            check, booked = stage.ask(CHECK, *wanted), stage.ask(BOOK, *wanted)
            if expected[0]:
                assert (check, booked) == (expected, expected), (start, end)
            else:
                assert (check[0], check[1]["available"]) == (None, True), (start, end)
                assert (booked[0], booked[1]["status"]) == (None, "confirmed"), (start, end)
                buffers = (world.rule(name, NO_TIME)[0] for name in ("buffer_before", "buffer_after"))
                world.books.append(Booked("target", "confirmed", start, end, True, *buffers))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@example(world=CLOSES_AT_THE_FIRST, stretches=[(0, "00:00", 0, "02:30", 0), (0, "00:00", 0, "02:30", 4)])
@given(world=worlds(("hours",)), stretches=STRETCHES)
def test_it_is_open_when_the_hours_and_their_exceptions_say_so(
    stage: Stage, world: World, stretches: list[tuple[int, str, int, str, int]]
) -> None:
    """Up to the very minute."""
    with stage.connection.transaction(force_rollback=True):
        stage.build(world)
        for day, opens, early, closes, late in stretches:
            begin, over = (
                world.midnight + timedelta(hours=day + int(clock[:2]), minutes=int(clock[3:]) + 15 * quarters)
                for clock, quarters in ((opens, early), (closes, late))
            )
            over += DAY if over <= begin else NO_TIME
            expected = world.answer(begin, over, 1)
            answer = stage.ask(CHECK, stage.where(world, "target"), begin, over, 1)
            assert (answer if expected[0] else (answer[0], None)) == expected, (begin, over)


# What chance would not find


def world_of(zone: str = "UTC", **rules: Any) -> World:
    """Rules of the tenant, long before a Monday."""
    midnight = datetime(2031, 6, 16, tzinfo=UTC)
    return World(zone, zone, midnight, midnight - timedelta(days=30), {"tenant": rules})


@pytest.mark.parametrize("lengths", [(40, 40, 40), (100, 20), (20, 80, 20)])
def test_thirds_of_hours_make_whole_ones(stage: Stage, lengths: tuple[int, ...]) -> None:
    world = world_of(max_hours_per_week=Decimal(2))
    start = world.midnight
    with stage.connection.transaction(force_rollback=True):
        stage.build(world)
        for length in lengths:
            end = start + timedelta(minutes=length)
            answer = stage.ask(BOOK, stage.where(world, "target"), start, end, 1)
            assert answer[0] is None, (length, answer)
            start = end
        assert stage.ask(CHECK, stage.where(world, "target"), start, start + timedelta(minutes=1), 1)[0] == "PT422"


def test_hours_of_what_began_a_month_ago(stage: Stage) -> None:
    """It was there before the quota was, or all of the week is allowed."""
    world = world_of(max_hours_per_week=Decimal(168))
    begun = world.midnight - timedelta(days=25)
    world.books = [Booked("sibling", "confirmed", begun, begun + timedelta(days=40))]
    start, end = world.midnight + timedelta(hours=9), world.midnight + timedelta(hours=10)
    with stage.connection.transaction(force_rollback=True):
        stage.build(world)
        expected = ("PT422", ([], [("max_hours_per_week", 168, 168, world.midnight)]))
        assert world.answer(start, end, 1) == expected
        assert stage.ask(CHECK, stage.where(world, "target"), start, end, 1) == expected


def test_a_manager_asks_whether_somebody_elses_could_move(stage: Stage) -> None:
    world = world_of(max_per_day=1)
    manager = stage.tenants["UTC"].person("manager")
    start = world.midnight + timedelta(hours=9)
    world.books = [
        Booked("target", "confirmed", start + timedelta(days=days), start + timedelta(days=days, hours=1))
        for days in range(2)
    ]
    with stage.connection.transaction(force_rollback=True):
        stage.build(world)
        stage.connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(manager.claims),))
        row = stage.connection.execute("select id from api.reservations order by starts_at desc").fetchone()
        assert row
        wanted = start + timedelta(hours=3), start + timedelta(hours=4), row[0]
        expected = ("PT422", ([], [("max_per_day", 1, 1, world.midnight)]))
        assert (
            stage.ask("select to_jsonb(r) from api.reschedule_reservation(%s, %s, %s) r", row[0], *wanted[:2])
            == expected
        )
        check = "select api.check_reservation_conflict(%s, %s, %s, exclude_reservation_id => %s)"
        assert stage.ask(check, stage.where(world, "target"), *wanted) == expected
