"""Database work from asynchronous code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
R = TypeVar("R")


_asking: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("asking", default=None)
_aside: set[asyncio.Task[None]] = set()


def aside(work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
    """Have the loop that asked for the work of this thread do ``work``, without waiting for it; False where none did.

    What is put aside begins in the order in which it was. A thread that waited would hold up everybody who needs the database,
    for as long as the loop is busy.
    """
    loop = _asking.get()
    if loop is None or not loop.is_running():
        return False
    loop.call_soon_threadsafe(_begin, work)
    return True


def _begin(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    task = asyncio.get_running_loop().create_task(work())
    _aside.add(task)
    task.add_done_callback(_aside.discard)


async def in_database(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run ``work`` in the thread that may use the database, and close stale connections around it.

    A task that is cancelled meanwhile ends here, though the work may be done: where the thread is just then sending to the
    channel layer, asgiref hands the cancellation to that, and would let the task go on.
    """
    run: Any = database_sync_to_async(work)
    task = asyncio.current_task()
    cancelled = task.cancelling() if task else 0
    asking = _asking.set(asyncio.get_running_loop())
    try:
        result: R = await run(*args, **kwargs)
    finally:
        _asking.reset(asking)
    if task and task.cancelling() > cancelled:
        raise asyncio.CancelledError
    return result
