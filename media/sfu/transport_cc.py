"""Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): when each packet of a
publisher arrived, so that the publisher can tell how much its uplink carries."""

from __future__ import annotations

import struct

from media.sfu.rtcp import NODE_SSRC
from media.sfu.rtp import unwrap

TICK_US = 250
REFERENCE_US = 64_000
MAX_PACKETS = 400
"""Packets of one feedback message; at 100 ms this is 30 Mbit/s."""
MAX_MESSAGES = 4
"""At once. Numbers that lie further apart come from a peer that makes them up."""
_RTPFB, _FORMAT = 205, 15
_MISSING, _SMALL, _LARGE = 0, 1, 2


class Arrivals:
    """Collects arrivals of one up connection and turns them into feedback."""

    def __init__(self) -> None:
        self._arrived: dict[int, int] = {}
        self._highest = -1
        self._next = -1
        self._count = 0

    def note(self, sequence: int, at_us: int) -> None:
        """A packet with this transport-wide number came."""
        number = unwrap(sequence, self._highest) if self._highest >= 0 else sequence + 0x10000
        self._highest = max(self._highest, number)
        if len(self._arrived) < 4 * MAX_PACKETS:
            self._arrived.setdefault(number, at_us)

    def feedback(self, media_ssrc: int) -> list[bytes]:
        """RTCP packets for all arrivals since the last call; none where nothing came."""
        if not self._arrived:
            return []
        numbers = sorted(self._arrived)
        first = numbers[0]
        if 0 <= self._next < first and numbers[-1] - self._next < MAX_PACKETS:
            first = self._next
        packets: list[bytes] = []
        while first <= numbers[-1] and len(packets) < MAX_MESSAGES:
            packet, first = self._message(first, min(numbers[-1], first + MAX_PACKETS - 1), media_ssrc)
            if packet:
                packets.append(packet)
            first = next((number for number in numbers if number >= first), numbers[-1] + 1)
        self._next = numbers[-1] + 1
        self._arrived.clear()
        return packets

    def _message(self, first: int, last: int, media_ssrc: int) -> tuple[bytes, int]:
        """One message from ``first`` on, and the number with which the next must begin."""
        begin_us = next((self._arrived[n] for n in range(first, last + 1) if n in self._arrived), None)
        if begin_us is None:
            return b"", last + 1
        reference = begin_us // REFERENCE_US
        at_us = reference * REFERENCE_US
        symbols: list[int] = []
        deltas = bytearray()
        for number in range(first, last + 1):
            arrived_us = self._arrived.get(number)
            if arrived_us is None:
                symbols.append(_MISSING)
                continue
            ticks = round((arrived_us - at_us) / TICK_US)
            if not -0x8000 <= ticks <= 0x7FFF:
                last = number - 1
                break
            if 0 <= ticks <= 0xFF:
                symbols.append(_SMALL)
                deltas.append(ticks)
            else:
                symbols.append(_LARGE)
                deltas += struct.pack("!h", ticks)
            at_us += ticks * TICK_US
        base = (reference & 0xFFFFFF) << 8 | self._count
        body = struct.pack("!IIHHI", NODE_SSRC, media_ssrc, first & 0xFFFF, len(symbols), base)
        self._count = self._count + 1 & 0xFF
        body += _chunks(symbols) + bytes(deltas)
        padding = -len(body) % 4
        head = 0x80 | _FORMAT
        if padding:
            head |= 0x20
            body += bytes(padding - 1) + bytes((padding,))
        return struct.pack("!BBH", head, _RTPFB, len(body) // 4) + body, last + 1


def _chunks(symbols: list[int]) -> bytes:
    """Packet status chunks: a run where at least seven are equal, else seven two-bit symbols."""
    out = bytearray()
    at = 0
    while at < len(symbols):
        run = 1
        while at + run < len(symbols) and symbols[at + run] == symbols[at] and run < 0x1FFF:
            run += 1
        if run >= 7:
            out += struct.pack("!H", symbols[at] << 13 | run)
            at += run
            continue
        vector = 0xC000
        for place, symbol in enumerate(symbols[at : at + 7]):
            vector |= symbol << (12 - 2 * place)
        out += struct.pack("!H", vector)
        at += 7
    return bytes(out)
