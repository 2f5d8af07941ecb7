"""Lists whose pages are counted: by the items to skip, by number, or not at all where there is one."""

from gateway.provider.ends import goes_on, whether_more
from gateway.provider.page import PageToken
from gateway.provider.pagination import OffsetPagination, PagePagination
from gateway.provider.paging import Answer, Query, Step, Traits, sized
from gateway.provider.paths import Getter


class OffsetPaginator:
    """``skip``/``limit``: the token is the offset of the page's first item."""

    def __init__(self, spec: OffsetPagination, size: int, total: Getter | None) -> None:
        self.traits = Traits(overlap=spec.overlap)
        self._offset = spec.offset
        self._size = sized(spec, size)
        self._asked = size
        self._more = whether_more(spec.end, size, total)

    def query(self, token: PageToken | None) -> Query:
        return (*self._size, (self._offset, str(token or 0)))

    def step(self, token: PageToken | None, answer: Answer) -> Step | None:
        offset, received = (token if isinstance(token, int) else 0), len(answer.items)
        more = self._more(answer, offset + received)
        if not goes_on(more, received):
            return None
        overlap = min(self.traits.overlap, received - 1)  # a server of one item at a time is walked without overlap
        return Step(offset + received - overlap, overlap, promised=more is True)

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        if not isinstance(token, int):
            return None
        return max(0, token - max(1, (size or self._asked) - self.traits.overlap)) or None


class PagePaginator:
    """Pages by number: the token is the number. Pages share no items, so the one before is read again."""

    def __init__(self, spec: PagePagination, size: int, total: Getter | None) -> None:
        self.traits = Traits(rereads=spec.reread, meaning=(size, spec.first))
        self._page = spec.page
        self._first = spec.first
        self._size = sized(spec, size)
        self._more = whether_more(spec.end, size, total, first_page=spec.first)

    def query(self, token: PageToken | None) -> Query:
        return (*self._size, (self._page, str(self._first if token is None else token)))

    def step(self, token: PageToken | None, answer: Answer) -> Step | None:
        number, received = (token if isinstance(token, int) else self._first), len(answer.items)
        # pages before may have been of any length, so that one item each is all that is known to have been read
        more = self._more(answer, number - self._first + received, number)
        return Step(number + 1, promised=more is True) if goes_on(more, received) else None

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        del size
        return token - 1 if isinstance(token, int) and token - 1 > self._first else None


class SinglePaginator:
    """One page is all there is."""

    traits = Traits()

    def query(self, token: PageToken | None) -> Query:
        del token
        return ()

    def step(self, token: PageToken | None, answer: Answer) -> Step | None:
        del token, answer
        return None

    def before(self, token: PageToken | None, size: int | None) -> PageToken | None:
        del token, size
        return None
