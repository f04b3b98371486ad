"""``python -m media.egress``: the process that composes one recording. Events leave as JSON lines on standard output."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from core.priority import be_nice
from media.egress.run import Job, NothingCaptured, World, run
from media.egress.status import EXIT_BUSY, EXIT_NOTHING, EXIT_ORPHANED

HEIGHT_VARIABLE = "DIEMCAU_RECORDING_HEIGHT"
HEIGHTS = (360, 480, 720, 1080)
_LOCK_TIMEOUT_S = 20.0
_YIELDS = 5
"""What is live goes first; the packets lie on the disk."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compose a recording; the exit status is 0 when it is complete.

    3: there is nothing captured; 4: another process composes it; 5: the starter is gone and left it to its successor.
    """
    options = _parser().parse_args(arguments)
    job = Job(options.data.resolve(), options.recording, options.height, options.fps, options.closed)
    job.folder.mkdir(parents=True, exist_ok=True)
    with (job.folder / ".egress.lock").open("w") as lock:
        if not _locked(lock):
            _tell({"event": "warning", "code": "egress.already_running"})
            return EXIT_BUSY
        return _run(job)


def _run(job: Job) -> int:
    parent = os.getppid()
    world = World(
        now_us=lambda: time.time_ns() // 1000,
        sleep=time.sleep,
        tell=_tell,
        orphaned=lambda: os.getppid() != parent,
    )
    try:
        return 0 if run(job, world) else EXIT_ORPHANED
    except NothingCaptured:
        _tell({"event": "failed", "code": "recording.nothing_captured"})
        return EXIT_NOTHING
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m media.egress", description="Compose a recording from its capture.")
    parser.add_argument("--data", type=Path, required=True, help="the data folder, with captures/ and recordings/")
    parser.add_argument("--recording", required=True, help="public id of the recording")
    parser.add_argument(
        "--height", type=int, default=_usual_height(), choices=HEIGHTS,
        help=f"picture height in pixels (${HEIGHT_VARIABLE}, else 720)",
    )  # fmt: skip
    parser.add_argument("--fps", type=int, default=25, choices=(10, 15, 20, 24, 25, 30), help="pictures per second")
    parser.add_argument("--closed", action="store_true", help="the capture grows no more: compose to its end and finish")
    return parser


def _usual_height() -> int:
    """What the environment asks for; 720 where it says nothing, or nothing that is possible."""
    said = os.environ.get(HEIGHT_VARIABLE, "")
    if said in map(str, HEIGHTS):
        return int(said)
    if said:
        _tell({"event": "warning", "code": "egress.impossible_height", "said": said[:20]})
    return 720


def _locked(lock: IO[str]) -> bool:
    """Hold the lock, waiting for a predecessor that is about to leave."""
    until = time.monotonic() + _LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        else:
            return True


def _tell(event: dict[str, object]) -> None:
    with suppress(BrokenPipeError):  # whoever listened is gone; the loop notices it
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    be_nice(_YIELDS)
    raise SystemExit(main())
