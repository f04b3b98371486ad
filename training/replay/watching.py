"""Leases and beats: who is credited for watching, and for which stretches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction

from core.errors import Conflict, NotFound, _
from people.models import User
from training.models import Coverage, PlaybackLease
from training.replay.domain import beats
from training.replay.domain.beats import Beat
from training.replay.domain.coverage import Interval, Intervals, union

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watched:
    """What a person has watched of a recording (ms, disjoint, sorted), and where they stopped."""

    intervals: Intervals = ()
    position_ms: int = 0


@transaction.atomic
def issue_lease(*, recording_id: str, person: User, now: dt.datetime) -> PlaybackLease:
    """A new crediting lease; the person's earlier one for this recording ends, whichever window holds it. What that one was
    credited ahead of its time is owed by the new one, so that asking for many leases gains nothing."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    leases = PlaybackLease.objects.filter(recording_id=recording_id, person=person)
    leases.filter(ended_at__isnull=True).update(ended_at=now)
    last, owed_ms = leases.order_by("-pk").first(), 0
    if last is not None:
        age_ms = max(0, int((now - last.issued_at).total_seconds() * 1000))
        owed_ms = max(0, last.credited_ms - int(beats.MAX_RATE * age_ms))
    return PlaybackLease.objects.create(recording_id=recording_id, person=person, issued_at=now, credited_ms=owed_ms)


@transaction.atomic
def take_beats(
    *,
    lease_id: str,
    recording_id: str,
    person: User,
    sent: Sequence[Beat],
    duration_ms: int,
    audio_only: bool,
    now: dt.datetime,
) -> Watched:
    """Credit ``sent`` (in order) and remember the last position. A repeated beat changes nothing.

    Raises NotFound for a lease that is not this person's or recording's, Conflict ``replay.superseded`` for one that another
    window replaced.
    """
    lease = PlaybackLease.objects.select_for_update().filter(public_id=lease_id, recording_id=recording_id, person=person).first()
    if lease is None:
        raise NotFound
    if lease.ended_at is not None:
        raise Conflict("replay.superseded", _("The recording is being watched in another window; only that one counts."))
    held = beats.Lease(
        last=Beat.load(lease.last) if lease.last else None,
        first_mono_ms=lease.first_mono_ms,
        credited_ms=lease.credited_ms,
    )
    age_ms = int((now - lease.issued_at).total_seconds() * 1000)
    earned: list[Interval] = []
    for beat in sent:
        outcome = beats.take(held, beat, age_ms=age_ms, audio_only=audio_only)
        held = outcome.lease
        if outcome.interval is not None:
            earned.append((outcome.interval[0], min(outcome.interval[1], duration_ms)))
        elif outcome.refusal not in (beats.Refusal.FIRST, beats.Refusal.NOT_PLAYING, beats.Refusal.SEEKED):
            log.info("replay.beat_refused", lease=lease_id, seq=beat.seq, reason=str(outcome.refusal))
    lease.last = held.last.dump() if held.last else None
    lease.first_mono_ms, lease.credited_ms = held.first_mono_ms, held.credited_ms
    lease.save(update_fields=["last", "first_mono_ms", "credited_ms"])
    return _keep(lease, earned, position_ms=min(held.last.position_ms, duration_ms) if held.last else 0, now=now)


def _keep(lease: PlaybackLease, earned: list[Interval], *, position_ms: int, now: dt.datetime) -> Watched:
    row, _created = Coverage.objects.select_for_update().get_or_create(
        recording_id=lease.recording_id, person=lease.person, defaults={"updated_at": now}
    )
    intervals = union([*_read(row), *earned])
    row.intervals, row.position_ms, row.updated_at = [list(i) for i in intervals], position_ms, now
    row.save(update_fields=["intervals", "position_ms", "updated_at"])
    return Watched(intervals, position_ms)


def watched(recording_id: str, person: User) -> Watched:
    """What is credited so far."""
    row = Coverage.objects.filter(recording_id=recording_id, person=person).first()
    return Watched(_read(row), row.position_ms) if row else Watched()


def _read(row: Coverage) -> Intervals:
    return tuple((start, end) for start, end in row.intervals)
