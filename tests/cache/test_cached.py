"""What ``Cached`` decides, with the memory tier alone."""

import pytest

from gateway.cache.entry import MAX_ENTRY
from gateway.cache.freshness import Windows
from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import CacheLookedUp, CacheStored
from gateway.provider.page import Origin
from tests.cache.cases import BROKEN, Case
from tests.cache.fakes import ids, page, provider, request, stamped
from tests.support.loop import turns, until


async def test_the_first_to_ask_is_answered_by_the_provider(case: Case) -> None:
    found = await case.cached(request(), case.deadline())
    assert ids(found) == ["first"]
    assert found.origin == Origin(tier="upstream", age=0, ttl=30, stored=True, forwarded="uri-miss")
    assert case.events == [CacheLookedUp("memory", "miss"), CacheStored("memory", "stored")]


async def test_a_fresh_page_is_served_without_asking(case: Case) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(29)
    found = await case.cached(request(), case.deadline())
    assert (ids(found), case.calls) == (["first"], 1)
    assert found.origin == Origin(tier="memory", age=29, ttl=1)
    assert case.events[-1] == CacheLookedUp("memory", "hit")


async def test_a_page_past_fresh_is_served_at_once_and_renewed_behind(case: Case) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(40)
    case.inner.gate.clear()
    found = await case.cached(request(), case.deadline())
    assert ids(found) == ["first"]
    assert found.origin == Origin(tier="memory", age=40, ttl=-10)
    case.inner.gate.set()
    await until(lambda: len(case.events.of(CacheStored)) == 2)
    found = await case.cached(request(), case.deadline())
    assert (ids(found), found.origin.age, case.calls) == (["second"], 0, 2)


async def test_only_one_renewal_is_under_way_at_a_time(case: Case) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(40)
    case.inner.gate.clear()
    for _ in range(10):
        await case.cached(request(), case.deadline())
        await turns()
    assert case.calls == 2


async def test_a_renewal_that_fails_harms_nobody(case: Case) -> None:
    case.script(stamped(case.clock, "first"), BROKEN)
    await case.cached(request(), case.deadline())
    case.clock.advance(40)
    for _ in range(3):
        assert ids(await case.cached(request(), case.deadline())) == ["first"]
        await turns()


async def test_a_page_past_revalidate_is_fetched_again(case: Case) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(60)
    found = await case.cached(request(), case.deadline())
    assert ids(found) == ["second"]
    assert found.origin == Origin(tier="upstream", age=0, ttl=30, stored=True, forwarded="stale")


async def test_an_old_page_is_served_where_the_provider_fails(case: Case) -> None:
    case.script(stamped(case.clock, "first"), BROKEN)
    await case.cached(request(), case.deadline())
    case.clock.advance(629)
    found = await case.cached(request(), case.deadline())
    assert ids(found) == ["first"]
    assert found.origin == Origin(tier="memory", age=629, ttl=-599, stale=True, forwarded="stale")


async def test_a_page_older_than_if_error_is_not(case: Case) -> None:
    case.script(stamped(case.clock, "first"), BROKEN)
    await case.cached(request(), case.deadline())
    case.clock.advance(630)
    with pytest.raises(UpstreamError):
        await case.cached(request(), case.deadline())
    assert len(case.memory) == 0


@pytest.mark.parametrize("code", [FailureCode.UNAUTHORIZED, FailureCode.FORBIDDEN, FailureCode.NOT_FOUND])
async def test_where_access_may_be_withdrawn_the_old_page_is_neither_served_nor_kept(
    case: Case, code: FailureCode
) -> None:
    case.script(stamped(case.clock, "first"), UpstreamError(code, "no"))
    await case.cached(request(), case.deadline())
    case.clock.advance(100)
    with pytest.raises(UpstreamError):
        await case.cached(request(), case.deadline())
    assert len(case.memory) == 0


async def test_a_renewal_that_finds_access_withdrawn_removes_the_page(case: Case) -> None:
    case.script(stamped(case.clock, "first"), UpstreamError(FailureCode.FORBIDDEN, "no"))
    await case.cached(request(), case.deadline())
    case.clock.advance(40)
    await case.cached(request(), case.deadline())
    await until(lambda: len(case.memory) == 0)
    with pytest.raises(UpstreamError):
        await case.cached(request(), case.deadline())


async def test_a_mistake_in_the_configuration_is_not_hidden_by_an_old_page(case: Case) -> None:
    case.script(stamped(case.clock, "first"), UpstreamError(FailureCode.CONFIG, "no"))
    await case.cached(request(), case.deadline())
    case.clock.advance(100)
    with pytest.raises(UpstreamError):
        await case.cached(request(), case.deadline())
    assert len(case.memory) == 1


async def test_max_age_zero_is_never_answered_from_the_cache_and_renews_it(case: Case) -> None:
    await case.cached(request(), case.deadline())
    found = await case.cached(request(max_age=0), case.deadline())
    assert ids(found) == ["second"]
    assert found.origin == Origin(tier="upstream", age=0, ttl=30, stored=True, forwarded="request")
    assert ids(await case.cached(request(), case.deadline())) == ["second"]


async def test_max_age_zero_is_not_answered_with_an_old_page_even_where_the_provider_fails(case: Case) -> None:
    case.script(stamped(case.clock, "first"), BROKEN)
    await case.cached(request(), case.deadline())
    with pytest.raises(UpstreamError):
        await case.cached(request(max_age=0), case.deadline())


async def test_max_age_asks_for_a_page_no_older(case: Case) -> None:
    await case.cached(request(), case.deadline())
    case.clock.advance(10)
    assert ids(await case.cached(request(max_age=10), case.deadline())) == ["first"]
    found = await case.cached(request(max_age=9), case.deadline())
    assert (ids(found), found.origin.forwarded) == (["second"], "request")


async def test_with_every_window_at_zero_nothing_is_kept(case: Case) -> None:
    case.windows = lambda _: Windows(0, 0, 0)
    for expected in ("first", "second"):
        found = await case.cached(request(), case.deadline())
        assert ids(found) == [expected]
        assert found.origin == Origin(tier="upstream", forwarded="bypass")
    assert (len(case.memory), case.events) == (0, [])


async def test_each_provider_has_windows_of_its_own(case: Case) -> None:
    case.windows = {"short": Windows(1, 0, 0), "long": Windows(100, 0, 0)}.__getitem__
    for name in ("short", "long", "short", "long"):
        await case.cached(request(of=provider(name=name)), case.deadline())
        case.clock.advance(10)
    assert [call.provider.name for call, _ in case.inner.calls] == ["short", "long", "short"]


async def test_tenants_credentials_and_places_never_share_a_page(case: Case) -> None:
    asked = [request(), request(tenant="b"), request(of=provider(token="secret-2")), request(token=10)]
    for each in (*asked, *asked):
        await case.cached(each, case.deadline())
    assert case.calls == len(asked)


async def test_a_page_over_the_limit_is_served_and_not_kept(case: Case) -> None:
    case.script(stamped(case.clock, "x" * MAX_ENTRY))
    found = await case.cached(request(), case.deadline())
    assert not found.origin.stored
    assert (len(case.memory), case.events[-1]) == (0, CacheStored("memory", "too_large"))


async def test_a_page_too_heavy_for_memory_is_served_and_not_kept(case: Case) -> None:
    case.memory.capacity = 100
    assert not (await case.cached(request(), case.deadline())).origin.stored
    assert case.events[-1] == CacheStored("memory", "too_large")


async def test_without_a_tier_nothing_is_kept(case: Case) -> None:
    case.memory.capacity = 0
    assert not (await case.cached(request(), case.deadline())).origin.stored
    assert ids(await case.cached(request(), case.deadline())) == ["second"]


async def test_a_failure_is_not_kept(case: Case) -> None:
    case.script(BROKEN, stamped(case.clock, "first"))
    with pytest.raises(UpstreamError):
        await case.cached(request(), case.deadline())
    assert ids(await case.cached(request(), case.deadline())) == ["first"]


@pytest.mark.parametrize("jump", [-3600, 3600])
async def test_no_page_lives_for_ever_or_never_because_the_clock_jumped(case: Case, jump: float) -> None:
    await case.cached(request(), case.deadline())
    case.clock.jump(jump)
    assert ids(await case.cached(request(), case.deadline())) == ["second"]
    found = await case.cached(request(), case.deadline())
    assert (ids(found), found.origin.tier) == (["second"], "memory")


async def test_a_page_stamped_a_little_ahead_of_our_clock_is_new(case: Case) -> None:
    case.script(page("first", fetched_at=case.clock.now() + 2))
    assert (await case.cached(request(), case.deadline())).origin.age == 0
    assert (await case.cached(request(), case.deadline())).origin == Origin(tier="memory", age=0, ttl=30)
