"""RTP on the wire (RFC 3550 §5.1, header extensions RFC 8285): parsing what publishers send."""

from __future__ import annotations

from struct import Struct, unpack_from
from typing import NamedTuple

HEADER = Struct("!BBHII")
ONE_BYTE_PROFILE = 0xBEDE
TWO_BYTE_PROFILE = 0x1000


class Datagram(NamedTuple):
    """One RTP packet, taken apart. ``payload`` is without padding, and empty for a packet of padding only."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    extensions: dict[int, bytes]
    payload: bytes


def is_rtcp(second_byte: int) -> bool:
    """Whether a packet multiplexed by RFC 5761 is RTCP, by its second byte."""
    return 192 <= second_byte <= 223


def parse(data: bytes) -> Datagram:
    """Take an RTP packet apart. Raises ValueError for whatever is not one."""
    size = len(data)
    if size < 12:
        raise ValueError("shorter than an RTP header")
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first >> 6 != 2:
        raise ValueError("not RTP version 2")
    start = 12 + 4 * (first & 0x0F)
    extensions: dict[int, bytes] = {}
    if first & 0x10:
        if start + 4 > size:
            raise ValueError("header extension cut off")
        profile, words = unpack_from("!HH", data, start)
        start += 4
        end = start + 4 * words
        if end > size:
            raise ValueError("header extension cut off")
        if profile == ONE_BYTE_PROFILE:
            extensions = _one_byte(data, start, end)
        elif profile & 0xFFF0 == TWO_BYTE_PROFILE:
            extensions = _two_byte(data, start, end)
        start = end
    end = size
    if first & 0x20:
        padding = data[-1]
        if not padding or start + padding > size:
            raise ValueError("padding longer than the packet")
        end -= padding
    if start > end:
        raise ValueError("contributing sources cut off")
    return Datagram(second & 0x7F, second >= 0x80, sequence, timestamp, ssrc, extensions, data[start:end])


def _one_byte(data: bytes, at: int, end: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while at < end:
        head = data[at]
        at += 1
        if not head:
            continue
        ident = head >> 4
        if ident == 15:
            break
        stop = at + (head & 0x0F) + 1
        if stop > end:
            raise ValueError("header extension element cut off")
        found[ident] = data[at:stop]
        at = stop
    return found


def _two_byte(data: bytes, at: int, end: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while at < end:
        ident = data[at]
        at += 1
        if not ident:
            continue
        if at >= end or at + 1 + data[at] > end:
            raise ValueError("header extension element cut off")
        found[ident] = data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    return found


def unwrap(value: int, near: int, bits: int = 16) -> int:
    """The integer congruent to ``value`` modulo 2**bits that is nearest to ``near``: sequence numbers without rollover."""
    half = 1 << bits - 1
    return near + ((value - near + half & (1 << bits) - 1) - half)
