"""Questions as plain JSON values, the form in which a version is stored. ``load(dump(q)) == q``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from training.quiz.domain.questions import (
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

Json = dict[str, Any]


def kind_of(body: Body) -> str:
    """The stable name of a question type, as it is stored and as pages choose their template by."""
    match body:
        case SingleChoice():
            return "single"
        case MultipleChoice():
            return "multiple"
        case TrueFalse():
            return "true_false"
        case ShortAnswer():
            return "short"
        case Numeric():
            return "numeric"
        case Matching():
            return "matching"


def _text(text: Text) -> Json:
    return {"text": text.text, "markup": text.markup.value}


def _read_text(data: Json) -> Text:
    return Text(data["text"], Markup(data["markup"]))


def _option(option: Option) -> Json:
    return {"text": _text(option.text), "weight": str(option.weight), "feedback": _text(option.feedback)}


def _read_options(data: list[Json]) -> tuple[Option, ...]:
    return tuple(Option(_read_text(o["text"]), Decimal(o["weight"]), _read_text(o["feedback"])) for o in data)


def _dump_body(body: Body) -> Json:
    match body:
        case SingleChoice(options):
            return {"options": [_option(o) for o in options]}
        case MultipleChoice(options, scoring):
            return {"options": [_option(o) for o in options], "scoring": scoring.value}
        case TrueFalse(right, wrong, well):
            return {"right": right, "feedback_wrong": _text(wrong), "feedback_right": _text(well)}
        case ShortAnswer(answers, strict):
            return {"answers": [_option(a) for a in answers], "strict": strict}
        case Numeric(numbers):
            return {
                "answers": [
                    {
                        "value": str(n.value),
                        "tolerance": str(n.tolerance),
                        "weight": str(n.weight),
                        "feedback": _text(n.feedback),
                    }
                    for n in numbers
                ]
            }
        case Matching(pairs):
            return {"pairs": [{"stem": _text(p.stem), "match": p.match} for p in pairs]}


def _load_body(kind: str, data: Json) -> Body:
    match kind:
        case "single":
            return SingleChoice(_read_options(data["options"]))
        case "multiple":
            return MultipleChoice(_read_options(data["options"]), Scoring(data["scoring"]))
        case "true_false":
            return TrueFalse(data["right"], _read_text(data["feedback_wrong"]), _read_text(data["feedback_right"]))
        case "short":
            return ShortAnswer(_read_options(data["answers"]), data["strict"])
        case "numeric":
            return Numeric(
                tuple(
                    Number(Decimal(n["value"]), Decimal(n["tolerance"]), Decimal(n["weight"]), _read_text(n["feedback"]))
                    for n in data["answers"]
                )
            )
        case "matching":
            return Matching(tuple(Pair(_read_text(p["stem"]), p["match"]) for p in data["pairs"]))
    raise ValueError(kind)


def dump(question: Question) -> Json:
    """``question`` as JSON values; :func:`load` is the inverse."""
    return {
        "kind": kind_of(question.body),
        "name": question.name,
        "category": question.category,
        "text": _text(question.text),
        "feedback": _text(question.feedback),
        "body": _dump_body(question.body),
    }


def load(data: Json) -> Question:
    """The question that :func:`dump` wrote."""
    return Question(
        name=data["name"],
        category=data["category"],
        text=_read_text(data["text"]),
        feedback=_read_text(data["feedback"]),
        body=_load_body(data["kind"], data["body"]),
    )
