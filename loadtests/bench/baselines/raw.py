"""The least that an ASGI server can do: the same bytes for every request."""

from starlette.types import ASGIApp, Receive, Scope, Send

from loadtests.bench.baselines.given import Given


def app(given: Given) -> ASGIApp:
    body = given.body
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer
