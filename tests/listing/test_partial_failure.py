"""What becomes of a walk when providers fail: nothing is lost unsaid, and every chain of cursors ends."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies as st

from gateway.core.errors import FailureCode, UpstreamError
from gateway.core.events import PageServed, ProviderFailed
from gateway.listing.outcome import Incomplete, NothingDelivered, WalkFailed
from gateway.listing.report import report, total
from tests.support.drawn import errors, faulty, honest, limits, lists, sizes, stores
from tests.support.lists import UpstreamList
from tests.support.walking import FAILED_ROUNDS, Service

LAW = settings(deadline=None, derandomize=True, max_examples=100)
DOWN = UpstreamError(FailureCode.THROTTLED, "simulated", status=429, retry_after=7.0)


def down(_: int) -> Exception:
    return DOWN


def fine(_: int) -> None:
    return None


def after(calls: int, error: Exception = DOWN) -> Callable[[int], Exception | None]:
    return lambda call: error if call > calls else None


@given(lists(faulty), sizes, limits, st.booleans())
@settings(LAW, max_examples=300)
async def test_every_chain_of_cursors_ends_whatever_is_wrong(
    upstreams: dict[str, UpstreamList], size: dict[str, int], limit: list[int], cache: bool
) -> None:
    walk = await Service(upstreams, sizes=size, cache=cache).walk(limit, most=2_000)
    assert walk.failed or walk.last.next_cursor is None
    for page in walk.pages:
        assert page.complete is not any(part.failure or part.removed or part.place.lost for part in page.parts)
    if not walk.failed and walk.last.complete:
        assert all(part.place.ended for part in walk.last.parts)


@given(lists(honest), sizes, limits, st.dictionaries(st.integers(1, 40), errors, max_size=12))
@LAW
async def test_a_provider_that_fails_and_comes_back_loses_nothing(
    upstreams: dict[str, UpstreamList], size: dict[str, int], limit: list[int], at: dict[int, Exception]
) -> None:
    """Two failures in a row at most, and then three answers, so that no walk is given up."""
    once = {call: error for call, error in at.items() if call % 5 < FAILED_ROUNDS - 1}
    for upstream in upstreams.values():
        upstream.fault = once.get
    walk = await Service(upstreams, sizes=size).walk(limit)
    assert not walk.failed
    for name, upstream in upstreams.items():
        assert walk.of(name) == [row.value["id"] for row in upstream.rows]
    assert walk.last.complete
    assert total(walk.last.parts) == {"value": len(walk.items), "relation": "exact"}


async def test_a_page_is_incomplete_only_while_a_provider_fails() -> None:
    upstreams = {name: UpstreamList("b3os", stores(name, 40)) for name in "ab"}
    service, cursor, seen = Service(upstreams), None, []
    for fault in (fine, down, down, fine, fine):
        upstreams["b"].fault = fault
        service.flush()
        page = await service.page(cursor, 10)
        failing = page.parts[1]
        seen.append((page.complete, failing.status, failing.returned, failing.place.attempts, len(page.items)))
        cursor = page.next_cursor
    assert seen == [
        (True, "ok", 5, 0, 10),
        (False, "failed", 0, 1, 10),
        (False, "failed", 0, 2, 10),
        (True, "ok", 5, 0, 10),
        (True, "ok", 5, 0, 10),
    ]


async def test_items_that_came_before_a_failure_are_delivered() -> None:
    upstreams = {"a": UpstreamList("b3os", stores("a", 40), fault=after(1)), "b": UpstreamList("b3os", stores("b", 40))}
    page = await Service(upstreams, sizes={"a": 5}).page(None, 20)
    assert (page.parts[0].returned, page.parts[1].returned) == (5, 15)
    assert page.parts[0].failure is DOWN


async def test_a_failure_is_reported_and_told() -> None:
    upstreams = {"a": UpstreamList("b3os", fault=down), "b": UpstreamList("b3os", stores("b", 4))}
    service = Service(upstreams)
    page = await service.page()
    assert report(page.parts[0])["error"] == {"code": "throttled", "status": 429, "retry_after": 7, "attempts": 1}
    assert service.events == [
        ProviderFailed("a", "acme", "throttled", 429, "simulated", "r1"),
        PageServed("acme", "partial", 4),
    ]


async def test_a_deadline_is_a_timeout() -> None:
    upstreams = {"a": UpstreamList("b3os", fault=lambda _: TimeoutError()), "b": UpstreamList("b3os")}
    failure = (await Service(upstreams).page()).parts[0].failure
    assert failure is not None
    assert failure.code is FailureCode.TIMEOUT


async def test_what_keeps_failing_is_abandoned_when_all_else_has_ended() -> None:
    upstreams = {"a": UpstreamList("b3os", stores("a", 9)), "b": UpstreamList("b3os", stores("b", 40), fault=down)}
    walk = await Service(upstreams, sizes={"a": 4}).walk([3])
    assert walk.of("a") == [f"a{number}" for number in range(9)]
    assert (walk.refused, walk.failed) == (FAILED_ROUNDS - 1, False)
    assert (walk.lost("b"), walk.last.complete, walk.last.items) == ("abandoned", False, [])
    assert report(walk.last.parts[1])["status"] == "failed"


async def test_a_walk_that_never_delivered_anything_fails_after_its_rounds() -> None:
    service = Service({name: UpstreamList("b3os", fault=down) for name in "ab"})
    cursor, seen = None, []
    for _ in range(FAILED_ROUNDS - 1):
        with pytest.raises(NothingDelivered) as caught:
            await service.page(cursor)
        cursor = caught.value.next_cursor
        seen.append([part.place.attempts for part in caught.value.parts])
        assert (caught.value.retry_after, caught.value.timed_out) == (7, False)
    with pytest.raises(WalkFailed):
        await service.page(cursor)
    assert seen == [[1, 1], [2, 2]]
    assert service.events[-1] == PageServed("acme", "failed", 0)


async def test_a_client_that_does_not_wait_for_an_open_circuit_loses_nothing_to_it() -> None:
    refused = UpstreamError(FailureCode.CIRCUIT_OPEN, "not called", retry_after=10.0)
    upstream = UpstreamList("b3os", stores("a", 12), fault=lambda call: refused if 1 < call < 40 else None)
    walk = await Service({"a": upstream}, sizes={"a": 5}).walk([5])
    assert walk.of("a") == [f"a{number}" for number in range(12)]
    assert (walk.last.complete, walk.refused > 10 * FAILED_ROUNDS) == (True, True)


async def test_a_round_without_anything_can_be_resumed_without_loss() -> None:
    upstream = UpstreamList("b3os", stores("a", 12))
    service = Service({"a": upstream}, sizes={"a": 5})
    first = await service.page(None, 4)
    upstream.fault = down
    service.flush()
    with pytest.raises(NothingDelivered) as caught:
        await service.page(first.next_cursor, 4)
    upstream.fault = fine
    rest = await service.walk([4], cursor=caught.value.next_cursor)
    assert [item["native_id"] for item in first.items] + rest.of("a") == [f"a{number}" for number in range(12)]
    assert rest.last.complete


async def test_progress_starts_the_rounds_anew() -> None:
    upstream = UpstreamList("b3os", stores("a", 30), fault=lambda call: None if call % 3 == 1 else DOWN)
    walk = await Service({"a": upstream}, sizes={"a": 5}).walk([5])
    assert walk.of("a") == [f"a{number}" for number in range(30)]
    assert walk.last.complete
    assert walk.refused > FAILED_ROUNDS


async def test_a_strict_page_is_refused_and_counts_nothing() -> None:
    upstreams = {"a": UpstreamList("b3os", stores("a", 40)), "b": UpstreamList("b3os", stores("b", 40))}
    service = Service(upstreams)
    cursor = (await service.page(None, 4, strict=True)).next_cursor
    upstreams["b"].fault = down
    service.flush()
    for _ in range(FAILED_ROUNDS + 2):
        with pytest.raises(Incomplete) as caught:
            await service.page(cursor, 4, strict=True)
        assert not hasattr(caught.value, "next_cursor")
    upstreams["b"].fault = fine
    page = await service.page(cursor, 4, strict=True)
    assert [item["id"] for item in page.items] == ["a:a2", "b:b2", "a:a3", "b:b3"]
    assert page.parts[1].place.attempts == 0


async def test_strict_refuses_for_good_what_has_lost_something() -> None:
    upstreams = {"a": UpstreamList.of("b3os", None, {"id": "a"}, {"id": "b"})}
    service = Service(upstreams)
    cursor = (await service.page(None, 1)).next_cursor
    with pytest.raises(Incomplete):
        await service.page(cursor, 1, strict=True)


@given(st.integers(0, 6), st.integers(1, 12), st.integers(1, 6), limits)
@settings(LAW, max_examples=60)
async def test_a_circle_of_tokens_is_an_error_of_its_provider(
    before: int, length: int, size: int, limit: list[int]
) -> None:
    upstreams = {
        "a": UpstreamList("scale-dex", stores("a", 200), circle=(before, length)),
        "b": UpstreamList("aitronos", stores("b", 30)),
    }
    walk = await Service(upstreams, sizes={"a": size}).walk(limit)
    assert walk.of("b") == [f"b{number}" for number in range(30)]
    assert walk.lost("a") == "abandoned"
    failure = walk.last.parts[0].failure
    assert failure is not None
    assert failure.code is FailureCode.LOOP
    pages = before + length + (length > 1)  # a page that leads to itself is refused at once
    assert set(walk.of("a")) == {f"a{number}" for number in range(min(200, pages * size))}
    assert len(walk.of("a")) <= size * (3 * max(before + 1, length) + length + 1)


@pytest.mark.parametrize("beside", [0, 30])
async def test_empty_pages_without_end_are_a_loop(beside: int) -> None:
    upstreams = {
        "a": UpstreamList("scale-dex", stores("a", 5), empties=float("inf")),
        "b": UpstreamList("aitronos", stores("b", beside)),
    }
    walk = await Service(upstreams, sizes={"a": 5}).walk([7])
    assert (len(walk.of("a")), len(walk.of("b"))) == (5, beside)
    assert walk.lost("a") == "abandoned"
    failure = walk.last.parts[0].failure
    assert failure is not None
    assert failure.code is FailureCode.LOOP
    assert len(walk.pages) + walk.refused < 60


@pytest.mark.parametrize("count", [1, 2, 5, 30])
@pytest.mark.parametrize("size", [1, 2, 5, 50])
async def test_an_api_that_ignores_the_offset_ends_without_repeating_itself(count: int, size: int) -> None:
    """A list that says that more follows is a loop; one that says nothing just ends."""
    for flag, lost in (("always", "abandoned"), ("absent", None)):
        upstream = UpstreamList("aitronos", stores("a", count), offset_ignored=True)
        upstream.flag = "always" if flag == "always" else "absent"
        walk = await Service({"a": upstream}, sizes={"a": size}).walk([3])
        assert walk.of("a") == [f"a{number}" for number in range(min(count, size))]
        assert walk.lost("a") == lost


async def test_a_flag_that_always_says_more_loses_nothing_and_is_not_believed() -> None:
    upstream = UpstreamList("aitronos", stores("a", 30), flag="always")
    walk = await Service({"a": upstream}, sizes={"a": 7}).walk([4])
    assert walk.of("a") == [f"a{number}" for number in range(30)]
    assert (walk.lost("a"), walk.last.complete) == ("abandoned", False)


async def test_an_outdated_page_makes_a_walk_inexact_for_good() -> None:
    upstream = UpstreamList("scale-dex", stores("a", 30))
    service = Service({"a": upstream}, sizes={"a": 5}, cache=False)
    first = await service.page(None, 5)
    assert report(first.parts[0])["guarantee"] == "exact"
    upstream.stale = True
    second = await service.page(first.next_cursor, 5)
    assert (second.parts[0].status, second.complete) == ("stale", True)
    upstream.stale = False
    third = await service.page(second.next_cursor, 5)
    assert (third.parts[0].status, report(third.parts[0])["guarantee"]) == ("ok", "best_effort")


async def test_no_error_holds_a_cursor_or_a_token() -> None:
    upstream = UpstreamList("scale-dex", stores("a", 30))
    service = Service({"a": upstream}, sizes={"a": 5}, cache=False)
    first = await service.page(None, 7)
    upstream.fault = down
    with pytest.raises(NothingDelivered) as caught:
        await service.page(first.next_cursor)
    shown = f"{caught.value} {caught.value!r} {caught.value.parts} {first}"
    assert str(first.next_cursor) not in shown
    assert caught.value.next_cursor not in shown
    assert not re.search(r"\d\.0/\d", shown)  # as the tokens of the simulated list are written
