"""The worker's entry points; all else is in :mod:`media.vod`."""

from __future__ import annotations

from celery import shared_task

from core.slots import slot
from media import queue
from media.clips import jobs as clips
from media.keeping import sweep as keeping
from media.upload import jobs as uploads
from media.upload.sweep import sweep as sweep_uploads
from media.upload.sweep import wake_next as wake_next_upload
from media.vod import jobs
from media.vod.sweep import sweep as run_sweep
from media.vod.sweep import wake_next

HEAVY_AT_ONCE = 2


@shared_task(name=queue.RENDER)  # type: ignore[untyped-decorator]
def render(public_id: str) -> None:
    """Make a rendition, see :func:`media.vod.jobs.render`."""
    with slot("media", HEAVY_AT_ONCE) as mine:
        if mine:
            jobs.render(public_id)
    if mine:
        _wake_next()


@shared_task(name=queue.RENDER_PART)  # type: ignore[untyped-decorator]
def render_part(public_id: str) -> None:
    """Make a part of the smaller pictures, see :func:`media.vod.jobs.render_part`."""
    with slot("media", HEAVY_AT_ONCE) as mine:
        if mine:
            jobs.render_part(public_id)
    if mine:
        _wake_next()


@shared_task(name=queue.REBUILD)  # type: ignore[untyped-decorator]
def rebuild(public_id: str) -> None:
    """Complete an abandoned recording, see :func:`media.vod.jobs.rebuild`; the sweep asks again where there is no place now."""
    with slot("media", HEAVY_AT_ONCE) as mine:
        if mine:
            jobs.rebuild(public_id)
    if mine:
        _wake_next()


@shared_task(name=queue.INGEST)  # type: ignore[untyped-decorator]
def ingest(public_id: str) -> None:
    """Make a recording of a file that was sent, see :func:`media.upload.jobs.ingest`."""
    with slot("media", HEAVY_AT_ONCE) as mine:
        if mine:
            uploads.ingest(public_id)
    if mine:
        _wake_next()


@shared_task(name=queue.CLIP)  # type: ignore[untyped-decorator]
def clip(public_id: str) -> None:
    """Make a clip, see :func:`media.clips.jobs.make`."""
    with slot("media", HEAVY_AT_ONCE) as mine:
        if mine:
            clips.make(public_id)
    if mine:
        _wake_next()


def _wake_next() -> None:
    """Of uploads first, as without them there is nothing to be made of them; of clips last."""
    wake_next_upload()
    wake_next()
    clips.wake_next()


@shared_task(name=queue.SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Look for what got lost, in all that is made of recordings."""
    run_sweep()
    sweep_uploads()
    clips.sweep()


@shared_task(name=queue.ERASE)  # type: ignore[untyped-decorator]
def erase(public_id: str) -> None:
    """Finish the deletion of a recording, see :mod:`media.keeping.sweep`."""
    keeping.erase(public_id)


@shared_task(name=queue.KEEP)  # type: ignore[untyped-decorator]
def keep() -> None:
    """Keep what was decided about recordings, see :mod:`media.keeping.sweep`."""
    keeping.keep()
