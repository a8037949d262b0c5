"""What the repository's own files must be."""

import re
import shutil
import subprocess
import tomllib

import pytest

from tests.test_pgtap import ROOT

PRIVATE = re.compile(
    rb"https?://[^\s\"'<>)]*(?:pypi|pythonhosted|npmjs|registry|/simple/)|(?<![\w.$}])/(?:work|root|home/\w+)/"
)


def normalised(name: str) -> str:
    """As the index compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_pin_is_a_constraint() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(pin for extra in project["optional-dependencies"].values() for pin in extra)]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    constraints = {normalised(name): version for name, version in (line.split("==") for line in lines)}
    assert lines == sorted(lines, key=str.lower)
    for pin in wanted:
        name, version = re.sub(r"\[.*\]", "", pin).split("==")
        assert constraints.get(normalised(name)) == version, pin


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="no clone of the repository")
def test_no_file_names_a_machine() -> None:
    """Neither where packages were taken from, nor where somebody's files lie."""
    names = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    said = [
        f"{name}: {found.group().decode()}"
        for name in filter(None, names)
        if (ROOT / name).is_file()
        for found in PRIVATE.finditer((ROOT / name).read_bytes())
    ]
    assert said == []
