"""The pages of the documentation, taken apart."""

import re
from collections.abc import Iterator
from pathlib import Path

from scripts.docs_source import DOCS, ROOT

#: pages of the site, and others that readers are sent to
PAGES = (
    *sorted(DOCS.rglob("*.md")),
    ROOT / "README.md",
    ROOT / "ARCHITECTURE.md",
    ROOT / "helm/knowledge-store-gateway/README.md",
    ROOT / "loadtests/README.md",
)

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_PROMPT = "$ "


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text(page: str) -> str:
    """Of a page under docs/."""
    return (DOCS / page).read_text()


def blocks(page: Path, language: str) -> list[str]:
    return [found[2] for found in _BLOCK.finditer(page.read_text()) if found[1] == language]


def headings(page: Path) -> list[str]:
    return _HEADING.findall(_BLOCK.sub("", page.read_text()))


def anchors(page: Path) -> set[str]:
    """As hosts of repositories make them of headings, and the site does too."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(page)}


def section(page: str, heading: str) -> str:
    """What stands under a heading, to the next one of its level or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,2}} |\Z)", text(page), re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[2]


def rows(markdown: str) -> list[list[str]]:
    """The cells of every table, without the headers."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    rules = [place for place, line in enumerate(lines) if set(line) <= set("|-")]
    return [cells[place] for place in range(len(cells)) if place not in rules and place + 1 not in rules]


def words(cell: str) -> list[str]:
    """What a cell names in code font."""
    return re.findall(r"`([^`]+)`", cell)


def commands(page: Path) -> Iterator[str]:
    """Each command of the ``console`` blocks: behind a prompt where there is one, else every line."""
    for block in blocks(page, "console"):
        lines = re.sub(r"\\\n\s*", "", block).splitlines()
        prompted = [line.removeprefix(_PROMPT) for line in lines if line.startswith(_PROMPT)]
        yield from prompted or [line for line in lines if line.strip() and not line.startswith("#")]
