"""Who a request says it comes from.

PostgREST verifies tokens, by secret or JWKS: what one claims counts only once it has accepted this one.
"""

from typing import Any

import jwt


def unverified_claims(token: str) -> dict[str, Any]:
    """What a token claims."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, RecursionError):  # the latter of JSON that is nested too deep
        return {}
    return claims


def unverified_member(token: str) -> tuple[str, str]:
    """The tenant and the user that a token names, where booking.claimed_tenant_id looks; empty what it does not name."""
    claims = unverified_claims(token)
    metadata = claims.get("app_metadata")
    tenant_id = claims.get("tenant_id") or (isinstance(metadata, dict) and metadata.get("tenant_id"))
    return str(tenant_id or ""), str(claims.get("sub") or "")
