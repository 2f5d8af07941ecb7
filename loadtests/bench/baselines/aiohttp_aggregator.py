"""The same aggregator on aiohttp."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from loadtests.bench.baselines.given import PATH, Call, Given


def app(given: Given) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(starlette: Starlette) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            starlette.state.session = session
            yield

    async def page(request: Request) -> Response:
        session: aiohttp.ClientSession = request.app.state.session
        answers = await asyncio.gather(*(_fetch(session, call) for call in given.calls))
        return JSONResponse({"items": [item for answer in answers for item in answer["items"]]})

    return Starlette(routes=[Route(PATH, page)], lifespan=lifespan)


async def _fetch(session: aiohttp.ClientSession, call: Call) -> Any:
    async with session.get(call.url, headers=call.headers) as answer:
        return await answer.json()
