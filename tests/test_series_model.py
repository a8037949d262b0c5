"""Editing series against a model in plain Python: after every edit the database has what the model has, and no more."""

import copy
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Server, make_tenant

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTHING = timedelta()


def instant(local: datetime, zone: str) -> datetime:
    """The first time that clocks show this, or later by the gap where they never do."""
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def wall(at: datetime, zone: str) -> datetime:
    """What clocks show then."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@dataclass(frozen=True)
class Length:
    """Elapsed, or else by the clock on the wall."""

    span: timedelta
    elapsed: bool = True

    def end(self, local: datetime, at: datetime, zone: str) -> datetime:
        if self.elapsed:
            return at + self.span
        end = instant(local + self.span, zone)
        return end if end > at else at + self.span

    def arguments(self, local_start: datetime) -> dict[str, Any]:
        if self.elapsed:
            return {"duration": self.span, "local_end": None}
        return {"duration": None, "local_end": (local_start + self.span).isoformat()}


@dataclass(frozen=True)
class Wish:
    """What create_series is asked for."""

    rule: str | None
    start: datetime
    zone: str
    length: Length
    #: It ends after so many; or else so long after the last of these.
    count: int = 4
    until: timedelta | None = None
    #: These of its occurrences are left out, and the times so much later than the start come in addition.
    without: tuple[int, ...] = ()
    extra: tuple[timedelta, ...] = ()
    dst_gap: str = "skip"
    on_conflict: str = "reject"
    resource: int = 0

    def exists(self, local: datetime) -> bool:
        return self.dst_gap == "shift" or wall(instant(local, self.zone), self.zone) == local

    def yields(self) -> Iterator[datetime]:
        """What the rule says, without end."""
        assert self.rule
        return (local for local in rrulestr(self.rule, dtstart=self.start) if self.exists(local))

    def expand(self) -> tuple[dict[str, Any], dict[datetime, datetime]]:
        """The arguments; and when it takes place, each with its local time."""
        rule, yields = None, list[datetime]()
        if self.rule:
            yields, rule = list(itertools.islice(self.yields(), self.count)), f"{self.rule};COUNT={self.count}"
            if self.until is not None:
                until = instant(yields[-1], self.zone) + self.until
                rule = f"{self.rule};UNTIL={until:%Y%m%dT%H%M%SZ}"
                yields = list(itertools.takewhile(lambda local: instant(local, self.zone) <= until, self.yields()))
        exdates = [yields[n] for n in self.without if n < len(yields)]
        rdates = [self.start + shift for shift in self.extra]
        times = {instant(local, self.zone): local for local in sorted(yields + rdates)}
        excluded = {instant(local, self.zone) for local in exdates}
        arguments = {
            "rrule": rule, "local_start": self.start, "timezone": self.zone, "dst_gap": self.dst_gap,
            "rdates": rdates, "exdates": exdates, "on_conflict": self.on_conflict, **self.length.arguments(self.start),
        }  # fmt: skip
        return arguments, {at: local for at, local in sorted(times.items()) if at not in excluded}


@dataclass(eq=False)
class Series:
    zone: str
    dst_gap: str
    resource: int
    length: Length
    title: str
    #: When it takes place by its definition, each with its local time, which is another where the clocks jump over that.
    defined: dict[datetime, datetime]
    id: str = ""
    version: int = 1
    cancelled: bool = False

    def end(self, at: datetime) -> datetime:
        return self.length.end(self.defined[at], at, self.zone)


@dataclass(eq=False)
class Occurrence:
    series: Series
    original: datetime
    resource: int
    start: datetime
    end: datetime
    title: str
    id: str = ""
    status: str = "confirmed"

    @property
    def lives(self) -> bool:
        return self.status == "confirmed"

    @property
    def is_moved(self) -> bool:
        """Whether it is elsewhere than its series says."""
        said = (self.series.resource, self.original, self.series.end(self.original))
        return (self.resource, self.start, self.end) != said

    def overlaps(self, other: "Occurrence") -> bool:
        return self.resource == other.resource and self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Edit:
    """What reschedule_series is asked for, beside the occurrence."""

    scope: str
    shift: timedelta | None = None
    #: The shift is said as the new start of the occurrence.
    as_local_start: bool = False
    length: Length | None = None
    resource: int | None = None
    include_moved: bool = False


class RefusalError(Exception):
    """With this slug; and what could not be had, if that is said."""

    def __init__(self, slug: str, rejected: Sequence[tuple[datetime, str]] = ()) -> None:
        super().__init__(slug)
        self.slug, self.rejected = slug, rejected


@dataclass
class Books:
    """All that there is. Whatever raises an error may leave it half changed: try it on a copy."""

    capacity: int
    now: datetime
    series: list[Series] = field(default_factory=list)
    occurrences: list[Occurrence] = field(default_factory=list)

    def of(self, series: Series) -> list[Occurrence]:
        return sorted((o for o in self.occurrences if o.series is series), key=lambda o: (o.original, o.id))

    def refusal(self, wanted: Occurrence, others: list[Occurrence]) -> str | None:
        """Why it cannot be had beside the others; the most units are in use when one of them begins."""
        if wanted.end <= self.now:
            return "too_soon"
        rivals = [o for o in others if o.lives and o.overlaps(wanted)] if wanted.lives else []
        begins = [wanted.start, *(o.start for o in rivals if o.start > wanted.start)]
        full = any(sum(o.start <= at < o.end for o in rivals) >= self.capacity for at in begins)
        return "slot_taken" if full else None

    def create(self, wish: Wish, title: str) -> tuple[list[Occurrence], list[tuple[datetime, str]]]:
        """What is made and what is refused."""
        _, times = wish.expand()
        if not times:
            raise RefusalError("invalid_recurrence")
        series = Series(wish.zone, wish.dst_gap, wish.resource, wish.length, title, times)
        made: list[Occurrence] = []
        rejected = []
        for at in times:
            one = Occurrence(series, at, wish.resource, at, series.end(at), title)
            slug = self.refusal(one, self.occurrences + made)
            if slug:
                rejected.append((at, slug))
            else:
                made.append(one)
        if rejected and wish.on_conflict == "reject":
            raise RefusalError(rejected[0][1], rejected)
        if made:
            self.series.append(series)
            self.occurrences += made
        return made, rejected

    def delete(self, one: Occurrence) -> None:
        """As a DBA does it: the series takes place then no more."""
        self.occurrences.remove(one)
        if not any(o.original == one.original for o in self.of(one.series)):
            one.series.defined.pop(one.original, None)
        one.series.version += 1

    def find(self, series: Series, scope: str, anchor: Occurrence) -> list[Occurrence]:
        """What an edit is about."""
        if series.cancelled:
            raise RefusalError("invalid_transition")
        if anchor.series is not series:
            raise RefusalError("not_found")
        if scope == "this":
            return [anchor]
        begin = anchor.original if scope == "following" else min(o.original for o in self.of(series))
        found = [o for o in self.of(series) if o.lives and o.start > self.now and o.original >= begin]
        if not found:
            raise RefusalError("invalid_transition")
        return found

    def move(self, ones: list[Occurrence], places: list[Occurrence]) -> None:
        """Each to the place of its double; judged on how they all then stand."""
        others = [o for o in self.occurrences if o not in ones]
        rejected = [(new.start, slug) for new in places if (slug := self.refusal(new, others))]
        if not rejected and not all(o.lives for o in ones):
            rejected = [(places[0].start, "invalid_transition")]
        elif not rejected and any(self.refusal(new, others + places[:n]) for n, new in enumerate(places)):
            # They are in each other's way.
            crowded = (p for p in places if any(p.overlaps(other) for other in places if other is not p))
            rejected = [(place.start, "slot_taken") for place in crowded]
        if rejected:
            raise RefusalError(rejected[0][1], rejected)
        for old, new in zip(ones, places, strict=True):
            old.resource, old.start, old.end, old.original = new.resource, new.start, new.end, new.original

    def remaining(self, series: Series, edited: list[Occurrence]) -> dict[datetime, datetime]:
        """When the series takes place, but for those that are edited."""
        return {o.original: series.defined[o.original] for o in self.of(series) if o.lives and o not in edited}

    def settle(self, series: Series, times: dict[datetime, datetime]) -> None:
        """It takes place at these times and no others."""
        series.defined = dict(sorted(times.items()))

    def revise(self, edited: list[Occurrence], scope: str, times: dict[datetime, datetime], **changes: Any) -> Series:
        """The series that the edited ones are in then: one apart, if something remains of the first."""
        series = edited[0].series
        rest = self.remaining(series, edited)
        series.version += 1
        if scope == "following" and rest:
            self.settle(series, rest)
            series = replace(series, id="", version=1, **changes)
            self.settle(series, times)
            self.series.append(series)
            for one in edited:
                one.series = series
        else:
            self.settle(series, rest | times)
            for name, value in changes.items():
                setattr(series, name, value)
        return series

    def reschedule(self, series: Series, anchor: Occurrence, edit: Edit) -> tuple[Series, list[Occurrence]]:
        """The series of those that were moved, and those."""
        found, zone = self.find(series, edit.scope, anchor), series.zone
        shift, resource = edit.shift or NOTHING, series.resource if edit.resource is None else edit.resource
        length = edit.length or series.length
        ones: list[Occurrence] = []
        places: list[Occurrence] = []
        along: list[Occurrence] = []
        times: dict[datetime, datetime] = {}
        for one in found:
            if one.original not in series.defined:
                continue  # one that was cancelled before the others moved
            local, is_moved = series.defined[one.original], one.is_moved
            if is_moved and edit.scope != "this" and not edit.include_moved:
                times[one.original] = local
                continue
            new_local = (wall(one.start, zone) if is_moved else local) + shift
            new = replace(one, start=instant(new_local, zone))
            new.resource = one.resource if edit.resource is None else edit.resource
            if is_moved and not shift:
                # Of an hour that comes twice, it is in the same one.
                new.start = one.start
            new.end = length.end(new_local, new.start, zone)
            if is_moved and not edit.length:
                new.end = new.start + (one.end - one.start)
            if edit.scope != "this":
                new_local = local + shift
                new.original = instant(new_local, zone)
                times[new.original] = new_local
            ones.append(one)
            places.append(new)
            along += [] if is_moved or edit.scope == "this" else [one]
        if not ones:
            raise RefusalError("invalid_transition")
        if edit.scope == "this":
            series.version += 1
        else:
            series = self.revise(found, edit.scope, times, length=length, resource=resource)
        self.move(ones, places)
        assert not any(one.is_moved for one in along)
        return series, ones

    def retitle(self, series: Series, anchor: Occurrence, scope: str, title: str) -> tuple[Series, list[Occurrence]]:
        found = self.find(series, scope, anchor)
        if scope == "following":
            times = {o.original: series.defined[o.original] for o in found}
            series = self.revise(found, scope, times, title=title)
        else:
            series.version += 1
            series.title = title if scope == "all" else series.title
        for one in found:
            one.title = title
        return series, found

    def cancel(self, series: Series, anchor: Occurrence, scope: str) -> tuple[Series, list[Occurrence]]:
        found = self.find(series, scope, anchor)
        if not all(o.lives for o in found):
            raise RefusalError("invalid_transition")
        for one in found:
            one.status = "cancelled"
        series.version += 1
        if scope != "this":
            rest = self.remaining(series, found)
            series.cancelled = scope == "all" or not rest
            if not series.cancelled:
                self.settle(series, rest)
        return series, found


# What the database does


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class Desk:
    """The books and the database side by side: each operation is tried on both."""

    def __init__(self, connection: psycopg.Connection[Any], capacity: int) -> None:
        self.connection = connection
        self.books = Books(capacity, datetime(2030, 1, 1, tzinfo=UTC))
        self.tenant = make_tenant(connection)
        member = self.tenant.person("member")
        self.resources = [str(self.tenant.resource(name, capacity=capacity)) for name in "AB"]
        self.titles = (f"Title {n}" for n in itertools.count())
        #: What became of the operations
        self.outcomes: list[str] = []
        connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(member.claims),))
        self.set_clock()

    def set_clock(self) -> None:
        self.connection.execute("select set_config('booking.now', %s, true)", (self.books.now.isoformat(),))

    def call(self, function: str, **arguments: Any) -> Any:
        """What it answers; or raises RefusalError."""
        names = ", ".join(f"{name} => %({name})s" for name in arguments)
        try:
            with self.connection.transaction():
                row = self.connection.execute(f"select to_jsonb(api.{function}({names}))", arguments).fetchone()
        except psycopg.Error as refusal:
            assert (refusal.sqlstate or "").startswith("PT"), refusal
            details = json.loads(refusal.diag.message_detail or "{}")
            rejected = [(at(one["starts_at"]), one["code"]) for one in details.get("rejected", [])]
            raise RefusalError(refusal.diag.message_primary or "", rejected) from None
        assert row
        return row[0]

    def both(self, model: Callable[[Books], Any], function: str, **arguments: Any) -> tuple[Any, Any]:
        """What the model and the database answer; or nothing, if both refuse, and for the same reasons."""
        trial = copy.deepcopy(self.books)
        try:
            said = model(trial)
        except RefusalError as refusal:
            with pytest.raises(RefusalError) as actual:
                self.call(function, **arguments)
            assert actual.value.slug == refusal.slug
            if function != "reschedule_reservation":
                assert sorted(actual.value.rejected) == sorted(refusal.rejected)
            self.outcomes.append(refusal.slug)
            return None, None
        answer = self.call(function, **arguments)
        self.books = trial
        self.outcomes.append(function)
        return said, answer

    def apply(self, operation: tuple[Any, ...]) -> None:
        match operation:
            case ("create", wish):
                self.create(wish)
            case (_, number, *_) if number >= len(self.books.occurrences):
                return
            case ("clock", number, later):
                self.books.now = max(self.books.now, self.books.occurrences[number].start + later)
                self.set_clock()
            case ("delete", number):
                one = self.books.occurrences[number]
                self.connection.execute("delete from booking.reservations where id = %s", (one.id,))
                self.books.delete(one)
            case ("move", number, shift, stretch):
                self.move(number, shift, stretch)
            case ("cancel", number):
                self.cancel(number)
            case ("reschedule", number, edit):
                self.reschedule(number, edit)
            case ("retitle", number, scope):
                title = next(self.titles)
                self.edit(number, scope, lambda b, s, o: b.retitle(s, o, scope, title), "update_series", title=title)
            case ("cancel series", number, scope):
                self.edit(number, scope, lambda b, s, o: b.cancel(s, o, scope), "cancel_series")
        self.compare()

    def create(self, wish: Wish) -> None:
        arguments, _ = wish.expand()
        arguments |= {"resource_id": self.resources[wish.resource], "title": next(self.titles)}
        said, answer = self.both(lambda books: books.create(wish, arguments["title"]), "create_series", **arguments)
        if said:
            made, rejected = said
            assert [(at(one["starts_at"]), one["code"]) for one in answer["rejected"]] == rejected
            assert [at(one["starts_at"]) for one in answer["created"]] == [one.start for one in made]
            for one, reservation in zip(made, answer["created"], strict=True):
                one.id, one.series.id = reservation["id"], answer["series_id"]

    def move(self, number: int, shift: timedelta | None, stretch: timedelta) -> None:
        """One on its own: so much later and longer; or back to where it was first."""
        one = self.books.occurrences[number]
        start = one.original if shift is None else one.start + shift
        place = replace(one, start=start, end=start + max(one.end - one.start + stretch, HOUR / 2))
        self.both(
            lambda books: books.move([books.occurrences[number]], [place]),
            "reschedule_reservation", reservation_id=one.id, starts_at=place.start, ends_at=place.end,
        )  # fmt: skip

    def cancel(self, number: int) -> None:
        def model(books: Books) -> None:
            one = books.occurrences[number]
            if not one.lives:
                raise RefusalError("invalid_transition")
            one.status = "cancelled"

        self.both(model, "cancel_reservation", reservation_id=self.books.occurrences[number].id)

    def reschedule(self, number: int, edit: Edit) -> None:
        one = self.books.occurrences[number]
        series = one.series
        arguments: dict[str, Any] = {"shift": edit.shift, "include_moved": edit.include_moved}
        local = wall(one.start if edit.scope == "this" else one.original, series.zone)
        if edit.scope != "this":
            local = series.defined.get(one.original, local)
        local += edit.shift or NOTHING
        if edit.as_local_start and edit.shift:
            arguments |= {"shift": None, "local_start": local}
        if edit.length:
            arguments |= edit.length.arguments(local)
        if edit.resource is not None:
            arguments["resource_id"] = self.resources[edit.resource]
        self.edit(number, edit.scope, lambda b, s, o: b.reschedule(s, o, edit), "reschedule_series", **arguments)

    def edit(
        self,
        number: int,
        scope: str,
        model: Callable[[Books, Series, Occurrence], tuple[Series, list[Occurrence]]],
        function: str,
        **arguments: Any,
    ) -> None:
        """An edit of the series of this occurrence; the answer names what was changed."""
        one = self.books.occurrences[number]
        of_series = self.books.series.index(one.series)
        said, answer = self.both(
            lambda books: model(books, books.series[of_series], books.occurrences[number]),
            function, series_id=one.series.id, scope=scope, reservation_id=one.id,
            expected_version=one.series.version, **arguments,
        )  # fmt: skip
        if said:
            series, changed = said
            new = series.id or answer["series_id"]
            assert answer["series_id"] == new
            assert series.id or new not in {s.id for s in self.books.series}
            series.id = new
            assert [at(r["starts_at"]) for r in answer["reservations"]] == sorted(o.start for o in changed)
            assert {r["id"] for r in answer["reservations"]} == {o.id for o in changed}

    def rows(self, query: str) -> set[tuple[Any, ...]]:
        """What a query for the tenant says, with times in UTC: Python takes none of a repeated hour for equal to it."""
        rows = [
            tuple(value.astimezone(UTC) if isinstance(value, datetime) else value for value in row)
            for row in self.connection.execute(query, (self.tenant.id,))
        ]
        assert len(rows) == len(set(rows))
        return set(rows)

    def compare(self) -> None:
        """All reservations, all series, what they yield, and what series_occurrences() tells."""
        rows = {
            (o.series.id, o.original, o.id, o.start, o.end, self.resources[o.resource], o.title, o.status)
            for o in self.books.occurrences
        }
        assert (
            self.rows("""
            select series_id::text, original_starts_at, id::text, starts_at, ends_at, resource_id::text, title, status::text
              from booking.reservations where tenant_id = %s""")
            == rows
        )
        assert self.rows("""
            select id::text, resource_id::text, title, version, cancelled_at is not null
              from booking.series where tenant_id = %s""") == {
            (s.id, self.resources[s.resource], s.title, s.version, s.cancelled) for s in self.books.series
        }  # fmt: skip
        assert self.rows("""
            select s.id::text, o.starts_at, o.ends_at
              from booking.series s, booking.list_occurrences(s) o where s.tenant_id = %s""") == {
            (s.id, start, s.end(start)) for s in self.books.series for start in s.defined
        }  # fmt: skip
        assert self.rows("""
            select s.id::text, o.original_starts_at, o.reservation_id::text, o.starts_at, o.ends_at, o.resource_id::text,
                   o.title, o.status::text
              from booking.series s, api.series_occurrences(s.id) o where s.tenant_id = %s""") == rows | {
            (s.id, start, None, start, s.end(start), self.resources[s.resource], s.title, None)
            for s in self.books.series
            for start in s.defined.keys() - {o.original for o in self.books.of(s)}
        }  # fmt: skip
        assert self.connection.execute("select * from booking.verify_invariants()").fetchall() == []


# What is tried

#: Nights on which the clocks change
NIGHTS = {
    "Europe/Berlin": [(2030, 3, 31), (2030, 10, 27)],
    "America/New_York": [(2030, 3, 10), (2030, 11, 3)],
    "UTC": [(2030, 3, 31)],
    "Asia/Kolkata": [(2030, 3, 31)],
    # Midnight twice, or never; and the hour before midnight twice.
    "Atlantic/Azores": [(2030, 3, 31), (2030, 10, 27)],
    "America/Havana": [(2030, 3, 10), (2030, 11, 3)],
    "America/Santiago": [(2030, 9, 8), (2030, 4, 7)],
    "Africa/Cairo": [(2030, 4, 26), (2030, 11, 1)],
}
RULES = (
    "FREQ=DAILY", "FREQ=DAILY", "FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=SU", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU", "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU",
)  # fmt: skip
SHIFTS = (HOUR, -HOUR, DAY, -DAY, 7 * DAY, -7 * DAY, 1.5 * HOUR, -HOUR / 2, DAY + HOUR, 2 * HOUR)
LENGTHS = (
    Length(HOUR), Length(3 * HOUR), Length(26 * HOUR), Length(HOUR, elapsed=False), Length(8 * HOUR, elapsed=False),
    Length(25 * HOUR, elapsed=False),
)  # fmt: skip
WISHES = st.builds(
    lambda rule, zone, night, days, hours, **more: Wish(
        rule, datetime(*NIGHTS[zone][night % len(NIGHTS[zone])]) + hours * HOUR - days * DAY, zone, **more
    ),
    st.sampled_from(RULES), st.sampled_from(sorted(NIGHTS)), st.integers(0, 1), st.integers(0, 4),
    st.sampled_from([0.5, 1.5, 2.5, 3.5, 9, 9, 22, 23.5]),
    length=st.sampled_from(LENGTHS), count=st.integers(1, 6),
    until=st.sampled_from([None, None, NOTHING, HOUR, 3 * DAY]),
    without=st.sampled_from([(), (), (0,), (1, 2)]),
    extra=st.sampled_from([(), (), (36 * HOUR,), (NOTHING, DAY, 9 * DAY + HOUR)]),
    dst_gap=st.sampled_from(["skip", "skip", "shift"]), on_conflict=st.sampled_from(["reject", "skip"]),
    resource=st.sampled_from([0, 0, 0, 1]),
) | st.builds(
    lambda hours, **more: Wish(None, datetime(2030, 3, 30) + hours * HOUR, "Europe/Berlin", **more),
    st.sampled_from([0.5, 1.5, 2.5, 9]), length=st.sampled_from(LENGTHS), dst_gap=st.sampled_from(["skip", "shift"]),
    extra=st.sampled_from([(NOTHING, DAY, 2 * DAY, 8 * DAY), (DAY,), (DAY, DAY + HOUR, 5 * DAY)]),
)  # fmt: skip

NUMBERS, SCOPES = st.integers(0, 11), st.sampled_from(["this", "following", "following", "all"])
ANY_LENGTH, ANY_RESOURCE = st.sampled_from([None, None, None, *LENGTHS]), st.sampled_from([None, None, None, 0, 1])
EDITS = st.one_of(
    st.builds(Edit, SCOPES, st.sampled_from(SHIFTS), st.booleans(), ANY_LENGTH, ANY_RESOURCE, st.booleans()),
    st.builds(Edit, SCOPES, length=st.sampled_from(LENGTHS), resource=ANY_RESOURCE, include_moved=st.booleans()),
)
MOVES = st.tuples(
    st.just("move"), NUMBERS, st.sampled_from([None, NOTHING, *SHIFTS]), st.sampled_from([NOTHING, NOTHING, HOUR])
)
OPERATIONS = st.one_of(
    st.tuples(st.just("create"), WISHES),
    MOVES,
    st.tuples(st.sampled_from(["cancel", "delete"]), NUMBERS),
    st.tuples(st.just("reschedule"), NUMBERS, EDITS),
    st.tuples(st.just("reschedule"), NUMBERS, EDITS),
    st.tuples(st.sampled_from(["retitle", "cancel series"]), NUMBERS, SCOPES),
)
CLOCK = st.tuples(st.just("clock"), NUMBERS, st.sampled_from([NOTHING, HOUR / 2, -HOUR, HOUR]))


@pytest.fixture(scope="module")
def connection(server: Server, berth_template: Any) -> Iterator[psycopg.Connection[Any]]:
    """One database for all the examples; each is rolled back. The session's time zone is to make no difference."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"create database berth_series template {berth_template.template_dbname}")
    with psycopg.connect(server.url("berth_series")) as connection:
        connection.execute("set timezone = 'Australia/Sydney'")
        yield connection
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("drop database berth_series with (force)")


def run(connection: psycopg.Connection[Any], capacity: int, wish: Wish, operations: list[Any]) -> list[str]:
    """All of it, compared after every step, and then gone. What became of each."""
    with connection.transaction(force_rollback=True):
        desk = Desk(connection, capacity)
        for operation in [("create", wish), *operations]:
            desk.apply(operation)
        connection.execute("set constraints all immediate")
        return desk.outcomes


model = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@model
@given(wish=WISHES, operations=st.lists(OPERATIONS, min_size=2, max_size=12))
def test_edits_where_there_is_room(connection: psycopg.Connection[Any], wish: Wish, operations: list[Any]) -> None:
    run(connection, 50, wish, operations)


@model
@given(wish=WISHES, operations=st.lists(OPERATIONS | CLOCK, min_size=2, max_size=12))
def test_edits_in_the_midst_of_it(connection: psycopg.Connection[Any], wish: Wish, operations: list[Any]) -> None:
    """What has begun stays."""
    run(connection, 50, wish, operations)


@model
@given(wish=WISHES, operations=st.lists(OPERATIONS | CLOCK, min_size=2, max_size=12))
def test_edits_where_they_collide(connection: psycopg.Connection[Any], wish: Wish, operations: list[Any]) -> None:
    run(connection, 1, wish, operations)


def daily(start: datetime, length: Length, zone: str = "Europe/Berlin", **more: Any) -> Wish:
    """Three days."""
    return Wish("FREQ=DAILY", start, zone, length, count=3, **more)


def shift_all(number: int, by: timedelta, **more: Any) -> tuple[Any, ...]:
    return ("reschedule", number, Edit("all", by, **more))


WINTER, SPRING, AUTUMN = datetime(2030, 1, 7, 9), datetime(2030, 3, 30, 9), datetime(2030, 10, 26, 2, 30)


@pytest.mark.parametrize(
    ("wish", "operations"),
    [
        # 09:00 stays 09:00, and is 10:00 on every day.
        (daily(SPRING, Length(HOUR)), [shift_all(1, HOUR), shift_all(0, 7 * DAY), shift_all(2, -8 * DAY)]),
        (daily(SPRING - 9 * HOUR, Length(8 * HOUR, elapsed=False)), [shift_all(1, 22 * HOUR), shift_all(0, DAY)]),
        # Into the repeated hour, and over it
        (daily(AUTUMN, Length(HOUR)), [shift_all(0, HOUR), shift_all(0, -HOUR), ("reschedule", 1, Edit("this", HOUR))]),
        # Into the jump of the clocks, and out of it
        (daily(SPRING - 7.5 * HOUR, Length(HOUR)), [shift_all(1, HOUR), shift_all(1, HOUR)]),
        (daily(SPRING - 7.5 * HOUR, Length(HOUR), dst_gap="shift"), [("cancel", 1), shift_all(0, HOUR)]),
        # What was moved stays, also apart from the rest of them; and goes along if it is to.
        (daily(WINTER, Length(HOUR)), [("move", 1, 5 * HOUR, NOTHING), shift_all(0, HOUR), shift_all(0, -HOUR)]),
        (
            daily(WINTER, Length(HOUR)),
            [("move", 2, 5 * HOUR, NOTHING), ("reschedule", 1, Edit("following", DAY)), shift_all(2, HOUR)],
        ),
        (daily(WINTER, Length(HOUR)), [("move", 1, 5 * HOUR, HOUR), shift_all(0, HOUR, include_moved=True)]),
        # Longer, elsewhere, or moved and back: where it began is where the series left it.
        (daily(WINTER, Length(HOUR)), [("move", 1, NOTHING, HOUR), shift_all(0, HOUR), shift_all(1, DAY, include_moved=True)]),
        (daily(WINTER, Length(HOUR)), [("reschedule", 1, Edit("this", resource=1)), shift_all(0, HOUR), ("delete", 1)]),
        (daily(WINTER, Length(HOUR)), [("move", 1, 3 * HOUR, NOTHING), shift_all(0, HOUR), ("move", 1, None, NOTHING)]),
        # One deleted does not return, wherever the others go.
        (daily(WINTER, Length(HOUR)), [("delete", 1), shift_all(0, DAY), shift_all(0, -DAY), shift_all(0, 2 * DAY)]),
        # Split, and each half on its own
        (
            daily(WINTER, Length(HOUR)),
            [
                ("reschedule", 1, Edit("following", HOUR, as_local_start=True)), ("retitle", 0, "all"), shift_all(2, DAY),
                ("cancel series", 2, "following"), ("cancel series", 0, "all"),
            ],
        ),
        # What has begun stays; what is left is the series.
        (
            daily(WINTER, Length(HOUR)),
            [("clock", 0, NOTHING), shift_all(1, HOUR), ("retitle", 2, "following"), shift_all(2, -9 * DAY)],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("capacity", [1, 9])
def test_edits_worth_a_look(
    connection: psycopg.Connection[Any], wish: Wish, operations: list[Any], capacity: int
) -> None:
    run(connection, capacity, wish, operations)


def told(story: str, wish: Wish, *operations: Any) -> Any:
    return pytest.param(wish, operations, id=story)


@pytest.mark.parametrize(
    ("wish", "operations"),
    [
        told(
            "the new start of a cancelled occurrence, which the others left, is its own",
            daily(WINTER, Length(HOUR)),
            ("cancel", 1), shift_all(0, HOUR), ("reschedule", 1, Edit("following", HOUR, as_local_start=True)),
        ),
        told(
            "an RDATE keeps the local time that the clocks jump over, and with it its end",
            Wish(
                None, SPRING - 6.5 * HOUR, "Europe/Berlin", Length(3 * HOUR, elapsed=False),
                extra=(NOTHING, DAY, 2 * DAY), dst_gap="shift",
            ),
            ("retitle", 1, "following"),
        ),
        told(
            "one that was moved lasts as long as before, whatever the calendar of the session",
            daily(datetime(2030, 4, 5, 20, 30), Length(26 * HOUR)),
            ("move", 0, HOUR, HOUR), ("reschedule", 0, Edit("this", HOUR)),
        ),
        told(
            "another length leaves what is in the second of a repeated hour there",
            daily(AUTUMN, Length(HOUR)),
            ("move", 1, HOUR, NOTHING), ("reschedule", 1, Edit("this", length=Length(2 * HOUR))),
        ),
    ],
)  # fmt: skip
def test_edits_at_the_edges(
    connection: psycopg.Connection[Any], wish: Wish, operations: tuple[tuple[Any, ...], ...]
) -> None:
    run(connection, 9, wish, list(operations))


def test_what_shifts_into_the_jump_of_the_clocks_shifts_out_of_it_with_the_others(
    connection: psycopg.Connection[Any],
) -> None:
    with connection.transaction(force_rollback=True):
        desk = Desk(connection, 9)
        made = desk.call(
            "create_series", resource_id=desk.resources[0], rrule="FREQ=DAILY;COUNT=3", local_start="2030-03-30T01:30",
            local_end="04:30", timezone="Europe/Berlin",
        )  # fmt: skip
        for _ in range(2):
            answer = desk.call("reschedule_series", series_id=made["series_id"], shift="1 hour")
        assert [wall(at(one["starts_at"]), "Europe/Berlin").hour for one in answer["reservations"]] == [3, 3, 3]
