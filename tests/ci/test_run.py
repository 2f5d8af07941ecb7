"""What CI makes of the parts of ``.ci/run``, with a stand-in for make."""

from pathlib import Path

import pytest

from .programs import GOOD, run

SCRIPT = ".ci/run"
PASSED = "7 passed in 1.00s"
PARTS = ["test-tools", "test-chart", "docs", "image-check", "test"]
WITHOUT_IMAGE = [part for part in PARTS if part != "image-check"]
FORBIDDEN = GOOD | {"id": "echo 1000"}


def make(failing: str = "") -> dict[str, str]:
    """It says what it makes; the part that fails fails as pytest does."""
    return {"make": f'echo "made $*"; echo "{PASSED}"; [[ $* != "{failing}" ]]'}


def made(lines: list[str]) -> list[str]:
    return [line.removeprefix("made ") for line in lines if line.startswith("made ")]


def test_the_tests_come_last_and_their_line_is_the_last(tmp_path: Path) -> None:
    code, lines = run(SCRIPT, tmp_path, GOOD | make())
    assert (code, lines[-1]) == (0, PASSED)
    assert made(lines) == PARTS


def test_an_image_that_cannot_be_built_here_is_said_and_no_failure(tmp_path: Path) -> None:
    code, lines = run(SCRIPT, tmp_path, FORBIDDEN | make())
    assert (code, lines[-1]) == (0, PASSED)
    assert "The image was NOT built and NOT checked: it takes root." in lines
    assert made(lines) == WITHOUT_IMAGE


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_fails_fails_all_and_hinders_no_other(part: str, tmp_path: Path) -> None:
    code, lines = run(SCRIPT, tmp_path, GOOD | make(failing=part))
    assert (code, lines[-2:]) == (1, [f"Failed: make {part}.", PASSED])
    assert made(lines) == PARTS


def test_tests_that_are_not_reached_are_said(tmp_path: Path) -> None:
    code, lines = run(SCRIPT, tmp_path, GOOD | {"make": "false"})
    assert (code, lines[-1]) == (1, "The tests were not reached.")
