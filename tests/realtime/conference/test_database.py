"""Work in the thread of the database, and what cancels it."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest
from asgiref.sync import async_to_sync

from conference.database import in_database

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
