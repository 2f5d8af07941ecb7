"""The ``Link`` header: what RFC 8288 allows is read, and what cannot be read is never taken for the end."""

import pytest

from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.links import linked
from gateway.provider.paths import MISSING


def next_of(value: str) -> object:
    return linked("Link", "next")({"link": value})


@pytest.mark.parametrize(
    "value",
    [
        "<u>; rel=next",
        '<u>; rel="next"',
        '<u>;rel="NEXT"',
        '<u>; REL = "next"',
        '<u>; rel="prev next last"',
        "<x>; rel=prev, <u>; rel=next",
        "<x>; rel=prev,<u>;rel=next,<y>;rel=next",
        '<x>; rel="prev"; title="a, <b>; rel=next", <u>; rel="next"',
        '<u>; title="quoted \\" and ; rel=prev"; rel="next"',
        "<u>; title*=UTF-8''x%20y; rel=\"next\"",
        "<u>;; rel=next",
        "<x>; rel=prev;, <u>; rel=next",
        ", ,<u>; rel=next,",
        "<u>; crossorigin; rel=next",
        "< u >; rel=next",
        "<x>; rel=prev; rel=next, <u>; rel=next",
    ],
)
def test_the_link_to_the_next_page_is_found(value: str) -> None:
    assert next_of(value) == "u"


@pytest.mark.parametrize("value", ["", "<u>", "<u>; rel=prev", '<u>; rel="nextish"', "<u>; title=next", " , "])
def test_no_link_to_the_next_page_is_none(value: str) -> None:
    assert next_of(value) is MISSING


def test_a_response_without_the_header_has_no_link() -> None:
    assert linked("Link", "next")({}) is MISSING


@pytest.mark.parametrize("value", ["u; rel=next", "<u; rel=next", '<u>; rel="next', "<x>; rel=prev u"])
def test_a_header_that_cannot_be_read_is_malformed(value: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        next_of(value)
    assert caught.value.code is FailureCode.MALFORMED


@pytest.mark.parametrize("hostile", ["<u>" + ";a" * 30_000, "<u>" * 60_000, "<u>" + ", " * 60_000])
def test_a_hostile_header_is_read_in_linear_time(hostile: str) -> None:
    assert next_of(hostile) is MISSING


@pytest.mark.parametrize("hostile", ["<" * 60_000, '<u>; a="' + "\\" * 60_000, ";" * 60_000, "<u>; a=" + '"' * 60_000])
def test_a_hostile_header_is_refused_in_linear_time(hostile: str) -> None:
    with pytest.raises(UpstreamError):
        next_of(hostile)
