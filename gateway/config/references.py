"""``${NAME}`` and ``${file:/path}`` inside a text of the config, and what they stand for.

Rules: what a reference gives is text and stays text; it is not looked through again, so nothing in it can refer to
anything. ``$${`` is a literal ``${``. A problem names the variable or the file, never what is in it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.config.document import Document, Where

MAX_FILE_BYTES = 64 * 1024

#: reads at most so many bytes of a file; raises ``OSError`` or, for a path no file can have, ``ValueError``
Read = Callable[[Path, int], bytes]
#: told where in the document, and what is wrong
Tell = Callable[[Where, str], None]

_REFERENCE = re.compile(r"\$?\$\{([^{}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_FORM = "write ${NAME} or ${file:/path}, or $${ for the characters themselves"


class _Unresolved(Exception):
    pass


def read_file(path: Path, limit: int) -> bytes:
    """At most ``limit`` bytes of the file; the ``Read`` of a real file system."""
    with path.open("rb") as file:
        return file.read(limit)


def why_unreadable(error: OSError | ValueError) -> str:
    """The reason in plain words, without the path."""
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return "there is no such file"
        case IsADirectoryError():
            return "it is a directory"
        case PermissionError():
            return "this user may not read it"
        case _:
            return "it cannot be read"


@dataclass(frozen=True, slots=True)
class References:
    """Where references lead. A relative path starts at ``folder``, the folder of the config file."""

    environ: Mapping[str, str]
    folder: Path
    read: Read

    def resolve(self, document: Document, tell: Tell) -> Document:
        """The document with every reference replaced; one that leads nowhere stays as it is written."""
        value = {key: self._walk((key,), inner, tell) for key, inner in document.value.items()}
        return Document(document.file, value, document.lines)

    def _walk(self, where: Where, value: Any, tell: Tell) -> Any:
        if isinstance(value, dict):
            return {key: self._walk((*where, key), inner, tell) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._walk((*where, place), inner, tell) for place, inner in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        try:
            return _REFERENCE.sub(self._replace, value)
        except _Unresolved as problem:
            tell(where, str(problem))
            return value

    def _replace(self, found: re.Match[str]) -> str:
        written, inner = found[0], found[1]
        if written.startswith("$$"):
            return written[1:]
        if not written.endswith("}"):
            raise _Unresolved(f"a reference is not closed: {_FORM}")
        if inner.startswith("file:"):
            return self._file(inner.removeprefix("file:"))
        if not _NAME.match(inner):
            raise _Unresolved(f"a reference is not well formed: {_FORM}")
        if inner not in self.environ:
            raise _Unresolved(f"the environment variable {inner} is not set")
        return self.environ[inner]

    def _file(self, name: str) -> str:
        try:
            data = self.read(self.folder / name, MAX_FILE_BYTES + 1)
        except (OSError, ValueError) as error:
            raise _Unresolved(f"the file {name!r}: {why_unreadable(error)}") from None
        if len(data) > MAX_FILE_BYTES:
            raise _Unresolved(f"the file {name!r}: it is larger than {MAX_FILE_BYTES // 1024} KiB")
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise _Unresolved(f"the file {name!r}: it is not text in UTF-8") from None
        return text.removesuffix("\n").removesuffix("\r")
