"""Packets made by hand, and the parts of the node that forward them, without sockets."""

from __future__ import annotations

import asyncio
import random

from media.sfu.codecs import H264, OPUS, SLOTS, VP8, Codec, Kind
from media.sfu.down import DownTrack, Segment
from media.sfu.layer import Layer, Packet
from media.sfu.rtp import Datagram, parse
from media.sfu.up import UpTrack


def dice(seed: int) -> random.Random:
    """The same chance in every run."""
    return random.Random(seed)  # noqa: S311


SLOT = {slot.mid: slot for slot in SLOTS}


def vp8_payload(picture: int, *, keyframe: bool = False, start: bool = True, tl0: int = 0, body: bytes = b"body") -> bytes:
    """A VP8 payload with 15-bit picture id, TL0PICIDX and TID, as Chromium sends it."""
    first = 0x80 | (0x10 if start else 0)
    tag = bytes((0x00 if keyframe else 0x01,)) if start else b"\xff"
    return bytes((first, 0xE0, 0x80 | picture >> 8 & 0x7F, picture & 0xFF, tl0 & 0xFF, 0x20)) + tag + body


class DirectMember:
    """See :class:`media.sfu.fanout.Member`."""

    def __init__(self, audience: DirectAudience, track: DownTrack, segment: Segment) -> None:
        self.audience, self.track, self.segment = audience, track, segment
        self.packets = self.octets = 0

    def leave(self) -> None:
        self.audience.members.remove(self)


class DirectAudience:
    """Writes each packet at once, to the ``wire`` of the viewer."""

    def __init__(self, *, urgent: bool) -> None:
        self.urgent = urgent
        self.members: list[DirectMember] = []

    def join(self, track: DownTrack, segment: Segment) -> DirectMember:
        self.members.append(DirectMember(self, track, segment))
        return self.members[-1]

    def push(self, packet: Packet) -> None:
        for member in self.members:
            if packet.index < member.segment.first_index:
                continue
            assert isinstance(member.track, ViewerTrack)
            out = bytearray(1600)
            size = member.track.write(packet, member.segment, memoryview(out), 0, 7)
            member.track.wire.append(bytes(out[:size]))
            member.packets += 1
            member.octets += len(packet.payload)


def up_track(peer: str, kind: Kind, codec: Codec, rids: tuple[str, ...] = ()) -> UpTrack:
    return UpTrack(peer, kind, codec, rids, DirectAudience)


def video_layer(rid: str | None = None, ssrc: int = 1) -> Layer:
    return up_track("hub", "camera", VP8, (rid,) if rid else ()).open_layer(rid, ssrc)


def h264_layer(ssrc: int = 3) -> Layer:
    return up_track("encoder", "camera", H264).open_layer(None, ssrc)


def voice_layer(ssrc: int = 2) -> Layer:
    return up_track("hub", "mic", OPUS).open_layer(None, ssrc)


class ViewerTrack(DownTrack):
    """A slot whose output is kept as the wire would carry it."""

    def __init__(self, mid: str, first_sequence: int) -> None:
        super().__init__(SLOT[mid], 0xAAAA, 0xBBBB, first_sequence)
        self.wire: list[bytes] = []


class Viewer:
    """One slot and what came of it."""

    def __init__(self, mid: str = "speaker", first_sequence: int = 100) -> None:
        self.track = ViewerTrack(mid, first_sequence)
        self.wire = self.track.wire

    @property
    def packets(self) -> list[Datagram]:
        return [parse(data) for data in self.wire]

    def resend(self, sequences: list[int], now_us: int) -> list[Datagram]:
        """Ask for packets again; what comes."""
        sent: list[bytes] = []
        for packet, segment in self.track.missing(sequences, now_us):
            out = bytearray(1600)
            size = self.track.write_again(packet, segment, memoryview(out), 0, 7)
            sent.append(bytes(out[:size]))
        self.wire += sent
        return [parse(data) for data in sent]


class Pipe:
    """One end of a DTLS path that loses nothing (see :class:`media.sfu.dtls.DatagramPath`)."""

    def __init__(self, role: str, inbox: asyncio.Queue[bytes], outbox: asyncio.Queue[bytes]) -> None:
        self.role = role
        self._inbox, self._outbox = inbox, outbox

    async def _recv(self) -> bytes:
        return await self._inbox.get()

    async def _send(self, data: bytes) -> None:
        self._outbox.put_nowait(data)
