"""A list that behaves is walked, by a client of its API and by the gateway's own reading of it."""

from typing import Any

import pytest

from gateway.provider.provider import Provider
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_fetch import read_page
from tests.support.simulated_rows import stores
from tests.support.simulated_specs import ends, provider

from .naive import walk, walked

RULES = [(style, change) for style in STYLES for change in ends(style)]
MOST_PAGES = 40


def rule_name(value: Any) -> str:
    return value if isinstance(value, str) else value.get("end", {"rule": "own"})["rule"]


#: the rules by which a page may have any length
ANY_LENGTH = [(style, change) for style, change in RULES if style != "single" and rule_name(change) != "short_page"]


def read(upstream: SimulatedList, made: Provider) -> list[str]:
    """The ids that the gateway's reading brings, page by page, what is known already left out."""
    got: list[str] = []
    token, overlap = None, 0
    for _ in range(MOST_PAGES):
        page = read_page(upstream, made, token, now=0.0)
        new = [item["id"] for item in page.items[overlap:]]
        got += new
        if page.next is None or not (new or page.promised):
            return got
        token, overlap = page.next, page.overlap
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("style", STYLES)
def test_a_client_of_the_api_gets_every_row_once(style: Style) -> None:
    for count in range(26):
        for size in range(1, 8):
            upstream = SimulatedList.of(style, stores("x", count))
            assert walked(upstream, size) == upstream.ids(), (count, size)


@pytest.mark.parametrize("style", STYLES)
def test_a_well_behaved_list_needs_no_page_more_than_its_rows_fill(style: Style) -> None:
    pages = walk(SimulatedList.of(style, stores("x", 12)), 4)
    assert [len(page) for page in pages] == ([12] if style == "single" else [4, 4, 4])


@pytest.mark.parametrize("tokens", ["keyset", "offset", "snapshot"])
@pytest.mark.parametrize("style", ["token", "link_body", "link_header"])
def test_every_kind_of_token_leads_through_the_list(style: Style, tokens: Any) -> None:
    upstream = SimulatedList.of(style, stores("x", 11), tokens=tokens)
    assert walked(upstream, 3) == upstream.ids()


@pytest.mark.parametrize(("style", "change"), RULES, ids=rule_name)
def test_the_gateway_reads_every_row_once_by_every_rule_for_the_end(style: Style, change: dict[str, Any]) -> None:
    for size in range(1, 8):
        made = provider(style, page_size=size, **change)
        for count in range(26):
            upstream = SimulatedList.of(style, stores("x", count))
            assert read(upstream, made) == upstream.ids(), (count, size)


@pytest.mark.parametrize(("style", "change"), RULES, ids=rule_name)
def test_the_gateway_needs_no_total_beside_the_rule(style: Style, change: dict[str, Any]) -> None:
    upstream = SimulatedList.of(style, stores("x", 12))
    assert read(upstream, provider(style, page_size=4, total=False, **change)) == upstream.ids()


@pytest.mark.parametrize("style", [style for style in STYLES if style != "single"])
def test_a_list_that_chooses_its_own_page_size_is_read(style: Style) -> None:
    upstream = SimulatedList.of(style, stores("x", 12), default_size=5)
    assert read(upstream, provider(style, limit=None, page_size=5)) == upstream.ids()
    assert upstream.calls == 3


@pytest.mark.parametrize(("style", "change"), ANY_LENGTH, ids=rule_name)
def test_the_gateway_reads_a_list_that_serves_fewer_than_asked(style: Style, change: dict[str, Any]) -> None:
    upstream = SimulatedList.of(style, stores("x", 17), clamp=4)
    assert read(upstream, provider(style, page_size=10, **change)) == upstream.ids()


@pytest.mark.parametrize(("style", "change"), ANY_LENGTH, ids=rule_name)
def test_the_gateway_reads_pages_that_are_short_for_no_reason(style: Style, change: dict[str, Any]) -> None:
    upstream = SimulatedList.of(style, stores("x", 17), short=lambda number: number * 7 % 3)
    assert read(upstream, provider(style, page_size=4, **change)) == upstream.ids()


@pytest.mark.parametrize("style", ["token", "link_body", "link_header"])
def test_the_gateway_goes_on_through_empty_pages(style: Style) -> None:
    upstream = SimulatedList.of(style, stores("x", 9), empties=3, trailing=True)
    assert read(upstream, provider(style, page_size=4)) == upstream.ids()


@pytest.mark.parametrize("first", [0, 1])
def test_the_gateway_counts_pages_from_where_the_list_does(first: int) -> None:
    upstream = SimulatedList.of("page", stores("x", 9), first_page=first)
    assert read(upstream, provider("page", page_size=4, first=first)) == upstream.ids()


@pytest.mark.parametrize("form", ["absolute", "relative", "query", "other_host", "scheme_relative", "user_info"])
@pytest.mark.parametrize("style", ["link_body", "link_header"])
def test_the_gateway_takes_the_cursor_from_any_form_of_link(style: Style, form: Any) -> None:
    upstream = SimulatedList.of(style, stores("x", 9), link=form, link_noise=True, link_bare=True)
    assert read(upstream, provider(style, page_size=4)) == upstream.ids()


def test_the_gateway_finds_a_token_in_a_header() -> None:
    upstream = SimulatedList.of("token", stores("x", 9), token_header="X-Next-Token")
    assert read(upstream, provider("token", page_size=4, next={"header": "X-Next-Token"})) == upstream.ids()
