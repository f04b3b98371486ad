"""What a node tells Prometheus, asked of a real process; and that nobody can hold it up by asking."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from media.client import NodeClient
from media.sfu.egress import EgressChild, EgressFigures
from media.sfu.metrics import HEADER_BYTES, of_egress, of_node
from tests.media.sfu.conftest import stop_node
from tests.media.sfu.test_peers import program


def samples(text: str) -> dict[tuple[str, str], float]:
    """(name, first label's value or "") → value."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def named(metrics: Any) -> dict[tuple[str, str], float]:
    """The same of metrics that were not written out."""
    return {(s.name, next(iter(s.labels.values()), "")): s.value for metric in metrics for s in metric.samples}


async def ask(port: int, request: bytes = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") -> tuple[bytes, str]:
    """The status line and the body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0], body.decode()


@pytest_asyncio.fixture
async def metrics_port(tmp_path: Path) -> AsyncIterator[int]:
    """Of a node that knows one session."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "media.sfu", "--data", str(tmp_path), "--metrics", f"127.0.0.1:{port}"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        await asyncio.wait_for(process.stdout.readline(), 20)
        async with NodeClient(f"unix:{tmp_path}/run/node.sock") as client:
            await client.set_program("s1", program(1))
            for _ in range(200):  # the metrics are served a moment after the media
                try:
                    await ask(port)
                    break
                except OSError:
                    await asyncio.sleep(0.05)
            yield port
    finally:
        assert await stop_node(process) == 0


async def test_metrics_when_asked_over_http_tell_of_the_node_and_its_process(metrics_port: int) -> None:
    status, body = await ask(metrics_port)
    assert status == b"HTTP/1.1 200 OK"
    found = samples(body)
    assert found["diemcau_node_sessions", ""] == 1
    assert found["diemcau_node_peers", "up"] == 0
    assert found["diemcau_node_dropped_total", "full_socket"] == 0
    assert ("diemcau_node_ticks_total", "") in found
    assert found["process_resident_memory_bytes", ""] > 10_000_000
    helps = [line for line in body.splitlines() if line.startswith("# HELP diemcau_")]
    assert all(len(line.split(" ", 3)[3]) > 10 for line in helps) and len(helps) > 15
    assert (await ask(metrics_port, b"HEAD /metrics HTTP/1.0\r\n\r\n")) == (b"HTTP/1.1 200 OK", "")


async def test_metrics_when_asked_otherwise_are_refused(metrics_port: int) -> None:
    assert (await ask(metrics_port, b"GET / HTTP/1.1\r\n\r\n"))[0] == b"HTTP/1.1 404 Not Found"
    assert (await ask(metrics_port, b"POST /metrics HTTP/1.1\r\n\r\n"))[0] == b"HTTP/1.1 405 Method Not Allowed"
    assert (await ask(metrics_port, b"nonsense\r\n\r\n"))[0] == b"HTTP/1.1 405 Method Not Allowed"
    too_long = b"GET /metrics HTTP/1.1\r\nX: " + b"a" * (HEADER_BYTES + 100)
    assert (await ask(metrics_port, too_long))[0] == b"HTTP/1.1 400 Bad Request"


async def test_metrics_when_many_say_nothing_are_told_again_soon(metrics_port: int) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", metrics_port) for _ in range(20)]
    for _ in range(200):
        try:
            if (await ask(metrics_port))[0] == b"HTTP/1.1 200 OK":
                break
        except OSError:
            pass  # closed at once, as too many are open
        await asyncio.sleep(0.1)
    else:
        raise AssertionError("those who said nothing are still waited for")
    for _, writer in silent:
        writer.close()


def test_of_node_when_a_figure_has_no_name_of_its_own_tells_it_as_an_event() -> None:
    figures = {
        "packets_out": 7, "peers_up": 2, "peers_down": 3, "loss_up_mean": 15, "tick_late_ms": 12, "cpu_ms": 5, "rss_bytes": 9,
        "dropped.stun": 4, "dropped.full_socket": 1, "refused.codec": 2, "relay.links": 6,
    }  # fmt: skip
    found = named(of_node(figures))
    assert found["diemcau_node_packets_sent_total", ""] == 7
    assert found["diemcau_node_peers", "down"] == 3
    assert found["diemcau_node_loss_mean_ratio", "up"] == 0.015
    assert ("diemcau_node_loss_mean_ratio", "down") not in found, "nobody has told"
    assert found["diemcau_node_tick_late_seconds", ""] == 0.012
    assert found["diemcau_node_dropped_total", "stun"] == 4
    assert found["diemcau_node_refused_total", "codec"] == 2
    events = {label: value for (name, label), value in found.items() if name == "diemcau_node_events_total"}
    assert events == {"relay.links": 6}


EGRESS = """
import json, time
print(json.dumps({"event": "progress", "segments": 4, "lag_ms": 1250}), flush=True)
time.sleep(60)
"""


async def test_egress_child_when_it_says_how_far_it_is_passes_it_on(tmp_path: Path) -> None:
    child = EgressChild("s1", "r1", [sys.executable, "-c", EGRESS, str(tmp_path), "r1"], lambda: 0, lambda event: None)
    assert child.figures() == EgressFigures("r1", 0, 0, None, None, None)
    running = asyncio.create_task(child.run())
    try:
        for _ in range(400):
            if child.figures().segments:
                break
            await asyncio.sleep(0.05)
        figures = child.figures()
        assert (figures.segments, figures.lag_s, figures.restarts) == (4, 1.25, 0)
        assert figures.rss_bytes is not None and figures.rss_bytes > 1_000_000 and figures.cpu_s is not None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert child.figures().rss_bytes is None, "the process has ended"


def test_of_egress_when_the_process_is_away_tells_what_is_known() -> None:
    running = EgressFigures("r1", 1, 30, 1.5, 2.25, 1000)
    away = EgressFigures("r2", 3, 0, None, None, None)
    found = named(of_egress([running, away]))
    assert found["diemcau_egress_segments_total", "r1"] == 30
    assert found["diemcau_egress_lag_seconds", "r1"] == 1.5
    assert found["diemcau_egress_cpu_seconds_total", "r1"] == 2.25
    assert found["diemcau_egress_restarts_total", "r2"] == 3
    assert ("diemcau_egress_lag_seconds", "r2") not in found
