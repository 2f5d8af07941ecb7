"""The upstreams of the bench, as a process: the three APIs' shapes, answered from prepared bytes.

They are cheap enough never to be the limit: no framework, one lookup a request. ``GET /calls`` on any port says how
many pages each has been asked for so far.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import lru_cache, partial
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import uvloop

from gateway.demo.corpus import Seedling
from gateway.demo.shapes import aitronos_store, b3os_entry, scale_dex_store
from loadtests.answering import END, Answering

_NEWEST = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
_OK = b"HTTP/1.1 200 OK\r\nDate: %b\r\n"
_NO_PLACE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """How one API pages and what its items look like."""

    item: Callable[[Seedling], Fields]
    place: str
    limit: str
    rest: Callable[[int, int, int], Fields]
    """Of total, place and limit: what stands beside the items."""

    def page(self, target: str, total: int) -> bytes:
        query = parse_qs(urlsplit(target).query)
        place, limit = int(query.get(self.place, ["0"])[0]), int(query.get(self.limit, ["20"])[0])
        items = [self.item(_seedling(number)) for number in range(place, min(place + limit, total))]
        return _response({"items": items, **self.rest(total, place, limit)})


def _short_entry(seedling: Seedling) -> Fields:
    """With one sentence of content: how much an entry holds is no matter of paging."""
    entry = b3os_entry(seedling)
    return {**entry, "content": entry["content"][:100]}


SHAPES = {
    "aitronos": Shape(
        aitronos_store,
        "skip",
        "limit",
        lambda total, place, limit: {"total": total, "skip": place, "limit": limit, "has_more": place + limit < total},
    ),
    "scale-dex": Shape(
        scale_dex_store,
        "continuation_token",
        "page_size",
        lambda total, place, limit: {
            "total_count": total,
            "next_token": str(place + limit) if place + limit < total else None,
            "prev_token": None,
        },
    ),
    "b3os": Shape(
        _short_entry,
        "offset",
        "limit",
        lambda total, place, limit: {"hasMore": place + limit < total, "limit": limit, "offset": place},
    ),
}


def _seedling(number: int) -> Seedling:
    created = _NEWEST - timedelta(minutes=number)
    return Seedling(
        number=number,
        random=Random(number),  # noqa: S311  # simulated data
        name=f"Customer Contracts Collection {number}",
        description="Collection for customer contracts of the Legal team" if number % 2 else None,
        created=created,
        updated=created + timedelta(seconds=number % 86400),
    )


def _response(content: Any) -> bytes:
    """All of it but status and date."""
    body = orjson.dumps(content)
    head = f"Content-Type: application/json\r\nCache-Control: max-age=60\r\nContent-Length: {len(body)}"
    return head.encode() + END + body


@lru_cache(maxsize=1)
def _beginning(second: int) -> bytes:
    """Caches tell the age of an answer by its date."""
    return _OK % formatdate(second, usegmt=True).encode()


class Upstream:
    """One list on a port of its own."""

    def __init__(self, shape: Shape, items: int) -> None:
        self.calls = 0
        self.answer = lru_cache(maxsize=4096)(lambda target: shape.page(target, items))


class Answers:
    """What one of the upstreams says; ``everything`` are all of them, ``delay`` in seconds."""

    def __init__(self, upstream: Upstream, everything: list[Upstream], delay: float) -> None:
        self._upstream = upstream
        self._everything = everything
        self._delay = delay

    def __call__(self, target: str, transport: asyncio.Transport) -> None:
        if target == "/calls":
            _write(transport, _response([one.calls for one in self._everything]))
        elif not target.startswith("/v1/"):
            transport.write(_NO_PLACE)
        else:
            self._upstream.calls += 1
            answer = self._upstream.answer(target)
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, _write, transport, answer)
            else:
                _write(transport, answer)


def _write(transport: asyncio.Transport, answer: bytes) -> None:
    if not transport.is_closing():
        transport.write(_beginning(int(time.time())) + answer)


async def serve(shapes: list[str], *, items: int, delay: float) -> None:
    """One upstream for each shape, each on a free port; the ports are printed as a JSON list."""
    upstreams = [Upstream(SHAPES[name], items) for name in shapes]
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(partial(Answering, Answers(one, upstreams, delay)), "127.0.0.1", 0)
        for one in upstreams
    ]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="+", choices=sorted(SHAPES))
    parser.add_argument("--items", type=int, default=10_000, help="in each list")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    uvloop.run(serve(options.shapes, items=options.items, delay=options.delay))


if __name__ == "__main__":
    main()
