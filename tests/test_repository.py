"""What the repository's own files must be."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence

import pytest
from packaging.version import Version

from db.migrate import read_plan
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


def release_faults(version: str, changelog: str, tags: Sequence[str]) -> list[str]:
    """What of a release was forgotten: ``tags`` of the plan, the last one last."""
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    faults = []
    if [f"@v{number}" for number in reversed(released)] != list(tags):
        faults.append(f"the changelog has {released}, the plan {list(tags)}")
    if Version(version).is_devrelease:
        if tags and Version(version) < Version(tags[-1][1:]):
            faults.append(f"{version} is before {tags[-1]}")
    else:
        if [f"@v{version}"] != list(tags[-1:]):
            faults.append(f"{version} is not the plan's last tag")
        if changelog.partition("## [Unreleased]")[2].partition("\n## ")[0].strip():
            faults.append("something is unreleased")
    return faults


def test_version_changelog_and_plan_agree() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    tags = [tag for change in read_plan() for tag in change.tags]
    assert release_faults(version, (ROOT / "CHANGELOG.md").read_text(), tags) == []


@pytest.mark.parametrize(
    ("version", "headings", "tags", "is_right"),
    [
        ("0.1.0.dev0", "## [Unreleased]\n\nSome.\n", [], True),
        ("0.1.0", "## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n\nSome.\n", ["@v0.1.0"], True),
        ("0.2.0.dev0", "## [Unreleased]\n\nMore.\n\n## [0.1.0] - 2026-12-01\n", ["@v0.1.0"], True),
        ("0.1.0", "## [Unreleased]\n\nMore.\n\n## [0.1.0] - 2026-12-01\n", ["@v0.1.0"], False),
        ("0.1.0", "## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n", [], False),
        ("0.1.0", "## [Unreleased]\n\nSome.\n", ["@v0.1.0"], False),
        ("0.1.0.dev0", "## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n", ["@v0.1.0"], False),
        ("0.1.1", "## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n", ["@v0.1.0"], False),
    ],
)
def test_a_forgotten_part_of_a_release_is_told(version: str, headings: str, tags: list[str], is_right: bool) -> None:
    assert (release_faults(version, headings, tags) == []) is is_right
