"""docs/paths.md is what the database does."""

from typing import Any

import psycopg
from click.testing import CliRunner

from gateway.cli import main
from gateway.local.postgrest import PROJECT_DIR
from tests.conftest import Server


def test_the_docs_show_the_paths_as_they_are(server: Server, berth_db: psycopg.Connection[Any]) -> None:
    # Only a superuser has calls counted.
    url = server.superuser_url(berth_db.info.dbname)
    result = CliRunner().invoke(main, ["diagram", "--paths", "--database-url", url])
    assert result.exit_code == 0, result.exception or result.output
    page = PROJECT_DIR / "docs" / "paths.md"
    assert page.read_text().splitlines() == result.stdout.splitlines(), (
        "docs/paths.md is out of date; on an up-to-date database run: berth diagram --paths > docs/paths.md"
    )
