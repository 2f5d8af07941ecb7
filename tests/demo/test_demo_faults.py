import asyncio
from collections.abc import Callable

import httpx
import pytest

from gateway.demo.aitronos import Aitronos
from gateway.demo.b3os import B3os
from gateway.demo.faults import Faults
from gateway.demo.responses import BodyFault
from gateway.demo.scale_dex import ScaleDex
from gateway.demo.upstream import Upstream

from .calling import calling

STATUSES = [400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504]


@pytest.mark.parametrize("status", STATUSES)
async def test_error_statuses_in_each_envelope(status: int) -> None:
    answers = []
    for make in (Aitronos, ScaleDex, B3os):
        upstream: Upstream = make(3)
        upstream.faults.status = status
        async with calling(upstream) as caller:
            answers.append(await caller.list())
        assert upstream.calls.by_status == {status: 1}
    assert [answer.status_code for answer in answers] == [status] * 3
    aitronos, scale_dex, b3os = (answer.json() for answer in answers)
    assert aitronos["error"]["status"] == status
    assert aitronos["error"]["type"] == ("client_error" if status < 500 else "server_error")
    assert scale_dex["detail"]
    assert b3os["error"].keys() == {"message", "code"}
    assert not any("retry-after" in answer.headers for answer in answers)


@pytest.mark.parametrize("retry_after", ["0", "120", "Fri, 31 Dec 2027 23:59:59 GMT", "soon"])
async def test_retry_after_is_sent_as_it_is(retry_after: str) -> None:
    upstream = Aitronos(3)
    upstream.faults = Faults(status=503, retry_after=retry_after)
    async with calling(upstream) as caller:
        assert (await caller.list()).headers["retry-after"] == retry_after


@pytest.mark.parametrize("status", [None, 502])
@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("empty", ""),
        ("null", "null"),
        ("numbers", "[1,2,3]"),
        ("object", '{"message":"hello"}'),
        ("items_object", '{"items":{"id":"not-a-list"}}'),
        ("items_numbers", '{"items":[1,2,3]}'),
    ],
)
async def test_bodies_of_a_wrong_type(fault: BodyFault, text: str, status: int | None) -> None:
    upstream = ScaleDex(3)
    upstream.faults = Faults(body=fault, status=status)
    async with calling(upstream) as caller:
        response = await caller.list()
    assert (response.status_code, response.text) == (status or 200, text)
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [None, 502])
async def test_html(status: int | None) -> None:
    upstream = ScaleDex(3)
    upstream.faults = Faults(body="html", status=status)
    async with calling(upstream) as caller:
        response = await caller.list()
    assert response.status_code == (status or 200)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.text.startswith("<!doctype html>")


async def test_half_a_body_with_a_true_length() -> None:
    upstream = B3os(9)
    async with calling(upstream) as caller:
        whole = await caller.list()
        upstream.faults.body = "truncated"
        half = await caller.list()
    assert half.content == whole.content[: len(whole.content) // 2]
    assert half.headers["content-length"] == str(len(half.content))


async def test_a_connection_dropped_in_the_middle_of_the_body() -> None:
    upstream = Aitronos(20)
    upstream.faults.drop = "mid_body"
    async with calling(upstream) as caller:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            await caller.list()
        upstream.faults.clear()
        assert (await caller.list()).status_code == 200
    assert upstream.calls.by_status == {None: 1, 200: 1}


async def test_a_connection_dropped_before_any_answer() -> None:
    upstream = Aitronos(20)
    upstream.faults.drop = "before"
    async with calling(upstream) as caller:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await caller.list()


async def test_faults_log_nothing(caplog: pytest.LogCaptureFixture) -> None:
    upstream = Aitronos(20)
    async with calling(upstream) as caller:
        for drop in ("before", "mid_body"):
            upstream.faults.drop = drop
            with pytest.raises(httpx.RemoteProtocolError):
                await caller.list()
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []


async def statuses(upstream: Upstream, count: int) -> list[int]:
    async with calling(upstream) as caller:
        return [(await caller.list()).status_code for _ in range(count)]


async def test_only_the_next_calls_fail() -> None:
    upstream = Aitronos(1)
    upstream.faults = Faults(status=500, only_next=2)
    assert await statuses(upstream, 4) == [500, 500, 200, 200]


async def test_some_calls_may_be_left_alone_first() -> None:
    upstream = Aitronos(1)
    upstream.faults = Faults(status=500, skip=2, only_next=1)
    assert await statuses(upstream, 4) == [200, 200, 500, 200]


async def test_a_share_of_the_calls_fails_the_same_way_each_time() -> None:
    runs = []
    for seed in (1, 1, 2):
        upstream = Aitronos(1, seed=seed)
        upstream.faults.status, upstream.faults.probability = 503, 0.5
        runs.append(await statuses(upstream, 30))
    assert runs[0] == runs[1] != runs[2]
    assert 5 < runs[0].count(503) < 25


async def test_a_call_hangs_until_released() -> None:
    upstream = Aitronos(1)
    upstream.faults.hang = True
    async with calling(upstream) as caller:
        calls = [asyncio.create_task(caller.list()) for _ in range(2)]
        await upstream.calls.until_in_flight(2)
        upstream.faults.release()
        assert [(await call).status_code for call in calls] == [200, 200]
        assert (await caller.list()).status_code == 200
    assert (upstream.calls.peak, upstream.calls.in_flight) == (2, 0)


async def test_only_the_next_call_hangs() -> None:
    upstream = Aitronos(1)
    upstream.faults = Faults(hang=True, only_next=1)
    async with calling(upstream) as caller:
        call = asyncio.create_task(caller.list())
        await upstream.calls.until_in_flight(1)
        assert (await caller.list()).status_code == 200
        assert not call.done()
        upstream.faults.clear()
        await call


def slow(faults: Faults) -> None:
    faults.latency = 3600


def hanging(faults: Faults) -> None:
    faults.hang = True


@pytest.mark.parametrize("fault", [slow, hanging])
async def test_a_client_that_leaves_ends_its_call(fault: Callable[[Faults], None]) -> None:
    upstream = Aitronos(1)
    fault(upstream.faults)
    async with calling(upstream) as caller:
        call = asyncio.create_task(caller.list())
        await upstream.calls.until_in_flight(1)
        call.cancel()
        await upstream.calls.until_in_flight(0)
    assert upstream.calls.by_status == {None: 1}


async def test_latency_and_jitter() -> None:
    upstream = Aitronos(1)
    upstream.faults.latency, upstream.faults.jitter = 0.02, 0.01
    loop = asyncio.get_running_loop()
    async with calling(upstream) as caller:
        start = loop.time()
        assert (await caller.list()).status_code == 200
    assert loop.time() - start >= 0.02


def test_clearing_restores_every_default() -> None:
    faults = Faults(latency=1, jitter=1, hang=True, status=500, retry_after="1", body="null", drop="before", skip=1)
    faults.only_next, faults.probability = 4, 0.5
    faults.clear()
    assert faults == Faults()
