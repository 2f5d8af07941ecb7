"""A plain Starlette route that returns a page's bytes."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from loadtests.bench.baselines.given import PATH, Given


def app(given: Given) -> ASGIApp:
    body = given.body

    async def page(request: Request) -> Response:
        del request
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route(PATH, page)])
