import asyncio

import pytest

from gateway.core.limit import TimeLimit


async def never() -> None:
    await asyncio.get_running_loop().create_future()


async def test_what_ends_in_time_is_left_alone() -> None:
    with TimeLimit(60):
        await asyncio.sleep(0)


async def test_what_takes_too_long_is_cancelled_and_times_out() -> None:
    seen = []

    async def work() -> None:
        try:
            await never()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    with pytest.raises(TimeoutError), TimeLimit(0):
        await work()
    assert seen == ["cancelled"]
    await asyncio.sleep(0)  # the task itself is not cancelled


@pytest.mark.parametrize("seconds", [60, 0], ids=["before the end of the time", "together with it"])
async def test_a_cancellation_from_elsewhere_stays_one(seconds: float) -> None:
    async def work() -> None:
        with TimeLimit(seconds):
            await never()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0, task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_limit_inside_of_another_ends_its_own_body_alone() -> None:
    with TimeLimit(60):
        with pytest.raises(TimeoutError), TimeLimit(0):
            await never()
        await asyncio.sleep(0)


async def test_a_limit_around_another_passes_through_it() -> None:
    with pytest.raises(TimeoutError), TimeLimit(0), TimeLimit(60):
        await never()


async def test_an_error_on_the_way_out_is_the_one_that_counts() -> None:
    async def work() -> None:
        try:
            await never()
        finally:
            raise ValueError("on the way out")

    with pytest.raises(ValueError, match="on the way out"), TimeLimit(0):
        await work()
    await asyncio.sleep(0)
