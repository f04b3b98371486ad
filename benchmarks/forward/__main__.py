"""``./diemcau bench forward``: see the package."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks import report
from benchmarks.forward import janus, ours
from benchmarks.forward.load import PACKETS_PER_S, SAMPLE_EVERY, Crowd, Measured
from benchmarks.host import Namespace, NotHere, core_time, environment, namespace, process_seconds, spread

CORE = 0
"""The servers'; all else runs on the others."""
CONNECT_AT_ONCE = 8
CONNECT_TIMEOUT_S = 120.0
SETTLE_S = 2.0
RAMP_STEP, RAMP_WINDOW_S, RAMP_MOST = 150, 5.0, 1800
LEAST_RATIO = 2.2
LOSS_ALLOWED, BUSY_ALLOWED = 0.001, 0.97


class Server(Protocol):
    """What both servers can do."""

    name: str
    pid: int
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


async def add_viewers(server: Server, crowd: Crowd, count: int, lives: asyncio.TaskGroup) -> None:
    """Connect ``count`` more."""
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)

    async def add() -> None:
        async with gate:
            viewer = crowd.new_viewer()
            name = f"viewer{len(crowd.viewers)}"
            answer = viewer.answer(await server.subscribe(name))
            await server.subscribed(name, viewer.link.with_candidate(answer))
            lives.create_task(viewer.run())
            await viewer.link.connected.wait()

    async with asyncio.timeout(CONNECT_TIMEOUT_S), asyncio.TaskGroup() as adding:
        for _ in range(count):
            adding.create_task(add())


async def measure(server: Server, crowd: Crowd, seconds: float) -> Turn:
    """One window."""
    core, process = core_time(CORE), process_seconds(server.pid)
    measured = await crowd.measure(seconds)
    return Turn(
        server.name, len(crowd.viewers), measured, core_time(CORE).busy - core.busy, process_seconds(server.pid) - process
    )


@asynccontextmanager
async def session(server: Server, net: Namespace) -> AsyncIterator[tuple[Crowd, asyncio.TaskGroup]]:
    """A crowd whose publisher sends; all of it ends at the end."""
    crowd = Crowd(net.outside, nominated=server.nominates)
    async with asyncio.TaskGroup() as lives:
        offer = crowd.publisher.offer()
        answer = await server.publish(crowd.publisher.link.with_candidate(offer))
        living = [lives.create_task(crowd.publisher.run(answer))]
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await crowd.publisher.link.connected.wait()
        living += [lives.create_task(crowd.publisher.send()), lives.create_task(crowd.give_feedback())]
        yield crowd, lives
        for task in lives._tasks:
            task.cancel()


async def turn(server: Server, net: Namespace, viewers: int, seconds: float) -> Turn:
    """Connect, let it settle, measure, take leave."""
    async with session(server, net) as (crowd, lives):
        await add_viewers(server, crowd, viewers, lives)
        await asyncio.sleep(SETTLE_S)
        made = await measure(server, crowd, seconds)
    print("  " + made.line(), flush=True)
    return made


async def ramp(server: Server, net: Namespace) -> int:
    """The most viewers that lose nothing on this core, in steps."""
    held = 0
    async with session(server, net) as (crowd, lives):
        while len(crowd.viewers) < RAMP_MOST:
            await add_viewers(server, crowd, RAMP_STEP, lives)
            await asyncio.sleep(SETTLE_S)
            made = await measure(server, crowd, RAMP_WINDOW_S)
            print("  " + made.line(), flush=True)
            if made.measured.worst_loss > LOSS_ALLOWED or made.busy > BUSY_ALLOWED:
                break
            held = len(crowd.viewers)
    return held


async def limit(net: Namespace, viewers: int, seconds: float) -> float:
    """Packets per core-second of a bare loop of protect and send."""
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []

    def drain(sink: socket.socket, buffer: bytearray) -> None:
        try:
            for _ in range(64):
                sink.recv_into(buffer)
        except OSError:
            return

    try:
        base = 40_000
        for number in range(viewers):
            sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            sockets.append(sink)
            sink.bind((net.outside, base + number))
            loop.add_reader(sink, drain, sink, bytearray(2048))
        arguments = [net.outside, str(base), str(viewers), str(seconds), str(CORE)]
        process = await asyncio.create_subprocess_exec(
            *net.command(sys.executable, "-m", "benchmarks.forward.limit", *arguments, core=CORE),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        out, _ = await process.communicate()
        found = json.loads(out.splitlines()[-1])
        return float(found["packets"] / found["busy_s"])
    finally:
        for sink in sockets:
            loop.remove_reader(sink)
            sink.close()


async def run(options: argparse.Namespace) -> dict[str, float]:
    """All rounds; the figures by name."""
    turns: dict[str, list[Turn]] = {"diemcau": [], "janus": []}
    limits: list[float] = []
    more: Mapping[str, str] = environment({"DIEMCAU_FANOUT": options.fanout})
    most = 0
    with namespace("a", 1) as net, namespace("b", 2) as peer_net, tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", flush=True)
            data = Path(folder) / f"ours{number}"
            data.mkdir()
            async with ours.running(net, data, CORE, more) as server:
                turns["diemcau"].append(await turn(server, net, options.subscribers, options.seconds))
            if options.peer == "janus":
                data = Path(folder) / f"janus{number}"
                data.mkdir()
                async with janus.running(peer_net, data, CORE) as peer:
                    turns["janus"].append(await turn(peer, peer_net, options.subscribers, options.seconds))
            limits.append(await limit(net, options.subscribers, min(5.0, options.seconds)))
            print(f"  limit    {limits[-1]:9,.0f} packets/core-s", flush=True)
        if not options.no_ramp:
            print("how many viewers", flush=True)
            data = Path(folder) / "ramp"
            data.mkdir()
            async with ours.running(net, data, CORE, more) as server:
                most = await ramp(server, net)
    return figures(turns, limits, most)


def figures(turns: Mapping[str, list[Turn]], limits: list[float], most: int) -> dict[str, float]:
    """Medians over the rounds, and how far they lie apart."""
    found: dict[str, float] = {}
    for key, name in (("ours", "diemcau"), ("peer", "janus")):
        if not turns[name]:
            continue
        median, low, high = spread([each.packets_per_core_s for each in turns[name]])
        found[f"{key}_packets_per_core_s"] = round(median)
        found[f"{key}_packets_per_core_s_low"], found[f"{key}_packets_per_core_s_high"] = round(low), round(high)
        found[f"{key}_us_per_packet"] = round(1e6 / median, 2)
        found[f"{key}_delay_p50_ms"] = round(spread([each.delay_ms(0.5) for each in turns[name]])[0], 2)
        found[f"{key}_delay_p99_ms"] = round(spread([each.delay_ms(0.99) for each in turns[name]])[0], 2)
        found[f"{key}_worst_loss"] = round(max(each.measured.worst_loss for each in turns[name]), 5)
        found[f"{key}_core_busy"] = round(spread([each.busy for each in turns[name]])[0], 3)
    if "peer_packets_per_core_s" in found:
        found["ratio"] = round(found["ours_packets_per_core_s"] / found["peer_packets_per_core_s"], 2)
    found["limit_packets_per_core_s"] = round(spread(limits)[0])
    found["of_limit"] = round(found["ours_packets_per_core_s"] / found["limit_packets_per_core_s"], 3)
    if most:
        found["max_subscribers"] = most
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="diemcau bench forward", description=__doc__)
    parser.add_argument("--peer", choices=["janus", "none"], default="janus")
    parser.add_argument("--subscribers", type=int, default=300, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S", help="of each window")
    parser.add_argument("--fanout", choices=["native", "python"], default="native")
    parser.add_argument("--no-ramp", action="store_true", help="do not look for the most subscribers")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    others = os.sched_getaffinity(0) - {CORE}
    if not others:
        raise NotHere("two cores are needed: one for the server, one for the load")
    os.sched_setaffinity(0, others)
    print(f"{PACKETS_PER_S} packets/s in, {options.subscribers} viewers, one of {SAMPLE_EVERY} decrypts", flush=True)
    found = asyncio.run(run(options))
    report.write("forward", found, options.json)
    if "ratio" not in found:
        return 0  # nobody to compare with was asked for
    quicker = found["ours_delay_p99_ms"] < found["peer_delay_p99_ms"]
    return report.judged({f"ratio at least {LEAST_RATIO}": found["ratio"] >= LEAST_RATIO, "lower p99 delay": quicker})


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotHere as error:
        sys.exit(f"diemcau bench forward: {error}")
