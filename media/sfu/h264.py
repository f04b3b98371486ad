"""The H.264 payload (RFC 6184 §5), as far as forwarding needs it: where a key frame begins. Nothing in it is rewritten."""

from __future__ import annotations

from media.sfu.vp8 import Descriptor

STAP_A, FU_A = 24, 28
SLICE_IDR, SPS, PPS = 5, 7, 8
_PLAIN, _KEY = Descriptor(False, -1, 0, -1, 0), Descriptor(True, -1, 0, -1, 0)


def describe(payload: bytes) -> Descriptor:
    """Whether a key frame begins in this payload: with its sequence parameter set, since without one it cannot be decoded.

    Raises ValueError for what packetization-mode 1 does not allow, and where a unit is cut off.
    """
    kind = payload[0] & 0x1F
    if 1 <= kind <= 23:
        return _KEY if kind == SPS else _PLAIN
    if kind == STAP_A:
        return _KEY if SPS in _aggregated(payload) else _PLAIN
    if kind == FU_A and len(payload) > 2:
        return _KEY if payload[1] & 0x80 and payload[1] & 0x1F == SPS else _PLAIN
    raise ValueError("not a payload of H.264 in packetization mode 1")


def _aggregated(payload: bytes) -> list[int]:
    """The types of the units in a STAP-A (RFC 6184 §5.7.1)."""
    kinds: list[int] = []
    at = 1
    while at < len(payload):
        if at + 3 > len(payload):
            raise ValueError("aggregated unit cut off")
        size = payload[at] << 8 | payload[at + 1]
        at += 2
        if not size or at + size > len(payload):
            raise ValueError("aggregated unit cut off")
        kinds.append(payload[at] & 0x1F)
        at += size
    if not kinds:
        raise ValueError("nothing aggregated")
    return kinds
