"""Checkouts and notifications of PayFast, whose side is an HTTP server of our own: money is credited once, or not at all."""

import contextlib
import hashlib
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import psycopg
import pytest
import structlog
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import create_app
from gateway.payments import ForgedError
from gateway.payments.duties import VerifyNotifications, payment_duties
from gateway.payments.payfast import PayFast, encode, read_form, signature, urlencode
from gateway.settings import Settings
from tests.conftest import Person, Stack, Tenant, as_worker, make_tenant
from tests.gateway_fixtures import Gateway, Impostor, running_gateway, slot
from tests.prove.figures import Figures

MERCHANT = {"payfast_merchant_id": "10000100", "payfast_merchant_key": "46f0cd694581a"}
PASSPHRASE = "jt7NOE43FZPn"
VALID = (200, {}, b"VALID")
INVALID = (200, {}, b"INVALID")


def php_urlencode(value: bytes) -> str:
    """PHP's, from its manual, byte by byte."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    return "".join(chr(byte) if byte in letters else "+" if byte == 0x20 else f"%{byte:02X}" for byte in value)


def sign(fields: dict[str, str], passphrase: str = PASSPHRASE) -> str:
    """What PayFast would sign them with."""
    text = "&".join(f"{name}={php_urlencode(value.encode())}" for name, value in fields.items())
    if passphrase:
        text += f"&passphrase={php_urlencode(passphrase.encode())}"
    return hashlib.md5(text.encode()).hexdigest()


def body_of(fields: dict[str, str], passphrase: str = PASSPHRASE) -> bytes:
    """A notification of these fields, signed."""
    signed = fields | {"signature": sign(fields, passphrase)}
    return "&".join(f"{name}={php_urlencode(value.encode())}" for name, value in signed.items()).encode()


@dataclass
class Shop:
    """A gateway of ours, before a PayFast of ours."""

    app: Flask
    payfast: Impostor
    stack: Stack
    settings: Settings

    def checkout(self, person: Person | None, **subject: Any) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {person.token}"} if person else {}
        answer = self.app.test_client().post("/v1/payments/payfast/checkout", json=subject, headers=headers)
        return answer.status_code, json.loads(answer.data)

    def notify(self, body: bytes, source: str = "127.0.0.1", **headers: str) -> int:
        answer = self.app.test_client().post(
            "/v1/payments/payfast/notify", data=body, environ_overrides={"REMOTE_ADDR": source},
            headers={"Content-Type": "application/x-www-form-urlencoded", **headers},
        )  # fmt: skip
        if answer.status_code != 200:
            assert json.loads(answer.data).keys() == {"code", "message", "details", "hint"}
        return answer.status_code

    def refused(self, reason: str) -> float:
        """How many notices were refused for this before they were stored."""
        labels = {"provider": "payfast", "reason": reason}
        found = self.app.extensions["metrics"].get_sample_value("berth_payment_notices_refused_total", labels)
        return float(found or 0)

    def with_settings(self, **changed: Any) -> "Shop":
        return replace(self, app=create_app(replace(self.settings, **changed)))


@contextlib.contextmanager
def open_shop(stack: Stack, *answers: tuple[int, dict[str, str], bytes], **changed: Any) -> Iterator[Shop]:
    with Impostor(*(answers or (VALID,))).listening() as payfast:
        told = Settings(
            rest_url=stack.rest.url, database_url=stack.gateway_database_url, database_pool=20,
            public_url="https://berth.example", payfast_url=payfast.url, payfast_hosts="localhost",
            payfast_passphrase=PASSPHRASE, **MERCHANT, **{"notice_rate": 0, **changed},
        )  # fmt: skip
        yield Shop(create_app(told), payfast, stack, told)


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Iterator[Shop]:
    with open_shop(stack) as shop:
        yield shop


@dataclass
class Sale:
    """A priced room, a reservation of it that waits for its payment, and the checkout that has begun."""

    tenant: Tenant
    room: uuid.UUID
    member: Person
    reservation_id: str
    fields: dict[str, str]

    def itn(self, reference: str = "", status: str = "COMPLETE", **changed: str) -> dict[str, str]:
        """The fields of a notification, in PayFast's order, empty ones included."""
        blank = {f"custom_str{n}": "" for n in range(2, 6)} | {f"custom_int{n}": "" for n in range(1, 6)}
        fields = {
            "m_payment_id": self.fields["m_payment_id"], "pf_payment_id": reference or self.reference,
            "payment_status": status, "item_name": self.fields["item_name"], "item_description": "",
            "amount_gross": self.fields["amount"], "amount_fee": "-2.30", "amount_net": "0.00",
            "custom_str1": self.fields["custom_str1"], **blank,
            "name_first": "Zoë", "name_last": "O'Brien ~ Søn", "email_address": "zoe+b@example.org",
            "merchant_id": MERCHANT["payfast_merchant_id"],
        }  # fmt: skip
        return fields | changed

    @property
    def reference(self) -> str:
        return f"pf-{self.fields['m_payment_id']}"

    def row(self, query: str, *arguments: Any) -> Any:
        return self.tenant.connection.execute(query, arguments).fetchone()

    @property
    def status(self) -> tuple[str, str]:
        found: tuple[str, str] = self.row(
            "select status, payment_status from booking.reservations where id = %s", self.reservation_id
        )
        return found

    @property
    def payment(self) -> tuple[str, Decimal, str | None]:
        found: tuple[str, Decimal, str | None] = self.row(
            "select status, refund_amount, status_reason from booking.payments where id = %s",
            self.fields["m_payment_id"],
        )
        return found

    @property
    def notification(self) -> tuple[str, int]:
        found: tuple[str, int] = self.row(
            "select status, deliveries from booking.payment_notifications where payment_id = %s",
            self.fields["m_payment_id"],
        )
        return found

    def wait(self) -> None:
        """Until the worker is to try again, this one alone."""
        self.tenant.connection.execute(
            "update booking.payment_notifications"
            " set next_attempt_at = case when payment_id = %s then booking.now() end where status = 'received'",
            (self.fields["m_payment_id"],),
        )

    def events(self) -> list[str]:
        rows = self.tenant.connection.execute(
            "select type from booking.events where tenant_id = %s"
            " and (reservation_id = %s or type like 'payment.%%') order by seq",
            (self.tenant.id, self.reservation_id),
        )
        return [row[0] for row in rows]

    def lapse(self) -> None:
        """The hold's time passes."""
        self.tenant.connection.execute(
            "update booking.reservations set expires_at = booking.now() - interval '1 second' where id = %s",
            (self.reservation_id,),
        )


def priced_room(tenant: Tenant, amount: str = "150.00", per: str = "hour", **columns: Any) -> uuid.UUID:
    return tenant.resource(price_amount=amount, price_currency="ZAR", price_per=per, **columns)


def sell(shop: Shop, tenant: Tenant, member: Person | None = None, hour: int = 0) -> Sale:
    member = member or tenant.person("member")
    room = priced_room(tenant)
    status, booked = shop.stack.rpc(member, "create_reservation", resource_id=str(room), **slot(hour))
    assert status == 200, booked
    assert (booked["status"], booked["payment_status"], booked["amount_due"]) == ("held", "unpaid", 150)
    status, form = shop.checkout(member, reservation_id=booked["id"])
    assert status == 200, form
    return Sale(tenant, room, member, booked["id"], form["fields"])


@pytest.fixture
def sale(shop: Shop, tenant: Tenant) -> Iterator[Sale]:
    sale = sell(shop, tenant)
    yield sale
    rows = tenant.connection.execute("select * from booking.verify_invariants() where tenant_id = %s", (tenant.id,))
    assert rows.fetchall() == []


# What PayFast signs


#: From the tests of PayFast's own PHP library; the second was made with the sandbox's passphrase.
PUBLISHED = [
    (
        "m_payment_id=000000020&pf_payment_id=1579137&payment_status=COMPLETE&item_name=Order+%23000000020"
        "&item_description=&amount_gross=15.00&amount_fee=-2.30&amount_net=12.70&custom_str1=&custom_str2=&custom_str3="
        "&custom_str4=&custom_str5=&custom_int1=&custom_int2=&custom_int3=&custom_int4=&custom_int5=&name_first=Tom"
        "&name_last=Tom&email_address=lindley%2Buser1%40appinlet.com&merchant_id=10027938",
        "", "4078bca2c8987e0e0c4e7230f2f46323",
    ),
    (
        "m_payment_id=1234&pf_payment_id=1221576&payment_status=COMPLETE&item_name=Order%23123&item_description="
        "&amount_gross=10.00&amount_fee=-0.23&amount_net=9.77&custom_str1=&custom_str2=&custom_str3=&custom_str4="
        "&custom_str5=&custom_int1=&custom_int2=&custom_int3=&custom_int4=&custom_int5=&name_first=First&name_last=Last"
        "&email_address=test%40test.com&merchant_id=10000100",
        PASSPHRASE, "ac4c3e993d31b5b9d525dc0087051437",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("form", "passphrase", "expected"), PUBLISHED)
def test_published_signatures(form: str, passphrase: str, expected: str) -> None:
    pairs = [(name.decode(), value) for name, value in read_form(form.encode())]
    assert signature(pairs, passphrase) == expected
    assert sign(dict(parse_qsl(form, keep_blank_values=True)), passphrase) == expected


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_urlencode_is_php_s(value: bytes) -> None:
    assert urlencode(value) == php_urlencode(value)
    assert read_form(f"a={urlencode(value)}&b=".encode()) == [(b"a", value), (b"b", b"")]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.text("abcxyz_019", min_size=1), st.text(max_size=40)), min_size=1),
    st.text("aZ09 /+&=~é*", max_size=20),
)
def test_signatures_of_whatever_people_are_called(fields: list[tuple[str, str]], passphrase: str) -> None:
    pairs = [(name, value.encode("utf-8", "surrogatepass")) for name, value in fields]
    text = "&".join(f"{name}={php_urlencode(value)}" for name, value in pairs)
    assert encode(pairs) == text
    if passphrase.strip():
        text += f"&passphrase={php_urlencode(passphrase.strip().encode())}"
    assert signature(pairs, passphrase) == hashlib.md5(text.encode()).hexdigest()


# A payment from beginning to end


def test_a_checkout_is_signed_in_payfast_s_order(shop: Shop, tenant: Tenant) -> None:
    member = tenant.person("member")
    room = priced_room(tenant, "0.99", "hour", name=" Größe & Söhne ~ 'A' " + "x" * 100)
    _, booked = shop.stack.rpc(member, "create_reservation", resource_id=str(room), **slot())
    status, form = shop.checkout(member, reservation_id=booked["id"])
    assert status == 200
    assert form["action"] == f"{shop.payfast.url}/eng/process"
    fields = form["fields"]
    assert list(fields) == [
        "merchant_id", "merchant_key", "notify_url", "m_payment_id", "amount", "item_name", "custom_str1", "signature",
    ]  # fmt: skip
    given_signature = fields.pop("signature")
    assert given_signature == sign(fields)
    assert fields["amount"] == "0.99"
    assert fields["notify_url"] == "https://berth.example/v1/payments/payfast/notify"
    assert len(fields["item_name"]) <= 100
    assert fields["item_name"] == fields["item_name"].strip()
    assert form["payment_id"] == fields["m_payment_id"]
    # Begun again, it is the same payment.
    assert shop.checkout(member, reservation_id=booked["id"])[1]["payment_id"] == form["payment_id"]


def test_paid_and_confirmed_once(shop: Shop, sale: Sale) -> None:
    status, refusal = shop.stack.rpc(sale.member, "confirm_reservation", reservation_id=sale.reservation_id)
    assert (status, refusal["message"]) == (409, "payment_required")
    assert json.loads(refusal["details"])["amount_due"] == 150
    assert shop.stack.rpc(sale.member, "extend_hold", reservation_id=sale.reservation_id)[0] == 200

    body = body_of(sale.itn())
    for _ in range(3):
        assert shop.notify(body) == 200
    assert sale.status == ("confirmed", "paid")
    assert sale.payment == ("succeeded", 0, None)
    assert sale.events() == [
        "reservation.held", "reservation.hold_extended", "payment.succeeded", "reservation.confirmed",
    ]  # fmt: skip
    # What PayFast was asked is what it sent, but for the signature.
    asked = shop.payfast.seen[-1]
    assert asked[:2] == ("POST", "/eng/query/validate")
    assert asked[3] == body.rpartition(b"&")[0]
    # It came three times, and was stored as it came.
    assert sale.row("select status, deliveries, body from booking.payment_notifications where tenant_id = %s", sale.tenant.id) \
        == ("accepted", 3, body)  # fmt: skip
    _, seen = shop.stack.request(sale.member, "GET", "payments")
    assert [(p["status"], p["reservation_ids"], p["provider_reference"]) for p in seen] \
        == [("succeeded", [sale.reservation_id], sale.reference)]  # fmt: skip
    assert shop.stack.request(sale.tenant.person("manager"), "GET", "payments")[1] == seen
    assert shop.stack.request(sale.tenant.another("approver"), "GET", "payments")[1] == []
    assert shop.checkout(sale.member, reservation_id=sale.reservation_id)[0] == 409


def test_twenty_equal_notifications_at_once(shop: Shop, sale: Sale) -> None:
    body, barrier = body_of(sale.itn()), threading.Barrier(20)

    def notify(_: int) -> int:
        barrier.wait()
        return shop.notify(body)

    with ThreadPoolExecutor(20) as threads:
        assert Counter(threads.map(notify, range(20))) == {200: 20}
    assert sale.events() == ["reservation.held", "payment.succeeded", "reservation.confirmed"]


@pytest.mark.parametrize(("told", "becomes"), [("FAILED", "failed"), ("CANCELLED", "failed"), ("PENDING", "pending")])
def test_what_is_not_complete_confirms_nothing(shop: Shop, sale: Sale, told: str, becomes: str) -> None:
    assert shop.notify(body_of(sale.itn(status=told))) == 200
    assert (sale.status, sale.payment[0]) == (("held", "unpaid"), becomes)
    # The same form may still be paid; what was paid does not fail afterwards.
    assert shop.notify(body_of(sale.itn("later"))) == 200
    assert sale.status == ("confirmed", "paid")
    assert shop.notify(body_of(sale.itn("later", "FAILED"))) == 200
    assert sale.payment[0] == "succeeded"


def test_a_form_paid_twice_owes_the_second(shop: Shop, sale: Sale) -> None:
    for reference in ("one", "two", "two", "one"):
        assert shop.notify(body_of(sale.itn(reference))) == 200
    assert sale.payment[0] == "succeeded"
    second = sale.row(
        "select status, refund_amount, status_reason, provider_reference from booking.payments where repeat_of = %s",
        sale.fields["m_payment_id"],
    )
    assert second == ("refund_due", 150, "paid_already", "two")
    assert sale.events()[1:] == ["payment.succeeded", "reservation.confirmed", "payment.refund_due"]


def test_a_bundle_and_a_series_are_one_payment_each(shop: Shop, tenant: Tenant) -> None:
    member = tenant.person("member")
    rooms = [str(priced_room(tenant, amount, "booking")) for amount in ("10.10", "20.20")] + [str(tenant.resource())]
    _, bundle = shop.stack.rpc(member, "create_bundle", items=[{"resource_id": room, **slot()} for room in rooms])
    assert [part["status"] for part in bundle["reservations"]] == ["held", "held", "confirmed"]
    _, series = shop.stack.rpc(
        member, "create_series", resource_id=rooms[0], rrule="FREQ=DAILY;COUNT=3", local_start="2090-01-01T09:00",
        duration="1 hour",
    )  # fmt: skip
    assert [one["status"] for one in series["created"]] == ["held"] * 3
    assert shop.stack.rpc(member, "confirm_bundle", bundle_id=bundle["bundle_id"])[1]["message"] == "payment_required"
    for subject, amount, paid in (
        ({"bundle_id": bundle["bundle_id"]}, "30.30", [r["id"] for r in bundle["reservations"][:2]]),
        ({"series_id": series["series_id"]}, "30.30", [r["id"] for r in series["created"]]),
    ):
        status, form = shop.checkout(member, **subject)
        assert (status, form["fields"]["amount"]) == (200, amount)
        sale = Sale(tenant, uuid.UUID(rooms[0]), member, paid[0], form["fields"])
        assert shop.notify(body_of(sale.itn())) == 200
        statuses = tenant.connection.execute(
            "select status, payment_status from booking.reservations where id = any(%s)", (paid,)
        ).fetchall()
        assert set(statuses) == {("confirmed", "paid")}


def test_json_that_is_nested_deeply_is_refused(shop: Shop) -> None:
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    answer = shop.app.test_client().post("/v1/payments/payfast/checkout", data=deep, content_type="application/json")
    assert (answer.status_code, answer.get_json()["message"]) == (400, "invalid_argument")


def test_who_may_begin_a_checkout(shop: Shop, tenant: Tenant, sale: Sale) -> None:
    subject = {"reservation_id": sale.reservation_id}
    assert shop.checkout(None, **subject)[0] == 401
    assert shop.checkout(tenant.another("member"), **subject)[1]["message"] == "not_found"
    assert shop.checkout(tenant.another("approver"), **subject)[1]["message"] == "forbidden"
    assert shop.checkout(tenant.person("manager"), **subject)[1]["payment_id"] == sale.fields["m_payment_id"]
    for nonsense in ({}, {"reservation_id": None}, {"reservation_id": "x"}, {"amount": 1}, [], "x"):
        answer = shop.app.test_client().post(
            "/v1/payments/payfast/checkout", json=nonsense, headers={"Authorization": f"Bearer {sale.member.token}"}
        )
        assert answer.status_code == 400, nonsense
    dollars = tenant.resource(price_amount="1.00", price_currency="USD", price_per="booking")
    _, booked = shop.stack.rpc(sale.member, "create_reservation", resource_id=str(dollars), **slot())
    status, refusal = shop.checkout(sale.member, reservation_id=booked["id"])
    assert (status, json.loads(refusal["details"])["currency"]) == (400, "USD")


# Too late


def test_paid_too_late_but_still_free(shop: Shop, sale: Sale) -> None:
    sale.lapse()
    assert shop.notify(body_of(sale.itn())) == 200
    assert (sale.status, sale.payment) == (("confirmed", "paid"), ("succeeded", 0, None))
    assert sale.events()[-3:] == ["payment.succeeded", "reservation.expired", "reservation.confirmed"]


@pytest.mark.parametrize("is_swept", [False, True])
def test_paid_too_late_and_taken(shop: Shop, sale: Sale, is_swept: bool) -> None:
    sale.lapse()
    if is_swept:
        sale.tenant.connection.execute("select booking.sweep(1000)")
    other = sale.tenant.another("manager")
    status, taken = shop.stack.rpc(
        other, "create_reservation", resource_id=str(sale.room), **slot(), override=True, reason="x"
    )
    assert (status, taken["status"], taken["payment_status"]) == (200, "confirmed", "waived")
    for _ in range(2):
        assert shop.notify(body_of(sale.itn())) == 200
    assert sale.payment == ("refund_due", 150, "slot_taken")
    assert sale.status == ("expired", "unpaid")
    assert sale.events()[-1] == "payment.refund_due"
    # Given back by hand, once.
    assert shop.stack.rpc(sale.member, "record_refund", payment_id=sale.fields["m_payment_id"])[0] == 403
    for status in (200, 409):
        assert shop.stack.rpc(other, "record_refund", payment_id=sale.fields["m_payment_id"])[0] == status
    assert sale.payment[:2] == ("refunded", 0)
    assert shop.notify(body_of(sale.itn())) == 200
    assert sale.payment[:2] == ("refunded", 0)


def test_a_late_payment_races_a_booking(shop: Shop, tenant: Tenant) -> None:
    """Whoever wins: one has the time, and the money is accounted for."""
    sales = [sell(shop, tenant, hour=hour) for hour in range(8)]
    outcomes = Counter[str]()
    for sale in sales:
        sale.lapse()
        hour, other = sales.index(sale), tenant.another("member")
        with ThreadPoolExecutor(2) as threads:
            paying = threads.submit(shop.notify, body_of(sale.itn()))
            booking = threads.submit(
                shop.stack.rpc, other, "create_reservation", resource_id=str(sale.room), **slot(hour)
            )
            assert paying.result() == 200
            assert booking.result()[0] in (200, 409)
        outcomes[sale.payment[0]] += 1
        assert (booking.result()[0] == 409) == (sale.payment[0] == "succeeded")
    rows = tenant.connection.execute("select * from booking.verify_invariants() where tenant_id = %s", (tenant.id,))
    assert rows.fetchall() == []
    assert outcomes.total() == 8


def test_a_late_bundle_is_had_as_a_whole_or_not_at_all(shop: Shop, tenant: Tenant) -> None:
    member = tenant.person("member")
    rooms = [str(priced_room(tenant)) for _ in range(2)]
    _, bundle = shop.stack.rpc(member, "create_bundle", items=[{"resource_id": room, **slot()} for room in rooms])
    _, form = shop.checkout(member, bundle_id=bundle["bundle_id"])
    sales = [Sale(tenant, uuid.UUID(r["resource_id"]), member, r["id"], form["fields"]) for r in bundle["reservations"]]
    for sale in sales:
        sale.lapse()
    tenant.connection.execute("select booking.sweep(1000)")
    assert shop.checkout(member, bundle_id=bundle["bundle_id"])[1]["message"] == "hold_expired"
    assert shop.stack.rpc(tenant.another("member"), "create_reservation", resource_id=rooms[1], **slot())[0] == 200
    assert shop.notify(body_of(sales[0].itn())) == 200
    assert [sale.status for sale in sales] == [("expired", "unpaid")] * 2
    assert sales[0].payment == ("refund_due", 300, "slot_taken")


# What is not PayFast's


def test_500_tampered_notices_credit_nothing(shop: Shop, sale: Sale, figures: Figures) -> None:
    """Nor to another tenant, whose payment waits too."""
    elsewhere = sell(shop, make_tenant(sale.tenant.connection))
    chance = random.Random(7)
    genuine = sale.itn()
    asked = len(shop.payfast.seen)
    reasons, accepted = Counter[str](), []
    for number in range(500):
        fields, source, passphrase = dict(genuine), "127.0.0.1", PASSPHRASE
        way = number % 10
        if way == 0:
            passphrase = chance.choice(["", "jt7NOE43FZPN", " x", PASSPHRASE[:-1]])
        elif way == 1:
            fields["merchant_id"] = f"1000010{chance.randint(1, 9)}"
        elif way == 2:
            fields["amount_gross"] = chance.choice(
                ["149.99", "150.01", "1.50", "-150.00", "150.001", "1e2", "NaN", "", "150,00", "٣"]
            )
        elif way == 3:
            source = chance.choice(["8.8.8.8", "10.0.0.1", "2001:db8::1", "127.0.0.2", "", "nonsense"])
            fields["payment_status"] = "REFUNDED"  # from elsewhere it is no other than from PayFast's address
        elif way == 4:
            fields["custom_str1"] = chance.choice([str(elsewhere.tenant.id), str(uuid.uuid4()), "", "x"])
        elif way == 5:
            fields["m_payment_id"] = chance.choice(
                [elsewhere.fields["m_payment_id"], str(uuid.uuid4()), "", "1 or 1=1"]
            )
        elif way == 6:
            fields["payment_status"] = chance.choice(["complete", "COMPLETED", "", "VALID"])
        elif way == 7:
            fields["pf_payment_id"] = chance.choice(["", "x" * 201, "a\0b", "a b", "ü"])
        body = body_of(fields, passphrase)
        if way == 8:
            # A byte is another one, though the signature is not.
            said = read_form(body)
            while read_form(body) == said:
                place = chance.randrange(body.index(b"&signature="))
                body = body[:place] + bytes([(body[place] + chance.randint(1, 255)) % 256]) + body[place + 1 :]
        elif way == 9:
            extra = chance.choice([b"&amount_gross=150.00", b"&x=", b"&signature=", b"&merchant_id=10000100"])
            body = chance.choice(
                [body + extra, extra[1:] + b"&" + body, body[: body.index(b"&signature=")], b"", b"\xff\0=&"]
            )
        if shop.notify(body, source) != 400 or sale.status != ("held", "unpaid"):
            accepted.append((way, body))
    figures.add("tampered notices", 500, at_least=500)
    figures.add("tampered notices credited, or not refused", len(accepted), at_most=0)
    assert accepted == []
    assert sale.status == ("held", "unpaid")
    assert sale.payment[0] == "pending"
    assert sale.events() == ["reservation.held"]
    assert (elsewhere.status, elsewhere.payment[0]) == (("held", "unpaid"), "pending")
    for status, reason, deliveries in sale.tenant.connection.execute(
        "select status, status_reason, sum(deliveries) from booking.payment_notifications"
        " where provider = 'payfast' and payment_id = %s group by 1, 2", (sale.fields["m_payment_id"],)
    ):  # fmt: skip
        assert status == "rejected"
        reasons[reason] += deliveries
    # Without our signature nothing is stored, only counted.
    assert {"merchant", "amount", "payment", "content"} <= reasons.keys()
    assert not {"signature", "repeated_field"} & reasons.keys()
    assert shop.refused("signature") >= 50
    assert shop.refused("repeated_field") > 0
    # PayFast was troubled only with what it may itself have sent.
    assert len(shop.payfast.seen) - asked < 200
    assert shop.notify(body_of(genuine)) == 200
    assert sale.status == ("confirmed", "paid")


def test_the_genuine_one_replayed_from_elsewhere_harms_nothing(shop: Shop, sale: Sale) -> None:
    body = body_of(sale.itn())
    assert [shop.notify(body, source) for source in ("8.8.8.8", "127.0.0.1", "8.8.8.8")] == [200, 200, 200]
    assert sale.status == ("confirmed", "paid")
    assert sale.events() == ["reservation.held", "payment.succeeded", "reservation.confirmed"]


def test_another_s_reference_is_refused(shop: Shop, tenant: Tenant, sale: Sale) -> None:
    other = sell(shop, tenant, hour=5)
    assert shop.notify(body_of(sale.itn())) == 200
    assert shop.notify(body_of(other.itn(sale.reference))) == 400
    assert other.status == ("held", "unpaid")


def test_a_header_is_believed_only_of_our_own_proxy(shop: Shop, sale: Sale) -> None:
    body = body_of(sale.itn())
    assert shop.notify(body, "8.8.8.1", **{"X-Forwarded-For": "127.0.0.1"}) == 200
    behind = shop.with_settings(trusted_proxies=1)
    assert behind.notify(body, "127.0.0.1", **{"X-Forwarded-For": "127.0.0.1, 8.8.8.2"}) == 200
    assert behind.notify(body, "10.0.0.9", **{"X-Forwarded-For": "8.8.8.3, ::ffff:127.0.0.1"}) == 200
    kept = sale.tenant.connection.execute(
        "select host(source) from booking.payment_notifications where payment_id = %s order by received_at",
        (sale.fields["m_payment_id"],),
    )
    assert [source for (source,) in kept] == ["8.8.8.1", "8.8.8.2", "127.0.0.1"]


def test_payfast_says_it_has_not_sent_it(stack: Stack, shop: Shop, sale: Sale) -> None:
    with open_shop(stack, (200, {}, b"INVALID")) as doubtful:
        assert doubtful.notify(body_of(sale.itn())) == 400
    assert sale.status == ("held", "unpaid")


def test_too_large_a_notice(shop: Shop) -> None:
    assert shop.notify(b"x=" + b"y" * 16_384) == 413
    assert shop.notify(b"x=" + b"y" * 16_382) == 400


def stored(shop: Shop) -> int:
    with psycopg.connect(shop.stack.database_url) as connection:
        row = connection.execute("select count(*) from booking.payment_notifications").fetchone()
    assert row
    return int(row[0])


def test_nothing_is_stored_of_what_nobody_signed_or_waits_for(shop: Shop, sale: Sale) -> None:
    before, refused = stored(shop), shop.refused("signature")
    nobody = sale.itn(custom_str1=str(uuid.uuid4()))
    for body in (b"", b"x=y", b"\xff\0=&", body_of(sale.itn(), "guess"), body_of(nobody, "guess")):
        assert shop.notify(body) == 400
    assert shop.refused("signature") == refused + 5
    bare = shop.with_settings(payfast_merchant_id="")
    for body in (body_of(sale.itn()), body_of(sale.itn(), ""), b"x=y"):
        assert bare.notify(body) == 503
    assert stored(shop) == before
    # What is signed is kept, whatever else is wrong with it: somebody may have to look at it.
    assert shop.notify(body_of(nobody)) == 400
    assert stored(shop) == before + 1


def test_an_address_sends_so_many_notices(shop: Shop, sale: Sale) -> None:
    """The first check of all, so that what is refused costs neither a signature nor the database anything."""
    meek = shop.with_settings(notice_rate=0.01, notice_burst=3, database_url="postgresql://127.0.0.1:1/none")
    body = body_of(sale.itn())
    assert [meek.notify(b"x=y", "192.0.2.1") for _ in range(5)] == [400, 400, 400, 429, 429]
    assert meek.refused("too_many") == 2
    answer = meek.app.test_client().post(
        "/v1/payments/payfast/notify", data=body, environ_overrides={"REMOTE_ADDR": "192.0.2.1"}
    )
    assert (answer.status_code, json.loads(answer.data)["message"]) == (429, "too_many_requests")
    assert 0 < int(answer.headers["Retry-After"]) <= 100
    # Others are heard; of IPv6 a network is one address.
    assert meek.notify(body, "192.0.2.2") == 503
    assert [meek.notify(b"x=y", f"2001:db8::{n}") for n in range(5)] == [400, 400, 400, 429, 429]
    # Where PayFast is not configured, it is said no oftener.
    bare = meek.with_settings(payfast_merchant_id="")
    assert bare.notify(body) == 503


def test_not_configured(stack: Stack, sale: Sale, shop: Shop) -> None:
    bare = shop.with_settings(payfast_merchant_id="")
    assert bare.checkout(sale.member, reservation_id=sale.reservation_id)[1]["message"] == "not_configured"
    assert bare.notify(body_of(sale.itn())) == 503
    assert shop.with_settings(database_url="").notify(body_of(sale.itn())) == 503


# What is sent again


@pytest.mark.parametrize("answer", [(503, {}, b""), (302, {"Location": "/"}, b""), (200, {}, b"<html>busy</html>")])
def test_validation_down_then_sent_again(stack: Stack, sale: Sale, answer: tuple[int, dict[str, str], bytes]) -> None:
    with open_shop(stack, answer, VALID) as shaky:
        assert shaky.notify(body_of(sale.itn())) == 503
        assert sale.status == ("held", "unpaid")
        assert shaky.notify(body_of(sale.itn())) == 200
    assert sale.status == ("confirmed", "paid")


def test_nobody_at_payfast_s_address(shop: Shop, sale: Sale) -> None:
    with Impostor(VALID).listening() as gone:
        url = gone.url
    assert shop.with_settings(payfast_url=url).notify(body_of(sale.itn())) == 503


def test_whence_it_comes() -> None:
    """PayFast's hosts and ranges are known, whatever DNS says of some; from elsewhere, PayFast's word decides."""

    def resolver(host: str) -> set[str]:
        if host == "down":
            raise OSError("try again")
        return {"here": {"192.0.2.1", "::ffff:192.0.2.2"}}.get(host, set())

    fields = {"merchant_id": "1", "payment_status": "COMPLETE", "pf_payment_id": "1", "amount_gross": "1.00"}
    told = Settings(
        payfast_merchant_id="1", payfast_merchant_key="k", public_url="x", payfast_hosts="down here",
        payfast_ranges="198.51.100.16/28 2001:db8::/64",
    )  # fmt: skip
    known = ("192.0.2.1", "192.0.2.2", "198.51.100.16", "198.51.100.31", "2001:db8::1")
    unknown = ("192.0.2.9", "198.51.100.32", "2001:db8:1::1", None)
    with Impostor(VALID).listening() as server:
        payfast = PayFast(replace(told, payfast_url=server.url), resolver)
        for source in (*known, *unknown):
            with structlog.testing.capture_logs() as logged:
                assert payfast.verify(body_of(fields, ""), source).reference == "1"
            assert [line["event"] for line in logged] == ["notification_from_unknown_address"] * (source in unknown)
        assert len(server.seen) == len(known) + len(unknown)
    with Impostor(INVALID).listening() as server, pytest.raises(ForgedError, match="validation"):
        PayFast(replace(told, payfast_url=server.url), resolver).verify(body_of(fields, ""), "192.0.2.9")


@pytest.mark.parametrize("said", [VALID, INVALID], ids=["valid", "invalid"])
def test_payfast_decides_on_a_notice_from_elsewhere(
    stack: Stack, sale: Sale, said: tuple[int, dict[str, str], bytes]
) -> None:
    with open_shop(stack, (503, {}, b""), said) as shop:
        assert shop.notify(body_of(sale.itn()), "203.0.113.9") == 503
        (kept,) = sale.tenant.connection.execute(
            "select status from booking.payment_notifications where payment_id = %s", (sale.fields["m_payment_id"],)
        ).fetchall()
        assert kept == ("received",)  # for the worker
        assert shop.notify(body_of(sale.itn()), "203.0.113.9") == (200 if said is VALID else 400)
    assert sale.status == (("confirmed", "paid") if said is VALID else ("held", "unpaid"))


def test_ranges_that_are_none_stop_the_start() -> None:
    with pytest.raises(ValueError, match="BERTH_PAYFAST_RANGES"):
        Settings.from_environment({"BERTH_PAYFAST_RANGES": "192.0.2.0/28 here"})


@pytest.mark.parametrize("by_worker", [False, True], ids=["sent again", "by the worker"])
def test_killed_between_storing_and_verifying(
    stack: Stack, shop: Shop, sale: Sale, tmp_path: Path, by_worker: bool
) -> None:
    body = body_of(sale.itn())
    with Impostor(VALID, delay=1.5).listening() as slow:
        told = {
            "database_url": stack.gateway_database_url, "public_url": "https://berth.example", "payfast_url": slow.url,
            "payfast_hosts": "localhost", "payfast_passphrase": PASSPHRASE, **MERCHANT,
        }  # fmt: skip

        def lose(gateway: Gateway) -> None:
            with contextlib.suppress(Exception):
                gateway.send(None, "POST", "/v1/payments/payfast/notify", body)

        with running_gateway(stack.rest.url, tmp_path, **told) as gateway:
            losing = threading.Thread(target=lose, args=(gateway,))
            losing.start()
            deadline = time.monotonic() + 10
            while not slow.seen and time.monotonic() < deadline:
                time.sleep(0.01)
            gateway.kill()
            losing.join()
    assert sale.notification == ("received", 1)
    assert sale.status == ("held", "unpaid")
    if by_worker:
        with psycopg.connect(as_worker(stack.database_url), autocommit=True) as connection:
            (duty,) = payment_duties(shop.settings)
            assert sale.row(
                "select next_attempt_at > booking.now() from booking.payment_notifications where payment_id = %s",
                sale.fields["m_payment_id"],
            ) == (True,), "somebody may still be at it"
            sale.wait()
            assert (duty.perform(connection), duty.perform(connection)) == (True, False)
        assert sale.notification == ("accepted", 1)
    else:
        assert shop.notify(body) == 200
        assert sale.notification == ("accepted", 2)
    assert sale.events() == ["reservation.held", "payment.succeeded", "reservation.confirmed"]


def test_the_worker_goes_on_until_payfast_can_tell(stack: Stack, sale: Sale) -> None:
    down = (503, {}, b"")
    with (
        open_shop(stack, down, down, down, VALID) as shaky,
        psycopg.connect(as_worker(stack.database_url), autocommit=True) as connection,
    ):
        assert shaky.notify(body_of(sale.itn())) == 503
        duty = VerifyNotifications(PayFast(shaky.settings))
        for _ in range(2):
            sale.wait()
            # One that could not be verified leaves the rest to a later time.
            assert (duty.perform(connection), duty.perform(connection)) == (True, False)
            assert (sale.notification, sale.status) == (("received", 1), ("held", "unpaid"))
        sale.wait()
        assert duty.perform(connection)
        assert (sale.notification, sale.status) == (("accepted", 1), ("confirmed", "paid"))
        # PayFast sends it again all the same; another worker had it, too.
        assert shaky.notify(body_of(sale.itn())) == 200
        sale.wait()
        assert not duty.perform(connection)
    assert sale.events() == ["reservation.held", "payment.succeeded", "reservation.confirmed"]


def test_the_worker_knows_what_is_forged(stack: Stack, shop: Shop, sale: Sale) -> None:
    with open_shop(stack, (503, {}, b""), (200, {}, b"INVALID")) as shaky:
        assert shaky.notify(body_of(sale.itn())) == 503
        sale.wait()
        with psycopg.connect(as_worker(stack.database_url), autocommit=True) as connection:
            assert VerifyNotifications(PayFast(shaky.settings)).perform(connection)
    assert (sale.notification, sale.status) == (("rejected", 1), ("held", "unpaid"))


def test_eight_workers_and_the_gateway_at_once(stack: Stack, sale: Sale) -> None:
    with open_shop(stack, (503, {}, b""), VALID) as shaky:
        assert shaky.notify(body_of(sale.itn())) == 503
        sale.wait()

        def verify(_: int) -> bool:
            with psycopg.connect(as_worker(stack.database_url), autocommit=True) as connection:
                return VerifyNotifications(PayFast(shaky.settings)).perform(connection)

        with ThreadPoolExecutor(9) as pool:
            told = pool.submit(shaky.notify, body_of(sale.itn()))
            taken = list(pool.map(verify, range(8)))
        assert (told.result(), sum(taken) <= 1) == (200, True)
    assert sale.status == ("confirmed", "paid")
    assert sale.events() == ["reservation.held", "payment.succeeded", "reservation.confirmed"]


def test_no_duty_without_an_account(shop: Shop) -> None:
    assert [duty.name for duty in payment_duties(shop.settings)] == ["verify_payfast"]
    assert payment_duties(replace(shop.settings, payfast_merchant_id="")) == []


# Prices


def expected_price(amount: Decimal, per: str, start: datetime, end: datetime, units: int, zone: str) -> Decimal:
    """By the book: exact, half a cent up, a cent at least."""
    hours = Decimal((end - start) // timedelta(microseconds=1)) / 3_600_000_000
    walls = [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in (start, end)]
    days = max(1, -(-(walls[1] - walls[0]) // timedelta(days=1)))
    price = amount * units * {"booking": Decimal(1), "hour": hours, "day": Decimal(days)}[per]
    return max(price.quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal("0.01"))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.decimals("0.01", "99999.99", places=2), st.sampled_from(["booking", "hour", "day"]),
    st.datetimes(datetime(2030, 3, 20), datetime(2030, 11, 10)), st.integers(1, 4 * 24 * 3600), st.integers(1, 30),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Africa/Johannesburg", "Australia/Lord_Howe"]),
)  # fmt: skip
def test_prices(
    tenant: Tenant, amount: Decimal, per: str, start: datetime, seconds: int, units: int, zone: str
) -> None:
    start = start.replace(tzinfo=UTC)
    end = start + timedelta(seconds=seconds)
    row = tenant.connection.execute(
        "select booking.price_of(jsonb_populate_record(null::booking.resources, %s), %s, %s, %s)",
        (
            psycopg.types.json.Jsonb({"price_amount": str(amount), "price_per": per, "timezone": zone}),
            start, end, units,
        ),
    ).fetchone()  # fmt: skip
    assert row
    assert row[0] == expected_price(amount, per, start, end, units, zone)
