"""Work that is done at once for all who ask for it within a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")


class Together(Generic[A, R]):
    """``work`` is given what was asked for and gives an answer for each, in the same order.

    Who asks when nothing has been done for ``apart_s`` does not wait; all who ask within that time are served together after it.
    """

    def __init__(self, work: Callable[[list[A]], Awaitable[list[R]]], *, apart_s: float) -> None:
        self._work = work
        self._apart_s = apart_s
        self._asked: list[tuple[A, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def do(self, item: A) -> R:
        """The answer for ``item``. Raises what the work raises, which then all raise who were served with it."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[R] = loop.create_future()
        self._asked.append((item, answer))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._serve(), name="together")
        return await answer

    async def _serve(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, []
            try:
                for (_, waiting), answer in zip(asked, await self._work([item for item, _ in asked]), strict=True):
                    if not waiting.done():
                        waiting.set_result(answer)
            except Exception as error:
                for _, waiting in asked:
                    if not waiting.done():
                        waiting.set_exception(error)
            await asyncio.sleep(self._apart_s)
