"""One attempt to deliver: a POST, and what came of it within 15 seconds, whatever the other side does."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException

import structlog
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationParseError, NewConnectionError
from urllib3.util import Url, parse_url

from gateway.webhooks.addresses import AddressError, Resolver, find_addresses, resolve

_log = structlog.get_logger()

TIMEOUT = 15.0
CONNECT_TIMEOUT = 5.0
KEPT_BYTES = 1024
"""So much of an answer is read and kept."""
NO_ADDRESS = "that is no address to deliver to"
TOO_LATE = "no complete answer in time"
_LONGEST_RETRY_AFTER = 24 * 3600


@dataclass
class Attempt:
    """What came of it; a success exactly if ``error`` is None."""

    status: int | None = None
    error: str | None = None
    body: str | None = None
    retry_after: int | None = None
    latency_ms: int = 0


class Deadline:
    """The moment by which all must be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def holds(self) -> bool:
        """Whether there is time left."""
        return time.monotonic() < self._end

    def left(self) -> float:
        """Seconds; TimeoutError when there are none."""
        if not self.holds():
            raise TimeoutError
        return max(self._end - time.monotonic(), 0.001)

    @contextlib.contextmanager
    def enforced(self, connected: socket.socket) -> Iterator[None]:
        """Ends the connection then, even one on which a byte arrives now and then."""
        timer = threading.Timer(self.left(), _shut_down, (connected,))
        timer.daemon = True
        timer.start()
        try:
            yield
            self.left()
        finally:
            timer.cancel()


def _shut_down(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # Below TLS, whose own farewell would wait for the other side.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


@dataclass
class Sender:
    """Makes attempts, each in the thread that asks."""

    allow_private: bool = False
    """For development: plain http too, and any address."""
    timeout: float = TIMEOUT
    resolver: Resolver = resolve
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def send(self, url: str, headers: Mapping[str, str], payload: bytes) -> Attempt:
        """One attempt; it raises nothing."""
        started = time.monotonic()
        deadline = Deadline(self.timeout)
        attempt = Attempt()
        try:
            self._send(url, headers, payload, deadline, attempt)
        except Exception as error:  # noqa: BLE001 (whatever it is, the other deliveries go on)
            attempt.error = _explain(error) if deadline.holds() else TOO_LATE
        attempt.latency_ms = round((time.monotonic() - started) * 1000)
        return attempt

    def _send(self, url: str, headers: Mapping[str, str], payload: bytes, deadline: Deadline, attempt: Attempt) -> None:
        target = parse_url(url)
        connection = self._connect(target, deadline)
        with contextlib.closing(connection), deadline.enforced(connection.sock):
            connection.timeout = deadline.left()  # which urllib3 gives the socket before it reads
            connection.sock.settimeout(connection.timeout)
            connection.request(
                "POST", target.request_uri, body=payload, preload_content=False, decode_content=False,
                headers={
                    "Host": target.netloc or "", "Content-Type": "application/json", "User-Agent": "Berth-Webhooks",
                    "Accept-Encoding": "identity", **headers,
                },
            )  # fmt: skip
            with contextlib.closing(connection.getresponse()) as response:
                attempt.status = response.status
                attempt.error = _objection(response.status)
                if response.status in (429, 503):
                    attempt.retry_after = parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
                attempt.body = response.read(KEPT_BYTES).decode(errors="replace").replace("\0", "")

    def _connect(self, target: Url, deadline: Deadline) -> HTTPConnection:
        """A connection to an address that was checked: the name is not resolved again."""
        if target.scheme != "https" and not (target.scheme == "http" and self.allow_private):
            raise AddressError("only https is delivered to")
        if not target.host or target.auth:
            raise AddressError(NO_ADDRESS)
        host = target.host.strip("[]")
        port = target.port or (443 if target.scheme == "https" else 80)
        addresses = find_addresses(host, port, self.allow_private, deadline.left(), self.resolver)
        while True:
            address = addresses.pop(0)
            connection: HTTPConnection
            timeout = min(CONNECT_TIMEOUT, deadline.left())
            if target.scheme == "https":
                # The certificate must be the name's, though the connection is to the address.
                name = host.rstrip(".")
                connection = HTTPSConnection(address, port, timeout=timeout, ssl_context=self.tls, server_hostname=name)
            else:
                connection = HTTPConnection(address, port, timeout=timeout)
            try:
                connection.connect()
            except Exception as error:
                connection.close()
                if not addresses or not isinstance(error, ConnectTimeoutError | NewConnectionError):
                    raise
            else:
                return connection


def parse_retry_after(value: str | None, now: datetime) -> int | None:
    """Seconds, from seconds or a date (RFC 9110, section 10.2.3), a day at most; None for anything else."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return min(int(value[:10]), _LONGEST_RETRY_AFTER)
    try:
        seconds = (parsedate_to_datetime(value) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(int(seconds), 0), _LONGEST_RETRY_AFTER)


def _objection(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    return f"answered {status}" + ("; redirects are not followed" if 300 <= status < 400 else "")


def _explain(error: Exception) -> str:
    """What went wrong, for the tenant: nothing of our own network, no secret."""
    match error:
        case AddressError():
            return str(error)
        case LocationParseError():
            return NO_ADDRESS
        case NewConnectionError():
            return "the connection was refused"
        case TimeoutError() | ConnectTimeoutError():
            return TOO_LATE
        case ssl.SSLError():
            return "TLS failed; is the certificate valid for this name?"
        case OSError() | HTTPError():
            return "the connection broke off before a complete answer"
        case HTTPException():
            return "the answer is not HTTP"
    _log.error("unexpected_error", exc_info=error)
    return "a fault of ours"
