"""Which secrets are too weak for a deployment: short ones, and those that an example once had."""

import os
from collections.abc import Mapping

from gateway.keys import read_keys

SHORTEST_PASSWORD = 16
# RFC 7518, section 3.2: a key for HS256 is no shorter than its hash.
SHORTEST_KEY = 32
_EXAMPLE = "demo-only-"


def require_strong(
    name: str, secret: str, shortest: int = SHORTEST_PASSWORD, environment: Mapping[str, str] = os.environ
) -> None:
    """Raises a ValueError that names the variable, unless its secret is good or BERTH_ENV is development."""
    if environment.get("BERTH_ENV") == "development":
        if not secret:
            raise ValueError(f"{name} is not set")
        return
    if len(secret.encode()) < shortest:
        raise ValueError(f"{name} has fewer than {shortest} characters; make one with: openssl rand -hex 32")
    if secret.startswith(_EXAMPLE):
        raise ValueError(f"{name} is an example's; make one with: openssl rand -hex 32")


def require_strong_keys(name: str, secret: str, environment: Mapping[str, str] = os.environ) -> None:
    """The same for each key of the secret that tokens are signed with."""
    try:
        keys = read_keys(secret)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
    for key in keys:
        require_strong(name, key.secret.decode(errors="replace"), SHORTEST_KEY, environment)


def require_strong_login(name: str, database_url: str, environment: Mapping[str, str] = os.environ) -> None:
    """The same for the password in a database URL; one without a password logs in by other means."""
    from psycopg import ProgrammingError  # here, for what asks no database waits for no library of one
    from psycopg.conninfo import conninfo_to_dict

    try:
        password = conninfo_to_dict(database_url).get("password")
    except ProgrammingError:
        raise ValueError(f"{name} is no URL of a database") from None
    if password:
        require_strong(f"The password in {name}", str(password), environment=environment)
