"""Where everything stands in the composed picture: a pure function of the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from media.plane import Plate, Program


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; all four numbers are even, because chroma has half the resolution."""

    x: int
    y: int
    width: int
    height: int

    def fitted(self, width: int, height: int) -> Box:
        """The largest box of the shape ``width`` : ``height`` in the middle of this one."""
        if width * self.height >= height * self.width:
            across, down = self.width, self.width * height // width
        else:
            across, down = self.height * width // height, self.height
        across, down = max(2, across & ~1), max(2, down & ~1)
        return Box(self.x + ((self.width - across) // 2 & ~1), self.y + ((self.height - down) // 2 & ~1), across, down)


@dataclass(frozen=True, slots=True)
class Picture:
    """A moving picture: a peer's ``camera`` or ``screen``. ``plate`` is written over its lower edge (``inside``) or under it."""

    box: Box
    peer: str
    kind: Literal["camera", "screen"]
    plate: Plate | None = None
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a deck, an image file."""

    box: Box
    image: str


@dataclass(frozen=True, slots=True)
class Slate:
    """Words alone: before the beginning, in a break, and while nobody is shown. ``left_s``: whole seconds to count down from."""

    title: str
    note: str
    left_s: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """One arrangement. Equal scenes look equal, but for what moves in the pictures."""

    slate: Slate | None = None
    page: Page | None = None
    pictures: tuple[Picture, ...] = ()
    title: str = ""
    """Written small where ``foot`` is."""
    foot: Box | None = None


MOST_TOGETHER, MOST_BESIDE_CONTENT = 4, 2
"""So many speakers at a time are pictured, alone and beside content."""


def scene_of(program: Program, width: int, height: int, wall_us: int) -> Scene:
    """How ``program`` looks at the moment ``wall_us`` on a picture of ``width`` × ``height`` pixels."""
    content = program.content
    image = content.image if content.kind == "deck" else None
    sharer = content.peer if content.kind == "screen" else None
    if program.state != "live" or not (program.speaker or image or sharer):
        return Scene(slate=Slate(program.title, program.note, left_s(program, wall_us)))
    whole = Box(0, 0, width, height)
    speakers = tuple(dict.fromkeys((program.speaker, *program.beside))) if program.speaker else ()
    if not image and not sharer:
        return _speakers_alone(program, speakers, whole)
    if speakers:
        place, tiles, foot = _beside_content(width, height, min(len(speakers), MOST_BESIDE_CONTENT))
    else:
        place, tiles, foot = whole, (), None
    screen = (Picture(place, sharer, "screen"),) if sharer else ()
    cameras = _cameras(program, speakers, tiles)
    return Scene(page=Page(place, image) if image else None, pictures=screen + cameras, title=program.title, foot=foot)


def left_s(program: Program, wall_us: int) -> int | None:
    """What a slate counts down from at that moment; None where nothing is waited for, or its time is over."""
    if program.until_ms is None or program.state == "live":
        return None
    left = -(-(program.until_ms * 1000 - wall_us) // 1_000_000)
    return left if left > 0 else None


def _speakers_alone(program: Program, speakers: tuple[str, ...], whole: Box) -> Scene:
    if len(speakers) == 1:
        plate = program.plates.get(speakers[0])
        return Scene(pictures=(Picture(whole, speakers[0], "camera", plate, inside=True),))
    tiles, foot = _together(whole.width, whole.height, min(len(speakers), MOST_TOGETHER))
    return Scene(pictures=_cameras(program, speakers, tiles), title=program.title, foot=foot)


def _cameras(program: Program, speakers: tuple[str, ...], tiles: tuple[Box, ...]) -> tuple[Picture, ...]:
    pairs = zip(speakers, tiles, strict=False)
    return tuple(Picture(tile, speaker, "camera", program.plates.get(speaker)) for speaker, tile in pairs)


def _caption_height(height: int) -> int:
    """Room under a tile for two lines of name and two of caption."""
    return height * 16 // 100 & ~1


def _together(width: int, height: int, count: int) -> tuple[tuple[Box, ...], Box]:
    """Tiles of equal size, two in a row, one alone in the middle, each with room for its caption; the foot of the picture."""
    margin, caption, foot = (height // 30) & ~1, _caption_height(height), (height // 12) & ~1
    columns, rows = 2, -(-count // 2)
    down = (height - foot - margin - rows * (caption + margin)) // rows
    across = min((width - (columns + 1) * margin) // columns, down * 16 // 9) & ~1
    tile = across * 9 // 16 & ~1
    top = (height - foot - rows * (tile + caption) - (rows - 1) * margin) // 2 & ~1
    tiles = []
    for number in range(count):
        row, column = divmod(number, columns)
        in_row = min(columns, count - row * columns)
        left = (width - in_row * across - (in_row - 1) * margin) // 2 & ~1
        tiles.append(Box(left + column * (across + margin), top + row * (tile + caption + margin), across, tile))
    return tuple(tiles), Box(margin, height - foot, width - 2 * margin & ~1, foot)


def _beside_content(width: int, height: int, count: int) -> tuple[Box, tuple[Box, ...], Box]:
    """The content's place, about three quarters of the width, the speakers', 16:9, at its right, and what is left below them."""
    margin = (height // 40) & ~1
    across = width * 74 // 100 & ~1
    content = Box(margin, margin, across, height - 2 * margin & ~1)
    left = margin + across + margin
    tile = width - left - margin & ~1
    step = (tile * 9 // 16 & ~1) + _caption_height(height) + margin
    top = content.fitted(16, 9).y
    tiles = tuple(Box(left, top + number * step, tile, tile * 9 // 16 & ~1) for number in range(count))
    below = top + count * step
    return content, tiles, Box(left, below, tile, height - margin - below & ~1)
