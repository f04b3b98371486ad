"""An attempt as its pages show it. Nothing here tells which answer is right, except a :class:`Reviewed` whose phase allows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from training.models import Attempt, AttemptItem
from training.quiz.attempting import answers_of, is_answered, layout_of
from training.quiz.domain import grading, review
from training.quiz.domain.answers import UNANSWERED, Answer, Layout, is_complete, is_misread, show_answer
from training.quiz.domain.questions import (
    ONE,
    Body,
    Matching,
    MultipleChoice,
    Numeric,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TrueFalse,
)
from training.quiz.domain.review import Show
from training.quiz.domain.storage import kind_of
from training.quiz.rendering import render
from training.quiz.selectors import Standing


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose. ``value`` is its place as shown."""

    value: str
    label: SafeString
    chosen: bool


@dataclass(frozen=True, slots=True)
class Stem:
    """One line of a matching question, with its own copy of the choices."""

    text: SafeString
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One question as a group of form controls, all named ``q<number>``."""

    number: int
    kind: str
    text: SafeString
    max_mark: Decimal
    complete: bool
    answered: bool
    misread: bool
    """Whether a number was asked for and something else is typed."""
    choices: tuple[Choice, ...] = ()
    stems: tuple[Stem, ...] = ()
    typed: str = ""

    @property
    def name(self) -> str:
        return f"q{self.number}"


def fields(attempt: Attempt) -> list[Field]:
    """The questions of an attempt in its own order, with what is answered so far."""
    held = answers_of(attempt)
    return [_field(item, item.version.read(), held.get(item.number, UNANSWERED)) for item in _items(attempt)]


def _items(attempt: Attempt) -> Iterator[AttemptItem]:
    yield from attempt.items.select_related("version").order_by("number")


def _field(item: AttemptItem, question: Question, answer: Answer) -> Field:
    body, layout = question.body, layout_of(item)
    shown = show_answer(body, layout, answer)
    return Field(
        number=item.number,
        kind=kind_of(body),
        text=render(question.text),
        max_mark=item.max_mark,
        complete=is_complete(body, answer),
        answered=bool(answer),
        misread=is_misread(body, answer),
        choices=tuple(_choices(body, layout, shown)),
        stems=tuple(_stems(body, layout, shown)),
        typed=shown[0] if shown and isinstance(body, ShortAnswer | Numeric) else "",
    )


def _choices(body: Body, layout: Layout, shown: tuple[str, ...]) -> Iterator[Choice]:
    if isinstance(body, SingleChoice | MultipleChoice):
        for place, original in enumerate(layout.order):
            yield Choice(str(place), render(body.options[original].text), str(place) in shown)
    elif isinstance(body, TrueFalse):
        for value, label in (("true", _("True")), ("false", _("False"))):
            yield Choice(value, render(Text(label)), value in shown)


def _stems(body: Body, layout: Layout, shown: tuple[str, ...]) -> Iterator[Stem]:
    if isinstance(body, Matching):
        for stem, chosen in zip(layout.order, shown, strict=True):
            choices = tuple(
                Choice(str(place), render(Text(body.choices[original])), str(place) == chosen)
                for place, original in enumerate(layout.choices)
            )
            yield Stem(render(body.stems[stem].stem), choices)


# Review ---------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Reviewed:
    """One question after handing in. What its phase does not show is None or empty."""

    field: Field
    given: tuple[SafeString, ...]
    verdict: str | None
    """``right``, ``partly``, ``wrong``, ``unanswered``, or None where correctness is not shown yet."""
    mark: Decimal | None
    right_answers: tuple[SafeString, ...]
    feedback: tuple[SafeString, ...]


def visible_in(attempt: Attempt, standing: Standing, *, now: dt.datetime) -> frozenset[Show]:
    """What may be seen of ``attempt`` at ``now``; ``standing``: how far its person is with the quiz then."""
    quiz = attempt.quiz
    rules = quiz.review_rules()
    phase = review.phase(
        now=now,
        finished_at=attempt.finished_at,
        closes_at=quiz.closes_at,
        answering=is_answered(quiz, now=now),
        settled=review.Phase.SETTLED in rules and standing.settled,
    )
    return review.visible(rules, phase)


def reviewed(attempt: Attempt, *, shows: frozenset[Show]) -> list[Reviewed]:
    """The questions of a handed-in attempt with exactly what ``shows`` allows."""
    held = answers_of(attempt)
    return [_reviewed(item, item.version.read(), held, shows) for item in _items(attempt)]


def _reviewed(item: AttemptItem, question: Question, held: Mapping[int, Answer], shows: frozenset[Show]) -> Reviewed:
    body = question.body
    answer = held.get(item.number, UNANSWERED)
    fraction = grading.grade(body, answer)
    feedback = (*grading.feedback_for(body, answer), *((question.feedback,) if question.feedback else ()))
    return Reviewed(
        field=_field(item, question, answer if Show.ANSWERS in shows else UNANSWERED),
        given=tuple(_given(body, layout_of(item), answer)) if Show.ANSWERS in shows else (),
        verdict=_verdict(answer, fraction) if Show.CORRECTNESS in shows else None,
        mark=fraction * item.max_mark if Show.MARKS in shows else None,
        right_answers=tuple(right_answers(body)) if Show.RIGHT_ANSWERS in shows else (),
        feedback=tuple(render(text) for text in feedback) if Show.FEEDBACK in shows else (),
    )


def _verdict(answer: Answer, fraction: Decimal) -> str:
    if not answer:
        return "unanswered"
    if fraction == ONE:
        return "right"
    return "partly" if fraction > 0 else "wrong"


def _truth(value: bool) -> SafeString:
    return render(Text(_("True") if value else _("False")))


def _arrow(stem: Text, match: str) -> SafeString:
    return SafeString(f"{render(stem)} → {render(Text(match))}")


def _given(body: Body, layout: Layout, answer: Answer) -> Iterator[SafeString]:
    """The answer in words, in the order in which it was seen."""
    match body:
        case SingleChoice(options) | MultipleChoice(options):
            for original in layout.order:
                if str(original) in answer:
                    yield render(options[original].text)
        case TrueFalse():
            yield from (_truth(value == "true") for value in answer)
        case Matching():
            for stem in layout.order:
                if answer and answer[stem]:
                    yield _arrow(body.stems[stem].stem, body.choices[int(answer[stem])])
        case _:
            yield from (render(Text(value)) for value in answer)


def right_answers(body: Body) -> Iterator[SafeString]:
    """The right answers in words: for the review where its phase shows them, and for those who keep the questions."""
    match body:
        case SingleChoice(options) | ShortAnswer(options):
            yield from (render(option.text) for option in options if option.weight == ONE)
        case MultipleChoice(options):
            yield from (render(option.text) for option in options if option.weight > 0)
        case TrueFalse(right):
            yield _truth(right)
        case Numeric(numbers):
            for number in numbers:
                if number.weight == ONE:
                    spread = f" ± {_number(number.tolerance)}" if number.tolerance else ""
                    yield render(Text(_number(number.value) + spread))
        case Matching(pairs):
            yield from (_arrow(pair.stem, pair.match) for pair in pairs if pair.stem)


def _number(value: Decimal) -> str:
    """``value`` as it is written in the language that is active, without needless zeros."""
    return number_format(f"{value.normalize():f}", force_grouping=False)
