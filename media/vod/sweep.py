"""The round that finds what got lost: jobs of dead workers, recordings whose node died.

Safe to run at any time, any number of times.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from contextlib import suppress
from pathlib import Path

from core.clock import now
from media.egress.status import STATUS
from media.models import Part, Recording
from media.queue import REBUILD, RENDER, RENDER_PART, wake
from media.selectors import unfinished
from media.vod.jobs import adopt, tidy
from media.vod.parts import sweep_parts
from media.vod.renditions import claimable, sweep_renditions, unsplit

_FRESH = dt.timedelta(seconds=10)
_QUIET_S = 20.0
"""An egress writes its status every two seconds; one that was silent for so long is gone."""


def sweep() -> None:
    """Queue lost jobs again, adopt finished recordings, and have abandoned ones rebuilt."""
    for recording in Recording.objects.filter(pk__in=sweep_renditions() | sweep_parts()):
        tidy(recording)
    for recording in unfinished(older_than=_FRESH):
        if adopt(recording):
            continue
        if _abandoned(recording):
            wake(REBUILD, recording.public_id)


def next_job() -> tuple[str, str] | None:
    """Task and id of the job that is to be done next: what can be made at once, the longest waiting first, then the parts, which
    take long; None where nothing waits that can be made now."""
    parts = Part.objects.filter(state=Part.State.QUEUED)
    for task, waiting in ((RENDER, claimable()), (RENDER, unsplit()), (RENDER_PART, parts)):
        if (public_id := waiting.order_by("queued_at", "pk").values_list("public_id", flat=True).first()) is not None:
            return task, public_id
    return None


def wake_next() -> None:
    """Wake a worker for the next job: a worker without a place for it may have thrown its message away."""
    if (job := next_job()) is not None:
        wake(*job)


def _abandoned(recording: Recording) -> bool:
    """Is it over, and nobody completes it?"""
    if recording.state == Recording.State.REBUILDING:
        return recording.lease_until is not None and recording.lease_until < now()
    over = recording.state == Recording.State.CLOSING or program_ended(recording.capture_folder / "program.jsonl")
    return over and quiet_s(recording.folder / STATUS, recording) > _QUIET_S


def quiet_s(status: Path, recording: Recording) -> float:
    """Seconds since the egress last wrote; since the row changed where it never did."""
    changed = recording.changed_at.timestamp()
    with suppress(FileNotFoundError):
        changed = max(changed, status.stat().st_mtime)
    return time.time() - changed


def program_ended(log: Path) -> bool:
    """Does the last whole line of a capture's program log end the recording?"""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 65_536))
            lines = file.read().split(b"\n")[:-1]
        program = json.loads(lines[-1])["program"]
        return bool(program["state"] == "ended" or program["recording"] != log.parent.name)
    except (FileNotFoundError, ValueError, KeyError, IndexError, TypeError):
        return False
