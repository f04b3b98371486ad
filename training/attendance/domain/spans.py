"""Stretches of time and what can be done with them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From ``start`` (inclusive) to ``end`` (exclusive), in ms; never empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a span ends after it starts")

    @property
    def length(self) -> int:
        return self.end - self.start


Spans = tuple[Span, ...]
"""Disjoint, not touching, in order: what :func:`union` gives."""


def span(start: int, end: int) -> Spans:
    """The stretch as spans: none where it would be empty."""
    return (Span(start, end),) if start < end else ()


def union(spans: Iterable[Span], *, bridge: int = 0) -> Spans:
    """All moments that are in any of ``spans``; gaps of at most ``bridge`` ms between them are filled."""
    merged: list[Span] = []
    for one in sorted(spans):
        if merged and one.start - merged[-1].end <= bridge:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, one.end))
        else:
            merged.append(one)
    return tuple(merged)


def intersection(a: Spans, b: Spans) -> Spans:
    """Moments in both."""
    common: list[Span] = []
    i = j = 0
    while i < len(a) and j < len(b):
        common += span(max(a[i].start, b[j].start), min(a[i].end, b[j].end))
        if a[i].end <= b[j].end:
            i += 1
        else:
            j += 1
    return tuple(common)


def without(a: Spans, b: Spans) -> Spans:
    """Moments in ``a`` that are not in ``b``."""
    left: list[Span] = []
    for one in a:
        start = one.start
        for hole in b:
            if hole.end <= start or hole.start >= one.end:
                continue
            left += span(start, hole.start)
            start = hole.end
        left += span(start, one.end)
    return tuple(left)


def total(spans: Spans) -> int:
    """How long, in ms."""
    return sum(one.length for one in spans)
