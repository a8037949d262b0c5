"""Who a request says it comes from."""

from typing import Any

import jwt
from flask import request


def token() -> str:
    """The bearer token of this request; empty where there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def unverified_claims() -> dict[str, Any]:
    """The token's claims. PostgREST verifies tokens, by secret or JWKS: these count only once it has accepted this one."""
    try:
        claims: dict[str, Any] = jwt.decode(token(), options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return {}
    return claims
