"""What an answer is worth: a fraction of the question's mark, in Decimal, not rounded (rounding happens once, at display)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from people.names import folded
from training.quiz.domain.answers import Answer, read_number
from training.quiz.domain.questions import (
    ONE,
    Body,
    Matching,
    MultipleChoice,
    Number,
    Numeric,
    Option,
    Scoring,
    ShortAnswer,
    SingleChoice,
    Text,
    TrueFalse,
)

ZERO = Decimal(0)


def _clamped(fraction: Decimal) -> Decimal:
    return min(max(fraction, ZERO), ONE)


def _multiple(options: tuple[Option, ...], scoring: Scoring, answer: Answer) -> Decimal:
    chosen = {int(place) for place in answer}
    right = {place for place, option in enumerate(options) if option.weight > 0}
    if chosen == right:
        return ONE  # exactly, also where the weights are thirds
    if scoring is Scoring.ALL_OR_NOTHING:
        return ZERO
    weights = [options[place].weight for place in chosen]
    if scoring is Scoring.PARTIAL:
        weights = [weight for weight in weights if weight > 0]
    return _clamped(sum(weights, ZERO))


def short_answer_hit(body: ShortAnswer, typed: str) -> Option | None:
    """The best accepted answer that equals ``typed``, or None."""
    if body.strict:
        fits = [answer for answer in body.answers if answer.text.text == typed]
    else:
        fits = [answer for answer in body.answers if folded(answer.text.text) == folded(typed)]
    return max(fits, key=lambda answer: answer.weight, default=None)


def numeric_hit(body: Numeric, typed: str) -> Number | None:
    """The best accepted number within whose tolerance ``typed`` lies, or None."""
    value = read_number(typed)
    if value is None:
        return None
    fits = [answer for answer in body.answers if abs(value - answer.value) <= answer.tolerance]
    return max(fits, key=lambda answer: answer.weight, default=None)


def matched(body: Matching, answer: Answer) -> tuple[bool, ...]:
    """Per stem, in the author's order, whether its match was chosen."""
    chosen = answer or tuple("" for _stem in body.stems)
    return tuple(place != "" and body.choices[int(place)] == stem.match for stem, place in zip(body.stems, chosen, strict=True))


def grade(body: Body, answer: Answer) -> Decimal:
    """The fraction 0..1 of the mark that ``answer`` earns; an unanswered question earns nothing."""
    if not answer:
        return ZERO
    match body:
        case SingleChoice(options):
            return _clamped(options[int(answer[0])].weight)
        case MultipleChoice(options, scoring):
            return _multiple(options, scoring, answer)
        case TrueFalse(right):
            return ONE if (answer[0] == "true") is right else ZERO
        case ShortAnswer():
            hit = short_answer_hit(body, answer[0])
            return _clamped(hit.weight) if hit else ZERO
        case Numeric():
            number = numeric_hit(body, answer[0])
            return _clamped(number.weight) if number else ZERO
        case Matching():
            results = matched(body, answer)
            return Decimal(sum(results)) / len(results)


def feedback_for(body: Body, answer: Answer) -> tuple[Text, ...]:
    """What the author says about ``answer``: the texts of what was chosen, without empty ones."""
    if not answer:
        return ()
    texts: Iterable[Text]
    match body:
        case SingleChoice(options) | MultipleChoice(options):
            texts = [options[int(place)].feedback for place in answer]
        case TrueFalse(right, wrong, well):
            texts = [well if (answer[0] == "true") is right else wrong]
        case ShortAnswer():
            option = short_answer_hit(body, answer[0])
            texts = [option.feedback] if option else []
        case Numeric():
            number = numeric_hit(body, answer[0])
            texts = [number.feedback] if number else []
        case Matching():
            texts = []
    return tuple(text for text in texts if text)


@dataclass(frozen=True, slots=True)
class Result:
    """One question of one attempt: ``mark = fraction · maximum``."""

    fraction: Decimal
    maximum: Decimal

    @property
    def mark(self) -> Decimal:
        return self.fraction * self.maximum


@dataclass(frozen=True, slots=True)
class Score:
    """All questions of one attempt together."""

    mark: Decimal
    maximum: Decimal

    @property
    def percent(self) -> Decimal:
        """0..100; 0 for an attempt without marks."""
        return self.mark * 100 / self.maximum if self.maximum else ZERO

    def passes(self, pass_percent: Decimal) -> bool:
        """Whether the mark reaches the pass mark: compared without dividing, so that no rounding decides."""
        return self.mark * 100 >= pass_percent * self.maximum


def total(results: Sequence[Result]) -> Score:
    """The sum over questions."""
    return Score(sum((r.mark for r in results), ZERO), sum((r.maximum for r in results), ZERO))
