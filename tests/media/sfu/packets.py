"""Packets made by hand, and the parts of the node that forward them, without sockets."""

from __future__ import annotations

import random

from media.sfu.codecs import OPUS, SLOTS, VP8
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


def video_layer(rid: str | None = None, ssrc: int = 1) -> Layer:
    return UpTrack("hub", "camera", VP8, (rid,) if rid else ()).open_layer(rid, ssrc)


def voice_layer(ssrc: int = 2) -> Layer:
    return UpTrack("hub", "mic", OPUS, ()).open_layer(None, ssrc)


class Viewer:
    """A slot whose output is kept as the wire would carry it."""

    def __init__(self, mid: str = "speaker", first_sequence: int = 100) -> None:
        self.wire: list[bytes] = []
        self.track = DownTrack(SLOT[mid], 0xAAAA, 0xBBBB, first_sequence, self._send)

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

    def _send(self, track: DownTrack, packet: Packet, segment: Segment) -> None:
        out = bytearray(1600)
        size = track.write(packet, segment, memoryview(out), 0, 7)
        self.wire.append(bytes(out[:size]))
