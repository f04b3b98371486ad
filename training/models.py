"""All tables of this app; each part defines its own."""

from __future__ import annotations

from training.attendance.models import Evidence
from training.modules.models import Activity, Enrolment, Module, Programme
from training.quiz.models import Attempt, AttemptItem, AttemptStep, Question, QuestionVersion, Quiz, QuizSlot
from training.replay.models import Coverage, PlaybackLease

__all__ = [
    "Activity",
    "Attempt",
    "AttemptItem",
    "AttemptStep",
    "Coverage",
    "Enrolment",
    "Evidence",
    "Module",
    "PlaybackLease",
    "Programme",
    "Question",
    "QuestionVersion",
    "Quiz",
    "QuizSlot",
]
