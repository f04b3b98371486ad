"""Taking a quiz: start, save, hand in, and what time does by itself. The server's clock decides everything.

Every function that changes an attempt locks its row first; what must stay although the caller is refused (an attempt that time
has closed) is committed before the refusal is raised.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from conference.domain.program import State as SessionState
from core.errors import Conflict, Invalid, NotAllowed, NotFound, _
from people.models import User
from training.models import Attempt, AttemptItem, AttemptStep, Quiz
from training.quiz.domain import grading
from training.quiz.domain.answers import UNANSWERED, Answer, Layout, is_misread, lay_out, read_answer
from training.quiz.domain.attempts import (
    MACHINE,
    OPEN_STATES,
    SAVE_GRACE,
    State,
    Step,
    accepts_saves,
    answers_after,
    changes_of,
    due_state,
)

Sent = Mapping[int, Sequence[str]]
"""Answers as a page sends them: by question number, places as shown or typed text."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The state of the attempt after a save."""

    seq: int
    at: dt.datetime
    deadline: dt.datetime | None


def start(*, quiz: Quiz, person: User, now: dt.datetime, seed: int) -> Attempt:
    """The person's open attempt, or a new one whose questions and order are frozen by ``seed`` (0 ≤ seed < 2⁶³).

    Raises NotAllowed where the quiz's rules forbid another attempt, Conflict ``quiz.empty`` for a quiz without questions. However
    many run at once, no more attempts come to be than the quiz allows.
    """
    for attempt in Attempt.objects.filter(quiz=quiz, person=person, state__in=OPEN_STATES).select_related("quiz"):
        close_if_due(attempt=attempt, now=now)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=person.pk)  # one start at a time per person
        attempts = list(Attempt.objects.filter(quiz=quiz, person=person).order_by("number"))
        if unfinished := [attempt for attempt in attempts if not attempt.closed()]:
            return unfinished[0]
        last_end = max((a.finished_at for a in attempts if a.finished_at), default=None)
        check_held(quiz)
        rules = quiz.rules()
        rules.check_start(now=now, used=len(attempts), last_end=last_end)
        slots = list(quiz.slots.select_related("question__current"))
        if not slots:
            raise Conflict("quiz.empty", _("The quiz has no questions yet."))
        if quiz.shuffle_questions:
            random.Random(seed).shuffle(slots)  # noqa: S311  (not a secret: the order is shown)
        attempt = Attempt.objects.create(
            quiz=quiz,
            person=person,
            number=len(attempts) + 1,
            started_at=now,
            deadline=rules.deadline(now),
            seed=seed,
        )
        items = []
        for number, slot in enumerate(slots, start=1):
            version = slot.question.current
            assert version is not None  # a question is made together with its first version
            layout = lay_out(version.read().body, shuffle=quiz.shuffle_options, seed=seed ^ (version.pk << 8) ^ number)
            items.append(
                AttemptItem(
                    attempt=attempt,
                    number=number,
                    version=version,
                    max_mark=slot.mark,
                    order=list(layout.order),
                    choices=list(layout.choices),
                )
            )
        AttemptItem.objects.bulk_create(items)
        return attempt


def check_held(quiz: Quiz) -> None:
    """Raises NotAllowed while a required session that comes before the quiz in its module has not ended: it tests what is said
    there."""
    activity = getattr(quiz, "activity", None)
    if activity is None:
        return
    before = activity.module.activities.filter(position__lt=activity.position, required=True, session__isnull=False)
    if before.exclude(session__state=SessionState.ENDED).exists():
        raise NotAllowed("quiz.session_not_held", _("The quiz opens when the conference has ended."))


def save(*, attempt_id: str, person: User, sent: Sent, based_on: int, now: dt.datetime) -> Saved:
    """Keep ``sent`` as a new step. A repetition of what is held adds none.

    Raises Conflict ``attempt.stale`` where the page had not seen the last step (``based_on``), ``attempt.closed`` where the
    attempt takes no more answers, Invalid ``attempt.bad_answer``.
    """
    with transaction.atomic():
        attempt = _locked(attempt_id, person)
        _close_if_due(attempt, now=now)
        if accepts_saves(State(attempt.state), attempt.deadline, now):
            _append(attempt, sent=sent, based_on=based_on, now=now)
            return Saved(attempt.seq, now, attempt.deadline)
    raise Conflict("attempt.closed", _("The time is up or the attempt was handed in; it takes no more answers."))


def submit(*, attempt_id: str, person: User, key: str, sent: Sent, based_on: int, now: dt.datetime) -> Attempt:
    """Keep ``sent``, hand the attempt in and grade it. Done again, it is the same result: no second grading.

    ``key`` is the page's own random name of this handing in (1–64 characters); the same key with other answers is Conflict
    ``attempt.key_reused``. After the time is up ``sent`` is not taken; what was saved in time counts.
    """
    if not 1 <= len(key) <= 64:
        raise Invalid("attempt.bad_key", _("The answer cannot be understood. Load the page again."))
    digest = _digest(sent)
    with transaction.atomic():
        attempt = _locked(attempt_id, person)
        if attempt.closed():
            if attempt.submit_key == key and attempt.submit_digest != digest:
                raise Conflict("attempt.key_reused", _("This attempt was already handed in with other answers."))
            return attempt
        if _close_if_due(attempt, now=now) and attempt.closed():
            return attempt
        if accepts_saves(State(attempt.state), attempt.deadline, now):
            _append(attempt, sent=sent, based_on=based_on, now=now)
        attempt.submit_key, attempt.submit_digest = key, digest
        _finish(attempt, State.FINISHED, at=now)
        return attempt


@transaction.atomic
def give_time(*, quiz: Quiz, attempt_id: str, extra_s: int, now: dt.datetime) -> Attempt:
    """``extra_s`` seconds more for an attempt in progress; it holds at once, but never beyond the closing of the quiz.

    Raises NotFound, Conflict ``attempt.closed``, Conflict ``attempt.no_limit`` where no limit of time can be moved.
    """
    rows = Attempt.objects.select_for_update(of=("self",)).select_related("quiz", "person")
    attempt = rows.filter(quiz=quiz, public_id=attempt_id).first()
    if attempt is None:
        raise NotFound
    if not accepts_saves(State(attempt.state), attempt.deadline, now):
        raise Conflict("attempt.closed", _("The time is up or the attempt was handed in; it takes no more answers."))
    rules = quiz.rules()
    if rules.limit is None:
        raise Conflict("attempt.no_limit", _("This quiz has no time limit for an attempt."))
    attempt.extra_s += extra_s
    attempt.deadline = rules.deadline(attempt.started_at, extra=dt.timedelta(seconds=attempt.extra_s))
    attempt.save(update_fields=["extra_s", "deadline"])
    return attempt


def misread(*, attempt: Attempt, sent: Sent, now: dt.datetime) -> list[int]:
    """Numbers of the questions that ask for a number and for which ``sent`` newly holds something else, while that can still be
    mended."""
    if not accepts_saves(State(attempt.state), attempt.deadline, now):
        return []
    held, found = answers_of(attempt), []
    for item in attempt.items.select_related("version").filter(number__in=sent):
        body = item.version.read().body
        answer = read_answer(body, layout_of(item), sent[item.number])
        if is_misread(body, answer) and held.get(item.number) != answer:
            found.append(item.number)
    return found


def close_if_due(*, attempt: Attempt, now: dt.datetime) -> Attempt:
    """The attempt as time has left it at ``now``: what a page shows never depends on whether the sweep has run."""
    if due_state(attempt.quiz.rules(), State(attempt.state), attempt.deadline, now) is None:
        return attempt
    with transaction.atomic():
        locked = Attempt.objects.select_for_update().select_related("quiz").get(pk=attempt.pk)
        _close_if_due(locked, now=now)
    return locked


def is_answered(quiz: Quiz, *, now: dt.datetime) -> bool:
    """Whether some attempt at the quiz takes answers still: whoever was shown the solution now could pass it on."""
    running = Attempt.objects.filter(quiz=quiz, state=State.IN_PROGRESS)
    return running.filter(Q(deadline=None) | Q(deadline__gte=now - SAVE_GRACE)).exists()


@transaction.atomic
def end_with(quiz: Quiz) -> None:
    """The quiz has a closing time now: attempts without a deadline have that one. The others keep what they were promised."""
    if quiz.closes_at is not None:
        Attempt.objects.filter(quiz=quiz, state=State.IN_PROGRESS, deadline=None).update(deadline=quiz.closes_at)


def sweep(*, now: dt.datetime, limit: int = 500) -> int:
    """Close overdue attempts, each once, however many sweeps run; returns how many this one moved."""
    due = Attempt.objects.filter(state__in=OPEN_STATES, deadline__lt=now - SAVE_GRACE)
    moved = 0
    for pk in list(due.order_by("deadline").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            attempt = Attempt.objects.select_for_update(skip_locked=True).select_related("quiz").filter(pk=pk).first()
            moved += attempt is not None and _close_if_due(attempt, now=now)
    return moved


def answers_of(attempt: Attempt) -> dict[int, Answer]:
    """The answers held now, canonical, by question number."""
    steps = [
        Step(row.seq, row.at, {int(number): tuple(answer) for number, answer in row.answers.items()})
        for row in attempt.steps.all()
    ]
    return answers_after(steps)


# Inside a transaction, with the row locked ----------------------------------------------------------------------------
def _locked(attempt_id: str, person: User) -> Attempt:
    attempt = (
        Attempt.objects.select_for_update(of=("self",)).select_related("quiz").filter(public_id=attempt_id, person=person).first()
    )
    if attempt is None:
        raise NotFound
    return attempt


def _digest(sent: Sent) -> str:
    body = {str(number): list(values) for number, values in sent.items()}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _append(attempt: Attempt, *, sent: Sent, based_on: int, now: dt.datetime) -> None:
    items = {item.number: item for item in attempt.items.select_related("version")}
    answers: dict[int, Answer] = {}
    for number, raw in sent.items():
        item = items.get(number)
        if item is None:
            raise Invalid("attempt.bad_answer", _("The answer cannot be understood. Load the page again."))
        answers[number] = read_answer(item.version.read().body, layout_of(item), raw)
    changed = changes_of(answers_of(attempt), answers, last_seq=attempt.seq, based_on=based_on)
    if not changed:
        return
    attempt.seq += 1
    AttemptStep.objects.create(
        attempt=attempt, seq=attempt.seq, at=now, answers={str(number): list(answer) for number, answer in changed.items()}
    )
    attempt.save(update_fields=["seq"])


def _close_if_due(attempt: Attempt, *, now: dt.datetime) -> bool:
    """Move the attempt as time demands; whether it was moved. (``overdue`` still waits to be handed in, but takes no answers.)"""
    new = due_state(attempt.quiz.rules(), State(attempt.state), attempt.deadline, now)
    if new is None:
        return False
    assert attempt.deadline is not None  # without one, time does nothing
    _finish(attempt, new, at=attempt.deadline)
    return True


def _finish(attempt: Attempt, new: State, *, at: dt.datetime) -> None:
    """One step of the machine; into ``finished`` it is graded from the held answers. Written only if nobody was quicker."""
    MACHINE.check(State(attempt.state), new)
    old, attempt.state = attempt.state, new
    if new is not State.OVERDUE:
        attempt.finished_at = at
    if new is State.FINISHED:
        _grade(attempt)
    changed = Attempt.objects.filter(pk=attempt.pk, state=old).update(
        state=attempt.state,
        finished_at=attempt.finished_at,
        submit_key=attempt.submit_key,
        submit_digest=attempt.submit_digest,
        mark=attempt.mark,
        max_mark=attempt.max_mark,
        passed=attempt.passed,
    )
    if changed != 1:
        raise Conflict("attempt.wrong_state", _("The attempt was changed at the same moment. Load the page again."))


def _grade(attempt: Attempt) -> None:
    held = answers_of(attempt)
    results = []
    items = list(attempt.items.select_related("version"))
    for item in items:
        fraction = grading.grade(item.version.read().body, held.get(item.number, UNANSWERED))
        item.fraction = fraction
        results.append(grading.Result(fraction, Decimal(item.max_mark)))
    AttemptItem.objects.bulk_update(items, ["fraction"])
    score = grading.total(results)
    attempt.mark, attempt.max_mark = score.mark, score.maximum
    attempt.passed = score.passes(Decimal(attempt.quiz.pass_percent))


def layout_of(item: AttemptItem) -> Layout:
    """The frozen order in which this attempt sees the question."""
    return Layout(order=tuple(item.order), choices=tuple(item.choices))
