"""Receivers of webhooks that behave in every way, and a tenant whose events they get."""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
from psycopg import sql

from gateway.local.ports import HOST
from gateway.webhooks.delivery import Sender
from gateway.webhooks.duties import Deliver, FanOut
from gateway.worker import work
from tests.conftest import Tenant, as_worker
from tests.gateway_fixtures import serving

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Received:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers 204, unless told otherwise for a path."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    behaviours: dict[str, Behaviour] = field(default_factory=dict)

    def of(self, path: str) -> list[Received]:
        """What came for this path."""
        return [one for one in self.received if one.path == path]

    @contextlib.contextmanager
    def listening(self) -> Iterator["Receiver"]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(self.path, headers, body, time.monotonic()))
                with contextlib.suppress(OSError):
                    receiver.behaviours.get(self.path, answers(204))(self)

            do_GET = do_POST = handle_any  # noqa: N815

            def log_message(self, *arguments: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        server = Server((HOST, 0), Handler)
        server.block_on_close = False
        with serving(server) as self.url:
            yield self


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Always this."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def sends(*chunks: bytes, every: float = 0) -> Behaviour:
    """These very bytes, one after the other."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        for chunk in chunks:
            handler.wfile.write(chunk)
            time.sleep(every)

    return send


def waits(release: threading.Event) -> Behaviour:
    """No answer until then."""

    def wait(handler: BaseHTTPRequestHandler) -> None:
        release.wait(30)
        answers(204)(handler)

    return wait


@dataclass
class Hooks:
    """A tenant with an admin, in a database that nobody else uses."""

    tenant: Tenant
    database_url: str

    @property
    def connection(self) -> psycopg.Connection[Any]:
        return self.tenant.connection

    def ask(self, function: str, **arguments: Any) -> Any:
        """What the function answers to the tenant's admin."""
        claims = json.dumps(self.tenant.person("admin").claims)
        call = sql.SQL("select to_jsonb(r) from api.{}({}) r").format(
            sql.Identifier(function),
            sql.SQL(", ").join(sql.SQL("{} => {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in arguments),
        )
        with self.connection.transaction():
            self.connection.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
            self.connection.execute("set local role authenticated")
            row = self.connection.execute(call, arguments).fetchone()
            assert row
            return row[0]

    def endpoint(self, url: str, *types: str) -> Any:
        """A new one; it wants events of reservations, unless told otherwise."""
        return self.ask("create_webhook_endpoint", url=url, event_types=list(types or ("reservation.*",)))

    def book(self, count: int = 1) -> list[uuid.UUID]:
        """So many reservations, each in a transaction and on a resource of its own."""
        return [self._book(self.tenant.resource(f"Room {uuid.uuid4()}")) for _ in range(count)]

    def _book(self, resource_id: uuid.UUID) -> uuid.UUID:
        row = self.connection.execute(
            "insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at)"
            " values (%s, %s, now() + interval '1 day', now() + interval '25 hours') returning id",
            (self.tenant.id, resource_id),
        ).fetchone()
        assert row
        return uuid.UUID(str(row[0]))

    def rename(self, reservation_id: uuid.UUID, *titles: str) -> None:
        """An event for each."""
        for title in titles:
            self.connection.execute(
                "update booking.reservations set title = %s where id = %s", (title, str(reservation_id))
            )

    def deliveries(self, endpoint: Any = None) -> list[dict[str, Any]]:
        """As the view shows them, in the order of the log."""
        rows = self.connection.execute(
            "select to_jsonb(v) from api.webhook_deliveries v"
            " join booking.webhook_deliveries d on d.tenant_id = v.tenant_id and d.id = v.id"
            " where %(id)s::uuid is null or v.endpoint_id = %(id)s order by d.seq",
            {"id": endpoint and endpoint["id"]},
        )
        return [row[0] for row in rows]

    def statuses(self, endpoint: Any = None) -> list[str]:
        return [delivery["status"] for delivery in self.deliveries(endpoint)]

    def make_due(self) -> None:
        """What would be tried again later, now."""
        with self.connection.transaction():
            self.connection.execute("select from booking.webhook_endpoints order by tenant_id, id for update")
            self.connection.execute(
                "update booking.webhook_deliveries set next_attempt_at = now(), lease_until = null"
                " where next_attempt_at is not null"
            )

    @contextlib.contextmanager
    def delivering(self, timeout: float = 15, **settings: Any) -> Iterator[None]:
        """A worker, in threads of this process."""
        stopping = threading.Event()
        sender = Sender(**{"allow_private": True, **settings}, timeout=timeout)
        worker = threading.Thread(
            target=work,
            args=(as_worker(self.database_url), [FanOut(stopping), Deliver(stopping, sender)], 0.1, stopping),
        )
        worker.start()
        try:
            yield
        finally:
            stopping.set()
            worker.join()
