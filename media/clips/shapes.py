"""The three shapes of a clip, and what of the recording's picture stands where in each: pure.

Wide is the picture as it is. The others follow the speakers: one who fills the picture is cut out of its middle; several stand
one below the other; content keeps its whole width above, the speakers stand below. Names that the crops cut off are set anew
beside or under each picture. Words alone stay whole on the stage's ground.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from media.clips.scenes import Shown, Speaker
from media.egress.layout import Box


class Shape(enum.StrEnum):
    """Values are stored."""

    WIDE = "16x9"
    SQUARE = "1x1"
    TALL = "9x16"


SIZES: dict[Shape, tuple[int, int]] = {Shape.WIDE: (1280, 720), Shape.SQUARE: (720, 720), Shape.TALL: (720, 1280)}
"""Pixels of the finished picture."""
_CAPTIONS_PX = 128
"""Height of two lines of captions on pictures that are 720 pixels wide; a test holds it against how they are drawn."""
_GAP = 12
_BESIDE_SHARE = 0.56
"""Of the width, the most that a picture may take whose name stands beside it."""
_MOST_UNDER = {Shape.SQUARE: 0, Shape.TALL: 3}
"""So many pictures at a time have their names under them; where there are more, beside them."""


@dataclass(frozen=True, slots=True)
class Tile:
    """``crop`` of the recording's picture, scaled to fill ``place`` of the clip's."""

    crop: Box
    place: Box


@dataclass(frozen=True, slots=True)
class Band:
    """Where the name of one speaker is set anew, over or beside the pictures."""

    box: Box
    speaker: Speaker


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where everything stands in the clip. ``bands``: of speakers whose names are known and would be lost else. ``words_bottom``:
    the line above which captions stand."""

    tiles: tuple[Tile, ...]
    bands: tuple[Band, ...] = ()
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
        return _below_content(shown.content, shown.speakers, shape)
    if not shown.content and len(shown.speakers) == 1:
        speaker = shown.speakers[0]
        over = Box(0, down * 82 // 100 & ~1, across, down * 16 // 100 & ~1)
        bands = _named([(over, speaker)]) if shown.inside else ()
        return Arrangement((Tile(speaker.box.fitted(across, down), frame),), bands, down * 80 // 100)
    bottom = down * 94 // 100
    if not shown.content and shown.speakers:
        top = down // 40 & ~1
        place = Box(0, top, across, bottom - _CAPTIONS_PX - _GAP - top & ~1)
        return _one_below_the_other(shown.speakers, place, shape, bottom)
    return Arrangement((_inside(shown.content or whole, frame),), words_bottom=bottom)


def _below_content(content: Box, speakers: tuple[Speaker, ...], shape: Shape) -> Arrangement:
    first = speakers[0]
    if shape is Shape.TALL and len(speakers) == 1:
        both = (_inside(content, Box(0, 64, 720, 420)), _inside(first.box, Box(0, 496, 720, 406)))
        return Arrangement(both, _named([(Box(0, 1050, 720, 204), first)]), 1036)
    if shape is Shape.TALL:
        tiles, bands = _beside_names(speakers, Box(20, 510, 680, 516))
        return Arrangement((_inside(content, Box(0, 64, 720, 420)), *tiles), bands, 1180)
    tiles, bands = _beside_names(speakers, Box(20, 410, 680, 176))
    return Arrangement((_inside(content, Box(0, 0, 720, 406)), *tiles), bands, 714)


def _one_below_the_other(speakers: tuple[Speaker, ...], place: Box, shape: Shape, bottom: int) -> Arrangement:
    if len(speakers) <= _MOST_UNDER[shape]:
        tiles, bands = _over_names(speakers, place)
    else:
        tiles, bands = _beside_names(speakers, Box(place.x + 20, place.y, place.width - 40, place.height))
    return Arrangement(tiles, bands, bottom)


def _over_names(speakers: Sequence[Speaker], place: Box) -> tuple[tuple[Tile, ...], tuple[Band, ...]]:
    """Pictures one below the other, each with its name under it."""
    tiles, names = [], []
    name_px = 96 if len(speakers) < 3 else 84
    for row, speaker in zip(_rows(place, len(speakers)), speakers, strict=True):
        tile = _inside(speaker.box, Box(row.x, row.y, row.width, row.height - name_px))
        tiles.append(tile)
        left, top = tile.place.x, tile.place.y + tile.place.height
        names.append((Box(left, top, row.x + row.width - left, name_px), speaker))
    return tuple(tiles), _named(names)


def _beside_names(speakers: Sequence[Speaker], place: Box) -> tuple[tuple[Tile, ...], tuple[Band, ...]]:
    """Pictures one below the other at the left, each with its name at its right."""
    tiles, names = [], []
    most = int(place.width * _BESIDE_SHARE) & ~1
    for row, speaker in zip(_rows(place, len(speakers)), speakers, strict=True):
        size = Box(0, 0, most, row.height).fitted(speaker.box.width, speaker.box.height)
        box = Box(row.x, row.y + ((row.height - size.height) // 2 & ~1), size.width, size.height)
        tiles.append(Tile(speaker.box, box))
        left = box.x + box.width + 4
        names.append((Box(left, box.y, row.x + row.width - left, box.height), speaker))
    return tuple(tiles), _named(names)


def _rows(place: Box, count: int) -> list[Box]:
    step = (place.height + _GAP) // count & ~1
    return [Box(place.x, place.y + row * step, place.width, step - _GAP) for row in range(count)]


def _named(places: Sequence[tuple[Box, Speaker]]) -> tuple[Band, ...]:
    return tuple(Band(box, speaker) for box, speaker in places if speaker.name)


def _inside(crop: Box, place: Box) -> Tile:
    """All of ``crop``, as large as it goes in the middle of ``place``."""
    return Tile(crop, place.fitted(crop.width, crop.height))
