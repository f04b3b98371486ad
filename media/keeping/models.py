"""Tables of keeping: what was decided for a recording, and what stays known of one that is deleted."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import User


class Keeping(models.Model):
    """How long one recording is kept, where somebody or something decided it. Without a row the setting's rule holds."""

    class Policy(models.TextChoices):
        """The values of :class:`media.keeping.rules.Policy`, with words."""

        KEEP = "keep", _("Keep for good")
        ARCHIVE = "archive", _("Archive")
        DELETE = "delete", _("Delete")

    recording = models.OneToOneField("media.Recording", on_delete=models.CASCADE, related_name="keeping")
    policy = models.CharField(max_length=8, choices=Policy, blank=True)
    """Blank: the setting's rule."""
    days = models.PositiveSmallIntegerField(default=0)
    held = models.BooleanField(default=False)
    """It may not be deleted, by rule or by hand."""
    warned_at = models.DateTimeField(null=True, blank=True)
    """When the deletion that the rule brings was first announced."""
    archived_at = models.DateTimeField(null=True, blank=True)
    capture_gone_at = models.DateTimeField(null=True, blank=True)
    """When the raw capture was deleted because the recording was found whole."""
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.recording_id} {self.policy or 'default'}"


class Tombstone(models.Model):
    """What stays known of a recording whose files are deleted, or are being deleted."""

    class Why(models.TextChoices):
        ASKED = "asked", _("deleted by hand")
        EXPIRED = "expired", _("kept as long as was decided")

    recording = models.OneToOneField("media.Recording", on_delete=models.CASCADE, related_name="tombstone")
    why = models.CharField(max_length=8, choices=Why)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    """Who asked for it; None where the rule did."""
    deleted_at = models.DateTimeField()
    """When it was decided: from then on nobody can watch it."""
    gone_at = models.DateTimeField(null=True, blank=True, db_index=True)
    """When the last of its files was gone."""
    duration_ms = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    """What all of its files took on the disk."""

    def __str__(self) -> str:
        return f"{self.recording_id} {self.why}"
