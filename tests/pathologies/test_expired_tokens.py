"""Tokens and items that a server has forgotten: whatever it answers, the walk goes on where it stood, or says so."""

from itertools import product
from typing import Any

import pytest

from tests.pathologies.walking import (
    CACHES,
    LED,
    SEARCH,
    CacheMode,
    Simulation,
    check_exact,
    check_promise,
    ids,
    simulation,
)
from tests.support.simulated import Style

STATUSES = [400, 404, 410, 422]
UNKNOWN = ["error", "restart", "empty"]


def at(moment: int, happens: Any) -> Any:
    """``happens`` once, after that many answers."""
    return lambda answers: happens() if answers == moment else None


def calls_at_most(made: Simulation, answers: int, pages: int, times: int = 1) -> bool:
    """Each time the list is read from its beginning to the place, beside what every walk reads."""
    return made.calls <= 2 * (pages + answers) + times * (pages + SEARCH)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("tokens", ["keyset", "snapshot"])
@pytest.mark.parametrize("style", LED)
async def test_tokens_forgotten_all_at_once_are_recovered(style: Style, tokens: str, status: int) -> None:
    for cache, moment in product(CACHES, range(1, 6)):
        made = simulation(style, tokens=tokens, error_status=status, cache=cache)
        walk = await made.walk(happens=at(moment, made.upstream.forget))
        check_exact(walk, ids(40))
        assert calls_at_most(made, len(walk.pages), 4)


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("limit", [7, 10])
@pytest.mark.parametrize("style", LED)
async def test_a_silent_restart_is_noticed(style: Style, limit: int, cache: CacheMode) -> None:
    for moment in range(1, 6):
        made = simulation(style, on_unknown="restart", cache=cache)
        walk = await made.walk(limit, happens=at(moment, made.upstream.forget))
        check_promise(walk, ids(40))
        assert walk.lost("a") is None
        assert walk.refused <= 1  # the second page's token leads to the first, whose next it is: at once that is a loop
        assert calls_at_most(made, len(walk.pages), 4)


@pytest.mark.parametrize("limit", [7, 10])
@pytest.mark.parametrize("style", LED)
async def test_a_silent_empty_page_is_noticed_where_the_list_states_its_total(style: Style, limit: int) -> None:
    for moment in range(1, 6):
        made = simulation(style, on_unknown="empty")
        walk = await made.walk(limit, happens=at(moment, made.upstream.forget))
        check_exact(walk, ids(40))
        assert calls_at_most(made, len(walk.pages), 4)


@pytest.mark.parametrize("style", LED)
async def test_an_empty_page_that_ends_a_list_without_a_total_is_believed(style: Style) -> None:
    made = simulation(style, on_unknown="empty", declared={"total": False})
    walk = await made.walk(10, happens=at(1, made.upstream.forget))
    check_exact(walk, ids(10))


@pytest.mark.parametrize("unknown", UNKNOWN)
@pytest.mark.parametrize("life", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("style", LED)
async def test_tokens_that_live_for_some_calls_are_recovered_as_often_as_they_expire(
    style: Style, life: int, unknown: str
) -> None:
    for cache in CACHES:
        made = simulation(style, token_life=life, on_unknown=unknown, cache=cache)
        walk = await made.walk(3)
        check_promise(walk, ids(40))
        assert made.calls <= 40 * (4 + SEARCH)


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("unknown", UNKNOWN)
@pytest.mark.parametrize("style", LED)
async def test_tokens_that_work_once_are_recovered_where_they_are_needed_again(
    style: Style, unknown: str, cache: CacheMode
) -> None:
    made = simulation(style, single_use=True, on_unknown=unknown, cache=cache)
    walk = await made.walk(3)
    check_promise(walk, ids(40))
    assert made.calls <= 40 * (4 + SEARCH)


@pytest.mark.parametrize("style", LED)
async def test_tokens_that_work_once_cost_nothing_more_where_pages_are_cached(style: Style) -> None:
    made = simulation(style, single_use=True, cache="fresh")
    check_exact(await made.walk(3), ids(40))
    assert made.calls == 4


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("style", LED)
async def test_a_cursor_that_is_replayed_brings_the_same_items_also_where_tokens_work_once(
    style: Style, cache: CacheMode
) -> None:
    made = simulation(style, single_use=True, cache=cache)
    first = await made.engine.page(None, 15)
    second = await made.engine.page(first.next_cursor, 15)
    again = await made.engine.page(first.next_cursor, 15)
    assert [item["id"] for item in again.items] == [item["id"] for item in second.items]
    assert again.complete


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("style", LED)
async def test_where_nothing_that_is_known_is_left_the_walk_repeats_and_says_why(
    style: Style, cache: CacheMode
) -> None:
    made = simulation(style, cache=cache)

    def forgotten() -> None:
        made.upstream.forget()
        for _ in range(12):
            made.upstream.delete(8)

    walk = await made.walk(10, happens=at(2, forgotten))
    check_promise(walk, [*ids(8), *ids(20, 40)])
    assert walk.lost("a") == "token_expired"


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("unknown", [*UNKNOWN, "compare"])
@pytest.mark.parametrize("limit", [3, 7, 10, 20])
async def test_an_item_that_pages_start_behind_may_be_deleted(limit: int, unknown: str, cache: CacheMode) -> None:
    for gone in ([9], [8], [8, 9], [8, 9, 10], [7, 8, 9], [9, 10], [0], [19], [18], [18, 19]):
        for moment in (1, 2, 3):
            made = simulation("last_item", on_unknown=unknown, cache=cache)
            walk = await made.walk(limit, happens=at(moment, lambda made=made, gone=gone: delete(made, gone)))
            check_promise(walk, [id_ for id_ in ids(40) if int(id_[1:]) not in gone])
            assert walk.lost("a") is None


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("status", STATUSES)
async def test_a_deleted_item_may_be_refused_with_any_of_these(status: int, cache: CacheMode) -> None:
    made = simulation("last_item", error_status=status, cache=cache)
    walk = await made.walk(10, happens=at(1, lambda: delete(made, [8, 9])))
    check_exact(walk, ids(40)[:10] + ids(10, 40))


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("unknown", [*UNKNOWN, "compare"])
async def test_every_item_that_pages_could_start_behind_may_be_deleted(unknown: str, cache: CacheMode) -> None:
    made = simulation("last_item", on_unknown=unknown, cache=cache)
    walk = await made.walk(10, happens=at(2, lambda: delete(made, list(range(6, 24)))))
    check_promise(walk, [*ids(6), *ids(24, 40)])


@pytest.mark.parametrize("overlap", [0, 1])
@pytest.mark.parametrize("unknown", ["error", "restart", "compare"])
async def test_a_deleted_item_is_noticed_with_and_without_overlap(unknown: str, overlap: int) -> None:
    made = simulation("last_item", on_unknown=unknown, declared={"overlap": overlap})
    walk = await made.walk(10, happens=at(2, lambda: delete(made, [18, 19])))
    check_promise(walk, [*ids(18), *ids(20, 40)])


def delete(made: Simulation, numbers: list[int]) -> None:
    for number in numbers:
        made.upstream.delete(made.upstream.ids().index(f"a{number}"))
