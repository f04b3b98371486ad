"""What clips do when a recording is finished, and when its deletion is decided."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from media.clips.services import close_clips
from media.clips.source import keep_scenes
from media.models import Recording
from media.signals import recording_deleting, recording_finished
from people.models import User


@receiver(recording_finished, dispatch_uid="media.clips.scenes")
def on_finished(recording: Recording, **_: Any) -> None:
    """What clips will need of the capture is kept beside the recording: the capture may go. After the commit: files know no
    rollback."""
    transaction.on_commit(lambda: keep_scenes(recording))


@receiver(recording_deleting, dispatch_uid="media.clips.close")
def on_deleting(recording: Recording, by: User | None, **_: Any) -> None:
    """No clip of it is made any longer, and no public link stays open."""
    close_clips(recording=recording, by=by)
