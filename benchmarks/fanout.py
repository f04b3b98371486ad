"""``./diemcau bench fanout``: an event of the chair's, from its command to the last of a thousand pages, on the whole product."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.parts import report
from benchmarks.parts.host import environment, process_seconds, resident_mib, spread
from benchmarks.parts.listener import listen
from conference import protocol
from core.ids import new_id
from deploy.command.simulate.websocket import Closed, WebSocket, connect
from tests.support.product import ROOT, Product, running

JOIN_AT_ONCE = 32
JOIN_TIMEOUT_S, EVENT_TIMEOUT_S = 300.0, 20.0
PAUSE_S = 2.1
"""Nobody may chat faster for long (conference.consumer)."""
WARM_UP = 3
MOST_MS = 150


@dataclass
class Arrivals:
    """When an event came to each page."""

    wanted: int
    text: bytes = b""
    at_s: list[float] = field(default_factory=list)
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, frame: bytes) -> None:
        """A page got a frame."""
        if self.text and self.text in frame:
            self.at_s.append(time.monotonic())
            if len(self.at_s) >= self.wanted:
                self.complete.set()

    def expect(self, text: str) -> None:
        """From now on count this one."""
        self.text, self.at_s = text.encode(), []
        self.complete.clear()


async def page(url: str, session: str, cookies: str, arrivals: Arrivals, joined: asyncio.Event) -> None:
    """A page that listens and beats, until cancelled or closed."""

    def hear(frame: bytes) -> None:
        if not joined.is_set() and b'"welcome"' in frame[:40]:
            joined.set()
        arrivals.note(frame)

    listener = await listen(url, f"/ws/session/{session}/", cookies, hear)
    listener.say(_say(protocol.Hello(type="hello", version=protocol.VERSION, page=new_id())))
    try:
        for number in itertools.count(1):
            done, _ = await asyncio.wait([listener.closed], timeout=protocol.HEARTBEAT_S)
            if done:
                raise RuntimeError("a page was closed")
            listener.say(_say(protocol.Heartbeat(type="heartbeat", number=number, media_flowing=True)))
    finally:
        listener.close()


def _say(command: protocol.Command) -> str:
    return command.model_dump_json(exclude_none=True)


async def measure(product: Product, crowd: dict[str, Any], events: int) -> dict[str, float]:
    """Join them all, then send events and wait for each to be everywhere."""
    delegates: list[str] = crowd["delegates"]
    arrivals = Arrivals(len(delegates))
    gate = asyncio.Semaphore(JOIN_AT_ONCE)
    began_s = time.monotonic()
    async with _pages(product, crowd, arrivals, gate):
        joining_s = time.monotonic() - began_s
        print(f"  {len(delegates)} pages joined in {joining_s:.1f} s; web is process {product.pid_of('web')}", flush=True)
        chair = await connect(product.url, f"/ws/session/{crowd['session']}/", crowd["chair"])
        await chair.send(_say(protocol.Hello(type="hello", version=protocol.VERSION, page=new_id())))
        while '"welcome"' not in await chair.receive():
            pass
        listening = asyncio.create_task(_drain(chair))
        web = product.pid_of("web")
        all_ms, last_ms, cpu_s = [], [], []
        for number in range(events + WARM_UP):
            await chair.send(_say(protocol.Heartbeat(type="heartbeat", number=number, media_flowing=False)))
            await asyncio.sleep(PAUSE_S)
            text = f"thong bao {number:03} {new_id()}"
            arrivals.expect(text)
            cpu = process_seconds(web)
            sent_s = time.monotonic()
            await chair.send(_say(protocol.ChatSend(type="chat.send", room="all", text=text)))
            async with asyncio.timeout(EVENT_TIMEOUT_S):
                await arrivals.complete.wait()
            if number >= WARM_UP:
                delays = [(at_s - sent_s) * 1000 for at_s in arrivals.at_s]
                all_ms += delays
                last_ms.append(max(delays))
                cpu_s.append(process_seconds(web) - cpu)
        listening.cancel()
        await chair.close()
        all_ms.sort()
        return {
            "clients": len(delegates),
            "events": events,
            "p50_ms": round(all_ms[len(all_ms) // 2], 1),
            "p99_ms": round(all_ms[int(len(all_ms) * 0.99)], 1),
            "last_ms": round(spread(last_ms)[0], 1),
            "web_cpu_ms_an_event": round(1000 * spread(cpu_s)[0], 1),
            "web_mib": round(resident_mib(web)),
            "joining_s": round(joining_s, 1),
        }


@contextlib.asynccontextmanager
async def _pages(product: Product, crowd: dict[str, Any], arrivals: Arrivals, gate: asyncio.Semaphore) -> AsyncIterator[None]:
    async def enter(cookies: str, group: asyncio.TaskGroup, pages: list[asyncio.Task[None]]) -> None:
        joined = asyncio.Event()
        async with gate:
            pages.append(group.create_task(page(product.url, crowd["session"], cookies, arrivals, joined)))
            await joined.wait()

    async with asyncio.TaskGroup() as group:
        pages: list[asyncio.Task[None]] = []
        async with asyncio.timeout(JOIN_TIMEOUT_S), asyncio.TaskGroup() as entering:
            for cookies in crowd["delegates"]:
                entering.create_task(enter(cookies, group, pages))
        yield
        for each in pages:
            each.cancel()


async def _drain(socket: WebSocket) -> None:
    with contextlib.suppress(Closed):
        while True:
            await socket.receive()


def main() -> int:
    parser = argparse.ArgumentParser(prog="diemcau bench fanout", description=__doc__)
    parser.add_argument("--clients", type=int, default=1000, metavar="N")
    parser.add_argument("--events", type=int, default=30, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as product:
        env = environment({"DIEMCAU_DATA": str(product.data)})
        argv = [sys.executable, "-m", "benchmarks.parts.crowd", "delegates", str(options.clients)]
        made = subprocess.run(argv, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
        figures = asyncio.run(measure(product, json.loads(made.stdout.splitlines()[-1]), options.events))
    report.write("fanout", figures, options.json)
    return report.judged({f"p99 at most {MOST_MS} ms": figures["p99_ms"] <= MOST_MS})


if __name__ == "__main__":
    sys.exit(main())
