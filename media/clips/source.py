"""A recording as clips are cut from it: what its files say, but for its pictures and sound (:mod:`media.clips.opened`)."""

from __future__ import annotations

import re
from pathlib import Path

import structlog
from PIL import Image

from media.clips.scenes import PageSize, Scenes, keep, read, scenes_of
from media.egress.hls import Segment
from media.egress.status import Status, read_status
from media.egress.tail import ProgramLog
from media.models import Recording

log = structlog.get_logger(__name__)

_EXTINF = re.compile(r"#EXTINF:([0-9.]+)")
_MAP = re.compile(r'#EXT-X-MAP:URI="([^"/]+)"')


def status_of(recording: Recording) -> Status | None:
    """What became of the recording's files; None unless they are whole."""
    status = read_status(recording.folder)
    return status if status is not None and status.state == "done" else None


def listed(playlist: str) -> tuple[Segment, ...]:
    """The segments of a media playlist (RFC 8216), whoever wrote it."""
    segments: list[Segment] = []
    init, duration_s = "init.mp4", 0.0
    for line in playlist.splitlines():
        if found := _MAP.match(line):
            init = found[1]
        elif found := _EXTINF.match(line):
            duration_s = float(found[1])
        elif line and not line.startswith("#"):
            segments.append(Segment(line, duration_s, init))
    return tuple(segments)


def scenes_kept(recording: Recording) -> Scenes | None:
    """What stood where in the recording's picture: as it was kept, else from the capture, which is kept then. None where both are
    gone, and for what was no session."""
    return read(recording.folder) or keep_scenes(recording)


def keep_scenes(recording: Recording) -> Scenes | None:
    """Read the arrangement off the capture's program log, and keep it in the recording's folder. Where the disk refuses, it is
    read again when it is needed."""
    status = read_status(recording.folder)
    history = ProgramLog(recording.capture_folder / "program.jsonl", recording.public_id, lambda code, name: None)
    history.poll()
    if status is None or not history.entries:
        return None
    scenes = scenes_of(history.entries, status.height * 16 // 9 & ~1, status.height, _page_size())
    try:
        keep(recording.folder, scenes)
    except OSError as error:
        log.warning("clip.scenes_not_kept", recording=recording.public_id, error=type(error).__name__)
    return scenes


def _page_size() -> PageSize:
    sizes: dict[str, tuple[int, int] | None] = {}

    def size(path: str) -> tuple[int, int] | None:
        if path not in sizes:
            sizes[path] = _size_of(Path(path))
        return sizes[path]

    return size


def _size_of(path: Path) -> tuple[int, int] | None:
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            return image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
