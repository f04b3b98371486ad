"""The node's clock: wall time that never goes back, so that arrival times order and a step of the system clock breaks nothing."""

from __future__ import annotations

import time

NTP_EPOCH_S = 2_208_988_800
"""Seconds from 1900 (NTP) to 1970 (Unix), RFC 5905 §6."""


class NodeClock:
    """Wall time taken once, carried on by the monotonic clock."""

    def __init__(self) -> None:
        self._base_ns = time.time_ns() - time.monotonic_ns()

    def now_us(self) -> int:
        """Microseconds since 1970, never decreasing."""
        return (self._base_ns + time.monotonic_ns()) // 1000


def us_to_ntp(us: int) -> int:
    """64-bit NTP time (32.32 fixed point since 1900) of microseconds since 1970."""
    seconds, rest = divmod(us, 1_000_000)
    return (seconds + NTP_EPOCH_S) << 32 | (rest << 32) // 1_000_000


def ntp_to_us(ntp: int) -> int:
    """Microseconds since 1970 of a 64-bit NTP time; negative where the sender's clock says less than 1970."""
    return ((ntp >> 32) - NTP_EPOCH_S) * 1_000_000 + ((ntp & 0xFFFFFFFF) * 1_000_000 >> 32)


def ntp_middle(ntp: int) -> int:
    """The middle 32 bits, as LSR in receiver reports (RFC 3550 §6.4.1)."""
    return ntp >> 16 & 0xFFFFFFFF
