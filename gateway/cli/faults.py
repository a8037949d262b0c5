"""What the user of a command can mend."""

import httpx
import psycopg

from db.migrate import MigrationError
from gateway.local import LocalError


def explain(error: Exception) -> str | None:
    """One line about it, or None where it is a fault of ours."""
    if isinstance(error, LocalError | MigrationError):
        return str(error)
    if isinstance(error, psycopg.OperationalError):
        return f"the database does not answer: {str(error).splitlines()[0]}"
    if isinstance(error, httpx.TransportError):
        return f"PostgREST does not answer: {error}"
    return None
