"""The live log: one poll of the database for everybody who listens in this process."""

import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
import structlog
from prometheus_client import Gauge

from gateway.database import Database
from gateway.errors import ApiError
from gateway.settings import Settings

BATCH_SIZE = 100
"""Events of one query."""

BREATH_SECONDS = 0.01
"""Between two full batches, so that those who listen can pass theirs on."""

MAX_QUEUED = 256 * 1024
"""Bytes kept for one who reads slower than events come, or else one event; the rest it must read from the log."""

CHECK_SECONDS = 0.5
"""How often everybody's right to listen is looked at."""

_log = structlog.get_logger()

Member = tuple[uuid.UUID, uuid.UUID]

THE_BEGINNING = "00000000-0000-7000-8000-000000000000"
"""A cursor earlier than every event: of a tenant that has none, all that will come is after it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; everybody who hears it shares these very bytes."""

    position: int
    """Among the events of all tenants, so for nobody's eyes."""
    cursor: str
    type: str
    resource_id: uuid.UUID | None
    message: bytes


def message(cursor: str, event: bytes) -> bytes:
    """An event as Server-Sent Events have it."""
    return b"id: %b\ndata: %b\n\n" % (cursor.encode(), event)


class Listener:
    """One open stream: what the log has for it, and why it must end."""

    def __init__(
        self,
        member: Member,
        wants: Callable[[Event], bool],
        *,
        expires_at: float,
        stall: float,
        hang_up: Callable[[], None],
    ) -> None:
        """``stall`` is for how many seconds the client may not take what it is sent. ``hang_up`` ends its connection."""
        self.member = member
        self.ended: str | None = None
        """Why, for the log and the client."""
        self.is_live = False
        """Whether events are queued; else, the stream must read them from the log."""
        self._wants = wants
        self._expires_at = expires_at
        self._stall = stall
        self._hang_up = hang_up
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._queued = 0
        self._sending_since: float | None = None

    def offer(self, event: Event) -> None:
        """Queues the event, if it is wanted. Never waits: who has too many queued is live no longer."""
        if not self.is_live or not self._wants(event):
            return
        if self._queued and self._queued + len(event.message) > MAX_QUEUED:
            self.fall_behind()
            return
        self._queued += len(event.message)
        self._queue.put(event)

    def fall_behind(self) -> None:
        """Ends what is queued: the stream must read on from the log."""
        self.is_live = False
        self._queue.put(None)

    def take(self, timeout: float) -> Event | None:
        """The next event; None when the stream has ended or is live no longer. queue.Empty after so many seconds."""
        event = self._queue.get(timeout=timeout)
        if event:
            self._queued -= len(event.message)
        return event

    def end(self, reason: str) -> None:
        """Ends the stream, even one whose client takes nothing."""
        if not self.ended:
            self.ended = reason
            self.is_live = False
            self._queue.put(None)
            if self._sending_since:
                self._hang_up()

    def check(self) -> None:
        """Ends it where that needs no database to know."""
        if time.time() >= self._expires_at:
            self.end("token expired")
        elif self._sending_since and time.monotonic() - self._sending_since > self._stall:
            self.end("reads too slowly")

    def sending(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The same chunks, watched on their way to the client."""
        for chunk in chunks:
            self._sending_since = time.monotonic()
            yield chunk
            self._sending_since = None


class LiveLog:
    """Polls while somebody listens.

    The database says with every event who may read it at that moment, so rights that change, change at once.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._interval = settings.stream_poll
        self._most = settings.streams_per_member, settings.streams_per_tenant
        self._listeners: dict[Member, set[Listener]] = {}
        self._known: tuple[list[Member], str, str] | None = None
        self._position: int | None = None
        """All up to here has been given to those who were live; nothing while nobody listens."""
        self._last: uuid.UUID | None = None
        """The event that has this position, or none where the log was empty."""
        self.open_streams = Gauge(
            "berth_event_streams", "Open streams of /v1/events/stream.", registry=None, multiprocess_mode="livesum"
        )
        self._lock = threading.Lock()
        self._stopping: Callable[[], bool] = lambda: False

    def stop_when(self, stopping: Callable[[], bool]) -> None:
        """How to know that this process is to end, and every stream with it."""
        self._stopping = stopping

    def __len__(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._listeners.values()))

    def sequence(self) -> None:
        """Lets readers see all that has been committed. ApiError 503 where there is no database."""
        with self._database.connection() as connection:
            connection.execute("select booking.sequence_events()")

    def end_of(self, tenant_id: uuid.UUID) -> str:
        """The cursor of a tenant's newest event: whatever is committed from now on comes after it."""
        with self._database.connection() as connection:
            connection.execute("select booking.sequence_events()")
            connection.commit()
            row = connection.execute(
                "select event_id from booking.event_positions where tenant_id = %s order by position desc limit 1",
                (tenant_id,),
            ).fetchone()
        return str(row[0]) if row else THE_BEGINNING

    def position_of(self, tenant_id: uuid.UUID, cursor: str) -> int:
        """Where the event of a cursor stands; 0 where the log does not know it."""
        row = self._row(
            "select position from booking.event_positions where tenant_id = %s and event_id = %s", tenant_id, cursor
        )
        return int(row[0]) if row else 0

    def _row(self, query: LiteralString, *values: object) -> tuple[Any, ...] | None:
        with self._database.connection() as connection:
            return connection.execute(query, values).fetchone()

    @contextmanager
    def heard_by(self, listener: Listener) -> Iterator[None]:
        """For as long as the stream is open. ApiError 429 for one too many, 503 where there is no database."""
        with self._lock:
            self._check_number(listener.member)
            if self._position is None:
                with self._database.connection() as connection:
                    self._go_to_end(connection)
                threading.Thread(target=self._run, name="live log", daemon=True).start()
            self._listeners.setdefault(listener.member, set()).add(listener)
            self._known = None
        self.open_streams.inc()
        try:
            yield
        finally:
            self.open_streams.dec()
            with self._lock:
                self._listeners[listener.member].discard(listener)
                if not self._listeners[listener.member]:
                    del self._listeners[listener.member]
                    self._known = None

    def check_room(self, known: tuple[str, str]) -> None:
        """ApiError 429 where one more stream of this tenant's user, by their ids, would be too many."""
        with suppress(ValueError):
            member = uuid.UUID(known[0]), uuid.UUID(known[1])
            with self._lock:
                self._check_number(member)

    def _check_number(self, member: Member) -> None:
        """Counts what is open, whoever's token opened it. What has ended counts until its connection is closed."""
        of_member = len(self._listeners.get(member, ()))
        of_tenant = sum(
            len(listeners) for (tenant_id, _), listeners in self._listeners.items() if tenant_id == member[0]
        )
        for scope, used, limit in zip(("member", "tenant"), (of_member, of_tenant), self._most, strict=True):
            if used >= limit:
                hint = "Too many streams are open. Close one, or read the events by pages."
                raise ApiError(
                    429, "too_many_requests", hint, {"scope": scope, "limit": limit, "used": used}, retry_after=10
                )

    def _run(self) -> None:
        checked = 0.0
        is_broken = False
        while True:
            with self._lock:
                if not self._listeners:
                    self._position = None
                    return
            is_due = time.monotonic() - checked >= CHECK_SECONDS
            try:
                with self._database.connection() as connection:
                    if not self._sequence(connection):
                        self._start_again(connection)
                    is_full = self._poll(connection)
                    if is_due:
                        self._check_members(connection)
                is_broken = False
            except Exception as error:  # noqa: BLE001 whatever it was, the next poll tries again
                # Nobody hears anything meanwhile, and nothing is lost: it goes on from the same position.
                if not is_broken:
                    _log.error("live_log_broken", exc_info=error)
                is_broken, is_full = True, False
            if is_due:
                checked = time.monotonic()
                for listener in self._everybody():
                    listener.check()
            if self._stopping():
                for listener in self._everybody():
                    listener.end("the gateway restarts")
            time.sleep(BREATH_SECONDS if is_full else self._interval)

    def _sequence(self, connection: psycopg.Connection[Any]) -> bool:
        """Lets readers see all that has been committed; whether the log is still the one that this process has read.

        On a standby that took over, and in a database that was restored, positions that were lost are given again.
        """
        row = connection.execute(
            "select %(id)s::uuid is null or exists (select from booking.event_positions"
            "                                        where position = %(position)s and event_id = %(id)s),"
            "       booking.sequence_events()",
            {"position": self._position, "id": self._last},
        ).fetchone()
        connection.commit()
        return bool(row and row[0])

    def _go_to_end(self, connection: psycopg.Connection[Any]) -> None:
        row = connection.execute(
            "select position, event_id from booking.event_positions order by position desc limit 1"
        ).fetchone()
        self._position, self._last = row or (0, None)

    def _start_again(self, connection: psycopg.Connection[Any]) -> None:
        """Everybody goes on from the cursor that they have, in the log as it is now."""
        self._go_to_end(connection)
        connection.commit()
        _log.warning("log_has_changed")
        for listener in self._everybody():
            listener.fall_behind()

    def _everybody(self) -> list[Listener]:
        with self._lock:
            return [listener for listeners in self._listeners.values() for listener in listeners]

    def _audience(self) -> tuple[list[Member], str, str]:
        """The members who listen, and the same as two arrays in PostgreSQL's words, made once for many polls."""
        with self._lock:
            if self._known is None:
                members = list(self._listeners)
                tenants, users = (",".join(str(member[part]) for member in members) for part in (0, 1))
                self._known = members, f"{{{tenants}}}", f"{{{users}}}"
            return self._known

    def _poll(self, connection: psycopg.Connection[Any]) -> bool:
        """Gives out the next batch; whether it was full."""
        members, tenants, users = self._audience()
        rows = connection.execute(
            "select * from booking.follow_events(%s, %s::uuid[], %s::uuid[], %s)",
            (self._position, tenants, users, BATCH_SIZE),
        ).fetchall()
        for position, id_, type_, resource_id, content, readers in rows:
            if readers:
                event = Event(position, str(id_), type_, resource_id, message(str(id_), content.encode()))
                for number in readers:
                    for listener in tuple(self._listeners.get(members[number - 1], ())):
                        listener.offer(event)
            self._position, self._last = position, id_
        return len(rows) == BATCH_SIZE

    def _check_members(self, connection: psycopg.Connection[Any]) -> None:
        """Ends the streams of those who are members no longer."""
        _, tenants, users = self._audience()
        gone = connection.execute(
            "select a.tenant_id, a.user_id from unnest(%s::uuid[], %s::uuid[]) a (tenant_id, user_id)"
            " where not exists (select from booking.members m where m.tenant_id = a.tenant_id and m.user_id = a.user_id)",
            (tenants, users),
        ).fetchall()
        for member in gone:
            for listener in tuple(self._listeners.get(member, ())):
                listener.end("no longer a member")
