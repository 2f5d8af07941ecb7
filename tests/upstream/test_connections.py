"""How connections are opened, kept and given up."""

import asyncio
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from itertools import pairwise
from typing import Any

import httpx
import pytest
import trustme
from hypothesis import given, settings, strategies as st

from gateway.core.errors import FailureCode
from gateway.upstream import transport
from gateway.upstream.connection import MAX_FIELDS, MAX_HEAD, Answer
from tests.upstream.calling import KEY, calling
from tests.upstream.wire import PAGE, Peer, Script, answer, answers, keeps_answering, serve


def tunnels_to(port: int) -> Script:
    """A proxy that does what CONNECT asks, to whatever name."""

    async def script(peer: Peer) -> None:
        await peer.request()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with suppress(ConnectionError):
            await asyncio.gather(_pumped(peer._reader, writer), _pumped(reader, peer._writer))

    return script


async def _pumped(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
    target.close()


async def test_a_tunnel_through_a_proxy_carries_tls_to_the_provider_alone() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("nowhere.invalid").configure_cert(context)
    with authority.cert_pem.tempfile() as bundle:
        async with serve(keeps_answering(answer()), tls=context) as wire, serve(tunnels_to(_port(wire.url))) as proxy:
            async with calling("https://nowhere.invalid", proxy=proxy.url, tls={"ca": bundle}) as caller:
                await caller.page()
                await caller.page()
            await wire.clients_gone()
            assert (wire.connections, len(wire.requests)) == (1, 2)
            assert wire.requests[0].startswith("GET /v1/orgs/a%2Fb/stores?limit=10&skip=0 HTTP/1.1\r\n")
            assert proxy.requests[0].startswith("CONNECT nowhere.invalid:443 HTTP/1.1\r\nHost: nowhere.invalid:443\r\n")
            assert KEY not in proxy.requests[0]


async def test_where_one_address_refuses_the_next_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(answers(answer())) as wire:
        port = _port(wire.url)
        loop = asyncio.get_running_loop()
        resolved = [(await loop.getaddrinfo(host, port, type=1))[0] for host in ("127.0.0.2", "127.0.0.1")]

        resolve = loop.getaddrinfo

        async def both(host: str, *rest: Any, **named: Any) -> list[Any]:
            return resolved if host == "two.example" else await resolve(host, *rest, **named)

        monkeypatch.setattr(loop, "getaddrinfo", both)
        async with calling(f"http://two.example:{port}") as caller:
            assert len((await caller.page()).items) == 1


async def test_a_connection_that_was_idle_for_too_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "KEEP_ALIVE", 0.0)
    async with serve(keeps_answering(answer())) as wire, calling(wire.url) as caller:
        await caller.page()
        await caller.page()
        assert wire.connections == 2


async def test_a_connection_that_nobody_needs_any_more_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "KEEP_ALIVE", 0.02)
    async with serve(keeps_answering(answer())) as wire, calling(wire.url) as caller:
        await asyncio.gather(caller.page(), caller.page())
        await wire.clients_gone()
        assert (wire.connections, caller.idle()) == (2, [])


async def test_the_connection_that_was_used_last_is_used_first() -> None:
    async with serve(keeps_answering(answer())) as wire, calling(wire.url) as caller:
        await asyncio.gather(caller.page(), caller.page())
        last = caller.idle()[-1]
        await caller.page()
        assert caller.idle()[-1] is last


async def test_a_body_that_is_given_up_twice_gives_its_connection_back_once() -> None:
    async with serve(keeps_answering(answer())) as wire, calling(wire.url) as caller:
        response = await caller.transport.handle_async_request(httpx.Request("GET", wire.url))
        assert await response.aread() == PAGE
        await response.stream.aclose()  # type: ignore[union-attr]
        assert len(caller.idle()) == 1
        await caller.page()
        assert wire.connections == 1


async def test_a_call_that_is_cancelled_while_it_connects_leaves_no_connection() -> None:
    async with serve(keeps_answering(answer())) as wire:
        async with calling(wire.url) as caller:
            for steps in range(12):
                call = asyncio.create_task(caller.page())
                for _ in range(steps):
                    await asyncio.sleep(0)
                call.cancel()
                await asyncio.gather(call, return_exceptions=True)
                assert caller.in_use() == 0
        await wire.clients_gone()


async def test_a_head_that_never_ends_is_not_read_for_ever() -> None:
    async def heads_without_end(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await peer.send(b"x-more: y\r\n" * 100)

    async with serve(heads_without_end) as wire, calling(wire.url) as caller:
        assert (await caller.failure()).code == FailureCode.MALFORMED
        await wire.clients_gone()


WHOLE = (
    b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nX-One: 1\r\nx-two: 2\r\ntransfer-encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\ntrailer: x\r\n\r\n"
)


def now(waiting: Coroutine[Any, Any, bytes]) -> bytes:
    """What a coroutine returns that has nothing to wait for."""
    with pytest.raises(StopIteration) as done:
        waiting.send(None)
    value: bytes = done.value.value
    return value


@given(st.lists(st.integers(0, len(WHOLE)), max_size=8))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_an_answer_is_the_same_however_it_is_cut(cuts: list[int]) -> None:
    got = Answer()
    edges = [0, *sorted(cuts), len(WHOLE)]
    for start, end in pairwise(edges):
        got.feed(WHOLE[start:end])
    assert (got.status, got.complete, got.keeps_alive) == (200, True, True)
    assert got.headers[:2] == [(b"X-One", b"1"), (b"x-two", b"2")]
    assert now(got.chunk()) == b"hello world"


@pytest.mark.parametrize(
    "head",
    [
        b"x: " + b"y" * MAX_HEAD,
        b"\r\n".join(b"x-%d: y" % number for number in range(MAX_FIELDS + 1)),
    ],
)
def test_the_head_of_an_answer_is_bounded_however_it_comes(head: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        Answer().feed(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
