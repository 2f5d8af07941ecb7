"""The declared spec, altered in one point, to see whether the upstream answers to that instead. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway.conformance import clues
from gateway.conformance.fields import identifiers
from gateway.conformance.sample import Ask, Sample
from gateway.core.errors import UpstreamError
from gateway.provider.pagination import (
    BodyLink,
    EmptyPageEnd,
    HeaderLink,
    HeaderSource,
    LastItemPagination,
    LinkPagination,
    NoTokenEnd,
    OffsetPagination,
    PageCountEnd,
    PagePagination,
    SinglePagination,
    Sized,
    TokenPagination,
)
from gateway.provider.paginators import paginator
from gateway.provider.paging import Answer
from gateway.provider.paths import getter
from gateway.provider.spec import ProviderSpec

#: names that list APIs give to these parameters, the most frequent first
OFFSET_NAMES = ("offset", "skip", "start", "from", "startIndex", "start_index")
PAGE_NAMES = ("page", "page_number", "pageNumber", "page_no", "pageNo", "p", "pageIndex", "page[number]")
TOKEN_NAMES = (
    "page_token", "cursor", "pageToken", "next_token", "token", "nextToken", "continuation_token", "next_cursor",
    "after", "starting_after", "continuationToken", "start_cursor",
)  # fmt: skip
AFTER_NAMES = ("after", "starting_after", "after_id", "last_id", "cursor", "start_after", "marker", "since_id")
LIMIT_NAMES = (
    "limit", "page_size", "per_page", "pageSize", "size", "max_results", "maxResults", "count", "first", "perPage",
    "page[size]",
)  # fmt: skip
#: sizes that list APIs have as their largest
USUAL_SIZES = (1000, 500, 250, 200, 100, 50, 25, 20, 10, 5, 1)

#: other names, paths or sizes that are tried before it is given up
MOST_TRIES = 8


@dataclass(frozen=True, slots=True)
class Variant:
    """``change``: what the spec would say, in its own words."""

    change: str
    ask: Ask


@dataclass(frozen=True, slots=True)
class Tried:
    """A variant and what came of it; ``about``: the page that it goes on from, where it does."""

    variant: Variant
    sample: Sample = field(repr=False)
    about: Sample | None = field(default=None, repr=False)


def altered(spec: ProviderSpec, **changes: Any) -> ProviderSpec:
    """The spec with another pagination of the same style."""
    return spec.model_copy(update={"pagination": spec.pagination.model_copy(update=changes)})


def onward(sample: Sample, spec: ProviderSpec) -> Ask | None:
    """The call that ``spec`` would make after ``sample``; None where it would make none."""
    made = paginator(spec.pagination, sample.ask.size)
    try:
        step = made.step(sample.ask.token, Answer(sample.items, sample.value, sample.headers))
    except UpstreamError:
        return None
    return Ask(spec, sample.ask.size, step.token) if step else None


def bare(spec: ProviderSpec) -> ProviderSpec:
    """The spec that sends nothing about pages."""
    return spec.model_copy(update={"pagination": SinglePagination(style="single")})


def sized_alone(spec: ProviderSpec) -> ProviderSpec:
    """The spec that sends the size and nothing else about pages."""
    pagination = spec.pagination
    assert not isinstance(pagination, SinglePagination)
    only = TokenPagination(style="token", token="none", next="none", limit=pagination.limit, page_size=1)  # noqa: S106
    return spec.model_copy(update={"pagination": only})


def smaller_sizes(ask: Ask) -> Iterator[Variant]:
    for size in [size for size in USUAL_SIZES if size < ask.size][:MOST_TRIES]:
        yield Variant(f"page_size: {size}", Ask(ask.spec, size))


def limit_names(ask: Ask, value: Any) -> Iterator[Variant]:
    """The same call with other names for the size."""
    pagination = ask.spec.pagination
    assert not isinstance(pagination, SinglePagination)
    for name in _names(LIMIT_NAMES, pagination.limit, value):
        yield Variant(f"limit: {name}", Ask(altered(ask.spec, limit=name), ask.size, ask.token))


def position_names(ask: Ask, value: Any) -> Iterator[Variant]:
    """The same call with other names for the place where the page starts; then with the other way to count."""
    match ask.spec.pagination:
        case OffsetPagination(offset=declared):
            yield from _renamed(ask, "offset", _names(OFFSET_NAMES, declared, value))
            yield from _paged(ask)
        case PagePagination(page=declared):
            yield from _renamed(ask, "page", _names(PAGE_NAMES, declared, value))
            yield from _skipping(ask)
        case TokenPagination(token=declared):
            yield from _renamed(ask, "token", _names(TOKEN_NAMES, declared, value))
        case LastItemPagination(after=declared):
            yield from _renamed(ask, "after", _names(AFTER_NAMES, declared, value))
        case _:
            return


def _renamed(ask: Ask, key: str, names: list[str]) -> Iterator[Variant]:
    for name in names:
        yield Variant(f"{key}: {name}", Ask(altered(ask.spec, **{key: name}), ask.size, ask.token))


def _paged(ask: Ask) -> Iterator[Variant]:
    """By number, and not the first."""
    for name in PAGE_NAMES[:2]:
        spec = as_pages(altered(ask.spec, offset=name), 1)
        yield Variant(f"style: page, page: {name}", Ask(spec, ask.size, None if ask.token is None else 2))


def _skipping(ask: Ask) -> Iterator[Variant]:
    for name in OFFSET_NAMES[:2]:
        spec = as_offsets(altered(ask.spec, page=name))
        yield Variant(f"style: offset, offset: {name}", Ask(spec, ask.size, None if ask.token is None else 1))


def as_pages(spec: ProviderSpec, first: int) -> ProviderSpec:
    """An offset spec, read as one of page numbers."""
    declared = spec.pagination
    assert isinstance(declared, OffsetPagination)
    return _restyled(spec, PagePagination, style="page", page=declared.offset, first=first, end=declared.end)


def as_offsets(spec: ProviderSpec) -> ProviderSpec:
    """A spec of page numbers, read as one of offsets."""
    declared = spec.pagination
    assert isinstance(declared, PagePagination)
    end = EmptyPageEnd(rule="empty_page") if isinstance(declared.end, PageCountEnd) else declared.end
    return _restyled(spec, OffsetPagination, style="offset", offset=declared.page, end=end)


def _restyled(spec: ProviderSpec, kind: type[Sized], **values: Any) -> ProviderSpec:
    shared = {name: getattr(spec.pagination, name) for name in Sized.model_fields}
    return spec.model_copy(update={"pagination": kind.model_validate({**shared, **values})})


def _names(usual: tuple[str, ...], declared: str | None, value: Any) -> list[str]:
    """Those that the answer itself holds come first: many an API repeats what it was asked."""
    echoed = {path.rpartition(".")[2] for path, _ in clues.scalars(value)}
    others = [name for name in usual if name != declared]
    return sorted(others, key=lambda name: name not in echoed)[:MOST_TRIES]


def keys(sample: Sample) -> Iterator[Variant]:
    """Calls for the page behind the last item, known by another of its fields."""
    pagination = sample.ask.spec.pagination
    if not isinstance(pagination, LastItemPagination):
        return
    found = identifiers(sample.items)
    for path in [path for path in found if path != pagination.key][:MOST_TRIES]:
        spec = altered(sample.ask.spec, key=path, end=EmptyPageEnd(rule="empty_page"))
        yield from _onward(sample, f"key: {path}", spec)


def sources(sample: Sample) -> Iterator[Variant]:
    """Calls for the next page, by what in the answer could be a token or a link to it."""
    pagination = sample.ask.spec.pagination
    if isinstance(pagination, TokenPagination):
        yield from _tokens(sample, pagination)
    elif isinstance(pagination, LinkPagination):
        yield from _links(sample, pagination)


def _tokens(sample: Sample, declared: TokenPagination) -> Iterator[Variant]:
    end = NoTokenEnd(rule="no_token")
    paths = [path for path in clues.tokens(sample.value) if path != declared.next]
    for path in paths[:MOST_TRIES]:
        yield from _onward(sample, f"next: {path}", altered(sample.ask.spec, next=path, end=end))
    for header in clues.token_headers(sample.headers)[:MOST_TRIES]:
        spec = altered(sample.ask.spec, next=HeaderSource(header=header), end=end)
        yield from _onward(sample, f"next: {{header: {header}}}", spec)


def _links(sample: Sample, declared: LinkPagination) -> Iterator[Variant]:
    for path in clues.links(sample.value):
        found = getter(path)(sample.value)
        names = link_params(found, declared)
        source = BodyLink(body=path)
        spec = altered(sample.ask.spec, link=source, params=names)
        yield from _onward(sample, f"link: {{body: {path}}}, params: {listed(names)}", spec)
    for rel, target in clues.header_links(sample.headers):
        names = link_params(target, declared)
        spec = altered(sample.ask.spec, link=HeaderLink(rel=rel), params=names)
        yield from _onward(sample, f"link: {{header: Link, rel: {rel}}}, params: {listed(names)}", spec)


def link_params(link: str, declared: LinkPagination) -> tuple[str, ...]:
    """What moves in a link: its parameters without the size, and without what every call sends."""
    names = dict.fromkeys(name for name, _ in parse_qsl(urlsplit(link).query, keep_blank_values=True))
    return tuple(name for name in names if name != declared.limit)[:MOST_TRIES]


def listed(names: tuple[str, ...]) -> str:
    return f"[{', '.join(names)}]"


def _onward(sample: Sample, change: str, spec: ProviderSpec) -> Iterator[Variant]:
    if ask := onward(sample, spec):
        yield Variant(change, ask)


def beyond(sample: Sample) -> Iterator[Variant]:
    """Calls for what would come behind a page that was declared the last, whatever its rule says."""
    spec = endless(sample.ask.spec)
    match sample.ask.spec.pagination:
        case OffsetPagination() | LastItemPagination():
            yield from _onward(sample, "end: {rule: empty_page}", altered(spec, overlap=0))
        case PagePagination():
            yield from _onward(sample, "end: {rule: empty_page}", spec)
        case TokenPagination(end=declared):
            if not isinstance(declared, NoTokenEnd):
                yield from _onward(sample, "end: {rule: no_token}", spec)
            yield from sources(sample)
        case LinkPagination():
            yield from sources(sample)
        case _:
            return


def endless(spec: ProviderSpec) -> ProviderSpec:
    """The spec that goes on as long as there is something to go on from."""
    match spec.pagination:
        case OffsetPagination() | LastItemPagination() | PagePagination():
            return altered(spec, end=EmptyPageEnd(rule="empty_page"))
        case TokenPagination():
            return altered(spec, end=NoTokenEnd(rule="no_token"))
        case _:
            return spec
