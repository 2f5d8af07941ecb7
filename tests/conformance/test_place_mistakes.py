"""One wrong declaration at a time of what leads from page to page: each is named, alone, with what to write."""

from typing import Any

import pytest

from tests.support.simulated import Style

from .probing import changed, probed, simulated, told, wrong

#: a server that does not mind parameters it does not know
TOLERANT: dict[str, Any] = {
    "accepts": ("bogus", "start", "skip", "from", "p", "size", "page", "offset", "after", "token", "cursor")
}
RESTART = {"on_unknown": "restart"}
EMPTY = {"on_unknown": "empty"}


async def _told(style: Style, switches: dict[str, Any], changes: dict[str, Any]) -> list[str]:
    return told(await probed(simulated(style, **switches), changed(style, **changes)))


@pytest.mark.parametrize("switches", [TOLERANT, {}], ids=["ignored", "refused"])
@pytest.mark.parametrize(
    ("style", "key"), [("offset", "offset"), ("page", "page"), ("token", "token"), ("last_item", "after")]
)
async def test_another_name_for_the_place(style: Style, key: str, switches: dict[str, Any]) -> None:
    assert await _told(style, switches, {key: "bogus"}) == [f"error pagination.{key}: {key}: {key}"]


async def test_the_first_page_is_0() -> None:
    assert await _told("page", {"first_page": 0}, {"first": 1}) == ["error pagination.first: first: 0"]


async def test_the_first_page_is_0_and_holds_all_there_is() -> None:
    report = await probed(simulated("page", 7, first_page=0), changed("page", first=1))
    assert told(report) == ["error pagination.first: first: 0"]


async def test_the_first_page_is_1() -> None:
    assert await _told("page", {"first_page": 1}, {"first": 0}) == ["error pagination.first: first: 1"]


@pytest.mark.parametrize("first", [0, 1])
async def test_an_offset_is_no_page_number(first: int) -> None:
    changes = {"style": "page", "page": "offset", "offset": None, "first": first}
    assert await _told("offset", {}, changes) == ["error pagination.page: style: offset, offset: offset"]


async def test_a_page_number_is_no_offset() -> None:
    changes = {"style": "offset", "offset": "page", "page": None}
    assert await _told("page", {"first_page": 0}, changes) == [
        "error pagination.offset: style: page, page: page, first: 0"
    ]


async def test_a_page_number_that_cannot_be_0_is_no_offset() -> None:
    changes = {"style": "offset", "offset": "page", "page": None}
    assert await _told("page", {"first_page": 1}, changes) == [
        "error pagination.style: style: page, page: page, first: 1"
    ]


async def test_a_list_of_page_numbers_takes_no_offset() -> None:
    changes = {"style": "offset", "offset": "offset", "page": None}
    assert await _told("page", TOLERANT, changes) == ["error pagination.style: style: page, page: page"]


async def test_the_token_is_elsewhere_in_the_body() -> None:
    assert await _told("token", {}, {"next": "meta.next"}) == ["error pagination.next: next: next"]


async def test_the_token_is_in_a_header() -> None:
    assert await _told("token", {"token_header": "X-Next-Page"}, {}) == [
        "error pagination.next: next: {header: x-next-page}"
    ]


async def test_what_is_no_token_is_declared_as_one() -> None:
    assert await _told("token", {}, {"next": "total"}) == ["error pagination.next: next: next"]


@pytest.mark.parametrize("switches", [{}, RESTART, EMPTY], ids=["refused", "first page", "empty page"])
@pytest.mark.parametrize("overlap", [0, 1])
async def test_the_key_is_another_field(switches: dict[str, Any], overlap: int) -> None:
    assert await _told("last_item", switches, {"key": "name", "overlap": overlap}) == ["error pagination.key: key: id"]


async def test_no_item_has_the_key() -> None:
    assert await _told("last_item", {}, {"key": "uid"}) == ["error pagination.key: key: id"]


@pytest.mark.parametrize("declared", [{"link": {"body": "links.next"}}, {"link": {"header": "Link"}}])
async def test_the_link_is_elsewhere_in_the_body(declared: dict[str, Any]) -> None:
    assert await _told("link_body", {}, declared) == ["error pagination.link: link: {body: next}, params: [cursor]"]


@pytest.mark.parametrize("declared", [{"link": {"body": "next"}}, {"link": {"header": "Link", "rel": "following"}}])
async def test_the_link_is_in_the_header(declared: dict[str, Any]) -> None:
    assert await _told("link_header", {}, declared) == [
        "error pagination.link: link: {header: Link, rel: next}, params: [cursor]"
    ]


@pytest.mark.parametrize("params", [["limit"], ["page"]], ids=["one that does not move", "none of the link's"])
async def test_other_parameters_of_the_link_lead_on(params: list[str]) -> None:
    assert await _told("link_body", {}, {"params": params}) == [
        "error pagination.link: link: {body: next}, params: [cursor]"
    ]


async def test_a_link_is_no_token() -> None:
    changes = {"style": "token", "token": "cursor", "next": "next", "link": None, "params": None}
    (finding,) = wrong(await probed(simulated("link_body", **TOLERANT), changed("link_body", **changes)))
    assert finding.about == "pagination.token"
    assert finding.remedy.endswith("it could be style: link, link: {body: next}")


async def test_one_page_is_not_all_where_the_answer_says_that_more_follow() -> None:
    changes = {"style": "single", "offset": None, "limit": None, "page_size": None, "end": None}
    (style, _) = wrong(await probed(simulated("offset"), changed("offset", **changes)))
    assert style.about == "pagination.style"
    assert style.seen == "20 items came, and the answer says that more follow: it has has_more, total (57)"


@pytest.mark.parametrize("style", ["offset", "page", "token", "last_item", "link_body"])
async def test_where_nothing_leads_on_that_is_said(style: Style) -> None:
    (finding,) = wrong(await probed(simulated(style, ignore_position=True), changed(style)))
    assert finding.seen.startswith("the first page came again where the second was asked for")
    assert finding.remedy.startswith("none of the usual other names brought the second page")
