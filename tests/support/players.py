"""What a player shows of the clapboard (:mod:`tests.support.clapboard`): video elements in a page, and ffmpeg at an address."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from playwright.sync_api import Page

from media.vod.run import ffmpeg_binary
from tests.support.clapboard import LOOP_FRAMES, Plane, number_of

WIDTH, HEIGHT = 320, 180
_STRIPE = 32
_HABIT = "Found duplicated MOOV Atom"
"""ffmpeg says so each time that it has read a playlist again which has no end yet: it loads the initialisation segment anew then,
and skips it (``libavformat/hls.c`` compares where it keeps them, not what they are)."""

_GRAB = """([seek, width, height]) => new Promise((resolve, reject) => {
  const video = document.querySelector('video'), canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const timer = setTimeout(() => reject(new Error(`no picture at ${seek ?? video.currentTime}`)), 15000);
  const look = (_now, {mediaTime}) => {
    if (seek !== null && Math.abs(mediaTime - seek) > 2) return video.requestVideoFrameCallback(look);
    clearTimeout(timer);
    const wall = Date.now();
    context.drawImage(video, 0, 0, width, height);
    const {data} = context.getImageData(0, 0, width, height);
    let luma = '';
    for (let at = 0; at < data.length; at += 4)
      luma += String.fromCharCode(16 + (66 * data[at] + 129 * data[at + 1] + 25 * data[at + 2]) / 256);
    resolve({at: mediaTime, wall, luma: btoa(luma)});
  };
  video.requestVideoFrameCallback(look);
  if (seek !== null) video.currentTime = seek;
})"""
_STATE = """() => {
  const {currentTime, duration, ended, paused, error, seekable} = document.querySelector('video');
  return {at: currentTime, duration, ended, paused, error: error && error.message,
          end: seekable.length ? seekable.end(seekable.length - 1) : 0};
}"""
NATIVE = """source => new Promise((resolve, reject) => {
  const video = document.createElement('video');
  video.muted = true;
  document.body.replaceChildren(video);
  video.addEventListener('error', () => reject(new Error(video.error.message)));
  video.src = source;
  video.play().then(resolve, reject);
})"""
"""A video element that plays an address with the browser's own HLS."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that a page shows: its place in the recording, s; when it was seen, ms since 1970; the number that it carries."""

    at_s: float
    wall_ms: float
    number: int | None
    luma: Plane


def shown(page: Page, seek_s: float | None = None) -> Shown:
    """The next picture that the page's video shows, from ``seek_s`` on where that is given."""
    seen: dict[str, Any] = page.evaluate(_GRAB, [seek_s, WIDTH, HEIGHT])
    luma = np.frombuffer(base64.b64decode(seen["luma"]), np.uint8).reshape(HEIGHT, WIDTH)
    return Shown(seen["at"], seen["wall"], number_of(luma), luma)


def state(page: Page) -> dict[str, Any]:
    """Of the page's video: ``at``, ``duration``, ``ended``, ``paused``, ``error``, and the ``end`` of what can be sought."""
    found: dict[str, Any] = page.evaluate(_STATE)
    return found


def until_ended(page: Page) -> dict[str, Any]:
    """Wait until the page's video has come to its end; its state then."""
    page.wait_for_function("() => document.querySelector('video').ended || document.querySelector('video').error")
    return state(page)


def off_by(number: int | None, expected: float) -> float:
    """How many pictures a number is from the one that is expected, the shorter way round the loop; infinite for none."""
    if number is None:
        return float("inf")
    half = LOOP_FRAMES / 2
    return abs((number - expected + half) % LOOP_FRAMES - half)


def sought(url: str, cookies: str, from_s: float, to_s: float) -> list[tuple[float, int | None]]:
    """The pictures (when, number) that libav finds at an address where it goes to ``from_s`` at once.

    That of PyAV, for the system's may be too old: ffmpeg 5.1 goes to no moment of any HLS in fragmented MP4, its own included.
    """
    found = []
    with av.open(url, options={"headers": f"Cookie: {cookies}\r\n"}) as container:
        container.seek(round(from_s * av.time_base))
        for frame in container.decode(video=0):
            if (frame.time or 0.0) >= to_s:
                break
            found.append((frame.time or 0.0, number_of(frame.to_ndarray(format="gray").astype(np.uint8))))
    return found


class Ffmpeg:
    """ffmpeg plays an address, sound and all, and keeps the upper edge of each picture. ``options`` stand before the address."""

    def __init__(self, folder: Path, url: str, cookies: str, *options: str) -> None:
        self._file, self._said = folder / "stripes.gray", folder / "said.txt"
        folder.mkdir()
        picture = f"scale={WIDTH}:{HEIGHT},crop={WIDTH}:{_STRIPE}:0:0,format=gray"
        argv = [ffmpeg_binary(), "-nostdin", "-v", "repeat+warning", "-headers", f"Cookie: {cookies}\r\n", *options, "-i", url]
        argv += ["-map", "0:v:0", "-vf", picture, "-fps_mode", "passthrough", "-f", "rawvideo", "-y", str(self._file)]
        argv += ["-map", "0:a:0", "-f", "null", "-"]
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(argv, stderr=said, stdout=subprocess.DEVNULL)

    def numbers(self) -> list[int | None]:
        """Of the pictures that it has decoded so far."""
        data = self._file.read_bytes() if self._file.exists() else b""
        count = len(data) // (WIDTH * _STRIPE)
        return [
            number_of(stripe) for stripe in np.frombuffer(data, np.uint8, count * WIDTH * _STRIPE).reshape(-1, _STRIPE, WIDTH)
        ]

    def wait(self, timeout_s: float) -> tuple[int, str]:
        """Its exit code and what it said, but for its habit, once it has come to the end by itself."""
        try:
            code = self.process.wait(timeout_s)
            said = self._said.read_text(errors="replace").splitlines(keepends=True)
            return code, "".join(line for line in said if _HABIT not in line)
        finally:
            self.process.kill()
