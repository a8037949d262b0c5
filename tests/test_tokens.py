"""Tokens that are forged, worn out or not enough, at every door: refused with 401 or 403, and never a fault."""

import base64
import hmac
import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from gateway import create_app
from gateway.cli.tenants import sign_token
from gateway.local.ports import free_port
from gateway.local.postgrest import PostgREST
from gateway.settings import Settings
from tests import supabase
from tests.conftest import JWT_SECRET, Person, Stack, Tenant, make_tenant
from tests.gateway_fixtures import slot
from tests.prove.figures import Figures

NO_ROLES = (
    "postgres", "berth_owner", "berth_gateway", "berth_reader", "authenticator", "pg_read_all_data", "anon", "no such role",
    "service_role; set role postgres", "", None, 1, ["service_role"], {"a": 1},
)  # fmt: skip
"""None that a request may have."""

HS256 = {"alg": "HS256", "typ": "JWT"}

Door = Callable[[str | None], tuple[int, Any]]
"""Asks for something with a token, or without; the status and what was told."""


@pytest.fixture(scope="module")
def client(stack: Stack) -> FlaskClient:
    """A gateway that takes payments."""
    told = Settings(
        rest_url=stack.rest.url, database_url=stack.gateway_database_url, public_url="https://berth.example",
        payfast_merchant_id="10000100", payfast_merchant_key="46f0cd694581a",
    )  # fmt: skip
    return create_app(told).test_client()


@pytest.fixture
def doors(stack: Stack, client: FlaskClient, tenant: Tenant) -> dict[str, Door]:
    """Where tokens are shown. What a member has to ask for there is there."""
    member = tenant.person("member")
    room = str(tenant.resource(price_amount="1.00", price_currency="ZAR", price_per="booking"))
    status, booked = stack.rpc(member, "create_reservation", resource_id=room, **slot())
    assert status == 200, booked

    def headers(token: str | None) -> dict[str, str]:
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    def straight(method: str, path: str, body: Any = None) -> Door:
        return lambda token: stack.request(None, method, path, body, headers(token))

    def through(method: str, path: str, body: Any = None) -> Door:
        def ask(token: str | None) -> tuple[int, Any]:
            answer = client.open(path, method=method, json=body, headers=headers(token))
            return answer.status_code, answer.json

        return ask

    booking = {"resource_id": room, "status": "tentative", **slot(1)}
    found = {
        "a view": straight("GET", "reservations"),
        "a query": straight("POST", "rpc/list_events", {}),
        "a function": straight("POST", "rpc/create_reservation", booking),
        "a view through the gateway": through("GET", "/rest/v1/reservations"),
        "a function through the gateway": through("POST", "/rest/v1/rpc/create_reservation", booking),
        "the log": through("GET", "/v1/events"),
        "a checkout": through("POST", "/v1/payments/payfast/checkout", {"reservation_id": booked["id"]}),
    }
    if any(rule.rule == "/v1/events/stream" for rule in client.application.url_map.iter_rules()):
        found["the stream"] = through("GET", "/v1/events/stream")
    return found


def signed(claims: dict[str, Any], key: Any = JWT_SECRET, algorithm: str = "HS256", **headers: Any) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def unchecked(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    """A token of any form, as no library makes it."""
    return ".".join([*(encoded(json.dumps(one).encode()) for one in (header, claims)), encoded(signature)])


def forged(person: Person) -> Iterator[tuple[str, str | None]]:
    """What nobody gave them."""
    claims, now = person.claims, int(time.time())
    good = signed(claims)
    head, body, signature = good.split(".")
    yield "no token", None
    yield from {
        "nothing": "",
        "a word": "x",
        "dots": "..",
        "two parts": f"{head}.{body}",
        "not base64": "ä.ö.ü",
    }.items()
    for deep in (b"[" * 5000, b'{"a":' * 1200 + b"1" + b"}" * 1200):
        yield "a header nested too deep", f"{encoded(deep)}.{body}.{signature}"
        yield "a body nested too deep", f"{head}.{encoded(deep)}.{signature_of(f'{head}.{encoded(deep)}')}"
    yield "no signature", f"{head}.{body}."
    yield "another's signature", f"{head}.{body}.{signed({**claims, 'sub': str(uuid.uuid4())}).split('.')[2]}"
    yield "another body", f"{head}.{unchecked({}, {**claims, 'role': 'service_role'}).split('.')[1]}.{signature}"
    for name in ("none", "None", "NONE", ""):
        yield f"algorithm '{name}'", unchecked({"alg": name, "typ": "JWT"}, claims)
        yield f"algorithm '{name}', signed", unchecked({"alg": name}, claims, b"x" * 32)
    yield "no algorithm", unchecked({"typ": "JWT"}, claims)
    yield "another key", signed(claims, "another secret, which is as long as ours is, but not ours at all")
    yield "the key's hash", signed(claims, str(hash(JWT_SECRET)) * 4)
    for algorithm in ("HS384", "HS512"):
        yield algorithm, signed(claims, JWT_SECRET + "x" * 64, algorithm)
    for algorithm in ("RS256", "ES256", "PS256", "EdDSA"):
        yield f"{algorithm} of nobody's", unchecked({"alg": algorithm, "typ": "JWT"}, claims, b"x" * 256)
        yield f"{algorithm} with the secret", with_secret({"alg": algorithm, "typ": "JWT"}, claims)
    header = {"alg": "HS256", "jwk": {"kty": "oct", "k": "eA"}, "jku": "http://127.0.0.1:9/", "kid": "../x"}
    yield "the key in the header", signed(claims, "x" * 32, **header)
    yield "an empty key", unchecked({"alg": "HS256", "kid": "/dev/null"}, claims, b"\0" * 32)
    yield "no exp", signed({k: v for k, v in claims.items() if k != "exp"})
    yield "expired", signed({**claims, "exp": now - 3600})
    yield "not yet", signed({**claims, "nbf": now + 3600})
    for exp in (0, -1, "soon", None, [], {}, True, str(now + 3600)):
        yield f"exp {exp!r}", with_secret(HS256, {**claims, "exp": exp})
    for far in (253402300800, 2**31 * 1000, 2**63, 2**64, 10**40, 1e18, 1e300, 253402300800.5):
        yield f"exp {far!r}, which is never", with_secret(HS256, {**claims, "exp": far})
    head_and_body = f"{head}.{encoded(json.dumps(claims).replace(str(claims['exp']), '1e999999').encode())}"
    yield "exp beyond all numbers", f"{head_and_body}.{signature_of(head_and_body)}"
    for role in NO_ROLES:
        yield f"role {role!r}", signed({**claims, "role": role})
    yield "no role", signed({k: v for k, v in claims.items() if k != "role"})


def with_secret(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Signed with the true secret, and otherwise of any form, also what the library refuses to encode."""
    head_and_body = unchecked(header, claims).rpartition(".")[0]
    return f"{head_and_body}.{signature_of(head_and_body)}"


def signature_of(head_and_body: str) -> str:
    return encoded(hmac.digest(JWT_SECRET.encode(), head_and_body.encode(), "sha256"))


def insufficient(person: Person, other: Tenant) -> Iterator[tuple[str, str]]:
    """Good tokens, of people who are nobody there."""
    claims = person.claims
    without = {k: v for k, v in claims.items() if k != "tenant_id"}
    stranger = other.person("admin")
    yield "a stranger", signed({**claims, "sub": str(stranger.user_id)})
    yield "another tenant", signed({**claims, "tenant_id": str(other.id)})
    yield (
        "another tenant before one's own",
        signed({**claims, "tenant_id": str(other.id), "app_metadata": {"tenant_id": str(person.tenant_id)}}),
    )
    yield (
        "one's own tenant in app_metadata, of a stranger",
        signed({**without, "sub": str(stranger.user_id), "app_metadata": {"tenant_id": str(person.tenant_id)}}),
    )
    yield "a server without membership", signed({**claims, "sub": str(uuid.uuid4()), "role": "service_role"})
    yield "a server in another tenant", signed({**claims, "tenant_id": str(other.id), "role": "service_role"})
    nearly = str(person.tenant_id)[:-1], f"{person.tenant_id}' or true --", [str(person.tenant_id)]
    for tenant_id in (None, "", "x", 1, [], {}, *nearly, "\0", str(uuid.UUID(int=0))):
        yield f"tenant {tenant_id!r}", signed({**claims, "tenant_id": tenant_id})
        yield f"app_metadata of tenant {tenant_id!r}", signed({**without, "app_metadata": {"tenant_id": tenant_id}})
    for metadata in (None, "", "x", 1, [], [{"tenant_id": str(person.tenant_id)}]):
        yield f"app_metadata {metadata!r}", signed({**without, "app_metadata": metadata})
    for sub in (None, "", "x", 1, [], {}, "\0", str(person.user_id)[:-1], f"{person.user_id} "):
        yield f"sub {sub!r}", with_secret(HS256, {**claims, "sub": sub})
    yield "no sub", signed({k: v for k, v in claims.items() if k != "sub"})
    yield (
        "user_metadata, which users write themselves",
        signed({**without, "user_metadata": {"tenant_id": str(person.tenant_id)}}),
    )


def refused(told: tuple[int, Any], *statuses: int) -> bool:
    """With one of these statuses and the one shape of errors; or it is a list, with nothing in it."""
    status, body = told
    if status == 200:
        return 200 in statuses and body in ([], {"events": [], "next": None})
    return status in statuses and set(body) == {"code", "message", "details", "hint"}


def test_a_good_token_opens_every_door(doors: dict[str, Door], tenant: Tenant) -> None:
    """Or what is refused below would prove nothing."""
    person = tenant.person("member")
    claims = {k: v for k, v in person.claims.items() if k != "tenant_id"}
    tokens = [
        person.token,
        signed({**claims, "app_metadata": {"tenant_id": str(tenant.id)}}),
        signed({**person.claims, "exp": 4102444800}),
    ]
    if not supabase.IS_TRIED:  # there it bypasses row level security, and is refused
        tokens.append(signed({**person.claims, "role": "service_role"}))
    for token in tokens:
        for name, door in doors.items():
            if name != "the stream":  # it has no end
                assert door(token)[0] == 200, name


def test_what_is_forged_is_401(doors: dict[str, Door], tenant: Tenant, figures: Figures) -> None:
    """403 where the signature is good, and the role none that a request may have; PostgREST's 400 where there is no such role."""
    tokens = list(forged(tenant.person("member")))
    failed = [
        (what, name, told)
        for what, token in tokens
        for name, door in doors.items()
        if not refused(told := door(token), *((400, 401, 403) if what.startswith("role") else (401,)))
    ]
    tell(figures, "forged", len(tokens) * len(doors), failed)


def tell(figures: Figures, kind: str, shown: int, failed: list[Any]) -> None:
    figures.add(f"{kind} tokens shown at doors", shown)
    figures.add(f"{kind} tokens not refused", len(failed), at_most=0)
    assert failed == [], "\n".join(map(str, failed))


def test_who_is_nobody_there_gets_nothing(
    doors: dict[str, Door], tenant: Tenant, other: Tenant, figures: Figures
) -> None:
    """403, and from views an empty list."""
    tokens = list(insufficient(tenant.person("member"), other))
    failed = [
        (what, name, told)
        for what, token in tokens
        for name, door in doors.items()
        if not refused(told := door(token), 403, 401, *((200,) if name in LISTS else ()))
    ]
    tell(figures, "insufficient", len(tokens) * len(doors), failed)


LISTS = {"a view", "a query", "a view through the gateway", "the log"}


@pytest.fixture
def other(stack: Stack, tenant: Tenant) -> Tenant:
    return make_tenant(tenant.connection)


def test_access_ends_with_membership(doors: dict[str, Door], tenant: Tenant) -> None:
    """At once, whatever tokens there are."""
    person = tenant.person("member")
    assert doors["a view"](person.token)[1]
    tenant.connection.execute("delete from booking.members where user_id = %s", (person.user_id,))
    failed = [
        (name, told)
        for name, door in doors.items()
        if not refused(told := door(person.token), 403, *((200,) if name in LISTS else ()))
    ]
    assert failed == [], "\n".join(map(str, failed))


def test_rank_ends_with_it(stack: Stack, tenant: Tenant) -> None:
    """Whatever the token says of it."""
    person, room = tenant.person("admin"), str(tenant.resource())
    token = signed({**person.claims, "app_metadata": {"role": "admin"}, "user_role": "admin", "member_role": "admin"})

    def create_blackout(number: int) -> int:
        body = {"resource_ids": [room], **slot(number)}
        return stack.request(None, "POST", "rpc/create_blackout", body, {"Authorization": f"Bearer {token}"})[0]

    assert create_blackout(0) == 200
    tenant.connection.execute("update booking.members set role = 'member' where user_id = %s", (person.user_id,))
    assert create_blackout(1) == 403


def test_tokens_for_others_are_refused_where_there_is_an_audience(
    stack: Stack, tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By PostgREST, and so by all of the gateway, which concludes nothing of its own; ``berth token`` makes ours."""
    person = tenant.person("member")
    monkeypatch.setenv("BERTH_JWT_AUD", "berth")
    ours = sign_token(JWT_SECRET, person.tenant_id, person.user_id, 600)
    aimed = {name: signed({**person.claims, "aud": aud}) for name, aud in {
        "theirs": "others", "prefix": "berth2", "empty": "", "list of others": ["others"],
    }.items()}  # fmt: skip
    logins = stack.login_url("authenticator"), stack.jwt_secret_file
    with PostgREST(*logins, free_port(), tmp_path / "rest.log", jwt_aud="berth", is_pooled=bool(stack.pooler)) as rest:
        client = create_app(
            Settings(
                rest_url=rest.url,
                database_url=stack.gateway_database_url,
                rate_limit=0.01,
                rate_burst=50,
                payfast_merchant_id="1",
                payfast_merchant_key="k",
                public_url="https://berth.example",
            )
        ).test_client()

        def statuses(token: str) -> set[int]:
            headers = {"Authorization": f"Bearer {token}"}
            paths = ("/rest/v1/resources", "/v1/events", "/v1/events/stream")
            found = {client.get(path, headers=headers).status_code for path in paths}
            paid = client.post("/v1/payments/payfast/checkout", json={"series_id": str(uuid.uuid4())}, headers=headers)
            return found | {paid.status_code}

        assert statuses(ours) == {200, 404}
        for name, token in aimed.items():
            assert statuses(token) == {401}, name
        # PostgREST takes a token that names no audience for everybody's.
        assert statuses(person.token) == {200, 404}
    assert stack.request(None, "GET", "resources", headers={"Authorization": f"Bearer {aimed['theirs']}"})[0] == 200
