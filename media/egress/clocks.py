"""From RTP timestamps to the node's wall clock.

A sender report ties a track's RTP clock to its sender's own clock (RFC 3550 §6.4.1); all tracks of one peer share that clock,
so they stay aligned however their packets travelled. Where that clock stands against ours is judged by the report that
travelled fastest of late. Before the first report, or if reports contradict the packets grossly, the packet that travelled
fastest counts.
"""

from __future__ import annotations

from collections import deque

from media.capture import SenderReport
from media.egress.rtp import Unwrapper

WINDOW_US = 30_000_000
"""How long a fast journey is remembered: clocks drift by some 50 µs per second."""
PAUSE_US = 450_000
"""Longer than the longest silence between two packets of a voice that says nothing (RFC 7587: 400 ms)."""
_IMPLAUSIBLE_US = 2_000_000
_NEW_CLOCK_US = 500_000
_NTP_UNIX_S = 2_208_988_800


def ntp_to_us(ntp: int) -> int:
    """64-bit NTP time (RFC 5905 §6) as µs since 1970."""
    return ((ntp >> 32) - _NTP_UNIX_S) * 1_000_000 + ((ntp & 0xFFFF_FFFF) * 1_000_000 >> 32)


class Lowest:
    """The lowest value of the last ``window_us``, in constant time per value."""

    def __init__(self, window_us: int = WINDOW_US) -> None:
        self._window_us = window_us
        self._values: deque[tuple[int, int]] = deque()

    def add(self, at_us: int, value: int) -> None:
        while self._values and self._values[-1][1] >= value:
            self._values.pop()
        self._values.append((at_us, value))
        while self._values[0][0] < at_us - self._window_us:
            self._values.popleft()

    def clear(self) -> None:
        self._values.clear()

    @property
    def value(self) -> int | None:
        return self._values[0][1] if self._values else None


class PeerClock:
    """Where one sender's clock stands against the node's, from the reports of all its tracks."""

    def __init__(self) -> None:
        self._deltas = Lowest()

    def observe(self, at_us: int, sender_us: int) -> None:
        """A report written at ``sender_us`` on the sender's clock arrived at ``at_us``."""
        delta = at_us - sender_us
        if self._deltas.value is not None and abs(delta - self._deltas.value) > _NEW_CLOCK_US:
            self._deltas.clear()  # the page was loaded again, or its machine set its clock
        self._deltas.add(at_us, delta)

    @property
    def delta_us(self) -> int | None:
        return self._deltas.value


class TrackClock:
    """Maps one track's RTP timestamps (continued beyond 32 bits) to wall time."""

    def __init__(self, clock_hz: int, peer: PeerClock) -> None:
        self._hz = clock_hz
        self._peer = peer
        self._arrivals = Lowest()
        self._timestamps = Unwrapper(32)
        self._report: tuple[int, int] | None = None
        self._last_us: int | None = None

    def arrived(self, at_us: int, timestamp: int) -> None:
        """A packet with the raw 32-bit ``timestamp`` arrived."""
        journey = at_us - self._us(self._timestamps.unwrap(timestamp))
        lowest = self._arrivals.value
        if self._last_us is not None and lowest is not None and at_us - self._last_us > PAUSE_US and journey - lowest > PAUSE_US:
            # Browsers count a microphone's time in samples: it stood still during the pause, and what was known of it is over.
            self._arrivals.clear()
            self._report = None
        self._last_us = at_us
        self._arrivals.add(at_us, journey)

    def report(self, at_us: int, report: SenderReport) -> None:
        """A sender report of this track arrived."""
        sender_us = ntp_to_us(report.ntp)
        self._peer.observe(at_us, sender_us)
        self._report = (self._timestamps.nearest(report.rtp), sender_us)

    def wall_us(self, timestamp: int) -> int:
        """When ``timestamp`` was sampled, µs since 1970 on the node's clock, plus the shortest journey."""
        lowest = self._arrivals.value
        if lowest is None:
            raise ValueError("no packet has arrived")
        by_arrival = lowest + self._us(timestamp)
        delta = self._peer.delta_us
        if self._report is None or delta is None:
            return by_arrival
        rtp, sender_us = self._report
        by_report = sender_us + self._us(timestamp - rtp) + delta
        return by_report if abs(by_report - by_arrival) <= _IMPLAUSIBLE_US else by_arrival

    def _us(self, ticks: int) -> int:
        return ticks * 1_000_000 // self._hz
