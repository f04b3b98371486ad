"""A media plane that remembers what it was told and says what the test wants it to say."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

from core.errors import Unavailable
from media.errors import bad_sdp
from media.plane import Direction, PlaneEvent, Program


class FakePlane:
    """Implements :class:`media.plane.MediaPlane`. ``down``: it does not answer."""

    def __init__(self) -> None:
        self.programs: dict[str, list[Program]] = defaultdict(list)
        self.dropped: list[tuple[str, str]] = []
        self.dropped_ways: list[Direction | None] = []
        self.watched: dict[tuple[str, str], str] = {}
        self.published: dict[tuple[str, str], str] = {}
        self.subscribed_with: dict[tuple[str, str], str] = {}
        self.down = False
        self._changed = asyncio.Event()
        self._events: asyncio.Queue[PlaneEvent] = asyncio.Queue(1000)

    def _answer(self) -> None:
        if self.down:
            raise Unavailable("media.unavailable", "The media server is not answering.")

    async def set_program(self, session: str, program: Program) -> None:
        self._answer()
        kept = self.programs[session]
        if not kept or program.seq >= kept[-1].seq:
            kept.append(program)
        self._changed.set()

    async def program_where(self, session: str, fits: object) -> Program:
        """The newest program of the session once ``fits(program)`` holds of it."""
        assert callable(fits)
        async with asyncio.timeout(5):
            while True:
                if self.programs[session] and fits(self.programs[session][-1]):
                    return self.programs[session][-1]
                self._changed.clear()
                await self._changed.wait()

    async def publish(self, session: str, peer: str, offer_sdp: str) -> str:
        self._answer()
        if "v=0" not in offer_sdp:
            raise bad_sdp()
        self.published[session, peer] = offer_sdp
        return f"v=0 answer for {peer}"

    async def subscribe(self, session: str, peer: str) -> str:
        self._answer()
        return f"v=0 offer for {peer}"

    async def subscribed(self, session: str, peer: str, answer_sdp: str) -> None:
        self._answer()
        self.subscribed_with[session, peer] = answer_sdp

    async def watch(self, session: str, peer: str, offer_sdp: str) -> str:
        self._answer()
        if "v=0" not in offer_sdp:
            raise bad_sdp()
        self.watched[session, peer] = offer_sdp
        return f"v=0 answer for player {peer}"

    async def drop(self, session: str, peer: str, direction: Direction | None = None) -> None:
        self._answer()
        self.dropped.append((session, peer))
        self.dropped_ways.append(direction)

    def say(self, event: PlaneEvent) -> None:
        """Something happens in the plane."""
        self._events.put_nowait(event)

    async def events(self) -> AsyncIterator[PlaneEvent]:
        while True:
            yield await self._events.get()
