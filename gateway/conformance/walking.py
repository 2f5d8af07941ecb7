"""Page after page, as a spec leads."""

from collections.abc import Awaitable, Callable

from gateway.conformance.sample import Ask, Known, Sample, Walk, WalkEnd

#: empty pages in a row that lead on, after which it is no list any more
MAX_EMPTY = 3

Answering = Callable[[Ask], Awaitable[Sample]]


async def walk(answer: Answering, start: Sample, most: int, known: Known) -> Walk:
    """From ``start`` on, which counts as one of at most ``most`` pages."""
    samples = [start]
    seen = {known(item) for item in start.items}
    barren = 0 if seen else 1
    while (end := _end(samples, barren, most)) is None:
        sample = await answer(following(samples[-1]))
        samples.append(sample)
        new = {known(item) for item in sample.items} - seen
        barren = 0 if new else barren + 1
        seen |= new
    return Walk(tuple(samples), end)


def _promised(samples: list[Sample]) -> bool:
    """Whether the last call was one to which the page before it had said that it leads."""
    before = samples[-2].page if len(samples) > 1 else None
    return before is None or before.promised


def following(sample: Sample) -> Ask:
    """The call for the page that a page leads to."""
    assert sample.page is not None
    return Ask(sample.ask.spec, sample.ask.size, sample.page.next)


def _end(samples: list[Sample], barren: int, most: int) -> WalkEnd | None:
    last = samples[-1]
    if last.page is None:
        return "barren" if last.refused and not _promised(samples) else "failed"
    if last.page.next is None:
        return "declared"
    if barren and (last.items or not last.page.promised or barren > MAX_EMPTY):
        return "barren"
    return "cut" if len(samples) >= most else None
