"""One process that should always run: started, its lines kept, started again when it dies, ended with all that it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.priority import be_nice
from deploy.supervisor.kernel import descendants, die_with_parent, reap_group, signal_all
from deploy.supervisor.logbook import MAX_LINE_BYTES, Logbook

PAUSES_S = (0.1, 1.0, 2.0, 5.0, 10.0)
"""After the first death, the second, and so on: one is an accident that people wait to see mended."""
SETTLED_S = 30.0
"""A process that has run this long starts its pauses anew when it dies."""


@dataclass(frozen=True)
class Program:
    """What to run. ``grace_s``: how long it may take to end after SIGTERM; ``nice``: see
    :func:`core.priority.be_nice`."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    grace_s: float = 8.0
    nice: int = 0


class Child:
    """Owner of one program's process. :meth:`keep` is run by the supervisor's TaskGroup; cancelling it ends the process."""

    def __init__(self, program: Program, logbook: Logbook) -> None:
        self.program = program
        self.restarts = 0
        self.pid: int | None = None
        self._logbook = logbook

    async def keep(self) -> None:
        """Run the program, again and again, until cancelled; then end it and everything below it."""
        failures = 0
        while True:
            began = time.monotonic()
            outcome = await self._once()
            failures = 1 if time.monotonic() - began > SETTLED_S else failures + 1
            self.restarts += 1
            pause_s = PAUSES_S[min(failures, len(PAUSES_S)) - 1]
            name = self.program.name
            self._logbook.event(
                "child_ended",
                f"“{name}” đã dừng ({outcome}), khởi động lại sau {pause_s:g} s · “{name}” ended, starting it again",
                child=name,
                outcome=outcome,
                restarts=self.restarts,
                pause_s=pause_s,
            )
            await asyncio.sleep(pause_s)

    async def _once(self) -> str:
        """One life of the process. Returns how it ended; when cancelled, it has ended before this does."""
        program = self.program
        # A pipe of our own: asyncio's would make wait() wait for grandchildren that hold it open, too.
        lines, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *program.argv,
                cwd=program.cwd,
                env=dict(program.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
                preexec_fn=partial(_begin, program.nice),
            )
        except OSError as error:
            os.close(lines)
            return f"cannot start: {error.strerror}"
        finally:
            os.close(writing)
        self.pid = process.pid
        self._logbook.event("child_started", child=program.name, pid=process.pid)
        reading = asyncio.create_task(self._read(lines), name=f"lines of {program.name}")
        try:
            code = await process.wait()
            # What it started in its group does not outlive it.
            await _end_group(process.pid)
        except asyncio.CancelledError:
            await self._end(process)
            raise
        finally:
            self.pid = None
            await asyncio.wait([reading], timeout=2.0)
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"

    async def _read(self, pipe: int) -> None:
        """Keep what the process writes, line by line, until nobody holds the pipe; a line that is too long is cut up."""
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", buffering=0)
        )
        rest = b""
        try:
            while chunk := await reader.read(MAX_LINE_BYTES):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._logbook.child(self.program.name, line[:MAX_LINE_BYTES])
                if len(rest) > MAX_LINE_BYTES:
                    self._logbook.child(self.program.name, rest[:MAX_LINE_BYTES])
                    rest = b""
        finally:
            if rest:
                self._logbook.child(self.program.name, rest)
            transport.close()

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """SIGTERM to the process, which ends its own children; after its grace SIGKILL to it and to all below it."""
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self.program.grace_s)
        except TimeoutError:
            self._logbook.event("child_killed", child=self.program.name, pid=process.pid)
            signal_all([process.pid, *descendants(process.pid)], signal.SIGKILL)
            await process.wait()
        await _end_group(process.pid)
        self._logbook.event("child_stopped", child=self.program.name, seconds=round(time.monotonic() - began, 1))


def _begin(nice: int) -> None:
    """In the new process, before its program."""
    die_with_parent()
    be_nice(nice)


async def _end_group(leader: int) -> None:
    """End what is left of the process group that ``leader`` led: politely, then after a second not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(leader, number)
        except (ProcessLookupError, PermissionError):
            return
        for _ in range(20):
            await asyncio.sleep(0.05)
            reap_group(leader)
            try:
                os.killpg(leader, 0)
            except (ProcessLookupError, PermissionError):
                return
