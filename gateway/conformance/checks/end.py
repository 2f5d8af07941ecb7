"""Whether the declared end is the end, and comes."""

from collections.abc import Iterator
from typing import Any

from gateway.conformance import clues
from gateway.conformance.evidence import Evidence
from gateway.conformance.finding import Finding, counted, error, ok, warning
from gateway.conformance.sample import Sample, Walk
from gateway.core.errors import FailureCode
from gateway.provider.ends import count
from gateway.provider.pagination import (
    EmptyPageEnd,
    FlagEnd,
    LinkPagination,
    NoTokenEnd,
    PageCountEnd,
    ShortPageEnd,
    SinglePagination,
    TokenPagination,
    TotalEnd,
)
from gateway.provider.paths import MISSING, Paths, first_of

ABOUT = "pagination.end"
#: texts of tokens that often mean that there is none
SENTINELS = {"0", "-1", "null", "none", "nil", "false", "end", "undefined"}
FROM_ITEMS = "end: {rule: empty_page}"


def end(evidence: Evidence) -> Iterator[Finding]:
    """Too early, never, or where it is said to be."""
    if isinstance(evidence.declared.pagination, SinglePagination) or not evidence.orderly:
        return
    if evidence.early:
        yield _too_early(evidence, *evidence.early)
    elif (broken := next(_broken(evidence), None)) is not None:
        yield broken
    else:
        yield from _as_declared(evidence)


def _as_declared(evidence: Evidence) -> Iterator[Finding]:
    match rule(evidence):
        case FlagEnd(has_more=paths):
            yield _flag(evidence, paths)
        case TotalEnd(total=paths):
            yield _number(evidence, paths, "total", len(evidence.items))
        case PageCountEnd(pages=paths):
            yield _number(evidence, paths, "pages", _pages(evidence))
        case ShortPageEnd():
            yield _reached(evidence, "rule: short_page")
        case EmptyPageEnd():
            yield _reached(evidence, "rule: empty_page", hint=_cheaper(evidence))
        case _:
            yield _led(evidence)


def rule(evidence: Evidence) -> Any:
    """The declared rule; None where the style is its own."""
    return getattr(evidence.declared.pagination, "end", None)


def _words(evidence: Evidence) -> str:
    match rule(evidence):
        case FlagEnd(has_more=paths):
            return f"rule: flag, has_more: {written(paths)}"
        case TotalEnd(total=paths):
            return f"rule: total, total: {written(paths)}"
        case PageCountEnd(pages=paths):
            return f"rule: page_count, pages: {written(paths)}"
        case None:
            return "the page without a link is the last"
        case other:
            return f"rule: {other.rule}"


def written(paths: Paths) -> str:
    return paths if isinstance(paths, str) else f"[{', '.join(paths)}]"


def _too_early(evidence: Evidence, last: Sample, tried: Any) -> Finding:
    seen, change = (
        f"the end was declared after a page of {counted(len(last.items), 'item')}, and more came behind it",
        tried.variant.change,
    )
    held = rule(evidence)
    if isinstance(held, NoTokenEnd) or held is None:
        key = change.partition(":")[0]
        seen = f"the walk ended after a page of {counted(len(last.items), 'item')}, and {change} leads on from there"
        return error(f"pagination.{key}", seen, declared=_source(evidence), remedy=change)
    if isinstance(held, ShortPageEnd):
        seen += f"; {last.ask.size} were asked for"
        size = len(last.items)
        remedy = f"page_size: {size} and max_page_size: {size} where pages are never larger, or {_otherwise(last)}"
        return error(ABOUT, seen, declared=_words(evidence), remedy=remedy)
    return error(ABOUT, f"{seen}{_said(held, last)}", declared=_words(evidence), remedy=_remedy(held, last, change))


def _said(held: Any, last: Sample) -> str:
    """What stood at the declared place."""
    paths = held.has_more if isinstance(held, FlagEnd) else held.total if isinstance(held, TotalEnd) else None
    paths = held.pages if isinstance(held, PageCountEnd) else paths
    found = first_of(paths)(last.value) if paths is not None else MISSING
    return f"; it says {str(found).lower()}" if isinstance(found, bool | int) else ""


def _remedy(held: Any, last: Sample, change: str) -> str:
    others: dict[str, Any] = {}
    if isinstance(held, TotalEnd):
        counts = clues.counts(last.value, len(last.items) + 1)
        others = {path: number for path, number in counts.items() if path not in _several(held.total)}
        return f"end: {{rule: total, total: {next(iter(others))}}}" if others else FROM_ITEMS
    if isinstance(held, PageCountEnd):
        pages = [path for path, number in clues.page_counts(last.value).items() if number > 1]
        others = {path: path for path in pages if path not in _several(held.pages)}
        return f"end: {{rule: page_count, pages: {next(iter(others))}}}" if others else FROM_ITEMS
    return _otherwise(last) if change == FROM_ITEMS else change


def _otherwise(last: Sample) -> str:
    """Another way to tell the end, from what a page that is not the last says."""
    flags = clues.more_flags(last.value)
    return f"end: {{rule: flag, has_more: {flags[0]}}}" if flags else FROM_ITEMS


def _source(evidence: Evidence) -> str:
    match evidence.declared.pagination:
        case TokenPagination(next=source):
            return f"next: {source if isinstance(source, str) else written_source(source)}"
        case LinkPagination(link=link):
            return f"link: {written_source(link)}"
        case _:
            return ""


def written_source(source: Any) -> str:
    if isinstance(source, tuple):
        return written(source)
    shown = ", ".join(f"{key}: {value if isinstance(value, str) else written(value)}" for key, value in source)
    return f"{{{shown}}}"


def _broken(evidence: Evidence) -> Iterator[Finding]:
    """A walk that neither ended nor could go on."""
    for walk in evidence.walks:
        if walk.end == "failed" and not walk.samples[0].refused:  # then it is the size that is refused
            yield from _stopped(evidence, walk)
        elif walk.end == "barren" and walk.promised:
            yield _circle(evidence, walk)


def _stopped(evidence: Evidence, walk: Walk) -> Iterator[Finding]:
    last, number = walk.samples[-1], len(walk.samples)
    detail = last.failure.detail if last.failure else ""
    seen, remedy = f"the walk fails on page {number}: {detail}", ""
    if last.refused:
        remedy = _sentinel(walk) or "look at what leads on from the page before it"
    elif last.code is FailureCode.LOOP and not last.items:
        remedy = FROM_ITEMS
    elif last.code is FailureCode.LOOP:
        remedy = "end_on_repeated_token: true where the last page names itself as the next"
    elif isinstance(rule(evidence), FlagEnd):
        others = [path for path in clues.flags(last.value) if path not in _several(rule(evidence).has_more)]
        remedy = f"has_more: {others[0]}" if others else "another rule for the end"
    yield error(ABOUT, seen, declared=_words(evidence), remedy=remedy)


def _circle(evidence: Evidence, walk: Walk) -> Finding:
    before, last = walk.samples[-2:]
    if set(evidence.ids(last)) <= set(evidence.ids(before)) and isinstance(rule(evidence), FlagEnd):
        seen = f"page {len(walk.samples) - 1} is the last, and says that more follows"
        return error(ABOUT, seen, declared=_words(evidence), remedy=FROM_ITEMS)
    seen = f"page {len(walk.samples)} holds nothing new, though more was said to follow: the walk would not end"
    remedy = _sentinel(walk) or (FROM_ITEMS if not walk.last.items else "look at what leads on from the page before it")
    return error(ABOUT, seen, declared=_words(evidence), remedy=remedy)


def _sentinel(walk: Walk) -> str:
    ask = walk.samples[-1].ask
    token = str(ask.token)
    known = isinstance(ask.spec.pagination, TokenPagination) and token.lower() in SENTINELS
    return f'end_tokens: ["", "{token}"]' if known else ""


def _flag(evidence: Evidence, paths: Paths) -> Finding:
    samples = [sample for walk in evidence.walks for sample in walk.samples]
    found = [first_of(paths)(sample.value) for sample in samples]
    said = sum(isinstance(one, bool) for one in found)
    if said:
        return _reached(evidence, _words(evidence), seen=f"said on {said} of {len(found)} pages")
    null = any(one is None for one in found)
    seen = "it is null on every page" if null else "no page has it"
    others = [path for path in clues.flags(samples[0].value) if path not in _several(paths)]
    held = f"; they do have {', '.join(others)}" if others else ""
    remedy = f"has_more: {others[0]}" if others else FROM_ITEMS
    sure = not null and (others or any(True for _ in evidence.followed()))
    return (error if sure else warning)(ABOUT, f"{seen}{held}", declared=_words(evidence), remedy=remedy)


def _several(paths: Paths) -> tuple[str, ...]:
    return (paths,) if isinstance(paths, str) else paths


def _number(evidence: Evidence, paths: Paths, name: str, came: int) -> Finding:
    """A count that is to say when all has been read: of items or of pages."""
    sample = evidence.walk.last if evidence.walk else evidence.page_one
    stated = count(first_of(paths)(sample.value))
    others = clues.counts(sample.value, came) if name == "total" else clues.page_counts(sample.value)
    known = [path for path in others if path not in _several(paths)]
    remedy = f"{name}: {known[0]}" if known else FROM_ITEMS
    if stated is None:
        held = f"; it has {', '.join(known)}" if known else ""
        sure = known or any(True for _ in evidence.followed())
        seen = f"no whole number there{held}"
        return (error if sure else warning)(ABOUT, seen, declared=_words(evidence), remedy=remedy)
    if evidence.whole and stated != came:
        seen = f"it says {stated}, {came} {'items' if name == 'total' else 'pages'} came"
        return warning(ABOUT, seen, declared=_words(evidence), remedy=remedy)
    return _reached(evidence, _words(evidence), seen=f"it says {stated}")


def _pages(evidence: Evidence) -> int:
    walk = evidence.walk
    if walk is None:
        return 1
    return len(walk.samples) - (walk.end == "barren")


def _reached(evidence: Evidence, declared: str, *, seen: str = "", hint: str = "") -> Finding:
    """That the end came, in one of the walks, and nothing behind it."""
    ended = next((walk for walk in evidence.walks if walk.end in {"declared", "barren"}), None)
    before = f"{seen}; " if seen else ""
    if ended is None:
        bound = f"the end was not reached within {counted(evidence.most, 'page')}"
        return ok(ABOUT, f"{before}{bound}", declared=declared, remedy=hint)
    tried = " and nothing came behind it" if ended.end == "declared" and evidence.beyond else ""
    return ok(ABOUT, f"{before}reached{tried}", declared=declared, remedy=hint)


def _cheaper(evidence: Evidence) -> str:
    flags = clues.flags(evidence.page_one.value)
    return f"end: {{rule: flag, has_more: {flags[0]}}} would save the last call" if flags else ""


def _led(evidence: Evidence) -> Finding:
    """Where the answer leads on: that it did, or that all that is said to be there has come at once."""
    walk, came = evidence.walk, len(evidence.items)
    stated = _stated(evidence)
    if any(True for _ in evidence.followed()):
        return _reached(evidence, _words(evidence))
    if walk and walk.end == "declared" and stated is not None and stated > came:
        about = "pagination.next" if isinstance(evidence.declared.pagination, TokenPagination) else "pagination.link"
        seen = f"the walk ended after {counted(came, 'item')}, and the answer says that there are {stated}"
        return error(about, seen, declared=_source(evidence), remedy="name what leads on from a page")
    if walk and walk.end == "declared" and (more := clues.more_flags(walk.last.value)):
        seen = f"the walk ended after {counted(came, 'item')}, and {more[0]} says that more follow"
        return error("pagination.next", seen, declared=_source(evidence), remedy="name what leads on from a page")
    return _reached(evidence, _words(evidence))


def _stated(evidence: Evidence) -> int | None:
    value = evidence.walk.last.value if evidence.walk else None
    if evidence.spec.response.total is not None:
        return count(first_of(evidence.spec.response.total)(value))
    return next((number for path, number in clues.counts(value).items() if "total" in path.lower()), None)
