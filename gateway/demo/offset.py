"""What the two offset APIs share: bounds, the end flag, totals."""

import re
from typing import Any, Literal

HasMore = Literal["right", "when_full", "always", "never", "null", "absent"]
Total = Literal["right", "too_high", "too_low", "null", "absent"]
OutOfRange = Literal["refuse", "clamp"]

_WHOLE = re.compile(r"[+-]?\d{1,18}")


class OutOfRangeError(ValueError):
    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}")
        self.name = name
        self.reason = reason


def bounded(
    name: str, text: str | None, default: int, low: int, high: int | None, *, beyond: OutOfRange
) -> tuple[int, int]:
    """The number asked for, and the number used."""
    if text is None:
        return default, default
    if not _WHOLE.fullmatch(text):
        raise OutOfRangeError(name, "must be an integer")
    asked = int(text)
    used = max(low, asked if high is None else min(asked, high))
    if used != asked and beyond == "refuse":
        raise OutOfRangeError(name, f"must be between {low} and {'any number' if high is None else high}")
    return asked, used


def has_more(name: str, ways: HasMore, *, end: int, total: int, full: bool) -> dict[str, Any]:
    """The end flag as a member to send: ``end`` is the position after the page's last item."""
    if ways == "absent":
        return {}
    values = {"right": end < total, "when_full": full, "always": True, "never": False, "null": None}
    return {name: values[ways]}


def totals(name: str, ways: Total, total: int) -> dict[str, Any]:
    """The total as a member to send."""
    if ways == "absent":
        return {}
    return {name: {"right": total, "too_high": total + 7, "too_low": total // 2, "null": None}[ways]}
