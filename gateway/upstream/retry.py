"""Another attempt at a page, where one may well succeed and there is time for it. The only place that retries."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from random import Random

from msgspec.structs import replace

from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import Observer, RetryBudgetExhausted, UpstreamRetried
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Page
from gateway.upstream.budget import RetryBudget

#: bounds of the random pause before an attempt, in seconds; the upper one doubles from ``FIRST_PAUSE``
SHORTEST_PAUSE = 0.05
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 0.5
#: an upstream that asks for a longer pause than this gets no second attempt, in seconds
LONGEST_RETRY_AFTER = 2.0
#: an attempt with less time left than this is not worth making, in seconds
LEAST_ATTEMPT = 0.05

Sleep = Callable[[float], Awaitable[object]]


class Retrying:
    """A ``Fetch`` that makes up to ``attempts`` of another's, as far as ``budget`` goes.

    Only a transient ``UpstreamError`` is tried again; a timeout is not one. Raises what the last attempt raised, or,
    where that was not made because the circuit has opened meanwhile, what the one before it did.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        attempts: int,
        budget: RetryBudget,
        observer: Observer,
        random: Random,
        sleep: Sleep,
    ) -> None:
        self._fetch = fetch
        self._attempts = attempts
        self._budget = budget
        self._observe = observer
        self._random = random
        self._sleep = sleep

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        self._budget.deposit(request.provider.name)
        failure: UpstreamError | None = None
        for attempt in range(1, self._attempts + 1):
            try:
                return await self._fetch(request, deadline)
            except UpstreamError as error:
                failure = cause(failure, error).with_traceback(None)
                wait = pause(error, jitter(attempt, self._random), deadline.remaining())
                if attempt == self._attempts or wait is None or not self._granted(request.provider.name, error):
                    try:
                        raise failure from None
                    finally:
                        del failure  # it knows this frame from here on
            await self._sleep(wait)
            unconditional = failure.status == HTTPStatus.NOT_MODIFIED
            request = replace(request, resent=attempt, known=None if unconditional else request.known)
        raise AssertionError("the last attempt returns or raises")

    def _granted(self, provider: str, error: UpstreamError) -> bool:
        """Whether the budget allows for another attempt, which is then told."""
        granted = self._budget.withdraw(provider)
        self._observe(UpstreamRetried(provider, error.code) if granted else RetryBudgetExhausted(provider))
        return granted


def cause(before: UpstreamError | None, error: UpstreamError) -> UpstreamError:
    """Which of two failures says what is wrong: the later, unless it is only that no call was made."""
    return before if before and error.code is FailureCode.CIRCUIT_OPEN else error


def jitter(attempt: int, random: Random) -> float:
    """A random pause after the ``attempt``-th failure, in seconds: its upper bound doubles, up to a limit."""
    return random.uniform(SHORTEST_PAUSE, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)))


def pause(error: UpstreamError, jittered: float, remaining: float) -> float | None:
    """Seconds to wait before the next attempt, or None where there is to be none.

    Never shorter than the upstream asked for (``error.retry_after``).
    """
    asked = error.retry_after or 0.0
    wait = max(asked, jittered)
    if not error.transient or asked > LONGEST_RETRY_AFTER or wait + LEAST_ATTEMPT > remaining:
        return None
    return wait
