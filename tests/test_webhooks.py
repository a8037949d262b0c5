"""Webhooks from the log to real receivers, whatever these do and whenever the worker dies."""

import os
import re
import signal
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.cli import main
from gateway.local.ports import HOST, free_port
from gateway.webhooks.delivery import Sender, parse_retry_after
from gateway.webhooks.signing import sign
from tests.conftest import Server, Stack, Tenant, make_tenant
from tests.gateway_fixtures import Gateway, serving
from tests.test_worker import running, wait_until
from tests.webhook_fixtures import Hooks, Receiver, answers, sends, waits

ANSWERED = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def hooks(server: Server, berth_db: psycopg.Connection[Any]) -> Hooks:
    berth_db.autocommit = True
    return Hooks(make_tenant(berth_db), server.url(berth_db.info.dbname))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as receiver:
        yield receiver


def test_the_vector_of_the_specification() -> None:
    payload = '{"event_type":"ping","data":{"success":true}}'
    assert sign("msg_loFOjxBNrRLzqYUf", 1731705121, payload, ["whsec_plJ3nmyCDGBKInavdOK15jsl"]) == {
        "webhook-id": "msg_loFOjxBNrRLzqYUf",
        "webhook-timestamp": "1731705121",
        "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    }


def test_an_event_arrives_as_the_log_has_it(
    hooks: Hooks, receiver: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    receiver.behaviours["/hook?key=hush"] = answers(201, b"thanks")
    hooks.book()
    endpoint = hooks.endpoint(f"{receiver.url}/hook?key=hush")
    other = hooks.endpoint(f"{receiver.url}/other", "blackout.*")
    (reservation,) = hooks.book()
    with hooks.delivering():
        wait_until(lambda: hooks.statuses() == ["delivered"])
    (got,) = receiver.received
    row = hooks.connection.execute(
        "select to_jsonb(e) from (select id, type, tenant_id, occurred_at, actor_id, cursor, data from api.events"
        " where reservation_id = %s) e",
        (str(reservation),),
    ).fetchone()
    assert row
    got.event["occurred_at"] = datetime.fromisoformat(got.event["occurred_at"]).isoformat()
    assert got.event | {"occurred_at": None} == row[0] | {"occurred_at": None}
    assert datetime.fromisoformat(got.event["occurred_at"]) == datetime.fromisoformat(row[0]["occurred_at"])
    assert list(got.event) == ["id", "type", "tenant_id", "occurred_at", "actor_id", "cursor", "data"]
    assert got.id == got.event["id"]
    assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 30
    assert Webhook(endpoint["secret"]).verify(got.body, got.headers) == got.event
    with pytest.raises(WebhookVerificationError):
        Webhook(other["secret"]).verify(got.body, got.headers)
    assert (got.headers["content-type"], got.headers["host"]) == (
        "application/json",
        receiver.url.removeprefix("http://"),
    )
    (delivery,) = hooks.deliveries(endpoint)
    assert (delivery["attempts"], delivery["response_status"], delivery["response_body"]) == (1, 201, "thanks")
    assert (delivery["error"], delivery["next_attempt_at"]) == (None, None)
    assert delivery["latency_ms"] < 5000
    log = "".join(capfd.readouterr())
    assert "webhook_attempt" in log
    assert not [word for word in ("hush", "whsec", "thanks", "starts_at") if word in log]


def test_what_receivers_do_and_what_it_counts_as(hooks: Hooks, receiver: Receiver) -> None:
    never = threading.Event()
    late, broken, garbled = (
        "no complete answer in time",
        "the connection broke off before a complete answer",
        "the answer is not HTTP",
    )
    drip = [bytes([byte]) for byte in b"Server: " + b"x" * 200]
    cases: dict[str, tuple[Any, str, int | None, str | None, str | None]] = {
        "/ok": (answers(200, b"fine"), "delivered", 200, None, "fine"),
        "/299": (answers(299), "delivered", 299, None, ""),
        "/long": (answers(200, b"x" * 100_000), "delivered", 200, None, "x" * 1024),
        "/endless": (sends(ANSWERED + b"\r\n", *[b"x" * 1000] * 1000, every=0.001), "delivered", 200, None, "x" * 1024),
        "/binary": (answers(200, b"a\0b\xff\xc3\xbc"), "delivered", 200, None, "ab\ufffd\u00fc"),
        "/zip": (answers(200, b"no zip", Content_Encoding="gzip"), "delivered", 200, None, "no zip"),
        "/500": (answers(500, b"oh"), "retrying", 500, "answered 500", "oh"),
        "/404": (answers(404), "retrying", 404, "answered 404", ""),
        "/410": (answers(410), "dead", 410, "answered 410", ""),
        "/301": (answers(301, Location=f"{receiver.url}/trap"), "retrying", 301, "answered 301; redirects are not followed", ""),
        "/307": (answers(307, Location=f"{receiver.url}/trap"), "retrying", 307, "answered 307; redirects are not followed", ""),
        "/hang": (waits(never), "retrying", None, late, None),
        "/close": (sends(), "retrying", None, broken, None),
        "/half": (sends(ANSWERED + b"Content-Length: 9\r\n\r\nhalf"), "delivered", 200, None, "half"),
        "/chunks": (sends(ANSWERED + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "retrying", 200, broken, None),
        "/garbage": (sends(b"\x00\xffnothing\r\n\r\n"), "retrying", None, garbled, None),
        "/header": (sends(ANSWERED, b"x" * 100_000), "retrying", None, garbled, None),
        "/headers": (sends(ANSWERED, b"a: b\r\n" * 1000), "retrying", None, garbled, None),
        "/continue": (sends(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 100, every=0.02), "retrying", None, late, None),
        "/drip_head": (sends(ANSWERED, *drip, every=0.02), "retrying", 200, late, ""),
        "/drip_body": (sends(ANSWERED + b"\r\n", *drip, every=0.02), "retrying", 200, late, "Server: xxxx"),
        "/drip_500": (sends(b"HTTP/1.1 500 No\r\n\r\n", *drip, every=0.02), "retrying", 500, late, "Server: xxxx"),
    }  # fmt: skip
    receiver.behaviours = {path: case[0] for path, case in cases.items()}
    endpoints = {path: hooks.endpoint(receiver.url + path) for path in cases}
    nowhere = hooks.endpoint(f"http://{HOST}:{free_port()}/")
    hooks.book()
    with hooks.delivering(timeout=1):
        wait_until(lambda: [delivery["attempts"] for delivery in hooks.deliveries()] == [1] * (len(cases) + 1))
    for path, (_, status, response_status, error, body) in cases.items():
        (found,) = hooks.deliveries(endpoints[path])
        assert (found["status"], found["response_status"], found["error"]) == (status, response_status, error), path
        # Of what drips, as much as came in time.
        kept = found["response_body"]
        assert kept and kept.startswith(body or "") if error == late and body else kept == body, path
    assert hooks.deliveries(nowhere)[0]["error"] == "the connection was refused"
    assert receiver.of("/trap") == []
    assert all(delivery["latency_ms"] < 2000 for delivery in hooks.deliveries())
    disabled = hooks.connection.execute(
        "select id::text, disabled_reason from api.webhook_endpoints where not is_enabled"
    )
    assert disabled.fetchall() == [(endpoints["/410"]["id"], "it answered 410 Gone")]


def test_an_answer_may_take_longer_than_a_connection(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.webhooks.delivery.CONNECT_TIMEOUT", 0.3)
    receiver.behaviours["/"] = sends(b"", ANSWERED + b"\r\n", every=0.7)
    attempt = Sender(allow_private=True).send(receiver.url + "/", {}, b"{}")
    assert (attempt.status, attempt.error) == (200, None)
    assert attempt.latency_ms >= 700


def test_no_answer_is_a_fault_of_ours() -> None:
    answer = b""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(answer)

    @given(
        st.sampled_from([b"", ANSWERED, ANSWERED + b"\r\n", b"HTTP/1.1 ", ANSWERED + b"Content-Length: "]),
        st.binary(max_size=200),
    )
    @settings(max_examples=100, deadline=None)
    def try_it(start: bytes, garbage: bytes) -> None:
        nonlocal answer
        answer = start + garbage
        attempt = Sender(allow_private=True, timeout=5, tls=tls).send(url + "/", {}, b"{}")
        assert attempt.error != "a fault of ours"
        assert attempt.error is not None or 200 <= (attempt.status or 0) < 300
        assert "\0" not in (attempt.body or "")

    tls = Sender().tls  # takes a while to make
    with serving(socketserver.TCPServer((HOST, 0), Handler)) as url:
        try_it()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("120", 120), ("86401", 86400), ("9" * 5000, 86400), ("", None), ("-1", None), ("1.5", None), ("²", None),
        ("soon", None), (None, None),
        ("Thu, 26 Nov 2026 12:00:30 GMT", 30), ("Thu, 26 Nov 2026 11:00:00 GMT", 0), ("Thu, 26 Nov 2099 11:00:00 GMT", 86400),
        ("Thu, 99 Nov 2026 11:00:00 GMT", None), ("Thu, 26 Nov 2026 12:00:30 -0000", None),
    ],
)  # fmt: skip
def test_retry_after(value: str | None, seconds: int | None) -> None:
    assert parse_retry_after(value, datetime(2026, 11, 26, 12, tzinfo=UTC)) == seconds


def test_a_failure_is_tried_again_under_the_same_id(hooks: Hooks, receiver: Receiver) -> None:
    receiver.behaviours["/"] = answers(503, Retry_After="60")
    endpoint = hooks.endpoint(receiver.url + "/")
    hooks.book()
    with hooks.delivering():
        wait_until(lambda: hooks.statuses() == ["retrying"])
        (delivery,) = hooks.deliveries()
        wait = datetime.fromisoformat(delivery["next_attempt_at"]) - datetime.fromisoformat(delivery["updated_at"])
        assert wait.total_seconds() == 60
        receiver.behaviours["/"] = answers(500)
        hooks.make_due()
        wait_until(lambda: hooks.deliveries()[0]["attempts"] == 2)
        time.sleep(1.1)
        receiver.behaviours["/"] = answers(204)
        hooks.make_due()
        wait_until(lambda: hooks.statuses() == ["delivered"])
    assert hooks.deliveries()[0]["attempts"] == 3
    assert len({got.id for got in receiver.received}) == len({got.body for got in receiver.received}) == 1
    assert len({got.headers["webhook-timestamp"] for got in receiver.received}) >= 2
    for got in receiver.received:
        Webhook(endpoint["secret"]).verify(got.body, got.headers)


def test_what_happened_to_one_reservation_arrives_in_order(hooks: Hooks, receiver: Receiver) -> None:
    failing = threading.Event()

    def fail_twice(handler: Any) -> None:
        event = receiver.received[-1].event if len(receiver.received) else None
        assert event
        answers(204 if failing.is_set() else 500)(handler)

    receiver.behaviours["/shaky"] = fail_twice
    shaky, steady = hooks.endpoint(f"{receiver.url}/shaky"), hooks.endpoint(f"{receiver.url}/steady")
    reservations = hooks.book(3)
    with hooks.delivering():
        for number in range(4):
            for reservation in reservations:
                hooks.rename(reservation, f"Title {number}")
        wait_until(lambda: hooks.statuses(steady) == ["delivered"] * 15)
        # Only the first of each is tried, and tried again.
        wait_until(lambda: Counter(hooks.statuses(shaky)) == {"retrying": 3, "pending": 12})
        assert {got.event["type"] for got in receiver.of("/shaky")} == {"reservation.confirmed"}
        failing.set()
        hooks.make_due()
        wait_until(lambda: hooks.statuses(shaky) == ["delivered"] * 15)
    for path in ("/steady", "/shaky"):
        for reservation in reservations:
            versions = [
                got.event["data"]["reservation"]["version"]
                for got in receiver.of(path)
                if got.event["data"]["reservation"]["id"] == str(reservation)
            ]
            assert versions == sorted(versions)
            assert set(versions) == {1, 2, 3, 4, 5}


def test_both_secrets_sign_while_one_is_replaced(hooks: Hooks, receiver: Receiver) -> None:
    old = hooks.endpoint(f"{receiver.url}/")
    new = hooks.ask("rotate_webhook_secret", endpoint_id=old["id"], grace="1 hour")
    with hooks.delivering():
        hooks.book()
        wait_until(lambda: hooks.statuses() == ["delivered"])
        hooks.connection.execute("update booking.webhook_secrets set expires_at = now() where expires_at is not null")
        hooks.book()
        wait_until(lambda: hooks.statuses() == ["delivered"] * 2)
    during, after = receiver.received
    assert re.fullmatch("v1,[^ ]+ v1,[^ ]+", during.headers["webhook-signature"])
    for secret in (old["secret"], new["secret"]):
        Webhook(secret).verify(during.body, during.headers)
    Webhook(new["secret"]).verify(after.body, after.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old["secret"]).verify(after.body, after.headers)


def test_a_test_and_a_replay(hooks: Hooks, receiver: Receiver) -> None:
    endpoint, other = (
        hooks.endpoint(f"{receiver.url}/a", "reservation.cancelled"),
        hooks.endpoint(f"{receiver.url}/b", "*"),
    )
    with hooks.delivering():
        assert hooks.ask("send_test_event", endpoint_id=endpoint["id"])["status"] == "pending"
        wait_until(lambda: hooks.statuses(endpoint) == ["delivered"])
        hooks.book(2)
        wait_until(lambda: hooks.statuses(other).count("delivered") == 4)
        booked = [got.id for got in receiver.of("/b") if got.event["type"] == "reservation.confirmed"]
        answer = hooks.ask("replay_webhook_deliveries", endpoint_id=other["id"], event_ids=booked[:1])
        assert answer == {"endpoint_id": other["id"], "replayed": 1}
        wait_until(lambda: len(receiver.of("/b")) == 5)
        assert receiver.of("/b")[-1].id == booked[0]
    (test,) = receiver.of("/a")
    assert (test.event["type"], test.event["actor_id"]) == (
        "webhook_endpoint.test",
        str(hooks.tenant.person("admin").user_id),
    )
    assert test.event["data"]["webhook_endpoint"]["endpoint_id"] == endpoint["id"]


def test_what_is_not_public_gets_nothing_unless_in_development(hooks: Hooks, receiver: Receiver) -> None:
    plain, private = hooks.endpoint(receiver.url), hooks.endpoint(receiver.url.replace("http:", "https:"))
    hooks.book()
    with hooks.delivering(allow_private=False):
        wait_until(lambda: hooks.statuses() == ["retrying"] * 2)
    assert receiver.received == []
    assert hooks.deliveries(plain)[0]["error"] == "only https is delivered to"
    assert hooks.deliveries(private)[0]["error"] == "the host is not on the public internet"


@pytest.fixture
def allowing_private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BERTH_WEBHOOK_ALLOW_PRIVATE", "1")


def test_two_workers_deliver_everything_once(
    hooks: Hooks, receiver: Receiver, tmp_path: Path, allowing_private: None
) -> None:
    for number in range(4):
        hooks.endpoint(f"{receiver.url}/{number}")
        # Slow enough that neither worker can do it all before the other looks.
        receiver.behaviours[f"/{number}"] = sends(b"", ANSWERED + b"\r\n", every=0.2)
    with running(hooks.database_url, tmp_path, count=2) as workers:
        hooks.book(40)
        wait_until(lambda: hooks.statuses() == ["delivered"] * 160)
        logs = [worker.log_file.read_text().count("webhook_attempt") for worker in workers]
    assert Counter((got.path, got.id) for got in receiver.received).most_common(1)[0][1] == 1
    assert len(receiver.received) == 160
    assert all(logs), logs


def test_a_killed_worker_loses_nothing(
    hooks: Hooks, receiver: Receiver, tmp_path: Path, allowing_private: None
) -> None:
    release = threading.Event()
    receiver.behaviours["/slow"] = waits(release)
    slow, quick = hooks.endpoint(f"{receiver.url}/slow"), hooks.endpoint(f"{receiver.url}/quick")
    with running(hooks.database_url, tmp_path) as (worker,):
        hooks.book(30)
        wait_until(lambda: receiver.of("/slow") and len(receiver.of("/quick")) > 5)
        os.kill(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
    assert "delivered" not in hooks.statuses(slow)
    (interrupted,) = receiver.of("/slow")
    release.set()
    with running(hooks.database_url, tmp_path):
        hooks.make_due()  # rather than wait until the lease is over
        wait_until(lambda: hooks.statuses() == ["delivered"] * 60)
    for endpoint, path in ((slow, "/slow"), (quick, "/quick")):
        assert {got.id for got in receiver.of(path)} == {
            delivery["event_id"] for delivery in hooks.deliveries(endpoint)
        }
    assert [got.body for got in receiver.of("/slow") if got.id == interrupted.id] == [interrupted.body] * 2


def test_sigterm_lets_what_is_under_way_end(
    hooks: Hooks, receiver: Receiver, tmp_path: Path, allowing_private: None
) -> None:
    release = threading.Event()
    receiver.behaviours["/"] = waits(release)
    hooks.endpoint(f"{receiver.url}/")
    with running(hooks.database_url, tmp_path) as (worker,):
        hooks.book(2)
        wait_until(lambda: receiver.received)
        worker.process.terminate()
        time.sleep(0.5)
        assert worker.process.poll() is None
        release.set()
        assert worker.process.wait(5) == 0
    assert hooks.statuses() == ["delivered", "pending"]


def test_dead_endpoints_do_not_hold_up_the_others(hooks: Hooks, receiver: Receiver) -> None:
    never = threading.Event()
    receiver.behaviours |= {f"/dead/{number}": waits(never) for number in range(20)}
    for number in range(20):
        hooks.endpoint(f"{receiver.url}/dead/{number}")
    other = Hooks(make_tenant(hooks.connection), hooks.database_url)
    other.endpoint(f"{receiver.url}/well")
    hooks.book(50)  # 1000 deliveries that will hang
    with hooks.delivering():
        wait_until(lambda: len(receiver.received) == 20)
        for _ in range(5):
            other.book(4)
            time.sleep(0.2)
        wait_until(lambda: len(receiver.of("/well")) == 20, 3)
        assert len(receiver.received) == 40
        never.set()
        hooks.connection.execute("update booking.webhook_endpoints set disabled_at = now(), disabled_reason = 'over'")


def test_the_secret_is_told_once_and_to_retries(gateway: Gateway, stack: Stack, tenant: Tenant) -> None:
    admin = tenant.person("admin")
    arguments = {"url": "https://example.org/hook", "event_types": ["reservation.*"]}

    def create(**headers: str) -> Any:
        answer = gateway.send(admin, "POST", "/rest/v1/rpc/create_webhook_endpoint", arguments, headers)
        assert answer.status == 200
        return answer

    first, second = create(**{"Idempotency-Key": "k"}), create(**{"Idempotency-Key": "k"})
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    endpoint = first.json()
    assert stack.request(admin, "GET", "webhook_endpoints?select=*")[1] == [
        {name: value for name, value in endpoint.items() if name != "secret"}
    ]
    assert stack.rpc(admin, "rotate_webhook_secret", endpoint_id=endpoint["id"], grace="24h")[0] == 200
    for role in ("manager", "member"):
        assert stack.request(tenant.person(role), "GET", "webhook_endpoints") == (200, [])
        assert stack.rpc(tenant.person(role), "create_webhook_endpoint", **arguments)[0] == 403
    status, delivery = stack.rpc(admin, "send_test_event", endpoint_id=endpoint["id"])
    assert (status, delivery["status"]) == (200, "pending")
    assert stack.request(admin, "GET", "webhook_deliveries?select=id,endpoint_id,event_id,status,attempts")[1] == [
        {
            "id": delivery["id"],
            "endpoint_id": endpoint["id"],
            "event_id": delivery["event_id"],
            "status": "pending",
            "attempts": 0,
        }
    ]
    assert (
        stack.rpc(admin, "replay_webhook_deliveries", endpoint_id=endpoint["id"], since="2020-01-01T00:00:00Z")[0]
        == 200
    )
    assert stack.rpc(admin, "delete_webhook_endpoint", endpoint_id=endpoint["id"])[1]["id"] == endpoint["id"]


def test_the_doctor_misses_deliveries(hooks: Hooks) -> None:
    def examine() -> Any:
        return CliRunner().invoke(main, ["doctor", "--database-url", hooks.database_url])

    endpoint = hooks.endpoint("https://example.org/")
    hooks.book()
    hooks.connection.execute("select booking.fan_out_events()")
    assert re.search(r"^ok    oldest webhook that is due has waited \d s$", examine().stdout, re.MULTILINE)
    hooks.connection.execute("update booking.webhook_deliveries set next_attempt_at = now() - interval '95 seconds'")
    sick = examine()
    assert sick.exit_code == 1
    assert re.search(
        r"^FAIL  oldest webhook that is due has waited 9\d s: does a worker run\?$", sick.stdout, re.MULTILINE
    )
    hooks.ask("update_webhook_endpoint", endpoint_id=endpoint["id"], is_enabled=False)
    well = examine()
    assert well.exit_code == 0, well.stdout
    assert "ok    1 webhook endpoints, 1 of them disabled and 0 failing; 1 deliveries given up\n" in well.stdout
    hooks.connection.execute("update booking.event_consumers set position = 0 where name = 'webhooks'")
    hooks.connection.execute("set session_replication_role = replica")
    hooks.connection.execute("update booking.events set occurred_at = now() - interval '95 seconds'")
    assert re.search(
        r"^FAIL  oldest event not taken for webhooks has waited 9\d s: does a worker run\?$",
        examine().stdout,
        re.MULTILINE,
    )
