"""How much of what one viewer is sent gets lost, over all its streams."""

from __future__ import annotations

from aiortc.rtp import RtcpReceiverInfo

WINDOW_US = 1_800_000
LEAST_PACKETS = 40
LONGEST_US = 6_000_000


class LossMeter:
    """Sums up report blocks (RFC 3550 §6.4.1): a stream of few packets must not speak for all."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, int, int]] = {}
        self._expected = 0
        self._lost = 0
        self._since_us = 0

    def restart(self) -> None:
        """What was sent up to now does not count any more."""
        self._expected = self._lost = self._since_us = 0

    def add(self, block: RtcpReceiverInfo, at_us: int, unsent: int = 0) -> float | None:
        """Take a block in. ``unsent``: how many of the stream's numbers nothing was sent under so far, as its source had lost
        them; the viewer cannot know, and this line is not to blame.

        Returns the fraction lost (0..1) whenever enough came to say so: about every two seconds."""
        before = self._seen.get(block.ssrc)
        self._seen[block.ssrc] = block.highest_sequence, block.packets_lost, unsent
        if before is not None:
            expected = block.highest_sequence - before[0]
            if 0 <= expected < 0x10000:
                self._expected += max(0, expected - (unsent - before[2]))
                self._lost += max(0, block.packets_lost - before[1] - (unsent - before[2]))
        self._since_us = self._since_us or at_us
        waited_us = at_us - self._since_us
        if waited_us < WINDOW_US or (self._expected < LEAST_PACKETS and waited_us < LONGEST_US):
            return None
        fraction = min(1.0, self._lost / self._expected) if self._expected else 0.0
        self._expected = self._lost = 0
        self._since_us = at_us
        return fraction
