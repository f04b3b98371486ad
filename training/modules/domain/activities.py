"""What an activity is and when it is done. Pure.

A session is done by attendance, or made up by watching its recording; a recording by watching it; a quiz by passing it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """Document, survey and reflection will follow."""

    SESSION = "session"
    RECORDING = "recording"
    QUIZ = "quiz"


class Status(enum.StrEnum):
    OPEN = "open"
    """Not begun, or not possible yet."""
    STARTED = "started"
    NOT_PASSED = "not_passed"
    """A quiz that was handed in and not passed yet."""
    DONE = "done"
    MADE_UP = "made_up"
    """A session that was missed and learnt from its recording: counts as done, and is called by its own name."""


DONE = frozenset({Status.DONE, Status.MADE_UP})


@dataclass(frozen=True, slots=True)
class Presence:
    """Fractions 0..1 of the required time: present in the session, watched of its recording. None = not known."""

    ratio: float | None = None
    coverage: float | None = None


def session_status(presence: Presence, *, presence_percent: int, coverage_percent: int) -> Status:
    """Attendance first; watching never turns absence into presence, it makes it up."""
    if presence.ratio is not None and reached(presence.ratio, presence_percent):
        return Status.DONE
    if presence.coverage is not None and reached(presence.coverage, coverage_percent):
        return Status.MADE_UP
    return Status.STARTED if presence.ratio or presence.coverage else Status.OPEN


def recording_status(coverage: float | None, *, coverage_percent: int) -> Status:
    if coverage is not None and reached(coverage, coverage_percent):
        return Status.DONE
    return Status.STARTED if coverage else Status.OPEN


def quiz_status(*, passed: bool, attempts: int, answering: bool) -> Status:
    """``answering``: one of the ``attempts`` is open."""
    if passed:
        return Status.DONE
    if answering:
        return Status.STARTED
    return Status.NOT_PASSED if attempts else Status.OPEN


def reached(fraction: float, percent: int) -> bool:
    """Whether ``fraction`` (0..1) is at least ``percent``, forgiving the rounding of a division."""
    return fraction * 100 >= percent - 1e-9


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a person is in a module: ``done`` of ``required`` activities."""

    done: int
    required: int

    @property
    def complete(self) -> bool:
        return self.required > 0 and self.done == self.required


def progress(activities: Iterable[tuple[bool, Status]]) -> Progress:
    """Progress over (required, status) of all activities of a module; optional ones do not count."""
    required = [status for is_required, status in activities if is_required]
    return Progress(done=sum(status in DONE for status in required), required=len(required))
