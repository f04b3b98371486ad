"""The load: one publisher, and many viewers that only count; a sample of them decrypts and keeps the delays."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aioice import stun
from aiortc.rtp import RtcpReceiverInfo, pack_remb_fci

from media.sfu import kernel, rtcp
from media.sfu.clock import NodeClock
from media.sfu.codecs import OPUS, VP8
from media.sfu.dtls import Certificate
from media.simpeer import SimDown, SimUp
from media.simpeer_link import CHECK_AGAIN_S, CONSENT_S, Remote, SimLink, read_remote

FRAMES_PER_S, PACKETS_PER_FRAME, PICTURE_BYTES = 28, 5, 1100
VOICES_PER_S, VOICE_BYTES = 50, 120
PACKETS_PER_S = FRAMES_PER_S * PACKETS_PER_FRAME + VOICES_PER_S
SAMPLE_EVERY = 15
"""One viewer of so many decrypts what it gets."""
FEEDBACK_PER_S = 2.6
"""Receiver reports with an estimate, as Chromium sends them."""
BATCH, DATAGRAM_BYTES = 32, 2048
RECEIVE_BUFFER_BYTES = 1 << 20
SO_TIMESTAMPNS = 35
_STAMP = struct.Struct("=q")
_TIMESPEC = struct.Struct("@qq")


class Sink:
    """Buffers for many datagrams at once, shared by all viewers of this process."""

    def __init__(self) -> None:
        self.lib = kernel.load()
        ffi = kernel.ffi
        self._memory = ffi.new("char[]", BATCH * DATAGRAM_BYTES)
        whole = memoryview(ffi.buffer(self._memory))
        self.views = [whole[slot * DATAGRAM_BYTES : (slot + 1) * DATAGRAM_BYTES] for slot in range(BATCH)]
        self._iovecs = ffi.new("struct iovec[]", BATCH)
        self.messages: Any = ffi.new("struct mmsghdr[]", BATCH)
        for slot in range(BATCH):
            self._iovecs[slot].iov_base = self._memory + slot * DATAGRAM_BYTES
            self._iovecs[slot].iov_len = DATAGRAM_BYTES
            self.messages[slot].msg_hdr.msg_iov = self._iovecs + slot
            self.messages[slot].msg_hdr.msg_iovlen = 1


@dataclass(slots=True)
class Count:
    """What came to all viewers together."""

    packets: int = 0
    controls: int = 0


class LoadLink(SimLink):
    """A link that answers checks, too: Janus is no ICE-lite server, and where it offers it is the one that nominates the path."""

    def __init__(
        self, certificate: Certificate, receive: Callable[[memoryview, bool], None], address: str, *, nominated: bool
    ) -> None:
        """``address``: the own one; ``nominated``: the server chooses the path (RFC 8445 §6.1.1, the controlled role)."""
        super().__init__(certificate, receive)
        self._socket.bind((address, 0))
        self._nominated = nominated
        self._remote_address = ("", 0)

    def with_candidate(self, description: str) -> str:
        """The description with this end's address in every section."""
        host, port = self._socket.getsockname()
        line = f"a=candidate:1 1 udp 2130706431 {host} {port} typ host\r\n"
        head, *sections = description.split("m=")
        return head + "".join(f"m={section}{line}" for section in sections)

    async def run(self, remote: Remote) -> None:
        """See :meth:`SimLink.run`."""
        self._remote_address = remote.address
        await super().run(remote)

    async def _check_forever(self, remote: Remote) -> None:
        if not self._nominated:
            await super()._check_forever(remote)
            return
        attributes = {"USERNAME": f"{remote.ufrag}:{self.ufrag}", "PRIORITY": 1, "ICE-CONTROLLED": secrets.randbits(64)}
        while True:
            message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes=dict(attributes))
            message.add_message_integrity(remote.password.encode())
            self._put(bytes(message))
            await asyncio.sleep(CONSENT_S if self._answered.is_set() else CHECK_AGAIN_S)

    def _take(self, length: int) -> None:
        if self._in_view[0] > 3:
            super()._take(length)
            return
        message = stun.parse_message(bytes(self._in_view[:length]))
        if message.message_class is stun.Class.REQUEST:
            answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=message.transaction_id)
            answer.attributes["XOR-MAPPED-ADDRESS"] = self._remote_address
            answer.add_message_integrity(self.password.encode())
            self._put(bytes(answer))
        if (message.message_class is stun.Class.RESPONSE) is not self._nominated:
            self._answered.set()


class CountingLink(LoadLink):
    """A viewer's link that counts packets without looking into them."""

    def __init__(self, certificate: Certificate, sink: Sink, count: Count, address: str, *, nominated: bool) -> None:
        super().__init__(certificate, lambda data, control: None, address, nominated=nominated)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self.packets = 0
        self._sink = sink
        self._count = count
        self._fileno = self._socket.fileno()

    def _readable(self) -> None:
        sink = self._sink
        if sink.lib is None or not self.connected.is_set():
            super()._readable()
            return
        while True:
            count = sink.lib.recvmmsg(self._fileno, sink.messages, BATCH, socket.MSG_DONTWAIT, kernel.ffi.NULL)
            for slot in range(max(0, count)):
                self._note(sink.views[slot], sink.messages[slot].msg_len)
            if count < BATCH:
                return

    def _note(self, view: memoryview, length: int) -> None:
        if 128 <= view[0] <= 191:
            if 192 <= view[1] <= 223:
                self._count.controls += 1
            else:
                self.packets += 1
                self._count.packets += 1
        else:
            self._in_view[:length] = view[:length]
            self._take(length)


class SamplingLink(CountingLink):
    """One that decrypts, and notes how long each packet was under way: from the publisher's call to this machine's kernel."""

    def __init__(self, certificate: Certificate, sink: Sink, count: Count, address: str, *, nominated: bool) -> None:
        super().__init__(certificate, sink, count, address, nominated=nominated)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.delays_ms: list[float] = []
        self._arrived_ns = 0
        self._receive = self._measure

    def _readable(self) -> None:
        for _ in range(BATCH):
            try:
                length, ancillary, _, _ = self._socket.recvmsg_into([self._in_view], 64)
            except OSError:
                return
            self._arrived_ns = time.time_ns()
            for level, kind, data in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                    seconds, nanoseconds = _TIMESPEC.unpack(data)
                    self._arrived_ns = seconds * 1_000_000_000 + nanoseconds
            if length:
                self._take(length)

    def _measure(self, data: memoryview, control: bool) -> None:
        if control:
            self._count.controls += 1
            return
        self.packets += 1
        self._count.packets += 1
        at = 12 + (4 + 4 * struct.unpack_from("!H", data, 14)[0] if data[0] & 0x10 else 0)
        # A voice begins with the stamp; a picture with its 4 bytes of descriptor and 4 of frame tag.
        at += 0 if data[1] & 0x7F == OPUS.payload_type else 8
        (sent_ns,) = _STAMP.unpack_from(data, at)
        self.delays_ms.append((self._arrived_ns - sent_ns) / 1e6)


class Viewer(SimDown):
    """One subscriber."""

    def __init__(self, certificate: Certificate, clock: NodeClock, link: CountingLink) -> None:
        super().__init__(certificate, clock)
        self.link: CountingLink = link

    async def run(self) -> None:
        """Connect and stay until cancelled; reports go out by :meth:`report`."""
        await self.link.run(read_remote(self._remote))

    def report(self) -> None:
        """A receiver report with blocks for picture and sound, and the estimate of the downlink."""
        video = next((ssrc for ssrc, mid in self._slots.items() if mid in ("speaker", "camera", "1")), None)
        if video is None:
            return
        block = RtcpReceiverInfo(ssrc=video, fraction_lost=0, packets_lost=0, highest_sequence=0, jitter=90, lsr=0, dlsr=0)
        message = rtcp.report([block]) + _remb(3_000_000, [video])
        self.link.send(message, control=True)


class Publisher(SimUp):
    """Sends pictures in bursts, as an encoder does, and voices between them; each packet carries the time when it left."""

    def __init__(self, certificate: Certificate, clock: NodeClock, address: str) -> None:
        super().__init__(certificate, clock)
        self.link: LoadLink = LoadLink(certificate, self._take, address, nominated=False)
        for track in (self.microphone, self.camera, self.screen):
            track._link = self.link
        self.camera.keyframe_wanted = True

    async def send(self) -> None:
        """Until cancelled."""
        frame = voice = 0
        began = time.monotonic()
        filler = secrets.token_bytes(PICTURE_BYTES)
        while True:
            next_frame, next_voice = began + frame / FRAMES_PER_S, began + voice / VOICES_PER_S
            await asyncio.sleep(min(next_frame, next_voice) - time.monotonic())
            if next_frame <= next_voice:
                self._picture(frame, filler)
                frame += 1
            else:
                body = _STAMP.pack(time.time_ns()) + filler[: VOICE_BYTES - _STAMP.size]
                self._put(self.microphone, OPUS.payload_type, voice * 960, body, marker=voice == 0)
                voice += 1

    def _picture(self, number: int, filler: bytes) -> None:
        key, self.camera.keyframe_wanted = self.camera.keyframe_wanted, False
        tag = b"\x10\x00\x00\x00" if key else b"\x11\x00\x00\x00"  # RFC 6386 §9.1: bit 0 is 0 for keys
        for piece in range(PACKETS_PER_FRAME):
            descriptor = struct.pack("!BBH", 0x90 if piece == 0 else 0x80, 0x80, 0x8000 | number & 0x7FFF)
            body = descriptor + tag + _STAMP.pack(time.time_ns()) + filler[: PICTURE_BYTES - 16]
            timestamp = number * VP8.clock_hz // FRAMES_PER_S
            self._put(self.camera, VP8.payload_type, timestamp, body, marker=piece == PACKETS_PER_FRAME - 1)

    def _put(self, track: Any, payload_type: int, timestamp: int, body: bytes, *, marker: bool) -> None:
        sequence = track._sequence = track._sequence + 1 & 0xFFFF
        header = struct.pack("!BBHII", 0x80, payload_type | (0x80 if marker else 0), sequence, timestamp & 0xFFFFFFFF, track.ssrc)
        self.link.send(header + body)
        track.packets += 1
        track.octets += len(body)


@dataclass(frozen=True, slots=True)
class Measured:
    """One window."""

    seconds: float
    published: int
    forwarded: int
    expected: int
    worst_loss: float
    delays_ms: Sequence[float]


class Crowd:
    """The publisher and the viewers of one server."""

    def __init__(self, address: str, *, nominated: bool) -> None:
        """``address``: the own one; ``nominated``: viewers leave it to the server to choose their path."""
        self._nominated = nominated
        self.certificate = Certificate()
        self._address = address
        self.clock = NodeClock()
        self.count = Count()
        self.viewers: list[Viewer] = []
        self.publisher = Publisher(self.certificate, self.clock, address)
        self._sink = Sink()

    def new_viewer(self) -> Viewer:
        """One more; every fifteenth looks into its packets."""
        sampling = len(self.viewers) % SAMPLE_EVERY == 0
        link = (SamplingLink if sampling else CountingLink)(
            self.certificate, self._sink, self.count, self._address, nominated=self._nominated
        )
        viewer = Viewer(self.certificate, self.clock, link)
        self.viewers.append(viewer)
        return viewer

    async def give_feedback(self) -> None:
        """Until cancelled: every viewer reports so many times a second, one after the other."""
        period_s = 0.02
        due = 0.0
        turn = itertools.count()
        while True:
            await asyncio.sleep(period_s)
            due = min(due + len(self.viewers) * FEEDBACK_PER_S * period_s, 2.0 * len(self.viewers))
            while due >= 1 and self.viewers:
                due -= 1
                self.viewers[next(turn) % len(self.viewers)].report()

    async def measure(self, seconds: float) -> Measured:
        """What passes in a window of so long."""
        for viewer in self.viewers:
            viewer.link.packets = 0
            if isinstance(viewer.link, SamplingLink):
                viewer.link.delays_ms.clear()
        published = self._published()
        forwarded, began = self.count.packets, time.monotonic()
        await asyncio.sleep(seconds)
        seconds = time.monotonic() - began
        published, forwarded = self._published() - published, self.count.packets - forwarded
        got = [viewer.link.packets for viewer in self.viewers]
        delays = [delay for viewer in self.viewers if isinstance(viewer.link, SamplingLink) for delay in viewer.link.delays_ms]
        # What was under way at the window's ends is neither lost nor gained.
        slack = PACKETS_PER_FRAME * 2
        worst = max((max(0, published - packets - slack) / published for packets in got), default=0.0)
        return Measured(seconds, published, forwarded, published * len(got), worst, delays)

    def _published(self) -> int:
        return self.publisher.camera.packets + self.publisher.microphone.packets


def _remb(bps: int, ssrcs: list[int]) -> bytes:
    fci = pack_remb_fci(bps, ssrcs)
    return struct.pack("!BBHII", 0x8F, 206, 2 + len(fci) // 4, 1, 0) + fci
