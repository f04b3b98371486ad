"""What may happen to the parts of a recording in which its smaller pictures are made. Every function is one transaction; tasks
leave after commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from django.db import transaction

from core import queue
from core.clock import now
from media.models import Part, Recording, Rendition
from media.queue import RENDER, RENDER_PART
from media.vod.ladder import PICTURES, Span
from media.work.jobs import Claim, Jobs

_P, _J = Part.State, Rendition.State


def wanted(recording: int) -> list[str]:
    """Pictures of the recording that are to be made and not joined yet, the largest first."""
    rows = Rendition.objects.filter(recording=recording, kind__in=PICTURES, state=_J.QUEUED)
    kinds = set(rows.values_list("kind", flat=True))
    return [kind for kind in PICTURES if kind in kinds]


def making(claim: Claim[Part]) -> list[str]:
    """Pictures that the claim is for."""
    return claim.job.making.split()


@transaction.atomic
def split_recording(*, recording: Recording, spans: Sequence[Span]) -> bool:
    """Cut the recording into parts. False where that was done already, or no picture is wanted (any more)."""
    Recording.objects.select_for_update().get(pk=recording.pk)
    if not wanted(recording.pk) or Part.objects.filter(recording=recording).exists():
        return False
    for number, span in enumerate(spans):
        part = Part.objects.create(
            recording=recording, number=number, first=span.first, count=span.count, duration_ms=span.duration_ms
        )
        PARTS.enqueue(part)
    return True


@transaction.atomic
def claim_part(*, public_id: str) -> Claim[Part] | None:
    """Take a queued part. None where it is taken or over, or nothing of it is wanted any more."""
    part = PARTS.waiting().filter(public_id=public_id).first()
    if part is None:
        return None
    kinds = _missing(part)
    if not kinds:
        PARTS.waiting().filter(pk=part.pk).update(state=_P.DONE)
        return None
    return PARTS.claim(public_id=public_id, making=" ".join(kinds))


def beat_part(*, claim: Claim[Part], progress: float) -> bool:
    """The worker lives and is so far. False: stop; the part was given to another, or nothing of it is wanted any more."""
    return claim.beat(progress) and any(kind in making(claim) for kind in wanted(claim.job.recording_id))


@transaction.atomic
def finish_part(*, claim: Claim[Part], made: Iterable[str], code: str = "") -> bool:
    """The files of ``made`` are in their place; what was to be made and could not is given up with ``code``, and nothing else.

    Pictures of which this was the last part are joined next. False where the claim is void.
    """
    recording = claim.job.recording_id
    Recording.objects.select_for_update().get(pk=recording)  # of two last parts one sees that the other is there
    part = claim.held().first()
    if part is None:
        return False
    failed = [kind for kind in making(claim) if code and kind not in made]
    Rendition.objects.filter(recording=recording, kind__in=failed, state=_J.QUEUED).update(
        state=_J.FAILED, error_code=code, finished_at=now()
    )
    part.made = _with(part.made, made)
    missing = _missing(part)
    state = _P.QUEUED if missing else _P.FAILED if failed else _P.DONE
    claim.settle(state=state, made=part.made, progress=0.0, attempts=0)
    if missing:
        PARTS.enqueue(part)
    for kind in wanted(recording):
        if not Part.objects.filter(recording=recording).exclude(made__contains=kind).exists():
            rendition = Rendition.objects.get(recording=recording, kind=kind)
            transaction.on_commit(lambda found=rendition.public_id: queue.wake(RENDER, found))  # type: ignore[misc]
    return True


@transaction.atomic
def remake(*, recording: int, kind: str, numbers: Iterable[int] | None = None) -> None:
    """The parts of a picture are wanted anew: all, or those with these ``numbers`` because their files are gone."""
    parts = Part.objects.select_for_update().filter(recording=recording)
    for part in parts if numbers is None else parts.filter(number__in=list(numbers)):
        part.made = " ".join(made for made in part.made.split() if made != kind)
        if part.state in (_P.DONE, _P.FAILED):
            part.state, part.attempts, part.queued_at = _P.QUEUED, 0, now()
            PARTS.enqueue(part)
        part.save()


@transaction.atomic
def forget_parts(*, recording: int) -> bool:
    """Nothing is made of the parts any more: drop their rows. False where something is."""
    Recording.objects.select_for_update().get(pk=recording)
    going = Rendition.objects.filter(recording=recording, kind__in=PICTURES, state__in=[_J.QUEUED, _J.RUNNING])
    if going.exists() or Part.objects.filter(recording=recording, state=_P.RUNNING).exists():
        return False
    Part.objects.filter(recording=recording).delete()
    return True


def _missing(part: Part) -> list[str]:
    made = part.made.split()
    return [kind for kind in wanted(part.recording_id) if kind not in made]


def _with(made: str, more: Iterable[str]) -> str:
    kinds = {*made.split(), *more}
    return " ".join(kind for kind in PICTURES if kind in kinds)


PARTS = Jobs(
    Part, RENDER_PART, "rendition", queued=_P.QUEUED, running=(_P.RUNNING,), fail=partial(finish_part, made=()),
)  # fmt: skip
