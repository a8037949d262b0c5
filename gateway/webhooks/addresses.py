"""Where a delivery may go: names are resolved once, and what they resolve to is checked and then connected to."""

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: From a host and a port to the addresses, as the text the system takes.
Resolver = Callable[[str, int], list[str]]


class AddressError(Exception):
    """There is no address to go to. The message goes to the tenant, so it does not say what a name resolves to."""


# ``is_global`` takes these for global: multicast, protocols' own in older Pythons, the relays of 6to4; and the last,
# where Azure's machines find their metadata.
_NOT_PUBLIC_V4 = [
    ipaddress.IPv4Network(n) for n in ("224.0.0.0/3", "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")
]
# Only this much of IPv6 is given out at all: not IPv4-mapped and -compatible, NAT64, unique local, link-local.
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
# Protocols' own, Teredo among them; documentation; 6to4, which wraps an IPv4 address; documentation again.
_NOT_PUBLIC_V6 = [ipaddress.IPv6Network(n) for n in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


def is_public(address: Address) -> bool:
    """Whether everybody on the internet may talk to it: not private, not this machine, not its surroundings."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in _NOT_PUBLIC_V4)
    return (
        address.is_global
        and address.scope_id is None
        and address in _UNICAST_V6
        and not any(address in network for network in _NOT_PUBLIC_V6)
    )


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, or of a number however it is spelled, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def find_addresses(host: str, port: int, allow_private: bool, timeout: float, resolver: Resolver) -> list[str]:
    """Where to connect to for this host, in order; AddressError if nowhere, or if any of it is not public."""
    addresses = _resolve_in_time(resolver, host, port, timeout)
    if not addresses:
        raise AddressError("the host has no address")
    if not allow_private and not all(_is_public_text(address) for address in addresses):
        raise AddressError("the host is not on the public internet")
    return addresses


def _is_public_text(address: str) -> bool:
    try:
        return is_public(ipaddress.ip_address(address))
    except ValueError:
        return False


def _resolve_in_time(resolver: Resolver, host: str, port: int, timeout: float) -> list[str]:
    # The system's resolver cannot be interrupted: a thread of its own, which is left behind if it takes too long.
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(host, port))
        except (OSError, UnicodeError):
            answers.put([])

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        return answers.get(timeout=timeout)
    except queue.Empty:
        raise AddressError("the host's name was not resolved in time") from None
