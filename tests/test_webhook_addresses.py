"""Where webhooks may go: nowhere but the public internet, however an address is spelled and whatever a name resolves to."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.webhooks.addresses import is_public
from gateway.webhooks.delivery import Sender
from tests.gateway_fixtures import serving
from tests.prove.figures import Figures


def words(text: str) -> list[str]:
    return text.split()


NOT_PUBLIC_V4 = words("""
    0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3
    127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192
    192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255
""")
NOT_PUBLIC_V6 = words("""
    :: ::1 ::2 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1
    64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b::8.8.8.8 64:ff9b:1::10.0.0.1 64:ff9b:1:ffff::1
    100::1 100:0:0:1::1 2001::1 2001:0:53aa:64c:0:7fff:f5ff:fffe 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2001:db8:ffff::1
    2002:7f00:1::1 2002:a00:1::1 2002:a9fe:a9fe::1 2002:808:808::1 3fff::1 3fff:fff::1 4000::1 5f00::1 8000::1 fc00::1
    fd00::1 fd00:ec2::254 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 feff::1 ff00::1 ff02::1 ff05::2 ff0e::1
""")
PUBLIC = words("""
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 93.184.215.14 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 169.253.255.255
    172.15.255.255 172.32.0.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255
    2400:cb00::1 2606:4700:4700::1111 2001:4860:4860::8888 2003::1 2a00:1450::1 2a01:4f8::1
""")


def spellings(dotted: str) -> Iterator[str]:
    """What the system's resolver takes for this address."""
    a, b, c, d = (int(part) for part in dotted.split("."))
    number = (a << 24) + (b << 16) + (c << 8) + d
    yield dotted
    yield str(number)
    yield hex(number)
    yield f"0{number:o}"
    yield ".".join(hex(part) for part in (a, b, c, d))
    yield ".".join(f"0{part:o}" for part in (a, b, c, d))
    yield f"{a}.{(b << 16) + (c << 8) + d}"
    yield f"{a:#x}.{b}.{(c << 8) + d}"
    yield f"00000{a:o}.{b}.{c}.{d}"
    yield f"[::ffff:{dotted}]"


#: Names of one's own surroundings, and what they resolve to there.
NAMES = {
    "localhost": "127.0.0.1", "localhost.": "127.0.0.1", "LOCALHOST": "127.0.0.1", "a.localhost": "::1", "ip6-localhost": "::1",
    "metadata.google.internal": "169.254.169.254", "metadata": "169.254.169.254", "instance-data": "169.254.169.254",
    "kubernetes.default.svc": "10.96.0.1", "db": "172.17.0.2", "printer.local": "192.168.1.9", "127.0.0.1.nip.io": "127.0.0.1",
    "127.0.0.1.": "127.0.0.1", "v6.example.org": "fd00::1", "nat64.example.org": "64:ff9b::a9fe:a9fe",
    "mapped.example.org": "::ffff:10.0.0.1", "linklocal.example.org": "fe80::1%eth0", "scoped.example.org": "2606:4700::1%eth0",
    "garbage.example.org": "not an address",
}  # fmt: skip

HOSTS = [
    *(spelling for dotted in NOT_PUBLIC_V4 for spelling in spellings(dotted)),
    *(f"[{address}]" for address in NOT_PUBLIC_V6),
    *(f"[{ipaddress.IPv6Address(address).exploded}]" for address in NOT_PUBLIC_V6),
    *NAMES,
]
URLS = [
    *(f"https://{host}/" for host in HOSTS),
    "http://93.184.215.14/", "ftp://93.184.215.14/", "gopher://127.0.0.1:6379/_x", "file:///etc/passwd", "//127.0.0.1/",
    "127.0.0.1", "",
        "https://", "https:///", "https://user@93.184.215.14/", "https://a:b@127.0.0.1/", "https://93.184.215.14@127.0.0.1/",
    "https://127.0.0.1#@93.184.215.14/", "https://127.0.0.1\\@93.184.215.14/", "https://127.0.0.1?@93.184.215.14/",
    "https://[fe80::1%25eth0]/", "https://[::1%lo]/", "https://[::1", "https://127.0.0.1:0/",
    "https://127.0.0.1:99999/", "https://127.0.0.1:22/",
    "https://①②⑦.0.0.1/", "https://127。0。0。1/", "https://loc\u00adalhost/", "https://%31%32%37.0.0.1/", "https://127.0.0.1%00.example.org/",
]  # fmt: skip


def system_resolver(host: str, port: int) -> list[str]:
    """The system's, for numbers; for names, as they would be resolved somewhere inside."""
    if host in NAMES:
        return [NAMES[host]]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that something connects to; it is never reached."""
    addresses: list[Any] = []

    def refuse(_: socket.socket, address: Any) -> None:
        addresses.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return addresses


def test_nothing_is_sent_to_what_is_not_public(connected: list[Any], figures: Figures) -> None:
    sender, reached = Sender(resolver=system_resolver, timeout=5), []
    for url in URLS:
        attempt = sender.send(url, {}, b"{}")
        reached += [(url, address) for address in connected]
        connected.clear()
        assert attempt.error, url
        assert attempt.status is None
        # Not even what a name resolves to is told.
        assert not any(char.isdigit() for char in attempt.error), attempt.error
    figures.add("addresses and spellings tried", len(set(URLS)), at_least=300)
    figures.add("connections made", len(reached), at_most=0)
    assert reached == []


def test_what_is_public_is_connected_to_exactly(connected: list[Any]) -> None:
    sender = Sender(resolver=system_resolver)
    for address in PUBLIC:
        host = f"[{address}]" if ":" in address else address
        attempt = sender.send(f"https://{host}:8443/x", {}, b"{}")
        assert attempt.error == "the connection was refused"
        assert connected.pop()[:2] == (address, 8443)
        assert not connected


def test_a_name_is_resolved_once_and_checked_whole(connected: list[Any]) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    Sender(resolver=lambda host, port: answers.pop(0)).send("https://rebinding.example.org/", {}, b"{}")
    assert [address[0] for address in connected] == ["93.184.215.14"]
    assert answers == [["127.0.0.1"]]
    connected.clear()
    for mixed in (["93.184.215.14", "10.0.0.1"], ["::1", "93.184.215.14"], ["93.184.215.14", "x"], []):
        assert Sender(resolver=lambda host, port, mixed=mixed: mixed).send("https://x.example.org/", {}, b"{}").error  # type: ignore[misc]
    assert connected == []
    Sender(resolver=lambda host, port: ["93.184.215.14", "1.1.1.1"]).send("https://two.example.org/", {}, b"{}")
    assert [address[0] for address in connected] == ["93.184.215.14", "1.1.1.1"]


def test_a_resolver_that_hangs_is_left_behind(connected: list[Any]) -> None:
    hanging = threading.Event()
    attempt = Sender(resolver=lambda host, port: [str(hanging.wait(20))], timeout=0.2).send(
        "https://x.example.org/", {}, b"{}"
    )
    hanging.set()
    assert (attempt.error, connected) == ("no complete answer in time", [])
    assert attempt.latency_ms < 1000


@given(st.ip_addresses(v=4))
def test_no_wrapped_address_is_public(inner: ipaddress.IPv4Address) -> None:
    number = int(inner)
    for prefix in ("::", "::ffff:0:0", "64:ff9b::", "64:ff9b:1::", "fd00::", "fe80::"):
        assert not is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number))
    assert not is_public(ipaddress.IPv6Address((0x2002 << 112) | number << 80 | 1))
    assert not is_public(ipaddress.IPv6Address((0x20010000 << 96) | number << 64 | 1))


@given(st.ip_addresses())
def test_what_is_public_is_public_in_the_library_too(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if is_public(address):
        assert address.is_global
        for kind in ("private", "loopback", "link_local", "multicast", "reserved", "unspecified"):
            assert not getattr(address, f"is_{kind}")


@contextmanager
def tls_server(seen: list[tuple[str | None, str]]) -> Iterator[int]:
    """A receiver whose certificate is hooks.example's; keeps the names it is asked for, by TLS and by HTTP."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    names: list[str | None] = []
    context.sni_callback = lambda _, name, __: names.append(name)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append((names[-1], self.headers["Host"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    class Server(HTTPServer):
        def get_request(self) -> tuple[Any, Any]:
            connection, address = super().get_request()
            return context.wrap_socket(connection, server_side=True), address

        def handle_error(self, *_: Any) -> None:
            pass

    with serving(Server(("127.0.0.1", 0), Handler)) as url:
        yield int(url.rpartition(":")[2])


CERTIFICATE = Path(__file__).parent / "data" / "webhooks" / "hooks.example.pem"


def test_the_certificate_is_the_names_though_the_connection_is_the_addresss() -> None:
    seen: list[tuple[str | None, str]] = []
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))

    def send(host: str, tls: ssl.SSLContext) -> tuple[int | None, str | None]:
        sender = Sender(allow_private=True, resolver=lambda host, port: ["127.0.0.1"], tls=tls, timeout=5)
        attempt = sender.send(f"https://{host}:{port}/hook", {}, b"{}")
        return attempt.status, attempt.error

    with tls_server(seen) as port:
        assert send("hooks.example", trusting) == (204, None)
        assert send("hooks.example.", trusting) == (204, None)
        assert seen == [("hooks.example", f"hooks.example:{port}"), ("hooks.example", f"hooks.example.:{port}")]
        failed = (None, "TLS failed; is the certificate valid for this name?")
        assert send("other.example", trusting) == failed
        assert send("127.0.0.1", trusting) == failed
        assert send("hooks.example", ssl.create_default_context()) == failed
        # What others did with the context before changes nothing.
        assert send("hooks.example", trusting) == (204, None)
    assert len(seen) == 3
