"""Runs db/tests/*.sql with psql, as one would by hand: a file is a test, a TAP line that fails a subtest."""

import os
import re
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_postgresql import factories

from tests.conftest import Server

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "db" / "tests"
PGTAP = ROOT / "node_modules" / "@electric-sql" / "pglite-pgtap" / "dist" / "pgtap.tar.gz"

_LINE = re.compile(r"(?P<failed>not )?ok \d+(?: - (?P<description>.*?))?(?: # (?P<directive>TODO|SKIP)\b(?P<why>.*))?$")


def load_pgtap(autocommit: bool = False, **connection: Any) -> None:
    """PgTAP in the schema ``tap``, not as an extension: that would need its files in the server's folder."""
    if not PGTAP.exists():
        pytest.fail(f"pgTAP is missing: run 'npm install' in {ROOT}", pytrace=False)
    with tarfile.open(PGTAP) as archive:
        member = archive.extractfile("share/postgresql/extension/pgtap--1.3.5.sql")
        assert member
        pgtap = member.read().decode()
    with psycopg.connect(**connection) as db:
        db.execute("create schema tap; grant usage on schema tap to public; set local search_path = tap")
        db.execute(pgtap)
        db.execute("set local search_path = tap, pg_catalog")
        for support in ("personas.sql", "lint.sql"):
            db.execute((TESTS / "support" / support).read_text())


pgtap_template = factories.postgresql_noproc(depends_on="berth_template", dbname="berth_pgtap", load=[load_pgtap])
pgtap_db = factories.postgresql("pgtap_template")


@pytest.mark.parametrize("path", sorted(TESTS.glob("*.sql")), ids=lambda path: path.stem)
def test_pgtap(path: Path, server: Server, pgtap_db: psycopg.Connection[Any], subtests: pytest.Subtests) -> None:
    run_pgtap(path, server.cluster.program("psql"), server.url(pgtap_db.info.dbname), subtests)


def run_pgtap(path: Path, psql: Path, url: str, subtests: pytest.Subtests) -> None:
    """Runs one file on a database that has pgTAP in it."""
    done = subprocess.run(
        [psql, "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", path, url],
        env={**os.environ, "PGOPTIONS": "-c search_path=tap,pg_catalog -c client_min_messages=warning"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    planned, assertions = read_tap(done.stdout)
    for failed, description, directive, said in assertions:
        # TODO is a known fault, named in the file; once mended, its todo must go.
        if failed == (directive == "TODO"):
            continue
        with subtests.test(msg=description):
            pytest.fail(said if failed else f"passes, so it is no longer to do: {description}", pytrace=False)
    assert done.returncode == 0, done.stderr
    assert assertions, "no assertions"
    assert planned == len(assertions), f"planned {planned}, ran {len(assertions)}"


def read_tap(output: str) -> tuple[int | None, list[tuple[bool, str, str | None, str]]]:
    """The plan, and of each assertion: failed, description, directive, and its lines with their diagnostics."""
    planned = None
    assertions: list[tuple[bool, str, str | None, str]] = []
    for line in output.splitlines():
        if re.fullmatch(r"1\.\.\d+", line):
            planned = int(line[3:])
        elif match := _LINE.match(line):
            assertions.append((bool(match["failed"]), match["description"] or line, match["directive"], line))
        elif line.startswith("#") and assertions:
            failed, description, directive, said = assertions[-1]
            assertions[-1] = (failed, description, directive, f"{said}\n{line}")
    return planned, assertions
