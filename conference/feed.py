"""One session in one web process: its events are heard once from the channel layer and told to each of its pages here.

However many pages there are, the layer has one channel to fill, and what pages are sent is made once. Each page takes what it is
told without waiting: the server under it bounds what a slow one may leave lying (:mod:`deploy.web`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

import structlog
from channels.layers import get_channel_layer
from pydantic import BaseModel

from conference import groups, selectors
from conference.database import in_database
from conference.gathering import Gathering, Told
from conference.protocol import Snapshot
from conference.shared import Shared
from core.clock import monotonic_s
from core.ending import end

log = structlog.get_logger(__name__)

RETRY_S = 1.0
LISTEN_TIMEOUT_S = 3.0
GOODBYE_TIMEOUT_S = 5.0
SLICE = 50
"""After so many pages others have their turn on the loop: their bytes leave while the next are still being told."""


class Page(Protocol):
    """A connection of this process that has a seat."""

    @property
    def session_id(self) -> str: ...

    @property
    def seat_id(self) -> str: ...

    @property
    def operates(self) -> bool:
        """Whether it may see everybody's links."""

    @property
    def negotiated_ms(self) -> int:
        """When its media was last negotiated; 0 for never on this connection."""

    async def tell(self, message: BaseModel) -> None:
        """Send what only this page is told."""

    async def hear(self, told: Told) -> None:
        """Take an event, in its order."""

    def lost_seat(self, connection: str, page: str) -> None:
        """``connection`` of ``page`` has taken the seat."""

    def doubt(self, person: int) -> None:
        """The rights of ``person`` may have changed."""

    def misses(self, seq: int) -> bool:
        """Events up to ``seq`` have left; whether the page misses one that cannot be under way any more."""

    async def renew(self) -> None:
        """Give the page a new snapshot."""


class Feed:
    """See the module. :meth:`start` it, and :meth:`aclose` it when the last page is gone."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._pages: dict[str, list[Page]] = {}  # by seat
        self._gathering = Gathering()
        self._woken = asyncio.Event()
        self._listening = asyncio.Event()
        self._layer: Any = get_channel_layer()
        self._channel = ""
        self._task: asyncio.Task[None] | None = None
        self._snapshots = {technicians: Shared(partial(self._read, technicians)) for technicians in (True, False)}

    # Pages ----------------------------------------------------------------------------------------------------------------
    def add(self, page: Page) -> None:
        self._pages.setdefault(page.seat_id, []).append(page)

    def discard(self, page: Page) -> None:
        """Does nothing for a page that is not there."""
        pages = self._pages.get(page.seat_id, [])
        if page in pages:
            pages.remove(page)
        if not pages:
            self._pages.pop(page.seat_id, None)

    def __bool__(self) -> bool:
        return bool(self._pages)

    def __iter__(self) -> Iterator[Page]:
        return iter([page for pages in self._pages.values() for page in pages])

    def of(self, seat: str) -> list[Page]:
        """The pages of one seat: more than one for a moment, when another takes it."""
        return list(self._pages.get(seat, ()))

    # Life -----------------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"feed-{self._session_id}")

    async def aclose(self) -> None:
        if self._task is not None:
            await end(self._task)

    async def listening(self) -> None:
        """Until every event from now on is heard. Where the layer does not answer in time the pages go on without it: the clock
        heals them (:meth:`catch_up`)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTEN_TIMEOUT_S):
                await self._listening.wait()

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            except Exception:
                log.exception("session.feed_failed", session=self._session_id)
            await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        group = groups.session_group(self._session_id)
        self._channel = await self._layer.new_channel()
        await self._layer.group_add(group, self._channel)
        self._listening.set()
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._hear())
                both.create_task(self._tell())
        finally:
            self._listening.clear()
            async with asyncio.timeout(GOODBYE_TIMEOUT_S):
                await self._layer.group_discard(group, self._channel)

    # Events ---------------------------------------------------------------------------------------------------------------
    async def _hear(self) -> None:
        while True:
            push: groups.Push = await self._layer.receive(self._channel)
            if "seq" in push:
                self._gathering.add(push, monotonic_s())
                self._woken.set()
            elif "taken_seat" in push:
                for page in self.of(push["taken_seat"]):
                    page.lost_seat(push["taken_by"], push["taken_page"])
            elif "doubted" in push:
                for page in self:
                    page.doubt(push["doubted"])

    async def _tell(self) -> None:
        while True:
            due_s = self._gathering.due_s
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due_s - monotonic_s()) if due_s is not None else None):
                    await self._woken.wait()
            self._woken.clear()
            for told in self._gathering.take(monotonic_s()):
                await self._pass_on(told)

    async def _pass_on(self, told: Told) -> None:
        for number, page in enumerate(self, start=1):
            try:
                await page.hear(told)
            except Exception:  # it is about to go: its own tasks will notice
                log.warning("session.page_not_told", session=self._session_id, seat=page.seat_id, exc_info=True)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    # Snapshots ------------------------------------------------------------------------------------------------------------
    async def snapshot(self, *, technicians: bool) -> Snapshot:
        """The session as it is now or a moment later; ``technicians``: with the technicians' chat."""
        return await self._snapshots[technicians].get()

    async def _read(self, technicians: bool) -> Snapshot:
        return await in_database(selectors.snapshot, self._session_id, technicians=technicians)

    async def catch_up(self, seq: int) -> None:
        """Events up to ``seq`` have left: pages that missed one are given a new snapshot."""
        behind = [page for page in self if page.misses(seq)]
        if not behind:
            return
        if self._listening.is_set():  # layers forget a group's members, after a day or when a message was left lying
            await self._layer.group_add(groups.session_group(self._session_id), self._channel)
        await asyncio.gather(*(self._renew(page) for page in behind))

    async def _renew(self, page: Page) -> None:
        try:
            await page.renew()
        except Exception:
            log.warning("session.page_not_renewed", session=self._session_id, seat=page.seat_id, exc_info=True)
