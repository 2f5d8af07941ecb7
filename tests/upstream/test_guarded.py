"""The whole of it: attempts, places and the wire, nested as production nests them."""

import asyncio

from gateway.core.errors import FailureCode
from gateway.core.events import UpstreamRetried
from tests.upstream.calling import calling
from tests.upstream.wire import Peer, answer, answers, answers_and_resets, closes_at_once, keeps_answering, serve


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
