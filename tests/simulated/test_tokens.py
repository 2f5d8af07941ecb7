"""Tokens, links and last items: where they lead while the list changes, and how they die."""

from typing import Any

import orjson
import pytest

from tests.support.simulated import POSITION, SimulatedList, Style
from tests.support.simulated_answers import ABSENT
from tests.support.simulated_rows import stores

from .naive import call, following, get, ids, walk, walked

LED: list[Style] = ["token", "link_body", "link_header"]


def ten(style: Style, **switches: Any) -> SimulatedList:
    return SimulatedList.of(style, stores("x", 10), **switches)


def token(upstream: SimulatedList, size: int = 3, **query: Any) -> str:
    """The token of the page behind the one asked for."""
    asked = [("limit", str(size)), *query.items()]
    found = following(upstream, asked, upstream.answer(asked), size)
    assert found is not None
    return dict(found)[POSITION[upstream.style]]


def at(upstream: SimulatedList, place: str, size: int = 3) -> Any:
    """The ids of the page that a token leads to, or the status of a refusal."""
    reply = call(upstream, limit=size, **{POSITION[upstream.style]: place})
    return ids(orjson.loads(reply.body)) if reply.status == 200 else reply.status


@pytest.mark.parametrize("style", LED)
@pytest.mark.parametrize(
    ("tokens", "found"),
    [("keyset", ["x3", "x4", "x5"]), ("offset", ["x2", "x3", "x4"]), ("snapshot", ["x3", "x4", "x5"])],
)
def test_a_row_that_appears_before_a_token_moves_positions_alone(style: Style, tokens: Any, found: Any) -> None:
    upstream = ten(style, tokens=tokens)
    place = token(upstream)
    upstream.insert(0, {"id": "new"})
    assert at(upstream, place) == found


@pytest.mark.parametrize("style", LED)
@pytest.mark.parametrize(
    ("tokens", "found"),
    [("keyset", ["x5", "x6", "x7"]), ("offset", ["x6", "x7", "x8"]), ("snapshot", ["x3", "x4", "x5"])],
)
def test_rows_that_go_are_gone_from_all_but_a_copy(style: Style, tokens: Any, found: Any) -> None:
    upstream = ten(style, tokens=tokens)
    place = token(upstream)
    for _ in range(3):
        upstream.delete(2)
    assert at(upstream, place) == found


def test_a_copy_has_a_total_of_its_own() -> None:
    upstream = ten("token", tokens="snapshot")
    place = token(upstream)
    upstream.delete(0)
    assert [get(upstream, token=place)["total"], get(upstream)["total"]] == [10, 9]


@pytest.mark.parametrize("tokens", ["keyset", "offset", "snapshot"])
def test_equal_places_have_equal_tokens(tokens: Any) -> None:
    upstream = ten("token", tokens=tokens)
    assert token(upstream) == token(upstream)


@pytest.mark.parametrize("tokens", ["keyset", "offset", "snapshot"])
def test_a_copy_is_a_new_one_when_the_list_has_changed(tokens: Any) -> None:
    upstream = ten("token", tokens=tokens)
    before = token(upstream)
    upstream.insert(10, {"id": "new"})
    assert (token(upstream) == before) == (tokens != "snapshot")


@pytest.mark.parametrize("style", LED)
@pytest.mark.parametrize(("life", "found"), [(1, 410), (2, ["x3", "x4", "x5"])])
def test_a_token_is_good_for_so_many_calls(style: Style, life: int, found: Any) -> None:
    upstream = ten(style, token_life=life)
    place = token(upstream)
    get(upstream)
    assert at(upstream, place) == found


@pytest.mark.parametrize("style", LED)
def test_a_single_use_token_is_good_once(style: Style) -> None:
    upstream = ten(style, single_use=True)
    place = token(upstream)
    assert [at(upstream, place), at(upstream, place)] == [["x3", "x4", "x5"], 410]


def test_tokens_that_die_are_each_their_own() -> None:
    upstream = ten("token", single_use=True)
    assert token(upstream) != token(upstream)
    assert walked(upstream, 3) == upstream.ids()


@pytest.mark.parametrize("style", LED)
@pytest.mark.parametrize("tokens", ["keyset", "offset", "snapshot"])
def test_a_forgetful_server_takes_only_tokens_of_later_calls(style: Style, tokens: Any) -> None:
    upstream = ten(style, tokens=tokens)
    place = token(upstream)
    upstream.forget()
    assert at(upstream, place) == 410
    assert walked(upstream, 3) == upstream.ids()


@pytest.mark.parametrize("style", LED)
@pytest.mark.parametrize(
    ("switches", "found"),
    [
        ({"on_unknown": "error", "error_status": 400}, 400),
        ({"on_unknown": "restart"}, ["x0", "x1", "x2"]),
        ({"on_unknown": "empty"}, []),
    ],
)
def test_a_dead_token_is_answered_as_told(style: Style, switches: dict[str, Any], found: Any) -> None:
    upstream = ten(style, **switches)
    place = token(upstream)
    upstream.forget()
    assert at(upstream, place) == found


def test_an_empty_page_for_a_dead_token_leads_nowhere() -> None:
    upstream = ten("token", on_unknown="empty")
    place = token(upstream)
    upstream.forget()
    body = get(upstream, token=place)
    assert (body["next"], body["has_more"]) == (None, False)


@pytest.mark.parametrize("tokens", ["keyset", "offset"])
def test_a_token_is_good_at_another_replica(tokens: Any) -> None:
    assert at(ten("token", tokens=tokens), token(ten("token", tokens=tokens))) == ["x3", "x4", "x5"]


def test_a_copy_is_at_one_replica_alone() -> None:
    assert at(ten("token"), token(ten("token", tokens="snapshot"))) == 410


@pytest.mark.parametrize(
    ("on_unknown", "found"),
    [("error", 410), ("restart", ["x0", "x1", "x3"]), ("empty", []), ("compare", ["x3", "x4", "x5"])],
)
def test_behind_an_item_that_is_gone_comes_what_was_told(on_unknown: Any, found: Any) -> None:
    upstream = ten("last_item", on_unknown=on_unknown)
    upstream.delete(2)
    assert at(upstream, "x2") == found


def test_nothing_compares_with_an_item_that_never_was() -> None:
    assert at(ten("last_item", on_unknown="compare"), "y") == 410


def test_behind_an_item_comes_the_next_one_wherever_it_has_moved() -> None:
    upstream = ten("last_item")
    assert at(upstream, "x2") == ["x3", "x4", "x5"]
    upstream.insert(0, {"id": "new"})
    upstream.insert(4, {"id": "newer"})
    assert at(upstream, "x2") == ["newer", "x3", "x4"]


@pytest.mark.parametrize("style", LED)
def test_empty_pages_come_before_each_page_but_the_first(style: Style) -> None:
    assert [len(page) for page in walk(ten(style, empties=2), 4)] == [4, 0, 0, 4, 0, 0, 2]


@pytest.mark.parametrize("style", LED)
def test_empty_pages_without_end(style: Style) -> None:
    assert [len(page) for page in walk(ten(style, empties=float("inf")), 4, most=6)] == [4, 0, 0, 0, 0, 0]


def test_an_empty_page_says_honestly_that_more_follows() -> None:
    upstream = ten("token", empties=1)
    assert get(upstream, token=token(upstream))["has_more"] is True


@pytest.mark.parametrize("style", LED)
def test_a_trailing_token_leads_to_an_empty_page(style: Style) -> None:
    assert [len(page) for page in walk(ten(style, trailing=True), 5)] == [5, 5, 0]


@pytest.mark.parametrize("style", LED)
def test_a_circle_leads_back_behind_the_pages_before_it(style: Style) -> None:
    pages = walk(ten(style, circle=(1, 2)), 2, most=6)
    assert [page[0] for page in pages] == ["x0", "x2", "x4", "x2", "x4", "x2"]


@pytest.mark.parametrize("style", LED)
def test_a_circle_of_one_page_leads_to_itself(style: Style) -> None:
    assert walk(ten(style, circle=(0, 1)), 2, most=3) == [["x0", "x1"]] * 3


@pytest.mark.parametrize("style", LED)
def test_a_circle_may_begin_in_the_middle_of_a_walk(style: Style) -> None:
    upstream = ten(style)
    place = token(upstream)
    upstream.circle = (0, 2)
    assert at(upstream, place) == ["x0", "x1", "x2"]


def test_a_last_page_that_names_itself() -> None:
    upstream = ten("token", repeats_token=True)
    place = token(upstream, 5)
    assert get(upstream, limit=5, token=place)["next"] == place


@pytest.mark.parametrize("style", ["token", "link_body"])
@pytest.mark.parametrize("nothing", [None, "", "null", 0, False, {}, ABSENT])
def test_no_token_is_written_as_told(style: Style, nothing: Any) -> None:
    found = get(ten(style, no_token=nothing)).get("next", ABSENT)
    assert (found, type(found)) == (nothing, type(nothing))


def test_a_token_in_a_header_is_nowhere_else() -> None:
    upstream = ten("token", token_header="X-Next")
    reply = call(upstream, limit=3)
    assert "next" not in orjson.loads(reply.body)
    assert at(upstream, reply.headers["x-next"]) == ["x3", "x4", "x5"]
