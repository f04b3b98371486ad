"""Several real nodes behind the port, with the placements in the database."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from media.client import NodeClient
from media.cluster.cluster import Cluster
from media.models import MediaNode, Placement
from media.placement import DatabasePlacements
from media.plane import LinkQuality, NodeStarted, PeerConnected, PlaneEvent
from tests.media.sfu.conftest import RunningNode
from tests.media.sfu.test_peers import SESSION, Peer, clip, program, until

pytestmark = pytest.mark.django_db(transaction=True)


class Process:
    """A node in a process of its own, which can be killed, held up, and started again."""

    def __init__(self, data: Path, number: int) -> None:
        self.address = f"unix:{data}/run/node-{number}.sock"
        self._argv = [sys.executable, "-m", "media.sfu", "--data", str(data), "--control", self.address, "--relay", "127.0.0.1:0"]
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(*self._argv, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        assert (await asyncio.wait_for(self._process.stdout.readline(), 20)).startswith(b"ready")

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@dataclass
class World:
    """The cluster, its nodes, what it says, and its peers."""

    cluster: Cluster
    processes: dict[str, Process]
    group: asyncio.TaskGroup
    data: Path
    events: list[PlaneEvent] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)

    def peer(self, name: str) -> Peer:
        node: Any = RunningNode(self.data, 0, self.cluster)  # type: ignore[arg-type]  # it offers all of a client that peers use
        self.peers.append(Peer(node, name, self.group))
        return self.peers[-1]

    async def counters(self, address: str) -> dict[str, int]:
        async with NodeClient(address) as client:
            return await client.counters()


@asynccontextmanager
async def world(data: Path, nodes: int = 2, **options: Any) -> AsyncIterator[World]:
    processes = {each.address: each for each in (Process(data, number) for number in range(1, nodes + 1))}
    for process in processes.values():
        await process.start()
    cluster = Cluster(
        {address: NodeClient(address) for address in processes}, DatabasePlacements(), poll_s=0.2, **{"dead_s": 1.0, **options}
    )
    try:
        async with asyncio.TaskGroup() as group:
            here = World(cluster, processes, group, data)

            async def listen() -> None:
                async for event in cluster.events():
                    here.events.append(event)

            listening = group.create_task(listen())
            await until("not all nodes are known", lambda: sum(isinstance(e, NodeStarted) for e in here.events) == nodes)
            try:
                yield here
            finally:
                for task in [listening, *(task for peer in here.peers for task in peer.tasks)]:
                    task.cancel()
    finally:
        await cluster.aclose()
        for process in processes.values():
            await process.stop()


@sync_to_async
def placements() -> dict[str, str]:
    return {each.node.address: "home" if each.home else "edge" for each in Placement.objects.select_related("node")}


async def eventually(what: str, probe: Callable[[], Any], tries: int = 100) -> None:
    for _ in range(tries):
        if await probe():
            return
        await asyncio.sleep(0.1)
    pytest.fail(what)


async def test_one_node_is_asked_for_its_place_once(tmp_path: Path) -> None:
    async with world(tmp_path, nodes=1) as here:
        await here.cluster.set_program(SESSION, program(1))
        assert await placements() == {next(iter(here.processes)): "home"}
        await sync_to_async(Placement.objects.all().delete)()
        await here.cluster.set_program(SESSION, program(2))
        assert await here.cluster.subscribe(SESSION, "viewer")
        assert await placements() == {}, "it is known by heart"
        await here.cluster.set_program(SESSION, program(3, state="ended"))
        await here.cluster.set_program(SESSION, program(4))
        assert await placements() == {next(iter(here.processes)): "home"}


async def test_viewers_beyond_the_homes_share_sit_on_another_node_and_see_the_same(tmp_path: Path) -> None:
    async with world(tmp_path, share=2) as here:
        hub, near, far, more = (here.peer(name) for name in ("hub", "near", "far", "more"))
        await here.cluster.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        await hub.publish()
        hub.speak(clip())
        for viewer in (near, far, more):
            await viewer.subscribe()
            await asyncio.sleep(0.3)  # the nodes are asked how busy they are
        for viewer in (near, far, more):
            await until(f"{viewer.name} hears nothing", lambda: viewer.packets("voice0") > 20)  # noqa: B023
            await until(f"{viewer.name} sees nothing", lambda: viewer.packets("speaker") > 10)  # noqa: B023
        assert sorted((await placements()).values()) == ["edge", "home"]
        assert {(await here.counters(address))["connections"] for address in here.processes} == {2}
        assert {(e.peer, e.direction) for e in here.events if isinstance(e, PeerConnected)} == {
            ("hub", "up"), ("near", "down"), ("far", "down"), ("more", "down"),
        }  # fmt: skip

        await here.cluster.set_program(SESSION, program(2))
        before = far.packets("voice0")
        await asyncio.sleep(0.5)
        assert far.packets("voice0") <= before + 3
        await here.cluster.set_program(SESSION, program(3, state="ended"))
        assert await placements() == {}


async def test_who_sends_to_one_node_and_receives_from_another_has_one_link(tmp_path: Path) -> None:
    async with world(tmp_path, share=1) as here:
        hub, district = here.peer("hub"), here.peer("district")
        await here.cluster.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        for each in (hub, district):
            await each.publish()
            each.speak(clip())
        await asyncio.sleep(0.3)
        await district.subscribe()

        def whole() -> bool:
            links = [e for e in here.events if isinstance(e, LinkQuality) and e.peer == "district"]
            return bool(links) and links[-1].up_bps > 0 and links[-1].down_bps > 0 and links[-1].sending == ("mic", "camera")

        await until("the link has one half", whole)
        await here.cluster.drop(SESSION, "district")
        await until("it is still connected", lambda: not here.cluster._at.get((SESSION, "district")))


async def test_dead_nodes_sessions_are_placed_anew(tmp_path: Path) -> None:
    async with world(tmp_path, share=100) as here:
        hub, viewer, other = here.peer("hub"), here.peer("viewer"), here.peer("other")
        first = program(1, speaker="hub", voices=("hub",))
        await here.cluster.set_program(SESSION, first)
        await hub.publish()
        await viewer.subscribe()
        await asyncio.sleep(0.3)
        (dead,) = await placements()
        await here.cluster.set_program("elsewhere", program(1))  # the other node is the less busy one
        assert len(await placements()) == 2
        said = len(here.events)
        here.processes[dead].signal(signal.SIGKILL)

        def replaced() -> list[NodeStarted]:
            return [e for e in here.events[said:] if isinstance(e, NodeStarted)]

        await until("nobody takes its place", lambda: bool(replaced()))
        assert not {(SESSION, "hub"), (SESSION, "viewer")} & replaced()[0].spared
        assert dead not in await placements()
        await here.cluster.set_program(SESSION, first)
        again = here.peer("hub")
        await again.publish()
        again.speak(clip())
        await other.subscribe()
        await until("the session does not go on", lambda: other.packets("voice0") > 20 and other.packets("speaker") > 5)


async def test_node_that_was_only_out_of_reach_lets_go_of_what_moved(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        hub = here.peer("hub")
        await here.cluster.set_program(SESSION, program(1, speaker="hub"))
        await hub.publish()
        await asyncio.sleep(0.3)
        (held,) = await placements()
        here.processes[held].signal(signal.SIGSTOP)
        try:
            await eventually("it keeps its place", _placed_elsewhere(held), tries=150)
        finally:
            here.processes[held].signal(signal.SIGCONT)

        async def empty() -> bool:
            return (await here.counters(held))["connections"] == 0

        await eventually("it keeps the session", empty)


def _placed_elsewhere(address: str) -> Callable[[], Any]:
    async def probe() -> bool:
        found = await placements()
        return bool(found) and address not in found

    return probe


async def test_restart_of_a_node_touches_only_who_was_there(tmp_path: Path) -> None:
    async with world(tmp_path, dead_s=30.0) as here:
        here_hub, there_hub = here.peer("hub"), here.peer("there")
        await here.cluster.set_program(SESSION, program(1, speaker="hub"))
        await here_hub.publish()
        await asyncio.sleep(0.3)
        (crashed,) = await placements()
        await here.cluster.set_program("s2", program(1))
        answer = await here.cluster.publish("s2", "there", there_hub.up.offer())
        assert answer and len(await placements()) == 2
        said = len(here.events)
        here.processes[crashed].signal(signal.SIGKILL)
        await here.processes[crashed].stop()
        await here.processes[crashed].start()
        await until("its start is not told", lambda: any(isinstance(e, NodeStarted) for e in here.events[said:]))
        (started,) = [e for e in here.events[said:] if isinstance(e, NodeStarted)]
        assert started.spared == {("s2", "there")}
        assert (await placements())[crashed] == "home"


async def test_nodes_figures_are_written_down(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.cluster.set_program(SESSION, program(1))

        @sync_to_async
        def known() -> bool:
            nodes = list(MediaNode.objects.all())
            return len(nodes) == 2 and sum(node.figures.get("sessions", 0) for node in nodes) == 1 and all(n.boot for n in nodes)

        await eventually("nothing is known of them", known)


async def test_two_web_processes_agree_where_a_session_lives(tmp_path: Path) -> None:
    places = [DatabasePlacements(), DatabasePlacements()]
    homes = await asyncio.gather(*(places[n % 2].home(SESSION, ["a", "b"], "ab"[n % 2]) for n in range(10)))
    assert len(set(homes)) == 1 and len(await placements()) == 1
    (home,) = set(homes)
    other = {"a": "b", "b": "a"}[home or ""]
    await places[0].add_edge(SESSION, other)
    await places[0].add_edge(SESSION, home or "")
    assert await places[1].edges(SESSION) == {other}
    await asyncio.gather(*(place.replace(home or "", other) for place in places))
    assert await placements() == {other: "home"}
    assert await places[0].home(SESSION, ["c"], "c") == "c"
