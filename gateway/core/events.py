"""What components tell an observer. Frozen facts; only ``telemetry`` turns them into metrics and log lines.

Rules: no secret, cursor, query string or upstream text in an event; a tenant's name only where a log line needs it
(never a metric label). Durations are in seconds, sizes in bytes.
"""

from collections.abc import Callable
from typing import Literal

from gateway.core.record import Record


class RequestStarted(Record, frozen=True):
    """A client's request is being served (in-flight +1), and exactly one ``RequestFinished`` follows.

    Probes and scrapes send neither.
    """


#: the status of a request whose client left before its answer; never sent
CLIENT_CLOSED_REQUEST = 499


class RequestFinished(Record, frozen=True):
    """A client's request was answered, or its client left (status 499)."""

    method: str
    route: str
    status: int
    seconds: float
    size: int
    request_id: str
    client: str
    tenant: str | None
    problem: str | None


class RequestCrashed(Record, frozen=True):
    """A fault of our own: the one event that carries an exception."""

    request_id: str
    error: BaseException


class PageServed(Record, frozen=True):
    """One listing page was given, built or kept whole."""

    tenant: str
    completeness: Literal["complete", "partial", "failed"]
    items: int
    source: Literal["listing", "memory", "redis"] = "listing"


class ProviderFailed(Record, frozen=True):
    """One provider could not take part in a page."""

    provider: str
    tenant: str
    code: str
    status: int | None
    detail: str
    request_id: str


class ProviderStale(Record, frozen=True):
    """An old page stood in for a provider that failed."""

    provider: str
    tenant: str
    request_id: str


class ItemsLost(Record, frozen=True):
    """A walk says for the first time that items of a provider are missing, or may come again (``lost`` of a page)."""

    provider: str
    tenant: str
    reason: str
    request_id: str


class CursorRejected(Record, frozen=True):
    reason: str


class UpstreamCallStarted(Record, frozen=True):
    provider: str


class UpstreamCallFinished(Record, frozen=True):
    """One attempt at one upstream page. ``outcome`` is ``ok``, ``not_modified``, ``cancelled`` or a ``FailureCode``."""

    provider: str
    outcome: str
    status: int | None
    seconds: float
    size: int


class UpstreamRetried(Record, frozen=True):
    provider: str
    code: str


class RetryBudgetExhausted(Record, frozen=True):
    """An attempt that might have been made again was not: there were too many already."""

    provider: str


class RetryBudgetChanged(Record, frozen=True):
    """``tokens``: how many attempts may be made again now.

    ``began``: before the first call that the guards of this provider let through; its circuits are closed then.
    """

    provider: str
    tokens: int
    began: bool = False


class UpstreamBreakerChanged(Record, frozen=True):
    """The circuit of one account at a provider is in another state.

    ``worst``: the state of the provider's circuit that is the least closed.
    """

    provider: str
    state: Literal["closed", "half_open", "open"]
    worst: Literal["closed", "half_open", "open"]


class CacheLookedUp(Record, frozen=True):
    """``outcome``: hit, stale, miss, corrupt (an entry that failed its checks) or error."""

    tier: Literal["memory", "redis"]
    outcome: Literal["hit", "stale", "miss", "corrupt", "error"]


class RenderedLookedUp(Record, frozen=True):
    """A look-up of a whole page in Redis; ``outcome`` as in ``CacheLookedUp``."""

    outcome: Literal["hit", "miss", "corrupt", "error"]


class CacheStored(Record, frozen=True):
    tier: Literal["memory", "redis"]
    outcome: Literal["stored", "too_large", "error"]


class PageLeased(Record, frozen=True):
    """Which of the replicas asks for an upstream page that none of them has.

    ``outcome``: taken (this one does), served (another's page came), inherited (another gave up, so this one does),
    outwaited (another took too long, so this one does as well).
    """

    provider: str
    outcome: Literal["taken", "served", "inherited", "outwaited"]


class PageReadAhead(Record, frozen=True):
    """What became of an upstream page that was fetched before a walk asked for it.

    ``outcome``: used, unused (nobody asked this replica for it while it could be served), failed, or refused (too many
    were under way, so it was not fetched).
    """

    provider: str
    outcome: Literal["used", "unused", "failed", "refused"]


class RedisFailed(Record, frozen=True):
    """``operation``: get, set, delete, take, release, ping or purge; ``reason`` is the exception's class name."""

    operation: str
    reason: str


class RedisBreakerChanged(Record, frozen=True):
    """``open`` true: Redis is being left alone for a while; false: it answers again."""

    open: bool


class FlightJoined(Record, frozen=True):
    """A request found its upstream page already being fetched and waits for that one."""

    provider: str


class Lifecycle(Record, frozen=True):
    """``stage`` of the process's life; ``failed``: it could not start; ``warning``: something said once at start."""

    stage: Literal["starting", "ready", "draining", "stopped", "failed", "warning"]
    detail: str


class ConfigReloaded(Record, frozen=True):
    """A changed config is in force since ``at`` (Unix time); ``kept`` are settings that only a restart takes over."""

    at: float
    kept: tuple[str, ...]


class ConfigRejected(Record, frozen=True):
    """A changed config cannot be used, and the one before it stays; ``problems`` hold no secret."""

    problems: tuple[str, ...]


class ObserverFailed(Record, frozen=True):
    """An observer raised; what it should have heard is lost. Both are class names."""

    observer: str
    reason: str


Event = (
    RequestStarted
    | RequestFinished
    | RequestCrashed
    | PageServed
    | ProviderFailed
    | ProviderStale
    | ItemsLost
    | CursorRejected
    | UpstreamCallStarted
    | UpstreamCallFinished
    | UpstreamRetried
    | RetryBudgetExhausted
    | RetryBudgetChanged
    | UpstreamBreakerChanged
    | CacheLookedUp
    | RenderedLookedUp
    | CacheStored
    | PageLeased
    | PageReadAhead
    | RedisFailed
    | RedisBreakerChanged
    | FlightJoined
    | Lifecycle
    | ConfigReloaded
    | ConfigRejected
    | ObserverFailed
)

Observer = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Tell nobody: the observer for tools and tests that do not listen."""
    del event
