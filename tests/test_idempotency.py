"""One key, one effect, one answer, whatever dies in between."""

import itertools
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import urllib3

from gateway.idempotency import SHORTLY, Outcome, failure, outcome_of, patience, pauses
from tests.conftest import Person, Server, Stack, Tenant, make_tenant
from tests.gateway_fixtures import (
    Gateway,
    Impostor,
    Wire,
    assert_error,
    cancel_when_waiting,
    client_of,
    running_gateway,
    running_postgrest,
    slot,
)


def new_key() -> str:
    return str(uuid.uuid4())


def book_straight(stack: Stack, person: Person, key: str, **arguments: Any) -> urllib3.BaseHTTPResponse:
    """The same request as Gateway.book, past the gateway."""
    return stack.send(person, "POST", "rpc/create_reservation", arguments, {"Idempotency-Key": key})


@pytest.fixture(params=["postgrest", "gateway"])
def book(request: pytest.FixtureRequest, stack: Stack, gateway: Gateway) -> Callable[..., urllib3.BaseHTTPResponse]:
    """A booking with a key, by each of the two roads."""
    if request.param == "gateway":
        return gateway.book
    return lambda *arguments, **named: book_straight(stack, *arguments, **named)


def count(tenant: Tenant, table: str) -> int:
    row = tenant.connection.execute(
        f"select count(*) from booking.{table} where tenant_id = %s", (tenant.id,)
    ).fetchone()
    assert row
    return int(row[0])


# The decision


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (200, None, Outcome.ANSWERED),
        (400, "PT400", Outcome.ANSWERED),
        (400, "", Outcome.BROKE_OFF),
        (409, "PT409", Outcome.ANSWERED),
        (500, "XX000", Outcome.ANSWERED),
        (500, "40P01", Outcome.COLLIDED),
        (500, "55P03", Outcome.COLLIDED),
        (429, "PT429", Outcome.CROWDED),
        (500, "57014", Outcome.TOO_SLOW),
        (500, "57P01", Outcome.BROKE_OFF),
        (503, "57P03", Outcome.UNREACHABLE),
        (503, "08006", Outcome.BROKE_OFF),
        (503, "PGRST000", Outcome.UNREACHABLE),
        (503, "PGRST001", Outcome.BROKE_OFF),
        (503, "PGRST002", Outcome.UNREACHABLE),
        (504, "PGRST003", Outcome.UNREACHABLE),
        (502, None, Outcome.BROKE_OFF),
    ],
)
def test_what_an_answer_tells(status: int, code: str | None, outcome: Outcome) -> None:
    assert outcome_of(status, code) is outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_who_may_be_asked_again(outcome: Outcome) -> None:
    """The table in patience's docstring."""
    read = patience(outcome, is_write=False, has_key=False, retry_seconds=30)
    keyed = patience(outcome, is_write=True, has_key=True, retry_seconds=30)
    bare = patience(outcome, is_write=True, has_key=False, retry_seconds=30)
    if outcome in (Outcome.ANSWERED, Outcome.TOO_SLOW):
        assert (read, keyed, bare) == (0, 0, 0)
    elif outcome in (Outcome.UNREACHABLE, Outcome.COLLIDED, Outcome.CROWDED):
        assert (read, keyed, bare) == (SHORTLY, 30, SHORTLY)
    else:
        assert (read, keyed, bare) == (SHORTLY, 30, 0)


def test_what_the_client_is_told() -> None:
    """With a key never that nothing was done: an attempt before the last may have done it."""
    for outcome in set(Outcome) - {Outcome.ANSWERED}:
        assert "same Idempotency-Key" in failure(outcome, is_write=True, has_key=True).hint
    assert "may have been done" in failure(Outcome.TIMED_OUT, is_write=True, has_key=False).hint
    assert "Nothing was changed" in failure(Outcome.UNREACHABLE, is_write=True, has_key=False).hint


def test_pauses_grow_and_stay_small() -> None:
    lengths = [pause for pause, _ in zip(pauses(), range(20), strict=False)]
    assert 0.025 <= lengths[0] <= 0.05
    assert all(0.5 <= pause <= 1 for pause in lengths[6:])


# Replays


def test_a_replay_gives_the_first_answer(tenant: Tenant, book: Callable[..., Any]) -> None:
    person, room, key = tenant.person("member"), str(tenant.resource()), new_key()
    first = book(person, key, resource_id=room, title="ü", **slot())
    again = book(person, key, resource_id=room, title="ü", **slot())
    assert (first.status, again.status) == (200, 200)
    assert again.data == first.data
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (count(tenant, "reservations"), count(tenant, "events")) == (1, 2)  # one is the resource's


def test_a_replay_crosses_roads(stack: Stack, gateway: Gateway, tenant: Tenant) -> None:
    """The key is the database's: whoever was asked first, the other knows the answer."""
    person, room, key = tenant.person("member"), str(tenant.resource()), new_key()
    first = gateway.book(person, key, resource_id=room, **slot())
    again = book_straight(stack, person, key, resource_id=room, **slot())
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"


def test_another_request_under_a_used_key(tenant: Tenant, book: Callable[..., Any]) -> None:
    person, room, key = tenant.person("member"), str(tenant.resource()), new_key()
    assert book(person, key, resource_id=room, **slot()).status == 200
    assert_error(book(person, key, resource_id=room, **slot(1)), 422, "idempotency_key_reused")
    assert count(tenant, "reservations") == 1


def test_another_operation_under_a_used_key(gateway: Gateway, tenant: Tenant) -> None:
    person, room, key = tenant.person("member"), str(tenant.resource()), {"Idempotency-Key": new_key()}
    made = gateway.book(person, key["Idempotency-Key"], resource_id=room, **slot()).json()
    refused = gateway.send(person, "POST", "/rest/v1/rpc/cancel_reservation", {"reservation_id": made["id"]}, key)
    assert_error(refused, 422, "idempotency_key_reused")


def test_equals_in_parallel(tenant: Tenant, book: Callable[..., Any]) -> None:
    """They wait for the first, and all get its answer."""
    person, room, key = tenant.person("member"), str(tenant.resource()), new_key()
    times = slot()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: book(person, key, resource_id=room, **times), range(16)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert sum(answer.headers.get("Idempotency-Replayed") == "true" for answer in answers) == 15
    assert (count(tenant, "reservations"), count(tenant, "events")) == (1, 2)


def test_a_refusal_is_not_kept(gateway: Gateway, tenant: Tenant) -> None:
    """It changed nothing, so the same key may succeed once the reason is gone."""
    person, room, key = tenant.person("member"), str(tenant.resource()), new_key()
    rival = gateway.book(person, resource_id=room, **slot()).json()
    assert_error(gateway.book(person, key, resource_id=room, **slot()), 409, "slot_taken")
    gateway.send(person, "POST", "/rest/v1/rpc/cancel_reservation", {"reservation_id": rival["id"]})
    booked = gateway.book(person, key, resource_id=room, **slot())
    assert booked.status == 200
    assert "Idempotency-Replayed" not in booked.headers


def test_every_change_knows_its_key(gateway: Gateway, tenant: Tenant) -> None:
    """Rescheduling and cancelling, too, happen once and answer twice."""
    person, room = tenant.person("member"), str(tenant.resource())
    made = gateway.book(person, resource_id=room, **slot()).json()
    for function, arguments in [("reschedule_reservation", slot(5)), ("cancel_reservation", {"reason": "rain"})]:
        key, arguments = {"Idempotency-Key": new_key()}, {"reservation_id": made["id"], **arguments}
        first, again = (gateway.send(person, "POST", f"/rest/v1/rpc/{function}", arguments, key) for _ in range(2))
        assert first.status == 200
        assert again.data == first.data
        assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.json()["status"], again.json()["version"]) == ("cancelled", 3)


def test_a_key_is_its_users_own(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    """Another member, and another tenant, may use the same one."""
    key, room = new_key(), str(tenant.resource(capacity=2))
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        other = make_tenant(connection)
        answers = [
            gateway.book(tenant.person("member"), key, resource_id=room, **slot()),
            gateway.book(tenant.another("member"), key, resource_id=room, **slot()),
            gateway.book(other.person("member"), key, resource_id=str(other.resource()), **slot()),
        ]
    assert [answer.status for answer in answers] == [200] * 3
    assert len({answer.json()["id"] for answer in answers}) == 3


@pytest.mark.parametrize("rows", [1, 3])
def test_inserts_through_a_view(gateway: Gateway, tenant: Tenant, rows: int) -> None:
    """Each row of a request once, and each with the same answer."""
    body = [{"name": f"Desk {number}"} for number in range(rows)]
    headers = {"Idempotency-Key": new_key(), "Prefer": "return=representation"}
    manager = tenant.person("manager")
    first, again = (gateway.send(manager, "POST", "/rest/v1/resources", body, headers) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count(tenant, "resources") == rows
    changed = gateway.send(manager, "POST", "/rest/v1/resources", [{"name": "Other"}, *body[1:]], headers)
    assert_error(changed, 422, "idempotency_key_reused")


def test_changes_through_a_view(gateway: Gateway, tenant: Tenant) -> None:
    """A repeated update or delete answers again, and undoes nothing that others have done since."""
    manager = tenant.person("manager")
    rooms = [tenant.resource(name) for name in ("One", "Two")]
    tags = {"tags": ["old"]}
    want = {"Idempotency-Key": uuid.uuid4().hex, "Prefer": "return=representation"}
    path = "/rest/v1/resources?kind=eq.room&order=name"
    first = gateway.send(manager, "PATCH", path, tags, want)
    assert [row["tags"] for row in first.json()] == [["old"], ["old"]]
    assert gateway.send(manager, "PATCH", f"/rest/v1/resources?id=eq.{rooms[0]}", {"tags": ["new"]}).status == 204
    third = tenant.resource("Three")
    again = gateway.send(manager, "PATCH", path, tags, want)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert sorted(again.json(), key=str) == sorted(first.json(), key=str)
    now = tenant.connection.execute(
        "select name, tags from booking.resources where tenant_id = %s order by name", (tenant.id,)
    ).fetchall()
    assert now == [("One", ["new"]), ("Three", []), ("Two", ["old"])]
    other = gateway.send(manager, "PATCH", path, {"tags": ["other"]}, want)
    assert (other.status, other.json()["message"]) == (422, "idempotency_key_reused")

    key = {"Idempotency-Key": uuid.uuid4().hex}
    by_name = "/rest/v1/resources?name=eq.Three"
    assert gateway.send(manager, "DELETE", by_name, None, key).status == 204
    renewed = tenant.resource("Three")
    assert gateway.send(manager, "DELETE", by_name, None, key).status == 204
    left = tenant.connection.execute("select id from booking.resources where tenant_id = %s", (tenant.id,)).fetchall()
    assert {row[0] for row in left} == {*rooms, renewed}
    assert third not in left


@pytest.mark.parametrize(("length", "status"), [(0, 400), (1, 200), (255, 200), (256, 400)])
def test_the_length_of_a_key(gateway: Gateway, tenant: Tenant, length: int, status: int) -> None:
    response = gateway.send(
        tenant.person("member"), "POST", "/rest/v1/rpc/create_reservation",
        {"resource_id": str(tenant.resource()), **slot()}, {"Idempotency-Key": "k" * length},
    )  # fmt: skip
    assert response.status == status
    if status == 400:
        assert_error(response, 400, "invalid_argument")


# Deaths


@pytest.fixture
def wire(stack: Stack) -> Iterator[Wire]:
    """Loses the answer to the next request, once it has been given."""
    with Wire(stack.rest.url).connected() as wire:
        wire.lose = 1
        yield wire


def test_a_lost_answer_is_fetched_with_the_key(wire: Wire, tenant: Tenant, tmp_path: Path) -> None:
    """The booking had been made when the connection broke: the client gets it, and it is the only one."""
    person, room = tenant.person("member"), str(tenant.resource())
    with running_gateway(wire.url, tmp_path) as gateway:
        booked = gateway.book(person, new_key(), resource_id=room, **slot())
        metrics = gateway.send(None, "GET", "/metrics").data.decode()
    assert wire.lose == 0
    assert (booked.status, booked.headers["Idempotency-Replayed"]) == (200, "true")
    assert booked.json()["status"] == "confirmed"
    assert (count(tenant, "reservations"), count(tenant, "events")) == (1, 2)
    assert "berth_upstream_retries_total 1.0" in metrics
    assert "berth_idempotent_replays_total 1.0" in metrics
    assert [line["upstream_attempts"] for line in gateway.log() if line.get("method") == "POST"] == [2]


def test_a_lost_answer_without_a_key(wire: Wire, tenant: Tenant) -> None:
    """Nobody may ask again: it was done, and would be done twice."""
    arguments = {"resource_id": str(tenant.resource(capacity=2)), **slot()}
    response = client_of(wire.url).post(
        "/rest/v1/rpc/create_reservation", json=arguments,
        headers={"Authorization": f"Bearer {tenant.person('member').token}"},
    )  # fmt: skip
    assert "Idempotency-Key" in assert_error(response, 502, "upstream_failed")["hint"]
    assert count(tenant, "reservations") == 1


def test_a_key_that_stays_on_its_hop_protects_nothing(wire: Wire, tenant: Tenant) -> None:
    """Where Connection names the key, PostgREST never sees it, so the request is not repeated."""
    arguments = {"resource_id": str(tenant.resource(capacity=2)), **slot()}
    headers = {
        "Authorization": f"Bearer {tenant.person('member').token}",
        "Idempotency-Key": new_key(),
        "Connection": "Idempotency-Key",
    }
    response = client_of(wire.url).post("/rest/v1/rpc/create_reservation", json=arguments, headers=headers)
    assert_error(response, 502, "upstream_failed")
    assert count(tenant, "reservations") == 1


def test_a_read_is_asked_again(wire: Wire, tenant: Tenant) -> None:
    tenant.resource()
    headers = {"Authorization": f"Bearer {tenant.person('member').token}"}
    response = client_of(wire.url).get("/rest/v1/resources?select=name", headers=headers)
    assert (response.status_code, response.json) == (200, [{"name": "Room 1"}])


def test_patience_ends(tenant: Tenant) -> None:
    """With the key there is nothing to fear from another try, and the client is told so."""
    body = b'{"code":"57P01","message":"terminating","details":null,"hint":null}'
    with Impostor((500, {}, body)).listening() as impostor:
        response = client_of(impostor.url, retry_seconds=0.3).post(
            "/rest/v1/rpc/any", json={}, headers={"Idempotency-Key": "k"}
        )
    assert "same Idempotency-Key" in assert_error(response, 502, "upstream_failed")["hint"]
    assert len(impostor.seen) > 2


def test_a_database_session_that_breaks_off_without_a_word() -> None:
    """Killed, it leaves PostgREST nothing to tell but a 400 with an empty code: done or not, nobody knows."""
    nothing = (400, {}, b'{"code":"","details":null,"hint":null,"message":""}')
    with Impostor(nothing, (200, {}, b"{}")).listening() as impostor:
        client = client_of(impostor.url)
        assert client.post("/rest/v1/rpc/any", json={}, headers={"Idempotency-Key": "k"}).status_code == 200
    with Impostor(nothing).listening() as impostor:
        response = client_of(impostor.url).post("/rest/v1/rpc/any", json={})
    assert "may have been done" in assert_error(response, 502, "upstream_failed")["hint"]


def test_a_killed_database_session(server: Server, stack: Stack, gateway: Gateway, tenant: Tenant) -> None:
    """PostgreSQL ends the session in the middle of the transaction; the request goes through all the same."""
    person, room = tenant.person("member"), tenant.resource()
    with psycopg.connect(stack.database_url) as blocker, ThreadPoolExecutor() as pool:
        blocker.execute("select from booking.resources where tenant_id = %s for update", (tenant.id,))
        future = pool.submit(gateway.book, person, new_key(), resource_id=str(room), **slot())
        cancel_when_waiting(server, tenant.connection.info.dbname, "pg_terminate_backend")
        blocker.rollback()
        assert future.result().status == 200
    assert count(tenant, "reservations") == 1


CLIENTS, DEATHS = 8, 5


class Massacre:
    """Kills and restarts, again and again, while clients book; each client repeats what got no answer."""

    def __init__(self, gateway: Gateway, tenant: Tenant, kill_and_restart: Callable[[], None]) -> None:
        self.answers: list[urllib3.BaseHTTPResponse] = []
        self.unanswered = 0
        self._gateway, self._tenant, self._kill_and_restart = gateway, tenant, kill_and_restart
        self._room = str(tenant.resource())
        self._slots = itertools.count()
        self._over = threading.Event()

    def run(self) -> None:
        """Until there were enough deaths and every client has its answer."""
        person = self._tenant.person("member")
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            clients = [pool.submit(self._client, person) for _ in range(CLIENTS)]
            try:
                for _ in range(DEATHS):
                    time.sleep(random.uniform(0.05, 0.3))
                    self._kill_and_restart()
            finally:
                self._over.set()
            for client in clients:
                client.result()

    def _client(self, person: Person) -> None:
        while not self._over.is_set():
            key, times = new_key(), slot(next(self._slots))
            while True:
                try:
                    self.answers.append(self._gateway.book(person, key, resource_id=self._room, **times))
                    break
                except urllib3.exceptions.HTTPError:
                    self.unanswered += 1
                    time.sleep(0.05)

    def assert_booked_once(self) -> None:
        """Every acknowledged booking exists, and there is no other."""
        refused = {answer.data for answer in self.answers if answer.status != 200}
        assert not refused
        stored = self._tenant.connection.execute(
            "select id::text from booking.reservations where tenant_id = %s", (self._tenant.id,)
        ).fetchall()
        assert sorted(row[0] for row in stored) == sorted(answer.json()["id"] for answer in self.answers)
        assert count(self._tenant, "claims") == len(self.answers)
        assert count(self._tenant, "events") == len(self.answers) + 1  # and the resource's


def test_postgrest_killed_again_and_again(stack: Stack, tenant: Tenant, tmp_path: Path) -> None:
    """SIGKILL in the middle of requests, a restart, once more: no client notices."""
    with running_postgrest(stack, tmp_path) as rest, running_gateway(rest.url, tmp_path) as gateway:

        def kill_and_restart() -> None:
            assert rest.process
            rest.process.kill()
            rest.process.wait()
            rest.start()

        massacre = Massacre(gateway, tenant, kill_and_restart)
        massacre.run()
    assert massacre.unanswered == 0
    assert sum(line["upstream_attempts"] > 1 for line in gateway.log() if line.get("method") == "POST") >= DEATHS
    massacre.assert_booked_once()


def test_gateway_killed_again_and_again(stack: Stack, tenant: Tenant, tmp_path: Path) -> None:
    """Clients that repeat with the same key never book twice."""
    with running_gateway(stack.rest.url, tmp_path) as gateway:

        def kill_and_restart() -> None:
            gateway.kill()
            gateway.start()

        massacre = Massacre(gateway, tenant, kill_and_restart)
        massacre.run()
    assert massacre.unanswered >= DEATHS
    massacre.assert_booked_once()
