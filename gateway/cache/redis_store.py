"""Bytes under names in Redis (or Valkey), for a gateway that must never wait for it nor fail with it.

- Constructing touches no network; each operation is bounded by ``timeout``, tried once, and behind a breaker.
- What is asked in one turn of the event loop is one round trip (``pipeline``).
- Whatever goes wrong is ``RedisUnavailable`` and an event with the class name of the cause, nothing else of it.
- The older protocol (RESP2) needs no greeting, is spoken by every server and proxy, and has no push messages, so
  any unread byte on an idle connection shows that it is out of step.
"""

import asyncio
from contextlib import suppress
from typing import Any

from pydantic import SecretStr
from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.cache.breaker import RedisBreaker
from gateway.cache.pipeline import Command, LeftAlone, Pipeline, Word
from gateway.core.clock import Clock
from gateway.core.errors import GatewayError
from gateway.core.events import Observer, RedisFailed
from gateway.core.record import Record

#: connections of one process
CONNECTIONS = 32
#: names looked at in one step of a purge
SCAN_COUNT = 500


class Script(Record, frozen=True):
    """Lua for Redis, over the values of ``names``; ``operation`` is what events call it."""

    operation: str
    text: str
    names: tuple[str, ...]
    arguments: tuple[Word, ...]


class RedisUnavailable(GatewayError):
    """Redis did not do what was asked; never says where it is or how one logs in."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Redis cannot be used: {reason}")
        self.reason = reason


class RedisStore:
    """Every name given here gets ``prefix`` and a colon in front.

    Raises ``ValueError`` where ``url`` cannot be one of Redis.
    """

    def __init__(
        self, *, url: SecretStr, prefix: str, timeout: float, clock: Clock, observe: Observer, size: int = CONNECTIONS
    ) -> None:
        check_url(url)
        self._prefix = prefix
        self._observe = observe
        self._pipeline = Pipeline(
            connect=lambda: _connection(url, timeout),
            timeout=timeout,
            size=size,
            breaker=RedisBreaker(clock=clock, observe=observe),
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"RedisStore({self._prefix!r})"

    async def get(self, name: str) -> bytes | None:
        """The value, or None where there is none. Raises ``RedisUnavailable``."""
        return _value(await self._ask("get", ("GET", self._key(name))))

    async def get_and_run(self, name: str, script: Script) -> tuple[bytes | None, Any]:
        """The value, and what ``script`` gives: None where Redis refuses it. Raises ``RedisUnavailable``."""
        found, given = await self._ask_both("get", ("GET", self._key(name)), script)
        return _value(found), given

    async def set(self, name: str, value: bytes, ttl: float) -> None:
        """Returns once Redis has confirmed that it keeps ``value`` for ``ttl`` seconds. Raises ``RedisUnavailable``."""
        self._confirm(await self._ask("set", self._setting(name, value, ttl)))

    async def set_and_run(self, name: str, value: bytes, ttl: float, script: Script) -> None:
        """``set``, and then ``script``, whatever becomes of either."""
        done, _ = await self._ask_both("set", self._setting(name, value, ttl), script)
        self._confirm(done)

    async def run(self, script: Script) -> Any:
        """What ``script`` gives. Raises ``RedisUnavailable``."""
        return await self._ask(script.operation, self._call(script))

    async def delete(self, name: str) -> None:
        """Raises ``RedisUnavailable``."""
        await self._ask("delete", ("UNLINK", self._key(name)))

    async def purge(self, kind: str) -> int:
        """Remove every name that begins with ``kind`` and a colon, and say how many. Raises ``RedisUnavailable``."""
        cursor: Word = 0
        purged = 0
        while True:
            pattern = self._key(f"{kind}:*")
            cursor, names = await self._ask("purge", ("SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_COUNT))
            purged += await self._ask("purge", ("UNLINK", *names)) if names else 0
            if not int(cursor):
                return purged

    async def ping(self) -> None:
        """Raises ``RedisUnavailable`` where Redis does not answer."""
        await self._ask("ping", ("PING",))

    async def aclose(self) -> None:
        """Let what is under way end, and hang up."""
        await self._pipeline.aclose()

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"

    def _setting(self, name: str, value: bytes, ttl: float) -> Command:
        return "SET", self._key(name), value, "PX", max(1, int(ttl * 1000))

    def _confirm(self, answer: Any) -> None:
        if answer != b"OK":
            raise self._failure("set", "Unconfirmed")

    def _call(self, script: Script) -> Command:
        return "EVAL", script.text, len(script.names), *map(self._key, script.names), *script.arguments

    async def _ask(self, operation: str, command: Command) -> Any:
        [reply] = self._send(command)
        return await self._reply(operation, reply)

    async def _ask_both(self, operation: str, command: Command, script: Script) -> tuple[Any, Any]:
        """The replies to two that go out together. Raises what the first failed with; None stands for the second's."""
        first, second = self._send(command, self._call(script))
        reply = await self._reply(operation, first)
        with suppress(RedisUnavailable):
            return reply, await self._reply(script.operation, second)
        return reply, None

    def _send(self, *commands: Command) -> list["asyncio.Future[Any]"]:
        try:
            return self._pipeline.ask(*commands)
        except LeftAlone:
            raise RedisUnavailable("it is left alone for a while") from None

    async def _reply(self, operation: str, reply: "asyncio.Future[Any]") -> Any:
        try:
            return await reply
        except Exception as error:  # noqa: BLE001  # whatever redis-py raises
            raise self._failure(operation, type(error).__name__) from None

    def _failure(self, operation: str, reason: str) -> RedisUnavailable:
        self._observe(RedisFailed(operation, reason))
        return RedisUnavailable(reason)


def _value(found: Any) -> bytes | None:
    return found if isinstance(found, bytes) else None


def check_url(url: SecretStr) -> None:
    """Raises ``ValueError`` where ``url`` cannot be one of Redis; touches no network, and does not repeat it."""
    try:
        _connection(url, 1.0)
    except Exception:  # noqa: BLE001  # whatever it says may repeat the URL
        raise ValueError("the Redis URL cannot be read, or has options that do not exist") from None


def _connection(url: SecretStr, timeout: float) -> AbstractConnection:
    """Not opened yet. Ours come last: what an URL's query says about waiting and retrying does not count."""
    settings: dict[str, Any] = {
        **parse_url(url.get_secret_value()),
        "socket_timeout": None,  # the pipeline bounds the whole
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "retry_on_timeout": False,
        "health_check_interval": 0,
        "decode_responses": False,
        "protocol": 2,
        "driver_info": None,
    }
    for name in ("max_connections", "timeout"):  # of a pool
        settings.pop(name, None)
    kind: type[AbstractConnection] = settings.pop("connection_class", Connection)
    return kind(**settings)
