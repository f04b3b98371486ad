"""The bank of questions: an import never changes what another quiz asks."""

from __future__ import annotations

import pytest

from tests.factories.training import make_module, make_quiz
from training.models import Question
from training.quiz.banking import import_gift, set_questions

pytestmark = pytest.mark.django_db
FIRST = "::Câu 1::Nghị quyết 57 ban hành năm nào?{=2024 ~2023}"
OTHER = "::Câu 1::Kinh tế số năm 2030 chiếm bao nhiêu phần trăm GDP?{=30 ~20}"


def test_import_when_another_quiz_asks_a_question_of_the_same_name_leaves_it_alone() -> None:
    quiz = make_quiz(gift=FIRST)
    module = make_module(quiz.activity.module.programme)
    imported = import_gift(programme=module.programme, data=OTHER.encode(), by=None)
    asked = quiz.slots.get().question
    assert asked.current is not None and "57" in asked.current.content["text"]["text"]
    assert imported.new == 1 and imported.questions[0].name == "Câu 1 (2)"


def test_import_of_the_same_file_twice_changes_nothing() -> None:
    quiz = make_quiz(gift=FIRST)
    again = import_gift(programme=quiz.activity.module.programme, data=FIRST.encode(), by=None)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)
    assert Question.objects.count() == 1


def test_import_that_replaces_a_quiz_makes_new_versions_of_its_questions() -> None:
    quiz = make_quiz(gift=FIRST)
    imported = import_gift(programme=quiz.activity.module.programme, data=OTHER.encode(), by=None, into=quiz)
    set_questions(quiz=quiz, questions=imported.questions)
    assert (imported.new, imported.changed) == (0, 1)
    asked = quiz.slots.get().question
    assert asked.current is not None and asked.current.number == 2
