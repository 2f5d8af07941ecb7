"""Providers that come, go and change between the pages of a walk."""

from typing import Any

import pytest
from msgspec import msgpack

from gateway.core.errors import CursorInvalid, CursorStoreUnavailable, FailureCode, UpstreamError
from gateway.core.query import ListQuery
from gateway.core.tenant import Tenant
from gateway.listing.codec import CursorCodec
from gateway.listing.cursor import FORMATS, Cursor, pack
from gateway.listing.issue import HOUR
from gateway.listing.outcome import Incomplete, NothingDelivered, WalkFailed
from gateway.listing.position import At, Place
from gateway.listing.report import report
from tests.support.clock import START
from tests.support.drawn import stores
from tests.support.lists import UpstreamList, provider
from tests.support.tickets import Tickets
from tests.support.walking import FAILED_ROUNDS, KEY, Service


def service(*names: str, length: int = 9) -> Service:
    return Service({name: UpstreamList("b3os", stores(name, length)) for name in names}, sizes=dict.fromkeys(names, 4))


async def test_a_provider_that_is_gone_is_removed_and_the_rest_goes_on() -> None:
    served = service("a", "b")
    cursor = (await served.page(None, 4)).next_cursor
    del served.providers["b"]
    page = await served.page(cursor, 4)
    assert [item["id"] for item in page.items] == ["a:a2", "a:a3", "a:a4", "a:a5"]
    assert (page.complete, report(page.parts[1])["status"], report(page.parts[1])["lost"]) == (False, "removed", None)
    rest = await served.walk([4], cursor=page.next_cursor)
    assert rest.of("a") == ["a6", "a7", "a8"]
    assert (rest.lost("b"), rest.last.complete, rest.refused) == ("removed", False, 0)


async def test_a_provider_that_is_back_before_the_end_has_lost_nothing() -> None:
    served = service("a", "b")
    first = await served.page(None, 4)
    away = served.providers.pop("b")
    second = await served.page(first.next_cursor, 4)
    served.providers["b"] = away
    rest = await served.walk([4], cursor=second.next_cursor)
    pages = [first, second, *rest.pages]
    came = [item["native_id"] for page in pages for item in page.items if item["provider"] == "b"]
    assert came == [f"b{number}" for number in range(9)]
    assert rest.last.complete


@pytest.mark.parametrize(
    "change",
    [{"params": {"organization_id": "org_2"}}, {"base_url": "https://other.test"}, {"name": "c"}],
)
async def test_a_provider_whose_tokens_mean_something_else_is_removed(change: dict[str, str]) -> None:
    served = service("a", "b")
    cursor = (await served.page(None, 4)).next_cursor
    served.providers["b"] = provider("b3os", **{"name": "b", **change})
    page = await served.page(cursor, 4)
    assert page.parts[1].status == "removed"
    assert {item["provider"] for item in page.items} == {"a"}


async def test_a_rotated_credential_changes_no_walk() -> None:
    served = service("a")
    cursor = (await served.page(None, 3)).next_cursor
    served.providers["a"] = provider("b3os", "a", credentials={"token": "rotated"}, page_size=4)
    rest = await served.walk([3], cursor=cursor)
    assert rest.of("a") == [f"a{number}" for number in range(3, 9)]
    assert rest.last.complete


@pytest.mark.parametrize("size", [1, 2, 3, 9, 50])
async def test_a_page_size_that_has_changed_loses_nothing(size: int) -> None:
    served = service("a", length=20)
    cursor = (await served.page(None, 7)).next_cursor
    served.providers["a"] = provider("b3os", "a", page_size=size)
    rest = await served.walk([3], cursor=cursor)
    assert rest.of("a") == [f"a{number}" for number in range(7, 20)]
    assert rest.last.complete


async def test_a_new_provider_is_in_new_walks_only() -> None:
    served = service("a", "b")
    newcomer = served.providers.pop("b")
    served.tenant = Tenant("acme", ("a",))
    cursor = (await served.page(None, 4)).next_cursor
    served.providers["b"] = newcomer
    served.tenant = Tenant("acme", ("a", "b"))
    rest = await served.walk([4], cursor=cursor)
    assert (rest.of("b"), len(rest.of("a")), rest.last.complete) == ([], 5, True)


async def test_a_renamed_provider_is_removed_and_its_new_name_is_in_new_walks_only() -> None:
    served = service("a", "b")
    cursor = (await served.page(None, 4)).next_cursor
    del served.providers["b"]
    served.providers["c"] = provider("b3os", "c", page_size=4)
    served.tenant = Tenant("acme", ("a", "c"))
    served.upstreams.lists = {"a": served.upstreams.lists["a"], "c": served.upstreams.lists["b"]}
    rest = await served.walk([4], cursor=cursor)
    assert (rest.of("b"), rest.of("c"), rest.lost("b")) == ([], [], "removed")
    assert {part.place.provider for page in rest.pages for part in page.parts} == {"a", "b"}
    assert (await served.walk()).of("c") == [f"b{number}" for number in range(9)]


async def test_a_removed_provider_is_named_on_every_page_and_lost_on_the_last() -> None:
    served = service("a", "b", length=20)
    cursor = (await served.page(None, 4)).next_cursor
    del served.providers["b"]
    rest = await served.walk([4], cursor=cursor)
    told = [report(page.parts[1]) for page in rest.pages]
    assert len(told) > 2
    assert {one["status"] for one in told} == {"removed"}
    assert [one["lost"] for one in told] == [None] * (len(told) - 1) + ["removed"]
    assert not any(page.complete for page in rest.pages)


async def test_a_provider_the_tenant_may_no_longer_use_is_removed() -> None:
    served = service("a", "b")
    cursor = (await served.page(None, 4)).next_cursor
    served.tenant = Tenant("acme", ("a",))
    asked = len(served.upstreams.asked)
    page = await served.page(cursor, 4)
    assert page.parts[1].status == "removed"
    assert {name for name, _ in served.upstreams.asked[asked:]} <= {"a"}


async def test_a_removed_provider_that_had_ended_is_no_loss() -> None:
    served = service("a", "b")
    served.upstreams.lists["b"].rows = []
    cursor = (await served.page(None, 4)).next_cursor
    del served.providers["b"]
    rest = await served.walk([4], cursor=cursor)
    assert (rest.last.complete, rest.lost("b")) == (True, None)


async def test_nothing_but_removed_providers_ends_at_once() -> None:
    served = service("a", "b")
    cursor = (await served.page(None, 4)).next_cursor
    served.providers.clear()
    page = await served.page(cursor, 4)
    assert (page.items, page.next_cursor, page.complete) == ([], None, False)
    assert [report(part)["lost"] for part in page.parts] == ["removed", "removed"]


async def test_a_removed_provider_waits_for_those_that_fail() -> None:
    served = service("a", "b")
    cursor = (await served.page(None, 4)).next_cursor
    del served.providers["b"]
    served.upstreams.lists["a"].fault = lambda _: UpstreamError(FailureCode.UNREACHABLE, "simulated")
    served.flush()
    walk = await served.walk([4], cursor=cursor)
    assert (walk.refused, walk.lost("a"), walk.lost("b")) == (FAILED_ROUNDS - 1, "abandoned", "removed")


async def test_strict_does_without_no_provider() -> None:
    served = service("a", "b")
    cursor = (await served.page(None, 4)).next_cursor
    del served.providers["b"]
    with pytest.raises(Incomplete):
        await served.page(cursor, 4, strict=True)


async def test_a_walk_of_which_nothing_came_and_nothing_is_left_has_failed() -> None:
    served = service("a")
    served.upstreams.lists["a"].fault = lambda _: TimeoutError()
    with pytest.raises(NothingDelivered) as caught:
        await served.page()
    assert caught.value.timed_out
    served.providers.clear()
    with pytest.raises(WalkFailed):
        await served.page(caught.value.next_cursor)


async def test_a_cursor_too_long_to_travel_is_a_ticket_and_without_a_store_no_page() -> None:
    names = [f"{'long' * 12}-{number:02}" for number in range(150)]
    upstreams = {f"{number}{name}": UpstreamList("b3os", stores("s", 9)) for number, name in enumerate(names, 100)}
    tickets = Tickets()
    served = Service(upstreams, tickets=tickets)
    page = await served.page(None, 100)
    assert page.next_cursor is not None
    assert len(page.next_cursor) < 100
    assert len((await served.page(page.next_cursor, 100)).items) == 100
    with pytest.raises(CursorStoreUnavailable):
        await Service(upstreams).page(None, 100)


async def test_no_altered_cursor_asks_anyone() -> None:
    served = service("a", "b")
    cursor = (await served.page(None, 4)).next_cursor
    assert cursor is not None
    asked = len(served.upstreams.asked)
    for place in range(len(cursor)):
        altered = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(CursorInvalid):
            await served.page(altered)
    assert len(served.upstreams.asked) == asked


@pytest.mark.parametrize("version", FORMATS)
@pytest.mark.parametrize("token", [-1, 2**53, 2**64 - 1, 0.5, b"four", True, [0]])
async def test_no_forged_state_asks_anyone_even_under_the_seal_of_the_real_key(version: int, token: Any) -> None:
    served = service("a")
    sound = Cursor(ListQuery(), (Place("a", served.providers["a"].meaning, At(4, 1, (b"four",), 1), sent=4),))
    flat = msgpack.decode(pack(sound, int(START // HOUR), version))
    flat[flat.index(4, 9)] = token
    codec = CursorCodec(keys=[KEY], environment="test", route="/v1/knowledge-stores")
    with pytest.raises(CursorInvalid):
        await served.page(codec.seal(b"\x00" + msgpack.encode(flat), served.tenant.name, version))
    assert served.upstreams.asked == []
