"""Reading what becomes of recordings: the rule that holds, the dates that follow from it, what is on the disk."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from media.keeping import files
from media.keeping.models import Keeping, Tombstone
from media.keeping.rules import Fate, Policy, Rule, fate
from media.models import Recording

GONE = (Recording.State.DELETING, Recording.State.DELETED)
"""Nobody can watch it any more."""


def default_rule() -> Rule:
    """What holds for a recording of which nobody decided anything."""
    return Rule(Policy(settings.KEEPING_POLICY), settings.KEEPING_DAYS)


def keeping_of(recording: Recording) -> Keeping:
    """The recording's row; a new one that is not saved where there is none."""
    return Keeping.objects.filter(recording=recording).first() or Keeping(recording=recording)


def rule_of(keeping: Keeping) -> Rule:
    """The rule that holds for it."""
    return Rule(Policy(keeping.policy), keeping.days) if keeping.policy else default_rule()


def fate_of(recording: Recording, keeping: Keeping, now: dt.datetime) -> Fate:
    """When what happens to a recording that is ready, as of ``now``; nothing happens by itself to others."""
    finished_at = recording.finished_at if recording.state == Recording.State.DONE else None
    return fate(rule_of(keeping), finished_at=finished_at, held=keeping.held, warned_at=keeping.warned_at, now=now)


def capture_goes_at(recording: Recording, keeping: Keeping) -> dt.datetime | None:
    """When the raw capture of a finished recording goes, if the recording is whole by then; None where it is gone."""
    if recording.state != Recording.State.DONE or recording.finished_at is None or keeping.capture_gone_at is not None:
        return None
    return recording.finished_at + dt.timedelta(days=settings.KEEPING_CAPTURE_DAYS)


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


def free_bytes() -> int:
    """On the disk of the data folder."""
    return shutil.disk_usage(settings.DATA_DIR).free
