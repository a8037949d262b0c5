"""What the user of a command can mend."""

import httpx
import psycopg
from postgrest.exceptions import APIError

from db.migrate import MigrationError
from gateway.local import LocalError

#: Something is not there that a migration makes: a relation, schema, function, column, type or role.
_MISSING = {"42P01", "3F000", "42883", "42703", "42704"}


def explain(error: Exception) -> str | None:
    """One line about it, or None where it is a fault of ours."""
    if isinstance(error, LocalError | MigrationError):
        return str(error)
    if isinstance(error, psycopg.Error):
        return _explain_database(error)
    if isinstance(error, APIError):
        return f"PostgREST refuses: {error.hint or error.message or error.code}"
    if isinstance(error, httpx.InvalidURL):
        return f"PostgREST has no such address: {error}"
    if isinstance(error, httpx.TransportError):
        return f"PostgREST does not answer: {error}"
    # Whoever reads a pipe may have read enough: click ends without a word.
    if isinstance(error, OSError) and error.strerror and not isinstance(error, BrokenPipeError):
        return f"{error.filename}: {error.strerror}" if error.filename else f"the system refuses: {error.strerror}"
    return None


def _explain_database(error: psycopg.Error) -> str:
    said = (str(error).splitlines() or [type(error).__name__])[0]
    if error.sqlstate is None and isinstance(error, psycopg.ProgrammingError):
        # What libpq says of it may hold the password.
        return "that is no URL of a database; one is like postgresql://user@host:5432/berth"
    if error.sqlstate is None or error.sqlstate[:2] in ("08", "28", "53", "57"):
        return f"the database does not answer: {said}"
    if error.sqlstate.startswith("PT"):
        return error.diag.message_hint or said
    if error.sqlstate in _MISSING:
        return f"the database has no Berth, or an older one ({said}); run 'berth migrate up'"
    if error.sqlstate == "42501":
        return f"the database refuses: {said}; log in as its administrator"
    return f"the database refuses: {said}"
