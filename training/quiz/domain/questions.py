"""What a question is, by type, without any attempt at it. Pure values: made once, never changed; an edit makes a new one.

Weights are fractions of the question's mark as :class:`~decimal.Decimal` (1 = all of it, -0.5 = half of it off). Essay, ordering
and cloze will be further members of :data:`Body`.
"""

from __future__ import annotations

import enum
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

from core.errors import Invalid, _
from core.letters import composed

ONE = Decimal(1)
MAX_TEXT = 8_000
MAX_NAME = 200
MAX_OPTIONS = 30
MAX_PLACES = 7  # decimals of a weight: 33.33333 % is 0.3333333


def clean(text: str) -> str:
    """``text`` in NFC with Unix line ends, trimmed, tabs as spaces, without
    control characters other than the line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    return composed(text).strip()


class Markup(enum.StrEnum):
    """How a text is to be read. Whatever it is, only harmless elements are ever shown."""

    PLAIN = "plain"
    HTML = "html"
    MARKDOWN = "markdown"
    MOODLE = "moodle"


@dataclass(frozen=True, slots=True)
class Text:
    """A text for people: cleaned by :func:`clean`, at most :data:`MAX_TEXT` characters."""

    text: str = ""
    markup: Markup = Markup.PLAIN

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text))
        if len(self.text) > MAX_TEXT:
            raise Invalid("question.text_too_long", _("A text is longer than %(limit)s characters."), limit=MAX_TEXT)
        if not self.text:
            object.__setattr__(self, "markup", Markup.PLAIN)

    def __bool__(self) -> bool:
        return bool(self.text)


def _checked_weight(weight: Decimal) -> None:
    exponent = weight.as_tuple().exponent
    if not weight.is_finite() or abs(weight) > 1 or not isinstance(exponent, int) or exponent < -MAX_PLACES:
        raise Invalid("question.bad_weight", _("A weight must lie between -100 and 100 percent."))


def _checked_count(count: int, least: int) -> None:
    if not least <= count <= MAX_OPTIONS:
        raise Invalid(
            "question.options_count",
            _("This question needs between %(least)s and %(most)s answers."),
            least=least,
            most=MAX_OPTIONS,
        )


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose, what it is worth, and what is said about it afterwards."""

    text: Text
    weight: Decimal = Decimal(0)
    feedback: Text = field(default_factory=Text)

    def __post_init__(self) -> None:
        _checked_weight(self.weight)
        if not self.text:
            raise Invalid("question.empty_option", _("An answer has no text."))


class Scoring(enum.StrEnum):
    """How several choices count together."""

    ALL_OR_NOTHING = "all_or_nothing"
    PARTIAL = "partial"
    """Right choices add, wrong ones cost nothing."""
    PARTIAL_NEGATIVE = "partial_negative"
    """Right choices add, wrong ones take away, never below zero."""


def _options_differ(options: tuple[Option, ...]) -> None:
    if len({option.text.text for option in options}) != len(options):
        raise Invalid("question.same_option_twice", _("The same answer stands here twice."))


@dataclass(frozen=True, slots=True)
class SingleChoice:
    """Exactly one option can be chosen; at least one is worth everything."""

    options: tuple[Option, ...]

    def __post_init__(self) -> None:
        _checked_count(len(self.options), 2)
        _options_differ(self.options)
        if all(option.weight != ONE for option in self.options):
            raise Invalid("question.no_right_answer", _("No answer is marked as right."))


@dataclass(frozen=True, slots=True)
class MultipleChoice:
    """Any number of options can be chosen; those with a positive weight are the right ones and together worth everything."""

    options: tuple[Option, ...]
    scoring: Scoring = Scoring.PARTIAL_NEGATIVE

    def __post_init__(self) -> None:
        _checked_count(len(self.options), 2)
        _options_differ(self.options)
        total = sum((option.weight for option in self.options if option.weight > 0), Decimal(0))
        if total == 0:
            raise Invalid("question.no_right_answer", _("No answer is marked as right."))
        if abs(total - ONE) > Decimal("0.001"):
            raise Invalid("question.weights_sum", _("The positive weights must add up to 100 percent."))


@dataclass(frozen=True, slots=True)
class TrueFalse:
    """A statement; ``feedback_wrong`` is for those who chose the wrong side."""

    right: bool
    feedback_wrong: Text = field(default_factory=Text)
    feedback_right: Text = field(default_factory=Text)


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A few typed words. Unless ``strict``, letter case, diacritics and spacing do not matter."""

    answers: tuple[Option, ...]
    strict: bool = False

    def __post_init__(self) -> None:
        _checked_count(len(self.answers), 1)
        _options_differ(self.answers)
        if any(answer.text.markup is not Markup.PLAIN for answer in self.answers):
            raise Invalid("question.plain_answers_only", _("The accepted answers of this question must be plain text."))
        if all(answer.weight != ONE for answer in self.answers):
            raise Invalid("question.no_right_answer", _("No answer is marked as right."))


@dataclass(frozen=True, slots=True)
class Number:
    """An accepted number: ``value ± tolerance``."""

    value: Decimal
    tolerance: Decimal = Decimal(0)
    weight: Decimal = ONE
    feedback: Text = field(default_factory=Text)

    def __post_init__(self) -> None:
        _checked_weight(self.weight)
        for number in (self.value, self.tolerance):
            exponent = number.as_tuple().exponent
            if not number.is_finite() or abs(number) >= Decimal(10) ** 15 or not isinstance(exponent, int) or exponent < -15:
                raise Invalid("question.bad_number", _("A number has too many digits."))
        if self.tolerance < 0:
            raise Invalid("question.bad_tolerance", _("A tolerance cannot be negative."))


@dataclass(frozen=True, slots=True)
class Numeric:
    """A typed number; the best-weighted accepted number that fits counts."""

    answers: tuple[Number, ...]

    def __post_init__(self) -> None:
        _checked_count(len(self.answers), 1)
        if all(answer.weight != ONE for answer in self.answers):
            raise Invalid("question.no_right_answer", _("No answer is marked as right."))


@dataclass(frozen=True, slots=True)
class Pair:
    """``stem`` belongs to ``match``. Without a stem, ``match`` is only there to choose wrongly."""

    stem: Text
    match: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "match", clean(self.match))
        if not self.match or len(self.match) > MAX_TEXT:
            raise Invalid("question.empty_option", _("An answer has no text."))


@dataclass(frozen=True, slots=True)
class Matching:
    """Each stem is to be given its match; every stem counts the same."""

    pairs: tuple[Pair, ...]

    def __post_init__(self) -> None:
        _checked_count(len(self.pairs), 2)
        stems = self.stems
        if len(stems) < 2 or len(self.choices) < 2:
            raise Invalid("question.too_few_pairs", _("A matching question needs at least two pairs with different answers."))
        if len({stem.stem.text for stem in stems}) != len(stems):
            raise Invalid("question.same_option_twice", _("The same answer stands here twice."))

    @property
    def stems(self) -> tuple[Pair, ...]:
        """The pairs that are asked for, in the author's order."""
        return tuple(pair for pair in self.pairs if pair.stem)

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be chosen for a stem, each once, in the author's order."""
        return tuple(dict.fromkeys(pair.match for pair in self.pairs))


Body = SingleChoice | MultipleChoice | TrueFalse | ShortAnswer | Numeric | Matching


@dataclass(frozen=True, slots=True)
class Question:
    """One question as its author wrote it. ``category`` is a path of names joined by ``/``."""

    name: str
    text: Text
    body: Body
    category: str = ""
    feedback: Text = field(default_factory=Text)
    """Said to everybody in the review, whatever they answered."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", " ".join(clean(self.name).split())[:MAX_NAME].strip())
        object.__setattr__(self, "category", " ".join(clean(self.category).split())[:MAX_NAME].strip())
        if not self.text:
            raise Invalid("question.no_text", _("The question has no text."))
        if not self.name:
            raise Invalid("question.no_name", _("The question has no name."))
