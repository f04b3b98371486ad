"""Which smaller pictures are made of a recording, and how a long one is cut into parts that are made side by side: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

PART_S = 240
"""Wanted length of a part: long enough that starting ffmpeg costs nothing, short enough that a lost one costs little."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One height of the ladder. ``most_kbps`` bounds a second of it; ``crf`` is x264's constant quality."""

    width: int
    height: int
    crf: int
    most_kbps: int


PICTURES = {
    "720p": Picture(1280, 720, 23, 1500),
    "480p": Picture(854, 480, 24, 700),
    "240p": Picture(426, 240, 26, 220),
}


def heights_below(height: int) -> list[str]:
    """The pictures that are smaller than a source of ``height`` lines, the largest first."""
    return [name for name, picture in PICTURES.items() if picture.height < height]


@dataclass(frozen=True, slots=True)
class Span:
    """A part: ``count`` segments from segment ``first`` (counted from 0) on."""

    first: int
    count: int
    duration_ms: int


def spans(durations_s: Sequence[float], part_s: float = PART_S) -> list[Span]:
    """Parts of equal length in whole segments, each about ``part_s`` seconds; one that is shorter than a half is never left."""
    total = len(durations_s)
    if not total:
        return []
    parts = max(1, round(sum(durations_s) / part_s))
    edges = sorted({round(total * number / parts) for number in range(parts + 1)})
    return [Span(begin, end - begin, round(1000 * sum(durations_s[begin:end]))) for begin, end in pairwise(edges)]
