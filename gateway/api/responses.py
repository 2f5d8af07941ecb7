"""Answers as plain ASGI messages."""

from dataclasses import dataclass

from starlette.types import Scope, Send

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers`` without content length, which is added when it is sent."""

    status: int
    headers: Headers
    body: bytes = b""


async def send_answer(scope: Scope, send: Send, answer: Answer) -> None:
    """Send it; to HEAD without its body, but with the length that GET would have."""
    headers = [*answer.headers, (b"x-content-type-options", b"nosniff")]
    if answer.status != 304:  # noqa: PLR2004
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a request header; several lines of it joined by commas (RFC 9110, section 5.3)."""
    values = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1") if values else None
