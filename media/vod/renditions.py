"""The jobs of what is made of a recording. Every function is one transaction; tasks leave after commit."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from core.clock import now
from core.errors import Conflict, _
from core.ids import new_id
from media.egress.status import read_status
from media.leases import LEASE, MAX_ATTEMPTS
from media.models import RENDITION_MACHINE, Part, Recording, Rendition
from media.queue import RENDER, wake
from media.vod.ladder import PICTURES, heights_below
from media.vod.parts import remake

_J, _K = Rendition.State, Rendition.Kind
_USUAL_HEIGHT = 720
_BY_ITSELF = (_K.POSTER, _K.SOUND, _K.THUMBS)
"""What is made of the recording alone; all else takes its sound from the evened one, and waits until that is there or given
up."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make a rendition, while its lease is prolonged."""

    rendition: int
    lease: str


def kinds_of(height: int) -> list[Rendition.Kind]:
    """What is made of a recording of ``height`` lines, in the order in which it is begun."""
    return [_K.SOUND, _K.POSTER, _K.THUMBS, _K.MP4, _K.AUDIO, *(_K(name) for name in heights_below(height))]


@transaction.atomic
def queue_renditions(*, recording: Recording) -> None:
    """Make the jobs for all that is made of a finished recording; what is there already stays."""
    status = read_status(recording.folder)
    for kind in kinds_of(status.height if status else _USUAL_HEIGHT):
        rendition, fresh = Rendition.objects.get_or_create(recording=recording, kind=kind)
        if fresh:
            _enqueue(rendition)


def claimable() -> QuerySet[Rendition]:
    """Queued jobs whose ingredients are there: the evened sound, or none to be hoped for; all parts of a picture."""
    sound = Rendition.objects.filter(
        recording=OuterRef("recording"), kind=_K.SOUND, state__in=[_J.QUEUED, _J.RUNNING]
    )  # fmt: skip
    parts = Part.objects.filter(recording=OuterRef("recording"))
    ready = Q(kind__in=_BY_ITSELF) | ~Exists(sound)
    whole = ~Q(kind__in=PICTURES)
    for kind in PICTURES:
        whole |= Q(kind=kind) & Exists(parts) & ~Exists(parts.exclude(made__contains=kind))
    return Rendition.objects.filter(ready, whole, state=_J.QUEUED)


def unsplit() -> QuerySet[Rendition]:
    """Queued pictures of recordings that have not been cut into parts."""
    parts = Part.objects.filter(recording=OuterRef("recording"))
    return Rendition.objects.filter(~Exists(parts), state=_J.QUEUED, kind__in=PICTURES)


def claim_rendition(*, public_id: str) -> Claim | None:
    """Take a queued job. None where it is not queued (taken, cancelled, or done; so no job is ever made twice), or where what
    it is made of is not there yet."""
    lease, moment = new_id(), now()
    taken = claimable().filter(public_id=public_id).update(
        state=_J.RUNNING, lease=lease, lease_until=moment + LEASE, started_at=moment, progress=0.0, error_code="",
        attempts=F("attempts") + 1,
    )  # fmt: skip
    return Claim(Rendition.objects.values_list("pk", flat=True).get(public_id=public_id), lease) if taken else None


def beat_rendition(*, claim: Claim, progress: float) -> bool:
    """The worker lives and is so far. False: stop; the job was cancelled or given to another."""
    return bool(_held(claim).update(progress=min(1.0, max(0.0, progress)), lease_until=now() + LEASE))


@transaction.atomic
def finish_rendition(*, claim: Claim, file: str, size: int) -> bool:
    """The file is in its place. False where the claim is void."""
    values = {"state": _J.DONE, "progress": 1.0, "file": file, "bytes": size, "finished_at": now()}
    return _settle(_held(claim), claim.rendition, **values)


@transaction.atomic
def fail_rendition(*, claim: Claim, code: str) -> bool:
    """It cannot be made; a person may try again. False where the claim is void."""
    return _settle(_held(claim), claim.rendition, state=_J.FAILED, error_code=code, finished_at=now())


@transaction.atomic
def release_rendition(*, claim: Claim) -> bool:
    """Queue a picture again whose parts were not all there. That was no attempt. False where the claim is void."""
    return bool(_held(claim).update(state=_J.QUEUED, attempts=F("attempts") - 1, lease="", lease_until=None))


@transaction.atomic
def retry_rendition(*, rendition: Rendition) -> None:
    """Queue a failed or cancelled job again, and no other. Raises Conflict where it is neither."""
    RENDITION_MACHINE.check(_J(rendition.state), _J.QUEUED)
    again = Rendition.objects.filter(pk=rendition.pk, state__in=[_J.FAILED, _J.CANCELLED]).update(
        state=_J.QUEUED, progress=0.0, error_code="", attempts=0, queued_at=now(), started_at=None, finished_at=None
    )
    if not again:
        raise Conflict("rendition.bad_step", _("This job is running already."))
    rendition.refresh_from_db()
    if rendition.kind in PICTURES:
        remake(recording=rendition.recording_id, kind=rendition.kind)
    _enqueue(rendition)


@transaction.atomic
def cancel_rendition(*, rendition: Rendition) -> None:
    """Stop a job, or do not begin it; the others go on. Raises Conflict where it is over."""
    RENDITION_MACHINE.check(_J(rendition.state), _J.CANCELLED)
    going = Rendition.objects.filter(pk=rendition.pk, state__in=RENDITION_MACHINE.sources(_J.CANCELLED))
    if not _settle(going, rendition.pk, state=_J.CANCELLED, finished_at=now()):
        raise Conflict("rendition.bad_step", _("This job is over already."))


@transaction.atomic
def sweep_renditions() -> set[int]:
    """Queue again what a dead worker left or the broker lost; give up what died too often. The recordings of what died."""
    moment = now()
    lost = Rendition.objects.filter(state=_J.RUNNING, lease_until__lt=moment)
    touched = set(lost.values_list("recording", flat=True))
    for pk in lost.filter(attempts__gte=MAX_ATTEMPTS).values_list("pk", flat=True):
        _settle(lost.filter(pk=pk), pk, state=_J.FAILED, error_code="rendition.worker_lost", finished_at=moment)
    lost.filter(attempts__lt=MAX_ATTEMPTS).update(state=_J.QUEUED, lease="", lease_until=None, queued_at=moment - LEASE)
    for waiting in (claimable(), unsplit()):
        for rendition in waiting.filter(queued_at__lte=moment - LEASE):
            Rendition.objects.filter(pk=rendition.pk).update(queued_at=moment)
            _enqueue(rendition)
    return touched


def _held(claim: Claim) -> QuerySet[Rendition]:
    return Rendition.objects.filter(pk=claim.rendition, lease=claim.lease, state=_J.RUNNING)


def _settle(rows: QuerySet[Rendition], pk: int, **values: object) -> bool:
    """End a job; those who waited for the sound are woken, however it ended."""
    if not rows.update(lease="", lease_until=None, **values):
        return False
    rendition = Rendition.objects.get(pk=pk)
    if rendition.kind == _K.SOUND:
        for waiting in claimable().filter(recording=rendition.recording_id).exclude(kind__in=_BY_ITSELF):
            _enqueue(waiting)
    return True


def _enqueue(rendition: Rendition) -> None:
    public_id = rendition.public_id
    transaction.on_commit(lambda: wake(RENDER, public_id))
