"""The whole of it: attempts, places and the wire, nested as production nests them."""

import asyncio
from contextlib import suppress

import pytest

from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import UpstreamRetried
from gateway.upstream.budget import MOST
from tests.upstream.calling import Caller, calling
from tests.upstream.wire import (
    Peer,
    answer,
    answers,
    answers_and_resets,
    closes_at_once,
    keeps_answering,
    never_answers,
    serve,
)


async def test_a_connection_that_breaks_once_costs_one_retry() -> None:
    async with serve(answers_and_resets(), answers(answer())) as wire, calling(wire.url, guarded=True) as caller:
        assert len((await caller.page()).items) == 1
        assert UpstreamRetried("test", "unreachable") in caller.events
        assert len(wire.requests) == 2


async def test_an_upstream_that_keeps_breaking_is_asked_as_often_as_configured() -> None:
    async with serve(closes_at_once) as wire, calling(wire.url, guarded=True, attempts=3) as caller:
        assert (await caller.failure()).code == FailureCode.UNREACHABLE
        assert len(wire.requests) == 3


async def test_a_short_retry_after_is_waited_for_and_a_long_one_is_not() -> None:
    short, long = (answer(b"", f"retry-after: {value}", status="429 Slow Down") for value in ("1", "9999"))
    async with serve(answers(short, answer(), long)) as wire, calling(wire.url, guarded=True) as caller:
        began = caller.clock.monotonic()
        await caller.page()
        assert caller.clock.monotonic() - began == 1.0
        assert (await caller.failure()).code == FailureCode.THROTTLED
        assert len(wire.requests) == 3


async def test_a_wrong_credential_is_shown_once() -> None:
    refusal = answer(b"{}", status="401 Unauthorized")
    async with serve(keeps_answering(refusal)) as wire, calling(wire.url, guarded=True) as caller:
        assert (await caller.failure()).code == FailureCode.UNAUTHORIZED
        assert len(wire.requests) == 1


async def test_a_call_beyond_the_limit_is_saturated_and_never_sent() -> None:
    go = asyncio.Event()

    async def answers_when_told(peer: Peer) -> None:
        await peer.request()
        await go.wait()
        await peer.send(answer())
        await peer.gone()

    async with serve(answers_when_told) as wire, calling(wire.url, guarded=True, max_concurrency=1) as caller:
        first = asyncio.create_task(caller.page())
        await wire.asked.wait()
        second = asyncio.create_task(caller.page(seconds=0.1))
        await asyncio.wait([second])
        assert "saturated" in str(second.exception())
        go.set()
        await first
        assert len(wire.requests) == 1


async def test_a_provider_that_hangs_costs_its_timeout_a_few_times_only() -> None:
    async with (
        serve(never_answers) as wire,
        calling(wire.url, guarded=True, timeout=0.05, breaker={"failures": 3}) as caller,
    ):
        for _ in range(3):
            assert (await caller.failure()).code == FailureCode.TIMEOUT
        assert await refusals(caller, 50) == [FailureCode.CIRCUIT_OPEN] * 50
        assert len(wire.requests) <= 3, "a call may end before it was sent, where the machine is slow"


async def test_a_breaker_that_is_switched_off_lets_every_call_through() -> None:
    refusal = answer(b"{}", status="500 Oops")
    async with (
        serve(keeps_answering(refusal)) as wire,
        calling(wire.url, guarded=True, attempts=1, breaker={"enabled": False}) as caller,
    ):
        for _ in range(30):
            assert (await caller.failure()).code == FailureCode.SERVER_ERROR
        assert len(wire.requests) == 30


async def test_retries_add_a_fifth_to_the_calls_of_a_provider_that_fails_half_the_time() -> None:
    failing, fine = answer(b"{}", status="503 Busy"), answer()
    answered = [failing, fine] * 2_000
    async with (
        serve(answers(*answered)) as wire,
        calling(wire.url, guarded=True, breaker={"enabled": False}, retry_budget={"floor": 0}) as caller,
    ):
        for _ in range(500):
            with suppress(UpstreamError):
                await caller.page()
        assert len(wire.requests) <= 500 * 1.2 + MOST


async def refusals(caller: Caller, times: int) -> list[FailureCode]:
    """Why there was no page, so many times; nothing is sent for it."""
    codes = []
    for _ in range(times):
        with pytest.raises(UpstreamError) as caught:
            await caller.page()
        codes.append(caught.value.code)
    return codes
