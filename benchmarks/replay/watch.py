"""The processes that compose, watched from outside: what they cost, and how late each segment is there."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time

from benchmarks.parts.host import process_seconds
from core.clock import monotonic_s
from media.egress.hls import PLAYLIST
from tests.support.clapstage import Stage, egress_pids


class EgressWatch:
    """The processes that compose: their CPU time, and how late each segment is there."""

    def __init__(self, stage: Stage) -> None:
        self.cpu_s: dict[int, float] = {}
        """By process id, as last seen."""
        self.delays_s: list[float] = []
        """For each new segment: from the moment that it begins with until it can be asked for."""
        self._stage = stage
        self._listed = 0

    async def run(self) -> None:
        """Look until cancelled."""
        next_cpu_s = 0.0
        while True:
            if monotonic_s() >= next_cpu_s:
                next_cpu_s = monotonic_s() + 0.5
                self.cpu_s |= {pid: process_seconds(pid) for pid in egress_pids(self._stage.product.data)}
            self._look()
            await asyncio.sleep(0.02)

    def _look(self) -> None:
        with contextlib.suppress(OSError, StopIteration, ValueError, KeyError):
            folder = self._stage.folder
            durations = re.findall(r"#EXTINF:([0-9.]+)", (folder / "hls" / PLAYLIST).read_text())
            if len(durations) > self._listed:
                zero_ms = json.loads((folder / "recording.json").read_text())["zero_ms"]
                if self._listed:
                    begins_s = zero_ms / 1000 + sum(map(float, durations[:-1]))
                    self.delays_s.append(time.time() - begins_s)
                self._listed = len(durations)
