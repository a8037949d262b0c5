"""PayFast: the signed form of a checkout, and its Instant Transaction Notification (ITN), checked as its documentation asks."""

import contextlib
import hashlib
import hmac
import ipaddress
import re
import socket
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

import structlog
import urllib3
from urllib3.exceptions import HTTPError

from gateway.errors import ApiError
from gateway.payments import ForgedError, Outcome, Payment, Report, Subject, UnverifiableError, as_amount, plain_address
from gateway.settings import Settings

#: CANCELLED ends a checkout as much as FAILED does; whoever then pays all the same begins a new one.
_OUTCOMES = {
    b"COMPLETE": Outcome.SUCCEEDED,
    b"FAILED": Outcome.FAILED,
    b"CANCELLED": Outcome.FAILED,
    b"PENDING": Outcome.PENDING,
}
_VALIDATION_TIMEOUT = urllib3.Timeout(connect=5, read=10)

_log = structlog.get_logger()

Resolver = Callable[[str], set[str]]


def resolve(host: str) -> set[str]:
    """The addresses of a host, none if there is no such host; OSError if nobody can tell now."""
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except socket.gaierror as error:
        if error.errno == socket.EAI_NONAME:
            return set()
        raise


class PayFast:
    """One merchant's account, for all tenants of this installation."""

    name = "payfast"
    currency = "ZAR"

    def __init__(self, settings: Settings, resolver: Resolver = resolve) -> None:
        self._settings = settings
        self._resolve = resolver
        self._ranges = [ipaddress.ip_network(one) for one in settings.payfast_ranges.split()]
        self._pool = urllib3.PoolManager(maxsize=20)

    def check_configured(self) -> None:
        settings = self._settings
        if not (settings.payfast_merchant_id and settings.payfast_merchant_key and settings.public_url):
            raise ApiError(
                503, "not_configured",
                "The gateway was started without BERTH_PAYFAST_MERCHANT_ID, BERTH_PAYFAST_MERCHANT_KEY or BERTH_PUBLIC_URL.",
            )  # fmt: skip

    def checkout(self, payment: Payment) -> dict[str, Any]:
        settings = self._settings
        fields = {
            "merchant_id": settings.payfast_merchant_id,
            "merchant_key": settings.payfast_merchant_key,
            "return_url": settings.payfast_return_url,
            "cancel_url": settings.payfast_cancel_url,
            "notify_url": f"{settings.public_url.rstrip('/')}/v1/payments/payfast/notify",
            "m_payment_id": str(payment.id),
            "amount": f"{payment.amount:.2f}",
            "item_name": payment.description[:100],
            "custom_str1": str(payment.tenant_id),
        }
        # In PayFast's order, and those that are blank left out: both are part of the signature.
        fields = {name: value.strip() for name, value in fields.items() if value.strip()}
        pairs = [(name, value.encode()) for name, value in fields.items()]
        fields["signature"] = signature(pairs, settings.payfast_passphrase)
        return {"action": f"{self._url}/eng/process", "fields": fields}

    def subject(self, body: bytes) -> Subject | None:
        fields = dict(read_form(body))
        try:
            return Subject(uuid.UUID(fields[b"custom_str1"].decode()), uuid.UUID(fields[b"m_payment_id"].decode()))
        except (KeyError, ValueError):
            return None

    def authenticate(self, body: bytes) -> None:
        self._signed_fields(body)

    def verify(self, body: bytes, source: str | None) -> Report:
        fields = self._signed_fields(body)
        if fields.get(b"merchant_id") != self._settings.payfast_merchant_id.encode():
            raise ForgedError("merchant")
        outcome = _OUTCOMES.get(fields.get(b"payment_status", b""))
        amount = as_amount(fields.get(b"amount_gross", b"").decode("latin-1"))
        reference = fields.get(b"pf_payment_id", b"").decode("latin-1")
        if outcome is None or amount is None or not re.fullmatch(r"[!-~]{1,200}", reference):
            raise ForgedError("content")
        if not self._is_known(source):
            # PayFast sends from more addresses than its hosts have. Its own word decides, or a notice would be lost.
            _log.warning("notification_from_unknown_address", provider=self.name, source=source)
        self._ask_payfast(encode(_named(fields)))
        return Report(reference, outcome, amount)

    def _signed_fields(self, body: bytes) -> dict[bytes, bytes]:
        """The fields of a notification but for the signature, which is right; ForgedError otherwise."""
        pairs = read_form(body)
        fields = dict(pairs)
        if len(fields) < len(pairs):
            raise ForgedError("repeated_field")
        given = fields.pop(b"signature", b"")
        if not hmac.compare_digest(given, signature(_named(fields), self._settings.payfast_passphrase).encode()):
            raise ForgedError("signature")
        return fields

    @property
    def _url(self) -> str:
        return self._settings.payfast_url.rstrip("/")

    def _is_known(self, source: str | None) -> bool:
        """Whether PayFast sends from this address: by the ranges it publishes, or by DNS."""
        if source is None:
            return False
        if any(ipaddress.ip_address(source) in one for one in self._ranges):
            return True
        found: set[str | None] = set()
        for host in self._settings.payfast_hosts.split():
            with contextlib.suppress(OSError):
                found |= {plain_address(address) for address in self._resolve(host)}
        return source in found

    def _ask_payfast(self, body: str) -> None:
        """PayFast's own word that it has sent this."""
        try:
            answer = self._pool.request(
                "POST", f"{self._url}/eng/query/validate", body=body, timeout=_VALIDATION_TIMEOUT,
                headers={"Content-Type": "application/x-www-form-urlencoded"}, retries=False, redirect=False,
            )  # fmt: skip
        except HTTPError as error:
            raise UnverifiableError(f"PayFast's validation: {type(error).__name__}") from error
        said = answer.data.strip()
        if answer.status == 200 and said == b"VALID":
            return
        if answer.status == 200 and said == b"INVALID":
            raise ForgedError("validation")
        raise UnverifiableError(f"PayFast's validation answered {answer.status}")


def signature(pairs: Iterable[tuple[str, bytes]], passphrase: str) -> str:
    """PayFast's signature of fields in this order."""
    if passphrase := passphrase.strip():
        pairs = [*pairs, ("passphrase", passphrase.encode())]
    return hashlib.md5(encode(pairs).encode("latin-1"), usedforsecurity=False).hexdigest()


def encode(pairs: Iterable[tuple[str, bytes]]) -> str:
    """Fields as PayFast writes them: names as they are, values by PHP's urlencode."""
    return "&".join(f"{name}={urlencode(value)}" for name, value in pairs)


def urlencode(value: bytes) -> str:
    """PHP's urlencode: all but ``A-Z a-z 0-9 - _ .`` is percent and two capitals, a space is a plus."""
    return quote_plus(value).replace("~", "%7E")


def read_form(body: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of a form in their order, empty ones too, as the bytes they are: a signature is of bytes."""
    pairs = [pair.partition(b"=") for pair in body.split(b"&") if pair]
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _named(fields: dict[bytes, bytes]) -> list[tuple[str, bytes]]:
    return [(name.decode("latin-1"), value) for name, value in fields.items()]


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
