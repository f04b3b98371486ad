"""GIFT, the text format for questions of Moodle: reading and writing. ``parse(write(questions)) == questions``.

Read: ``::name::``, ``=`` ``~`` ``%50%``, ``#`` and ``####`` feedback, ``{T}``, ``{#n:tol}`` and ``{#a..b}``, ``->`` matching,
``$CATEGORY:``, ``[html]`` and its like, the missing word, escapes ``\\~ \\= \\# \\{ \\} \\: \\n``. What the format has no sign
for stands in a comment before the question, which other readers skip: ``// [scoring:all_or_nothing]``, ``// [compare:strict]``.
Source: https://docs.moodle.org/en/GIFT_format
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice

from core.errors import Invalid, _
from training.quiz.domain.questions import (
    MAX_OPTIONS,
    ONE,
    Body,
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
)
from training.quiz.formats.problems import BrokenFile, Problem
from training.quiz.formats.spans import Span, escape, scan

MAX_BYTES = 1_000_000
MAX_QUESTIONS = 2_000
MAX_QUESTION_CHARS = 100_000
_MARKUP = re.compile(r"\[(html|plain|markdown|moodle)\]", re.IGNORECASE)
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d{1,5})?)%")
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,12})?")
_DIRECTIVE = re.compile(r"\[(scoring|compare):([a-z_]+)\]")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}


class _Mistake(Exception):
    def __init__(self, line: int, message: str, **fields: object) -> None:
        super().__init__(message)
        self.problem = Problem(line, message, fields)


@dataclass
class _Block:
    """The source lines of one question, its category, and what comments before it say."""

    category: str
    directives: dict[str, str] = field(default_factory=dict)
    lines: list[tuple[int, str]] = field(default_factory=list)


def parse(data: bytes) -> list[Question]:
    """All questions of a file in UTF-8. Raises :class:`BrokenFile` with every mistake and its line; never anything else."""
    if len(data) > MAX_BYTES:
        raise BrokenFile([Problem(1, _("The file is larger than %(limit)s bytes."), {"limit": MAX_BYTES})])
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BrokenFile([Problem(line, _("The file is not UTF-8 text. Save it as UTF-8 and try again."))]) from None
    questions: list[Question] = []
    problems: list[Problem] = []
    try:
        for block in _blocks(source.replace("\r\n", "\n").replace("\r", "\n")):
            try:
                questions.append(_question(block))
            except _Mistake as mistake:
                problems.append(mistake.problem)
            except Invalid as error:
                problems.append(Problem(block.lines[0][0], error.message, error.fields))
            if len(questions) + len(problems) > MAX_QUESTIONS:
                break
    except _Mistake as mistake:
        problems.append(mistake.problem)
    if not questions and not problems:
        problems.append(Problem(1, _("There is no question in this file.")))
    if len(questions) > MAX_QUESTIONS:
        problems.append(Problem(1, _("The file has more than %(limit)s questions."), {"limit": MAX_QUESTIONS}))
    if problems:
        raise BrokenFile(problems)
    return questions


def _blocks(source: str) -> Iterator[_Block]:
    """The file cut at blank lines, without comments; a block may hold only one question."""
    category = ""
    block = _Block(category)
    for number, line in enumerate(source.split("\n"), start=1):
        stripped = line.strip()
        if stripped.startswith("//"):
            block.directives.update(dict(_DIRECTIVE.findall(stripped)))
        elif stripped.startswith("$CATEGORY:"):
            if block.lines:
                raise _Mistake(number, _("Before a category there must be an empty line."))
            category = stripped.removeprefix("$CATEGORY:").strip()
            block.category = category
        elif stripped:
            block.lines.append((number, line))
        elif block.lines:
            yield block
            block = _Block(category)
    if block.lines:
        yield block


def _question(block: _Block) -> Question:
    if sum(len(line) for _number, line in block.lines) > MAX_QUESTION_CHARS:
        raise _Mistake(block.lines[0][0], _("This question is too long; between questions there must be an empty line."))
    span = scan(block.lines).strip()
    name = ""
    if span.starts_with("::"):
        named, rest = span[2:].partition("::")
        if rest is None:
            raise _Mistake(span.line, _("The name of the question is not closed: “::” is missing."))
        name, span = named.text, rest
    head, rest = span.partition("{")
    if rest is None:
        raise _Mistake(span.line, _("The question has no answers in braces { }."))
    answers, tail = rest.partition("}")
    if tail is None:
        raise _Mistake(head.line, _("The brace { is not closed before the next empty line."))
    if answers.find("{") >= 0 or tail.find("{") >= 0 or tail.find("}") >= 0:
        raise _Mistake(rest.line, _("Only one pair of braces { } is allowed; between questions there must be an empty line."))
    text = _text(head, Markup.PLAIN)
    if tail.text.strip():  # the missing word
        text = Text(f"{text.text} _____ {tail.text.strip()}", text.markup)
    answers, general = answers.partition("####")
    question = Question(
        name=name.strip() or text.text[:60],
        text=text,
        category=block.category,
        feedback=_text(general, text.markup) if general else Text(),
        body=_body(answers, text.markup, span.line),
    )
    return _directed(question, block)


def _directed(question: Question, block: _Block) -> Question:
    """``question`` as the comments before it refine it."""
    line = block.lines[0][0]
    body = question.body
    scoring, compare = block.directives.get("scoring"), block.directives.get("compare")
    if scoring is not None and isinstance(body, MultipleChoice):
        if scoring not in set(Scoring):
            raise _Mistake(line, _("The scoring “%(name)s” is not known."), name=scoring)
        return replace(question, body=replace(body, scoring=Scoring(scoring)))
    if compare == "strict" and isinstance(body, ShortAnswer):
        return replace(question, body=replace(body, strict=True))
    return question


def _text(span: Span, default: Markup) -> Text:
    span = span.strip()
    found = _MARKUP.match(span.text)
    if found and all(span.plain[: found.end()]):
        return Text(span.text[found.end() :], Markup(found.group(1).lower()))
    return Text(span.text, default)


def _body(answers: Span, markup: Markup, line: int) -> Body:
    answers = answers.strip()
    if not answers.text:
        raise _Mistake(line, _("Essay questions (empty braces) are not supported yet."))
    if answers.starts_with("#"):
        return Numeric(tuple(_numbers(answers[1:].strip(), markup)))
    if not answers.starts_with("=") and not answers.starts_with("~"):
        return _true_false(answers, markup)
    items = _items(answers)
    only_right = all(item.starts_with("=") for item in items)
    arrows = [item.find("->") >= 0 for item in items]
    if only_right and any(arrows):
        return Matching(tuple(_pair(item, markup) for item in items))
    if only_right:
        return ShortAnswer(tuple(_option(item, markup, typed=True) for item in items))
    options = tuple(_option(item, markup, typed=False) for item in items)
    if any(item.starts_with("=") for item in items):
        return SingleChoice(options)
    return MultipleChoice(options)


def _items(answers: Span) -> list[Span]:
    """The answers, each with its mark. There may be any number in the source: no more are looked at than a question may have."""
    items = [item.strip() for item in islice(answers.split_before("=~"), MAX_OPTIONS + 1)]
    if len(items) > MAX_OPTIONS:
        raise _Mistake(answers.line, _("A question may have at most %(most)s answers."), most=MAX_OPTIONS)
    return items


def _weight(item: Span) -> tuple[Decimal, Span]:
    """The weight that an answer begins with (by its mark where no percentage stands), and what follows."""
    rest = item[1:].strip()
    found = _WEIGHT.match(rest.text)
    if not found or not all(rest.plain[: found.end()]):
        return (ONE if item.starts_with("=") else Decimal(0)), rest
    return Decimal(found.group(1)) / 100, rest[found.end() :]


def _option(item: Span, markup: Markup, *, typed: bool) -> Option:
    weight, rest = _weight(item)
    text, feedback = rest.partition("#")
    try:
        return Option(Text(text.text) if typed else _text(text, markup), weight, _text(feedback, markup) if feedback else Text())
    except Invalid as error:
        raise _Mistake(item.line, error.message, **error.fields) from None


def _pair(item: Span, markup: Markup) -> Pair:
    stem, match = item[1:].partition("->")
    if match is None:
        raise _Mistake(item.line, _("In a matching question every answer needs an arrow ->."))
    if item.find("#") >= 0:
        raise _Mistake(item.line, _("A matching question cannot have feedback for single answers."))
    try:
        return Pair(_text(stem, markup), match.text)
    except Invalid as error:
        raise _Mistake(item.line, error.message, **error.fields) from None


def _true_false(answers: Span, markup: Markup) -> TrueFalse:
    word, feedback = answers.partition("#")
    right = _TRUTH.get(word.text.strip().upper())
    if right is None:
        raise _Mistake(answers.line, _("Answers must begin with = or ~, or be TRUE or FALSE."))
    if feedback is None:
        return TrueFalse(right)
    wrong, well = feedback.partition("#")
    return TrueFalse(right, _text(wrong, markup), _text(well, markup) if well else Text())


def _number(span: Span, line: int) -> Decimal:
    text = span.text.strip()
    if not _NUMBER.fullmatch(text):
        raise _Mistake(line, _("“%(text)s” is not a number; use a point for decimals."), text=text[:40])
    return Decimal(text)


def _numbers(answers: Span, markup: Markup) -> Iterator[Number]:
    if not answers.starts_with("=") and not answers.starts_with("~"):
        yield _one_number(answers, ONE, answers, markup)
        return
    for item in _items(answers):
        if item.starts_with("~"):
            raise _Mistake(item.line, _("In a numeric question only right answers (=) can be listed."))
        weight, rest = _weight(item)
        yield _one_number(rest, weight, item, markup)


def _one_number(rest: Span, weight: Decimal, item: Span, markup: Markup) -> Number:
    value, feedback = rest.partition("#")
    said = _text(feedback, markup) if feedback else Text()
    low, high = value.partition("..")
    try:
        if high is not None:
            bottom, top = _number(low, item.line), _number(high, item.line)
            return Number((bottom + top) / 2, (top - bottom) / 2, weight, said)
        centre, tolerance = value.partition(":")
        spread = _number(tolerance, item.line) if tolerance is not None else Decimal(0)
        return Number(_number(centre, item.line), spread, weight, said)
    except Invalid as error:
        raise _Mistake(item.line, error.message, **error.fields) from None


# Writing --------------------------------------------------------------------------------------------------------------
def write(questions: Iterable[Question]) -> str:
    """The questions as a GIFT file that :func:`parse` reads back unchanged."""
    parts: list[str] = []
    category = ""
    for question in questions:
        if question.category != category:
            category = question.category
            parts.append(f"$CATEGORY: {category}\n")
        parts.append(_write_question(question))
    return "\n".join(parts)


def _write_text(text: Text, default: Markup) -> str:
    if not text:
        return ""
    prefix = f"[{text.markup.value}]" if text.markup is not default or text.text.startswith("[") else ""
    return prefix + escape(text.text)


def _write_question(question: Question) -> str:
    markup = question.text.markup
    lines = [f"// [{name}:{value}]" for name, value in _directives(question.body)]
    answers = "\n".join(f"\t{answer}" for answer in _write_body(question.body, markup))
    general = f"\n\t####{_write_text(question.feedback, markup)}" if question.feedback else ""
    lines.append(f"::{escape(question.name)}::{_write_text(question.text, Markup.PLAIN)}{{\n{answers}{general}\n}}\n")
    return "\n".join(lines)


def _directives(body: Body) -> Iterator[tuple[str, str]]:
    if isinstance(body, MultipleChoice) and body.scoring is not Scoring.PARTIAL_NEGATIVE:
        yield "scoring", body.scoring.value
    if isinstance(body, ShortAnswer) and body.strict:
        yield "compare", "strict"


def _percent(weight: Decimal) -> str:
    return f"%{(weight * 100).normalize():f}%"


def _feedback(text: Text, markup: Markup) -> str:
    return f"#{_write_text(text, markup)}" if text else ""


def _mark(option: Option, *, right_sign: bool) -> str:
    """``=`` or ``~`` and the weight; the weight also where the text itself looks like one."""
    like_weight = option.text.text.startswith("%")
    if right_sign and option.weight == ONE:
        return "=" + (_percent(ONE) if like_weight else "")
    return "~" + (_percent(option.weight) if option.weight or like_weight else "")


def _write_body(body: Body, markup: Markup) -> Iterator[str]:
    match body:
        case SingleChoice(options) | MultipleChoice(options):
            single = isinstance(body, SingleChoice)
            for option in options:
                mark = _mark(option, right_sign=single)
                yield f"{mark}{_write_text(option.text, markup)}{_feedback(option.feedback, markup)}"
        case TrueFalse(right, wrong, well):
            said = f"#{_write_text(wrong, markup)}" if wrong or well else ""
            yield ("TRUE" if right else "FALSE") + said + _feedback(well, markup)
        case ShortAnswer(answers):
            for answer in answers:
                bare = answer.weight == ONE and not answer.text.text.startswith("%")
                weight = "" if bare else _percent(answer.weight)
                yield f"={weight}{escape(answer.text.text)}{_feedback(answer.feedback, markup)}"
        case Numeric(numbers):
            yield "#"
            for number in numbers:
                weight = "" if number.weight == ONE else _percent(number.weight)
                spread = f":{number.tolerance:f}"
                yield f"={weight}{number.value:f}{spread}{_feedback(number.feedback, markup)}"
        case Matching(pairs):
            for pair in pairs:
                yield f"={_write_text(pair.stem, markup)} -> {escape(pair.match)}"
