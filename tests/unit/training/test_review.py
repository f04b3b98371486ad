from __future__ import annotations

import datetime as dt

import pytest

from training.quiz.domain import review
from training.quiz.domain.attempts import SAVE_GRACE
from training.quiz.domain.review import Phase, Show

T0 = dt.datetime(2026, 11, 22, 4, 5, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("now", "finished", "closes", "answering", "phase"),
    [
        (T0, None, None, True, Phase.DURING),
        (T0, None, T0 - MINUTE, True, Phase.DURING),
        (T0 + MINUTE, T0, None, False, Phase.RIGHT_AFTER),
        (T0 + 2 * MINUTE, T0, None, False, Phase.LATER),
        (T0 + MINUTE, T0, T0 + MINUTE - SAVE_GRACE, False, Phase.RIGHT_AFTER),
        (T0 + MINUTE, T0, T0 + MINUTE - 2 * SAVE_GRACE, False, Phase.AFTER_CLOSE),
        (T0 + 9 * MINUTE, T0, T0 + 5 * MINUTE, True, Phase.LATER),
        (T0 + 9 * MINUTE, T0, T0 + 10 * MINUTE, False, Phase.LATER),
    ],
)
def test_phase_when_time_passes(
    now: dt.datetime, finished: dt.datetime | None, closes: dt.datetime | None, answering: bool, phase: Phase
) -> None:
    assert review.phase(now=now, finished_at=finished, closes_at=closes, answering=answering) is phase


def test_visible_when_the_attempt_runs_is_never_more_than_the_own_answers() -> None:
    generous = {phase: frozenset(Show) for phase in Phase}
    assert review.visible(generous, Phase.DURING) == {Show.ANSWERS}


def test_visible_when_by_default_hides_right_answers_until_the_quiz_closes() -> None:
    for phase in (Phase.RIGHT_AFTER, Phase.LATER):
        assert not review.visible(review.DEFAULT, phase) & {Show.RIGHT_ANSWERS, Show.FEEDBACK}
    assert review.visible(review.DEFAULT, Phase.AFTER_CLOSE) == frozenset(Show)


def test_review_when_stored_comes_back() -> None:
    assert review.load(review.dump(review.DEFAULT)) == review.DEFAULT
    assert review.load({}) == review.DEFAULT


@pytest.mark.parametrize(
    ("finished", "closes", "settled", "phase"),
    [
        (None, None, True, Phase.DURING),
        (T0, None, True, Phase.SETTLED),
        (T0, T0 + 10 * MINUTE, True, Phase.SETTLED),
        (T0, T0 - MINUTE, True, Phase.AFTER_CLOSE),
        (T0, None, False, Phase.RIGHT_AFTER),
    ],
)
def test_phase_when_the_person_is_settled(
    finished: dt.datetime | None, closes: dt.datetime | None, settled: bool, phase: Phase
) -> None:
    found = review.phase(now=T0 + MINUTE, finished_at=finished, closes_at=closes, answering=False, settled=settled)
    assert found is phase


def test_review_when_stored_before_there_was_settling_does_not_know_of_it() -> None:
    stored = {"during": [], "right_after": ["marks"], "later": ["answers", "marks"], "after_close": ["right_answers"]}
    loaded = review.load(stored)
    assert Phase.SETTLED not in loaded
    assert review.solution_shown(loaded) is review.Solution.AFTER_CLOSE


@pytest.mark.parametrize("when", review.Solution)
def test_solution_when_chosen_is_shown_from_then_on(when: review.Solution) -> None:
    chosen = review.showing_solution(when)
    assert review.solution_shown(review.load(review.dump(chosen))) is when
    shown = {phase: Show.RIGHT_ANSWERS in review.visible(chosen, phase) for phase in Phase}
    assert shown == {
        Phase.DURING: False,
        Phase.RIGHT_AFTER: when is review.Solution.AFTER_SUBMIT,
        Phase.LATER: when is review.Solution.AFTER_SUBMIT,
        Phase.SETTLED: when is review.Solution.SETTLED,
        Phase.AFTER_CLOSE: when is not review.Solution.NEVER,
    }
