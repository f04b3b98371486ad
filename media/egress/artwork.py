"""What is drawn once per scene: the stage, slates, deck pages, name cards and name plates.

Colours are those of the design's stage theme.
"""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image, ImageDraw

from media.egress.layout import Box, Picture, Scene, Slate
from media.egress.typeset import Colour, typeface
from media.plane import Plate

STAGE: Colour = (13, 14, 15)
SURFACE: Colour = (28, 30, 32)
INK: Colour = (243, 241, 237)
MUTED: Colour = (168, 163, 155)
BRAND: Colour = (165, 28, 32)
GOLD: Colour = (240, 185, 58)
_MAX_PAGE_PIXELS = 64_000_000


def background(scene: Scene, width: int, height: int) -> Image.Image:
    """All of the scene that does not move: RGB, ``width`` × ``height``."""
    image = Image.new("RGB", (width, height), STAGE)
    if scene.slate:
        _draw_slate(image, scene.slate)
    if scene.page and (page := load_page(scene.page.image)):
        box = scene.page.box.fitted(*page.size)
        image.paste(page.resize((box.width, box.height), Image.Resampling.LANCZOS), (box.x, box.y), _rounded(box, height))
    for picture in scene.pictures:
        if picture.plate and not picture.inside:
            _draw_caption(image, picture.box, picture.plate)
    if scene.foot:
        _draw_foot(image, scene.foot, scene.title)
    return image


def load_page(path: str) -> Image.Image | None:
    """A deck page as RGB on white; None where the file is missing or no picture."""
    try:
        with Image.open(Path(path), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _MAX_PAGE_PIXELS:
                return None
            layers = image.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return Image.alpha_composite(Image.new("RGBA", layers.size, (255, 255, 255, 255)), layers).convert("RGB")


def name_card(picture: Picture, height: int) -> Image.Image:
    """Stands where a camera gives no picture: the initial on a disc, and the name where no plate tells it."""
    box, image = picture.box, Image.new("RGB", (picture.box.width, picture.box.height), SURFACE)
    disc = box.height // 3
    centre = box.width // 2, box.height // 2
    draw = ImageDraw.Draw(image)
    draw.ellipse((centre[0] - disc // 2, centre[1] - disc // 2, centre[0] + disc // 2, centre[1] + disc // 2), fill=BRAND)
    name = picture.plate.name.split() if picture.plate else []
    initial = name[-1][0].upper() if name else "·"  # Vietnamese names are known by the last word
    face = typeface(max(12, disc // 2), bold=True)
    top = centre[1] - (face.ascent_px + face.descent_px) // 2
    face.draw(image, (centre[0] - face.width(initial) // 2, top), initial, INK)
    return _cornered(image, box, height)


def plate_image(plate: Plate, width: int, height: int) -> Image.Image:
    """Name and caption on a dark band, RGBA with even sides, for a full picture of ``width`` × ``height``."""
    name_face, caption_face = typeface(_even(height * 0.042), bold=True), typeface(_even(height * 0.028))
    inside, pad = int(width * 0.62), _even(height * 0.022)
    names, captions = name_face.lines(plate.name, inside, 1), caption_face.lines(plate.caption, inside, 1)
    across = max([name_face.width(line) for line in names] + [caption_face.width(line) for line in captions], default=0)
    down = len(names) * name_face.line_px + len(captions) * caption_face.line_px
    image = Image.new("RGBA", (_even(across + 3 * pad), _even(down + 2 * pad * 0.6)), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, image.width - 1, image.height - 1), radius=pad // 2, fill=(*STAGE, 214))
    draw.rectangle((0, pad // 2, max(3, pad // 4), image.height - pad // 2), fill=(*BRAND, 255))
    top = int(pad * 0.6)
    for line in names:
        name_face.draw(image, (pad + pad // 3, top), line, INK)
        top += name_face.line_px
    for line in captions:
        caption_face.draw(image, (pad + pad // 3, top), line, MUTED)
        top += caption_face.line_px
    return image


def _draw_slate(image: Image.Image, slate: Slate) -> None:
    width, height = image.size
    title_face, note_face = typeface(_even(height * 0.064), bold=True), typeface(_even(height * 0.04))
    titles = title_face.balanced(slate.title, int(width * 0.8), 3)
    notes = note_face.lines(slate.note, int(width * 0.8), 2)
    clock_face = typeface(_even(height * 0.13), bold=True)
    clock = [clock_text(slate.left_s)] if slate.left_s is not None else []
    total = len(titles) * title_face.line_px + len(notes) * note_face.line_px + len(clock) * clock_face.line_px + height // 16
    top = (height - total) // 2
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2 - height // 18, top, width // 2 + height // 18, top + max(2, height // 180)), fill=BRAND)
    top += height // 20
    for line in titles:
        title_face.draw(image, ((width - title_face.width(line)) // 2, top), line, INK)
        top += title_face.line_px
    top += height // 60
    for line in notes:
        note_face.draw(image, ((width - note_face.width(line)) // 2, top), line, GOLD)
        top += note_face.line_px
    for line in clock:
        widest = clock_face.width(re.sub("[0-9]", "0", line))  # it stands still while the digits change
        clock_face.draw(image, ((width - widest) // 2, top), line, INK)


def clock_text(seconds: int) -> str:
    """``4:05``, or ``1:04:05``."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def _draw_caption(image: Image.Image, box: Box, plate: Plate) -> None:
    """Under a speaker's picture: name and caption."""
    height = image.height
    name_face, small_face = typeface(_even(height * 0.03), bold=True), typeface(_even(height * 0.023))
    top = box.y + box.height + height // 60
    for line in name_face.lines(plate.name, box.width, 2):
        name_face.draw(image, (box.x, top), line, INK)
        top += name_face.line_px
    for line in small_face.lines(plate.caption, box.width, 2):
        small_face.draw(image, (box.x, top), line, MUTED)
        top += small_face.line_px


def _draw_foot(image: Image.Image, box: Box, title: str) -> None:
    """The conference's title, small, at the lower edge of ``box``: as many lines as fit."""
    face = typeface(_even(image.height * 0.023))
    lines = face.lines(title, box.width, max(0, (box.height - face.line_px // 2) // face.line_px)) if box.height > 0 else []
    top = box.y + box.height - face.line_px // 2 - len(lines) * face.line_px
    for line in lines:
        face.draw(image, (box.x, top), line, MUTED)
        top += face.line_px


def corners(box: Box, height: int) -> list[tuple[Image.Image, int, int]]:
    """Four small RGBA pieces that round the corners of a picture at ``box`` on the stage."""
    mask = _rounded(box, height)
    cover = Image.new("RGBA", mask.size, (*STAGE, 255))
    cover.putalpha(mask.point(lambda value: 255 - value))
    side = _radius(height)
    pieces = []
    for x in (0, box.width - side):
        for y in (0, box.height - side):
            pieces.append((cover.crop((x, y, x + side, y + side)), box.x + x, box.y + y))
    return pieces


def _cornered(image: Image.Image, box: Box, height: int) -> Image.Image:
    if box.x == 0:
        return image
    out = Image.new("RGB", image.size, STAGE)
    out.paste(image, (0, 0), _rounded(box, height))
    return out


def _rounded(box: Box, height: int) -> Image.Image:
    scale = 4
    mask = Image.new("L", (box.width * scale, box.height * scale), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius=_radius(height) * scale, fill=255)
    return mask.resize((box.width, box.height), Image.Resampling.LANCZOS)


def _radius(height: int) -> int:
    return _even(height / 90)


def _even(value: float) -> int:
    return max(2, round(value / 2) * 2)
