"""Lays out what the site of the documentation is built from: ``docs/``, and the files elsewhere that its pages link to.

In the repository a page links to files beside ``docs/``. A site has nothing there, so these are copied under
``repository/``, and links follow them. ``python -m scripts.docs_source`` writes it all to ``build/docs-source``.
"""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SOURCE = ROOT / "build/docs-source"

#: a link or picture: its target, and the anchor there
LINK = re.compile(r"(?<=\]\()([^()\s#]*)(#[^()\s]*)?(?=\))")
_ELSEWHERE = re.compile(r"[a-z]+:")


def is_local(target: str) -> bool:
    return bool(target) and not _ELSEWHERE.match(target)


def place(path: Path) -> Path:
    """Where a file of the repository is in the site."""
    return path.relative_to(DOCS) if path.is_relative_to(DOCS) else "repository" / path.relative_to(ROOT)


def linked(page: Path) -> dict[str, Path]:
    """What a page links to inside of the repository: the target as written, and the file."""
    targets = {found[1] for found in LINK.finditer(page.read_text()) if is_local(found[1])}
    return {target: Path(os.path.normpath(page.parent / target)) for target in targets}


def rewritten(page: Path) -> str:
    """A page with its links as they are in the site."""
    files = linked(page)
    return LINK.sub(lambda found: _target(found, page, files) + (found[2] or ""), page.read_text())


def _target(found: re.Match[str], page: Path, files: dict[str, Path]) -> str:
    file = files.get(found[1])
    return Path(os.path.relpath(place(file), place(page).parent)).as_posix() if file else found[1]


def write(folder: Path) -> None:
    waiting = [path for path in sorted(DOCS.rglob("*")) if path.is_file()]
    done: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in done:
            done.add(path)
            is_page = path.suffix == ".md"
            _put(folder / place(path), path, rewritten if is_page else Path.read_bytes)
            waiting += linked(path).values() if is_page else ()


def _put(where: Path, path: Path, read: Callable[[Path], str | bytes]) -> None:
    content = read(path)
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_bytes(content.encode() if isinstance(content, str) else content)


if __name__ == "__main__":
    shutil.rmtree(SOURCE, ignore_errors=True)
    write(SOURCE)
