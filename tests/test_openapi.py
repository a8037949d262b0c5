"""The gateway describes all it serves, with a page that needs no internet."""

import json
import re
from typing import Any

import psycopg
import pytest
import schemathesis
from click.testing import CliRunner

from gateway.cli import main
from gateway.local.postgrest import PROJECT_DIR
from tests.conftest import Stack
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
    assert set(stream["responses"]) == {"200", "400", "401", "403", "410", "429", "500", "502", "503", "504"}
    error = description["components"]["schemas"]["Error"]
    assert set(error["properties"]) == {"code", "message", "details", "hint"}


def test_every_route_is_described() -> None:
    """gateway/openapi.py says how: a blueprint of described_blueprint(), registered with register_api()."""
    app = client_of("http://127.0.0.1:1").application
    described = set(app.api_doc["paths"])  # type: ignore[attr-defined]
    served = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    assert {path for path in served if not path.startswith("/openapi")} - {"/rest/v1/"} <= described


@pytest.fixture(scope="module")
def whole(stack: Stack) -> Any:
    """What ``berth openapi`` prints."""
    result = CliRunner().invoke(main, ["openapi", "--database-url", stack.database_url])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_whole_description_has_every_view_and_function(whole: Any, stack: Stack) -> None:
    with psycopg.connect(stack.database_url) as connection:
        names = connection.execute(
            "select relname from pg_class where relkind = 'v' and relnamespace = 'api'::regnamespace union all"
            " select 'rpc/' || proname from pg_proc where pronamespace = 'api'::regnamespace"
        ).fetchall()
    described = {path.removeprefix("/rest/v1/") for path in whole["paths"] if path.startswith("/rest/v1/")}
    assert described == {name for (name,) in names}
    assert "/v1/events/stream" in whole["paths"]
    # Every reference leads somewhere, and every operation can be generated from.
    schema = schemathesis.openapi.from_dict(whole)
    assert all(operation.ok() for operation in schema.get_all_operations())


def test_a_function_is_described_with_defaults_and_refusals(whole: Any) -> None:
    create = whole["paths"]["/rest/v1/rpc/create_reservation"]["post"]
    body = create["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["resource_id", "starts_at", "ends_at"]
    assert body["properties"]["status"] == {"type": "string", "default": "confirmed"}
    assert create["responses"]["409"]["description"] == "slot_taken (details.conflicts), blackout, duplicate_id."
    # By way of two other functions.
    rejected = whole["paths"]["/rest/v1/rpc/confirm_bundle"]["post"]["responses"]["422"]["content"]["application/json"]
    assert "outside_opening_hours" in rejected["schema"]["properties"]["message"]["examples"]


def test_the_comments_name_only_slugs_that_the_docs_explain(whole: Any) -> None:
    errors = (PROJECT_DIR / "docs" / "frontends.md").read_text().partition("## Errors\n")[2].partition("\n## ")[0]
    explained = set(re.findall(r"`([a-z_]+)`", errors))
    named = {
        slug
        for path in whole["paths"].values()
        for operation in path.values()
        for answer in operation["responses"].values()
        for content in answer.get("content", {}).values()
        for slug in content.get("schema", {}).get("properties", {}).get("message", {}).get("examples", [])
    }
    assert named
    assert named <= explained
