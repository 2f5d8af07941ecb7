"""That every deliberate break of the engine still breaks it somewhere: ``make mutants`` shows what notices."""

import ast
import shutil
from pathlib import Path

import pytest

from tests.laws.mutants import ROOT, Mutant, mutants

LEAST = 20


def test_there_are_enough_of_them() -> None:
    names = [mutant.name for mutant in mutants()]
    assert len(names) == len(set(names)) >= LEAST


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_mutant_applies_and_is_still_python(mutant: Mutant, tmp_path: Path) -> None:
    place = tmp_path / mutant.file
    place.parent.mkdir(parents=True)
    shutil.copy(ROOT / mutant.file, place)
    mutant.apply(tmp_path)
    ast.parse(place.read_text())
    assert place.read_text() != (ROOT / mutant.file).read_text()
