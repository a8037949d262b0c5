"""What the worker does about mails: one duty fills the outbox from the log, one empties it."""

import contextlib
import random
import smtplib
import time
from datetime import timedelta
from typing import Any

import psycopg
import structlog

from gateway.calendars.invitations import Party
from gateway.mail.messages import write_message
from gateway.mail.transport import SmtpServer, is_final

_log = structlog.get_logger()

#: Minutes until the next attempt; after the last, it has failed for good.
RETRIES = (1, 5, 30, 120, 360, 720)


class CollectMails:
    """Writes the mails that events are worth."""

    name = "collect_mails"

    def perform(self, connection: psycopg.Connection[Any]) -> bool:
        row = connection.execute("select booking.enqueue_mails()").fetchone()
        return bool(row and row[0])


class SendMails:
    """Sends what is due."""

    name = "send_mails"

    def __init__(
        self, server: SmtpServer, sender: Party, public_url: str = "", batch_size: int = 10,
        lease: timedelta = timedelta(minutes=10),
    ) -> None:  # fmt: skip
        self._server = server
        self._sender = sender
        self._public_url = public_url
        self._batch_size = batch_size
        self._lease = lease

    def perform(self, connection: psycopg.Connection[Any]) -> bool:
        rows = connection.execute("select booking.take_mails(%s, %s)", (self._batch_size, self._lease)).fetchall()
        if not rows:
            return False
        # A slow server: what the lease may not last for comes again when it has run out.
        deadline = time.monotonic() + self._lease.total_seconds() / 2
        with _Line(self._server) as line:
            for (mail,) in rows:
                if time.monotonic() < deadline:
                    self._send(connection, line, mail)
        return len(rows) == self._batch_size

    def _send(self, connection: psycopg.Connection[Any], line: "_Line", mail: dict[str, Any]) -> None:
        error, retry_in = None, None
        try:
            line.send(write_message(mail, self._sender, self._public_url))
        except (OSError, smtplib.SMTPException) as problem:
            # Not the server's own words, which repeat the address.
            error = " ".join([type(problem).__name__, *_codes(problem)])
            if not is_final(problem) and mail["attempt"] <= len(RETRIES):
                retry_in = timedelta(minutes=RETRIES[mail["attempt"] - 1] * random.uniform(1, 1.2))  # noqa: S311 (no secret)
        except Exception as problem:  # noqa: BLE001 (a fault of ours, which must not hold up all others)
            _log.exception("mail_unwritten", mail=mail["id"])
            error = type(problem).__name__
        connection.execute(
            "select booking.finish_mail(%s, %s, %s, %s, %s)",
            (mail["tenant_id"], mail["id"], mail["attempt"], error, retry_in),
        )
        outcome = "sent" if error is None else "retrying" if retry_in else "failed"
        _log.info("mail", outcome=outcome, mail=mail["id"], kind=mail["kind"], attempt=mail["attempt"], error=error)


class _Line:
    """One connection for a batch, made when it is first needed; once it cannot be made, nobody tries again."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None
        self._refusal: OSError | None = None

    def __enter__(self) -> "_Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def send(self, message: Any) -> None:
        if self._refusal:
            raise self._refusal
        if self._smtp is None:
            try:
                self._smtp = self._server.connect()
            except OSError as error:
                self._refusal = error
                raise
        try:
            self._smtp.send_message(message)
        except (smtplib.SMTPServerDisconnected, OSError):
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        if self._smtp:
            with contextlib.suppress(OSError):
                self._smtp.quit()
            self._smtp = None


def _codes(problem: Exception) -> list[str]:
    """The numbers of an SMTP server's refusal."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return [str(code) for code, _ in problem.recipients.values()]
    return [str(problem.smtp_code)] if isinstance(problem, smtplib.SMTPResponseException) else []
