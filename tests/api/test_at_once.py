"""A kept page is written to the server in one piece, and is the same answer as by ASGI."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from msgspec.structs import replace
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.api.at_once import answered_at_once
from gateway.api.edge import Edge
from gateway.api.exchange import Exchange
from gateway.api.responses import Prepared, prepared, send_prepared, sent_at_once
from gateway.api.stores import PATH
from gateway.core.events import PageServed, ignore
from tests.api.connection import ACME_KEY, Answer, ask, connected, request
from tests.api.serving import FETCHED, Served
from tests.support.clock import ManualClock

PAGE = prepared(200, [(b"etag", b'"x"'), (b"vary", b"Accept")], length=5)


@dataclass
class Wire(asyncio.Transport):
    """A transport that keeps what is written, piece by piece."""

    pieces: list[bytes] = field(default_factory=list)
    closed: bool = False

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        del name
        return default

    def resume_reading(self) -> None:
        """Nothing is ever held back."""


async def wire(app: ASGIApp, sent: bytes, *, full: bool = False) -> Wire:
    """What a server with ``app`` wrote; ``full``: its client reads too slowly until the application has begun."""
    config, state, line = uvicorn.Config(app, lifespan="off", log_config=None), ServerState(), Wire()
    config.load()
    state.default_headers = [(b"date", b"today")]
    protocol = HttpToolsProtocol(config, state, {}, asyncio.get_running_loop())
    protocol.connection_made(line)
    if full:
        protocol.pause_writing()
        asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, protocol.resume_writing)
    protocol.data_received(sent)
    await asyncio.gather(*state.tasks)
    protocol.connection_lost(None)
    return line


def answering(answer: Prepared, body: bytes, *, at_once: bool, took: list[bool] | None = None) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        told = at_once and sent_at_once(scope, send, answer, body, 0.0125)
        if took is not None:
            took.append(told)
        if not told:
            await send_prepared(scope, send, answer, body, 0.0125)

    return Edge(app, front={PATH: app}, base_path="", routes=frozenset({PATH}), clock=ManualClock(), observer=ignore)


def parts(line: Wire) -> tuple[list[bytes], bytes]:
    """Status line and headers, sorted, and the body."""
    head, _, body = b"".join(line.pieces).partition(b"\r\n\r\n")
    return sorted(head.split(b"\r\n")), body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (PAGE, b"hello"),
        (prepared(304, [(b"etag", b'"x"')], length=0), b""),
        (prepared(200, [], length=100_000), b"x" * 100_000),
    ],
    ids=["page", "unchanged", "long"],
)
async def test_both_ways_are_the_same_answer(method: str, answer: Prepared, body: bytes) -> None:
    took: list[bool] = []
    asked = request(PATH, "X-Request-Id: r", method=method)
    at_once = await wire(answering(answer, body, at_once=True, took=took), asked)
    assert took == [True]
    assert parts(at_once) == parts(await wire(answering(answer, body, at_once=False), asked))


async def test_it_is_one_piece_with_the_headers_of_the_server_in_it() -> None:
    (piece,) = (await wire(answering(PAGE, b"hello", at_once=True), request(PATH, "X-Request-Id: r"))).pieces
    assert piece == (
        b'HTTP/1.1 200 OK\r\ndate: today\r\netag: "x"\r\nvary: Accept\r\nx-content-type-options: nosniff\r\n'
        b"content-length: 5\r\nserver-timing: total;dur=12.5\r\nx-request-id: r\r\n\r\nhello"
    )


@pytest.mark.parametrize(
    ("asked", "full"),
    [
        (request(PATH, "Connection: close"), False),
        (request(PATH).replace(b"HTTP/1.1", b"HTTP/1.0"), False),
        (request(PATH), True),
    ],
    ids=["to be closed", "an old client", "a slow client"],
)
async def test_on_a_connection_that_is_not_as_usual_it_goes_by_asgi(asked: bytes, *, full: bool) -> None:
    took: list[bool] = []
    line = await wire(answering(PAGE, b"hello", at_once=True, took=took), asked, full=full)
    assert took == [False]
    assert parts(line)[1] == b"hello"


async def test_a_request_is_answered_once() -> None:
    said: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        said.extend(answered_at_once(send, 204, [], b"") for _ in range(2))

    line = await wire(app, request(PATH))
    assert said == [True, False]
    assert len(line.pieces) == 1


async def test_another_server_is_spoken_to_by_asgi() -> None:
    async def send(message: Any) -> None:
        raise AssertionError(message)

    exchange = Exchange("r", 0.0, {}, 0)
    assert not sent_at_once({"exchange": exchange, "method": "GET"}, send, PAGE, b"hello", 0.0)
    assert not exchange.answered


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\0b", b"\x7f"])
def test_a_header_that_would_end_before_its_end_is_never_prepared(value: bytes) -> None:
    with pytest.raises(ValueError, match="before its end"):
        prepared(200, [(b"link", value)], length=0)


@pytest.fixture
def kept(served: Served) -> Served:
    served.world.origins = dict.fromkeys(served.world.acme, replace(FETCHED, ttl=30.0))
    return served


def lasting(answer: Answer) -> dict[str, str]:
    """What a kept page has of the page that it was made from."""
    names = ("cache-control", "content-length", "content-type", "etag", "link", "vary", "x-content-type-options")
    return {name: answer.headers[name] for name in names}


async def test_a_kept_page_has_the_headers_of_the_first_one(kept: Served) -> None:
    (first,) = await ask(kept, request(f"{PATH}?limit=2", ACME_KEY))
    (second,) = await ask(kept, request(f"{PATH}?limit=2", ACME_KEY, "X-Request-Id: mine"))
    assert lasting(second) == lasting(first)
    assert second.headers["x-request-id"] == "mine"
    assert second.headers["age"] == "0"


async def test_kept_pages_that_are_asked_for_one_behind_the_other_come_in_that_order(kept: Served) -> None:
    names = [f"request-{number}" for number in range(20)]
    answers = await ask(kept, *(request(PATH, ACME_KEY, f"X-Request-Id: {name}") for name in names))
    assert [answer.headers["x-request-id"] for answer in answers] == names
    assert [event.request_id for event in await kept.finished(20)] == names
    assert {event.size for event in await kept.finished(20)} == {len(answers[0].body)}
    assert sum(isinstance(event, PageServed) for event in kept.events) == 20


async def test_a_kept_page_is_the_last_on_a_connection_that_the_client_wants_closed(kept: Served) -> None:
    await ask(kept, request(PATH, ACME_KEY))
    async with connected(kept) as connection:
        (answer,) = await connection.ask(request(PATH, ACME_KEY, "Connection: close"))
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await connection.closed()
