"""Work done at once for all who ask within a moment."""

from __future__ import annotations

import asyncio

import pytest

from conference.together import Together


class Doubling:
    """Doubles numbers; fails where one is negative."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def __call__(self, numbers: list[int]) -> list[int]:
        self.batches.append(numbers)
        await asyncio.sleep(0)
        if min(numbers) < 0:
            raise ValueError("negative")
        return [2 * number for number in numbers]


async def test_the_first_does_not_wait_and_those_who_follow_are_served_together() -> None:
    work = Doubling()
    together = Together(work, apart_s=0.01)
    answers = [asyncio.create_task(together.do(number)) for number in (1,)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    answers += [asyncio.create_task(together.do(number)) for number in (2, 3, 4)]
    assert await asyncio.gather(*answers) == [2, 4, 6, 8]
    assert work.batches == [[1], [2, 3, 4]]
    assert await together.do(5) == 10


async def test_a_failure_is_told_to_those_it_concerns_and_who_goes_away_takes_nothing_from_the_others() -> None:
    work = Doubling()
    together = Together(work, apart_s=0)
    failing = [asyncio.create_task(together.do(number)) for number in (1, -1)]
    for task in failing:
        with pytest.raises(ValueError, match="negative"):
            await task
    gone, stays = asyncio.create_task(together.do(1)), asyncio.create_task(together.do(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 4
