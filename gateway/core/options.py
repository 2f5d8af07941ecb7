"""The base of everything that is written in YAML, and the units it is written in. Validated once, then frozen."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d)")
_SIZE = re.compile(r"([0-9]{1,12})(B|KiB|MiB|GiB)")


def _seconds(value: Any) -> Any:
    if isinstance(value, str):
        found = _DURATION.fullmatch(value)
        if not found:
            raise ValueError("write a duration as a number and ms, s, m, h or d: 500ms, 30s, 10m, 24h")
        return float(found[1]) * _UNITS[found[2]]
    return value


def _bytes(value: Any) -> Any:
    if isinstance(value, str):
        found = _SIZE.fullmatch(value)
        if not found:
            raise ValueError("write a size as a whole number and B, KiB, MiB or GiB: 64MiB")
        return int(found[1]) * _SIZES[found[2]]
    return value


#: seconds, written as ``30s``, ``10m`` or a number of seconds
Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(allow_inf_nan=False, ge=0),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": f"^{_DURATION.pattern}$"}, {"type": "number", "minimum": 0}]}
    ),
]
#: bytes, written as ``64MiB`` or a number of bytes
Size = Annotated[
    int,
    BeforeValidator(_bytes),
    Field(ge=0),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^{_SIZE.pattern}$"}, {"type": "integer", "minimum": 0}]}),
]


class Options(BaseModel):
    """Frozen, and refuses keys it does not know, so that a typing slip is an error instead of a default."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True, validate_default=True
    )
