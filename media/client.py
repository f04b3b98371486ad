"""The media plane over the control socket: what web processes use."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType

import structlog

from core.ending import end
from media import errors, wire
from media.feed import Feed
from media.plane import Direction, LinkQuality, NodeStarted, PlaneEvent, Program
from media.unixpath import usable

log = structlog.get_logger(__name__)

CONNECT_TIMEOUT_S = 2.0
CALL_TIMEOUT_S = 3.0
_BACKOFF_S = (0.05, 0.1, 0.2)
"""A node that was restarted is missed by everybody who is in a session: better ask five times a second."""


class NodeClient:
    """Implements :class:`media.plane.MediaPlane` for one node.

    Nothing happens before the first use; then one task, owned by this object, keeps the connection on the loop that is running.
    Whoever made the client calls :meth:`aclose` at the end.
    """

    def __init__(self, address: str, *, token: str | None = None) -> None:
        self._address = wire.parse_address(address)
        self._token = token
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[wire.Done]] = {}
        self._feeds: set[Feed[PlaneEvent]] = set()
        self._boot: str | None = None
        self._started_ms = 0
        self._last = 0
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connected = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the node can be spoken to now."""
        return self._writer is not None

    @property
    def boot(self) -> str | None:
        """Id of the node's last start that is known; None before the first connection."""
        return self._boot

    @property
    def started_ms(self) -> int:
        """When that was, by the node's clock."""
        return self._started_ms

    async def __aenter__(self) -> NodeClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def set_program(self, session: str, program: Program, origin: wire.RelayAddress | None = None) -> None:
        """See :meth:`media.plane.MediaPlane.set_program`. ``origin``: the session lives on another node."""
        await self._call(wire.SetProgram(session=session, program=program, origin=origin))

    async def open_relay(self, session: str) -> wire.RelayAddress | None:
        """Where other nodes get the session from this one; None where it does not relay."""
        return (await self._call(wire.OpenRelay(session=session))).relay

    async def forget(self, session: str) -> None:
        """The session lives elsewhere now: end all that is there of it."""
        await self._call(wire.Forget(session=session))

    async def publish(self, session: str, peer: str, offer_sdp: str) -> str:
        """See :meth:`media.plane.MediaPlane.publish`."""
        return (await self._call(wire.Publish(session=session, peer=peer, offer_sdp=offer_sdp))).sdp or ""

    async def subscribe(self, session: str, peer: str) -> str:
        """See :meth:`media.plane.MediaPlane.subscribe`."""
        return (await self._call(wire.Subscribe(session=session, peer=peer))).sdp or ""

    async def subscribed(self, session: str, peer: str, answer_sdp: str) -> None:
        """See :meth:`media.plane.MediaPlane.subscribed`."""
        await self._call(wire.Subscribed(session=session, peer=peer, answer_sdp=answer_sdp))

    async def watch(self, session: str, peer: str, offer_sdp: str) -> str:
        """See :meth:`media.plane.MediaPlane.watch`."""
        return (await self._call(wire.Watch(session=session, peer=peer, offer_sdp=offer_sdp))).sdp or ""

    async def drop(self, session: str, peer: str, direction: Direction | None = None) -> None:
        """See :meth:`media.plane.MediaPlane.drop`."""
        await self._call(wire.Drop(session=session, peer=peer, direction=direction))

    async def counters(self) -> dict[str, int]:
        """The node's counters, by name: sessions, connections, packets in and out, drops by cause."""
        return (await self._call(wire.Describe())).counters or {}

    async def events(self) -> AsyncIterator[PlaneEvent]:
        """See :meth:`media.plane.MediaPlane.events`. A reader that comes while the node is known hears NodeStarted first, as the
        node's programs may be from before this reader."""
        feed: Feed[PlaneEvent] = Feed()
        if self._boot is not None:
            feed.put(NodeStarted(at_ms=self._started_ms))
        self._feeds.add(feed)
        self._start()
        try:
            while True:
                yield await feed.get()
        finally:
            self._feeds.discard(feed)

    async def aclose(self) -> None:
        """Close the connection and end the task; calls under way fail with ``media.unavailable``."""
        task, self._task = self._task, None
        if task is not None and self._loop is asyncio.get_running_loop():
            await end(task)
        self._fail_waiting()

    async def _call(self, command: wire.Command) -> wire.Done:
        self._start()
        number = next(self._ids)
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await self._connected.wait()
                writer = self._writer
                if writer is None:
                    raise errors.unavailable()
                waiting: asyncio.Future[wire.Done] = asyncio.get_running_loop().create_future()
                self._waiting[number] = waiting
                writer.write(wire.encode(wire.Call(id=number, command=command)))
                await writer.drain()
                return await waiting
        except (TimeoutError, OSError) as error:
            raise errors.unavailable() from error
        finally:
            self._waiting.pop(number, None)

    def _start(self) -> None:
        """Make sure that the connection's task runs on the loop of the caller (a test or a reload may bring a new loop)."""
        loop = asyncio.get_running_loop()
        if self._task is not None and self._loop is loop and not self._task.done():
            return
        self._loop = loop
        self._connected = asyncio.Event()
        self._writer = None
        self._waiting.clear()
        self._task = loop.create_task(self._keep_connected(), name="media-node-client")

    async def _keep_connected(self) -> None:
        failures = 0
        while True:
            try:
                await self._converse()
                failures = 0
            except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
                if failures == 0:
                    log.warning("media.node_unreachable", cause=type(error).__name__)
            finally:
                self._connected.clear()
                self._writer = None
                self._fail_waiting()
            pause = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
            failures += 1
            await asyncio.sleep(pause)

    async def _converse(self) -> None:
        reader, writer = await asyncio.wait_for(self._open(), CONNECT_TIMEOUT_S)
        try:
            writer.write(wire.encode(wire.Hello(token=self._token, boot=self._boot, after=self._last)))
            await asyncio.wait_for(writer.drain(), CONNECT_TIMEOUT_S)
            welcome = wire.decode_from_node(await asyncio.wait_for(reader.readuntil(), CONNECT_TIMEOUT_S))
            if not isinstance(welcome, wire.Welcome) or welcome.version != wire.VERSION:
                raise ValueError("not a node of this version")
            self._welcome(welcome)
            self._writer = writer
            self._connected.set()
            while line := await reader.readline():
                self._read(wire.decode_from_node(line))
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), CONNECT_TIMEOUT_S)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        match self._address:
            case wire.UnixAddress(path):
                with usable(Path(path)) as name:
                    return await asyncio.open_unix_connection(name, limit=wire.MAX_LINE_BYTES)
            case wire.TcpAddress(host, port):
                return await asyncio.open_connection(host, port, limit=wire.MAX_LINE_BYTES)

    def _welcome(self, welcome: wire.Welcome) -> None:
        if welcome.boot != self._boot:
            self._boot, self._started_ms, self._last = welcome.boot, welcome.started_ms, welcome.last
            self._publish(NodeStarted(at_ms=welcome.started_ms))

    def _read(self, message: wire.Welcome | wire.Done | wire.Failed | wire.Pushed) -> None:
        match message:
            case wire.Pushed():
                if message.n > self._last:
                    self._last = message.n
                    self._publish(message.event)
            case wire.Done():
                waiting = self._waiting.get(message.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
            case wire.Failed():
                waiting = self._waiting.get(message.id)
                if waiting is not None and not waiting.done():
                    waiting.set_exception(errors.from_code(message.code))
            case wire.Welcome():
                raise ValueError("welcomed twice")

    def _publish(self, event: PlaneEvent) -> None:
        for feed in self._feeds:
            feed.put(event, expendable=isinstance(event, LinkQuality))

    def _fail_waiting(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(errors.unavailable())
