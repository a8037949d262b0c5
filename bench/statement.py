"""One prepared statement on one connection, timed as closely as Python can: straight through libpq."""

import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import pq


@dataclass
class Attempt:
    """How one execution went: the SQLSTATE it was refused with, if it was, and how long it took in seconds."""

    sqlstate: str | None
    took: float


class Statement:
    """A statement whose parameters go as text."""

    def __init__(self, connection: psycopg.Connection[Any], sql: str) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        prepared = self._libpq.prepare(b"bench", sql.encode())
        if prepared.status != pq.ExecStatus.COMMAND_OK:
            raise psycopg.ProgrammingError(prepared.error_message.decode())
        self._began = 0.0

    def fileno(self) -> int:
        """What to wait for, between ``send`` and ``poll``."""
        return self._libpq.socket

    def send(self, *parameters: object) -> None:
        """Begins an execution."""
        self._began = time.perf_counter()
        self._libpq.send_query_prepared(b"bench", [str(value).encode() for value in parameters])
        self._libpq.flush()

    def poll(self) -> Attempt | None:
        """How it went, once it is over."""
        self._libpq.consume_input()
        if self._libpq.is_busy():
            return None
        result = self._libpq.get_result()
        assert result
        # Over when the transaction is.
        while self._libpq.get_result():
            pass
        took = time.perf_counter() - self._began
        state = result.error_field(pq.DiagnosticField.SQLSTATE)
        return Attempt(state.decode() if state else None, took)

    def run(self, *parameters: object) -> Attempt:
        """A whole execution."""
        began = time.perf_counter()
        result = self._libpq.exec_prepared(b"bench", [str(value).encode() for value in parameters])
        took = time.perf_counter() - began
        state = result.error_field(pq.DiagnosticField.SQLSTATE)
        return Attempt(state.decode() if state else None, took)
