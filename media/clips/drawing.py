"""The pictures that lie over a clip or stand before it: title card, name bands, captions. In the house's type and colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from media.clips.shapes import Band
from media.egress.artwork import BRAND, GOLD, INK, MUTED, STAGE
from media.egress.typeset import Typeface, typeface

_CAPTION_SHARE = {True: 0.052, False: 0.062}
"""Size of a caption's letters: of the height where the picture is wide, else of the width."""
_WIDE_ENOUGH = 0.86
"""Share of the picture's width that a caption may take."""
_NAME_PX, _OFFICE_PX = (28, 36), (22, 26)
"""Smallest and largest letters of a band: what is smaller cannot be read on a telephone."""
_BAND_PAD_PX = 44


@dataclass(frozen=True, slots=True)
class CardWords:
    """What the title card says."""

    title: str
    conference: str
    date: str
    speaker: str = ""
    office: str = ""


def caption_face(width: int, height: int) -> tuple[Typeface, int]:
    """The type of captions on a picture of this size, and how wide a line may be: legible on a telephone held upright."""
    size = height * _CAPTION_SHARE[True] if width > height else width * _CAPTION_SHARE[False]
    return typeface(round(size / 2) * 2, bold=True), int(width * _WIDE_ENOUGH)


def overlay(width: int, height: int, bands: Sequence[Band], lines: Sequence[str], bottom: int) -> Image.Image:
    """What lies over the picture: RGBA, empty where there is nothing. ``lines`` stand in the middle above ``bottom``."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    largest = min((name_lines(band)[0].size_px for band in bands), default=0)
    for band in bands:
        _draw_band(image, band, largest)
    if lines:
        _draw_captions(image, lines, bottom)
    return image


def title_card(words: CardWords, width: int, height: int) -> Image.Image:
    """Title, speaker, conference and date on the stage's ground, under the mark: RGB, ``width`` × ``height``."""
    image = Image.new("RGB", (width, height), STAGE)
    unit = min(width, height) / 720
    inside, left = int(width * 0.84), int(width * 0.08)
    title_face, name_face, small = (
        typeface(_even(size * unit), bold=bold) for size, bold in ((54, True), (36, True), (28, False))
    )
    blocks = [
        (title_face, title_face.lines(words.title, inside, 4 if height > width else 3), INK, 0),
        (name_face, name_face.lines(words.speaker, inside, 2), GOLD, 26),
        (small, small.lines(words.office, inside, 2), MUTED, 4),
        (small, small.lines(words.conference, inside, 2), INK, 40),
        (small, small.lines(words.date, inside, 1), MUTED, 4),
    ]
    blocks = [block for block in blocks if block[1]]
    mark = _mark(_even(96 * unit))
    total = mark.height + 40 * unit + sum(len(lines) * face.line_px + gap * unit for face, lines, _ink, gap in blocks)
    top = int((height - total) // 2)
    image.paste(mark, (left, top), mark)
    top += mark.height + int(16 * unit)
    ImageDraw.Draw(image).rectangle((left, top, left + int(88 * unit), top + max(3, int(5 * unit))), fill=BRAND)
    top += int(24 * unit)
    for face, lines, ink, gap in blocks:
        top += int(gap * unit)
        for line in lines:
            face.draw(image, (left, top), line, ink)
            top += face.line_px
    return image


def name_lines(band: Band, largest_px: int = _NAME_PX[1]) -> tuple[Typeface, list[str]]:
    """The name in letters as large as its band allows: in as few lines as hold all of it, else as much as there is room for."""
    width_px, height_px = band.box.width - _BAND_PAD_PX, band.box.height
    largest_px = min(max(_even(height_px * 0.3), _NAME_PX[0]), largest_px)
    faces = [typeface(size, bold=True) for size in range(largest_px, _NAME_PX[0] - 1, -2)]
    for most in (1, 2, 3):
        for face in faces:
            lines = face.lines(band.speaker.name, width_px, most)
            if most * face.line_px <= height_px and "…" not in "".join(lines):
                return face, lines
    return faces[-1], faces[-1].lines(band.speaker.name, width_px, max(1, min(3, height_px // faces[-1].line_px)))


def _draw_band(image: Image.Image, band: Band, largest_px: int) -> None:
    """Name and office on an opaque ground: what lies under it (the plate of the picture, cut off by the crop) is not seen. All
    bands of a picture take letters of the size that the fullest one needs."""
    box, draw = band.box, ImageDraw.Draw(image)
    draw.rectangle((box.x, box.y, box.x + box.width - 1, box.y + box.height - 1), fill=(*STAGE, 255))
    draw.rectangle((box.x, box.y + 10, box.x + 7, box.y + box.height - 11), fill=(*BRAND, 255))
    name_face, names = name_lines(band, largest_px)
    small = typeface(min(max(_even(name_face.size_px * 0.72), _OFFICE_PX[0]), _OFFICE_PX[1]))
    room = box.height - len(names) * name_face.line_px
    offices = small.lines(band.speaker.caption, box.width - _BAND_PAD_PX, max(0, min(3, room // small.line_px)))
    top = box.y + (room - len(offices) * small.line_px) // 2
    for face, lines, ink in ((name_face, names, INK), (small, offices, MUTED)):
        for line in lines:
            face.draw(image, (box.x + 28, top), line, ink)
            top += face.line_px


def _draw_captions(image: Image.Image, lines: Sequence[str], bottom: int) -> None:
    """Each line on its own dark ground, so that it can be read over anything; none for a line of which nothing would be seen."""
    face, _most = caption_face(image.width, image.height)
    lines = [line for line in lines if face.shows(line)]
    pad = face.size_px // 3
    draw, top = ImageDraw.Draw(image), bottom - len(lines) * (face.line_px + 2)
    for line in lines:
        across = face.width(line)
        left = (image.width - across) // 2
        draw.rounded_rectangle((left - pad, top, left + across + pad, top + face.line_px), radius=pad // 2, fill=(*STAGE, 224))
        face.draw(image, (left, top + (face.line_px - face.ascent_px - face.descent_px) // 2), line, INK)
        top += face.line_px + 2


def _mark(width: int) -> Image.Image:
    """The mark of Điểm Cầu: two points joined by an arc, a third above it, as ``core/parts/mark.html`` draws it."""
    fine = width * 4 / 30
    image = Image.new("RGBA", (width * 4, int(20 * fine)), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.arc((4 * fine, 3.6 * fine, 26 * fine, 27.4 * fine), 180, 360, fill=(*BRAND, 255), width=round(2.4 * fine))
    for x, y, radius, ink in ((4, 16, 3.6, BRAND), (26, 16, 3.6, GOLD), (15, 3.6, 2.6, INK)):
        draw.ellipse(tuple(value * fine for value in (x - radius, y - radius, x + radius, y + radius)), fill=(*ink, 255))
    return image.resize((width, image.height // 4), Image.Resampling.LANCZOS)


def _even(value: float) -> int:
    return max(2, round(value / 2) * 2)
