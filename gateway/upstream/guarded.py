"""How the calls to one provider are put together; the one place that shows the order and says why it is so."""

from collections.abc import Callable
from random import Random

import httpx

from gateway.core.clock import Clock
from gateway.core.events import Observer
from gateway.provider.fetch import Fetch
from gateway.upstream.breaker import CircuitBreaker
from gateway.upstream.budget import RetryBudget
from gateway.upstream.bulkhead import Bulkhead
from gateway.upstream.http import HttpFetch
from gateway.upstream.options import UpstreamOptions
from gateway.upstream.retry import Retrying, Sleep


def guarded_fetch(
    *,
    transport: httpx.AsyncBaseTransport,
    options: UpstreamOptions,
    clock: Clock,
    observer: Observer,
    random: Random,
    sleep: Sleep,
    watched: Callable[[Fetch], Fetch] | None = None,
) -> Fetch:
    """The ``Fetch`` of one provider; ``sleep`` is ``asyncio.sleep`` wherever time is real.

    ``watched`` wraps what makes one attempt, for whoever has to be there from its beginning to its end.
    """
    # innermost: one attempt, with its own timeout, which starts once there is a place for it
    fetch: Fetch = HttpFetch(transport=transport, options=options, clock=clock, observer=observer)
    if watched:
        fetch = watched(fetch)
    # around each attempt, so that a pause between two of them holds no place
    fetch = Bulkhead(fetch, limit=options.max_concurrency)
    # around the bulkhead: what is refused needs no place, and what finds no place says nothing about the provider
    if options.breaker.enabled:
        fetch = CircuitBreaker(fetch, options=options.breaker, clock=clock, observer=observer, random=random)
    # outermost: it alone counts attempts; each passes the breaker, so that one that has opened ends them
    budget = RetryBudget(options=options.retry_budget, clock=clock, observer=observer)
    return Retrying(fetch, attempts=options.attempts, budget=budget, observer=observer, random=random, sleep=sleep)
