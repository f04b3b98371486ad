"""What both connections of a peer have in common: path, keys, sending, silence."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog

from media.sfu.clock import NodeClock
from media.sfu.dtls import MAX_OVERHEAD_BYTES, Certificate, DtlsEndpoint, DtlsFailed, Srtp
from media.sfu.fanout import Fanout
from media.sfu.ice import LiteTransport
from media.sfu.outgoing import SLOT_BYTES, Outlet
from media.sfu.sdp import Local
from media.sfu.udp import Address
from media.sfu.wheel import Wheel

log = structlog.get_logger(__name__)

CONNECT_TIMEOUT_S = 30.0
SILENT_US = 3_000_000
SILENT_IDLE_US = 6_000_000
"""A page that neither sends nor gets media speaks only by ICE checks, every 2.5 s; one lost one is not silence."""
GONE_US = 30_000_000
BYTES_PER_S = 6_000_000
"""A peer may send this much: camera, screen and their retransmissions at their best, several times over."""
ALLOWANCE_BYTES = BYTES_PER_S // 2
"""At once."""
TURNS = 40
"""Ticks until all is as it was: every period of a connection divides it."""
LEAST_PACKET_BYTES = 500
"""A small packet costs the node as much as a larger one."""


@dataclass(slots=True)
class Surroundings:
    """What the node gives each of its connections."""

    clock: NodeClock
    fanout: Fanout
    certificate: Certificate
    addresses: tuple[str, ...]
    port: int
    counters: Counter[str]
    send: Callable[[bytes, Address], None]
    turns: Wheel[Connection] = field(default_factory=lambda: Wheel(TURNS))
    """Who is ticked when."""
    hurried: dict[Connection, None] = field(default_factory=dict)
    """Those who have something to do in the next tick, whether it is their turn or not."""


class Connection:
    """One peer's up or down connection, from its description to its end. :meth:`run` is its life, owned by the node."""

    direction: Literal["up", "down"]
    tick_every = 1
    """Of the node's ticks, :meth:`tick` gets those whose number this divides, and the next one after :meth:`hurry`."""

    def __init__(self, around: Surroundings, session: str, peer: str) -> None:
        self.around = around
        self.session = session
        self.peer = peer
        self.path = LiteTransport(around.send, self._proven, self._moved, self._left)
        self.dtls_server = True
        """False where the peer's description leaves only the other role (RFC 8842)."""
        self.connected = False
        self.silent = False
        self.heard_us = around.clock.now_us()
        self.media_us = 0
        self.bytes_in = 0
        self.rtt_us: int | None = None
        self.on_address: Callable[[Connection, Address], bool] = lambda connection, address: True
        """Called with each address that a check of the peer proves; returns whether the peer may have it."""
        self.on_left: Callable[[Connection, Address], None] = lambda connection, address: None
        self.allowance = ALLOWANCE_BYTES
        """Bytes that the peer may still send until :meth:`allow` is called again."""
        self._allowed_us = self.heard_us
        self.outlet: Outlet | None = None
        """The way to the peer, once there are keys."""
        self._inbound: Srtp | None = None
        self._fingerprint: tuple[str, str] | None = None
        self._described = asyncio.Event()
        """Set when the peer's description is there, or never will be."""
        self._closing = asyncio.Event()

    @property
    def bytes_out(self) -> int:
        """Bytes sent, as SRTP and SRTCP."""
        return self.outlet.bytes if self.outlet is not None else 0

    @property
    def ending(self) -> bool:
        """:meth:`close` was called."""
        return self._closing.is_set()

    def local(self) -> Local:
        """The node's side, for a session description."""
        around = self.around
        return Local(self.path.ufrag, self.path.password, around.certificate.fingerprint, around.addresses, around.port)

    def know_peer(self, ufrag: str, fingerprint: tuple[str, str]) -> None:
        """What the peer's description says of its side; the first one counts."""
        self.path.remote_ufrag = ufrag
        if self._fingerprint is None:
            self._fingerprint = fingerprint
            self._described.set()

    async def run(self, connected: Callable[[Connection], None]) -> str:
        """Shake hands, then live until the peer or :meth:`close` ends it. Returns why it ended; never raises for a peer."""
        endpoint = DtlsEndpoint(self.path, self.around.certificate, server=self.dtls_server)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._described.wait()
                await self.path.checked.wait()
                if self._fingerprint is None or self.path.address is None:
                    return "closed"
                self._inbound, outbound = await endpoint.handshake(self._fingerprint)
            self.outlet = self.around.fanout.outlet(outbound, self.path.address)
            self.connected = True
            connected(self)
            return await self._until_closed(endpoint)
        except TimeoutError:
            return "timeout"
        except DtlsFailed as failure:
            return "closed" if self.ending else f"dtls: {failure}"
        except ConnectionError:
            return "closed"
        finally:
            self.connected = False
            self.around.counters["bytes_in"] += self.bytes_in
            self.around.counters["bytes_out"] += self.bytes_out
            await endpoint.close()
            self.path.close()

    def close(self) -> None:
        """End :meth:`run`."""
        self._closing.set()
        self._described.set()
        self.path.checked.set()
        self.path.close()

    def receive(self, pointer: Any, view: memoryview, length: int, at_us: int) -> None:
        """An SRTP or SRTCP packet from one of the peer's addresses. Raises ValueError for a malformed one."""
        inbound = self._inbound
        if inbound is None:
            self.around.counters["dropped.before_keys"] += 1
            return
        if self.allowance <= 0:
            self.around.counters["dropped.too_much"] += 1
            return
        self.allowance -= max(length, LEAST_PACKET_BYTES)
        control = 192 <= view[1] <= 223
        size = inbound.rtcp(pointer, length) if control else inbound.rtp(pointer, length)
        if size < 0:
            self.around.counters["dropped.srtp"] += 1
            return
        self.heard_us = self.media_us = at_us
        self.bytes_in += length
        if control:
            self.receive_rtcp(bytes(view[:size]), at_us)
        else:
            self.receive_rtp(bytes(view[:size]), at_us)

    def receive_rtp(self, data: bytes, at_us: int) -> None:
        """A decrypted RTP packet."""
        raise NotImplementedError

    def receive_rtcp(self, data: bytes, at_us: int) -> None:
        """A decrypted compound RTCP packet."""
        raise NotImplementedError

    def check_answered(self, transaction: bytes, at_us: int) -> None:
        """An answer to a check that the node may have sent."""

    def tick(self, number: int, now_us: int) -> None:
        """Do what is due; ``number`` runs on by one every 50 ms."""
        raise NotImplementedError

    def hurry(self) -> None:
        """Have a turn in the next tick."""
        self.around.hurried[self] = None

    def send_rtcp(self, data: bytes) -> None:
        """Protect a compound RTCP packet and queue it."""
        outgoing, outlet = self.around.fanout.outgoing, self.outlet
        if outlet is None or len(data) > SLOT_BYTES - MAX_OVERHEAD_BYTES:
            return
        at, pointer = outgoing.begin()
        outgoing.view[at : at + len(data)] = data
        size = outlet.srtp.rtcp(pointer, len(data))
        if size < 0:
            self.around.counters["refused.srtcp"] += 1
            return
        outgoing.commit(size, outlet)

    def silence(self, now_us: int) -> Literal["no", "silent", "gone"]:
        """Whether the peer was heard of in time."""
        quiet_us = now_us - self.heard_us
        if quiet_us >= GONE_US:
            return "gone"
        busy = now_us - self.media_us < 10_000_000
        return "silent" if quiet_us >= (SILENT_US if busy else SILENT_IDLE_US) else "no"

    def allow(self, now_us: int) -> None:
        """Time has passed: the peer may send more."""
        elapsed_us, self._allowed_us = now_us - self._allowed_us, now_us
        self.allowance = min(ALLOWANCE_BYTES, self.allowance + elapsed_us * BYTES_PER_S // 1_000_000)

    def lives_at(self, address: Address, now_us: int) -> bool:
        """Whether the peer is at this address and was heard of just now."""
        return self.connected and not self.ending and self.path.address == address and now_us - self.heard_us < SILENT_US

    def _proven(self, address: Address) -> bool:
        return self.on_address(self, address)

    def _left(self, address: Address) -> None:
        self.on_left(self, address)

    def _moved(self, address: Address) -> None:
        if self.outlet is not None:
            self.outlet.address = address

    async def _until_closed(self, endpoint: DtlsEndpoint) -> str:
        async with asyncio.TaskGroup() as group:
            by_peer = group.create_task(endpoint.closed.wait())
            by_node = group.create_task(self._closing.wait())
            await asyncio.wait((by_peer, by_node), return_when=asyncio.FIRST_COMPLETED)
            reason = "closed by peer" if by_peer.done() else "closed"
            by_peer.cancel()
            by_node.cancel()
        return reason
