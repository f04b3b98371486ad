"""When a recording is finished, what its clips will need of the capture is kept beside it: the capture may go."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction
from django.dispatch import receiver

from media.clips.source import keep_scenes
from media.models import Recording
from media.signals import recording_finished

log = structlog.get_logger(__name__)


@receiver(recording_finished, dispatch_uid="media.clips.scenes")
def on_finished(recording: Recording, **_: Any) -> None:
    """After the commit: files know no rollback. Where the disk refuses, it is read from the capture when a clip is cut."""

    def run() -> None:
        try:
            keep_scenes(recording)
        except OSError as error:
            log.warning("clip.scenes_not_kept", recording=recording.public_id, error=type(error).__name__)

    transaction.on_commit(run)
