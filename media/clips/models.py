"""Tables of clips cut out of recordings: the cut, the job that makes its file, who approved that file, and what was done when."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.machine import Machine
from media.clips.shapes import Shape
from media.work.models import Job
from people.models import User
from people.permissions import Role

MIN_MS, MAX_MS = 10_000, 600_000
"""The shortest and the longest clip."""


class Clip(Job):
    """A cut of a recording. This row is the truth about the job that makes its file, and about who let it be shared."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        QUEUED = "queued", _("Waiting its turn")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Waiting for approval")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")
        FAILED = "failed", _("Failed")

    class Shapes(models.TextChoices):
        WIDE = Shape.WIDE.value, _("Wide (16:9)")
        SQUARE = Shape.SQUARE.value, _("Square (1:1)")
        TALL = Shape.TALL.value, _("Upright (9:16)")

    recording = models.ForeignKey("media.Recording", on_delete=models.CASCADE, related_name="clips")
    title = models.CharField(max_length=120)
    start_ms = models.PositiveBigIntegerField()
    end_ms = models.PositiveBigIntegerField()
    """Moments of the recording: the frames that a player shows there are the first and the last one."""
    shape = models.CharField(max_length=8, choices=Shapes, default=Shapes.WIDE)
    with_card = models.BooleanField(default=True)
    with_captions = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    edited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """Who changed the cut last, where somebody did."""
    created_at = models.DateTimeField(auto_now_add=True)

    state = models.CharField(max_length=12, choices=State, default=State.DRAFT, db_index=True)
    error_code = models.CharField(max_length=64, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    version = models.CharField(max_length=16, blank=True)
    """Which file is the clip's now (a folder of that name below the clip's); blank where there is none."""
    digest = models.CharField(max_length=64, blank=True)
    """SHA-256 of that file."""
    bytes = models.PositiveBigIntegerField(default=0)
    duration_ms = models.PositiveBigIntegerField(default=0)

    approved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_version = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    """Why it was returned."""
    share = models.CharField(max_length=43, blank=True)
    """The secret part of the public link (256 bits); blank where there is none."""
    shared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(progress__gte=0) & Q(progress__lte=1), name="clip_progress_is_a_share"),
            models.CheckConstraint(
                condition=Q(end_ms__gte=F("start_ms") + MIN_MS - 100) & Q(end_ms__lte=F("start_ms") + MAX_MS),
                name="clip_length_is_allowed",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | (~Q(approved_by=F("made_by")) & (Q(edited_by=None) | ~Q(approved_by=F("edited_by")))),
                name="clip_is_approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=(~Q(state="approved") & Q(approved_by=None) & Q(approved_version=""))
                | (Q(state="approved") & ~Q(approved_by=None) & ~Q(version="") & Q(approved_version=F("version"))),
                name="clip_approval_is_of_its_file",
            ),
            models.CheckConstraint(condition=Q(share="") | Q(state="approved"), name="clip_is_shared_only_when_approved"),
            models.UniqueConstraint(fields=["share"], condition=~Q(share=""), name="clip_share_is_unique"),
        ]

    def __str__(self) -> str:
        return self.title

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`."""
        return self.recording.role_of(user)

    @property
    def folder(self) -> Path:
        """Where its files lie: below the recording's folder, and with it they go."""
        return self.recording.folder / "clips" / self.public_id

    def path(self, name: str) -> Path:
        """``clip.mp4`` or ``poster.jpg`` of the present version."""
        return self.folder / self.version / name

    @property
    def busy(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)


_S = Clip.State
_SETTLED = {_S.DRAFT, _S.READY, _S.APPROVED, _S.RETURNED, _S.FAILED}
CLIP_MACHINE: Machine[Clip.State] = Machine(
    "clip.bad_step",
    {
        _S.DRAFT: {_S.DRAFT, _S.QUEUED},
        _S.QUEUED: {_S.RUNNING, _S.DRAFT},
        _S.RUNNING: {_S.READY, _S.FAILED, _S.DRAFT, _S.QUEUED},
        _S.READY: {_S.APPROVED, _S.RETURNED, _S.DRAFT, _S.QUEUED},
        _S.APPROVED: {_S.RETURNED, _S.DRAFT, _S.QUEUED},
        _S.RETURNED: {_S.DRAFT, _S.QUEUED},
        _S.FAILED: {_S.DRAFT, _S.QUEUED},
    },
)
"""Back to the draft leads an edit, and stopping; to the queue, making it (again)."""


class ClipEvent(models.Model):
    """Who did what to a clip, when: its history, which only grows."""

    class Kind(models.TextChoices):
        CREATED = "created", _("Cut out")
        EDITED = "edited", _("Changed")
        QUEUED = "queued", _("Had it made")
        STOPPED = "stopped", _("Stopped the making")
        MADE = "made", _("The video is ready")
        FAILED = "failed", _("The video could not be made")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")
        SHARED = "shared", _("Opened the public link")
        WITHDRAWN = "withdrawn", _("Withdrew the public link")

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """None: the server itself."""
    at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.clip_id} {self.kind}"
