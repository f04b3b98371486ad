"""What may happen to what is made of a recording. Every function is one transaction; tasks leave after commit."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.clock import now
from core.errors import Conflict, _
from media.egress.status import read_status
from media.models import RENDITION_MACHINE, Part, Recording, Rendition
from media.queue import RENDER
from media.vod.ladder import PICTURES, heights_below
from media.vod.parts import remake
from media.work.jobs import FREE, Claim, Jobs

_J, _K = Rendition.State, Rendition.Kind
_USUAL_HEIGHT = 720
_BY_ITSELF = (_K.POSTER, _K.SOUND, _K.THUMBS)
"""What is made of the recording alone; all else takes its sound from the evened one, and waits until that is there or given
up."""
_PARTS = Part.objects.filter(recording=OuterRef("recording"))
UNSPLIT = Q(~Exists(_PARTS), kind__in=PICTURES)
"""Pictures of recordings that have not been cut into parts."""


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
            RENDITIONS.enqueue(rendition)


def is_unsplit(rendition: Rendition) -> bool:
    """Does it wait for the recording to be cut into parts?"""
    return RENDITIONS.waiting().filter(UNSPLIT, pk=rendition.pk).exists()


def claim_rendition(*, public_id: str) -> Claim[Rendition] | None:
    """Take a queued job. None where it is not queued, or where what it is made of is not there yet."""
    return RENDITIONS.claim(public_id=public_id, only=_makeable())


@transaction.atomic
def finish_rendition(*, claim: Claim[Rendition], file: str, size: int) -> bool:
    """The file is in its place. False where the claim is void."""
    ended = _end(claim.held(), claim.job, state=_J.DONE, progress=1.0, file=file, bytes=size)
    if ended and claim.job.kind == _K.SOUND:
        _make_with_sound(claim.job.recording_id)
    return ended


@transaction.atomic
def fail_rendition(*, claim: Claim[Rendition], code: str) -> bool:
    """It cannot be made; a person may try again. False where the claim is void."""
    return _end(claim.held(), claim.job, state=_J.FAILED, error_code=code)


@transaction.atomic
def give_up(*, rendition: Rendition, code: str) -> bool:
    """Fail a job that waits for what will never be there; a person may try again. False where it does not wait."""
    return _end(RENDITIONS.waiting().filter(pk=rendition.pk), rendition, state=_J.FAILED, error_code=code)


@transaction.atomic
def retry_rendition(*, rendition: Rendition) -> None:
    """Queue a failed or cancelled job again, and no other. Raises Conflict where it is neither."""
    RENDITION_MACHINE.check(_J(rendition.state), _J.QUEUED)
    over = Rendition.objects.filter(pk=rendition.pk, state__in=[_J.FAILED, _J.CANCELLED])
    if not over.update(state=_J.QUEUED, error_code="", started_at=None, finished_at=None, **RENDITIONS.afresh()):
        raise Conflict("rendition.bad_step", _("This job is running already."))
    rendition.refresh_from_db()
    if rendition.kind in PICTURES:
        remake(recording=rendition.recording_id, kind=rendition.kind)
    RENDITIONS.enqueue(rendition)


@transaction.atomic
def cancel_rendition(*, rendition: Rendition) -> None:
    """Stop a job, or do not begin it; the others go on. Raises Conflict where it is over."""
    RENDITION_MACHINE.check(_J(rendition.state), _J.CANCELLED)
    going = Rendition.objects.filter(pk=rendition.pk, state__in=RENDITION_MACHINE.sources(_J.CANCELLED))
    if not _end(going, rendition, state=_J.CANCELLED):
        raise Conflict("rendition.bad_step", _("This job is over already."))


def _makeable() -> Q:
    """Jobs whose ingredients are there: the evened sound, or none to be hoped for; all parts of a picture."""
    going = [_J.QUEUED, _J.RUNNING]
    sound = Rendition.objects.filter(recording=OuterRef("recording"), kind=_K.SOUND, state__in=going)
    whole = ~Q(kind__in=PICTURES)
    for kind in PICTURES:
        whole |= Q(kind=kind) & Exists(_PARTS) & ~Exists(_PARTS.exclude(made__contains=kind))
    return (Q(kind__in=_BY_ITSELF) | ~Exists(sound)) & whole


def _make_with_sound(recording: int) -> None:
    """Make anew what was made, or is being made, without the evened sound: it had been given up, and was tried again. Parts of
    pictures that are still there have no sound, and need only be joined again."""
    without = Rendition.objects.filter(recording=recording, state__in=[_J.RUNNING, _J.DONE]).exclude(kind__in=_BY_ITSELF)
    for rendition in without:
        RENDITION_MACHINE.check(_J(rendition.state), _J.QUEUED)
        without.filter(pk=rendition.pk).update(state=_J.QUEUED, file="", bytes=0, finished_at=None, **RENDITIONS.afresh())
        RENDITIONS.enqueue(rendition)


def _end(rows: QuerySet[Rendition], rendition: Rendition, **values: object) -> bool:
    """End a job; those who waited for the sound are woken, however it ended."""
    if not rows.update(**FREE, **values, finished_at=now()):
        return False
    if rendition.kind == _K.SOUND:
        for waiting in RENDITIONS.waiting().filter(_makeable(), recording=rendition.recording_id).exclude(kind__in=_BY_ITSELF):
            RENDITIONS.enqueue(waiting)
    return True


RENDITIONS = Jobs(
    Rendition, RENDER, "rendition", queued=_J.QUEUED, running=(_J.RUNNING,), fail=fail_rendition,
    ready=lambda: _makeable() | UNSPLIT,
)  # fmt: skip
