"""The jobs of the parts of a recording in which its smaller pictures are made. Every function is one transaction; tasks leave
after commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, QuerySet

from core.clock import now
from core.ids import new_id
from media.leases import LEASE, MAX_ATTEMPTS
from media.models import Part, Recording, Rendition
from media.queue import RENDER, RENDER_PART, wake
from media.vod.ladder import PICTURES, Span

_P, _J = Part.State, Rendition.State


@dataclass(frozen=True, slots=True)
class PartClaim:
    """The right to make ``kinds`` of a part, while its lease is prolonged."""

    part: int
    recording: int
    lease: str
    kinds: tuple[str, ...]


def wanted(recording: int) -> list[str]:
    """Pictures of the recording that are to be made and not joined yet, the largest first."""
    rows = Rendition.objects.filter(recording=recording, kind__in=PICTURES, state=_J.QUEUED)
    kinds = set(rows.values_list("kind", flat=True))
    return [kind for kind in PICTURES if kind in kinds]


@transaction.atomic
def split_recording(*, recording: Recording, spans: Sequence[Span]) -> bool:
    """Cut the recording into parts. False where that was done already."""
    Recording.objects.select_for_update().get(pk=recording.pk)
    if Part.objects.filter(recording=recording).exists():
        return False
    for number, span in enumerate(spans):
        part = Part.objects.create(
            recording=recording, number=number, first=span.first, count=span.count, duration_ms=span.duration_ms
        )
        _enqueue(part)
    return True


@transaction.atomic
def claim_part(*, public_id: str) -> PartClaim | None:
    """Take a queued part. None where it is taken or over, or nothing of it is wanted any more."""
    part = Part.objects.filter(public_id=public_id, state=_P.QUEUED).first()
    if part is None:
        return None
    kinds = _missing(part)
    if not kinds:
        Part.objects.filter(pk=part.pk, state=_P.QUEUED).update(state=_P.DONE)
        return None
    lease, moment = new_id(), now()
    taken = Part.objects.filter(pk=part.pk, state=_P.QUEUED).update(
        state=_P.RUNNING, lease=lease, lease_until=moment + LEASE, started_at=moment, progress=0.0, making=" ".join(kinds),
        attempts=F("attempts") + 1,
    )  # fmt: skip
    return PartClaim(part.pk, part.recording_id, lease, tuple(kinds)) if taken else None


def beat_part(*, claim: PartClaim, progress: float) -> bool:
    """The worker lives and is so far. False: stop; the part was given to another, or nothing of it is wanted any more."""
    held = _held(claim).update(progress=min(1.0, max(0.0, progress)), lease_until=now() + LEASE)
    return bool(held) and any(kind in claim.kinds for kind in wanted(claim.recording))


@transaction.atomic
def finish_part(*, claim: PartClaim, made: Iterable[str], code: str = "") -> bool:
    """The files of ``made`` are in their place; what was to be made and could not is given up with ``code``, and nothing else.

    Pictures of which this was the last part are joined next. False where the claim is void.
    """
    Recording.objects.select_for_update().get(pk=claim.recording)  # of two last parts one sees that the other is there
    part = _held(claim).first()
    if part is None:
        return False
    if failed := [kind for kind in claim.kinds if code and kind not in made]:
        _give_up(part.recording_id, failed, code)
    part.made = _with(part.made, made)
    missing = _missing(part)
    part.state, part.progress, part.attempts = (_P.QUEUED if missing else _P.DONE), 0.0, 0
    part.making, part.lease, part.lease_until = "", "", None
    part.save()
    if missing:
        _enqueue(part)
    for kind in wanted(part.recording_id):
        if not Part.objects.filter(recording=part.recording_id).exclude(made__contains=kind).exists():
            rendition = Rendition.objects.get(recording=part.recording_id, kind=kind)
            transaction.on_commit(lambda found=rendition.public_id: wake(RENDER, found))  # type: ignore[misc]
    return True


@transaction.atomic
def remake(*, recording: int, kind: str, numbers: Iterable[int] | None = None) -> None:
    """The parts of a picture are wanted anew: all, or those with these ``numbers`` because their files are gone."""
    parts = Part.objects.select_for_update().filter(recording=recording)
    for part in parts if numbers is None else parts.filter(number__in=list(numbers)):
        part.made = " ".join(made for made in part.made.split() if made != kind)
        if part.state in (_P.DONE, _P.FAILED):
            part.state, part.attempts, part.queued_at = _P.QUEUED, 0, now()
            _enqueue(part)
        part.save()


@transaction.atomic
def sweep_parts() -> set[int]:
    """Queue again what a dead worker left or the broker lost. Of a part that died too often, what was being made of it is
    given up. The recordings that have parts."""
    moment = now()
    for part in Part.objects.filter(state=_P.RUNNING, lease_until__lt=moment):
        lost = Part.objects.filter(pk=part.pk, state=_P.RUNNING, lease=part.lease)
        values = {"lease": "", "lease_until": None, "progress": 0.0, "making": ""}
        if part.attempts < MAX_ATTEMPTS:
            lost.update(state=_P.QUEUED, queued_at=moment - LEASE, **values)
        elif lost.update(state=_P.FAILED, **values):
            _give_up(part.recording_id, part.making.split(), "rendition.worker_lost")
    for part in Part.objects.filter(state=_P.QUEUED, queued_at__lte=moment - LEASE):
        Part.objects.filter(pk=part.pk).update(queued_at=moment)
        _enqueue(part)
    return set(Part.objects.values_list("recording", flat=True))


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


def _give_up(recording: int, kinds: Sequence[str], code: str) -> None:
    Rendition.objects.filter(recording=recording, kind__in=kinds, state=_J.QUEUED).update(
        state=_J.FAILED, error_code=code, finished_at=now()
    )


def _held(claim: PartClaim) -> QuerySet[Part]:
    return Part.objects.filter(pk=claim.part, lease=claim.lease, state=_P.RUNNING)


def _enqueue(part: Part) -> None:
    public_id = part.public_id
    transaction.on_commit(lambda: wake(RENDER_PART, public_id))
