"""A finished recording whose frames carry their numbers, written by the recorder's own encoders; and reading clips of it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from media.egress.encode import AAC_SAMPLES, VIDEO_HZ, AudioEncoder, VideoEncoder
from media.egress.fmp4 import AudioFormat, Sample, VideoFormat, initialisation, media_segment
from media.egress.hls import HlsWriter, read_playlist
from media.egress.run import SEGMENT_S
from media.egress.status import STATUS, Status

FPS, WIDTH, HEIGHT = 25, 640, 360
BITS = 10
Image = NDArray[np.uint8]
Paint = Callable[[int, Image], None]
"""Draws what else there is in the frame of a number."""


def numbered(number: int, paint: Paint | None = None) -> Image:
    """A grey frame; in its middle the number in bits, black and white, where every crop leaves it."""
    image = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    if paint:
        paint(number, image)
    for bit in range(BITS):
        left = WIDTH // 2 - BITS * 8 + bit * 16
        image[160:200, left : left + 16] = 255 if number >> bit & 1 else 0
    return image


def number_of(image: Image) -> int:
    """The number that a frame carries, where the bits lie ``BITS`` × 16 of :data:`WIDTH` wide in the middle."""
    height, width = image.shape[:2]
    scale = height / HEIGHT
    row = image[height // 2 - round(8 * scale) : height // 2 + round(8 * scale)].mean(axis=(0, 2))
    middles = [width / 2 + (bit * 16 - BITS * 8 + 8) * scale for bit in range(BITS)]
    return sum(1 << bit for bit, at in enumerate(middles) if row[round(at)] > 128)


Sound = Callable[[NDArray[np.int64]], NDArray[np.floating]]


def write_recording(folder: Path, frames: int, sound: Sound, paint: Paint | None = None) -> Path:
    """``frames`` numbered frames, and ``sound`` of the samples' numbers (48 kHz), as HLS in ``folder``."""
    hls, group = folder / "hls", SEGMENT_S * FPS
    hls.mkdir(parents=True)
    video, audio = VideoEncoder(WIDTH, HEIGHT, FPS, group), AudioEncoder(0)
    writer = HlsWriter(hls, read_playlist(hls, 0, SEGMENT_S), lambda path, data: path.write_bytes(data) and None)
    formats = (
        VideoFormat(WIDTH, HEIGHT, VIDEO_HZ, VIDEO_HZ // FPS, video.parameter_sets),
        AudioFormat(48_000, AAC_SAMPLES, 96_000, audio.config),
    )
    writer.begin(initialisation(*formats))
    pictures, sounds, position = [], [], 0
    for number in range(frames):
        frame = av.VideoFrame.from_ndarray(numbered(number, paint), format="rgb24").reformat(
            format="yuv420p", dst_colorspace="itu601"
        )
        pictures += video.encode(frame, number)
        while position + AAC_SAMPLES <= (number + 1) * 48_000 // FPS + 3 * AAC_SAMPLES:
            samples = np.asarray(sound(np.arange(position, position + AAC_SAMPLES)), np.float32)
            sounds += audio.encode(samples, position)
            position += AAC_SAMPLES
    pictures += video.flush()
    sounds += audio.flush()
    for begin in range(0, frames, group):
        part = pictures[begin : begin + group]
        end = begin + len(part)
        first, last = (-(-frame * 48_000 // FPS // AAC_SAMPLES) for frame in (begin, end))
        heard = [packet for packet in sounds if first <= packet.index < last]
        writer.add(
            media_segment(
                begin // group + 1, *formats, begin, [Sample(p.data, p.keyframe) for p in part],
                heard[0].index, [Sample(p.data, True) for p in heard],
            ),
            len(part) / FPS,
        )  # fmt: skip
    writer.end()
    status = Status("done", 1_790_000_000_000, frames * 1000 // FPS, HEIGHT, FPS, "avc1.64001e,mp4a.40.2")
    (folder / STATUS).write_bytes(status.encode())
    return folder


@dataclass
class Seen:
    """A clip, decoded."""

    images: list[Image]
    sound: NDArray[np.float64]
    profile: str
    pixels: str
    size: tuple[int, int]


def pictures(path: Path) -> Iterator[Image]:
    """A clip's pictures, one after the other: all of a large one do not fit into memory at once."""
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            yield frame.to_ndarray(format="rgb24")


def see(path: Path) -> Seen:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        images = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        profile, pixels, size = stream.profile or "", stream.pix_fmt or "", (stream.width, stream.height)
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000)
        parts = [part.to_ndarray().reshape(-1) for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return Seen(images, np.concatenate(parts).astype(np.float64), profile, pixels, size)
