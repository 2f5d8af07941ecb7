"""Links to the next page: in every form that servers write, and nothing but the declared parameters is ever used."""

from collections.abc import Mapping
from itertools import product
from typing import Any, get_args
from urllib.parse import urlsplit

import orjson
import pytest

from tests.pathologies.scripted import rows, scripted
from tests.pathologies.walking import CACHES, check_exact, check_named, error, ids, simulation
from tests.support.simulated import Style
from tests.support.simulated_fetch import query_of
from tests.support.simulated_links import LinkForm

LINKED: tuple[Style, ...] = ("link_body", "link_header")
HERE = "https://upstream.test/v1/lists/a/items"
Told = tuple[Any, Mapping[str, str]]

#: the same page, however it is written
SECOND = [
    f"{HERE}?limit=10&cursor=c1",
    "?cursor=c1",
    "/other/path?cursor=c1",
    "items?cursor=c1",
    "//127.0.0.2/x?cursor=c1",
    "http://upstream.test/v1/lists/a/items?cursor=c1",
    "https://127.0.0.2:9/x?cursor=c1",
    "https://upstream.test@127.0.0.2/x?cursor=c1",
    "https://user:secret@upstream.test/x?cursor=c1",
    "https:\\\\127.0.0.2\\x?cursor=c1",
    "https://upstream。test/x?cursor=c1",
    "file:///etc/passwd?cursor=c1",
    "javascript:alert(1)?cursor=c1",
    f"{HERE}/../../../admin?cursor=c1",
    f"{HERE}?cursor=c1#fragment?cursor=wrong",
    f"{HERE}?admin=1&cursor=c1&limit=9999&token=x&limit=3",
    f"{HERE}?cursor=%631",
    f"  {HERE}?cursor=c1",
]


def linked(target: Any, style: Style, body: Any) -> Told:
    """A page with that link to the next."""
    if style == "link_body":
        return {"data": body, "next": target}, {}
    return {"data": body}, {} if target is None else {"link": target if "<" in target else f'<{target}>; rel="next"'}


def checked_urls(urls: list[str], allowed: Mapping[str, str]) -> None:
    """Every call went to the one address, with these parameters and the size alone."""
    for url in urls:
        assert url.partition("?")[0] == HERE
        asked = query_of(url)
        assert set(asked) <= {("limit", "10"), *allowed.items()}
        assert len(asked) == len(dict(asked))


@pytest.mark.parametrize("target", SECOND)
@pytest.mark.parametrize("style", LINKED)
async def test_of_a_link_only_the_declared_parameter_is_used(style: Style, target: str) -> None:
    def answers(query: Mapping[str, str]) -> Told:
        return linked(None, style, rows(10, 15)) if "cursor" in query else linked(target, style, rows(0, 10))

    engine, fetch = scripted(answers, style)
    check_exact(await engine.walk(), ids(15))
    checked_urls(fetch.urls, {"cursor": "c1"})


@pytest.mark.parametrize("form", get_args(LinkForm))
@pytest.mark.parametrize("style", LINKED)
async def test_a_link_of_any_form_leads_on(style: Style, form: LinkForm) -> None:
    for cache, noise, bare in product(CACHES, (False, True), (False, True)):
        made = simulation(style, link=form, link_noise=noise, link_bare=bare, cache=cache)
        check_exact(await made.walk(), ids(40))


@pytest.mark.parametrize(
    "header",
    [
        f'<{HERE}?cursor=wrong>; rel="prev", <{HERE}?cursor=c1>; rel="next"',
        f'<{HERE}?cursor=c1>; rel="next", <{HERE}?cursor=wrong>; rel="next"',
        f'<{HERE}?cursor=c1>; REL="NEXT"',
        f"<{HERE}?cursor=c1>; rel=next",
        f"<{HERE}?cursor=c1>;rel=next;title=x",
        f'<{HERE}?cursor=c1>; rel="last next prev"',
        f'<{HERE}?cursor=c1>; title="a, <b>; rel=\\"prev\\""; rel="next"',
        f'<{HERE}?cursor=c1&tags=a,b>; rel="next"',
        f'<{HERE}?cursor=wrong>; rel="prev"; title="next", <{HERE}?cursor=c1> ; rel = "next" ',
        f' , <{HERE}?cursor=wrong>; rel="prev" , , <{HERE}?cursor=c1>;rel="next"',
        f'<{HERE}?cursor=c1>; rel="next"; rel="prev"',
        f'<{HERE}?cursor=wrong>; rel="next-archive", <{HERE}?cursor=c1>; rel="next"',
        '<?cursor=c1>; rel="next"',
    ],
)
async def test_a_link_header_is_read_as_the_standard_says(header: str) -> None:
    def answers(query: Mapping[str, str]) -> Told:
        if "cursor" in query:
            return linked(None, "link_header", rows(10, 15))
        return linked(header, "link_header", rows(0, 10))

    engine, fetch = scripted(answers, "link_header")
    check_exact(await engine.walk(), ids(15))
    checked_urls(fetch.urls, {"cursor": "c1"})


@pytest.mark.parametrize("header", ["", f'<{HERE}?cursor=c1>; rel="prev"', f"<{HERE}?cursor=c1>", " , "])
async def test_a_link_header_without_the_relation_is_the_end(header: str) -> None:
    engine, _ = scripted(lambda query: ({"data": rows(0, 10)}, {"link": header}), "link_header")
    check_exact(await engine.walk(), ids(10))


@pytest.mark.parametrize(
    "header", ["nonsense", '; rel="next"', f'<{HERE}?cursor=c1; rel="next"', f'{HERE}?cursor=c1; rel="next"']
)
async def test_a_link_header_that_cannot_be_read_is_no_end(header: str) -> None:
    engine, _ = scripted(lambda query: ({"data": rows(0, 10)}, {"link": header}), "link_header")
    assert (await engine.walk()).failed


@pytest.mark.parametrize("target", [None, "", ...])
async def test_no_link_is_the_end(target: Any) -> None:
    engine, _ = scripted(
        lambda query: ({"data": rows(0, 10), **({} if target is ... else {"next": target})}, {}), "link_body"
    )
    check_exact(await engine.walk(), ids(10))


@pytest.mark.parametrize(
    "target",
    [
        7,
        True,
        False,
        ["?cursor=c1"],
        {"href": "?cursor=c1"},
        HERE,
        f"{HERE}?limit=10",
        f"{HERE}?Cursor=c1",
        f"{HERE}?x#cursor=c1",
        "https://[broken?cursor=c1",
        "?" + "&".join(f"x{number}=1" for number in range(200)) + "&cursor=c1",
        f"?cursor={'x' * 10_240}",
    ],
)
async def test_a_link_that_cannot_be_used_is_malformed(target: Any) -> None:
    def answers(query: Mapping[str, str]) -> Told:
        if query.get("cursor") == "c2":
            return linked(target, "link_body", rows(10, 20))
        return linked("?cursor=c2", "link_body", rows(0, 10))

    engine, fetch = scripted(answers, "link_body")
    walk = await engine.walk()
    assert walk.of("a") == ids(10)
    check_named(walk, "malformed")
    checked_urls(fetch.urls, {"cursor": "c2"})


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("?cursor=c1&page=2", [("cursor", "c1"), ("page", "2")]),
        ("?page=2&cursor=c1", [("cursor", "c1"), ("page", "2")]),
        ("?page=2&x=1&cursor=c1&y=2", [("cursor", "c1"), ("page", "2")]),
        ("?page=2", [("page", "2")]),
        ("?cursor=", [("cursor", "")]),
        ("?cursor=a&cursor=b&page=2", [("cursor", "a"), ("cursor", "b"), ("page", "2")]),
        ("?cursor=a%26page%3D9%2Bb+c", [("cursor", "a&page=9+b c")]),
    ],
)
def test_declared_parameters_are_taken_in_the_declared_order_as_often_as_they_come(
    target: str, sent: list[tuple[str, str]]
) -> None:
    engine, _ = scripted(lambda query: ({}, {}), "link_body", params=["cursor", "page"])
    made = engine.providers["a"]
    page = made.read(None, orjson.dumps({"data": rows(0, 10), "next": target}), {}, 0.0)
    assert query_of(made.call(page.next).url) == [("limit", "10"), *sent]


@pytest.mark.parametrize("style", LINKED)
async def test_a_link_that_lacks_the_filters_leads_to_a_page_that_has_them(style: Style) -> None:
    made = simulation(style, link_bare=True, accepts=("kind",))
    spec = made.engine.providers["a"]
    assert "limit=10" in spec.call("cursor=x").url
    check_exact(await made.walk(), ids(40))
    assert all(("limit", "10") in query for query in made.upstream.asked)


@pytest.mark.parametrize("style", LINKED)
async def test_a_link_to_the_page_itself_is_a_loop(style: Style) -> None:
    walk = await simulation(style, 200, size=2, circle=(1, 1)).walk()
    assert (walk.of("a"), error(walk)) == (ids(2), "loop")


def test_a_size_in_the_link_does_not_come_twice() -> None:
    """Where the size is one of the declared parameters, that of the link counts."""
    engine, _ = scripted(lambda query: ({}, {}), "link_body", params=["cursor", "limit"])
    url = engine.providers["a"].call("limit=3&cursor=c1").url
    assert sorted(query_of(url)) == [("cursor", "c1"), ("limit", "3")]
    assert urlsplit(url).hostname == "upstream.test"
