"""What the gateway can be told, and by which environment variable."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


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

    rate_limit: float = 500.0
    """Requests a second that a member, or an address without a token, may make of one process; 0: any number."""

    rate_burst: int = 5000
    """And how many at once, after a time of rest."""

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

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of this process; ValueError names the variable that makes no sense."""
        given: dict[str, Any] = {}
        for field in fields(cls):
            name = f"BERTH_{field.name.upper()}"
            if environment.get(name):
                try:
                    given[field.name] = type(getattr(cls, field.name))(environment[name])
                except ValueError:
                    raise ValueError(f"{name}={environment[name]!r} is no number") from None
        return cls(**given)
