"""What a log may say of an error: never the value that it quotes, which is one that somebody wrote."""

import smtplib
import traceback

import psycopg
import structlog

# Classes of SQLSTATE whose messages are about the server, its catalogue, locks and limits, and quote no values.
_OF_THE_SERVER = ("08", "28", "3D", "40", "42", "53", "54", "55", "57", "58")


def describe(error: BaseException) -> str:
    """What a log may say of an error, in one line: its message, but for those that quote values."""
    if isinstance(error, psycopg.Error):
        # Without one, an OperationalError is of the connection, and any other of a value.
        if error.sqlstate[:2] in _OF_THE_SERVER if error.sqlstate else isinstance(error, psycopg.OperationalError):
            return (str(error).splitlines() or [type(error).__name__])[0]
        return " ".join(filter(None, [type(error).__name__, error.sqlstate]))
    if isinstance(error, ValueError | LookupError | TypeError | smtplib.SMTPException):
        return type(error).__name__
    return ": ".join(filter(None, [type(error).__name__, *str(error).splitlines()[:1]]))


def format_exception(exc_info: structlog.typing.ExcInfo) -> str:
    """Where it happened, and what may be said of it and of what led to it."""
    told: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None and len(told) < 10:
        told.append("".join(traceback.format_tb(error.__traceback__)) + describe(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\n".join(reversed(told))
