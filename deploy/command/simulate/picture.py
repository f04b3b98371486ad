"""The picture of a simulated site: a drawn room with somebody at a table, in the site's own colours; encoded once and kept."""

from __future__ import annotations

import colorsys
import io
import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

WIDTH, HEIGHT, FRAMES_PER_SECOND, SECONDS = 320, 180, 12, 6
_VERSION = 1

Colour = tuple[int, int, int]


def site_picture(folder: Path, number: int) -> Path:
    """The VP8 file of site ``number``; drawn and encoded where it is not in ``folder`` yet (well under a second)."""
    path = folder / f"site-{number}-v{_VERSION}.webm"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(_encoded(number))
        part.replace(path)
    return path


def draw(number: int, frame: int) -> Image.Image:
    """Frame ``frame`` of site ``number``, RGB."""
    hue = number * 0.381966 % 1  # the golden angle: neighbours differ most
    wall, low, suit = _colour(hue, 0.16, 0.92), _colour(hue, 0.22, 0.80), _colour(hue + 0.5, 0.45, 0.35)
    picture = Image.new("RGB", (WIDTH, HEIGHT), wall)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 118, WIDTH, HEIGHT), fill=low)
    at_s = frame / FRAMES_PER_SECOND
    sway = 3 * math.sin(2 * math.pi * at_s / SECONDS)
    x = WIDTH / 2 + sway
    pen.rounded_rectangle((x - 52, 98, x + 52, 190), 26, fill=suit)
    pen.polygon(((x - 11, 98), (x + 11, 98), (x, 122)), fill=(244, 240, 232))
    pen.ellipse((x - 25, 42, x + 25, 100), fill=(232, 188, 152))
    pen.pieslice((x - 27, 36, x + 27, 88), 180, 360, fill=(36, 28, 26))
    for side in (-1, 1):
        pen.ellipse((x + side * 10 - 2, 67, x + side * 10 + 2, 71), fill=(36, 28, 26))
    mouth = 2 + 4 * abs(math.sin(at_s * 7.1) * math.sin(at_s * 2.3))
    pen.ellipse((x - 7, 84 - mouth / 2, x + 7, 84 + mouth / 2), fill=(150, 60, 60))
    pen.rectangle((0, 154, WIDTH, HEIGHT), fill=(104, 66, 42))
    pen.rectangle((0, 154, WIDTH, 158), fill=(126, 82, 54))
    for bar in range(8):
        height = 4 + 12 * abs(math.sin(at_s * (3 + bar * 0.7) + bar))
        pen.rectangle((12 + bar * 7, 172 - height, 16 + bar * 7, 172), fill=(224, 168, 52))
    return picture


def _encoded(number: int) -> bytes:
    """VP8 in WebM with a key frame a second: who is given the floor is seen at once, whenever that is."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=FRAMES_PER_SECOND)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = WIDTH, HEIGHT, "yuv420p", 120_000
        stream.options = {
            "deadline": "realtime",
            "cpu-used": "6",
            "auto-alt-ref": "0",
            "lag-in-frames": "0",
            "g": str(FRAMES_PER_SECOND),
            "keyint_min": str(FRAMES_PER_SECOND),
        }
        for frame in range(SECONDS * FRAMES_PER_SECOND):
            image = av.VideoFrame.from_ndarray(np.asarray(draw(number, frame)), format="rgb24")
            image.pts, image.time_base = frame, Fraction(1, FRAMES_PER_SECOND)
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))
    return file.getvalue()


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
