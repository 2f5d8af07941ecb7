"""A provider that keeps failing is left alone for a while, and then asked by one call whether it is back.

Nothing here waits. What is counted is the attempt, not the page: a page that is tried again may count twice. There is a
circuit for each account at the provider, so that what meets one tenant's key does not close the door for another's.

========================================================  ==========================================================
``timeout``, ``unreachable``, ``server_error``             a failure, unless the deadline and not the attempt ran out
``throttled`` with ``Retry-After``                         held for as long as was asked
``throttled`` without, ``saturated``, ``config``           nothing
cancelled: the client left                                 nothing
a page, and all other answers (401, 404, ``malformed``)    the provider is there
========================================================  ==========================================================
"""

from random import Random

from gateway.core.clock import Clock
from gateway.core.deadline import Deadline
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import Observer, UpstreamBreakerChanged
from gateway.provider.fetch import Fetch, PageRequest
from gateway.provider.page import Page
from gateway.upstream.circuit import Circuit, Outcome, Refused, State
from gateway.upstream.options import BreakerOptions

#: seconds; with less than this left, it was the deadline that ended the call
CUT = 0.05

_FAILED = frozenset({FailureCode.TIMEOUT, FailureCode.UNREACHABLE, FailureCode.SERVER_ERROR})
_NOTHING = frozenset({FailureCode.THROTTLED, FailureCode.SATURATED, FailureCode.CONFIG})
_OPENNESS: dict[State, int] = {"closed": 0, "half_open": 1, "open": 2}


class CircuitBreaker:
    """A ``Fetch`` that refuses (``circuit_open``) while the circuit is open, and says when the next probe is due.

    The failure that opens it says so too: its ``retry_after`` is at least the cool-down.
    """

    def __init__(
        self, fetch: Fetch, *, options: BreakerOptions, clock: Clock, observer: Observer, random: Random
    ) -> None:
        self._fetch = fetch
        self._options = options
        self._clock = clock
        self._observe = observer
        self._random = random
        self._circuits: dict[bytes, Circuit] = {}

    async def __call__(self, request: PageRequest, deadline: Deadline) -> Page:
        account = request.provider.cache_identity
        circuit = self._circuits.get(account) or self._begin(account, request.provider.name)
        generation = circuit.enter()
        if isinstance(generation, Refused):
            raise _refusal(generation)
        try:
            page = await self._fetch(request, deadline)
        except UpstreamError as error:
            raise _told(circuit, generation, error, deadline) from None
        except BaseException:
            circuit.leave(generation, Outcome.NOTHING)
            raise
        circuit.leave(generation, Outcome.ANSWERED)
        return page

    def _begin(self, account: bytes, provider: str) -> Circuit:
        def changed(state: State) -> None:
            worst = max((circuit.state for circuit in self._circuits.values()), key=_OPENNESS.__getitem__)
            self._observe(UpstreamBreakerChanged(provider, state, worst))

        circuit = Circuit(options=self._options, clock=self._clock, random=self._random, changed=changed)
        self._circuits[account] = circuit
        return circuit


def _told(circuit: Circuit, generation: int, error: UpstreamError, deadline: Deadline) -> UpstreamError:
    """Tell the circuit; the failure to raise, with the time until the next probe where there is to be one."""
    if error.code is FailureCode.THROTTLED and error.retry_after:
        circuit.hold(generation, error.retry_after)
        return error
    wait = circuit.leave(generation, _meaning(error, deadline))
    return error if wait is None else _delayed(error, wait)


def _meaning(error: UpstreamError, deadline: Deadline) -> Outcome:
    if error.code in _NOTHING:
        return Outcome.NOTHING
    if error.code not in _FAILED:
        return Outcome.ANSWERED
    cut = error.code is FailureCode.TIMEOUT and deadline.remaining() < CUT
    return Outcome.NOTHING if cut else Outcome.FAILED


def _refusal(refused: Refused) -> UpstreamError:
    """May be asked again where the provider itself has named the time; else only the probe's end tells."""
    reason = "it asked to be left alone" if refused.held else "it failed too often"
    detail = f"not called: {reason}"
    return UpstreamError(FailureCode.CIRCUIT_OPEN, detail, retry_after=refused.wait, transient=refused.held)


def _delayed(error: UpstreamError, wait: float) -> UpstreamError:
    return UpstreamError(
        error.code,
        error.detail,
        status=error.status,
        retry_after=max(error.retry_after or 0.0, wait),
        transient=error.transient,
    )
