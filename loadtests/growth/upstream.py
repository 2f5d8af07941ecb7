"""Synthetic upstreams as a process: lists of any length, made from the request alone, so that they need no room.

``/offset/TOTAL/PADDING?skip=&limit=`` and ``/token/TOTAL/PADDING/LENGTH?token=&limit=``: ``padding`` is the length of
each item's text, ``length`` that of the tokens. The specs beside this file describe both.
"""

import asyncio
import sys
from functools import lru_cache
from typing import cast
from urllib.parse import parse_qs, urlsplit

import uvloop

_END = b"\r\n\r\n"


class Answering(asyncio.Protocol):
    """One connection. Requests have no bodies, and one waits for the answer to the one before."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass

    def data_received(self, data: bytes) -> None:
        received = self._received + data
        while (end := received.find(_END)) >= 0:
            self._transport.write(answer(received[:end].split(b" ", 2)[1].decode()))
            received = received[end + len(_END) :]
        self._received = received


@lru_cache(maxsize=512)
def answer(target: str) -> bytes:
    """The whole response to a GET."""
    place = urlsplit(target)
    style, total, padding, *length = place.path.strip("/").split("/")
    query = {name: values[0] for name, values in parse_qs(place.query).items()}
    start = int(query.get("skip" if style == "offset" else "token", "0"))
    end = min(start + int(query["limit"]), int(total))
    items = ",".join(_item(number, int(padding)) for number in range(start, end))
    rest = _flag(end, int(total)) if style == "offset" else _token(end, int(total), int(length[0]))
    return _response(f'{{"items":[{items}],{rest},"total":{total}}}'.encode())


def _item(number: int, padding: int) -> str:
    text = "x" * padding
    return f'{{"id":"vs_{number:08}","name":"Store {number}","created_at":"2024-01-15T10:30:00Z","text":"{text}"}}'


def _flag(end: int, total: int) -> str:
    return f'"has_more":{"true" if end < total else "false"}'


def _token(end: int, total: int, length: int) -> str:
    return f'"next_token":"{end:0{length}}"' if end < total else '"next_token":null'


def _response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def serve() -> None:
    """On a free port, which is printed."""
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
