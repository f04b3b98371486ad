"""Cameras and microphones for browsers under test, as files that Chromium plays in their place.

The presenter is the demonstration talk. A site and a delegate each have a colour, a pitch and a running number of their own, so
that a test can tell from a picture or a sound whose it is. Made once with ffmpeg and kept in the temporary folder.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.demo import talk

WIDTH, HEIGHT, FRAMES_PER_SECOND = 640, 360, 30
LOOP_S = 20
_VERSION = "2"


@dataclass(frozen=True, slots=True)
class FakeDevice:
    """``video``: .mjpeg of 640×360, which Chromium plays at 30 fps in a loop; ``audio``: WAV, 48 kHz mono.

    ``colour`` (RGB 0..255) fills most of the picture and ``tone_hz`` sounds half of every second; None for the talk.
    """

    video: Path
    audio: Path
    colour: tuple[int, int, int] | None = None
    tone_hz: int | None = None

    def chromium_arguments(self, *, loop: bool = True) -> list[str]:
        """Switches with which Chromium takes these files for its devices and asks nobody. ``loop``: the sound begins again."""
        return [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={self.video}",
            f"--use-file-for-fake-audio-capture={self.audio}{'' if loop else '%noloop'}",
        ]


def presenter() -> FakeDevice:
    """The demonstration talk: :func:`deploy.demo.talk.cues` says what it shows when, counted from its start."""
    source = hashlib.sha256(talk.PICTURE.read_bytes() + talk.SOUND.read_bytes()).hexdigest()[:12]
    return FakeDevice(
        _made(f"presenter-{source}.mjpeg", "-i", str(talk.PICTURE), *_video()),
        _made(f"presenter-{source}.wav", "-i", str(talk.SOUND), *_AUDIO),
    )


def site(*, small: bool = False) -> FakeDevice:
    """A room: teal, 660 Hz. ``small``: 320×180, where a machine has more to do than to encode."""
    return _coloured("site", (16, 128, 120), 660, small=small)


def delegate(*, small: bool = False) -> FakeDevice:
    """A person alone: violet, 990 Hz."""
    return _coloured("delegate", (110, 60, 170), 990, small=small)


_SMALL = (320, 180)


def _video(size: tuple[int, int] = (WIDTH, HEIGHT)) -> tuple[str, ...]:
    width, height = size
    return ("-an", "-r", str(FRAMES_PER_SECOND), "-s", f"{width}x{height}", "-c:v", "mjpeg", "-q:v", "4", "-f", "mjpeg")


_AUDIO = ("-vn", "-ar", "48000", "-ac", "1", "-c:a", "pcm_s16le", "-f", "wav")


def _coloured(name: str, colour: tuple[int, int, int], tone_hz: int, *, small: bool) -> FakeDevice:
    shade = "0x{:02X}{:02X}{:02X}".format(*colour)
    picture = f"color=c={shade}:s={WIDTH}x{HEIGHT}:r={FRAMES_PER_SECOND}:d={LOOP_S}"
    # A bar that crosses the picture once in two seconds, and the number of the frame.
    moving = (
        f"color=c=white:s=40x{HEIGHT}:r={FRAMES_PER_SECOND}[bar];[0:v][bar]overlay=x='mod(n*{WIDTH}/60\\,{WIDTH})':shortest=1,"
        f"drawtext=text='{name} %{{n}}':x=24:y=24:fontsize=48:fontcolor=white"
    )
    sound = f"aevalsrc='0.4*sin(2*PI*{tone_hz}*t)*lt(mod(t\\,1)\\,0.5)':s=48000:d={LOOP_S}"
    return FakeDevice(
        _made(
            f"{name}-{tone_hz}{'-small' if small else ''}.mjpeg",
            *("-f", "lavfi", "-i", picture, "-filter_complex", moving, *(_video(_SMALL) if small else _video())),
        ),
        _made(f"{name}-{tone_hz}.wav", "-f", "lavfi", "-i", sound, *_AUDIO),
        colour,
        tone_hz,
    )


def _made(name: str, *arguments: str) -> Path:
    """The file ``name`` of the cache, made with ffmpeg where it is missing; whole or not at all."""
    folder = Path(tempfile.gettempdir()) / f"diemcau-fakemedia-{os.getuid()}-{_VERSION}"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists():
        handle, temporary = tempfile.mkstemp(dir=folder)
        os.close(handle)
        argv = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *arguments, temporary]
        subprocess.run(argv, check=True, timeout=120)
        Path(temporary).replace(path)
    return path
