"""What is declared of a provider changes while its list is walked: the walk goes on where tokens mean what they did."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import repeat
from typing import Any

import pytest

from gateway.provider.provider import Provider
from gateway.provider.spec import ProviderSpec
from tests.support.fleet import SIZE, Fleet, Setup, changing
from tests.support.simulated import STYLES, SimulatedList, Style
from tests.support.simulated_rows import stores
from tests.support.simulated_specs import declared, ends

COUNT = 23
Edit = Callable[[dict[str, Any]], Mapping[str, Any]]


def declaring(style: Style, edit: Edit = dict, **bound: Any) -> Provider:
    """The provider ``a`` by the style's usual spec after an edit, bound with other things than usual."""
    arguments: dict[str, Any] = {
        "base_url": "https://upstream.test",
        "params": {"list": "a"},
        "credentials": {},
        "page_size": SIZE,
    }
    return Provider(name="a", spec=ProviderSpec.model_validate(edit(declared(style))), **{**arguments, **bound})


def fleet(style: Style, **switches: Any) -> tuple[Fleet, Setup]:
    made = Fleet({"a": SimulatedList.of(style, stores("a", COUNT), **switches)})
    return made, made.setup()


def pagination(**changes: Any) -> Edit:
    return lambda spec: {**spec, "pagination": {**spec["pagination"], **changes}}


def item(**changes: Any) -> Edit:
    return lambda spec: {**spec, "item": {**spec["item"], **changes}}


def other(**changes: Any) -> Edit:
    return lambda spec: {**spec, **changes}


PAGED = [style for style in STYLES if style != "single"]
HARMLESS: list[tuple[Style, str, Edit]] = [
    *((style, "mapping", item(name="id", metadata={"made": "created"}, time_format="unix")) for style in STYLES),
    *((style, "words", other(title="Another", headers={"x-team": "search"})) for style in STYLES),
    *((style, "order", other(stable_order=False)) for style in STYLES),
    *((style, "total", lambda spec: {**spec, "response": {"items": spec["response"]["items"]}}) for style in STYLES),
    *((style, "maximum", pagination(max_page_size=5000)) for style in PAGED),
    *((style, f"end-{end['end']['rule']}", pagination(**end)) for style in PAGED for end in ends(style) if end),
    *(("offset", f"overlap-{overlap}", pagination(overlap=overlap)) for overlap in (0, 2, 3)),
    ("last_item", "overlap-0", pagination(overlap=0)),
    ("page", "reread", pagination(reread=False)),
    ("token", "end-tokens", pagination(end_tokens=["", "none"], end_on_repeated_token=True)),
]
HARMFUL: list[tuple[Style, str, Edit]] = [
    *((style, "path", other(path="/v2/lists/{list}/items")) for style in STYLES),
    *((style, "query", other(query={"view": "full"})) for style in STYLES),
    *(
        (style, "style", other(pagination=declared("offset" if style != "offset" else "page")["pagination"]))
        for style in STYLES
    ),
    ("page", "first", pagination(first=0)),
    ("last_item", "key", pagination(key="name")),
    ("link_body", "params", pagination(params=["page"])),
    ("link_header", "params", pagination(params=["cursor", "page"])),
]


def named(cases: list[tuple[Style, str, Edit]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("style", "edit"), [pytest.param(style, edit, id=f"{style}-{name}") for style, name, edit in cases]
    )


@named(HARMLESS)
async def test_an_edit_that_leaves_tokens_their_meaning_changes_no_walk(style: Style, edit: Edit) -> None:
    made, before = fleet(style)
    after = replace(before, providers={"a": declaring(style, edit)})
    walk = await made.walk(changing(before, after), 3)
    assert walk.of("a") == made.lists["a"].ids()
    assert walk.last.complete


@named(HARMFUL)
async def test_an_edit_by_which_tokens_mean_something_else_removes_the_provider(style: Style, edit: Edit) -> None:
    made, before = fleet(style)
    edited = declaring(style, edit)
    first = await made.walk([before, replace(before, providers={"a": edited})], 3)
    assert (len(first.pages), len(first.of("a")), first.lost("a")) == (2, 3, "removed")
    assert len(made.asked) == 1, "no token of the one is sent to the other"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "bound", [{"base_url": "https://other.test"}, {"params": {"list": "b"}}], ids=["base_url", "params"]
)
async def test_a_provider_that_is_bound_to_another_place_is_removed(style: Style, bound: dict[str, Any]) -> None:
    made, before = fleet(style)
    walk = await made.walk([before, replace(before, providers={"a": declaring(style, **bound)})], 3)
    assert (len(made.asked), walk.lost("a")) == (1, "removed")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9, 50])
@pytest.mark.parametrize("style", [style for style in STYLES if style != "page"])
async def test_another_page_size_changes_no_walk(style: Style, size: int) -> None:
    made, before = fleet(style)
    after = replace(before, providers={"a": declaring(style, page_size=size)})
    walk = await made.walk(changing(before, after), 3)
    assert (walk.of("a"), walk.last.complete) == (made.lists["a"].ids(), True)


@pytest.mark.parametrize("size", [1, 3, 5, 50])
async def test_where_pages_are_numbered_another_page_size_is_another_list(size: int) -> None:
    made, before = fleet("page")
    walk = await made.walk([before, replace(before, providers={"a": declaring("page", page_size=size)})], 3)
    assert (len(made.asked), walk.lost("a")) == (1, "removed")


@pytest.mark.parametrize("style", STYLES)
async def test_an_edit_that_is_taken_back_has_lost_nothing(style: Style) -> None:
    """Beside a provider that is still walked: alone, what is removed ends the walk."""
    made = Fleet({name: SimulatedList.of(style, stores(name, COUNT)) for name in "ab"})
    before = made.setup()
    edited = replace(before, providers={**before.providers, "a": declaring(style, base_url="https://other.test")})
    walk = await made.walk([before, edited, edited, *[before] * 20], 5)
    assert [page.parts[0].status for page in walk.pages[:4]] == ["ok", "removed", "removed", "ok"]
    assert (sorted(walk.items), walk.last.complete) == (made.expected(), True)


@pytest.mark.parametrize("style", STYLES)
async def test_a_rotated_credential_changes_no_walk_and_finds_nothing_of_the_former_in_the_cache(style: Style) -> None:
    made, _ = fleet(style)
    former, newer = (
        Setup({"a": declaring(style, other(auth={"type": "bearer"}), credentials={"token": token})})
        for token in ("former", "newer")
    )
    first = await made.page(former, limit=3)
    assert (await made.page(former, limit=3)).items == first.items
    assert len(made.asked) == 1
    walk = await made.walk(repeat(newer), 3, cursor=first.next_cursor)
    assert (walk.of("a"), walk.last.complete) == (made.lists["a"].ids()[3:], True)
    assert made.asked[1] == made.asked[0], "what the newer credential may see is asked for with it"


async def test_ids_that_are_read_elsewhere_begin_the_list_again_and_the_walk_says_so() -> None:
    made, before = fleet("offset")
    after = replace(before, providers={"a": declaring("offset", item(id="name"))})
    walk = await made.walk(changing(before, after, pages=5), 3)
    assert walk.of("a") == made.lists["a"].ids()[:15] + [f"Store {number}" for number in range(COUNT)]
    assert (walk.lost("a"), walk.last.complete) == ("drifted", False)
