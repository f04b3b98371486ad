"""The VP8 payload descriptor (RFC 7741 §4.2): what must be rewritten so that many sources look like one stream."""

from __future__ import annotations

from typing import NamedTuple


class Descriptor(NamedTuple):
    """Where the running numbers stand in a payload, and what they are. ``*_at`` are offsets, -1 where absent. The picture id is
    always in its 15-bit form (see :func:`normalise`)."""

    starts_keyframe: bool
    picture_at: int
    picture: int
    tl0_at: int
    tl0: int


def normalise(payload: bytes) -> tuple[bytes, Descriptor]:
    """The payload with its picture id (where it has one) in 15 bits, and its descriptor.

    With always the same form, a number of another stream fits in place. Raises ValueError where the descriptor is cut off.
    """
    try:
        first = payload[0]
        if not first & 0x80:
            return payload, Descriptor(_starts_keyframe(payload, 1), -1, 0, -1, 0)
        flags = payload[1]
        at, picture_at, picture, tl0_at, tl0 = 2, -1, 0, -1, 0
        if flags & 0x80:
            picture_at = at
            if payload[at] & 0x80:
                picture = (payload[at] & 0x7F) << 8 | payload[at + 1]
            else:
                picture = payload[at]
                payload = payload[:at] + bytes((0x80, picture)) + payload[at + 1 :]
            at += 2
        if flags & 0x40:
            tl0_at, tl0 = at, payload[at]
            at += 1
        if flags & 0x30:
            at += 1
        return payload, Descriptor(_starts_keyframe(payload, at), picture_at, picture, tl0_at, tl0)
    except IndexError as error:
        raise ValueError("VP8 descriptor cut off") from error


def _starts_keyframe(payload: bytes, at: int) -> bool:
    """A key frame begins: start of partition 0, and the frame tag's inverse key bit is 0 (RFC 6386 §9.1)."""
    return payload[0] & 0x10 != 0 and payload[0] & 0x07 == 0 and not payload[at] & 0x01


def size(payload: bytes) -> tuple[int, int] | None:
    """Width and height of the key frame that begins in this payload (RFC 6386 §9.1): they follow its start code."""
    at = payload.find(b"\x9d\x01\x2a", 0, 16)
    if at < 0 or len(payload) < at + 7:
        return None
    width, height = (int.from_bytes(payload[at + each : at + each + 2], "little") & 0x3FFF for each in (3, 5))
    return width, height
