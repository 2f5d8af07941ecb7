"""The gateway's HTTP side on a real port, over lists in memory: two tenants, each with lists of its own."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from msgspec.structs import replace
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.api.auth import Authenticator
from gateway.api.edge import Edge
from gateway.api.health import Health, Readiness, Ready
from gateway.api.keys import KeyRing, digest
from gateway.api.openapi import OpenApi
from gateway.api.options import ServerOptions
from gateway.api.problems import HttpError
from gateway.api.stores import PATH, ListStores
from gateway.cache.memory import MemoryStore
from gateway.cache.redis_store import RedisStore
from gateway.cache.rendered import RenderedPage, RenderedStore
from gateway.core.deadline import Deadline
from gateway.core.events import Event, RequestFinished
from gateway.core.tenant import Tenant
from gateway.listing.codec import CursorCodec, CursorKey
from gateway.listing.issue import CursorIssuer, TicketStore
from gateway.listing.listing import Listing
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Origin, Page
from gateway.provider.provider import Provider
from gateway.service import Listener, bound
from tests.support.clock import ManualClock
from tests.support.lists import UpstreamList, Upstreams, provider

HOST = "127.0.0.1"
KEY = CursorKey(bytes(range(64)))
ACME = {"authorization": "Bearer acme-key"}
GLOBEX = {"x-api-key": "globex-key"}
FETCHED = Origin(forwarded="uri-miss", stored=True)


def shown(value: Any) -> str:
    """The id of a row in a table of a test."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:40]}...{len(text)}"


def stores(prefix: str, count: int) -> list[dict[str, Any]]:
    return [{"id": f"{prefix}{number}", "name": f"{prefix} store {number}"} for number in range(count)]


def acme_lists() -> dict[str, UpstreamList]:
    return {
        "7up": UpstreamList.of("b3os", *stores("s", 3)),
        "aitronos": UpstreamList.of("aitronos", *stores("a", 7)),
        "scale-dex": UpstreamList.of("scale-dex", *stores("d", 5)),
    }


def globex_lists() -> dict[str, UpstreamList]:
    return {
        "aitronos": UpstreamList.of("aitronos", *stores("x", 4)),
        "globex-only": UpstreamList.of("b3os", *stores("y", 2)),
    }


@dataclass
class World:
    """A ``Fetch`` over the lists of every tenant, each page with the origin its provider was given.

    Once ``gate`` is closed every call waits behind it.
    """

    clock: ManualClock = field(default_factory=ManualClock)
    lists: dict[str, dict[str, UpstreamList]] = field(
        default_factory=lambda: {"acme": acme_lists(), "globex": globex_lists(), "nobody": {}}
    )
    origins: dict[str, Origin] = field(default_factory=dict)
    requests: list[PageRequest] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def acme(self) -> dict[str, UpstreamList]:
        return self.lists["acme"]

    def tenant(self, name: str) -> Tenant:
        return Tenant(name, tuple(sorted(self.lists[name])))

    def fail(self, failure: Exception | None, *names: str) -> None:
        """From now on these providers of acme, or all of them, fail every call; with None they recover."""
        for name in names or self.acme:
            self.acme[name].fault = lambda _: failure

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        self.requests.append(request)
        self.deadlines.append(deadline)
        self.begun.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        page = await Upstreams(self.lists[request.tenant], self.clock)(request, deadline)
        return replace(page, origin=self.origins.get(request.provider.name, FETCHED))


@dataclass
class Served:
    """``client`` has no key of its own."""

    world: World
    client: httpx.AsyncClient
    port: int
    events: list[Event]
    readiness: Readiness
    answered: asyncio.Event

    async def get(self, query: Any = None, *, method: str = "GET", path: str = PATH, **headers: str) -> httpx.Response:
        """A request of acme; ``query`` is a string or fields, an underscore in a header's name a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, path, params=query, headers=ACME | named)

    async def raw(self, data: bytes) -> bytes:
        """Everything that comes back on a connection of its own on which ``data`` was sent."""
        reader, writer = await asyncio.open_connection(HOST, self.port)
        try:
            writer.write(data)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()

    async def finished(self, count: int = 1) -> list[RequestFinished]:
        """The access events, once there are ``count``."""
        while len(found := [event for event in self.events if isinstance(event, RequestFinished)]) < count:
            self.answered.clear()
            await self.answered.wait()
        return found


@asynccontextmanager
async def serving(
    *,
    options: ServerOptions | None = None,
    anonymous: str | None = None,
    tickets: TicketStore | None = None,
    world: World | None = None,
    redis: RedisStore | None = None,
) -> AsyncIterator[Served]:
    """The gateway; ``anonymous`` is the tenant of requests without a key."""
    world, options = world or World(), options or ServerOptions(port=0)
    events: list[Event] = []
    answered, readiness = asyncio.Event(), Readiness(ready=True)

    def observe(event: Event) -> None:
        events.append(event)
        answered.set()

    authenticator = Authenticator(
        keys=KeyRing({digest("acme-key"): world.tenant("acme"), digest("globex-key"): world.tenant("globex")}),
        anonymous=world.tenant(anonymous) if anonymous else None,
    )
    listing = _listing(world, tickets, observe)
    listing_app = ListStores(
        listing=listing,
        pages=RenderedStore(memory=MemoryStore[RenderedPage](1024**2), redis=redis, clock=world.clock, observe=observe),
        meanings={name: name.encode() for name in world.lists},
        authenticator=authenticator,
        options=options,
        clock=world.clock,
        observer=observe,
    )
    routes: dict[str, ASGIApp] = {
        PATH: listing_app,
        "/healthz": Health(),
        "/readyz": Ready(readiness),
        "/openapi.json": OpenApi(options, PATH),
    }
    router = Router([Route(path, app) for path, app in routes.items()], redirect_slashes=False, default=_nothing)
    edge = Edge(
        router,
        front={PATH: listing_app},
        base_path=options.base_path,
        routes=frozenset(routes),
        clock=world.clock,
        observer=observe,
    )
    async with _listening(edge, options) as port, _client(port) as client:
        yield Served(world, client, port, events, readiness, answered)


def _listing(world: World, tickets: TicketStore | None, observe: Any) -> Listing:
    providers = _providers(world.lists)
    codec = CursorCodec(keys=[KEY], environment="test", route=PATH)
    return Listing(
        find=lambda tenant, name: providers.get((tenant.name, name)),
        fetch=world,
        issuer=CursorIssuer(codec=codec, tickets=tickets, clock=world.clock, max_age=86_400),
        observer=observe,
        failed_rounds=3,
        anchors=8,
    )


def _providers(lists: Mapping[str, Mapping[str, UpstreamList]]) -> dict[tuple[str, str], Provider]:
    return {
        (tenant, name): provider(upstream.type, name)
        for tenant, those in lists.items()
        for name, upstream in those.items()
    }


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    raise HttpError("not-found", f"The listing is at {PATH}.")


@asynccontextmanager
async def _listening(app: ASGIApp, options: ServerOptions) -> AsyncIterator[int]:
    """The real server's protocol and settings, without its loop, which looks ten times a second what there is to do."""
    sock = bound(HOST, 0)
    config, state = Listener(app, sock, options).config, ServerState()
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: HttpToolsProtocol(config, state, {}, loop), sock=sock)
    try:
        yield sock.getsockname()[1]
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        await server.wait_closed()


def _client(port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False, verify=False, timeout=20)
