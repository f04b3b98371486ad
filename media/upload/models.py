"""The table of files that come in: how far each is, and the job that makes a recording of it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.ids import new_id
from core.machine import Machine
from media import access
from media.work.models import Job
from people.models import User
from people.permissions import Role


class Upload(Job):
    """One file on its way to being a session's recording: this row is the truth about it.

    How much of the file is here is no column: it is the size of the file on disk (:mod:`media.upload.store`).
    """

    class State(models.TextChoices):
        RECEIVING = "receiving", _("Being uploaded")
        CHECKING = "checking", _("Being checked")
        CONVERTING = "converting", _("Being converted")
        DONE = "done", _("Ready")
        REFUSED = "refused", _("Not accepted")
        FAILED = "failed", _("Failed")

    session = models.CharField(max_length=16, db_index=True)
    """Public id of the session; sessions belong to an app above."""
    title = models.CharField(max_length=250)
    """Of the recording that comes of it."""
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    file_name = models.CharField(max_length=250)
    """As the person's own machine calls it; never a path here."""
    size = models.PositiveBigIntegerField()
    """Bytes of the whole file, as announced."""
    modified_ms = models.PositiveBigIntegerField(default=0)
    """When the file was last changed on the person's machine: tells whether the same one was chosen again."""
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVING, db_index=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)
    """English msgid of what went wrong, translated where it is shown."""
    error_fields = models.JSONField(default=dict, blank=True)
    """What the error's text names."""
    stage_at = models.DateTimeField(auto_now_add=True)
    """When the stage began in which it is; its progress is that of the stage."""
    recording_id = models.CharField(max_length=16, default=new_id, editable=False)
    """Public id that the recording gets. The recording itself comes into being when it is whole."""
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now_add=True)
    """When the last piece came, or the job last changed."""

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(state__in=["receiving", "checking", "converting"]),
                name="one_upload_under_way_a_session",
            ),
            models.CheckConstraint(condition=Q(progress__gte=0) & Q(progress__lte=1), name="upload_progress_is_a_share"),
        ]

    def __str__(self) -> str:
        return self.file_name

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`: the role on the session that gets the recording."""
        return access.role_on_session(self.session, user)

    @property
    def url(self) -> str:
        """Path to which pieces of the file are sent."""
        return reverse("media:upload_transfer", kwargs={"public_id": self.public_id})

    @property
    def folder(self) -> Path:
        """Where the file lies until the recording is made of it."""
        return Path(settings.DATA_DIR) / "uploads" / "recordings" / self.public_id

    @property
    def recording_folder(self) -> Path:
        """Where what is made of it lies."""
        return Path(settings.DATA_DIR) / "recordings" / self.recording_id


_U = Upload.State
UNDER_WAY = (_U.RECEIVING, _U.CHECKING, _U.CONVERTING)
UPLOAD_MACHINE: Machine[Upload.State] = Machine(
    "upload.bad_step",
    {
        _U.RECEIVING: {_U.CHECKING},
        _U.CHECKING: {_U.CONVERTING, _U.REFUSED, _U.FAILED},
        _U.CONVERTING: {_U.CHECKING, _U.DONE, _U.REFUSED, _U.FAILED},
        _U.DONE: set(),
        _U.REFUSED: set(),
        _U.FAILED: {_U.CHECKING},
    },
)
