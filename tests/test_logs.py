"""One line a request, with its id and without its secrets."""

import time
from typing import Any

import pytest
from _pytest.capture import CaptureFixture

from gateway import create_app
from gateway.settings import Settings
from tests.conftest import Tenant
from tests.gateway_fixtures import Gateway


def line_of(gateway: Gateway, request_id: str) -> dict[str, Any]:
    """The one line of this request, which is written just before its answer."""
    lines = [line for line in gateway.log() if line.get("request_id") == request_id]
    assert len(lines) == 1
    return lines[0]


def test_a_line_a_request(gateway: Gateway, tenant: Tenant) -> None:
    person, request_id = tenant.person("member"), f"test-{time.time_ns()}"
    response = gateway.send(
        person, "POST", "/rest/v1/rpc/check_reservation_conflict?select=hush1", {"resource_id": "hush2"},
        {"X-Request-Id": request_id, "Idempotency-Key": "hush3"},
    )  # fmt: skip
    assert response.headers["X-Request-Id"] == request_id
    line = line_of(gateway, request_id)
    assert line.pop("duration_ms") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request", "level": "info", "request_id": request_id, "method": "POST",
        "route": "/rest/v1/<path:path>", "status": response.status, "upstream_attempts": 1,
    }  # fmt: skip
    whole = gateway.log_file.read_text()
    assert "hush" not in whole
    assert person.token not in whole


@pytest.mark.parametrize("given", [None, "", "x" * 129, "two words", "ü"])
def test_an_id_is_made_where_none_will_do(gateway: Gateway, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-Id": given}
    response = gateway.send(None, "GET", "/live", headers=headers)
    made = response.headers["X-Request-Id"]
    assert len(made) == 32
    assert int(made, 16)
    assert line_of(gateway, made)["route"] == "/live"


def test_a_fault_of_ours_is_told_to_the_log_alone(capsys: CaptureFixture[str]) -> None:
    """The client gets the id to report, in the one error shape."""
    app = create_app(Settings(rest_url="http://127.0.0.1:1"))

    @app.get("/fault")
    def fault() -> str:
        secret = "hush"  # noqa: F841 (a traceback with variables would show it)
        raise RuntimeError("the reason")

    response = app.test_client().get("/fault", headers={"X-Request-Id": "id-1"})
    assert (response.status_code, response.json and response.json["message"]) == (500, "internal_error")
    assert "reason" not in response.text
    log = capsys.readouterr().err
    assert '"request_id": "id-1"' in log.splitlines()[0]
    assert "RuntimeError: the reason" in log
    assert "hush" not in log
