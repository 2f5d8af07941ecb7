"""Which calls a probe makes. Each stage looks at what has been seen so far and adds to it.

Bounds: ``most`` calls for the walk; a walk by smaller pages takes at most ``MOST_SMALLER``, any search at most
``variants.MOST_TRIES``. No stage follows a failure that says that the upstream wants, or needs, to be left alone.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import replace

from gateway.conformance import position, variants
from gateway.conformance.evidence import STOP, Evidence
from gateway.conformance.position import Verdict, verdict
from gateway.conformance.sample import Ask, Sample
from gateway.conformance.variants import Tried, Variant, altered
from gateway.conformance.walking import Answering, walk
from gateway.provider.mapping import mapper
from gateway.provider.pagination import (
    LinkPagination,
    OffsetPagination,
    PagePagination,
    SinglePagination,
)
from gateway.provider.spec import ProviderSpec

MOST_SMALLER = 5
NUMBERS = (0, 1, 2)

Stage = Callable[[Evidence, Answering], Awaitable[Evidence]]


async def examine(name: str, spec: ProviderSpec, size: int, answer: Answering, most: int) -> Evidence:
    """Everything there is to see of a provider within ``most`` pages of ``size`` items."""
    first = await answer(Ask(spec, size))
    evidence = Evidence(spec=spec, store=mapper(name, spec.item), most=most, first=first)
    for stage in (_start, _again, _walks, _positions, _moves, _limits, _largest, _beyond):
        if evidence.fatal or (stage is not _start and evidence.start is None):
            break
        evidence = await stage(evidence, answer)
    return evidence


async def _start(evidence: Evidence, answer: Answering) -> Evidence:
    """A first page with something on it; where the declared one has none, of a variant."""
    first = evidence.first
    if first.items and first.listed:
        return replace(evidence, start=first)
    others = [tried async for tried in _others(first, answer)]
    found = others[-1].sample if others and others[-1].variant.change and others[-1].sample.items else None
    return replace(evidence, others=tuple(others), start=found or (first if first.listed else None))


async def _others(first: Sample, answer: Answering) -> AsyncIterator[Tried]:
    """Variants up to the first that brings items."""
    for variant in _other_starts(first):
        tried = Tried(variant, await answer(variant.ask))
        yield tried
        if tried.sample.items or tried.sample.code in STOP:
            return
    if not first.refused or isinstance(first.ask.spec.pagination, SinglePagination):
        return
    bare = Ask(variants.bare(first.ask.spec), first.ask.size)
    unpaged = Tried(Variant("", bare), await answer(bare))
    yield unpaged
    if not unpaged.sample.listed:
        return  # pages are not the reason
    async for tried in _search(
        await _culprit(first, unpaged.sample, answer), answer, lambda sample: bool(sample.items)
    ):
        yield tried


def _other_starts(first: Sample) -> Iterator[Variant]:
    """Pages that may be counted from elsewhere."""
    spec, size, pagination = first.ask.spec, first.ask.size, first.ask.spec.pagination
    if not (first.refused or first.listed):
        return
    if isinstance(pagination, PagePagination):
        other = 1 - pagination.first
        yield Variant(f"first: {other}", Ask(altered(spec, first=other), size))
    if isinstance(pagination, OffsetPagination) and first.refused:
        yield Variant(f"style: page, page: {pagination.offset}, first: 1", Ask(variants.as_pages(spec, 1), size))


async def _culprit(first: Sample, bare: Sample, answer: Answering) -> Iterable[Variant]:
    """Variants of what the server will not have: the size, its name, or the name of the place."""
    pagination = first.ask.spec.pagination
    assert not isinstance(pagination, SinglePagination)
    placed = isinstance(pagination, OffsetPagination | PagePagination)
    if pagination.limit is None:
        return variants.position_names(first.ask, bare.value)
    sized = await answer(Ask(variants.sized_alone(first.ask.spec), first.ask.size)) if placed else first
    if sized.listed:
        return variants.position_names(first.ask, bare.value)
    return (*variants.smaller_sizes(first.ask), *variants.limit_names(first.ask, bare.value))


async def _search(
    tries: Iterable[Variant], answer: Answering, good: Callable[[Sample], bool], about: Sample | None = None
) -> AsyncIterator[Tried]:
    """One after the other up to the first that is good, within bounds."""
    for variant, _ in zip(tries, range(2 * variants.MOST_TRIES), strict=False):
        sample = await answer(variant.ask)
        yield Tried(variant, sample, about)
        if good(sample) or sample.code in STOP:
            return


async def _again(evidence: Evidence, answer: Answering) -> Evidence:
    return replace(evidence, again=await answer(evidence.page_one.ask))


async def _walks(evidence: Evidence, answer: Answering) -> Evidence:
    """By the declared size, by a third of it, and by one, as far as the size can be chosen."""
    known, ask, part = evidence.known, evidence.page_one.ask, evidence.part
    evidence = replace(evidence, walk=await walk(answer, evidence.page_one, evidence.most, known))
    if part is None or evidence.fatal:
        return evidence
    start = await answer(Ask(ask.spec, part))
    smaller = await walk(answer, start, min(MOST_SMALLER, evidence.most), known)
    evidence = replace(evidence, smaller=smaller)
    if part == 1 or len(start.items) != part or evidence.fatal:
        return evidence
    return replace(evidence, ones=await walk(answer, await answer(Ask(ask.spec, 1)), 2, known))


async def _positions(evidence: Evidence, answer: Answering) -> Evidence:
    """Pages at places of our own choosing."""
    spec, size = evidence.declared, evidence.part or evidence.page_one.ask.size
    match spec.pagination:
        case OffsetPagination():
            return await _offsets(evidence, answer, Ask(spec, max(3, size)))
        case PagePagination(first=first):
            found = dict(_numbered(evidence, size, first))
            for number in NUMBERS:
                if number not in found:
                    found[number] = await answer(Ask(spec, size, number))
            return replace(evidence, positions=found)
        case _:
            return evidence


async def _offsets(evidence: Evidence, answer: Answering, ask: Ask) -> Evidence:
    """Offset 1, and where that brings the first page again, two that tell why: in the first page, and behind it."""
    if len(evidence.page_one.items) < 3 or not evidence.orderly:  # noqa: PLR2004 - else offsets and pages look alike
        return evidence
    found = {1: await answer(replace(ask, token=1))}
    first = evidence.ids(evidence.page_one)[:1]
    if evidence.ids(found[1])[:1] == first:
        for offset in dict.fromkeys((2, ask.size)):
            found[offset] = await answer(replace(ask, token=offset))
    return replace(evidence, positions=found)


def _numbered(evidence: Evidence, size: int, first: int) -> Iterator[tuple[int, Sample]]:
    """Pages that the walks have brought already, by number."""
    for one in evidence.walks:
        for sample in one.samples:
            number = first if sample.ask.token is None else sample.ask.token
            if sample.ask.size == size and isinstance(number, int):
                yield number, sample


async def _moves(evidence: Evidence, answer: Answering) -> Evidence:
    """Where the second page does not come, variants of its call."""
    how = verdict(evidence)
    if how not in position.ELSEWHERE:
        return evidence
    before = evidence.second[0] if evidence.second else evidence.page_one
    first = evidence.ids(before)[:1]

    def moved(sample: Sample) -> bool:
        return bool(sample.items) and evidence.ids(sample)[:1] != first

    tries = _other_seconds(evidence, how, before)
    return replace(evidence, moves=tuple([tried async for tried in _search(tries, answer, moved)]))


def _other_seconds(evidence: Evidence, how: Verdict, before: Sample) -> Iterator[Variant]:
    """The likelier reason first: another name where the place was ignored, another source where it was refused."""
    ask = _second_ask(evidence)
    names = variants.position_names(ask, before.value) if ask.token is not None else iter(())
    others = _other_sources(before)
    first, then = (names, others) if how is Verdict.IGNORED else (others, names)
    yield from first
    yield from then


def _second_ask(evidence: Evidence) -> Ask:
    spec, size = evidence.declared, evidence.part or evidence.page_one.ask.size
    match spec.pagination:
        case OffsetPagination():
            return Ask(spec, size, 1)
        case PagePagination(first=first):
            return Ask(spec, size, first + 1)
        case _:
            return (evidence.second or (None, evidence.page_one))[1].ask


def _other_sources(before: Sample) -> Iterator[Variant]:
    match before.ask.spec.pagination:
        case OffsetPagination() | PagePagination() | SinglePagination():
            return
        case LinkPagination():
            yield from variants.sources(before)
        case _:
            yield from variants.keys(before)
            yield from variants.sources(before)


async def _limits(evidence: Evidence, answer: Answering) -> Evidence:
    """Where more items came than were asked for, other names for the size."""
    part = evidence.part
    if part is None or evidence.smaller is None or len(evidence.smaller.samples[0].items) <= part:
        return evidence
    tries = variants.limit_names(Ask(evidence.declared, part), evidence.page_one.value)

    def kept(sample: Sample) -> bool:
        return 0 < len(sample.items) <= part

    return replace(evidence, limits=tuple([tried async for tried in _search(tries, answer, kept)]))


async def _largest(evidence: Evidence, answer: Answering) -> Evidence:
    """The largest page that is declared, where that is not the one asked for anyhow."""
    pagination, ask = evidence.declared.pagination, evidence.page_one.ask
    if isinstance(pagination, SinglePagination) or pagination.limit is None:
        return evidence
    if pagination.max_page_size is None or pagination.max_page_size <= evidence.first.ask.size:
        return evidence
    return replace(evidence, largest=await answer(replace(ask, size=pagination.max_page_size)))


async def _beyond(evidence: Evidence, answer: Answering) -> Evidence:
    """Behind the page that was declared the last: of the whole walk, and of the one by smaller pages."""
    if not evidence.orderly or verdict(evidence) in position.BROKEN:
        return evidence
    found: list[Tried] = []
    for one in evidence.walks:
        if one.end == "declared" and one is not evidence.ones:
            seen = set(evidence.sequence(one))

            def more(sample: Sample, seen: set[str] = seen) -> bool:
                return bool(set(evidence.ids(sample)) - seen)

            tries = variants.beyond(one.last)
            found += [tried async for tried in _search(tries, answer, more, about=one.last)]
    return replace(evidence, beyond=tuple(found))
