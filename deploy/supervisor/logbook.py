"""Each process's lines: whole into its own file, and in short to the console."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import sys
from pathlib import Path
from typing import TextIO

MAX_FILE_BYTES = 10 * 2**20
KEPT_FILES = 3
MAX_LINE_BYTES = 64 * 2**10
MAX_SHOWN = 400
"""Characters of a line that the console shows; the file has all."""
_HIDDEN = {"event", "level", "timestamp", "logger", "exception"}
_LOUD = {"warning", "error", "critical"}
_READY = re.compile(r"ready \d+")
"""What a media node says when it serves: for its starter, not for the person at the console."""


class LogFile:
    """A file that grows to :data:`MAX_FILE_BYTES`, then becomes ``.1``, ``.2`` … A full disk loses lines only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("ab", buffering=0)
        self._size = path.stat().st_size

    def write(self, line: bytes) -> None:
        try:
            if self._size + len(line) > MAX_FILE_BYTES:
                self._turn()
            self._size += self._file.write(line + b"\n") or 0
        except OSError:
            return

    def close(self) -> None:
        self._file.close()

    def _turn(self) -> None:
        self._file.close()
        if self._path.exists():  # not when the last turn came no further than here, on a full disk
            for number in range(KEPT_FILES - 1, 0, -1):
                older = self._path.with_name(f"{self._path.name}.{number}")
                if older.exists():
                    older.replace(self._path.with_name(f"{self._path.name}.{number + 1}"))
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        self._file = self._path.open("ab", buffering=0)
        self._size = 0


def short(line: str, *, verbose: bool = False) -> str | None:
    """What of a log line belongs on the console: warnings and errors, with their fields; text that is no event, as it is.

    None where the line is only for the file.
    """
    try:
        event = json.loads(line)
    except ValueError:
        text = line.rstrip()
        return None if not text or (not verbose and _READY.fullmatch(text)) else text
    if not isinstance(event, dict) or "event" not in event:
        return line.rstrip()
    level = str(event.get("level", "info"))
    if not verbose and level not in _LOUD:
        return None
    fields = " ".join(f"{key}={value}" for key, value in event.items() if key not in _HIDDEN)
    text = f"{level}: {event['event']} {fields}".rstrip()
    exception = event.get("exception")
    return f"{text}\n{exception}" if exception else text


class Logbook:
    """The console and the files of a run. ``folder`` gets ``supervisor.log`` and one file for each process."""

    def __init__(self, folder: Path, *, verbose: bool = False, console: TextIO | None = None) -> None:
        self._folder = folder
        self._verbose = verbose
        self._console = console or sys.stdout
        self._files: dict[str, LogFile] = {}

    def child(self, name: str, line: bytes) -> None:
        """A line that the process ``name`` wrote, without its newline."""
        self._file(name).write(line)
        text = short(line.decode(errors="replace"), verbose=self._verbose)
        if text is not None:
            self._show(name, text)

    def event(self, event: str, say: str | None = None, **fields: object) -> None:
        """Something that the supervisor did or saw; ``say`` is what the person at the console reads of it."""
        moment = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        record = {"timestamp": moment, "event": f"supervisor.{event}", **fields}
        self._file("supervisor").write(json.dumps(record, ensure_ascii=False, default=str).encode())
        if say:
            self._show("diemcau", say)

    def tail(self, name: str, lines: int = 20) -> str:
        """The last lines of a process's file, at most 64 KiB."""
        path = self._folder / f"{name}.log"
        if not path.exists():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - MAX_LINE_BYTES))
            rows = [short(row, verbose=True) for row in file.read().decode(errors="replace").splitlines()]
        return "\n".join([row for row in rows if row][-lines:])

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _file(self, name: str) -> LogFile:
        if name not in self._files:
            self._files[name] = LogFile(self._folder / f"{name}.log")
        return self._files[name]

    def _show(self, name: str, text: str) -> None:
        for row in text.splitlines():
            # Whoever piped us into something that has ended wants no lines any more, but the run goes on.
            with contextlib.suppress(OSError):
                print(f"{name:<8}| {row[:MAX_SHOWN]}", file=self._console, flush=True)
