"""Lists that move while they are walked: what was there throughout comes exactly once, or ``drifted`` is said."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import pytest
from hypothesis import given, settings, strategies as st

from gateway.listing.outcome import NothingDelivered
from tests.support.drawn import TYPES, stores
from tests.support.lists import Flag, Row, UpstreamList
from tests.support.walking import Endless, Service, Walk

LAW = settings(deadline=None, derandomize=True, max_examples=80)

Change = Callable[[list[Row]], list[Row]]


@dataclass
class Moving:
    """A list in which something is inserted or deleted between the pages of a walk."""

    upstream: UpstreamList
    rng: random.Random
    before: list[str] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    serial: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.before = [row.value["id"] for row in self.upstream.rows]

    def move(self, times: int = 1) -> None:
        rows = self.upstream.rows
        for _ in range(times):
            if rows and self.rng.random() < 0.5:
                self.deleted.add(rows.pop(self.rng.randrange(len(rows))).value["id"])
            else:
                self.upstream.insert(self.rng.randrange(len(rows) + 1), {"id": f"new{next(self.serial)}"})

    def wrong(self, walk: Walk) -> list[str]:
        """What was there throughout and did not come exactly once."""
        came = Counter(walk.of("a"))
        return [id_ for id_ in self.before if id_ not in self.deleted and came[id_] != 1]


async def walk_while(service: Service, limit: int, move: Callable[[], None], most: int = 1000) -> Walk:
    """A walk with something happening after each page."""
    walk, cursor = Walk(), None
    for _ in range(most):
        try:
            page = await service.page(cursor, limit)
            walk.pages.append(page)
            cursor = page.next_cursor
        except NothingDelivered as nothing:
            cursor = nothing.next_cursor
        if cursor is None:
            return walk
        move()
    raise Endless(most)


@given(
    type_=st.sampled_from(TYPES),
    length=st.integers(0, 50),
    size=st.integers(1, 12),
    limit=st.integers(1, 20),
    flag=st.sampled_from(["honest", "absent", "full"]),
    clamp=st.sampled_from([10**6, 10**6, 1, 2, 5]),
    moves=st.integers(1, 6),
    seed=st.integers(0, 10**6),
    cache=st.booleans(),
)
@settings(LAW, max_examples=250)
async def test_what_was_there_throughout_comes_exactly_once_or_drifted_is_said(
    *, type_: str, length: int, size: int, limit: int, flag: Flag, clamp: int, moves: int, seed: int, cache: bool
) -> None:
    moving = Moving(UpstreamList(type_, stores("a", length), flag=flag, clamp=clamp), random.Random(seed))
    service = Service({"a": moving.upstream}, sizes={"a": size}, cache=cache)
    walk = await walk_while(service, limit, lambda: moving.move(moves))
    assert walk.lost("a") == "drifted" or not moving.wrong(walk)
    assert walk.lost("a") in {None, "drifted"}


@pytest.mark.parametrize(("moves", "most"), [(0, 0), (1, 1), (3, 4), (10, 8)])
@pytest.mark.parametrize("type_", TYPES)
async def test_most_lists_that_move_are_walked_exactly(type_: str, moves: int, most: int) -> None:
    """Percent of walks that say ``drifted``, where ``moves`` things change after each of about nine pages."""
    drifted = 0
    for seed in range(100):
        moving = Moving(UpstreamList(type_, stores("a", 60)), random.Random(seed))
        service = Service({"a": moving.upstream}, sizes={"a": 10}, cache=False)
        walk = await walk_while(service, 7, partial(moving.move, moves))
        drifted += walk.lost("a") == "drifted"
    print(f"{type_}: {moves} moves a page, {drifted} % drifted")  # noqa: T201
    assert drifted <= most


@pytest.mark.parametrize("clamp", [3, 5, 8])
async def test_a_server_that_clamps_hard_is_searched_in_its_own_steps(clamp: int) -> None:
    """A step back of the size that is asked for, a hundred, would pass over more than a search may read."""
    upstream = UpstreamList("b3os", stores("a", 300), clamp=clamp)
    service = Service({"a": upstream}, sizes={"a": 100}, cache=False)
    first = await service.page(None, 100)
    second = await service.page(first.next_cursor, 100)
    assert second.next_cursor
    del upstream.rows[10:12]
    third = await service.page(second.next_cursor, 20)
    assert [item["native_id"] for item in third.items] == [f"a{number}" for number in range(200, 220)]
    assert third.complete


def inserted(number: int) -> Change:
    return lambda rows: [Row(-1.0 - new, {"id": f"new{new}"}) for new in reversed(range(number))] + rows


@pytest.mark.parametrize("flag", ["honest", "absent", "full", "always"])
@pytest.mark.parametrize("number", [1, 5, 9, 10, 17, 18, 60])
@pytest.mark.parametrize("type_", TYPES)
async def test_what_is_inserted_in_front_repeats_and_ends_nothing(type_: str, number: int, flag: Flag) -> None:
    upstream = UpstreamList(type_, stores("a", 40), flag=flag)
    service = Service({"a": upstream}, sizes={"a": 10}, cache=False)
    first = await service.page(None, 19)
    upstream.rows = inserted(number)(upstream.rows)
    rest = await service.walk([7], cursor=first.next_cursor)
    assert [id_ for id_ in rest.of("a") if id_.startswith("a")] == [f"a{index}" for index in range(19, 40)]
    assert rest.lost("a") in ({None, "abandoned"} if flag == "always" else {None})


@pytest.mark.parametrize("flag", ["honest", "absent", "full"])
@pytest.mark.parametrize("number", [1, 5, 9, 10, 11])
@pytest.mark.parametrize("type_", TYPES)
async def test_what_is_deleted_in_front_skips_nothing(type_: str, number: int, flag: Flag) -> None:
    upstream = UpstreamList(type_, stores("a", 40), flag=flag)
    service = Service({"a": upstream}, sizes={"a": 10}, cache=False)
    first = await service.page(None, 19)
    upstream.rows = upstream.rows[number:]
    rest = await service.walk([7], cursor=first.next_cursor)
    assert rest.of("a") == [f"a{index}" for index in range(19, 40)]
    assert rest.last.complete


@pytest.mark.parametrize("gone", range(1, 8))
@pytest.mark.parametrize("type_", ["aitronos", "b3os"])
async def test_the_newest_anchors_may_be_gone(type_: str, gone: int) -> None:
    upstream = UpstreamList(type_, stores("a", 40))
    service = Service({"a": upstream}, sizes={"a": 10}, cache=False)
    first = await service.page(None, 19)
    upstream.rows = upstream.rows[: 19 - gone] + upstream.rows[19:]
    rest = await service.walk([7], cursor=first.next_cursor)
    assert rest.of("a") == [f"a{index}" for index in range(19, 40)]
    assert rest.last.complete


@pytest.mark.parametrize("type_", ["aitronos", "b3os"])
async def test_where_no_anchor_is_left_the_walk_repeats_and_says_drifted(type_: str) -> None:
    upstream = UpstreamList(type_, stores("a", 40))
    service = Service({"a": upstream}, sizes={"a": 10}, cache=False)
    first = await service.page(None, 19)
    upstream.rows = upstream.rows[:5] + upstream.rows[25:]
    rest = await service.walk([7], cursor=first.next_cursor)
    assert set(rest.of("a")) >= {f"a{index}" for index in range(25, 40)}
    assert (rest.lost("a"), rest.last.complete) == ("drifted", False)


@pytest.mark.parametrize("flag", ["honest", "absent", "full"])
@pytest.mark.parametrize("left", [12, 15, 18, 19])
@pytest.mark.parametrize("type_", TYPES)
async def test_a_list_that_shrinks_to_less_than_was_used_ends(type_: str, left: int, flag: Flag) -> None:
    upstream = UpstreamList(type_, stores("a", 40), flag=flag)
    service = Service({"a": upstream}, sizes={"a": 10}, cache=False)
    first = await service.page(None, 19)
    upstream.rows = upstream.rows[:left]
    rest = await service.walk([7], cursor=first.next_cursor)
    assert (rest.of("a"), rest.last.complete) == ([], True)


@pytest.mark.parametrize("flag", ["honest", "absent", "full"])
@pytest.mark.parametrize("type_", ["aitronos", "b3os"])
async def test_a_list_that_is_empty_now_is_a_clean_end(type_: str, flag: Flag) -> None:
    upstream = UpstreamList(type_, stores("a", 40), flag=flag)
    service = Service({"a": upstream}, sizes={"a": 10}, cache=False)
    first = await service.page(None, 19)
    upstream.rows = []
    rest = await service.walk([7], cursor=first.next_cursor)
    assert (rest.of("a"), rest.last.complete) == ([], True)


@pytest.mark.parametrize("flag", ["honest", "absent", "full"])
@pytest.mark.parametrize(("before", "after"), [(10, 4), (10, 1), (7, 2), (3, 10)])
async def test_a_server_may_change_how_much_it_serves(before: int, after: int, flag: Flag) -> None:
    upstream = UpstreamList("b3os", stores("a", 40), flag=flag, clamp=before)
    service = Service({"a": upstream}, sizes={"a": 10}, cache=False)
    first = await service.page(None, 13)
    upstream.clamp = after
    rest = await service.walk([5], cursor=first.next_cursor)
    assert rest.of("a") == [f"a{index}" for index in range(13, 40)]
    assert rest.last.complete


async def test_a_place_that_was_found_again_is_kept_where_nothing_is_taken_of_it() -> None:
    upstreams = {name: UpstreamList("aitronos", stores(name, 40)) for name in "ab"}
    service = Service(upstreams, sizes={"a": 10, "b": 10}, cache=False)
    cursor = (await service.page(None, 20)).next_cursor
    upstreams["b"].rows = inserted(3)(upstreams["b"].rows)
    found = await service.page(cursor, 1)  # it is the turn of a
    asked = len(service.upstreams.asked)
    page = await service.page(found.next_cursor, 1)
    assert [item["id"] for item in page.items] == ["b:b10"]
    assert len(service.upstreams.asked) == asked + 2


@pytest.mark.parametrize("flag", ["honest", "absent", "full", "always"])
@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize("length", [1, 2, 3, 10, 40])
async def test_a_list_without_any_order_ends(length: int, ignored: bool, flag: Flag) -> None:
    class Shuffled(UpstreamList):
        def answer(self, url: str) -> bytes:
            rng.shuffle(self.rows)
            return UpstreamList.answer(self, url)

    rng = random.Random(length)
    upstream = Shuffled("b3os", stores("a", length), flag=flag, offset_ignored=ignored)
    walk = await Service({"a": upstream}, sizes={"a": 10}, cache=False).walk([20])
    assert len(walk.pages) < 600
