"""How much a viewer's downlink carries, and which layers fit into it (pure; times in µs, rates in bit/s)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LOSS_TOO_HIGH = 0.10
LOSS_FINE = 0.02
HOLD_US = 5_000_000
"""After a sign of congestion the limit rests this long before it grows again."""
GROWTH_PER_S = 0.08
MARGIN_UP = 1.15
"""A higher layer must fit with room to spare, or the choice would swing."""
LEAST_BPS = 30_000.0


class Budget:
    """The limit of one downlink: none until something says that there is one.

    A browser's REMB never exceeds 1.5 times what comes in, so a low value says nothing by itself: only a *fall* below what is
    being sent is congestion. Loss above 10 % is too.
    """

    def __init__(self) -> None:
        self.limit_bps: float | None = None
        self._remb_bps: float | None = None
        self._sign_us = -HOLD_US
        self._grown_us = 0

    def remb(self, bps: float, sent_bps: float, now_us: int) -> None:
        """The viewer's estimate came."""
        before, self._remb_bps = self._remb_bps, bps
        if before is not None and bps < 0.97 * before and bps < sent_bps:
            self._sign(bps, now_us)

    def loss(self, fraction: float, sent_bps: float, now_us: int) -> None:
        """The viewer's report of loss (0..1) came."""
        if fraction > LOSS_TOO_HIGH and now_us - self._sign_us >= 1_000_000:
            base = sent_bps if self.limit_bps is None else min(self.limit_bps, max(sent_bps, LEAST_BPS))
            self._sign(base * (1 - 0.5 * fraction), now_us)
        elif fraction > LOSS_FINE:
            self._sign_us = max(self._sign_us, now_us - HOLD_US + 1_000_000)

    def grow(self, needed_bps: float, now_us: int) -> None:
        """Time passes: without signs of congestion the limit grows, and ends where all fits twice."""
        elapsed_us, self._grown_us = now_us - self._grown_us, now_us
        if self.limit_bps is None or now_us - self._sign_us < HOLD_US:
            return
        self.limit_bps *= 1 + GROWTH_PER_S * min(elapsed_us, 1_000_000) / 1e6
        if self.limit_bps > 2 * needed_bps:
            self.limit_bps = None

    def _sign(self, bps: float, now_us: int) -> None:
        self.limit_bps = max(bps, LEAST_BPS)
        self._sign_us = now_us


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture slot: the rates of its source's layers, low to high, and the one it has now (None: paused)."""

    rates_bps: tuple[float, ...]
    current: int | None


def allot(limit_bps: float | None, voices_bps: float, wishes: Sequence[Wish]) -> list[int | None]:
    """Which layer each wish gets, most important wish first; None pauses it. Voices always go first and whole."""
    if limit_bps is None:
        return [len(wish.rates_bps) - 1 if wish.rates_bps else None for wish in wishes]
    left = limit_bps - voices_bps
    allotted: list[int | None] = []
    for wish in wishes:
        chosen: int | None = None
        for number, rate in enumerate(wish.rates_bps):
            higher = wish.current is None or number > wish.current
            if rate * (MARGIN_UP if higher else 1.0) <= left:
                chosen = number
        if chosen is not None:
            left -= wish.rates_bps[chosen]
        allotted.append(chosen)
    return allotted
