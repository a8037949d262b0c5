"""``/v1/payments/``: checkouts with providers of payments, and what the providers say came of them.

A provider is one file, which makes its form and verifies its notifications, and a line in ``all_providers``. All else
is here and in SQL: ``start_payment`` begins a payment with the caller's own authority, ``booking.settle_payment`` ends it once.
"""

import ipaddress
import json
import math
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any, LiteralString, Protocol

import psycopg
import structlog
from flask import Response, request
from flask_openapi3 import APIBlueprint
from prometheus_client import CollectorRegistry, Counter
from pydantic import BaseModel

from gateway import exchange, idempotency
from gateway.bodies import json_object
from gateway.database import Database
from gateway.errors import ApiError
from gateway.limits import Buckets, client_address
from gateway.openapi import BEARER, described_blueprint, refusals
from gateway.rest import Upstream, as_caller, relayed
from gateway.settings import Settings

_log = structlog.get_logger()

MAX_NOTICE_BYTES = 16 * 1024
"""PayFast's notices have about one kilobyte."""

NO_TENANT = uuid.UUID(int=0)


class Outcome(Enum):
    """What a provider says of a payment."""

    PENDING = "pending"
    FAILED = "failed"
    SUCCEEDED = "succeeded"


@dataclass(frozen=True)
class Payment:
    """A payment that has begun, as ``start_payment`` answers it."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    amount: Decimal
    description: str


@dataclass(frozen=True)
class Subject:
    """The payment that a notification claims to be about."""

    tenant_id: uuid.UUID
    payment_id: uuid.UUID


@dataclass(frozen=True)
class Notification:
    """What came in, as it is stored; tenant and payment are those it names, unchecked."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    payment_id: uuid.UUID | None
    source: str | None
    body: bytes


@dataclass(frozen=True)
class Report:
    """What a verified notification says."""

    reference: str
    outcome: Outcome
    amount: Decimal


class ForgedError(Exception):
    """A notification that is not the provider's, or not about us; the argument says which check it failed."""


class UnverifiableError(Exception):
    """Whether it is the provider's cannot be found out now."""


#: A function of the engine's with its arguments, in a transaction of its own.
Call = Callable[..., Any]


class Provider(Protocol):
    """Whoever takes the money."""

    name: str
    currency: str

    def check_configured(self) -> None:
        """ApiError 503 where the settings leave out what it takes."""
        ...

    def checkout(self, payment: Payment) -> dict[str, Any]:
        """What the caller's browser has to do next: {"action", "fields"}."""
        ...

    def authenticate(self, body: bytes) -> None:
        """ForgedError if a notification does not carry our account's signature; asks nobody."""
        ...

    def subject(self, body: bytes) -> Subject | None:
        """What a notification is about, unverified; None if it does not say."""
        ...

    def verify(self, body: bytes, source: str | None) -> Report:
        """What a notification from this address says, whatever authenticate() said; ForgedError or UnverifiableError."""
        ...


class Checkout(BaseModel):
    """A payment that has begun."""

    payment_id: uuid.UUID
    action: str
    fields: dict[str, str]


class Notices:
    """Whose notifications are heard at all: nothing of the others reaches the database."""

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        self._buckets = Buckets(settings.notice_rate, settings.notice_burst) if settings.notice_rate else None
        self._refused = Counter(
            "berth_payment_notices_refused", "Notifications of providers that were refused before they were stored.",
            ["provider", "reason"], registry=registry,
        )  # fmt: skip

    def read(self, provider: Provider) -> bytes:
        """The body of this request; ApiError 429, 503 or 400 if it comes too often, nobody waits for it, or its signature
        is wrong.
        """
        wait = self._buckets.take(client_address(exchange.current()), time.monotonic()) if self._buckets else 0
        if wait:
            self._refused.labels(provider.name, "too_many").inc()
            raise ApiError(
                429, "too_many_requests", "Too many notices from this address; Retry-After says when to send it again.",
                retry_after=math.ceil(wait),
            )  # fmt: skip
        provider.check_configured()
        request.max_content_length = MAX_NOTICE_BYTES
        body = request.get_data(cache=False)
        try:
            provider.authenticate(body)
        except ForgedError as error:
            self._refused.labels(provider.name, str(error)).inc()
            raise _forged() from None
        return body


def create_blueprint(
    upstream: Upstream, database: Database, settings: Settings, registry: CollectorRegistry
) -> APIBlueprint:
    """The routes of every provider; what is refused is counted in the registry."""
    blueprint = described_blueprint("payments", __name__, "Paying for what is held.")
    notices = Notices(settings, registry)
    for provider in all_providers(settings):
        _add_routes(blueprint, provider, upstream, database, notices)
    return blueprint


def all_providers(settings: Settings) -> list[Provider]:
    """Every provider there is, configured or not."""
    # Here, since each of them imports this module.
    from gateway.payments.payfast import PayFast

    return [PayFast(settings)]


def _add_routes(
    blueprint: APIBlueprint, provider: Provider, upstream: Upstream, database: Database, notices: Notices
) -> None:
    path = f"/v1/payments/{provider.name}"
    fields = {name: {"type": "string", "format": "uuid"} for name in ("reservation_id", "bundle_id", "series_id")}
    subject = {"type": "object", "properties": fields, "minProperties": 1, "maxProperties": 1}

    @blueprint.post(
        f"{path}/checkout",
        endpoint=f"{provider.name}_checkout",
        security=BEARER,
        responses={"200": Checkout, **refusals(400, 401, 403, 404, 409, 413, 422, 502, 503, 504)},
        openapi_extensions={"requestBody": {"content": {"application/json": {"schema": subject}}}},
    )
    def checkout() -> Response:
        """Begins to pay for a held reservation, bundle or series: the form with which the browser goes on."""
        return begin(provider, upstream)

    @blueprint.post(
        f"{path}/notify",
        endpoint=f"{provider.name}_notify",
        responses={"200": {"description": "Heard, and need not come again."}, **refusals(400, 413, 503)},
        openapi_extensions={"requestBody": {"content": {"application/x-www-form-urlencoded": {}}}},
    )
    def notify() -> Response:
        """What the provider says came of a payment; for nobody else."""
        hear(provider, database, notices.read(provider), plain_address(request.remote_addr))
        return Response(status=200)


def begin(provider: Provider, upstream: Upstream) -> Response:
    """Begins a payment as the caller may, and answers the provider's form, or PostgREST's refusal."""
    provider.check_configured()
    body = json_object()
    if not body.keys() <= {"reservation_id", "bundle_id", "series_id"}:
        raise ApiError(400, "invalid_argument", "Send a JSON object with reservation_id, bundle_id or series_id.")
    headers = as_caller()
    key = exchange.current().header("HTTP_IDEMPOTENCY_KEY")
    if key is not None:
        idempotency.check_key(key)
        headers["Idempotency-Key"] = key
    answer = upstream.ask(
        "POST", "/rpc/start_payment", headers=headers, is_write=True,
        body=json.dumps({**body, "provider": provider.name, "currency": provider.currency}).encode(),
    )  # fmt: skip
    if answer.status != 200:
        return relayed(answer)
    begun = json.loads(answer.data, parse_float=Decimal, parse_int=Decimal)
    payment = Payment(
        uuid.UUID(begun["id"]), uuid.UUID(begun["tenant_id"]), Decimal(begun["amount"]), begun["description"]
    )
    # Not jsonify, which would sort the fields.
    return Response(json.dumps({"payment_id": begun["id"], **provider.checkout(payment)}), mimetype="application/json")


def hear(provider: Provider, database: Database, body: bytes, source: str | None) -> None:
    """Stores a notification that carries our account's signature, verifies it, and does what it says, once.

    ApiError 400 if it is forged, and then nothing is changed; 503 if it had better be sent again. Whatever happens in
    between, a worker decides what is stored: see VerifyNotifications.
    """
    subject = provider.subject(body)
    tenant_id = subject.tenant_id if subject else NO_TENANT
    payment_id = subject.payment_id if subject else None
    stored = (provider.name, tenant_id, payment_id, source, body)
    notification_id = _call(database, "store_notification(%s, %s, %s, %s, %s)", *stored)
    notification = Notification(notification_id, tenant_id, payment_id, source, body)
    try:
        is_genuine = decide(provider, partial(_call, database), notification)
    except UnverifiableError as error:
        raise ApiError(503, "unavailable", "It cannot be verified at the moment; send it again.") from error
    if not is_genuine:
        raise _forged()


def decide(provider: Provider, call: Call, notification: Notification) -> bool:
    """Verifies a stored notification and does what it says, once; False if it is forged, and then nothing is changed.

    UnverifiableError if nobody can tell now.
    """
    log = _log.bind(
        provider=provider.name, notification_id=str(notification.id), payment_id=str(notification.payment_id)
    )
    try:
        # In no transaction: it asks others, and may take its time.
        report = provider.verify(notification.body, notification.source)
        misfit = call(
            "settle_payment(%s, %s, %s, %s, %s, %s, %s, %s)",
            notification.tenant_id, notification.id, provider.name, notification.payment_id,
            report.reference, report.outcome.value, report.amount, provider.currency,
        )  # fmt: skip
    except ForgedError as error:
        misfit = str(error)
    except UnverifiableError as error:
        log.warning("notification_unverifiable", error=str(error))
        raise
    if misfit:
        call("reject_notification(%s, %s, %s)", notification.tenant_id, notification.id, misfit)
        log.warning("notification_rejected", reason=misfit)
        return False
    log.info("notification_accepted", outcome=report.outcome.value)
    return True


def _forged() -> ApiError:
    return ApiError(400, "invalid_notification", "This does not tell us of a payment that we know.")


def _call(database: Database, call: LiteralString, *arguments: Any) -> Any:
    """A function of the engine's, in a transaction of its own."""
    with database.connection() as connection:
        return call_on(connection, call, *arguments)


def call_on(connection: psycopg.Connection[Any], call: LiteralString, *arguments: Any) -> Any:
    """A function of the engine's, on this connection."""
    row = connection.execute(f"select booking.{call}", arguments).fetchone()
    return row and row[0]


def as_amount(text: str) -> Decimal | None:
    """A decimal number of a currency's units; None for anything else."""
    return Decimal(text) if re.fullmatch(r"-?[0-9]{1,16}(\.[0-9]{1,8})?", text) else None


def plain_address(address: str | None) -> str | None:
    """An address in one spelling, IPv4 as such where it comes inside of IPv6; None for anything else."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    return str((isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped) or parsed)
