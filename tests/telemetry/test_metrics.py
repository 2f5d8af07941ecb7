import re
from typing import Any, get_args

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

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
from gateway.telemetry.metrics import BUCKETS, Metrics
from gateway.telemetry.series import Distributions, Numbers

from .samples import EVENTS, LIST, finished

#: what one event of each type in ``EVENTS`` adds
ADDS: dict[type, dict[tuple[str, tuple[str, ...]], float]] = {
    RequestStarted: {("http_requests_in_flight", ()): 1},
    RequestFinished: {
        ("http_requests_total", ("GET", LIST, "200")): 1,
        ("http_request_duration_seconds_count", ("GET", LIST)): 1,
        ("http_request_duration_seconds_sum", ("GET", LIST)): 0.0042,
        ("http_response_bytes_total", (LIST,)): 6000,
        ("http_requests_in_flight", ()): -1,
    },
    RequestCrashed: {("http_request_crashes_total", ()): 1},
    PageServed: {("pages_total", ("partial", "listing")): 1, ("items_served_total", ()): 20},
    ProviderFailed: {("provider_failures_total", ("b3os", "timeout")): 1},
    ProviderStale: {("provider_stale_pages_total", ("b3os",)): 1},
    ItemsLost: {("walk_losses_total", ("b3os", "drifted")): 1},
    CursorRejected: {("cursor_rejections_total", ("forged",)): 1},
    UpstreamCallStarted: {("upstream_calls_in_flight", ("b3os",)): 1},
    UpstreamCallFinished: {
        ("upstream_calls_total", ("b3os", "timeout")): 1,
        ("upstream_call_duration_seconds_count", ("b3os",)): 1,
        ("upstream_call_duration_seconds_sum", ("b3os",)): 3.0,
        ("upstream_response_bytes_total", ("b3os",)): 17,
        ("upstream_calls_in_flight", ("b3os",)): -1,
    },
    UpstreamRetried: {("upstream_retries_total", ("b3os", "timeout")): 1},
    RetryBudgetExhausted: {("upstream_retry_budget_exhausted_total", ("b3os",)): 1},
    RetryBudgetChanged: {("upstream_retry_budget_tokens", ("b3os",)): 7},
    UpstreamBreakerChanged: {
        ("upstream_breaker_state", ("b3os",)): 2,
        ("upstream_breaker_transitions_total", ("b3os", "half_open")): 1,
    },
    CacheLookedUp: {("cache_lookups_total", ("memory", "hit")): 1},
    RenderedLookedUp: {("rendered_lookups_total", ("hit",)): 1},
    CacheStored: {("cache_stores_total", ("redis", "stored")): 1},
    PageLeased: {("page_leases_total", ("b3os", "taken")): 1},
    PageReadAhead: {("read_ahead_pages_total", ("b3os", "used")): 1},
    RedisFailed: {("redis_failures_total", ("get", "TimeoutError")): 1},
    RedisBreakerChanged: {("redis_breaker_open", ()): 1},
    FlightJoined: {("flights_joined_total", ("b3os",)): 1},
    Lifecycle: {("ready", ()): 1},
    ConfigReloaded: {
        ("config_reloads_total", ("applied",)): 1,
        ("config_last_reload_success_timestamp_seconds", ()): 1_704_110_400.0,
    },
    ConfigRejected: {
        ("config_reloads_total", ("rejected",)): 1,
        ("config_last_reload_successful", ()): -1,
    },
    ObserverFailed: {("observer_failures_total", ("Metrics", "KeyError")): 1},
}
#: label names in the order in which the values above are written
LABELS = (
    "tier",
    "operation",
    "observer",
    "provider",
    "method",
    "route",
    "status",
    "outcome",
    "code",
    "reason",
    "state",
)
CLOSED_LABELS = {*LABELS, "completeness", "source", "le", "version", "python"}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    return Metrics(registry)


def ours(registry: CollectorRegistry) -> list[Any]:
    return [family for family in registry.collect() if family.name.startswith("knowledge_gateway_")]


def samples(registry: CollectorRegistry) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample of ours that is not 0, but for the buckets."""
    order = (*LABELS, "completeness", "source", "version", "python")
    return {
        (
            sample.name.removeprefix("knowledge_gateway_"),
            tuple(sample.labels[name] for name in order if name in sample.labels),
        ): sample.value
        for family in ours(registry)
        for sample in family.samples
        if sample.value and not sample.name.endswith(("_bucket", "_build_info"))
    }


def test_there_is_an_expectation_and_a_sample_for_every_event() -> None:
    assert set(ADDS) == set(get_args(Event)) == {type(event) for event in EVENTS}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_adds_what_it_should_and_nothing_else(
    event: Event, metrics: Metrics, registry: CollectorRegistry
) -> None:
    before = samples(registry)
    metrics(event)
    after = samples(registry)
    added = {name: after.get(name, 0) - before.get(name, 0) for name in {*before, *after}}
    assert {name: value for name, value in added.items() if value} == ADDS[type(event)]


def test_a_request_that_is_over_is_no_longer_in_flight(metrics: Metrics, registry: CollectorRegistry) -> None:
    metrics(RequestStarted())
    metrics(finished())
    assert registry.get_sample_value("knowledge_gateway_http_requests_in_flight") == 0


def test_a_method_of_the_clients_own_making_is_counted_as_other(metrics: Metrics, registry: CollectorRegistry) -> None:
    for method in ("BREW", "get", "X" * 5000):
        metrics(finished(method=method))
    assert samples(registry)["http_requests_total", ("other", LIST, "200")] == 3


def test_series_past_the_bound_are_counted_together(registry: CollectorRegistry) -> None:
    numbers = Numbers(CounterMetricFamily, "things_total", "Things.", ("kind",), registry=registry, most=3)
    for kind in range(10):
        numbers.add((str(kind),))
    assert registry.get_sample_value("things_total", {"kind": "2"}) == 1
    assert registry.get_sample_value("things_total", {"kind": "other"}) == 7


def test_a_histogram_counts_what_is_at_most_as_long_as_each_bound(registry: CollectorRegistry) -> None:
    numbers = Distributions("wait_seconds", "Waits.", ("kind",), bounds=(0.1, 1), registry=registry)
    for seconds in (0.05, 0.1, 0.5, 2):
        numbers.observe(("a",), seconds)
    counts = [
        registry.get_sample_value("wait_seconds_bucket", {"kind": "a", "le": le}) for le in ("0.1", "1.0", "+Inf")
    ]
    assert counts == [2, 3, 4]
    assert registry.get_sample_value("wait_seconds_sum", {"kind": "a"}) == 2.65
    assert registry.get_sample_value("wait_seconds_count", {"kind": "a"}) == 4


def test_no_label_can_hold_a_tenant_a_cursor_or_a_url(metrics: Metrics, registry: CollectorRegistry) -> None:
    for event in EVENTS:
        metrics(event)
    found = {label for family in ours(registry) for sample in family.samples for label in sample.labels}
    assert found <= CLOSED_LABELS


def test_nothing_of_a_tenant_an_error_or_a_request_is_exposed(metrics: Metrics) -> None:
    for event in (
        finished(tenant="canary-tenant"),
        PageServed("canary-tenant", "complete", 1),
        ProviderFailed("b3os", "canary-tenant", "timeout", None, "canary-detail", "canary-request"),
        RequestCrashed("canary-request", ValueError("canary-error")),
        Lifecycle("warning", "canary-lifecycle"),
    ):
        metrics(event)
    assert b"canary" not in metrics.render()[0] + metrics.render("application/openmetrics-text")[0]


def test_another_config_begins_with_closed_circuits(metrics: Metrics, registry: CollectorRegistry) -> None:
    metrics(RedisBreakerChanged(open=True))
    metrics(UpstreamBreakerChanged("b3os", "open", "open"))
    metrics(ConfigReloaded(1.0, ()))
    assert registry.get_sample_value("knowledge_gateway_redis_breaker_open") == 0
    assert registry.get_sample_value("knowledge_gateway_upstream_breaker_state", {"provider": "b3os"}) == 0


def test_ready_follows_the_lifecycle_and_a_warning_leaves_it(metrics: Metrics, registry: CollectorRegistry) -> None:
    seen = []
    for stage in ("starting", "ready", "warning", "draining", "stopped"):
        metrics(Lifecycle(stage, ""))
        seen.append(registry.get_sample_value("knowledge_gateway_ready"))
    assert seen == [0, 1, 1, 0, 0]


def test_the_guards_of_another_config_begin_with_closed_circuits(metrics: Metrics, registry: CollectorRegistry) -> None:
    metrics(UpstreamBreakerChanged("b3os", "open", "open"))
    metrics(RetryBudgetChanged("b3os", 20, began=True))
    assert registry.get_sample_value("knowledge_gateway_upstream_breaker_state", {"provider": "b3os"}) == 0


def test_pages_of_every_completeness_exist_before_the_first(metrics: Metrics, registry: CollectorRegistry) -> None:
    for completeness in ("complete", "partial", "failed"):
        assert (
            registry.get_sample_value(
                "knowledge_gateway_pages_total", {"completeness": completeness, "source": "listing"}
            )
            == 0
        )


@pytest.mark.parametrize("deadline", [3, 10, 30])
def test_what_ends_at_a_deadline_has_a_bucket_of_its_own(deadline: float) -> None:
    below = max(bound for bound in BUCKETS if bound <= deadline)
    above = min(bound for bound in BUCKETS if bound > deadline)
    assert deadline - below <= 0.5
    assert above - deadline <= 1


def test_the_build_is_named(registry: CollectorRegistry, metrics: Metrics) -> None:
    build = re.search(rb"^knowledge_gateway_build_info\{(.*)\} 1\.0$", metrics.render()[0], re.MULTILINE)
    assert build
    assert f'version="{__version__}"'.encode() in build[1]


def test_process_platform_and_garbage_collection_are_exposed(registry: CollectorRegistry, metrics: Metrics) -> None:
    names = {family.name for family in registry.collect()}
    assert {"process_cpu_seconds", "python_info", "python_gc_collections"} <= names


def test_names_follow_the_conventions(metrics: Metrics, registry: CollectorRegistry) -> None:
    for family in ours(registry):
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", family.name), family.name
        assert not re.search(r"_(ms|milliseconds|minutes|kb|mb|kib|mib|count|sum|bucket)(_|$)", family.name), (
            family.name
        )
        assert family.documentation.endswith("."), family.name
        assert family.type != "histogram" or family.name.endswith(("_seconds", "_bytes")), family.name
        assert family.type != "gauge" or not family.name.endswith("_total"), family.name


def test_the_default_exposition_is_text_0_0_4(metrics: Metrics) -> None:
    body, content_type = metrics.render()
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert {family.name for family in parse_text(body.decode())} >= {"knowledge_gateway_ready"}
    assert b"_created" not in body


def test_openmetrics_is_given_to_who_asks_for_it(metrics: Metrics) -> None:
    accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"
    body, content_type = metrics.render(accept)
    assert content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    families = parse_openmetrics(body.decode())  # type: ignore[no-untyped-call]
    assert {family.name for family in families} >= {"knowledge_gateway_ready"}


@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text; version=canary", "text/plain; version=canary; escaping=\r\n", ",;=;"]
)
def test_an_odd_accept_is_answered_and_not_repeated(accept: str, metrics: Metrics) -> None:
    assert "canary" not in metrics.render(accept)[1]
    assert b"knowledge_gateway_ready" in metrics.render(accept)[0]
