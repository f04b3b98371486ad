"""Whose turn it is: what has to be done now and then, spread evenly over the node's ticks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Wheel(Generic[T]):
    """Each item has its turn in every so many ticks. What a tick costs does not grow with those whose turn it is not."""

    def __init__(self, size: int) -> None:
        """``size``: in ticks; a multiple of every period that is asked for."""
        self._buckets: list[dict[T, int]] = [{} for _ in range(size)]
        self._phases: dict[T, int] = {}

    def add(self, item: T, every: int) -> None:
        """Give it a turn in every so many ticks. Raises ValueError where the wheel cannot."""
        if len(self._buckets) % every:
            raise ValueError(every)
        self.remove(item)
        phase = min(range(every), key=lambda place: len(self._buckets[place])) if every > 1 else len(self._phases)
        self._phases[item] = phase
        for place in range(phase % every, len(self._buckets), every):
            self._buckets[place][item] = phase

    def remove(self, item: T) -> None:
        """It has no more turns; nothing where it has none."""
        if self._phases.pop(item, None) is not None:
            for bucket in self._buckets:
                bucket.pop(item, None)

    def due(self, number: int) -> Iterable[tuple[T, int]]:
        """Those who have their turn in this tick, and the tick's number as each counts: so that what one does in every so many
        of its turns the others do in other ticks. What changes meanwhile counts from the next tick on."""
        return [(item, number - phase) for item, phase in self._buckets[number % len(self._buckets)].items()]

    def turn(self, item: T, number: int) -> int:
        """The tick's number as this one counts, whether it is its turn or not. Raises KeyError for one who has none."""
        return number - self._phases[item]
