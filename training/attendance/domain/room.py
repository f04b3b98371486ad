"""People who sit together in front of one device: who of them was there (attendance rule 4). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from training.attendance.domain.spans import Spans, intersection, span

MISMATCH_AT_LEAST = 3
MISMATCH_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Tick:
    """Somebody said at ``at`` (ms) that a person is in the room, or (``present`` false) that this was wrong.

    ``whole``: since the room connected; else from ``at`` on.
    """

    at: int
    present: bool
    whole: bool = True


def standing(ticks: Iterable[Tick]) -> Tick | None:
    """The tick that counts: the first of those since the last withdrawal, the widest where several stand; None for none."""
    run: list[Tick] = []
    for tick in sorted(ticks, key=lambda tick: tick.at):
        run = [*run, tick] if tick.present else []
    return next((tick for tick in run if tick.whole), run[0] if run else None)


def in_room(site: Spans, ticks: Iterable[Tick]) -> Spans:
    """When a person was there with the room: its connected intervals, from when the tick that stands says."""
    tick = standing(ticks)
    if tick is None or not site:
        return ()
    return site if tick.whole else intersection(site, span(tick.at, site[-1].end))


def present_in(headcount: int | None, named: int) -> int:
    """How many a room had: the confirmed headcount, else the named people. They are never added up."""
    return named if headcount is None else headcount


def differ(headcount: int | None, named: int) -> bool:
    """Whether headcount and names are so far apart that somebody should look: by more than 3 and by more than 10 %."""
    if headcount is None:
        return False
    return abs(headcount - named) * 100 > max(MISMATCH_AT_LEAST * 100, MISMATCH_PERCENT * max(headcount, named))
