"""plpgsql_check reads every PL/pgSQL function of the deployed plan; it is an extension that Debian has for its PostgreSQL."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import class_row

from db.migrate import Migrator
from gateway.local.ports import free_port
from gateway.local.postgres import OLDEST, Cluster
from tests.conftest import FAST

SHARED = Path("/usr/share/postgresql")


def find_checked_version() -> int | None:
    """The oldest PostgreSQL here that has plpgsql_check: what it runs, newer ones do too."""
    versions = [int(file.parts[-3]) for file in SHARED.glob("*/extension/plpgsql_check.control")]
    return min((version for version in versions if version >= OLDEST), default=None)


@pytest.fixture(scope="module")
def checked_db() -> Iterator[psycopg.Connection[Any]]:
    """Berth on that PostgreSQL, with a module's table attached, and plpgsql_check."""
    version = find_checked_version()
    if version is None:
        pytest.skip("plpgsql_check is not installed (Debian: postgresql-15 and postgresql-15-plpgsql-check)")
    folder = Path(tempfile.mkdtemp(prefix="berth-check-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PG_BIN", f"/usr/lib/postgresql/{version}/bin")
        cluster = Cluster(folder, free_port(), FAST)
    try:
        cluster.initialise()
        cluster.start()
        Migrator(cluster.url("postgres")).up()
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("create extension plpgsql_check")
            # follow_module() is no trigger before a table is attached.
            connection.execute(
                """
                create table sessions (
                  tenant_id uuid, id uuid primary key, resource_id uuid, starts_at timestamptz, ends_at timestamptz);
                select booking.attach_module('check', 'sessions', (
                  select jsonb_object_agg(column_name, column_name)
                    from information_schema.columns where table_name = 'sessions'));
                """
            )
            # read_calendar_feed() sets it before it reads it, which a function that is only planned does not.
            connection.execute("select set_config('booking.tenant_id', gen_random_uuid()::text, false)")
            yield connection
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder)


@dataclass(frozen=True)
class Finding:
    """What plpgsql_check reports."""

    function: str
    source: str
    lineno: int | None
    level: str
    message: str
    detail: str | None
    context: str | None

    @property
    def statement(self) -> str:
        """The line that it is about, or, where that is the function's end, its last statement."""
        declared = re.search(r"initialization on line (\d+)$", self.context or "")
        number = int(declared[1]) if declared else self.lineno
        if number:
            return self.source.splitlines()[number - 1].strip()
        return [s for s in re.split(r";\n|\n(?=end\n)", self.source) if s.strip() != "end"][-1].strip()

    def __str__(self) -> str:
        said = ": ".join(filter(None, (self.message, self.detail)))
        return f"{self.function}: {self.level}: {said}: {self.statement}"


#: Findings, as Finding prints them, that are no faults.
EXCEPTIONS = {
    r": control reached end of function without RETURN: .*perform booking\.(raise_error|refuse_slot|refuse_violations)\(": (
        "whoever refuses never returns"
    ),
    r"^booking\.(is_on_grid|is_usual_day|price_of|resolve_local_time): .* should be IMMUTABLE": (
        "they ask the time zones' files, which change; that PostgreSQL calls its own such functions immutable is for indexes"
    ),
    r": cast \"(text|integer)\" value to .*(:=|return) (constant )?('|\d+;$)": "a literal, of the type of what it is for",
    r": cast \"text\" value to \"booking\.reservation_status(\[\])?\" type: .*:= case ": "one of some literals",
    r": cast \"(unknown|integer)\" value to .*:= row\(": "nulls and literals in the order of a row's columns",
    r": cast \"integer\" value to \"bigint\" type": "only wider",
    r"^api\.\w+: .*never read variable \"\w+\": .* := booking\.check_\w+\(": (
        "declared for what it refuses, before the next declaration reckons with it"
    ),
    r"^booking\.write_through_view: security": "its lists of columns are put together by quote_ident()",
    r"^booking\.compile_rules: security": "it puts together names that only migrations write",
    r"^booking\.can_hold: security": "its expression is the table's own check constraint, as its owner wrote it",
    r"^booking\.flag_module_rows: security": "its condition is made by format() with %I, and a type's name",
}

# A function that serves several triggers looks at tg_op before it names a transition table, which plpgsql_check does not
# see: it is given the tables of all its triggers on a table at once.
CHECK = """
  select p.oid::regproc::text as function, p.prosrc as source, c.lineno, c.level, c.message, c.detail, c.context
    from pg_proc p
    join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
    left join (select tgfoid, tgrelid, max(tgoldtable) as oldtable, max(tgnewtable) as newtable
                 from pg_trigger where not tgisinternal group by tgfoid, tgrelid) t on t.tgfoid = p.oid
   cross join plpgsql_check_function_tb(p.oid, coalesce(t.tgrelid, 0), oldtable => t.oldtable, newtable => t.newtable,
                fatal_errors => false, performance_warnings => true, security_warnings => true, compatibility_warnings => true) c
   where p.pronamespace in ('booking'::regnamespace, 'api'::regnamespace)
   order by 1, 3
"""


def test_plpgsql_check_finds_nothing_unexplained(checked_db: psycopg.Connection[Any]) -> None:
    findings = [str(finding) for finding in checked_db.cursor(row_factory=class_row(Finding)).execute(CHECK)]
    unexplained = [
        finding for finding in findings if not any(re.search(known, finding, re.DOTALL) for known in EXCEPTIONS)
    ]
    assert not unexplained, "\n".join(unexplained)
    # What is mended is no exception any more.
    assert [
        known for known in EXCEPTIONS if not any(re.search(known, finding, re.DOTALL) for finding in findings)
    ] == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("create function booking.broken() returns integer language plpgsql as 'begin return n from booking.nothing; end'",
         'error: relation "booking.nothing" does not exist'),
        ("create function booking.broken(t text) returns void language plpgsql as $$begin execute 'select ' || t; end$$",
         "security: text type variable is not sanitized"),
    ],
)  # fmt: skip
def test_plpgsql_check_finds_faults(checked_db: psycopg.Connection[Any], broken: str, said: str) -> None:
    with checked_db.transaction(force_rollback=True):
        checked_db.execute(broken)
        findings = [str(finding) for finding in checked_db.cursor(row_factory=class_row(Finding)).execute(CHECK)]
    assert any(finding.startswith(f"booking.broken: {said}") for finding in findings)
