"""The units of systemd: commands and settings that there are, as hardened as can be, and nothing that systemd refuses."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gateway.cli import main
from gateway.local.postgrest import SETTINGS, find_postgrest
from tests.doc_pages import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
PROCESSES = {"berth-deploy", "berth-gateway", "berth-rest", "berth-worker"}
BERTH = "/opt/berth/.venv/bin/berth"


def lines(unit: Path, key: str) -> list[str]:
    return [line.partition("=")[2] for line in unit.read_text().splitlines() if line.startswith(f"{key}=")]


def environment(unit: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines(unit, "Environment"))


def command(unit: Path) -> list[str]:
    (line,) = lines(unit, "ExecStart")
    return shlex.split(line)


def test_each_process_has_one() -> None:
    assert {unit.stem for unit in UNITS} == PROCESSES


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_its_command_is_one_of_ours(unit: Path) -> None:
    program, *arguments = command(unit)
    if unit.stem == "berth-rest":
        assert (Path(program).name, arguments) == ("postgrest", [])
        return
    assert program == BERTH
    context = click.Context(main)
    name, found, rest = main.resolve_command(context, arguments)
    assert found
    found.make_context(name, list(rest), parent=context)  # refuses what is no option


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_its_settings_are_read_by_somebody(unit: Path) -> None:
    sources = "".join(path.read_text() for path in (ROOT / "gateway").rglob("*.py"))
    names = set(environment(unit)) | set(re.findall(r"`((?:BERTH|PGRST)_[A-Z_]+)`", row_of(unit)))
    assert names
    for name in names:
        assert f'"{name}"' in sources or name == "PGRST_DB_URI", name
    # A file for each, which no other process is given.
    assert lines(unit, "EnvironmentFile") == [f"/etc/berth/{unit.stem.removeprefix('berth-')}.env"]
    assert f"`{unit.stem.removeprefix('berth-')}.env`" in row_of(unit)


def row_of(unit: Path) -> str:
    """What docs/deployment.md says of it."""
    (row,) = [
        line
        for line in (ROOT / "docs" / "deployment.md").read_text().splitlines()
        if line.startswith(f"| `{unit.stem}`")
    ]
    return row


def test_postgrest_is_told_all_it_needs() -> None:
    (unit,) = [unit for unit in UNITS if unit.stem == "berth-rest"]
    assert SETTINGS.items() <= environment(unit).items()


def test_all_are_hardened_alike() -> None:
    hardened = {
        unit.stem: unit.read_text().partition("# It reads its own program")[2].partition("\n[Install]")[0]
        for unit in UNITS
    }
    assert len(set(map(str.rstrip, hardened.values()))) == 1
    for setting in ("DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n"):
        assert setting in hardened["berth-gateway"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_takes_it(unit: Path, tmp_path: Path) -> None:
    """With programs that are there, which it looks for."""
    berth = Path(sys.executable).with_name("berth")
    copy = tmp_path / unit.name
    copy.write_text(
        unit.read_text().replace(BERTH, str(berth)).replace("/usr/local/bin/postgrest", str(find_postgrest()))
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", copy],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit.name in line]) == (0, [])


def test_the_ports_of_berth_up_are_settings() -> None:
    found = main.get_command(click.Context(main), "up")
    assert found
    ports = {
        option.name: option.envvar
        for option in found.params
        if isinstance(option, click.Option) and "port" in str(option.name)
    }
    assert ports == {"pg_port": "BERTH_PG_PORT", "rest_port": "BERTH_REST_PORT", "port": "BERTH_PORT"}
    for name in filter(None, ports.values()):
        assert str(name) in (ROOT / "docs" / "operators.md").read_text()
        assert str(name) in (ROOT / "README.md").read_text()
