"""The worker's entry points; all else is in :mod:`media.vod`."""

from __future__ import annotations

from celery import shared_task

from core.slots import slot
from media import queue
from media.clips import jobs as clips
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
        wake_next()


@shared_task(name=queue.REBUILD)  # type: ignore[untyped-decorator]
def rebuild(public_id: str) -> None:
    """Complete an abandoned recording, see :func:`media.vod.jobs.rebuild`; the sweep asks again where there is no place now."""
    with slot("media", HEAVY_AT_ONCE) as mine:
        if mine:
            jobs.rebuild(public_id)
    if mine:
        wake_next()


@shared_task(name=queue.CLIP)  # type: ignore[untyped-decorator]
def clip(public_id: str) -> None:
    """Make a clip, see :func:`media.clips.jobs.make`."""
    with slot("media", HEAVY_AT_ONCE) as mine:
        if mine:
            clips.make(public_id)
    if mine:
        wake_next()
        clips.wake_next()


@shared_task(name=queue.SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Look for what got lost, see :mod:`media.vod.sweep`."""
    run_sweep()
    clips.sweep()
