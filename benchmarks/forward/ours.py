"""This project's node, or several, as the supervisor starts them, in a namespace of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from benchmarks.parts.host import Namespace, environment
from media.client import NodeClient
from media.plane import Program

SESSION, PUBLISHER = "bench", "hub"
START_TIMEOUT_S = 20.0


class Ours:
    """A session on nodes that run: the first is its home, all have viewers in turns."""

    name = "diemcau"
    nominates = False

    def __init__(self, pids: tuple[int, ...], cores: tuple[int, ...], clients: list[NodeClient]) -> None:
        self.pids = pids
        self.cores = cores
        self._clients = clients
        self._places: dict[str, NodeClient] = {}

    async def publish(self, offer: str) -> str:
        """The answer to the publisher's offer; it is speaker from now on."""
        program = Program(seq=1, at_ms=0, state="live", title="bench", speaker=PUBLISHER, voices=(PUBLISHER,))
        home, *edges = self._clients
        await home.set_program(SESSION, program)
        for edge in edges:
            await edge.set_program(SESSION, program, await home.open_relay(SESSION))
        return await home.publish(SESSION, PUBLISHER, offer)

    async def subscribe(self, viewer: str) -> str:
        """An offer for a new viewer."""
        place = self._places[viewer] = self._clients[len(self._places) % len(self._clients)]
        return await place.subscribe(SESSION, viewer)

    async def subscribed(self, viewer: str, answer: str) -> None:
        """The viewer's answer."""
        await self._places[viewer].subscribed(SESSION, viewer, answer)


@asynccontextmanager
async def running(net: Namespace, folder: Path, core: int, more: Mapping[str, str]) -> AsyncIterator[Ours]:
    """A node in ``net`` on one core."""
    async with several(net, folder, 1, (core,), more) as ours:
        yield ours


@asynccontextmanager
async def several(
    net: Namespace, folder: Path, count: int, cores: tuple[int, ...], more: Mapping[str, str]
) -> AsyncIterator[Ours]:
    """``count`` nodes in ``net``, spread over the cores."""
    async with AsyncExitStack() as stack:
        pids, clients = [], []
        for number in range(count):
            core = cores[number % len(cores)]
            pids.append(await stack.enter_async_context(_node(net, folder, number, core, more, relays=count > 1)))
            clients.append(await stack.enter_async_context(NodeClient(f"unix:{folder}/run/node-{number}.sock")))
        yield Ours(tuple(pids), cores, clients)


@asynccontextmanager
async def _node(
    net: Namespace, folder: Path, number: int, core: int, more: Mapping[str, str], *, relays: bool
) -> AsyncIterator[int]:
    """One node; its process id."""
    arguments = ["-m", "media.sfu", "--data", str(folder), "--bind", net.inside, "--address", net.inside]
    arguments += ["--control", f"unix:{folder}/run/node-{number}.sock"]
    arguments += ["--relay", "127.0.0.1:0"] if relays else []
    log = folder / f"node-{number}.log"
    process = await asyncio.create_subprocess_exec(
        *net.command(sys.executable, *arguments, core=core),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=log.open("wb"),
        env=environment(more),
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)
        if not line.startswith(b"ready"):
            raise RuntimeError(log.read_text())
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
