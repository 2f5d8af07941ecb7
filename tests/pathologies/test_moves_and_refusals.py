"""Items that change their place, servers that refuse to go on, and pages of which nothing can be used."""

from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest

from tests.pathologies.scripted import rows, scripted
from tests.pathologies.walking import COUNTED, LED, ids, simulation
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_answers import Fault
from tests.support.simulated_specs import end


def move(upstream: SimulatedList, start: int, to: int) -> None:
    upstream.insert(to, upstream.delete(start).value)


@pytest.mark.parametrize("length", [6, 7, 12, 20])
@pytest.mark.parametrize("style", STYLES)
async def test_the_newest_item_that_moves_to_the_end_takes_nothing_with_it(style: Style, length: int) -> None:
    for used in range(1, length - 1):
        made = simulation(style, length, size=4)

        def moves(answers: int, made: Any = made, used: int = used) -> None:
            if answers == used:
                move(made.upstream, used - 1, length - 1)

        walk = await made.walk(1, happens=moves)
        came = (
            set(walk.of("a")) if style in LED else walk.of("a")
        )  # behind a token that holds, one that moved comes again
        assert sorted(came) == sorted(ids(length)), used
        assert walk.last.complete


@pytest.mark.parametrize("status", [400, 416, 422])
@pytest.mark.parametrize("rule", ["total", "empty_page"])
@pytest.mark.parametrize("style", COUNTED)
async def test_a_refusal_before_the_stated_end_is_not_the_end(style: Style, rule: str, status: int) -> None:
    made = simulation(style, 40, size=10, declared={"end": end(rule)})
    answer = made.upstream.answer
    deep = {"offset": 20, "page": 3}[style]

    def refusing(query: Any) -> Any:
        asked = dict(query)
        return Fault(status).reply() if int(asked.get(style, 0)) >= deep else answer(query)

    made.upstream.answer = refusing  # type: ignore[method-assign]
    walk = await made.walk(7)
    assert (walk.lost("a"), walk.last.complete) == ("abandoned", False)
    assert walk.last.parts[0].failure
    assert walk.last.parts[0].failure.status == status


@pytest.mark.parametrize("style", ["offset", "token"])
async def test_items_that_are_all_refused_cost_a_request_only_a_few_pages(style: Style) -> None:
    made = simulation(style, 400, size=4, declared={})
    for row in made.upstream.rows:
        row.value = {"name": f"no id {row.id}"}
    before, cursor = 0, None
    for _ in count():
        page = await made.engine.page(cursor, 1)
        assert made.calls - before <= 8
        before, cursor = made.calls, page.next_cursor
        if cursor is None:
            break
    assert page.parts[0].place.bad == 400


@pytest.mark.parametrize("style", LED[:1])
async def test_a_circle_whose_tokens_are_new_each_time_is_a_loop(style: Style) -> None:
    serial = count()

    def answers(query: Mapping[str, str]) -> tuple[Any, Mapping[str, str]]:
        number = int(query.get("token", "0.0").partition(".")[0])
        return {"data": rows(number * 5, number * 5 + 5), "next": f"{(number + 1) % 4}.{next(serial)}"}, {}

    engine, fetch = scripted(answers, style, size=5)
    walk = await engine.walk(5)
    assert walk.lost("a") == "abandoned"
    assert len(fetch.asked) <= 200
