from typing import Any

import pytest
from pydantic import ValidationError

from gateway.core.options import Duration, Options, Size


class Sample(Options):
    wait: Duration = 1.0
    room: Size = 1
    secret: str = ""


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("1.5m", 90), ("24h", 86_400), ("7d", 604_800), (3, 3), (0.25, 0.25), ("0s", 0)],
)
def test_a_duration_is_a_number_and_its_unit(written: Any, seconds: float) -> None:
    assert Sample(wait=written).wait == pytest.approx(seconds)


@pytest.mark.parametrize("written", ["30", "s", "-1s", "1 s", "1S", "1e3s", "٣s", "", -1, float("inf"), float("nan")])
def test_anything_else_is_no_duration(written: Any) -> None:
    with pytest.raises(ValidationError):
        Sample(wait=written)


@pytest.mark.parametrize(("written", "size"), [("5B", 5), ("64KiB", 65_536), ("1MiB", 2**20), ("2GiB", 2**31), (7, 7)])
def test_a_size_is_a_whole_number_and_its_unit(written: Any, size: int) -> None:
    assert Sample(room=written).room == size


@pytest.mark.parametrize("written", ["64MB", "1.5MiB", "64", "-1B", "٣B", "", -1, 1.5])
def test_anything_else_is_no_size(written: Any) -> None:
    with pytest.raises(ValidationError):
        Sample(room=written)


def test_a_key_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError, match="waite"):
        Sample.model_validate({"waite": 3})


def test_an_error_does_not_repeat_what_was_written() -> None:
    with pytest.raises(ValidationError) as caught:
        Sample.model_validate({"secret": ["CANARY"]})
    assert "CANARY" not in str(caught.value)
