"""How connections are opened and given up."""

import asyncio
import ssl
from contextlib import suppress
from typing import Any

import httpx
import pytest
import trustme

from gateway.core.errors import FailureCode
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
            assert proxy.requests[0].startswith("CONNECT nowhere.invalid:443 HTTP/1.1\r\n")
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


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
