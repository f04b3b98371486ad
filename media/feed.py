"""A bounded queue of plane events for one reader, with a stated overflow rule."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Feed(Generic[T]):
    """Keeps at most ``bound`` items for one reader. When full, the oldest *expendable* item goes (link quality: the next one
    says it anew); where there is none, the oldest of all."""

    def __init__(self, bound: int = 1000) -> None:
        self._items: deque[tuple[bool, T]] = deque()
        self._bound = bound
        self._ready = asyncio.Event()
        self.lost = 0

    def put(self, item: T, *, expendable: bool = False) -> None:
        """Add an item; never blocks."""
        if len(self._items) >= self._bound:
            self._make_room()
        self._items.append((expendable, item))
        self._ready.set()

    async def get(self) -> T:
        """The oldest item; waits until there is one."""
        while not self._items:
            self._ready.clear()
            await self._ready.wait()
        return self._items.popleft()[1]

    async def get_all(self) -> list[T]:
        """All that there is, the oldest first; waits until there is something."""
        found = [await self.get(), *(item for _, item in self._items)]
        self._items.clear()
        return found

    def __len__(self) -> int:
        return len(self._items)

    def _make_room(self) -> None:
        self.lost += 1
        for position, (expendable, _) in enumerate(self._items):
            if expendable:
                del self._items[position]
                return
        self._items.popleft()
