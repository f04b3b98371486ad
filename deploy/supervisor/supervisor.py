"""All programs of one run: start, watch, tell when they answer, and end together with nothing left over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from deploy.supervisor.child import Child, Program
from deploy.supervisor.kernel import adopt_orphans, descendants, reap, signal_all
from deploy.supervisor.logbook import Logbook

FATAL_RESTARTS = 3
"""A program that dies this often before everything was ready once will not become better by itself."""
_POLL_S = 0.2


class NeverReady(Exception):
    """The run did not come up; ``child`` names the program that keeps dying, where there is one."""

    def __init__(self, child: str | None) -> None:
        super().__init__(child or "timeout")
        self.child = child


class Supervisor:
    """Runs programs until a SIGINT or SIGTERM (then :meth:`run` returns) or until they prove unable to start.

    ``ready`` is asked again and again until it says yes (at most ``ready_timeout_s``); then ``announce`` is called, once.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        logbook: Logbook,
        *,
        ready: Callable[[], Awaitable[bool]],
        announce: Callable[[], None],
        ready_timeout_s: float = 90.0,
    ) -> None:
        self._children = [Child(program, logbook) for program in programs]
        self._logbook = logbook
        self._ready = ready
        self._announce = announce
        self._ready_timeout_s = ready_timeout_s
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Raises NeverReady; whatever happens, no process that was started is alive afterwards."""
        adopt_orphans()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop, number)
        try:
            await self._run()
        finally:
            await self._sweep()
            self._logbook.event("stopped")

    async def _run(self) -> None:
        tasks = [asyncio.create_task(child.keep(), name=child.program.name) for child in self._children]
        starting = asyncio.create_task(self._become_ready(), name="readiness")
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        running: list[asyncio.Task[Any]] = [starting, stopping, *tasks]
        try:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and not self._stop.is_set():
                starting.result()
                await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _become_ready(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._ready_timeout_s):
                while not await self._ready():
                    for child in self._children:
                        if child.restarts >= FATAL_RESTARTS:
                            raise NeverReady(child.program.name)
                    await asyncio.sleep(_POLL_S)
                self._logbook.event("ready")
                self._announce()
                return
        raise NeverReady(None)

    def _asked_to_stop(self, number: signal.Signals) -> None:
        if self._stop.is_set():
            # Asked twice: no more grace.
            signal_all(descendants(os.getpid()), signal.SIGKILL)
            return
        self._logbook.event("stopping", "đang dừng… · stopping…", signal=number.name)
        self._stop.set()

    async def _sweep(self) -> None:
        """End descendants that left their group or whose parent was killed: they are our children now (adopted)."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for _ in range(15):
                reap()
                left = descendants(os.getpid())
                if not left:
                    return
                signal_all(left, number)
                await asyncio.sleep(0.1)
