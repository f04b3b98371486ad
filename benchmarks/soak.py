"""``./diemcau bench soak --minutes 30``: a session that people come to, leave and speak in, again and again: memory stays flat.

A real node process, and simulated peers over DTLS and SRTP in this one. Every few seconds somebody leaves, somebody comes, the
program changes; each of the peers has made its connections many times over by the end. What must be flat is the node's resident
memory over the second half, by least squares: in the first one caches fill, and the last 1,000 events.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Awaitable, Sequence
from pathlib import Path

from benchmarks.parts import report
from benchmarks.parts.host import process_seconds, resident_mib
from core.clock import monotonic_s
from core.errors import Unavailable
from media.client import NodeClient
from media.plane import Content, Program
from media.sfu.clock import NodeClock
from media.sfu.dtls import Certificate
from media.simpeer import SimDown, SimUp
from media.simpeer_clip import Clip, Piece, play

SESSION = "soak"
CHURN_S, SAMPLE_S = 2.0, 1.0
WARM_UP = 0.5
MUST_GROWTH_MIB = 3.0
"""Over the second half, however long: so much an allocator comes and goes."""
CONNECT_TIMEOUT_S = 20.0


def talk() -> Clip:
    """Ten minutes: Opus frames every 20 ms, a picture of 2,500 bytes every 100 ms, each a key frame."""
    voices = [Piece(at * 20_000, True, b"\xf8" + bytes(80)) for at in range(10 * 60 * 50)]
    pictures = [Piece(at * 100_000, False, bytes(2500)) for at in range(10 * 60 * 10)]
    return Clip(tuple(sorted([*voices, *pictures], key=lambda piece: piece.at_us)), 600_000_000)


class Visitor:
    """One seat, which somebody takes and leaves. Owner of the tasks of whoever sits there."""

    def __init__(self, client: NodeClient, name: str, certificate: Certificate, clip: Clip) -> None:
        self.name = name
        self.came = 0
        self.failed = 0
        self._client = client
        self._certificate = certificate
        self._clip = clip
        self._clock = NodeClock()
        self._visit: asyncio.Task[None] | None = None

    async def come(self) -> None:
        """Publish, subscribe and speak into the void until the next :meth:`leave`."""
        ready = asyncio.Event()
        self._visit = asyncio.create_task(self._stay(ready), name=self.name)
        try:
            await asyncio.wait_for(ready.wait(), CONNECT_TIMEOUT_S)
            self.came += 1
        except TimeoutError:
            self.failed += 1

    async def leave(self) -> None:
        """Go; the node hears it from DTLS only."""
        visit, self._visit = self._visit, None
        if visit is not None:
            visit.cancel()
            await asyncio.gather(visit, return_exceptions=True)

    async def _stay(self, ready: asyncio.Event) -> None:
        up, down = SimUp(self._certificate, self._clock), SimDown(self._certificate, self._clock)
        answer = await self._client.publish(SESSION, self.name, up.offer())
        await self._client.subscribed(SESSION, self.name, down.answer(await self._client.subscribe(SESSION, self.name)))
        async with asyncio.TaskGroup() as group:
            group.create_task(up.run(answer))
            group.create_task(down.run())
            await up.link.connected.wait()
            await down.link.connected.wait()
            ready.set()
            await play(self._clip, up, self._clock)


def slope_per_hour(samples: Sequence[tuple[float, float]]) -> float:
    """Least squares through (seconds, MiB), in MiB an hour."""
    count = len(samples)
    mean_s, mean_mib = sum(s for s, _ in samples) / count, sum(mib for _, mib in samples) / count
    spread = sum((s - mean_s) ** 2 for s, _ in samples)
    return 3600 * sum((s - mean_s) * (mib - mean_mib) for s, mib in samples) / spread if spread else 0.0


async def soak(minutes: float, peers: int, every_s: float, seed: int) -> dict[str, float | str]:
    """Run; the figures. ``every_s``: between two that come and go."""
    chance = random.Random(seed)  # noqa: S311  (the same seed, the same session)
    with tempfile.TemporaryDirectory() as folder:
        node = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "media.sfu", "--data", folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        assert node.stdout is not None
        await asyncio.wait_for(node.stdout.readline(), 30)
        try:
            async with NodeClient(f"unix:{folder}/run/node.sock") as client:
                return await _measure(client, node.pid, minutes, peers, every_s, chance)
        finally:
            node.terminate()
            await node.wait()


async def _measure(
    client: NodeClient, pid: int, minutes: float, peers: int, every_s: float, chance: random.Random
) -> dict[str, float | str]:
    certificate, clip = Certificate(), talk()
    visitors = [Visitor(client, f"p{number}", certificate, clip) for number in range(peers)]
    programs = unanswered = 0
    samples: list[tuple[float, float]] = []

    async def say(call: Awaitable[None]) -> None:
        nonlocal unanswered
        try:
            await call
        except Unavailable:
            unanswered += 1

    async def change_program() -> None:
        nonlocal programs
        programs += 1
        first, *others = chance.sample([visitor.name for visitor in visitors], 3)
        content = chance.choice([Content(), Content(kind="screen", peer=others[0])])
        program = Program(
            seq=programs,
            at_ms=programs,
            state="live",
            title="Soak",
            speaker=first,
            voices=(first, *others[1:]),
            content=content,
        )
        await say(client.set_program(SESSION, program))

    try:
        await change_program()
        for visitor in visitors:
            await visitor.come()
        begun_s, cpu_s = monotonic_s(), process_seconds(pid)
        while (elapsed_s := monotonic_s() - begun_s) < minutes * 60:
            if not samples or elapsed_s - samples[-1][0] >= SAMPLE_S:
                samples.append((elapsed_s, resident_mib(pid)))
            one = chance.choice(visitors)
            await one.leave()
            if chance.random() < 0.7:
                await say(client.drop(SESSION, one.name))
            await change_program()
            await one.come()
            await asyncio.sleep(every_s)
        elapsed_s, cpu_s = monotonic_s() - begun_s, process_seconds(pid) - cpu_s
        counters = await client.counters()
    finally:
        for visitor in visitors:
            await visitor.leave()
    warm = [sample for sample in samples if sample[0] >= WARM_UP * elapsed_s]
    slope = slope_per_hour(warm)
    return {
        "minutes": round(elapsed_s / 60, 1),
        "peers": peers,
        "visits": sum(visitor.came for visitor in visitors),
        "visits_failed": sum(visitor.failed for visitor in visitors),
        "programs": programs,
        "calls_unanswered": unanswered,
        "packets_out": counters["packets_out"],
        "faults": counters.get("dropped.fault", 0) + counters.get("tick_fault", 0),
        "connections_at_end": counters["connections"],
        "node_mib_begin": round(samples[0][1], 1),
        "node_mib_warm": round(warm[0][1], 1),
        "node_mib_end": round(warm[-1][1], 1),
        "node_mib_most": round(max(mib for _, mib in samples), 1),
        "growth_mib": round(slope * (warm[-1][0] - warm[0][0]) / 3600, 2),
        "slope_mib_per_hour": round(slope, 1),
        "node_cpu_share": round(cpu_s / elapsed_s, 3),
    }


def main() -> int:
    """Returns the exit code: 1 where memory grows, a visit failed or a fault was caught."""
    parser = argparse.ArgumentParser(prog="diemcau bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--peers", type=int, default=20)
    parser.add_argument("--every", type=float, default=CHURN_S, metavar="S", help="seconds between two that come and go")
    parser.add_argument("--seed", type=int, default=57)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    figures = asyncio.run(soak(options.minutes, options.peers, options.every, options.seed))
    report.write("soak", figures, options.json)
    return report.judged(
        {
            f"growth_mib of the second half ≤ {MUST_GROWTH_MIB:g}": float(figures["growth_mib"]) <= MUST_GROWTH_MIB,
            "no fault was caught": not figures["faults"],
            "every visit came about": not figures["visits_failed"],
            "every call was answered": not figures["calls_unanswered"],
        }
    )


if __name__ == "__main__":
    sys.exit(main())
