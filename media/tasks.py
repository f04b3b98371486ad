"""The worker's entry points; all else is in :mod:`media.vod`."""

from __future__ import annotations

from celery import shared_task

from media import queue
from media.vod import jobs
from media.vod.sweep import sweep as run_sweep


@shared_task(name=queue.RENDER)  # type: ignore[untyped-decorator]
def render(public_id: str) -> None:
    """Make a rendition, see :func:`media.vod.jobs.render`."""
    jobs.render(public_id)


@shared_task(name=queue.REBUILD)  # type: ignore[untyped-decorator]
def rebuild(public_id: str) -> None:
    """Complete an abandoned recording, see :func:`media.vod.jobs.rebuild`."""
    jobs.rebuild(public_id)


@shared_task(name=queue.SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Look for what got lost, see :mod:`media.vod.sweep`."""
    run_sweep()
