"""Writing questions into a programme's bank, and quizzes made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from people.models import User
from training.models import Programme, Question, QuestionVersion, Quiz, QuizSlot
from training.quiz.domain import questions as domain
from training.quiz.domain import storage
from training.quiz.formats import gift


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. ``questions`` are all of the file, in its order."""

    questions: tuple[Question, ...]
    new: int
    changed: int

    @property
    def unchanged(self) -> int:
        return len(self.questions) - self.new - self.changed


@transaction.atomic
def import_questions(
    *, programme: Programme, questions: Sequence[domain.Question], by: User | None, into: Quiz | None = None
) -> Imported:
    """Put ``questions`` into the bank. One of the same category and name gets a new version if it differs: importing a file
    twice changes nothing; of questions that share both, later ones are numbered. What a quiz asks, other than ``into``, is
    never changed by an import: a question that would is numbered, too."""
    Programme.objects.select_for_update().get(pk=programme.pk)
    fixed = _asked_elsewhere(programme, into)
    taken: set[tuple[str, str]] = set()
    stored: list[Question] = []
    new = changed = 0
    for question in questions:
        name, copy, content = question.name, 1, storage.dump(question)
        while (question.category, name) in taken or fixed.get((question.category, name), content) != content:
            copy += 1
            name = f"{question.name[:190]} ({copy})"
        taken.add((question.category, name))
        row, created = Question.objects.select_related("current").get_or_create(
            programme=programme, category=question.category, name=name
        )
        if row.current is None or row.current.content != content:
            edit(row, content=content, by=by)
            changed += not created
        new += created
        stored.append(row)
    return Imported(tuple(stored), new=new, changed=changed)


def _asked_elsewhere(programme: Programme, into: Quiz | None) -> dict[tuple[str, str], storage.Json]:
    """Content of the bank's questions that stand in a quiz other than ``into``, by category and name."""
    slots = QuizSlot.objects.filter(question__programme=programme).select_related("question__current")
    if into is not None:
        slots = slots.exclude(quiz=into)
    asked = (slot.question for slot in slots)
    return {(each.category, each.name): each.current.content for each in asked if each.current is not None}


def edit(question: Question, *, content: storage.Json, by: User | None) -> QuestionVersion:
    """A new version of ``question``; attempts that have started keep theirs."""
    number = question.current.number + 1 if question.current else 1
    version = QuestionVersion.objects.create(
        question=question, number=number, kind=content["kind"], content=content, created_by=by
    )
    question.current = version
    question.save(update_fields=["current"])
    return version


def import_gift(*, programme: Programme, data: bytes, by: User | None, into: Quiz | None = None) -> Imported:
    """Import a GIFT file. Raises :class:`~training.quiz.formats.problems.BrokenFile` and changes nothing if it has a mistake."""
    return import_questions(programme=programme, questions=gift.parse(data), by=by, into=into)


@transaction.atomic
def set_questions(*, quiz: Quiz, questions: Sequence[Question], mark: Decimal = Decimal(1)) -> None:
    """Make ``questions`` the questions of ``quiz``, in this order, each for ``mark``. Attempts that have started keep theirs."""
    quiz.slots.all().delete()
    QuizSlot.objects.bulk_create(
        QuizSlot(quiz=quiz, position=position, question=question, mark=mark)
        for position, question in enumerate(questions, start=1)
    )
