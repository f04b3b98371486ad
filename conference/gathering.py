"""A session's events on their way to the pages of one process: put in their order, with presence gathered. Pure.

Everybody is told of each seat that comes or goes, so a thousand joins would be a million messages. What is only presence
therefore waits for up to :data:`WAIT_S` and leaves as one event for all of it; anything else leaves at once and takes along what
waits before it. An event that overtook another (each of several web processes sends its own) waits as long for the one between.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from operator import attrgetter

from conference.groups import Push
from conference.protocol import SeatsChanged, SeatView

WAIT_S = 0.25

_by_seq = attrgetter("seq")


@dataclass(frozen=True, slots=True)
class Told:
    """What pages are sent: it stands for the events ``first`` to ``seq``. Who may not do ``needs`` gets ``otherwise``."""

    first: int
    seq: int
    text: str
    needs: str | None = None
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class _Waiting:
    seq: int
    came_s: float
    push: Push

    @property
    def presence(self) -> bool:
        return "seats" in self.push


class Gathering:
    """Events of one session between the channel layer and the pages. Times are of one monotonic clock."""

    def __init__(self) -> None:
        self._last: int | None = None  # number of the last event that left; None: the next one is the first that is heard
        self._waiting: list[_Waiting] = []  # in their order

    def add(self, push: Push, now_s: float) -> None:
        """An event came. What left already, or waits already, is of no use twice."""
        seq = push["seq"]
        if (self._last is not None and seq <= self._last) or any(waiting.seq == seq for waiting in self._waiting):
            return
        insort(self._waiting, _Waiting(seq, now_s, push), key=_by_seq)

    @property
    def due_s(self) -> float | None:
        """When :meth:`take` is to be asked again, at the latest; None where nothing waits."""
        return min(waiting.came_s for waiting in self._waiting) + WAIT_S if self._waiting else None

    def take(self, now_s: float) -> list[Told]:
        """What is to leave now, in its order."""
        ready, urgent = 0, False
        last = self._last
        for waiting in self._waiting:
            overdue = now_s - waiting.came_s >= WAIT_S
            if last is not None and waiting.seq != last + 1 and not overdue:
                break
            last = waiting.seq
            urgent = urgent or overdue or not waiting.presence
            ready += 1
        if not urgent:
            return []
        leaving, self._waiting = self._waiting[:ready], self._waiting[ready:]
        self._last = last
        return _told(leaving)


def _told(leaving: list[_Waiting]) -> list[Told]:
    """Neighbouring events of presence become one; the last word on each seat counts."""
    told: list[Told] = []
    seats: dict[str, SeatView] = {}
    first = 0
    for place, waiting in enumerate(leaving):
        push = waiting.push
        if not waiting.presence:
            told.append(Told(waiting.seq, waiting.seq, push["text"], push.get("needs"), push.get("otherwise", "")))
            continue
        first = first or waiting.seq
        seats |= {seat["id"]: SeatView.model_validate(seat) for seat in push["seats"]}
        after = leaving[place + 1] if place + 1 < len(leaving) else None
        if after is None or not after.presence or after.seq != waiting.seq + 1:
            event = SeatsChanged(first=first, seq=waiting.seq, seats=list(seats.values()))
            told.append(Told(first, waiting.seq, event.model_dump_json()))
            seats, first = {}, 0
    return told
