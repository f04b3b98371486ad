"""From what a seat's page showed of itself to when the seat was connected (attendance rules 1–3). Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from training.attendance.domain.spans import Span, Spans, span, union

HEARTBEAT_MS = 15_000
"""How often a page says that it is there."""
CLOSE_AFTER_MS = 45_000
"""An interval closes this long after the last sign of life."""
BRIDGE_MS = 120_000
"""Gaps up to this long are bridged; longer ones are outages."""


class Kind(enum.StrEnum):
    """Kinds of evidence. Values are stored."""

    JOIN = "join"
    HEARTBEAT = "heartbeat"
    LEAVE = "leave"
    ROSTER_TICK = "roster_tick"
    HEADCOUNT = "headcount"


AT_ONE_MOMENT = {
    kind: rank for rank, kind in enumerate((Kind.HEARTBEAT, Kind.LEAVE, Kind.JOIN, Kind.ROSTER_TICK, Kind.HEADCOUNT))
}
"""What comes first of one moment: a last sign, then out, then in again."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A join, heartbeat or leave of one seat at ``at`` (ms, server clock)."""

    kind: Kind
    at: int


def connected(signs: Iterable[Sign], *, until: int) -> Spans:
    """When a seat was connected, as far as known at ``until``: signs in any order, repeated ones change nothing.

    A sign of life counts for the 45 s after it, unless the page left meanwhile; gaps of at most 120 s are bridged. (A page that
    takes over from another makes a leave and a join at one moment.)
    """
    spans: list[Span] = []
    start: int | None = None
    last = 0
    for sign in sorted(signs, key=lambda sign: (sign.at, AT_ONE_MOMENT[sign.kind])):
        if sign.at > until:
            break
        if start is not None and sign.at > last + CLOSE_AFTER_MS:
            spans += span(start, last + CLOSE_AFTER_MS)
            start = None
        if sign.kind is Kind.LEAVE:
            if start is not None:
                spans += span(start, sign.at)
            start = None
            continue
        if start is None:
            start = sign.at
        last = sign.at
    if start is not None:
        spans += span(start, min(last + CLOSE_AFTER_MS, until))
    return union(spans, bridge=BRIDGE_MS)
