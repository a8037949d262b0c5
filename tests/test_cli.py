"""The command ``berth`` itself; what each of its commands does is tested where it belongs."""

import subprocess
import sys

import click
import pytest

from gateway.cli import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_where_it_is_looked_for(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command
    assert command.name == name


def test_help_has_every_command_on_one_line_and_imports_none() -> None:
    code = (
        "import sys, gateway.cli; gateway.cli.main(['--help'], standalone_mode=False); print('psycopg' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[lines.index("Commands:") + 1 : -1]] == sorted(COMMANDS)
    assert lines[-1] == "False"


def test_what_the_user_can_mend_is_one_line() -> None:
    nowhere = ["doctor", "--database-url", "postgresql://127.0.0.1:1/x"]
    for arguments, told in (
        (nowhere, "the database does not answer: "),
        (["openapi", "--data-dir", "/nowhere"], "nothing runs"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stderr.startswith(f"berth: {told}")
        assert len(done.stderr.splitlines()) == 1
