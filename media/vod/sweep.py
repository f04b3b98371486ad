"""The round that finds what got lost: jobs of dead workers, recordings whose node died.

Safe to run at any time, any number of times.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from contextlib import suppress
from pathlib import Path

from django.db.models import Q

from core import queue
from core.clock import now
from media.egress.status import STATUS
from media.models import Recording
from media.queue import REBUILD
from media.selectors import unfinished
from media.vod.jobs import adopt, tidy
from media.vod.parts import PARTS
from media.vod.renditions import RENDITIONS

_FRESH = dt.timedelta(seconds=10)
_QUIET_S = 20.0
"""An egress writes its status every two seconds; one that was silent for so long is gone."""


def sweep() -> None:
    """Queue lost jobs again, adopt finished recordings, and have abandoned ones rebuilt."""
    PARTS.sweep()
    lost = [rendition.recording_id for rendition in RENDITIONS.sweep()]
    for recording in Recording.objects.filter(Q(pk__in=lost) | Q(parts__isnull=False)).distinct():
        tidy(recording)
    for recording in unfinished(older_than=_FRESH):
        if adopt(recording):
            continue
        if _abandoned(recording):
            queue.wake(REBUILD, recording.public_id)


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
