"""How far a picture is that is made in parts, and how long it will still take: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

JOINED = 0.97
"""How far a picture is when all of its parts are made and only need joining."""
_ENOUGH = 0.02
"""Before so much of something is done, its speed is a guess."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part, as one picture sees it. ``share`` of it is made; ``for_s`` is how long a worker is at it, None where none is."""

    duration_s: float
    share: float
    for_s: float | None = None


def picture_share(stretches: Sequence[Stretch]) -> float:
    """0 to :data:`JOINED`."""
    whole_s = sum(stretch.duration_s for stretch in stretches)
    return JOINED * sum(stretch.duration_s * stretch.share for stretch in stretches) / whole_s if whole_s else 0.0


def picture_left_s(stretches: Sequence[Stretch]) -> float | None:
    """Seconds until all parts are made at the speed of those that are being made now, together; None where that is not known."""
    speed = sum(
        stretch.duration_s * stretch.share / stretch.for_s for stretch in stretches if stretch.for_s and stretch.share >= _ENOUGH
    )
    left_s = sum(stretch.duration_s * (1 - stretch.share) for stretch in stretches)
    return left_s / speed if speed else None
