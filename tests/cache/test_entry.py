from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from gateway.cache.entry import MAX_ENTRY, VERSION, decode, encode
from gateway.provider.page import Page
from gateway.provider.validator import Validator
from tests.cache.fakes import NOW, page

KEY, TENANT = "0" * 32, "a"
TAG = Validator("if-none-match", 'W/"abc"')
DATE = Validator("if-modified-since", "Tue, 14 Nov 2023 22:13:20 GMT")

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
number = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
value = st.recursive(
    st.none() | st.booleans() | number | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def pages(draw: st.DrawFn) -> Page:
    items = draw(st.lists(value, max_size=5))
    return Page(
        items=items,
        next=draw(st.none() | st.integers(0, 2**53) | text),
        overlap=draw(st.integers(0, len(items))),
        promised=draw(st.booleans()),
        total=draw(st.none() | st.integers(0, 2**53 - 1)),
        fetched_at=draw(st.floats(2**31, 2**33)),
        validator=draw(st.none() | st.sampled_from([TAG, DATE])),
    )


def written(of: Page, *, key: str = KEY, tenant: str = TENANT) -> bytes:
    entry = encode(key, tenant, of)
    assert entry is not None
    return entry


def altered(**fields: Any) -> bytes:
    return orjson.dumps({**orjson.loads(written(page("x"))), **fields})


@given(pages(), text)
def test_what_was_written_is_read_again(of: Page, tenant: str) -> None:
    assert decode(KEY, tenant, written(of, tenant=tenant)) == of


@given(pages(), st.data())
def test_a_changed_byte_never_raises_and_never_gives_what_another_tenant_may_see(of: Page, data: st.DataObject) -> None:
    entry = bytearray(written(of))
    entry[data.draw(st.integers(0, len(entry) - 1))] = data.draw(st.integers(0, 255))
    assert decode(KEY, "b", bytes(entry)) is None
    assert decode("1" * 32, TENANT, bytes(entry)) is None
    found = decode(KEY, TENANT, bytes(entry))
    assert found is None or found.overlap <= len(found.items)


@given(pages(), st.data())
def test_a_truncated_entry_is_no_page(of: Page, data: st.DataObject) -> None:
    entry = written(of)
    assert decode(KEY, TENANT, entry[: data.draw(st.integers(0, len(entry) - 1))]) is None


@given(st.binary(max_size=200) | value.map(orjson.dumps))
def test_anything_else_is_no_page(found: bytes) -> None:
    assert decode(KEY, TENANT, found) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"v": VERSION + 1},
        {"v": VERSION - 1},
        {"v": True},
        {"v": 1.0},
        {"key": "1" * 32},
        {"tenant": "b"},
        {"tenant": None},
        {"items": {}},
        {"items": [{}] * 10_001},
        {"overlap": -1},
        {"overlap": 2},
        {"overlap": 1.0},
        {"overlap": True},
        {"promised": 1},
        {"total": -1},
        {"total": 2**53 + 1},
        {"total": "1"},
        {"next": 1.5},
        {"next": True},
        {"next": []},
        {"next": "x" * 4097},
        {"fetched_at": None},
        {"fetched_at": "now"},
        {"fetched_at": -1.0},
        {"fetched_at": 1},
        {"validator": []},
        {"validator": '"abc"'},
        {"validator": ["if-match", '"abc"']},
        {"validator": ["if-none-match", None]},
        {"validator": ["if-none-match", "abc"]},
        {"validator": ["if-none-match", f'"{"x" * 300}"']},
        {"validator": ["if-none-match", '"a\r\nb"']},
        {"validator": ["if-modified-since", "yesterday"]},
        {"validator": ["if-none-match", '"abc"', 1]},
        {"more": 1},
    ],
    ids=str,
)
def test_a_field_that_encode_never_writes_makes_it_no_page(fields: dict[str, Any]) -> None:
    assert decode(KEY, TENANT, altered()) is not None
    assert decode(KEY, TENANT, altered(**fields)) is None


def test_an_entry_of_the_former_version_which_had_no_validator_is_no_page() -> None:
    former = {name: value for name, value in orjson.loads(altered(v=1)).items() if name != "validator"}
    assert decode(KEY, TENANT, orjson.dumps(former)) is None


def test_an_entry_without_one_of_its_fields_is_no_page() -> None:
    whole = orjson.loads(altered())
    for name in whole:
        assert decode(KEY, TENANT, orjson.dumps({key: whole[key] for key in whole if key != name})) is None


@pytest.mark.parametrize("fetched_at", [float("inf"), float("nan")])
def test_a_time_that_is_no_time_is_not_read_back(fetched_at: float) -> None:
    assert decode(KEY, TENANT, written(page("x", fetched_at=fetched_at))) is None


def test_a_page_that_nests_too_deeply_cannot_be_written() -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    assert encode(KEY, TENANT, page(deep)) is None


def test_a_page_that_holds_no_json_cannot_be_written() -> None:
    assert encode(KEY, TENANT, page("\ud800")) is None
    assert encode(KEY, TENANT, page(2**64)) is None


def test_an_entry_over_the_limit_is_neither_written_nor_read() -> None:
    assert encode(KEY, TENANT, page("x" * MAX_ENTRY)) is None
    assert decode(KEY, TENANT, altered() + b" " * MAX_ENTRY) is None


def test_an_entry_from_the_clock_is_read_with_the_same_time() -> None:
    found = decode(KEY, TENANT, written(page("x", fetched_at=NOW)))
    assert found is not None
    assert found.fetched_at == NOW
