"""One wrong declaration at a time of how a list ends."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.simulated import Style
from tests.support.simulated_specs import end

from .apis import probed_api, rows
from .probing import changed, errors, probed, simulated, told, wrong

EMPTY_PAGE = "end: {rule: empty_page}"
FLAGGED = ["offset", "page", "last_item"]


async def _told(style: Style, switches: dict[str, Any], changes: dict[str, Any]) -> list[str]:
    return told(await probed(simulated(style, **switches), changed(style, **changes)))


@pytest.mark.parametrize("style", FLAGGED)
async def test_the_flag_is_elsewhere(style: Style) -> None:
    changes = {"end": {"rule": "flag", "has_more": "hasMore"}}
    assert await _told(style, {}, changes) == ["error pagination.end: has_more: has_more"]


@pytest.mark.parametrize("flag", ["absent", "always", "never"])
@pytest.mark.parametrize("style", FLAGGED)
async def test_there_is_no_flag_or_it_always_says_the_same(style: Style, flag: str) -> None:
    assert await _told(style, {"flag": flag}, {}) == [f"error pagination.end: {EMPTY_PAGE}"]


@pytest.mark.parametrize("style", FLAGGED)
async def test_the_flag_is_text(style: Style) -> None:
    (finding,) = wrong(await probed(simulated(style, flag="text"), changed(style)))
    assert finding.about == "pagination.end"
    assert finding.seen.endswith("the flag that says whether more follows is neither true nor false")


@pytest.mark.parametrize("style", FLAGGED)
async def test_a_flag_that_is_null_costs_a_call(style: Style) -> None:
    assert await _told(style, {"flag": "null"}, {}) == [f"warning pagination.end: {EMPTY_PAGE}"]


async def test_a_flag_that_says_the_end_before_the_tokens_do() -> None:
    assert await _told("token", {"flag": "never"}, {"end": end("flag")}) == [
        "error pagination.end: end: {rule: no_token}"
    ]


@pytest.mark.parametrize("style", ["offset", "page"])
async def test_the_total_is_elsewhere(style: Style) -> None:
    changes = {"end": {"rule": "total", "total": "meta.total"}}
    assert await _told(style, {}, changes) == ["error pagination.end: total: total"]


@pytest.mark.parametrize("stated", ["low", "zero", "null", "text"])
@pytest.mark.parametrize("style", ["offset", "page"])
async def test_the_total_ends_the_list_too_early_or_is_none(style: Style, stated: str) -> None:
    level = "warning" if (style, stated) == ("page", "low") else "error"  # numbered pages may be short
    assert await _told(style, {"total": stated}, {"end": end("total")}) == [f"{level} pagination.end: {EMPTY_PAGE}"]


@pytest.mark.parametrize("style", ["offset", "page"])
async def test_a_total_that_is_too_high_costs_a_call(style: Style) -> None:
    assert await _told(style, {"total": "high"}, {"end": end("total")}) == [f"warning pagination.end: {EMPTY_PAGE}"]


async def test_the_number_of_pages_is_elsewhere() -> None:
    changes = {"end": {"rule": "page_count", "pages": "pages"}}
    assert await _told("page", {}, changes) == ["error pagination.end: pages: total_pages"]


async def test_the_number_of_items_is_no_number_of_pages() -> None:
    changes = {"end": {"rule": "page_count", "pages": "total"}}
    assert await _told("page", {}, changes) == ["warning pagination.end: pages: total_pages"]


async def test_a_number_of_pages_that_ends_the_list_too_early() -> None:
    assert await _told("page", {"pages": "low"}, {"end": end("page_count")}) == [f"error pagination.end: {EMPTY_PAGE}"]


async def test_short_pages_of_a_server_that_clamps() -> None:
    size, early = wrong(await probed(simulated("last_item", clamp=5), changed("last_item", end=end("short_page"))))
    assert (size.about, size.level) == ("pagination.page_size", "error")
    assert early.seen == ("the end was declared after a page of 5 items, and more came behind it; 10 were asked for")


async def test_a_last_page_that_names_itself() -> None:
    (finding,) = wrong(await probed(simulated("token", repeats_token=True), changed("token")))
    assert finding.about == "pagination.end"
    assert finding.remedy.startswith("end_on_repeated_token: true")


async def test_that_is_the_end_where_it_is_declared_so() -> None:
    assert await _told("token", {"repeats_token": True}, {"end_on_repeated_token": True}) == []


@pytest.mark.parametrize("on_unknown", ["error", "restart"])
async def test_a_text_that_means_no_token(on_unknown: str) -> None:
    switches = {"no_token": "0", "on_unknown": on_unknown}
    assert await _told("token", switches, {}) == ['error pagination.end: end_tokens: ["", "0"]']


@pytest.mark.parametrize("next_", ["nxt", ["nxt", "meta.nxt"]])
async def test_a_walk_that_ends_before_its_total_is_named_even_if_nothing_else_leads_on(next_: Any) -> None:
    def first_page(query: Mapping[str, str]) -> Any:
        return {"data": rows(10)[: int(query["limit"])], "total": 57}

    (finding,) = errors(await probed_api(first_page, changed("token", next=next_)))
    assert finding.about == "pagination.next"
    assert finding.seen == "the walk ended after 10 items, and the answer says that there are 57"


async def test_so_is_one_that_ends_where_a_flag_says_that_more_follow() -> None:
    def first_page(query: Mapping[str, str]) -> Any:
        return {"data": rows(10)[: int(query["limit"])], "has_more": True}

    (finding,) = errors(await probed_api(first_page, changed("token", next="nxt", response={"total": None})))
    assert finding.seen == "the walk ended after 10 items, and has_more says that more follow"


async def test_tokens_that_lead_in_a_circle() -> None:
    (finding,) = wrong(await probed(simulated("token", circle=(1, 2)), changed("token")))
    assert finding.seen == "page 4 holds nothing new, though more was said to follow: the walk would not end"
