"""Each switch of a simulated list does what it says."""

from random import Random
from typing import Any

import orjson
import pytest

from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_answers import ABSENT, Drop, Fault, Hang
from tests.support.simulated_rows import stores

from .naive import call, get, ids, walk, walked

PAGED: list[Style] = [style for style in STYLES if style != "single"]


def ten(style: Style, **switches: Any) -> SimulatedList:
    return SimulatedList.of(style, stores("x", 10), **switches)


@pytest.mark.parametrize("style", PAGED)
def test_a_clamped_list_serves_at_most_so_many(style: Style) -> None:
    assert [len(page) for page in walk(ten(style, clamp=4), 9)] == [4, 4, 2]


def test_a_clamped_single_page_is_cut_off() -> None:
    assert ids(get(ten("single", clamp=4))) == ["x0", "x1", "x2", "x3"]


@pytest.mark.parametrize("style", PAGED)
def test_a_list_has_a_size_of_its_own(style: Style) -> None:
    assert [len(page) for page in walk(ten(style, default_size=6))] == [6, 4]


@pytest.mark.parametrize("style", PAGED)
def test_a_size_above_the_largest_is_refused(style: Style) -> None:
    upstream = ten(style, max_size=5)
    assert [call(upstream, limit=size).status for size in (5, 6)] == [200, 400]


@pytest.mark.parametrize("style", PAGED)
@pytest.mark.parametrize("size", ["0", "-1", "1.5", "", " 5", "\u0665", "1e3", "+5", "9999999999"])
def test_a_size_that_is_no_size_is_refused(style: Style, size: str) -> None:
    assert call(ten(style), limit=size).status == 400


@pytest.mark.parametrize(
    ("style", "place"),
    [("offset", "-1"), ("offset", "x"), ("page", "0"), ("page", ""), ("token", "x"), ("link_body", ""), ("token", "")],
)
def test_a_place_that_is_none_is_refused(style: Style, place: str) -> None:
    names: dict[Style, str] = {"offset": "offset", "page": "page", "token": "token", "link_body": "cursor"}
    assert call(ten(style), **{names[style]: place}).status == 400


@pytest.mark.parametrize("style", STYLES)
def test_a_parameter_that_is_not_known_is_refused(style: Style) -> None:
    upstream = ten(style, accepts=("view",))
    assert [call(upstream, **{name: "full"}).status for name in ("view", "colour")] == [200, 400]


@pytest.mark.parametrize("style", PAGED)
def test_a_repeated_parameter_is_refused(style: Style) -> None:
    assert ten(style).answer([("limit", "1"), ("limit", "1")]).status == 400


@pytest.mark.parametrize("style", ["offset", "page", "token", "last_item"])
@pytest.mark.parametrize(
    ("flag", "partial", "last"),
    [
        ("honest", True, False),
        ("always", True, True),
        ("never", False, False),
        ("full", True, True),
        ("null", None, None),
        ("text", "true", "true"),
        ("absent", ABSENT, ABSENT),
    ],
)
def test_the_flag_says_what_it_is_told_to(style: Style, flag: Any, partial: Any, last: Any) -> None:
    upstream = ten(style, flag=flag)
    assert [get(upstream, limit=size).get("has_more", ABSENT) for size in (5, 10)] == [partial, last]


def test_a_full_flag_is_false_on_a_page_that_is_not_full() -> None:
    assert get(ten("offset", flag="full"), limit=11)["has_more"] is False


NUMBERS = [
    ("honest", 10),
    ("absent", ABSENT),
    ("null", None),
    ("zero", 0),
    ("low", 5),
    ("high", 17),
    ("text", "10"),
    ("negative", -1),
    ("huge", 2**63),
    ("fraction", 10.5),
    ("true", True),
]


@pytest.mark.parametrize("style", PAGED)
@pytest.mark.parametrize(("how", "number"), NUMBERS)
def test_the_total_is_stated_as_told(style: Style, how: Any, number: Any) -> None:
    assert get(ten(style, total=how)).get("total", ABSENT) == number


@pytest.mark.parametrize(("how", "number"), NUMBERS)
def test_the_number_of_pages_is_stated_as_told(how: Any, number: Any) -> None:
    assert get(ten("page", pages=how), limit=1).get("total_pages", ABSENT) == number


@pytest.mark.parametrize(("size", "pages"), [(3, 4), (5, 2), (10, 1), (11, 1)])
def test_an_honest_number_of_pages_counts_the_last_one_too(size: int, pages: int) -> None:
    assert get(ten("page"), limit=size)["total_pages"] == pages


@pytest.mark.parametrize("style", PAGED)
def test_short_pages_lose_nothing(style: Style) -> None:
    upstream = ten(style, short=lambda number: number % 3)
    pages = walk(upstream, 4)
    assert [len(page) for page in pages][:2] == [3, 2]
    assert [one for page in pages for one in page] == upstream.ids()


@pytest.mark.parametrize("style", PAGED)
def test_a_short_page_holds_one_item_at_least(style: Style) -> None:
    assert {len(page) for page in walk(ten(style, short=lambda number: 99), 4)} == {1}


def test_short_pages_are_counted() -> None:
    assert get(ten("page", short=lambda number: number % 2), limit=4)["total_pages"] == 3


@pytest.mark.parametrize(("style", "name"), [("offset", "offset"), ("page", "page")])
@pytest.mark.parametrize(("beyond", "found"), [("empty", []), ("last", ["x6", "x7", "x8"]), ("error", 404)])
def test_beyond_the_end_comes_what_was_told(style: Style, name: str, beyond: Any, found: Any) -> None:
    upstream = SimulatedList.of(style, stores("x", 9), beyond=beyond)
    reply = call(upstream, limit=3, **{name: 10})
    assert (ids(orjson.loads(reply.body)) if reply.status == 200 else reply.status) == found


@pytest.mark.parametrize("style", ["offset", "page"])
def test_the_first_page_of_an_empty_list_is_not_beyond_its_end(style: Style) -> None:
    assert walk(SimulatedList.of(style, [], beyond="error"), 3) == [[]]


@pytest.mark.parametrize("style", PAGED)
def test_a_list_that_ignores_the_position_repeats_its_first_page(style: Style) -> None:
    assert walk(ten(style, ignore_position=True), 3, most=4) == [["x0", "x1", "x2"]] * 4


@pytest.mark.parametrize("style", PAGED)
def test_a_shuffled_list_has_another_order_at_each_call(style: Style) -> None:
    upstream = ten(style, shuffle=Random(1))
    orders = [ids(get(upstream, limit=10)) for _ in range(4)]
    assert len({tuple(order) for order in orders}) == 4
    assert {tuple(sorted(order)) for order in orders} == {tuple(upstream.ids())}


@pytest.mark.parametrize("style", PAGED)
def test_a_shuffled_list_shows_some_rows_twice_and_others_never(style: Style) -> None:
    got = [one for page in walk(ten(style, shuffle=Random(1)), 3, most=4) for one in page]
    assert len(set(got)) < len(got)


def test_a_fault_meets_the_call_it_is_for() -> None:
    upstream = ten("offset", fault={2: Fault(503, {"retry-after": "3"}, b"busy")}.get)
    replies = [call(upstream) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 503, 200]
    assert (replies[1].headers, replies[1].body) == ({"retry-after": "3"}, b"busy")


@pytest.mark.parametrize("met", [Hang(), Drop(), TimeoutError()])
def test_a_call_without_an_answer_raises_in_memory(met: Exception) -> None:
    with pytest.raises(type(met)):
        call(ten("offset", fault=lambda _: met))


def test_calls_are_counted_and_queries_kept_whatever_comes_of_them() -> None:
    upstream = ten("token", fault={1: Fault(500)}.get)
    call(upstream, limit=3)
    call(upstream, limit="x")
    assert (upstream.calls, upstream.asked) == (2, [(("limit", "3"),), (("limit", "x"),)])


@pytest.mark.parametrize("style", STYLES)
def test_rows_come_and_go_where_they_are_told_to(style: Style) -> None:
    upstream = ten(style)
    for index in (0, 5, 12):
        upstream.insert(index, {"id": f"new{index}"})
    upstream.delete(1)
    assert walked(upstream, 4) == upstream.ids()
    assert upstream.ids() == [
        "new0",
        *(f"x{n}" for n in range(1, 4)),
        "new5",
        *(f"x{n}" for n in range(4, 10)),
        "new12",
    ]


def test_the_first_row_of_an_empty_list() -> None:
    upstream = SimulatedList("token")
    upstream.insert(0, {"id": "a"})
    assert upstream.ids() == ["a"]


def test_what_is_sent_need_not_be_a_store() -> None:
    assert get(SimulatedList.of("single", [None, 3, {"id": 1.5}])) == [None, 3, {"id": 1.5}]
