"""Simulated lists over real HTTP on loopback, each on a port of its own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.demo.responses import gone
from gateway.demo.server import Served
from tests.support.simulated import SimulatedList
from tests.support.simulated_answers import Drop, Hang


def list_path(name: str) -> str:
    """The path of the list that is called ``name``."""
    return f"/v1/lists/{name}/items"


@asynccontextmanager
async def serve(lists: Mapping[str, SimulatedList]) -> AsyncIterator[dict[str, Served]]:
    """Serve each list on its own port, by name: ``url`` is its base URL; it may be stopped and started again.

    From then on the links of a list lead to where it is served.
    """
    async with AsyncExitStack() as stack:
        served = {}
        for name, upstream in lists.items():
            served[name] = one = Served(_app(name, upstream))
            stack.push_async_callback(one.close)
            await one.start()
            upstream.address = one.url + list_path(name)
        yield served


def _app(name: str, upstream: SimulatedList) -> Starlette:
    async def answer(request: Request) -> Response:
        try:
            reply = upstream.answer(parse_qsl(request.url.query, keep_blank_values=True))
        except Hang:
            return await _left(request)
        except Drop:
            hang_up: Callable[[], None] = request.scope["state"]["hang_up"]  # from ``Served``
            hang_up()
            return await _left(request)
        return Response(reply.body, reply.status, reply.headers)

    return Starlette(routes=[Route(list_path(name), answer, methods=["GET"])])


async def _left(request: Request) -> Response:
    """Wait until the client has left; nobody reads the response."""
    await gone(request.receive)
    return Response(status_code=499)
