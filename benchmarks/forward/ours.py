"""This project's node, as the supervisor starts it, in a namespace of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.host import Namespace, environment
from media.client import NodeClient
from media.plane import Program

SESSION, PUBLISHER = "bench", "hub"
START_TIMEOUT_S = 20.0


class Ours:
    """A session on a node that runs."""

    name = "diemcau"
    nominates = False

    def __init__(self, pid: int, client: NodeClient) -> None:
        self.pid = pid
        self.client = client

    async def publish(self, offer: str) -> str:
        """The answer to the publisher's offer; it is speaker from now on."""
        program = Program(seq=1, at_ms=0, state="live", title="bench", speaker=PUBLISHER, voices=(PUBLISHER,))
        await self.client.set_program(SESSION, program)
        return await self.client.publish(SESSION, PUBLISHER, offer)

    async def subscribe(self, viewer: str) -> str:
        """An offer for a new viewer."""
        return await self.client.subscribe(SESSION, viewer)

    async def subscribed(self, viewer: str, answer: str) -> None:
        """The viewer's answer."""
        await self.client.subscribed(SESSION, viewer, answer)


@asynccontextmanager
async def running(net: Namespace, folder: Path, core: int, more: Mapping[str, str]) -> AsyncIterator[Ours]:
    """A node in ``net`` on one core."""
    arguments = ["-m", "media.sfu", "--data", str(folder), "--bind", net.inside, "--address", net.inside]
    process = await asyncio.create_subprocess_exec(
        *net.command(sys.executable, *arguments, core=core),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=(folder / "node.log").open("wb"),
        env=environment(more),
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)
        if not line.startswith(b"ready"):
            raise RuntimeError((folder / "node.log").read_text())
        async with NodeClient(f"unix:{folder}/run/node.sock") as client:
            yield Ours(process.pid, client)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
