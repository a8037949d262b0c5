"""What a search offers can be booked, what it leaves out cannot; over SQL by the thousand, and over HTTP."""

import json
import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from postgrest import SyncPostgrestClient

from tests.conftest import Person, Stack, Tenant, make_tenant

NOW = datetime(2031, 6, 16, 7, 0, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
SEARCH = (
    "select resource_id, free_units, free_ranges from api.search_availability("
    "  %(from)s, %(until)s, %(duration)s, units => %(units)s, max_results => %(most)s)"
)
BOOK = "select status from api.create_reservation(%s, %s, %s, units => %s)"


@dataclass
class House:
    """A tenant with a bit of everything in it, and one member who asks."""

    connection: psycopg.Connection[Any]
    tenant: Tenant
    member: Person
    resources: list[uuid.UUID]
    steps: dict[uuid.UUID, timedelta]

    def book(self, resource: uuid.UUID, start: datetime, end: datetime, units: int) -> str:
        """The status, or the slug of the refusal; undone."""
        try:
            with self.connection.transaction(force_rollback=True):
                row = self.connection.execute(BOOK, (resource, start, end, units)).fetchone()
        except psycopg.Error as refusal:
            assert refusal.sqlstate in ("PT409", "PT422"), refusal
            return str(refusal.diag.message_primary)
        assert row
        return str(row[0])


def furnish(connection: psycopg.Connection[Any], dice: random.Random) -> House:
    """Rooms and pools with rules, hours, closures, bookings, stale holds, and some who wait."""
    tenant = make_tenant(connection, "Europe/Berlin")
    member, other = tenant.another("member"), tenant.another("member")
    connection.execute("select set_config('booking.now', %s, true)", (NOW.isoformat(),))
    house = House(connection, tenant, member, [], {})

    def insert(table: str, **row: Any) -> None:
        row = {"tenant_id": tenant.id, **row}
        names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, row))
        values = psycopg.sql.SQL(", ").join(map(psycopg.sql.Placeholder, row))
        connection.execute(
            psycopg.sql.SQL("insert into booking.{} ({}) values ({})").format(
                psycopg.sql.Identifier(table), names, values
            ),
            row,
        )

    for number in range(8):
        house.resources.append(
            tenant.resource(
                f"Resource {number}", kind=("room", "pool")[number % 2], capacity=(1, 3)[number % 2],
                seats=dice.choice([None, 2, 4]), timezone=dice.choice(["Europe/Berlin", "Asia/Kolkata"]),
                requires_approval=number == 4, is_active=number != 6,
            )
        )  # fmt: skip
    insert("booking_rules", buffer_after=dice.choice(["0", "15 minutes"]), max_per_day=dice.choice([None, 3]))
    insert(
        "booking_rules", kind="room", slot_step="30 minutes", max_duration="6 hours",
        min_notice=dice.choice([None, "90 minutes"]),
    )  # fmt: skip
    insert(
        "booking_rules", resource_id=house.resources[2], slot_step="20 minutes", allow_preemption=True,
        buffer_before="10 minutes",
    )  # fmt: skip
    house.steps = {house.resources[n]: timedelta(minutes=20 if n == 2 else 30) for n in (0, 2, 4, 6)}
    for weekday in range(1, 8):
        insert("opening_hours", kind="room", weekday=weekday, opens="07:00", closes="22:00")
    insert("opening_exceptions", resource_id=house.resources[0], date=NOW.date() + timedelta(days=1), is_closed=True)
    for resource in house.resources:
        if dice.random() < 0.5:
            start = NOW + dice.randrange(60) * HOUR
            insert("blackouts", resource_id=resource, starts_at=start, ends_at=start + 2 * HOUR, on_conflict="keep")
        for _ in range(14):
            start = NOW + dice.randrange(-4, 96) * timedelta(minutes=30)
            status = dice.choice(["confirmed", "confirmed", "confirmed", "held", "tentative"])
            try:
                with connection.transaction():
                    insert(
                        "reservations", resource_id=resource, starts_at=start,
                        ends_at=start + dice.randrange(1, 6) * timedelta(minutes=30), status=status,
                        owner_id=dice.choice([member, other, other]).user_id, priority=dice.choice([0, 0, -1]),
                        expires_at=NOW + dice.choice([-1, 0, 1]) * HOUR if status == "held" else None,
                        unit=dice.choice([None, None, 1, 2]) if resource in house.resources[1::2] else None,
                    )  # fmt: skip
            except psycopg.Error as taken:
                assert taken.sqlstate == "PT409"
    for resource in house.resources[::2]:
        if dice.random() < 0.5:
            start = NOW + dice.randrange(40) * timedelta(minutes=30)
            insert(
                "waitlist_entries", resource_id=resource, owner_id=other.user_id, starts_at=start,
                ends_at=start + 2 * HOUR, duration=dice.choice([None, "1 hour"]), expires_at=start + HOUR, status="waiting",
            )  # fmt: skip
    connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(member.claims),))
    connection.execute("set local role authenticated")
    return house


def search(house: House, **wanted: Any) -> dict[uuid.UUID, tuple[int, list[tuple[datetime, datetime]]]]:
    return {
        resource: (
            free,
            [(datetime.fromisoformat(r["starts_at"]), datetime.fromisoformat(r["ends_at"])) for r in ranges],
        )
        for resource, free, ranges in house.connection.execute(SEARCH, {"most": 100, "duration": None, **wanted})
    }


@pytest.mark.parametrize("seed", range(4))
def test_offers_can_be_booked_and_nothing_else(berth_db: psycopg.Connection[Any], seed: int) -> None:
    """Hundreds of searches; each answer is taken at its word, and so is each silence."""
    dice = random.Random(seed)
    berth_db.execute("set timezone = 'UTC'")
    house = furnish(berth_db, dice)
    offered = refused = 0
    for _ in range(50):
        length = dice.choice([30, 60, 90, 120, 300]) * timedelta(minutes=1)
        start = NOW + dice.randrange(-2, 90) * timedelta(minutes=30)
        end = start + length + dice.choice([0, 1, 6, 24]) * HOUR
        units = dice.choice([1, 1, 2])
        duration = length if end > start + length or dice.random() < 0.5 else None
        found = search(house, **{"from": start, "until": end, "duration": duration, "units": units})
        for resource, (free, ranges) in found.items():
            for begin, over in ranges:
                assert start <= begin < over <= end
                step = house.steps.get(resource, timedelta(minutes=1))
                between = begin + dice.randint(0, (over - length - begin) // step) * step
                for at in {begin, between, over - length}:
                    answer = house.book(resource, at, at + length, units)
                    assert answer in ("confirmed", "pending"), (resource, at, length, units)
                    offered += 1
            if duration is None and free < 3:
                assert house.book(resource, start, end, free) in ("confirmed", "pending")
                assert house.book(resource, start, end, free + 1) in ("slot_taken", "too_many_units", "pending")
        for resource in house.resources:
            for _ in range(2):
                at = start + dice.randint(0, (end - length - start) // timedelta(minutes=10)) * timedelta(minutes=10)
                if at < NOW or any(b <= at and at + length <= o for b, o in found.get(resource, (0, []))[1]):
                    continue
                answer = house.book(resource, at, at + length, units)
                assert answer not in ("confirmed", "held"), (resource, at, length, units)
                refused += 1
    assert min(offered, refused) > 20, (offered, refused)
    berth_db.rollback()


@pytest.fixture
def crowd(berth_db: psycopg.Connection[Any]) -> Tenant:
    """A tenant of many resources with many claims, known to the planner."""
    tenant = make_tenant(berth_db, "UTC")
    berth_db.execute(
        "insert into booking.resources (tenant_id, name, capacity)"
        " select %s, 'Room ' || n, case when n %% 20 = 0 then 4 else 1 end from generate_series(1, 200) n",
        (tenant.id,),
    )
    berth_db.execute("set local session_replication_role = replica")
    berth_db.execute(
        "insert into booking.claims (tenant_id, resource_id, unit, during, claimant, source_id)"
        " select s.tenant_id, s.id, 1, tstzrange(t, t + interval '30 minutes'), c, c"
        "   from booking.resources s, generate_series(timestamptz '2031-01-01', '2031-02-10', '8 hours') t,"
        "        lateral (select gen_random_uuid() where s.id is not null and t is not null) x (c)"
        "  where s.tenant_id = %s",
        (tenant.id,),
    )
    person = tenant.person("member")
    berth_db.commit()
    berth_db.autocommit = True
    berth_db.execute("analyze")
    berth_db.autocommit = False
    berth_db.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(person.claims),))
    berth_db.execute("set local role authenticated")
    return tenant


@pytest.mark.parametrize(
    "call",
    [
        "search_availability('2031-01-20 09:00', '2031-01-20 10:00', max_results => 1000)",
        "search_availability('2031-01-20 09:00', '2031-01-27 09:00', '2 hours', max_results => 1000)",
        "search_availability('2031-01-20 09:00', '2031-01-27 09:00', '2 hours', units => 2)",
        "next_available_slots('1 hour', after => '2031-01-20')",
        "resource_schedule((select id from api.resources order by name limit 1), '2031-01-20', '2031-01-27')",
    ],
)
def test_claims_are_found_by_their_index(berth_db: psycopg.Connection[Any], crowd: Tenant, call: str) -> None:
    """No sequential scan, and of the claims only those of the time in question."""
    query = (
        "select coalesce(sum(seq_scan), 0), coalesce(sum(idx_tup_fetch), 0)::integer from pg_stat_xact_user_tables"
        " where relid = 'booking.claims'::regclass"
    )
    assert berth_db.execute(f"select count(*) from api.{call}").fetchone() != (0,)
    row = berth_db.execute(query).fetchone()
    assert row
    assert row[0] == 0
    assert row[1] < 200 * 3 * 8, row  # of 200 * 120


def test_over_http(stack: Stack, tenant: Tenant) -> None:
    """The three, through a client that people use, with PostgREST's own filters on top."""
    member = tenant.person("member")
    room = tenant.resource("Room", seats=4)
    hall = tenant.resource("Hall", seats=40, price_amount=12, price_currency="EUR", price_per="hour")
    api = SyncPostgrestClient(stack.rest.url, schema="api", headers={"Authorization": f"Bearer {member.token}"})
    day = {"starts_at": "2031-06-16T08:00:00+02:00", "ends_at": "2031-06-16T18:00:00+02:00"}
    booked = {"resource_id": str(room), "starts_at": day["starts_at"], "ends_at": "2031-06-16T12:00:00+02:00"}
    assert stack.rpc(member, "create_reservation", **booked, title="Mine")[0] == 200

    found = api.rpc("search_availability", {**day, "duration": "2 hours"}).execute().data
    assert isinstance(found, list)
    assert [row["name"] for row in found] == ["Room", "Hall"]
    assert found[0]["free_ranges"] == [
        {"starts_at": "2031-06-16T10:00:00+00:00", "ends_at": "2031-06-16T16:00:00+00:00"}
    ]
    assert found[1]["price_amount"] == 12
    filtered = api.rpc("search_availability", day).select("name,seats").gte("seats", 10).execute().data
    assert filtered == [{"name": "Hall", "seats": 40}]

    wanted = {"duration": "PT1H", "resource_id": str(room), "after": day["starts_at"]}
    status, slots = stack.rpc(member, "next_available_slots", **wanted)
    assert (status, len(slots), slots[0]["starts_at"]) == (200, 5, "2031-06-16T10:00:00+00:00")
    status, stretches = stack.rpc(member, "resource_schedule", resource_id=str(room), **day)
    assert (status, [(s["kind"], s["title"]) for s in stretches]) == (200, [("busy", "Mine"), ("free", None)])
    status, refusal = stack.rpc(member, "create_reservation", **booked)
    assert (status, json.loads(refusal["details"])["next_free_at"]) == (409, "2031-06-16T10:00:00+00:00")

    stranger = make_tenant(tenant.connection).person("member")
    assert stack.rpc(stranger, "search_availability", **day, resource_ids=[str(hall)]) == (200, [])
    for function, arguments in (("next_available_slots", {"duration": "1 hour"}), ("resource_schedule", day)):
        status, refusal = stack.rpc(stranger, function, resource_id=str(hall), **arguments)
        assert (status, refusal["message"]) == (404, "not_found")
    for arguments, slug in (
        ({"max_results": 0}, "invalid_argument"), ({"units": 0}, "invalid_argument"), ({"duration": "0"}, "invalid_argument"),
        ({"duration": "11 hours"}, "invalid_argument"), ({"ends_at": day["starts_at"]}, "invalid_time_range"),
    ):  # fmt: skip
        status, refusal = stack.rpc(member, "search_availability", **{**day, **arguments})
        assert (status, refusal["message"]) == (400, slug)
