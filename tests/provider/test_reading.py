"""What an answer means: the documented bodies, and every way in which an answer may be odd."""

from typing import Any

import orjson
import pytest

from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.led import MAX_TOKEN
from gateway.provider.page import Page, PageToken
from gateway.provider.provider import MAX_ITEMS, Provider
from tests.support.lists import altered, provider


def read(
    made: Provider | str, body: Any, token: PageToken | None = None, headers: dict[str, str] | None = None
) -> Page:
    made = provider(made) if isinstance(made, str) else made
    return made.read(token, body if isinstance(body, bytes) else orjson.dumps(body), headers or {}, 7.0)


def items(count: int) -> list[dict[str, str]]:
    return [{"id": f"i{number}"} for number in range(count)]


def code(made: Provider | str, body: Any, token: PageToken | None = None) -> FailureCode:
    with pytest.raises(UpstreamError) as caught:
        read(made, body, token)
    assert not caught.value.transient
    return caught.value.code


def test_the_documented_answer_of_aitronos() -> None:
    page = read("aitronos", {"items": items(2), "total": 2, "skip": 0, "limit": 10, "has_more": False})
    assert (page.items, page.next, page.total, page.fetched_at) == (items(2), None, 2, 7.0)


def test_the_documented_answer_of_scale_dex() -> None:
    body = {"items": items(1), "total_count": 1, "next_token": "eyJpZCI6InYifQ=="}
    page = read("scale-dex", body)
    assert (page.items, page.next, page.total) == (items(1), "eyJpZCI6InYifQ==", 1)
    assert (page.promised, page.overlap) == (True, 0)


def test_the_documented_answer_of_b3os() -> None:
    page = read("b3os", {"hasMore": True, "items": items(3), "limit": 123, "offset": 0})
    assert (page.items, page.next, page.total) == (items(3), 2, None)
    assert (page.promised, page.overlap) == (True, 1)


@pytest.mark.parametrize(
    "body",
    [
        {"items": items(3), "hasMore": True},
        {"success": True, "data": {"items": items(3), "hasMore": True}},
        {"success": True, "data": items(3), "hasMore": True},
        {"items": {"not": "a list"}, "data": {"items": items(3)}, "hasMore": True},
    ],
)
def test_every_envelope_of_b3os_holds_the_same_page(body: Any) -> None:
    page = read("b3os", body)
    assert (page.items, page.next, page.promised) == (items(3), 2, True)


def test_a_bare_list_promises_nothing() -> None:
    page = read("b3os", items(3))
    assert (page.items, page.next, page.promised) == (items(3), 2, False)


@pytest.mark.parametrize("more", [{}, {"hasMore": None}])
def test_a_flag_that_is_absent_or_null_says_nothing(more: Any) -> None:
    page = read("b3os", {"items": items(3), **more})
    assert (page.next, page.promised) == (2, False)


@pytest.mark.parametrize("flag", ["true", "", 1, 0, 1.5, [], {}])
def test_a_flag_is_true_or_false(flag: Any) -> None:
    assert code("b3os", {"items": items(3), "hasMore": flag}) is FailureCode.MALFORMED


def test_a_page_that_says_it_is_the_last_is_the_last_however_full() -> None:
    assert read("aitronos", {"items": items(100), "total": 500, "has_more": False}).next is None


def test_an_empty_page_is_the_end_unless_it_says_otherwise() -> None:
    assert read("b3os", {"items": []}, 99).next is None
    assert code("b3os", {"items": [], "hasMore": True}, 99) is FailureCode.LOOP


@pytest.mark.parametrize(
    ("token", "received", "following", "overlap"), [(None, 100, 99, 1), (99, 10, 108, 1), (99, 2, 100, 1), (7, 1, 8, 0)]
)
def test_an_offset_advances_by_what_was_received(token: Any, received: int, following: int, overlap: int) -> None:
    page = read("aitronos", {"items": items(received), "has_more": True}, token)
    assert (page.next, page.overlap) == (following, overlap)


@pytest.mark.parametrize(("declared", "received", "overlap"), [(0, 5, 0), (3, 5, 3), (3, 3, 2), (8, 1, 0)])
def test_the_overlap_is_as_declared_and_always_leaves_something_new(declared: int, received: int, overlap: int) -> None:
    offset = {"style": "offset", "offset": "o", "limit": "l", "page_size": 9, "overlap": declared}
    spec = altered("aitronos", pagination={**offset, "end": {"rule": "empty_page"}})
    page = read(provider("aitronos", spec=spec), {"items": items(received), "has_more": False}, 10)
    assert (page.next, page.overlap, page.promised) == (10 + received - overlap, overlap, False)


def test_the_page_before_starts_a_stride_earlier() -> None:
    made = provider("aitronos", page_size=10)
    assert [made.before(token, None) for token in (None, 0, 5, 9, 10, 27)] == [None, None, None, None, 1, 18]
    assert provider("scale-dex").before("abc", None) is None


@pytest.mark.parametrize(("size", "before"), [(4, 24), (1, 26), (2, 26), (10, 18)])
def test_the_page_before_starts_as_much_earlier_as_the_server_sends(size: int, before: int) -> None:
    assert provider("aitronos", page_size=10).before(27, size) == before


@pytest.mark.parametrize(
    "body", [{"items": None, "hasMore": False}, {"success": True, "data": {"items": None, "hasMore": False}}]
)
def test_an_empty_list_of_b3os_may_be_null(body: Any) -> None:
    page = read("b3os", body)
    assert (page.items, page.next) == ([], None)


@pytest.mark.parametrize("body", [{"success": False, "data": None}, {"data": None}, None])
def test_a_null_anywhere_else_is_no_empty_list(body: Any) -> None:
    assert code(provider("b3os"), body) is FailureCode.MALFORMED


def test_an_answer_of_countless_lists_is_refused_before_it_is_parsed() -> None:
    body = b'{"items": [' + b"[]," * 300_001 + b"[]]}"
    with pytest.raises(UpstreamError, match="lists and objects"):
        provider("b3os").read(None, body, {}, 0.0)


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_the_end(token: Any) -> None:
    assert read("scale-dex", {"items": items(3), "next_token": token}).next is None
    assert read("scale-dex", {"items": items(3)}).next is None


def test_a_bare_list_of_scale_dex_is_everything() -> None:
    page = read("scale-dex", items(3))
    assert (page.items, page.next, page.total) == (items(3), None, None)


@pytest.mark.parametrize(("token", "text"), [(0, "0"), (17, "17"), ("null", "null"), ("0", "0"), ("ä", "ä")])
def test_a_token_is_text_or_a_whole_number(token: Any, text: str) -> None:
    page = read("scale-dex", {"items": [], "next_token": token})
    assert (page.next, page.promised) == (text, True)


@pytest.mark.parametrize("token", [True, False, 1.5, 0.0, ["t"], {"t": 1}])
def test_any_other_token_is_an_error(token: Any) -> None:
    assert code("scale-dex", {"items": [], "next_token": token}) is FailureCode.MALFORMED


def test_a_token_has_a_greatest_length() -> None:
    assert read("scale-dex", {"items": [], "next_token": "t" * MAX_TOKEN}).next == "t" * MAX_TOKEN
    assert code("scale-dex", {"items": [], "next_token": "t" * (MAX_TOKEN + 1)}) is FailureCode.MALFORMED


@pytest.mark.parametrize("token", ["17", 17])
def test_a_page_that_leads_to_itself_is_a_loop(token: Any) -> None:
    assert code("scale-dex", {"items": items(1), "next_token": token}, "17") is FailureCode.LOOP


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{",
        b'{"items": [NaN]}',
        b'{"items": ["\\ud800"]}',
        b"\xff",
        b"[" * 5000,
        b"null",
        b"3",
        b'"items"',
        b"{}",
        b'{"items": {}}',
        b'{"items": [1, "a", null, [], true]}',
        b'{"items": "abc"}',
        b'{"success": false, "error": {"code": "AUTHENTICATION_REQUIRED"}}',
    ],
)
@pytest.mark.parametrize("type_", ["aitronos", "b3os", "scale-dex"])
def test_an_answer_without_a_list_is_malformed(type_: str, body: bytes) -> None:
    assert code(type_, body) is FailureCode.MALFORMED


def test_an_error_holds_nothing_of_the_answer() -> None:
    with pytest.raises(UpstreamError) as caught:
        read("aitronos", b'{"items": "CANARY"}')
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_page_has_a_greatest_length() -> None:
    assert len(read("b3os", b"[" + b"{}," * (MAX_ITEMS - 1) + b"{}]").items) == MAX_ITEMS
    assert code("b3os", b"[" + b"{}," * MAX_ITEMS + b"{}]") is FailureCode.TOO_LARGE


@pytest.mark.parametrize(
    ("stated", "total"),
    [(57, 57), (0, 0), (None, None), (-1, None), ("57", None), (5.0, None), (True, None), (2**53, None), ([], None)],
)
def test_a_total_is_a_whole_number_or_unknown(stated: Any, total: int | None) -> None:
    assert read("aitronos", {"items": [], "total": stated, "has_more": False}).total == total


def test_items_of_any_kind_are_kept_as_they_came() -> None:
    odd: list[Any] = [None, 1, "x", [], {"id": None}]
    assert read("aitronos", {"items": odd, "has_more": False}).items == odd
