"""Moments of a recording as people write them, and as numbers of frames: pure."""

from __future__ import annotations

import re

_WRITTEN = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,3}))?|(\d{1,6})(?:[.,](\d{1,3}))?")


def parse_ms(text: str) -> int | None:
    """``h:mm:ss.mmm`` in milliseconds; hours and the part after the point may be left out, seconds may stand alone. The point may
    be a comma. None where it is no time."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds, part, alone, alone_part = found.groups()
    if alone is not None:
        return int(alone) * 1000 + _part_ms(alone_part)
    if int(seconds) > 59 or (hours is not None and int(minutes) > 59):
        return None
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + _part_ms(part)


def _part_ms(digits: str | None) -> int:
    return int((digits or "0").ljust(3, "0"))


def written(ms: int) -> str:
    """The same back: ``0:04:09.280``."""
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def frame_at(ms: int, fps: int) -> int:
    """The number of the frame that a player shows at ``ms``. A written time knows whole ms, and a frame's own moment may lie
    between two: so the frame that begins up to 1 ms later counts as begun."""
    return (ms + 1) * fps // 1000


def frame_ms(frame: int, fps: int) -> int:
    """The moment of a frame, rounded to ms: :func:`frame_at` gives the frame back, up to 60 frames a second."""
    return round(frame * 1000 / fps)
