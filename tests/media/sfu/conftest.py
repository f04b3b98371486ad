"""A real node in its own process, and real Chromium pages."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio

from media import wire
from media.client import NodeClient
from media.sfu.control import ControlServer
from media.sfu.node import Node
from media.sfu.udp import UdpPort

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


class RunningNode:
    """A node and a client of it."""

    def __init__(self, data: Path, port: int, client: NodeClient) -> None:
        self.data = data
        self.port = port
        self.client = client


async def start_node(data: Path, **environment: str) -> tuple[asyncio.subprocess.Process, int]:
    """Start a node over ``data``, with more in its environment; returns its process and UDP port once it serves."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media.sfu", "--data", str(data), stdout=asyncio.subprocess.PIPE, env=os.environ | environment
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    return process, int(line.split()[1])


async def stop_node(process: asyncio.subprocess.Process) -> int:
    """End a node as the supervisor does; returns its exit code."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    return await asyncio.wait_for(process.wait(), 20)


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[RunningNode]:
    process, port = await start_node(tmp_path)
    client = NodeClient(f"unix:{tmp_path}/run/node.sock")
    try:
        yield RunningNode(tmp_path, port, client)
    finally:
        await client.aclose()
        await stop_node(process)


@asynccontextmanager
async def serve(data: Path, address: wire.ControlAddress, token: str | None = None) -> AsyncIterator[tuple[Node, ControlServer]]:
    """A node and its control port on this loop."""
    control = ControlServer(address, token)
    udp = UdpPort("127.0.0.1", 0)
    node = Node(udp, ("127.0.0.1",), data, control.push)
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(node.run()), group.create_task(control.serve(node, ready))]
        await asyncio.wait_for(ready.wait(), 20)
        try:
            yield node, control
        finally:
            for task in tasks:
                task.cancel()


@pytest_asyncio.fixture
async def local_node(tmp_path: Path) -> AsyncIterator[RunningNode]:
    """A node on the test's own loop: starts at once, and its port carries the same packets."""
    path = tmp_path / "run" / "node.sock"
    async with serve(tmp_path, wire.UnixAddress(str(path))) as (node, _), NodeClient(f"unix:{path}") as client:
        yield RunningNode(tmp_path, node.port, client)
