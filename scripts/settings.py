"""What may be set in the config file, as tables: read from the classes that it is read with."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from gateway.config.entries import ConfigFile
from gateway.core.options import Duration, Options, Size

_DURATION, _SIZE = Duration.__metadata__[0], Size.__metadata__[0]  # type: ignore[attr-defined]
_UNITS = ((3_600, "h"), (60, "m"), (1, "s"))
_DAY = 86_400
_SIZES = ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB"))
_WORDS = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    SecretStr: "text, secret",
    Path: "path",
    tuple: "list",
    dict: "names and values",
}
#: a section by itself, of which only the names below it are of interest
_UNTOLD = {"", None, Options.__doc__}


def settings() -> str:
    """A heading for each section, and under it a table of what may stand there."""
    return "\n\n".join(_sections(ConfigFile, "", ""))


def _sections(model: type[Options], path: str, said: str) -> Iterator[str]:
    rows = [_row(name, model, field) for name, field in _own_first(model) if not _inner(field)]
    if rows:
        lines = ["| setting | default | form | meaning |", "|---|---|---|---|", *rows]
        heading = f"### {path or 'At the top'}\n\n"
        yield heading + (f"{said}\n\n" if said else "") + "\n".join(lines)
    for name, field in model.model_fields.items():
        inner = _inner(field)
        if inner:
            below = f"{name}.NAME" if get_origin(field.annotation) is dict else name
            meaning = field.description or ("" if inner.__doc__ in _UNTOLD else str(inner.__doc__))
            yield from _sections(inner, f"{path}.{below}" if path else below, _cell(meaning))


def _own_first(model: type[Options]) -> list[tuple[str, FieldInfo]]:
    """What a section shares with another stands behind what is its own."""
    own = vars(model).get("__annotations__", {})
    return sorted(model.model_fields.items(), key=lambda pair: pair[0] not in own)


def _inner(field: FieldInfo) -> type[Options] | None:
    """The section that a field holds, alone, by name or not at all."""
    kinds = [field.annotation, *get_args(field.annotation)]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Options)), None)


def _row(name: str, model: type[Options], field: FieldInfo) -> str:
    kind, marks = _kind(field.annotation, field.metadata)
    extra = model.model_config.get("json_schema_extra")
    needed = field.is_required() or (isinstance(extra, dict) and name in str(extra.get("required")))
    default = "needed" if needed else _default(field, marks)
    return f"| `{name}` | {default} | {_form(kind, marks)} | {_cell(field.description or '')} |"


def _cell(text: str) -> str:
    return re.sub(r"\|", r"\\|", " ".join(text.split()))


def _kind(annotation: Any, marks: list[Any]) -> tuple[Any, list[Any]]:
    """The type, without the None that stands for a setting left out, and what bounds it."""
    if get_origin(annotation) in {Union, UnionType}:
        (annotation,) = (kind for kind in get_args(annotation) if kind is not type(None))
    if get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        marks = [*marks, *(deep for one in inner for deep in (one.metadata if isinstance(one, FieldInfo) else [one]))]
    return annotation, marks


def _default(field: FieldInfo, marks: list[Any]) -> str:
    return "none" if field.default is None else f"`{_written(field.default, marks)}`"


def _written(value: Any, marks: list[Any]) -> str:
    if _DURATION in marks and value > _DAY:
        return f"{value / _DAY:g}d"
    if _DURATION in marks:
        return _in_units(value, _UNITS) if value >= 1 else f"{value * 1000:g}ms" if value else "0s"
    if _SIZE in marks:
        return _in_units(value, _SIZES)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return {"()": "[]", "": '""'}.get(str(value), str(value))


def _in_units(value: float, units: tuple[tuple[int, str], ...]) -> str:
    amount, unit = next(((value / size, unit) for size, unit in units if value and value % size == 0), (value, "s"))
    return f"{amount:g}{unit}"


def _form(kind: Any, marks: list[Any]) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(f"`{one}`" for one in get_args(kind))
    word = "duration" if _DURATION in marks else "size" if _SIZE in marks else _WORDS[get_origin(kind) or kind]
    if SecretStr in get_args(kind):
        return f"{word}, secret"
    bounds = " ".join(_bounds(marks)) if word in {"duration", "size", "whole number", "number"} else ""
    return f"{word}, {bounds}" if bounds else word


def _bounds(marks: list[Any]) -> Iterator[str]:
    least: list[Any] = [one.ge for one in marks if isinstance(one, Ge)]
    above: list[Any] = [one.gt for one in marks if isinstance(one, Gt)]
    most: list[Any] = [one.le for one in marks if isinstance(one, Le)]
    assert not any(isinstance(one, Lt) for one in marks)
    if above:
        yield f"above {_plain(max(above), marks)}"
    elif least and (max(least) or most):
        yield _plain(max(least), marks) if most else f"at least {_plain(max(least), marks)}"
    if most:
        yield f"to {_plain(min(most), marks)}"


def _plain(value: Any, marks: list[Any]) -> str:
    return "0" if not value else _written(value, marks)
