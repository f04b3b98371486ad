"""A recording as clips are cut from it: what its files say."""

from __future__ import annotations

import io

import av

from media.clips.plan import Source
from media.clips.scenes import PageSize, Scenes, keep, read, scenes_of
from media.egress.artwork import load_page
from media.egress.hls import read_playlist
from media.egress.status import Status, read_status
from media.egress.tail import ProgramLog
from media.models import Recording


def status_of(recording: Recording) -> Status | None:
    """What became of the recording's files; None unless they are whole."""
    status = read_status(recording.folder)
    return status if status is not None and status.state == "done" else None


def source_of(recording: Recording) -> Source | None:
    """The recording's pictures and sound; None where they are not whole or cannot be read."""
    status, hls = status_of(recording), recording.folder.resolve() / "hls"
    if status is None:
        return None
    playlist = read_playlist(hls, status.zero_ms, 2)
    if not playlist.segments or not playlist.ended:
        return None
    first = playlist.segments[0]
    try:
        begin = io.BytesIO((hls / first.init).read_bytes() + (hls / first.name).read_bytes())
        with av.open(begin, "r") as container:
            stream = container.streams.video[0]
            frame = next(container.decode(stream))
            return Source(
                hls=hls,
                segments=tuple(playlist.segments),
                width=frame.width,
                height=frame.height,
                fps=status.fps,
                origin_s=float(frame.time or 0.0),
                has_sound=bool(container.streams.audio),
            )
    except (OSError, IndexError, StopIteration, av.FFmpegError):
        return None


def scenes_kept(recording: Recording) -> Scenes | None:
    """What stood where in the recording's picture: as it was kept, else from the capture, which is kept then. None where both are
    gone, and for what was no session."""
    return read(recording.folder) or keep_scenes(recording)


def keep_scenes(recording: Recording) -> Scenes | None:
    """Read the arrangement off the capture's program log, and keep it in the recording's folder."""
    status = read_status(recording.folder)
    log = ProgramLog(recording.capture_folder / "program.jsonl", recording.public_id, lambda code, name: None)
    log.poll()
    if status is None or not log.entries:
        return None
    scenes = scenes_of(log.entries, status.height * 16 // 9 & ~1, status.height, _page_size())
    keep(recording.folder, scenes)
    return scenes


def _page_size() -> PageSize:
    sizes: dict[str, tuple[int, int] | None] = {}

    def size(path: str) -> tuple[int, int] | None:
        if path not in sizes:
            page = load_page(path)
            sizes[path] = page.size if page else None
        return sizes[path]

    return size
