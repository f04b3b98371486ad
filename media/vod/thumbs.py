"""The small pictures above the time bar: how far apart they are, and the list (WebVTT) that finds each in its sheet: pure."""

from __future__ import annotations

import math

TILE_WIDTH, TILE_HEIGHT, COLUMNS, ROWS = 160, 90, 10, 10
INDEX = "index.vtt"
_LONG_S = 2 * 3600


def every_s(duration_s: float) -> int:
    """Seconds from one picture to the next: a multiple of a segment's length, larger where the recording is long."""
    return 6 if duration_s <= _LONG_S else 10


def index_vtt(duration_ms: int) -> str:
    """WebVTT whose cues are addresses of parts of the sheets (media fragments, W3C Media Fragments URI 1.0 §4.2.2)."""
    each_ms = 1000 * every_s(duration_ms / 1000)
    lines = ["WEBVTT", ""]
    for number in range(math.ceil(duration_ms / each_ms)):
        sheet, place = divmod(number, COLUMNS * ROWS)
        row, column = divmod(place, COLUMNS)
        begin_ms = number * each_ms
        lines += [
            f"{_stamp(begin_ms)} --> {_stamp(min(duration_ms, begin_ms + each_ms))}",
            f"sheet-{sheet + 1:03d}.jpg#xywh={column * TILE_WIDTH},{row * TILE_HEIGHT},{TILE_WIDTH},{TILE_HEIGHT}",
            "",
        ]
    return "\n".join(lines)


def _stamp(ms: int) -> str:
    minutes, rest_ms = divmod(ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest_ms // 1000:02d}.{rest_ms % 1000:03d}"
