"""Tokens that lead nowhere new, and tokens that are none."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.pathologies.scripted import rows, scripted
from tests.pathologies.walking import CACHES, LED, SEARCH, CacheMode, check_exact, check_named, ids, simulation
from tests.support.simulated import Style
from tests.support.simulated_specs import end
from tests.support.walking import Walk

Told = tuple[Any, Mapping[str, str]]


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize(("before", "length"), [(0, 1), (1, 1), (0, 2), (1, 2), (3, 3), (0, 50), (7, 50)])
@pytest.mark.parametrize("style", LED)
async def test_tokens_that_lead_in_a_circle_are_a_loop(
    style: Style, before: int, length: int, cache: CacheMode
) -> None:
    made = simulation(style, 200, size=2, circle=(before, length), cache=cache)
    walk = await made.walk(20)
    check_named(walk, "loop")
    pages = before + length if length > 1 else max(1, before)  # a page that leads to itself is refused at once
    assert set(walk.of("a")) == set(ids(2 * pages))
    # Brent: noticed once the circle has gone round from a power of two of pages on that covers both parts; where it
    # leads back to the beginning, that is noticed at once and costs searches until fifty pages in a row were idle
    assert made.calls <= 5 * (before + length) + SEARCH + len(walk.pages) + walk.refused


@pytest.mark.parametrize("cache", CACHES)
async def test_two_tokens_by_turns_are_a_loop(cache: CacheMode) -> None:
    follows = {None: "A", "A": "B", "B": "A"}

    def answers(query: Mapping[str, str]) -> Told:
        return {"data": [], "next": follows[query.get("token")]}, {}

    engine, fetch = scripted(answers, cache=cache)
    walk = await engine.walk()
    assert walk.failed or walk.lost("a") == "abandoned"
    assert len(fetch.asked) <= 20


@pytest.mark.parametrize("style", ["token"])
async def test_a_token_that_repeats_itself_is_a_loop(style: Style) -> None:
    walk = await simulation(style, repeats_token=True).walk()
    assert walk.of("a") == ids(30)
    check_named(walk, "loop")


@pytest.mark.parametrize("cache", CACHES)
async def test_a_token_that_repeats_itself_is_the_end_where_that_is_declared(cache: CacheMode) -> None:
    made = simulation("token", repeats_token=True, cache=cache, declared={"end_on_repeated_token": True})
    check_exact(await made.walk(), ids(40))


async def test_a_circle_is_a_loop_also_where_a_token_that_repeats_is_the_end() -> None:
    made = simulation("token", circle=(0, 2), declared={"end_on_repeated_token": True})
    check_named(await made.walk(), "loop")


async def walk_with(token: Any, **declared: Any) -> Walk:
    """Over a list whose second page has this as its next token; a third page would follow."""

    def answers(query: Mapping[str, str]) -> Told:
        match query.get("token"):
            case None:
                return {"data": rows(0, 2), "next": "second"}, {}
            case "second":
                return {"data": rows(2, 4), **({} if token is ... else {"next": token})}, {}
            case _:
                return {"data": rows(4, 6), "next": None}, {}

    engine, _ = scripted(answers, size=2, **declared)
    return await engine.walk(3)


@pytest.mark.parametrize("token", [None, "", ...])
async def test_what_stands_for_no_token_is_the_end(token: Any) -> None:
    check_exact(await walk_with(token), ids(4))


@pytest.mark.parametrize("token", ["null", "0", 0, 7, 2**53, 2**64 - 1, "x" * 4096, "\x00\ud7ff é+&=%"])
async def test_any_other_text_or_whole_number_is_a_token(token: Any) -> None:
    check_exact(await walk_with(token), ids(6))


@pytest.mark.parametrize("token", ["null", "0", 0, "-1", -1])
async def test_texts_that_are_declared_to_be_none_are_the_end(token: Any) -> None:
    check_exact(await walk_with(token, end_tokens=["", "null", "0", "-1"]), ids(4))


@pytest.mark.parametrize("token", [False, True, {}, {"token": "x"}, [], ["x"], 1.5, 2.0**70, "x" * 10_240])
async def test_what_can_be_no_token_is_malformed_and_loses_nothing_before_it(token: Any) -> None:
    walk = await walk_with(token)
    assert walk.of("a") == ids(2)
    check_named(walk, "malformed")


@pytest.mark.parametrize("token", [None, "", ..., False, "null"])
async def test_a_flag_that_promises_more_than_the_token_holds_is_no_silent_end(token: Any) -> None:
    def answers(query: Mapping[str, str]) -> Told:
        body = {"data": rows(0, 2), "has_more": True}
        return (body if token is ... else {**body, "next": token}), {}

    engine, fetch = scripted(answers, end=end("flag"))
    walk = await engine.walk()
    assert walk.failed or not walk.last.complete
    assert len(fetch.asked) <= 6


@pytest.mark.parametrize("value", [None, "", "null"])
async def test_a_token_in_a_header_ends_where_there_is_none(value: str | None) -> None:
    def answers(query: Mapping[str, str]) -> Told:
        if "token" not in query:
            return {"data": rows(0, 2)}, {"x-next": "second"}
        return {"data": rows(2, 4)}, {} if value is None else {"x-next": value}

    engine, _ = scripted(answers, size=2, next={"header": "X-Next"}, end_tokens=["", "null"])
    check_exact(await engine.walk(3), ids(4))


@pytest.mark.parametrize("tokens", ["keyset", "snapshot", "offset"])
@pytest.mark.parametrize("style", LED)
async def test_whatever_a_token_holds_a_list_that_stands_still_comes_exactly_once(style: Style, tokens: str) -> None:
    for cache in CACHES:
        check_exact(await simulation(style, tokens=tokens, cache=cache).walk(), ids(40))
