"""What may happen to recordings. Every function is one transaction; tasks leave after commit.

For what is made of them see :mod:`media.vod.renditions` and :mod:`media.vod.parts`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models import F

from core import queue
from core.clock import from_ms, now
from core.errors import Conflict, _
from media import signals
from media.egress.status import read_status
from media.models import RECORDING_MACHINE, Chapter, Recording
from media.queue import REBUILD
from media.vod.renditions import queue_renditions
from media.work.rules import MAX_ATTEMPTS, lease

log = structlog.get_logger(__name__)

_R = Recording.State


@dataclass(frozen=True, slots=True)
class ChapterMark:
    """``at_ms`` counts from the recording's zero."""

    at_ms: int
    title: str
    kind: Chapter.Kind = Chapter.Kind.AGENDA
    ref: str = ""
    """See :class:`media.models.Chapter`."""


@transaction.atomic
def start_recording(*, session: str, title: str) -> Recording:
    """A recording of the session that goes live now. The one that is already running, where there is one."""
    running = Recording.objects.select_for_update().filter(session=session, state=_R.LIVE).first()
    return running or Recording.objects.create(session=session, title=title)


def recording_started(*, recording: str, zero_ms: int) -> None:
    """The composed timeline began. Says so as often as it likes."""
    Recording.objects.filter(public_id=recording).update(zero_at=from_ms(zero_ms))


def recording_troubled(*, recording: str, code: str, free_bytes: int | None = None) -> None:
    """Remember the code of a trouble and, of one of the disk, how much is free."""
    Recording.objects.filter(public_id=recording).update(trouble=code, free_bytes=free_bytes)


def trouble_over(*, recording: str, code: str) -> None:
    """The trouble of that code has passed; another one that came after it stays."""
    Recording.objects.filter(public_id=recording, trouble=code).update(trouble="", free_bytes=None)


@transaction.atomic
def close_recording(*, recording: str) -> None:
    """The session ended: what is still missing of the recording must come by itself now, or be rebuilt."""
    _move(recording, _R.CLOSING)


@transaction.atomic
def finish_recording(*, recording: str, duration_ms: int, zero_ms: int | None = None) -> bool:
    """The replay is complete. Makes the jobs for what else is made of it. False if that was known already."""
    found = Recording.objects.select_for_update().filter(public_id=recording).first()
    if found is None or not RECORDING_MACHINE.allows(_R(found.state), _R.DONE):
        return False
    found.state, found.duration_ms, found.finished_at, found.lease_until = _R.DONE, duration_ms, now(), None
    heard = zero_ms is not None or found.zero_at is not None
    if not heard and found.origin == Recording.Origin.SESSION and (status := read_status(found.folder)) is not None:
        zero_ms = status.zero_ms  # nobody was there to hear when it began; without it there are no chapters
    found.zero_at = from_ms(zero_ms) if zero_ms is not None else found.zero_at
    found.save()
    signals.recording_finished.send(sender=Recording, recording=found)
    if duration_ms:
        queue_renditions(recording=found)
    log.info("recording.finished", recording=recording, duration_ms=duration_ms)
    return True


@transaction.atomic
def fail_recording(*, recording: str, code: str) -> None:
    """It could not be completed; the capture stays, and it can be tried again."""
    if _move(recording, _R.FAILED, trouble=code, lease_until=None):
        signals.recording_failed.send(sender=Recording, recording=Recording.objects.get(public_id=recording))
        log.error("recording.failed", recording=recording, code=code)


@transaction.atomic
def claim_rebuild(*, recording: str) -> bool:
    """Take the rebuilding of a recording for a worker. False where it is not wanted or another one has it.

    An attempt counts when it begins, so that one that takes its worker along (out of memory, say) is not made for ever.
    """
    moment = now()
    expired = Recording.objects.filter(public_id=recording, state=_R.REBUILDING, lease_until__lt=moment)
    if expired.filter(attempts__gte=MAX_ATTEMPTS).exists():
        fail_recording(recording=recording, code="recording.worker_lost")
        return False
    fresh = Recording.objects.filter(public_id=recording, state__in=[_R.LIVE, _R.CLOSING, _R.FAILED])
    values = {"state": _R.REBUILDING, "attempts": F("attempts") + 1, "lease_until": moment + lease()}
    return bool(fresh.update(**values) or expired.update(**values))


def prolong_rebuild(*, recording: str) -> bool:
    """The worker lives. False: stop, it is no longer wanted."""
    return bool(Recording.objects.filter(public_id=recording, state=_R.REBUILDING).update(lease_until=now() + lease()))


@transaction.atomic
def fail_rebuild(*, recording: str, code: str, final: bool) -> None:
    """An attempt to rebuild came to nothing. It is tried again by the sweep unless ``final`` or tried too often."""
    attempts = Recording.objects.filter(public_id=recording).values_list("attempts", flat=True).first() or 0
    if final or attempts >= MAX_ATTEMPTS:
        fail_recording(recording=recording, code=code)
    else:
        _move(recording, _R.CLOSING, lease_until=None)


@transaction.atomic
def release_rebuild(*, recording: str) -> None:
    """Somebody else composes it at this moment: leave it to them. That was no attempt."""
    if _move(recording, _R.CLOSING, lease_until=None):
        Recording.objects.filter(public_id=recording, attempts__gt=0).update(attempts=F("attempts") - 1)


@transaction.atomic
def retry_recording(*, recording: Recording) -> None:
    """Rebuild a failed recording from its capture. Raises Conflict where it has not failed."""
    RECORDING_MACHINE.check(_R(recording.state), _R.REBUILDING)
    if not Recording.objects.filter(pk=recording.pk, state=_R.FAILED).update(attempts=0):
        raise Conflict("recording.bad_step", _("The recording is being completed already."))
    transaction.on_commit(lambda: queue.wake(REBUILD, recording.public_id))


@transaction.atomic
def set_chapters(*, recording: Recording, chapters: Iterable[ChapterMark]) -> None:
    """Replace the recording's chapters. Of those at one moment and of one kind the last counts."""
    marks = {(max(0, mark.at_ms), mark.kind): mark for mark in chapters}
    recording.chapters.all().delete()
    Chapter.objects.bulk_create(
        Chapter(recording=recording, at_ms=at_ms, kind=kind, title=mark.title[:250], ref=mark.ref)
        for (at_ms, kind), mark in sorted(marks.items())
    )


def _move(recording: str, to: Recording.State, **values: object) -> bool:
    return bool(
        Recording.objects.filter(public_id=recording, state__in=RECORDING_MACHINE.sources(to)).update(
            state=to, changed_at=now(), **values
        )
    )
