"""The secret that tokens are signed with: one key, or several while it is rotated, as PostgREST reads them."""

import base64
import json
import secrets
from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """A key for HS256; its id goes into the header of tokens, where it has one."""

    secret: bytes
    id: str | None = None

    @classmethod
    def generate(cls) -> "Key":
        """One that nobody has."""
        return cls(secrets.token_hex(32).encode(), secrets.token_hex(8))

    def as_jwk(self) -> dict[str, str]:
        """The key as RFC 7517 writes it."""
        text = base64.urlsafe_b64encode(self.secret).rstrip(b"=").decode()
        return {"kty": "oct", "alg": "HS256", "k": text, **({"kid": self.id} if self.id else {})}


def read_keys(secret: str) -> list[Key]:
    """The keys of a secret, which is a key itself or a JWKS; the first one signs. A ValueError where it is neither."""
    if not secret.startswith("{"):
        return [Key(secret.encode())]
    try:
        found = json.loads(secret)["keys"]
        keys = [
            Key(base64.urlsafe_b64decode(one["k"] + "=" * (-len(one["k"]) % 4)), one.get("kid"))
            for one in found
            if one["kty"] == "oct"
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError('is no JWKS, which is {"keys": [{"kty": "oct", "k": "…"}]}') from None
    if not keys or not all(key.secret for key in keys):
        raise ValueError("is a JWKS without a key that signs (kty oct), or with an empty one")
    return keys


def write_keys(keys: list[Key]) -> str:
    """A JWKS of these."""
    return json.dumps({"keys": [key.as_jwk() for key in keys]})
