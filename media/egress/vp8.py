"""VP8 out of RTP (RFC 7741), and only what can be decoded cleanly.

A frame that refers to a lost one would show garbage; so after a loss frames are left out until a keyframe, or until the
temporal layers prove that nothing which is needed went missing. Whoever shows the frames holds the last one meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from media.egress.rtp import Ordered


@dataclass(frozen=True, slots=True)
class Descriptor:
    """The payload descriptor (RFC 7741 §4.2). ``size`` is its length in bytes."""

    size: int
    starts_frame: bool
    picture_id: int | None
    picture_bits: int
    tl0: int | None
    tid: int
    layer_sync: bool


def parse_descriptor(payload: bytes) -> Descriptor | None:
    """The descriptor at the head of ``payload``; None where it is cut short."""
    try:
        first = payload[0]
        offset = 1
        picture_id = tl0 = None
        picture_bits = tid = 0
        layer_sync = False
        if first & 0x80:
            extension = payload[1]
            offset = 2
            if extension & 0x80:
                picture_id, picture_bits = payload[offset], 7
                offset += 1
                if picture_id & 0x80:
                    picture_id, picture_bits = (picture_id & 0x7F) << 8 | payload[offset], 15
                    offset += 1
            if extension & 0x40:
                tl0 = payload[offset]
                offset += 1
            if extension & 0x30:
                if extension & 0x20:
                    tid, layer_sync = payload[offset] >> 6, bool(payload[offset] & 0x20)
                offset += 1
    except IndexError:
        return None
    if offset >= len(payload):
        return None
    return Descriptor(offset, bool(first & 0x10) and not first & 0x07, picture_id, picture_bits, tl0, tid, layer_sync)


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """A whole frame. ``timestamp`` in the RTP clock, continued; ``width`` and ``height`` of a keyframe, else 0."""

    timestamp: int
    data: bytes
    keyframe: bool
    width: int = 0
    height: int = 0


def keyframe_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels if ``data`` begins a keyframe (RFC 6386 §9.1), else None."""
    if len(data) < 10 or data[0] & 0x01 or data[3:6] != b"\x9d\x01\x2a":
        return None
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF


class Vp8Assembler:
    """Packets in order → whole frames that can be decoded after those given out before."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._head: Descriptor | None = None
        self._timestamp = 0
        self._last_picture: int | None = None
        self._last_tl0: int | None = None
        self._clean_tid = -1
        """The highest temporal layer whose references are whole; -1: none, a keyframe is needed."""
        self._missing = False
        self.dropped = 0
        """Frames left out because of loss."""

    def push(self, ordered: Ordered) -> Iterator[EncodedFrame]:
        """Take the next packet of the track; out comes the frame that it completes, if it can be decoded."""
        head = parse_descriptor(ordered.packet.payload)
        if head is None:
            self._break()
            return
        if head.starts_frame:
            if self._head is not None:
                self._break()  # its end never came
            if ordered.lost_before and not self._follows(head):
                self._missing = True
            self._head, self._timestamp, self._parts = head, ordered.timestamp, []
        elif self._head is None or ordered.lost_before or ordered.timestamp != self._timestamp:
            self._break()
            return
        self._parts.append(ordered.packet.payload[head.size :])
        if ordered.packet.marker:
            yield from self._complete(self._head or head)

    def _break(self) -> None:
        self._missing = True
        self._head = None
        self._parts = []

    def _follows(self, head: Descriptor) -> bool:
        """Is this the picture right after the last whole one (what was missing between was padding)?"""
        if self._head is not None or head.picture_id is None or self._last_picture is None:
            return False
        return head.picture_id == (self._last_picture + 1) % (1 << head.picture_bits)

    def _complete(self, head: Descriptor) -> Iterator[EncodedFrame]:
        data = b"".join(self._parts)
        self._head, self._parts = None, []
        size = keyframe_size(data)
        if size is not None:
            self._clean_tid, self._missing = 3, False
        elif self._missing:
            self._missing = False
            next_base = self._last_tl0 is not None and head.tl0 is not None and self._clean_tid >= 0
            distance = ((head.tl0 or 0) - (self._last_tl0 or 0)) % 256
            if next_base and ((head.tid == 0 and distance == 1) or (head.tid > 0 and distance == 0)):
                self._clean_tid = 0  # the base layer is whole; the layers above may not be
            else:
                self._clean_tid = -1
        self._last_picture = head.picture_id
        if head.layer_sync and head.tid > 0 and self._clean_tid >= 0 and self._base_is_current(head):
            self._clean_tid = max(self._clean_tid, head.tid)
        if head.tid > self._clean_tid or not self._base_is_current(head):
            self.dropped += 1
            return
        if head.tid == 0:
            self._last_tl0 = head.tl0
        yield EncodedFrame(self._timestamp, data, size is not None, *(size or (0, 0)))

    def _base_is_current(self, head: Descriptor) -> bool:
        """Does the frame build on the base-layer frame that was given out last? (TL0PICIDX, RFC 7741 §4.2)"""
        if head.tid == 0 or head.tl0 is None or self._last_tl0 is None:
            return True
        return head.tl0 == self._last_tl0
