"""The client that asks PostgREST: what it makes of answers of every shape, and of connections that end."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from gateway.http_client import BrokenError, HttpClient, HttpError, SilentError, UnreachableError
from gateway.local.ports import HOST, free_port

OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = OK + b"Content-Length: 2\r\n\r\n[]"


class Server:
    """Answers the requests of each connection in turn with what it is given; nothing more, and it hangs up."""

    def __init__(self, *connections: list[bytes]) -> None:
        self.url = ""
        self.seen: list[bytes] = []
        self._connections = list(connections)

    @contextmanager
    def listening(self) -> Iterator["Server"]:
        """The server, while it runs."""
        with socket.create_server((HOST, 0)) as listener:
            self.url = f"http://{HOST}:{listener.getsockname()[1]}/base/"
            thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
            thread.start()
            yield self

    def _serve(self, listener: socket.socket) -> None:
        for answers in self._connections:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    for answer in answers:
                        self.seen.append(connection.recv(65536))
                        connection.sendall(answer)


def ask(client: HttpClient, method: str = "GET", body: bytes = b"", timeout: float = 2) -> tuple[int, bytes]:
    answer = client.ask(method, "/x?a=b", {"X-One": "1"}, body, timeout)
    return answer.status, answer.data


@pytest.mark.parametrize(
    ("sent", "method", "expected"),
    [
        (WHOLE, "GET", (200, b"[]")),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n", "GET", (200, b"[]")),
        (OK + b"\r\n[]", "GET", (200, b"[]")),
        (OK + b"Content-Length: 2\r\n\r\n", "HEAD", (200, b"")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "DELETE", (204, b"")),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", "GET", (304, b"")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE, "POST", (200, b"[]")),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + WHOLE, "GET", (200, b"[]")),
        (b"HTTP/1.1 409 slot_taken\r\nContent-Length: 2\r\n\r\n{}", "POST", (409, b"{}")),
    ],
)
def test_an_answer(sent: bytes, method: str, expected: tuple[int, bytes]) -> None:
    """Whole, whatever ends it, and with no header of an interim answer."""
    with Server([sent]).listening() as server:
        answer = HttpClient(server.url, 1).ask(method, "/x", {}, b"", 2)
    assert (answer.status, answer.data, answer.header("link")) == (*expected, None)


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"HTTP/1.1 200 OK\r\n", OK + b"Content-Length: 3\r\n\r\n[]", b"nonsense\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]",
    ],
)  # fmt: skip
def test_no_answer(sent: bytes) -> None:
    """What breaks off or makes no sense is none; it is not asked again."""
    with Server([sent], [WHOLE]).listening() as server:
        client = HttpClient(server.url, 1)
        with pytest.raises(BrokenError):
            ask(client, "POST")
        assert len(server.seen) == 1
        assert ask(client) == (200, b"[]")


def test_what_is_sent() -> None:
    with Server([WHOLE] * 3).listening() as server:
        client = HttpClient(server.url, 1)
        for method, body in (("GET", b""), ("POST", b""), ("POST", b"{}")):
            ask(client, method, body)
    host = server.url.split("/")[2].encode()
    head = b" /base/x?a=b HTTP/1.1\r\nHost: %b\r\nX-One: 1\r\n" % host
    assert server.seen == [
        b"GET" + head + b"\r\n",
        b"POST" + head + b"Content-Length: 0\r\n\r\n",
        b"POST" + head + b"Content-Length: 2\r\n\r\n{}",
    ]


@pytest.mark.parametrize(
    "first",
    [WHOLE, OK + b"Connection: close\r\nContent-Length: 2\r\n\r\n[]", OK + b"\r\n[]", WHOLE + b"HTTP/1.1 500 No\r\n"],
)
def test_a_connection_that_has_ended_is_not_asked(first: bytes) -> None:
    """Nor one on which more came than was asked for: a write without a key is sent once, and must not be lost."""
    with Server([first], [WHOLE]).listening() as server:
        client = HttpClient(server.url, 1)
        assert ask(client) == (200, b"[]")
        for _ in range(100):
            if not client._idle or readable(client._idle[0]):
                break
        assert ask(client, "POST") == (200, b"[]")
        assert len(server.seen) == 2


def readable(connection: socket.socket) -> bool:
    connection.settimeout(0.1)
    with suppress(TimeoutError):
        connection.recv(1, socket.MSG_PEEK)
        return True
    return False


def test_silence_and_absence() -> None:
    with socket.create_server((HOST, 0)) as listener, pytest.raises(SilentError):
        ask(HttpClient(f"http://{HOST}:{listener.getsockname()[1]}", 1), timeout=0.2)
    with pytest.raises(UnreachableError):
        ask(HttpClient(f"http://{HOST}:{free_port()}", 1))
    with pytest.raises(UnreachableError):
        ask(HttpClient("http://nowhere.invalid", 1))


def test_connections_are_bounded() -> None:
    """Who finds none waits for one, but not for ever."""
    with socket.create_server((HOST, 0)) as listener:
        client = HttpClient(f"http://{HOST}:{listener.getsockname()[1]}", 1)
        errors: list[HttpError] = []

        def fail(timeout: float) -> Callable[[], None]:
            def run() -> None:
                with pytest.raises(HttpError) as caught:
                    ask(client, timeout=timeout)
                errors.append(caught.value)

            return run

        first = threading.Thread(target=fail(1))
        first.start()
        while client._free._value:
            pass
        fail(0.1)()
        first.join()
    assert [type(error) for error in errors] == [UnreachableError, SilentError]
