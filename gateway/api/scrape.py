"""``/metrics``, on its own port."""

from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from gateway.api.negotiation import check_method
from gateway.api.responses import Answer, header, send_answer

#: from an ``Accept`` header to an exposition and its content type
Render = Callable[[str], tuple[bytes, str]]


class Scrape:
    def __init__(self, render: Render) -> None:
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        check_method(scope)
        body, content_type = self._render(header(scope, b"accept") or "")
        await send_answer(scope, send, Answer(200, [(b"content-type", content_type.encode())], body))
