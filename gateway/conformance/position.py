"""How an upstream takes the parameter that says where a page starts. Pure."""

from enum import Enum, auto
from itertools import pairwise

from gateway.conformance.evidence import Evidence
from gateway.conformance.sample import Sample
from gateway.conformance.variants import endless, onward
from gateway.provider.pagination import LastItemPagination, OffsetPagination, PagePagination, SinglePagination


class Verdict(Enum):
    HONOURED = auto()
    UNKNOWN = auto()
    """There is too little to see it by."""
    IGNORED = auto()
    """The first page comes again."""
    REFUSED = auto()
    EMPTY = auto()
    """The next page holds nothing, though more was said to follow."""
    STUCK = auto()
    """What the answer says of the next page makes no sense."""
    ITEMS = auto()
    """It skips so many items, where a page number is declared."""
    NUMBERS_FROM_0 = auto()
    """It takes a page number, where an offset is declared."""
    NUMBERS_FROM_1 = auto()
    ROUNDED = auto()
    """It takes an offset, and rounds it down to whole pages."""
    INCLUSIVE = auto()
    """A page starts at the item that is named, and not behind it."""
    FIRST_0 = auto()
    """A page number, and the first is 0, where 1 is declared."""
    FIRST_1 = auto()


#: those with which nothing behind the first page can be relied on
BROKEN = frozenset(Verdict) - {Verdict.HONOURED, Verdict.UNKNOWN}
#: those for which another parameter may be the right one
ELSEWHERE = frozenset({Verdict.IGNORED, Verdict.REFUSED, Verdict.EMPTY, Verdict.STUCK})


def verdict(evidence: Evidence) -> Verdict:
    if not evidence.orderly or not evidence.page_one.items:
        return Verdict.UNKNOWN
    match evidence.declared.pagination:
        case OffsetPagination(overlap=overlap):
            return _offset(evidence, overlap)
        case PagePagination(first=first):
            return _page(evidence, first)
        case SinglePagination():
            return Verdict.UNKNOWN
        case _:
            return _led(evidence)


def _offset(evidence: Evidence, overlap: int) -> Verdict:
    first, at_one = evidence.ids(evidence.page_one), evidence.positions.get(1)
    if at_one is None:
        return Verdict.UNKNOWN
    ids = evidence.ids(at_one)
    if at_one.refused or not ids:
        return Verdict.REFUSED if at_one.refused else Verdict.EMPTY
    if ids[0] == first[1]:
        return Verdict.HONOURED
    if ids[0] != first[0]:
        return Verdict.NUMBERS_FROM_0
    how = _same_place(evidence, first)
    # without an overlap, only whole pages are skipped
    return Verdict.HONOURED if how is Verdict.ROUNDED and not overlap else how


def _same_place(evidence: Evidence, first: list[str]) -> Verdict:
    """Offset 1 brought the first page: the offset is ignored, rounded, or a page number that starts at 1."""
    positions = {at: evidence.ids(sample) for at, sample in evidence.positions.items()}
    if (two := positions.get(2)) and two[0] != first[0]:
        return Verdict.NUMBERS_FROM_1
    page = max(positions)
    return Verdict.ROUNDED if positions[page] and positions[page][0] != first[0] else Verdict.IGNORED


def _page(evidence: Evidence, first: int) -> Verdict:
    pages = [_numbered(evidence, number) for number in range(3)]
    if any(_shifted(one, other) for one, other in pairwise(pages)):
        return Verdict.ITEMS
    zero, one, two = pages
    if first == 1:
        # no walk from page 1 on brings the very first item; where one does, page 0 is the last, counted back to
        if zero and zero[0] not in _walked(evidence):
            return Verdict.FIRST_0
        return _moves(one, two)
    if one and (not zero or zero == one):
        return Verdict.IGNORED if zero and two == one else Verdict.FIRST_1
    return _moves(zero, one)


def _walked(evidence: Evidence) -> set[str]:
    return {one for walk in evidence.walks for one in evidence.sequence(walk)}


def _moves(page: list[str], following: list[str]) -> Verdict:
    if not following:
        return Verdict.UNKNOWN
    return Verdict.IGNORED if page == following else Verdict.HONOURED


def _numbered(evidence: Evidence, number: int) -> list[str]:
    sample = evidence.positions.get(number)
    return evidence.ids(sample) if sample else []


def _shifted(page: list[str], following: list[str]) -> bool:
    """Whether the second is the first, one item on."""
    return len(page) > 1 and len(following) > 1 and following[0] == page[1]


def _led(evidence: Evidence) -> Verdict:
    pair = evidence.second
    if pair is None:
        return _first_step(evidence.page_one)
    before, after = evidence.ids(pair[0]), evidence.ids(pair[1])
    if pair[1].refused or (not after and not pair[1].listed):
        return Verdict.REFUSED
    keyed = isinstance(evidence.declared.pagination, LastItemPagination)
    if not after:
        return Verdict.EMPTY if keyed and expects_items(pair[0]) else Verdict.HONOURED
    if after[: len(before)] == before[: len(after)]:
        return Verdict.IGNORED
    named = before[-1 - (pair[0].page.overlap if pair[0].page else 0) :]
    return Verdict.INCLUSIVE if keyed and after[: len(named)] == named else Verdict.HONOURED


def expects_items(sample: Sample) -> bool:
    """Whether the page behind this one should hold something: what it repeats of this one, or what was promised."""
    return sample.page is not None and (sample.page.overlap > 0 or sample.page.promised)


def _first_step(page_one: Sample) -> Verdict:
    """Where it is only the end that cannot be told, the place of a next page can."""
    leads = page_one.page or onward(page_one, endless(page_one.ask.spec))
    return Verdict.UNKNOWN if leads else Verdict.STUCK
