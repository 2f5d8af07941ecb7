"""What each way of breaking looks like to the rest of the gateway: a code, whether to ask again, and nothing more."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from gateway.core.errors import FailureCode
from tests.upstream.calling import calling
from tests.upstream.wire import (
    PAGE,
    Peer,
    Script,
    answer,
    answers,
    answers_and_closes,
    answers_and_resets,
    closes_at_once,
    never_answers,
    serve,
)

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(closes_at_once, id="closed without an answer"),
        pytest.param(answers_and_resets(), id="reset without an answer"),
        pytest.param(answers_and_closes(HEAD + b"content-le"), id="closed in mid head"),
        pytest.param(answers_and_closes(answer()[:-5]), id="closed before the content length"),
        pytest.param(answers_and_resets(answer()[:-5]), id="reset in mid body"),
        pytest.param(answers_and_closes(CHUNKED + b'7\r\n{"data"\r\n'), id="no last chunk"),
        pytest.param(answers_and_closes(CHUNKED + b"50\r\n{"), id="closed in mid chunk"),
        pytest.param(answers_and_resets(CHUNKED + b"50\r\n{"), id="reset in mid chunk"),
    ],
)
async def test_a_connection_that_breaks_is_unreachable_and_worth_another_attempt(script: Script) -> None:
    async with serve(script) as wire, calling(wire.url) as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.UNREACHABLE, True)
        assert wire.connections == 1, "a GET is sent once: retrying is for Retrying"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="another protocol"),
        pytest.param(b"<html>hello</html>", id="HTTP/0.9"),
        pytest.param(b"HTTP/1.1 abc\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/9.1 200 OK\r\n\r\n", id="unknown version"),
        pytest.param(HEAD + b"content-length: 48\r\ncontent-length: 5\r\n\r\n" + PAGE, id="two lengths"),
        pytest.param(
            HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", id="length and chunks"
        ),
        pytest.param(HEAD + b"content-length: -5\r\n\r\n" + PAGE, id="negative length"),
        pytest.param(CHUNKED + b"zz\r\n" + PAGE + b"\r\n0\r\n\r\n", id="chunk size that is no number"),
        pytest.param(CHUNKED + b'7\r\n{"data"XXX\r\n0\r\n\r\n', id="chunk longer than its size"),
        pytest.param(answer(PAGE, "x-big: " + "y" * 90_000), id="header line of 90 KB"),
        pytest.param(answer(PAGE, *(f"x-{n}: y" for n in range(5000))), id="5000 headers"),
        pytest.param(answer(PAGE, "x-nul: a\0b"), id="NUL in a header"),
    ],
)
async def test_what_is_not_proper_http_is_malformed_and_its_connection_is_not_used_again(sent: bytes) -> None:
    async with serve(answers(sent), answers(answer())) as wire, calling(wire.url) as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.MALFORMED, False)
        assert len((await caller.page()).items) == 1
        assert wire.connections == 2


async def test_what_follows_the_body_is_never_read_as_the_answer_to_the_next_request() -> None:
    poisoned = answers(answer() + answer(b'{"data":["forged"],"has_more":false}'))
    async with serve(poisoned, answers(answer())) as wire, calling(wire.url) as caller:
        assert (await caller.page()).items == [{"id": "a"}]
        assert (await caller.page()).items == [{"id": "a"}]


async def test_a_response_nobody_asked_for_on_an_idle_connection_is_never_read() -> None:
    idle = asyncio.Event()

    async def poisons_later(peer: Peer) -> None:
        await peer.request()
        await peer.send(answer())
        await idle.wait()
        await peer.send(answer(b'{"data":["forged"],"has_more":false}'))
        await peer.gone()

    async with serve(poisons_later, answers(answer())) as wire, calling(wire.url) as caller:
        await caller.page()
        idle.set()
        (connection,) = caller.idle()
        while not len(connection):  # noqa: ASYNC110 - until the bytes have come all the way up
            await asyncio.sleep(0)
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.MALFORMED, True)
        assert (await caller.page()).items == [{"id": "a"}]


async def test_interim_answers_are_passed_over() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    async with serve(answers(interim + answer())) as wire, calling(wire.url) as caller:
        assert len((await caller.page()).items) == 1


async def test_interim_answers_without_end_run_into_the_timeout() -> None:
    async def hints_for_ever(peer: Peer) -> None:
        await peer.request()
        while True:
            await peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    async with serve(hints_for_ever) as wire, calling(wire.url, timeout=0.2) as caller:
        assert (await caller.failure()).code == FailureCode.TIMEOUT


async def test_switching_protocols_is_refused_and_its_connection_closed() -> None:
    switching = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nabc"
    async with serve(answers(switching)) as wire, calling(wire.url) as caller:
        error = await caller.failure()
        assert (error.code, error.status) == (FailureCode.REFUSED, 101)
        await wire.clients_gone()


async def test_a_refused_connection_is_unreachable_and_worth_another_attempt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with calling(f"http://127.0.0.1:{port}") as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.UNREACHABLE, True)


@pytest.fixture
async def full_port() -> AsyncIterator[int]:
    """A port whose queue is full, so that connecting to it gets no answer at all."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for one in waiting:
            one.close()


async def test_a_connection_that_is_not_answered_ends_at_the_connect_timeout(full_port: int) -> None:
    async with calling(f"http://127.0.0.1:{full_port}", connect_timeout=0.1, timeout=20) as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.TIMEOUT, False)
        assert error.detail == "no connection within the time allowed"


async def test_a_name_that_does_not_resolve_is_unreachable_and_worth_another_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unknown(host: str, *_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    async with calling("http://nowhere.invalid") as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.UNREACHABLE, True)
        assert error.detail == "the host name does not resolve"


async def silent_after_the_head(peer: Peer) -> None:
    await peer.request()
    await peer.send(answer()[: -len(PAGE)])
    await peer.gone()


async def drips(peer: Peer) -> None:
    """One byte whenever the client has had time to read the last one, without end."""
    await peer.request()
    await peer.send(CHUNKED)
    while True:
        await peer.send(b"1\r\n \r\n")
        await asyncio.sleep(0)


@pytest.mark.parametrize("script", [never_answers, silent_after_the_head, drips])
async def test_one_timeout_bounds_the_whole_attempt_and_closes_its_connection(script: Script) -> None:
    async with serve(script) as wire, calling(wire.url, timeout=0.2) as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.TIMEOUT, False)
        await wire.clients_gone()


async def test_the_deadline_ends_an_attempt_that_its_timeout_would_let_go_on() -> None:
    async with serve(never_answers) as wire, calling(wire.url, timeout=20) as caller:
        error = await caller.failure(seconds=0.1)
        assert (error.code, error.transient) == (FailureCode.TIMEOUT, False)


async def test_nothing_is_sent_after_the_deadline() -> None:
    async with serve(never_answers) as wire, calling(wire.url) as caller:
        with pytest.raises(Exception, match="no time was left"):
            await caller.page(seconds=0)
        assert (wire.connections, caller.events) == (0, [])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999",
        "http://127.1",
        "http://2130706433",
        f"http://{'a' * 64}.example",
    ],
)
async def test_a_url_that_cannot_be_called_is_the_configurations_fault(url: str) -> None:
    async with calling(url) as caller:
        assert (await caller.failure()).code == FailureCode.CONFIG


@pytest.mark.parametrize("key", ["é", "a\r\nx-forged: b", "a\nb", "a\0b"])
async def test_a_header_that_cannot_be_sent_is_the_configurations_fault(key: str) -> None:
    async with serve(answers(answer())) as wire, calling(wire.url, spec={"key": key}) as caller:
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.CONFIG, False)
        assert wire.requests == []


async def test_a_closed_pool_is_unreachable() -> None:
    async with serve(answers(answer())) as wire, calling(wire.url) as caller:
        await caller.transport.aclose()
        error = await caller.failure()
        assert (error.code, error.transient) == (FailureCode.UNREACHABLE, False)


async def test_closing_the_pool_ends_the_calls_under_way() -> None:
    async with serve(never_answers) as wire, calling(wire.url) as caller:
        call = asyncio.create_task(caller.failure())
        await wire.asked.wait()
        await caller.transport.aclose()
        assert (await call).code == FailureCode.UNREACHABLE


@pytest.mark.parametrize("script", [closes_at_once, never_answers, answers(answer(b"<secret>"))])
async def test_an_error_says_nothing_of_the_url_the_credential_or_the_answer(script: Script) -> None:
    async with serve(script) as wire, calling(wire.url, timeout=0.2) as caller:
        said = str(await caller.failure(request_id="CANARY-id"))
        assert not any(secret in said for secret in ("CANARY", "127.0.0.1", "orgs", "secret", "limit"))
