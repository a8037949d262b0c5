"""What gunicorn and the application both must know of connections.

It imports nothing that uses sockets: gunicorn reads its configuration before gevent patches the standard library.
"""

import ipaddress


class SlowRequestError(Exception):
    """A request did not arrive within its time."""


def network_of(address: str) -> str:
    """An address as it counts for limits; of IPv6, the network that one customer usually has whole."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 64), strict=False) if parsed.version == 6 else parsed)
