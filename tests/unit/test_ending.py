"""Ending tasks, also those that lose a cancellation."""

from __future__ import annotations

import asyncio

import pytest

from core import ending


async def stubborn(deaf: int) -> None:
    """Goes on after the first ``deaf`` cancellations."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if deaf == 0:
                raise
            deaf -= 1


@pytest.mark.parametrize("deaf", [0, 1, 3])
async def test_a_task_that_loses_cancellations_is_ended_all_the_same(deaf: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.01)
    both = [asyncio.create_task(stubborn(deaf)), asyncio.create_task(stubborn(0))]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await ending.end(*both)
    assert [task.cancelled() for task in both] == [True, True]


async def test_nothing_to_end_is_no_work() -> None:
    await ending.end()


async def test_what_a_task_raised_is_not_raised_again() -> None:
    async def fail() -> None:
        raise ValueError("broken")

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await ending.end(task)
    assert isinstance(task.exception(), ValueError)


async def test_who_waits_for_the_end_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 60)
    task = asyncio.create_task(stubborn(1))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(ending.end(task))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await ending.end(task)
