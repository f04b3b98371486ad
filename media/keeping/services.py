"""What may be decided about a recording's keeping. Every function is one transaction; tasks leave after commit.

A deletion is decided first (``deleting``: nobody can watch it any more), then the files and the captions go, then it is
``deleted``: whoever dies in between leaves a row that the sweep finds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import structlog
from django.db import transaction

from core import queue
from core.clock import now
from core.errors import Conflict, Invalid, _
from media import signals
from media.captions.models import CaptionTrack
from media.keeping import files
from media.keeping.models import Keeping, Tombstone
from media.keeping.rules import MOST_DAYS, Policy, is_due
from media.keeping.selectors import fate_of, keeping_of
from media.models import RECORDING_MACHINE, Part, Recording, Rendition
from media.queue import ERASE
from people.models import User

log = structlog.get_logger(__name__)
_R = Recording.State


def check_days(days: int) -> None:
    """Raises Invalid ``keeping.bad_days`` for a number of days after which no rule can act."""
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("keeping.bad_days", _("Give a number of days from 1 to %(most)s."), most=MOST_DAYS)


@transaction.atomic
def decide(*, recording: Recording, policy: Policy | None, days: int, by: User) -> Keeping:
    """Set the rule of a recording; ``policy`` None: the setting's rule holds again. What was announced before is void.

    Raises Invalid ``keeping.bad_days``, Conflict ``keeping.gone`` where it is deleted.
    """
    if policy not in (None, Policy.KEEP):
        check_days(days)
    keeping = _locked(recording)
    keeping.policy, keeping.days = policy or "", days if policy not in (None, Policy.KEEP) else 0
    keeping.warned_at, keeping.decided_by, keeping.decided_at = None, by, now()
    keeping.save()
    log.info("keeping.decided", recording=recording.public_id, policy=keeping.policy, days=keeping.days)
    return keeping


@transaction.atomic
def hold(*, recording: Recording, held: bool, by: User) -> Keeping:
    """Protect a recording from being deleted, or no longer; then its deletion is announced anew.

    Raises Conflict ``keeping.gone``.
    """
    keeping = _locked(recording)
    keeping.held, keeping.warned_at = held, None
    keeping.decided_by, keeping.decided_at = by, now()
    keeping.save()
    log.info("keeping.held" if held else "keeping.released", recording=recording.public_id)
    return keeping


@transaction.atomic
def default_changed(*, sessions: Collection[str]) -> None:
    """The rule of the conference of these sessions (public ids) is another now. For recordings that follow it, what was announced
    before is void."""
    follow = Keeping.objects.filter(recording__session__in=list(sessions), policy="")
    void = follow.filter(warned_at__isnull=False).update(warned_at=None)
    log.info("keeping.default_changed", sessions=len(sessions), void=void)


@transaction.atomic
def expire(*, recording: Recording, at: dt.datetime) -> bool:
    """Decide that a recording is deleted because its rule says so. False where it does not, or not any more: somebody may have
    kept it in this moment. Raises Conflict as :func:`delete`."""
    found = Recording.objects.select_for_update().get(pk=recording.pk)
    keeping = keeping_of(found)
    if not is_due(fate_of(found, keeping, at), warned_at=keeping.warned_at, now=at):
        return False
    delete(recording=found, by=None)
    return True


@transaction.atomic
def delete(*, recording: Recording, by: User | None) -> Tombstone:
    """Decide that a recording is deleted: from the commit on nobody can watch it. ``by`` None: its rule says so.

    Raises Conflict ``keeping.is_held``, or ``recording.bad_step`` where it is being recorded or completed, or is deleted already.
    """
    found = Recording.objects.select_for_update().get(pk=recording.pk)
    RECORDING_MACHINE.check(_R(found.state), _R.DELETING)
    if Keeping.objects.filter(recording=found, held=True).exists():
        raise Conflict("keeping.is_held", _("This recording is held. Release the hold first, then delete it."))
    changed = Recording.objects.filter(pk=found.pk, state__in=RECORDING_MACHINE.sources(_R.DELETING)).update(
        state=_R.DELETING, changed_at=now(), lease_until=None
    )
    if not changed:
        raise Conflict("recording.bad_step", _("The recording changed meanwhile. Load the page again."))
    for jobs in (Rendition, Part):
        jobs.objects.filter(recording=found).delete()  # a worker that makes one has no say any more, and stops
    signals.recording_deleting.send(sender=Recording, recording=found, by=by)
    tombstone = Tombstone.objects.create(
        recording=found,
        why=Tombstone.Why.ASKED if by else Tombstone.Why.EXPIRED,
        by=by,
        deleted_at=now(),
        duration_ms=found.duration_ms or 0,
        bytes=files.sizes(found.folder, found.capture_folder).total,
    )
    public_id = found.public_id
    transaction.on_commit(lambda: queue.wake(ERASE, public_id))
    log.info("keeping.deleting", recording=public_id, why=tombstone.why, bytes=tombstone.bytes)
    return tombstone


@transaction.atomic
def captions_gone(*, recording: Recording) -> None:
    """What was said in a recording that is being deleted goes with it: every track, and all that its versions said."""
    gone = CaptionTrack.objects.filter(recording=recording)
    if gone:
        log.info("keeping.captions_deleted", recording=recording.public_id, tracks=len(gone))
    gone.delete()


@transaction.atomic
def deleted(*, recording: Recording) -> bool:
    """All files, and the captions, are gone. False where that is known already."""
    done = Recording.objects.filter(pk=recording.pk, state__in=RECORDING_MACHINE.sources(_R.DELETED)).update(
        state=_R.DELETED, changed_at=now()
    )
    if done:
        Tombstone.objects.filter(recording=recording, gone_at__isnull=True).update(gone_at=now())
        log.info("keeping.deleted", recording=recording.public_id)
    return bool(done)


@transaction.atomic
def announce(*, recording: Recording) -> None:
    """Its deletion by the rule is announced from now on."""
    keeping = _locked(recording)
    if keeping.warned_at is None:
        keeping.warned_at = now()
        keeping.save()


@transaction.atomic
def withdraw(*, recording: Recording) -> None:
    """Its deletion is not to be expected any more; if ever it is again, it is announced anew."""
    keeping = _locked(recording)
    keeping.warned_at = None
    keeping.save()


@transaction.atomic
def archived(*, recording: Recording, kinds: list[str]) -> None:
    """What can be made again is gone; ``kinds`` of renditions with it."""
    keeping = _locked(recording)
    Rendition.objects.filter(recording=recording, kind__in=kinds).delete()
    keeping.archived_at = now()
    keeping.save()
    log.info("keeping.archived", recording=recording.public_id)


@transaction.atomic
def capture_gone(*, recording: Recording) -> None:
    """The raw capture is deleted."""
    keeping = _locked(recording)
    keeping.capture_gone_at = now()
    keeping.save()
    log.info("keeping.capture_deleted", recording=recording.public_id)


def _locked(recording: Recording) -> Keeping:
    """The recording's row, made where there is none; the recording cannot change until the commit."""
    found = Recording.objects.select_for_update().get(pk=recording.pk)
    if found.state in (_R.DELETING, _R.DELETED):
        raise Conflict("keeping.gone", _("This recording is deleted."))
    return Keeping.objects.get_or_create(recording=found)[0]
