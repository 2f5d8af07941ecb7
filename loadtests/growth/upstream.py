"""Synthetic upstreams as a process: lists of any length, made from the request alone, so that they need no room.

``/offset/TOTAL/PADDING?skip=&limit=`` and ``/token/TOTAL/PADDING/LENGTH?token=&limit=``: ``padding`` is the length of
each item's text, ``length`` that of the tokens. The specs beside this file describe both.
"""

import asyncio
import sys
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

import uvloop

from loadtests.answering import Answering


def _answer(target: str, transport: asyncio.Transport) -> None:
    transport.write(answer(target))


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
    server = await asyncio.get_running_loop().create_server(lambda: Answering(_answer), "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
