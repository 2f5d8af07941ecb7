from pathlib import Path

import pytest
from pydantic import ValidationError

from loadtests.locust.plan import Shape, Threshold, read_plan


def shape(*stages: tuple[float, int]) -> Shape:
    return Shape.model_validate(
        {
            "seconds": 60,
            "stages": [{"share": share, "users": users} for share, users in stages],
            "thresholds": [{"measure": "walks.broken", "at_most": 0}],
        }
    )


def test_the_plan_has_the_four_shapes() -> None:
    assert list(read_plan().shapes) == ["smoke", "average", "breakpoint", "soak"]


def test_no_shape_forgives_a_broken_walk() -> None:
    tolerated = [
        [one.at_most for one in shape.thresholds if one.measure == "walks.broken"]
        for shape in read_plan().shapes.values()
    ]
    assert tolerated == [[0]] * 4


def test_a_threshold_has_exactly_one_bound() -> None:
    with pytest.raises(ValidationError, match="either at_most or at_least"):
        Threshold(measure="x", at_most=1, at_least=1)
    with pytest.raises(ValidationError, match="either at_most or at_least"):
        Threshold(measure="x")


def test_a_setting_that_is_not_known_is_an_error(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("world: {replicas: 1, tenants: 1, items: 1, upstreams: {latency: 0}, colour: blue}")
    with pytest.raises(ValidationError, match="colour"):
        read_plan(plan)


def test_the_stages_take_the_whole_time() -> None:
    with pytest.raises(ValidationError, match="add up to 1"):
        shape((0.5, 10))


def test_users_come_and_go_in_straight_lines() -> None:
    planned = shape((0.5, 10), (0.25, 10), (0.25, 0))
    assert [planned.users_at(at, 100) for at in (0, 25, 50, 74, 87.5)] == [0, 5, 10, 10, 5]


def test_nobody_is_left_once_the_time_is_over() -> None:
    assert shape((1, 10)).users_at(100, 100) is None
