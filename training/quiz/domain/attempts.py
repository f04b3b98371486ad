"""The rules of an attempt: when it may start, until when it may be answered, how a save fits in, how it ends. Pure.

An attempt is an append-only list of steps; the answers are what the steps add up to.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.errors import Conflict, NotAllowed, _
from core.machine import Machine
from training.quiz.domain.answers import UNANSWERED, Answer

SAVE_GRACE = dt.timedelta(seconds=2)
"""An answer that left the page in time may arrive this much late."""


class State(enum.StrEnum):
    """in_progress → (overdue →) finished | abandoned."""

    IN_PROGRESS = "in_progress"
    OVERDUE = "overdue"
    """Time is up; only handing in is still possible, within the quiz's grace."""
    FINISHED = "finished"
    ABANDONED = "abandoned"


MACHINE = Machine[State](
    code="attempt.wrong_state",
    transitions={
        State.IN_PROGRESS: {State.OVERDUE, State.FINISHED, State.ABANDONED},
        State.OVERDUE: {State.FINISHED, State.ABANDONED},
        State.FINISHED: set(),
        State.ABANDONED: set(),
    },
)
OPEN_STATES = (State.IN_PROGRESS, State.OVERDUE)


class Overdue(enum.StrEnum):
    """What happens to an attempt whose time is up."""

    AUTOSUBMIT = "autosubmit"
    GRACE = "grace"
    ABANDON = "abandon"


class Method(enum.StrEnum):
    """Which of several attempts counts."""

    HIGHEST = "highest"
    AVERAGE = "average"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Rules:
    """A quiz's rules about attempts. None = no limit."""

    opens_at: dt.datetime | None = None
    closes_at: dt.datetime | None = None
    limit: dt.timedelta | None = None
    max_attempts: int | None = None
    delay: dt.timedelta = dt.timedelta(0)
    """Between the end of one attempt and the start of the next."""
    overdue: Overdue = Overdue.AUTOSUBMIT
    grace: dt.timedelta = dt.timedelta(0)

    def deadline(self, start: dt.datetime, *, extra: dt.timedelta = dt.timedelta(0)) -> dt.datetime | None:
        """min(start + limit + extra, close); None where neither exists."""
        bounds = [bound for bound in (start + self.limit + extra if self.limit else None, self.closes_at) if bound]
        return min(bounds, default=None)

    def attempts_left(self, used: int) -> int | None:
        """How many attempts may still be started; None = any number."""
        return None if self.max_attempts is None else max(0, self.max_attempts - used)

    def check_start(self, *, now: dt.datetime, used: int, last_end: dt.datetime | None) -> None:
        """Raises NotAllowed with a stable code unless a new attempt may start now."""
        if self.opens_at and now < self.opens_at:
            raise NotAllowed("quiz.not_open", _("The quiz is not open yet."))
        if self.closes_at and now >= self.closes_at:
            raise NotAllowed("quiz.closed", _("The quiz is closed."))
        if self.attempts_left(used) == 0:
            raise NotAllowed("quiz.no_attempts_left", _("You have used all your attempts."))
        if last_end and now < last_end + self.delay:
            raise NotAllowed("quiz.too_soon", _("The next attempt is not possible yet."))


def accepts_saves(state: State, deadline: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether an answer that arrives at ``now`` still counts."""
    return state is State.IN_PROGRESS and (deadline is None or now <= deadline + SAVE_GRACE)


def due_state(rules: Rules, state: State, deadline: dt.datetime | None, now: dt.datetime) -> State | None:
    """The state into which time alone moves an attempt at ``now``, or None. Waits for the grace of saves, so that an answer on
    its way is not cut off."""
    if state not in OPEN_STATES or deadline is None or now <= deadline + SAVE_GRACE:
        return None
    if rules.overdue is Overdue.AUTOSUBMIT:
        return State.FINISHED
    if rules.overdue is Overdue.ABANDON or now > deadline + max(rules.grace, SAVE_GRACE):
        return State.ABANDONED
    return State.OVERDUE if state is State.IN_PROGRESS else None


@dataclass(frozen=True, slots=True)
class Step:
    """One accepted change: ``answers`` of some questions (by number, 1-based)."""

    seq: int
    at: dt.datetime
    answers: Mapping[int, Answer]


def answers_after(steps: Sequence[Step]) -> dict[int, Answer]:
    """The answers that hold after all ``steps``, the later one winning."""
    held: dict[int, Answer] = {}
    for step in sorted(steps, key=lambda s: s.seq):
        held.update(step.answers)
    return {number: answer for number, answer in held.items() if answer}


def changes_of(held: Mapping[int, Answer], sent: Mapping[int, Answer], *, last_seq: int, based_on: int) -> dict[int, Answer]:
    """What a save changes: nothing when it repeats what is held (a retry), else the differing answers.

    Raises Conflict ``attempt.stale`` when the page had not seen the last step: it must load the answers again, and nothing is
    overwritten silently.
    """
    changed = {number: answer for number, answer in sent.items() if held.get(number, UNANSWERED) != answer}
    if changed and based_on != last_seq:
        raise Conflict(
            "attempt.stale",
            _("This attempt was answered in another window meanwhile. Load the page again to continue there."),
            seq=last_seq,
        )
    return changed


def overall(method: Method, percents: Sequence[Decimal]) -> Decimal | None:
    """The grade in percent over finished attempts in the order of starting; None without any."""
    if not percents:
        return None
    match method:
        case Method.HIGHEST:
            return max(percents)
        case Method.AVERAGE:
            return sum(percents, Decimal(0)) / len(percents)
        case Method.FIRST:
            return percents[0]
        case Method.LAST:
            return percents[-1]
