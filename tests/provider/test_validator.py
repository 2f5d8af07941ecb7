from email.utils import formatdate

import pytest
from hypothesis import given, strategies as st

from gateway.provider.validator import MAX_VALIDATOR, SETTLED, Validator, validator

NOW = 1_700_000_000.0
LONG_AGO = formatdate(NOW - SETTLED, usegmt=True)


@pytest.mark.parametrize("tag", ['"abc"', 'W/"abc"', '""', '"!#$%&\'()*+,-./:;<=>?@[]^_`{|}~"', f'"{"x" * 254}"'])
def test_an_entity_tag_is_sent_back_as_it_came(tag: str) -> None:
    assert validator({"etag": tag}, NOW) == Validator("if-none-match", tag)


@pytest.mark.parametrize(
    "tag", ["abc", "", "*", "'abc'", '"a"b"', '"a b"', 'w/"abc"', '"abc', '"é"', '"a\r\nx: y"', f'"{"x" * 255}"']
)
def test_what_is_no_entity_tag_or_too_long_is_not_kept(tag: str) -> None:
    assert validator({"etag": tag}, NOW) is None


def test_without_an_entity_tag_the_date_of_the_last_change_does() -> None:
    assert validator({"last-modified": LONG_AGO}, NOW) == Validator("if-modified-since", LONG_AGO)
    assert validator({"etag": "no tag", "last-modified": LONG_AGO}, NOW) == Validator("if-modified-since", LONG_AGO)
    assert validator({"etag": '"a"', "last-modified": LONG_AGO}, NOW) == Validator("if-none-match", '"a"')


def test_a_page_that_changed_a_moment_ago_may_change_again_within_that_second() -> None:
    assert validator({"last-modified": formatdate(NOW - SETTLED + 1, usegmt=True)}, NOW) is None


@pytest.mark.parametrize("date", ["yesterday", "", "Thu, 99 Nov 2023 22:13:20 GMT", LONG_AGO + " " * MAX_VALIDATOR])
def test_what_is_no_date_is_not_kept(date: str) -> None:
    assert validator({"last-modified": date}, NOW) is None


def test_an_answer_with_neither_has_none() -> None:
    assert validator({"content-type": "application/json"}, NOW) is None


@pytest.mark.parametrize(
    ("told", "confirmed"), [(None, True), ('"abc"', True), ('W/"abc"', True), ('"abd"', False), ("*", False)]
)
def test_a_304_that_names_another_state_confirms_nothing(told: str | None, confirmed: bool) -> None:
    headers = {} if told is None else {"etag": told}
    for mine in ('"abc"', 'W/"abc"'):
        assert Validator("if-none-match", mine).confirmed(headers) is confirmed
    assert Validator("if-modified-since", LONG_AGO).confirmed(headers)


@given(st.text(), st.text(), st.floats(0, 2**33))
def test_whatever_an_upstream_says_a_header_can_be_sent_with_it(tag: str, date: str, now: float) -> None:
    found = validator({"etag": tag, "last-modified": date}, now)
    assert found is None or (len(found.value) <= MAX_VALIDATOR and not {"\r", "\n", "\0"} & set(found.value))


def test_its_text_is_the_upstreams_and_not_shown() -> None:
    assert "SECRET" not in repr(Validator("if-none-match", '"SECRET"'))
