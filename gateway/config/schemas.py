"""JSON Schemas (draft 2020-12) of the config file and of a provider spec, for editors.

They know forms, not meanings: what a ``${NAME}`` stands for and what depends on something else, only ``check`` sees.
"""

from collections.abc import Callable
from typing import Any

from gateway.config.entries import ConfigFile
from gateway.core.options import Options
from gateway.provider.spec import ProviderSpec

Schema = dict[str, Any]
Change = Callable[[Schema], Schema]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = {"type": "string", "pattern": r"\$\{"}
_TYPED = {"integer", "number", "boolean"}
_SAID = {"default", "description"}
# where a schema holds others: under names, in its place, in a list
_MAPS = {"$defs", "properties", "patternProperties"}
_SINGLE = {"additionalProperties", "propertyNames", "items"}
_LISTS = {"anyOf", "oneOf", "prefixItems"}


def config_schema() -> Schema:
    """Of ``gateway.yaml``; every value may be a reference, and a section may be empty."""
    schema = _schema(ConfigFile, _or_reference)
    sections = {name: _or_null(part) for name, part in schema["properties"].items()}
    return {**schema, "properties": sections, "required": ["providers"]}


def provider_schema() -> Schema:
    """Of a provider spec, in which there are no references."""
    return _schema(ProviderSpec, lambda part: part)


def _schema(model: type[Options], each: Change) -> Schema:
    return {"$schema": _DIALECT, **_changed(model.model_json_schema(), each)}


def _changed(part: Schema, each: Change) -> Schema:
    """Without what pydantic adds of its own accord, and ``each`` applied to it and to every schema inside."""
    kept = {word: inner for word, inner in part.items() if word != "title"}
    if isinstance(kept.get("default"), dict):
        del kept["default"]  # of a section: each of its settings states its own
    for word in _MAPS & kept.keys():
        kept[word] = {name: _changed(inner, each) for name, inner in kept[word].items()}
    for word in _SINGLE & kept.keys():
        kept[word] = kept[word] if isinstance(kept[word], bool) else _changed(kept[word], each)
    for word in _LISTS & kept.keys():
        kept[word] = [_changed(inner, each) for inner in kept[word]]
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    return each(kept)


def _or_reference(part: Schema) -> Schema:
    """Whatever has a form may come out of a text that is a reference."""
    formed = part.get("type") in _TYPED or (part.get("type") == "string" and part.keys() & {"pattern", "enum"})
    return _either(part, _REFERENCE) if formed else part


def _or_null(part: Schema) -> Schema:
    return _either(part, {"type": "null"}) if "$ref" in part else part


def _either(part: Schema, other: Schema) -> Schema:
    """``part`` or ``other``; what ``part`` says to a reader is said of both."""
    said = {word: inner for word, inner in part.items() if word in _SAID}
    form = {word: inner for word, inner in part.items() if word not in _SAID}
    return {**said, "anyOf": [form, other]}
