"""Small films and sounds as people have them, made by the real ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def ffmpeg(*arguments: str) -> None:
    """Run it; raises CalledProcessError."""
    program = shutil.which("ffmpeg")
    assert program, "no ffmpeg"
    subprocess.run([program, "-v", "error", "-y", *arguments], check=True, timeout=60)


def film(path: Path, *out: str, size: str = "320x180", rate: str = "25", seconds: float = 3, tone: bool = True) -> Path:
    """A moving picture and a tone of 440 Hz; ``out`` are arguments for the output."""
    inputs = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}"]
    if tone:
        inputs += ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=44100:duration={seconds}"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"] if path.suffix in (".mp4", ".mov", ".mkv") else []
    ffmpeg(*inputs, *codecs, *out, str(path))
    return path


def sound(path: Path, *out: str, seconds: float = 3) -> Path:
    """A tone of 440 Hz."""
    ffmpeg("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=44100:duration={seconds}", *out, str(path))
    return path


def cut(path: Path, share: float) -> Path:
    """The first ``share`` of the file alone."""
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * share))
    return path
