"""The gateway describes all it serves, with a page that needs no internet."""

import re

from tests.gateway_fixtures import Gateway, client_of


def test_the_page_asks_nobody_else(gateway: Gateway) -> None:
    """Its own files, and none of anybody else's."""
    moved = gateway.send(None, "GET", "/openapi")
    assert (moved.status, moved.headers["Location"].removeprefix(gateway.url)) == (308, "/openapi/")
    page = gateway.send(None, "GET", "/openapi/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert b'"validatorUrl": null' in page.data.replace(b"\\u0022", b'"')
    assert b"http" not in page.data.replace(b"http-equiv", b"")
    files = re.findall(r'(?:src|href)="([^"]+)"', page.data.decode())
    assert len(files) == 4
    for file in files:
        assert gateway.send(None, "GET", f"/openapi/{file}").status == 200


def test_the_description(gateway: Gateway) -> None:
    """The same at both places; programs that ask for JSON get it instead of the page."""
    description = gateway.send(None, "GET", "/openapi/openapi.json").json()
    assert description == gateway.send(None, "GET", "/openapi/", headers={"Accept": "application/json"}).json()
    assert description["openapi"].startswith("3.1")
    stream = description["paths"]["/v1/events/stream"]["get"]
    assert {parameter["name"] for parameter in stream["parameters"]} == {
        "after",
        "types",
        "resource_id",
        "Last-Event-ID",
    }
    assert set(stream["responses"]) == {"200", "400", "401", "403", "429", "500", "502", "503", "504"}
    error = description["components"]["schemas"]["Error"]
    assert set(error["properties"]) == {"code", "message", "details", "hint"}


def test_every_route_is_described() -> None:
    """gateway/openapi.py says how: a blueprint of described_blueprint(), registered with register_api()."""
    app = client_of("http://127.0.0.1:1").application
    described = set(app.api_doc["paths"])  # type: ignore[attr-defined]
    served = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    assert {path for path in served if not path.startswith("/openapi")} - {"/rest/v1/"} <= described
