"""Answers, and the order in which one attempt sees a question.

An :data:`Answer` is canonical: it names options by their place in the *author's* order, so that shuffling cannot change a score.
A page knows only the places *as shown* (:class:`Layout`), so that nothing it holds tells which option the author wrote first.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from core.errors import Invalid, _
from training.quiz.domain.questions import (
    Body,
    Matching,
    MultipleChoice,
    Numeric,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
    clean,
)

Answer = tuple[str, ...]
"""single: ``("2",)`` · multiple: ``("0", "3")`` · true/false: ``("true",)`` · short, numeric: ``("text",)`` · matching: one
choice per stem, ``""`` where none. Empty = not answered."""
UNANSWERED: Answer = ()
MAX_TYPED = 500


@dataclass(frozen=True, slots=True)
class Layout:
    """``order[i]`` is the author's place of what is shown at place ``i`` (options, or stems of a matching question);
    ``choices`` likewise for the choices of a matching question. Empty where there is nothing to order."""

    order: tuple[int, ...] = ()
    choices: tuple[int, ...] = ()


def lay_out(body: Body, *, shuffle: bool, seed: int) -> Layout:
    """The order for one attempt, the same for the same ``seed``. The choices of a matching question are always shuffled: in the
    author's order they would be the answer."""
    # Not a secret: the order is shown to whoever takes the attempt.
    rng = random.Random(seed)  # noqa: S311

    def order(count: int, mix: bool) -> tuple[int, ...]:
        places = list(range(count))
        if mix:
            rng.shuffle(places)
        return tuple(places)

    match body:
        case SingleChoice(options) | MultipleChoice(options):
            return Layout(order=order(len(options), shuffle))
        case Matching():
            return Layout(order=order(len(body.stems), shuffle), choices=order(len(body.choices), True))
        case _:
            return Layout()


def _place(value: str, order: tuple[int, ...]) -> str:
    if not value.isascii() or not value.isdigit() or len(value) > 3 or int(value) >= len(order):
        raise Invalid("attempt.bad_answer", _("The answer cannot be understood. Load the page again."))
    return str(order[int(value)])


def read_answer(body: Body, layout: Layout, raw: Sequence[str]) -> Answer:
    """The canonical answer for what a page sent (places as shown, or typed text). Raises Invalid ``attempt.bad_answer``."""
    if len(raw) > 100 or any(len(value) > 4 * MAX_TYPED for value in raw):
        raise Invalid("attempt.bad_answer", _("The answer cannot be understood. Load the page again."))
    match body:
        case SingleChoice():
            chosen = tuple(_place(value, layout.order) for value in raw if value)
            if len(chosen) > 1:
                raise Invalid("attempt.bad_answer", _("The answer cannot be understood. Load the page again."))
            return chosen
        case MultipleChoice():
            places = {_place(value, layout.order) for value in raw if value}
            return tuple(sorted(places, key=int))
        case TrueFalse():
            if any(value not in ("true", "false", "") for value in raw) or len(raw) > 1:
                raise Invalid("attempt.bad_answer", _("The answer cannot be understood. Load the page again."))
            return tuple(value for value in raw if value)
        case ShortAnswer() | Numeric():
            typed = clean(" ".join(raw))[:MAX_TYPED]
            return (typed,) if typed else UNANSWERED
        case Matching():
            if not raw:
                return UNANSWERED
            if len(raw) != len(layout.order):
                raise Invalid("attempt.bad_answer", _("The answer cannot be understood. Load the page again."))
            by_stem = {
                stem: (_place(value, layout.choices) if value else "") for stem, value in zip(layout.order, raw, strict=True)
            }
            answer = tuple(by_stem[stem] for stem in range(len(layout.order)))
            return answer if any(answer) else UNANSWERED


def show_answer(body: Body, layout: Layout, answer: Answer) -> tuple[str, ...]:
    """Inverse of :func:`read_answer`: what the page's form fields hold for ``answer``."""
    match body:
        case SingleChoice() | MultipleChoice():
            shown = {str(original): str(place) for place, original in enumerate(layout.order)}
            return tuple(sorted((shown[value] for value in answer), key=int))
        case Matching():
            if not answer:
                return tuple("" for _stem in layout.order)
            shown = {str(original): str(place) for place, original in enumerate(layout.choices)} | {"": ""}
            return tuple(shown[answer[stem]] for stem in layout.order)
        case _:
            return answer


def is_complete(body: Body, answer: Answer) -> bool:
    """Whether nothing of the question is left open."""
    return bool(answer) and (not isinstance(body, Matching) or all(answer)) and not is_misread(body, answer)


def is_misread(body: Body, answer: Answer) -> bool:
    """Whether a number was asked for and something else was typed."""
    return isinstance(body, Numeric) and bool(answer) and read_number(answer[0]) is None


def read_number(typed: str) -> Decimal | None:
    """A number as people type it in Vietnamese or English ("30", "1.234,5", "1,234.5", "-0,5", "30%"), or None.

    With both marks the last one is the decimal mark. A single mark is the decimal one, except before exactly three digits
    when it is repeated ("1.234.567").
    """
    text = typed.strip().removesuffix("%").replace("\u00a0", "").replace(" ", "").replace("−", "-")
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        decimal_mark, group_mark = (",", ".") if comma > point else (".", ",")
        text = text.replace(group_mark, "").replace(decimal_mark, ".")
    elif text.count(",") + text.count(".") == 1:
        text = text.replace(",", ".")
    else:
        text = text.replace(",", "").replace(".", "")
    if not text.isascii() or not set(text) <= set("0123456789.+-") or len(text) > 40:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
