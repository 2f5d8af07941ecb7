import string

import pytest
from hypothesis import given, settings, strategies as st

from gateway.core.errors import CursorInvalid
from gateway.listing.codec import KEY_BYTES, MAX_LENGTH, CursorCodec, CursorKey
from gateway.listing.cursor import FORMATS

ALPHABET = string.ascii_letters + string.digits + "-_"
OLD, NEW = CursorKey(bytes(range(64))), CursorKey(bytes(64))


def codec(*keys: CursorKey, environment: str = "production", route: str = "/v1/knowledge-stores") -> CursorCodec:
    return CursorCodec(keys=keys or [OLD], environment=environment, route=route)


def refused(text: str, opening: CursorCodec | None = None, tenant: str = "acme") -> str:
    with pytest.raises(CursorInvalid) as caught:
        (opening or codec()).open(text, tenant)
    assert caught.value.__cause__ is None
    return caught.value.reason


@given(st.binary(min_size=1, max_size=200), st.text(max_size=20))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_what_is_sealed_opens_and_is_the_same_each_time(state: bytes, tenant: str) -> None:
    sealed = codec().seal(state, tenant)
    assert codec().open(sealed, tenant)[0] == state
    assert codec().seal(state, tenant) == sealed
    assert set(sealed) <= set(ALPHABET)


def test_nothing_of_the_state_can_be_read() -> None:
    state = b"upstream-token " * 8
    sealed = codec().seal(state, "acme")
    assert len({sealed[start : start + 20] for start in range(8, 88, 20)}) == 4
    assert codec().seal(state + b"!", "acme")[8:40] != sealed[8:40]


def test_every_change_of_one_character_is_refused() -> None:
    sealed = codec().seal(b"some state", "acme")
    for place, was in enumerate(sealed):
        for other in ALPHABET:
            if other != was:
                refused(sealed[:place] + other + sealed[place + 1 :])


def test_every_truncation_is_refused() -> None:
    sealed = codec().seal(b"some state", "acme")
    for length in range(len(sealed)):
        refused(sealed[:length])
        refused(sealed[len(sealed) - length :])


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize(
    "surplus", ["A", "AA", "AAAA", "=", "==", "===", "====", " ", "\n", "\r\n", "\x00", ".", "é", "%3D"]
)
def test_a_cursor_with_something_more_is_refused(surplus: str, length: int) -> None:
    sealed = codec().seal(b"s" * length, "acme")
    assert refused(sealed + surplus) in {"malformed", "forged"}
    assert refused(surplus + sealed) in {"malformed", "forged", "version", "unknown_key"}
    refused(sealed[:9] + surplus + sealed[9:])


def test_two_cursors_are_none() -> None:
    sealed = codec().seal(b"some state", "acme")
    refused(sealed + sealed)


def test_the_other_alphabet_is_refused() -> None:
    states = (number.to_bytes(2, "big") for number in range(200))
    sealed = next(text for text in (codec().seal(state, "acme") for state in states) if "-" in text and "_" in text)
    assert refused(sealed.replace("-", "+").replace("_", "/")) == "malformed"
    assert refused(sealed.replace("-", "+")) == "malformed"


@pytest.mark.parametrize("length", range(1, 7))
def test_the_last_character_has_one_spelling(length: int) -> None:
    sealed = codec().seal(b"s" * length, "acme")
    for alias in ALPHABET:
        if alias != sealed[-1]:
            refused(sealed[:-1] + alias)


@pytest.mark.parametrize(
    "text", ["", " ", "A", "AA", "AAA", "AAAA", "a" * MAX_LENGTH, "a" * (MAX_LENGTH + 1), "a" * 10**6]
)
def test_what_has_no_cursors_length_is_refused(text: str) -> None:
    refused(text)


def test_what_is_too_long_is_refused_before_anything_is_looked_at() -> None:
    assert refused("é" * (MAX_LENGTH + 1)) == "length"


@given(st.text(max_size=80) | st.text(ALPHABET, max_size=80))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_no_text_is_a_cursor_by_chance(text: str) -> None:
    refused(text)


def test_a_cursor_opens_nowhere_else() -> None:
    sealed = codec().seal(b"some state", "acme")
    assert refused(sealed, tenant="other") == "forged"
    assert refused(sealed, tenant="") == "forged"
    assert refused(sealed, codec(environment="staging")) == "forged"
    assert refused(sealed, codec(route="/v2/knowledge-stores")) == "forged"
    assert refused(sealed, codec(NEW)) == "unknown_key"


def test_what_it_is_bound_to_is_kept_apart() -> None:
    sealed = codec(environment="ab", route="c").seal(b"s", "d")
    assert refused(sealed, codec(environment="a", route="bc"), "d") == "forged"
    assert refused(sealed, codec(environment="ab", route="cd"), "") == "forged"


@pytest.mark.parametrize("version", FORMATS)
def test_a_cursor_says_its_format(version: int) -> None:
    assert codec().open(codec().seal(b"some state", "acme", version), "acme") == (b"some state", version)


@pytest.mark.parametrize("version", [0, max(FORMATS) + 1, 128, 255])
def test_a_format_that_is_not_known_is_refused(version: int) -> None:
    assert refused(codec().seal(b"some state", "acme", version)) == "version"


def test_a_cursor_cannot_be_taken_for_one_of_another_format() -> None:
    one, two = (codec().seal(b"some state", "acme", version) for version in FORMATS)
    assert refused(one[:2] + two[2:]) == refused(two[:2] + one[2:]) == "forged"


def test_the_key_id_picks_the_key() -> None:
    """A known id over the seal of another key is refused, though that key is at hand."""
    both = codec(OLD, NEW)
    one, other = codec(OLD).seal(b"s" * 9, "acme"), codec(NEW).seal(b"s" * 9, "acme")
    assert refused(one[:8] + other[8:], both) == "forged"


def test_keys_rotate() -> None:
    before, during, after = codec(OLD), codec(NEW, OLD), codec(NEW)
    old, new = before.seal(b"s", "acme"), during.seal(b"s", "acme")
    assert during.open(old, "acme")[0] == during.open(new, "acme")[0] == after.open(new, "acme")[0] == b"s"
    assert refused(old, after) == refused(new, before) == "unknown_key"


@pytest.mark.parametrize("length", [0, 16, 32, 63, 65, 128])
def test_a_key_has_one_length(length: int) -> None:
    assert length != KEY_BYTES
    with pytest.raises(ValueError, match="64 bytes"):
        CursorKey(bytes(length))


def test_a_key_is_not_shown() -> None:
    assert bytes(range(64)).hex() not in repr(OLD) + repr(codec())
    assert repr(bytes(range(64))) not in repr(OLD) + repr(vars(codec()))
