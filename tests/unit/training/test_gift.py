from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.training.questions import questions
from training.quiz.domain import storage
from training.quiz.domain.questions import (
    Markup,
    Matching,
    MultipleChoice,
    Numeric,
    Question,
    Scoring,
    ShortAnswer,
    SingleChoice,
    Text,
    TrueFalse,
)
from training.quiz.formats import gift
from training.quiz.formats.problems import BrokenFile


def one(source: str) -> Question:
    (question,) = gift.parse(source.encode())
    return question


def lines_of(source: str) -> list[int]:
    with pytest.raises(BrokenFile) as caught:
        gift.parse(source.encode())
    return [problem.line for problem in caught.value.problems]


@given(st.lists(questions, min_size=1, max_size=3))
def test_export_when_imported_again_is_the_same(originals: list[Question]) -> None:
    assert gift.parse(gift.write(originals).encode()) == originals


@given(questions)
def test_storage_when_loaded_again_is_the_same(question: Question) -> None:
    assert storage.load(storage.dump(question)) == question


_PIECES = [
    "::",
    "{",
    "}",
    "=",
    "~",
    "#",
    "####",
    "%50%",
    "->",
    "T",
    "\n",
    "\n\n",
    "\\",
    "1",
    ":",
    "..",
    "$CATEGORY:",
    "//",
    "ấ",
    "[html]",
]


@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(_PIECES), max_size=40).map(lambda p: "".join(p).encode())))
def test_parser_when_fed_anything_raises_only_its_own_error(data: bytes) -> None:
    try:
        parsed = gift.parse(data)
    except BrokenFile as error:
        assert error.problems
    else:
        assert parsed


def test_single_choice_when_one_is_right() -> None:
    body = one("Câu?{=A#đúng ~B#sai ~%50%C}").body
    assert isinstance(body, SingleChoice)
    assert [(o.text.text, o.weight, o.feedback.text) for o in body.options] == [
        ("A", Decimal(1), "đúng"),
        ("B", Decimal(0), "sai"),
        ("C", Decimal("0.5"), ""),
    ]


def test_multiple_choice_when_only_weights() -> None:
    body = one("// [scoring:all_or_nothing]\nCâu?{~%50%A ~%50%B ~%-50%C}").body
    assert isinstance(body, MultipleChoice)
    assert body.scoring is Scoring.ALL_OR_NOTHING
    assert [o.weight for o in body.options] == [Decimal("0.5"), Decimal("0.5"), Decimal("-0.5")]


@pytest.mark.parametrize(("word", "right"), [("T", True), ("TRUE", True), ("f", False), ("FALSE", False)])
def test_true_false_when_any_spelling(word: str, right: bool) -> None:
    assert one(f"Câu.{{{word}#sai rồi#đúng rồi}}").body == TrueFalse(right, Text("sai rồi"), Text("đúng rồi"))


def test_short_answer_when_only_right_ones() -> None:
    body = one("Thủ đô?{=Hà Nội =%50%Hanoi}").body
    assert isinstance(body, ShortAnswer)
    assert [(a.text.text, a.weight) for a in body.answers] == [("Hà Nội", Decimal(1)), ("Hanoi", Decimal("0.5"))]


@pytest.mark.parametrize(
    ("source", "value", "tolerance"),
    [("#30:0", "30", "0"), ("#3.14:0.01", "3.14", "0.01"), ("#1..5", "3", "2"), ("#-7", "-7", "0")],
)
def test_numeric_when_written_in_any_way(source: str, value: str, tolerance: str) -> None:
    body = one(f"Bao nhiêu?{{{source}}}").body
    assert isinstance(body, Numeric)
    assert [(n.value, n.tolerance) for n in body.answers] == [(Decimal(value), Decimal(tolerance))]


def test_matching_when_it_has_a_distractor() -> None:
    body = one("Nối.{=a -> 1 =b -> 2 = -> 3}").body
    assert isinstance(body, Matching)
    assert [p.stem.text for p in body.stems] == ["a", "b"]
    assert body.choices == ("1", "2", "3")


def test_escapes_when_read_are_plain_characters() -> None:
    question = one(r"::Tên\: một::a \{b\} \= \~ \# \\ dòng\nhai{=\=1 ~\~2}")
    assert question.name == "Tên: một"
    assert question.text.text == "a {b} = ~ # \\ dòng\nhai"
    assert isinstance(question.body, SingleChoice)
    assert [o.text.text for o in question.body.options] == ["=1", "~2"]


def test_markup_when_given_holds_for_the_answers_too() -> None:
    question = one("[html]<b>Câu</b>{=A ~[plain]B####chung}")
    assert question.text == Text("<b>Câu</b>", Markup.HTML)
    assert question.feedback == Text("chung", Markup.HTML)
    assert isinstance(question.body, SingleChoice)
    assert [o.text.markup for o in question.body.options] == [Markup.HTML, Markup.PLAIN]


def test_missing_word_when_text_follows_the_braces() -> None:
    assert one("Nghị quyết số {=57 ~58} ban hành năm 2024.").text.text == "Nghị quyết số _____ ban hành năm 2024."


def test_category_when_set_holds_for_what_follows() -> None:
    parsed = gift.parse("A{T}\n\n$CATEGORY: Một/Hai\n\nB{T}\n\nC{F}".encode())
    assert [q.category for q in parsed] == ["", "Một/Hai", "Một/Hai"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("Câu không đáp án", [1]),
        ("A{T}\n\nB{=đúng\n~sai", [3]),
        ("A{T}\n\n::B{T}", [3]),
        ("A{~x ~y}", [1]),
        ("A{~%50%x ~%20%y}", [1]),
        ("A{}", [1]),
        ("A{=1 ~1}", [1]),
        ("A{#abc}\n\nB{T}\n\n\nC{#1:2:x}", [1, 6]),
        ("A{=a -> 1 =b}", [1]),
        ("A{T} B{T}", [1]),
        ("A{\n=x\n~%900%y\n~%101%z}", [3]),
        ("A{có}", [1]),
        ("\n\n// chỉ có chú thích\n", [1]),
        ("A{T}\n$CATEGORY: x", [2]),
    ],
)
def test_file_when_broken_is_refused_with_lines(source: str, lines: list[int]) -> None:
    assert lines_of(source) == lines


def test_file_when_not_utf8_names_the_line() -> None:
    with pytest.raises(BrokenFile) as caught:
        gift.parse(b"A{T}\n\n\xff{T}")
    assert [problem.line for problem in caught.value.problems] == [3]


def test_file_when_too_large_is_refused() -> None:
    with pytest.raises(BrokenFile):
        gift.parse(b"x" * (gift.MAX_BYTES + 1))


@pytest.mark.parametrize(
    "source",
    ["Q {" + "~a" * 160_000 + "}", "Q {#" + "=1" * 160_000 + "}", "Q {" + "~" + "a" * 200_000 + "}", "a\n\n" * 300_000],
    ids=["options", "numbers", "length", "questions"],
)
def test_a_file_made_to_take_long_is_given_up_early(source: str) -> None:
    with pytest.raises(BrokenFile) as caught:
        gift.parse(source.encode())
    assert len(caught.value.problems) <= gift.MAX_QUESTIONS + 2
