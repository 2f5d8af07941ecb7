"""A sound spec of every style and rule, against simulated lists of many lengths."""

from typing import Any

import pytest

from tests.support.simulated import STYLES, Style
from tests.support.simulated_specs import ends

from .probing import changed, probed, probed_over_http, simulated, told, wrong

ALL = [(style, change) for style in STYLES for change in ends(style)]
IDS = [f"{style}-{change['end']['rule']}" if change else style for style, change in ALL]


@pytest.mark.parametrize(("style", "change"), ALL, ids=IDS)
async def test_a_sound_spec_is_found_sound(style: Style, change: dict[str, Any]) -> None:
    upstream = simulated(style, 57)
    report = await probed_over_http(upstream, changed(style, **change))
    assert wrong(report) == []
    assert report.calls == upstream.calls < 20


@pytest.mark.parametrize("count", [2, 3, 4, 9, 10, 11, 20])
@pytest.mark.parametrize("style", STYLES)
async def test_so_it_is_with_a_list_of_few_pages(style: Style, count: int) -> None:
    report = await probed(simulated(style, count), changed(style))
    assert [one for one in told(report) if one.startswith("error")] == []
    assert report.count == count


@pytest.mark.parametrize("style", STYLES)
async def test_an_empty_list_shows_nothing(style: Style) -> None:
    report = await probed(simulated(style, 0), changed(style))
    assert [(finding.about, finding.seen) for finding in wrong(report)] == [
        ("response.items", "the list is empty: nothing about items and pages can be checked")
    ]


@pytest.mark.parametrize("style", [style for style in STYLES if style != "single"])
async def test_of_one_item_no_second_page_can_be_seen(style: Style) -> None:
    (finding,) = wrong(await probed(simulated(style, 1), changed(style)))
    assert finding.seen == "only one page was seen: how pages follow one another was not checked"


@pytest.mark.parametrize(
    ("style", "switches"),
    [
        ("offset", {"flag": "full"}),
        ("offset", {"beyond": "error"}),
        ("page", {"beyond": "last"}),
        ("page", {"beyond": "error"}),
        ("last_item", {"flag": "full"}),
        ("token", {"trailing": True}),
        ("token", {"empties": 1}),
        ("token", {"single_use": True}),
        ("token", {"tokens": "snapshot"}),
        ("link_body", {"link": "relative"}),
        ("link_body", {"link_noise": True}),
        ("link_header", {"link_noise": True}),
        ("link_header", {"link_bare": True}),
    ],
)
async def test_ways_that_an_api_may_have_are_no_mistakes(style: Style, switches: dict[str, Any]) -> None:
    assert wrong(await probed(simulated(style, **switches), changed(style))) == []


async def test_pages_that_are_shorter_now_and_then_are_no_clamp() -> None:
    report = await probed(simulated("offset", 200, short=lambda call: call % 2), changed("offset", page_size=30))
    assert wrong(report) == []


async def test_a_walk_that_is_cut_short_says_so() -> None:
    report = await probed(simulated("token", 200), changed("token"), pages=3)
    assert wrong(report) == []
    assert [finding.seen for finding in report.findings if finding.about == "walk"] == [
        "30 items in 3 pages of 10, each once, up to the bound of this probe"
    ]
