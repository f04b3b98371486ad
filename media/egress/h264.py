"""H.264 out of RTP (RFC 6184, packetization mode 1), and only what can be decoded cleanly.

After a loss that is from the next key frame on: nothing in a baseline stream says that a lost frame was not needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from media.egress.rtp import Ordered
from media.egress.vp8 import EncodedFrame

_STAP_A, _FU_A = 24, 28
_IDR, _SPS = 5, 7
_START = b"\0\0\0\1"
_MAX_FRAME_BYTES = 4 << 20


class H264Assembler:
    """Packets in order → whole access units as a byte stream (Annex B), beginning with a key frame and its parameter sets."""

    def __init__(self) -> None:
        self._units: list[bytes] = []
        self._fragment: bytearray | None = None
        self._timestamp = 0
        self._bytes = 0
        self._whole = True
        """Nothing of the unit that is being put together is missing."""
        self._clean = False
        """What it refers to was given out."""
        self.dropped = 0
        """Frames left out because of loss."""

    def push(self, ordered: Ordered) -> Iterator[EncodedFrame]:
        """Take the next packet of the track; out comes the frame that it completes, if it can be decoded."""
        if ordered.lost_before:
            # It may have held the end of this frame, or a frame of its own; what begins with parameter sets is whole again.
            self._clear()
            self._clean, self._whole = False, _begins(ordered.packet.payload)
        elif (self._units or self._fragment is not None) and ordered.timestamp != self._timestamp:
            yield from self._complete()  # its last packet had no marker
        self._timestamp = ordered.timestamp
        if not self._take(ordered.packet.payload):
            self._whole = False
        if ordered.packet.marker:
            yield from self._complete()

    def _take(self, payload: bytes) -> bool:
        """Add a payload's units; False where it is not what it should be."""
        self._bytes += len(payload)
        kind = payload[0] & 0x1F
        if self._bytes > _MAX_FRAME_BYTES:
            return False
        if kind == _FU_A:
            return self._take_fragment(payload)
        self._fragment = None
        if kind == _STAP_A:
            return self._take_aggregate(payload)
        if not 1 <= kind < _STAP_A:
            return False
        self._units.append(payload)
        return True

    def _take_fragment(self, payload: bytes) -> bool:
        if len(payload) < 3:
            return False
        if payload[1] & 0x80:
            self._fragment = bytearray((payload[0] & 0xE0 | payload[1] & 0x1F,))
        if self._fragment is None:
            return False
        self._fragment += payload[2:]
        if payload[1] & 0x40:
            self._units.append(bytes(self._fragment))
            self._fragment = None
        return True

    def _take_aggregate(self, payload: bytes) -> bool:
        at = 1
        while at + 2 < len(payload):
            size = payload[at] << 8 | payload[at + 1]
            at += 2
            if not size or at + size > len(payload):
                return False
            self._units.append(payload[at : at + size])
            at += size
        return at == len(payload)

    def _complete(self) -> Iterator[EncodedFrame]:
        units, whole = self._units, self._whole and self._fragment is None
        self._clear()
        if not units:
            return
        parameters = next((unit for unit in units if unit[0] & 0x1F == _SPS), None)
        keyframe = whole and parameters is not None and any(unit[0] & 0x1F == _IDR for unit in units)
        self._clean = keyframe or (whole and self._clean)
        if not self._clean:
            self.dropped += 1
            return
        width, height = (picture_size(parameters) or (0, 0)) if keyframe and parameters is not None else (0, 0)
        data = b"".join(_START + unit for unit in units)
        yield EncodedFrame(self._timestamp, data, keyframe, width, height)

    def _clear(self) -> None:
        self._units, self._fragment, self._bytes, self._whole = [], None, 0, True


def _begins(payload: bytes) -> bool:
    """Whether a key frame's parameter sets begin here."""
    kind = payload[0] & 0x1F
    return kind == _SPS or (kind == _STAP_A and len(payload) > 3 and payload[3] & 0x1F == _SPS)


class _Bits:
    """Reads a unit without its emulation prevention (ITU-T H.264 §7.3.1, §9.1). Raises IndexError at its end."""

    def __init__(self, unit: bytes) -> None:
        self._data = unit.replace(b"\0\0\3", b"\0\0")
        self._at = 0

    def take(self, count: int = 1) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self._data[self._at >> 3] >> 7 - (self._at & 7) & 1
            self._at += 1
        return value

    def unsigned(self) -> int:
        zeros = 0
        while not self.take():
            zeros += 1
            if zeros > 31:
                raise IndexError("no number")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def picture_size(parameters: bytes) -> tuple[int, int] | None:
    """Width and height in pixels by a sequence parameter set of a baseline or main profile (ITU-T H.264 §7.3.2.1.1); None where
    it cannot be read."""
    bits = _Bits(parameters)
    try:
        bits.take(8 + 24)  # the unit's header; profile, constraints, level
        bits.unsigned()
        bits.unsigned()
        order = bits.unsigned()
        if order == 0:
            bits.unsigned()
        elif order == 1:
            bits.take()
            bits.signed()
            bits.signed()
            for _ in range(min(bits.unsigned(), 255)):
                bits.signed()
        bits.unsigned()
        bits.take()
        across, down = bits.unsigned() + 1, bits.unsigned() + 1
        frames = bits.take()
        if not frames:
            bits.take()
        bits.take()
        left = right = top = bottom = 0
        if bits.take():
            left, right, top, bottom = (bits.unsigned() for _ in range(4))
    except IndexError:
        return None
    rows = 2 - frames
    return 16 * across - 2 * (left + right), rows * (16 * down - 2 * (top + bottom))
