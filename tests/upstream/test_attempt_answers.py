"""Which answers are a page, and how much of the others is read."""

import asyncio
import gzip
import tracemalloc
import zlib
from email.utils import formatdate
from random import Random

import pytest

from gateway.core.errors import FailureCode
from gateway.core.events import UpstreamCallFinished, UpstreamCallStarted
from gateway.upstream.body import gunzip
from tests.support.clock import START
from tests.upstream.calling import calling
from tests.upstream.wire import PAGE, Peer, Script, answer, answers, answers_and_closes, serve

MIB = 1024**2
GZIP = "content-encoding: gzip"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(answer(), id="plain"),
        pytest.param(answer(PAGE, "content-encoding: identity"), id="identity"),
        pytest.param(answer(gzip.compress(PAGE), GZIP), id="gzip"),
        pytest.param(answer(gzip.compress(PAGE), "Content-Encoding: X-GZip "), id="gzip by its old name"),
        pytest.param(answer(b" \r\n" + PAGE + b"\n"), id="white space around"),
        pytest.param(b"HTTP/1.1 200\r\ncontent-type: text/plain; charset=utf-99\r\n\r\n" + PAGE, id="until closed"),
    ],
)
async def test_a_200_with_a_list_is_a_page(sent: bytes) -> None:
    async with serve(answers_and_closes(sent)) as wire, calling(wire.url) as caller:
        page = await caller.page()
        assert (page.items, page.total, page.fetched_at) == ([{"id": "a"}], 1, caller.clock.now())


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(answer(b""), id="empty"),
        pytest.param(answer(b" \n"), id="white space"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", id="204"),
        pytest.param(answer(status="201 Created"), id="201"),
        pytest.param(answer(b"<html>log in</html>"), id="a web page"),
        pytest.param(answer(PAGE + b"x"), id="garbage behind"),
        pytest.param(answer(PAGE + PAGE), id="two documents"),
        pytest.param(answer(PAGE + b"\n" + PAGE), id="lines of documents"),
        pytest.param(answer(b"\xef\xbb\xbf" + PAGE), id="byte order mark"),
        pytest.param(answer(gzip.compress(PAGE)), id="gzip that is not labelled"),
        pytest.param(answer(PAGE, GZIP), id="gzip that is none"),
        pytest.param(answer(gzip.compress(PAGE)[:-9], GZIP), id="half gzip"),
        pytest.param(answer(gzip.compress(PAGE)[:-1], GZIP), id="gzip without the end of its trailer"),
        pytest.param(answer(gzip.compress(PAGE) + b"x", GZIP), id="garbage behind gzip"),
        pytest.param(answer(gzip.compress(PAGE) * 2, GZIP), id="two gzip members"),
        pytest.param(answer(gzip.compress(gzip.compress(PAGE)), GZIP), id="gzip in gzip, labelled once"),
        pytest.param(answer(gzip.compress(gzip.compress(PAGE)), GZIP, GZIP), id="gzip in gzip, labelled twice"),
        pytest.param(answer(gzip.compress(PAGE), "content-encoding: identity, gzip"), id="stacked encodings"),
        pytest.param(answer(zlib.compress(PAGE), "content-encoding: deflate"), id="deflate"),
        pytest.param(answer(PAGE, "content-encoding: br"), id="br"),
        pytest.param(answer(PAGE, "content-encoding: zstd"), id="zstd"),
        pytest.param(answer(PAGE, "content-encoding: x"), id="unknown encoding"),
    ],
)
async def test_any_other_success_is_malformed(sent: bytes) -> None:
    async with serve(answers(sent)) as wire, calling(wire.url) as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.MALFORMED, False)


@pytest.mark.parametrize("cut", [-1, -9, -20])
async def test_half_a_gzip_stream_is_malformed_where_only_the_close_ends_it(cut: int) -> None:
    sent = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + gzip.compress(PAGE)[:cut]
    async with serve(answers_and_closes(sent)) as wire, calling(wire.url) as caller:
        assert (await caller.failure()).code == FailureCode.MALFORMED


async def test_half_a_document_is_malformed_where_only_the_close_ends_it() -> None:
    async with serve(answers_and_closes(b"HTTP/1.1 200 OK\r\n\r\n", PAGE[:20])) as wire, calling(wire.url) as caller:
        assert (await caller.failure()).code == FailureCode.MALFORMED


async def test_of_duplicate_keys_the_last_counts() -> None:
    async with (
        serve(answers(answer(b'{"data":[],"data":[{"id":1}],"has_more":false}'))) as wire,
        calling(wire.url) as caller,
    ):
        assert (await caller.page()).items == [{"id": 1}]


@pytest.mark.parametrize(
    ("status", "code", "transient"),
    [
        (401, FailureCode.UNAUTHORIZED, False),
        (403, FailureCode.FORBIDDEN, False),
        (404, FailureCode.NOT_FOUND, False),
        (410, FailureCode.REFUSED, False),
        (429, FailureCode.THROTTLED, True),
        (500, FailureCode.SERVER_ERROR, True),
        (503, FailureCode.SERVER_ERROR, True),
        (999, FailureCode.SERVER_ERROR, False),
    ],
)
async def test_a_status_that_is_an_error_says_which_and_leaves_the_connection_usable(
    status: int, code: FailureCode, transient: bool
) -> None:
    async with serve(answers(answer(status=f"{status} Odd"), answer())) as wire, calling(wire.url) as caller:
        error = await caller.failure()
        assert (error.code, error.status, error.transient) == (code, status, transient)
        await caller.page()
        assert wire.connections == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("1", 1.0), ("9999", 3600.0), ("-5", None), ("soon", None), ("", None), ("1.5", None)],
)
async def test_retry_after_is_handed_on_in_seconds(value: str, seconds: float | None) -> None:
    throttled = answer(b"", f"retry-after: {value}", status="429 Slow Down")
    async with serve(answers(throttled)) as wire, calling(wire.url) as caller:
        assert (await caller.failure()).retry_after == seconds


async def test_retry_after_as_a_date_is_seconds_from_now() -> None:
    then = formatdate(START + 30, usegmt=True)
    busy = answer(b"", f"retry-after: {then}", status="503 Busy")
    async with serve(answers(busy)) as wire, calling(wire.url) as caller:
        assert (await caller.failure()).retry_after == 30.0


async def sends_without_end(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 200000000\r\n\r\n")
    while True:
        await peer.send(b" " * 65536)


async def chunks_without_end(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        await peer.send(b"10000\r\n" + b" " * 65536 + b"\r\n")


@pytest.mark.parametrize("script", [sends_without_end, chunks_without_end])
async def test_a_body_above_the_limit_is_too_large_and_not_read_on(script: Script) -> None:
    async with serve(script) as wire, calling(wire.url, max_body=MIB) as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.TOO_LARGE, False)
        await wire.clients_gone()


async def test_a_body_of_exactly_the_limit_is_a_page() -> None:
    async with serve(answers(answer(), answer(PAGE + b" "))) as wire, calling(wire.url, max_body=len(PAGE)) as caller:
        await caller.page()
        assert (await caller.failure()).code == FailureCode.TOO_LARGE


async def test_a_gzip_body_is_limited_once_decompressed() -> None:
    script = answers(answer(gzip.compress(PAGE), GZIP), answer(gzip.compress(PAGE + b" "), GZIP))
    async with serve(script) as wire, calling(wire.url, max_decoded_body=len(PAGE)) as caller:
        await caller.page()
        assert (await caller.failure()).code == FailureCode.TOO_LARGE


async def test_a_gzip_bomb_is_too_large_and_held_to_the_limit() -> None:
    pack = zlib.compressobj(9, wbits=31)
    bomb = b"".join(pack.compress(b" " * MIB) for _ in range(400)) + pack.flush()
    async with serve(answers(answer(bomb, GZIP))) as wire, calling(wire.url) as caller:
        tracemalloc.start()
        try:
            assert (await caller.failure()).code == FailureCode.TOO_LARGE
            assert tracemalloc.get_traced_memory()[1] < 30 * MIB
        finally:
            tracemalloc.stop()


async def test_a_large_gzip_body_is_a_page_too() -> None:
    noise = Random(1).randbytes(100_000).hex().encode()
    packed = gzip.compress(b'{"data":[{"id":"%b"}],"has_more":false}' % noise)
    assert len(packed) > 64 * 1024
    async with serve(answers(answer(packed, GZIP))) as wire, calling(wire.url) as caller:
        assert (await caller.page()).items == [{"id": noise.decode()}]


def test_gunzip_undoes_gzip_up_to_the_limit() -> None:
    assert gunzip(gzip.compress(b"abc"), 3) == b"abc"
    assert gunzip(gzip.compress(b""), 0) == b""


async def errs_without_end(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 500 Oops\r\ncontent-length: 200000000\r\n\r\n")
    while True:
        await peer.send(b"x" * 65536)


async def errs_and_waits(peer: Peer) -> None:
    await peer.request()
    await peer.send(answer(b"some text", status="500 Oops")[:-4])
    await peer.gone()


@pytest.mark.parametrize("script", [errs_without_end, errs_and_waits])
async def test_the_rest_of_an_error_that_is_long_or_late_is_not_waited_for(script: Script) -> None:
    async with serve(script) as wire, calling(wire.url, timeout=20) as caller:
        assert (await caller.failure()).code == FailureCode.SERVER_ERROR
        await wire.clients_gone()


async def test_an_attempt_is_told_when_it_starts_and_how_it_ended() -> None:
    async with serve(answers(answer(), answer(b"no", status="404 Not Found"))) as wire, calling(wire.url) as caller:
        await caller.page()
        await caller.failure()
        assert caller.events == [
            UpstreamCallStarted("test"),
            UpstreamCallFinished("test", "ok", 200, 0.0, len(PAGE)),
            UpstreamCallStarted("test"),
            UpstreamCallFinished("test", "not_found", 404, 0.0, 0),
        ]


async def test_a_cancelled_attempt_is_told_as_cancelled_and_closes_its_connection() -> None:
    begun = asyncio.Event()

    async def half(peer: Peer) -> None:
        await peer.request()
        await peer.send(answer()[:-3])
        begun.set()
        await peer.gone()

    async with serve(half) as wire, calling(wire.url) as caller:
        call = asyncio.create_task(caller.page())
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert caller.outcome() == "cancelled"
        await wire.clients_gone()
