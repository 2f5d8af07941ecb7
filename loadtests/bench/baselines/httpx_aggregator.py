"""The aggregator one would write by hand: one shared httpx client, all at once, one list; no cursor, no cache."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from loadtests.bench.baselines.given import PATH, Given


def app(given: Given) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(starlette: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient() as client:
            starlette.state.client = client
            yield

    async def page(request: Request) -> Response:
        client: httpx.AsyncClient = request.app.state.client
        answers = await asyncio.gather(*(client.get(call.url, headers=call.headers) for call in given.calls))
        items = [item for answer in answers for item in answer.json()["items"]]
        return JSONResponse({"items": items})

    return Starlette(routes=[Route(PATH, page)], lifespan=lifespan)
