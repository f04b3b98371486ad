"""What a node tells of itself: whole numbers by name, cheap enough to be asked for every second."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping

from media.sfu.connection import Connection
from media.sfu.down_connection import DownConnection
from media.sfu.process import usage
from media.sfu.up_connection import UpConnection


def of_connections(connections: Iterable[Connection], ended: Mapping[str, int]) -> dict[str, int]:
    """``peers_up``, ``peers_down`` that are connected; ``bytes_in``, ``bytes_out`` since the node started, as SRTP and SRTCP;
    ``loss_up_mean``, ``…_worst``, ``loss_down_…`` in 1/1000, absent while nobody has reported.

    ``ended``: the ``bytes_in`` and ``bytes_out`` of connections that are no more.
    """
    alive = [connection for connection in connections if connection.connected]
    ups = [connection for connection in alive if isinstance(connection, UpConnection)]
    downs = [connection for connection in alive if isinstance(connection, DownConnection)]
    return {
        "peers_up": len(ups),
        "peers_down": len(downs),
        "bytes_in": ended.get("bytes_in", 0) + sum(connection.bytes_in for connection in alive),
        "bytes_out": ended.get("bytes_out", 0) + sum(connection.bytes_out for connection in alive),
        **_of_losses("loss_up", [each.loss for each in ups if each.loss is not None]),
        **_of_losses("loss_down", [each.loss for each in downs if each.loss is not None]),
    }


def of_process() -> dict[str, int]:
    """``cpu_ms`` used since the start by all threads, and ``rss_bytes`` of memory in use (absent where it is not told)."""
    figures = {"cpu_ms": time.process_time_ns() // 1_000_000}
    if (own := usage(os.getpid())) is not None:
        figures["rss_bytes"] = own.rss_bytes
    return figures


class Lateness:
    """How late the node's tick comes: what else it does in one go, every packet waits for."""

    WINDOW_S = 10.0
    LATE_S = 0.05

    def __init__(self) -> None:
        self.ticks = 0
        self.late = 0
        """Ticks that came more than :data:`LATE_S` late."""
        self._since_s = 0.0
        self._worst_s = self._worst_before_s = 0.0

    def note(self, late_s: float, now_s: float) -> None:
        """A tick came ``late_s`` after it was due, at ``now_s`` (monotonic)."""
        self.ticks += 1
        self.late += late_s > self.LATE_S
        if now_s - self._since_s >= self.WINDOW_S:
            self._since_s, self._worst_before_s, self._worst_s = now_s, self._worst_s, 0.0
        self._worst_s = max(self._worst_s, late_s)

    def figures(self) -> dict[str, int]:
        """``ticks`` and ``ticks_late`` since the start; ``tick_late_ms``, the worst of the last 10 to 20 s."""
        worst_s = max(self._worst_s, self._worst_before_s)
        return {"ticks": self.ticks, "ticks_late": self.late, "tick_late_ms": round(worst_s * 1000)}


def _of_losses(name: str, losses: list[float]) -> dict[str, int]:
    if not losses:
        return {}
    return {f"{name}_mean": round(1000 * sum(losses) / len(losses)), f"{name}_worst": round(1000 * max(losses))}
