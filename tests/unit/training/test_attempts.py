from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, NotAllowed
from training.quiz.domain.attempts import (
    MACHINE,
    Method,
    Overdue,
    Rules,
    State,
    Step,
    accepts_saves,
    answers_after,
    changes_of,
    due_state,
    overall,
)

T0 = dt.datetime(2026, 11, 22, 4, 5, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)
ALLOWED = {
    (State.IN_PROGRESS, State.OVERDUE),
    (State.IN_PROGRESS, State.FINISHED),
    (State.IN_PROGRESS, State.ABANDONED),
    (State.OVERDUE, State.FINISHED),
    (State.OVERDUE, State.ABANDONED),
}


@pytest.mark.parametrize("old", State)
@pytest.mark.parametrize("new", State)
def test_machine_when_any_step_is_tried(old: State, new: State) -> None:
    assert MACHINE.allows(old, new) is ((old, new) in ALLOWED)


@pytest.mark.parametrize(
    ("limit", "extra", "close", "deadline"),
    [
        (15, 0, None, 15),
        (15, 5, None, 20),
        (15, 0, 10, 10),
        (15, 5, 18, 18),
        (None, 5, 30, 30),
        (None, 0, None, None),
    ],
)
def test_deadline_when_limit_extra_and_close_meet(limit: int | None, extra: int, close: int | None, deadline: int | None) -> None:
    rules = Rules(limit=limit * MINUTE if limit else None, closes_at=T0 + close * MINUTE if close else None)
    assert rules.deadline(T0, extra=extra * MINUTE) == (T0 + deadline * MINUTE if deadline is not None else None)


@pytest.mark.parametrize(("late_s", "accepted"), [(-60, True), (0, True), (2, True), (2.001, False), (60, False)])
def test_save_when_around_the_deadline(late_s: float, accepted: bool) -> None:
    assert accepts_saves(State.IN_PROGRESS, T0, T0 + late_s * SECOND) is accepted


@pytest.mark.parametrize("state", [State.OVERDUE, State.FINISHED, State.ABANDONED])
def test_save_when_not_in_progress_is_refused(state: State) -> None:
    assert not accepts_saves(state, None, T0)


@pytest.mark.parametrize(
    ("overdue", "state", "late_s", "new"),
    [
        (Overdue.AUTOSUBMIT, State.IN_PROGRESS, 2, None),
        (Overdue.AUTOSUBMIT, State.IN_PROGRESS, 3, State.FINISHED),
        (Overdue.ABANDON, State.IN_PROGRESS, 3, State.ABANDONED),
        (Overdue.GRACE, State.IN_PROGRESS, 3, State.OVERDUE),
        (Overdue.GRACE, State.OVERDUE, 60, None),
        (Overdue.GRACE, State.OVERDUE, 61, State.ABANDONED),
        (Overdue.GRACE, State.IN_PROGRESS, 61, State.ABANDONED),
        (Overdue.AUTOSUBMIT, State.FINISHED, 99, None),
        (Overdue.AUTOSUBMIT, State.ABANDONED, 99, None),
    ],
)
def test_time_when_it_is_up_moves_the_attempt(overdue: Overdue, state: State, late_s: int, new: State | None) -> None:
    assert due_state(Rules(overdue=overdue, grace=60 * SECOND), state, T0, T0 + late_s * SECOND) is new


@pytest.mark.parametrize(
    ("rules", "used", "last_end", "code"),
    [
        (Rules(opens_at=T0 + SECOND), 0, None, "quiz.not_open"),
        (Rules(closes_at=T0), 0, None, "quiz.closed"),
        (Rules(max_attempts=2), 2, None, "quiz.no_attempts_left"),
        (Rules(delay=MINUTE), 1, T0 - 59 * SECOND, "quiz.too_soon"),
    ],
)
def test_start_when_a_rule_forbids_it(rules: Rules, used: int, last_end: dt.datetime | None, code: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        rules.check_start(now=T0, used=used, last_end=last_end)
    assert caught.value.code == code


def test_start_when_everything_allows_it() -> None:
    Rules(T0, T0 + MINUTE, MINUTE, 3, MINUTE).check_start(now=T0, used=2, last_end=T0 - MINUTE)


def test_changes_when_a_save_is_repeated_are_none() -> None:
    assert changes_of({1: ("0",)}, {1: ("0",), 2: ()}, last_seq=5, based_on=3) == {}


def test_changes_when_the_page_is_stale_conflict() -> None:
    with pytest.raises(Conflict) as caught:
        changes_of({1: ("0",)}, {1: ("1",)}, last_seq=5, based_on=4)
    assert (caught.value.code, caught.value.fields["seq"]) == ("attempt.stale", 5)


def test_changes_when_an_answer_is_taken_back_hold_it_empty() -> None:
    assert changes_of({1: ("0",)}, {1: ()}, last_seq=1, based_on=1) == {1: ()}


@given(st.lists(st.dictionaries(st.integers(1, 4), st.sampled_from([(), ("0",), ("1",)]), max_size=4), max_size=8))
def test_answers_when_steps_are_added_up_hold_the_last_of_each(changes: list[dict[int, tuple[str, ...]]]) -> None:
    steps = [Step(seq, T0, change) for seq, change in enumerate(changes, start=1)]
    held: dict[int, tuple[str, ...]] = {}
    for change in changes:
        held.update(change)
    assert answers_after(list(reversed(steps))) == {n: a for n, a in held.items() if a}


@pytest.mark.parametrize(
    ("method", "percent"),
    [(Method.HIGHEST, "90"), (Method.AVERAGE, "70"), (Method.FIRST, "50"), (Method.LAST, "70")],
)
def test_overall_when_several_attempts_count(method: Method, percent: str) -> None:
    assert overall(method, [Decimal(50), Decimal(90), Decimal(70)]) == Decimal(percent)


def test_overall_when_there_is_no_attempt() -> None:
    assert overall(Method.HIGHEST, []) is None
