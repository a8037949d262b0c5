"""What the docs show works as shown, in the order shown, and every function of the API is shown."""

import itertools
import os
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import db
from tests.conftest import Person, Stack
from tests.doc_pages import BLOCK, ROOT, Reader, is_known, read_blocks
from tests.gateway_fixtures import Gateway

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

# What pages begin with that link to it: members of the demo tenant, as Python's names.
CONNECT = [
    block
    for block in read_blocks(ROOT / "docs" / "frontends.md")
    if block.language == "python" and "class Berth" in block.text
]

PEOPLE = {"TOKEN": "a4", "NOA_TOKEN": "a5", "APPROVER_TOKEN": "a3", "MANAGER_TOKEN": "a2", "ADMIN_TOKEN": "a1"}
"""Members of the demo tenant, by the variable that holds their token."""

_numbers = itertools.count(1)


@pytest.fixture
def reader(stack: Stack, gateway: Gateway, environment: dict[str, str], tmp_path: Path) -> Iterator[Reader]:
    """Somebody for whom ``make up`` has just run; its demo tenant is theirs alone."""
    prefix = f"de3{next(_numbers):05x}-"
    seed = (db.DIR / "seed" / "demo.sql").read_text().replace("de300000-", prefix)
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute(seed)
        tenant_id = f"{prefix}0000-4000-8000-000000000000"
        for name in ("tests", "node_modules", "docs/database.types.ts"):
            (tmp_path / Path(name).name).symlink_to(ROOT / name)
        variables = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        for name, user in PEOPLE.items():
            user_id = uuid.UUID(f"{prefix}0000-4000-8000-0000000000{user}")
            variables[name] = Person(uuid.UUID(tenant_id), user_id, None).token
        here = {
            "de300000-": prefix,
            "http://127.0.0.1:8000": gateway.url,
            "postgresql://postgres@localhost/berth": stack.database_url,
            ".venv/bin/berth": "berth",
        }
        yield Reader(tmp_path, stack.database_url, environment | variables, here)
        connection.execute("update booking.tenants set slug = %s where id = %s", (f"read-{prefix}0", tenant_id))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, reader: Reader) -> None:
    if "#connect)" in page.read_text():
        reader.follow(CONNECT)
    reader.follow(read_blocks(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_not_run_says_why(page: Path) -> None:
    blocks = read_blocks(page)
    # None is indented, and so is missed.
    assert len(re.findall(r"^\s*(?:```|~~~)", page.read_text(), re.MULTILINE)) == 2 * len(blocks)
    assert not re.search(r"^\n {4,}\S", BLOCK.sub("", page.read_text()), re.MULTILINE)
    for block in blocks:
        assert block.reason is None or is_known(block.reason), f"{block.line}: {block.reason}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", BLOCK.sub("", page.read_text())):
        target = page.parent / link if link else page
        assert target.exists(), link
        headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", target.read_text()), re.MULTILINE) if anchor else []
        anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert not anchor or anchor in anchors, f"{link}#{anchor}"


def test_every_function_is_shown(stack: Stack) -> None:
    """Each in code that is run."""
    code = "".join(block.text for page in PAGES for block in read_blocks(page) if not block.reason)
    with psycopg.connect(stack.database_url) as connection:
        functions = connection.execute(
            "select proname from pg_proc where pronamespace = 'api'::regnamespace"
        ).fetchall()
    assert [name for (name,) in functions if f'"{name}"' not in code and f"rpc/{name}" not in code] == []
