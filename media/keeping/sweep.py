"""The round that keeps what was decided: deletions finished, announced and begun, archiving, captures freed.

Safe to run at any time, any number of times, in several workers at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import structlog
from django.conf import settings

from core.clock import now
from core.errors import Conflict
from media.keeping import files, services
from media.keeping.models import Keeping
from media.keeping.rules import is_due
from media.keeping.selectors import fate_of, keeping_of, low_bytes
from media.models import Recording, Rendition
from media.space import free_bytes

log = structlog.get_logger(__name__)
_R = Recording.State
_STRAGGLERS = dt.timedelta(days=1)
"""So long after a deletion it is made sure that no late writer left anything."""


def keep() -> None:
    """One round, the oldest recordings first. What fails of one recording is logged, and keeps nothing else from being done."""
    moment = now()
    for recording in Recording.objects.filter(state=_R.DELETING):
        erase(recording.public_id)
    for recording in Recording.objects.filter(state=_R.DELETED, tombstone__gone_at__gte=moment - _STRAGGLERS):
        _guarded(recording, _remove_all)
    for recording in Recording.objects.filter(state=_R.DONE, finished_at__isnull=False).order_by("finished_at"):
        _guarded(recording, lambda each: _tend(each, moment))


def erase(public_id: str) -> None:
    """Finish the deletion of a recording. Does nothing where none was decided."""
    recording = Recording.objects.filter(public_id=public_id, state=_R.DELETING).first()
    if recording is not None and _guarded(recording, _remove_all):
        services.deleted(recording=recording)


def _tend(recording: Recording, moment: dt.datetime) -> None:
    keeping = keeping_of(recording)
    future = fate_of(recording, keeping, moment)
    if is_due(future, warned_at=keeping.warned_at, now=moment):
        if services.expire(recording=recording, at=moment):
            erase(recording.public_id)
        return
    if future.announced(moment) and keeping.warned_at is None:
        services.announce(recording=recording)
    if keeping.warned_at is not None and not future.announced(moment):  # the setting is another now
        services.withdraw(recording=recording)
    archive = future.archive_at is not None and moment >= future.archive_at
    if archive and keeping.archived_at is None and files.is_whole(recording.folder):
        gone = files.remove_spare(recording.folder)
        services.archived(recording=recording, kinds=[kind for kind in Rendition.Kind.values if kind in gone])
    _free_capture(recording, keeping, moment, archive)


def _free_capture(recording: Recording, keeping: Keeping, moment: dt.datetime, archive: bool) -> None:
    assert recording.finished_at is not None  # asked of the table
    old = moment >= recording.finished_at + dt.timedelta(days=settings.KEEPING_CAPTURE_DAYS)
    if keeping.capture_gone_at is not None or not recording.capture_folder.exists():
        return
    if not (old or archive or free_bytes() < low_bytes()):
        return
    if not files.is_whole(recording.folder):
        log.warning("keeping.not_whole", recording=recording.public_id)  # the capture is all that can mend it
        return
    files.remove(recording.capture_folder)
    services.capture_gone(recording=recording)


def _remove_all(recording: Recording) -> None:
    """Its files, and what was said in it."""
    files.remove(recording.capture_folder, recording.folder)
    services.captions_gone(recording=recording)


def _guarded(recording: Recording, step: Callable[[Recording], None]) -> bool:
    """Do ``step``; False where it failed, which the next round finds again."""
    try:
        step(recording)
    except (OSError, Conflict) as error:
        log.warning("keeping.failed", recording=recording.public_id, cause=f"{type(error).__name__}: {error}")
        return False
    return True
