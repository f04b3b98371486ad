"""One answer for all who ask at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

R = TypeVar("R")


class Shared(Generic[R]):
    """A read that is done once for however many wait for it.

    Whoever asks gets what was read *after* they asked: who comes while a read runs shares the next one.
    """

    def __init__(self, read: Callable[[], Awaitable[R]]) -> None:
        self._read = read
        self._running: asyncio.Task[R] | None = None
        self._next: asyncio.Task[R] | None = None

    async def get(self) -> R:
        """What is read from now on. Raises what the read raises; being cancelled takes nothing from the others."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._after(self._running), name="shared-read")
        return await asyncio.shield(self._next)

    async def _after(self, before: asyncio.Task[R] | None) -> R:
        if before is not None:
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        return await self._read()
