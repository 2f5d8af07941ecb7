"""The cursor in the query string: one body for every invalid one, and nothing is fetched for it."""

import asyncio
import random
import string
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pytest

from gateway.api.stores import PATH
from gateway.core.errors import CursorStoreUnavailable
from gateway.core.events import CursorRejected
from gateway.listing.codec import MAX_LENGTH, CursorCodec, CursorKey
from gateway.listing.issue import HOUR
from tests.api.connection import ACME_KEY, ask, connected, request
from tests.api.serving import GLOBEX, KEY, Served, serving, shown

ALPHABET = string.ascii_letters + string.digits + "-_"
INVALID = {
    "type": "urn:knowledge-gateway:problem:cursor-invalid",
    "title": "The cursor is not valid",
    "status": 400,
    "detail": "This cursor is not valid here. Start the listing again without it.",
    "parameter": "cursor",
}


async def first_cursor(served: Served, query: str = "limit=2") -> str:
    cursor = (await served.get(query)).json()["next_cursor"]
    served.world.requests.clear()
    served.events.clear()
    assert isinstance(cursor, str)
    return cursor


def rejections(served: Served) -> list[str]:
    return [event.reason for event in served.events if isinstance(event, CursorRejected)]


def sealed(
    state: bytes, *, key: CursorKey = KEY, environment: str = "test", route: str = PATH, tenant: str = "acme"
) -> str:
    return CursorCodec(keys=[key], environment=environment, route=route).seal(state, tenant)


async def refused(served: Served, cursor: str) -> Any:
    answer = await served.get({"cursor": cursor})
    assert answer.status_code == 400
    assert not served.world.requests
    return answer.json()


@pytest.mark.parametrize(
    ("cursor", "reason"),
    [
        ("", "length"),
        ("A" * (MAX_LENGTH + 1), "length"),
        ("A" * 50_000, "length"),
        *[(cursor, "malformed") for cursor in [" ", "A", "AA", "AAAA", "A" * 28, "!", "\x00", "ü", "a+b/", "null"]],
        ("A" * 4096, "version"),
        (sealed(b"\x00", key=CursorKey(bytes(64))), "unknown_key"),
        (sealed(b"\x00", environment="other"), "forged"),
        (sealed(b"\x00", route="/v2/knowledge-stores"), "forged"),
        (sealed(b"\x00", tenant="globex"), "forged"),
        *[(sealed(state), "unreadable") for state in [b"\x00", b"\x00\xc1", b"\x00\x90", b"\x02\x90", b"\x00" * 99]],
    ],
    ids=shown,
)
async def test_every_invalid_cursor_gets_one_body_and_a_reason_for_metrics(
    served: Served, cursor: str, reason: str
) -> None:
    assert await refused(served, cursor) == INVALID
    assert rejections(served) == [reason]


async def test_a_cursor_has_one_spelling(served: Served) -> None:
    cursor = await first_cursor(served)
    last = ALPHABET.index(cursor[-1])
    aliases = {cursor[:-1] + other for other in (ALPHABET[last - 1], ALPHABET[(last + 1) % 64])}
    around = {f"{cursor}{junk}" for junk in ("=", "==", " ", "\n", "A", cursor)}
    within = {f"{cursor[:9]}{junk}{cursor[9:]}" for junk in (" ", "\n", "=", "+")}
    cut = {cursor[:length] for length in range(1, len(cursor))}
    for other in (
        {f" {cursor}", cursor.swapcase(), cursor[::-1], cursor.replace("A", "%41")} | aliases | around | within | cut
    ):
        assert await refused(served, other) == INVALID


@pytest.mark.parametrize("size", [64 * 1024, 1024 * 1024], ids=shown)
async def test_a_cursor_that_no_url_holds_is_refused_by_the_server(served: Served, size: int) -> None:
    answer = await served.raw(request(f"{PATH}?cursor={'A' * size}", ACME_KEY))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert not served.world.requests


def changed(cursor: str) -> Iterator[str]:
    """Every cursor that differs from this one in one character."""
    for place, was in enumerate(cursor):
        for now in ALPHABET + ".~":
            if now != was:
                yield f"{cursor[:place]}{now}{cursor[place + 1 :]}"


def arbitrary(generator: random.Random, most: int) -> Iterator[str]:
    while True:
        yield "".join(generator.choices(ALPHABET, k=generator.randint(1, most)))


def sealed_alike(generator: random.Random, cursor: str) -> Iterator[str]:
    """Random bytes behind the version and key of a real cursor."""
    while True:
        yield cursor[:8] + "".join(generator.choices(ALPHABET, k=generator.choice([32, 64, 128])))


async def bodies(served: Served, cursors: Iterable[str]) -> set[tuple[int, bytes]]:
    """The different answers to all of these."""
    found: set[tuple[int, bytes]] = set()
    left = iter(cursors)
    async with connected(served) as connection:
        while batch := list(islice(left, 50)):
            answers = await connection.ask(*(request(f"{PATH}?cursor={cursor}", ACME_KEY) for cursor in batch))
            found |= {(answer.status, answer.body) for answer in answers}
    return found


async def test_every_change_of_one_character_gets_that_body_and_nothing_is_fetched(served: Served) -> None:
    cursor = await first_cursor(served, "limit=2&provider=aitronos")
    (one,) = await ask(served, request(f"{PATH}?cursor=A", ACME_KEY))
    assert await bodies(served, changed(cursor)) == {(400, one.body)}
    assert not served.world.requests


async def test_random_cursors_get_that_body_and_nothing_is_fetched(served: Served) -> None:
    cursor, generator = await first_cursor(served), random.Random(1)
    guesses = [*islice(arbitrary(generator, 300), 5000), *islice(sealed_alike(generator, cursor), 5000)]
    (one,) = await ask(served, request(f"{PATH}?cursor=A", ACME_KEY))
    assert await bodies(served, guesses) == {(400, one.body)}
    assert not served.world.requests


async def test_a_cursor_of_another_tenant_gets_that_body_too(served: Served) -> None:
    cursor = await first_cursor(served)
    answer = await served.client.get(PATH, params={"cursor": cursor}, headers=GLOBEX)
    assert (answer.status_code, answer.json()) == (400, INVALID)
    assert not served.world.requests


async def test_naming_the_providers_that_a_cursor_continues_agrees_with_it(served: Served) -> None:
    cursor = await first_cursor(served, "limit=2")
    answer = await served.get(f"cursor={cursor}&provider=7up,aitronos,scale-dex")
    assert (answer.status_code, rejections(served)) == (200, [])


@pytest.mark.parametrize(
    ("listed", "beside"),
    [
        ("", "provider=aitronos"),
        ("provider=aitronos,7up", "provider=aitronos"),
        ("provider=aitronos,7up", "provider=7up,aitronos,scale-dex"),
        ("provider=aitronos,7up", "provider=no-such"),
        ("provider=aitronos,7up", "provider=globex-only"),
    ],
)
async def test_other_providers_than_the_cursors_are_a_mismatch(served: Served, listed: str, beside: str) -> None:
    cursor = await first_cursor(served, f"limit=2&{listed}")
    answer = await served.get(f"cursor={cursor}&{beside}")
    document = answer.json()
    assert (answer.status_code, document["type"]) == (400, "urn:knowledge-gateway:problem:cursor-mismatch")
    assert document["parameter"] == "provider"
    assert (served.world.requests, rejections(served)) == ([], ["mismatch"])


@pytest.mark.parametrize("beside", ["", "provider=aitronos,7up", "provider=7up&provider=aitronos&provider=7up"])
async def test_the_cursors_own_providers_may_stand_beside_it(served: Served, beside: str) -> None:
    cursor = await first_cursor(served, "limit=2&provider=7up,aitronos")
    alone, repeated = await served.get(f"cursor={cursor}"), await served.get(f"cursor={cursor}&{beside}")
    assert repeated.status_code == 200
    assert repeated.content == alone.content


@pytest.mark.parametrize("free", ["limit=1", "limit=100", "strict=true", "include=raw", "timeout=1"])
async def test_what_the_cursor_does_not_hold_may_change_from_page_to_page(served: Served, free: str) -> None:
    cursor = await first_cursor(served, "limit=2")
    answer = await served.get(f"cursor={cursor}&{free}")
    assert (answer.status_code, answer.json()["items"][0]["id"]) == (200, "scale-dex:d0")


async def test_replaying_a_cursor_repeats_its_answer(served: Served) -> None:
    cursor = await first_cursor(served)
    answers = [await served.get({"cursor": cursor, "limit": 4}) for _ in range(3)]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert {answer.headers["etag"] for answer in answers} == {answers[0].headers["etag"]}


@pytest.mark.parametrize(("hours", "status"), [(24, 200), (25, 200), (25.01, 410), (1000, 410)])
async def test_an_old_cursor_has_expired(served: Served, hours: float, status: int) -> None:
    cursor = await first_cursor(served)
    served.world.clock.advance(hours * HOUR)
    assert (await served.get({"cursor": cursor})).status_code == status


async def test_an_expired_cursor_is_gone(served: Served) -> None:
    cursor = await first_cursor(served)
    served.world.clock.advance(1000 * HOUR)
    assert (await served.get({"cursor": cursor})).json() == {
        "type": "urn:knowledge-gateway:problem:cursor-expired",
        "title": "The cursor has expired",
        "status": 410,
        "detail": "This cursor has expired. Start the listing again without it.",
        "parameter": "cursor",
    }
    assert (served.world.requests, rejections(served)) == ([], ["expired"])


class Tickets:
    """A store that has lost everything, or does not answer."""

    def __init__(self, *, there: bool) -> None:
        self._there = there

    async def put(self, tenant: str, state: bytes, ttl: float) -> bytes | None:
        return None

    async def get(self, tenant: str, digest: bytes) -> bytes | None:
        if not self._there:
            raise CursorStoreUnavailable("CANARY")
        return None


async def test_a_ticket_that_is_gone_has_expired() -> None:
    async with serving(tickets=Tickets(there=True)) as served:
        answer = await served.get({"cursor": sealed(b"\x01" + bytes(16))})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (410, "cursor-expired")


@pytest.mark.parametrize("tickets", [Tickets(there=False), None], ids=["silent", "none"])
async def test_a_ticket_that_cannot_be_looked_up_may_be_later(tickets: Tickets | None) -> None:
    async with serving(tickets=tickets) as served:
        answer = await served.get({"cursor": sealed(b"\x01" + bytes(16))})
        assert rejections(served) == ["store_unavailable"]
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json() == {
        "type": "urn:knowledge-gateway:problem:cursor-store-unavailable",
        "title": "The cursor cannot be kept or looked up now",
        "status": 503,
        "detail": "The cursor is kept in a store that does not answer now. Ask again later.",
    }


async def test_two_walks_at_once_do_not_touch_each_other(served: Served) -> None:
    async def walk(limit: int) -> list[str]:
        ids: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await served.get({"limit": str(limit), **cursor})).json()
            ids += [item["id"] for item in page["items"]]
            if not page["has_more"]:
                return ids
            cursor = {"cursor": page["next_cursor"]}

    first, *others = await asyncio.gather(*map(walk, [1, 2, 3, 4, 5, 100]))
    assert len(first) == len(set(first)) == 15
    assert all(other == first for other in others)
