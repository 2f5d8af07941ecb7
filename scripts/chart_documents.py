"""Writes what the chart's values.yaml decides: values.schema.json, and the table of values in its README.

A comment above a value says what it means; a line ``@schema {…}`` in it, what its default does not show of its form.
The schema keeps to draft 7, which every release of Helm reads. ``python -m scripts.chart_documents`` writes both.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gateway.config.schemas import config_schema, provider_schema

CHART = Path(__file__).parents[1] / "helm/knowledge-store-gateway"

Schema = dict[str, Any]

_MARK = "@schema "
_PLACE = "<!-- the values -->"
_LONGEST = 60
_TYPES = {bool: "boolean", int: "integer", str: "string"}
_QUANTITY = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9.]+(m|k|Ki|M|Mi|G|Gi)?$"}]
}
_QUANTITIES = {"type": "object", "additionalProperties": _QUANTITY}

#: forms of Kubernetes that several values have
_SHARED: dict[str, Schema] = {
    "resources": {
        "type": "object",
        "properties": {"requests": _QUANTITIES, "limits": _QUANTITIES, "claims": {"type": "array"}},
        "additionalProperties": False,
    },
    "peers": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {name: {"type": "object"} for name in ("ipBlock", "namespaceSelector", "podSelector")},
            "additionalProperties": False,
            "minProperties": 1,
        },
    },
    "named": {"type": "object", "properties": {"name": {"type": "string", "minLength": 1}}, "required": ["name"]},
    "variable": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "value": {"type": "string"},
            "valueFrom": {"type": "object"},
        },
        "required": ["name"],
        "additionalProperties": False,
    },
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A value with its path, and what the comment above it says. ``schema``: of a leaf, where the comment states it."""

    path: tuple[str, ...]
    value: Any
    meaning: str
    schema: Schema | None

    @property
    def is_section(self) -> bool:
        return isinstance(self.value, dict) and bool(self.value) and self.schema is None


def entries(text: str) -> Iterator[Entry]:
    """Every value of ``values.yaml``, sections before what is in them; what ``@schema`` describes is one value."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(node, yaml.MappingNode)
    yield from _entries(node, (), yaml.safe_load(text), text.splitlines())


def _entries(node: yaml.MappingNode, above: tuple[str, ...], values: Any, lines: list[str]) -> Iterator[Entry]:
    for key, inner in node.value:
        value = values[key.value]
        meaning, schema = _comment(lines, key.start_mark.line)
        entry = Entry((*above, key.value), value, meaning, schema)
        yield entry
        if entry.is_section:
            yield from _entries(inner, entry.path, value, lines)


def _comment(lines: list[str], line: int) -> tuple[str, Schema | None]:
    start = line
    while start and lines[start - 1].strip().startswith("#"):
        start -= 1
    said = [text.strip().removeprefix("#").strip() for text in lines[start:line]]
    marks = [text.removeprefix(_MARK) for text in said if text.startswith(_MARK)]
    return " ".join(text for text in said if not text.startswith(_MARK)), json.loads(marks[0]) if marks else None


def schema(text: str) -> Schema:
    """Of the values: every name is known, and every value has a form."""
    root: Schema = {"$schema": "http://json-schema.org/draft-07/schema#", **_section("")}
    for entry in entries(text):
        _put(root, entry)
    root["properties"]["global"] = {"type": "object", "description": "What a chart around this one gives to all."}
    return {**root, "$defs": _definitions()}


def _section(meaning: str) -> Schema:
    described = {"description": meaning} if meaning else {}
    return {**described, "type": "object", "additionalProperties": False, "properties": {}}


def _put(root: Schema, entry: Entry) -> None:
    place = root
    for name in entry.path[:-1]:
        place = place["properties"][name]
    place["properties"][entry.path[-1]] = _section(entry.meaning) if entry.is_section else _leaf(entry)


def _leaf(entry: Entry) -> Schema:
    kind = _TYPES.get(type(entry.value))
    stated = entry.schema or {"type": kind}
    if not entry.schema and not kind:
        raise SystemExit(f"values.yaml: {'.'.join(entry.path)} needs a line {_MARK}")
    if "$ref" in stated:  # beside which draft 7 sees nothing
        stated = {"allOf": [stated]}
    return {**({"description": entry.meaning} if entry.meaning else {}), **stated}


def _definitions() -> dict[str, Schema]:
    config, provider = config_schema(), provider_schema()
    found = dict(_SHARED)
    for name, whole in (("config", config), ("providerSpec", provider)):
        for inner, definition in whole.pop("$defs").items():
            if found.setdefault(inner, definition) != definition:
                raise SystemExit(f"two definitions are named {inner}")
        found[name] = {word: part for word, part in whole.items() if word != "$schema"}
    del found["config"]["required"]  # the chart says it better, and only once values are there
    return found


def readme(text: str, template: str) -> str:
    return template.replace(_PLACE, "\n".join(_rows(text)))


def _rows(text: str) -> Iterator[str]:
    yield "| value | default | meaning |"
    yield "|---|---|---|"
    for entry in entries(text):
        if not entry.is_section or entry.meaning:
            default = "" if entry.is_section else _shown(entry.value)
            yield f"| `{'.'.join(entry.path)}` | {default} | {_cell(entry.meaning)} |"


def _shown(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return f"`{_cell(written)}`" if len(written) <= _LONGEST else "see values.yaml"


def _cell(text: str) -> str:
    return re.sub(r"\|", r"\\|", text)


def documents(chart: Path = CHART) -> dict[str, str]:
    """By file name, what ought to stand in it."""
    text = (chart / "values.yaml").read_text()
    return {
        "values.schema.json": json.dumps(schema(text), indent=2, ensure_ascii=False) + "\n",
        "README.md": readme(text, (chart / "README.md.in").read_text()),
    }


if __name__ == "__main__":
    for name, content in documents().items():
        (CHART / name).write_text(content)
