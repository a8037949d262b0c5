"""Options that several commands share."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import psycopg

from gateway.local import LocalError
from gateway.local.instance import Instance
from gateway.settings import Settings

CONNECT_TIMEOUT = "10"
"""Seconds in which a database has to answer, unless PGCONNECT_TIMEOUT or the URL says another time."""

data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), default=Path(".berth"), show_default=True,
    envvar="BERTH_DATA_DIR", help="Folder of the instance that 'berth up' runs.",
)  # fmt: skip

_database_url_option = click.option(
    "--database-url", envvar="BERTH_DATABASE_URL",
    help="The database, as its administrator; without it, the running instance's.",
)  # fmt: skip


def database_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --database-url and --data-dir."""
    return _database_url_option(data_dir_option(command))


def resolve_database(database_url: str | None, data_dir: Path) -> str:
    """The administrator's URL: the one given, or the running instance's."""
    # Somebody waits for the answer, and libpq would wait for minutes.
    os.environ.setdefault("PGCONNECT_TIMEOUT", CONNECT_TIMEOUT)
    return database_url or Instance.require(data_dir).database_url


@contextmanager
def connect_database(
    database_url: str | None, data_dir: Path, *, autocommit: bool = False
) -> Iterator[psycopg.Connection[Any]]:
    """A connection to that database, which has Berth in it."""
    with psycopg.connect(resolve_database(database_url, data_dir), autocommit=autocommit) as connection:
        # In the catalogue, which anybody may read.
        found = connection.execute(
            "select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where (n.nspname, c.relname) = ('booking', 'tenants')"
        )
        if found.fetchone() is None:
            raise LocalError(f"database {connection.info.dbname} has no Berth in it; run 'berth migrate up'")
        yield connection


def find_secret(data_dir: Path) -> Path | None:
    """The file that holds it, or None where ``BERTH_JWT_SECRET`` does."""
    file = os.environ.get("BERTH_JWT_SECRET_FILE")
    return None if os.environ.get("BERTH_JWT_SECRET") and not file else Path(file or data_dir / "jwt_secret")


def resolve_secret(data_dir: Path) -> str:
    """The secret that tokens are signed with: ``BERTH_JWT_SECRET_FILE``'s, ``BERTH_JWT_SECRET``, or the instance's."""
    path = find_secret(data_dir)
    if path is None:
        return os.environ["BERTH_JWT_SECRET"]
    try:
        secret = path.read_text().strip()
    except OSError:
        raise LocalError(f"there is no JWT secret at {path}; set BERTH_JWT_SECRET_FILE or BERTH_JWT_SECRET") from None
    if not secret:
        # With an empty key everybody signs.
        raise LocalError(f"the JWT secret is empty; write one to {path} with: openssl rand -hex 32")
    return secret


def read_settings() -> Settings:
    """What the environment says, or one line about what is wrong there."""
    try:
        return Settings.from_environment()
    except ValueError as error:
        raise LocalError(str(error)) from None
