"""Tables of programmes, modules and what is to be done in them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conference.models import RosterEntry, Session
from core.ids import new_id
from people.models import User
from people.permissions import Role
from training.modules.domain.activities import Kind
from training.quiz.models import Quiz

_RANK = [Role.CHAIR, Role.TECHNICIAN, Role.SECRETARY, Role.PRESENTER, Role.SITE_OPERATOR, Role.DELEGATE, Role.VIEWER]


class Programme(models.Model):
    """A course of study (chương trình): modules in order, and a bank of questions."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.title


class Enrolment(models.Model):
    """A person who learns in a programme (or looks after it) without being on the roster of one of its sessions."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="enrolments")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="enrolments")
    role = models.CharField(max_length=16, choices=[(r.value, r.value) for r in Role], default=Role.VIEWER)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["programme", "person"], name="enrolled_once")]


class Module(models.Model):
    """One subject (chuyên đề) of a programme: activities in order, done when all required ones are."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="modules")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["programme", "position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["programme", "position"], name="module_position_once")]

    def __str__(self) -> str:
        return self.title

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`: by enrolment, else the strongest role on the rosters of its sessions."""
        enrolled = self.programme.enrolments.filter(person=user).values_list("role", flat=True).first()
        summoned = RosterEntry.objects.filter(person=user, session__activities__module=self).values_list("role", flat=True)
        roles = {Role(role) for role in [enrolled, *summoned] if role}
        return min(roles, key=_RANK.index, default=None)


class Activity(models.Model):
    """One thing to do in a module, with its rule of completion (see :mod:`training.modules.domain.activities`)."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="activities")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(
        max_length=12,
        choices=[(Kind.SESSION.value, _("Session")), (Kind.RECORDING.value, _("Recording")), (Kind.QUIZ.value, _("Quiz"))],
    )
    title = models.CharField(max_length=200)
    required = models.BooleanField(default=True)
    due_at = models.DateTimeField(null=True, blank=True)
    session = models.ForeignKey(Session, null=True, blank=True, on_delete=models.PROTECT, related_name="activities")
    """The session of a ``session`` activity; for a ``recording`` activity the session whose recording it is."""
    recording_id = models.CharField(max_length=16, blank=True, db_index=True)
    """Public id of a ``media.Recording`` that belongs to no session."""
    quiz = models.OneToOneField(Quiz, null=True, blank=True, on_delete=models.PROTECT, related_name="activity")
    presence_percent = models.PositiveSmallIntegerField(default=80)
    """How much of a session's required time a person must be present."""
    coverage_percent = models.PositiveSmallIntegerField(default=90)
    """How much of a recording's required time must be watched."""

    class Meta:
        verbose_name_plural = "activities"
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["module", "position"], name="activity_position_once"),
            models.CheckConstraint(
                condition=Q(kind=Kind.SESSION, session__isnull=False, quiz__isnull=True)
                | (Q(kind=Kind.RECORDING, quiz__isnull=True) & (Q(session__isnull=False) | ~Q(recording_id="")))
                | Q(kind=Kind.QUIZ, quiz__isnull=False, session__isnull=True),
                name="activity_names_its_thing",
            ),
            models.CheckConstraint(
                condition=Q(presence_percent__lte=100, coverage_percent__lte=100), name="activity_percent_range"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`."""
        return self.module.role_of(user)

    @property
    def watchable_id(self) -> str:
        """Public id of the recording to watch: its own, or that of its session since it first went live; else empty."""
        return self.recording_id or (self.session.recording_id if self.session else "")
