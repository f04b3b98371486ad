"""The child process that composes a recording: started with it, started again when it dies, heard until it has finished."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from media.plane import PlaneEvent, RecordingFinished, RecordingStarted, RecordingTrouble
from media.sfu.process import usage

log = structlog.get_logger(__name__)

BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
MAX_FAILURES = 20
"""Deaths in a row, none of which lived :data:`STEADY_S`; then the worker's sweep composes the recording from its capture."""
STEADY_S = 60.0
STOP_TIMEOUT_S = 5.0
EXIT_NOTHING = 3
"""The egress found nothing captured; another try would find the same."""


def command_for(data: Path, recording: str) -> list[str]:
    """How the egress of a recording is started."""
    return [sys.executable, "-m", "media.egress", "--data", str(data), "--recording", recording]


@dataclass(frozen=True, slots=True)
class EgressFigures:
    """How one recording's egress does. ``cpu_s`` and ``rss_bytes`` are of the process that runs now; None where none does."""

    recording: str
    restarts: int
    segments: int
    lag_s: float | None
    """How far behind the wall clock its last segment was when it was written; None before the first one."""
    cpu_s: float | None
    rss_bytes: int | None


class EgressChild:
    """Runs one recording's egress until it says that it has finished. ``emit`` gets what it says as events."""

    def __init__(
        self, session: str, recording: str, command: Sequence[str], now_ms: Callable[[], int], emit: Callable[[PlaneEvent], None]
    ) -> None:
        self._session = session
        self._recording = recording
        self._command = command
        self._now_ms = now_ms
        self._emit = emit
        self._started = False
        self._finished = False
        self._restarts = 0
        self._segments = 0
        self._lag_ms: int | None = None
        self._pid: int | None = None
        self.composed_us: int | None = None
        """Up to this moment (µs since 1970) all is in segments on the disk; None while it has not said so."""

    def figures(self) -> EgressFigures:
        """As they are now."""
        used = usage(self._pid) if self._pid is not None else None
        return EgressFigures(
            self._recording,
            self._restarts,
            self._segments,
            self._lag_ms / 1000 if self._lag_ms is not None else None,
            used.cpu_s if used is not None else None,
            used.rss_bytes if used is not None else None,
        )

    async def run(self) -> bool:
        """Until finished (True) or given up (False). Cancelled: the child is ended first."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began_s = loop.time()
            code = await self._run_once()
            if self._finished:
                return True
            failures = 1 if loop.time() - began_s >= STEADY_S else failures + 1
            log.warning("media.egress_died", recording=self._recording, code=code, failures=failures)
            if code == EXIT_NOTHING or failures > MAX_FAILURES:
                return False
            self._trouble("recording.egress_restarted")
            self._restarts += 1
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S)) - 1])

    async def _run_once(self) -> int | None:
        """One life of the child; its exit code, or None where it could not be started."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,  # it has no part in the share that the node gets of the processor
            )
        except OSError as error:
            log.error("media.egress_not_started", cause=str(error))
            return None
        self._pid = process.pid
        try:
            assert process.stdout is not None
            with contextlib.suppress(ValueError):  # a line beyond the limit: then it is not the egress that speaks
                while line := await process.stdout.readline():
                    self._hear(line)
            return await process.wait()
        finally:
            self._pid = None
            await _end(process)

    def _hear(self, line: bytes) -> None:
        try:
            said = json.loads(line)
            match said["event"]:
                case "started" if not self._started:
                    self._started = True
                    self._emit(
                        RecordingStarted(
                            session=self._session, at_ms=self._now_ms(), recording=self._recording, zero_ms=said["zero_ms"]
                        )
                    )
                case "progress":
                    self._segments, self._lag_ms = int(said["segments"]), int(said["lag_ms"])
                    self.composed_us = (self._now_ms() - self._lag_ms) * 1000
                case "finished" if not self._finished:
                    self._finished = True
                    self._emit(
                        RecordingFinished(
                            session=self._session,
                            at_ms=self._now_ms(),
                            recording=self._recording,
                            duration_ms=said["duration_ms"],
                        )
                    )
                case "trouble" if said["code"] == "recording.disk_full":
                    self._trouble("recording.disk_full")
                case "trouble" if said["code"] == "recording.disk_free":
                    self._trouble("recording.disk_full", over=True)
                case _:
                    log.info("media.egress_said", recording=self._recording, said=said)
        except (ValueError, KeyError, TypeError):
            log.warning("media.egress_unintelligible", recording=self._recording)

    def _trouble(self, code: str, *, over: bool = False) -> None:
        at_ms = self._now_ms()
        self._emit(RecordingTrouble(session=self._session, at_ms=at_ms, recording=self._recording, code=code, over=over))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(asyncio.shield(process.wait()), STOP_TIMEOUT_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
