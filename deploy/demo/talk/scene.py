"""The drawn speaker: a plain figure at a lectern whose mouth and level bars follow the voice. Says in the picture what it is."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import typst
from PIL import Image, ImageDraw

WIDTH, HEIGHT, FRAMES_PER_SECOND = 640, 360, 30
LABEL = "Giọng đọc tổng hợp · Synthetic speech"
_SCALE = 2  # drawn larger and reduced, so that edges are smooth

Colour = tuple[int, int, int]
_WALL: Colour = (232, 224, 211)
_WALL_LOW: Colour = (214, 203, 186)
_DRAPE: Colour = (150, 32, 36)
_WOOD: Colour = (104, 66, 42)
_WOOD_LIGHT: Colour = (126, 82, 54)
_SUIT: Colour = (38, 52, 78)
_COLLAR: Colour = (244, 240, 232)
_SKIN: Colour = (232, 188, 152)
_SKIN_DARK: Colour = (214, 166, 130)
_HAIR: Colour = (36, 28, 26)
_LIPS: Colour = (176, 74, 74)
_MOUTH: Colour = (92, 28, 32)
_GOLD: Colour = (224, 168, 52)
_INK: Colour = (30, 27, 24)


def frames(levels: Sequence[float], *, fonts: Path, drape: Colour = _DRAPE, label: str = LABEL) -> Iterator[Image.Image]:
    """One RGB picture of 640×360 for each level (0..1), at 30 a second; with a running clock."""
    stage = _stage(drape)
    plate = lettering(label, size_pt=15, fonts=fonts, fill=_INK)
    digits = {char: lettering(char, size_pt=15, fonts=fonts, fill=_INK) for char in "0123456789:"}
    for number, level in enumerate(levels):
        at_s = number / FRAMES_PER_SECOND
        picture = stage.copy()
        draw = ImageDraw.Draw(picture)
        _speaker(draw, at_s, level)
        _lectern(draw)
        _bars(draw, [levels[max(0, number - back * 2)] for back in range(14)])
        small = picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        _pill(small, plate, (12, 12))
        _clock(small, digits, int(at_s))
        yield small


def lettering(text: str, *, size_pt: int, fonts: Path, fill: Colour) -> Image.Image:
    """``text`` as a picture on nothing, tight around the line."""
    vietnamese = 'regex("[ĂăĐđĨĩŨũƠơƯư\\u{1EA0}-\\u{1EF9}]")'
    red, green, blue = fill
    source = (
        "#set page(width: auto, height: auto, margin: 0pt, fill: none)\n"
        f'#set text(font: ((name: "BVP Vietnamese", covers: {vietnamese}), "BVP Latin"), fallback: false, weight: 600)\n'
        f'#set text(size: {size_pt}pt, fill: rgb({red}, {green}, {blue}), top-edge: "ascender", bottom-edge: "descender")\n'
        f"#{_quoted(text)}"
    )
    typefaces = typst.Fonts(include_system_fonts=False, font_paths=[str(fonts)])
    data = typst.compile(source.encode(), format="png", ppi=72.0, font_paths=typefaces)
    assert isinstance(data, bytes)  # no list, as it is one page
    return Image.open(io.BytesIO(data)).convert("RGBA")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _box(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    """A box around the centre (x, y), in pixels of the small picture."""
    left, top = (x - width / 2) * _SCALE, (y - height / 2) * _SCALE
    return left, top, left + width * _SCALE, top + height * _SCALE


def _stage(drape: Colour) -> Image.Image:
    picture = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), _WALL)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 250 * _SCALE, WIDTH * _SCALE, HEIGHT * _SCALE), fill=_WALL_LOW)
    dark = tuple(round(value * 0.84) for value in drape)
    for left in (0, 520):
        for fold in range(6):
            x = (left + fold * 20) * _SCALE
            draw.rectangle((x, 0, x + 20 * _SCALE, HEIGHT * _SCALE), fill=drape if fold % 2 else dark)
    for x in (121, 519):
        draw.line((x * _SCALE, 0, x * _SCALE, HEIGHT * _SCALE), fill=_GOLD, width=2 * _SCALE)
    return picture


def _speaker(draw: ImageDraw.ImageDraw, at_s: float, level: float) -> None:
    x = 320 + 3.0 * math.sin(at_s * 0.9) + 1.2 * math.sin(at_s * 2.3)
    y = 138 + 1.2 * math.sin(at_s * 1.7) - 2.0 * level
    draw.ellipse(_box(x, y - 4, 118, 136), fill=_HAIR)  # hair behind
    draw.rounded_rectangle(_box(x, y + 46, 112, 66), 26 * _SCALE, fill=_HAIR)
    draw.ellipse(_box(320, 306, 250, 190), fill=_SUIT)
    draw.polygon([(p * _SCALE, q * _SCALE) for p, q in ((284, 218), (356, 218), (320, 272))], fill=_COLLAR)
    draw.rounded_rectangle(_box(x, y + 68, 40, 56), 14 * _SCALE, fill=_SKIN_DARK)
    draw.ellipse(_box(x, y + 8, 90, 112), fill=_SKIN)
    draw.chord(_box(x, y - 6, 106, 110), 188, 352, fill=_HAIR)  # fringe
    blink = (at_s % 3.7) < 0.13
    for side in (-1, 1):
        eye_x = x + side * 20
        draw.arc(_box(eye_x, y - 3, 22, 12), 200, 340, fill=_HAIR, width=2 * _SCALE)
        if blink:
            draw.line((*_box(eye_x, y + 8, 14, 0)[:2], *_box(eye_x, y + 8, 14, 0)[2:]), fill=_HAIR, width=2 * _SCALE)
        else:
            draw.ellipse(_box(eye_x, y + 8, 14, 10), fill=_COLLAR)
            draw.ellipse(_box(eye_x + math.sin(at_s * 0.7), y + 8, 8, 9), fill=_HAIR)
    draw.arc(_box(x, y + 22, 14, 12), 30, 150, fill=_SKIN_DARK, width=2 * _SCALE)
    opening = 3 + 15 * level
    draw.ellipse(_box(x, y + 40, 30 - 6 * level, opening + 6), fill=_LIPS)
    draw.ellipse(_box(x, y + 40, 22 - 5 * level, opening), fill=_MOUTH if level > 0.08 else _LIPS)


def _lectern(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(p * _SCALE, q * _SCALE) for p, q in ((228, 300), (412, 300), (430, 322), (210, 322))], fill=_WOOD_LIGHT)
    draw.rectangle(_box(320, 342, 196, 40), fill=_WOOD)
    draw.line([(p * _SCALE, q * _SCALE) for p, q in ((372, 302), (366, 262), (350, 240))], fill=_INK, width=3 * _SCALE)
    draw.ellipse(_box(348, 236, 14, 18), fill=_INK)


def _bars(draw: ImageDraw.ImageDraw, newest_first: Sequence[float]) -> None:
    for index, level in enumerate(newest_first):
        height = 4 + 40 * level
        left, bottom = (622 - index * 7) * _SCALE, 344 * _SCALE
        draw.rectangle((left, bottom - height * _SCALE, left + 4 * _SCALE, bottom), fill=_COLLAR if index else _GOLD)


def _pill(picture: Image.Image, letters: Image.Image, at: tuple[int, int]) -> None:
    box = (at[0], at[1], at[0] + letters.width + 20, at[1] + letters.height + 8)
    ImageDraw.Draw(picture).rounded_rectangle(box, (box[3] - box[1]) // 2, fill=(255, 255, 255))
    picture.paste(letters, (at[0] + 10, at[1] + 4), letters)


def _clock(picture: Image.Image, digits: dict[str, Image.Image], second: int) -> None:
    text = f"{second // 60:02}:{second % 60:02}"
    width = sum(digits[char].width for char in text)
    line = Image.new("RGBA", (width, digits["0"].height))
    left = 0
    for char in text:
        line.paste(digits[char], (left, 0))
        left += digits[char].width
    _pill(picture, line, (WIDTH - 12 - 20 - width, 12))
