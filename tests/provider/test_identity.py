"""What tells pages, places and lists apart, and what is never shown."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from gateway.core.query import ListQuery
from gateway.listing.cursor import Cursor
from gateway.listing.position import At, Place
from gateway.provider import catalog
from gateway.provider.fetch import PageRequest
from gateway.provider.page import Page
from gateway.provider.provider import HASH_BYTES
from tests.support.lists import CREDENTIALS, PARAMS, altered, provider

DEX = catalog.spec("scale-dex").model_dump(mode="json")
AITRONOS = catalog.spec("aitronos").model_dump(mode="json")

#: what changes, whether it changes what a page may hold, and whether it changes what a token means
CHANGES: list[tuple[str, dict[str, Any], bool, bool]] = [
    ("nothing", {}, False, False),
    ("name", {"name": "other"}, True, True),
    ("base_url", {"base_url": "https://other.test"}, True, True),
    ("params", {"params": {**PARAMS, "project_id": "proj_2"}}, True, True),
    ("unused params", {"params": {**PARAMS, "organization_id": "org_2"}}, False, False),
    ("credential", {"credentials": {**CREDENTIALS, "api_key": "rotated"}}, True, False),
    ("unused credential", {"credentials": {**CREDENTIALS, "token": "rotated"}}, False, False),
    ("page size", {"page_size": 50}, True, False),
    ("header", {"headers": {"x-team": "search"}}, True, False),
    ("sort", {"spec": altered("scale-dex", sort={**DEX["sort"], "default": "id"})}, True, True),
    ("query", {"spec": altered("scale-dex", query={"archived": "no"})}, True, True),
    ("mapping", {"spec": altered("scale-dex", item={**DEX["item"], "name": "title"})}, True, False),
    ("style", {"spec": altered("scale-dex", pagination=AITRONOS["pagination"])}, True, True),
]


@pytest.mark.parametrize(("change", "pages"), [(change, pages) for _, change, pages, _ in CHANGES])
def test_cache_identity_changes_exactly_with_what_could_change_a_page(change: dict[str, Any], pages: bool) -> None:
    before, after = provider("scale-dex"), provider("scale-dex", **change)
    assert (before.cache_identity != after.cache_identity) is pages


@pytest.mark.parametrize(("change", "tokens"), [(change, tokens) for _, change, _, tokens in CHANGES])
def test_meaning_changes_exactly_with_what_a_token_means(change: dict[str, Any], tokens: bool) -> None:
    before, after = provider("scale-dex"), provider("scale-dex", **change)
    assert (before.meaning != after.meaning) is tokens
    assert len(after.meaning) == HASH_BYTES


texts = st.text(max_size=6)
tokens = st.none() | st.integers(0, 2**53) | texts
parts = st.tuples(texts, st.sampled_from(["aitronos", "b3os", "ab", "a"]), st.sampled_from(["x", "y"]), tokens)


def request(tenant: str, name: str, secret: str, token: Any) -> PageRequest:
    return PageRequest(tenant, provider("aitronos", name, credentials={"token": secret}), token)


@given(parts, parts)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_requests_share_a_key_exactly_when_all_their_parts_are_equal(one: Any, other: Any) -> None:
    assert (request(*one).key() == request(*other).key()) is (one == other)


@pytest.mark.parametrize(("one", "other"), [(1, "1"), (None, "None"), (None, 0), ("", None), ("a'", 'a"')])
def test_tokens_of_different_kinds_never_share_a_key(one: Any, other: Any) -> None:
    assert request("t", "a", "x", one).key() != request("t", "a", "x", other).key()


def test_a_key_does_not_depend_on_who_asks_how_urgently() -> None:
    asked = request("t", "a", "x", 99)
    assert asked.key() == replace(asked, max_age=0.0, request_id="r9").key()


def test_a_key_is_stable_and_holds_nothing_readable() -> None:
    key = request("tenant", "aitronos", "secret", 99).key()
    assert len(key) == 32
    assert int(key, 16) > 0


@pytest.mark.parametrize("type_", ["aitronos", "b3os", "scale-dex"])
def test_nothing_shows_a_credential_or_a_token(type_: str) -> None:
    made = provider(type_)
    place = Place(type_, made.meaning, At("SECRET-page", 3))
    page = Page([{"id": "SECRET-item"}], "SECRET-next", 0, promised=True, total=None, fetched_at=0.0)
    shown = [made, made.call("SECRET-page"), PageRequest("t", made, "SECRET-page"), page, Cursor(ListQuery(), (place,))]
    assert "SECRET" not in repr(shown) + str(shown)
    assert "SECRET" not in repr(vars(made).keys())
