"""Tables of captions: the tracks of a recording, and every version that they had."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_id
from people.models import User
from people.permissions import Role


class CaptionTrack(models.Model):
    """What is said in a recording, written in one language. What it says is its newest version."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    recording = models.ForeignKey("media.Recording", on_delete=models.CASCADE, related_name="captions")
    language = models.CharField(max_length=35, default="vi")
    """A language tag (BCP 47): "vi", "en", "km"."""
    label = models.CharField(max_length=60)
    """What the language is called in the player's menu, in that language: "Tiếng Việt", "ខ្មែរ"."""
    version = models.PositiveIntegerField(default=0)
    """Number of the newest version. Whoever changes the track names the one that they saw: see :mod:`media.captions.services`."""
    count = models.PositiveIntegerField(default=0)
    """How many captions the newest version has."""
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recording", "language"], name="one_caption_track_of_a_language")
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.language}"

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`."""
        return self.recording.role_of(user)


class CaptionVersion(models.Model):
    """All captions of a track as they were saved once. Never changed; old ones go when there are too many."""

    class How(models.TextChoices):
        STARTED = "started", _("Started empty")
        UPLOADED = "uploaded", _("Uploaded")
        EDITED = "edited", _("Edited")
        RESTORED = "restored", _("Restored")

    track = models.ForeignKey(CaptionTrack, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    cues = models.JSONField(default=list)
    """Lists of start_ms, end_ms, text and speaker: :class:`media.captions.domain.cues.Cue`, in order."""
    count = models.PositiveIntegerField()
    how = models.CharField(max_length=8, choices=How)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["track", "number"], name="one_caption_version_of_a_number")]

    def __str__(self) -> str:
        return f"{self.track_id} v{self.number}"
