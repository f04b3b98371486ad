"""A recording as the recorder leaves it, of pictures that tell their number and of any sound; and a look at what was made."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from media.egress.encode import AAC_PREROLL, AAC_SAMPLES, VIDEO_HZ, AudioEncoder, VideoEncoder
from media.egress.fmp4 import AudioFormat, Sample, VideoFormat, initialisation, media_segment
from media.egress.hls import HlsWriter, Playlist

RATE, FPS, HEIGHT, WIDTH = 48_000, 25, 360, 640
BITS = 12
Floats = NDArray[np.float32]


def numbered(number: int, flash: bool = False) -> NDArray[np.uint8]:
    """A picture whose upper half says ``number`` in black and white fields, and whose lower half is grey, or white."""
    luma = np.full((HEIGHT, WIDTH), 235 if flash else 90, np.uint8)
    field = WIDTH // BITS
    for bit in range(BITS):
        luma[: HEIGHT // 2, bit * field : (bit + 1) * field] = 220 if number >> bit & 1 else 30
    return luma


def read_number(luma: NDArray[np.uint8]) -> int:
    """What :func:`numbered` wrote, in any size."""
    height, width = luma.shape
    row = luma[height // 8 : height * 3 // 8].mean(axis=0)
    offset = width / WIDTH * (WIDTH // BITS)
    fields = [row[int((bit + 0.3) * offset) : int((bit + 0.7) * offset)].mean() for bit in range(BITS)]
    return sum(1 << bit for bit, value in enumerate(fields) if value > 125)


def record(folder: Path, frames: int, sound: Floats, flash: Callable[[int], bool] = lambda number: False) -> Path:
    """``folder`` with ``hls/`` and ``recording.json``: ``frames`` pictures at 25 a second and the mono ``sound``."""
    hls = folder / "hls"
    hls.mkdir(parents=True)
    encoder = VideoEncoder(WIDTH, HEIGHT, FPS, 2 * FPS)
    pictures: list[Sample] = []
    for number in range(frames):
        planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        planes[:HEIGHT] = numbered(number, flash(number))
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        pictures += [Sample(packet.data, packet.keyframe) for packet in encoder.encode(frame, number)]
    pictures += [Sample(packet.data, packet.keyframe) for packet in encoder.flush()]
    video = VideoFormat(WIDTH, HEIGHT, VIDEO_HZ, VIDEO_HZ // FPS, encoder.parameter_sets)
    audio, sounds = _sound(sound)
    writer = HlsWriter(hls, Playlist(1_790_000_000_000, 2), lambda path, data: path.write_bytes(data) and None)
    writer.begin(initialisation(video, audio))
    for first in range(0, frames, 2 * FPS):
        count = min(2 * FPS, frames - first)
        begin, end = (-(-at * RATE // FPS // AAC_SAMPLES) for at in (first, first + count))
        data = media_segment(
            first // (2 * FPS) + 1, video, audio, first, pictures[first : first + count], begin, sounds[begin:end]
        )
        writer.add(data, count / FPS)
    writer.end()
    status = {"state": "done", "zero_ms": 1_790_000_000_000, "duration_ms": frames * 1000 // FPS, "height": HEIGHT, "fps": FPS}
    (folder / "recording.json").write_text(json.dumps(status | {"codecs": "avc1.64001e,mp4a.40.2"}))
    return folder


def _sound(samples: Floats) -> tuple[AudioFormat, list[Sample]]:
    encoder = AudioEncoder(0)
    padded = np.concatenate([np.zeros(AAC_PREROLL * AAC_SAMPLES, np.float32), samples, np.zeros(AAC_SAMPLES, np.float32)])
    packets = []
    for begin in range(0, len(padded) - AAC_SAMPLES + 1, AAC_SAMPLES):
        packets += encoder.encode(padded[begin : begin + AAC_SAMPLES], begin - AAC_PREROLL * AAC_SAMPLES)
    packets += encoder.flush()
    return AudioFormat(RATE, AAC_SAMPLES, 96_000, encoder.config), [Sample(packet.data, True) for packet in packets]


class Look:
    """What a player shows and plays of a file or playlist, at which moment."""

    def __init__(self, path: Path) -> None:
        self.numbers: list[int] = []
        self.times_s: list[float] = []
        self.brightness: list[float] = []
        sounds: list[tuple[float, Floats]] = []
        with av.open(str(path)) as container:
            streams = [stream for stream in container.streams if stream.type in ("video", "audio")]
            for frame in container.decode(*streams):
                if isinstance(frame, av.VideoFrame):
                    luma: Any = frame.to_ndarray(format="gray")
                    self.numbers.append(read_number(luma))
                    self.times_s.append(float(frame.time or 0))
                    self.brightness.append(float(luma[luma.shape[0] * 3 // 4 :].mean()))
                elif isinstance(frame, av.AudioFrame):
                    sounds.append((float(frame.time or 0), frame.to_ndarray().astype(np.float32).mean(axis=0)))
        length = max(round(at_s * RATE) + len(part) for at_s, part in sounds)
        self.sound = np.zeros(length, np.float32)
        for at_s, part in sounds:
            begin = round(at_s * RATE)
            self.sound[max(0, begin) : begin + len(part)] = part[max(0, -begin) :]

    def flash_s(self) -> float:
        """When the lower half becomes white."""
        return self.times_s[next(index for index, value in enumerate(self.brightness) if value > 180)]

    def click_s(self, around_s: float, window_s: float = 0.5) -> float:
        """When the sound is at its loudest near a moment."""
        begin = round((around_s - window_s) * RATE)
        piece = np.abs(self.sound[begin : begin + round(2 * window_s * RATE)])
        return (begin + int(np.argmax(piece))) / RATE
