"""Answering an attempt as a page would: by places as shown, found from canonical answers."""

from __future__ import annotations

from collections.abc import Mapping

from training.models import Attempt
from training.quiz.attempting import layout_of
from training.quiz.domain.answers import show_answer


def sent(attempt: Attempt, by_name: Mapping[str, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    """What the page of ``attempt`` sends for these canonical answers (by question name)."""
    result = {}
    for item in attempt.items.select_related("version"):
        question = item.version.read()
        if question.name in by_name:
            result[item.number] = show_answer(question.body, layout_of(item), by_name[question.name])
    return result
