"""How much a viewer's line carries, measured by trains of packets (pure; times in µs, rates in bit/s).

Some STUN checks of the same size leave at once; the narrowest place of the way spreads them, and the answers come spread alike
(packet trains: Jain and Dovrolis, "Pathload"). A browser answers checks at once, as RFC 8445 §7.3 asks of it, so this works with
every one, costs a few kilobytes, shows nothing to the person, and besides measures the round trip.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

TRAIN = 5
"""Packets of one train."""
PACKET_BYTES = 840
OVERHEAD_BYTES = 28
"""IPv4 and UDP."""
PERIOD_US = 1_000_000
FIRST_PERIOD_US = 150_000
FIRST_TRAINS = 3
"""A new viewer is measured at once."""
EXTRA_TRAINS = 2
"""So many follow at once on one that tells of another line than those before it; what they say together is believed."""
CHANGE = 1.5
"""Another line carries so many times more, or less."""
WAIT_US = 2_000_000
"""What has not been answered by then never will."""
MAX_BPS = 1e9


class Measured(NamedTuple):
    """What the last three trains say together."""

    bps: float
    """Their median."""
    least_bps: float
    most_bps: float


@dataclass(slots=True)
class _Train:
    at_us: int
    regular: bool
    answers: dict[int, int] = field(default_factory=dict)
    """place in the train → arrival of the answer"""


class Prober:
    """Keeps the trains of one line. A packet is named by (train, place)."""

    def __init__(self) -> None:
        self.rtt_us: int | None = None
        """The quickest answer to the last train that was answered."""
        self._trains: deque[_Train] = deque(maxlen=4)
        self._rates_bps: deque[float] = deque(maxlen=3)
        self._sent = 0
        self._next_us = 0
        self._extra = 0

    @property
    def started(self) -> bool:
        """Whether there was a train yet."""
        return self._sent > 0

    @property
    def starting(self) -> bool:
        """Whether the first trains are still under way."""
        return self._sent < FIRST_TRAINS

    @property
    def hastened(self) -> bool:
        """Whether the line is being measured anew."""
        return self._extra > 0

    @property
    def hurried(self) -> bool:
        """Whether the next train leaves earlier than usual."""
        return self.starting or self._extra > 0

    def due(self, now_us: int) -> bool:
        """Whether the next train may leave."""
        return now_us >= self._next_us

    def begin(self, now_us: int) -> int:
        """A train leaves now; returns its number."""
        self._trains.append(_Train(now_us, regular=not self.hurried))
        self._sent += 1
        self._extra = max(0, self._extra - 1)
        self._next_us = now_us + (FIRST_PERIOD_US if self.hurried else PERIOD_US)
        return self._sent - 1

    def hasten(self, at_us: int) -> None:
        """The line is another one: forget what it carried, and measure it anew from ``at_us`` on."""
        self._rates_bps.clear()
        self._next_us, self._extra = at_us, FIRST_TRAINS

    def answered(self, train: int, place: int, at_us: int) -> Measured | None:
        """An answer came. Returns what the line carries where that is known anew."""
        at = train - self._sent + len(self._trains)
        if not 0 <= at < len(self._trains) or not 0 <= place < TRAIN:
            return None
        found = self._trains[at]
        if place in found.answers or at_us - found.at_us > WAIT_US:
            return None
        if not found.answers:
            self.rtt_us = at_us - found.at_us
        found.answers[place] = at_us
        if place != TRAIN - 1 or len(found.answers) < 3:
            return None
        first = min(found.answers)
        spread_us = max(1, at_us - found.answers[first])
        bits = 8 * (place - first) * (PACKET_BYTES + OVERHEAD_BYTES)
        rate_bps = min(MAX_BPS, bits * 1e6 / spread_us)
        before_bps = median(self._rates_bps) if self._rates_bps else rate_bps
        if found.regular and not before_bps / CHANGE <= rate_bps <= before_bps * CHANGE:
            self._next_us, self._extra = at_us + FIRST_PERIOD_US, EXTRA_TRAINS
        self._rates_bps.append(rate_bps)
        return Measured(median(self._rates_bps), min(self._rates_bps), max(self._rates_bps))
