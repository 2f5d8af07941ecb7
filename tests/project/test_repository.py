import re
import tomllib
from pathlib import Path

import pytest

from gateway import __version__

from .tree import ROOT, files, place

#: in two parts, so that this file does not hold them itself
REGISTRIES = [
    "".join(parts)
    for parts in (
        ("pypi", ".org"),
        ("python", "hosted"),
        ("registry", ".npmjs"),
        ("proxy", ".golang"),
        ("crates", ".io"),
    )
]
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


def holding(text: str) -> list[str]:
    return [place(path) for path in files() if text.encode() in path.read_bytes()]


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_the_host_of_a_package_registry(host: str) -> None:
    assert holding(host) == []


def test_no_file_names_where_this_clone_lies() -> None:
    assert len(ROOT.parts) < 3 or holding(f"{ROOT}/") == []  # a container's /app may well be named


def test_the_changelog_speaks_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[?(Unreleased|{re.escape(__version__)})\b", changelog, re.MULTILINE)


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_requirements_are_pinned_by_hash_and_say_no_place(path: Path) -> None:
    entries = re.split(r"\n(?=\S)", path.read_text().strip())
    pinned = r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==\S+ [^/@]*\\\n    --hash=sha256:[0-9a-f]{64}\b"
    assert [one for one in entries if not re.match(pinned, one)] == []
    assert not any("://" in one or " @ " in one for one in entries)


def test_every_dependency_is_in_the_requirements() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = {
        "run": project["project"]["dependencies"],
        "otel": project["project"]["optional-dependencies"]["otel"],
        "test": project["dependency-groups"]["test"],
    }
    for name, requirements in declared.items():
        locked = set(re.findall(r"^[a-z0-9-]+", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))
        assert {re.split(r"[^a-z0-9-]", one)[0] for one in requirements} <= locked


def test_what_is_tested_is_what_runs() -> None:
    run, test = (
        set(re.findall(r"^\S+==\S+", (ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("run.txt", "test.txt")
    )
    assert run <= test
