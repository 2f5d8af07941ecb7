"""The wire side of the load tests' upstreams: as little as can be between a request and a prepared answer."""

import asyncio
from collections.abc import Callable
from typing import cast

#: between a head and its body
END = b"\r\n\r\n"
#: given the target of each request, and the transport to answer on
Asked = Callable[[str, asyncio.Transport], None]


class Answering(asyncio.Protocol):
    """One connection. Requests have no bodies, and one waits for the answer to the one before."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass

    def data_received(self, data: bytes) -> None:
        received = self._received + data
        while (end := received.find(END)) >= 0:
            self._asked(received[:end].split(b" ", 2)[1].decode(), self._transport)
            received = received[end + len(END) :]
        self._received = received
