"""One of every event, told as the gateway tells them."""

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

LIST = "/v1/knowledge-stores"


def finished(
    *, method: str = "GET", status: int = 200, seconds: float = 0.0042, tenant: str | None = "acme"
) -> RequestFinished:
    return RequestFinished(
        method=method,
        route=LIST,
        status=status,
        seconds=seconds,
        size=6000,
        request_id="req-1",
        client="127.0.0.1",
        tenant=tenant,
        problem=None,
    )


EVENTS: tuple[Event, ...] = (
    RequestStarted(),
    finished(),
    RequestCrashed("req-1", ValueError("a message")),
    PageServed("acme", "partial", 20),
    ProviderFailed("b3os", "acme", "timeout", None, "gave no answer within 3 s", "req-1"),
    ProviderStale("b3os", "acme", "req-1"),
    ItemsLost("b3os", "acme", "drifted", "req-1"),
    CursorRejected("forged"),
    UpstreamCallStarted("b3os"),
    UpstreamCallFinished("b3os", "timeout", None, 3.0, 17),
    UpstreamRetried("b3os", "timeout"),
    RetryBudgetExhausted("b3os"),
    RetryBudgetChanged("b3os", 7),
    UpstreamBreakerChanged("b3os", "half_open", "open"),
    CacheLookedUp("memory", "hit"),
    RenderedLookedUp("hit"),
    CacheStored("redis", "stored"),
    PageLeased("b3os", "taken"),
    PageReadAhead("b3os", "used"),
    RedisFailed("get", "TimeoutError"),
    RedisBreakerChanged(open=True),
    FlightJoined("b3os"),
    Lifecycle("ready", "listening on 127.0.0.1:8080"),
    ConfigReloaded(1_704_110_400.0, ("server.port",)),
    ConfigRejected(("gateway.yaml:3: server.port should be a whole number", "tenants is missing")),
    ObserverFailed("Metrics", "KeyError"),
)
