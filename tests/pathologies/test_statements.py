"""What a list says of itself: totals, page counts, whether more follows. Each may lie; the declared rule decides."""

from typing import Any, get_args

import pytest

from gateway.listing.report import total
from tests.pathologies.walking import PAGED, PAGED_STYLES, check_exact, check_named, ids, rule_name, simulation
from tests.support.simulated import Style
from tests.support.simulated_answers import Flag, Stated
from tests.support.simulated_specs import end

Declared = dict[str, Any]
STATED: tuple[Stated, ...] = get_args(Stated)
NOT_BY_TOTAL = [(style, change) for style, change in PAGED if rule_name(change) not in {"total", "short_page"}]
NOT_BY_FLAG = [(style, change) for style, change in PAGED if rule_name(change) != "flag"]
FLAGGED: tuple[Style, ...] = ("offset", "page", "last_item")


@pytest.mark.parametrize("stated", STATED)
@pytest.mark.parametrize(("style", "change"), NOT_BY_TOTAL, ids=rule_name)
async def test_a_total_decides_no_end_that_it_is_not_declared_for(
    style: Style, change: Declared, stated: Stated
) -> None:
    walk = await simulation(style, declared=change, total=stated).walk()
    check_exact(walk, ids(40))
    assert total(walk.last.parts) == {"value": 40, "relation": "exact"}


@pytest.mark.parametrize("stated", STATED)
@pytest.mark.parametrize("style", ["offset", "page"])
async def test_a_total_ends_no_list_of_full_pages_where_a_short_page_ends_it(style: Style, stated: Stated) -> None:
    walk = await simulation(style, 45, declared={"end": end("short_page")}, total=stated).walk()
    check_exact(walk, ids(45))


@pytest.mark.parametrize("stated", ["absent", "null", "text", "negative", "huge", "fraction", "true", "high"])
@pytest.mark.parametrize("count", [39, 40, 41])
@pytest.mark.parametrize("style", ["offset", "page"])
async def test_a_declared_total_that_says_nothing_leaves_the_end_to_an_empty_page(
    style: Style, count: int, stated: Stated
) -> None:
    made = simulation(style, count, declared={"end": end("total")}, total=stated)
    check_exact(await made.walk(), ids(count))


@pytest.mark.parametrize(("stated", "comes"), [("zero", 10), ("low", 20)])
async def test_a_declared_total_that_is_low_is_believed(stated: Stated, comes: int) -> None:
    walk = await simulation("offset", declared={"end": end("total"), "overlap": 0}, total=stated).walk()
    check_exact(walk, ids(comes))


@pytest.mark.parametrize("stated", ["absent", "null", "text", "negative", "huge", "fraction", "true", "high"])
async def test_a_page_count_that_says_nothing_leaves_the_end_to_an_empty_page(stated: Stated) -> None:
    made = simulation("page", 40, declared={"end": end("page_count")}, pages=stated)
    check_exact(await made.walk(), ids(40))


async def test_a_total_that_changes_on_the_way_ends_nothing() -> None:
    for style, change in NOT_BY_TOTAL:
        made = simulation(style, declared=change)

        def changes(answers: int, made: Any = made) -> None:
            made.upstream.total = STATED[answers % len(STATED)]

        check_exact(await made.walk(3, happens=changes), ids(40))


@pytest.mark.parametrize("flag", get_args(Flag))
@pytest.mark.parametrize(("style", "change"), NOT_BY_FLAG, ids=rule_name)
async def test_a_flag_that_is_not_declared_is_not_read(style: Style, change: Declared, flag: Flag) -> None:
    check_exact(await simulation(style, declared=change, flag=flag).walk(), ids(40))


@pytest.mark.parametrize("flag", ["absent", "null", "full"])
@pytest.mark.parametrize("count", [39, 40, 41])
@pytest.mark.parametrize("style", FLAGGED)
async def test_a_flag_that_is_not_there_or_may_lie_at_the_end_loses_nothing(
    style: Style, count: int, flag: Flag
) -> None:
    walk = await simulation(style, count, flag=flag).walk()
    assert walk.of("a") == ids(count)
    assert (walk.lost("a"), walk.failed) in {(None, False), ("abandoned", False)}
    assert walk.last.complete or flag == "full"


@pytest.mark.parametrize("style", FLAGGED)
async def test_a_flag_that_always_says_more_is_a_loop_once_nothing_comes(style: Style) -> None:
    made = simulation(style, flag="always")
    walk = await made.walk()
    assert walk.of("a") == ids(40)
    check_named(walk, "loop")
    assert made.calls <= 60


@pytest.mark.parametrize("style", FLAGGED)
async def test_a_flag_that_never_says_more_is_believed(style: Style) -> None:
    check_exact(await simulation(style, flag="never").walk(), ids(10))


@pytest.mark.parametrize("style", [*FLAGGED, "token"])
async def test_a_flag_that_is_no_truth_value_is_malformed(style: Style) -> None:
    made = simulation(style, declared={"end": end("flag")}, flag="text")
    walk = await made.walk()
    assert (walk.failed, walk.pages, walk.refused) == (True, [], 2)


async def test_a_flag_without_a_token_is_malformed_and_nothing_before_it_is_lost() -> None:
    walk = await simulation("token", declared={"end": end("flag")}, flag="always").walk()
    assert walk.of("a") == ids(30)
    check_named(walk, "malformed")


async def test_a_token_without_a_flag_is_followed() -> None:
    for flag in ("absent", "null"):
        check_exact(await simulation("token", declared={"end": end("flag")}, flag=flag).walk(), ids(40))


async def test_a_flag_that_denies_a_token_is_believed_where_it_is_declared() -> None:
    check_exact(await simulation("token", declared={"end": end("flag")}, flag="never").walk(), ids(10))


@pytest.mark.parametrize("style", PAGED_STYLES)
async def test_no_statement_at_all_is_needed(style: Style) -> None:
    made = simulation(style, declared={"total": False}, flag="absent", total="absent", pages="absent")
    check_exact(await made.walk(), ids(40))
