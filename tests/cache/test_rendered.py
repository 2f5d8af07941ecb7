"""Whole answers: memory and a real Redis, and what is never served from either."""

import orjson
import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from gateway.cache.memory import MemoryStore
from gateway.cache.redis_store import RedisStore
from gateway.cache.rendered import LONGEST, RenderedKey, RenderedPage, RenderedStore, decode, encode, tag
from gateway.core.events import RenderedLookedUp
from tests.cache.conftest import MakeStore
from tests.cache.fakes import Events, ManualClock
from tests.support.redis_servers import RedisServer

KEY = RenderedKey("0123456789abcdef" * 2, "acme")


def rendered(now: float, *, fresh: float = 30.0, body: bytes = b'{"items":[]}') -> RenderedPage:
    return RenderedPage(
        body=body,
        etag=tag(body),
        link=b'</next>; rel="next"',
        items=3,
        fetched_at=now,
        fresh_until=(("aitronos", now + fresh), ("b3os", now + fresh + 5)),
    )


def store(clock: ManualClock, events: Events, redis: RedisStore | None = None, size: int = 100_000) -> RenderedStore:
    return RenderedStore(memory=MemoryStore[RenderedPage](size), redis=redis, clock=clock, observe=events)


def test_what_was_kept_is_held(clock: ManualClock, events: Events) -> None:
    pages, page = store(clock, events), rendered(clock.now())
    pages.keep(KEY, page)
    assert pages.held(KEY) == page


def test_it_is_held_until_the_first_promise_ends(clock: ManualClock, events: Events) -> None:
    pages = store(clock, events)
    pages.keep(KEY, rendered(clock.now()))
    clock.advance(29.9)
    assert pages.held(KEY)
    clock.advance(0.1)
    assert pages.held(KEY) is None


def test_another_tenant_does_not_get_it(clock: ManualClock, events: Events) -> None:
    pages = store(clock, events)
    pages.keep(KEY, rendered(clock.now()))
    assert pages.held(replace(KEY, tenant="globex")) is None


def test_what_a_tenant_may_no_longer_see_is_let_go_of_and_nobody_elses(clock: ManualClock, events: Events) -> None:
    pages, other = store(clock, events), RenderedKey("f" * 32, "globex")
    pages.keep(KEY, rendered(clock.now()))
    pages.keep(other, rendered(clock.now()))
    pages.forget("acme")
    assert pages.held(KEY) is None
    assert pages.held(other)


async def test_another_replica_finds_it_in_redis(
    redis: RedisServer, make_store: MakeStore, clock: ManualClock, events: Events
) -> None:
    first, second = (store(clock, events, make_store(redis.url)) for _ in range(2))
    page = rendered(clock.now())
    first.keep(KEY, page)
    await first.aclose()
    assert await second.fetched(KEY) == page
    assert second.held(KEY) == page
    assert events.of(RenderedLookedUp) == [RenderedLookedUp("hit")]


async def test_redis_keeps_it_no_longer_than_the_first_promise_or_an_hour(
    redis: RedisServer, make_store: MakeStore, clock: ManualClock, events: Events
) -> None:
    pages = store(clock, events, make_store(redis.url))
    pages.keep(KEY, rendered(clock.now(), fresh=30))
    pages.keep(replace(KEY, digest="e" * 32), rendered(clock.now(), fresh=80_000))
    await pages.aclose()
    short = int(redis.command("PTTL", f"test:rendered:{KEY.digest}"))
    long = int(redis.command("PTTL", f"test:rendered:{'e' * 32}"))
    assert 0 < short <= 30_000 < long <= LONGEST * 1000


async def test_what_was_fetched_before_access_was_withdrawn_is_not_taken_from_redis(
    redis: RedisServer, make_store: MakeStore, clock: ManualClock, events: Events
) -> None:
    pages = store(clock, events, make_store(redis.url))
    pages.keep(KEY, rendered(clock.now()))
    await pages.aclose()
    pages.forget("acme")
    assert await pages.fetched(KEY) is None


async def test_a_page_from_the_future_is_a_miss(
    redis: RedisServer, make_store: MakeStore, clock: ManualClock, events: Events
) -> None:
    pages = store(clock, events, make_store(redis.url))
    pages.keep(KEY, rendered(clock.now() + 3600))
    await pages.aclose()
    assert await store(clock, events, make_store(redis.url)).fetched(KEY) is None


async def test_a_redis_that_is_gone_is_a_miss(
    own_server: RedisServer, make_store: MakeStore, clock: ManualClock, events: Events
) -> None:
    pages = store(clock, events, make_store(own_server.url))
    own_server.stop()
    assert await pages.fetched(KEY) is None
    assert events.of(RenderedLookedUp) == [RenderedLookedUp("error")]


async def test_an_entry_that_is_not_what_was_written_is_no_page(
    redis: RedisServer, make_store: MakeStore, clock: ManualClock, events: Events
) -> None:
    connection, pages = make_store(redis.url), store(clock, events, make_store(redis.url))
    await connection.set(f"rendered:{KEY.digest}", encode(KEY, rendered(clock.now())) + b" ", 30)
    assert await pages.fetched(KEY) is None
    assert events.of(RenderedLookedUp) == [RenderedLookedUp("corrupt")]


@pytest.mark.parametrize("link", ["</next>\r\nset-cookie: a", "</next>\n", "</\0>", "</n\u00e4chste>"])
def test_a_link_that_no_header_may_hold_is_no_page(link: str) -> None:
    written = encode(KEY, replace(rendered(0.0), link=b"LINK")).replace(b'"LINK"', orjson.dumps(link))
    assert decode(KEY, encode(KEY, rendered(0.0)))
    assert decode(KEY, written) is None


@given(
    body=st.binary(max_size=300),
    link=st.none() | st.text("abc<>;=&/\"' ", min_size=1).map(str.encode),
    items=st.integers(0, 100),
    promises=st.dictionaries(st.text("abc-", min_size=1), st.floats(0, 2e9), min_size=1),
)
def test_what_is_written_reads_back(body: bytes, link: bytes | None, items: int, promises: dict[str, float]) -> None:
    page = RenderedPage(body, tag(body), link, items, 1.5, tuple(promises.items()))
    assert decode(KEY, encode(KEY, page)) == page


@given(written=st.binary(max_size=200))
def test_nothing_else_reads_as_a_page(written: bytes) -> None:
    assert decode(KEY, written) is None


@pytest.mark.parametrize("key", [RenderedKey("0" * 32, "acme"), RenderedKey(KEY.digest, "globex")])
def test_an_entry_of_another_key_or_tenant_is_no_page(key: RenderedKey) -> None:
    assert decode(key, encode(KEY, rendered(1.0))) is None


@given(at=st.integers(0, 400), to=st.integers(0, 255))
def test_one_changed_byte_of_the_body_is_noticed(at: int, to: int) -> None:
    written = bytearray(encode(KEY, rendered(1.0, body=b"x" * 300)))
    start = written.index(b"\n") + 1
    place = start + at % 300
    changed = written[place] != to
    written[place] = to
    assert (decode(KEY, bytes(written)) is None) is changed
