"""A recording's pictures and sound, opened: for the worker alone, as the libraries for it take a second to load."""

from __future__ import annotations

import io

import av

from media.clips.plan import Source
from media.clips.source import listed, status_of
from media.egress.hls import PLAYLIST
from media.models import Recording


def source_of(recording: Recording) -> Source | None:
    """The recording's pictures and sound; None where they are not whole or cannot be read."""
    status, hls = status_of(recording), recording.folder.resolve() / "hls"
    if status is None:
        return None
    try:
        segments = listed((hls / PLAYLIST).read_text(encoding="utf-8"))
        first = segments[0]
        begin = io.BytesIO((hls / first.init).read_bytes() + (hls / first.name).read_bytes())
        with av.open(begin, "r") as container:
            stream = container.streams.video[0]
            frame = next(container.decode(stream))
            return Source(
                hls=hls,
                segments=segments,
                width=frame.width,
                height=frame.height,
                fps=status.fps,
                origin_s=float(frame.time or 0.0),
                has_sound=bool(container.streams.audio),
            )
    except (OSError, UnicodeDecodeError, IndexError, StopIteration, av.FFmpegError):
        return None
