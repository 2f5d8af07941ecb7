"""The outermost layer over small applications of a test's own: what the gateway's own never do."""

from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.edge import Edge
from gateway.api.scrape import Scrape
from gateway.core.events import Event, RequestCrashed, RequestFinished
from tests.support.clock import ManualClock


async def breaks_off(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("CANARY")


async def call(app: ASGIApp, events: list[Event], **scope: Any) -> list[Message]:
    """What is sent for a request to ``/metrics`` or ``/app``."""
    edge = Edge(
        app,
        front={},
        base_path="",
        routes=frozenset({"/app", "/metrics"}),
        clock=ManualClock(),
        observer=events.append,
    )
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    await edge({"type": "http", "method": "GET", "path": "/app", "headers": [], "client": None} | scope, receive, send)
    return sent


async def test_an_answer_that_breaks_off_is_not_begun_again() -> None:
    events: list[Event] = []
    sent = await call(breaks_off, events)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert [type(event) for event in events[1:]] == [RequestCrashed, RequestFinished]
    finished = events[-1]
    assert isinstance(finished, RequestFinished)
    assert (finished.status, finished.size, finished.problem) == (200, 4, "internal-error")


async def test_a_peer_without_an_address_has_none_in_the_event() -> None:
    events: list[Event] = []
    await call(breaks_off, events)
    assert [event.client for event in events if isinstance(event, RequestFinished)] == [""]


async def test_what_is_no_request_is_left_to_the_application() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    events: list[Event] = []
    assert await call(app, events, type="websocket") == []
    assert (seen, events) == (["websocket"], [])


@pytest.mark.parametrize("accept", ["", "text/plain"])
async def test_a_scrape_is_rendered_as_it_is_accepted_and_is_no_event(accept: str) -> None:
    events: list[Event] = []
    scrape = Scrape(lambda wanted: (f"for {wanted}".encode(), "text/x"))
    headers = [(b"accept", accept.encode())] if accept else []
    start, body = await call(scrape, events, path="/metrics", headers=headers)
    assert (start["status"], body["body"], events) == (200, f"for {accept}".encode(), [])
    assert (b"content-type", b"text/x") in start["headers"]


async def test_a_scrape_is_a_get() -> None:
    start, _ = await call(Scrape(lambda _: (b"", "")), [], path="/metrics", method="POST")
    assert start["status"] == 405
