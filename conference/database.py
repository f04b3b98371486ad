"""Database work from asynchronous code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
R = TypeVar("R")


async def in_database(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run ``work`` in the thread that may use the database, and close stale connections around it."""
    run: Any = database_sync_to_async(work)
    result: R = await run(*args, **kwargs)
    return result
