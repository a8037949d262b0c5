"""What the worker and the gateway tell Prometheus, and that the alerts ask for what is told."""

import re
import shutil
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import urllib3
import yaml
from click.testing import CliRunner

from gateway.cli import main
from gateway.duty_metrics import DutyMetrics, serve
from gateway.local.ports import HOST, free_port
from gateway.local.postgrest import PROJECT_DIR
from gateway.worker import Duty, Sweep, work
from tests.conftest import Server, as_worker, make_tenant
from tests.gateway_fixtures import Gateway
from tests.test_worker import reserve, running, wait_until


class Moody:
    """Fails as often as it is told, then does nothing, gladly."""

    name = "moody"

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def perform(self, connection: psycopg.Connection[Any]) -> bool:
        if self.failures:
            self.failures -= 1
            connection.execute("select 1 / 0")
        return False


class Metrics:
    """/metrics at a port, and the worker behind it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://{HOST}:{port}/metrics"

    def text(self) -> str:
        return urllib3.request("GET", self.url, timeout=10, retries=False).data.decode()

    def value(self, name: str) -> float:
        """Of one series, written as Prometheus does."""
        match = re.search(rf"^{re.escape(name)} (\S+)$", self.text(), re.MULTILINE)
        assert match, name
        return float(match[1])


@contextmanager
def working(url: str, *duties: Duty) -> Iterator[Metrics]:
    port, stopping = free_port(), threading.Event()
    metrics = DutyMetrics([duty.name for duty in duties])
    serve(metrics, url, HOST, port)
    thread = threading.Thread(target=work, args=(url, duties, 0.1, stopping, metrics))
    thread.start()
    try:
        yield Metrics(port)
    finally:
        stopping.set()
        thread.join(20)


@pytest.fixture
def url(server: Server, berth_db: psycopg.Connection[Any]) -> str:
    berth_db.autocommit = True
    return as_worker(server.url(berth_db.info.dbname))


def test_runs_and_failures(url: str) -> None:
    with working(url, Sweep(10), Moody(2)) as metrics:
        wait_until(lambda: 'duration_seconds_count{duty="moody"}' in metrics.text())
        assert metrics.value('berth_duty_failures_total{duty="moody"}') == 2
        assert metrics.value('berth_duty_failures_total{duty="sweep"}') == 0
        assert metrics.value('berth_duty_run_duration_seconds_count{duty="sweep"}') > 0


def test_what_waits_is_told(url: str, berth_db: psycopg.Connection[Any]) -> None:
    """Of a worker that does not sweep, and follows no log."""
    tenant = make_tenant(berth_db)
    member = tenant.person("member").user_id
    berth_db.execute("update booking.event_consumers set position = 0")
    with working(url, Moody(0)) as metrics:
        assert metrics.value("berth_database_up") == 1
        assert metrics.value("berth_sweep_lag_seconds") == 0
        assert metrics.value('berth_event_consumer_lag_seconds{consumer="webhooks"}') == 0
        reserve(tenant, tenant.resource(), "held", "1 day", "25 hours", expires_at="-100 seconds")
        assert 100 <= metrics.value("berth_sweep_lag_seconds") < 160
        assert 0 < metrics.value('berth_event_consumer_lag_seconds{consumer="webhooks"}') < 60
        berth_db.execute(
            "insert into booking.mails (tenant_id, id, user_id, kind, items)"
            " values (%s, %s, %s, 'confirmed', '[]')", (tenant.id, uuid.uuid4(), member),
        )  # fmt: skip
        assert metrics.value("berth_mails") == 1


def test_each_duty_of_a_healthy_worker_goes_well_again_and_again(
    server: Server, berth_db: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BerthDutyFails asks when a run last ended well: one that lasts as long as the worker would look like a fault."""
    for name, value in {
        "BERTH_SMTP_URL": "smtp://127.0.0.1:1", "BERTH_MAIL_FROM": "a@example.org", "BERTH_PUBLIC_URL": "https://a.example",
        "BERTH_PAYFAST_MERCHANT_ID": "1", "BERTH_PAYFAST_MERCHANT_KEY": "key", "BERTH_PAYFAST_PASSPHRASE": "phrase",
        "BERTH_PAYFAST_RETURN_URL": "https://a.example", "BERTH_PAYFAST_CANCEL_URL": "https://a.example",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    port = free_port()
    with running(server.url(berth_db.info.dbname), tmp_path, "--metrics-port", str(port)):
        metrics = Metrics(port)

        def last_successes() -> dict[str, float]:
            found = re.findall(
                r'^berth_duty_last_success_timestamp_seconds{duty="(\w+)"} (\S+)$', metrics.text(), re.MULTILINE
            )
            return {duty: float(at) for duty, at in found}

        before = last_successes()
        assert {"sequence_events", "sweep", "retention", "fan_out_webhooks", "deliver_webhooks", "collect_mails",
                "send_mails", "verify_payfast"} <= set(before)  # fmt: skip
        wait_until(lambda: all(at > before[duty] for duty, at in last_successes().items()), 10)
        assert "_created" not in metrics.text()


def test_a_database_that_is_gone_is_told(server: Server) -> None:
    port = free_port()
    serve(DutyMetrics(), server.url("no_such_database"), HOST, port)
    assert Metrics(port).value("berth_database_up") == 0
    assert "berth_sweep_lag_seconds" not in Metrics(port).text()


def test_a_taken_port_is_one_line() -> None:
    port = free_port()
    serve(DutyMetrics(), "", HOST, port)
    taken = CliRunner().invoke(main, ["worker", "--database-url", "postgresql://", "--metrics-port", str(port)])
    assert taken.exit_code == 2
    assert taken.output.startswith(f"berth: {HOST}:{port} cannot be had for metrics")


def test_alerts_ask_for_what_there_is(url: str, gateway: Gateway) -> None:
    alerts = yaml.safe_load((PROJECT_DIR / "deploy" / "alerts.yml").read_text())["groups"][0]["rules"]
    gateway.send(None, "GET", "/live")
    with working(url, Sweep(10)) as metrics:
        wait_until(lambda: "berth_duty_run_duration_seconds_count" in metrics.text())
        told = metrics.text() + gateway.send(None, "GET", "/metrics").data.decode()
    for alert in alerts:
        for name in re.findall(r"\bberth_\w+", alert["expr"]):
            assert re.search(rf"^{name}[ {{]", told, re.MULTILINE), (alert["alert"], name)
    described = (PROJECT_DIR / "docs" / "operators.md").read_text()
    assert [alert["alert"] for alert in alerts] == re.findall(r"^\| `(Berth\w+)`", described, re.MULTILINE)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool, of Prometheus, is not installed")
@pytest.mark.parametrize(
    "command",
    # Where alerts.yml lies in its container, it does not lie here.
    [("check", "config", "--syntax-only", "prometheus.yml"), ("check", "rules", "alerts.yml"),
     ("test", "rules", "alerts_test.yml")],
)  # fmt: skip
def test_prometheus_fires_each_alert_when_it_should(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        ["promtool", *command], cwd=PROJECT_DIR / "deploy", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tested_to_fire_and_not_to() -> None:
    folder = PROJECT_DIR / "deploy"
    alerts = {rule["alert"] for rule in yaml.safe_load((folder / "alerts.yml").read_text())["groups"][0]["rules"]}
    told: dict[bool, set[str]] = {True: set(), False: set()}
    for test in yaml.safe_load((folder / "alerts_test.yml").read_text())["tests"]:
        for case in test["alert_rule_test"]:
            told[bool(case["exp_alerts"])].add(case["alertname"])
    assert told == {True: alerts, False: alerts}
