"""The links of a simulated list, in a body and in a header."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.simulated import SimulatedList
from tests.support.simulated_rows import stores

from .naive import call, get, walked

ADDRESS = "https://upstream.test/v1/lists/simulated/items"


def link(**switches: Any) -> str:
    found = get(SimulatedList.of("link_body", stores("x", 10), **switches), limit=3)["next"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ("absolute", ADDRESS),
        ("relative", "/v1/lists/simulated/items"),
        ("query", ""),
        ("other_host", "https://elsewhere.test/v1/lists/simulated/items"),
        ("other_port", "https://upstream.test:9/v1/lists/simulated/items"),
        ("scheme_relative", "//elsewhere.test/v1/lists/simulated/items"),
        ("user_info", "https://upstream.test@elsewhere.test/v1/lists/simulated/items"),
        ("http_downgrade", "http://upstream.test/v1/lists/simulated/items"),
    ],
)
def test_a_link_has_the_form_that_was_told(form: Any, place: str) -> None:
    assert link(link=form).partition("?") == (place, "?", "limit=3&cursor=rank%3D2.0%2F0%2F0")


def test_a_link_repeats_the_parameters_of_the_call() -> None:
    upstream = SimulatedList.of("link_body", stores("x", 10), accepts=("view",))
    first = get(upstream, limit=3, view="full")["next"]
    second = get(upstream, **dict(parse_qsl(urlsplit(first).query)))["next"]
    assert [name for name, _ in parse_qsl(urlsplit(second).query)] == ["limit", "view", "cursor"]


def test_a_bare_link_holds_the_cursor_alone() -> None:
    assert link(link_bare=True) == f"{ADDRESS}?cursor=rank%3D2.0%2F0%2F0"


def test_a_noisy_link_holds_the_same_parameters_in_another_order_among_others() -> None:
    query = parse_qsl(urlsplit(link(link_noise=True)).query)
    assert [name for name, _ in query] == ["locale", "cursor", "limit", "tags", "page_hint"]


def test_a_noisy_link_may_be_followed_as_it_is() -> None:
    upstream = SimulatedList.of("link_body", stores("x", 10), link_noise=True)
    assert walked(upstream, 3) == upstream.ids()


def test_a_link_header_holds_the_link_and_its_relation() -> None:
    reply = call(SimulatedList.of("link_header", stores("x", 10)), limit=3)
    assert reply.headers["link"] == f'<{ADDRESS}?limit=3&cursor=rank%3D2.0%2F0%2F0>; rel="next"'


def test_the_last_page_has_no_link_header() -> None:
    assert "link" not in call(SimulatedList.of("link_header", stores("x", 10))).headers


def test_a_noisy_link_header_holds_other_relations_even_on_the_last_page() -> None:
    upstream = SimulatedList.of("link_header", stores("x", 10), link_noise=True)
    assert ["NEXT" in call(upstream, limit=size).headers["link"] for size in (3, 10)] == [True, False]
