"""Places that are lost time after time, because all that tells where the walk stands is deleted while it is walked."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from gateway.core.events import ItemsLost
from gateway.listing.arrival import MAX_RESTARTS
from tests.pathologies.walking import (
    LED,
    PAGED,
    Simulation,
    check_exact,
    check_named,
    check_promise,
    ids,
    rule_name,
    simulation,
)
from tests.support.simulated import Style
from tests.support.simulated_rows import row
from tests.support.walking import Walk

Declared = dict[str, Any]
#: answers after which a walk of these must have ended
ANSWERS = 700
#: what a walk says where it repeats rather than skips
REPEATED = {"drifted", "token_expired"}


async def cleaned_up(made: Simulation, limit: int, share: float) -> Walk:
    """Walked by a client that deletes most of what it lists, before it asks for the next page."""
    walk, cursor, rng = Walk(), None, Random(1)
    while not walk.pages or (cursor and len(walk.pages) < ANSWERS):
        page = await made.engine.page(cursor, limit)
        walk.pages.append(page)
        cursor = page.next_cursor
        lose(made, *(item["native_id"] for item in page.items if rng.random() < share))
    assert cursor is None
    return walk


@pytest.mark.parametrize("share", [1.0, 0.9, 0.5])
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_a_client_may_delete_what_it_lists(style: Style, change: Declared, share: float) -> None:
    for limit, size in ((5, 10), (10, 10), (25, 10), (7, 40), (1, 1)):
        count = 400 if limit > 1 else 60
        walk = await cleaned_up(simulation(style, count, size=size, declared=change), limit, share)
        check_promise(walk, ids(count))


@pytest.mark.parametrize("deleted", [8, 9, 12])
@pytest.mark.parametrize(("style", "change"), PAGED, ids=rule_name)
async def test_a_list_that_loses_its_place_time_after_time_repeats_and_skips_nothing(
    style: Style, change: Declared, deleted: int
) -> None:
    """Its first items stay, so that each new beginning repeats them; a token is as good as an item that stays."""
    made, limit = simulation(style, 200, declared=change), 14

    def loses(_: int) -> None:
        lose(made, *made.upstream.ids()[limit - deleted : limit])

    walk = await made.walk(limit, happens=loses)
    if style in LED:
        check_exact(walk, ids(200))
    else:
        assert {*made.upstream.ids()} <= {*walk.of("a")}
        assert walk.lost("a") in REPEATED
        assert {walk.lost("a")} <= {*losses(made)} <= REPEATED
        assert max(Counter(losses(made)).values()) == 1


@pytest.mark.parametrize(("style", "change"), [one for one in PAGED if one[0] not in LED], ids=rule_name)
async def test_a_list_of_other_ids_in_every_page_is_given_up(style: Style, change: Declared) -> None:
    """As where a spec names a field that is new in each answer."""
    made = simulation(style, 40, declared=change)

    def renamed(answers: int) -> None:
        made.upstream.rows = [
            row(one.rank, {**one.value, "id": f"n{answers}-{one.rank}"}) for one in made.upstream.rows
        ]

    walk = await made.walk(10, happens=renamed, most=MAX_RESTARTS + 50)
    check_named(walk, "loop")
    assert losses(made)[-1] == "abandoned"


def losses(made: Simulation) -> list[str]:
    """What an operator hears of: each once for a walk."""
    return [event.reason for event in made.engine.events if isinstance(event, ItemsLost)]


def lose(made: Simulation, *gone: str) -> None:
    for id_ in {*gone} & {*made.upstream.ids()}:
        made.upstream.delete(made.upstream.ids().index(id_))
