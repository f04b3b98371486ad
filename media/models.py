"""Tables of recordings (what was recorded, what is made of it, where its chapters begin), and of media nodes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import new_id
from core.machine import Machine
from media import access
from media.captions.models import CaptionTrack, CaptionVersion
from media.clips.models import Clip, ClipEvent
from media.keeping.models import Keeping, Tombstone
from media.upload.models import Upload
from media.work.models import Job
from people.models import User
from people.permissions import Role

__all__ = [
    "PART_MACHINE", "RECORDING_MACHINE", "RENDITION_MACHINE", "CaptionTrack", "CaptionVersion", "Chapter", "Clip", "ClipEvent",
    "Keeping", "MediaNode", "Part", "Placement", "Recording", "Rendition", "Tombstone", "Upload",
]  # fmt: skip


class Recording(models.Model):
    """One recording of a session, from its first program to its last. Its files: ``captures/<id>/``, ``recordings/<id>/``."""

    class State(models.TextChoices):
        LIVE = "live", _("Being recorded")
        CLOSING = "closing", _("Being completed")
        REBUILDING = "rebuilding", _("Being rebuilt")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")
        DELETING = "deleting", _("Being deleted")
        DELETED = "deleted", _("Deleted")

    class Origin(models.TextChoices):
        SESSION = "session", _("Recorded here")
        UPLOAD = "upload", _("Made elsewhere and uploaded")

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    session = models.CharField(max_length=16, db_index=True)
    """Public id of the session; sessions belong to an app above."""
    title = models.CharField(max_length=250)
    state = models.CharField(max_length=12, choices=State, default=State.LIVE)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.SESSION)
    """One that was uploaded has no capture; its row exists once it is whole (:mod:`media.upload`)."""
    zero_at = models.DateTimeField(null=True, blank=True)
    """Second 0 of the replay on the wall clock; of one that was uploaded nobody knows it."""
    held_on = models.DateField(null=True, blank=True)
    """The day of the session of one that was uploaded."""
    duration_ms = models.PositiveBigIntegerField(null=True, blank=True)
    trouble = models.CharField(max_length=64, blank=True)
    """Code of the last trouble while recording; blank where all is well."""
    free_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    """On the node's disk, as it was told with a trouble of the disk."""
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often it was tried to rebuild it from its capture."""
    lease_until = models.DateTimeField(null=True, blank=True)
    """Until when the worker that rebuilds it is believed to live."""
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session"], condition=Q(state="live"), name="one_live_recording_a_session")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def day(self) -> dt.date:
        """When that happened which it shows."""
        return self.held_on or timezone.localdate(self.zero_at or self.created_at)

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`: the role on the session that was recorded."""
        return access.role_on_session(self.session, user)

    @property
    def folder(self) -> Path:
        """Where what is made of it lies."""
        return Path(settings.DATA_DIR) / "recordings" / self.public_id

    @property
    def capture_folder(self) -> Path:
        return Path(settings.DATA_DIR) / "captures" / self.public_id


_R = Recording.State
RECORDING_MACHINE: Machine[Recording.State] = Machine(
    "recording.bad_step",
    {
        _R.LIVE: {_R.CLOSING, _R.REBUILDING, _R.DONE, _R.FAILED},
        _R.CLOSING: {_R.REBUILDING, _R.DONE, _R.FAILED},
        _R.REBUILDING: {_R.CLOSING, _R.DONE, _R.FAILED},
        _R.DONE: {_R.DELETING},
        _R.FAILED: {_R.REBUILDING, _R.DELETING},
        _R.DELETING: {_R.DELETED},
        _R.DELETED: set(),
    },
)


class Rendition(Job):
    """One thing that is made of a finished recording, and the job that makes it: this row is the truth about the job."""

    class Kind(models.TextChoices):
        POSTER = "poster", _("Still picture")
        MP4 = "mp4", _("Video for download (MP4)")
        SOUND = "sound", _("Sound brought to an even volume")
        THUMBS = "thumbs", _("Small pictures for the time bar")
        AUDIO = "audio", _("Sound only, for slow connections")
        P720 = "720p", _("Picture with 720 lines")
        P480 = "480p", _("Picture with 480 lines, for ordinary connections")
        P240 = "240p", _("Picture with 240 lines, for slow connections")

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting its turn")
        RUNNING = "running", _("Being made")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Stopped")

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="renditions")
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED, db_index=True)
    error_code = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=64, blank=True)
    """Path below the recording's folder, of the file or the playlist."""
    bytes = models.PositiveBigIntegerField(default=0)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recording", "kind"], name="one_rendition_of_a_kind"),
            models.CheckConstraint(condition=Q(progress__gte=0) & Q(progress__lte=1), name="rendition_progress_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.kind}"

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`."""
        return self.recording.role_of(user)


_J = Rendition.State
RENDITION_MACHINE: Machine[Rendition.State] = Machine(
    "rendition.bad_step",
    {
        _J.QUEUED: {_J.RUNNING, _J.CANCELLED, _J.FAILED},
        _J.RUNNING: {_J.DONE, _J.FAILED, _J.CANCELLED, _J.QUEUED},
        _J.DONE: {_J.QUEUED},
        _J.FAILED: {_J.QUEUED},
        _J.CANCELLED: {_J.QUEUED},
    },
)


class Part(Job):
    """A stretch of a long recording whose smaller pictures are made in one run, on any worker; the row is the truth about that
    job. Parts are there while pictures are being made, and go when all of them are joined or given up.

    Attempts are counted from when something was last made of it.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    """Counted from 0."""
    first = models.PositiveIntegerField()
    """Its first segment, counted from 0."""
    count = models.PositiveIntegerField()
    """How many segments it has."""
    duration_ms = models.PositiveBigIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED, db_index=True)
    making = models.CharField(max_length=40, blank=True)
    """Kinds that the attempt makes that began last, separated by spaces."""
    made = models.CharField(max_length=40, blank=True)
    """Kinds whose file is there, separated by spaces."""
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["recording", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["recording", "number"], name="one_part_of_a_number")]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.number}"


_P = Part.State
PART_MACHINE: Machine[Part.State] = Machine(
    "part.bad_step",
    {
        _P.QUEUED: {_P.RUNNING, _P.DONE},
        _P.RUNNING: {_P.DONE, _P.QUEUED, _P.FAILED},
        _P.DONE: {_P.QUEUED},
        _P.FAILED: {_P.QUEUED},
    },
)


class Chapter(models.Model):
    """A point of the recording with a name; it lasts until the next one (of its kind, where it is a slide)."""

    class Kind(models.TextChoices):
        AGENDA = "agenda", _("Agenda item")
        SPEAKER = "speaker", _("Speaker")
        BREAK = "break", _("Break")
        SLIDE = "slide", _("Slide")

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="chapters")
    at_ms = models.PositiveBigIntegerField()
    title = models.CharField(max_length=250)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.AGENDA)
    ref = models.CharField(max_length=40, blank=True)
    """For a slide: which one, as the app that knows slides names it; blank where from now on none is shown."""

    class Meta:
        ordering: ClassVar = ["at_ms", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["recording", "at_ms", "kind"], name="one_chapter_at_a_moment")]

    def __str__(self) -> str:
        return self.title


class MediaNode(models.Model):
    """A media node that web is configured to use, and what was last heard of it. Web states it; nodes know no database."""

    address = models.CharField(max_length=200, unique=True)
    """Its control address, as configured: ``unix:/path`` or ``tcp:host:port``."""
    boot = models.CharField(max_length=32, blank=True)
    """Id of the node's start: another one means that it has forgotten everything."""
    started_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, db_index=True)
    """When any web process last heard it answer."""
    figures = models.JSONField(default=dict, blank=True)
    """The node's counters as it last told them, and rates: :func:`media.load.figures`."""

    class Meta:
        ordering: ClassVar = ["address"]

    def __str__(self) -> str:
        return self.address


class Placement(models.Model):
    """A session on a media node. One node is its home; the others are edges, which viewers beyond the home's reach use."""

    session = models.CharField(max_length=16)
    """Public id of the session; sessions belong to an app above."""
    node = models.ForeignKey(MediaNode, on_delete=models.CASCADE, related_name="placements")
    home = models.BooleanField()
    """Publishers and the recording live there; else it is an edge: viewers only."""
    placed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["session", "-home", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "node"], name="one_placement_on_a_node"),
            models.UniqueConstraint(fields=["session"], condition=Q(home=True), name="one_home_a_session"),
        ]

    def __str__(self) -> str:
        return f"{self.session} {'home' if self.home else 'edge'} {self.node_id}"
