"""How long cursors are: what is promised of many providers."""

import random

import pytest
from msgspec.structs import replace

from gateway.core.query import ListQuery
from gateway.listing.codec import MAX_LENGTH, CursorCodec, CursorKey
from gateway.listing.cursor import CURRENT, FORMATS, Cursor, pack
from gateway.listing.issue import TICKET_OVER
from gateway.listing.position import At, Lost, Place, Seeking
from gateway.listing.stream import anchors_for

BOTH = pytest.mark.parametrize("version", FORMATS)

AT = At(9801, 57, (), 99)
STEADY = Place("", b"", AT, sent=9857, total=12_000)
SHAKEN = replace(STEADY, lost=Lost.DRIFTED | Lost.BAD_ITEM, bad=9, inexact=True, disordered=True, restarts=3)
SOUGHT = replace(SHAKEN, position=Seeking(AT, 8811, 10_890, 99, 240))


def sealed(names: list[str], like: Place = STEADY, version: int = CURRENT) -> int:
    """Characters of a cursor in the middle of long offset lists, with as many anchors as each may hold."""
    rng, held = random.Random(1), anchors_for(len(names), 8)

    def place(name: str) -> Place:
        at = replace(AT, anchors=tuple(rng.randbytes(4) for _ in range(held)))
        position = replace(like.position, at=at) if isinstance(like.position, Seeking) else at
        return replace(like, provider=name, meaning=rng.randbytes(4), position=position)

    codec = CursorCodec(keys=[CursorKey(bytes(64))], environment="production", route="/v1/knowledge-stores")
    cursor = Cursor(ListQuery(), tuple(map(place, sorted(names))), 1)
    return len(codec.seal(b"\x00" + pack(cursor, 472_222, version), "acme", version))


VENDORS = [
    "aitronos",
    "azure-ai-search",
    "b3os",
    "bedrock",
    "chroma",
    "dify",
    "openai",
    "pinecone",
    "scale-dex",
    "vertex",
]


HUNDRED = [f"{name}-{team}" for name in VENDORS for team in range(10)]


@BOTH
@pytest.mark.parametrize("like", [STEADY, SHAKEN], ids=["steady", "shaken"])
def test_ten_offset_providers_fit_in_one_kibibyte(version: int, like: Place) -> None:
    assert anchors_for(10, 8) == 8
    assert sealed(VENDORS, like, version) <= 1024


@BOTH
@pytest.mark.parametrize("like", [STEADY, SHAKEN], ids=["steady", "shaken"])
def test_a_hundred_offset_providers_fit_in_six_and_a_half(version: int, like: Place) -> None:
    assert anchors_for(100, 8) == 2
    assert sealed(HUNDRED, like, version) <= 6.5 * 1024


def test_providers_that_are_all_searched_for_need_no_store() -> None:
    assert sealed(VENDORS, SOUGHT) <= TICKET_OVER
    assert sealed(HUNDRED, SOUGHT) <= MAX_LENGTH


def test_never_fewer_than_two_anchors_are_held_and_never_more_than_may_be() -> None:
    held = [anchors_for(providers, 8) for providers in (0, 1, 10, 11, 20, 40, 41, 1000)]
    assert held == [8, 8, 8, 7, 4, 2, 2, 2]
    assert anchors_for(1, 3) == 3
