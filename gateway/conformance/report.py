"""What a probe has found, for people and for programs.

Rules: what comes from the upstream is cut short and holds no control characters, for it goes to a terminal.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import Any

from gateway.conformance.checks import findings, holds
from gateway.conformance.evidence import Evidence
from gateway.conformance.finding import Finding, Level, counted
from gateway.core.store import KnowledgeStore

SHOWN_ITEMS = 5
MAX_VALUE = 36
WIDTH = 118
_COLUMNS = ("native_id", "name", "type", "status", "created_at", "updated_at", "item_count", "size_bytes")


@dataclass(frozen=True, slots=True)
class Report:
    """``items``: the first ones as they are mapped; ``pages``: of the walk by the declared size."""

    provider: str
    type: str
    style: str
    items: tuple[KnowledgeStore, ...]
    count: int
    pages: int
    calls: int
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether no declaration was found wrong."""
        return holds(self.findings)


def reported(provider: str, type_: str, evidence: Evidence, calls: int) -> Report:
    stores = [store for item in evidence.items[:SHOWN_ITEMS] if (store := evidence.store(item))]
    return Report(
        provider=provider,
        type=type_,
        style=evidence.spec.pagination.style,
        items=tuple(stores),
        count=len(evidence.items),
        pages=len(evidence.walk.samples) if evidence.walk else 0,
        calls=calls,
        findings=tuple(findings(evidence)),
    )


def as_json(report: Report) -> str:
    items = [{name: _plain(value) for name, value in store.items() if name != "metadata"} for store in report.items]
    found = [{key: _printable(value) for key, value in asdict(finding).items()} for finding in report.findings]
    counts = {"items_seen": report.count, "pages": report.pages, "calls": report.calls}
    head = {"provider": report.provider, "type": report.type, "style": report.style}
    whole = {**head, **counts, "holds": report.holds, "items": items, "findings": found}
    return json.dumps(whole, indent=2, ensure_ascii=False)


def as_text(report: Report) -> str:
    parts = [_items(report), "\n".join(line for finding in report.findings for line in _lines(finding)), _sum(report)]
    return "\n\n".join(part for part in parts if part)


def _items(report: Report) -> str:
    if not report.items:
        return ""
    stores = [dict(store) for store in report.items]
    columns = [name for name in _COLUMNS if name == "native_id" or any(store[name] is not None for store in stores)]
    rows = [[name.upper() for name in columns], *([_cell(store[name]) for name in columns] for store in stores)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(columns))]
    return "\n".join(_row(row, widths) for row in rows)


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cell(value: Any) -> str:
    return "-" if value is None else str(_plain(value))


def _lines(finding: Finding) -> Iterator[str]:
    """The level and place, then what was seen; what was declared and what to do, where something is wrong."""
    yield from _folded(f"{finding.level:<9}{_printable(finding.about)}: ", finding.seen)
    if finding.level is not Level.OK and finding.declared:
        yield from _folded(" " * 9 + "declared  ", finding.declared)
    if finding.remedy:
        yield from _folded(" " * 9 + ("hint      " if finding.level is Level.OK else "remedy    "), finding.remedy)


def _folded(before: str, text: str) -> Iterator[str]:
    indent = " " * (19 if before.startswith(" ") else 11)
    yield from wrap(
        before + _printable(text), WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _sum(report: Report) -> str:
    levels = [finding.level for finding in report.findings]
    wrong, doubtful = levels.count(Level.ERROR), levels.count(Level.WARNING)
    said = f"{counted(wrong, 'error')}, {counted(doubtful, 'warning')}" if wrong or doubtful else "nothing is wrong"
    asked = (
        f"{counted(report.calls, 'call')} made, {counted(report.count, 'item')} seen on {counted(report.pages, 'page')}"
    )
    return f"{report.provider}, style {report.style}: {said}. {asked}."


def _plain(value: Any) -> Any:
    return _short(value) if isinstance(value, str) else value


def _short(text: str) -> str:
    cut = text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"
    return _printable(cut)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "�" for one in text)
