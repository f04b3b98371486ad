"""When a recording is finished, what its clips will need of the capture is kept beside it: the capture may go."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from media.clips.source import keep_scenes
from media.models import Recording
from media.signals import recording_finished


@receiver(recording_finished, dispatch_uid="media.clips.scenes")
def on_finished(recording: Recording, **_: Any) -> None:
    """After the commit: files know no rollback."""
    transaction.on_commit(lambda: keep_scenes(recording))
