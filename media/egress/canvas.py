"""The picture being composed, as the encoder wants it: planar YUV 4:2:0, BT.601 limited range like what WebRTC delivers,
so that camera pictures are only scaled, never converted."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray
from PIL import Image

from media.egress.layout import Box

Bytes = NDArray[np.uint8]
_FULL_RANGE_FORMATS = ("yuvj420p",)


class Canvas:
    """``width`` × ``height`` pixels (both even). Boxes lie inside and have even coordinates."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._data: Bytes = np.empty(width * height * 3 // 2, np.uint8)
        luma, chroma = width * height, width * height // 4
        self.planes: tuple[Bytes, Bytes, Bytes] = (
            self._data[:luma].reshape(height, width),
            self._data[luma : luma + chroma].reshape(height // 2, width // 2),
            self._data[luma + chroma :].reshape(height // 2, width // 2),
        )

    def copy_from(self, other: Canvas) -> None:
        """Become equal to ``other``, of the same size."""
        np.copyto(self._data, other._data)

    def restore(self, box: Box, other: Canvas) -> None:
        """Become equal to ``other`` inside ``box``."""
        for mine, theirs, part in zip(self.planes, other.planes, _parts(box), strict=True):
            mine[part] = theirs[part]

    def paste(self, frame: av.VideoFrame, box: Box) -> None:
        """Put ``frame`` (yuv420p, exactly the size of ``box``) there."""
        for index, (mine, part) in enumerate(zip(self.planes, _parts(box), strict=True)):
            target = mine[part]
            target[:] = _rows(frame, index)[: target.shape[0], : target.shape[1]]

    def paint(self, image: Image.Image) -> None:
        """Become ``image``, RGB of the canvas's size."""
        self.paste(to_yuv(image), Box(0, 0, self.width, self.height))

    def frame(self) -> av.VideoFrame:
        """The picture as a frame to encode."""
        return av.VideoFrame.from_ndarray(self._data.reshape(self.height * 3 // 2, self.width), format="yuv420p")


def _parts(box: Box) -> tuple[tuple[slice, slice], ...]:
    luma = slice(box.y, box.y + box.height), slice(box.x, box.x + box.width)
    chroma = slice(box.y // 2, (box.y + box.height) // 2), slice(box.x // 2, (box.x + box.width) // 2)
    return luma, chroma, chroma


def _rows(frame: av.VideoFrame, plane: int) -> Bytes:
    """A plane's rows, with whatever pads them at the right."""
    return np.frombuffer(memoryview(frame.planes[plane]), np.uint8).reshape(-1, frame.planes[plane].line_size)


def to_yuv(image: Image.Image) -> av.VideoFrame:
    """An RGB image as yuv420p, BT.601, limited range."""
    frame = av.VideoFrame.from_ndarray(np.asarray(image, np.uint8), format="rgb24")
    return VideoReformatter().reformat(frame, format="yuv420p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG)


class Scaler:
    """Scales one source's frames to its place; keeps its tables between frames."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def scale(self, frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
        """``frame`` as yuv420p of that size."""
        return self._reformatter.reformat(frame, width=width, height=height, format="yuv420p", interpolation="BICUBIC", threads=1)


@dataclass(frozen=True)
class Stamp:
    """Something half transparent that is laid over moving pictures again and again."""

    box: Box
    _colour: tuple[NDArray[np.uint16], ...]
    _keep: tuple[NDArray[np.uint16], ...]

    @classmethod
    def of(cls, image: Image.Image, x: int, y: int) -> Stamp:
        """From an RGBA image with even sides, to lie with its corner at even ``x``, ``y``."""
        width, height = image.size
        alpha = np.asarray(image.getchannel("A"), np.uint16)
        small = alpha.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)).round().astype(np.uint16)
        yuv = to_yuv(image.convert("RGB"))
        colour, keep = [], []
        for index, weight in enumerate((alpha, small, small)):
            rows = _rows(yuv, index)[: weight.shape[0], : weight.shape[1]]
            colour.append(rows.astype(np.uint16) * weight)
            keep.append(np.uint16(255) - weight)
        return cls(Box(x, y, width, height), tuple(colour), tuple(keep))

    def lay_on(self, canvas: Canvas) -> None:
        for plane, part, colour, keep in zip(canvas.planes, _parts(self.box), self._colour, self._keep, strict=True):
            plane[part] = ((plane[part] * keep + colour + 127) // 255).astype(np.uint8)
