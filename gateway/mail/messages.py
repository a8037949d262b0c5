"""A mail as SMTP sends it: text, and the invitation that a calendar program takes up."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

from gateway.calendars.invitations import Party, write_invitation
from gateway.mail.templates import write_text
from gateway.plain import clean_text, one_line

#: Of what is so, a calendar learns; what only may be, or was never firm, is told in words.
FIRM = ("confirmed", "checked_in")


def read_sender(given: str) -> Party:
    """The sender of all mails, from an address with a name or without; ValueError if it is none."""
    name, email = parseaddr(given)
    try:
        Address(addr_spec=email)
    except (IndexError, ValueError):
        email = ""
    if "@" not in email or not email.isascii() or one_line(given) != given.strip():
        raise ValueError(f"{given!r} is no address like bookings@example.org or 'Bookings <bookings@example.org>'")
    return Party(name, email)


class NoPublicUrlError(Exception):
    """A mail with a link, which leads nowhere without BERTH_PUBLIC_URL."""


def write_message(mail: dict[str, Any], sender: Party, public_url: str = "") -> EmailMessage:
    """The message of a mail as booking.take_mails() describes it; its link leads to the gateway at this URL."""
    if mail["kind"] == "verification":
        path = mail["link"].partition("/v1/")
        link = public_url.rstrip("/") + "/v1/" + path[2] if public_url else mail["link"]
        if link.startswith("/"):
            raise NoPublicUrlError
        mail = {**mail, "link": link, "name": ""}
    subject, body = write_text(mail)
    sender = Party(sender.name or mail["tenant"], sender.email)
    to = Party(mail["name"], mail["email"])
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender)
    message["To"] = _address(to)
    message["Subject"] = one_line(subject)
    message["Date"] = format_datetime(datetime.now(UTC))
    # The same at every attempt: whoever gets it twice can tell.
    message["Message-ID"] = f"<{mail['id']}@{sender.email.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(clean_text(body))
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
    return Address(one_line(party.name), user, domain)
