"""Aitronos: offset paging with ``skip`` and ``limit``, a total and ``has_more``."""

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from gateway.demo.corpus import Corpus
from gateway.demo.credentials import AITRONOS_ORGANIZATION, AITRONOS_TOKEN
from gateway.demo.offset import HasMore, OutOfRange, OutOfRangeError, Total, bounded, has_more, totals
from gateway.demo.order import Order, arrange
from gateway.demo.responses import Page, RefusedError, json_response, render_list, render_object
from gateway.demo.settings import Between
from gateway.demo.shapes import aitronos_store, zulu
from gateway.demo.upstream import Upstream

_CODES = {
    400: ("BAD_REQUEST", "The request is not valid."),
    401: ("AUTHENTICATION_REQUIRED", "Authentication is required to access this resource."),
    403: ("ACCESS_DENIED", "You do not have permission to access this resource."),
    404: ("RESOURCE_NOT_FOUND", "The requested resource was not found."),
    422: ("VALIDATION_ERROR", "The request parameters are not valid."),
    429: ("RATE_LIMIT_EXCEEDED", "Too many requests."),
    500: ("INTERNAL_SERVER_ERROR", "An unexpected error occurred."),
}


@dataclass(slots=True)
class AitronosOptions:
    """The points the document leaves open."""

    order: Order = "insertion"
    default_limit: Annotated[int, Between(1)] = 20
    max_limit: Annotated[int, Between(1)] = 100
    out_of_range: OutOfRange = "refuse"
    refuse_status: Literal[400, 422] = 422
    echo: Literal["used", "asked"] = "used"  # matters where a limit is clamped
    total: Total = "right"
    has_more: HasMore = "right"


class Aitronos(Upstream):
    def __init__(self, size: int = 0, *, seed: int = 0, same_time: int = 2, **options: Any) -> None:
        corpus = Corpus(aitronos_store, size, seed=seed, same_time=same_time)
        self.options = AitronosOptions(**options)
        super().__init__(
            "aitronos",
            "/v1/organizations/{organization_id}/knowledge/stores",
            corpus=corpus,
            options=self.options,
            answer=self.answer,
            failure=self.failure,
            seed=seed,
        )
        self.tokens = {AITRONOS_TOKEN}
        self.organizations = {AITRONOS_ORGANIZATION}

    def answer(self, request: Request) -> Page:
        self._admit(request)
        skip, limit = self._window(request)
        items = arrange(self.corpus, self.options.order, self.random)
        page = items[skip[1] : skip[1] + limit[1]]
        end = skip[1] + len(page)
        shown = 1 if self.options.echo == "used" else 0
        rest = {
            **totals("total", self.options.total, len(items)),
            "skip": skip[shown],
            "limit": limit[shown],
            **has_more("has_more", self.options.has_more, end=end, total=len(items), full=len(page) == limit[1]),
        }
        return Page(render_object("items", render_list(page), rest), len(page))

    def _admit(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token not in self.tokens:
            raise RefusedError(self.failure(401))
        if request.path_params["organization_id"] not in self.organizations:
            raise RefusedError(self.failure(404))

    def _window(self, request: Request) -> tuple[tuple[int, int], tuple[int, int]]:
        options, query = self.options, request.query_params
        try:
            skip = bounded("skip", query.get("skip"), 0, 0, None, beyond=options.out_of_range)
            limit = bounded(
                "limit",
                query.get("limit"),
                options.default_limit,
                1,
                options.max_limit,
                beyond=options.out_of_range,
            )
        except OutOfRangeError as error:
            raise RefusedError(self._error(options.refuse_status, {error.name: error.reason})) from error
        return skip, limit

    def failure(self, status: int) -> Response:
        return self._error(status, {})

    def _error(self, status: int, details: dict[str, Any]) -> Response:
        phrase = HTTPStatus(status).phrase
        code, message = _CODES.get(status, (phrase.upper().replace(" ", "_"), f"{phrase}."))
        system = "Missing or invalid authentication" if status == HTTPStatus.UNAUTHORIZED else phrase
        error = {
            "code": code,
            "message": message,
            "system_message": system,
            "type": "client_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error",
            "status": status,
            "details": details,
            "trace_id": str(UUID(int=self.random.getrandbits(128))),
            "timestamp": zulu(datetime.fromtimestamp(int(self.clock()), UTC)),
        }
        return json_response({"success": False, "error": error}, status)
