import asyncio
import signal

import httpx
import pytest

from gateway.demo.aitronos import Aitronos
from gateway.demo.b3os import B3os
from gateway.demo.server import demo_upstreams, serve_upstreams

from .calling import HEADERS, PATHS


async def get(client: httpx.AsyncClient, url: str, name: str) -> httpx.Response:
    return await client.get(url + PATHS[name], headers=HEADERS[name])


async def test_three_upstreams_on_three_ports() -> None:
    upstreams = demo_upstreams(7, seed=2)
    async with serve_upstreams(*upstreams) as served, httpx.AsyncClient() as client:
        answers = [await get(client, one.url, it.name) for one, it in zip(served, upstreams, strict=True)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [len(it.corpus) for it in upstreams] == [7, 7, 7]
    assert len({one.port for one in served}) == 3
    assert all(one.url == f"http://127.0.0.1:{one.port}" for one in served)


async def test_stopped_is_refused_and_started_again_is_there() -> None:
    upstream = Aitronos(1)
    async with serve_upstreams(upstream, B3os(1)) as (served, other), httpx.AsyncClient() as client:
        for _ in range(3):
            assert (await get(client, served.url, "aitronos")).status_code == 200
            await served.stop()
            with pytest.raises(httpx.ConnectError):
                await get(client, served.url, "aitronos")
            assert (await get(client, other.url, "b3os")).status_code == 200
            await served.start()
        await served.start()  # starting twice, and stopping twice, does no harm
        assert (await get(client, served.url, "aitronos")).status_code == 200
        await served.stop()
        await served.stop()
    assert upstream.calls.total == 4


async def test_a_port_of_ones_own() -> None:
    async with serve_upstreams(Aitronos(1)) as (first,):
        port = first.port
    async with serve_upstreams(Aitronos(1), B3os(1), ports=[port]) as (served, other):
        assert served.port == port
        assert other.port not in {0, port}


async def test_a_taken_port_is_an_error_and_closes_the_others() -> None:
    async with serve_upstreams(Aitronos(1)) as (first,):
        with pytest.raises(OSError, match="in use"):
            async with serve_upstreams(B3os(1), Aitronos(1), ports=[0, first.port]):
                raise AssertionError


async def test_stopping_cuts_hanging_calls_at_once() -> None:
    upstream = Aitronos(1)
    upstream.faults.hang = True
    async with serve_upstreams(upstream) as (served,), httpx.AsyncClient() as client:
        calls = [asyncio.create_task(get(client, served.url, "aitronos")) for _ in range(5)]
        await upstream.calls.until_in_flight(5)
        await served.stop()
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(result, httpx.TransportError) for result in results)
    assert (upstream.calls.in_flight, upstream.calls.by_status) == (0, {None: 5})


async def test_closing_is_quick_and_leaves_nothing_behind() -> None:
    upstream = Aitronos(1)
    upstream.faults.latency = 3600
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient() as client:
        async with serve_upstreams(upstream) as (served,):
            calls = [asyncio.create_task(get(client, served.url, "aitronos")) for _ in range(5)]
            await upstream.calls.until_in_flight(5)
            start = loop.time()
        assert loop.time() - start < 1
        await asyncio.gather(*calls, return_exceptions=True)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_signal_handlers_stay() -> None:
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    async with serve_upstreams(Aitronos(1)):
        assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


def test_an_upstream_outlives_its_event_loop() -> None:
    upstream = Aitronos(3)

    async def call() -> int:
        async with serve_upstreams(upstream) as (served,), httpx.AsyncClient() as client:
            return (await get(client, served.url, "aitronos")).status_code

    assert [asyncio.run(call()) for _ in range(2)] == [200, 200]


async def test_answers_are_not_delayed() -> None:
    """Without TCP_NODELAY on the accepted sockets each of these calls would take 40 ms."""
    loop = asyncio.get_running_loop()
    async with serve_upstreams(Aitronos(20)) as (served,), httpx.AsyncClient() as client:
        start = loop.time()
        for _ in range(50):
            await get(client, served.url, "aitronos")
    assert loop.time() - start < 1.5
