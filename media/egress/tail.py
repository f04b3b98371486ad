"""Reading a capture while it grows (format: :mod:`media.capture`)."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from media.capture import (
    CONTINUES,
    HEADER,
    MOMENT,
    WRITTEN,
    Record,
    RecordReader,
    TrackHeader,
    next_part,
    stream_and_part,
)
from media.plane import Program

_CHUNK_BYTES = 1 << 17
_CHECK_US = 200_000
"""How often the folder is looked through for new files."""

Warn = Callable[[str, str], None]
"""Told a code and the file's name, once per kind of trouble and file."""


class Written:
    """Until when all is in the files of a capture."""

    def __init__(self, capture: Path) -> None:
        self._path = capture / WRITTEN

    def until_us(self) -> int | None:
        """The moment (µs since 1970); None where the capture does not tell."""
        with suppress(OSError, struct.error):
            moment: int = MOMENT.unpack(self._path.read_bytes())[0]
            return moment
        return None


class CaptureFile:
    """One track's file and the parts in which it goes on: its header, then its records up to a moment, as far as they are
    written."""

    def __init__(self, path: Path, warn: Warn) -> None:
        self.path = path
        self.header: TrackHeader | None = None
        self._file = path.open("rb")
        self._reader = RecordReader()
        self._records: Iterator[Record] = iter(())
        self._ahead: Record | None = None
        self._warn = warn
        self._broken = False
        self._goes_on = False

    def read_until(self, at_us: int) -> Iterator[Record]:
        """The next records that arrived at or before ``at_us``; fewer while they are not in the file yet."""
        while (record := self._ahead or self._next()) is not None:
            if record.at_us > at_us:
                self._ahead = record
                return
            self._ahead = None
            if self.header is not None:
                yield record
            elif not self._take_header(record):
                return

    def close(self) -> None:
        self._file.close()

    def _take_header(self, record: Record) -> bool:
        try:
            if record.type != HEADER:
                raise ValueError("no header")
            self.header = TrackHeader.decode(record.data)
        except (ValueError, TypeError):
            self._give_up()
        return not self._broken

    def _next(self) -> Record | None:
        while not self._broken and not (self._goes_on and not self._turn()):
            if (record := next(self._records, None)) is not None:
                if record.type == CONTINUES:
                    self._goes_on = True
                elif record.type != HEADER or self.header is None:
                    return record
                continue
            if self._reader.damaged:
                self._give_up()
            elif data := self._file.read(_CHUNK_BYTES):
                self._records = self._reader.feed(data)
            else:
                return None
        return None

    def _turn(self) -> bool:
        """Go on in the next part; False while it is not there."""
        path = next_part(self.path)
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        self._file.close()
        self.path, self._file, self._reader, self._records = path, file, RecordReader(), iter(())
        self._goes_on = False
        return True

    def _give_up(self) -> None:
        """What comes after damage is not trusted; what came before it is whole."""
        self._broken = True
        self._warn("capture.damaged", self.path.name)


@dataclass
class ProgramLog:
    """``program.jsonl`` as far as it is written: who spoke and what was shown, from when on."""

    path: Path
    recording: str
    warn: Warn
    entries: list[tuple[int, Program]] = field(default_factory=list)
    end_us: int | None = None
    """When the recording ended: the session ended, or its program no longer names this recording."""
    _position: int = 0
    _cursor: int = 0

    def poll(self) -> None:
        """Take in the lines that were added. A torn last line waits for its end."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._position)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data.rfind(b"\n") + 1
        self._position += whole
        for line in data[:whole].splitlines():
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            entry = json.loads(line)
            at_us, program = int(entry["at_us"]), Program.model_validate(entry["program"])
        except (ValueError, KeyError, TypeError, ValidationError):
            self.warn("program.damaged", self.path.name)
            return
        if self.end_us is not None:
            return
        if self.entries:
            at_us = max(at_us, self.entries[-1][0])
        if self.entries and (program.state == "ended" or program.recording != self.recording):
            self.end_us = at_us
        else:
            self.entries.append((at_us, program))

    @property
    def zero_us(self) -> int | None:
        """Second 0 of the recording on the wall clock, or None before the first line."""
        return self.entries[0][0] if self.entries else None

    def at(self, wall_us: int) -> Program:
        """The program that held at ``wall_us`` (the first one before it). Cheap where time moves on."""
        if self._cursor >= len(self.entries) or self.entries[self._cursor][0] > wall_us:
            self._cursor = 0
        while self._cursor + 1 < len(self.entries) and self.entries[self._cursor + 1][0] <= wall_us:
            self._cursor += 1
        return self.entries[self._cursor][1]


class CaptureFolder:
    """All files of one recording's capture. ``on_track`` is called with each new file once its header is known, and gives
    back what takes the file's records."""

    def __init__(
        self, path: Path, recording: str, on_track: Callable[[TrackHeader], Callable[[Record], None]], warn: Warn
    ) -> None:
        self.program = ProgramLog(path / "program.jsonl", recording, warn)
        self._path = path
        self._on_track = on_track
        self._warn = warn
        self._files: dict[str, CaptureFile] = {}
        self._sinks: dict[str, Callable[[Record], None]] = {}
        self._looked_us = -_CHECK_US

    def read_until(self, at_us: int) -> None:
        """Hand on everything that arrived at or before ``at_us`` and is written."""
        if abs(at_us - self._looked_us) >= _CHECK_US:
            self._looked_us = at_us
            self.look()
        for name, file in self._files.items():
            for record in file.read_until(at_us):
                self._sink(name, file)(record)

    def look(self) -> None:
        """Take in the programs and files that were added, and let go of files that were deleted."""
        self.program.poll()
        self._look()

    def last_us(self) -> int | None:
        """When the last record arrived, of a capture that no longer grows. Reads all of it; for a new instance."""
        self.look()
        last = self.program.entries[-1][0] if self.program.entries else None
        for file in self._files.values():
            for record in file.read_until(1 << 62):
                last = max(last or 0, record.at_us)
        return last

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _look(self) -> None:
        """Find new tracks, the earliest part that is there of each; leave those whose files were deleted as composed."""
        firsts: dict[str, tuple[int, Path]] = {}
        for path in self._path.glob("*.cap"):
            stream, part = stream_and_part(path)
            firsts[stream] = min(firsts.get(stream, (part, path)), (part, path))
        for stream, (_, path) in sorted(firsts.items()):
            if stream not in self._files:
                with suppress(FileNotFoundError):  # deleted since
                    self._files[stream] = CaptureFile(path, self._warn)
        for stream in self._files.keys() - firsts.keys():
            self._files.pop(stream).close()  # else what it takes on the disk is not free

    def _sink(self, name: str, file: CaptureFile) -> Callable[[Record], None]:
        sink = self._sinks.get(name)
        if sink is None:
            if file.header is None:
                raise AssertionError("records come after the header")
            sink = self._sinks[name] = self._on_track(file.header)
        return sink
