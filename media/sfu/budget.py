"""How much a viewer's downlink carries, and which layers fit into it (pure; times in µs, rates in bit/s)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

START_BPS = 700_000.0
START_US = 1_000_000
"""So much is sent at most for so long, until the first measurement of a new viewer's line."""
ENOUGH = 3
"""A first measurement of so many times that ends the start at once."""
LOSS_TOO_HIGH = 0.12
"""Above what is ordinary on this line."""
LOSS_SURELY_TOO_HIGH = 0.35
LOSS_FINE = 0.02
SETTLE_US = 1_200_000
"""After the limit was lowered, so long what was sent before is still on its way and reported as lost."""
HOLD_US = 5_000_000
"""After a sign of congestion the limit rests this long before it grows by itself."""
RETRY_US = 1_000_000
MAX_RETRY_US = 16_000_000
"""So soon after a sign a measurement may lift the limit; twice as long after each time that this proved wrong."""
GROWTH_PER_S = 0.08
USABLE = 0.85
"""Of what a line was measured to carry."""
MARGIN_UP = 1.15
"""A higher layer must fit with room to spare, or the choice would swing."""
LEAST_BPS = 30_000.0


@dataclass(frozen=True, slots=True)
class Trial:
    """The limit was lowered because of loss: whether that helped shows what the loss was."""

    at_us: int
    loss: float
    limit_before_bps: float | None


class Budget:
    """The limit of one downlink: none until something says that there is one.

    A browser's REMB never exceeds 1.5 times what comes in, so a low value says nothing by itself: only a *fall* below what is
    being sent is congestion, and only where the line was not measured to carry more. Loss is congestion where less is lost when
    less is sent; what is lost anyway (radio) is ordinary on this line and left to retransmission. Measurements
    (:mod:`media.sfu.probe`) lift the limit as soon as the line carries more.
    """

    def __init__(self) -> None:
        self.limit_bps: float | None = None
        self.ordinary_loss = 0.0
        """0..1: what is lost on this line whatever is sent."""
        self._remb_bps: float | None = None
        self._sign_us = -HOLD_US
        self._grown_us = 0
        self._start_ends_us: int | None = None
        self._capacity: tuple[float, int] | None = None
        self._suspected_us: int | None = None
        self._trial: Trial | None = None
        self._lifted_us = -HOLD_US
        self._retry_us = RETRY_US

    def begin(self, now_us: int) -> None:
        """The viewer is connected and will be measured at once."""
        self.limit_bps, self._start_ends_us = START_BPS, now_us + START_US

    def remb(self, bps: float, sent_bps: float, now_us: int) -> None:
        """The viewer's estimate came."""
        before, self._remb_bps = self._remb_bps, bps
        if before is not None and bps < 0.97 * before and bps < sent_bps and not self._carries(sent_bps / USABLE, now_us):
            self._sign(bps, now_us)

    def settling(self, now_us: int) -> bool:
        """Whether reports of loss still speak of what was sent before the limit was lowered."""
        return now_us - self._sign_us < SETTLE_US and self.limit_bps is not None

    def loss(self, fraction: float, sent_bps: float, now_us: int) -> None:
        """The viewer's report of loss (0..1), of about two seconds, came."""
        if self._trial is not None:
            self._judge(self._trial, fraction, now_us)
        elif fraction - self.ordinary_loss <= LOSS_TOO_HIGH:
            self._suspected_us = None
            self.ordinary_loss = min(self.ordinary_loss, 0.8 * self.ordinary_loss + 0.2 * fraction)
            if fraction - self.ordinary_loss > LOSS_FINE:
                self._sign_us = max(self._sign_us, now_us - HOLD_US + RETRY_US)
        elif fraction < LOSS_SURELY_TOO_HIGH and self._carries(1.3 * sent_bps, now_us):
            self.ordinary_loss = fraction
        elif fraction < LOSS_SURELY_TOO_HIGH and self._suspected_us is None:
            self._suspected_us = now_us  # the next report decides, and until then the line is measured
        else:
            self._suspected_us = None
            self._trial = Trial(now_us, fraction, self.limit_bps)
            self._sign(min(sent_bps, self.limit_bps or sent_bps) * (1 - fraction), now_us)

    def measured(self, bps: float, now_us: int) -> None:
        """The line was measured to carry so much."""
        self._capacity = bps, now_us
        if self._start_ends_us is not None:
            if USABLE * bps > ENOUGH * START_BPS:
                self.limit_bps = self._start_ends_us = None
        elif self.limit_bps is not None and now_us - self._sign_us >= self._retry_us and USABLE * bps > self.limit_bps:
            self.limit_bps, self._lifted_us = USABLE * bps, now_us

    def wants_measurement(self, lossy: bool) -> bool:
        """Whether a measurement could change anything now."""
        return self.limit_bps is not None or lossy

    def grow(self, needed_bps: float, now_us: int) -> None:
        """Time passes: without signs of congestion the limit grows, and ends where all fits twice."""
        elapsed_us, self._grown_us = now_us - self._grown_us, now_us
        if self.limit_bps is None:
            return
        if self._start_ends_us is not None:
            if now_us >= self._start_ends_us:
                self._start_ends_us = None
                # Jitter spreads a train too, so that only a really narrow line is believed to be one.
                usable_bps = USABLE * self._capacity[0] if self._capacity is not None else START_BPS
                self.limit_bps = usable_bps if usable_bps < START_BPS else None
            return
        if now_us - self._sign_us >= HOLD_US:
            self.limit_bps *= 1 + GROWTH_PER_S * min(elapsed_us, 1_000_000) / 1e6
        if self.limit_bps > 2 * needed_bps and now_us - self._sign_us >= self._retry_us:
            self.limit_bps = None

    def _judge(self, trial: Trial, fraction: float, now_us: int) -> None:
        self._trial = None
        if fraction > 0.7 * trial.loss and self._sign_us <= trial.at_us:
            self.ordinary_loss = fraction
            self.limit_bps = trial.limit_before_bps

    def _carries(self, bps: float, now_us: int) -> bool:
        return self._capacity is not None and now_us - self._capacity[1] < 3_000_000 and self._capacity[0] > bps

    def _sign(self, bps: float, now_us: int) -> None:
        if now_us - self._lifted_us < 5_000_000:
            self._retry_us = min(2 * self._retry_us, MAX_RETRY_US)
            self._lifted_us = now_us - HOLD_US
        elif now_us - self._sign_us > 20_000_000:
            self._retry_us = RETRY_US
        self.limit_bps = max(bps, LEAST_BPS)
        self._sign_us, self._start_ends_us = now_us, None


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
