"""One read for all who wait for it."""

from __future__ import annotations

import asyncio

import pytest

from conference.shared import Shared


class Reads:
    """Reads that end when they are told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.running = asyncio.Event()
        self.may_end = asyncio.Semaphore(0)

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        self.running.set()
        await self.may_end.acquire()
        if number == 3:
            raise OSError("away")
        return number


async def test_who_asks_while_a_read_runs_shares_the_next_one() -> None:
    reads = Reads()
    shared = Shared(reads)
    first = asyncio.create_task(shared.get())
    await reads.running.wait()
    others = [asyncio.create_task(shared.get()) for _ in range(5)]
    await asyncio.sleep(0)
    reads.may_end.release()
    reads.may_end.release()
    assert await first == 1
    assert await asyncio.gather(*others) == [2] * 5


async def test_who_goes_away_takes_nothing_from_the_others_and_a_failure_is_told_to_all() -> None:
    reads = Reads()
    shared = Shared(reads)
    gone, stays = asyncio.create_task(shared.get()), asyncio.create_task(shared.get())
    await reads.running.wait()
    gone.cancel()
    reads.may_end.release()
    assert await stays == 1
    reads.begun = 2
    failing = [asyncio.create_task(shared.get()) for _ in range(2)]
    await asyncio.sleep(0)
    reads.may_end.release()
    for task in failing:
        with pytest.raises(OSError, match="away"):
            await task
    reads.may_end.release()
    assert await shared.get() == 4
