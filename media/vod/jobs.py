"""From a job's row to its file. The Celery tasks are a shell around this."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import structlog
from django.conf import settings

from media import services
from media.egress.hls import PLAYLIST
from media.egress.status import EXIT_BUSY, EXIT_NOTHING, read_status
from media.models import Part, Recording, Rendition
from media.selectors import chapters, finished
from media.vod import parts, renditions
from media.vod.ladder import PICTURES, Span, spans
from media.vod.make import LADDER, Work, make, make_part, part_file
from media.vod.place import attempts_left, discard
from media.vod.plan import PART_SOUND, Mark, Source
from media.vod.playlist import read_cuts
from media.vod.run import Outcome, run
from media.work.doing import do
from media.work.jobs import Claim

log = structlog.get_logger(__name__)


def render(public_id: str) -> None:
    """Make a queued rendition, or cut the recording into the parts that it is made of. Does nothing where it is not queued (any
    more), or waits for something."""
    rendition = Rendition.objects.select_related("recording").filter(public_id=public_id).first()
    if rendition is None:
        return
    recording = rendition.recording
    if renditions.is_unsplit(rendition):
        source = _source(recording)
        if source is None:
            renditions.give_up(rendition=rendition, code="rendition.no_source")
        else:
            parts.split_recording(recording=recording, spans=spans([cut.duration_s for cut in source.cuts]))
    elif do(renditions.claim_rendition(public_id=public_id), _make):
        tidy(recording)


def render_part(public_id: str) -> None:
    """Make a queued part in all pictures that are wanted of it. Does nothing where it is not queued (any more)."""
    if part := do(parts.claim_part(public_id=public_id), _make_part):
        tidy(part.recording)


def _make(claim: Claim[Rendition]) -> Outcome:
    rendition, recording = claim.job, claim.job.recording
    source = _source(recording)
    if source is None:
        return Outcome("no_source")
    if rendition.kind in PICTURES and _some_are_gone(recording, rendition.kind):
        claim.release()
        return Outcome("cancelled", "some of its parts are gone")
    made = make(rendition.kind, Work(source, claim.lease, claim.beat, _limit_s(source)), _spans(recording))
    if made.outcome.kind == "done":
        renditions.finish_rendition(claim=claim, file=made.file, size=made.size)
    return made.outcome


def _make_part(claim: Claim[Part]) -> Outcome:
    part, kinds, made = claim.job, parts.making(claim), list[str]()
    source = _source(part.recording)
    outcome = Outcome("no_source")
    if source is not None:
        work = Work(source, claim.lease, lambda share: parts.beat_part(claim=claim, progress=share), _limit_s(source))
        outcome, made = make_part(work, part.number, _span(part), kinds)
    parts.finish_part(claim=claim, made=made, code=outcome.code(claim.jobs.errors))
    return outcome


def tidy(recording: Recording) -> None:
    """Remove what nobody needs: files of attempts that are lost, and parts of pictures that are joined or given up.

    Safe at any time: an attempt's lease is in its row before its folder is there.
    """
    folder = recording.folder
    left = attempts_left(folder)
    discard(left, [*recording.renditions.values_list("lease", flat=True), *recording.parts.values_list("lease", flat=True)])
    going = Rendition.State.QUEUED, Rendition.State.RUNNING
    for kind in PICTURES:
        if not recording.renditions.filter(kind=kind, state__in=going).exists():
            shutil.rmtree(folder / LADDER / kind, ignore_errors=True)
    if parts.forget_parts(recording=recording.pk):
        shutil.rmtree(folder / LADDER, ignore_errors=True)


def rebuild(public_id: str) -> None:
    """Complete a recording from its capture, where its own egress is gone. Does nothing where that is not wanted."""
    if not services.claim_rebuild(recording=public_id):
        return
    argv = [sys.executable, "-m", "media.egress", "--data", str(settings.DATA_DIR), "--recording", public_id, "--closed"]
    try:
        outcome = run(
            argv, lambda share: services.prolong_rebuild(recording=public_id), 24 * 3600, lambda line: None,
            folder=Path(settings.BASE_DIR),
        )  # fmt: skip
    except OSError as error:
        outcome = Outcome("failed", f"{type(error).__name__}: {error.strerror}")
    recording = Recording.objects.get(public_id=public_id)
    log.info("recording.rebuilt", recording=public_id, outcome=outcome.kind, status=outcome.status, words=outcome.last_words())
    if not adopt(recording):
        if outcome.status == EXIT_BUSY or outcome.kind == "cancelled":
            services.release_rebuild(recording=public_id)
        elif outcome.status == EXIT_NOTHING:
            services.fail_rebuild(recording=public_id, code="recording.nothing_captured", final=True)
        else:
            services.fail_rebuild(recording=public_id, code="recording.rebuild_failed", final=False)


def adopt(recording: Recording) -> bool:
    """Take over what the disk says about a recording. True where it is complete."""
    status = read_status(recording.folder)
    if status is None or status.state != "done":
        return False
    services.finish_recording(recording=recording.public_id, duration_ms=status.duration_ms, zero_ms=status.zero_ms)
    return True


def _source(recording: Recording) -> Source | None:
    """None where the recording is not whole on the disk, or has no segments."""
    status, folder = read_status(recording.folder), recording.folder.resolve()
    if status is None or status.state != "done":
        return None
    try:
        cuts = read_cuts(folder / "hls" / PLAYLIST)
    except FileNotFoundError:
        return None
    marks = tuple(Mark(chapter.at_ms, chapter.end_ms, chapter.title) for chapter in chapters(recording))
    evened = finished(recording, Rendition.Kind.SOUND) is not None and (folder / "full" / PART_SOUND).is_file()
    return Source(folder, status.duration_ms, status.fps, recording.title, marks, cuts, evened) if cuts else None


def _limit_s(source: Source) -> float:
    return 120 + 4 * source.duration_s


def _span(part: Part) -> Span:
    return Span(part.first, part.count, part.duration_ms)


def _spans(recording: Recording) -> list[Span]:
    return [_span(part) for part in recording.parts.all()]


def _some_are_gone(recording: Recording, kind: str) -> bool:
    """Have files of parts vanished that the rows say are there? Then these are made again."""
    gone = [part.number for part in recording.parts.all() if not part_file(recording.folder, kind, part.number).is_file()]
    if gone:
        parts.remake(recording=recording.pk, kind=kind, numbers=gone)
    return bool(gone)
