"""What an answer holds that a spec could have meant: paths to lists, tokens, links, flags and counts. Pure.

Names decide what to try first, never what is true: that is for the upstream to say.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.provider.ends import count
from gateway.provider.links import linked
from gateway.provider.paths import MISSING

MAX_DEPTH = 4
MAX_PATHS = 500

_WRITABLE = re.compile(r"[^.\s$][^.\s]*\Z")
_TOKEN = re.compile(r"next|cursor|token|continu|after|marker|bookmark|scroll|last_?(id|key)", re.IGNORECASE)
_BACK = re.compile(
    r"prev|before|first|self|request|trace|session|start_?cursor|retry|csrf|xsrf|auth|access|secret|usage|max|count",
    re.IGNORECASE,
)
_FLAG = re.compile(r"more|next|last|end|complete|done|final|truncated", re.IGNORECASE)
_MORE = re.compile(r"more|next|truncated", re.IGNORECASE)
_COUNT = re.compile(r"total|count|found|hits|size|number|num|length|results", re.IGNORECASE)
_PAGES = re.compile(r"pages?", re.IGNORECASE)
_LINK = re.compile(r"(https?://|//|/|\?).*[?].*=|\?.*=|https?://", re.IGNORECASE)
_RELATIONS = ("next", "last", "first", "prev", "self")


def scalars(value: Any, before: str = "", depth: int = MAX_DEPTH) -> Iterator[tuple[str, Any]]:
    """Every path of objects alone that ends in something that is neither an object nor a list."""
    if not isinstance(value, dict) or depth == 0:
        return
    for name, inner in list(value.items())[:MAX_PATHS]:
        if not _WRITABLE.match(name):
            continue
        if isinstance(inner, dict):
            yield from scalars(inner, f"{before}{name}.", depth - 1)
        elif not isinstance(inner, list):
            yield f"{before}{name}", inner


def lists(value: Any) -> list[str]:
    """Where lists of objects are, the longest first; an empty list counts as one."""
    found = dict(_lists(value))
    return sorted(found, key=lambda path: -found[path])


def _lists(value: Any, path: str = "", depth: int = MAX_DEPTH) -> Iterator[tuple[str, int]]:
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        yield path or "$", len(value)
    if isinstance(value, dict) and depth:
        for name, inner in list(value.items())[:MAX_PATHS]:
            if _WRITABLE.match(name):
                yield from _lists(inner, f"{path}.{name}" if path else name, depth - 1)


def tokens(value: Any) -> list[str]:
    """Paths to what could be the token of the next page."""
    found = [
        path
        for path, inner in scalars(value)
        if _is_token(inner) and _TOKEN.search(path) and not _BACK.search(path) and not is_link(inner)
    ]
    return sorted(found, key=lambda path: "next" not in path.lower())


def token_headers(headers: Mapping[str, str]) -> list[str]:
    """Names of response headers that could hold it."""
    return [name for name, value in headers.items() if value and _TOKEN.search(name) and not _BACK.search(name)]


def links(value: Any) -> list[str]:
    """Paths to what could be a link to the next page."""
    found = [path for path, inner in scalars(value) if is_link(inner) and _TOKEN.search(path)]
    return [path for path in found if not _BACK.search(path)]


def header_links(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """The usual relations of the ``Link`` header that could be the next page's, and their targets."""
    found = {rel: linked("link", rel)(headers) for rel in _RELATIONS}
    return [(rel, str(target)) for rel, target in found.items() if target is not MISSING and rel == "next"]


def relations(headers: Mapping[str, str]) -> list[str]:
    """The usual relations that the ``Link`` header has."""
    return [rel for rel in _RELATIONS if linked("link", rel)(headers) is not MISSING]


def is_link(value: Any) -> bool:
    return isinstance(value, str) and bool(_LINK.match(value))


def flags(value: Any) -> list[str]:
    """Paths to truth values that could say whether more follows."""
    found = [path for path, inner in scalars(value) if isinstance(inner, bool) and _FLAG.search(path)]
    return sorted(found, key=lambda path: "more" not in path.lower())


def more_flags(value: Any) -> list[str]:
    """Those of them that say so of this page."""
    held = dict(scalars(value))
    return [path for path in flags(value) if held[path] is True and _MORE.search(path)]


def counts(value: Any, least: int = 0) -> dict[str, int]:
    """Paths to whole numbers from ``least`` on that could be the number of all items, those named so first."""
    held = [(path, count(inner)) for path, inner in scalars(value) if _COUNT.search(path) and not _PAGES.search(path)]
    found = [(path, inner) for path, inner in held if inner is not None and inner >= least]
    return dict(sorted(found, key=lambda pair: "total" not in pair[0].lower()))


def page_counts(value: Any) -> dict[str, int]:
    """The same for the number of pages."""
    held = [(path, count(inner)) for path, inner in scalars(value) if _PAGES.search(path)]
    found = [(path, inner) for path, inner in held if inner is not None]
    return dict(sorted(found, key=lambda pair: not _COUNT.search(pair[0])))


def _is_token(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""
