import pytest

from gateway.core.errors import CursorExpired, CursorInvalid, CursorStoreUnavailable
from gateway.core.query import ListQuery
from gateway.listing.codec import MAX_LENGTH, CursorCodec, CursorKey
from gateway.listing.cursor import CURRENT, FORMATS, Cursor, pack
from gateway.listing.issue import HOUR, TICKET_OVER, CursorIssuer
from gateway.listing.position import At, Place
from tests.support.clock import START, ManualClock
from tests.support.tickets import Tickets

DAY = 24 * HOUR
CODEC = CursorCodec(keys=[CursorKey(bytes(64))], environment="test", route="/")


def issuer(clock: ManualClock, tickets: Tickets | None = None, version: int = CURRENT) -> CursorIssuer:
    return CursorIssuer(codec=CODEC, tickets=tickets, clock=clock, max_age=DAY, version=version)


def cursor(size: int = 10) -> Cursor:
    """A cursor with an upstream token of that many characters."""
    return Cursor(ListQuery(), (Place("a", b"mean", At("t" * size, 0)),))


SMALL, LARGE, HUGE = cursor(), cursor(4000), cursor(7000)


async def test_a_cursor_opens_where_it_was_issued() -> None:
    issued = issuer(ManualClock())
    assert await issued.open(await issued.seal(SMALL, "acme"), "acme") == SMALL


@pytest.mark.parametrize("minutes", [0, 1, 59])
async def test_equal_states_give_equal_cursors_within_the_hour(minutes: int) -> None:
    clock = ManualClock()
    first = await issuer(clock).seal(SMALL, "acme")
    clock.advance(minutes * 60)
    assert await issuer(clock).seal(SMALL, "acme") == first


async def test_another_hour_gives_another_cursor() -> None:
    clock = ManualClock()
    first = await issuer(clock).seal(SMALL, "acme")
    clock.advance(HOUR)
    assert await issuer(clock).seal(SMALL, "acme") != first


@pytest.mark.parametrize("seconds", [-HOUR, -1, 0, DAY, DAY + HOUR])
async def test_a_cursor_is_valid_from_an_hour_before_its_stamp_to_an_hour_after_its_age(seconds: float) -> None:
    clock = ManualClock()
    sealed = await issuer(clock).seal(SMALL, "acme")
    clock.advance(seconds)
    assert await issuer(clock).open(sealed, "acme") == SMALL


@pytest.mark.parametrize("seconds", [-HOUR - 1, DAY + HOUR + 1, 4 * DAY])
async def test_outside_of_that_it_has_expired(seconds: float) -> None:
    clock = ManualClock()
    sealed = await issuer(clock).seal(SMALL, "acme")
    clock.advance(seconds)
    with pytest.raises(CursorExpired):
        await issuer(clock).open(sealed, "acme")


async def test_the_age_counts_from_the_stamp_and_not_from_the_minute() -> None:
    clock = ManualClock()
    clock.advance(HOUR - 1)
    sealed = await issuer(clock).seal(SMALL, "acme")
    clock.advance(DAY + 1)
    assert await issuer(clock).open(sealed, "acme") == SMALL
    clock.advance(HOUR)
    with pytest.raises(CursorExpired):
        await issuer(clock).open(sealed, "acme")


@pytest.mark.parametrize("state", [SMALL, HUGE], ids=["inline", "ticket"])
@pytest.mark.parametrize("writing", FORMATS)
@pytest.mark.parametrize("reading", FORMATS)
async def test_a_cursor_opens_whichever_format_the_other_side_writes(writing: int, reading: int, state: Cursor) -> None:
    clock, tickets = ManualClock(), Tickets()
    sealed = await issuer(clock, tickets, writing).seal(state, "acme")
    assert await issuer(clock, tickets, reading).open(sealed, "acme") == state


async def test_each_format_has_cursors_of_its_own() -> None:
    texts = [await issuer(ManualClock(), version=version).seal(SMALL, "acme") for version in FORMATS]
    assert len({*texts, await issuer(ManualClock()).seal(SMALL, "acme")}) == len(FORMATS)


async def test_a_state_of_one_format_under_the_seal_of_another_is_invalid() -> None:
    state = b"\x00" + pack(SMALL, int(START // HOUR), 1)
    with pytest.raises(CursorInvalid):
        await issuer(ManualClock()).open(CODEC.seal(state, "acme", 2), "acme")


async def test_a_small_cursor_needs_no_store() -> None:
    tickets = Tickets()
    await issuer(ManualClock(), tickets).seal(SMALL, "acme")
    assert not tickets.kept


async def test_a_large_cursor_becomes_a_ticket() -> None:
    tickets = Tickets()
    issued = issuer(ManualClock(), tickets)
    sealed = await issued.seal(HUGE, "acme")
    assert len(sealed) < 100
    assert await issued.open(sealed, "acme") == HUGE
    assert await issued.seal(HUGE, "acme") == sealed


async def test_a_cursor_just_under_the_bound_travels_by_itself() -> None:
    lengths = {}
    for size in range(2980, 3060):
        tickets = Tickets()
        sealed = await issuer(ManualClock(), tickets).seal(cursor(size), "acme")
        lengths[len(sealed)] = bool(tickets.kept)
    assert max(length for length, ticket in lengths.items() if not ticket) == TICKET_OVER
    assert sum(lengths.values()) == 1


async def test_a_ticket_is_kept_for_as_long_as_its_cursor_is_valid() -> None:
    clock, tickets = ManualClock(), Tickets()
    clock.advance(HOUR - 1)
    await issuer(clock, tickets).seal(HUGE, "acme")
    assert tickets.ttls == [DAY + 2 * HOUR]


async def test_a_ticket_expires_like_any_cursor() -> None:
    clock, tickets = ManualClock(), Tickets()
    sealed = await issuer(clock, tickets).seal(HUGE, "acme")
    clock.advance(DAY + HOUR + 1)
    with pytest.raises(CursorExpired):
        await issuer(clock, tickets).open(sealed, "acme")


async def test_a_lost_ticket_has_expired() -> None:
    tickets = Tickets()
    sealed = await issuer(ManualClock(), tickets).seal(HUGE, "acme")
    tickets.kept.clear()
    with pytest.raises(CursorExpired):
        await issuer(ManualClock(), tickets).open(sealed, "acme")


async def test_an_altered_ticket_is_invalid() -> None:
    tickets = Tickets()
    sealed = await issuer(ManualClock(), tickets).seal(HUGE, "acme")
    with pytest.raises(CursorInvalid):
        await issuer(ManualClock(), tickets).open(sealed[:-5] + "AAAAA", "acme")


async def test_a_ticket_whose_store_cannot_be_asked_says_so() -> None:
    tickets = Tickets()
    sealed = await issuer(ManualClock(), tickets).seal(HUGE, "acme")
    tickets.unreachable = True
    for store in (tickets, None):
        with pytest.raises(CursorStoreUnavailable):
            await issuer(ManualClock(), store).open(sealed, "acme")


async def test_a_ticket_is_of_one_tenant() -> None:
    tickets = Tickets()
    sealed = await issuer(ManualClock(), tickets).seal(HUGE, "acme")
    with pytest.raises(CursorInvalid):
        await issuer(ManualClock(), tickets).open(sealed, "other")


@pytest.mark.parametrize("tickets", [None, Tickets(refusing=True)])
async def test_without_a_store_that_confirms_a_cursor_travels_by_itself_up_to_its_bound(
    tickets: Tickets | None,
) -> None:
    issued = issuer(ManualClock(), tickets)
    sealed = await issued.seal(LARGE, "acme")
    assert TICKET_OVER < len(sealed) <= MAX_LENGTH
    assert await issued.open(sealed, "acme") == LARGE
    with pytest.raises(CursorStoreUnavailable):
        await issued.seal(HUGE, "acme")


async def test_no_cursor_is_longer_than_what_is_taken_back() -> None:
    issued = issuer(ManualClock())
    lengths = []
    for size in range(5280, 5340):
        try:
            sealed = await issued.seal(cursor(size), "acme")
        except CursorStoreUnavailable:
            break
        assert await issued.open(sealed, "acme") == cursor(size)
        lengths.append(len(sealed))
    assert MAX_LENGTH - 2 <= max(lengths) <= MAX_LENGTH


@pytest.mark.parametrize("state", [b"\x00", b"\x00nonsense", b"\x02nonsense", b"\x00\xc0"])
async def test_a_sealed_state_that_cannot_be_read_is_invalid(state: bytes) -> None:
    with pytest.raises(CursorInvalid) as caught:
        await issuer(ManualClock()).open(CODEC.seal(state, "acme"), "acme")
    assert caught.value.reason == "unreadable"
