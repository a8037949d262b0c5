"""Nothing that a client may send is answered by a fault: schemathesis reads what the gateway and PostgREST say of
themselves, and tries it: with ``make prove`` in more rounds, or in as many as BERTH_TEST_ROUNDS says.
"""

import json
import os
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.openapi import Error
from tests import api_values
from tests.conftest import Person, Stack, Tenant, make_tenant
from tests.gateway_fixtures import Gateway, slot
from tests.prove import sized
from tests.prove.figures import Figures

ROUNDS = int(os.environ.get("BERTH_TEST_ROUNDS") or sized(1, 40))
EXAMPLES = 3


def try_all(description: dict[str, Any], answer: Callable[[Any], None], *, seed: int = 0) -> None:
    """Some examples of every operation, the same for the same seed."""
    for found in schemathesis.openapi.from_dict(description).get_all_operations():
        operation = found.ok()

        @hypothesis.seed(seed)
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def run(case: Any) -> None:
            answer(case)

        run()


def populate(stack: Stack, tenant: Tenant) -> dict[str, list[str]]:
    """One of everything for a member and for an admin; ids by the names of arguments."""
    ids: dict[str, list[str]] = defaultdict(list)
    ids["id"] = [str(uuid.UUID(int=number)) for number in range(3)]
    room, pool, stage = ids["resource_id"] = [
        str(tenant.resource("Room", kind="room")), str(tenant.resource("Pool", capacity=3)),
        str(tenant.resource("Stage", requires_approval=True)),
    ]  # fmt: skip

    def make(person: Person, function: str, **arguments: Any) -> Any:
        status, answer = stack.rpc(person, function, **arguments)
        assert status == 200, answer
        return answer

    for role, number in (("member", 0), ("admin", 100)):
        person = tenant.person(role)
        ids["owner_id"].append(str(person.user_id))
        for resource, status in ((room, "confirmed"), (pool, "held"), (pool, "tentative"), (stage, "confirmed")):
            made = make(person, "create_reservation", resource_id=resource, status=status, **slot(number))
            ids["reservation_id"].append(made["id"])
        items = [{"resource_id": pool, **slot(number + 1)}] * 2
        ids["bundle_id"].append(make(person, "create_bundle", items=items)["bundle_id"])
        series = make(
            person, "create_series", resource_id=room, rrule="FREQ=DAILY;COUNT=3", duration="1 hour",
            local_start=f"2035-06-{10 + number // 10}T09:00:00",
        )  # fmt: skip
        ids["series_id"].append(series["series_id"])
        ids["entry_id"].append(make(person, "join_waitlist", resource_id=room, **slot(number))["id"])
    blackout = make(person, "create_blackout", resource_ids=[stage], **slot(50))["blackouts"][0]
    ids["blackout_id"].append(blackout["id"])
    return ids


@pytest.mark.parametrize("role", ["member", "admin"])
def test_postgrest_has_no_fault(stack: Stack, tenant: Tenant, role: str, figures: Figures) -> None:
    answers: Counter[int] = Counter()
    faults: dict[tuple[str, str, str], str] = {}

    def answer(case: Any) -> None:
        response = case.call(base_url=stack.rest.url, headers={"Authorization": f"Bearer {person.token}"}, timeout=20)
        answers[response.status_code] += 1
        if response.status_code >= 500:
            fault = json.loads(response.content)
            faults.setdefault((case.method, case.path, fault["code"]), f"{fault} after {case.as_curl_command()[:2000]}")

    for number in range(ROUNDS):
        seed = number if ROUNDS == 1 else random.getrandbits(32)
        if number % 10 == 0:  # what was there is used up
            tenant = make_tenant(tenant.connection)
            ids, person = populate(stack, tenant), tenant.person(role)
        _, description = stack.request(person, "GET", "")
        try_all(api_values.Improver(ids, seed).improve(description), answer, seed=seed)
    figures.add(f"requests as {role}", answers.total())
    figures.add(f"answers with 5xx as {role}", sum(answers[status] for status in answers if status >= 500), at_most=0)
    assert not faults, f"{answers}\n" + "\n\n".join(faults.values())
    assert answers[200] + answers[204] > answers.total() / 8, answers


def test_the_gateway_answers_as_it_says(gateway: Gateway, tenant: Tenant) -> None:
    """No fault, no status, content or header that is not described."""
    person = tenant.person("manager")
    tenant.resource()
    description = gateway.send(None, "GET", "/openapi/openapi.json").json()
    del description["paths"]["/v1/events/stream"]  # it has no end
    checks = [
        status_code_conformance,
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
    ]

    def answer(case: Any) -> None:
        for headers in ({"Authorization": f"Bearer {person.token}"}, {}):
            response = case.call(base_url=gateway.url, headers=headers, timeout=20)
            assert response.status_code < 500 or response.status_code == 503  # what is not configured
            case.validate_response(response, checks=checks)

    for number in range(5):
        try_all(description, answer, seed=number)


def test_errors_have_the_described_shape(gateway: Gateway) -> None:
    for method, path in (
        ("GET", "/nothing"),
        ("DELETE", "/live"),
        ("GET", "/v1/events"),
        ("GET", "/v1/events?limit=0"),
    ):
        Error.model_validate(gateway.send(None, method, path).json(), strict=True)
