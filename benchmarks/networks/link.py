"""A bad network between two network namespaces: a process that carries packets from one TUN device to another, and on the way
loses, delays, slows, blocks or cuts them.

Not every kernel has netem; a TUN device every one has, and here a case changes from one packet to the next.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import random
import struct
import sys
from dataclasses import dataclass, fields, replace

MTU = 1500
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_UDP = 17


@dataclass(frozen=True, slots=True)
class Way:
    """What happens to packets in one direction."""

    loss: float = 0.0
    """0..1, each packet on its own"""
    burst_start: float = 0.0
    """0..1: probability per packet that a burst begins, in which 90 % are lost (Gilbert and Elliott's model)"""
    burst_packets: float = 5.0
    """mean length of a burst"""
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    """added, 0 to twice this; packets keep their order, as they do in a queue"""
    rate_bps: float = 0.0
    """0: unlimited"""
    queue_ms: float = 300.0
    """how much waits before a slow link; what comes above is lost"""
    cut: bool = False
    block_udp: bool = False


class Direction:
    """One direction of the link: from one device into the other."""

    def __init__(self, source: int, target: int, seed: int) -> None:
        self.way = Way()
        self.passed = 0
        self.lost = 0
        self._source = source
        self._target = target
        self._random = random.Random(seed)  # noqa: S311  (a simulation that can be repeated)
        self._in_burst = False
        self._free_at = 0.0
        self._last_at = 0.0

    def readable(self) -> None:
        """Carry what has come."""
        for _ in range(64):
            try:
                packet = os.read(self._source, 65536)
            except (BlockingIOError, OSError):
                return
            self._carry(packet)

    def _carry(self, packet: bytes) -> None:
        way, loop = self.way, asyncio.get_running_loop()
        now = loop.time()
        udp = len(packet) > 9 and packet[0] >> 4 == 4 and packet[9] == _UDP
        if way.cut or (way.block_udp and udp) or self._loses(way):
            self.lost += 1
            return
        at = now
        if way.rate_bps:
            start = max(now, self._free_at)
            if (start - now) * 1000 > way.queue_ms:
                self.lost += 1
                return
            self._free_at = at = start + 8 * len(packet) / way.rate_bps
        at += (way.delay_ms + self._random.uniform(0, 2 * way.jitter_ms)) / 1000
        # What is due at one moment leaves the loop in no order: a microsecond apart it keeps its own.
        self._last_at = at = max(at, self._last_at + 1e-6)
        if at <= now:
            self._deliver(packet)
        else:
            loop.call_at(at, self._deliver, packet)

    def _loses(self, way: Way) -> bool:
        if way.burst_start:
            chance = 1 / way.burst_packets if self._in_burst else way.burst_start
            if self._random.random() < chance:
                self._in_burst = not self._in_burst
            if self._in_burst and self._random.random() < 0.9:
                return True
        return way.loss > 0 and self._random.random() < way.loss

    def _deliver(self, packet: bytes) -> None:
        try:
            os.write(self._target, packet)
            self.passed += 1
        except OSError:
            self.lost += 1


def open_tun(name: str) -> int:
    """A new TUN device of this name; it lives as long as its file. Raises OSError without the right to make one."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return descriptor


def changed(way: Way, wanted: dict[str, object]) -> Way:
    """``way`` with other values. Raises TypeError for a name that it does not have."""
    known = {field.name for field in fields(Way)}
    if unknown := set(wanted) - known:
        raise TypeError(f"no such property: {', '.join(sorted(unknown))}")
    return replace(way, **wanted)  # type: ignore[arg-type]


async def serve(near: str, far: str, seed: int) -> None:
    """Make both devices, say ``ready``, then obey one JSON line after the other (``{"down": {…}, "up": {…}}``, each a whole
    :class:`Way` by its differences from a perfect one) until the input ends. Each is answered with the counts so far."""
    near_file, far_file = open_tun(near), open_tun(far)
    down, up = Direction(near_file, far_file, seed), Direction(far_file, near_file, seed + 1)
    loop = asyncio.get_running_loop()
    loop.add_reader(near_file, down.readable)
    loop.add_reader(far_file, up.readable)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    print("ready", flush=True)
    while line := await orders.readline():
        order = json.loads(line)
        down.way, up.way = changed(Way(), order.get("down", {})), changed(Way(), order.get("up", {}))
        counts = {"down": [down.passed, down.lost], "up": [up.passed, up.lost]}
        print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
