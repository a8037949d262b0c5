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
from tests.conftest import Stack, Tenant, make_tenant
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
    assert described == {name for (name,) in names} | {""}
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


@pytest.fixture(scope="module")
def postgrests(stack: Stack) -> Any:
    """What PostgREST says of itself to an admin."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        status, said = stack.request(make_tenant(connection).person("admin"), "GET", "")
    assert status == 200
    return said


def test_what_postgrest_says_of_itself_is_in_it(whole: Any, postgrests: Any, stack: Stack, tenant: Tenant) -> None:
    """Every path, method, argument and column; but for what it offers, since it cannot know better, and then refuses."""
    admin, refused = tenant.person("admin"), 0
    for path, operations in postgrests["paths"].items():
        ours = whole["paths"][f"/rest/v1{path}"]
        for method, operation in operations.items():
            if method not in ours:
                row = None if method == "get" else dict.fromkeys(postgrests["definitions"][path[1:]]["properties"])
                status, said = stack.request(admin, method.upper(), path[1:], row)
                assert 400 <= status < 500, (path, method, said)
                refused += 1
                continue
            theirs = {one["name"]: one for one in (resolved(p, postgrests) for p in operation.get("parameters", []))}
            body = ours[method].get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            known = {one["name"]: one["schema"] for one in ours[method].get("parameters", [])}
            for name, parameter in theirs.items():
                if parameter["in"] == "body":
                    properties = resolved(parameter["schema"], postgrests).get("properties", {})
                    of_ours = resolved(body.get("oneOf", [body])[0], whole)["properties"]
                    assert same(properties, of_ours) == [], (path, method)
                    required = parameter["schema"].get("required", [])
                    assert not path.startswith("/rpc/") or sorted(required) == sorted(body.get("required", []))
                elif parameter.get("enum") != ["params=single-object"]:  # for functions of another kind
                    assert name in known, (path, method, name)
    assert refused > 50
    for name, definition in postgrests["definitions"].items():
        assert same(definition["properties"], whole["components"]["schemas"][name]["properties"]) == [], name


def resolved(one: Any, document: Any) -> Any:
    """What a reference leads to."""
    if "$ref" not in one:
        return one
    found = document
    for key in one["$ref"].removeprefix("#/").split("/"):
        found = found[key]
    return found


def same(theirs: dict[str, Any], ours: dict[str, Any]) -> list[Any]:
    """What of their properties ours lack, or have of another type."""
    if set(theirs) != set(ours):
        return sorted(set(theirs) ^ set(ours))
    return [
        (name, one, ours[name])
        for name, one in theirs.items()
        if one.get("type") and one["type"] not in (kinds := ours[name].get("type", [])) and one["type"] != kinds
    ]


def test_what_is_only_read_can_be_read(whole: Any, stack: Stack, tenant: Tenant) -> None:
    """Functions that change nothing take GET, with the arguments as they are described."""
    person, room = tenant.person("manager"), tenant.resource(tags=["a", "b"])
    got = whole["paths"]["/rest/v1/rpc/search_availability"]["get"]
    assert {one["name"]: one["required"] for one in got["parameters"] if one["in"] == "query"}["starts_at"] is True
    query = f"starts_at=2035-01-01T09:00Z&ends_at=2035-01-01T10:00Z&tags={{a,b}}&resource_ids={{{room}}}"
    status, found = stack.request(person, "GET", f"rpc/search_availability?{query}")
    assert (status, [one["resource_id"] for one in found]) == (200, [str(room)])


def test_the_document_is_valid(whole: Any) -> None:
    """OpenAPI 3.1 by its JSON Schema, which schemathesis brings."""
    schemathesis.openapi.from_dict(whole).validate()
