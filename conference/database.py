"""Database work from asynchronous code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
R = TypeVar("R")


async def in_database(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run ``work`` in the thread that may use the database, and close stale connections around it.

    A task that is cancelled meanwhile ends here, though the work may be done: where the thread is just then sending to the
    channel layer, asgiref hands the cancellation to that, and would let the task go on.
    """
    run: Any = database_sync_to_async(work)
    task = asyncio.current_task()
    cancelled = task.cancelling() if task else 0
    result: R = await run(*args, **kwargs)
    if task and task.cancelling() > cancelled:
        raise asyncio.CancelledError
    return result
