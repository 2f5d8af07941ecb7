"""Events as Prometheus samples. Every metric name and label of the gateway stands in this file.

Rules: names and units follow the Prometheus conventions (https://prometheus.io/docs/practices/naming/). A label's
values come from a closed set or from the configuration, never from a client or an upstream: no tenant, cursor, URL or
error text. A metric that should have too many series all the same counts the rest under ``other``.
"""

import platform
from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition as openmetrics

from gateway import __version__
from gateway.core.events import (
    CacheLookedUp,
    CacheStored,
    ConfigRejected,
    ConfigReloaded,
    CursorRejected,
    Event,
    FlightJoined,
    ItemsLost,
    Lifecycle,
    ObserverFailed,
    PageLeased,
    PageReadAhead,
    PageServed,
    ProviderFailed,
    ProviderStale,
    RedisBreakerChanged,
    RedisFailed,
    RenderedLookedUp,
    RequestCrashed,
    RequestFinished,
    RequestStarted,
    RetryBudgetChanged,
    RetryBudgetExhausted,
    UpstreamBreakerChanged,
    UpstreamCallFinished,
    UpstreamCallStarted,
    UpstreamRetried,
)
from gateway.telemetry.series import OTHER, Cell, Distribution, Distributions, Numbers

PREFIX = "knowledge_gateway"
#: seconds; a pair on either side of the attempt timeout (3), the deadline (10) and the longest one (30)
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 3.5, 5, 10, 11, 30, 31)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_OPENNESS = {"closed": 0, "half_open": 1, "open": 2}

_Handlers = dict[type[Any], Callable[[Any], None]]


class Metrics:
    """An observer. One for each registry (None: one of its own), one registry for each process."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        disable_created_metrics()  # type: ignore[no-untyped-call]  # one more series for each of ours, never read
        self._registry = registry
        of_config: list[Numbers] = []  # gauges of what another config replaces
        self._handlers: _Handlers = {
            **_requests(registry),
            **_pages(registry),
            **_upstream(registry),
            **_guards(registry, of_config),
            **_cache(registry, of_config),
            **_process(registry, of_config),
        }

    def __call__(self, event: Event) -> None:
        self._handlers[type(event)](event)

    def handler_of(self, kind: type[Event]) -> Callable[[Any], None]:
        return self._handlers[kind]

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """The exposition and its content type: OpenMetrics 1.0.0 where ``accept`` names it, else text 0.0.4."""
        if "application/openmetrics-text" in accept:
            body: bytes = openmetrics.generate_latest(self._registry)  # type: ignore[no-untyped-call]
            return body, openmetrics.CONTENT_TYPE_LATEST
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4


def _counter(registry: CollectorRegistry, name: str, meaning: str, *labels: str) -> Numbers:
    counter = Numbers(CounterMetricFamily, f"{PREFIX}_{name}", meaning, labels, registry=registry)
    if not labels:  # so that a rate exists before the first
        counter.add((), 0)
    return counter


def _gauge(registry: CollectorRegistry, name: str, meaning: str, *labels: str) -> Numbers:
    gauge = Numbers(GaugeMetricFamily, f"{PREFIX}_{name}", meaning, labels, registry=registry)
    if not labels:
        gauge.set((), 0)
    return gauge


def _histogram(registry: CollectorRegistry, name: str, meaning: str, *labels: str) -> Distributions:
    return Distributions(f"{PREFIX}_{name}", meaning, labels, bounds=BUCKETS, registry=registry)


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
    crashes = _counter(registry, "http_request_crashes_total", "Faults of the gateway's own.")

    serving = in_flight.cell(())
    known: dict[tuple[str, str, int], tuple[Cell, Distribution, Cell]] = {}

    def cells(event: RequestFinished) -> tuple[Cell, Distribution, Cell]:
        """Where such a request is counted, found once for all that are like it."""
        method = event.method if event.method in METHODS else OTHER
        found = (
            total.cell((method, event.route, event.status)),
            seconds.series((method, event.route)),
            size.cell((event.route,)),
        )
        if method is not OTHER:
            known[event.method, event.route, event.status] = found
        return found

    def finished(event: RequestFinished) -> None:
        count, durations, sent = known.get((event.method, event.route, event.status)) or cells(event)
        serving[0] -= 1
        count[0] += 1
        durations.observe(event.seconds)
        sent[0] += event.size

    def started(_: RequestStarted) -> None:
        serving[0] += 1

    return {RequestStarted: started, RequestFinished: finished, RequestCrashed: lambda _: crashes.add(())}


def _pages(registry: CollectorRegistry) -> _Handlers:
    pages = _counter(
        registry, "pages_total", "Listing pages given, whether complete, and from where.", "completeness", "source"
    )
    items = _counter(registry, "items_served_total", "Items on listing pages.")
    failures = _counter(
        registry, "provider_failures_total", "Times a provider could not take part in a page.", "provider", "code"
    )
    stale = _counter(
        registry, "provider_stale_pages_total", "Times an old page stood in for a provider that failed.", "provider"
    )
    losses = _counter(
        registry, "walk_losses_total", "Walks that lost items of a provider, or their place.", "provider", "reason"
    )
    rejections = _counter(registry, "cursor_rejections_total", "Cursors refused.", "reason")
    for completeness in ("complete", "partial", "failed"):  # so that a rate exists before the first failure
        pages.add((completeness, "listing"), 0)
    delivered = items.cell(())

    def served(event: PageServed) -> None:
        pages.add((event.completeness, event.source))
        delivered[0] += event.items

    return {
        PageServed: served,
        ProviderFailed: lambda event: failures.add((event.provider, event.code)),
        ProviderStale: lambda event: stale.add((event.provider,)),
        ItemsLost: lambda event: losses.add((event.provider, event.reason)),
        CursorRejected: lambda event: rejections.add((event.reason,)),
    }


def _upstream(registry: CollectorRegistry) -> _Handlers:
    total = _counter(registry, "upstream_calls_total", "Attempts at upstream pages.", "provider", "outcome")
    seconds = _histogram(registry, "upstream_call_duration_seconds", "Length of upstream attempts.", "provider")
    size = _counter(registry, "upstream_response_bytes_total", "Bytes of upstream bodies read.", "provider")
    in_flight = _gauge(registry, "upstream_calls_in_flight", "Upstream attempts under way.", "provider")
    retries = _counter(registry, "upstream_retries_total", "Attempts made again.", "provider", "code")
    joined = _counter(registry, "flights_joined_total", "Requests that shared another's upstream call.", "provider")

    def finished(event: UpstreamCallFinished) -> None:
        in_flight.add((event.provider,), -1)
        total.add((event.provider, event.outcome))
        seconds.observe((event.provider,), event.seconds)
        size.add((event.provider,), event.size)

    return {
        UpstreamCallStarted: lambda event: in_flight.add((event.provider,)),
        UpstreamCallFinished: finished,
        UpstreamRetried: lambda event: retries.add((event.provider, event.code)),
        FlightJoined: lambda event: joined.add((event.provider,)),
    }


def _guards(registry: CollectorRegistry, of_config: list[Numbers]) -> _Handlers:
    state = _gauge(
        registry,
        "upstream_breaker_state",
        "The circuit to a provider, of the account where it is worst: 0 closed, 1 half-open, 2 open.",
        "provider",
    )
    transitions = _counter(
        registry, "upstream_breaker_transitions_total", "Changes of a circuit's state.", "provider", "state"
    )
    exhausted = _counter(
        registry, "upstream_retry_budget_exhausted_total", "Attempts not made again for want of budget.", "provider"
    )
    tokens = _gauge(registry, "upstream_retry_budget_tokens", "Attempts that may be made again now.", "provider")

    of_config.append(state)

    def changed(event: UpstreamBreakerChanged) -> None:
        transitions.add((event.provider, event.state))
        state.set((event.provider,), _OPENNESS[event.worst])

    def budgeted(event: RetryBudgetChanged) -> None:
        """Told before a provider's first call, so that all that there may be to say of it exists from then on."""
        tokens.set((event.provider,), event.tokens)
        exhausted.cell((event.provider,))
        if event.began:  # another config has guards of its own
            state.set((event.provider,), 0)

    return {
        UpstreamBreakerChanged: changed,
        RetryBudgetChanged: budgeted,
        RetryBudgetExhausted: lambda event: exhausted.add((event.provider,)),
    }


def _cache(registry: CollectorRegistry, of_config: list[Numbers]) -> _Handlers:
    lookups = _counter(registry, "cache_lookups_total", "Look-ups of upstream pages.", "tier", "outcome")
    rendered = _counter(registry, "rendered_lookups_total", "Look-ups of whole pages in Redis.", "outcome")
    stores = _counter(registry, "cache_stores_total", "Upstream pages offered to the cache.", "tier", "outcome")
    leases = _counter(
        registry, "page_leases_total", "Pages that one replica asks for on behalf of all.", "provider", "outcome"
    )
    ahead = _counter(
        registry,
        "read_ahead_pages_total",
        "Upstream pages fetched before a walk asked for them.",
        "provider",
        "outcome",
    )
    failures = _counter(registry, "redis_failures_total", "Failed Redis operations.", "operation", "reason")
    is_open = _gauge(registry, "redis_breaker_open", "1 while Redis is being left alone, else 0.")
    of_config.append(is_open)
    return {
        CacheLookedUp: lambda event: lookups.add((event.tier, event.outcome)),
        RenderedLookedUp: lambda event: rendered.add((event.outcome,)),
        CacheStored: lambda event: stores.add((event.tier, event.outcome)),
        PageReadAhead: lambda event: ahead.add((event.provider, event.outcome)),
        PageLeased: lambda event: leases.add((event.provider, event.outcome)),
        RedisFailed: lambda event: failures.add((event.operation, event.reason)),
        RedisBreakerChanged: lambda event: is_open.set((), event.open),
    }


def _process(registry: CollectorRegistry, of_config: Sequence[Numbers]) -> _Handlers:
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    build = Info("build", "What is running.", namespace=PREFIX, registry=registry)
    build.info({"version": __version__, "python": platform.python_version()})
    ready = _gauge(registry, "ready", "1 while requests are taken, else 0.")
    reloads = _counter(registry, "config_reloads_total", "Changed configs, applied or rejected.", "outcome")
    for outcome in ("applied", "rejected"):
        reloads.add((outcome,), 0)
    sound = _gauge(
        registry, "config_last_reload_successful", "0 while the files hold a config that cannot be used, else 1."
    )
    sound.set((), 1)
    since = _gauge(
        registry,
        "config_last_reload_success_timestamp_seconds",
        "Since when the config is in force; 0: since the start.",
    )
    lost = _counter(registry, "observer_failures_total", "Events that an observer failed on.", "observer", "reason")

    def lifecycle(event: Lifecycle) -> None:
        if event.stage != "warning":
            ready.set((), event.stage == "ready")

    def reloaded(event: ConfigReloaded) -> None:
        for gauge in of_config:
            gauge.clear()
        reloads.add(("applied",))
        sound.set((), 1)
        since.set((), event.at)

    def rejected(_: ConfigRejected) -> None:
        reloads.add(("rejected",))
        sound.set((), 0)

    return {
        ConfigReloaded: reloaded,
        ConfigRejected: rejected,
        Lifecycle: lifecycle,
        ObserverFailed: lambda event: lost.add((event.observer, event.reason)),
    }
