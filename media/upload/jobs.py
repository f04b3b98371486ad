"""From a file that was sent to a recording: check, conversion, result. The Celery task is a shell around this."""

from __future__ import annotations

from pathlib import Path

from core.errors import DiemcauError, Invalid
from media.egress.artwork import background
from media.egress.disk import write_whole
from media.egress.layout import Scene, Slate
from media.egress.status import STATUS, Status
from media.upload import services, space, store
from media.upload.bounds import BASE
from media.upload.found import Found
from media.upload.magic import Family
from media.upload.models import Upload
from media.upload.plan import Original, duration_ms_of, plan, shape_of
from media.upload.probing import Stopped, check
from media.upload.services import UPLOADS
from media.vod.place import attempt, replace
from media.vod.run import Outcome, run_plan
from media.work.doing import do
from media.work.jobs import Claim

MEMORY_BYTES, SEGMENT_BYTES = 6 << 30, 1 << 30
"""Of the process that decodes, and of any file that it writes."""
_FASTEST_BPS = 3_000_000
"""A recording takes no more than this on the whole: what must be free before it is begun."""


def ingest(public_id: str) -> None:
    """Check and convert a file that is here as a whole. Does nothing where that is not wanted (any more)."""
    if upload := do(UPLOADS.claim(public_id=public_id), _make):
        store.remove_half_made(upload)


def _make(claim: Claim[Upload]) -> Outcome:
    try:
        return _ingest(claim.job, claim)
    except Stopped:
        return Outcome("cancelled")
    except Invalid as error:
        services.refuse(claim=claim, error=error)
        return Outcome("failed", error.code)
    except DiemcauError as error:
        services.fail(claim=claim, error=error)
        return Outcome("failed", error.code)


def _ingest(upload: Upload, claim: Claim[Upload]) -> Outcome:
    """Raises Stopped, Invalid where the file is to be refused, another DiemcauError or OSError where it can be tried again."""
    family, found = check(upload.folder / store.ORIGINAL, upload.file_name, claim.beat)
    if not services.checked(claim=claim):
        raise Stopped
    duration_ms = duration_ms_of(found)
    space.require(_FASTEST_BPS // 8 * duration_ms // 1000)
    outcome = _convert(upload, claim, family, found)
    if outcome.kind == "cancelled" and space.free_bytes() < 0:
        raise space.no_space(-space.free_bytes())
    if outcome.kind == "done":
        shape = shape_of(found)
        status = Status("done", 0, duration_ms, shape.height, shape.fps, shape.codecs)
        write_whole(upload.recording_folder / STATUS, status.encode())
        if not services.finish(claim=claim, duration_ms=duration_ms):
            raise Stopped
    return outcome


def _convert(upload: Upload, claim: Claim[Upload], family: Family, found: Found) -> Outcome:
    folder = upload.recording_folder.resolve()
    slate = upload.folder.resolve() / "slate.png"
    folder.mkdir(parents=True, exist_ok=True)
    if found.picture is None:
        _draw_slate(slate, upload.title, found)
    original = Original((upload.folder / store.ORIGINAL).resolve(), family, found, slate)
    limit_s = 600 + 8 * found.readable_ms / 1000

    def go_on(share: float) -> bool:
        return claim.beat(share) and space.free_bytes() >= 0

    before = (*BASE, str(MEMORY_BYTES), str(SEGMENT_BYTES))
    with attempt(folder, "ingest", claim.lease) as temporary:
        hls = temporary / "hls"
        hls.mkdir()
        outcome = run_plan(plan(original, hls), go_on, limit_s, before=before)
        if outcome.kind == "done":
            replace(hls, folder / "hls")
    return outcome


def _draw_slate(path: Path, title: str, found: Found) -> None:
    """The still picture of a recording that has sound alone."""
    shape = shape_of(found)
    background(Scene(slate=Slate(title, "")), shape.width, shape.height).save(path, format="PNG")
