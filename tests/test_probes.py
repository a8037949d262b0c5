"""What those who run Berth may ask it."""

import re
import time
from pathlib import Path

from gateway import create_app
from gateway.local.ports import HOST, free_port
from gateway.settings import Settings
from tests.conftest import Stack, Tenant
from tests.gateway_fixtures import Gateway, Impostor, running_gateway, running_postgrest, slot


def test_live_and_ready(gateway: Gateway) -> None:
    for path in ("/live", "/ready"):
        response = gateway.send(None, "GET", path)
        assert (response.status, response.json()) == (200, {path[1:]: True})


def test_live_but_not_ready_without_postgrest(stack: Stack, tmp_path: Path) -> None:
    """And ready again when it is back."""
    with running_postgrest(stack, tmp_path) as rest, running_gateway(rest.url, tmp_path) as gateway:
        rest.stop()
        assert gateway.send(None, "GET", "/live").status == 200
        response = gateway.send(None, "GET", "/ready")
        assert (response.status, response.json()) == (503, {"ready": False})
        rest.start()
        assert gateway.send(None, "GET", "/ready").status == 200


def test_not_ready_while_the_schema_loads_or_nothing_comes() -> None:
    for impostor in (Impostor((503, {}, b"")), Impostor((200, {}, b""), delay=2.5)):
        with impostor.listening():
            started = time.monotonic()
            client = create_app(Settings(rest_url=impostor.url)).test_client()
            assert client.get("/ready").status_code == 503
            assert time.monotonic() - started < 2.4


def test_metrics_count_by_route(gateway: Gateway, tenant: Tenant) -> None:
    """By the pattern, so that no client makes new series."""

    def value(labels: str) -> float:
        text = gateway.send(None, "GET", "/metrics").data.decode()
        found = re.search(rf"^berth_http_requests_total{{{re.escape(labels)}}} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0

    refused = 'method="POST",route="/rest/v1/<path:path>",status="409"'
    unknown = 'method="other",route="unknown",status="404"'
    before = value(refused), value(unknown)
    person, room = tenant.person("member"), str(tenant.resource())
    for _ in range(3):
        gateway.book(person, resource_id=room, **slot())
    gateway.send(None, "BREW", "/coffee/4711")
    assert (value(refused), value(unknown)) == (before[0] + 2, before[1] + 1)
    text = gateway.send(None, "GET", "/metrics").data.decode()
    assert 'berth_http_request_duration_seconds_count{method="POST",route="/rest/v1/<path:path>"}' in text
    assert "berth_upstream_retries_total" in text
    assert "4711" not in text


def test_processes_count_together(stack: Stack, tmp_path: Path) -> None:
    """Whichever answers tells what all have counted, and what one has counted outlives it."""

    def counted(name: str) -> float:
        """All series of this name together."""
        text = gateway.send(None, "GET", "/metrics").data.decode()
        assert "_created" not in text
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE))

    with running_gateway(stack.rest.url, tmp_path, workers=2) as gateway:
        before = counted("berth_http_requests_total")
        for _ in range(200):
            gateway.send(None, "GET", "/live")
        seen = [counted("berth_http_requests_total") for _ in range(20)]
        # Each look is counted too, once it is over.
        assert seen == [before + 201 + number for number in range(20)]
        assert counted("berth_event_streams") == 0
        assert len(list(tmp_path.glob("berth-metrics-*/counter_*.db"))) == 2, "one process has answered all"
        first = gateway.workers()[0]
        first.kill()
        first.wait(10)
        assert counted("berth_http_requests_total") >= seen[-1]


def test_apps_share_nothing() -> None:
    """create_app may be called as often as one likes."""
    one, other = (create_app(Settings(rest_url=f"http://{HOST}:{free_port()}")).test_client() for _ in range(2))
    one.get("/live")
    assert 'route="/live"' in one.get("/metrics").text
    assert 'route="/live"' not in other.get("/metrics").text
