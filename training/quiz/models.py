"""Tables of questions, quizzes and attempts. Versions and steps are append-only; a finished attempt never changes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from core.ids import new_id
from people.models import User
from people.permissions import Role
from training.quiz.domain import questions, storage
from training.quiz.domain import review as reviews
from training.quiz.domain.attempts import OPEN_STATES, Method, Overdue, Rules, State


def _mark() -> models.DecimalField[Decimal | None, Decimal | None]:
    """Kept marks are for lists and sums on screen; whether an attempt passes is decided on the exact value and stored."""
    return models.DecimalField(max_digits=15, decimal_places=9, null=True, blank=True)


class Question(models.Model):
    """One question of a programme's bank. What it says is in its versions; ``current`` is used by attempts that start now."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    programme = models.ForeignKey("training.Programme", on_delete=models.PROTECT, related_name="questions")
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=200, blank=True)
    current = models.ForeignKey("QuestionVersion", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["category", "name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "category", "name"], name="question_name_once_per_category")
        ]

    def __str__(self) -> str:
        return self.name


class QuestionVersion(models.Model):
    """A question as it was written once: never changed, so that an attempt can always be understood and regraded.

    ``content`` is :func:`training.quiz.domain.storage.dump`.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["question", "number"], name="question_version_once")]

    def read(self) -> questions.Question:
        """The question as a value of the domain."""
        return storage.load(self.content)


class Quiz(models.Model):
    """A test (trắc nghiệm): which questions, by which rules, and what its review shows when."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    title = models.CharField(max_length=200)
    intro = models.TextField(blank=True)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    time_limit_s = models.PositiveIntegerField(null=True, blank=True)
    max_attempts = models.PositiveSmallIntegerField(null=True, blank=True)
    attempt_delay_s = models.PositiveIntegerField(default=0)
    method = models.CharField(max_length=8, choices=[(m.value, m.value) for m in Method], default=Method.HIGHEST)
    pass_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(50), validators=[MaxValueValidator(100)])
    shuffle_questions = models.BooleanField(default=True)
    shuffle_options = models.BooleanField(default=True)
    overdue = models.CharField(max_length=10, choices=[(o.value, o.value) for o in Overdue], default=Overdue.AUTOSUBMIT)
    grace_s = models.PositiveIntegerField(default=0)
    review = models.JSONField(default=dict, blank=True)
    """:func:`training.quiz.domain.review.dump`; empty = the default."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "quizzes"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(closes_at__gt=models.F("opens_at")),
                name="quiz_closes_after_it_opens",
            ),
            models.CheckConstraint(condition=Q(pass_percent__gte=0, pass_percent__lte=100), name="quiz_pass_percent_range"),
        ]

    def __str__(self) -> str:
        return self.title

    def rules(self) -> Rules:
        """The rules of attempts as the domain knows them."""
        return Rules(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            limit=dt.timedelta(seconds=self.time_limit_s) if self.time_limit_s else None,
            max_attempts=self.max_attempts,
            delay=dt.timedelta(seconds=self.attempt_delay_s),
            overdue=Overdue(self.overdue),
            grace=dt.timedelta(seconds=self.grace_s),
        )

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`: the role on the module in which the quiz stands."""
        activity = getattr(self, "activity", None)
        return activity.module.role_of(user) if activity is not None else None

    def review_rules(self) -> reviews.Review:
        return reviews.load(self.review)


class QuizSlot(models.Model):
    """A question's place in a quiz, and its mark."""

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="slots")
    position = models.PositiveSmallIntegerField()
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="slots")
    mark = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal(1))

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["quiz", "position"], name="slot_position_once"),
            models.UniqueConstraint(fields=["quiz", "question"], name="question_once_per_quiz"),
            models.CheckConstraint(condition=Q(mark__gte=0), name="slot_mark_not_negative"),
        ]


class Attempt(models.Model):
    """One person's one go at a quiz (lượt thi). ``seq`` is the number of the last step.

    ``submit_key`` and ``submit_digest`` make handing in idempotent: the same key with the same body is the same result.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State], default=State.IN_PROGRESS)
    started_at = models.DateTimeField()
    deadline = models.DateTimeField(null=True, blank=True, db_index=True)
    extra_s = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    seed = models.BigIntegerField()
    seq = models.PositiveIntegerField(default=0)
    submit_key = models.CharField(max_length=64, blank=True)
    submit_digest = models.CharField(max_length=64, blank=True)
    mark = _mark()
    max_mark = _mark()
    passed = models.BooleanField(null=True)

    class Meta:
        ordering: ClassVar = ["started_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["quiz", "person", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["quiz", "person"], condition=Q(state__in=[s.value for s in OPEN_STATES]), name="one_open_attempt"
            ),
        ]

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`: an attempt is its own person's and nobody else's."""
        return self.quiz.role_of(user) if user.pk == self.person_id else None

    def closed(self) -> bool:
        return State(self.state) not in OPEN_STATES


class AttemptItem(models.Model):
    """One question of one attempt, frozen when it started: which version, in which order, for which mark; graded at the end."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveSmallIntegerField()
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="items")
    max_mark = models.DecimalField(max_digits=6, decimal_places=2)
    order = models.JSONField(default=list)
    choices = models.JSONField(default=list)
    fraction = _mark()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["attempt", "number"], name="item_number_once")]


class AttemptStep(models.Model):
    """One accepted change of an attempt's answers: append-only."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="steps")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    answers = models.JSONField()
    """``{"<number>": [canonical answer]}``."""

    class Meta:
        ordering: ClassVar = ["seq"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["attempt", "seq"], name="step_seq_once")]
