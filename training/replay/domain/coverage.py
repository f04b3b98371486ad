"""Stretches of a recording as disjoint, sorted intervals in ms: what was watched is a union, never a sum. Pure."""

from __future__ import annotations

from collections.abc import Iterable

Interval = tuple[int, int]
"""[start, end) in ms of the recording; start < end."""
Intervals = tuple[Interval, ...]


def union(intervals: Iterable[Interval]) -> Intervals:
    """The same points, as sorted intervals that neither overlap nor touch. Empty ones vanish."""
    merged: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def intersection(a: Intervals, b: Intervals) -> Intervals:
    """The points in both. ``a`` and ``b`` as :func:`union` makes them."""
    found: list[Interval] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start, end = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if start < end:
            found.append((start, end))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def difference(a: Intervals, b: Intervals) -> Intervals:
    """The points of ``a`` that are not in ``b``."""
    found: list[Interval] = []
    for start, end in a:
        for cut_start, cut_end in b:
            if cut_end <= start or cut_start >= end:
                continue
            if cut_start > start:
                found.append((start, cut_start))
            start = max(start, cut_end)
        if start < end:
            found.append((start, end))
    return tuple(found)


def length_ms(intervals: Intervals) -> int:
    return sum(end - start for start, end in intervals)


def ratio(watched: Intervals, required: Intervals) -> float:
    """|watched ∩ required| / |required|, 0..1. Where nothing is required there is nothing to miss: 1."""
    total = length_ms(required)
    return length_ms(intersection(watched, required)) / total if total else 1.0


def required_of(duration_ms: int, breaks: Iterable[Interval]) -> Intervals:
    """The whole recording without its breaks."""
    return difference(((0, duration_ms),) if duration_ms > 0 else (), union(breaks))


def next_unwatched(watched: Intervals, required: Intervals, *, from_ms: int = 0, least_ms: int = 2_000) -> int | None:
    """Where the first gap of at least ``least_ms`` begins at or after ``from_ms``, else the first at all, else None. Short gaps
    between beats are not worth a jump unless nothing longer is left."""
    gaps = difference(required, watched)
    long = [gap for gap in gaps if gap[1] - gap[0] >= least_ms] or list(gaps)
    after = [start for start, _end in long if start >= from_ms]
    return after[0] if after else (long[0][0] if long else None)
