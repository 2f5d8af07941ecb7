"""Events as Prometheus samples. Every metric name and label of the gateway stands in this file.

Rules: names and units follow the Prometheus conventions (https://prometheus.io/docs/practices/naming/). A label's
values come from a closed set or from the configuration, never from a client or an upstream: no tenant, cursor, URL or
error text. A metric that should outgrow ``MAX_SERIES`` all the same counts the rest under ``other``.
"""

import platform
from collections.abc import Callable
from typing import Any, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.openmetrics import exposition as openmetrics

from gateway import __version__
from gateway.core.events import (
    CacheLookedUp,
    CacheStored,
    CursorRejected,
    Event,
    FlightJoined,
    Lifecycle,
    ObserverFailed,
    PageServed,
    ProviderFailed,
    ProviderStale,
    RedisBreakerChanged,
    RedisFailed,
    RenderedLookedUp,
    RequestCrashed,
    RequestFinished,
    RequestStarted,
    UpstreamCallFinished,
    UpstreamCallStarted,
    UpstreamRetried,
)

PREFIX = "knowledge_gateway"
MAX_SERIES = 1_000
#: seconds; a pair on either side of the attempt timeout (3), the deadline (10) and the longest one (30)
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 3.5, 5, 10, 11, 30, 31)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_Metric = TypeVar("_Metric", bound=MetricWrapperBase)
_Handlers = dict[type[Any], Callable[[Any], None]]


class Metrics:
    """An observer. One for each registry (None: one of its own), one registry for each process."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        disable_created_metrics()  # type: ignore[no-untyped-call]  # one more series for each of ours, never read
        self._registry = registry
        self._handlers: _Handlers = {
            **_requests(registry),
            **_pages(registry),
            **_upstream(registry),
            **_cache(registry),
            **_process(registry),
        }

    def __call__(self, event: Event) -> None:
        self._handlers[type(event)](event)

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """The exposition and its content type: OpenMetrics 1.0.0 where ``accept`` names it, else text 0.0.4."""
        if "application/openmetrics-text" in accept:
            body: bytes = openmetrics.generate_latest(self._registry)  # type: ignore[no-untyped-call]
            return body, openmetrics.CONTENT_TYPE_LATEST
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4


class Series(dict[object, _Metric]):
    """The series of one metric by label value, or by a tuple of them: looking one up there costs more than counting."""

    def __init__(self, metric: _Metric, *, most: int = MAX_SERIES) -> None:
        super().__init__()
        self._metric: _Metric = metric
        self._most = most

    def __missing__(self, key: object) -> _Metric:
        values = key if isinstance(key, tuple) else (key,)
        if len(self) >= self._most:
            return self._metric.labels(*("other" for _ in values))
        series = self[key] = self._metric.labels(*values)
        return series


def _counter(registry: CollectorRegistry, name: str, meaning: str, *labels: str) -> Series[Counter]:
    return Series(Counter(name, meaning, labels, namespace=PREFIX, registry=registry))


def _gauge(registry: CollectorRegistry, name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(name, meaning, labels, namespace=PREFIX, registry=registry)


def _histogram(registry: CollectorRegistry, name: str, meaning: str, *labels: str) -> Series[Histogram]:
    return Series(Histogram(name, meaning, labels, namespace=PREFIX, registry=registry, buckets=BUCKETS))


def _requests(registry: CollectorRegistry) -> _Handlers:
    total = _counter(registry, "http_requests_total", "Requests answered.", "method", "route", "status")
    seconds = _histogram(
        registry,
        "http_request_duration_seconds",
        "From a request's first byte to its answer's last.",
        "method",
        "route",
    )
    size = _counter(registry, "http_response_bytes_total", "Bytes of the bodies sent to clients.", "route")
    in_flight = _gauge(registry, "http_requests_in_flight", "Requests being served.")
    crashes = Counter("http_request_crashes_total", "Faults of the gateway's own.", namespace=PREFIX, registry=registry)

    def finished(event: RequestFinished) -> None:
        method = event.method if event.method in METHODS else "other"
        in_flight.dec()
        total[method, event.route, event.status].inc()
        seconds[method, event.route].observe(event.seconds)
        size[event.route].inc(event.size)

    return {
        RequestStarted: lambda _: in_flight.inc(),
        RequestFinished: finished,
        RequestCrashed: lambda _: crashes.inc(),
    }


def _pages(registry: CollectorRegistry) -> _Handlers:
    pages = _counter(registry, "pages_total", "Listing pages built, by completeness.", "completeness")
    items = Counter("items_served_total", "Items on listing pages.", namespace=PREFIX, registry=registry)
    failures = _counter(
        registry, "provider_failures_total", "Times a provider could not take part in a page.", "provider", "code"
    )
    stale = _counter(
        registry, "provider_stale_pages_total", "Times an old page stood in for a provider that failed.", "provider"
    )
    rejections = _counter(registry, "cursor_rejections_total", "Cursors refused.", "reason")
    for completeness in ("complete", "partial", "failed"):  # so that a rate exists before the first failure
        _ = pages[completeness]

    def served(event: PageServed) -> None:
        pages[event.completeness].inc()
        items.inc(event.items)

    return {
        PageServed: served,
        ProviderFailed: lambda event: failures[event.provider, event.code].inc(),
        ProviderStale: lambda event: stale[event.provider].inc(),
        CursorRejected: lambda event: rejections[event.reason].inc(),
    }


def _upstream(registry: CollectorRegistry) -> _Handlers:
    total = _counter(registry, "upstream_calls_total", "Attempts at upstream pages.", "provider", "outcome")
    seconds = _histogram(registry, "upstream_call_duration_seconds", "Length of upstream attempts.", "provider")
    size = _counter(registry, "upstream_response_bytes_total", "Bytes of upstream bodies read.", "provider")
    in_flight = Series(_gauge(registry, "upstream_calls_in_flight", "Upstream attempts under way.", "provider"))
    retries = _counter(registry, "upstream_retries_total", "Attempts made again.", "provider", "code")
    joined = _counter(registry, "flights_joined_total", "Requests that shared another's upstream call.", "provider")

    def finished(event: UpstreamCallFinished) -> None:
        in_flight[event.provider].dec()
        total[event.provider, event.outcome].inc()
        seconds[event.provider].observe(event.seconds)
        size[event.provider].inc(event.size)

    return {
        UpstreamCallStarted: lambda event: in_flight[event.provider].inc(),
        UpstreamCallFinished: finished,
        UpstreamRetried: lambda event: retries[event.provider, event.code].inc(),
        FlightJoined: lambda event: joined[event.provider].inc(),
    }


def _cache(registry: CollectorRegistry) -> _Handlers:
    lookups = _counter(registry, "cache_lookups_total", "Look-ups of upstream pages.", "tier", "outcome")
    rendered = _counter(registry, "rendered_lookups_total", "Look-ups of whole answers.", "tier", "outcome")
    stores = _counter(registry, "cache_stores_total", "Upstream pages offered to the cache.", "tier", "outcome")
    failures = _counter(registry, "redis_failures_total", "Failed Redis operations.", "operation", "reason")
    is_open = _gauge(registry, "redis_breaker_open", "1 while Redis is being left alone, else 0.")
    return {
        CacheLookedUp: lambda event: lookups[event.tier, event.outcome].inc(),
        RenderedLookedUp: lambda event: rendered[event.tier, event.outcome].inc(),
        CacheStored: lambda event: stores[event.tier, event.outcome].inc(),
        RedisFailed: lambda event: failures[event.operation, event.reason].inc(),
        RedisBreakerChanged: lambda event: is_open.set(event.open),
    }


def _process(registry: CollectorRegistry) -> _Handlers:
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    build = Info("build", "What is running.", namespace=PREFIX, registry=registry)
    build.info({"version": __version__, "python": platform.python_version()})
    ready = _gauge(registry, "ready", "1 while requests are taken, else 0.")
    lost = _counter(registry, "observer_failures_total", "Events that an observer failed on.", "observer", "reason")

    def lifecycle(event: Lifecycle) -> None:
        if event.stage != "warning":
            ready.set(event.stage == "ready")

    return {Lifecycle: lifecycle, ObserverFailed: lambda event: lost[event.observer, event.reason].inc()}
