"""Ids: of any type, twice, or missing."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.listing.report import report
from tests.pathologies.scripted import scripted
from tests.pathologies.walking import CACHES, PAGED_STYLES, CacheMode, Engine, check_exact, ids, several, simulation
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_rows import stores


def listed(style: Style, *values: Any, size: int = 10, cache: CacheMode = "off") -> Engine:
    return several({"a": SimulatedList.of(style, values)}, size=size, cache=cache)


@pytest.mark.parametrize("style", STYLES)
async def test_a_number_and_its_text_are_one_id(style: Style) -> None:
    walk = await listed(style, {"id": 1}, {"id": "1"}, {"id": 2}).walk()
    check_exact(walk, ["1", "2"])


@pytest.mark.parametrize("cache", CACHES)
async def test_an_id_that_changes_its_type_between_two_readings_moves_nothing(cache: CacheMode) -> None:
    for style in PAGED_STYLES:
        if style == "last_item":
            continue  # the server itself knows the item by its id there
        upstream = SimulatedList.of(style, [{"id": number} for number in range(40)])
        engine = several({"a": upstream}, cache=cache)

        def changes(answers: int, upstream: SimulatedList = upstream) -> None:
            for row in upstream.rows:
                row.value = {"id": str(row.value["id"]) if answers % 2 else int(row.value["id"])}

        check_exact(await engine.walk(3, happens=changes), [str(number) for number in range(40)])


@pytest.mark.parametrize("style", STYLES)
async def test_large_whole_numbers_keep_every_digit(style: Style) -> None:
    large = [2**53 + 1, 2**63 + 1, 2**64 - 1]
    check_exact(await listed(style, *({"id": id_} for id_ in large), size=2).walk(1), map(str, large))


@pytest.mark.parametrize("bad", [None, 1.5, 1.0, 2.0**64, True, False, "", "x" * 513, [], ["a"], {}, {"id": "a"}, ...])
@pytest.mark.parametrize("style", ["offset", "page", "token", "link_body", "link_header", "single"])
async def test_an_id_that_cannot_be_told_apart_is_counted_and_passed_over(style: Style, bad: Any) -> None:
    value = {"name": "x"} if bad is ... else {"id": bad}
    walk = await listed(style, *stores("a", 5), value, *stores("b", 5), size=3).walk(2)
    assert walk.of("a") == [*ids(5), *(f"b{number}" for number in range(5))]
    assert (walk.lost("a"), report(walk.last.parts[0])["lost_count"], walk.last.complete) == ("bad_item", 1, False)


async def test_a_whole_number_beyond_64_bits_is_passed_over() -> None:
    """It is read as a float, which has lost digits."""

    engine, _ = scripted(lambda query: ({"data": [{"id": 2**64 - 1}], "has_more": False}, {}), "offset")
    check_exact(await engine.walk(), [str(2**64 - 1)])


@pytest.mark.parametrize("style", ["offset", "page", "token", "link_body", "link_header"])
async def test_rows_without_an_id_stop_nothing(style: Style) -> None:
    values = [{"name": f"n{number}"} for number in range(30)]
    walk = await listed(style, *values, *stores("a", 12)).walk(5)
    assert walk.of("a") == ids(12)
    assert (walk.lost("a"), report(walk.last.parts[0])["lost_count"]) == ("bad_item", 30)


async def test_last_item_pages_start_behind_the_last_row_that_has_an_id() -> None:
    values = [*stores("a", 9), {"name": "none"}, *stores("b", 9)]
    walk = await listed("last_item", *values).walk(4)
    assert walk.of("a") == [*ids(9), *(f"b{number}" for number in range(9))]
    assert walk.lost("a") == "bad_item"


async def test_last_item_pages_without_any_id_are_malformed() -> None:
    engine, fetch = scripted(lambda query: ({"data": [{"name": "x"}], "has_more": True}, {}), "last_item")
    walk = await engine.walk()
    assert walk.failed
    assert len(fetch.asked) <= 3


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("limit", [1, 3, 20])
@pytest.mark.parametrize("style", STYLES)
async def test_an_id_that_a_page_holds_twice_comes_once(style: Style, limit: int, cache: CacheMode) -> None:
    def answers(query: Mapping[str, str]) -> Any:
        data = [{"id": id_} for id_ in "aabacbdde"]
        return (data if style == "single" else {"data": data, "has_more": False}), {}

    engine, _ = scripted(answers, style, cache=cache)
    check_exact(await engine.walk(limit), "abcde")


@pytest.mark.parametrize("style", ["offset", "page", "token", "link_body", "link_header"])
async def test_ids_that_stand_on_pages_apart_come_as_often_as_they_stand(style: Style) -> None:
    values = [{"id": id_} for id_ in "abcdefghijab"]
    check_exact(await listed(style, *values, size=6).walk(2), "abcdefghijab")


@pytest.mark.parametrize("style", STYLES)
async def test_rows_that_are_no_objects_are_counted_and_passed_over(style: Style) -> None:
    walk = await listed(style, *stores("a", 3), *stores("b", 3)).walk()
    check_exact(walk, [*ids(3), "b0", "b1", "b2"])
    upstream = SimulatedList.of("offset", [{"id": "a0"}, None, "text", 7, [], {"id": "a1"}])
    walk = await several({"a": upstream}).walk()
    assert (walk.of("a"), report(walk.last.parts[0])["lost_count"]) == (ids(2), 4)


async def test_the_same_id_at_two_providers_is_two_items() -> None:
    lists = {name: SimulatedList.of("offset", stores("a", 12)) for name in ("x", "y")}
    walk = await several(lists).walk()
    check_exact(walk, ids(12), "x")
    check_exact(walk, ids(12), "y")
    assert len(set(walk.items)) == 24


@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_a_page_of_nothing_but_one_id_is_one_item(style: Style) -> None:
    made = simulation(style, 0)
    for index in range(3):
        made.upstream.insert(index, {"id": "a0"})
    check_exact(await made.walk(), ids(1))
