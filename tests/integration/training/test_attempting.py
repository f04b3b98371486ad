"""The ten invariants of an attempt, on the database."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection

from core.errors import Conflict, DiemcauError, Invalid, NotAllowed, NotFound
from tests.factories.training import RIGHT, make_learner, make_module, make_quiz
from tests.integration.training.answering import sent
from training.models import Attempt, AttemptStep
from training.quiz import attempting, banking
from training.quiz.domain import storage
from training.quiz.domain.attempts import State

T0 = dt.datetime(2026, 11, 22, 4, 5, tzinfo=dt.UTC)
S = dt.timedelta(seconds=1)
pytestmark = pytest.mark.django_db


def begin(**rules: object) -> Attempt:
    quiz = make_quiz(**rules)
    return attempting.start(quiz=quiz, person=make_learner(quiz.activity.module), now=T0, seed=7)


def answer(attempt: Attempt, *, at: dt.datetime = T0, based_on: int = 0, **by_name: tuple[str, ...]) -> attempting.Saved:
    return attempting.save(
        attempt_id=attempt.public_id, person=attempt.person, sent=sent(attempt, by_name), based_on=based_on, now=at
    )


def hand_in(attempt: Attempt, key: str = "k", *, at: dt.datetime = T0, based_on: int = 0, **by_name: tuple[str, ...]) -> Attempt:
    return attempting.submit(
        attempt_id=attempt.public_id,
        person=attempt.person,
        key=key,
        sent=sent(attempt, by_name),
        based_on=based_on,
        now=at,
    )


def test_deadline_when_the_quiz_closes_earlier_is_the_closing() -> None:
    assert begin(time_limit_s=900).deadline == T0 + 900 * S
    assert begin(time_limit_s=900, closes_at=T0 + 300 * S).deadline == T0 + 300 * S


def test_extra_time_when_given_holds_for_the_open_attempt_at_once() -> None:
    attempt = begin(time_limit_s=60)
    attempting.give_time(quiz=attempt.quiz, attempt_id=attempt.public_id, extra_s=300, now=T0 + 30 * S)
    saved = answer(attempt, at=T0 + 350 * S, Ba=("true",))
    assert saved.deadline == T0 + 360 * S
    with pytest.raises(Conflict, match=r"attempt\.closed"):
        attempting.give_time(quiz=attempt.quiz, attempt_id=attempt.public_id, extra_s=300, now=T0 + 400 * S)


def test_saves_when_late_are_refused_and_the_last_accepted_one_is_graded() -> None:
    attempt = begin(time_limit_s=60)
    answer(attempt, at=T0 + 10 * S, Ba=("false",))
    answer(attempt, at=T0 + 62 * S, based_on=1, Ba=("true",))
    with pytest.raises(Conflict, match=r"attempt\.closed"):
        answer(attempt, at=T0 + 62.1 * S, based_on=2, Ba=("false",))
    attempt.refresh_from_db()
    assert (attempt.state, attempt.finished_at, attempt.mark) == (State.FINISHED, T0 + 60 * S, Decimal(1))


def test_attempt_when_resumed_has_the_same_order_and_answers_and_less_time() -> None:
    attempt = begin()
    before = [(item.version_id, item.order, item.choices) for item in attempt.items.all()]
    answer(attempt, Hai=("1",), Sáu=("2", "", "0"))
    resumed = attempting.start(quiz=attempt.quiz, person=attempt.person, now=T0 + 300 * S, seed=999)
    assert resumed.pk == attempt.pk
    assert [(item.version_id, item.order, item.choices) for item in resumed.items.all()] == before
    names = {item.number: item.version.read().name for item in resumed.items.select_related("version")}
    assert {names[n]: a for n, a in attempting.answers_of(resumed).items()} == {"Hai": ("1",), "Sáu": ("2", "", "0")}
    assert resumed.deadline == attempt.deadline


def test_submit_when_repeated_is_one_result() -> None:
    attempt = begin()
    first = hand_in(attempt, at=T0 + 5 * S, **RIGHT)
    again = hand_in(attempt, at=T0 + 50 * S, **RIGHT)
    other_key = hand_in(attempt, "other", at=T0 + 60 * S, Ba=("false",))
    assert (first.mark, first.max_mark, first.passed) == (Decimal(6), Decimal(6), True)
    for later in (again, other_key):
        assert (later.mark, later.finished_at) == (Decimal(6), T0 + 5 * S)
    assert AttemptStep.objects.filter(attempt=attempt).count() == 1


def test_submit_when_the_key_comes_with_another_body_conflicts() -> None:
    attempt = begin()
    hand_in(attempt, **RIGHT)
    with pytest.raises(Conflict, match=r"attempt\.key_reused"):
        hand_in(attempt, Ba=("false",))


def test_submit_when_the_time_is_up_keeps_what_was_saved() -> None:
    attempt = begin(time_limit_s=60)
    answer(attempt, Ba=("true",))
    late = hand_in(attempt, at=T0 + 100 * S, based_on=1, **RIGHT)
    assert (late.state, late.mark, late.finished_at) == (State.FINISHED, Decimal(1), T0 + 60 * S)


def test_grace_when_the_time_is_up_allows_handing_in_only() -> None:
    attempt = begin(time_limit_s=60, overdue="grace", grace_s=120)
    answer(attempt, Ba=("true",))
    with pytest.raises(Conflict, match=r"attempt\.closed"):
        answer(attempt, at=T0 + 90 * S, based_on=1, Hai=("0", "1"))
    attempt.refresh_from_db()
    assert attempt.state == State.OVERDUE
    done = hand_in(attempt, at=T0 + 100 * S, based_on=1, **RIGHT)
    assert (done.state, done.mark) == (State.FINISHED, Decimal(1))


def test_abandon_when_the_time_is_up_grades_nothing() -> None:
    attempt = begin(time_limit_s=60, overdue="abandon")
    answer(attempt, **RIGHT)
    assert attempting.sweep(now=T0 + 63 * S) == 1
    attempt.refresh_from_db()
    assert (attempt.state, attempt.mark, attempt.passed) == (State.ABANDONED, None, None)


def test_save_when_the_page_is_stale_overwrites_nothing() -> None:
    attempt = begin()
    answer(attempt, Ba=("true",))
    with pytest.raises(Conflict, match=r"attempt\.stale"):
        answer(attempt, Ba=("false",))
    assert list(attempting.answers_of(attempt).values()) == [("true",)]


def test_save_when_repeated_adds_no_step() -> None:
    attempt = begin()
    assert answer(attempt, Ba=("true",)).seq == 1
    assert answer(attempt, at=T0 + S, Ba=("true",)).seq == 1
    assert attempt.steps.count() == 1


def test_save_when_the_attempt_is_somebody_elses_is_not_found() -> None:
    attempt = begin()
    other = make_learner(attempt.quiz.activity.module)
    with pytest.raises(NotFound):
        attempting.save(attempt_id=attempt.public_id, person=other, sent={}, based_on=0, now=T0)


@pytest.mark.parametrize("raw", [{99: ("0",)}, {1: ("x", "y", "z"), 2: ("77",)}])
def test_save_when_it_makes_no_sense_keeps_nothing(raw: dict[int, tuple[str, ...]]) -> None:
    attempt = begin(shuffle_questions=False)
    with pytest.raises(Invalid, match=r"attempt\.bad_answer"):
        attempting.save(attempt_id=attempt.public_id, person=attempt.person, sent=raw, based_on=0, now=T0)
    assert attempt.steps.count() == 0


def test_sweep_when_a_worker_died_closes_each_attempt_once() -> None:
    quiz = make_quiz(time_limit_s=60)
    people = [make_learner(quiz.activity.module) for _ in range(3)]
    attempts = [attempting.start(quiz=quiz, person=person, now=T0, seed=n) for n, person in enumerate(people)]
    answer(attempts[0], Ba=("true",))
    hand_in(attempts[2], **RIGHT)
    assert attempting.sweep(now=T0 + 61 * S) == 0
    assert attempting.sweep(now=T0 + 63 * S) == 2
    assert attempting.sweep(now=T0 + 99 * S) == 0
    marks = list(Attempt.objects.filter(quiz=quiz).order_by("pk").values_list("state", "mark"))
    assert marks == [("finished", Decimal(1)), ("finished", Decimal(0)), ("finished", Decimal(6))]


def test_question_when_edited_changes_no_attempt_that_began() -> None:
    attempt = begin()
    finished = hand_in(begin(), **RIGHT)
    question = attempt.items.get(version__content__name="Ba").version.question
    content = storage.dump(question.current.read())  # type: ignore[union-attr]  # it has a version
    banking.edit(question, content={**content, "body": {**content["body"], "right": False}}, by=None)
    done = hand_in(attempt, **RIGHT)
    finished.refresh_from_db()
    assert (done.mark, finished.mark) == (Decimal(6), Decimal(6))
    again = attempting.start(quiz=attempt.quiz, person=attempt.person, now=T0, seed=1)
    assert hand_in(again, **RIGHT).mark == Decimal(5)


def test_score_when_the_order_differs_is_the_same() -> None:
    quiz = make_quiz()
    orders, marks = set(), set()
    for seed in range(6):
        attempt = attempting.start(quiz=quiz, person=make_learner(quiz.activity.module), now=T0, seed=seed)
        orders.add(tuple((item.version_id, tuple(item.order)) for item in attempt.items.all()))
        marks.add(hand_in(attempt, **(RIGHT | {"Hai": ("0",), "Sáu": ("0", "1", "")})).mark)
    assert len(orders) > 1
    assert len(marks) == 1


def test_start_when_the_quiz_forbids_it() -> None:
    attempt = begin(max_attempts=1)
    hand_in(attempt)
    with pytest.raises(NotAllowed, match=r"quiz\.no_attempts_left"):
        attempting.start(quiz=attempt.quiz, person=attempt.person, now=T0, seed=1)


def test_start_when_the_last_attempt_ran_out_closes_it_even_if_refused() -> None:
    attempt = begin(max_attempts=1, time_limit_s=60)
    with pytest.raises(NotAllowed, match=r"quiz\.no_attempts_left"):
        attempting.start(quiz=attempt.quiz, person=attempt.person, now=T0 + 100 * S, seed=1)
    attempt.refresh_from_db()
    assert attempt.state == State.FINISHED


def test_start_when_the_quiz_is_empty() -> None:
    quiz = make_quiz()
    quiz.slots.all().delete()
    with pytest.raises(Conflict, match=r"quiz\.empty"):
        attempting.start(quiz=quiz, person=make_learner(quiz.activity.module), now=T0, seed=1)


# In parallel ----------------------------------------------------------------------------------------------------------
def at_once(times: int, work: Callable[[int], object]) -> list[object]:
    """What ``work(0) … work(times - 1)`` return (or the error that they raise), begun together in threads."""
    results: list[object] = [None] * times
    together = threading.Barrier(times, timeout=30)

    def run(place: int) -> None:
        try:
            together.wait()
            results[place] = work(place)
        except DiemcauError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
def test_start_when_many_at_once_never_exceeds_the_attempts() -> None:
    quiz = make_quiz(make_module(), max_attempts=1)
    person = make_learner(quiz.activity.module)
    results = at_once(6, lambda n: attempting.start(quiz=quiz, person=person, now=T0, seed=n))
    assert Attempt.objects.filter(quiz=quiz, person=person).count() == 1
    assert {attempt.pk for attempt in results if isinstance(attempt, Attempt)} == {Attempt.objects.get(quiz=quiz).pk}


@pytest.mark.django_db(transaction=True)
def test_submit_when_many_at_once_is_one_result() -> None:
    attempt = begin()
    results = at_once(6, lambda n: hand_in(attempt, f"key{n}", **RIGHT))
    assert [result.mark if isinstance(result, Attempt) else result for result in results] == [Decimal(6)] * 6
    assert attempt.steps.count() == 1


@pytest.mark.django_db(transaction=True)
def test_save_when_two_windows_save_at_once_loses_neither_silently() -> None:
    attempt = begin()
    results = at_once(2, lambda n: answer(attempt, Ba=(("true", "false")[n],)))
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Saved"]
    assert attempt.steps.count() == 1
