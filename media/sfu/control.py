"""The node's side of the control protocol (:mod:`media.wire`)."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import secrets
import socket
from collections import deque
from pathlib import Path

import structlog

from media import wire
from media.feed import Feed
from media.plane import LinkQuality, PlaneEvent
from media.sfu.node import Node, NodeFull, UnknownPeer
from media.sfu.sdp import BadSdp
from media.unixpath import usable

log = structlog.get_logger(__name__)

HELLO_TIMEOUT_S = 5.0
WRITE_TIMEOUT_S = 10.0
BACKLOG_EVENTS = 1000
MAX_CLIENTS = 64


class ControlServer:
    """Answers calls, and pushes events to all clients. Events but link quality are kept a while for clients that come back."""

    def __init__(self, address: wire.ControlAddress, token: str | None) -> None:
        """Raises ValueError for a TCP address without a token."""
        if isinstance(address, wire.TcpAddress) and not token:
            raise ValueError("a control port on TCP needs a token")
        self._address = address
        self._token = token
        self._boot = secrets.token_hex(8)
        self._started_ms = 0
        self._count = 0
        self._backlog: deque[wire.Pushed] = deque(maxlen=BACKLOG_EVENTS)
        self._clients: dict[asyncio.Task[None] | None, Feed[bytes]] = {}
        self._open = 0
        """Connections, also of those who have not said hello yet."""

    def push(self, event: PlaneEvent) -> None:
        """Send an event to every client; never blocks."""
        self._count += 1
        pushed = wire.Pushed(n=self._count, event=event)
        expendable = isinstance(event, LinkQuality)
        if not expendable:
            self._backlog.append(pushed)
        if self._clients:
            line = wire.encode(pushed)
            for feed in self._clients.values():
                feed.put(line, expendable=expendable)

    async def serve(self, node: Node, ready: asyncio.Event) -> None:
        """Serve until cancelled. ``ready`` is set once clients can come."""
        self._started_ms = node.clock.now_us() // 1000
        listening = self._listen()
        start = asyncio.start_unix_server if listening.family == socket.AF_UNIX else asyncio.start_server
        server = await start(lambda reader, writer: self._client(node, reader, writer), sock=listening, limit=wire.MAX_LINE_BYTES)
        try:
            ready.set()
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()
            tasks = [task for task in self._clients if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if isinstance(self._address, wire.UnixAddress):
                _unlink(self._address.path)

    def _listen(self) -> socket.socket:
        match self._address:
            case wire.TcpAddress(host, port):
                return socket.create_server((host, port))
            case wire.UnixAddress(path):
                return _listen_unix(Path(path))

    async def _client(self, node: Node, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # asyncio's stream server owns the task, and before Python 3.12 logs a cancelled one as a fault; only our end cancels.
        with contextlib.suppress(asyncio.CancelledError):
            await self._converse(node, reader, writer)

    async def _converse(self, node: Node, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        feed: Feed[bytes] = Feed()
        task = asyncio.current_task()
        self._open += 1
        try:
            if self._open > MAX_CLIENTS or not await self._greet(reader, feed):
                return
            self._clients[task] = feed
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(_send_all(feed, writer))
                try:
                    await self._answer_all(node, reader, feed)
                finally:
                    sending.cancel()
        except* (OSError, TimeoutError, ValueError) as errors:
            log.info("media.control_client_ended", cause=[type(error).__name__ for error in errors.exceptions])
        finally:
            self._open -= 1
            self._clients.pop(task, None)
            writer.close()

    async def _greet(self, reader: asyncio.StreamReader, feed: Feed[bytes]) -> bool:
        hello = wire.decode_from_client(await asyncio.wait_for(reader.readline(), HELLO_TIMEOUT_S))
        if not isinstance(hello, wire.Hello) or hello.version != wire.VERSION:
            return False
        if self._token is not None and not hmac.compare_digest((hello.token or "").encode(), self._token.encode()):
            log.warning("media.control_refused")
            return False
        feed.put(wire.encode(wire.Welcome(boot=self._boot, started_ms=self._started_ms, last=self._count)))
        if hello.boot == self._boot:
            for pushed in self._backlog:
                if pushed.n > hello.after:
                    feed.put(wire.encode(pushed))
        return True

    async def _answer_all(self, node: Node, reader: asyncio.StreamReader, feed: Feed[bytes]) -> None:
        while line := await reader.readline():
            message = wire.decode_from_client(line)
            if not isinstance(message, wire.Call):
                raise ValueError("said hello twice")
            feed.put(wire.encode(_answer(node, message)))
            await asyncio.sleep(0)  # lines that have come already are read without waiting: packets and others go in between


def _answer(node: Node, call: wire.Call) -> wire.Done | wire.Failed:
    try:
        match call.command:
            case wire.SetProgram(session=session, program=program, origin=origin):
                node.set_program(session, program, origin)
                return wire.Done(id=call.id)
            case wire.OpenRelay(session=session):
                return wire.Done(id=call.id, relay=node.relay.address(session))
            case wire.Forget(session=session):
                node.forget(session)
                return wire.Done(id=call.id)
            case wire.Publish(session=session, peer=peer, offer_sdp=offer):
                return wire.Done(id=call.id, sdp=node.publish(session, peer, offer))
            case wire.Subscribe(session=session, peer=peer):
                return wire.Done(id=call.id, sdp=node.subscribe(session, peer))
            case wire.Subscribed(session=session, peer=peer, answer_sdp=answer):
                node.subscribed(session, peer, answer)
                return wire.Done(id=call.id)
            case wire.Watch(session=session, peer=peer, offer_sdp=offer):
                return wire.Done(id=call.id, sdp=node.watch(session, peer, offer))
            case wire.Drop(session=session, peer=peer, direction=direction):
                node.drop(session, peer, direction)
                return wire.Done(id=call.id)
            case wire.Describe():
                return wire.Done(id=call.id, counters=node.describe())
    except BadSdp as error:
        log.warning("media.bad_sdp", cause=str(error))
        return wire.Failed(id=call.id, code="media.bad_sdp")
    except NodeFull:
        return wire.Failed(id=call.id, code="media.full")
    except UnknownPeer:
        return wire.Failed(id=call.id, code="media.unknown_peer")
    except Exception:
        log.exception("media.command_fault", command=call.command.type)
        return wire.Failed(id=call.id, code="media.unavailable")


async def _send_all(feed: Feed[bytes], writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"".join(await feed.get_all()))
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await writer.drain()


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        Path(path).unlink()


def _listen_unix(path: Path) -> socket.socket:
    """A listening socket that only this user may open. One left by a dead node is replaced; a living node's is not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with usable(path) as name:
            if path.exists():
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                    probe.settimeout(1)
                    try:
                        probe.connect(name)
                    except OSError:
                        path.unlink(missing_ok=True)
                    else:
                        raise OSError(f"another node serves {path.name}")
            before = os.umask(0o177)
            try:
                listening.bind(name)
            finally:
                os.umask(before)
        listening.listen(16)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening
