from typing import Any

from loadtests.locust.walk import WalkSoFar


def page(*ids: str, complete: bool = True) -> dict[str, Any]:
    return {"items": [{"id": id_} for id_ in ids], "complete": complete}


def faults(*pages: dict[str, Any]) -> str:
    walk = WalkSoFar()
    for one in pages:
        walk.add(one)
    return walk.faults(["a:1", "a:2", "b:1"])


def test_a_walk_that_brings_everything_once_has_no_fault() -> None:
    assert faults(page("a:1", "b:1"), page("a:2")) == ""


def test_what_is_missing_repeated_or_unknown_is_counted() -> None:
    assert faults(page("a:1", "b:1"), page("a:1", "c:9")) == "1 missing, 1 repeated, 1 unknown"


def test_the_last_page_says_whether_it_is_complete() -> None:
    everything = page("a:1", "a:2", "b:1", complete=False)
    assert faults(everything, page()) == ""
    assert faults(everything) == "1 not complete"
