"""What the gateway can be told, and by which environment variable."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from typing import Any, Self

from gateway.secrets import require_strong_login


@dataclass(frozen=True)
class Settings:
    """Each field is read from ``BERTH_`` and its name in capitals, as the type of its default."""

    rest_url: str = "http://127.0.0.1:3000"
    """PostgREST's base URL."""

    database_url: str = ""
    """The database, as the role berth_gateway; without it, what needs the database itself answers 503."""

    database_pool: int = 10
    """Connections to it, at most."""

    stream_poll: float = 0.1
    """Seconds between two looks at the log, while somebody listens to it."""

    stream_ping: float = 15.0
    """Seconds of silence after which a stream sends a comment."""

    stream_stall: float = 30.0
    """Seconds for which a stream's client may not take what it is sent; then it is cut off."""

    streams_per_member: int = 20
    """Streams that a member may have open at one process."""

    streams_per_tenant: int = 1000
    """And all members of a tenant together."""

    upstream_timeout: float = 30.0
    """Seconds without a byte from PostgREST after which an attempt has failed."""

    retry_seconds: float = 30.0
    """For how long a write with an Idempotency-Key is asked again."""

    rate_limit: float = 200.0
    """Requests a second that a member, or an address without a token, may make of one process; 0: any number."""

    rate_burst: int = 1000
    """And how many at once, after a time of rest."""

    member_concurrency: int = 4
    """Requests of one member, or of an address without a token, that one process has at PostgREST at a time, while no
    other member asks."""

    shared_concurrency: int = 1
    """The same, for a minute after another member has asked."""

    tenant_concurrency: int = 10
    """And of one tenant: of all processes together less than PostgREST's pool, or one tenant can take it whole."""

    request_seconds: float = 60.0
    """For how long a request may take to arrive, from its first byte to its last; then it gets 408."""

    keepalive_seconds: int = 75
    """Seconds without a request after which a connection is closed; more than proxies before it keep theirs."""

    address_connections: int = 500
    """Connections that one address may have to one process; 0: any number, as always behind trusted proxies."""

    notice_rate: float = 10.0
    """Notices of payments a second that one address may send to one process; 0: any number."""

    notice_burst: int = 100
    """And how many at once, after a time of rest."""

    notice_days: int = 30
    """Days after which the worker forgets stored notices that name no tenant of ours."""

    max_body_bytes: int = 1024 * 1024
    """Longer request bodies get 413."""

    public_url: str = ""
    """The gateway's base URL as the internet sees it, for whoever is to call back."""

    trusted_proxies: int = 0
    """How many proxies of our own stand before the gateway: so many entries of X-Forwarded-For are believed."""

    payfast_url: str = "https://sandbox.payfast.co.za"
    """PayFast: the sandbox, unless told otherwise, so that nobody takes real money by mistake."""

    payfast_merchant_id: str = ""
    payfast_merchant_key: str = ""

    payfast_passphrase: str = ""
    """As set in PayFast's dashboard; without it, whoever knows the merchant can sign."""

    payfast_return_url: str = ""
    """Where PayFast leads whoever has paid."""

    payfast_cancel_url: str = ""
    """Where it leads whoever has not."""

    payfast_hosts: str = "www.payfast.co.za sandbox.payfast.co.za w1w.payfast.co.za w2w.payfast.co.za"
    """The hosts whose addresses its notifications come from."""

    payfast_ranges: str = ""
    """And the ranges of addresses that it publishes, such as 192.0.2.0/28, with spaces between them."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of this process; ValueError names the variable that makes no sense, or whose password is weak."""
        given: dict[str, Any] = {}
        for field in fields(cls):
            name = f"BERTH_{field.name.upper()}"
            if environment.get(name):
                try:
                    given[field.name] = type(getattr(cls, field.name))(environment[name])
                except ValueError:
                    raise ValueError(f"{name}={environment[name]!r} is no number") from None
        settings = cls(**given)
        try:
            for one in settings.payfast_ranges.split():
                ip_network(one)
        except ValueError as error:
            raise ValueError(f"BERTH_PAYFAST_RANGES: {error}") from None
        if settings.database_url:
            require_strong_login("BERTH_DATABASE_URL", settings.database_url, environment)
        return settings
