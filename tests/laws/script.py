"""A walk as a person would write it down: what was asked, what came, and what happened in between."""

from collections.abc import Mapping

from tests.laws.system import Answer
from tests.laws.world import Upstream


class Script:
    """Lines of text; cursors are named ``c1``, ``c2`` in the order in which they were handed out."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._names: dict[str, str] = {}

    def __str__(self) -> str:
        return "\n".join(["", "The walk:", *self._lines])

    def begin(self, upstreams: Mapping[str, Upstream], caching: str) -> None:
        self._lines.append(f"  two replicas, caching {caching}")
        self._lines += [f"  {name}: {_told(one)}" for name, one in upstreams.items()]

    def event(self, what: str) -> None:
        self._lines.append(f"  -- {what}")

    def request(self, replica: int, cursor: str | None, limit: int, answer: Answer, why: str) -> None:
        asked = f"&cursor={self._names.get(cursor, 'of nobody')}" if cursor else ""
        self._lines += [
            f"  {'AB'[replica]}: GET /v1/knowledge-stores?limit={limit}{asked}    (a client {why})",
            f"     {answer.status}: {self._answered(answer)}",
        ]

    def _answered(self, answer: Answer) -> str:
        if answer.status not in {200, 503}:
            return "-"
        if answer.next_cursor is not None:
            self._names.setdefault(answer.next_cursor, f"c{len(self._names) + 1}")
        following = self._names[answer.next_cursor] if answer.next_cursor else "the end"
        calls = ", ".join(f"{name} {count}" for name, count in answer.calls.items() if count)
        said = [f"{name} {_said(one)}" for name, one in answer.reports.items() if _said(one)]
        return "; ".join([", ".join(answer.ids) or "nothing", f"next: {following}", f"calls: {calls or 'none'}", *said])


def _said(report: Mapping[str, object]) -> str:
    error = report["error"]
    code = error["code"] if isinstance(error, Mapping) else None
    words = [str(word) for word in (report["status"], code, report["lost"]) if word and word != "ok"]
    return "is " + ", ".join(words) if words else ""


def _told(one: Upstream) -> str:
    usual = type(one.listed)(one.listed.style)
    names = ["clamp", "short", "flag", "total", "pages", "tokens", "token_life", "single_use", "on_unknown"]
    names += ["trailing", "empties", "link", "link_noise", "beyond", "no_token"]
    ways = {name: getattr(one.listed, name) for name in names if getattr(one.listed, name) != getattr(usual, name)}
    end = one.pagination.get("end", {}).get("rule")
    told = [f"style {one.style}", f"{len(one.listed.rows)} items", f"page size {one.page_size}"]
    return ", ".join([*told, *([f"end {end}"] if end else []), *(f"{name} {way}" for name, way in ways.items())])
