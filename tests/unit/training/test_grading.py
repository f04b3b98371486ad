from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from tests.unit.training.questions import bodies
from training.quiz.domain.answers import Layout, lay_out, read_answer, read_number, show_answer
from training.quiz.domain.grading import Result, feedback_for, grade, total
from training.quiz.domain.questions import (
    Body,
    Matching,
    MultipleChoice,
    Number,
    Numeric,
    Option,
    Pair,
    Scoring,
    ShortAnswer,
    SingleChoice,
    Text,
    TrueFalse,
)

HALF, ONE = Decimal("0.5"), Decimal(1)


def options(*weights: str) -> tuple[Option, ...]:
    return tuple(Option(Text(f"đáp án {i}"), Decimal(w), Text(f"nhận xét {i}")) for i, w in enumerate(weights))


SINGLE = SingleChoice(options("0", "1", "0.5"))
FOUR = options("0.5", "0.5", "-0.5", "-0.5")
THIRDS = MultipleChoice(options("0.3333333", "0.3333333", "0.3333333", "0"))
MATCHING = Matching((Pair(Text("a"), "1"), Pair(Text("b"), "2"), Pair(Text("c"), "1"), Pair(Text(""), "3")))


@pytest.mark.parametrize(
    ("body", "answer", "fraction"),
    [
        (SINGLE, (), "0"),
        (SINGLE, ("1",), "1"),
        (SINGLE, ("2",), "0.5"),
        (SINGLE, ("0",), "0"),
        (MultipleChoice(FOUR), ("0", "1"), "1"),
        (MultipleChoice(FOUR), ("0",), "0.5"),
        (MultipleChoice(FOUR), ("0", "1", "2"), "0.5"),
        (MultipleChoice(FOUR), ("2", "3"), "0"),
        (MultipleChoice(FOUR, Scoring.PARTIAL), ("0", "2"), "0.5"),
        (MultipleChoice(FOUR, Scoring.ALL_OR_NOTHING), ("0",), "0"),
        (MultipleChoice(FOUR, Scoring.ALL_OR_NOTHING), ("0", "1"), "1"),
        (THIRDS, ("0", "1", "2"), "1"),
        (TrueFalse(False), ("false",), "1"),
        (TrueFalse(False), ("true",), "0"),
        (ShortAnswer((Option(Text("Hà Nội"), ONE), Option(Text("Thăng Long"), HALF))), ("  ha  noi ",), "1"),
        (ShortAnswer((Option(Text("Hà Nội"), ONE), Option(Text("Thăng Long"), HALF))), ("thang long",), "0.5"),
        (ShortAnswer((Option(Text("Hà Nội"), ONE),), strict=True), ("Ha Noi",), "0"),
        (ShortAnswer((Option(Text("Hà Nội"), ONE),), strict=True), ("Hà Nội",), "1"),
        (Numeric((Number(Decimal(30)),)), ("30 %",), "1"),
        (Numeric((Number(Decimal(30), Decimal(1)),)), ("31",), "1"),
        (Numeric((Number(Decimal(30), Decimal(1)),)), ("31,01",), "0"),
        (Numeric((Number(Decimal(30)), Number(Decimal(30), Decimal(5), HALF))), ("27",), "0.5"),
        (Numeric((Number(Decimal(30)),)), ("ba mươi",), "0"),
        (MATCHING, ("0", "1", "0"), "1"),
        (MATCHING, ("2", "1", ""), None),
    ],
)
def test_grade_when_answered(body: Body, answer: tuple[str, ...], fraction: str | None) -> None:
    expected = Decimal(1) / 3 if fraction is None else Decimal(fraction)
    assert grade(body, answer) == expected


@given(bodies, st.integers(0, 2**62), st.integers(0, 2**62), st.data())
def test_score_when_shuffled_is_the_same(body: Body, seed: int, other: int, data: st.DataObject) -> None:
    plain, mixed = lay_out(body, shuffle=False, seed=seed), lay_out(body, shuffle=True, seed=other)
    answer = read_answer(body, plain, data.draw(raw_answers(body, plain)))
    seen = show_answer(body, mixed, answer)
    assert read_answer(body, mixed, seen) == answer
    assert grade(body, read_answer(body, mixed, seen)) == grade(body, answer)
    assert Decimal(0) <= grade(body, answer) <= 1


@given(bodies, st.integers(0, 2**62))
def test_layout_when_frozen_by_a_seed_is_always_the_same(body: Body, seed: int) -> None:
    first = lay_out(body, shuffle=True, seed=seed)
    assert first == lay_out(body, shuffle=True, seed=seed)
    assert sorted(first.order) == list(range(len(first.order)))
    assert sorted(first.choices) == list(range(len(first.choices)))


def raw_answers(body: Body, layout: Layout) -> st.SearchStrategy[list[str]]:
    places = [str(place) for place in range(len(layout.order))]
    match body:
        case SingleChoice():
            return st.lists(st.sampled_from(places), max_size=1)
        case MultipleChoice():
            return st.lists(st.sampled_from(places), unique=True)
        case TrueFalse():
            return st.lists(st.sampled_from(["true", "false"]), max_size=1)
        case Matching():
            choices = ["", *(str(place) for place in range(len(layout.choices)))]
            return st.lists(st.sampled_from(choices), min_size=len(places), max_size=len(places))
        case _:
            return st.lists(st.text(max_size=30), max_size=1)


@pytest.mark.parametrize(
    ("body", "raw"),
    [
        (SINGLE, ["3"]),
        (SINGLE, ["-1"]),
        (SINGLE, ["0", "1"]),
        (SINGLE, ["²"]),
        (SINGLE, ["x" * 5000]),
        (MultipleChoice(FOUR), ["9"]),
        (TrueFalse(True), ["maybe"]),
        (MATCHING, ["0"]),
        (MATCHING, ["0", "1", "7"]),
    ],
)
def test_answer_when_it_makes_no_sense_is_refused(body: Body, raw: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        read_answer(body, lay_out(body, shuffle=True, seed=1), raw)
    assert caught.value.code == "attempt.bad_answer"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("30", "30"),
        ("30%", "30"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("-0,5", "-0.5"),
        ("1.234.567", "1234567"),
        ("3,14", "3.14"),
        ("", None),
        ("ba", None),
        ("1e5", None),
        ("--1", None),
        ("9" * 60, None),
    ],
)
def test_number_when_typed_in_either_language(typed: str, value: str | None) -> None:
    assert read_number(typed) == (Decimal(value) if value is not None else None)


def test_feedback_when_chosen_is_that_of_the_choice() -> None:
    assert [text.text for text in feedback_for(SINGLE, ("2",))] == ["nhận xét 2"]


def test_pass_when_thirds_add_up_is_not_decided_by_rounding() -> None:
    score = total([Result(grade(THIRDS, ("0", "1", "2")), Decimal(1)), Result(Decimal("0.4"), Decimal(1))])
    assert score.passes(Decimal(70))
    assert not score.passes(Decimal("70.01"))
    assert score.percent == Decimal(70)
