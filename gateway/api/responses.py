"""Answers as plain ASGI messages, or at once where the server can do that."""

import re

from starlette.types import Scope, Send

from gateway.api.at_once import answered_at_once
from gateway.api.exchange import Exchange
from gateway.core.record import Record

Headers = list[tuple[bytes, bytes]]

#: what may not stand in a header's name or value: it could end the line
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")


class Answer(Record, frozen=True):
    """``headers`` without content length, which is added when it is sent."""

    unseen = frozenset({"body"})

    status: int
    headers: Headers
    body: bytes = b""


class Prepared(Record, frozen=True):
    """An answer that is given again and again, without its body: ``lines`` are all its headers as they are sent.

    ``headers`` are those of an ``Answer``. What is each request's own is in neither.
    """

    status: int
    headers: Headers
    lines: bytes


def prepared(status: int, headers: Headers, *, length: int) -> Prepared:
    """``length`` of the body. Raises ``ValueError`` for a header that is none."""
    sent = [*headers, _NO_SNIFFING, *_length(status, length)]
    if any(map(_CONTROL.search, (text for line in sent for text in line))):
        raise ValueError("a header would end before its end")
    return Prepared(status, headers, _lines(sent))


def _length(status: int, length: int) -> Headers:
    return [] if status == 304 else [(b"content-length", b"%d" % length)]  # noqa: PLR2004


def _lines(headers: Headers) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def sent_at_once(scope: Scope, send: Send, answer: Prepared, body: bytes, seconds: float) -> bool:
    """Whether the server took it in one piece: nothing is left to do then, and else nothing was done.

    ``seconds`` are what it took, for ``Server-Timing``.
    """
    exchange: Exchange = scope["exchange"]
    body = b"" if scope["method"] == "HEAD" else body
    own = f"server-timing: total;dur={seconds * 1000:.1f}\r\nx-request-id: {exchange.request_id}\r\n"
    if not answered_at_once(send, answer.status, (answer.lines, own.encode()), body):
        return False
    exchange.status, exchange.size, exchange.answered = answer.status, len(body), True
    return True


async def send_prepared(scope: Scope, send: Send, answer: Prepared, body: bytes, seconds: float) -> None:
    """The same by ASGI, which every server takes."""
    timing = (b"server-timing", b"total;dur=%.1f" % (seconds * 1000))
    await send_answer(scope, send, Answer(answer.status, [*answer.headers, timing], body))


async def send_answer(scope: Scope, send: Send, answer: Answer) -> None:
    """Send it, and note in the exchange what was sent; to HEAD without its body, but with the length GET would have."""
    exchange: Exchange = scope["exchange"]
    named = (b"x-request-id", exchange.request_id.encode())
    headers = [*answer.headers, _NO_SNIFFING, named, *_length(answer.status, len(answer.body))]
    body = b"" if scope["method"] == "HEAD" else answer.body
    exchange.status, exchange.size, exchange.answered = answer.status, len(body), True
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a request header; None where it was not sent."""
    exchange: Exchange = scope["exchange"]
    value = exchange.headers.get(name)
    return None if value is None else value.decode("latin-1")
