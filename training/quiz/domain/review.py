"""What may be seen of an attempt, and when. Pure. Nothing that tells the right answer leaves the server before its phase."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping

from training.quiz.domain.attempts import SAVE_GRACE

RIGHT_AFTER = dt.timedelta(minutes=2)


class Phase(enum.StrEnum):
    DURING = "during"
    RIGHT_AFTER = "right_after"
    """Within two minutes of handing in."""
    LATER = "later"
    """While the quiz is still open for others."""
    SETTLED = "settled"
    """When the person has passed or has no attempt left, and answers none at the moment."""
    AFTER_CLOSE = "after_close"
    """When nobody can answer any more."""


class Show(enum.StrEnum):
    """One thing that a review can show."""

    ANSWERS = "answers"
    """What the person answered."""
    MARKS = "marks"
    CORRECTNESS = "correctness"
    """Whether each answer is right."""
    RIGHT_ANSWERS = "right_answers"
    FEEDBACK = "feedback"


Review = Mapping[Phase, frozenset[Show]]
_OUTCOME = frozenset({Show.ANSWERS, Show.MARKS, Show.CORRECTNESS})


class Solution(enum.StrEnum):
    """From when on a review shows right answers and feedback: the choice that keepers of a quiz make."""

    AFTER_SUBMIT = "after_submit"
    SETTLED = "settled"
    AFTER_CLOSE = "after_close"
    NEVER = "never"


def showing_solution(when: Solution) -> Review:
    """The review that shows marks at once and the solution from ``when`` on."""
    later = frozenset(Show) if when is Solution.AFTER_SUBMIT else _OUTCOME
    closed = _OUTCOME if when is Solution.NEVER else frozenset(Show)
    chosen = {Phase.DURING: frozenset[Show](), Phase.RIGHT_AFTER: later, Phase.LATER: later, Phase.AFTER_CLOSE: closed}
    return {**chosen, Phase.SETTLED: frozenset(Show)} if when is Solution.SETTLED else chosen


DEFAULT = showing_solution(Solution.AFTER_CLOSE)


def solution_shown(review: Review) -> Solution:
    """Which choice comes closest to ``review``."""
    if Show.RIGHT_ANSWERS in review.get(Phase.LATER, frozenset()):
        return Solution.AFTER_SUBMIT
    if Show.RIGHT_ANSWERS in review.get(Phase.SETTLED, frozenset()):
        return Solution.SETTLED
    return Solution.AFTER_CLOSE if Show.RIGHT_ANSWERS in review.get(Phase.AFTER_CLOSE, frozenset()) else Solution.NEVER


def phase(
    *, now: dt.datetime, finished_at: dt.datetime | None, closes_at: dt.datetime | None, answering: bool, settled: bool = False
) -> Phase:
    """In which phase an attempt is. ``finished_at`` None = still open; ``answering``: some attempt at the quiz, of anybody, takes
    answers still, as it was begun before the quiz closed; ``settled``: the person has passed or has no attempt left, and the
    review makes a difference of it."""
    if finished_at is None:
        return Phase.DURING
    if closes_at is not None and now > closes_at + SAVE_GRACE and not answering:
        return Phase.AFTER_CLOSE
    if settled:
        return Phase.SETTLED
    return Phase.RIGHT_AFTER if now < finished_at + RIGHT_AFTER else Phase.LATER


def visible(review: Review, current: Phase) -> frozenset[Show]:
    """What ``current`` shows. During an attempt only the person's own answers can be seen, whatever is set."""
    if current is Phase.DURING:
        return frozenset({Show.ANSWERS})
    return review.get(current, frozenset())


def dump(review: Review) -> dict[str, list[str]]:
    return {p.value: sorted(show.value for show in shows) for p, shows in review.items()}


def load(data: Mapping[str, list[str]]) -> Review:
    """The review that :func:`dump` wrote; an empty one is :data:`DEFAULT`."""
    if not data:
        return DEFAULT
    return {Phase(name): frozenset(Show(show) for show in shows) for name, shows in data.items()}
