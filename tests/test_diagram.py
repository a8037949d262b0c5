"""The page that ``berth diagram`` writes is what the database enforces."""

from typing import Any

import psycopg
from click.testing import CliRunner

from gateway.cli import main
from gateway.local.postgrest import PROJECT_DIR
from tests.conftest import Server


def test_the_docs_show_the_state_machine_as_it_is(server: Server, berth_db: psycopg.Connection[Any]) -> None:
    result = CliRunner().invoke(main, ["diagram", "--database-url", server.url(berth_db.info.dbname)])
    assert result.exit_code == 0, result.output
    page = PROJECT_DIR / "docs" / "states.md"
    # Line by line, which pytest compares readably.
    assert page.read_text().splitlines() == result.stdout.splitlines(), (
        "docs/states.md is out of date; on an up-to-date database run: berth diagram > docs/states.md"
    )
