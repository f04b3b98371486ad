"""What may happen to a clip: cut, made, approved by a second person, shared. Every function is one transaction."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from core.clock import now
from core.errors import Conflict, Invalid, NotAllowed, _
from media.captions.selectors import cues_of
from media.clips.letters import check_letters
from media.clips.models import CLIP_MACHINE, MAX_MS, MIN_MS, Clip, ClipEvent
from media.clips.shapes import Shape
from media.clips.words import one_line
from media.keeping.selectors import GONE
from media.models import Recording
from media.queue import CLIP
from media.work.jobs import FREE, Claim, Jobs
from people.models import User

log = structlog.get_logger(__name__)

MOST_OF_A_RECORDING = 200
MOST_OF_A_REASON = 500
"""Letters."""
_S, _K = Clip.State, ClipEvent.Kind
_UNAPPROVED: dict[str, object] = {
    "approved_by": None, "approved_at": None, "approved_version": "", "share": "", "shared_at": None,
}  # fmt: skip
"""An approval is of one file, and the public link of one approval."""


@dataclass(frozen=True, slots=True)
class CutValues:
    """What a person chooses. Moments are ms of the recording; the frame at ``end_ms`` is the last one."""

    title: str
    start_ms: int
    end_ms: int
    shape: Shape
    with_card: bool
    with_captions: bool

    def check(self, duration_ms: int, frame_ms: int = 0) -> None:
        """Raises Invalid (``clip.bad_cut``) for a cut that is too short, too long, or not within the recording.

        ``frame_ms``: how long the last frame is shown, which belongs to the clip's length.
        """
        if self.end_ms > duration_ms or self.start_ms >= self.end_ms:
            raise Invalid("clip.bad_cut", _("The end must lie after the beginning, and within the recording."))
        if not MIN_MS <= self.end_ms - self.start_ms + frame_ms <= MAX_MS:
            raise Invalid("clip.bad_cut", _("A clip lasts from 10 seconds to 10 minutes. Move its beginning or its end."))


# Cutting --------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_clip(*, recording: Recording, values: CutValues, by: User, frame_ms: int = 0) -> Clip:
    """A draft. Raises Invalid ``clip.bad_cut``; Conflict where the recording is not ready, or has too many clips."""
    if recording.state != Recording.State.DONE:
        raise Conflict("recording.not_ready", _("The recording is not ready yet."))
    if recording.clips.count() >= MOST_OF_A_RECORDING:
        raise Conflict("clip.too_many", _("This recording has very many clips. Delete some that are not needed any more."))
    values.check(recording.duration_ms or 0, frame_ms)
    clip = Clip.objects.create(recording=recording, made_by=by, **_columns(values))
    _note(clip, _K.CREATED, by)
    return clip


@transaction.atomic
def edit_clip(*, clip: Clip, values: CutValues, by: User, frame_ms: int = 0) -> None:
    """Change the cut. It is a draft again: what was approved was another file. Raises Invalid, and Conflict while it is made."""
    values.check(clip.recording.duration_ms or 0, frame_ms)
    _move(clip, _S.DRAFT, {**_columns(values), **_UNAPPROVED, "edited_by": by, "reason": ""}, but=(_S.QUEUED, _S.RUNNING))
    _note(clip, _K.EDITED, by)


@transaction.atomic
def delete_clip(*, clip: Clip, by: User) -> None:
    """The clip, its files and its public link go for good. Raises Conflict while it is made."""
    folder = clip.folder
    if not Clip.objects.filter(pk=clip.pk).exclude(state__in=[_S.QUEUED, _S.RUNNING]).delete()[0]:
        raise Conflict("clip.bad_step", _("The clip is being made. Stop that first."))
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
    log.info("clip.deleted", clip=clip.public_id, by=by.public_id)


# Making ---------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def queue_clip(*, clip: Clip, by: User) -> None:
    """Have its file made, or made again: an approval of an earlier one is taken back. Raises Conflict while it is made, and where
    the recording is not there any more; Invalid ``clip.no_letters`` where its captions cannot be written in the picture."""
    recording = Recording.objects.select_for_update().get(pk=clip.recording_id)  # not deleted between this look and the commit
    if recording.state in GONE:
        raise Conflict("recording.deleted", _("This recording has been deleted."))
    if clip.with_captions:
        check_letters(cues_of(recording), clip.start_ms, clip.end_ms)
    values = {"error_code": "", "started_at": None, "finished_at": None, "reason": ""}
    _move(clip, _S.QUEUED, {**CLIPS.afresh(), **_UNAPPROVED, **values}, but=(_S.RUNNING,))
    _note(clip, _K.QUEUED, by)
    CLIPS.enqueue(clip)


@transaction.atomic
def stop_clip(*, clip: Clip, by: User | None) -> None:
    """Do not make it, or not to the end. ``by`` None: its recording goes. Raises Conflict where nothing is being made."""
    _move(clip, _S.DRAFT, {**FREE, "progress": 0.0}, but=(_S.DRAFT, _S.READY, _S.APPROVED, _S.RETURNED, _S.FAILED))
    _note(clip, _K.STOPPED, by)


@transaction.atomic
def close_clips(*, recording: Recording, by: User | None) -> None:
    """The recording is being deleted: workers that make its clips have no say any more, and its clips' public links close for
    good. The rows stay, as the history of what was approved and shared."""
    for clip in recording.clips.select_for_update():
        if clip.busy:
            stop_clip(clip=clip, by=by)
        withdraw_clip(clip=clip, by=by)


@transaction.atomic
def finish_clip(*, claim: Claim[Clip], digest: str, size: int, duration_ms: int) -> bool:
    """The file of this attempt is in its place, and waits for approval. False where the claim is void."""
    return _end(
        claim, _K.MADE, state=_S.READY, progress=1.0, version=claim.lease, digest=digest, bytes=size, duration_ms=duration_ms
    )


@transaction.atomic
def fail_clip(*, claim: Claim[Clip], code: str) -> bool:
    """It cannot be made; a person may try again. False where the claim is void."""
    return _end(claim, _K.FAILED, state=_S.FAILED, error_code=code)


def _end(claim: Claim[Clip], kind: ClipEvent.Kind, **values: object) -> bool:
    if not claim.settle(finished_at=now(), **values):
        return False
    _note(claim.job, kind, None)
    return True


# Approving and sharing ------------------------------------------------------------------------------------------------------


@transaction.atomic
def approve_clip(*, clip: Clip, version: str, by: User) -> None:
    """Let the file ``version`` be shared. Raises NotAllowed for whoever cut or changed the clip; Conflict where another file has
    taken its place meanwhile, or it does not wait for approval."""
    _check_second(clip, by)
    values = {"approved_by": by, "approved_at": now(), "approved_version": version, "reason": ""}
    CLIP_MACHINE.check(_S(clip.state), _S.APPROVED)
    waiting = Clip.objects.filter(pk=clip.pk, state__in=CLIP_MACHINE.sources(_S.APPROVED), version=version)
    if not waiting.update(state=_S.APPROVED, **values):
        raise Conflict("clip.other_file", _("The clip was made anew meanwhile. Watch it again before you decide."))
    clip.refresh_from_db()
    _note(clip, _K.APPROVED, by, clip.digest[:16])


@transaction.atomic
def return_clip(*, clip: Clip, reason: str, by: User) -> None:
    """It is not to be shared as it is; takes an approval and the public link back. Raises NotAllowed for whoever made it, Invalid
    without a reason or with one that is too long, Conflict where there is nothing to return."""
    _check_second(clip, by)
    reason = one_line(reason)
    if not reason:
        raise Invalid("clip.no_reason", _("Say why the clip is returned, so that it can be made better."))
    if len(reason) > MOST_OF_A_REASON:
        raise Invalid(
            "clip.long_reason",
            _("A reason has at most %(most)d letters; this one has %(count)d. Shorten it."),
            most=MOST_OF_A_REASON,
            count=len(reason),
        )
    _move(clip, _S.RETURNED, {**_UNAPPROVED, "reason": reason})
    _note(clip, _K.RETURNED, by, reason)


@transaction.atomic
def share_clip(*, clip: Clip, by: User) -> None:
    """Open a public link; the one that there is stays. Raises Conflict unless the clip is approved."""
    fresh = Clip.objects.filter(pk=clip.pk, state=_S.APPROVED, share="").update(share=secrets.token_urlsafe(32), shared_at=now())
    clip.refresh_from_db()
    if not clip.share:
        raise Conflict("clip.not_approved", _("Only an approved clip can be shared."))
    if fresh:
        _note(clip, _K.SHARED, by)


@transaction.atomic
def withdraw_clip(*, clip: Clip, by: User | None) -> None:
    """Close the public link for good; a new one would be another. Does nothing where there is none."""
    if Clip.objects.filter(pk=clip.pk).exclude(share="").update(share="", shared_at=None):
        clip.refresh_from_db()
        _note(clip, _K.WITHDRAWN, by)


def _check_second(clip: Clip, by: User) -> None:
    """Whoever cut the clip, or ever changed it, is no second person."""
    own = clip.events.filter(kind__in=[_K.CREATED, _K.EDITED], by=by).exists()
    if own or by.pk in (clip.made_by_id, clip.edited_by_id):
        raise NotAllowed("clip.own", _("A clip is approved by somebody who had no hand in it. Ask a colleague to decide."))


def _columns(values: CutValues) -> dict[str, object]:
    return {
        "title": values.title, "start_ms": values.start_ms, "end_ms": values.end_ms, "shape": values.shape.value,
        "with_card": values.with_card, "with_captions": values.with_captions,
    }  # fmt: skip


def _move(clip: Clip, to: Clip.State, values: dict[str, object], but: tuple[Clip.State, ...] = ()) -> None:
    """One conditional UPDATE. ``but``: states from which the table allows the step, but not for this reason."""
    sources = [state for state in CLIP_MACHINE.sources(to) if state not in but]
    if not Clip.objects.filter(pk=clip.pk, state__in=sources).update(state=to, **values):
        clip.refresh_from_db()
        raise Conflict("clip.bad_step", _("This is not possible now: the clip’s state has changed. Load the page again."))
    clip.refresh_from_db()


def _note(clip: Clip, kind: ClipEvent.Kind, by: User | None, note: str = "") -> None:
    ClipEvent.objects.create(clip=clip, kind=kind, by=by, at=now(), note=note)
    log.info(f"clip.{kind.value}", clip=clip.public_id, by=by.public_id if by else None)


def forget_files(folder: Path, but: str) -> None:
    """Remove what earlier attempts left in a clip's folder; the version ``but`` stays."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name != but:
            shutil.rmtree(path, ignore_errors=True)


CLIPS = Jobs(
    Clip, CLIP, "clip", queued=_S.QUEUED, running=(_S.RUNNING,), fail=fail_clip,
    ready=lambda: Q(Exists(Recording.objects.filter(pk=OuterRef("recording"), state=Recording.State.DONE))),
)  # fmt: skip
