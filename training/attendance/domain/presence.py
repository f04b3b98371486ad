"""From when somebody was there to what that means (attendance rules 3–6). Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from training.attendance.domain.spans import Spans, intersection, total

RULES_VERSION = 1


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as present, for one session."""

    present_percent: int = 80
    late_after_ms: int = 15 * 60_000
    early_before_ms: int = 15 * 60_000


class Status(enum.StrEnum):
    """What the roll says of a person. While nothing is finalised, nobody is called absent: they are unmarked."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    UNMARKED = "unmarked"


@dataclass(frozen=True, slots=True)
class Presence:
    """``present`` lies within the required windows; ``first`` and ``last`` are when the person was there at all (ms or None)."""

    first: int | None
    last: int | None
    present: Spans
    required_ms: int
    late_ms: int
    """How much later than the opening they came, where that is more than the rules forgive; else 0."""
    early_ms: int
    """How much before the closing they left, where that is more than the rules forgive; 0 while the session runs."""

    @property
    def present_ms(self) -> int:
        return total(self.present)

    @property
    def ratio(self) -> float | None:
        """Present of required time, 0..1; None while nothing has been required."""
        return self.present_ms / self.required_ms if self.required_ms else None

    def suffices(self, rules: Rules) -> bool:
        """Whether the required share was reached; never while nothing has been required."""
        return self.required_ms > 0 and self.present_ms * 100 >= rules.present_percent * self.required_ms


def assess(there: Spans, required: Spans, *, ended: bool, rules: Rules) -> Presence:
    """What ``there`` (union over all devices and rooms of a person) means against the ``required`` windows."""
    late = early = 0
    present = intersection(there, required)
    if present:
        late = present[0].start - required[0].start
        early = required[-1].end - present[-1].end if ended else 0
    return Presence(
        first=there[0].start if there else None,
        last=there[-1].end if there else None,
        present=present,
        required_ms=total(required),
        late_ms=late if late > rules.late_after_ms else 0,
        early_ms=early if early > rules.early_before_ms else 0,
    )


def status(presence: Presence, *, in_person: bool, rules: Rules) -> Status:
    """Ratio decides; where it does not (yet) suffice, the person is unmarked until somebody finalises the roll."""
    if not presence.suffices(rules):
        return Status.UNMARKED
    return Status.IN_PERSON if in_person else Status.ONLINE
