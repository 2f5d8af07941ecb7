"""Taking in new connections while the event loop has much to do."""

import socket
from contextlib import ExitStack

import uvloop
from starlette.types import Receive, Scope, Send

from gateway.api.options import ServerOptions
from gateway.service import Listener, bound
from tests.support.loop import turns

CALLERS = 64


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    """Nobody here asks for anything."""


async def rounds_until_all_are_in() -> int:
    sock = bound("127.0.0.1", 0)
    listener = Listener(silent, sock, ServerOptions())
    async with listener.listening():
        with ExitStack() as callers:
            for _ in range(CALLERS):
                callers.enter_context(socket.create_connection(sock.getsockname()))
            rounds = 0
            while len(listener.server_state.connections) < CALLERS:
                await turns(1)
                rounds += 1
    return rounds


def test_a_crowd_is_taken_in_within_a_few_turns_of_the_loop() -> None:
    assert uvloop.run(rounds_until_all_are_in()) <= CALLERS // 8
