"""Nothing of one tenant is told to another, whatever is asked, and by whom: over HTTP, of every view and every function."""

import json
import os
import statistics
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import urllib3

from tests.gateway_fixtures import slot
from tests.prove.figures import Figures
from tests.two_tenants import (
    MARKER,
    ROLES,
    Answer,
    Place,
    World,
    digest,
    functions,
    may_write,
    places,
    put,
    value_at,
    views,
    without_chance,
)

SAMPLES = int(os.environ.get("BERTH_TEST_SAMPLES", "60"))


LOWEST = {
    **dict.fromkeys(
        ("approve_bundle", "approve_reservation", "approve_series", "reject_bundle", "reject_reservation", "reject_series"),
        "approver",
    ),
    **dict.fromkeys(
        ("booking_outcomes", "create_blackout", "lift_blackout", "peak_hours", "preview_rule_change", "record_refund",
         "reschedule_blackout", "resource_utilization"),
        "manager",
    ),
    **dict.fromkeys(
        ("create_webhook_endpoint", "delete_webhook_endpoint", "replay_webhook_deliveries", "rotate_webhook_secret",
         "send_test_event", "update_webhook_endpoint"),
        "admin",
    ),
}  # fmt: skip
"""The lowest role that a function takes, where that is not any member's."""

NOWHERE = "00000000-0000-4000-8000-000000000000"
"""An id that nothing has."""


@dataclass(frozen=True)
class Probe:
    """A call with something of ours in every place, and one place to put something else in."""

    function: str
    arguments: dict[str, Any]
    place: Place
    theirs: str
    """What they have of the same kind."""


def probes(world: World) -> list[Probe]:
    """Every place of every call."""
    kinds = {one: kind for kind, one in world.ours.ids.items()}
    found = [
        Probe(function.name, template, place, world.theirs.ids[kinds[value_at(template, place)]])
        for function in functions(world.ours.tenant.connection)
        for template in function.templates(world.ours)
        for place in places(template, set(kinds))
    ]
    assert len(found) > 80
    return found


def test_a_function_takes_whom_it_is_for(world: World) -> None:
    """And nobody without a token, or with one for a tenant that they are not in; those are not told what was wrong."""
    ours, client = world.ours, world.client
    people = [ours.tenant.person(role) for role in ROLES]
    outsider = replace(world.theirs.tenant.person("admin"), tenant_id=ours.tenant.id)
    nobody = replace(people[0], user_id=uuid.uuid4())
    for function in functions(ours.tenant.connection):
        reached = set()
        for arguments in function.templates(ours):
            answers = [client.call(person, function.name, arguments) for person in people]
            reached |= {person.role for person, answer in zip(people, answers, strict=True) if answer.status == 200}
            below = ROLES.index(LOWEST.get(function.name, "member"))
            assert all((a.status, a.error) == (403, "forbidden") for a in answers[:below]), (function.name, answers)
            assert all(a.status in (200, 400, 403, 404, 409) for a in answers), (function.name, answers)
            for stranger in (outsider, nobody):
                told = client.call(stranger, function.name, arguments)
                # Of a function that is a query, they get what they may see.
                assert told.body == "[]" or (told.status, told.error) == (403, "forbidden"), (function.name, told)
            assert client.call(None, function.name, arguments).status == 401
        # The rest of this page would prove nothing of a function that did nothing for anybody.
        assert LOWEST.get(function.name, "member") in reached, function.name


def test_what_others_have_is_what_nobody_has(world: World, figures: Figures) -> None:
    """Whatever id of theirs stands wherever in a call: not a byte of theirs, and no difference from an id that nothing has."""
    known = set(world.ours.ids.values())

    differing, leaking = [], []

    def ask(role: str) -> Counter[int]:
        person, statuses = world.ours.tenant.person(role), Counter[int]()
        for probe in probes(world):
            of_theirs, of_nothing = (
                world.client.call(person, probe.function, put(probe.arguments, probe.place, one))
                for one in (probe.theirs, NOWHERE)
            )
            where = (role, probe.function, probe.place)
            assert of_theirs.status < 500, (where, of_theirs)
            if world.leaks(of_theirs, {probe.theirs}):
                leaking.append((where, of_theirs))
            if without_chance(of_theirs, probe.theirs, known) != without_chance(of_nothing, NOWHERE, known):
                differing.append((where, of_theirs, of_nothing))
            # A key for something new may be anything, and so may what is not in the way.
            if probe.place[-1] not in ("id", "exclude_reservation_id") and of_theirs.status == 200:
                assert is_empty(of_theirs), (where, of_theirs)
            statuses[of_theirs.status] += 1
        return statuses

    with ThreadPoolExecutor(len(ROLES)) as threads:
        statuses = dict(zip(ROLES, threads.map(ask, ROLES), strict=True))
    figures.add("calls with ids of others", sum(counted.total() for counted in statuses.values()))
    figures.add("answers that differ from those for an id that nobody has", len(differing), at_most=0)
    figures.add("answers that leak", len(leaking), at_most=0)
    assert not differing + leaking, differing + leaking
    assert all(statuses[role][404] > 20 for role in ROLES), statuses


def is_empty(answer: Answer) -> bool:
    """Whether it tells of nothing but the refusal of single operations."""
    told = json.loads(answer.body)
    if isinstance(told, dict):
        return bool(told["replayed"] == 0)
    return all(one.get("result") == "rejected" for one in told)


def test_views_show_ones_own_tenant(world: World) -> None:
    """To nobody anything else: no row, no count of rows, and no plan that tells how many there might be."""
    ours, theirs = world.ours.tenant, world.theirs.tenant
    people = [ours.person(role) for role in ROLES]
    outsider = replace(theirs.person("admin"), tenant_id=ours.id)
    for view, columns in views(ours.connection).items():
        if "tenant_id" not in columns:
            assert view == "reservation_transitions"
            continue
        own = [world.client.send(person.token, "GET", view) for person in people]
        assert {answer.status for answer in own} == {200}
        assert json.loads(own[-1].body), f"nothing in {view}"
        assert not any(world.leaks(answer, set()) for answer in own), view
        for person in people:
            asked = world.client.send(
                person.token, "GET", f"{view}?tenant_id=eq.{theirs.id}", Prefer="count=exact, tx=rollback"
            )
            assert (asked.status, asked.body) == (200, "[]")
            assert "Content-Range: */0" in asked.headers
        assert world.client.send(outsider.token, "GET", view).body == "[]"
        assert world.client.send(None, "GET", view).status == 401
        plan = world.client.send(people[-1].token, "GET", view, Accept="application/vnd.pgrst.plan+json")
        assert plan.status in (406, 415)


def test_no_estimate_is_told(world: World) -> None:
    """PostgreSQL estimates from the rows of all tenants: what it thinks a filter finds says what others have."""
    theirs, connection = world.theirs.tenant, world.ours.tenant.connection
    token = world.ours.tenant.person("admin").token
    for how in ("planned", "estimated"):
        answer = world.client.send(token, "GET", f"reservations?tenant_id=eq.{theirs.id}", Prefer=f"count={how}")
        assert (answer.status, answer.error) == (400, "invalid_argument"), answer
    # PostgREST obeys several headers, and tells the database of the last.
    for view, columns in views(connection).items():
        for last in ("handling=lenient", "count=exact", ""):
            path = f"{view}?tenant_id=eq.{theirs.id}" if "tenant_id" in columns else view
            sent = urllib3.HTTPHeaderDict({"Authorization": f"Bearer {token}", "Prefer": "count=planned"})
            sent.add("Prefer", last)
            told = urllib3.request("GET", f"{world.stack.rest.url}/{path}", headers=sent, retries=False)
            assert (told.status, told.json()["message"]) == (400, "invalid_argument"), (view, last, told.data)
    # Whoever gets an estimate all the same cannot find out words by it.
    connection.execute("analyze")
    told = connection.execute(
        """
        select tablename, attname from pg_stats
         where schemaname = 'booking' and attname not in ('kind', 'tags', 'type', 'event_type', 'source_module', 'source_id')
           and has_column_privilege('authenticated', format('booking.%%I', tablename), attname, 'select')
           and concat(most_common_vals, histogram_bounds, most_common_elems) like %s
        """,
        (f"%{MARKER}%",),
    ).fetchall()
    assert told == []


def test_embedded_views_show_ones_own_tenant(world: World) -> None:
    for path in (
        "resources?select=*,reservations(*,payments:bundles(*),series(*)),blackouts(*),waitlist_entries(*)",
        "reservations?select=*,resources(*),bundles(*),series(*)",
        "webhook_endpoints?select=*,webhook_deliveries(*)",
    ):
        answer = world.client.send(world.ours.tenant.person("admin").token, "GET", path)
        assert answer.status in (200, 300), answer
        assert not world.leaks(answer, set())


def test_views_write_ones_own_tenant(world: World) -> None:
    """What they have can neither be changed nor taken away nor referred to, nor does it stand in the way."""
    connection, admin = world.ours.tenant.connection, world.ours.tenant.person("admin")
    before = digest(world.theirs.tenant)
    writable = [view for view in views(connection) if may_write(connection, view)]
    assert len(writable) == 5

    def same(method: str, path: str, body: dict[str, Any] | None, one: str) -> Answer:
        """The answer, which is the same for what they have and what nobody has."""
        answers = []
        for sent in (one, NOWHERE):
            changed = json.loads(json.dumps(body).replace(one, sent))
            wish = "tx=rollback, return=representation"
            answer = world.client.send(admin.token, method, path.replace(one, sent), changed, Prefer=wish)
            assert not world.leaks(answer, {sent})
            answers.append(without_chance(answer, sent, set(world.ours.ids.values())))
        assert answers[0] == answers[1]
        return answer

    for view in writable:
        row = connection.execute(
            psycopg.sql.SQL("select to_jsonb(t) from api.{} t where tenant_id = %s").format(psycopg.sql.Identifier(view)),
            (world.ours.tenant.id,),
        ).fetchone()  # fmt: skip
        assert row
        new = {
            k: v for k, v in row[0].items() if v is not None and k not in ("tenant_id", "source_module", "source_id")
        }
        theirs = connection.execute(
            psycopg.sql.SQL("select id::text from api.{} where tenant_id = %s").format(psycopg.sql.Identifier(view)),
            (world.theirs.tenant.id,),
        ).fetchone()  # fmt: skip
        assert theirs
        one, tenant_id = theirs[0], str(world.theirs.tenant.id)
        column = next(k for k in ("name", "reason", "max_per_day", "weekday", "subject") if k in row[0])
        if "kind" in new:
            new["kind"] = "changed"  # of which there is none yet
        assert same("POST", view, {**new, "id": one}, one).status == 201
        assert same("POST", view, {**new, "id": NOWHERE, "tenant_id": tenant_id}, tenant_id).status == 403
        for path in (f"{view}?id=eq.{one}", f"{view}?tenant_id=eq.{one}"):
            assert same("PATCH", path, {column: new.get(column, 1)}, one).body == "[]"
            assert same("DELETE", path, None, one).body == "[]"
        moved = same("PATCH", f"{view}?id=eq.{row[0]['id']}", {"tenant_id": tenant_id}, tenant_id)
        assert moved.status == 403
        if "resource_id" in row[0]:
            room = world.theirs.ids["resource_id"]
            referring = {k: v for k, v in new.items() if k != "kind"} | {"id": str(uuid.uuid4()), "resource_id": room}
            assert same("POST", view, referring, room).status == 404
    assert digest(world.theirs.tenant) == before


def test_keys_of_others_are_free(world: World) -> None:
    """An Idempotency-Key is its user's: that another tenant, or a colleague, has used it can neither be seen nor disturbs."""
    arguments = {"resource_id": world.ours.ids["resource_id"], **slot(50)}
    key = {"Idempotency-Key": "shared key"}
    assert world.client.call(world.ours.tenant.person("member"), "create_reservation", arguments, **key).status == 422
    for person in (world.ours.tenant.person("approver"), world.ours.tenant.person("admin")):
        answer = world.client.call(person, "create_reservation", arguments, **key)
        assert (answer.status, "Idempotency-Replayed" in answer.headers) == (200, False)


def test_others_feeds_are_theirs(world: World) -> None:
    """A feed is read by its address and shows one tenant; an address that is nearly right is one that nobody has."""
    with psycopg.connect(world.stack.gateway_database_url) as connection:

        def read(token: str) -> str:
            return str(connection.execute("select booking.read_calendar_feed(%s)", (token,)).fetchone())

        own = read(world.ours.feed_token)
        assert str(world.ours.ids["reservation_id"]) in own
        assert not world.leaks(Answer(200, "", own), set())
        nearly = world.theirs.feed_token[:-1] + ("A" if world.theirs.feed_token[-1] != "A" else "B")
        assert read(nearly) == read("x" * 43)


def test_it_takes_as_long_to_find_nothing(world: World) -> None:
    """Coarsely, by functions and views: what others have is found missing as slowly as what nobody has."""
    token, ids = world.ours.tenant.person("admin").token, world.theirs.ids
    for method, path, body, theirs in (
        ("POST", "rpc/cancel_reservation", "reservation_id", ids["reservation_id"]),
        ("POST", "rpc/reservation_history", "reservation_id", ids["reservation_id"]),
        ("POST", "rpc/confirm_bundle", "bundle_id", ids["held bundle"]),
        ("GET", "reservations?id=eq.", None, ids["reservation_id"]),
        ("GET", "resources?select=*,reservations(*)&id=eq.", None, ids["resource_id"]),
        ("GET", "calendar?resource_id=eq.", None, ids["resource_id"]),
        ("GET", "events?reservation_id=eq.", None, ids["reservation_id"]),
        ("PATCH", "resources?id=eq.", "name", ids["resource_id"]),
    ):
        taken: dict[str, list[float]] = {theirs: [], NOWHERE: []}
        for number in range(2 * SAMPLES):
            one = theirs if number % 2 else NOWHERE
            started = time.perf_counter()
            answer = world.client.send(token, method, path if method == "POST" else path + one, body and {body: one})
            taken[one].append(time.perf_counter() - started)
            assert answer.status < 500, answer
        medians = sorted(statistics.median(times) for times in taken.values())
        assert medians[1] < 3 * medians[0], (path, medians)


def test_whatever_is_tried_their_rows_stay_as_they_are(world: World) -> None:
    """Every id of theirs in every place, for good this time; and of what that has led to, their people are not told."""
    before = digest(world.theirs.tenant)
    # What is made with an id of theirs is ours.
    taken = {probe.theirs for probe in probes(world) if probe.place[-1] == "id"}
    for role in ROLES:
        person = world.ours.tenant.person(role)
        for probe in probes(world):
            arguments = put(probe.arguments, probe.place, probe.theirs)
            answer = world.client.call(person, probe.function, arguments, keep=True)
            assert not world.leaks(answer, taken | {probe.theirs}), (role, probe, answer)
    assert digest(world.theirs.tenant) == before
    rows = world.ours.tenant.connection.execute(
        "select * from booking.verify_invariants() where tenant_id = %s", (world.ours.tenant.id,)
    ).fetchall()
    assert rows == []
