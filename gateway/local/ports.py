"""TCP ports on the loopback address."""

import socket

from gateway.local import LocalError

HOST = "127.0.0.1"


def require_free(port: int, purpose: str, option: str) -> None:
    """Raises LocalError unless ``port`` can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise LocalError(f"port {port} for {purpose} is in use; free it or choose another with {option}") from None


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
