"""Strategies that make any question the domain allows."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from training.quiz.domain.questions import (
    Markup,
    Matching,
    MultipleChoice,
    Number,
    Numeric,
    Option,
    Pair,
    Question,
    Scoring,
    ShortAnswer,
    SingleChoice,
    Text,
    TrueFalse,
    clean,
)

# Marks of the format, its prefixes and what looks like them come up often; anything else comes up too.
_MARKS = ["~", "=", "#", "{", "}", ":", "\\", "->", "-", ">", "%50%", "%", "[html]", "[plain]", "//", "::", "####"]
_MARKS += ["n", "\\n", "đ", "T", "TRUE", "1..2"]
_NASTY = st.lists(st.sampled_from([*_MARKS, "\n", " ", "$CATEGORY: x", "Nghị quyết", "a\u0301"]), max_size=8).map("".join)
words = st.one_of(_NASTY, st.text(max_size=20))
filled = words.filter(lambda text: bool(clean(text)))
plain_texts = st.builds(Text, filled)
texts = st.builds(Text, filled, st.sampled_from(Markup))
maybe_texts = st.one_of(st.just(Text()), texts)
weights = st.integers(-10_000, 10_000).map(lambda n: Decimal(n) / 10_000)
names = filled.filter(lambda name: bool(" ".join(clean(name).split())))


def _different(options: list[Option]) -> bool:
    return len({option.text.text for option in options}) == len(options)


def _options(text: st.SearchStrategy[Text], least: int) -> st.SearchStrategy[list[Option]]:
    return st.lists(st.builds(Option, text, weights, maybe_texts), min_size=least, max_size=5).filter(_different)


def _with_right(options: list[Option]) -> tuple[Option, ...]:
    first = options[0]
    return (Option(first.text, Decimal(1), first.feedback), *options[1:])


def _adding_up(options: list[Option]) -> tuple[Option, ...]:
    """The weights turned so that the positive ones add up to 1."""
    first, *rest = options
    return (
        Option(first.text, Decimal(1), first.feedback),
        *(Option(option.text, -abs(option.weight), option.feedback) for option in rest),
    )


singles = _options(texts, 2).map(_with_right).map(SingleChoice)
multiples = st.builds(MultipleChoice, _options(texts, 2).map(_adding_up), st.sampled_from(Scoring))
true_falses = st.builds(TrueFalse, st.booleans(), maybe_texts, maybe_texts)
shorts = st.builds(ShortAnswer, _options(plain_texts, 1).map(_with_right), st.booleans())
decimals = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=4)
numbers = st.lists(st.builds(Number, decimals, decimals.map(abs), weights, maybe_texts), max_size=3)
numerics = st.builds(lambda first, rest: Numeric((first, *rest)), st.builds(Number, decimals, feedback=maybe_texts), numbers)
_stems = st.lists(texts, min_size=2, max_size=4, unique_by=lambda text: text.text)
matchings = st.builds(
    lambda stems, wrong: Matching((*(Pair(s, f"{i} {s.text}") for i, s in enumerate(stems)), *(Pair(Text(), w) for w in wrong))),
    _stems,
    st.lists(filled, max_size=2),
)
bodies = st.one_of(singles, multiples, true_falses, shorts, numerics, matchings)
questions = st.builds(Question, names, texts, bodies, st.one_of(st.just(""), words), maybe_texts)
