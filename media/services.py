"""What may happen to recordings and to what is made of them. Every function is one transaction; tasks leave after commit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models import F, QuerySet

from core.clock import from_ms, now
from core.errors import Conflict, _
from core.ids import new_id
from media import signals
from media.egress.status import read_status
from media.models import RECORDING_MACHINE, RENDITION_MACHINE, Chapter, Recording, Rendition
from media.queue import REBUILD, RENDER, wake

log = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=60)
"""How long a worker is believed to live after its last heartbeat."""
MAX_ATTEMPTS = 3
_R, _J = Recording.State, Rendition.State


@dataclass(frozen=True, slots=True)
class ChapterMark:
    """``at_ms`` counts from the recording's zero."""

    at_ms: int
    title: str
    kind: Chapter.Kind = Chapter.Kind.AGENDA


# Recordings -----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_recording(*, session: str, title: str) -> Recording:
    """A recording of the session that goes live now. The one that is already running, where there is one."""
    running = Recording.objects.select_for_update().filter(session=session, state=_R.LIVE).first()
    return running or Recording.objects.create(session=session, title=title)


def recording_started(*, recording: str, zero_ms: int) -> None:
    """The composed timeline began. Says so as often as it likes."""
    Recording.objects.filter(public_id=recording).update(zero_at=from_ms(zero_ms))


def recording_troubled(*, recording: str, code: str) -> None:
    """Remember the code of a trouble."""
    Recording.objects.filter(public_id=recording).update(trouble=code)


def trouble_over(*, recording: str, code: str) -> None:
    """The trouble of that code has passed; another one that came after it stays."""
    Recording.objects.filter(public_id=recording, trouble=code).update(trouble="")


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
        for kind in Rendition.Kind:
            rendition, fresh = Rendition.objects.get_or_create(recording=found, kind=kind)
            if fresh:
                _enqueue(rendition)
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
    values = {"state": _R.REBUILDING, "attempts": F("attempts") + 1, "lease_until": moment + LEASE}
    return bool(fresh.update(**values) or expired.update(**values))


def prolong_rebuild(*, recording: str) -> bool:
    """The worker lives. False: stop, it is no longer wanted."""
    return bool(Recording.objects.filter(public_id=recording, state=_R.REBUILDING).update(lease_until=now() + LEASE))


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
    transaction.on_commit(lambda: wake(REBUILD, recording.public_id))


@transaction.atomic
def set_chapters(*, recording: Recording, chapters: Iterable[ChapterMark]) -> None:
    """Replace the recording's chapters. Of those at one moment and of one kind the last counts."""
    marks = {(max(0, mark.at_ms), mark.kind): mark for mark in chapters}
    recording.chapters.all().delete()
    Chapter.objects.bulk_create(
        Chapter(recording=recording, at_ms=at_ms, kind=kind, title=mark.title[:250])
        for (at_ms, kind), mark in sorted(marks.items())
    )


def _move(recording: str, to: Recording.State, **values: object) -> bool:
    return bool(
        Recording.objects.filter(public_id=recording, state__in=RECORDING_MACHINE.sources(to)).update(
            state=to, changed_at=now(), **values
        )
    )


# Renditions -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make a rendition, while its lease is prolonged."""

    rendition: int
    lease: str


def claim_rendition(*, public_id: str) -> Claim | None:
    """Take a queued job. None where it is not queued: taken, cancelled, or done; so no job is ever made twice."""
    lease, moment = new_id(), now()
    taken = Rendition.objects.filter(public_id=public_id, state=_J.QUEUED).update(
        state=_J.RUNNING, lease=lease, lease_until=moment + LEASE, started_at=moment, progress=0.0, error_code="",
        attempts=F("attempts") + 1,
    )  # fmt: skip
    return Claim(Rendition.objects.values_list("pk", flat=True).get(public_id=public_id), lease) if taken else None


def beat_rendition(*, claim: Claim, progress: float) -> bool:
    """The worker lives and is so far. False: stop; the job was cancelled or given to another."""
    return bool(_held(claim).update(progress=min(1.0, max(0.0, progress)), lease_until=now() + LEASE))


def finish_rendition(*, claim: Claim, file: str, size: int) -> bool:
    """The file is in its place. False where the claim is void."""
    return bool(
        _held(claim).update(state=_J.DONE, progress=1.0, file=file, bytes=size, finished_at=now(), lease="", lease_until=None)
    )


def fail_rendition(*, claim: Claim, code: str) -> bool:
    """It cannot be made; a person may try again. False where the claim is void."""
    return bool(_held(claim).update(state=_J.FAILED, error_code=code, finished_at=now(), lease="", lease_until=None))


@transaction.atomic
def retry_rendition(*, rendition: Rendition) -> None:
    """Queue a failed or cancelled job again. Raises Conflict where it is neither."""
    RENDITION_MACHINE.check(_J(rendition.state), _J.QUEUED)
    again = Rendition.objects.filter(pk=rendition.pk, state__in=[_J.FAILED, _J.CANCELLED]).update(
        state=_J.QUEUED, progress=0.0, error_code="", attempts=0, queued_at=now(), finished_at=None
    )
    if not again:
        raise Conflict("rendition.bad_step", _("This job is running already."))
    rendition.refresh_from_db()
    _enqueue(rendition)


@transaction.atomic
def cancel_rendition(*, rendition: Rendition) -> None:
    """Stop a job, or do not begin it. Raises Conflict where it is over."""
    RENDITION_MACHINE.check(_J(rendition.state), _J.CANCELLED)
    stopped = Rendition.objects.filter(pk=rendition.pk, state__in=RENDITION_MACHINE.sources(_J.CANCELLED)).update(
        state=_J.CANCELLED, lease="", lease_until=None, finished_at=now()
    )
    if not stopped:
        raise Conflict("rendition.bad_step", _("This job is over already."))


@transaction.atomic
def sweep_renditions() -> int:
    """Queue again what a dead worker left or the broker lost; give up what died too often. How many were queued."""
    moment = now()
    lost = Rendition.objects.filter(state=_J.RUNNING, lease_until__lt=moment)
    lost.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=_J.FAILED, error_code="rendition.worker_lost", lease="", lease_until=None, finished_at=moment
    )
    lost.filter(attempts__lt=MAX_ATTEMPTS).update(state=_J.QUEUED, lease="", lease_until=None, queued_at=moment - LEASE)
    waiting = list(Rendition.objects.filter(state=_J.QUEUED, queued_at__lte=moment - LEASE))
    for rendition in waiting:
        Rendition.objects.filter(pk=rendition.pk).update(queued_at=moment)
        _enqueue(rendition)
    return len(waiting)


def _held(claim: Claim) -> QuerySet[Rendition]:
    return Rendition.objects.filter(pk=claim.rendition, lease=claim.lease, state=_J.RUNNING)


def _enqueue(rendition: Rendition) -> None:
    public_id = rendition.public_id
    transaction.on_commit(lambda: wake(RENDER, public_id))
