"""Bytes under names in Redis (or Valkey), for a gateway that must never wait for it nor fail with it.

- Constructing touches no network; each operation is bounded by ``timeout``, tried once, and behind a breaker.
- Whatever goes wrong is ``RedisUnavailable`` and an event with the class name of the cause, nothing else of it.
- An operation is a task of its own, which its caller's leaving does not end: redis-py drops a connection whose reply
  was not read, so a crowd of clients that go away would make as many new connections, and a Redis whose greeting
  takes longer than ``timeout`` would never be connected at all. Its sockets' time limits end it.
- The older protocol (RESP2) needs no greeting, is spoken by every server and proxy, and has no push messages, so
  any unread byte on an idle connection shows that it is out of step.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from typing import Any, TypeVar

from pydantic import SecretStr
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from gateway.cache.breaker import RedisBreaker
from gateway.core.clock import Clock
from gateway.core.errors import GatewayError
from gateway.core.events import Observer, RedisFailed

#: connections of one process
CONNECTIONS = 32
#: seconds of silence after which a connection is tried before it is used
HEALTH_CHECK_INTERVAL = 15
#: names looked at in one step of a purge
SCAN_COUNT = 500

T = TypeVar("T")

Command = Callable[[], Awaitable[T]]


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
        self._prefix = prefix
        self._timeout = timeout
        self._observe = observe
        self._breaker = RedisBreaker(clock=clock, observe=observe)
        self._running: set[asyncio.Task[Any]] = set()
        self._pool = _pool(url, timeout, size)
        self._redis = Redis.from_pool(self._pool)

    def __repr__(self) -> str:
        return f"RedisStore({self._prefix!r})"

    async def get(self, name: str) -> bytes | None:
        """The value, or None where there is none. Raises ``RedisUnavailable``."""
        found = await self._ask("get", lambda: self._redis.get(self._key(name)))
        return found if isinstance(found, bytes) else None

    async def set(self, name: str, value: bytes, ttl: float) -> None:
        """Returns once Redis has confirmed that it keeps ``value`` for ``ttl`` seconds. Raises ``RedisUnavailable``."""
        milliseconds = max(1, int(ttl * 1000))
        if not await self._ask("set", lambda: self._redis.set(self._key(name), value, px=milliseconds)):
            raise self._failure("set", "Unconfirmed")

    async def delete(self, name: str) -> None:
        """Raises ``RedisUnavailable``."""
        await self._ask("delete", lambda: self._redis.unlink(self._key(name)))

    async def purge(self, kind: str) -> int:
        """Remove every name that begins with ``kind`` and a colon, and say how many. Raises ``RedisUnavailable``.

        For an operator: goes step by step and does not mind the breaker.
        """
        cursor, purged = 0, 0
        try:
            while True:
                pattern = self._key(f"{kind}:*")
                cursor, names = await self._redis.scan(cursor=cursor, match=pattern, count=SCAN_COUNT)
                purged += await self._redis.unlink(*names) if names else 0
                if not cursor:
                    return purged
        except (RedisError, OSError) as error:
            raise self._failure("purge", type(error).__name__) from None

    async def ping(self) -> None:
        """Raises ``RedisUnavailable`` where Redis does not answer."""
        await self._ask("ping", self._redis.ping)

    async def aclose(self) -> None:
        """Let what is under way end (its sockets see to that), and hang up."""
        while self._running:
            await asyncio.wait(self._running)
        with suppress(RedisError, OSError):  # a peer that does not even hang up
            await self._pool.aclose()

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"

    async def _ask(self, operation: str, command: Command[T]) -> T:
        if not self._breaker.permits():
            raise RedisUnavailable("it is left alone for a while")
        try:
            async with asyncio.timeout(self._timeout):
                answer = await asyncio.shield(self._launch(command))
        except Exception as error:  # noqa: BLE001  # a server that lies makes redis-py raise anything, AttributeError too
            self._judge(error)
            raise self._failure(operation, type(error).__name__) from None
        self._breaker.succeeded()
        return answer

    def _judge(self, error: Exception) -> None:
        """An error reply (full, read-only, wrong type) came at once from a server that is there: no reason to stop."""
        if isinstance(error, ResponseError):
            self._breaker.succeeded()
        else:
            self._breaker.failed()

    def _failure(self, operation: str, reason: str) -> RedisUnavailable:
        self._observe(RedisFailed(operation, reason))
        return RedisUnavailable(reason)

    def _launch(self, command: Command[T]) -> asyncio.Task[T]:
        task = asyncio.create_task(_run(command), context=Context())
        self._running.add(task)
        task.add_done_callback(self._end)
        return task

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may have left: then nobody else takes it


async def _run(command: Command[T]) -> T:
    return await command()


def check_url(url: SecretStr) -> None:
    """Raises ``ValueError`` where ``url`` cannot be one of Redis; touches no network, and does not repeat it."""
    _pool(url, 1.0, 1)


def _pool(url: SecretStr, timeout: float, size: int) -> BlockingConnectionPool:
    """Ours come last: what an URL's query says about waiting and retrying does not count."""
    settings: dict[str, Any] = {
        **_place(url),
        "max_connections": size,
        "timeout": timeout / 2,
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "retry_on_timeout": False,
        "health_check_interval": HEALTH_CHECK_INTERVAL,
        "decode_responses": False,
        "protocol": 2,
        "driver_info": None,
    }
    pool = BlockingConnectionPool(**settings)
    try:
        pool.make_connection()  # type: ignore[no-untyped-call]  # touches no network; refuses options that a connection does not have
    except Exception:  # noqa: BLE001  # whatever it says may repeat the URL
        raise ValueError("the Redis URL has options that do not exist") from None
    return pool


def _place(url: SecretStr) -> dict[str, Any]:
    try:
        return dict(parse_url(url.get_secret_value()))
    except ValueError:
        raise ValueError("the Redis URL cannot be read") from None
