"""Reading a finished recording back: its pictures and its sound at a moment, and how near they are to what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

RATE = 48_000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Film:
    """A file or playlist, decoded by libav: not by what made it."""

    path: Path

    @property
    def duration_s(self) -> float:
        with av.open(str(self.path)) as container:
            return float(container.duration or 0) / av.time_base

    def frame(self, at_s: float) -> Floats:
        """The picture shown at ``at_s``: height × width × RGB, 0..255."""
        with av.open(str(self.path)) as container:
            stream = container.streams.video[0]
            shown: Any = None
            for frame in container.decode(stream):
                if frame.time is not None and frame.time > at_s and shown is not None:
                    break
                shown = frame
            assert shown is not None, f"{self.path} has no picture"
            return np.asarray(shown.to_ndarray(format="rgb24"), dtype=np.float64)

    def sound(self, from_s: float = 0.0, to_s: float = 1e9) -> Floats:
        """Mono samples -1..1 at :data:`RATE` between two moments."""
        with av.open(str(self.path)) as container:
            resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
            parts = [part.to_ndarray().reshape(-1) for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        samples = np.concatenate(parts).astype(np.float64)
        return samples[int(from_s * RATE) : int(min(to_s, len(samples) / RATE) * RATE)]


def difference(picture: Floats, image: Path, box: tuple[int, int, int, int]) -> float:
    """Mean absolute difference (0..255) between ``box`` (x, y, width, height) of a picture and an image file scaled to it."""
    x, y, width, height = box
    with Image.open(image) as source:
        wanted = np.asarray(source.convert("RGB").resize((width, height), Image.Resampling.LANCZOS), dtype=np.float64)
    return float(np.abs(picture[y : y + height, x : x + width] - wanted).mean())


def loudest_hz(samples: Floats) -> float:
    """The strongest tone above 200 Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    spectrum[: int(200 * len(samples) / RATE)] = 0
    return float(np.argmax(spectrum) * RATE / len(samples))


def envelope(samples: Floats, *, step_s: float = 0.02) -> Floats:
    """Loudness (RMS, dB above a floor of -60) in steps."""
    step = int(step_s * RATE)
    blocks = samples[: len(samples) // step * step].reshape(-1, step)
    return np.asarray(20 * np.log10(np.sqrt((blocks**2).mean(axis=1)) + 1e-3))


def likeness(part: Floats, whole: Floats) -> float:
    """The best correlation (-1..1) of the loudness of ``part`` with that of any stretch of ``whole``: 1 = the same sound,
    whatever its volume; different speech stays below 0.6."""
    a, b = envelope(part), envelope(whole)
    a = a - a.mean()
    best = -1.0
    for start in range(len(b) - len(a) + 1):
        window = b[start : start + len(a)]
        window = window - window.mean()
        scale = float(np.linalg.norm(a) * np.linalg.norm(window))
        if scale > 0:
            best = max(best, float(a @ window) / scale)
    return best
