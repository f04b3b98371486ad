"""What may happen to captions. Every function is one transaction; whoever changes a track names the version that they saw.

What writes holds the recording's row, so that nothing is added to a recording while it is being deleted: NotFound
``recording.deleted``.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.db import IntegrityError, transaction

from core.clock import now
from core.errors import Conflict, NotFound, _
from media.captions.domain.cues import Cue, checked
from media.captions.models import CaptionTrack, CaptionVersion
from media.models import Recording
from media.playback import check_kept
from people.models import User

log = structlog.get_logger(__name__)

KEPT_VERSIONS = 50
How = CaptionVersion.How


def add_track(*, recording: Recording, language: str, label: str, cues: Sequence[Cue], how: How, by: User) -> CaptionTrack:
    """A first track in ``language``. Raises Conflict ``captions.language_taken`` where there is one, and what
    :func:`media.captions.domain.cues.checked` raises."""
    kept = checked(cues)
    try:
        with transaction.atomic():
            _hold(recording.pk)
            track = CaptionTrack.objects.create(
                recording=recording, language=language, label=label, version=0, changed_by=by, changed_at=now()
            )
            _write(track, kept, seen=0, how=how, by=by)
    except IntegrityError:
        raise Conflict(
            "captions.language_taken",
            _("There are captions in this language already. Replace or edit those, or choose another language."),
        ) from None
    return track


@transaction.atomic
def save_cues(*, track: CaptionTrack, cues: Sequence[Cue], seen: int, how: How, by: User) -> int:
    """Make ``cues`` the newest version; its number. Raises Conflict ``captions.changed`` where ``seen`` is not the newest any
    more (nothing is overwritten), and what :func:`media.captions.domain.cues.checked` raises."""
    return _write(track, checked(cues), seen=seen, how=how, by=by)


@transaction.atomic
def restore_version(*, track: CaptionTrack, number: int, seen: int, by: User) -> int:
    """What version ``number`` said is said again, as a new version. Raises NotFound, Conflict ``captions.changed``."""
    old = track.versions.filter(number=number).first()
    if old is None:
        raise NotFound("captions.no_such_version", _("This version of the captions is not kept any more."))
    return _write(track, [Cue(*row) for row in old.cues], seen=seen, how=How.RESTORED, by=by)


@transaction.atomic
def remove_track(*, track: CaptionTrack, by: User) -> None:
    """The track and all its versions go for good."""
    log.info("captions.removed", recording=track.recording.public_id, language=track.language, by=by.public_id)
    track.delete()


def _hold(recording: int) -> None:
    """The recording whose primary key this is stays as it is until the commit."""
    check_kept(Recording.objects.select_for_update().get(pk=recording))


def _write(track: CaptionTrack, cues: Sequence[Cue], *, seen: int, how: How, by: User) -> int:
    _hold(track.recording_id)
    moment, number = now(), seen + 1
    taken = CaptionTrack.objects.filter(pk=track.pk, version=seen).update(
        version=number, count=len(cues), changed_by=by, changed_at=moment
    )
    if not taken:
        raise Conflict(
            "captions.changed",
            _("Somebody else has saved these captions meanwhile. Nothing was overwritten; load theirs and save again."),
        )
    CaptionVersion.objects.create(
        track=track,
        number=number,
        cues=[[cue.start_ms, cue.end_ms, cue.text, cue.speaker] for cue in cues],
        count=len(cues),
        how=how,
        by=by,
        at=moment,
    )
    track.versions.filter(number__lte=number - KEPT_VERSIONS).delete()
    track.refresh_from_db(fields=["version", "count", "changed_by", "changed_at"])
    return number
