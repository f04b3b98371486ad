"""The narration as samples: each slide's text read by espeak-ng, one after the other with pauses."""

from __future__ import annotations

import io
import subprocess
import wave
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deploy.demo.talk import Cue

VOICE = "vi-vn-x-south+f2"
WORDS_PER_MINUTE = 152
BEFORE_S, BETWEEN_S, AFTER_S = 0.8, 1.1, 1.8
TURN_EARLY_S = 0.5
"""A page is turned this long before it is spoken about."""

Samples = NDArray[np.int16]


def read_aloud(text: str) -> tuple[Samples, int]:
    """``text`` spoken: mono samples and their rate in hertz. Needs the program espeak-ng."""
    argv = ["espeak-ng", "-v", VOICE, "-s", str(WORDS_PER_MINUTE), "-p", "42", "-g", "2", "--stdout", "--stdin"]
    done = subprocess.run(argv, input=text.encode(), capture_output=True, check=True, timeout=60)
    with wave.open(io.BytesIO(done.stdout)) as file:
        # espeak-ng streams: its header holds no true length, so all that follows counts.
        return np.frombuffer(file.readframes(len(done.stdout)), dtype=np.int16), file.getframerate()


def narrate(texts: Sequence[str]) -> tuple[Samples, int, list[Cue]]:
    """All texts with pauses: samples, rate in hertz, and when each slide is shown."""
    spoken = [read_aloud(text) for text in texts]
    rate = spoken[0][1]
    parts: list[Samples] = [_silence(BEFORE_S, rate)]
    starts: list[int] = []
    for number, (samples, _rate) in enumerate(spoken):
        if number:
            parts.append(_silence(BETWEEN_S, rate))
        starts.append(round(sum(map(len, parts)) * 1000 / rate))
        parts.append(_trimmed(samples))
    parts.append(_silence(AFTER_S, rate))
    whole = np.concatenate(parts)
    turns = [0] + [start - round(TURN_EARLY_S * 1000) for start in starts[1:]]
    ends = [*turns[1:], round(len(whole) * 1000 / rate)]
    return whole, rate, [Cue(page, *span) for page, span in enumerate(zip(turns, ends, texts, strict=True), start=1)]


def loudness(samples: Samples, rate: int, *, per_second: int) -> list[float]:
    """How loud each ``1 / per_second`` s is: RMS against the loudest, 0..1, quick to rise and slower to fall."""
    step = rate / per_second
    count = int(len(samples) / step)
    raw = [float(np.sqrt(np.mean(np.square(samples[int(i * step) : int((i + 1) * step)].astype(float))))) for i in range(count)]
    peak = max(raw) or 1.0
    levels, level = [], 0.0
    for value in raw:
        level = max(value / peak, level * 0.72)
        levels.append(level)
    return levels


def _silence(seconds: float, rate: int) -> Samples:
    return np.zeros(round(seconds * rate), dtype=np.int16)


def _trimmed(samples: Samples) -> Samples:
    """Without the silence that the synthesiser puts around a text."""
    loud = np.flatnonzero(np.abs(samples) > 200)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples
