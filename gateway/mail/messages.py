"""A mail as SMTP sends it: text, and the invitation that a calendar program takes up."""

import re
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

from gateway.calendars.invitations import Party, write_invitation
from gateway.mail.templates import write_text

#: Of what is so, a calendar learns; what only may be, or was never firm, is told in words.
FIRM = ("confirmed", "checked_in")


def read_sender(given: str) -> Party:
    """The sender of all mails, from an address with a name or without; ValueError if it is none."""
    name, email = parseaddr(given)
    try:
        Address(addr_spec=email)
    except (IndexError, ValueError):
        email = ""
    if "@" not in email or not email.isascii() or _line(given) != given.strip():
        raise ValueError(f"{given!r} is no address like bookings@example.org or 'Bookings <bookings@example.org>'")
    return Party(name, email)


def write_message(mail: dict[str, Any], sender: Party) -> EmailMessage:
    """The message of a mail as booking.take_mails() describes it."""
    subject, body = write_text(mail)
    sender = Party(sender.name or mail["tenant"], sender.email)
    to = Party(mail["name"], mail["email"])
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender)
    message["To"] = _address(to)
    message["Subject"] = _line(subject)
    message["Date"] = format_datetime(datetime.now(UTC))
    # The same at every attempt: whoever gets it twice can tell.
    message["Message-ID"] = f"<{mail['id']}@{sender.email.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    rows = [item["reservation"] for item in mail["items"] if _is_for_calendars(mail["kind"], item)]
    if rows:
        method, text = write_invitation(rows, mail["resources"], sender, to, cancelled=mail["kind"] == "cancelled")
        message.add_alternative(
            text.decode(),
            subtype="calendar",
            charset="utf-8",
            cte="base64",
            params={"method": method, "name": "invite.ics"},
        )
    return message


def _is_for_calendars(kind: str, item: dict[str, Any]) -> bool:
    if kind == "cancelled":
        return item["previous"].get("status") in FIRM
    return kind in ("confirmed", "changed") and item["reservation"]["status"] in FIRM


def _address(party: Party) -> Address:
    user, _, domain = party.email.rpartition("@")
    return Address(_line(party.name), user, domain)


def _line(text: str) -> str:
    """What may stand in a header: one line, without control characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()
