"""The columns that every table of jobs has."""

from __future__ import annotations

from django.db import models

from core.ids import new_id


class Job(models.Model):
    """A row that is the truth about a job: how far it is, and who works on it. Each table has states of its own.

    What may happen to it: :mod:`media.work.jobs`.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    progress = models.FloatField(default=0.0)
    """0 to 1."""
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.CharField(max_length=16, blank=True)
    """Random id of the attempt that runs now: whoever holds another one has no say any more. Blank while none runs."""
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
