"""Pages that are served again whole: which are, for how long, and what their headers say."""

import pytest
from msgspec.structs import replace

from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import PageServed
from gateway.provider.page import Origin
from tests.api.serving import FETCHED, Served

FRESH = replace(FETCHED, ttl=30.0)


@pytest.fixture
def kept(served: Served) -> Served:
    """Every provider's pages are fresh for 30 seconds."""
    served.world.origins = dict.fromkeys(served.world.acme, FRESH)
    return served


def sources(served: Served) -> list[str]:
    return [event.source for event in served.events if isinstance(event, PageServed)]


async def test_the_second_to_ask_gets_the_same_bytes_without_any_look_at_the_lists(kept: Served) -> None:
    first, second = await kept.get("limit=2"), await kept.get("limit=2")
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["link"] == first.headers["link"]
    assert len(kept.world.requests) == 3
    assert sources(kept) == ["listing", "memory"]


async def test_a_page_that_was_kept_says_so_and_how_old_it_is(kept: Served) -> None:
    await kept.get("limit=2")
    kept.world.clock.advance(4)
    answer = await kept.get("limit=2")
    assert answer.headers["age"] == "4"
    assert answer.headers["cache-status"] == ", ".join(
        f"{name}; hit; ttl=26; detail=memory" for name in ('"7up"', "aitronos", "scale-dex")
    )
    assert answer.headers["server-timing"] == "total;dur=0.0"


async def test_it_is_served_until_the_first_promise_ends(kept: Served) -> None:
    kept.world.origins["aitronos"] = replace(FRESH, ttl=10.0)
    await kept.get()
    kept.world.clock.advance(9.9)
    await kept.get()
    kept.world.clock.advance(0.1)
    await kept.get()
    assert sources(kept) == ["listing", "memory", "listing"]


@pytest.mark.parametrize(
    "origin",
    [
        FETCHED,
        replace(FRESH, ttl=-1.0, tier="memory"),
        Origin(ttl=-1.0, stale=True, tier="memory", forwarded="stale"),
    ],
    ids=["no window", "past fresh", "stale"],
)
async def test_what_is_not_fresh_is_not_kept(kept: Served, origin: Origin) -> None:
    kept.world.origins["aitronos"] = origin
    await kept.get()
    await kept.get()
    assert sources(kept) == ["listing", "listing"]


async def test_a_page_that_is_not_complete_is_not_kept(kept: Served) -> None:
    kept.world.fail(UpstreamError(FailureCode.SERVER_ERROR, "down", status=500), "7up")
    await kept.get()
    kept.world.fail(None)
    assert (await kept.get()).json()["complete"]


@pytest.mark.parametrize("query", ["limit=3", "limit=2&include=raw", "provider=aitronos", "limit=2&timeout=5"])
async def test_another_question_is_another_page(kept: Served, query: str) -> None:
    await kept.get("limit=2")
    assert (await kept.get(query)).status_code == 200
    assert sources(kept) == ["listing", "listing"]


async def test_the_same_question_in_other_words_is_the_same_page(kept: Served) -> None:
    await kept.get("provider=aitronos,7up&limit=2")
    await kept.get("limit=2&provider=7up&provider=aitronos")
    assert sources(kept) == ["listing", "memory"]


async def test_the_page_of_a_cursor_is_kept_too(kept: Served) -> None:
    cursor = (await kept.get("limit=2")).json()["next_cursor"]
    first, second = [(await kept.get(f"limit=2&cursor={cursor}")).content for _ in range(2)]
    assert first == second
    assert sources(kept) == ["listing", "listing", "memory"]


async def test_another_tenant_never_gets_it(kept: Served) -> None:
    mine = (await kept.get()).json()
    other = (await kept.client.get("/v1/knowledge-stores", headers={"x-api-key": "globex-key"})).json()
    assert {item["id"] for item in mine["items"]}.isdisjoint(item["id"] for item in other["items"])


@pytest.mark.parametrize(
    ("cache_control", "source"), [("no-cache", "listing"), ("max-age=3", "listing"), ("max-age=9", "memory")]
)
async def test_who_asks_for_something_newer_gets_it(kept: Served, cache_control: str, source: str) -> None:
    await kept.get()
    kept.world.clock.advance(5)
    await kept.get(cache_control=cache_control)
    assert sources(kept)[1:] == [source]


async def test_what_was_asked_past_the_cache_is_what_the_next_one_gets(kept: Served) -> None:
    await kept.get()
    kept.world.acme["7up"].rows.pop()
    fresh = await kept.get(cache_control="no-cache")
    assert (await kept.get()).content == fresh.content


async def test_a_provider_that_refuses_ends_what_was_kept(kept: Served) -> None:
    await kept.get()
    kept.world.fail(UpstreamError(FailureCode.FORBIDDEN, "refused", status=403), "7up")
    await kept.get(cache_control="no-cache")
    assert not (await kept.get()).json()["complete"]


async def test_a_client_that_has_it_gets_no_body(kept: Served) -> None:
    tag = (await kept.get()).headers["etag"]
    answer = await kept.get(if_none_match=tag)
    assert (answer.status_code, answer.content) == (304, b"")
    assert sources(kept) == ["listing", "memory"]


async def test_a_slow_provider_makes_the_pages_of_the_others_no_younger(kept: Served) -> None:
    kept.world.origins["aitronos"] = replace(FRESH, tier="memory", age=28.0, ttl=2.0)
    kept.world.acme["7up"].fault = lambda _: kept.world.clock.advance(8)
    await kept.get()
    assert sources(kept) == ["listing"]
    await kept.get()
    assert sources(kept) == ["listing", "listing"]


async def test_the_link_is_that_of_the_request_although_the_page_is_the_same(kept: Served) -> None:
    for _ in range(2):
        assert "strict" not in (await kept.get("limit=2")).headers["link"]
        assert "strict=true" in (await kept.get("limit=2&strict=true")).headers["link"]
    assert sources(kept) == ["listing", "listing", "memory", "memory"]


async def test_a_promise_of_days_is_kept_for_an_hour_because_its_cursor_ages(kept: Served) -> None:
    kept.world.origins = dict.fromkeys(kept.world.acme, replace(FRESH, ttl=80_000.0))
    await kept.get()
    kept.world.clock.advance(3_601)
    await kept.get()
    assert sources(kept) == ["listing", "listing"]
