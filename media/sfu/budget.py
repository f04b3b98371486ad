"""How much a viewer's downlink carries, and which layers fit into it (pure; times in µs, rates in bit/s)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media.sfu.probe import Measured

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
RETRY_US = 700_000
MAX_RETRY_US = 16_000_000
"""So soon after a sign a measurement may lift the limit; twice as long after each time that this proved wrong."""
GROWTH_PER_S = 0.08
USABLE = 0.85
"""Of what a line was measured to carry."""
MARGIN_UP = 1.15
"""A higher layer must fit with room to spare, or the choice would swing."""
LEAST_BPS = 30_000.0
SMALL_BPS = 200_000.0
"""A picture of this rate is not paused before a measurement says that it does not fit."""
FRESH_US = 3_000_000
"""A measurement speaks of the line as it is now for so long."""
STEADY = 1.3
"""A line whose measurements differ by no more than this is narrow by itself; jitter makes them differ."""
UNANSWERED_US = 2_000_000
"""Where no measurement is answered for so long after a sign of congestion the sign is believed."""
FLOOD_US = 1_000_000
"""Pictures wait so long for a measurement at the most."""
FLOOD, STEEP = 1.5, 0.87
"""Whoever sends so many times what the line carries floods it. An estimate says so only where it falls as steeply: at the
beginning it is far too low for minutes, and jitter alone lets it fall a little."""


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
    (:mod:`media.sfu.probe`) lift the limit as soon as the line carries more, and where they agree they hold it: it neither
    grows past them nor falls below them with the browser's estimate.
    """

    def __init__(self) -> None:
        self.limit_bps: float | None = None
        self.ordinary_loss = 0.0
        """0..1: what is lost on this line whatever is sent."""
        self._remb_bps: float | None = None
        self._sign_us = -HOLD_US
        self._grown_us = 0
        self._start_ends_us: int | None = None
        self._capacity: Measured | None = None
        self._measured_us = -FRESH_US
        self._suspected_us: int | None = None
        self._trial: Trial | None = None
        self._lifted_us = -HOLD_US
        self._retry_us = RETRY_US
        self._flooded = False
        self._too_much_bps = 0.0
        """What was sent when the limit was last lowered."""

    def begin(self, now_us: int) -> None:
        """The viewer is connected and will be measured at once."""
        self.limit_bps, self._start_ends_us = START_BPS, now_us + START_US

    def remb(self, bps: float, sent_bps: float, now_us: int) -> bool:
        """The viewer's estimate came. Returns whether it lowered the limit."""
        before, self._remb_bps = self._remb_bps, bps
        falls = before is not None and bps < 0.97 * before and bps < sent_bps
        if not falls or self._carries(sent_bps / USABLE, now_us):
            return False
        if self.flooded(now_us):  # what is said while that passes is no news
            self.limit_bps = max(bps, LEAST_BPS)
            return False
        known_bps = self._known_bps(now_us)
        if known_bps is None or self._measured_us <= self._sign_us:
            self._sign(bps, sent_bps, now_us, steep=before is not None and bps < STEEP * before)
            return True
        # An estimate falls below what the line carries where little was sent before, or while what waited before it passes.
        limit_bps = self.limit_bps
        self.limit_bps = max(bps, known_bps) if limit_bps is None else min(limit_bps, max(bps, known_bps))
        return self.limit_bps != limit_bps

    def doubted(self, now_us: int) -> bool:
        """Whether the limit is only suspected so far: nothing has been measured since the sign that it goes back to."""
        return self._measured_us <= self._sign_us and now_us - self._sign_us < UNANSWERED_US

    def flooded(self, now_us: int) -> bool:
        """Whether so much more was sent than the line carries that nothing comes through any more: then only voices are sent, so
        that what waits before the narrow place passes, and the next measurement tells how narrow it is."""
        return (
            self._flooded
            and self.limit_bps is not None
            and self._measured_us <= self._sign_us <= now_us < self._sign_us + FLOOD_US
        )

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
            passed_bps = min(sent_bps, self.limit_bps or sent_bps) * (1 - fraction)
            self._sign(passed_bps, sent_bps, now_us)

    def measured(self, measured: Measured, now_us: int) -> None:
        """The line was measured to carry so much."""
        flooded = self.flooded(now_us)
        self._capacity, self._measured_us = measured, now_us
        usable_bps = USABLE * measured.bps
        if self._start_ends_us is not None:
            if usable_bps > ENOUGH * START_BPS:
                self.limit_bps = self._start_ends_us = None
        elif self.limit_bps is not None and (flooded or usable_bps > self.limit_bps):
            # What was too much is known: a measurement of less agrees with that, and one of more has to wait.
            agrees = measured.bps < self._too_much_bps and self._known_bps(now_us) is not None
            waited = now_us - self._sign_us >= self._retry_us
            if agrees or waited or (measured.least_bps > ENOUGH * self.limit_bps and not self.settling(now_us)):
                self.limit_bps, self._lifted_us = max(usable_bps, LEAST_BPS), now_us

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
                usable_bps = USABLE * self._capacity.bps if self._capacity is not None else START_BPS
                self.limit_bps = usable_bps if usable_bps < START_BPS else None
            return
        if now_us - self._sign_us >= HOLD_US:
            grown_bps = self.limit_bps * (1 + GROWTH_PER_S * min(elapsed_us, 1_000_000) / 1e6)
            known_bps = self._known_bps(now_us)
            self.limit_bps = grown_bps if known_bps is None else max(self.limit_bps, min(grown_bps, known_bps))
        if self.limit_bps > 2 * needed_bps and now_us - self._sign_us >= self._retry_us:
            self.limit_bps = None

    def _judge(self, trial: Trial, fraction: float, now_us: int) -> None:
        self._trial = None
        if fraction > 0.7 * trial.loss and self._sign_us <= trial.at_us:
            self.ordinary_loss = fraction
            self.limit_bps = trial.limit_before_bps

    def _carries(self, bps: float, now_us: int) -> bool:
        return self._capacity is not None and now_us - self._measured_us < FRESH_US and self._capacity.bps > bps

    def _known_bps(self, now_us: int) -> float | None:
        """What may be sent by a measurement that is fresh and can be relied on; None where there is none."""
        capacity = self._capacity
        if capacity is None or now_us - self._measured_us >= FRESH_US or capacity.most_bps > STEADY * capacity.least_bps:
            return None
        return USABLE * capacity.bps

    def _sign(self, bps: float, sent_bps: float, now_us: int, *, steep: bool = True) -> None:
        if now_us - self._lifted_us < 5_000_000:
            self._retry_us = min(2 * self._retry_us, MAX_RETRY_US)
            self._lifted_us = now_us - HOLD_US
        elif now_us - self._sign_us > 20_000_000:
            self._retry_us = RETRY_US
        self.limit_bps = max(bps, LEAST_BPS)
        self._sign_us, self._start_ends_us = now_us, None
        self._flooded, self._too_much_bps = steep and sent_bps > FLOOD * bps, sent_bps


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture slot: the rates of its source's layers, low to high, and the one it has now (None: paused)."""

    rates_bps: tuple[float, ...]
    current: int | None


def allot(limit_bps: float | None, voices_bps: float, wishes: Sequence[Wish], *, doubted: bool = False) -> list[int | None]:
    """Which layer each wish gets, most important wish first; None pauses it. Voices always go first and whole.

    ``doubted``: the limit is only suspected so far, and no reason to pause a picture of at most :data:`SMALL_BPS`."""
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
        if chosen is None and doubted and wish.current is not None and wish.rates_bps[0] <= SMALL_BPS:
            chosen = 0
        if chosen is not None:
            left -= wish.rates_bps[chosen]
        allotted.append(chosen)
    return allotted
