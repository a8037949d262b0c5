"""What other people's linters say of the SQL: no finding that is not explained, here or in .squawk.toml and .sqlfluff."""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.test_pgtap import ROOT

SCRIPTS = [
    path for folder in ("schema", "functions", "policies") for path in sorted((ROOT / "db" / folder).rglob("*.sql"))
]
# The others make functions whose body is a string to a linter; plpgsql_check reads them.
TRANSPARENT = [path for path in SCRIPTS if "as $$" not in path.read_text()]

#: Lints scripts, and may write to a folder: what is said, if anything is found.
Linter = Callable[[Sequence[Path], Path], str]


def run(program: str, *arguments: str | Path) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr if done.returncode else ""


def squawk(scripts: Sequence[Path], folder: Path) -> str:
    """Whether a change lets the bookings go on beside it."""
    return run("squawk", "--config", ".squawk.toml", "--reporter", "gcc", *scripts)


def sqlfluff(scripts: Sequence[Path], folder: Path) -> str:
    """How it is written."""
    return run("sqlfluff", "lint", "--config", ".sqlfluff", "--disable-progress-bar", *scripts)


def pgspot(scripts: Sequence[Path], folder: Path) -> str:
    """What somebody could slip in: by a search path, by what is there already under the same name."""
    for script in scripts:
        # The migrator's search path has nobody else's schema, and Berth's own are nobody else's: functions may be replaced there.
        folder.joinpath(f"{script.parent.name}.{script.name}").write_text(
            f"set search_path = pg_catalog, pg_temp; create schema booking; create schema api; {script.read_text()}"
        )
    # It takes the columns of a function's records for unknown variables. The schema that may be there is
    # extensions, as it is on Supabase; nothing is looked up in it by an unqualified name.
    return run("pgspot", "--no-plpgsql", "--ignore", "PS010", *sorted(folder.glob("*.sql")))


@pytest.mark.parametrize(
    ("linter", "scripts"),
    [
        (squawk, SCRIPTS),
        (sqlfluff, TRANSPARENT),
        # It breaks off at a function whose body is no string. That one is bound to what it names when it is made.
        (
            pgspot,
            [
                path
                for path in SCRIPTS
                if "as $$" in path.read_text() or not re.search("create (or replace )?function", path.read_text())
            ],
        ),
    ],
)
def test_linter_finds_nothing_unexplained(linter: Linter, scripts: list[Path], tmp_path: Path) -> None:
    assert scripts
    said = linter(scripts, tmp_path)
    if said:
        pytest.fail(said, pytrace=False)


@pytest.mark.parametrize(
    ("linter", "fault", "said"),
    [
        (squawk, "alter table booking.claims add column note text not null;", "adding-required-field"),
        (sqlfluff, "create table booking.notes (id UUID not null);", "CP05"),
        (pgspot, "create function booking.f() returns int language sql security definer as $$select 1$$;", "PS003"),
    ],
)
def test_linter_finds_faults(linter: Linter, fault: str, said: str, tmp_path: Path) -> None:
    script = tmp_path / "fault" / "fault.sql"
    script.parent.mkdir()
    script.write_text(f"begin;\n{fault}\ncommit;\n")
    assert said in linter([script], tmp_path)
