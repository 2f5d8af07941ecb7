"""A YAML file as plain values, and the line on which each of them stands.

Rules: one document of at most 4 MiB and 32 levels, a mapping at the top; every key is text and stands once; no tags,
and no aliases, which could make a small file large. YAML 1.1, as PyYAML reads it, except that dates and numbers to
the base of 60 stay text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import yaml

#: names and list places from the top of a file to a value
Where = tuple[str | int, ...]

MAX_BYTES = 4 * 1024**2
MAX_DEPTH = 32

_NUMBERS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
_TYPED = {*_NUMBERS, "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"}


@dataclass(frozen=True, slots=True)
class Document:
    """``lines`` count from 1 and hold every key and list entry of ``value``."""

    file: str
    value: dict[str, Any]
    lines: Mapping[Where, int]

    def line(self, where: Where) -> int:
        """The line of ``where``, or of the nearest thing around it that is written down."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def at(self, where: Where) -> Any:
        """What stands at ``where``; None where nothing does."""
        value: Any = self.value
        for part in where:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def names(self, where: Where) -> tuple[str, ...]:
        """The keys of the mapping at ``where``; none where it is no mapping."""
        value = self.at(where)
        return tuple(value) if isinstance(value, dict) else ()


@dataclass(frozen=True, slots=True)
class Flaw:
    """A mistake in the file's form; ``where`` is empty where it has no place in the structure."""

    line: int
    where: Where
    text: str


class Unreadable(Exception):
    """Nothing can be made of the file."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.flaw = Flaw(line, (), text)


def parse(file: str, data: bytes) -> tuple[Document, tuple[Flaw, ...]]:
    """The document, and what can be told beside it. Raises ``Unreadable``."""
    if len(data) > MAX_BYTES:
        raise Unreadable(1, f"the file is larger than {MAX_BYTES // 1024**2} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(data.count(b"\n", 0, error.start) + 1, "the file is not text in UTF-8") from None
    builder = _Builder(text)
    try:
        value = builder.document()
    except yaml.YAMLError as error:
        raise _syntax(error, text) from None
    if not isinstance(value, dict):
        raise Unreadable(1, "the file must hold a mapping: lines of the form name: value")
    return Document(file, value, MappingProxyType(builder.lines)), tuple(builder.flaws)


class _Builder:
    """Reads YAML events into values; events, not nodes, so that an alias is seen where it stands."""

    def __init__(self, text: str) -> None:
        self._loader = yaml.CSafeLoader(text)
        self.lines: dict[Where, int] = {}
        self.flaws: list[Flaw] = []

    def document(self) -> Any:
        self._next()
        if not self._loader.check_event(yaml.DocumentStartEvent):
            raise Unreadable(1, "the file is empty: config/gateway.yaml in the project's folder is one to start from")
        self._next()
        value = self._value((), self._next())
        self._next()
        if self._loader.check_event(yaml.DocumentStartEvent):
            raise Unreadable(_line(self._next()), "a second document begins here: keep one to a file")
        return value

    def _next(self) -> yaml.Event:
        event = self._loader.get_event()
        assert event is not None
        return event

    def _value(self, where: Where, event: yaml.Event) -> Any:
        if len(where) > MAX_DEPTH:
            raise Unreadable(_line(event), f"nested more than {MAX_DEPTH} levels deep")
        if getattr(event, "tag", None):
            self._flaw(event, where, "tags (!…) are not used here: remove it")
        match event:
            case yaml.ScalarEvent():
                return self._scalar(event)
            case yaml.MappingStartEvent():
                return self._mapping(where)
            case yaml.SequenceStartEvent():
                items = self._until(yaml.SequenceEndEvent)
                return [self._entry(where, place, item) for place, item in enumerate(items)]
            case _:
                self._flaw(event, where, "aliases (*name) are not used here: write the value out")
                return None

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := self._next(), end):
            yield event

    def _entry(self, where: Where, place: int, event: yaml.Event) -> Any:
        self.lines[*where, place] = _line(event)
        return self._value((*where, place), event)

    def _mapping(self, where: Where) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self._until(yaml.MappingEndEvent):
            key = self._key(where, event)
            inner = (*where, key)
            if key in found:
                self._flaw(event, inner, f"stands here a second time; the first is on line {self.lines[inner]}")
                self._value((*inner, ""), self._next())
                continue
            self.lines[inner] = _line(event)
            found[key] = self._value(inner, self._next())
        return found

    def _key(self, where: Where, event: yaml.Event) -> str:
        value = self._value((*where, ""), event)
        if isinstance(value, str):
            return value
        plain = isinstance(event, yaml.ScalarEvent)
        self._flaw(event, where, "a name here is not text: put it in quotes" if plain else "a name here is not text")
        return str(event.value) if isinstance(event, yaml.ScalarEvent) else f"({_line(event)})"

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        tag = self._loader.resolve(yaml.ScalarNode, text, event.implicit)  # type: ignore[no-untyped-call]
        if tag not in _TYPED or (tag in _NUMBERS and ":" in text):
            return text
        try:
            return self._loader.construct_object(yaml.ScalarNode(tag, text))
        except ValueError:  # 0b_, or more digits than Python turns into a number
            return text

    def _flaw(self, event: yaml.Event, where: Where, text: str) -> None:
        self.flaws.append(Flaw(_line(event), where, text))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _syntax(error: yaml.YAMLError, text: str) -> Unreadable:
    """The parser's own words, which quote nothing of the file, and a remedy for what people most often run into."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return Unreadable(1, "not YAML: the file holds control characters")
    line = ([*text.splitlines(), ""])[min(mark.line, len(text.splitlines()))]
    hint = ""
    if line[mark.column : mark.column + 1] == "\t":
        hint = ": indent with spaces, not with tabs"
    elif "${" in line:
        hint = ': inside { } and [ ], put "${NAME}" in quotes'
    return Unreadable(mark.line + 1, f"not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}{hint}")
