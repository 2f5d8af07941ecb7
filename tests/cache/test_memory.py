import gc
import tracemalloc
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from gateway.cache.memory import MemoryStore, weigh
from gateway.provider.page import Page
from tests.cache.fakes import page


def test_a_page_is_found_under_its_key() -> None:
    store, kept = MemoryStore[Page](100), page("x")
    assert store.put("k", "a", kept, 10)
    assert store.get("k", "a") is kept
    assert store.get("other", "a") is None


def test_another_tenant_does_not_get_it_even_under_the_same_key() -> None:
    store = MemoryStore[Page](100)
    store.put("k", "a", page("x"), 10)
    assert store.get("k", "b") is None


def test_the_longest_unused_page_goes_first() -> None:
    store = MemoryStore[Page](30)
    for key in "123":
        store.put(key, "a", page(key), 10)
    store.get("1", "a")
    store.put("4", "a", page("4"), 10)
    assert [key for key in "1234" if store.get(key, "a")] == ["1", "3", "4"]


def test_a_page_over_the_capacity_is_refused_and_what_stood_there_is_gone() -> None:
    store = MemoryStore[Page](30)
    store.put("k", "a", page("old"), 10)
    assert not store.put("k", "a", page("new"), 31)
    assert store.get("k", "a") is None
    assert store.weight == 0


def test_without_capacity_nothing_is_kept() -> None:
    store = MemoryStore[Page](0)
    assert not store.put("k", "a", page("x"), 1)
    assert len(store) == 0


@given(
    st.integers(0, 100), st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 60), st.booleans()), max_size=40)
)
def test_it_never_holds_more_than_its_capacity(capacity: int, steps: list[tuple[str, int, bool]]) -> None:
    store, weights = MemoryStore[Page](capacity), dict[str, int]()
    for key, weight, put in steps:
        if put:
            assert store.put(key, "t", page(key), weight) == (weight <= capacity)
            weights[key] = weight
        else:
            store.drop(key)
        assert store.weight == sum(weights[held] for held in "abcdef" if store.get(held, "t")) <= capacity


@pytest.mark.parametrize(
    "items",
    [
        [{"id": f"vs_{i:020}", "name": f"Store {i}", "about": "x" * 60, "n": {"all": i, "ok": i}} for i in range(100)],
        [{"id": i, "a": {}, "b": [], "c": {"x": i}} for i in range(500)],
        [{"id": str(i), "text": "y" * 2000} for i in range(20)],
        [[{} for _ in range(20)] for _ in range(200)],
        [{f"k{j}": i * j + 1000 for j in range(40)} for i in range(50)],
        [[i * 1.1 + j for j in range(100)] for i in range(20)],
    ],
    ids=["flat", "small", "text", "empty", "wide", "numbers"],
)
def test_a_page_is_weighed_as_what_it_takes_decoded(items: Any) -> None:
    written = orjson.dumps(items)
    gc.collect()
    tracemalloc.start()
    held = [orjson.loads(written) for _ in range(10)]
    taken = tracemalloc.get_traced_memory()[0] / len(held)
    tracemalloc.stop()
    assert 0.75 * taken < weigh(written) < 3 * taken
