"""Hypothesis strategies for upstream lists: honest in all the ways an API may be, and wild."""

from typing import Any

from hypothesis import strategies as st

from gateway.core.errors import FailureCode, UpstreamError
from tests.support.lists import Row, UpstreamList

TYPES = ["aitronos", "b3os", "scale-dex"]
NAMES = "abcd"

limits = st.lists(st.integers(1, 100), min_size=1, max_size=5)
errors: st.SearchStrategy[Exception] = st.just(TimeoutError()) | st.sampled_from(FailureCode).map(
    lambda code: UpstreamError(code, "simulated")
)


def stores(name: str, count: int) -> list[Row]:
    return [Row(float(number), {"id": f"{name}{number}", "name": "x"}) for number in range(count)]


@st.composite
def honest(draw: st.DrawFn, name: str, most: int = 40) -> UpstreamList:
    """A list that serves what it has, in any of the shapes that the documents leave open."""
    type_ = draw(st.sampled_from(TYPES))
    return UpstreamList(
        type_,
        stores(name, draw(st.integers(0, most))),
        clamp=draw(st.sampled_from([10**6, 10**6, 1, 2, 7])),
        flag=draw(st.sampled_from(["honest", "absent", "null", "full"])),
        envelope=draw(st.sampled_from(["items", "data.items", "data", "bare"])) if type_ == "b3os" else "items",
        trailing=draw(st.booleans()),
    )


@st.composite
def faulty(draw: st.DrawFn, name: str) -> UpstreamList:
    """A list with any combination of everything that may be wrong with one."""
    made = draw(honest(name, 20))
    for index in draw(st.sets(st.integers(0, 19), max_size=4)):
        if index < len(made.rows):
            made.rows[index].value = draw(
                st.sampled_from([None, "text", {"name": "no id"}, {"id": 1.5}, {"id": name + "0"}])
            )
    made.flag = draw(st.sampled_from(["honest", "absent", "null", "full", "always"]))
    made.offset_ignored = draw(st.booleans())
    made.empties = draw(st.sampled_from([0, 0, 1, 6, 11, float("inf")]))
    made.circle = draw(st.none() | st.tuples(st.integers(0, 5), st.integers(1, 9)))
    made.stale = draw(st.booleans())
    made.stated_total = draw(st.sampled_from(["honest", None, "7", -1, 3, 10**30, True]))
    made.fault = draw(faults())
    return made


@st.composite
def faults(draw: st.DrawFn) -> Any:
    """From some call on, at some calls, or never."""
    once = draw(st.dictionaries(st.integers(1, 30), errors, max_size=8))
    since, error = draw(st.sampled_from([1, 2, 5, 10**9, 10**9])), draw(errors)
    return lambda call: error if call >= since else once.get(call)


def lists(one: Any, least: int = 1) -> st.SearchStrategy[dict[str, UpstreamList]]:
    """Up to four of them, by name."""
    return st.integers(least, len(NAMES)).flatmap(
        lambda count: st.fixed_dictionaries({name: one(name) for name in NAMES[:count]})
    )


sizes = st.fixed_dictionaries({name: st.integers(1, 12) for name in NAMES})
