"""Setting the fields of a plain dataclass from JSON, each value checked against its declared type."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints


class BadSettingError(ValueError):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Between:
    """The allowed range of a number, named in an ``Annotated`` type; both ends count."""

    low: float
    high: float = float("inf")


def change(target: Any, changes: object, *, prefix: str) -> dict[str, Any]:
    """Set all the named fields of ``target``, or none of them if one name or value is bad."""
    checked = check(target, changes, prefix=prefix)
    for name, value in checked.items():
        setattr(target, name, value)
    return checked


def check(target: Any, changes: object, *, prefix: str) -> dict[str, Any]:
    if not isinstance(changes, Mapping):
        raise BadSettingError(prefix, "must be an object")
    kinds = _kinds(target)
    for name, value in changes.items():
        if name not in kinds:
            raise BadSettingError(f"{prefix}.{name}", f"unknown; known are {', '.join(kinds)}")
        if not _fits(kinds[name], value):
            raise BadSettingError(f"{prefix}.{name}", f"must be {_describe(kinds[name])}")
    return dict(changes)


def dump(target: Any) -> dict[str, Any]:
    return {name: getattr(target, name) for name in _kinds(target)}


def _kinds(target: Any) -> dict[str, Any]:
    hints = get_type_hints(type(target), include_extras=True)
    return {field.name: hints[field.name] for field in fields(target) if not field.name.startswith("_")}


def _fits(kind: Any, value: object) -> bool:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return value in arguments
    if origin in (Union, UnionType):
        return any(_fits(one, value) for one in arguments)
    if origin is Annotated:
        return _fits(arguments[0], value) and _within(arguments[1], value)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _within(limits: Between, value: Any) -> bool:
    return bool(limits.low <= value <= limits.high)


def _describe(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(repr(one) for one in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_describe(one) for one in arguments)
    if origin is Annotated:
        return f"{_describe(arguments[0])} from {arguments[1].low} to {arguments[1].high}"
    return "null" if kind is type(None) else str(kind.__name__)
