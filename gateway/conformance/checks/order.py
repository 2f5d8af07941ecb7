"""Whether items stand still, in the order that is declared."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from gateway.conformance.evidence import Evidence
from gateway.conformance.finding import Finding, counted, error, ok, warning
from gateway.conformance.sample import Walk
from gateway.core.store import KnowledgeStore

_TIMES = {"created_at", "updated_at"}


def repeated(evidence: Evidence) -> Iterator[Finding]:
    """Whether the first page was the same when it was asked for again."""
    declared = f"stable_order: {str(evidence.spec.stable_order).lower()}"
    if evidence.again is None or not evidence.again.listed:
        return
    if evidence.orderly:
        promise = "" if evidence.spec.stable_order else "; no order is declared to be stable, so walks are best effort"
        seen = f"the first page is the same when asked for again{promise}"
        yield ok("stable_order", seen, declared=declared)
        return
    first, again = evidence.ids(evidence.page_one), evidence.ids(evidence.again)
    what = "the same items in another order" if sorted(first) == sorted(again) else "other items"
    make = error if evidence.spec.stable_order else warning
    yield make(
        "stable_order",
        f"asked for again at once, the first page has {what}: pages of such a list repeat and skip items",
        declared=declared,
        remedy="stable_order: false, and an order of the API's own under query or sort, with a unique field last",
    )


def by_size(evidence: Evidence) -> Iterator[Finding]:
    """Whether smaller pages bring the same sequence."""
    if not evidence.orderly or not evidence.walk:
        return
    whole = evidence.sequence(evidence.walk)
    others = [walk for walk in (evidence.smaller, evidence.ones) if walk and walk.samples[0].items]
    for walk in others:
        if (at := _first_difference(whole, evidence.sequence(walk))) is not None:
            make = error if evidence.spec.stable_order else warning
            size = walk.samples[0].ask.size
            seen = f"by pages of {size} items, item {at + 1} is another than by pages of {evidence.page_one.ask.size}"
            remedy = "stable_order: false, or probe again: the list may have changed"
            yield make(
                "sizes", seen, declared=f"stable_order: {str(evidence.spec.stable_order).lower()}", remedy=remedy
            )
            return
    if others:
        sizes = " and ".join(str(walk.samples[0].ask.size) for walk in others)
        yield ok("sizes", f"pages of {sizes} items bring the same sequence")


def _first_difference(one: Sequence[str], other: Sequence[str]) -> int | None:
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), None)


def once(evidence: Evidence) -> Iterator[Finding]:
    """Whether the walk brought each item once."""
    if not evidence.walk or not evidence.orderly or not evidence.second:
        return
    walk = evidence.walk
    twice = len(list(_repeats(evidence, walk)))
    pages = f"{counted(len(walk.samples), 'page')} of {evidence.page_one.ask.size}"
    bound = ", up to the bound of this probe" if walk.end == "cut" else ""
    if not twice:
        yield ok("walk", f"{counted(len(evidence.items), 'item')} in {pages}, each once{bound}")
        return
    make = error if evidence.spec.stable_order else warning
    seen = f"{twice} of {len(evidence.items)} items came on more than one of {pages}"
    yield make(
        "walk", seen, remedy="ask for an order with a unique field last, or probe again: the list may have moved"
    )


def _repeats(evidence: Evidence, walk: Walk) -> Iterator[str]:
    """Ids that came again, other than those that a page was asked to repeat of the one before."""
    seen: set[str] = set()
    before: list[str] = []
    asked = 0
    samples = walk.samples[:-1] if walk.end == "barren" else walk.samples
    for sample in samples:
        ids = evidence.ids(sample)
        new = ids[asked:] if asked and ids[:asked] == before[-asked:] else ids
        yield from (one for one in new if one in seen)
        seen.update(ids)
        before, asked = ids, sample.page.overlap if sample.page else 0


def sorted_as_said(evidence: Evidence) -> Iterator[Finding]:
    """Whether the declared order is the one that was seen."""
    sort = evidence.spec.sort
    stores = [store for item in evidence.items if (store := evidence.store(item))]
    field = sort.default.removeprefix("-") if sort else "created_at"
    keys = _keys(stores, field)
    seen = _direction(keys) if keys else None
    if sort is None:
        if seen:
            yield ok("order", f"items come by {field}, {seen}; no order is declared")
        return
    declared = f"default: {sort.default}"
    wanted = "descending" if sort.default.startswith("-") else "ascending"
    if not keys:
        yield warning("sort.default", f"{field} is not mapped, or all alike: cannot be checked", declared=declared)
    elif seen == wanted:
        yield ok("sort.default", f"items come by {field}, {seen}", declared=declared)
    else:
        yield _unsorted(field, seen, declared)


def _unsorted(field: str, seen: str | None, declared: str) -> Finding:
    """A time that is not in order is certain; text may be sorted by rules of its own."""
    make = error if field in _TIMES or seen else warning
    if seen:
        remedy = f"default: {'-' if seen == 'descending' else ''}{field}, or exchange ascending and descending"
        return make("sort.default", f"items come by {field}, {seen}", declared=declared, remedy=remedy)
    remedy = f"look at sort.field, sort.direction and sort.fields.{field}: what they send is not honoured"
    return make("sort.default", f"items do not come by {field}", declared=declared, remedy=remedy)


def _keys(stores: Sequence[KnowledgeStore], field: str) -> list[Any]:
    """What the items are to be sorted by; none where it cannot be told."""
    read: Callable[[str], Any] = datetime.fromisoformat if field in _TIMES else str.casefold
    values = [dict(store).get("native_id" if field == "id" else field) for store in stores]
    keys = [read(value) for value in values if isinstance(value, str)]
    return keys if len(keys) == len(values) and len(set(keys)) > 1 else []


def _direction(keys: Sequence[Any]) -> str | None:
    if all(one <= other for one, other in pairwise(keys)):
        return "ascending"
    return "descending" if all(one >= other for one, other in pairwise(keys)) else None
