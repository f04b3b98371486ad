"""Tables of watching: who may be credited now, and what was watched."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from core.ids import new_id
from people.models import User


class PlaybackLease(models.Model):
    """The right of one page to be credited for one recording. A newer lease of the same person replaces it.

    ``last`` is the last accepted beat (:func:`training.replay.domain.beats.Beat.dump`), against which the next one is judged.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    recording_id = models.CharField(max_length=16)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="playback_leases")
    issued_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    last = models.JSONField(null=True, blank=True)
    first_mono_ms = models.PositiveBigIntegerField(null=True, blank=True)
    credited_ms = models.PositiveBigIntegerField(default=0)
    """Length of all that this lease was credited for, repetitions included: never more than twice the time it existed."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recording_id", "person"], condition=models.Q(ended_at__isnull=True), name="one_crediting_lease"
            )
        ]


class Coverage(models.Model):
    """What a person watched of a recording: disjoint intervals in ms of its timeline, and where they stopped."""

    recording_id = models.CharField(max_length=16)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="coverage")
    intervals = models.JSONField(default=list)
    position_ms = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["recording_id", "person"], name="coverage_once")]
