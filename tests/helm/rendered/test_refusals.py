"""Values that are wrong are refused with words that name them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helm.places import values

from .chart import USUAL, template

CASES = yaml.safe_load((Path(__file__).parents[1] / "refusals.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "-"))
def test_it_is_refused_by_name(case: dict[str, Any], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(yaml.safe_dump(case["values"]))
    done = template(values("providers-and-secret"), wrong, version=case.get("version", USUAL))
    assert done.returncode != 0
    assert [words for words in case["told"] if words not in done.stderr] == [], done.stderr
    assert case.get("never", "\0") not in done.stderr


def test_what_is_refused_is_refused_for_that_alone() -> None:
    """The values that all of them change are right."""
    assert template(values("providers-and-secret")).returncode == 0
