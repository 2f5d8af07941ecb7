from typing import Any

import pytest
from pydantic import ValidationError

from gateway.provider import catalog
from gateway.provider.provider import path_problem
from gateway.provider.spec import ProviderSpec

OFFSET = {
    "style": "offset",
    "offset": "skip",
    "limit": "limit",
    "page_size": 100,
    "end": {"rule": "flag", "has_more": "has_more"},
}
TOKEN = {"style": "token", "token": "after", "limit": "limit", "page_size": 100, "next": "next"}
SORT = {
    "field": "sort",
    "direction": "order",
    "ascending": "asc",
    "descending": "desc",
    "fields": {"name": "name"},
    "default": "-name",
}
GOOD: dict[str, Any] = {
    "title": "Something",
    "path": "/v1/{org}/stores",
    "auth": {"type": "bearer"},
    "pagination": OFFSET,
    "response": {"items": "items"},
    "item": {"kind": "vector_store", "id": "id"},
}


def test_the_smallest_spec_is_a_spec() -> None:
    spec = ProviderSpec.model_validate(GOOD)
    assert spec.placeholders() == ("org",)
    assert spec.credential_names() == ("token",)
    assert not spec.stable_order


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"path": "v1/stores"}, "path"),
        ({"path": "/v1/stores?limit=3"}, "path"),
        ({"path": "/v1/stores#top"}, "path"),
        ({"path": "/v1/a b"}, "path"),
        ({"path": "/v1/{org"}, "path"),
        ({"path": "/v1/{}"}, "path"),
        ({"path": "/v1/{org.id}"}, "path"),
        ({"path": "/v1/{{org}}"}, "path"),
        ({"surplus": 1}, "surplus"),
        ({"auth": {"type": "basic"}}, "auth"),
        ({"auth": {"type": "none", "credential": "x"}}, "auth"),
        ({"auth": {"type": "headers", "headers": {}}}, "auth"),
        ({"auth": {"type": "headers", "headers": {"x key": "key"}}}, "auth"),
        ({"auth": {"type": "headers", "headers": {"x-key:": "key"}}}, "auth"),
        ({"headers": {"x-a": "one\r\ntwo: three"}}, "headers"),
        ({"headers": {"x-a": " padded "}}, "headers"),
        ({"headers": {"x-a": "ä"}}, "headers"),
        ({"query": {"a b": "c"}}, "query"),
        ({"pagination": {**OFFSET, "style": "page"}}, "pagination"),
        ({"pagination": {**OFFSET, "page_size": 0}}, "pagination"),
        ({"pagination": {**OFFSET, "page_size": 10_001}}, "pagination"),
        ({"pagination": {**OFFSET, "max_page_size": 50}}, "max_page_size"),
        ({"pagination": {**OFFSET, "overlap": 9}}, "overlap"),
        ({"pagination": {**OFFSET, "overlap": -1}}, "overlap"),
        ({"pagination": {**OFFSET, "end": {"rule": "flag"}}}, "has_more"),
        ({"pagination": {**OFFSET, "end": {"rule": "page_count", "pages": "x"}}}, "end"),
        ({"pagination": {**OFFSET, "end": {"rule": "empty_page", "has_more": "x"}}}, "has_more"),
        ({"pagination": {**TOKEN, "next": ""}}, "next"),
        ({"pagination": {**TOKEN, "next": "a..b"}}, "next"),
        ({"pagination": {**TOKEN, "next": ".a"}}, "next"),
        ({"pagination": {**TOKEN, "next": "a."}}, "next"),
        ({"pagination": {**TOKEN, "next": "$.a"}}, "next"),
        ({"pagination": {**TOKEN, "end": {"rule": "short_page"}}}, "end"),
        ({"response": {}}, "items"),
        ({"response": {"items": "a b"}}, "items"),
        ({"item": {"kind": "x"}}, "id"),
        ({"item": {"kind": "x", "id": "id", "time_format": "rfc822"}}, "time_format"),
        ({"item": {"kind": "x", "id": "id", "status": {"path": "s", "values": {}}}}, "values"),
        ({"sort": {**SORT, "default": "-created_at"}}, "sort"),
        ({"sort": {**SORT, "fields": {}}}, "fields"),
        ({"filters": {"colour": {"param": "c"}}}, "filters"),
        ({"filters": {"name": {"param": "n", "match": "regex"}}}, "match"),
    ],
)
def test_a_mistake_in_a_spec_is_refused_and_named(change: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ProviderSpec.model_validate({**GOOD, **change})
    assert where in str(caught.value)


@pytest.mark.parametrize("key", ["title", "path", "auth", "pagination", "response", "item"])
def test_a_spec_says_all_that_a_call_needs(key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        ProviderSpec.model_validate({name: value for name, value in GOOD.items() if name != key})


def test_a_placeholder_counts_once() -> None:
    assert ProviderSpec.model_validate({**GOOD, "path": "/{b}/{a}/{b}"}).placeholders() == ("b", "a")


def test_a_credential_counts_once() -> None:
    auth = {"type": "headers", "headers": {"x-one": "key", "x-two": "key", "x-three": "other"}}
    assert ProviderSpec.model_validate({**GOOD, "auth": auth}).credential_names() == ("key", "other")
    assert ProviderSpec.model_validate({**GOOD, "auth": {"type": "none"}}).credential_names() == ()


def test_the_default_order_is_asked_for_in_the_words_of_the_api() -> None:
    spec = ProviderSpec.model_validate({**GOOD, "sort": SORT})
    assert spec.sort is not None
    assert spec.sort.query() == (("sort", "name"), ("order", "desc"))


def test_every_built_in_spec_can_be_read() -> None:
    assert {"aitronos", "b3os", "scale-dex"} <= set(catalog.names())
    for name in catalog.names():
        assert catalog.spec(name).title


@pytest.mark.parametrize("value", ["", ".", "..", "a/b", "a\\b", "a?b", "a#b", "a\nb", "\x00", "a\x7f"])
def test_a_path_parameter_is_one_segment(value: str) -> None:
    assert path_problem("org", value) is not None


@pytest.mark.parametrize("value", ["org_1", "...", ".a", "ä b", "%2F", "a:b"])
def test_a_path_parameter_may_hold_anything_that_can_be_encoded(value: str) -> None:
    assert path_problem("org", value) is None
