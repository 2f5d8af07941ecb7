"""Replicas that are set up differently, during a rollout, and a walk that goes from one to the other and back."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, cycle, pairwise, product, repeat

import pytest
from hypothesis import given, settings, strategies as st

from gateway.core.errors import CursorInvalid
from gateway.listing.arrival import MAX_RESTARTS
from gateway.listing.codec import CursorKey
from gateway.listing.cursor import FORMATS
from gateway.listing.report import ListingPage, body
from tests.support.fleet import Fleet, Setup, of_every_style
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_rows import stores
from tests.support.walking import Walk

OLD, NEW = CursorKey(bytes(range(64))), CursorKey(bytes(range(1, 65)))
#: how keys are changed: the new one is added, it is put first, the old one is taken away
PHASES = [(OLD,), (OLD, NEW), (NEW, OLD), (NEW,)]
MIXES = [*zip(PHASES, PHASES, strict=True), *pairwise(PHASES), *((after, before) for before, after in pairwise(PHASES))]

mixed_formats = pytest.mark.parametrize("versions", list(product(FORMATS, repeat=2)), ids=str)


def without_cursors(walk: Walk) -> list[dict[str, object]]:
    def told(page: ListingPage) -> dict[str, object]:
        return {**body(page), "next_cursor": page.next_cursor is not None}

    return [told(page) for page in walk.pages]


@mixed_formats
@pytest.mark.parametrize("cache", [True, False])
async def test_a_walk_in_mixed_formats_is_the_walk_in_one(versions: tuple[int, int], cache: bool) -> None:
    fleet = of_every_style(cache=cache)
    reference = await fleet.walk(repeat(fleet.setup()))
    mixed = await fleet.walk(cycle(fleet.setup(version=version) for version in versions))
    assert sorted(reference.items) == fleet.expected()
    assert without_cursors(mixed) == without_cursors(reference)


@mixed_formats
@pytest.mark.parametrize("style", STYLES)
async def test_formats_say_the_same_of_empty_and_of_short_lists(versions: tuple[int, int], style: Style) -> None:
    for count in range(6):
        fleet = Fleet({name: SimulatedList.of(style, stores(name, count)) for name in "ab"})
        walk = await fleet.walk(cycle(fleet.setup(version=version) for version in versions), 1)
        assert sorted(walk.items) == fleet.expected()
        assert (walk.last.complete, walk.refused) == (True, 0)


@st.composite
def happenings(draw: st.DrawFn) -> list[tuple[int, str]]:
    """After each answer: where in the list an item is deleted or inserted, or nothing is."""
    one = st.tuples(st.integers(0, 40), st.sampled_from(["delete", "insert", "nothing"]))
    return draw(st.lists(one, max_size=12))


@given(st.sampled_from(STYLES), happenings(), st.permutations(FORMATS), st.integers(1, 9), st.booleans())
@settings(deadline=None, derandomize=True, max_examples=150)
async def test_what_is_there_throughout_comes_in_mixed_formats_too(
    style: Style, happening: list[tuple[int, str]], versions: list[int], limit: int, cache: bool
) -> None:
    upstream = SimulatedList.of(style, stores("a", 30), on_unknown="compare" if style == "last_item" else "error")
    fleet, throughout = Fleet({"a": upstream}, cache=cache), set(upstream.ids())
    setups = cycle([fleet.setup(version=version) for version in versions])
    walk = Walk()
    cursor: str | None = None
    for index, what in chain(happening, repeat((0, "nothing"), 200)):
        walk.pages.append(await fleet.page(next(setups), cursor, limit))
        cursor = walk.last.next_cursor
        if cursor is None:
            break
        if what == "delete" and index < len(upstream.rows):
            throughout.discard(upstream.delete(index).id)
        elif what == "insert" and index <= len(upstream.rows):
            upstream.insert(index, {"id": f"new{len(walk.pages)}", "name": "New"})
    assert cursor is None
    came = Counter(walk.of("a"))
    assert throughout <= set(came)
    assert walk.lost("a") or not [id_ for id_ in throughout if came[id_] > 1]


@mixed_formats
async def test_a_place_that_is_gone_is_no_end_where_more_was_said_to_follow(versions: tuple[int, int]) -> None:
    """Pages of one item overlap with nothing: that more follows is all that tells an empty last page from the end."""
    upstream = SimulatedList.of("last_item", stores("a", 9), on_unknown="empty", clamp=1, total="absent")
    fleet, before = Fleet({"a": upstream}), upstream.ids()
    setups = cycle([fleet.setup(version=version) for version in versions])
    began = await fleet.page(next(setups), limit=3)
    upstream.delete(2)
    rest = await fleet.walk(setups, 1, cursor=began.next_cursor)
    assert rest.of("a") == before[3:]


@mixed_formats
@pytest.mark.parametrize("gone", [[11], [0, 11], [0, 1, 11], [0, 1, 10, 11], [*range(12)]], ids=str)
@pytest.mark.parametrize("cache", [True, False])
async def test_a_list_that_begins_again_is_noticed_where_nothing_overlaps(
    versions: tuple[int, int], gone: list[int], cache: bool
) -> None:
    """Pages of one item, and whatever a cursor could remember of the list's beginning may be gone."""
    upstream = SimulatedList.of("last_item", stores("a", 20), on_unknown="restart", clamp=1)
    fleet, before = Fleet({"a": upstream}, cache=cache), upstream.ids()
    setups = cycle([fleet.setup(version=version) for version in versions])
    began = await fleet.page(next(setups), limit=12)
    for index in reversed(gone):
        upstream.delete(index)
    rest = await fleet.walk(setups, 3, cursor=began.next_cursor)
    assert rest.of("a") == before[12:]
    # format 1 cannot hold that the item behind which the walk stood is gone; and where all that was used is gone, the
    # place behind it is the list's beginning
    if 1 not in versions and len(gone) < 12:
        assert rest.lost("a") is None


def forget_tokens(upstream: SimulatedList) -> None:
    upstream.forget()


@mixed_formats
@pytest.mark.parametrize("style", ["token", "link_body"])
async def test_a_server_that_begins_again_for_a_dead_token_is_not_believed(
    versions: tuple[int, int], style: Style
) -> None:
    """More was used than a cursor has anchors, so that only the list's first item tells."""
    upstream = SimulatedList.of(style, stores("a", 40), on_unknown="restart")
    fleet, before = Fleet({"a": upstream}), upstream.ids()
    setups = cycle([fleet.setup(version=version) for version in versions])
    began = await fleet.page(next(setups), limit=20)
    forget_tokens(upstream)
    rest = await fleet.walk(setups, cursor=began.next_cursor)
    assert (rest.of("a"), rest.last.complete) == (before[20:], True)


def delete_the_first_half(upstream: SimulatedList) -> None:
    for _ in range(250):
        upstream.delete(0)


def insert_in_front(upstream: SimulatedList) -> None:
    for number in range(250):
        upstream.insert(0, {"id": f"new{number}", "name": "New"})


FAR: list[tuple[Style, Callable[[SimulatedList], None]]] = [
    ("token", forget_tokens),
    ("link_body", forget_tokens),
    ("offset", delete_the_first_half),
    ("offset", insert_in_front),
    ("page", delete_the_first_half),
    ("page", insert_in_front),
]


@pytest.mark.parametrize("versions", [(1,), (1, 2), (2, 1), (2,)], ids=str)
@pytest.mark.parametrize(("style", "happens"), FAR)
async def test_a_place_that_is_far_away_is_found_in_every_mix_of_formats(
    versions: tuple[int, ...], style: Style, happens: Callable[[SimulatedList], None]
) -> None:
    """Further than one request looks, where a search may go on with the next one."""
    upstream = SimulatedList.of(style, stores("a", 520))
    fleet = Fleet({"a": upstream})
    before = upstream.ids()
    began = await fleet.page(fleet.setup(version=versions[-1]), limit=100)
    for _ in range(2):
        began = await fleet.page(fleet.setup(version=versions[-1]), began.next_cursor, 100)
    happens(upstream)
    setups = cycle([fleet.setup(version=version) for version in versions])
    rest = await fleet.walk(setups, 50, cursor=began.next_cursor)
    assert rest.of("a") == before[300:]
    assert rest.last.complete


@pytest.mark.parametrize("versions", list(product(FORMATS, repeat=2)), ids=str)
@pytest.mark.parametrize("style", ["token", "link_body", "last_item"])
async def test_a_walk_whose_list_is_another_one_at_every_page_ends(versions: tuple[int, int], style: Style) -> None:
    upstream = SimulatedList.of(style, stores("a", 30))
    fleet = Fleet({"a": upstream}, cache=False)

    def replaced() -> Iterator[Setup]:
        for number, version in enumerate(cycle(versions)):
            yield fleet.setup(version=version)
            upstream.rows = SimulatedList.of(style, stores(f"n{number}-", 30)).rows
            upstream.forget()

    assert (await fleet.walk(replaced(), 10, most=MAX_RESTARTS + 50)).lost("a") == "abandoned"


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: "+".join(str(PHASES.index(phase)) for phase in mix))
async def test_keys_change_in_three_phases_under_a_walk(mix: tuple[tuple[CursorKey, ...], ...]) -> None:
    fleet = of_every_style()
    walk = await fleet.walk(cycle(fleet.setup(keys=keys) for keys in mix))
    assert (sorted(walk.items), walk.last.complete) == (fleet.expected(), True)


async def test_one_walk_outlives_all_phases_of_a_change_of_keys_up_to_the_last() -> None:
    """The last one waits until the cursors of the old key are too old anyway."""
    fleet = of_every_style()
    phases = [fleet.setup(keys=keys) for keys in PHASES]
    mixed = [phases[0], phases[0], phases[1], phases[0], phases[1], phases[2], phases[1], phases[2], phases[3]]
    walk = await fleet.walk(chain(mixed, repeat(phases[3])), 5)
    assert len(walk.pages) > len(mixed)
    assert (sorted(walk.items), walk.last.complete) == (fleet.expected(), True)


@pytest.mark.parametrize("phase", PHASES[:2], ids=["before", "added"])
async def test_a_cursor_of_a_retired_key_is_invalid_and_asks_nobody(phase: tuple[CursorKey, ...]) -> None:
    fleet = of_every_style()
    first = await fleet.page(fleet.setup(keys=phase))
    asked = len(fleet.asked)
    with pytest.raises(CursorInvalid) as caught:
        await fleet.page(fleet.setup(keys=PHASES[3]), first.next_cursor)
    assert (caught.value.reason, len(fleet.asked)) == ("unknown_key", asked)


async def test_a_phase_that_is_skipped_breaks_walks() -> None:
    """Which is why a new key is added everywhere before it seals anywhere."""
    fleet = of_every_style()
    first = await fleet.page(fleet.setup(keys=PHASES[2]))
    with pytest.raises(CursorInvalid):
        await fleet.page(fleet.setup(keys=PHASES[0]), first.next_cursor)


@pytest.mark.parametrize("anchors", [(8, 2), (2, 8)])
async def test_replicas_may_hold_different_numbers_of_anchors(anchors: tuple[int, int]) -> None:
    fleet = of_every_style(cache=False)
    walk = await fleet.walk(cycle(fleet.setup(anchors=held) for held in anchors))
    assert (sorted(walk.items), walk.last.complete) == (fleet.expected(), True)


async def test_a_provider_that_only_one_replica_knows_is_walked_there_and_keeps_its_place_elsewhere() -> None:
    fleet = of_every_style()
    names = sorted(fleet.lists)
    every, fewer = fleet.setup(), fleet.setup(*names[1:])
    walk = await fleet.walk(chain([every, fewer] * 5, repeat(every)), 5)
    assert [page.parts[0].status for page in walk.pages[:4]] == ["ok", "removed", "ok", "removed"]
    assert [page.complete for page in walk.pages[:4]] == [True, False, True, False]
    assert (sorted(walk.items), walk.last.complete) == (fleet.expected(), True)


async def test_a_walk_that_began_before_a_provider_was_added_never_has_it() -> None:
    fleet = of_every_style()
    newcomer, *names = sorted(fleet.lists)
    fewer, every = fleet.setup(*names), fleet.setup()
    walk = await fleet.walk(chain([fewer], cycle([every, fewer])), 5)
    assert {part.place.provider for page in walk.pages for part in page.parts} == set(names)
    assert sorted(walk.items) == [item for item in fleet.expected() if not item.startswith(f"{newcomer}:")]
    assert walk.last.complete


async def test_a_tenant_that_may_no_longer_list_a_provider_gets_nothing_more_of_it_and_is_told() -> None:
    fleet = of_every_style()
    withdrawn, *names = sorted(fleet.lists)
    before = fleet.setup()
    first = await fleet.page(before)
    asked = len(fleet.asked)
    rest = await fleet.walk(repeat(fleet.setup(permitted=tuple(names))), cursor=first.next_cursor)
    assert (rest.of(withdrawn), rest.lost(withdrawn), rest.last.complete) == ([], "removed", False)
    assert {page.parts[0].status for page in rest.pages} == {"removed"}
    assert withdrawn not in {name for name, _ in fleet.asked[asked:]}
