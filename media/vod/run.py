"""The one runner of child processes that make files: it owns the process group, the time, the progress and the last words."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Literal

from media.vod.plan import Plan

_BEAT_S = 2.0
_GRACE_S = 3.0
_LAST_WORDS = 40

Beat = Callable[[float], bool]
"""Told the progress (0 to 1) every :data:`_BEAT_S`; False means: stop."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run, or the making of something, ended. ``words`` are the last lines of its standard error."""

    kind: Literal["done", "failed", "cancelled", "timeout", "no_source", "no_space", "no_letters"]
    """``no_source``: what it is made of is not there. ``no_space``: it would take what live recordings need of the disk.
    ``no_letters``: words are to be drawn for which the fonts have none."""
    words: str = ""
    status: int | None = None
    """The process's exit status, where it ended by itself."""

    def code(self, of: str) -> str:
        """The error code, which begins with ``of``; empty where nothing went wrong."""
        return "" if self.kind in ("done", "cancelled") else f"{of}.{self.kind}"

    def last_words(self) -> str:
        """Of the words what a log is told, where that may explain something."""
        return "" if self.kind == "done" else self.words[-600:]


@lru_cache(maxsize=1)
def ffmpeg_binary() -> str:
    """The system's ffmpeg, else the one that comes as a Python package."""
    if found := shutil.which("ffmpeg"):
        return found
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def run_plan(plan: Plan, beat: Beat, timeout_s: float, before: Sequence[str] = ()) -> Outcome:
    """Carry out ``plan``. Raises OSError if the disk refuses.

    ``before`` is put before ffmpeg: a program that becomes it, within bounds.
    """
    for path, text in plan.texts:
        path.write_text(text, encoding="utf-8")
    outcome = run((*before, ffmpeg_binary(), *plan.argv), beat, timeout_s, progress=_ffmpeg_progress(plan.duration_s))
    if outcome.kind == "done" and plan.file is not None and not plan.file.is_file():
        return Outcome("failed", outcome.words or "nothing was written")
    return outcome


def run(
    argv: Sequence[str],
    beat: Beat,
    timeout_s: float,
    progress: Callable[[str], float | None],
    folder: Path | None = None,
) -> Outcome:
    """Run ``argv`` in a process group of its own. ``progress`` reads a line of its output.

    It is ended, first gently, after ``timeout_s`` seconds or when ``beat`` says stop.
    """
    process = subprocess.Popen(
        [*_before(), *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
        cwd=folder,
    )
    state = _State(progress)
    readers = [
        threading.Thread(target=state.read_progress, args=(process.stdout,), daemon=True),
        threading.Thread(target=state.read_words, args=(process.stderr,), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        reason = _watch(process, state, beat, timeout_s)
    finally:
        _end(process)
        for reader in readers:
            reader.join(_GRACE_S)
    words = "\n".join(state.words)
    if reason is not None:
        return Outcome(reason, words)
    return Outcome("done" if process.returncode == 0 else "failed", words, process.returncode)


@lru_cache(maxsize=1)
def _before() -> tuple[str, ...]:
    """Politely behind live work, and not beyond the death of its worker: what it writes is nobody's then."""
    last, nice = shutil.which("setpriv"), shutil.which("nice")
    return (*((last, "--pdeathsig", "KILL") if last else ()), *((nice, "-n", "10") if nice else ()))


class _State:
    """What the readers have seen so far."""

    def __init__(self, progress: Callable[[str], float | None]) -> None:
        self.share = 0.0
        self.words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._progress = progress

    def read_progress(self, stream: IO[str]) -> None:
        for line in stream:
            share = self._progress(line.strip())
            if share is not None:
                self.share = share

    def read_words(self, stream: IO[str]) -> None:
        for line in stream:
            self.words.append(line.rstrip())


def part_of(beat: Beat, begin: float, end: float) -> Beat:
    """For a step that is only a part of the whole work."""
    return lambda share: beat(begin + (end - begin) * share)


def _watch(process: subprocess.Popen[str], state: _State, beat: Beat, timeout_s: float) -> Literal["cancelled", "timeout"] | None:
    until = time.monotonic() + timeout_s
    while True:
        try:
            process.wait(_BEAT_S)
        except subprocess.TimeoutExpired:
            if not beat(state.share):
                return "cancelled"
            if time.monotonic() > until:
                return "timeout"
        else:
            return None


def _end(process: subprocess.Popen[str]) -> None:
    """The whole group, also what outlived its leader."""
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


def _signal(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def _ffmpeg_progress(duration_s: float) -> Callable[[str], float | None]:
    def read(line: str) -> float | None:
        """A line of ``-progress``: ``out_time_us=…``; it can be ``N/A`` in the beginning."""
        key, _, value = line.partition("=")
        if key != "out_time_us" or not value.lstrip("-").isdigit() or duration_s <= 0:
            return None
        return min(1.0, max(0.0, int(value) / 1_000_000 / duration_s))

    return read
