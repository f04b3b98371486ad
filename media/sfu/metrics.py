"""``/metrics`` of a node: its figures and those of its recordings' egress, in Prometheus' text format.

Served by the node's own loop: a thread beside it would make every call into C wait for its turn (from 0.9 to 1,100 µs where
one is busy). So it answers one small question a connection, within a time, to few at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric

from media.sfu.egress import EgressFigures

HEADER_BYTES = 4096
TIMEOUT_S = 5.0
MAX_CLIENTS = 8

_COUNTERS = {
    "datagrams_in": ("datagrams_received", "UDP datagrams that came, of any protocol."),
    "packets_out": ("packets_sent", "Packets that the kernel took."),
    "bytes_in": ("bytes_received", "Bytes received from peers as SRTP and SRTCP."),
    "bytes_out": ("bytes_sent", "Bytes sent to peers as SRTP and SRTCP."),
    "resent": ("packets_resent", "Packets sent again because a viewer had missed them."),
    "nacks_out": ("packets_asked_again", "Packets asked for again because they had not come from a publisher."),
    "keyframe_requests": ("keyframe_requests", "Key frames asked for."),
    "ticks": ("ticks", "Ticks of the node's clock, one each 50 ms."),
    "ticks_late": ("ticks_late", "Ticks that came more than 50 ms late."),
}
_GAUGES = {
    "sessions": ("sessions", "Sessions that the node knows.", 1.0),
    "connections": ("connections", "Connections of peers, also those that are being made.", 1.0),
    "recordings": ("recordings", "Recordings that are being captured.", 1.0),
    "disk_free_bytes": ("disk_free_bytes", "Free on the disk of the data folder, looked at every 5 s.", 1.0),
    "tick_late_ms": ("tick_late_seconds", "How late the latest tick of the last 10 to 20 s came.", 0.001),
}
_BY_DIRECTION = {
    "peers": ("peers", "Connections that are made, by direction.", 1.0),
    "loss_*_mean": ("loss_mean_ratio", "Share of packets lost on the way, mean of all peers that report it.", 0.001),
    "loss_*_worst": ("loss_worst_ratio", "Share of packets lost on the way of the peer that has it worst.", 0.001),
}
_CAUSES = {
    "dropped": ("dropped", "Datagrams and packets that were dropped, by cause."),
    "refused": ("refused", "What could not be sent as it was, by cause."),
}
_OF_PROCESS = {"cpu_ms", "rss_bytes"}
"""Figures that the process collector tells under the names that everybody knows."""


class NodeCollector:
    """Makes metrics of a node's figures (:meth:`media.sfu.node.Node.describe`) and its recordings' egress when it is asked."""

    def __init__(self, describe: Callable[[], Mapping[str, int]], egress: Callable[[], Iterable[EgressFigures]]) -> None:
        self._describe = describe
        self._egress = egress

    def collect(self) -> Iterator[Metric]:
        """See :class:`prometheus_client.registry.Collector`."""
        yield from of_node(self._describe())
        yield from of_egress(list(self._egress()))


def of_node(figures: Mapping[str, int]) -> Iterator[Metric]:
    """A node's figures as metrics. One that has no name of its own here is an ``event``, so that none is left out."""
    left = {name: value for name, value in figures.items() if name not in _OF_PROCESS}
    for key, (name, text) in _COUNTERS.items():
        yield CounterMetricFamily(f"diemcau_node_{name}", text, value=left.pop(key, 0))
    for key, (name, text, unit) in _GAUGES.items():
        yield GaugeMetricFamily(f"diemcau_node_{name}", text, value=left.pop(key, 0) * unit)
    for key, (name, text, unit) in _BY_DIRECTION.items():
        gauge = GaugeMetricFamily(f"diemcau_node_{name}", text, labels=["direction"])
        for direction in ("up", "down"):
            value = left.pop(key.replace("*", direction) if "*" in key else f"{key}_{direction}", None)
            if value is not None:
                gauge.add_metric([direction], value * unit)
        yield gauge
    for prefix, (name, text) in _CAUSES.items():
        counter = CounterMetricFamily(f"diemcau_node_{name}", text, labels=["cause"])
        for key in sorted(key for key in left if key.startswith(f"{prefix}.")):
            counter.add_metric([key.removeprefix(f"{prefix}.")], left.pop(key))
        yield counter
    events = CounterMetricFamily("diemcau_node_events", "Everything else that the node counts.", labels=["event"])
    for key in sorted(left):
        events.add_metric([key], left[key])
    yield events


def of_egress(egresses: Iterable[EgressFigures]) -> Iterator[Metric]:
    """What is told of the processes that compose recordings, by recording."""
    segments = CounterMetricFamily("diemcau_egress_segments", "Segments written of a recording.", labels=["recording"])
    restarts = CounterMetricFamily("diemcau_egress_restarts", "Times that the process was started again.", labels=["recording"])
    lag = GaugeMetricFamily(
        "diemcau_egress_lag_seconds", "How far the last segment was behind the wall clock.", labels=["recording"]
    )
    cpu = CounterMetricFamily("diemcau_egress_cpu_seconds", "Processor time of the process that runs now.", labels=["recording"])
    memory = GaugeMetricFamily("diemcau_egress_resident_memory_bytes", "Memory of the process.", labels=["recording"])
    for each in egresses:
        label = [each.recording]
        restarts.add_metric(label, each.restarts)
        segments.add_metric(label, each.segments)
        for family, value in ((lag, each.lag_s), (cpu, each.cpu_s), (memory, each.rss_bytes)):
            if value is not None:
                family.add_metric(label, value)
    yield from (segments, restarts, lag, cpu, memory)


class MetricsServer:
    """Answers ``GET /metrics``, a request a connection, on the loop that is running."""

    def __init__(self, collector: NodeCollector) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(collector)
        ProcessCollector(registry=self._registry)
        self._open = 0

    async def serve(self, host: str, port: int) -> None:
        """Serve until cancelled. Raises OSError where the port cannot be listened on."""
        server = await asyncio.start_server(self._client, host, port, limit=HEADER_BYTES)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        # The stream server owns the task; before Python 3.12 it logs a cancelled one as a fault, and only our end cancels.
        with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
            try:
                if self._open <= MAX_CLIENTS:
                    async with asyncio.timeout(TIMEOUT_S):
                        writer.write(await self._answer(reader))
                        await writer.drain()
            finally:
                self._open -= 1
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return _response("400 Bad Request", b"")
        words = head.split(b"\r\n", 1)[0].split(b" ")
        if len(words) != 3 or words[0] not in (b"GET", b"HEAD"):
            return _response("405 Method Not Allowed", b"")
        if words[1].split(b"?", 1)[0] != b"/metrics":
            return _response("404 Not Found", b"")
        return _response("200 OK", generate_latest(self._registry), send_body=words[0] == b"GET")


def _response(status: str, body: bytes, *, send_body: bool = True) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {CONTENT_TYPE_LATEST}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + (body if send_body else b"")
