"""The gateway's own connections, as the role berth_gateway: for what no member asks through PostgREST."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from gateway.errors import ApiError
from gateway.settings import Settings

WAIT = 5.0


class Database:
    """A pool that opens its first connection when it is first asked for one."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.database_url
        self._size = settings.database_pool
        self._pool: ConnectionPool[psycopg.Connection[Any]] | None = None

    @property
    def is_configured(self) -> bool:
        """Whether the gateway has any."""
        return bool(self._url)

    @contextmanager
    def connection(self, timeout: float = WAIT) -> Iterator[psycopg.Connection[Any]]:
        """A connection, in a transaction that is committed at the end; ApiError 503 where none can be had in time."""
        if not self._url:
            raise ApiError(503, "not_configured", "The gateway was started without BERTH_DATABASE_URL.")
        if self._pool is None:
            # PgBouncer may stand between: in its transaction mode nothing prepared survives.
            self._pool = ConnectionPool(
                self._url, min_size=0, max_size=self._size, open=True, timeout=WAIT, check=ConnectionPool.check_connection,
                # Each attempt to connect waits twice as long as the one before: after these, begin anew.
                reconnect_timeout=WAIT,
                kwargs={"application_name": "berth gateway", "prepare_threshold": None, "connect_timeout": 5},
            )  # fmt: skip
        try:
            with self._pool.connection(timeout) as connection:
                yield connection
        except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as error:
            raise ApiError(503, "try_again", "Somebody else is at it. Nothing was changed; try again.") from error
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise ApiError(503, "unavailable", "The database cannot be reached; try again.") from error
