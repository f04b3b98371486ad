"""The three shapes of a clip, and what of the recording's picture stands where in each: pure.

Wide is the picture as it is. The others follow the speaker: one who fills the picture is cut out of its middle; content keeps its
whole width above, the speaker stands below; words alone, and what has too many pictures, stay whole on the stage's ground.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from media.clips.scenes import Shown
from media.egress.layout import Box


class Shape(enum.StrEnum):
    """Values are stored."""

    WIDE = "16x9"
    SQUARE = "1x1"
    TALL = "9x16"


SIZES: dict[Shape, tuple[int, int]] = {Shape.WIDE: (1280, 720), Shape.SQUARE: (720, 720), Shape.TALL: (720, 1280)}
"""Pixels of the finished picture."""
_MOST_STACKED = {Shape.SQUARE: 2, Shape.TALL: 3}


@dataclass(frozen=True, slots=True)
class Tile:
    """``crop`` of the recording's picture, scaled to fill ``place`` of the clip's."""

    crop: Box
    place: Box


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where everything stands in the clip. ``plate``: the box in which the speaker's name is set anew, over or beside the
    pictures; None where it needs not. ``words_bottom``: the line above which captions stand."""

    tiles: tuple[Tile, ...]
    plate: Box | None = None
    words_bottom: int = 0


def arrange(shown: Shown | None, width: int, height: int, shape: Shape) -> Arrangement:
    """How a moment of a ``width`` × ``height`` picture looks in ``shape``. ``shown`` None: nothing is known of it."""
    across, down = SIZES[shape]
    whole, frame = Box(0, 0, width & ~1, height & ~1), Box(0, 0, across, down)
    if shape is Shape.WIDE:
        return Arrangement((Tile(whole, frame.fitted(width, height)),), words_bottom=down * 80 // 100)
    if shown is None:
        return Arrangement((Tile(whole.fitted(across, down), frame),), words_bottom=down * 88 // 100)
    if shown.content and shown.speakers:
        return _stacked(shown.content, shown.speakers, shape)
    if not shown.content and len(shown.speakers) == 1:
        band = Box(0, down * 82 // 100 & ~1, across, down * 16 // 100 & ~1)
        plate = band if shown.plate and shown.inside else None
        return Arrangement((Tile(shown.speakers[0].fitted(across, down), frame),), plate, down * 80 // 100)
    if not shown.content and 1 < len(shown.speakers) <= _MOST_STACKED[shape]:
        return Arrangement(tuple(_in_rows(shown.speakers, frame)), words_bottom=down * 94 // 100)
    return Arrangement((_inside(shown.content or whole, frame),), words_bottom=down * 94 // 100)


def _stacked(content: Box, speakers: tuple[Box, ...], shape: Shape) -> Arrangement:
    if shape is Shape.TALL:
        tiles = (_inside(content, Box(0, 64, 720, 420)), *_in_a_row(speakers, Box(0, 496, 720, 406)))
        return Arrangement(tiles, Box(0, 1050, 720, 204), 1036)
    tiles = (_inside(content, Box(0, 0, 720, 406)), *_in_a_row(speakers[:1], Box(20, 410, 320, 176)))
    return Arrangement(tiles, Box(344, 410, 372, 176), 714)


def _in_rows(boxes: Sequence[Box], place: Box) -> list[Tile]:
    down = place.height // len(boxes) & ~1
    return [_inside(box, Box(place.x, place.y + row * down, place.width, down)) for row, box in enumerate(boxes)]


def _in_a_row(boxes: Sequence[Box], place: Box) -> list[Tile]:
    across = place.width // len(boxes) & ~1
    return [_inside(box, Box(place.x + column * across, place.y, across, place.height)) for column, box in enumerate(boxes)]


def _inside(crop: Box, place: Box) -> Tile:
    """All of ``crop``, as large as it goes in the middle of ``place``."""
    return Tile(crop, place.fitted(crop.width, crop.height))
