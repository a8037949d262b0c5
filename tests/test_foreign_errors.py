"""What PostgREST and PostgreSQL refuse in their own words reaches clients of the gateway in the shape of all errors."""

import json
import re
import time
from typing import Any

import jwt
import pytest

from tests.conftest import JWT_SECRET, Person, Tenant
from tests.gateway_fixtures import Gateway


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "slug"),
    [
        ("GET", "nothing", None, {}, 404, "not_found"),
        ("GET", "reservations?nothing=eq.1", None, {}, 400, "invalid_argument"),
        ("GET", "reservations?select=nothing", None, {}, 400, "invalid_argument"),
        ("GET", "reservations?select=*,members(*)", None, {}, 400, "invalid_argument"),
        ("GET", "reservations?id=eq.nonsense", None, {}, 400, "invalid_argument"),
        ("GET", "reservations?starts_at=gt.2030-13-01T00:00:00Z", None, {}, 400, "invalid_argument"),
        ("GET", "reservations?id=nonsense", None, {}, 400, "invalid_argument"),
        ("GET", "reservations?units=like.1", None, {}, 404, "invalid_argument"),
        ("GET", "resources?id=is.null", None, {"Accept": "application/vnd.pgrst.object+json"}, 406, "not_one_row"),
        ("GET", "resources", None, {"Range": "100-1"}, 416, "range_not_satisfiable"),
        ("GET", "resources", None, {"Accept": "image/png"}, 415, "unsupported_media_type"),
        ("GET", "resources", None, {"Accept-Profile": "booking"}, 406, "not_acceptable"),
        ("POST", "rpc/nothing", {}, {}, 404, "not_found"),
        ("POST", "rpc/create_reservation", {"nothing": 1}, {}, 404, "not_found"),
        ("POST", "rpc/cancel_reservation", {"reservation_id": "nonsense"}, {}, 400, "invalid_argument"),
        ("POST", "rpc/extend_hold", b"{", {}, 400, "invalid_argument"),
        ("POST", "resources", {"nothing": 1}, {}, 400, "invalid_argument"),
        ("DELETE", "reservation_transitions", None, {}, 403, "forbidden"),
    ],
)
def test_in_one_shape(
    gateway: Gateway, tenant: Tenant, method: str, path: str, body: Any, headers: dict[str, str], status: int, slug: str
) -> None:
    answer = gateway.send(tenant.person("manager"), method, f"/rest/v1/{path}", body, headers)
    assert (answer.status, answer.json()["message"]) == (status, slug), answer.data
    assert_readable(answer.json())


def test_who_has_no_good_token(gateway: Gateway, tenant: Tenant) -> None:
    person = tenant.person("member")
    gone = jwt.encode({**person.claims, "exp": int(time.time()) - 600}, JWT_SECRET, algorithm="HS256")
    forged = jwt.encode(person.claims, "another secret, which is as long as it has to be", algorithm="HS256")
    tokens = {gone: "token_expired", forged: "invalid_token", "nonsense": "invalid_token", None: "invalid_token"}
    for token, slug in tokens.items():
        for path in ("/rest/v1/reservations", "/rest/v1/rpc/my_profile", "/v1/events", "/v1/events/stream"):
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            answer = gateway.send(None, "GET", path, headers=headers)
            assert (answer.status, answer.json()["message"]) == (401, slug), (path, answer.data)
            assert_readable(answer.json())


def test_no_shape_is_made_up_for_what_is_no_error(gateway: Gateway, tenant: Tenant) -> None:
    """A refusal of Berth's own, and one of HEAD, which has no body."""
    person: Person = tenant.person("member")
    refused = gateway.send(person, "POST", "/rest/v1/rpc/cancel_reservation", {"reservation_id": str(tenant.id)})
    assert (refused.json()["code"], refused.json()["message"]) == ("PT404", "not_found")
    assert gateway.send(person, "HEAD", "/rest/v1/nothing").data == b""


def assert_readable(error: dict[str, str]) -> None:
    """All four keys; at most two sentences for people, which name nothing of a program; the rest in details."""
    assert set(error) == {"code", "message", "details", "hint"}
    assert json.loads(error["details"])["reason"]
    assert re.fullmatch(r"([A-Z][^.:_]*[.:] ?){1,2}[a-z ,]*\.?", error["hint"]), error["hint"]
