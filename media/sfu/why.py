"""What a viewer is sent in a picture slot, and why just that, in words that a technician can act on."""

from __future__ import annotations

from typing import Literal

from media.plane import PictureState
from media.sfu.down import DownTrack
from media.sfu.layer import Layer

Why = Literal["best", "line", "rising", "paused", "waiting", "silent", "codec"]
"""See :class:`media.plane.PictureState`."""


def state(mid: Literal["content", "speaker"], track: DownTrack, now_us: int, *, rises: bool) -> PictureState | None:
    """The slot as it is now; None where nothing belongs there. ``rises``: the line would carry more, it only takes its time."""
    source = track.source
    if source is None:
        return PictureState(slot=mid, why="codec") if track.refused is not None else None
    flowing = source.flowing(now_us)
    reason = _why(track, flowing, rises=rises)
    layer = track.current
    if layer is None or reason == "silent":
        return PictureState(slot=mid, why=reason)
    width, height = layer.size or (None, None)
    return PictureState(slot=mid, layer=layer.rid or "", width=width, height=height, bps=round(layer.bps), why=reason)


def _why(track: DownTrack, flowing: list[Layer], *, rises: bool) -> Why:
    current, pending = track.current, track.pending
    if not flowing:
        return "silent"
    if current is None:
        return "paused" if pending is None else "waiting"
    if current not in flowing:
        return "waiting"
    if current is flowing[-1]:
        return "best"
    higher = pending in flowing and flowing.index(pending) > flowing.index(current)
    return "rising" if rises or higher else "line"
