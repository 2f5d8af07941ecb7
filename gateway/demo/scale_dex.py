"""Scale Dex: token paging, or a bare list where no paging parameter is given."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from gateway.demo.corpus import Corpus, Item
from gateway.demo.credentials import SCALE_DEX_ACCOUNT, SCALE_DEX_API_KEY, SCALE_DEX_PROJECT
from gateway.demo.keyset import BadTokenError, Mark, Sort, Ties, mark, seal, unseal
from gateway.demo.offset import Total, totals
from gateway.demo.order import Order
from gateway.demo.responses import Page, RefusedError, json_response, render_list, render_object
from gateway.demo.scale_dex_query import (
    DEFAULT_SIZE,
    SORT_FIELDS,
    Filters,
    InvalidQueryError,
    Query,
    parse,
    refusal,
)
from gateway.demo.settings import Between
from gateway.demo.shapes import scale_dex_store
from gateway.demo.upstream import Upstream

_ORDERS = {
    "insertion": ("place", False),
    "newest": ("created_at", True),
    "oldest": ("created_at", False),
    "shuffled_ties": ("created_at", True),
    "random": ("chance", False),
}


@dataclass(slots=True)
class ScaleDexOptions:
    """The points the document leaves open."""

    order: Order = "newest"  # where the query names no sort_by
    ties: Ties = "id_asc"
    default_page_size: Annotated[int, Between(1)] = DEFAULT_SIZE
    end_shown: Literal["null", "absent"] = "null"  # how "no token" is told
    token_after_full_page: bool = False  # hand out a token after every full page, the last one too
    tokens: Literal["reusable", "single_use"] = "reusable"
    token_ttl: Annotated[float, Between(0)] | None = None  # seconds; 0 expires all tokens given so far
    token_carries_sort: bool = True  # False: sort_by and sort_order must be repeated with a token
    unknown_sort: Literal["refuse", "ignore"] = "refuse"
    end_included: bool = True  # created_at_end itself matches
    total: Total = "right"


class ScaleDex(Upstream):
    def __init__(self, size: int = 0, *, seed: int = 0, same_time: int = 2, **options: Any) -> None:
        corpus = Corpus(scale_dex_store, size, seed=seed, same_time=same_time)
        self.options = ScaleDexOptions(**options)
        super().__init__(
            "scale-dex",
            "/v1/projects/{project_id}/vector-stores",
            corpus=corpus,
            options=self.options,
            answer=self.answer,
            failure=self.failure,
            seed=seed,
        )
        self.keys = {SCALE_DEX_API_KEY}
        self.accounts = {SCALE_DEX_ACCOUNT}
        self.projects = {SCALE_DEX_PROJECT}
        self._used: set[str] = set()
        self._serial = 0

    def answer(self, request: Request) -> Page:
        self._admit(request)
        try:
            query = parse(request.query_params)
            place = self._place(query.token) if query.token is not None else None
            sort = self._sort(query, place)
        except InvalidQueryError as error:
            raise RefusedError(json_response({"detail": error.details}, 422)) from error
        if request.path_params["project_id"] not in self.projects:
            raise RefusedError(self.failure(404))
        items = self._matching(query.filters, sort)
        if not query.paged:
            return Page(render_list(items), len(items))
        return self._page(items, query, place, sort)

    def _page(self, items: list[Item], query: Query, place: Mark | None, sort: Sort) -> Page:
        size = query.page_size or self.options.default_page_size
        at = place.index(items, sort) if place else 0
        start, end = (max(0, at - size), at) if place and place.back else (at, at + size)
        page = items[start:end]
        if self.options.tokens == "single_use" and query.token is not None:
            self._used.add(query.token)
        more = end < len(items) or (self.options.token_after_full_page and len(page) == size)
        rest = {
            **totals("total_count", self.options.total, len(items)),
            **self._token("next_token", page[-1] if more and page else None, sort, back=False),
            **self._token("prev_token", page[0] if start > 0 and page else None, sort, back=True),
        }
        return Page(render_object("items", render_list(page), rest), len(page))

    def _token(self, name: str, item: Item | None, sort: Sort, *, back: bool) -> dict[str, str | None]:
        if item is None:
            return {name: None} if self.options.end_shown == "null" else {}
        issued = None if self.options.token_ttl is None else self.clock()
        serial = None
        if self.options.tokens == "single_use":
            self._serial += 1
            serial = self._serial
        return {name: seal(mark(item, sort, back=back, issued=issued, serial=serial))}

    def _place(self, token: str) -> Mark:
        try:
            place = unseal(token)
        except BadTokenError as error:
            raise _bad_token(token) from error
        ttl = self.options.token_ttl
        expired = ttl is not None and (place.issued is None or self.clock() - place.issued >= ttl)
        if expired or token in self._used:
            raise _bad_token(token)
        return place

    def _sort(self, query: Query, place: Mark | None) -> Sort:
        sort = self._asked_sort(query)
        if place is None or (place.by, place.descending) == (sort.by, sort.descending):
            return sort
        if self.options.token_carries_sort and query.sort_by is None and query.sort_order is None:
            return Sort(place.by, place.descending, sort.ties)
        raise _bad_token(query.token or "")

    def _asked_sort(self, query: Query) -> Sort:
        by, descending = _ORDERS[self.options.order]
        ties = "shuffled" if self.options.order == "shuffled_ties" and not query.sort_by else self.options.ties
        if query.sort_by in SORT_FIELDS:
            by, descending = query.sort_by, False
        elif query.sort_by is not None and self.options.unknown_sort == "refuse":
            raise InvalidQueryError(
                refusal("sort_by", "value_error", f"Value error, must be one of {SORT_FIELDS}", query.sort_by)
            )
        if query.sort_order is not None:
            descending = query.sort_order == "desc"
        return Sort(by, descending, ties)

    def _matching(self, filters: Filters, sort: Sort) -> list[Item]:
        included = self.options.end_included

        def keep(item: Item) -> bool:
            return (
                (filters.name is None or item.fields["name"] == filters.name)
                and (filters.engine is None or item.fields["engine"] == filters.engine)
                and (not filters.ids or item.id in filters.ids)
                and (filters.start is None or item.created >= filters.start)
                and (filters.end is None or item.created < filters.end or (included and item.created == filters.end))
            )

        return sort.arrange(self.corpus, keep, (filters, included), self.random)

    def _admit(self, request: Request) -> None:
        key, account = request.headers.get("x-api-key"), request.headers.get("x-selected-account-id")
        if key is None or account is None:
            raise RefusedError(self.failure(401))
        if key not in self.keys or account not in self.accounts:
            raise RefusedError(self.failure(403))

    def failure(self, status: int) -> Response:
        phrase = "Project not found" if status == HTTPStatus.NOT_FOUND else HTTPStatus(status).phrase
        return json_response({"detail": phrase}, status)


def _bad_token(token: str) -> InvalidQueryError:
    return InvalidQueryError(
        refusal("continuation_token", "value_error", "Value error, invalid continuation token", token)
    )
