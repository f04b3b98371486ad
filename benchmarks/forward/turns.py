"""Turns: a server, its viewers, and one window of measuring."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.forward.load import PACKETS_PER_S, Crowd, Measured
from benchmarks.parts.host import Namespace, core_time, process_seconds
from core.errors import Unavailable

CONNECT_AT_ONCE = 8
CONNECT_TIMEOUT_S = 120.0
SETTLE_S = 2.0
RAMP_STEP, RAMP_WINDOW_S, RAMP_MOST = 150, 5.0, 1800
LOSS_ALLOWED, BUSY_ALLOWED = 0.001, 0.97
PACE_KEPT = 0.97
"""So much of its packets the publisher has to send in a window; less tells of the load's core, not of the server's."""
Begin = Callable[[Coroutine[Any, Any, None]], None]


class Server(Protocol):
    """What both servers can do."""

    name: str
    pids: tuple[int, ...]
    cores: tuple[int, ...]
    """On which it runs, and nothing else does."""
    nominates: bool
    """It chooses the path of those whom it offers something."""

    async def publish(self, offer: str) -> str: ...
    async def subscribe(self, viewer: str) -> str: ...
    async def subscribed(self, viewer: str, answer: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One window with one server."""

    server: str
    viewers: int
    measured: Measured
    core_busy_s: float
    process_s: float

    @property
    def packets_per_core_s(self) -> float:
        return self.measured.forwarded / self.core_busy_s

    @property
    def busy(self) -> float:
        return self.core_busy_s / self.measured.seconds

    def delay_ms(self, fraction: float) -> float:
        delays = sorted(self.measured.delays_ms)
        return delays[min(len(delays) - 1, int(len(delays) * fraction))] if delays else float("nan")

    def line(self) -> str:
        return (
            f"{self.server:8} {self.viewers:5} viewers  {self.measured.forwarded / self.measured.seconds:9,.0f} packets/s  "
            f"core {self.busy:6.1%}  {self.packets_per_core_s:9,.0f} packets/core-s  "
            f"delay p50 {self.delay_ms(0.5):6.2f} p99 {self.delay_ms(0.99):6.2f} ms  worst loss {self.measured.worst_loss:.3%}"
        )


async def add_viewers(server: Server, crowd: Crowd, count: int, begin: Begin) -> None:
    """Connect ``count`` more; ``begin`` starts what then goes on."""
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)

    async def add() -> None:
        async with gate:
            viewer = crowd.new_viewer()
            name = f"viewer{len(crowd.viewers)}"
            answer = viewer.answer(await server.subscribe(name))
            await server.subscribed(name, viewer.link.with_candidate(answer))
            begin(viewer.run())
            await viewer.link.connected.wait()

    async with asyncio.timeout(CONNECT_TIMEOUT_S), asyncio.TaskGroup() as adding:
        for _ in range(count):
            adding.create_task(add())


async def measure(server: Server, crowd: Crowd, seconds: float) -> Turn:
    """One window."""
    before = _busy_s(server), _used_s(server)
    measured = await crowd.measure(seconds)
    return Turn(server.name, len(crowd.viewers), measured, _busy_s(server) - before[0], _used_s(server) - before[1])


def _busy_s(server: Server) -> float:
    return sum(core_time(core).busy for core in server.cores)


def _used_s(server: Server) -> float:
    return sum(process_seconds(pid) for pid in server.pids)


@asynccontextmanager
async def session(server: Server, net: Namespace) -> AsyncIterator[tuple[Crowd, Begin]]:
    """A crowd whose publisher sends; all of it ends at the end."""
    crowd = Crowd(net.outside, nominated=server.nominates)
    async with asyncio.TaskGroup() as lives:
        offer = crowd.publisher.offer()
        answer = await server.publish(crowd.publisher.link.with_candidate(offer))
        living = [lives.create_task(crowd.publisher.run(answer))]

        def begin(work: Coroutine[Any, Any, None]) -> None:
            living.append(lives.create_task(work))

        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await crowd.publisher.link.connected.wait()
        begin(crowd.publisher.send())
        begin(crowd.give_feedback())
        yield crowd, begin
        for task in living:
            task.cancel()


async def turn(server: Server, net: Namespace, viewers: int, seconds: float) -> Turn:
    """Connect, let it settle, measure, take leave."""
    async with session(server, net) as (crowd, begin):
        await add_viewers(server, crowd, viewers, begin)
        await asyncio.sleep(SETTLE_S)
        made = await measure(server, crowd, seconds)
    print("  " + made.line(), flush=True)
    return made


async def ramp(server: Server, net: Namespace) -> int:
    """The most viewers that lose nothing on this core, in steps."""
    held = 0
    async with session(server, net) as (crowd, begin):
        while len(crowd.viewers) < RAMP_MOST:
            if not await _took(server, crowd, begin):
                print("  no more are taken in time", flush=True)
                break
            await asyncio.sleep(SETTLE_S)
            made = await measure(server, crowd, RAMP_WINDOW_S)
            print("  " + made.line(), flush=True)
            if made.measured.published < PACE_KEPT * PACKETS_PER_S * made.measured.seconds:
                print("  the load itself falls behind: more cannot be told here", flush=True)
                break
            if made.measured.worst_loss > LOSS_ALLOWED or made.busy > BUSY_ALLOWED:
                break
            held = len(crowd.viewers)
    return held


async def _took(server: Server, crowd: Crowd, begin: Begin) -> bool:
    """Whether it has taken as many viewers more; one whose core is full answers too late."""
    took = True
    try:
        await add_viewers(server, crowd, RAMP_STEP, begin)
    except* (Unavailable, TimeoutError):
        took = False
    return took
