"""Mails through a real SMTP server: what they say, to whom, and that each is sent once, whatever dies meanwhile."""

import email
import json
import re
import smtplib
import socket
import ssl
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from click.testing import CliRunner
from flask.testing import FlaskClient
from icalendar import Calendar

from gateway import create_app
from gateway.calendars.invitations import Party
from gateway.cli import main
from gateway.local.ports import HOST, free_port
from gateway.mail.duties import RETRIES, CollectMails, SendMails
from gateway.mail.messages import read_sender
from gateway.mail.templates import DEFAULTS
from gateway.mail.transport import SmtpServer
from gateway.settings import Settings
from tests.calendar_reader import Time, read_times
from tests.conftest import Person, Server, Tenant, as_worker, make_tenant
from tests.test_webhook_addresses import CERTIFICATE
from tests.test_worker import running, wait_until

SENDER = Party("", "bookings@example.org")
START = (datetime.now(UTC) + timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0)


class Postman:
    """An SMTP server that keeps what it takes; the replies to come say what it does not take."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.replies: list[str] = []
        self.unknown: set[str] = set()
        self.pause = 0.0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        time.sleep(self.pause)
        reply = self.replies.pop(0) if self.replies else "250 OK"
        if reply.startswith("250"):
            self.envelopes.append(envelope)
        return reply

    def messages(self) -> list[EmailMessage]:
        found = []
        for envelope in self.envelopes:
            assert isinstance(envelope.content, bytes)
            message = email.message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            assert not message.defects
            assert not any(header.defects for header in message.values())
            found.append(message)
        return found


@dataclass
class Office:
    """A tenant in a database of its own, a postman, and the duties of a worker between them."""

    url: str
    tenant: Tenant
    postman: Postman
    smtp_url: str
    public_url: str = "https://berth.example"

    @property
    def connection(self) -> psycopg.Connection[Any]:
        return self.tenant.connection

    def member(self, name: str = "Ada", address: str = "ada@example.org", consents: bool = True) -> Person:
        person = self.tenant.another("member")
        self.connection.execute(
            "update booking.members set display_name = %s, email = %s, email_consent_at = case when %s then now() end,"
            " email_verified_at = now() where user_id = %s",
            (name, address, consents, person.user_id),
        )
        return person

    def call(self, person: Person, function: str, **arguments: Any) -> Any:
        """Of the API, in this person's name."""
        names = ", ".join(f"{name} => %({name})s" for name in arguments)
        with self.connection.transaction():
            self.connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(person.claims),))
            self.connection.execute("set local role authenticated")
            row = self.connection.execute(f"select to_jsonb(f) from api.{function}({names}) f", arguments).fetchone()
        assert row
        return row[0]

    def book(self, person: Person, room: uuid.UUID, day: int = 0, **more: Any) -> dict[str, Any]:
        times = {"starts_at": START + timedelta(days=day), "ends_at": START + timedelta(days=day, hours=1)}
        return dict(self.call(person, "create_reservation", resource_id=room, **times, **more))

    def deliver(self) -> None:
        """What a worker does, until nothing is left."""
        with psycopg.connect(as_worker(self.url), autocommit=True) as connection:
            collect, send = CollectMails(), SendMails(SmtpServer.parse(self.smtp_url), SENDER, self.public_url)
            while collect.perform(connection) or send.perform(connection):
                pass

    def mails(self) -> list[tuple[str, str, int]]:
        """Kind, status and attempts of each."""
        rows = self.connection.execute("select kind, status, attempts from booking.mails order by turn")
        return rows.fetchall()

    def hurry(self) -> None:
        """What waits is due now."""
        self.connection.execute("update booking.mails set next_attempt_at = now() where status = 'pending'")


@pytest.fixture
def office(server: Server, berth_db: psycopg.Connection[Any]) -> Iterator[Office]:
    berth_db.autocommit = True
    # Where the log of changes is to be followed from.
    berth_db.execute("select booking.enqueue_mails()")
    postman = Postman()
    controller = Controller(postman, hostname=HOST, port=free_port())
    controller.start()
    try:
        smtp_url = f"smtp://{HOST}:{controller.port}"
        yield Office(server.url(berth_db.info.dbname), make_tenant(berth_db), postman, smtp_url)
    finally:
        controller.stop()


def invitation(message: EmailMessage) -> tuple[str, Any]:
    """METHOD and the first VEVENT of what a calendar program takes up."""
    part = message.get_body(("calendar",))
    assert part
    text = part.get_content()
    calendar = Calendar.from_ical(text)
    assert part["Content-Type"].params["method"] == str(calendar["METHOD"])
    return str(calendar["METHOD"]), calendar.walk("VEVENT")[0]


def test_a_reservation_is_confirmed_changed_and_cancelled_by_mail(office: Office) -> None:
    ada, room = office.member(), office.tenant.resource("Studio", timezone="Africa/Johannesburg")
    office.member("Eve", "eve@example.org", consents=False)
    booked = office.book(ada, room, title="Recording")
    office.deliver()
    later = {"starts_at": START + timedelta(days=1), "ends_at": START + timedelta(days=1, hours=2)}
    office.call(ada, "reschedule_reservation", reservation_id=booked["id"], **later)
    office.call(ada, "update_reservation", reservation_id=booked["id"], notes="no news")
    office.call(ada, "cancel_reservation", reservation_id=booked["id"], reason="The band is ill.")
    office.deliver()
    office.deliver()
    messages = office.postman.messages()
    assert [message["Subject"] for message in messages] == [
        "Confirmed: Recording",
        "Changed: Recording",
        "Cancelled: Recording",
    ]
    events = office.connection.execute(
        "select id::text from booking.events where reservation_id = %s and type <> 'reservation.updated' order by seq",
        (booked["id"],),
    ).fetchall()
    assert [message["Message-ID"] for message in messages] == [f"<{one}@example.org>" for (one,) in events]
    for number, (message, method) in enumerate(zip(messages, ["REQUEST", "REQUEST", "CANCEL"], strict=True)):
        assert (message["From"].addresses[0].addr_spec, message["From"].addresses[0].display_name) == (
            "bookings@example.org", office.tenant.slug,
        )  # fmt: skip
        assert [(to.display_name, to.addr_spec) for to in message["To"].addresses] == [("Ada", "ada@example.org")]
        assert office.postman.envelopes[number].rcpt_tos == ["ada@example.org"]
        found, event = invitation(message)
        assert (found, str(event["UID"]), event["SEQUENCE"]) == (method, booked["id"], [1, 2, 4][number])
        assert (str(event["ATTENDEE"]), str(event["ORGANIZER"])) == (
            "mailto:ada@example.org",
            "mailto:bookings@example.org",
        )
        start = START if number == 0 else later["starts_at"]
        assert event["DTSTART"].dt.astimezone(UTC) == start
        assert str(event["STATUS"]) == ("CANCELLED" if method == "CANCEL" else "CONFIRMED")
    text = [message.get_body(("plain",)).get_content() for message in messages]
    # 09:00 UTC is 11:00 there.
    assert f"{START:%d %b %Y}, 11:00 to 12:00 (Africa/Johannesburg)" in text[0]
    assert "11:00 to 13:00" in text[1]
    assert "11:00 to 12:00" in text[1].partition("It was:")[2]
    assert "The band is ill." in text[2]
    assert office.mails() == [("confirmed", "sent", 1), ("changed", "sent", 1), ("cancelled", "sent", 1)]
    assert office.connection.execute("select distinct items from booking.mails").fetchall() == [([],)]


def test_only_who_agrees_is_mailed_at_the_time_of_sending(office: Office) -> None:
    ada, eve, room = office.member(), office.member("Eve", "eve@example.org", consents=False), office.tenant.resource()
    office.book(ada, room)
    office.book(eve, room, day=1)
    with psycopg.connect(as_worker(office.url), autocommit=True) as connection:
        CollectMails().perform(connection)
    assert office.mails() == [("confirmed", "pending", 0)]
    office.call(ada, "update_my_profile", email_consent=False)
    office.call(eve, "update_my_profile", email_consent=True)
    office.deliver()
    assert office.mails() == [("confirmed", "skipped", 1)]
    assert office.postman.envelopes == []
    # Who is no member any more has no mails either.
    office.call(ada, "update_my_profile", email_consent=True)
    office.book(ada, room, day=2)
    with psycopg.connect(as_worker(office.url), autocommit=True) as connection:
        CollectMails().perform(connection)
    office.call(ada, "erase_member", user_id=ada.user_id)
    office.deliver()
    assert (office.mails(), office.postman.envelopes) == ([], [])


def test_a_series_is_one_mail(office: Office) -> None:
    ada, room = office.member(), office.tenant.resource("Hall", timezone="Europe/Berlin")
    made = office.call(
        ada, "create_series", resource_id=room, rrule="FREQ=WEEKLY;COUNT=52", local_start=START.replace(tzinfo=None),
        duration="1 hour", title="Choir",
    )  # fmt: skip
    office.deliver()
    office.call(ada, "cancel_reservation", reservation_id=made["created"][3]["id"])
    office.deliver()
    office.call(ada, "cancel_series", series_id=made["series_id"])
    office.deliver()
    (all_of_it, one, the_rest) = office.postman.messages()
    assert [message["Subject"] for message in (all_of_it, one, the_rest)] == [
        "Confirmed: Choir",
        "Cancelled: Choir",
        "Cancelled: Choir",
    ]
    assert invitation(all_of_it)[0] == "PUBLISH"
    part = all_of_it.get_body(("calendar",))
    assert part
    instants = [
        (datetime.fromisoformat(row[0]), datetime.fromisoformat(row[1]))
        for row in ((o["starts_at"], o["ends_at"]) for o in made["created"])
    ]
    assert read_times(part.get_content()) == [Time(start, end, "Choir", "Hall") for start, end in instants]
    assert (invitation(one)[0], str(invitation(one)[1]["UID"])) == ("CANCEL", made["created"][3]["id"])
    assert invitation(the_rest)[0] == "PUBLISH"
    part = the_rest.get_body(("calendar",))
    assert part
    assert len(Calendar.from_ical(part.get_content()).walk("VEVENT")) == 51


NASTY = "Übung ☂\r\nBcc: eve@example.org\r\n\r\nHello\u2028\u202e\x1b\x9b$name ${tenant} %s {0}"

# Names are of one line.
NASTY_NAME = NASTY.translate(dict.fromkeys(map(ord, "\r\n\u2028\x1b\x9b"), " "))


def test_nobody_writes_a_header_with_a_title(office: Office) -> None:
    office.connection.execute(
        "update booking.tenants set name = %s where id = %s", (f'"Größe" {NASTY_NAME}', office.tenant.id)
    )
    ada = office.member(f'Ada "<eve@example.org>" {NASTY_NAME}')
    room = office.tenant.resource("Raum; LOCATION:x\\nATTENDEE:mailto:eve@example.org"[:200])
    office.book(ada, room, title=NASTY)
    office.deliver()
    (message,) = office.postman.messages()
    assert office.postman.envelopes[0].rcpt_tos == ["ada@example.org"]
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert message["Subject"] == "Confirmed: Übung ☂ Bcc: eve@example.org Hello $name ${tenant} %s {0}"
    assert [to.addr_spec for to in message["To"].addresses] == ["ada@example.org"]
    text = message.get_body(("plain",)).get_content()
    assert "Größe" in text
    assert not set(text) & {"\x1b", "\x9b", "\u202e"}
    _, event = invitation(message)
    assert str(event["ATTENDEE"]) == "mailto:ada@example.org"
    assert str(event["SUMMARY"]).startswith("Übung ☂\nBcc: eve")


def test_an_admin_chooses_the_words(office: Office) -> None:
    ada, room, admin = office.member(), office.tenant.resource("Studio"), office.tenant.person("admin")
    with office.connection.transaction():
        office.connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(admin.claims),))
        office.connection.execute("set local role authenticated")
        office.connection.execute(
            "insert into api.mail_templates (kind, subject, body) values ('confirmed', %s, %s)",
            ("$tenant: ${resource} ist reserviert", "Liebe $name, $$5 für $title.\n$times"),
        )
    office.book(ada, room, title="Probe")
    office.deliver()
    (message,) = office.postman.messages()
    assert message["Subject"] == f"{office.tenant.slug}: Studio ist reserviert"
    text = message.get_body(("plain",)).get_content()
    assert text.startswith("Liebe Ada, $5 für Probe.")


def test_requests_offers_and_refusals(office: Office) -> None:
    ada, bob, approver = office.member(), office.member("Bob", "bob@example.org"), office.tenant.person("approver")
    stage, room = office.tenant.resource("Stage", requires_approval=True), office.tenant.resource("Room")
    asked = [office.book(ada, stage, day) for day in range(3)]
    office.call(approver, "approve_reservation", reservation_id=asked[0]["id"])
    office.call(approver, "reject_reservation", reservation_id=asked[1]["id"], reason="Sold out.")
    office.call(ada, "cancel_reservation", reservation_id=asked[2]["id"])
    held = office.book(ada, room, status="held")
    office.call(ada, "extend_hold", reservation_id=held["id"])
    office.call(ada, "cancel_reservation", reservation_id=held["id"])
    taken = office.book(ada, room)
    office.call(bob, "join_waitlist", resource_id=room, starts_at=START, ends_at=START + timedelta(hours=1))
    office.call(ada, "cancel_reservation", reservation_id=taken["id"])
    office.deliver()
    told: dict[str, list[str]] = {}
    for message in office.postman.messages():
        told.setdefault(message["To"].addresses[0].display_name, []).append(message["Subject"])
        subject = message["Subject"]
        assert (message.get_body(("calendar",)) is None) == (
            subject.startswith(("Waits", "Declined", "Free")) or subject == "Cancelled: Stage"
        )
    assert {name: Counter(subjects) for name, subjects in told.items()} == {
        "Ada": {
            "Waits for approval: Stage": 3, "Confirmed: Stage": 1, "Declined: Stage": 1, "Cancelled: Stage": 1,
            "Confirmed: Room": 1, "Cancelled: Room": 1,
        },
        "Bob": {"Free for you: Room": 1},
    }  # fmt: skip


def test_what_fails_is_tried_again_and_what_is_refused_is_not(office: Office) -> None:
    ada, lost, room = office.member(), office.member("Lost", "lost@example.org"), office.tenant.resource()
    office.postman.unknown = {"lost@example.org"}
    office.postman.replies = ["451 try later", "554 not this"]
    office.book(lost, room)
    office.book(ada, room, day=1)
    office.deliver()
    assert Counter(office.mails()) == Counter([("confirmed", "failed", 1), ("confirmed", "pending", 1)])
    rows = office.connection.execute(
        "select error, next_attempt_at > now() + '50 seconds' from booking.mails order by status"
    ).fetchall()
    assert rows == [("SMTPRecipientsRefused 550", False), ("SMTPDataError 451", True)] or rows == [
        ("SMTPDataError 451", True), ("SMTPRecipientsRefused 550", False),
    ]  # fmt: skip
    office.hurry()
    office.deliver()
    assert Counter(office.mails()) == Counter([("confirmed", "failed", 1), ("confirmed", "failed", 2)])
    # Nobody there: each time later, and in the end not at all.
    working, office.smtp_url = office.smtp_url, f"smtp://{HOST}:{free_port()}"
    office.connection.execute("delete from booking.mails")
    office.book(ada, room, day=2)
    for _ in range(len(RETRIES)):
        office.deliver()
        office.hurry()
    assert office.mails() == [("confirmed", "pending", len(RETRIES))]
    office.book(ada, room, day=3)
    office.smtp_url = working
    office.deliver()
    assert {status for _, status, _ in office.mails()} == {"sent"}
    assert len(office.postman.messages()) == 2


def test_each_once_with_two_workers_of_which_one_is_killed(office: Office, tmp_path: Path) -> None:
    room, count = office.tenant.resource(), 40
    people = [office.member(f"Person {number}", f"p{number}@example.org") for number in range(count)]
    office.postman.pause = 0.02
    options = ["--smtp-url", office.smtp_url, "--mail-from", "bookings@example.org"]
    with running(office.url, tmp_path, *options, count=2) as workers:
        for day, person in enumerate(people):
            office.book(person, room, day)
        wait_until(lambda: len(office.postman.envelopes) > count // 4)
        workers[0].process.kill()
        workers[0].process.wait()
        # What it had leased waits for ten minutes, which nobody wants to see here.
        wait_until(lambda: office.connection.execute(
            "select from booking.mails where status = 'pending' and next_attempt_at <= now() + '9.9 minutes'"
        ).fetchone() is None)  # fmt: skip
        office.hurry()
        wait_until(
            lambda: (
                office.mails().count(("confirmed", "sent", 1)) + office.mails().count(("confirmed", "sent", 2)) == count
            )
        )
    sent = Counter(message["Message-ID"] for message in office.postman.messages())
    assert len(sent) == count
    # The one that was on its way when its worker died may come again, and can be recognised.
    assert sum(sent.values()) <= count + 1
    assert {to for envelope in office.postman.envelopes for to in envelope.rcpt_tos} == {
        f"p{number}@example.org" for number in range(count)
    }


def test_where_nobody_mails_nothing_waits(server: Server, berth_db: psycopg.Connection[Any], tmp_path: Path) -> None:
    berth_db.autocommit = True
    office = Office(server.url(berth_db.info.dbname), make_tenant(berth_db), Postman(), "")
    with running(office.url, tmp_path):
        office.book(office.member(), office.tenant.resource())
        time.sleep(0.3)
    assert berth_db.execute("select from booking.event_consumers where name = 'mail'").fetchone() is None
    assert office.mails() == []


def test_what_is_old_is_not_mailed(office: Office) -> None:
    ada, room = office.member(), office.tenant.resource()
    for start, now in (("-2 hours", "-1 hour"), ("1 day", "-25 hours")):
        office.connection.execute("select set_config('booking.now', (now() + %s::interval)::text, false)", (now,))
        office.connection.execute(
            "insert into booking.reservations (tenant_id, resource_id, owner_id, starts_at, ends_at)"
            " values (%s, %s, %s, now() + %s::interval, now() + %s::interval + '1 hour')",
            (office.tenant.id, room, ada.user_id, start, start),
        )
    office.connection.execute("select set_config('booking.now', '', false)")
    office.deliver()
    assert office.mails() == []


@pytest.mark.parametrize(
    ("smtp_url", "mail_from"),
    [("http://example.org", "a@example.org"), ("smtp://", "a@example.org"), ("smtp://u:secret@h:port", "a@example.org"),
     ("smtp://h", ""), ("smtp://h", "nobody"), ("smtp://h", "a@"), ("smtp://h", "a@b\nBcc: c@d")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_said_in_a_line(smtp_url: str, mail_from: str) -> None:
    done = CliRunner().invoke(
        main, ["worker", "--database-url", "postgresql://127.0.0.1:1/x"],
        env={"BERTH_SMTP_URL": smtp_url, "BERTH_MAIL_FROM": mail_from},
    )  # fmt: skip
    assert done.exit_code == 2
    assert ("an SMTP server is" if mail_from == "a@example.org" else "is no address like") in done.output
    assert "secret" not in done.output


def test_settings_that_do() -> None:
    assert SmtpServer.parse("smtp://h") == SmtpServer("h", 25, False)
    assert SmtpServer.parse("smtp://u%40x:p%2Fw@h") == SmtpServer("h", 587, False, "u@x", "p/w")
    assert SmtpServer.parse("smtps://u:p@h") == SmtpServer("h", 465, True, "u", "p")
    assert read_sender("Bookings <b@example.org>") == Party("Bookings", "b@example.org")
    assert set(DEFAULTS) == {
        "confirmed",
        "pending",
        "changed",
        "cancelled",
        "rejected",
        "displaced",
        "offered",
        "verification",
    }


# Whose address it is


PUBLIC_URL = "https://berth.example"


def links(office: Office) -> list[tuple[str, str]]:
    """To whom links were sent, and their tokens, oldest first."""
    found = []
    for message in office.postman.messages():
        text = message.get_body(("plain",)).get_content()
        token = re.search(rf"^{PUBLIC_URL}/v1/email/verify\?token=([A-Za-z0-9_-]{{86}})\s*$", text, re.MULTILINE)
        if token:
            found.append((message["To"].addresses[0].addr_spec, token[1]))
    return found


def pages(office: Office) -> FlaskClient:
    return create_app(Settings(database_url=office.url)).test_client()


def press(client: FlaskClient, token: str) -> int:
    return client.post("/v1/email/verify", data={"token": token}).status_code


def pass_time(office: Office, hours: int) -> None:
    for table in ("email_verifications", "mails"):
        office.connection.execute(
            psycopg.sql.SQL("update booking.{} set created_at = created_at - make_interval(hours => %s)").format(
                psycopg.sql.Identifier(table)
            ),
            (hours,),
        )


def test_an_address_gets_nothing_but_a_link_until_it_is_verified(office: Office) -> None:
    ada, room = office.tenant.another("member"), office.tenant.resource()
    advert = "Win a prize at https://evil.example"
    profile = office.call(ada, "update_my_profile", display_name=advert, email="Ada@example.org", email_consent=True)
    assert (profile["email_verified"], profile["email_verified_at"]) == (False, None)
    assert profile["email_consent_at"]
    office.book(ada, room, title=advert)
    office.deliver()
    (message,) = office.postman.messages()
    # A stranger may read it: nothing is in it that the member wrote.
    assert "evil" not in message.as_string()
    assert [(to.display_name, to.addr_spec) for to in message["To"].addresses] == [("", "Ada@example.org")]
    assert office.mails() == [("verification", "sent", 1)]
    ((_, token),) = links(office)
    stored = office.connection.execute("select to_jsonb(v)::text from booking.email_verifications v").fetchall()
    assert len(stored) == 1
    assert token not in stored[0][0]
    assert token not in str(office.connection.execute("select to_jsonb(m)::text from booking.mails m").fetchall())

    client = pages(office)
    for _ in range(2):
        page = client.get("/v1/email/verify", query_string={"token": token})
        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert f'value="{token}"' in page.text
    assert not office.call(ada, "my_profile")["email_verified"]
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert [press(client, text) for text in ("", "x", "a\0b", "é" * 86, "A" * 86, wrong)] == [404] * 6
    assert press(client, "x" * 300) == 400
    assert [press(client, token) for _ in range(2)] == [200, 404]
    profile = office.call(ada, "my_profile")
    assert profile["email_verified"]
    assert profile["email_verified_at"]
    office.book(ada, room, day=1, title="Recording")
    office.deliver()
    assert [message["Subject"] for message in office.postman.messages()][1:] == ["Confirmed: Recording"]
    # To say it once more asks nothing; another address is another question.
    assert office.call(ada, "update_my_profile", email="Ada@example.org")["email_verified"]
    assert not office.call(ada, "update_my_profile", email="ada@example.net")["email_verified"]
    office.book(ada, room, day=2)
    office.deliver()
    assert [to for to, _ in links(office)] == ["Ada@example.org", "ada@example.net"]
    assert len(office.postman.envelopes) == 3


def test_what_was_for_a_verified_address_does_not_go_to_another(office: Office) -> None:
    ada, room = office.member(), office.tenant.resource()
    office.book(ada, room)
    with psycopg.connect(office.url, autocommit=True) as connection:
        CollectMails().perform(connection)
    office.call(ada, "update_my_profile", email="eve@example.org")
    office.deliver()
    assert office.mails() == [("confirmed", "skipped", 1), ("verification", "sent", 1)]


def test_a_page_says_nothing_that_its_caller_wrote(office: Office) -> None:
    page = pages(office).get("/v1/email/verify", query_string={"token": '"><script>alert(1)</script>'})
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_links_are_few(office: Office) -> None:
    """For one member, and for one address, whoever says that it is theirs."""
    ada, room = office.tenant.another("member"), office.tenant.resource()
    for n in range(3):
        office.call(ada, "update_my_profile", email=f"victim{n}@example.org", email_consent=True)
    with pytest.raises(psycopg.Error) as refused:
        office.call(ada, "update_my_profile", email="victim3@example.org")
    assert (refused.value.sqlstate, refused.value.diag.message_primary) == ("PT429", "too_many_requests")
    # The profile may be saved all the same.
    saved = office.call(ada, "update_my_profile", display_name="Ada", email="victim2@example.org", email_consent=True)
    assert (saved["display_name"], saved["email"]) == ("Ada", "victim2@example.org")
    for n in range(4):
        address = "one@example.org" if n % 2 else "One@Example.org"
        office.call(office.tenant.another("member"), "update_my_profile", email=address, email_consent=True)
    office.deliver()
    # What was asked for an address that is theirs no more is not sent.
    assert Counter(to.lower() for to, _ in links(office)) == {"victim2@example.org": 1, "one@example.org": 3}
    rows = office.connection.execute("select status, error from booking.mails order by turn").fetchall()
    assert Counter(rows) == {("skipped", None): 2, ("sent", None): 4, ("skipped", "too_many_requests"): 1}
    pass_time(office, 25)
    assert [press(pages(office), token) for _, token in links(office)] == [404] * 4
    office.call(ada, "update_my_profile", email="ada@example.org")
    office.deliver()
    assert press(pages(office), links(office)[-1][1]) == 200
    office.book(ada, room)
    office.deliver()
    assert office.postman.messages()[-1]["To"].addresses[0].addr_spec == "ada@example.org"


def test_each_attempt_has_a_link_that_works(office: Office) -> None:
    """The server may have taken the first, though it said it had not."""
    ada = office.tenant.another("member")
    office.call(ada, "update_my_profile", email="ada@example.org", email_consent=True)
    office.postman.replies = ["451 later", "250 OK"]
    office.deliver()
    office.hurry()
    office.deliver()
    assert office.mails() == [("verification", "sent", 2)]
    assert office.connection.execute(
        "select cardinality(token_hashes) from booking.email_verifications"
    ).fetchall() == [(2,)]
    assert press(pages(office), links(office)[0][1]) == 200


def test_who_goes_takes_the_link_along(office: Office) -> None:
    ada = office.tenant.another("member")
    office.call(ada, "update_my_profile", email="ada@example.org", email_consent=True)
    office.deliver()
    office.call(ada, "erase_member", user_id=ada.user_id)
    assert office.connection.execute("select count(*) from booking.email_verifications").fetchone() == (0,)
    assert press(pages(office), links(office)[0][1]) == 404


def test_a_link_that_leads_nowhere_is_not_sent(office: Office) -> None:
    ada = office.tenant.another("member")
    office.call(ada, "update_my_profile", email="ada@example.org", email_consent=True)
    office.public_url = ""
    office.deliver()
    assert office.mails() == [("verification", "failed", 1)]
    assert office.connection.execute("select error from booking.mails").fetchall() == [("NoPublicUrlError",)]


def test_a_member_is_mailed_so_many_times_a_day(office: Office) -> None:
    ada, bob, room = office.member(), office.member("Bob", "bob@example.org"), office.tenant.resource()
    told = CliRunner().invoke(
        main, ["tenant", "mails", office.tenant.slug, "--per-day", "3", "--database-url", office.url]
    )
    assert (told.exit_code, told.output) == (0, f"{office.tenant.slug} mails each member at most 3 times in 24 hours\n")
    for day in range(2):
        office.book(ada, room, day)
    office.deliver()
    for day in range(2, 5):
        office.book(ada, room, day)
    office.book(bob, room, 5)
    office.deliver()
    to = Counter(message["To"].addresses[0].display_name for message in office.postman.messages())
    assert to == {"Ada": 3, "Bob": 1}
    rows = office.connection.execute("select status, error, items = '[]' from booking.mails").fetchall()
    assert Counter(rows) == {("sent", None, True): 4, ("skipped", "too_many_requests", True): 2}
    # Not late either: what is mailed the next day is what happens then.
    pass_time(office, 25)
    office.deliver()
    assert len(office.postman.envelopes) == 4
    office.book(ada, room, 6)
    office.deliver()
    assert len(office.postman.envelopes) == 5


def test_an_admin_says_whose_an_address_is(office: Office) -> None:
    user = str(uuid.uuid4())
    add = [
        "member",
        "add",
        "--database-url",
        office.url,
        "--tenant",
        office.tenant.slug,
        "--role",
        "member",
        "--user",
        user,
    ]

    def address() -> Any:
        return office.connection.execute(
            "select email, email_verified_at is not null from booking.members where user_id = %s", (user,)
        ).fetchone()

    for options, expected in (
        ([], (None, False)),
        (["--email", "ada@example.org"], ("ada@example.org", False)),
        (["--email", "ada@example.org", "--verified"], ("ada@example.org", True)),
        ([], ("ada@example.org", True)),
        (["--email", "ada@example.net"], ("ada@example.net", False)),
    ):
        done = CliRunner().invoke(main, [*add, *options])
        assert (done.exit_code, address()) == (0, expected), done.output
    assert CliRunner().invoke(main, [*add, "--verified"]).exit_code == 2
    nonsense = CliRunner().invoke(main, [*add, "--email", "ada"])
    assert (nonsense.exit_code, nonsense.output) != (0, "")
    assert "one address" in nonsense.output


@dataclass
class Doorman:
    """An SMTP server that takes every login and mail; keeps each, and whether TLS hid it from others."""

    port: int = field(default_factory=free_port)
    logins: list[tuple[bytes, bytes, bool]] = field(default_factory=list)
    mails: list[tuple[str, bool]] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        self.mails.append((address, session.ssl is not None))
        return "250 OK"

    def let_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
        self.logins.append((login.login, login.password, session.ssl is not None))
        return AuthResult(success=True)

    @contextmanager
    def listening(self, *, tls: bool, refuses: bool = False) -> Iterator[None]:
        """``refuses`` the TLS that it offers."""

        class Refusing(SMTP):
            async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
                await self.push("454 TLS not available due to temporary reason")

        class Door(Controller):
            def factory(self) -> SMTP:
                return (Refusing if refuses else SMTP)(self.handler, **self.SMTP_kwargs)

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
        if context:
            context.load_cert_chain(CERTIFICATE)
        door = Door(
            self, hostname=HOST, port=self.port, tls_context=context, authenticator=self.let_in, auth_require_tls=False
        )
        door.start()
        try:
            yield
        finally:
            door.stop()

    def server(self, host: str, login: str = "u:p@") -> SmtpServer:
        return SmtpServer.parse(f"smtp://{login}{host}:{self.port}")


@pytest.fixture
def doorman(monkeypatch: pytest.MonkeyPatch) -> Doorman:
    """Another machine, whose certificate is hooks.example's; all names under .example lead to it."""
    resolve = socket.getaddrinfo

    def resolve_here(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve(HOST if str(host).endswith(".example") else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_here)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    return Doorman()


@pytest.mark.parametrize("login", ["", "u:p@"])
def test_tls_is_used_where_it_is_offered(doorman: Doorman, login: str) -> None:
    with doorman.listening(tls=True):
        smtp = doorman.server("hooks.example", login).connect()
        smtp.sendmail("a@example.org", ["b@example.org"], b"Subject: x\r\n\r\nx")
        smtp.quit()
    assert doorman.logins == ([(b"u", b"p", True)] if login else [])
    assert doorman.mails == [("a@example.org", True)]


def test_without_tls_a_password_stays_on_this_machine(doorman: Doorman) -> None:
    with doorman.listening(tls=False):
        with pytest.raises(smtplib.SMTPNotSupportedError, match="no TLS"):
            doorman.server("hooks.example").connect()
        assert doorman.logins == []
        doorman.server("hooks.example", "").connect().quit()
        doorman.server(HOST).connect().quit()
    assert doorman.logins == [(b"u", b"p", False)]


@pytest.mark.parametrize(
    ("host", "refuses", "is_trusted", "message"),
    [
        ("elsewhere.example", False, True, "ostname mismatch"),
        ("hooks.example", False, False, "self-signed"),
        ("hooks.example", True, True, "454"),
    ],
    ids=["another's certificate", "a certificate of nobody known", "TLS that is offered and then refused"],
)
def test_no_password_without_a_certificate_that_holds(
    doorman: Doorman, host: str, refuses: bool, is_trusted: bool, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_trusted:
        monkeypatch.delenv("SSL_CERT_FILE")
    # OSError is what the duty takes for a failure that may pass.
    with doorman.listening(tls=True, refuses=refuses), pytest.raises(OSError, match=message):
        doorman.server(host).connect()
    assert doorman.logins == []
