"""Answers whose head is known as bytes already, given to uvicorn in one piece.

By ASGI an answer comes in two messages, each of its headers is checked by two patterns, and what comes of it is written
in two pieces: for a page that is kept whole a large part of what it costs (``docs/adr/0006-answers-at-once.md``).
"""

from collections.abc import Sequence

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

#: bytes; a longer body is not copied to stand behind its head
_COPIED = 64 * 1024


def answered_at_once(send: Send, status: int, lines: Sequence[bytes], body: bytes) -> bool:
    """Whether the request of this ``send`` is answered now. If not, nothing was done, and ASGI is the way.

    That is so where the server is another one, or anything but the usual is to be minded. ``lines`` are the headers,
    each with its line end; they say how long the body is, and are not checked.
    """
    cycle = getattr(send, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle) or not _is_free(cycle):
        return False
    cycle.waiting_for_100_continue = False
    cycle.response_started = cycle.response_complete = True
    head = [STATUS_LINE[status]]
    for name, value in cycle.default_headers:
        head += name, b": ", value, b"\r\n"
    head += *lines, b"\r\n"
    if len(body) <= _COPIED:
        cycle.transport.write(b"".join((*head, body)))
    else:
        cycle.transport.writelines((b"".join(head), body))
    cycle.message_event.set()
    cycle.on_response()
    return True


def _is_free(cycle: RequestResponseCycle) -> bool:
    """Nothing was sent yet, the connection is there and stays, and what was written before is on its way."""
    return cycle.keep_alive and not (cycle.response_started or cycle.disconnected or cycle.flow.write_paused)
