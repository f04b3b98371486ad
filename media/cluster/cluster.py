"""The media plane of several nodes, as web uses it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any

import structlog

from core.clock import monotonic_s, now, to_ms
from core.ending import end
from core.errors import DiemcauError
from media import errors
from media.client import NodeClient
from media.cluster import links
from media.cluster.choice import choose_for_viewer, choose_home
from media.cluster.placements import Placements
from media.feed import Feed
from media.load import figures
from media.plane import Direction, LinkQuality, NodeStarted, PeerConnected, PeerSilent, PlaneEvent, Program

log = structlog.get_logger(__name__)

SHARE = 500
"""Connections of one node, beyond which a session's further viewers sit elsewhere; one core carries half as many again."""
POLL_S = 1.0
DEAD_S = 4.0
"""A node that no web process heard for this long has lost its sessions to others. The supervisor starts one that crashed anew in
less; then they stay."""

Peer = tuple[str, str]
"""Session and seat."""


class Cluster:
    """Implements :class:`media.plane.MediaPlane` over one node or several.

    A session's publishers and its recording live on its home; viewers beyond the home's share sit on edges, which take the
    program's tracks from it. What all web processes must agree upon is in ``placements``; the rest this one has done and heard.
    """

    def __init__(
        self,
        nodes: Mapping[str, NodeClient],
        placements: Placements,
        *,
        share: int = SHARE,
        dead_s: float = DEAD_S,
        poll_s: float = POLL_S,
    ) -> None:
        self._nodes = dict(nodes)
        self._placements = placements
        self._share = share
        self._dead_s = dead_s
        self._poll_s = poll_s
        self._loads: dict[str, int] = dict.fromkeys(self._nodes, 0)
        self._at: defaultdict[Peer, set[str]] = defaultdict(set)
        """The nodes that have a connection of the peer, as far as is known here."""
        self._downs: dict[Peer, str] = {}
        """The node that this process has put a viewer on."""
        self._programs: dict[str, Program] = {}
        """The newest program of each session that this process has sent."""
        self._halves: defaultdict[Peer, dict[str, LinkQuality]] = defaultdict(dict)
        self._only = next(iter(nodes)) if len(nodes) == 1 else None
        """The one node there is: what is written down of places need not be read again."""
        self._placed: set[str] = set()
        """The sessions whose home is written down, where there is one node."""
        self._buried: dict[str, frozenset[str]] = {}
        """Nodes whose sessions were given to others, and which these were."""
        self._aside: set[asyncio.Task[None]] = set()
        self._began_s = monotonic_s()

    async def aclose(self) -> None:
        """Let go of all nodes."""
        await end(*self._aside)
        for node in self._nodes.values():
            await node.aclose()

    # The port --------------------------------------------------------------------------------------------------------------
    async def set_program(self, session: str, program: Program) -> None:
        """See :meth:`media.plane.MediaPlane.set_program`."""
        self._programs[session] = program
        home = await self._home(session)
        living = self._living()
        if living and home not in living:
            raise errors.unavailable()  # others' programs need not wait until it has not answered
        await self._nodes[home].set_program(session, program)
        edges = [edge for edge in await self._edges(session) if edge in living]
        if edges:
            origin = await self._nodes[home].open_relay(session)
            told = (self._nodes[edge].set_program(session, _elsewhere(program), origin) for edge in edges)
            await asyncio.gather(*told)
        if program.state == "ended":
            del self._programs[session]
            self._placed.discard(session)
            await self._placements.end(session)

    async def publish(self, session: str, peer: str, offer_sdp: str) -> str:
        """See :meth:`media.plane.MediaPlane.publish`."""
        home = await self._home(session)
        answer = await self._nodes[home].publish(session, peer, offer_sdp)
        self._at[session, peer].add(home)
        return answer

    async def subscribe(self, session: str, peer: str) -> str:
        """See :meth:`media.plane.MediaPlane.subscribe`."""
        node = await self._seat(session, peer)
        offer = await self._nodes[node].subscribe(session, peer)
        self._sits(session, peer, node)
        return offer

    async def subscribed(self, session: str, peer: str, answer_sdp: str) -> None:
        """See :meth:`media.plane.MediaPlane.subscribed`."""
        node = self._downs.get((session, peer)) or await self._home(session)
        await self._nodes[node].subscribed(session, peer, answer_sdp)

    async def watch(self, session: str, peer: str, offer_sdp: str) -> str:
        """See :meth:`media.plane.MediaPlane.watch`."""
        node = await self._seat(session, peer)
        answer = await self._nodes[node].watch(session, peer, offer_sdp)
        self._sits(session, peer, node)
        return answer

    async def drop(self, session: str, peer: str, direction: Direction | None = None) -> None:
        """See :meth:`media.plane.MediaPlane.drop`."""
        places = {await self._home(session), *await self._edges(session), *self._at.get((session, peer), ())}
        reachable = places & self._living() or places
        await asyncio.gather(*(self._nodes[place].drop(session, peer, direction) for place in reachable))

    async def events(self) -> AsyncIterator[PlaneEvent]:
        """See :meth:`media.plane.MediaPlane.events`; for one reader. While it reads, nodes are watched, and the dead replaced."""
        feed: Feed[PlaneEvent] = Feed()
        work: list[Coroutine[Any, Any, None]] = [self._bury_the_dead(feed)]
        for address in self._nodes:
            work += [self._listen(address, feed), self._watch(address)]
        tasks = {asyncio.get_running_loop().create_task(each) for each in work}
        try:
            while True:
                yield await feed.get()
        finally:
            await end(*tasks)

    # Places ----------------------------------------------------------------------------------------------------------------
    def _living(self) -> set[str]:
        """The nodes to which this process is connected now."""
        return {address for address, node in self._nodes.items() if node.connected}

    def _living_loads(self) -> dict[str, int]:
        return {address: self._loads[address] for address in self._living()}

    async def _home(self, session: str) -> str:
        if self._only is not None and session in self._placed:
            return self._only
        # Before the first connection is made all are as good: the call waits for it.
        otherwise = choose_home(self._living_loads()) or choose_home(self._loads)
        home = await self._placements.home(session, self._nodes.keys(), otherwise)
        if home is None:
            raise errors.unavailable()
        if home == self._only:
            self._placed.add(session)
        return home

    async def _edges(self, session: str) -> frozenset[str]:
        return await self._placements.edges(session) if self._only is None else frozenset()

    async def _seat(self, session: str, peer: str) -> str:
        """The node on which this viewer sits; it has the session, or will."""
        home = await self._home(session)
        if self._only is not None:
            return home
        edges = await self._placements.edges(session)
        loads = self._living_loads()
        before = self._downs.get((session, peer))
        if before in loads and (before == home or before in edges):
            return before
        node = choose_for_viewer(loads, home, edges, self._share)
        if node == home:
            return home
        origin = await self._nodes[home].open_relay(session)
        if origin is None:
            return home
        if node not in edges:
            await self._placements.add_edge(session, node)
            program = self._programs.get(session)
            if program is not None:  # else it is on its way, and will go to all edges
                await self._nodes[node].set_program(session, _elsewhere(program), origin)
        return node

    def _sits(self, session: str, peer: str, node: str) -> None:
        """The viewer has a connection on this node: what it had elsewhere ends."""
        for other in self._at[session, peer] - {node}:
            task = asyncio.get_running_loop().create_task(self._drop_down(other, session, peer))
            self._aside.add(task)
            task.add_done_callback(self._aside.discard)
        self._downs[session, peer] = node
        self._at[session, peer].add(node)
        self._loads[node] += 1  # until the node says so itself

    async def _drop_down(self, node: str, session: str, peer: str) -> None:
        with contextlib.suppress(DiemcauError):
            await self._nodes[node].drop(session, peer, "down")

    # What the nodes say ----------------------------------------------------------------------------------------------------
    async def _listen(self, address: str, feed: Feed[PlaneEvent]) -> None:
        async for event in self._nodes[address].events():
            self._hear(address, event, feed)

    def _hear(self, address: str, event: PlaneEvent, feed: Feed[PlaneEvent]) -> None:
        match event:
            case NodeStarted():
                event = event.model_copy(update={"spared": self._spared(address)})
                self._forget_node(address)
            case PeerConnected():
                self._at[event.session, event.peer].add(address)
            case PeerSilent(gone=True):
                self._left(address, event)
            case LinkQuality():
                event = self._whole(address, event)
            case _:
                pass
        feed.put(event, expendable=isinstance(event, LinkQuality))

    def _spared(self, address: str) -> frozenset[Peer]:
        """The peers that have all their connections on other nodes."""
        return frozenset(peer for peer, nodes in self._at.items() if nodes and address not in nodes)

    def _forget_node(self, address: str) -> None:
        self._loads[address] = 0
        for peer in [peer for peer, nodes in self._at.items() if address in nodes]:
            self._leave(peer, address)
        for peer in [peer for peer, node in self._downs.items() if node == address]:
            del self._downs[peer]

    def _left(self, address: str, event: PeerSilent) -> None:
        peer = event.session, event.peer
        if event.direction == "down" and self._downs.get(peer) == address:
            del self._downs[peer]
        self._leave(peer, address)  # where it has another connection there, that will soon be heard of

    def _leave(self, peer: Peer, address: str) -> None:
        self._at[peer].discard(address)
        self._halves[peer].pop(address, None)
        if not self._at[peer]:
            del self._at[peer], self._halves[peer]

    def _whole(self, address: str, half: LinkQuality) -> LinkQuality:
        peer = half.session, half.peer
        self._at[peer].add(address)
        halves = self._halves[peer]
        halves[address] = half
        return half if len(halves) == 1 else links.merged(list(halves.values()))

    # Who lives -------------------------------------------------------------------------------------------------------------
    async def _watch(self, address: str) -> None:
        """Ask the node how it is, and write down that it answers."""
        node = self._nodes[address]
        before: Mapping[str, int] = {}
        before_s = 0.0
        while True:
            try:
                counters = await node.counters()
                at_s = monotonic_s()
                self._loads[address] = counters.get("connections", 0)
                told = figures(before, counters, at_s - before_s)
                before, before_s = counters, at_s
                await self._placements.heard(address, node.boot or "", node.started_ms, told)
                await self._welcome_back(address)
            except DiemcauError:
                before = {}
            except Exception:
                log.exception("media.node_not_noted", node=address)
            await asyncio.sleep(self._poll_s)

    async def _bury_the_dead(self, feed: Feed[PlaneEvent]) -> None:
        while True:
            await asyncio.sleep(self._poll_s)
            if self._only is not None or monotonic_s() - self._began_s < self._dead_s + 2 * self._poll_s:
                continue  # a node that was last heard before we came may only not have been asked yet
            try:
                for address, silent_s in (await self._placements.silent_s()).items():
                    if address in self._nodes and address not in self._buried and silent_s > self._dead_s:
                        await self._bury(address, feed)
            except Exception:
                log.exception("media.dead_nodes_not_replaced")

    async def _bury(self, dead: str, feed: Feed[PlaneEvent]) -> None:
        by = choose_home({address: load for address, load in self._living_loads().items() if address != dead})
        if by is None:
            return
        sessions = await self._placements.on(dead)
        await self._placements.replace(dead, by)
        log.warning("media.node_replaced", node=dead, by=by, sessions=len(sessions))
        self._buried[dead] = sessions
        spared = self._spared(dead)
        self._forget_node(dead)
        feed.put(NodeStarted(at_ms=to_ms(now()), spared=spared))

    async def _welcome_back(self, address: str) -> None:
        """A node that was only out of reach still has what is elsewhere now."""
        if address in self._buried:
            kept = await self._placements.on(address)
            for session in self._buried[address] - kept:
                await self._nodes[address].forget(session)
            del self._buried[address]


def _elsewhere(program: Program) -> Program:
    """The program for an edge: only the home records."""
    return program.model_copy(update={"recording": None})
