"""The SMTP server that takes the mails."""

import smtplib
import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

TIMEOUT = 20.0
_LOCAL = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class SmtpServer:
    """Where it is, and who we are there."""

    host: str
    port: int
    is_tls: bool
    username: str = ""
    password: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """From ``smtp://user:password@host:587`` (TLS where the server offers it) or ``smtps://…`` (TLS from the start)."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = 0
        if (
            parts.scheme not in ("smtp", "smtps")
            or not parts.hostname
            or port == 0
            or parts.path not in ("", "/")
            or parts.query
        ):
            # The URL is not repeated: it may hold the password.
            raise ValueError("an SMTP server is smtp://user:password@host:587 or smtps://user:password@host:465")
        is_tls = parts.scheme == "smtps"
        return cls(
            parts.hostname, port or (465 if is_tls else 587 if parts.username else 25), is_tls,
            unquote(parts.username or ""), unquote(parts.password or ""),
        )  # fmt: skip

    def connect(self) -> smtplib.SMTP:
        """A connection that is ready to send; OSError (which smtplib's errors are) if there is none."""
        context = ssl.create_default_context()
        if self.is_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        try:
            smtp.ehlo()
            if not self.is_tls and smtp.has_extn("starttls"):
                smtp.starttls(context=context)
                smtp.ehlo()
            elif not self.is_tls and self.username and self.host not in _LOCAL:
                raise smtplib.SMTPNotSupportedError("the server offers no TLS, without which no password is sent")
            if self.username:
                smtp.login(self.username, self.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def is_final(error: Exception) -> bool:
    """Whether the server has refused this very mail for good; anything else may be better next time."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
