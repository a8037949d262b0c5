"""The TypeScript definition that ``berth types`` writes is of the API as it is; tests/test_docs.py compiles with it."""

from typing import Any

import psycopg
from click.testing import CliRunner

from gateway.cli import main
from gateway.local.postgrest import PROJECT_DIR
from tests.conftest import Server


def test_the_definition_in_the_docs_is_that_of_the_api(server: Server, berth_db: psycopg.Connection[Any]) -> None:
    result = CliRunner().invoke(main, ["types", "--database-url", server.url(berth_db.info.dbname)])
    assert result.exit_code == 0, result.output
    definition = PROJECT_DIR / "docs" / "database.types.ts"
    assert definition.read_text().splitlines() == result.stdout.splitlines(), (
        "docs/database.types.ts is out of date; on an up-to-date database run: berth types > docs/database.types.ts"
    )
