"""What goes over the wire, what does not, and which connections are kept."""

import asyncio
from random import Random

import httpx
import pytest

from gateway import __version__
from gateway.core.errors import FailureCode
from gateway.upstream.options import UpstreamOptions
from gateway.upstream.transport import open_transport
from tests.upstream.calling import KEY, calling
from tests.upstream.wire import Peer, Script, answer, answers, closes_at_once, keeps_answering, never_answers, serve


async def test_a_request_holds_the_providers_headers_ours_and_no_others() -> None:
    async with serve(answers(answer())) as wire, calling(wire.url) as caller:
        await caller.page(10, request_id="r-1")
        assert wire.requests[0].split("\r\n") == [
            "GET /v1/orgs/a%2Fb/stores?limit=10&skip=10 HTTP/1.1",
            f"Host: {wire.url.removeprefix('http://')}",
            "accept: application/json",
            f"user-agent: knowledge-store-gateway/{__version__}",
            f"x-api-key: {KEY}",
            "accept-encoding: gzip",
            "x-request-id: r-1",
            "",
            "",
        ]


async def test_without_a_request_id_none_is_sent() -> None:
    async with serve(answers(answer())) as wire, calling(wire.url) as caller:
        await caller.page()
        assert "x-request-id" not in wire.requests[0]


async def test_a_provider_may_say_what_it_accepts_but_not_what_we_can_decode() -> None:
    headers = {"Accept": "application/vnd.test+json", "User-Agent": "special", "Accept-Encoding": "br"}
    async with serve(answers(answer())) as wire, calling(wire.url, spec={"headers": headers}) as caller:
        await caller.page()
        lines = wire.requests[0].split("\r\n")
        assert {"accept: application/vnd.test+json", "user-agent: special", "accept-encoding: gzip"} < set(lines)
        assert sum(line.lower().startswith("accept") for line in lines) == 2


async def test_a_query_arrives_as_the_provider_encoded_it() -> None:
    query = {"sort": "name/-id,+x y", "q": "a&b=c#d%2F;é'"}
    async with serve(answers(answer())) as wire, calling(wire.url, spec={"query": query}) as caller:
        await caller.page()
        written = "sort=name%2F-id%2C%2Bx%20y&q=a%26b%3Dc%23d%252F%3B%C3%A9%27"
        assert wire.requests[0].startswith(f"GET /v1/orgs/a%2Fb/stores?{written}&limit=10&skip=0 HTTP/1.1\r\n")


async def test_a_request_without_a_target_of_its_own_is_sent_to_its_url() -> None:
    transport = open_transport(UpstreamOptions())
    async with serve(answers(answer())) as wire:
        url = f"{wire.url}/a%2Fb?c=%2F"
        response = await transport.handle_async_request(httpx.Request("GET", url))
        assert response.status_code == 200
        await response.aclose()
        await transport.aclose()
        assert wire.requests[0].startswith("GET /a%2Fb?c=%2F HTTP/1.1\r\n")


async def test_a_request_with_a_body_is_not_sent() -> None:
    transport = open_transport(UpstreamOptions())
    with pytest.raises(httpx.UnsupportedProtocol):
        await transport.handle_async_request(httpx.Request("POST", "http://127.0.0.1:1", content=b"x"))
    await transport.aclose()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused_and_its_target_sees_nothing(status: int) -> None:
    async with serve(never_answers, host="127.0.0.2") as target:
        redirect = answer(b"", f"location: {target.url}/x", status=f"{status} Elsewhere")
        async with serve(keeps_answering(redirect)) as wire, calling(wire.url) as caller:
            error = await caller.failure()
            assert (error.code, error.status, error.transient) == (FailureCode.REFUSED, status, False)
            assert (target.connections, len(wire.requests)) == (0, 1)


@pytest.mark.parametrize("location", ["/", "file:///etc/passwd", "//127.0.0.2/", "http://[::1", "\\\\x"])
async def test_where_a_redirect_leads_is_not_even_looked_at(location: str) -> None:
    redirect = answer(b"", f"location: {location}", status="302 Found")
    async with serve(keeps_answering(redirect)) as wire, calling(wire.url) as caller:
        assert (await caller.failure()).code == FailureCode.REFUSED
        assert len(wire.requests) == 1


async def test_a_cookie_is_never_sent_back() -> None:
    baked = answer(*(answer().partition(b"\r\n\r\n")[2:]), "set-cookie: session=CANARY; Path=/", "set-cookie: b=c")
    async with serve(keeps_answering(baked)) as wire, calling(wire.url) as caller:
        await caller.page()
        await caller.page()
        assert len(wire.requests) == 2
        assert not any("cookie" in request.lower() for request in wire.requests)


async def test_proxies_and_credentials_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login CANARY password CANARY\n")
    monkeypatch.setenv("NETRC", str(netrc))
    async with serve(never_answers) as proxy, serve(answers(answer())) as wire:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with calling(wire.url) as caller:
            await caller.page()
        assert (proxy.connections, "authorization" in wire.requests[0].lower()) == (0, False)


async def test_a_configured_proxy_is_used() -> None:
    async with serve(answers(answer())) as proxy, calling("http://nowhere.invalid", proxy=proxy.url) as caller:
        await caller.page()
        assert proxy.requests[0].startswith("GET http://nowhere.invalid/v1/orgs/a%2Fb/stores?limit=10&skip=0 HTTP/1.1")


async def test_a_proxy_that_will_not_tunnel_makes_its_provider_unreachable() -> None:
    refusal = answer(b"", status="407 Proxy Authentication Required")
    async with serve(answers(refusal)) as proxy, calling("https://nowhere.invalid", proxy=proxy.url) as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.UNREACHABLE, False)
        assert proxy.requests[0].startswith("CONNECT nowhere.invalid:443 ")
        assert KEY not in proxy.requests[0]


async def test_a_proxy_that_cannot_be_reached_makes_its_provider_unreachable() -> None:
    async with calling("http://nowhere.invalid", proxy="http://127.0.0.1:1") as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.UNREACHABLE, True)


async def test_calls_one_after_another_share_a_connection() -> None:
    async with serve(keeps_answering(answer())) as wire, calling(wire.url) as caller:
        for token in range(20):
            await caller.page(token)
        assert (wire.connections, len(wire.requests)) == (1, 20)


async def test_an_answer_that_says_close_is_the_last_on_its_connection() -> None:
    last = answers(answer(b"{}", "connection: close"))
    async with serve(last, answers(answer())) as wire, calling(wire.url) as caller:
        await caller.failure()
        await caller.page()
        assert wire.connections == 2


async def test_connections_that_the_upstream_closes_while_idle_are_no_error() -> None:
    async def answers_once(peer: Peer) -> None:
        await peer.request()
        await peer.send(answer())
        await peer.close()

    async with serve(answers_once) as wire, calling(wire.url) as caller:
        for _ in range(50):
            await caller.page()
            await asyncio.wait([closed for idle in caller.idle() if (closed := idle.closed)] or [_done()])
        assert len(wire.requests) == 50


def _done() -> "asyncio.Future[None]":
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future


async def test_a_kept_connection_closed_as_the_next_request_arrives_costs_one_retry() -> None:
    async def closes_on_the_second(peer: Peer) -> None:
        await peer.request()
        await peer.send(answer())
        await closes_at_once(peer)

    async with serve(closes_on_the_second, answers(answer())) as wire, calling(wire.url, guarded=True) as caller:
        await caller.page()
        await caller.page()
        assert (wire.connections, len(wire.requests)) == (2, 3)


async def test_after_a_storm_of_cancelled_calls_the_pool_works_and_holds_nothing() -> None:
    random = Random(7)

    async def hesitates(peer: Peer) -> None:
        while True:
            await peer.request()
            for _ in range(random.randrange(6)):
                await asyncio.sleep(0)
            await peer.send(answer()[:-3])
            await asyncio.sleep(0)
            await peer.send(answer()[-3:])

    async def cancelled_somewhere() -> bool:
        call = asyncio.create_task(caller.page())
        for _ in range(random.randrange(60)):
            await asyncio.sleep(0)
        call.cancel()
        return isinstance((await asyncio.gather(call, return_exceptions=True))[0], asyncio.CancelledError)

    async with serve(hesitates) as wire:
        async with calling(wire.url, guarded=True, max_concurrency=10) as caller:
            ended = [await asyncio.gather(*(cancelled_somewhere() for _ in range(25))) for _ in range(24)]
            assert 100 < sum(map(sum, ended)) <= 600
            assert caller.in_use() == 0
            pages = await asyncio.gather(*(caller.page() for _ in range(20)))
            assert len(pages) == 20
            caller.outcome()
        await wire.clients_gone()


@pytest.mark.parametrize("script", [keeps_answering(answer()), closes_at_once, never_answers])
async def test_closing_the_pool_leaves_no_connection_open(script: Script) -> None:
    async with serve(script) as wire:
        async with calling(wire.url, timeout=0.1) as caller:
            await asyncio.gather(*(caller.page() for _ in range(5)), return_exceptions=True)
        await wire.clients_gone()
        assert wire.connections == 5
