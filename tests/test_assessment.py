"""The check and the write give the same answer to every kind of request, in worlds made at random."""

import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tests.conftest import Person, Tenant, make_tenant

#: A Monday. A world is built at 07:00 and asked at 08:00: by then some holds have expired and some offers are open.
MIDNIGHT = datetime(2031, 6, 16, tzinfo=UTC)
MADE, NOW = MIDNIGHT + timedelta(hours=7), MIDNIGHT + timedelta(hours=8)

RESOURCES: dict[str, dict[str, Any]] = {
    "room": {"kind": "room"},
    "pool": {"kind": "desk", "capacity": 3},
    "stage": {"kind": "room", "requires_approval": True},
    "priced": {"kind": "room", "price_amount": 10, "price_currency": "EUR", "price_per": "hour"},
    "studio": {
        "kind": "desk", "price_amount": 15, "price_currency": "EUR", "price_per": "booking", "requires_approval": True
    },
}  # fmt: skip
PEOPLE = {"owner": "member", "other": "member", "approver": "approver", "manager": "manager"}

#: For each status that no row can be inserted with: the status to insert, and the one to set afterwards.
LATER = {
    "checked_in": ("confirmed", "checked_in"), "completed": ("confirmed", "completed"),
    "no_show": ("confirmed", "no_show"), "cancelled": ("confirmed", "cancelled"), "rejected": ("pending", "rejected"),
    "expired": ("held", "expired"), "displaced": ("held", "displaced"),
}  # fmt: skip
EXPIRING = ("held", "pencilled", "expired", "displaced")


@dataclass(frozen=True)
class Booked:
    """A reservation. start and length are in quarters of an hour, start from midnight."""

    resource: str
    status: str
    start: int
    length: int
    who: str
    units: int = 1
    unit: int | None = None
    priority: int = 0
    has_expired: bool = False
    payment: str | None = None
    buffer: int = 0


@dataclass(frozen=True)
class Closed:
    """A blackout."""

    resource: str
    start: int
    length: int
    on_conflict: str


@dataclass(frozen=True)
class Wait:
    """Somebody joins the waitlist. If the time is free, they are offered it at once."""

    resource: str
    start: int
    length: int
    who: str
    units: int = 1


@dataclass(frozen=True)
class Create:
    """A request for a new reservation."""

    who: str
    resource: str
    start: int
    length: int
    units: int = 1
    priority: int = 0


@dataclass(frozen=True)
class Move:
    """A request to move the reservation of this number: ``by`` so many quarters of an hour, and ``longer`` by so many."""

    who: str
    number: int
    resource: str | None
    by: int
    longer: int
    units: int | None = None


@dataclass(frozen=True)
class World:
    """A tenant with its rules and bookings, and the requests to try in it."""

    rules: dict[str, dict[str, Any]]
    blocking: dict[str, str]
    inactive: str | None
    opens: tuple[int, int] | None
    books: list[Booked | Closed | Wait]
    requests: list[Create | Move]


LIMITS: dict[str, st.SearchStrategy[Any]] = {
    "buffer_before": st.sampled_from(["15 minutes", "30 minutes"]),
    "buffer_after": st.sampled_from(["15 minutes", "30 minutes"]),
    "max_per_day": st.sampled_from([1, 2, 2, 3, 4]),
    "max_per_week": st.sampled_from([3, 4, 5]),
    "max_hours_per_week": st.sampled_from([2, 4, 6]),
    "max_concurrent": st.sampled_from([1, 2]),
    "min_gap": st.sampled_from(["30 minutes", "1 hour"]),
    "min_notice": st.just("2 hours"),
    "max_duration": st.just("90 minutes"),
    "slot_step": st.just("30 minutes"),
    "cancel_cutoff": st.sampled_from(["2 hours", "24:00"]),
    "max_no_shows": st.just(1),
    "max_tentative": st.sampled_from([1, 2]),
}


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


#: A world has one to three of the limits: with all of them, everything would be refused.
SOME_LIMITS = st.lists(st.sampled_from(sorted(LIMITS)), min_size=1, max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: LIMITS[name] for name in names})
)
PREEMPTION = {"max_priority": 2, "allow_preemption": True}
STATUSES = st.one_of(
    *[one_of("confirmed", "held", "pencilled", "confirmed", "held", "pending")] * 4,
    one_of("tentative", "pending", "checked_in"), one_of(*LATER, "no_show", "no_show"),
)  # fmt: skip
#: From 08:30 to 11:30, mostly on the half hour.
STARTS = st.one_of(st.integers(17, 23).map(lambda half: 2 * half), st.integers(34, 46))
LENGTHS = one_of(4, 4, 4, 2, 6, 8)
NAMES = one_of("owner", "owner", "owner", "other")


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """With one or two resources, so that bookings meet."""
    names = draw(st.lists(st.sampled_from(sorted(RESOURCES)), min_size=1, max_size=2, unique=True))
    places, preempts = st.sampled_from(names), draw(st.booleans())
    priorities = one_of(0, 0, 1, 2) if preempts else one_of(*[0] * 20, 1)
    booked = st.builds(
        Booked, places, STATUSES, STARTS, LENGTHS, NAMES, units=one_of(1, 1, 2), unit=one_of(None, None, 1, 3),
        priority=priorities, has_expired=one_of(False, False, True),
        payment=one_of(None, "paid", "unpaid", "quoted", "waived"), buffer=one_of(0, 0, 0, 15),
    )  # fmt: skip
    closed = st.builds(Closed, places, STARTS, one_of(2, 4), one_of("keep", "keep", "reject"))
    waits = st.builds(Wait, places, STARTS, LENGTHS, NAMES, units=one_of(1, 1, 2))
    creates = st.builds(
        Create, one_of("owner", "owner", "owner", "other", "manager"), places, STARTS, LENGTHS,
        units=one_of(1, 1, 1, 2, 3) if "pool" in names else one_of(*[1] * 20, 2), priority=priorities,
    )  # fmt: skip
    moves = st.builds(
        Move, one_of("owner", "owner", "owner", "approver", "manager", "manager"), st.integers(0, 10),
        st.one_of(st.none(), st.none(), places), one_of(0, 1, -1, 2, -2, 4, -4, 8), one_of(0, 0, 0, 2, -2),
        units=one_of(None, None, None, 1, 2, 3) if "pool" in names else st.none(),
    )  # fmt: skip
    rules = draw(st.dictionaries(one_of("tenant", *names), SOME_LIMITS, min_size=draw(one_of(0, 1, 1)), max_size=2))
    if preempts:
        rules["tenant"] = rules.get("tenant", {}) | PREEMPTION
    return World(
        rules=rules,
        blocking=draw(st.dictionaries(places, one_of("more", "less"), max_size=draw(one_of(0, 0, 1)))),
        inactive=draw(one_of(*[None] * 12, names[0])),
        opens=draw(one_of(*[None] * 7, (9, 12))),
        books=draw(st.lists(st.one_of(*[booked] * 7, waits), min_size=6, max_size=11))
        + draw(st.lists(closed, max_size=draw(one_of(0, 0, 1)))),
        requests=draw(st.lists(st.one_of(creates, moves), min_size=6, max_size=12)),
    )


@dataclass
class Stage:
    """A tenant that is the same at the start of every example."""

    connection: psycopg.Connection[Any]
    tenant: Tenant
    people: dict[str, Person] = field(default_factory=dict)
    resources: dict[str, uuid.UUID] = field(default_factory=dict)

    def insert(self, table: str, **row: Any) -> None:
        row = {"tenant_id": self.tenant.id, **row}
        self.connection.execute(
            sql.SQL("insert into booking.{} ({}) values ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(map(sql.Placeholder, row)),
            ),
            row,
        )

    def set_clock(self, at: datetime) -> None:
        self.connection.execute("select set_config('booking.now', %s, true)", (at.isoformat(),))

    def become(self, who: str | None) -> None:
        """Acts as this person from now on; as the database's administrator if None."""
        claims = json.dumps(self.people[who].claims) if who else ""
        self.connection.execute(
            "select set_config('request.jwt.claims', %s, true), set_config('booking.tenant_id', '', true),"
            " set_config('booking.user_id', '', true), set_config('role', %s, true)",
            (claims, "authenticated" if who else "none"),
        )

    def build(self, world: World) -> list[uuid.UUID]:
        """Makes everything of the world that is not refused, in order. Returns the ids of the reservations."""
        made = []
        self.set_clock(MADE)
        for name, change in world.blocking.items():
            statuses = {"less": "{confirmed,checked_in}", "more": "{tentative,pending,held,confirmed,checked_in}"}
            self.connection.execute(
                "update booking.resources set blocking_statuses = %s where id = %s",
                (statuses[change], self.resources[name]),
            )
        for one in world.books:
            try:
                with self.connection.transaction():
                    if isinstance(one, Booked):
                        made.append(self.book(one))
                    elif isinstance(one, Closed):
                        self.insert(
                            "blackouts", resource_id=self.resources[one.resource], starts_at=at(one.start),
                            ends_at=at(one.start + one.length), on_conflict=one.on_conflict,
                        )  # fmt: skip
                    else:
                        self.become(one.who)
                        self.connection.execute(
                            "select api.join_waitlist(%s, %s, %s, %s)",
                            (self.resources[one.resource], at(one.start), at(one.start + one.length), one.units),
                        )
                        self.become(None)
            except psycopg.Error as refusal:
                assert (refusal.sqlstate or "").startswith("PT"), refusal
                if isinstance(one, Wait):
                    self.become(None)
        for scope, rules in world.rules.items():
            where = {"resource_id": self.resources[scope]} if scope != "tenant" else {}
            self.insert("booking_rules", **where, **rules)
        if world.opens:
            self.insert("opening_hours", weekday=1, opens=f"{world.opens[0]}:00", closes=f"{world.opens[1]}:00")
        if world.inactive:
            self.connection.execute(
                "update booking.resources set is_active = false where id = %s", (self.resources[world.inactive],)
            )
        self.set_clock(NOW)
        return made

    def book(self, one: Booked) -> uuid.UUID:
        number = uuid.uuid4()
        first, last = LATER.get(one.status, (one.status, one.status))
        is_priced = "price_amount" in RESOURCES[one.resource] or one.payment == "paid"
        is_pool = "capacity" in RESOURCES[one.resource]
        # Nobody can be there, or be missed, before it has begun: four hours earlier.
        start = one.start - 16 if one.status in LATER and one.status != "cancelled" else one.start
        self.insert(
            "reservations", id=number, resource_id=self.resources[one.resource], owner_id=self.people[one.who].user_id,
            status=first, starts_at=at(start), ends_at=at(start + one.length), units=one.units if is_pool else 1,
            unit=one.unit if one.units == 1 and is_pool else None, priority=one.priority,
            expires_at=(NOW - timedelta(minutes=30) if one.has_expired else NOW + timedelta(hours=9))
            if first in EXPIRING else None,
            buffer_before=timedelta(0), buffer_after=timedelta(minutes=one.buffer),
            **({"payment_status": one.payment, "amount_due": 10, "currency": "EUR"} if is_priced and one.payment else {}),
        )  # fmt: skip
        if last != first:
            self.connection.execute("update booking.reservations set status = %s where id = %s", (last, number))
        return number

    def look(self, query: str, *arguments: Any) -> Any:
        """The answer. The change is rolled back."""
        with self.connection.transaction(force_rollback=True):
            row = self.connection.execute(query, arguments).fetchone()
        assert row
        return row[0]

    def ask(self, query: str, *arguments: Any) -> Any:
        """``available``, or the whole refusal. The change is rolled back."""
        try:
            self.look(query, *arguments)
        except psycopg.Error as refusal:
            told = refusal.diag
            assert (refusal.sqlstate or "").startswith("PT"), refusal
            return refusal.sqlstate, told.message_primary, json.loads(told.message_detail or "{}"), told.message_hint
        return "available"

    def known(self) -> set[str]:
        """The ids of the tenant's reservations."""
        rows = self.connection.execute(
            "select id::text from booking.reservations where tenant_id = %s", (self.tenant.id,)
        )
        return {row[0] for row in rows}


def at(quarters: int) -> datetime:
    return MIDNIGHT + timedelta(minutes=15 * quarters)


def without_new_ids(answer: Any, known: set[str]) -> Any:
    """The answer without the ids of reservations that the request itself made: they differ each time."""
    if answer == "available":
        return answer
    code, slug, details, hint = answer
    for conflict in details.get("conflicts", []):
        if conflict.get("reservation_id") not in known:
            conflict.pop("reservation_id", None)
    return code, slug, details, hint


@pytest.fixture
def stage(berth_db: psycopg.Connection[Any]) -> Stage:
    tenant = make_tenant(berth_db, "UTC")
    stage = Stage(berth_db, tenant)
    stage.people = {name: tenant.another(role) for name, role in PEOPLE.items()}
    stage.resources = {name: tenant.resource(name, timezone="UTC", **columns) for name, columns in RESOURCES.items()}
    berth_db.commit()
    return stage


CHECK = "select api.check_reservation_conflict(%s, %s, %s, units => %s, exclude_reservation_id => %s, priority => %s)"
CREATE = "select api.create_reservation(%s, %s, %s, units => %s, priority => %s)"
RESCHEDULE = "select api.reschedule_reservation(%s, %s, %s, resource_id => %s, units => %s)"
APPROVE = "select api.approve_reservation(%s)"


def of(*books: Booked | Closed | Wait, requests: tuple[Create | Move, ...] = (), **rules: Any) -> World:
    """A world with rules of the tenant."""
    return World({"tenant": rules} if rules else {}, {}, None, None, list(books), list(requests))


#: A pending reservation under a blackout with on_conflict keep: one move leaves it where it is, one moves it.
STAYS = of(
    Booked("stage", "pending", 40, 4, "owner"), Closed("stage", 40, 4, "keep"),
    requests=(Move("owner", 0, None, 0, 0), Move("owner", 0, None, 1, 0)),
)  # fmt: skip
#: An owner with max_tentative undecided reservations already.
UNDECIDED = of(
    Booked("stage", "pending", 40, 4, "owner"), Booked("pool", "tentative", 40, 4, "owner"),
    requests=(Create("owner", "stage", 48, 4), Move("owner", 0, None, 1, 0), Create("owner", "room", 48, 4)),
    max_tentative=2,
)  # fmt: skip
#: The request displaces a hold that counts for the same quota.
DISPLACED = of(
    *[Booked(name, "held", 40, 4, "owner") for name in ("room", "pool", "stage")],
    requests=tuple(Create("owner", name, 40, 4, priority=1) for name in ("room", "pool", "stage")),
    max_concurrent=3, max_per_day=3, **PREEMPTION,
)  # fmt: skip
#: A hold that would give way lies under a blackout with on_conflict keep, so its time would not be free.
FALLS_TO_A_BLACKOUT = of(
    Booked("room", "held", 44, 4, "other"), Closed("room", 43, 4, "keep"),
    requests=(Create("owner", "room", 44, 4, priority=1), Create("owner", "room", 47, 4, priority=1)),
    min_gap="1 hour", **PREEMPTION,
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@example(world=STAYS)
@example(world=UNDECIDED)
@example(world=DISPLACED)
@example(world=FALLS_TO_A_BLACKOUT)
@given(world=worlds())
def test_the_check_says_what_the_write_does(stage: Stage, world: World) -> None:
    """If the write succeeds, the check says available; else both give the same status, slug, details and hint."""
    with stage.connection.transaction(force_rollback=True):
        made = stage.build(world)
        known = stage.known()
        for one in world.requests:
            if isinstance(one, Create):
                resource, start, end = stage.resources[one.resource], at(one.start), at(one.start + one.length)
                stage.become(one.who)
                check = stage.ask(CHECK, resource, start, end, one.units, None, one.priority)
                write = stage.ask(CREATE, resource, start, end, one.units, one.priority)
            elif made:
                number = made[one.number % len(made)]
                stage.become(None)
                row = stage.connection.execute(
                    "select resource_id, starts_at, ends_at from booking.reservations where id = %s", (number,)
                ).fetchone()
                assert row
                resource = stage.resources[one.resource] if one.resource else row[0]
                start = row[1] + timedelta(minutes=15 * one.by)
                end = row[2] + timedelta(minutes=15 * (one.by + one.longer))
                stage.become(one.who)
                check = stage.ask(CHECK, resource, start, end, one.units, number, 0)
                write = stage.ask(RESCHEDULE, number, start, end, resource, one.units)
            else:
                continue
            assert without_new_ids(check, known) == without_new_ids(write, known), one


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@example(world=of(Booked("stage", "confirmed", 36, 4, "other"), Booked("stage", "pending", 38, 4, "owner")))
@example(world=of(Booked("stage", "pending", 38, 4, "owner"), Closed("stage", 40, 4, "keep")))
@example(
    world=of(
        Booked("pool", "confirmed", 36, 4, "other", unit=3), Booked("pool", "pending", 36, 4, "owner", unit=3),
        Booked("pool", "pending", 36, 4, "owner"),
    )
)  # fmt: skip
@given(world=worlds())
def test_the_check_says_what_stands_in_the_way_of_an_approval(stage: Stage, world: World) -> None:
    """The check refuses no pending reservation that stays where it is: what an approval would meet is an advisory."""
    # An approval asks no rules of a move and makes no offers, so neither is in these worlds.
    rules = {"tenant": PREEMPTION} if "allow_preemption" in world.rules.get("tenant", {}) else {}
    books = [replace(one, buffer=0) if isinstance(one, Booked) else one for one in world.books if type(one) is not Wait]
    with stage.connection.transaction(force_rollback=True):
        stage.connection.execute("update booking.resources set requires_approval = true")
        made = stage.build(World(rules, {}, None, None, books, []))
        rows = stage.connection.execute(
            "select id, resource_id, starts_at, ends_at, units from booking.reservations"
            " where id = any (%s) and status = 'pending'", (made,),
        ).fetchall()  # fmt: skip
        stage.become("manager")
        for number, resource, start, end, units in rows:
            approval = stage.ask(APPROVE, number)
            try:
                answer = stage.look(CHECK, resource, start, end, units, number, 0)
            except psycopg.Error as refusal:
                expected = refusal.diag.message_primary
            else:
                codes = {a["code"] for a in answer["advisories"]}
                closed = [a["blackout"] for a in answer["advisories"] if a["code"] == "near_blackout"]
                times = [tuple(datetime.fromisoformat(b[key]) for key in ("starts_at", "ends_at")) for b in closed]
                if any(begin < end and over > start for begin, over in times):
                    expected = "blackout"
                else:
                    expected = "slot_taken" if "time_taken" in codes else "available"
            assert (approval if approval == "available" else approval[1]) == expected
