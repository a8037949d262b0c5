"""Two tenants with rows in every table, and every call there is, both read from the catalogue: a table, a function or an
argument that is new stops the tests that use this until somebody has said what goes into it.
"""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import urllib3
from psycopg import sql

from tests.conftest import Person, Server, Stack, Tenant, make_tenant
from tests.gateway_fixtures import slot

ROLES = ("member", "approver", "manager", "admin")

MARKER = "THEIR-SECRET-7f3a"
"""Stands in every text of the other tenant."""

# Words with a grammar of their own: functions that came across others would stop at them instead of telling them.
_UNMARKED = ("timezone", "rrule")

Place = tuple[str | int, ...]
"""Where in the arguments of a call something stands."""


@dataclass(frozen=True)
class Answer:
    """What a client is told."""

    status: int
    headers: str
    body: str

    @property
    def text(self) -> str:
        return f"{self.headers}\n{self.body}"

    @property
    def error(self) -> str:
        """The message of a refusal."""
        return str(json.loads(self.body)["message"])


class Client:
    """Kept connections to a PostgREST that can be asked to undo what it was asked to do."""

    def __init__(self, url: str, connections: int = 1) -> None:
        self._pool = urllib3.connection_from_url(url, maxsize=connections, block=True)

    def send(
        self, token: str | None, method: str, path: str, body: Any = None, *, keep: bool = False, **headers: str
    ) -> Answer:
        """``keep`` what it did; otherwise it is undone once it is answered."""
        sent = {"Content-Type": "application/json", "Prefer": f"tx={'commit' if keep else 'rollback'}"} | headers
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        answer = self._pool.urlopen(
            method, f"/{path}", body=data, headers=sent, retries=False, redirect=False, timeout=30
        )
        told = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name.lower() != "date")
        return Answer(answer.status, told, answer.data.decode())

    def call(
        self, person: Person | None, function: str, arguments: Any, *, keep: bool = False, **headers: str
    ) -> Answer:
        """A function, as this person."""
        token = person.token if person else None
        return self.send(token, "POST", f"rpc/{function}", arguments, keep=keep, **headers)


@dataclass
class Side:
    """One tenant with something of everything."""

    tenant: Tenant
    ids: dict[str, str] = field(default_factory=dict)
    """By the name of the argument that takes them, and by what they are good for."""
    feed_token: str = ""

    def id_for(self, function: str, argument: str) -> str:
        """Something that this function can do its work on, as this argument."""
        if argument in ("reservation_id", "series_id") and function.endswith("_series"):
            kind = _SERIES.get(function, "series")
            return self.ids[kind] if argument == "series_id" else self.ids[f"{kind} occurrence"]
        if argument == "id":
            argument = _MADE.get(function, "reservation_id")
        return self.ids[_SUBJECTS.get((function, argument), argument)]


_SERIES = {
    "approve_series": "pending series", "reject_series": "pending series", "confirm_series": "held series",
    "start_payment": "priced series",
}  # fmt: skip
_MADE = {
    "create_bundle": "bundle_id",
    "create_series": "series_id",
    "preview_series": "series_id",
    "join_waitlist": "entry_id",
}
_SUBJECTS = {
    ("approve_reservation", "reservation_id"): "pending", ("reject_reservation", "reservation_id"): "pending",
    ("extend_hold", "reservation_id"): "held", ("confirm_reservation", "reservation_id"): "held",
    ("pencil_reservation", "reservation_id"): "tentative", ("check_in_reservation", "reservation_id"): "present",
    ("complete_reservation", "reservation_id"): "present", ("start_payment", "reservation_id"): "unpaid",
    ("start_payment", "bundle_id"): "unpaid bundle", ("start_payment", "series_id"): "unpaid series",
    ("approve_bundle", "bundle_id"): "pending bundle", ("reject_bundle", "bundle_id"): "pending bundle",
    ("confirm_bundle", "bundle_id"): "held bundle",
    ("accept_offer", "entry_id"): "offered", ("decline_offer", "entry_id"): "offered",
}  # fmt: skip


def fill(client: Client, tenant: Tenant) -> Side:
    """Rows of every kind, most of them made by the functions themselves and so with all that follows."""
    side = Side(tenant)
    member, approver, manager, admin = (tenant.person(role) for role in ROLES)
    for person in (member, approver, manager, admin):
        make(client, person, "update_my_profile", email=f"{person.role}@example.org", phone="+49 1", email_consent=True)
    ids = side.ids
    rooms = {
        name: str(tenant.resource(name, kind="room", description="d", tags=["t"], source_module="m", source_id=name))
        for name in ("room", "studio", "waited for", "closed", "kiosk")
    }
    room, studio = rooms["room"], rooms["studio"]
    stage = str(tenant.resource("stage", requires_approval=True))
    shop = str(tenant.resource("shop", price_amount=10, price_currency="ZAR", price_per="booking"))
    ids |= {"resource_id": room, "user_id": str(member.user_id), "owner_id": str(member.user_id)}

    def book(name: str, resource: str, hour: int, status: str = "confirmed", **more: Any) -> None:
        details = {"title": name, "notes": name, "metadata": {"n": name}, "source_module": "m", "source_id": name}
        arguments = {"resource_id": resource, "status": status, **slot(hour), **details, **more}
        ids[name] = make(client, member, "create_reservation", **arguments)["id"]

    book("reservation_id", room, 0)
    ids["exclude_reservation_id"] = ids["reservation_id"]
    book("held", room, 1, "held")
    book("tentative", room, 2, "tentative")
    book("pending", stage, 0)
    book("unpaid", shop, 0)
    book("missed", rooms["kiosk"], 0)
    now = datetime.now(UTC)
    ends = {"starts_at": (now - timedelta(minutes=5)).isoformat(), "ends_at": (now + timedelta(hours=9)).isoformat()}
    book("present", studio, 0, **ends)
    for name, resource, status in (
        ("bundle_id", room, "confirmed"), ("held bundle", room, "held"), ("pending bundle", stage, "confirmed"),
        ("unpaid bundle", shop, "confirmed"),
    ):  # fmt: skip
        hour = 100 + 2 * len(ids)
        items = [{"resource_id": resource, **slot(hour)}, {"resource_id": resource, **slot(hour + 1)}]
        made = make(client, member, "create_bundle", items=items, title=name, status=status)
        ids[name] = made["bundle_id"]
    for name, resource, status in (
        ("series", studio, "confirmed"), ("held series", studio, "held"), ("pending series", stage, "confirmed"),
        ("unpaid series", shop, "confirmed"),
    ):  # fmt: skip
        made = make(
            client, member, "create_series", resource_id=resource, rrule="FREQ=DAILY;COUNT=2", title=name, status=status,
            local_start=f"2040-01-{len(ids):02}T09:00", duration="1 hour",
        )  # fmt: skip
        ids[name], ids[f"{name} occurrence"] = made["series_id"], made["created"][0]["id"]
    ids["series_id"] = ids["series"]
    ids["entry_id"] = make(client, approver, "join_waitlist", resource_id=room, title="w", **slot(0))["id"]
    tenant.connection.execute(
        "update booking.waitlist_entries set owner_id = %s where id = %s", (member.user_id, ids["entry_id"])
    )
    taken = make(client, manager, "create_reservation", resource_id=rooms["waited for"], **slot(0))
    ids["offered"] = make(client, member, "join_waitlist", resource_id=rooms["waited for"], **slot(0))["id"]
    make(client, manager, "cancel_reservation", reservation_id=taken["id"], reason="for the waiting")
    closed = make(client, manager, "create_blackout", resource_ids=[rooms["closed"]], reason="works", **slot(0))
    ids["blackout_id"] = closed["blackouts"][0]["id"]
    feed = make(client, member, "create_calendar_feed", resource_id=room)
    ids["feed_id"], side.feed_token = feed["id"], feed["token"]
    endpoint = make(client, admin, "create_webhook_endpoint", url="https://example.org/", description="e")
    ids["endpoint_id"] = endpoint["id"]
    ids["event_id"] = make(client, admin, "send_test_event", endpoint_id=endpoint["id"])["event_id"]
    arguments = {"operations": [{"op": "cancel", "id": ids["reservation_id"], "expected_version": 99}]}
    make(client, member, "sync_reservations", **arguments)
    make(client, member, "create_reservation", {"Idempotency-Key": "shared key"}, resource_id=room, **slot(4))
    ids["payment_id"] = str(uuid.uuid4())
    _fill_by_hand(tenant, member, ids, rooms["kiosk"])
    return side


def make(client: Client, person: Person, function: str, headers: dict[str, str] | None = None, **arguments: Any) -> Any:
    """What a function makes and keeps."""
    answer = client.call(person, function, arguments, keep=True, **(headers or {}))
    assert answer.status == 200, (function, arguments, answer)
    return json.loads(answer.body)


def _fill_by_hand(tenant: Tenant, member: Person, ids: dict[str, str], kiosk: str) -> None:
    """What no member makes, or not at a time of one's choosing."""
    keys = {
        "tenant": tenant.id,
        "member": member.user_id,
        "kiosk": kiosk,
        **{k.replace(" ", "_"): v for k, v in ids.items()},
    }
    for statement in (
        "insert into booking.booking_rules (tenant_id, kind, hold_ttl) values (%(tenant)s, 'ship', '1 hour')",
        "insert into booking.opening_hours (tenant_id, resource_id, weekday, opens, closes)"
        " values (%(tenant)s, %(kiosk)s, 1, '09:00', '09:01')",
        "insert into booking.opening_exceptions (tenant_id, kind, date, is_closed, reason)"
        " values (%(tenant)s, 'ship', '2030-02-01', true, 'r')",
        "update booking.reservations set status = 'no_show' where tenant_id = %(tenant)s and id = %(missed)s",
        "insert into booking.reservations (tenant_id, resource_id, owner_id, starts_at, ends_at)"
        " values (%(tenant)s, %(kiosk)s, %(member)s, '2041-01-01 12:00Z', '2041-01-01 13:00Z')",
        "insert into booking.booking_attempts (tenant_id, occurred_at, outcome) values (%(tenant)s, now(), 'slot_taken')",
        "insert into booking.payments (tenant_id, id, owner_id, provider, status, amount, currency, refund_amount, description,"
        " provider_reference, status_reason)"
        " values (%(tenant)s, %(payment_id)s, %(member)s, 'payfast', 'refund_due', 5, 'ZAR', 5, 'd', 'a reference', 'cancelled')",
        "insert into booking.payment_items (tenant_id, payment_id, reservation_id, amount, refund)"
        " values (%(tenant)s, %(payment_id)s, %(missed)s, 5, 'due')",
        "insert into booking.payment_notifications (tenant_id, provider, payment_id, body)"
        f" values (%(tenant)s, 'payfast', %(payment_id)s, '{MARKER}')",
        "insert into booking.mail_templates (tenant_id, kind, subject, body) values (%(tenant)s, 'confirmed', 's', 'b')",
        "insert into booking.mails (tenant_id, id, user_id, kind, items, reason, error)"
        " values (%(tenant)s, gen_random_uuid(), %(member)s, 'confirmed', '[]', 'r', 'e')",
    ):
        tenant.connection.execute(statement, keys)


@dataclass(frozen=True)
class Function:
    """A function of the API."""

    name: str
    required: dict[str, str]
    optional: dict[str, str]
    """Types by argument."""

    def templates(self, side: Side) -> Iterator[dict[str, Any]]:
        """Arguments with which it can do something, with one optional id at a time, and lists of all that they take."""
        base = {name: value for argument in self.required for name, value in [(argument, self._value(side, argument))]}
        base |= _EXTRAS.get(self.name, {})
        lists = [
            name for name, kind in (self.required | self.optional).items() if name in ("items", "moves", "operations")
        ]
        yield from ({**base, name: [one]} for name in lists for one in self._elements(side, name))
        if not lists:
            yield base
        for name, kind in self.optional.items():
            if kind in ("uuid", "uuid[]"):
                more = {"scope": "this"} if "scope" in self.optional and name == "reservation_id" else {}
                yield {
                    **base,
                    **{n: [] for n in lists},
                    **more,
                    **{n: base[n] for n in lists if n in base},
                    name: self._value(side, name),
                }

    def _value(self, side: Side, name: str) -> Any:
        kind = (self.required | self.optional)[name]
        if kind == "uuid":
            return side.id_for(self.name, name)
        if kind == "uuid[]":
            return [side.id_for(self.name, name.removesuffix("s"))]
        if name in ("items", "moves", "operations"):
            return [next(self._elements(side, name))]
        return _VALUES[name]

    @staticmethod
    def _elements(side: Side, name: str) -> Iterator[dict[str, Any]]:
        ids, free = side.ids, slot(30)
        room, one = ids["resource_id"], ids["reservation_id"]
        if name == "items":
            yield {"resource_id": room, **free}
            yield {"resource_id": room, **free, "id": ids["held"]}
        elif name == "moves":
            yield {"reservation_id": one, "resource_id": room, **free}
        else:
            yield {"op": "create", "id": ids["held"], "resource_id": room, "owner_id": ids["owner_id"], **free}
            yield {"op": "reschedule", "id": one, "resource_id": room, **free}
            yield {"op": "cancel", "id": one}
            yield {"op": "confirm", "id": ids["held"]}


_VALUES: dict[str, Any] = {
    **slot(30), "shift": "30 days", "rrule": "FREQ=DAILY;COUNT=2", "local_start": "2042-01-01T09:00", "duration": "1 hour",
    "rules": {"max_per_day": 1}, "url": "https://example.org/", "at": slot(-24)["starts_at"],
}  # fmt: skip
"""What functions insist on, but for ids."""
_EXTRAS: dict[str, dict[str, Any]] = {
    "create_series": {"duration": "1 hour"}, "preview_series": {"duration": "1 hour"},
    "reschedule_series": {"shift": "30 days"}, "update_series": {"title": "x"}, "update_reservation": {"title": "x"},
}  # fmt: skip


def functions(connection: psycopg.Connection[Any]) -> list[Function]:
    """All there are."""
    rows = connection.execute(
        """
        select p.proname, jsonb_object_agg(a.name, format_type(a.type, null)) filter (where n <= pronargs - pronargdefaults),
               jsonb_object_agg(a.name, format_type(a.type, null)) filter (where n > pronargs - pronargdefaults)
          from pg_proc p
          left join lateral unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs]) with ordinality as a (type, name, n) on true
         where pronamespace = 'api'::regnamespace
         group by 1 order by 1
        """
    )
    return [Function(name, required or {}, optional or {}) for name, required, optional in rows]


def tables(connection: psycopg.Connection[Any]) -> dict[str, dict[str, str]]:
    """The tables of which each row is a tenant's; types by column."""
    rows = connection.execute(
        """
        select c.relname, jsonb_object_agg(attname, format_type(atttypid, null) order by attnum)
          from pg_class c join pg_attribute a on attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = ''
         where relnamespace = 'booking'::regnamespace and relkind in ('r', 'p')
         group by 1 having bool_or(attname = 'tenant_id') order by 1
        """
    )
    return dict(rows.fetchall())


def views(connection: psycopg.Connection[Any]) -> dict[str, dict[str, str]]:
    """The views of the API; types by column."""
    rows = connection.execute(
        """
        select c.relname, jsonb_object_agg(attname, format_type(atttypid, null))
          from pg_class c join pg_attribute on attrelid = c.oid and attnum > 0
         where relnamespace = 'api'::regnamespace and relkind = 'v' group by 1 order by 1
        """
    )
    return dict(rows.fetchall())


def may_write(connection: psycopg.Connection[Any], view: str) -> bool:
    """Whether anybody inserts into it."""
    row = connection.execute("select has_table_privilege('authenticated', %s, 'insert')", (f"api.{view}",)).fetchone()
    assert row
    return bool(row[0])


def mark(tenant: Tenant) -> set[str]:
    """Writes the marker into every text; returns all ids of the tenant."""
    connection, found = tenant.connection, {str(tenant.id)}
    connection.execute("set session_replication_role = replica")
    values = {"text": MARKER, "character varying": MARKER, "jsonb": json.dumps({MARKER: MARKER}), "text[]": [MARKER]}
    marked = 0
    for table, columns in tables(connection).items():
        name = sql.Identifier("booking", table)
        for column, kind in columns.items():
            if kind in values and column not in _UNMARKED:
                statement = sql.SQL("update {} set {} = %s where tenant_id = %s").format(name, sql.Identifier(column))
                # Not a word of the engine's own; nor where another row has the marker, and so is told as well.
                with suppress(
                    psycopg.errors.CheckViolation, psycopg.errors.UniqueViolation, psycopg.errors.StringDataRightTruncation
                ):  # fmt: skip
                    marked += connection.execute(statement, (values[kind], tenant.id)).rowcount
            elif kind == "uuid":
                statement = sql.SQL("select distinct {}::text from {} where tenant_id = %s").format(
                    sql.Identifier(column), name
                )
                found |= {one for (one,) in connection.execute(statement, (tenant.id,)) if one and one.strip("0-")}
    connection.execute("update booking.tenants set slug = 'their-slug', name = %s where id = %s", (MARKER, tenant.id))
    connection.execute("set session_replication_role = origin")
    assert marked > 300
    return found


def digest(tenant: Tenant) -> dict[str, str]:
    """Of all its rows, by table."""
    found = {}
    for table in tables(tenant.connection):
        statement = sql.SQL(
            "select count(*) || ' ' || md5(string_agg(t::text, ',' order by t::text)) from {} t where tenant_id = %s"
        )
        row = tenant.connection.execute(statement.format(sql.Identifier("booking", table)), (tenant.id,)).fetchone()
        assert row
        found[table] = row[0]
    return found


@dataclass
class World:
    """Both, and whoever asks."""

    stack: Stack
    client: Client
    ours: Side
    theirs: Side
    their_ids: set[str]

    def leaks(self, answer: Answer, told: set[str]) -> set[str]:
        """What an answer has of the other tenant, but for the ids that it was told."""
        text = answer.text.lower()
        return {one for one in (self.their_ids - told) | {MARKER.lower(), "their-slug"} if one in text}


def populate(stack: Stack, client: Client, connection: psycopg.Connection[Any]) -> World:
    """Two tenants in an empty database."""
    ours, theirs = (fill(client, make_tenant(connection)) for _ in range(2))
    connection.execute("select booking.sequence_events()")
    connection.execute(
        "insert into booking.waitlist_scans (tenant_id, resource_id, freed)"
        " select tenant_id, id, '{[2043-01-01 09:00Z, 2043-01-01 10:00Z)}' from booking.resources where name = 'closed'"
    )
    for table in tables(connection):
        for side in (ours, theirs):
            row = connection.execute(
                sql.SQL("select from {} where tenant_id = %s").format(sql.Identifier("booking", table)),
                (side.tenant.id,),
            ).fetchone()
            assert row is not None, f"nothing in {table}"
    return World(stack, client, ours, theirs, mark(theirs.tenant))


def places(arguments: Any, ids: set[str]) -> Iterator[Place]:
    """Where ids stand."""
    for key, value in arguments.items() if isinstance(arguments, dict) else enumerate(arguments):
        if isinstance(value, dict | list):
            yield from ((key, *rest) for rest in places(value, ids))
        elif value in ids:
            yield (key,)


def value_at(arguments: dict[str, Any], place: Place) -> Any:
    """What stands there."""
    inner: Any = arguments
    for key in place:
        inner = inner[key]
    return inner


def put(arguments: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """A copy with this value there."""
    changed = deepcopy(arguments)
    value_at(changed, place[:-1])[place[-1]] = value
    return changed


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Times that were given have no fractions.
_JUST_NOW = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00")
_RANDOM = re.compile(r"whsec_[A-Za-z0-9+/=]+|[A-Za-z0-9_-]{43}\b")


def without_chance(answer: Answer, sent: str, known: set[str]) -> str:
    """An answer without what is different each time, and with the id that was sent called 'sent'."""
    text = answer.text.replace(sent, "sent")
    text = _UUID.sub(lambda found: found[0] if found[0] in known else "new", text)
    return f"{answer.status} {_RANDOM.sub('random', _JUST_NOW.sub('now', text))}"


@pytest.fixture(scope="module")
def world(
    server: Server, stack: Stack, berth_template: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Two tenants in a database of their own, behind a PostgREST that undoes what it is asked to undo."""
    with psycopg.connect(server.superuser_url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database two_tenants template {berth_template.template_dbname} owner postgres")
        connection.execute(
            "alter role authenticator in database two_tenants set pgrst.db_tx_end = 'commit-allow-override'"
        )
    own = Stack(server.url("two_tenants"), stack.jwt_secret_file)
    with (
        own.postgrest(tmp_path_factory.mktemp("two_tenants")) as own.rest,
        psycopg.connect(own.database_url, autocommit=True) as connection,
    ):
        yield populate(own, Client(own.rest.url, len(ROLES)), connection)
    with psycopg.connect(server.superuser_url("postgres"), autocommit=True) as connection:
        connection.execute("drop database two_tenants with (force)")
