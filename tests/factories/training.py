"""A module with a quiz, and people who learn in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from people.models import User
from people.permissions import Role
from tests.factories.conference import make_user
from training.models import Activity, Enrolment, Module, Programme, Quiz
from training.modules.domain.activities import Kind
from training.quiz.banking import import_gift, set_questions

GIFT = """
::Một::Nghị quyết do ai ban hành?{=Bộ Chính trị#Đúng rồi, ngày 22/12 ~Ban Bí thư#Không phải Ban Bí thư ~Quốc hội####Xem trang 1}

::Hai::Chọn hai mục tiêu.{~%50%Nhóm 3 Đông Nam Á ~%50%Nhóm 30 thế giới ~%-50%Đứng đầu châu Á ~%-50%Nhóm 10 thế giới}

::Ba::Bố trí ít nhất 3% ngân sách.{TRUE#Sai mất rồi#Đúng thế}

::Bốn::Kinh tế số đến năm 2030 bao nhiêu phần trăm GDP?{#30:1#Khoảng ba mươi}

::Năm::Thủ đô nước ta?{=Hà Nội =%50%Thăng Long}

::Sáu::Nối.{=Ban hành -> 22/12/2024 =Chương trình hành động -> 09/01/2025 =Hội nghị toàn quốc -> 13/01/2025}
"""
RIGHT: dict[str, tuple[str, ...]] = {
    "Một": ("0",),
    "Hai": ("0", "1"),
    "Ba": ("true",),
    "Bốn": ("30",),
    "Năm": ("Hà Nội",),
    "Sáu": ("0", "1", "2"),
}
"""Canonical right answers by the question's name."""


def make_programme(**fields: Any) -> Programme:
    return Programme.objects.create(title=fields.pop("title", "Chương trình học Nghị quyết 57"), **fields)


def make_module(programme: Programme | None = None, **fields: Any) -> Module:
    programme = programme or make_programme()
    position = fields.pop("position", programme.modules.count() + 1)
    return Module.objects.create(programme=programme, position=position, title=fields.pop("title", "Chuyên đề 1"), **fields)


def make_quiz(module: Module | None = None, *, gift: str = GIFT, **fields: Any) -> Quiz:
    """A quiz of six questions of all types, each for one mark, as an activity of ``module``."""
    module = module or make_module()
    fields.setdefault("title", "Trắc nghiệm Nghị quyết 57")
    fields.setdefault("time_limit_s", 900)
    fields.setdefault("pass_percent", Decimal(70))
    quiz = Quiz.objects.create(**fields)
    imported = import_gift(programme=module.programme, data=gift.encode(), by=None)
    set_questions(quiz=quiz, questions=imported.questions)
    position = module.activities.count() + 1
    Activity.objects.create(module=module, position=position, kind=Kind.QUIZ, title=quiz.title, quiz=quiz)
    return quiz


def make_learner(module: Module, role: Role = Role.DELEGATE, **fields: Any) -> User:
    person = make_user(**fields)
    Enrolment.objects.create(programme=module.programme, person=person, role=role)
    return person
