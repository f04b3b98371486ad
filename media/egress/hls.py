"""The playlist that grows (RFC 8216): segments that are whole before they are named, and what a restart needs to go on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

PLAYLIST = "index.m3u8"
_EXTINF = re.compile(r"#EXTINF:([0-9.]+)")
_MAP = re.compile(r'#EXT-X-MAP:URI="(init(?:-[0-9]+)?\.mp4)"')


@dataclass(frozen=True, slots=True)
class Segment:
    """One listed segment. ``init`` names its initialisation segment."""

    name: str
    duration_s: float
    init: str


@dataclass
class Playlist:
    """A playlist of type EVENT: it only grows, and is final once ended."""

    zero_ms: int
    target_s: int
    segments: list[Segment] = field(default_factory=list)
    ended: bool = False

    def text(self) -> str:
        """The playlist as a player reads it."""
        lines = [
            "#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{self.target_s}", "#EXT-X-MEDIA-SEQUENCE:1",
            "#EXT-X-PLAYLIST-TYPE:EVENT", "#EXT-X-INDEPENDENT-SEGMENTS",
        ]  # fmt: skip
        init = None
        for segment in self.segments:
            if segment.init != init:
                lines += ["#EXT-X-DISCONTINUITY"] if init else []
                lines.append(f'#EXT-X-MAP:URI="{segment.init}"')
                if init is None:
                    moment = datetime.fromtimestamp(self.zero_ms / 1000, UTC)
                    lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{moment.isoformat(timespec='milliseconds')}")
                init = segment.init
            lines += [f"#EXTINF:{segment.duration_s:.6f},", segment.name]
        return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if self.ended else [])]) + "\n"

    @property
    def duration_s(self) -> float:
        return sum(segment.duration_s for segment in self.segments)


def segment_name(number: int) -> str:
    """The file of segment ``number``, counted from 1."""
    return f"seg-{number:05d}.m4s"


def read_playlist(folder: Path, zero_ms: int, target_s: int) -> Playlist:
    """The playlist in ``folder`` as far as its segments are there, in full length and in order; else an empty one."""
    playlist = Playlist(zero_ms, target_s)
    try:
        lines = (folder / PLAYLIST).read_text().splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return playlist
    init, duration = "init.mp4", 0.0
    for line in lines:
        if found := _MAP.match(line):
            init = found[1]
        elif found := _EXTINF.match(line):
            duration = float(found[1])
        elif line == "#EXT-X-ENDLIST":
            playlist.ended = True
        elif line and not line.startswith("#"):
            whole = abs(duration - target_s) < 1e-6 or lines[-1] == "#EXT-X-ENDLIST"
            if line != segment_name(len(playlist.segments) + 1) or not whole or not _there(folder, line, init):
                break
            playlist.segments.append(Segment(line, duration, init))
    return playlist


def _there(folder: Path, *names: str) -> bool:
    return all((folder / name).is_file() and (folder / name).stat().st_size for name in names)


class HlsWriter:
    """Writes segments into ``folder`` and names them in the playlist, through ``write(path, data)``."""

    def __init__(self, folder: Path, playlist: Playlist, write: Callable[[Path, bytes], None]) -> None:
        self.playlist = playlist
        self._folder = folder
        self._write = write
        self._init = "init.mp4"

    def begin(self, initialisation: bytes) -> None:
        """Take the initialisation segment of the encoders that run now; a new file where an older one differs."""
        count = 1
        while (path := self._folder / self._init).is_file() and path.read_bytes() != initialisation:
            count += 1
            self._init = f"init-{count}.mp4"
        if not path.is_file():
            self._write(path, initialisation)

    def add(self, data: bytes, duration_s: float) -> None:
        """The next segment. Returns once it is in the playlist on disk."""
        name = segment_name(len(self.playlist.segments) + 1)
        self._write(self._folder / name, data)
        self.playlist.segments.append(Segment(name, duration_s, self._init))
        self._save()

    def end(self) -> None:
        """Nothing more will come."""
        self.playlist.ended = True
        self._save()

    def _save(self) -> None:
        self._write(self._folder / PLAYLIST, self.playlist.text().encode())
