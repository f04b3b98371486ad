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
    """Words alone: before the beginning, in a break, and while nobody is shown."""

    title: str
    note: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One arrangement. Equal scenes look equal, but for what moves in the pictures."""

    slate: Slate | None = None
    page: Page | None = None
    pictures: tuple[Picture, ...] = ()
    title: str = ""
    """Written small under the speaker beside content."""


def scene_of(program: Program, width: int, height: int) -> Scene:
    """How ``program`` looks on a picture of ``width`` × ``height`` pixels."""
    content = program.content
    image = content.image if content.kind == "deck" else None
    sharer = content.peer if content.kind == "screen" else None
    if program.state != "live" or not (program.speaker or image or sharer):
        return Scene(slate=Slate(program.title, program.note))
    speaker = program.speaker
    plate = program.plates.get(speaker) if speaker else None
    whole = Box(0, 0, width, height)
    if not image and not sharer and speaker:
        return Scene(pictures=(Picture(whole, speaker, "camera", plate, inside=True),))
    if speaker:
        place, camera = _beside(width, height)
    else:
        place, camera = whole, None
    pictures: tuple[Picture, ...] = (Picture(place, sharer, "screen"),) if sharer else ()
    if camera and speaker:
        pictures += (Picture(camera, speaker, "camera", plate),)
    return Scene(page=Page(place, image) if image else None, pictures=pictures, title=program.title if camera else "")


def _beside(width: int, height: int) -> tuple[Box, Box]:
    """The content's place, about three quarters of the width, and the speaker's, 16:9, at its upper right."""
    margin = (height // 40) & ~1
    across = width * 74 // 100 & ~1
    content = Box(margin, margin, across, height - 2 * margin & ~1)
    left = margin + across + margin
    tile = width - left - margin & ~1
    top = content.fitted(16, 9).y
    return content, Box(left, top, tile, tile * 9 // 16 & ~1)
