"""The worker's entry points; all else is in the packages that they call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from celery import shared_task

from core.slots import slot
from media import queue
from media.clips.services import CLIPS
from media.keeping import sweep as keeping
from media.upload.sweep import sweep as sweep_uploads
from media.vod.jobs import rebuild
from media.vod.sweep import sweep as sweep_recordings
from media.work.kinds import KINDS, wake_next

HEAVY_AT_ONCE = 2


def _heavy(task: str, do: Callable[[str], None], leaves: int = 0) -> None:
    """A task that takes one of the places for heavy work, all but ``leaves`` of which may be taken by it. Where none is free it
    does nothing: whoever gives one back wakes the next."""

    @shared_task(name=task)  # type: ignore[untyped-decorator]
    def run(public_id: str) -> None:
        with slot(task, HEAVY_AT_ONCE - leaves) as may, slot("media", HEAVY_AT_ONCE) if may else nullcontext(False) as mine:
            if mine:
                do(public_id)
        if mine:
            wake_next()


_heavy(queue.REBUILD, rebuild)
for kind in KINDS:
    _heavy(kind.jobs.task, kind.do, kind.leaves)


@shared_task(name=queue.SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Look for what got lost, in all that is made of recordings."""
    sweep_recordings()
    sweep_uploads()
    CLIPS.sweep()


@shared_task(name=queue.ERASE)  # type: ignore[untyped-decorator]
def erase(public_id: str) -> None:
    """Finish the deletion of a recording, see :mod:`media.keeping.sweep`."""
    keeping.erase(public_id)


@shared_task(name=queue.KEEP)  # type: ignore[untyped-decorator]
def keep() -> None:
    """Keep what was decided about recordings, see :mod:`media.keeping.sweep`."""
    keeping.keep()
