"""Whether the next page starts where the spec says."""

from collections.abc import Iterator

from gateway.conformance import clues
from gateway.conformance.evidence import Evidence
from gateway.conformance.finding import Finding, error, ok, warning
from gateway.conformance.position import ELSEWHERE, Verdict, verdict
from gateway.conformance.sample import Sample
from gateway.conformance.variants import Tried
from gateway.provider.pagination import (
    LastItemPagination,
    LinkPagination,
    OffsetPagination,
    PagePagination,
    SinglePagination,
    TokenPagination,
)
from gateway.provider.spec import ProviderSpec

_SEEN = {
    Verdict.ITEMS: "page n + 1 starts one item behind page n: the parameter skips items",
    Verdict.NUMBERS_FROM_0: "skipping one item skips a whole page: the parameter is a page number, from 0 on",
    Verdict.NUMBERS_FROM_1: "1 is the first page and 2 the second: the parameter is a page number, from 1 on",
    Verdict.ROUNDED: "an offset is rounded down to a multiple of the size",
    Verdict.INCLUSIVE: "a page starts at the item that is named, and not behind it",
    Verdict.FIRST_0: "page 0 holds items that come before those of page 1",
    Verdict.FIRST_1: "page 0 holds nothing of its own, and page 1 is the first",
    Verdict.IGNORED: "the first page came again where the second was asked for: the parameter is ignored",
    Verdict.REFUSED: "the call for the second page was refused",
    Verdict.EMPTY: "the second page came empty, and should hold at least what it repeats of the first",
    Verdict.STUCK: "the first page does not lead to a second",
}

#: where the parameter is the right one, and is taken in another way
_REMEDIES = {
    Verdict.ITEMS: "style: offset, offset: {name}",
    Verdict.NUMBERS_FROM_0: "style: page, page: {name}, first: 0",
    Verdict.NUMBERS_FROM_1: "style: page, page: {name}, first: 1",
    Verdict.ROUNDED: "overlap: 0",
    Verdict.INCLUSIVE: "no spec can say that: look for another parameter of the API, or another style",
    Verdict.FIRST_0: "first: 0",
    Verdict.FIRST_1: "first: 1",
}


def place(evidence: Evidence) -> Iterator[Finding]:
    how, pagination = verdict(evidence), evidence.declared.pagination
    about, declared = _declared(evidence.declared)
    if isinstance(pagination, SinglePagination):
        yield from _single(evidence)
    elif how in ELSEWHERE:
        yield _elsewhere(evidence, how, about, declared)
    elif how is Verdict.HONOURED:
        yield ok(about, "pages follow one another", declared=declared)
    elif how is Verdict.UNKNOWN:
        yield from _unknown(evidence, about, declared)
    else:
        changed = "pagination.first" if how in {Verdict.FIRST_0, Verdict.FIRST_1} else about
        yield error(changed, _SEEN[how], declared=declared, remedy=_remedy(how, evidence.declared))


def _unknown(evidence: Evidence, about: str, declared: str) -> Iterator[Finding]:
    """Not told where the walk ended too early, which is told as that."""
    if not evidence.orderly:
        yield warning(about, "the order changes from call to call: not checked", declared=declared)
    elif evidence.second is None and evidence.early is None and evidence.page_one.page:
        yield warning(about, "only one page was seen: how pages follow one another was not checked", declared=declared)


def _remedy(how: Verdict, spec: ProviderSpec) -> str:
    name = getattr(spec.pagination, "page", None) or getattr(spec.pagination, "offset", None)
    return _REMEDIES[how].format(name=name)


def _elsewhere(evidence: Evidence, how: Verdict, about: str, declared: str) -> Finding:
    """The parameter or its source is another; ``moves`` says which, where one was found."""
    seen = _SEEN[how]
    failure = evidence.page_one.failure if how is Verdict.STUCK else None
    if failure:
        seen += f" ({failure.detail})"
    if tried := _moved(evidence):
        key = tried.variant.change.partition(":")[0]
        seen += f"; with {tried.variant.change} it came"
        return error(f"pagination.{key}", seen, declared=declared, remedy=tried.variant.change)
    if how is Verdict.EMPTY and not _overlaps(evidence):
        return ok(about, "an empty page came where more was promised", declared=declared)
    return error(about, seen, declared=declared, remedy=_hints(evidence))


def _moved(evidence: Evidence) -> Tried | None:
    before = evidence.second[0] if evidence.second else evidence.page_one
    last = evidence.moves[-1] if evidence.moves else None
    if last and last.sample.items and evidence.ids(last.sample)[:1] != evidence.ids(before)[:1]:
        return last
    return None


def _overlaps(evidence: Evidence) -> bool:
    page = evidence.second[0].page if evidence.second else None
    return page is not None and page.overlap > 0


def _hints(evidence: Evidence) -> str:
    """What else in the answer could lead on."""
    value, headers = evidence.page_one.value, evidence.page_one.headers
    held = [f"style: link, link: {{body: {path}}}" for path in clues.links(value)]
    held += [f"style: link, link: {{header: Link, rel: {rel}}}" for rel in clues.relations(headers) if rel == "next"]
    held += [f"style: token, next: {path}" for path in clues.tokens(value)]
    held += [f"style: token, next: {{header: {name}}}" for name in clues.token_headers(headers)]
    own = f"style: token, next: {getattr(evidence.declared.pagination, 'next', None)}"
    held = [source for source in held if source != own]
    hint = f"; by what the answer holds it could be {' or '.join(held[:3])}" if held else ""
    return f"none of the usual other names brought the second page{hint}"


def _single(evidence: Evidence) -> Iterator[Finding]:
    """Whether the one page is all there is."""
    value, count = evidence.page_one.value, len(evidence.page_one.items)
    held = [*clues.tokens(value), *clues.links(value), *clues.more_flags(value)]
    held += [f"{path} ({number})" for path, number in clues.counts(value, count + 1).items()]
    held += [f"the Link header's {rel}" for rel in clues.relations(evidence.page_one.headers) if rel == "next"]
    if not held:
        yield ok("pagination.style", f"{count} items, and nothing says that more follow", declared="style: single")
        return
    seen = f"{count} items came, and the answer says that more follow: it has {', '.join(held[:5])}"
    yield error("pagination.style", seen, declared="style: single", remedy="declare how its pages follow one another")


def overlap(evidence: Evidence) -> Iterator[Finding]:
    """Whether a page repeats what it was asked to repeat of the page before."""
    if not evidence.orderly:
        return
    asked = [pair for pair in evidence.pairs() if pair[0].page and pair[0].page.overlap]
    kept = [_repeats(evidence, *pair) for pair in asked]
    if not asked:
        return
    declared = f"overlap: {getattr(evidence.declared.pagination, 'overlap', 0)}"
    if all(kept):
        yield ok("pagination.overlap", f"kept in {len(kept)} of {len(kept)} pages", declared=declared)
        return
    seen = f"{kept.count(False)} of {len(kept)} pages do not start with the last items of the page before"
    make = error if evidence.spec.stable_order or not any(kept) else warning
    yield make(
        "pagination.overlap", seen, declared=declared, remedy="overlap: 0, or probe again: the list may have moved"
    )


def _repeats(evidence: Evidence, before: Sample, after: Sample) -> bool:
    assert before.page
    count = before.page.overlap
    return evidence.ids(before)[-count:] == evidence.ids(after)[:count]


def _declared(spec: ProviderSpec) -> tuple[str, str]:
    """The place in the spec that says where a page starts, and what it says."""
    match spec.pagination:
        case OffsetPagination(offset=name):
            return "pagination.offset", f"style: offset, offset: {name}"
        case PagePagination(page=name, first=first):
            return "pagination.page", f"style: page, page: {name}, first: {first}"
        case TokenPagination(token=name, next=source):
            return "pagination.token", f"style: token, token: {name}, next: {_source(source)}"
        case LastItemPagination(after=name, key=key):
            return "pagination.after", f"style: last_item, after: {name}, key: {key}"
        case LinkPagination(params=names):
            return "pagination.link", f"style: link, params: [{', '.join(names)}]"
        case _:
            return "pagination.style", "style: single"


def _source(source: object) -> str:
    return source if isinstance(source, str) else str(getattr(source, "header", source))
