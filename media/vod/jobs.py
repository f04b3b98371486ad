"""From a job's row to its file: claims, beats and results. The Celery tasks are a shell around this."""

from __future__ import annotations

import sys
from pathlib import Path

import structlog
from django.conf import settings

from media import services
from media.egress.status import EXIT_BUSY, EXIT_NOTHING, Status, read_status
from media.models import Recording, Rendition
from media.selectors import chapters
from media.vod.plan import Kind, Mark, Source, plan
from media.vod.run import Outcome, run, run_plan

log = structlog.get_logger(__name__)

_KINDS: dict[str, Kind] = {"360p": "360p", "audio": "audio", "mp4": "mp4", "poster": "poster"}
_CODES = {"failed": "rendition.failed", "timeout": "rendition.timeout"}


def render(public_id: str) -> None:
    """Make a queued rendition. Does nothing where it is not queued (any more)."""
    claim = services.claim_rendition(public_id=public_id)
    if claim is None:
        return
    rendition = Rendition.objects.select_related("recording").get(pk=claim.rendition)
    source = _source(rendition.recording)
    if source is None:
        services.fail_rendition(claim=claim, code="rendition.no_source")
        return
    work = plan(_KINDS[rendition.kind], source, claim.lease)
    limit_s = 120 + 4 * source.duration_ms / 1000
    try:
        outcome = run_plan(work, lambda share: services.beat_rendition(claim=claim, progress=share), limit_s)
    except OSError as error:
        outcome = Outcome("failed", f"{type(error).__name__}: {error.strerror}")
    if outcome.kind == "done":
        services.finish_rendition(claim=claim, file=work.file, size=_size(work.target))
    elif outcome.kind != "cancelled":
        services.fail_rendition(claim=claim, code=_CODES[outcome.kind])
    log.info("rendition.ended", rendition=public_id, kind=rendition.kind, outcome=outcome.kind, words=_words(outcome))


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
    log.info("recording.rebuilt", recording=public_id, outcome=outcome.kind, status=outcome.status, words=_words(outcome))
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
    status: Status | None = read_status(recording.folder)
    if status is None or status.state != "done":
        return None
    marks = tuple(Mark(chapter.at_ms, chapter.end_ms, chapter.title) for chapter in chapters(recording))
    return Source(recording.folder.resolve(), status.duration_ms, status.fps, recording.title, marks)


def _words(outcome: Outcome) -> str:
    """What the process said last, where that may explain something."""
    return "" if outcome.kind == "done" else outcome.words[-600:]


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
