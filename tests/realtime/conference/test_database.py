"""Work in the thread of the database, and what cancels it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from functools import partial

import pytest
from asgiref.sync import async_to_sync

from conference.database import aside, in_database

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_task_that_is_cancelled_while_its_work_sends_does_not_go_on() -> None:
    sending = threading.Event()

    async def send() -> None:
        sending.set()
        await asyncio.sleep(60)

    def work() -> str:
        with contextlib.suppress(asyncio.CancelledError):  # as a layer may that is cut off in the middle
            async_to_sync(send)()
        return "done"

    task = asyncio.create_task(in_database(work))
    await asyncio.to_thread(sending.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await task


async def test_work_gives_its_result_also_under_a_timeout() -> None:
    async with asyncio.timeout(5):
        assert await in_database(lambda: "done") == "done"


async def test_what_is_put_aside_is_done_in_its_order_and_holds_nobody_up() -> None:
    done: list[int] = []
    over = asyncio.Event()

    async def note(number: int) -> None:
        done.append(number)
        if number == 4:
            over.set()

    def work() -> bool:
        return all(aside(partial(note, number)) for number in range(5))

    assert await in_database(work)
    async with asyncio.timeout(5):
        await over.wait()
    assert done == [0, 1, 2, 3, 4]


def test_a_thread_that_no_loop_has_asked_puts_nothing_aside() -> None:
    async def never() -> None:
        raise AssertionError

    assert not aside(never)
