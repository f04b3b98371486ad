"""The whole product with one session in it: a chair, and a presenter who sends the clapboard (:mod:`tests.support.clapboard`)."""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import contextlib
import json
import os
import re
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from conference import protocol
from core.clock import monotonic_s
from deploy.command.simulate.__main__ import Company
from deploy.command.simulate.page import Page
from deploy.command.simulate.visitor import read_cast
from media.simpeer_clip import Clip
from tests.support.clapboard import Performance
from tests.support.product import Product

ENTER_TIMEOUT_S, PLAYABLE_TIMEOUT_S = 60.0, 120.0
ASK_S = 0.05
_CONFIG = re.compile(r'<script id="replay-config" type="application/json">(.*?)</script>', re.DOTALL)


@dataclass
class Stage:
    """A session that is live, with the clapboard as its picture and sound."""

    product: Product
    session: str
    cookies: str
    chair: Page
    speaker: Page
    performance: Performance

    @property
    def folder(self) -> Path:
        """Of the recording, below ``recordings/``."""
        return next(path for path in (self.product.data / "recordings").iterdir() if path.is_dir())

    def kill(self, name: str) -> float:
        """Kill -9 of ``egress``, or of ``node``, ``worker``, ``web``; the moment, s since 1970."""
        pids = egress_pids(self.product.data) if name == "egress" else [self.product.pid_of(name)]
        assert pids, f"no {name} runs"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        if name == "node":  # what is sent from now on reaches nobody, though the pages have yet to notice
            for connection in (self.chair.up, self.chair.down, self.speaker.up, self.speaker.down):
                if connection is not None:
                    connection.link.connected.clear()
        return time.time()

    async def end(self) -> float:
        """End the session; the monotonic moment at which that was said."""
        ended_s = monotonic_s()
        await self.chair.do(protocol.SessionTo(type="session.to", state="ended"))
        return ended_s

    async def until_playable(self) -> tuple[float, dict[str, Any]]:
        """Wait until the replay's page plays to the end: the monotonic moment, and what its player was given.

        Asked as the page asks, again and again; it counts when the playlist that the page names leads to a media playlist with
        an end, whose last segment comes. Raises TimeoutError.
        """
        async with asyncio.timeout(PLAYABLE_TIMEOUT_S):
            while True:
                config = await asyncio.to_thread(self._playable)
                if config is not None:
                    return monotonic_s(), config
                await asyncio.sleep(ASK_S)

    def _playable(self) -> dict[str, Any] | None:
        page = f"{self.product.url}/phien/{self.session}/xem-lai/"
        found = _CONFIG.search(self.get(page).decode())
        if found is None:
            return None
        config: dict[str, Any] = json.loads(unescape(found[1]))
        if config["live"]:  # the page still plays it as a broadcast
            return None
        try:
            master = urljoin(page, config["master"])
            media = urljoin(master, _uris(self.get(master).decode())[0])
            listed = self.get(media).decode()
            if "#EXT-X-ENDLIST" not in listed:
                return None
            self.get(urljoin(media, _uris(listed)[-1]))
        except (urllib.error.HTTPError, KeyError, IndexError):
            return None
        return config

    def get(self, url: str) -> bytes:
        """What the presenter gets at an address. Raises HTTPError."""
        request = urllib.request.Request(url, headers={"Cookie": self.cookies})  # noqa: S310  (our own address)
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return bytes(answer.read())


def _uris(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


@contextlib.asynccontextmanager
async def staged(product: Product, loop: Clip) -> AsyncIterator[Stage]:
    """A session goes live and the clapboard is sent, until the end of the block."""
    cast = read_cast(product.data)
    company = Company(argparse.Namespace(address=product.url))
    speaker = await company.enter(cast.presenter)
    visit = speaker._visit
    company.session = speaker._session = visit.session or ""
    chair = await company.enter(cast.chair)
    performance = Performance(loop, lambda: speaker.sending, speaker.clock)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(page.run()) for page in (chair, speaker)]
        async with asyncio.timeout(ENTER_TIMEOUT_S):
            await chair.until(lambda: True)
            await speaker.until(lambda: speaker.sending is not None)
            for state in ("open", "live"):
                if chair.program.state in ("scheduled", "open") and chair.program.state != state:
                    await chair.do(protocol.SessionTo(type="session.to", state=state))
                    await chair.until(lambda wanted=state: chair.program.state == wanted)  # type: ignore[misc]
            await chair.do(protocol.PresenterSet(type="presenter.set", seat=speaker.seat))
        tasks.append(group.create_task(performance.run()))
        yield Stage(product, company.session, visit.cookies, chair, speaker, performance)
        for task in tasks:
            task.cancel()


@dataclass(frozen=True, slots=True)
class Beside:
    """A stage that runs in a thread of its own, for tests that are not themselves in an event loop."""

    stage: Stage
    _events: asyncio.AbstractEventLoop

    def end(self) -> None:
        """End the session."""
        asyncio.run_coroutine_threadsafe(self.stage.end(), self._events).result(ENTER_TIMEOUT_S)


@contextlib.contextmanager
def staged_beside(product: Product, loop: Clip) -> Iterator[Beside]:
    """:func:`staged`, in a thread of its own."""
    entered: concurrent.futures.Future[Beside] = concurrent.futures.Future()
    leave = threading.Event()

    async def hold() -> None:
        async with staged(product, loop) as stage:
            entered.set_result(Beside(stage, asyncio.get_running_loop()))
            await asyncio.to_thread(leave.wait)

    def run() -> None:
        try:
            asyncio.run(hold())
        except BaseException as error:
            if entered.done():
                raise
            entered.set_exception(error)

    thread = threading.Thread(target=run, name="stage")
    thread.start()
    try:
        yield entered.result()
    finally:
        leave.set()
        thread.join()


def egress_pids(data: Path) -> list[int]:
    """The processes that compose the recordings of a data folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().split(b"\0")
            if b"media.egress" in words and str(data).encode() in words:
                found.append(int(path.parent.name))
    return found
