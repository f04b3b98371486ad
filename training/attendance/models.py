"""The table of evidence. Intervals and statuses are derived from it whenever they are asked for, so they cannot go stale."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models

from conference.models import Seat, Session, Site
from people.models import User
from training.attendance.domain.connection import Kind


class AppendOnly(models.QuerySet["Evidence"]):
    """Rows may be added and read."""

    def update(self, **changes: Any) -> int:
        raise TypeError("evidence is never changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("evidence is never deleted")


class Evidence(models.Model):
    """One fact about who was where, as it was observed. Never changed, never deleted; a correction is another row.

    ``device`` and ``seq`` name the observation: the same one reported twice is kept once. ``server_at`` alone decides; what a
    page's clock said is kept for explaining.
    """

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind])
    seat = models.ForeignKey(Seat, null=True, on_delete=models.PROTECT, related_name="evidence")
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="evidence")
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="evidence")
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    """Who vouches for it, where a person entered it."""
    device = models.CharField(max_length=120)
    seq = models.BigIntegerField()
    server_at = models.DateTimeField()
    client_at = models.DateTimeField(null=True)
    payload = models.JSONField(default=dict)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering: ClassVar = ["server_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "seq"], name="evidence_observed_once")]
        indexes: ClassVar = [
            models.Index(fields=["session", "seat", "server_at"], name="evidence_by_seat"),
            models.Index(fields=["session", "person", "server_at"], name="evidence_by_person"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("evidence is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("evidence is never deleted")
