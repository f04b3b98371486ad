"""``./diemcau bench simulate``: a full session of the whole product on this machine, and what each of its processes takes.

The sites are ``./diemcau simulate``'s: real sign-in, WebSocket, DTLS and SRTP. One more viewer, connected to the node directly,
reads from each packet when the node took it in (abs-send-time), and so how long it was in the node and on its way.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from struct import Struct

from benchmarks.parts import report
from benchmarks.parts.host import environment, process_seconds, resident_mib
from media.client import NodeClient
from media.sfu.clock import NodeClock
from media.sfu.dtls import Certificate
from media.simpeer import SimDown
from tests.support.product import ROOT, Product, running

JOIN_TIMEOUT_S = 600.0
PROBE = "bench-probe"
PARTS = ("web", "node", "worker", "beat")
_EXTENSION = Struct("!HHI")
_WRAP_S = 64.0
_PRESENT = re.compile(r"(\d+) nhận tiếng và hình")


class Probe(SimDown):
    """A viewer that keeps delays."""

    def __init__(self, certificate: Certificate, clock: NodeClock) -> None:
        super().__init__(certificate, clock)
        self.delays_ms: list[float] = []

    def _take(self, data: memoryview, control: bool) -> None:
        super()._take(data, control)
        if control or not data[0] & 0x10:
            return
        profile, _, first = _EXTENSION.unpack_from(data, 12)
        if profile != 0xBEDE or first >> 24 != 0x22:  # id 2, three bytes
            return
        sent_s = (first & 0xFFFFFF) / (1 << 18)
        delay_s = (self._clock.now_us() / 1e6 - sent_s) % _WRAP_S
        self.delays_ms.append(delay_s * 1000 if delay_s < _WRAP_S / 2 else 0.0)


async def watch(client: NodeClient, session: str, probe: Probe) -> None:
    """Keep the probe connected, until cancelled."""
    offer = await client.subscribe(session, PROBE)
    await client.subscribed(session, PROBE, probe.answer(offer))
    await probe.run()


@contextlib.asynccontextmanager
async def filled(product: Product, sites: int, *more: str) -> AsyncIterator[int]:
    """So many sites in the session, by ``./diemcau simulate`` with ``more`` arguments; gives how many receive."""
    arguments = ["--address", product.url, "--data", str(product.data), "--sites", str(sites), "--delegates", "0"]
    simulating = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "deploy.command.simulate", *arguments, "--minutes", str(24 * 60), *more),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    draining: asyncio.Task[None] | None = None
    try:
        receiving = await _until_joined(simulating, sites)
        draining = asyncio.create_task(_drain(simulating))
        yield receiving
    finally:
        with contextlib.suppress(ProcessLookupError):
            simulating.terminate()
        await simulating.wait()
        if draining is not None:
            await draining


async def measure(product: Product, session: str, options: argparse.Namespace) -> dict[str, float]:
    """Fill the session, wait until all receive, then look at it for so long."""
    began_s = time.monotonic()
    async with filled(product, options.sites) as receiving:
        joined_s = time.monotonic() - began_s
        print(f"  {receiving} pages receive after {joined_s:.0f} s", flush=True)
        probe = Probe(Certificate(), NodeClock())
        async with NodeClient(f"unix:{product.data}/run/node.sock") as client, asyncio.TaskGroup() as group:
            watching = group.create_task(watch(client, session, probe))
            await asyncio.sleep(10)
            probe.delays_ms.clear()
            before, cpu, memory = await client.counters(), _cpu(product), _memory(product)
            window_s = time.monotonic()
            await asyncio.sleep(options.minutes * 60)
            window_s = time.monotonic() - window_s
            after, cpu_after, memory_after = await client.counters(), _cpu(product), _memory(product)
            delays = sorted(probe.delays_ms)
            watching.cancel()
        made = {"sites": options.sites, "receiving": receiving, "joined_s": round(joined_s, 1), "minutes": options.minutes}
        passed = after["packets_out"] - before["packets_out"]
        lost = sum(after[name] - before.get(name, 0) for name in ("dropped.full_socket", "dropped.fault") if name in after)
        made["packets_per_s"] = round(passed / window_s)
        made["lost_in_node"] = lost
        made["delay_p50_ms"] = round(delays[len(delays) // 2], 2) if delays else -1
        made["delay_p99_ms"] = round(delays[int(len(delays) * 0.99)], 2) if delays else -1
        for name in cpu:
            if name in cpu_after:
                made[f"{name}_cores"] = round((cpu_after[name] - cpu[name]) / window_s, 3)
                made[f"{name}_mib"] = round(memory_after[name])
                made[f"{name}_grown_mib"] = round(memory_after[name] - memory[name], 1)
        return made


async def _until_joined(simulating: asyncio.subprocess.Process, sites: int) -> int:
    assert simulating.stdout is not None
    receiving = 0
    async with asyncio.timeout(JOIN_TIMEOUT_S):
        while line := await simulating.stdout.readline():
            print(line.decode().rstrip(), flush=True)
            found = _PRESENT.search(line.decode())
            receiving = int(found[1]) if found else receiving
            if receiving >= sites:
                return receiving
    raise RuntimeError(f"only {receiving} pages came")


async def _drain(simulating: asyncio.subprocess.Process) -> None:
    assert simulating.stdout is not None
    while await simulating.stdout.readline():
        pass


def _pids(product: Product) -> dict[str, int]:
    found = {name: product.pid_of(name) for name in PARTS}
    children = Path(f"/proc/{found['node']}/task/{found['node']}/children").read_text().split()
    return found | ({"egress": int(children[0])} if children else {})


def _cpu(product: Product) -> dict[str, float]:
    return {name: process_seconds(pid) for name, pid in _pids(product).items()}


def _memory(product: Product) -> dict[str, float]:
    return {name: resident_mib(pid) for name, pid in _pids(product).items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="diemcau bench simulate", description=__doc__)
    parser.add_argument("--sites", type=int, default=165, metavar="N")
    parser.add_argument("--minutes", type=float, default=3.0, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as product:
        argv = [sys.executable, "-m", "benchmarks.parts.crowd", "sites", str(options.sites)]
        env = environment({"DIEMCAU_DATA": str(product.data)})
        made = subprocess.run(argv, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
        session = json.loads(made.stdout.splitlines()[-1])["session"]
        figures = asyncio.run(measure(product, session, options))
    report.write("simulate", figures, options.json)
    return report.judged({"nothing lost inside the node": figures["lost_in_node"] == 0})


if __name__ == "__main__":
    sys.exit(main())
