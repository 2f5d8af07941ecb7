"""Events as log lines: JSON on standard output, or ``key=value`` for people.

One line for every request, and one for what an operator should know. The rest is counted, not logged.
"""

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, BinaryIO

from structlog.typing import FilteringBoundLogger

from gateway.core.clock import Clock
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
from gateway.telemetry.library import route_libraries
from gateway.telemetry.lines import line_logger
from gateway.telemetry.options import LogOptions
from gateway.telemetry.stack import class_name, stack
from gateway.telemetry.throttle import Throttle

#: the level of the most severe line that there may be about these; of the others there may be errors
_SEVEREST: dict[type[Any], int] = {
    RequestFinished: logging.WARNING,
    ProviderFailed: logging.WARNING,
    ProviderStale: logging.WARNING,
    ItemsLost: logging.WARNING,
    RedisFailed: logging.WARNING,
    RedisBreakerChanged: logging.WARNING,
    RetryBudgetExhausted: logging.WARNING,
    UpstreamBreakerChanged: logging.WARNING,
    CursorRejected: logging.DEBUG,
    UpstreamCallFinished: logging.DEBUG,
    UpstreamRetried: logging.DEBUG,
}
#: seconds between two lines that say the same
EVERY = 10.0


def configure(options: LogOptions, *, clock: Clock, stream: BinaryIO | None = None) -> "Logs":
    """The observer that writes to ``stream`` (None: standard output), and with it the log of every library."""
    log = line_logger(options, clock=clock, stream=stream or _standard_output())
    throttle = Throttle(every=EVERY, clock=clock)
    route_libraries(log, throttle=throttle)
    return Logs(log, throttle=throttle)


def _standard_output() -> BinaryIO:
    """Unbuffered where that can be had: a line is one system call, and none is left over for a pipe that has closed."""
    sys.stdout.flush()
    unbuffered: BinaryIO = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
    return unbuffered


class Logs:
    """An observer."""

    def __init__(self, log: FilteringBoundLogger, *, throttle: Throttle) -> None:
        self._log = log
        self._throttle = throttle
        self._handlers: dict[type[Any], Callable[[Any], None]] = {
            RequestFinished: self._request,
            RequestCrashed: self._crash,
            ProviderFailed: self._provider,
            ProviderStale: self._stale,
            ItemsLost: self._loss,
            RedisFailed: self._redis,
            RedisBreakerChanged: self._breaker,
            UpstreamBreakerChanged: self._circuit,
            RetryBudgetExhausted: self._budget,
            Lifecycle: self._lifecycle,
            ConfigReloaded: self._reloaded,
            ConfigRejected: self._rejected,
            ObserverFailed: self._observer,
            CursorRejected: self._cursor,
            UpstreamCallFinished: self._call,
            UpstreamRetried: self._retry,
            **dict.fromkeys(
                (RequestStarted, PageServed, UpstreamCallStarted, FlightJoined),
                _counted_only,
            ),
            **dict.fromkeys(
                (CacheLookedUp, RenderedLookedUp, CacheStored, PageLeased, PageReadAhead, RetryBudgetChanged),
                _counted_only,
            ),
        }

    def __call__(self, event: Event) -> None:
        self._handlers[type(event)](event)

    def handler_of(self, kind: type[Event]) -> Callable[[Any], None] | None:
        """What writes a line about such an event; None where none is ever written at this level."""
        handler = self._handlers[kind]
        silent = handler is _counted_only or not self._log.is_enabled_for(_SEVEREST.get(kind, logging.ERROR))
        return None if silent else handler

    def _request(self, event: RequestFinished) -> None:
        say = self._log.info if event.status < HTTPStatus.INTERNAL_SERVER_ERROR else self._log.warning
        say(
            "request",
            request_id=event.request_id,
            method=event.method,
            route=event.route,
            status=event.status,
            duration=round(event.seconds, 6),
            bytes=event.size,
            client=event.client,
            tenant=event.tenant,
            problem=event.problem,
        )

    def _crash(self, event: RequestCrashed) -> None:
        name, where = class_name(event.error), stack(event.error)
        self._log.error("request_crashed", request_id=event.request_id, error=name, stack=where)

    def _provider(self, event: ProviderFailed) -> None:
        self._log.warning(
            "provider_failed",
            request_id=event.request_id,
            tenant=event.tenant,
            provider=event.provider,
            code=event.code,
            status=event.status,
            detail=event.detail,
        )

    def _stale(self, event: ProviderStale) -> None:
        self._log.warning("provider_stale", request_id=event.request_id, tenant=event.tenant, provider=event.provider)

    def _loss(self, event: ItemsLost) -> None:
        self._log.warning(
            "items_lost",
            request_id=event.request_id,
            tenant=event.tenant,
            provider=event.provider,
            reason=event.reason,
        )

    def _redis(self, event: RedisFailed) -> None:
        suppressed = self._throttle.admit((RedisFailed, event.reason))
        if suppressed is not None:
            self._log.warning("redis_failed", operation=event.operation, reason=event.reason, suppressed=suppressed)

    def _breaker(self, event: RedisBreakerChanged) -> None:
        say = self._log.warning if event.open else self._log.info
        say("redis_breaker", open=event.open)

    def _circuit(self, event: UpstreamBreakerChanged) -> None:
        say = self._log.warning if event.state == "open" else self._log.info
        say("upstream_breaker", provider=event.provider, state=event.state)

    def _budget(self, event: RetryBudgetExhausted) -> None:
        suppressed = self._throttle.admit(event)
        if suppressed is not None:
            self._log.warning("retry_budget_exhausted", provider=event.provider, suppressed=suppressed)

    def _lifecycle(self, event: Lifecycle) -> None:
        levels = {"warning": self._log.warning, "failed": self._log.error}
        say = levels.get(event.stage, self._log.info)
        say("lifecycle", stage=event.stage, detail=event.detail)

    def _reloaded(self, event: ConfigReloaded) -> None:
        self._log.info("config_reloaded", kept=list(event.kept))

    def _rejected(self, event: ConfigRejected) -> None:
        for problem in event.problems:
            self._log.error("config_rejected", detail=problem)

    def _observer(self, event: ObserverFailed) -> None:
        suppressed = self._throttle.admit(event)
        if suppressed is not None:
            self._log.error("observer_failed", observer=event.observer, reason=event.reason, suppressed=suppressed)

    def _cursor(self, event: CursorRejected) -> None:
        self._log.debug("cursor_rejected", reason=event.reason)

    def _call(self, event: UpstreamCallFinished) -> None:
        self._log.debug(
            "upstream_call",
            provider=event.provider,
            outcome=event.outcome,
            status=event.status,
            duration=round(event.seconds, 6),
            bytes=event.size,
        )

    def _retry(self, event: UpstreamRetried) -> None:
        self._log.debug("upstream_retry", provider=event.provider, code=event.code)


def _counted_only(event: Event) -> None:
    del event
