"""The files of a recording: how much of what there is, whether it is whole, and taking them away.

Taking away may be done again at any time, by anybody, after having been interrupted anywhere.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from media.egress.hls import read_playlist
from media.egress.status import read_status

_PLAYABLE = ("hls", "full")
_SPARE = re.compile(r"[0-9]+p|thumbs|\.ladder")
"""Folders below a recording's that can be made again from what plays: smaller pictures and their parts, and thumbnails."""
_TOLERANCE_MS = 100


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes on the disk, by what they are."""

    capture: int = 0
    """As it came from the network."""
    playable: int = 0
    """What plays in full size."""
    spare: int = 0
    """Smaller pictures and previews."""
    download: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))


def sizes(folder: Path, capture: Path) -> Sizes:
    """Of the recording whose folder and whose capture's folder these are; folders that are not there have nothing."""
    found = {"capture": _bytes(capture), "playable": 0, "spare": 0, "download": 0, "other": 0}
    for path in _entries(folder):
        if path.name in _PLAYABLE:
            kind = "playable"
        elif _SPARE.fullmatch(path.name):
            kind = "spare"
        elif path.name == "video.mp4":
            kind = "download"
        else:
            kind = "other"
        found[kind] += _bytes(path)
    return Sizes(**found)


def is_whole(folder: Path) -> bool:
    """Whether what plays is complete: it has its end, every segment is there, and together they last as long as they should."""
    status = read_status(folder)
    if status is None or status.state != "done":
        return False
    playlist = read_playlist(folder / "hls", status.zero_ms, 0)  # of one that has its end, no length is asked
    return playlist.ended and abs(playlist.duration_s * 1000 - status.duration_ms) <= _TOLERANCE_MS


def remove(*folders: Path) -> None:
    """Take these folders away with all that is in them, also where others take parts of it away meanwhile. Raises OSError where
    something remains."""
    for folder in folders:
        shutil.rmtree(folder, onerror=_unless_gone)


def _unless_gone(_function: object, _path: str, found: tuple[type[BaseException], BaseException, object]) -> None:
    if not isinstance(found[1], FileNotFoundError):
        raise found[1]


def remove_spare(folder: Path) -> list[str]:
    """Take away what can be made again; returns the names of what went. Raises OSError."""
    spare = [path for path in _entries(folder) if path.is_dir() and _SPARE.fullmatch(path.name)]
    remove(*spare)
    return [path.name for path in spare]


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _bytes(path: Path) -> int:
    return sum(_size(each) for each in _walk(path))


def _walk(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        for entry in _entries(path):
            yield from _walk(entry)
    else:
        yield path


def _size(path: Path) -> int:
    with suppress(OSError):  # it went while it was looked at
        return path.lstat().st_size
    return 0
