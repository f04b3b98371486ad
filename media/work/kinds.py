"""All kinds of jobs that the workers do, and which one is next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core import queue
from media.clips import jobs as clips
from media.clips.services import CLIPS
from media.upload import jobs as uploads
from media.upload.services import UPLOADS
from media.vod import jobs as vod
from media.vod.parts import PARTS
from media.vod.renditions import RENDITIONS
from media.work.jobs import Jobs


@dataclass(frozen=True)
class Kind:
    """A table of jobs, and what does one of them, by its public id; it does nothing where there is nothing to do."""

    jobs: Jobs[Any]
    do: Callable[[str], None]
    leaves: int = 0
    """Of the places for heavy work, so many are never taken by this kind, however many of its jobs there are."""


KINDS = (
    Kind(UPLOADS, uploads.ingest, leaves=1),
    Kind(RENDITIONS, vod.render),
    Kind(PARTS, vod.render_part),
    Kind(CLIPS, clips.make),
)
"""Uploads first, as without them there is nothing to be made of them, but never in all places, whatever is in a stranger's file;
then what can be made at once, then the parts, which take long; clips last."""


def next_jobs() -> Iterator[tuple[Kind, str]]:
    """Of each kind the job that waits longest, where one waits that can be made now."""
    for kind in KINDS:
        if (public_id := kind.jobs.next()) is not None:
            yield kind, public_id


def wake_next() -> None:
    """Wake workers for the next jobs: one without a place for its job may have thrown the message away."""
    for kind, public_id in next_jobs():
        queue.wake(kind.jobs.task, public_id)
