"""Reading what becomes of recordings: the rule that holds, the dates that follow from it, what is on the disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings

from core.clock import now
from media.keeping import files
from media.keeping.defaults import default_of
from media.keeping.models import Keeping, Tombstone
from media.keeping.rules import Fate, Policy, Rule, fate
from media.models import Recording
from media.room import Room
from media.space import mark_bytes

GONE = (Recording.State.DELETING, Recording.State.DELETED)
"""Nobody can watch it any more."""


def keeping_of(recording: Recording) -> Keeping:
    """The recording's row; a new one that is not saved where there is none."""
    return Keeping.objects.filter(recording=recording).first() or Keeping(recording=recording)


def rule_of(keeping: Keeping) -> Rule:
    """The rule that holds for it: its own, else the conference's, else the installation's."""
    return Rule(Policy(keeping.policy), keeping.days) if keeping.policy else default_of(keeping.recording.session).rule


def fate_of(recording: Recording, keeping: Keeping, now: dt.datetime) -> Fate:
    """When what happens to a recording that is ready, as of ``now``; nothing happens by itself to others."""
    finished_at = recording.finished_at if recording.state == Recording.State.DONE else None
    return fate(rule_of(keeping), finished_at=finished_at, held=keeping.held, warned_at=keeping.warned_at, now=now)


@dataclass(frozen=True, slots=True)
class Going:
    """A recording whose deletion by its rule is announced, and when it is deleted."""

    recording: Recording
    at: dt.datetime


def going(sessions: Iterable[str]) -> list[Going]:
    """The recordings of these sessions (public ids) whose deletion is announced, the one that goes first first."""
    moment, found = now(), []
    announced = Keeping.objects.filter(warned_at__isnull=False, held=False, recording__state=Recording.State.DONE)
    for keeping in announced.filter(recording__session__in=sessions).select_related("recording"):
        future = fate_of(keeping.recording, keeping, moment)
        if future.delete_at is not None and future.announced(moment):
            found.append(Going(keeping.recording, future.delete_at))
    return sorted(found, key=lambda each: (each.at, each.recording.pk))


@dataclass(frozen=True, slots=True)
class Until:
    """When the rule of a recording deletes it; ``soon``: that is being announced."""

    at: dt.datetime
    soon: bool


def watchable_until(recording: Recording) -> Until | None:
    """Until when a recording can be watched; None where no rule deletes it, or where it cannot be watched."""
    moment = now()
    future = fate_of(recording, keeping_of(recording), moment)
    return Until(future.delete_at, future.announced(moment)) if future.delete_at is not None else None


def capture_goes_at(recording: Recording, keeping: Keeping, future: Fate) -> dt.datetime | None:
    """When the raw capture of a finished recording with that future (:func:`fate_of`) goes, if the recording is whole by then:
    after its days, or before with archiving or deletion. None where it is gone."""
    if recording.state != Recording.State.DONE or recording.finished_at is None or keeping.capture_gone_at is not None:
        return None
    old_at = recording.finished_at + dt.timedelta(days=settings.KEEPING_CAPTURE_DAYS)
    return min(at for at in (old_at, future.archive_at, future.delete_at) if at is not None)


def tombstone_of(recording: Recording) -> Tombstone | None:
    """What stays known of a deleted recording."""
    return Tombstone.objects.select_related("by").filter(recording=recording).first()


def deleted_at(public_id: str) -> dt.datetime | None:
    """When the recording of that public id was deleted; None where it was not."""
    found = Tombstone.objects.filter(recording__public_id=public_id) if public_id else Tombstone.objects.none()
    return found.values_list("deleted_at", flat=True).first()


@dataclass(frozen=True, slots=True)
class Held:
    """A recording and what it takes on the disk."""

    recording: Recording
    sizes: files.Sizes


def by_size() -> list[Held]:
    """All recordings that have files, the largest first. Looks at every file: for a person who waits for it."""
    found = list(_measured())
    return sorted(found, key=lambda held: (-held.sizes.total, held.recording.pk))


def _measured() -> Iterator[Held]:
    for recording in Recording.objects.exclude(state=Recording.State.DELETED):
        measured = files.sizes(recording.folder, recording.capture_folder)
        if measured.total:
            yield Held(recording, measured)


def low_bytes() -> int:
    """With less than this free, captures of finished recordings go before their time."""
    return mark_bytes(Room.LOW)
