"""RTP packets as the capture holds them: parsing, counters that never wrap, and order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_FAR_PACKETS = 3_000
"""A jump of more packets than this is a new start of the stream, not loss or reordering (RFC 3550 A.1, MAX_DROPOUT)."""
_PAUSE_US = 5_000_000
"""A pause after which nothing can be said about what is missing."""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """The parts of an RTP packet (RFC 3550 §5.1) that a receiver of media needs."""

    sequence: int
    timestamp: int
    marker: bool
    payload: bytes


def parse_rtp(data: bytes) -> RtpPacket | None:
    """The packet in ``data``, or None where it is no RTP or carries nothing (padding only)."""
    if len(data) < 12 or data[0] >> 6 != 2:
        return None
    start = 12 + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data) - (data[-1] if data[0] & 0x20 else 0)
    if start >= end:
        return None
    return RtpPacket(
        sequence=int.from_bytes(data[2:4], "big"),
        timestamp=int.from_bytes(data[4:8], "big"),
        marker=bool(data[1] & 0x80),
        payload=data[start:end],
    )


class Unwrapper:
    """A counter of ``bits`` bits continued beyond its range: each value is taken as the one nearest to the last."""

    def __init__(self, bits: int) -> None:
        self._range = 1 << bits
        self._last: int | None = None

    def unwrap(self, value: int) -> int:
        """The continued value; becomes the reference of the next."""
        self._last = self.nearest(value)
        return self._last

    def nearest(self, value: int) -> int:
        """The continued value, without moving the reference."""
        if self._last is None:
            return value
        half = self._range // 2
        return self._last + (value - self._last + half) % self._range - half


@dataclass(frozen=True, slots=True)
class Ordered:
    """A packet in its order. ``lost_before``: packets between the previous one and this never came."""

    packet: RtpPacket
    timestamp: int
    """Continued beyond 32 bits."""
    lost_before: bool


class Reorder:
    """Puts packets into sequence order, waiting for a missing one until those after it have waited ``hold_us``.

    The very first packets wait as long, because the first to arrive need not be the first that was sent. Time is the packets'
    arrival time, so the same capture always gives the same order. What arrives after it was given up, or twice, is dropped.
    After a pause (the track was not captured) and after a jump of its numbers the stream is taken as a new one.
    """

    def __init__(self, hold_us: int) -> None:
        self._hold_us = hold_us
        self._sequences = Unwrapper(16)
        self._timestamps = Unwrapper(32)
        self._next: int | None = None
        self._held: dict[int, tuple[int, RtpPacket]] = {}
        self._arrived_us: int | None = None
        self._begins_after_loss = False

    def push(self, packet: RtpPacket, at_us: int) -> Iterator[Ordered]:
        """Take a packet that arrived at ``at_us``; out come those whose turn it is."""
        if self._is_new_stream(packet, at_us):
            yield from self._release_all()
            self._next, self._sequences, self._begins_after_loss = None, Unwrapper(16), True
        self._arrived_us = at_us
        sequence = self._sequences.nearest(packet.sequence)
        if self._next is None or sequence >= self._next:
            self._sequences.unwrap(packet.sequence)
            self._held.setdefault(sequence, (at_us, packet))
            yield from self._drain(lost_before=False)
        yield from self.expire(at_us)

    def expire(self, now_us: int) -> Iterator[Ordered]:
        """Those whose missing predecessors have had their time by ``now_us``."""
        while self._held and now_us - min(at for at, _ in self._held.values()) >= self._hold_us:
            yield from self._release_first()

    def _is_new_stream(self, packet: RtpPacket, at_us: int) -> bool:
        if self._arrived_us is None:
            return False
        expected = self._next if self._next is not None else min(self._held)
        jump = abs(self._sequences.nearest(packet.sequence) - expected)
        return at_us - self._arrived_us > _PAUSE_US or jump > _FAR_PACKETS

    def _release_all(self) -> Iterator[Ordered]:
        while self._held:
            yield from self._release_first()

    def _release_first(self) -> Iterator[Ordered]:
        lost_before = self._next is not None or self._begins_after_loss
        self._next, self._begins_after_loss = min(self._held), False
        yield from self._drain(lost_before=lost_before)

    def _drain(self, *, lost_before: bool) -> Iterator[Ordered]:
        while self._next is not None and (held := self._held.pop(self._next, None)) is not None:
            self._next += 1
            yield Ordered(held[1], self._timestamps.unwrap(held[1].timestamp), lost_before)
            lost_before = False
