"""The paginator of each style."""

from typing import assert_never

from gateway.provider.counted import OffsetPaginator, PagePaginator, SinglePaginator
from gateway.provider.led import LastItemPaginator, LinkPaginator, TokenPaginator
from gateway.provider.pagination import (
    LastItemPagination,
    LinkPagination,
    OffsetPagination,
    PagePagination,
    Pagination,
    SinglePagination,
    TokenPagination,
)
from gateway.provider.paging import Paginator
from gateway.provider.paths import Getter


def paginator(spec: Pagination, size: int, total: Getter | None = None) -> Paginator:
    """The paginator of a spec; ``size`` is what every call asks for, ``total`` finds the list's own count."""
    match spec:
        case OffsetPagination():
            return OffsetPaginator(spec, size, total)
        case PagePagination():
            return PagePaginator(spec, size, total)
        case TokenPagination():
            return TokenPaginator(spec, size)
        case LastItemPagination():
            return LastItemPaginator(spec, size)
        case LinkPagination():
            return LinkPaginator(spec, size)
        case SinglePagination():
            return SinglePaginator()
        case _:
            assert_never(spec)
