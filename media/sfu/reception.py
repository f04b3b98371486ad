"""How well one incoming stream arrives: the report block that its sender gets, and which packets to ask for again."""

from __future__ import annotations

from aiortc.rtp import RtcpReceiverInfo

MAX_TRIES = 12
GIVE_UP_US = 1_000_000
"""A packet that is missing for a second is of no use to anybody who watches live."""
FIRST_WAIT_US = 5_000
"""Packets that overtake one another by this little are not asked for."""
LEAST_AGAIN_US = 20_000
MAX_MISSING = 200
"""More missing than this at once is an outage: ask for a key frame instead."""


def again_us(rtt_us: int) -> int:
    """After so long what was asked for has come, or will not: a sender does not repeat itself within a round trip."""
    return max(LEAST_AGAIN_US, rtt_us * 5 // 4)


class Reception:
    """Statistics of RFC 3550 §6.4.1 and the list of missing packets (RFC 4585 §6.2.1) of one stream.

    Numbers are extended sequence numbers as of :meth:`media.sfu.layer.Layer.extended`.
    """

    def __init__(self, clock_hz: int, *, ask: bool) -> None:
        self._clock_hz = clock_hz
        self._ask = ask
        self._first = -1
        self._highest = -1
        self._jitter = 0.0
        self._transit: float | None = None
        self._last_us = 0
        self._reported = (0, 0)
        self._missing: dict[int, list[int]] = {}
        self._lsr = 0
        self._lsr_at_us = 0
        self.received = 0
        """Packets of the stream itself."""
        self.skipped = 0
        """Packets that had not come when a later one did."""
        self.gaps = 0
        """Gaps that were found; when this grows there is something to ask for :data:`FIRST_WAIT_US` later."""
        self.given_up = 0
        """Packets that never came; whoever needs whole pictures asks for a key frame when this grows."""

    def arrived(self, number: int, timestamp: int, at_us: int) -> None:
        """A packet of the stream itself came."""
        if self._first < 0:
            self._first = self._highest = number
        elif number > self._highest:
            if self._ask:
                self._note_gap(number, at_us)
            self._highest = number
        else:
            self._missing.pop(number, None)
        self.received += 1
        self._last_us = at_us
        transit = at_us * self._clock_hz / 1e6 - timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < self._clock_hz * 10:
                self._jitter += (change - self._jitter) / 16
        self._transit = transit

    def recovered(self, number: int) -> None:
        """A packet came as a retransmission."""
        self._missing.pop(number, None)

    def sender_report(self, ntp_middle: int, at_us: int) -> None:
        """The sender's report came; the next report block answers it."""
        self._lsr, self._lsr_at_us = ntp_middle, at_us

    def forgo(self) -> None:
        """Ask for nothing of what is missing now."""
        self.given_up += len(self._missing)
        self._missing.clear()

    @property
    def missing(self) -> bool:
        """Whether there is a packet that may still come."""
        return bool(self._missing)

    def wanted(self, now_us: int, rtt_us: int, most: int = MAX_MISSING) -> list[int]:
        """The numbers to ask for now, ``most`` of them; each is asked for once a round trip, until it is useless."""
        if not self._missing:
            return []
        wanted: list[int] = []
        for number, (since_us, next_us, tries) in list(self._missing.items()):
            if tries >= MAX_TRIES or now_us - since_us > GIVE_UP_US:
                del self._missing[number]
                self.given_up += 1
            elif now_us >= next_us and len(wanted) < most:
                self._missing[number] = [since_us, now_us + again_us(rtt_us), tries + 1]
                wanted.append(number)
        return wanted

    def report(self, ssrc: int, now_us: int) -> tuple[RtcpReceiverInfo, float] | None:
        """The report block for the time since the last one, and its fraction lost 0..1; None before the first packet."""
        if self._first < 0:
            return None
        expected = self._highest - self._first + 1
        was_expected, was_received = self._reported
        self._reported = expected, self.received
        expected_now, received_now = expected - was_expected, self.received - was_received
        lost_now = max(0, expected_now - received_now)
        fraction = lost_now / expected_now if expected_now > 0 else 0.0
        delay = (now_us - self._lsr_at_us) * 65536 // 1_000_000 if self._lsr else 0
        return (
            RtcpReceiverInfo(
                ssrc=ssrc,
                fraction_lost=min(255, int(fraction * 256)),
                packets_lost=max(-(1 << 23), min((1 << 23) - 1, expected - self.received)),
                highest_sequence=self._highest - 0x10000 & 0xFFFFFFFF,
                jitter=int(self._jitter) & 0xFFFFFFFF,
                lsr=self._lsr,
                dlsr=delay & 0xFFFFFFFF,
            ),
            fraction,
        )

    def _note_gap(self, number: int, at_us: int) -> None:
        gap = number - self._highest - 1
        paused = at_us - self._last_us > GIVE_UP_US  # what a sender threw away when it stopped, or what is too old
        self.skipped += 0 if paused else gap
        if paused or gap + len(self._missing) > MAX_MISSING:
            self.given_up += gap + len(self._missing)
            self._missing.clear()
            return
        self.gaps += gap > 0
        for missing in range(self._highest + 1, number):
            self._missing[missing] = [at_us, at_us + FIRST_WAIT_US, 0]
