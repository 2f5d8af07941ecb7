import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from pydantic import SecretStr

from gateway.cache.redis_store import RedisStore
from tests.cache.cases import Case, Replica
from tests.cache.fakes import Events, ManualClock
from tests.support.redis_servers import RedisServer, binaries

MakeStore = Callable[..., RedisStore]
MakeReplica = Callable[..., Replica]


@pytest.fixture(scope="session", params=sorted(binaries()))
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with RedisServer(binaries()[request.param]) as running:
        yield running


@pytest.fixture
def redis(server: RedisServer) -> RedisServer:
    """The running server, empty and as it was configured."""
    server.command("FLUSHALL")
    return server


@pytest.fixture
def own_server(server: RedisServer) -> Iterator[RedisServer]:
    """A server of the same kind for one test, which may kill or freeze it."""
    with RedisServer(server.binary) as running:
        yield running


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
async def make_store(clock: ManualClock, events: Events) -> AsyncIterator[MakeStore]:
    """A function from an URL to a store, which is closed at the end."""
    made: list[RedisStore] = []

    def make(url: str, *, timeout: float = 2.0, size: int = 32) -> RedisStore:
        store = RedisStore(url=SecretStr(url), prefix="test", timeout=timeout, clock=clock, observe=events, size=size)
        made.append(store)
        return store

    yield make
    for store in made:
        await store.aclose()


@pytest.fixture
async def make_replica(clock: ManualClock, events: Events, make_store: MakeStore) -> AsyncIterator[MakeReplica]:
    made: list[Replica] = []

    def make(url: str, *, capacity: int = 1_000_000, timeout: float = 2.0) -> Replica:
        made.append(Replica(make_store(url, timeout=timeout), clock, events, capacity))
        return made[-1]

    yield make
    for replica in made:
        replica.inner.gate.set()
        await replica.cached.aclose()


@pytest.fixture
async def case(clock: ManualClock, events: Events) -> AsyncIterator[Case]:
    case = Case(clock, events)
    yield case
    case.inner.gate.set()
    await case.cached.aclose()


@pytest.fixture(autouse=True)
async def _leave_nothing_behind() -> AsyncIterator[None]:
    """After every test: no task is left."""
    yield
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others, others
