"""One wrong declaration at a time of how many items are asked for."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.simulated import STYLES, Style
from tests.support.simulated_answers import Fault

from .apis import probed_api, rows
from .probing import changed, probed, simulated, told, wrong

#: of a size that was found by trying
USUAL = "(the largest of the usual sizes that is taken)"
ROWS = rows(50)
SIZED = [style for style in STYLES if style != "single"]
TOLERANT: dict[str, Any] = {"accepts": ("bogus", "page_size", "per_page", "size", "pageSize")}


async def _told(style: Style, switches: dict[str, Any], changes: dict[str, Any]) -> list[str]:
    return told(await probed(simulated(style, **switches), changed(style, **changes)))


@pytest.mark.parametrize("switches", [TOLERANT, {}], ids=["ignored", "refused"])
@pytest.mark.parametrize("style", SIZED)
async def test_another_name_for_the_size(style: Style, switches: dict[str, Any]) -> None:
    assert await _told(style, switches, {"limit": "bogus"}) == ["error pagination.limit: limit: limit"]


async def test_an_ignored_size_is_said_with_what_came() -> None:
    (finding,) = wrong(await probed(simulated("offset", **TOLERANT), changed("offset", limit="bogus")))
    assert finding.seen == "asked for 7 items, 20 came: the parameter is ignored; with limit: limit, 7 came"
    assert finding.declared == "limit: bogus"


@pytest.mark.parametrize("style", SIZED)
async def test_a_size_that_is_clamped_is_a_drawback(style: Style) -> None:
    assert await _told(style, {"clamp": 5}, {}) == [
        "warning pagination.page_size: max_page_size: 5, and page_size: 5 or lower"
    ]


@pytest.mark.parametrize("style", SIZED)
async def test_a_clamp_below_the_declared_largest_size_is_wrong(style: Style) -> None:
    assert await _told(style, {"clamp": 5}, {"max_page_size": 10}) == [
        "error pagination.page_size: max_page_size: 5, and page_size: 5 or lower"
    ]


@pytest.mark.parametrize("style", SIZED)
async def test_a_refused_size_is_found_by_asking_smaller(style: Style) -> None:
    assert await _told(style, {"max_size": 50}, {"page_size": 300}) == [
        f"error pagination.page_size: page_size: 50 or lower, and max_page_size: 50 {USUAL}"
    ]


@pytest.mark.parametrize("switches", [{"max_size": 10}, {"clamp": 10}], ids=["refused", "clamped"])
@pytest.mark.parametrize("style", SIZED)
async def test_the_largest_size_is_smaller(style: Style, switches: dict[str, Any]) -> None:
    assert await _told(style, switches, {"max_page_size": 50}) == ["error pagination.max_page_size: max_page_size: 10"]


async def test_a_size_that_cannot_be_chosen_is_seen() -> None:
    report = await probed(simulated("token"), changed("token", limit=None, page_size=15))
    assert told(report) == ["warning pagination.page_size: page_size: 20, or the limit parameter, if there is one"]


async def test_a_size_that_cannot_be_chosen_and_is_right_is_no_mistake() -> None:
    assert await _told("token", {}, {"limit": None, "page_size": 20}) == []


async def test_a_size_that_cannot_be_chosen_and_is_refused_under_its_name_is_left_out() -> None:
    upstream = simulated("offset", accepts=("skip",), default_size=10)
    assert told(await probed(upstream, changed("offset", limit=None, offset="bogus"))) == [
        "error pagination.offset: offset: offset"
    ]


async def test_a_size_that_nothing_asks_for_is_declared_as_it_comes() -> None:
    def twenty(query: Mapping[str, str]) -> Any:
        start = int(query.get("token", "0"))
        return {"data": ROWS[start : start + 20], "next": str(start + 20) if start + 20 < len(ROWS) else None}

    (finding,) = wrong(await probed_api(twenty, changed("token", response={"total": None})))
    assert finding.seen == "asked for 7 items, 20 came: the parameter is ignored"
    assert finding.remedy == "name the parameter that asks for a size, or leave limit out and set page_size: 20"


async def test_the_largest_size_is_served() -> None:
    report = await probed(simulated("offset"), changed("offset", max_page_size=50))
    assert [finding.seen for finding in report.findings if finding.about == "pagination.max_page_size"] == [
        "50 asked, 50 came"
    ]


async def test_it_is_an_error_where_short_pages_end_the_list() -> None:
    spec = changed("page", limit=None, page_size=15, end={"rule": "short_page"}, response={"total": None})
    assert told(await probed(simulated("page"), spec)) == [
        "error pagination.page_size: page_size: 20, or the limit parameter, if there is one"
    ]


async def test_a_server_that_will_not_have_small_pages_is_no_mistake() -> None:
    upstream = simulated("offset", 57)
    upstream.fault = lambda _: Fault(400) if int(dict(upstream.asked[-1]).get("limit", "10")) < 10 else None
    (finding,) = wrong(await probed(upstream, changed("offset")))
    assert (finding.level, finding.about) == ("warning", "pagination.page_size")
    assert finding.seen == "a page of 4 items was refused, so that sizes cannot be compared"
