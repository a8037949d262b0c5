"""What members write is shown by terminals and spreadsheets, and not obeyed."""

import ast
import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import gateway
from gateway.cli import main
from gateway.plain import as_cell, as_line, as_lines
from tests.conftest import Stack, Tenant
from tests.gateway_fixtures import slot

#: Clears the screen, sets the title of the window, is CSI of C1, and writes from right to left.
EVIL = "=1+1\x1b[2J\x1b]0;x\x07\x9b2J\u202egnp\u2066"
SHOWN = r"=1+1\x1b[2J\x1b]0;x\x07\x9b2J\u202egnp\u2066"

# Names are of one line.
EVIL_NAME = "=1+1\u202egnp\u2066"
SHOWN_NAME = r"=1+1\u202egnp\u2066"


Berth = Callable[..., Result]


@pytest.fixture
def run(environment: dict[str, str]) -> Berth:
    """The command, on the database of the stack."""
    return lambda *arguments: CliRunner().invoke(main, arguments, env=environment)


def is_plain(text: str) -> bool:
    """Whether a terminal does nothing but show it."""
    return all(
        letter == "\n"
        or not (ord(letter) < 32 or 127 <= ord(letter) < 160 or letter in "\u202a\u202b\u202d\u202e\u2066")
        for letter in text
    )


def test_lines() -> None:
    assert as_line(EVIL) == SHOWN
    assert as_line("a\nb\tc\r\u2028\x7f\x00") == r"a\nb\tc\r\u2028\x7f\x00"
    assert as_line("Größe ☂ עברית █ \\x1b") == "Größe ☂ עברית █ \\x1b"
    assert as_lines("a\x1b\n\nb\n") == "a\\x1b\n\nb\n"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "=cmd|'/C calc'!A0",
        '=HYPERLINK("https://evil.example")',
        "＝1",
        "＠x",
    ],
)
def test_formulas(text: str) -> None:
    cell = as_cell(text)
    assert isinstance(cell, str)
    assert cell.startswith("'" + text[0])
    assert cell.replace("'", "") == text.replace("'", "")


def test_what_is_no_formula_stays() -> None:
    for value in ("", "Room 1", "a=b", "a - b", "'=1", "{}", -1, 0.5, None, True):
        assert as_cell(value) is value or as_cell(value) == value
    # Where a semicolon separates, a cell begins behind it.
    assert as_cell("x;=1+1;-2") == "x;'=1+1;'-2"


def test_nothing_prints_past_the_one_place() -> None:
    """Or the next command would print what is in the database as it is."""
    folder = Path(gateway.__file__).parent
    printing = {"click.echo", "click.secho", "print", "echo", "secho"}
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted(folder.rglob("*.py"))
        if path.relative_to(folder) != Path("cli/output.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in printing
    ]
    assert found == []


def test_reports_show_it(tenant: Tenant, run: Berth, stack: Stack, tmp_path: Path) -> None:
    member = tenant.person("member")
    tenant.person("manager")
    tenant.connection.execute(
        "update booking.members set display_name = %s where user_id = %s", (EVIL_NAME, member.user_id)
    )
    tenant.connection.execute("update booking.tenants set name = %s where id = %s", (EVIL_NAME, tenant.id))
    room = tenant.resource(EVIL_NAME, requires_approval=True)
    status, asked = stack.rpc(member, "create_reservation", resource_id=str(room), title=EVIL, **slot())
    assert (status, asked["status"]) == (200, "pending")
    told = run("report", "--tenant", tenant.slug)
    assert told.exit_code == 0, told.output
    assert is_plain(told.output)
    assert f": {SHOWN}, by {SHOWN_NAME}, for " in told.output
    assert run("report", "--tenant", tenant.slug, "--csv", str(tmp_path)).exit_code == 0
    for path in tmp_path.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row), (path, row)
    with (tmp_path / "pending_approvals.csv").open(newline="", encoding="utf-8") as file:
        record = next(csv.DictReader(file))
    assert [record[column] for column in ("resource", "title", "requested_by")] == [
        f"'{EVIL_NAME}", f"'{EVIL}", f"'{EVIL_NAME}",
    ]  # fmt: skip


def test_imports_and_exports_show_it(tenant: Tenant, run: Berth, tmp_path: Path) -> None:
    tenant.person("manager")
    starts_at = datetime.now(UTC) + timedelta(days=5)
    file = tmp_path / "bookings.csv"
    with file.open("w", newline="", encoding="utf-8") as written:
        rows = csv.writer(written)
        rows.writerow(["resource", "title", "starts_at", "ends_at"])
        for title in (EVIL, EVIL + "2"):
            rows.writerow([EVIL, title, starts_at.isoformat(), (starts_at + timedelta(hours=1)).isoformat()])
        rows.writerow([EVIL, EVIL, EVIL, EVIL])
    told = run("import", str(file), "--tenant", tenant.slug)
    assert told.exit_code == 1, told.output
    assert "1 created, 0 already there, 1 refused, 1 unreadable" in told.output
    assert "\\x1b[2J" in told.output
    assert is_plain(told.output)
    told = run("export", "-", "--tenant", tenant.slug)
    assert told.exit_code == 0, told.output
    assert "SUMMARY:=1+1" in told.output
    assert is_plain(told.output.replace("\r\n", "\n"))


def test_commands_show_it(tenant: Tenant, run: Berth) -> None:
    for arguments in (
        ["token", "--tenant", tenant.slug, "--user", EVIL],
        ["report", "--tenant", EVIL],
        ["tenant", "retain", EVIL],
    ):
        told = run(*arguments)
        assert told.exit_code == 2, told.output
        assert is_plain(told.output)
        assert SHOWN in told.output
