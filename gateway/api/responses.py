"""Answers as plain ASGI messages."""

from dataclasses import dataclass

from starlette.types import Scope, Send

from gateway.api.exchange import Exchange

Headers = list[tuple[bytes, bytes]]

_NO_SNIFFING = (b"x-content-type-options", b"nosniff")


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers`` without content length, which is added when it is sent."""

    status: int
    headers: Headers
    body: bytes = b""


async def send_answer(scope: Scope, send: Send, answer: Answer) -> None:
    """Send it, and note in the exchange what was sent; to HEAD without its body, but with the length GET would have."""
    exchange: Exchange = scope["exchange"]
    headers = [*answer.headers, _NO_SNIFFING, (b"x-request-id", exchange.request_id.encode())]
    if answer.status != 304:  # noqa: PLR2004
        headers.append((b"content-length", b"%d" % len(answer.body)))
    body = b"" if scope["method"] == "HEAD" else answer.body
    exchange.status, exchange.size, exchange.answered = answer.status, len(body), True
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a request header; None where it was not sent."""
    exchange: Exchange = scope["exchange"]
    value = exchange.headers.get(name)
    return None if value is None else value.decode("latin-1")
