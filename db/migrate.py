"""Runs sqitch's plan through yoyo-migrations.

``sqitch.plan`` is the only order and each script is written once, for sqitch. A migration's yoyo
hash is the change's sqitch id, so that a reworked change counts as a new one.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, LiteralString, Self

import psycopg
import yoyo.migrations
from psycopg.conninfo import conninfo_to_dict
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI

import db

_LINE = re.compile(
    r"(?P<sign>@?)(?P<name>[^\s\[\]#]+)\s+"
    r"(?:\[(?P<dependencies>[^\]]*)\]\s+)?"
    r"(?P<date>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\s+"
    r"(?P<planner>[^<]+<[^>]+>)"
    r"(?:\s+#\s?(?P<note>.*))?$"
)


#: What a change makes was made by somebody else.
_THERE = (
    psycopg.errors.DuplicateSchema,
    psycopg.errors.DuplicateTable,
    psycopg.errors.DuplicateFunction,
    psycopg.errors.DuplicateObject,
)


FOUNDATION = ("schema/roles", "schema/schemas")
"""The changes that a database can refuse: what the others make lies in these schemas, and is owned by these roles."""


class MigrationError(Exception):
    """The plan is wrong, or the database is not ours to migrate; the message says which."""


@dataclass
class Change:
    """One line of the plan: a deploy, a revert and a verify script of the same stem."""

    name: str
    date: str
    planner: str
    note: str
    requires: list[str]
    conflicts: list[str]
    parent: "Change | None"
    tags: list[str] = field(default_factory=list)
    reworked_at: str | None = None
    """A tag between this change and where the plan names it again; its scripts then lie in reworked/."""

    @cached_property
    def id(self) -> str:
        """Sqitch's change id: SHA-1 of what the plan says of it, its ancestors included."""
        lines = ["project berth", f"change {self.name}"]
        if self.parent:
            lines.append(f"parent {self.parent.id}")
        lines += [f"planner {self.planner}", f"date {self.date}"]
        if self.requires:
            lines.append("requires" + "".join(f"\n  + {name}" for name in self.requires))
        if self.conflicts:
            lines.append("conflicts" + "".join(f"\n  - {name}" for name in self.conflicts))
        if self.note:
            lines += ["", self.note]
        info = "\n".join(lines).encode()
        return hashlib.sha1(b"change %d\0" % len(info) + info, usedforsecurity=False).hexdigest()

    @property
    def label(self) -> str:
        """The name, told apart from its later reworkings."""
        return self.name + (self.reworked_at or "")

    def script(self, db_dir: Path, kind: str) -> Path:
        """The path of this change's ``deploy``, ``revert`` or ``verify`` script."""
        if self.reworked_at:
            return db_dir / "reworked" / kind / f"{self.label}.sql"
        folder = db_dir if kind == "deploy" else db_dir / kind
        return folder / f"{self.name}.sql"


def read_plan(db_dir: Path = db.DIR) -> list[Change]:
    """The changes of ``sqitch.plan`` in order, every script of theirs present."""
    changes: list[Change] = []
    latest: dict[str, Change] = {}
    for number, line in enumerate((db_dir / "sqitch.plan").read_text().splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(("%", "#")):
            continue
        match = _LINE.match(line.strip())
        if not match:
            raise MigrationError(f"sqitch.plan:{number}: not a change, a tag or a comment: {line!r}")
        name = match["name"]
        if match["sign"]:
            if not changes:
                raise MigrationError(f"sqitch.plan:{number}: tag @{name} has no change before it")
            changes[-1].tags.append("@" + name)
            continue
        earlier = latest.get(name)
        if earlier:
            later_tags = [tag for change in changes[changes.index(earlier) :] for tag in change.tags]
            if not later_tags:
                raise MigrationError(f"sqitch.plan:{number}: {name} is there already, with no tag since")
            # Of several sqitch names the copies after the last before the rework, and takes what is there.
            copied = [tag for tag in later_tags if (db_dir / "reworked" / "deploy" / f"{name}{tag}.sql").is_file()]
            earlier.reworked_at = (copied or later_tags)[0]
        dependencies = (match["dependencies"] or "").split()
        for dependency in dependencies:
            wanted = dependency.lstrip("!").split("@")[0]
            if not dependency.startswith("!") and wanted not in latest:
                raise MigrationError(f"sqitch.plan:{number}: {name} requires {wanted}, which is not before it")
        change = Change(
            name=name,
            date=match["date"],
            planner=match["planner"],
            note=(match["note"] or "").strip(),
            requires=[d for d in dependencies if not d.startswith("!")],
            conflicts=[d[1:] for d in dependencies if d.startswith("!")],
            parent=changes[-1] if changes else None,
        )
        changes.append(change)
        latest[name] = change
    for change in changes:
        for kind in ("deploy", "revert", "verify"):
            if not change.script(db_dir, kind).is_file():
                raise MigrationError(f"{change.label} has no {kind} script {change.script(db_dir, kind)}")
    return changes


def _statements(path: Path) -> str:
    """A script without its own transaction: yoyo's holds it, together with the mark."""
    return re.sub(r"^\s*(begin|commit|rollback)\s*;\s*$", "", path.read_text(), flags=re.IGNORECASE | re.MULTILINE)


class PlannedMigration(yoyo.migrations.Migration):  # type: ignore[misc]  # yoyo carries no types
    """A change of the plan as yoyo's migration."""

    def __init__(self, change: Change, db_dir: Path, previous: "PlannedMigration | None") -> None:
        super().__init__(change.label, str(change.script(db_dir, "deploy")), str(db_dir))
        self.hash = change.id
        self.steps = [
            yoyo.migrations.MigrationStep(
                0, _statements(change.script(db_dir, "deploy")), _statements(change.script(db_dir, "revert"))
            )
        ]
        self._depends = {previous} if previous else set()


@contextmanager
def _naming(migration: PlannedMigration) -> Iterator[None]:
    """MigrationError where what it makes is there."""
    try:
        yield
    except _THERE as error:
        raise MigrationError(
            f"{migration.id}: {str(error).splitlines()[0]}, and is not Berth's; give it a database of its own"
        ) from None


def set_unless_given(connection: psycopg.Connection, name: str, value: str) -> str:
    """Sets it for the session, unless the operator has, in PGOPTIONS or the URL; returns what holds."""
    connection.execute(
        "select set_config(name, %s, false) from pg_settings where name = %s and source <> 'client'", (value, name)
    )
    row = connection.execute("select current_setting(%s)", (name,)).fetchone()
    return str(row[0]) if row else value


class Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo carries no types
    """yoyo on one connection: a change and its mark commit together, and the lock dies with us."""

    LOCK_TIMEOUT = "10s"
    _LOCK = int.from_bytes(b"berth", "big")

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        dbname = str(conninfo_to_dict(database_url).get("dbname", ""))
        super().__init__(DatabaseURI("postgresql", None, None, None, None, dbname, {}), "_yoyo_migration")

    def connect(self, dburi: DatabaseURI) -> psycopg.Connection:
        connection = psycopg.connect(self._database_url, autocommit=True)
        set_unless_given(connection, "client_min_messages", "warning")
        with suppress(psycopg.errors.UniqueViolation):  # another migration was faster
            connection.execute("create schema if not exists yoyo")
        connection.execute("set search_path = yoyo")
        return connection

    @classmethod
    def take_turn(cls, connection: psycopg.Connection[Any], function: str, timeout: float = 60) -> None:
        """Waits for other migrations by ``function``, one of PostgreSQL's that take an advisory lock."""
        set_unless_given(connection, "lock_timeout", f"{int(timeout)}s")
        try:
            connection.execute(f"select {function}({cls._LOCK})".encode())
        except psycopg.errors.LockNotAvailable:
            raise MigrationError("another migration is running on this database") from None

    @contextmanager
    def lock(self, timeout: float = 60) -> Iterator[None]:
        self.take_turn(self.connection, "pg_advisory_lock", timeout)
        # Behind a change that waits for a table every booking waits too: it gives up, and can be run again.
        waits = set_unless_given(self.connection, "lock_timeout", self.LOCK_TIMEOUT)
        try:
            yield
        except psycopg.errors.LockNotAvailable:
            raise MigrationError(f"a change gave up, having waited {waits} for a lock; run it again") from None
        finally:
            if not self.connection.closed:
                self.execute(f"select pg_advisory_unlock({self._LOCK})")

    # Marked first: the scripts go on as another role.
    def apply_one(self, migration: PlannedMigration, force: bool = False, mark: bool = True) -> None:
        with self.transaction():
            self.mark_one(migration)
            migration.process_steps(self, "apply", force=force)

    def rollback_one(self, migration: PlannedMigration, force: bool = False) -> None:
        with self.transaction():
            self.unmark_one(migration)
            migration.process_steps(self, "rollback", force=force)


@dataclass
class Record:
    """Which changes a database has, by whichever tool it got them."""

    tool: str
    """``yoyo`` or ``sqitch``; yoyo, where there are none."""
    names: dict[str, str]
    """The id of each, and the name that it had."""
    is_standby: bool = False

    @classmethod
    def read(cls, connection: psycopg.Connection[Any]) -> Self:
        """What the database says; nothing is written."""
        is_standby, *there = connection.execute(
            "select pg_is_in_recovery(), to_regclass('yoyo._yoyo_migration'), to_regclass('sqitch.changes')"
        ).fetchone() or (False, None, None)
        queries: dict[str, LiteralString] = {
            "yoyo": "select migration_hash, migration_id from yoyo._yoyo_migration",
            "sqitch": "select change_id, change from sqitch.changes where project = 'berth'",
        }
        for (tool, query), table in zip(queries.items(), there, strict=True):
            if table and (names := dict(connection.execute(query).fetchall())):
                return cls(tool, names, is_standby)
        return cls("yoyo", {}, is_standby)


class Migrator:
    """The plan against one database.

    ``report`` is told the label of each change before it runs.
    """

    def __init__(
        self, database_url: str, db_dir: Path = db.DIR, report: Callable[[str], object] = lambda label: None
    ) -> None:
        self._database_url = database_url
        self._report = report
        migrations: list[PlannedMigration] = []
        for change in read_plan(db_dir):
            migrations.append(PlannedMigration(change, db_dir, migrations[-1] if migrations else None))
        self._migrations = yoyo.migrations.MigrationList(migrations)

    def _read_record(self) -> Record:
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            return Record.read(connection)

    def _require_ours(self) -> Record:
        record = self._read_record()
        if record.is_standby:
            raise MigrationError("this server is a standby, which takes no changes: connect to the primary")
        if unknown := self.unknown(record):
            raise MigrationError(
                f"the database has changes that this program does not know, such as {unknown[0]}: it is newer;"
                " use the version that made them"
            )
        if record.tool == "sqitch":
            raise MigrationError("sqitch manages this database; run 'sqitch deploy' from db/ instead")
        return record

    @contextmanager
    def _backend(self) -> Iterator[Backend]:
        # Before anything is written.
        self._require_ours()
        with Backend(self._database_url) as backend, backend.lock():
            backend.ensure_internal_schema_updated()
            yield backend

    def _require_change(self, name: str | None) -> None:
        if name is not None and name not in [migration.id for migration in self._migrations]:
            raise MigrationError(f"the plan has no change {name}")

    def _plan_up_to(self, to: str | None) -> list[PlannedMigration]:
        planned = list(self._migrations)
        return planned if to is None else planned[: [migration.id for migration in planned].index(to) + 1]

    def _is_done_by_sqitch(self, record: Record, planned: list[PlannedMigration]) -> bool:
        # One that is newer, too, is refused.
        return (
            record.tool == "sqitch"
            and all(migration.hash in record.names for migration in planned)
            and not self.unknown(record)
        )

    def require_usable(self, to: str | None = None) -> None:
        """MigrationError, or the database's own refusal, where up() would meet it; nothing is changed."""
        planned = self._plan_up_to(to)
        if self._is_done_by_sqitch(self._read_record(), planned) or self._require_ours().names:
            return
        with psycopg.connect(self._database_url) as connection:
            set_unless_given(connection, "client_min_messages", "warning")
            Backend.take_turn(connection, "pg_advisory_xact_lock")
            if Record.read(connection).names:
                return  # by the one before us
            set_unless_given(connection, "lock_timeout", Backend.LOCK_TIMEOUT)
            for migration in [migration for migration in planned if migration.id in FOUNDATION]:
                with _naming(migration):
                    connection.execute(_statements(Path(migration.path)).encode())
            connection.rollback()

    def up(self, to: str | None = None) -> int:
        """Applies what is not yet applied, up to ``to`` (all, without it); returns how many changes that was."""
        self._require_change(to)
        planned = self._plan_up_to(to)
        if self._is_done_by_sqitch(self._read_record(), planned):
            return 0
        self.require_usable(to)
        wanted = {migration.id for migration in planned}
        with self._backend() as backend:
            pending = [migration for migration in backend.to_apply(self._migrations) if migration.id in wanted]
            for migration in pending:
                self._report(migration.id)
                with _naming(migration):
                    backend.apply_one(migration)
            # A running PostgREST learns of new functions.
            backend.execute("notify pgrst, 'reload schema'")
            return len(pending)

    def down(self, to: str | None = None) -> int:
        """Reverts every change after ``to`` (all, without it), the latest first; returns how many."""
        self._require_change(to)
        with self._backend() as backend:
            if to is not None and (to, True) not in self.status():
                raise MigrationError(f"change {to} is not applied, so there is nothing to keep up to it")
            count = 0
            for migration in backend.to_rollback(self._migrations):
                if migration.id == to:
                    break
                self._report(migration.id)
                backend.rollback_one(migration)
                count += 1
            return count

    def status(self) -> list[tuple[str, bool]]:
        """Each change of the plan, in order, and whether it is applied; also on a standby."""
        return self.compare(self._read_record())

    def compare(self, record: Record) -> list[tuple[str, bool]]:
        """The same, of what a database has told."""
        return [(m.id, m.hash in record.names) for m in self._migrations]

    def unknown(self, record: Record) -> list[str]:
        """What it has and the plan has not: the database is newer than this program, or another."""
        planned = {m.hash for m in self._migrations}
        return sorted(name for change, name in record.names.items() if change not in planned)
