"""All tracks of a recording's capture, by peer: who reads the capture into pictures and voices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path

from media.capture import Record, TrackHeader
from media.egress.clocks import PeerClock
from media.egress.pictures import PictureSource
from media.egress.tail import CaptureFolder, ProgramLog, Warn
from media.egress.voices import Microphone


class Stage:
    """The tracks of ``folder``, positioned against ``zero_us``. What arrived before ``from_us`` is passed over unread."""

    def __init__(self, folder: Path, recording: str, zero_us: int, warn: Warn, from_us: int = 0) -> None:
        self.microphones: dict[str, list[Microphone]] = defaultdict(list)
        self._zero_us, self._from_us = zero_us, from_us
        self._sources: dict[tuple[str, str], PictureSource] = defaultdict(PictureSource)
        self._clocks: dict[str, PeerClock] = defaultdict(PeerClock)
        self._warn = warn
        self._folder = CaptureFolder(folder, recording, self._on_track, warn)
        self._read_us = zero_us

    @property
    def program(self) -> ProgramLog:
        return self._folder.program

    def source(self, peer: str, kind: str) -> PictureSource:
        """A peer's ``camera`` or ``screen``, whether or not it ever sent."""
        return self._sources[peer, kind]

    def read_until(self, at_us: int) -> None:
        """Take in all packets that arrived at or before ``at_us``."""
        self._folder.read_until(at_us)
        self._read_us = at_us
        for files in self.microphones.values():
            for file in files:
                file.expire(at_us)

    def look(self) -> None:
        """See :meth:`CaptureFolder.look`; for where nothing is read for long."""
        self._folder.look()

    def skip(self, wall_us: int, *, but: Collection[tuple[str, str]] = ()) -> None:
        """Let the pictures' time pass up to ``wall_us`` without looking, except at those in ``but``."""
        for key, source in self._sources.items():
            if key not in but:
                source.skip(wall_us, self._read_us)

    def last_us(self) -> int:
        """When the last record of a finished capture arrived. Reads everything; for a stage of its own."""
        return self._folder.last_us() or self._zero_us

    def skip_voices(self, position: int) -> None:
        """Let the voices' time pass unheard up to ``position``."""
        for files in self.microphones.values():
            for file in files:
                file.skip(position)

    def close(self) -> None:
        self._folder.close()

    def _on_track(self, header: TrackHeader) -> Callable[[Record], None]:
        clock = self._clocks[header.peer]
        if header.kind == "mic" and header.codec == "opus":
            microphone = Microphone(header, clock, self._zero_us)
            self.microphones[header.peer].append(microphone)
            return self._from_then_on(microphone.take)
        if header.kind != "mic" and header.codec in ("vp8", "h264"):
            return self._from_then_on(self._sources[header.peer, header.kind].add(header, clock).take)
        self._warn("capture.unknown_codec", header.codec)
        return _ignore

    def _from_then_on(self, take: Callable[[Record], None]) -> Callable[[Record], None]:
        def sink(record: Record) -> None:
            if record.at_us >= self._from_us:
                take(record)

        return sink


def _ignore(record: Record) -> None:
    """A track that cannot be decoded here."""
