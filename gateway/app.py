"""The composition root: a configuration in, two ASGI applications out. The only module that knows every package.

It builds and orders; it decides nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random

from starlette.routing import Route, Router
from starlette.types import ASGIApp

from gateway.api.auth import Authenticator
from gateway.api.edge import QUIET, Edge
from gateway.api.health import Health, Readiness, Ready
from gateway.api.openapi import OpenApi
from gateway.api.scrape import Scrape
from gateway.api.stores import PATH, ListStores
from gateway.cache.cached import Cached
from gateway.cache.freshness import Windows
from gateway.cache.leases import Leases
from gateway.cache.memory import MemoryStore
from gateway.cache.redis_store import RedisStore
from gateway.cache.rendered import RenderedPage, RenderedStore
from gateway.cache.tickets import RedisTickets
from gateway.config import Config, ConfiguredProvider
from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.core.events import Observer
from gateway.listing.codec import CursorCodec, CursorKey
from gateway.listing.issue import CursorIssuer
from gateway.listing.listing import Listing
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Page
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.tracing import Callee, Tracing, Untraced
from gateway.upstream.guarded import guarded_fetch
from gateway.upstream.transport import open_transport


@dataclass(frozen=True, slots=True)
class Gateway:
    """``public`` answers clients, ``private`` answers Prometheus; both answer probes."""

    public: ASGIApp
    private: ASGIApp


@asynccontextmanager
async def open_gateway(
    config: Config, *, readiness: Readiness, spare_key: bytes, metrics: Metrics, clock: Clock, observer: Observer
) -> AsyncIterator[Gateway]:
    """Everything a configuration asks for, open; it touches neither Redis nor a provider before it is asked to.

    ``spare_key`` seals cursors where the config has no key; ``readiness`` is what probes are told.
    """
    async with AsyncExitStack() as stack:
        tracing = _open_tracing(config, stack, clock=clock)
        observer = tracing.observing(observer)
        redis = _open_redis(config, stack, clock=clock, observer=observer)
        pages = _open_rendered(config, stack, redis, clock=clock, observer=observer)
        upstreams = _open_upstreams(config, stack, tracing, clock=clock, observer=observer)
        cached = _open_cache(config, stack, upstreams, redis, clock=clock, observer=observer)
        issuer = CursorIssuer(
            codec=_codec(config, spare_key),
            tickets=RedisTickets(redis=redis) if redis else None,
            clock=clock,
            max_age=config.cursor.max_age,
            version=config.cursor.format,
        )
        listing = Listing(
            find=config.provider,
            fetch=tracing.asking(cached),
            ahead=tracing.asking_ahead(cached.read_ahead),
            issuer=issuer,
            observer=observer,
            failed_rounds=config.walk.failed_rounds,
            anchors=config.walk.anchors,
        )
        yield Gateway(
            public=tracing.serving(_public(config, listing, pages, readiness, clock=clock, observer=observer)),
            private=_private(config, metrics, readiness, clock=clock, observer=observer),
        )


def _open_tracing(config: Config, stack: AsyncExitStack, *, clock: Clock) -> Tracing:
    """The last to close: what the others do at their end is traced too."""
    options = config.tracing
    if options.endpoint is None:
        return Untraced()
    from gateway.telemetry.otel import OpenTelemetry, exporter  # noqa: PLC0415  # an extra, and slow to import

    bases = ("", config.server.base_path)
    quiet = frozenset(f"{base}{path}" for base in bases for path in QUIET)
    tracing = OpenTelemetry(
        options, exporter(options.endpoint), environment=config.environment, quiet=quiet, clock=clock
    )
    stack.push_async_callback(tracing.aclose)
    return tracing


def _open_redis(config: Config, stack: AsyncExitStack, *, clock: Clock, observer: Observer) -> RedisStore | None:
    options = config.cache
    if options.url is None:
        return None
    redis = RedisStore(url=options.url, prefix=options.prefix, timeout=options.timeout, clock=clock, observe=observer)
    stack.push_async_callback(redis.aclose)
    return redis


def _open_upstreams(
    config: Config, stack: AsyncExitStack, tracing: Tracing, *, clock: Clock, observer: Observer
) -> Fetch:
    """One client for each provider, whatever the number of tenants: a request says whose credential it carries."""
    guarded: dict[str, Fetch] = {}
    for name, options in config.upstreams().items():
        transport = open_transport(options)
        stack.push_async_callback(transport.aclose)
        guarded[name] = guarded_fetch(
            transport=transport,
            options=options,
            clock=clock,
            observer=observer,
            random=Random(),  # noqa: S311  # jitter, no secret
            sleep=asyncio.sleep,
            watched=tracing.attempting(_callee(config.providers[name])),
        )

    async def fetch(request: PageRequest, deadline: Deadline) -> Page:
        return await guarded[request.provider.name](request, deadline)

    return fetch


def _callee(provider: ConfiguredProvider) -> Callee:
    return Callee(provider.name, provider.base_url, provider.spec.path)


def _open_cache(
    config: Config, stack: AsyncExitStack, inner: Fetch, redis: RedisStore | None, *, clock: Clock, observer: Observer
) -> Cached:
    """The outermost of what stands between the engine and a socket: a renewal behind takes the same guarded way."""
    windows = {name: Windows.of(options) for name, options in config.windows().items()}
    cached = Cached(
        inner=inner,
        memory=MemoryStore[Page](config.cache.memory - _rendered_share(config)),
        redis=redis,
        windows=windows.__getitem__,
        clock=clock,
        observe=observer,
        leases=Leases(clock=clock, random=Random(), sleep=asyncio.sleep),  # noqa: S311  # jitter and a name, no secret
        read_ahead=config.cache.read_ahead,
    )
    stack.push_async_callback(cached.aclose)
    return cached


def _open_rendered(
    config: Config, stack: AsyncExitStack, redis: RedisStore | None, *, clock: Clock, observer: Observer
) -> RenderedStore:
    memory = MemoryStore[RenderedPage](_rendered_share(config))
    pages = RenderedStore(memory=memory, redis=redis, clock=clock, observe=observer)
    stack.push_async_callback(pages.aclose)
    return pages


def _rendered_share(config: Config) -> int:
    """Of the memory tier, what whole answers may take: they are small beside the pages they are made of."""
    return config.cache.memory // 4


def _codec(config: Config, spare_key: bytes) -> CursorCodec:
    """A spare key dies with the process that made it: ``Config.warnings`` says so."""
    keys = [CursorKey(secret) for secret in config.cursor_keys() or (spare_key,)]
    return CursorCodec(keys=keys, environment=config.environment, route=PATH)


def _public(
    config: Config, listing: Listing, pages: RenderedStore, readiness: Readiness, *, clock: Clock, observer: Observer
) -> ASGIApp:
    anonymous = config.anonymous_tenant()
    stores = ListStores(
        listing=listing,
        pages=pages,
        meanings={one.name: config.meaning(one) for one in (*config.tenants, anonymous) if one},
        authenticator=Authenticator(keys=config.key_ring(), anonymous=anonymous),
        options=config.server,
        clock=clock,
        observer=observer,
    )
    routes: dict[str, ASGIApp] = {**_probes(readiness), "/openapi.json": OpenApi(config.server, PATH)}
    return _edge(config, routes, {PATH: stores}, clock=clock, observer=observer)


def _private(config: Config, metrics: Metrics, readiness: Readiness, *, clock: Clock, observer: Observer) -> ASGIApp:
    routes: dict[str, ASGIApp] = {**_probes(readiness), "/metrics": Scrape(metrics.render)}
    return _edge(config, routes, {}, clock=clock, observer=observer)


def _probes(readiness: Readiness) -> dict[str, ASGIApp]:
    return {"/healthz": Health(), "/readyz": Ready(readiness)}


def _edge(
    config: Config, routes: dict[str, ASGIApp], front: dict[str, ASGIApp], *, clock: Clock, observer: Observer
) -> ASGIApp:
    """A router alone, without Starlette's error layers: ``Edge`` turns every error into its problem.

    ``front`` is what is asked all the time and needs no router.
    """
    router = Router(routes=[Route(path, endpoint) for path, endpoint in routes.items()], redirect_slashes=False)
    every = frozenset({*routes, *front})
    return Edge(router, front=front, base_path=config.server.base_path, routes=every, clock=clock, observer=observer)
