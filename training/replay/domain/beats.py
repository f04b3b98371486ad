"""Which stretch of play a beat of the player earns. Pure: the server's clock is an argument.

A beat says where the player is and how it is from now on; the stretch between two beats counts only where play was contiguous.
The page's monotonic clock measures between beats (they may arrive late, in a batch, after a lost network), but all of it together
can never exceed the time that the server has seen since the lease was issued.
"""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass
from typing import Any

from training.replay.domain.coverage import Interval

MAX_WALL_MS = 20_000
SLACK_MS = 1_000
MAX_RATE = 2.0
CLOCK_SLACK_MS = 2_000
"""How far a page's clock may run ahead of the server's since the lease was issued (network delay, drift)."""


class State(enum.StrEnum):
    """What the player does from this beat on."""

    PLAYING = "playing"
    PAUSED = "paused"
    """Also while it waits for data."""
    SEEKED = "seeked"
    """It stands at a place to which it did not play."""
    HIDDEN = "hidden"
    """Playing with its page out of sight."""
    ENDED = "ended"


class Refusal(enum.StrEnum):
    """Why the stretch before a beat does not count."""

    FIRST = "first"
    NOT_PLAYING = "not_playing"
    SEEKED = "seeked"
    TOO_LONG = "too_long"
    TOO_FAST = "too_fast"
    BACKWARDS = "backwards"
    AHEAD_OF_TIME = "ahead_of_time"
    OVER_BUDGET = "over_budget"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Beat:
    """``mono_ms``: the page's monotonic clock; ``position_ms``: of the recording; ``seq`` grows by one from 1 in every lease."""

    seq: int
    mono_ms: int
    position_ms: int
    rate: float
    state: State

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def load(cls, data: dict[str, Any]) -> Beat:
        return cls(**{**data, "state": State(data["state"])})


@dataclass(frozen=True, slots=True)
class Lease:
    """What is known of a lease when a beat comes: its last beat, the page's clock at the first one, and what it earned so far."""

    last: Beat | None = None
    first_mono_ms: int | None = None
    credited_ms: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The lease after a beat, and what the beat earned, or why it earned nothing."""

    lease: Lease
    interval: Interval | None
    refusal: Refusal | None


def take(lease: Lease, beat: Beat, *, age_ms: int, audio_only: bool) -> Outcome:
    """Judge ``beat``. ``age_ms``: time on the server since the lease was issued. Never raises."""
    last = lease.last
    if last is not None and beat.seq <= last.seq:
        return Outcome(lease, None, Refusal.REPEATED)
    first = beat.mono_ms if lease.first_mono_ms is None else lease.first_mono_ms
    refusal = _refusal(lease, beat, first_mono_ms=first, age_ms=age_ms, audio_only=audio_only)
    if refusal is Refusal.AHEAD_OF_TIME:
        return Outcome(lease, None, refusal)  # a clock that lies may not become the measure of the next beat
    if refusal is not None or last is None:
        return Outcome(Lease(beat, first, lease.credited_ms), None, refusal or Refusal.FIRST)
    interval = (last.position_ms, beat.position_ms)
    return Outcome(Lease(beat, first, lease.credited_ms + beat.position_ms - last.position_ms), interval, None)


def _refusal(lease: Lease, beat: Beat, *, first_mono_ms: int, age_ms: int, audio_only: bool) -> Refusal | None:
    last = lease.last
    if beat.mono_ms - first_mono_ms > age_ms + CLOCK_SLACK_MS:
        return Refusal.AHEAD_OF_TIME
    if last is None:
        return Refusal.FIRST
    if last.state is not State.PLAYING and not (audio_only and last.state is State.HIDDEN):
        return Refusal.NOT_PLAYING
    if beat.state is State.SEEKED:
        return Refusal.SEEKED
    wall, moved = beat.mono_ms - last.mono_ms, beat.position_ms - last.position_ms
    if wall > MAX_WALL_MS:
        return Refusal.TOO_LONG
    if wall <= 0 or moved <= 0:
        return Refusal.BACKWARDS
    if moved > MAX_RATE * wall + SLACK_MS or max(beat.rate, last.rate) > MAX_RATE:
        return Refusal.TOO_FAST
    if lease.credited_ms + moved > MAX_RATE * (age_ms + CLOCK_SLACK_MS) + SLACK_MS:
        return Refusal.OVER_BUDGET
    return None
