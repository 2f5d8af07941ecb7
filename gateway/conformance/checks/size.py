"""Whether a page has the size that was asked for."""

from collections.abc import Iterator

from gateway.conformance.evidence import Evidence
from gateway.conformance.finding import Finding, error, ok, warning
from gateway.conformance.sample import Sample
from gateway.provider.pagination import ShortPageEnd, SinglePagination, Sized


def asked(evidence: Evidence) -> Iterator[Finding]:
    pagination = evidence.declared.pagination
    if isinstance(pagination, SinglePagination):
        return
    if pagination.limit is None:
        yield _sent(evidence, pagination)
    elif (ignored := _ignored(evidence)) is not None:
        yield _name(evidence, pagination.limit, ignored)
    else:
        yield _kept(evidence, pagination)


def _sent(evidence: Evidence, pagination: Sized) -> Finding:
    """Where the size cannot be asked for, it is declared."""
    full, declared = _full(evidence), f"page_size: {pagination.page_size}, without limit"
    sizes = {len(page.items) for page in full}
    if not full and len(evidence.page_one.items) <= pagination.page_size:
        return ok("pagination.page_size", "only one page was seen", declared=declared)
    sizes = sizes or {len(evidence.page_one.items)}
    if sizes == {pagination.page_size}:
        return ok("pagination.page_size", f"pages of {pagination.page_size} items", declared=declared)
    make = error if isinstance(getattr(pagination, "end", None), ShortPageEnd) else warning
    remedy = f"page_size: {max(sizes)}, or the limit parameter, if there is one"
    return make("pagination.page_size", f"pages of {_span(sizes)} items", declared=declared, remedy=remedy)


def _ignored(evidence: Evidence) -> int | None:
    """How many items came where fewer were asked for."""
    part, smaller = evidence.part, evidence.smaller
    if part is None or smaller is None:
        return None
    came = len(smaller.samples[0].items)
    return came if came > part else None


def _name(evidence: Evidence, limit: str, came: int) -> Finding:
    seen = f"asked for {evidence.part} items, {came} came: the parameter is ignored"
    tried = evidence.limits[-1] if evidence.limits else None
    if tried and 0 < len(tried.sample.items) <= (evidence.part or 0):
        seen += f"; with {tried.variant.change}, {len(tried.sample.items)} came"
        return error("pagination.limit", seen, declared=f"limit: {limit}", remedy=tried.variant.change)
    remedy = f"name the parameter that asks for a size, or leave limit out and set page_size: {came}"
    return error("pagination.limit", seen, declared=f"limit: {limit}", remedy=remedy)


def _kept(evidence: Evidence, pagination: Sized) -> Finding:
    """Whether full pages are as large as was asked for."""
    size = evidence.page_one.ask.size
    sizes = {len(page.items) for page in _full(evidence) if page.ask.size == size}
    declared = f"page_size: {size}" + (f", max_page_size: {most}" if (most := pagination.max_page_size) else "")
    if sizes and max(sizes) < size:
        if len(sizes) == 1:
            return _clamped(pagination, declared, size, max(sizes))
        return ok("pagination.page_size", f"{size} asked, pages of {_span(sizes)} items came", declared=declared)
    if evidence.smaller and evidence.smaller.samples[0].refused:
        small = evidence.smaller.samples[0].ask.size
        seen = f"a page of {small} items was refused, so that sizes cannot be compared"
        return warning("pagination.page_size", seen, declared=declared)
    if evidence.part is None:
        return ok("pagination.page_size", f"{len(evidence.page_one.items)} items came", declared=declared)
    seen = f"{size} asked, {len(evidence.page_one.items)} came; {evidence.part} asked, {evidence.part} came"
    return ok("pagination.page_size", seen, declared=declared)


def _clamped(pagination: Sized, declared: str, size: int, came: int) -> Finding:
    """An error where the end is told by short pages, or where a largest size is declared that is not served."""
    short = isinstance(getattr(pagination, "end", None), ShortPageEnd)
    make = error if short or (pagination.max_page_size or 0) > came else warning
    seen = f"the server returned {came} where {size} were asked, and more followed"
    remedy = f"max_page_size: {came}, and page_size: {came} or lower"
    return make("pagination.page_size", seen, declared=declared, remedy=remedy)


def largest(evidence: Evidence) -> Iterator[Finding]:
    """Whether ``max_page_size`` is served."""
    sample, pagination = evidence.largest, evidence.declared.pagination
    if sample is None:
        return
    asked, came, declared = sample.ask.size, len(sample.items), f"max_page_size: {pagination.max_page_size}"
    usual = len(evidence.page_one.items)
    if not sample.listed:
        seen = f"a page of {asked} items did not come: {sample.failure.detail if sample.failure else 'no list'}"
        yield error("pagination.max_page_size", seen, declared=declared, remedy=f"max_page_size: {usual}")
    elif came < asked and len(evidence.items) > came:
        seen = f"the server returned {came} where {asked} were asked, and there are more"
        yield error("pagination.max_page_size", seen, declared=declared, remedy=f"max_page_size: {came}")
    else:
        yield ok("pagination.max_page_size", f"{asked} asked, {came} came", declared=declared)


def _full(evidence: Evidence) -> list[Sample]:
    """Pages behind which more came: only the last may have fewer items."""
    return [sample for sample in evidence.followed() if sample.items]


def _span(sizes: set[int]) -> str:
    return str(min(sizes)) if len(sizes) == 1 else f"{min(sizes)} to {max(sizes)}"
