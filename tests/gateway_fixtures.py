"""The gateway as a process of its own, and what can go wrong between it and PostgREST."""

import contextlib
import json
import os
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import urllib3
from flask.testing import FlaskClient

from gateway import create_app
from gateway.cli.serve import gunicorn_command
from gateway.local.ports import HOST, free_port
from gateway.local.postgrest import PROJECT_DIR, PostgREST
from gateway.local.service import Service, environment_with
from gateway.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import Person, Server, Stack


class Gateway:
    """gunicorn with gevent, serving ``gateway.wsgi:app`` in front of ``rest_url``."""

    def __init__(self, rest_url: str, log_file: Path, *, workers: int = 1, **settings: Any) -> None:
        self._workers = workers
        self.url = f"http://{HOST}:{free_port()}"
        self.log_file = log_file
        # It cannot tidy up after SIGKILL.
        self._environment = {"BERTH_REST_URL": rest_url, "TMPDIR": str(log_file.parent)}
        self._environment |= {f"BERTH_{name.upper()}": str(value) for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it is live."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                gunicorn_command(self.url.removeprefix("http://"), self._workers),
                env={**os.environ, **self._environment}, stderr=log, start_new_session=True,
            )  # fmt: skip
        for _ in range(200):
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                if urllib3.request("GET", f"{self.url}/live", retries=False, timeout=2).status == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(self.log_file.read_text())

    def kill(self) -> None:
        """SIGKILL, to the worker too: whatever it was doing stays half done."""
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)
            self._process.wait()
            self._process = None

    def signal(self, number: int) -> None:
        """As an init system would send it: to gunicorn's first process."""
        assert self._process
        os.kill(self._process.pid, number)

    def wait(self) -> int:
        """Until it has ended; its exit code."""
        assert self._process
        return self._process.wait(30)

    def worker(self) -> psutil.Process:
        """The process that serves."""
        return self.workers()[0]

    def workers(self) -> list[psutil.Process]:
        """All that serve."""
        assert self._process
        return psutil.Process(self._process.pid).children()

    def send(
        self, person: "Person | None", method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """The answer to one request; ``path`` begins after the host."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        if person:
            headers["Authorization"] = f"Bearer {person.token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return urllib3.request(
            method, self.url + path, body=body, headers=headers, retries=False, redirect=False, timeout=60
        )

    def book(self, person: "Person", key: str | None = None, **arguments: Any) -> urllib3.BaseHTTPResponse:
        """create_reservation, with a key or without."""
        headers = {"Idempotency-Key": key} if key else None
        return self.send(person, "POST", "/rest/v1/rpc/create_reservation", arguments, headers)

    def log(self) -> list[dict[str, Any]]:
        """Its log lines so far."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines() if line.startswith("{")]


@contextlib.contextmanager
def running_gateway(rest_url: str, folder: Path, **settings: Any) -> Iterator[Gateway]:
    """A gateway for one test."""
    gateway = Gateway(rest_url, folder / "gateway.log", **settings)
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.kill()


def running_postgrest(stack: "Stack", folder: Path) -> PostgREST:
    """A PostgREST that a test may kill, on the database that all share; to be entered."""
    return stack.postgrest(folder)


class PgBouncer(Service):
    """The deployment's PgBouncer, in front of the cluster at this port: BERTH_TEST_POOLER=1 sends all tests through it."""

    name = "PgBouncer"

    def __init__(self, database_port: int, log_file: Path) -> None:
        self.port = free_port()
        settings = {
            "DATABASE_HOST": HOST, "DATABASE_PORT": str(database_port), "LISTEN_ADDR": HOST, "LISTEN_PORT": str(self.port),
            "BERTH_AUTHENTICATOR_PASSWORD": "authenticator", "BERTH_GATEWAY_PASSWORD": "berth_gateway",
        }  # fmt: skip
        # It refuses root, who may read the script where others may not.
        command = ["sh", "-c", (PROJECT_DIR / "deploy" / "pgbouncer.sh").read_text()]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=nobody", "--clear-groups", *command]
        super().__init__(command, environment_with(settings), log_file)

    def ready(self) -> bool:
        """Whether it listens."""
        assert self.port
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
            return True
        return False


@contextlib.contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[str]:
    """A server in a thread of its own; its URL."""
    with server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://{HOST}:{server.server_address[1]}"
        finally:
            server.shutdown()


class Wire:
    """The network between the gateway and PostgREST, which can lose or hold back answers after they were given."""

    def __init__(self, to_url: str) -> None:
        self.lose = 0
        """So many answers to come are lost, and the connection with each."""
        self.hold = 0
        """So many answers to come never arrive, though the connection stays."""
        self.url = ""
        _, _, address = to_url.partition("//")
        self._to = (address.split(":")[0], int(address.split(":")[1]))

    @contextlib.contextmanager
    def connected(self) -> Iterator["Wire"]:
        """The wire, while it hangs."""
        wire = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError), socket.create_connection(wire._to) as upstream:
                    threading.Thread(target=wire._pump, args=(self.request, upstream), daemon=True).start()
                    while answer := upstream.recv(65536):
                        if wire.lose:
                            wire.lose -= 1
                            return
                        if wire.hold:
                            wire.hold -= 1
                            continue
                        self.request.sendall(answer)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        with serving(Server((HOST, 0), Handler)) as self.url:
            yield self

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


class Impostor:
    """An HTTP server in PostgREST's place: gives the answers it was told, the last one for ever, and keeps what came."""

    def __init__(self, *answers: tuple[int, dict[str, str], bytes], delay: float = 0) -> None:
        self.url = ""
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self._answers = list(answers)
        self._delay = delay

    @contextlib.contextmanager
    def listening(self) -> Iterator["Impostor"]:
        """The server, while it runs."""
        impostor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                impostor.seen.append((self.command, self.path, dict(self.headers), body))
                time.sleep(impostor._delay)
                answers = impostor._answers
                status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response_only(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    with contextlib.suppress(OSError):
                        self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815

            def log_message(self, *arguments: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

        with serving(Server((HOST, 0), Handler)) as self.url:
            yield self


def slot(number: int = 0) -> dict[str, str]:
    """The hour of this number, from the midnight after next: far enough from whatever happens around now."""
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2, hours=number)
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}


def client_of(url: str, **settings: Any) -> FlaskClient:
    """The gateway in this process, for upstreams of our own making."""
    return create_app(Settings(rest_url=url, **settings)).test_client()


def assert_error(response: Any, status: int, slug: str) -> dict[str, Any]:
    """The one error shape, from urllib3 or from Flask's client."""
    body: dict[str, Any] = json.loads(response.data)
    assert (int(str(response.status)[:3]), body["message"]) == (status, slug)
    assert set(body) == {"code", "message", "details", "hint"}
    assert body["code"] == f"PT{status}"
    assert isinstance(json.loads(body["details"]), dict)
    return body


def cancel_when_waiting(server: "Server", dbname: str, function: str) -> None:
    """Waits for a backend that waits for a lock of this database, and ends it, as only a superuser may."""
    with psycopg.connect(server.superuser_url(dbname), autocommit=True) as connection:
        for _ in range(200):
            ended = connection.execute(
                f"select {function}(pid) from pg_stat_activity"
                " where datname = current_database() and usename = 'authenticator' and wait_event_type = 'Lock'"
            ).fetchall()
            if ended:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits")
