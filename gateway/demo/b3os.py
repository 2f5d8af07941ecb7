"""B3OS: offset paging with ``offset`` and ``limit``, ``hasMore``, no total; knowledge entries, not stores."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from gateway.demo.corpus import Corpus, Item
from gateway.demo.credentials import B3OS_ORGANIZATION, B3OS_TOKEN
from gateway.demo.offset import HasMore, OutOfRange, OutOfRangeError, bounded, has_more
from gateway.demo.order import Order, arrange
from gateway.demo.responses import Page, RefusedError, json_response, render_list, render_object
from gateway.demo.settings import Between
from gateway.demo.shapes import SOURCE_TYPES, b3os_entry
from gateway.demo.upstream import Upstream

_NO_LIMIT = 10**18


@dataclass(slots=True)
class B3osOptions:
    """The points the document leaves open."""

    order: Order = "newest"
    default_limit: Annotated[int, Between(1)] = 50
    max_limit: Annotated[int, Between(1)] | None = 100  # null = none
    out_of_range: OutOfRange = "clamp"
    echo: Literal["used", "asked"] = "used"
    has_more: HasMore = "right"
    wrap: Literal["object", "data_object", "data_list", "list"] = "object"
    unknown_source_type: Literal["empty", "refuse", "ignore"] = "empty"


class B3os(Upstream):
    def __init__(self, size: int = 0, *, seed: int = 0, same_time: int = 2, **options: Any) -> None:
        corpus = Corpus(b3os_entry, size, seed=seed, same_time=same_time, created_field="createdAt")
        self.options = B3osOptions(**options)
        super().__init__(
            "b3os",
            "/v1/organizations/{organization_id}/knowledge",
            corpus=corpus,
            options=self.options,
            answer=self.answer,
            failure=self.failure,
            seed=seed,
        )
        self.tokens = {B3OS_TOKEN}
        self.organizations = {B3OS_ORGANIZATION}

    def answer(self, request: Request) -> Page:
        self._admit(request)
        offset, limit = self._window(request)
        items = self._matching(request.query_params.get("source_type"))
        page = items[offset[1] : offset[1] + limit[1]]
        end = offset[1] + len(page)
        shown = 1 if self.options.echo == "used" else 0
        more = has_more("hasMore", self.options.has_more, end=end, total=len(items), full=len(page) == limit[1])
        return Page(self._wrapped(page, more, {"limit": limit[shown], "offset": offset[shown]}), len(page))

    def _wrapped(self, page: list[Item], more: dict[str, Any], echo: dict[str, Any]) -> bytes:
        items, wrap = render_list(page), self.options.wrap
        if wrap == "list":
            return items
        if wrap == "data_list":
            return render_object("data", items, {**more, "success": True})
        whole = render_object("items", items, {**more, **echo})
        return whole if wrap == "object" else render_object("data", whole, {"success": True})

    def _matching(self, source_type: str | None) -> list[Item]:
        items = arrange(self.corpus, self.options.order, self.random)
        if source_type is None:
            return items
        if source_type not in SOURCE_TYPES:
            if self.options.unknown_source_type == "refuse":
                raise RefusedError(self._error(400, f"unknown source_type: {source_type}"))
            if self.options.unknown_source_type == "ignore":
                return items
        return [item for item in items if item.fields["sourceType"] == source_type]

    def _admit(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token not in self.tokens:
            raise RefusedError(self.failure(401))
        if request.path_params["organization_id"] not in self.organizations:
            raise RefusedError(self.failure(404))

    def _window(self, request: Request) -> tuple[tuple[int, int], tuple[int, int]]:
        options, query = self.options, request.query_params
        high = options.max_limit or _NO_LIMIT
        default = min(options.default_limit, high)
        beyond = options.out_of_range
        try:
            offset = bounded("offset", query.get("offset"), 0, 0, None, beyond=beyond)
            limit = bounded("limit", query.get("limit"), default, 1, high, beyond=beyond)
        except OutOfRangeError as error:
            raise RefusedError(self._error(400, str(error))) from error
        return offset, limit

    def failure(self, status: int) -> Response:
        return self._error(status, HTTPStatus(status).phrase.lower())

    def _error(self, status: int, message: str) -> Response:
        code = HTTPStatus(status).phrase.upper().replace(" ", "_")
        return json_response({"success": False, "error": {"message": message, "code": code}}, status)
