"""A clapboard: pictures that carry their own number, a flash with a beep, and a sound that tells its own time.

Made once as encoded frames (a loop), sent by a simulated peer, and read again from whatever was made of it; so what is missing,
repeated or out of step can be told from the file alone. Pictures: :data:`CELLS` squares along the upper edge say the number in
black and white, with a check; the square at the right flashes. Sound: a tone that climbs from :data:`LOW_HZ` to :data:`HIGH_HZ`
once a loop, and a beep with each flash.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from media.sfu.clock import NodeClock
from media.simpeer import SimUp
from media.simpeer_clip import Clip, Piece
from tests.media.egress import kit

FPS = 25
LOOP_FRAMES = 500
LOOP_US = LOOP_FRAMES * 1_000_000 // FPS
CLAP_FRAMES = 50
"""A flash and a beep each so many frames: 2 s."""
FLASH_FRAMES = 3
CELLS, _NUMBER_BITS, _CHECK_BITS = 13, 9, 4
LOW_HZ, HIGH_HZ = 400.0, 2_400.0
BEEP_HZ, BEEP_S = 6_000.0, 0.06
RATE_HZ = 48_000
_STEP_S = 0.01

Plane = NDArray[np.uint8]
Sound = NDArray[np.float32]


def clip(width: int = 1280, height: int = 720, seed: int = 57) -> Clip:
    """The loop, encoded as a page would send it: VP8 with a key frame every 2 s, Opus in packets of 20 ms."""
    frames = kit.vp8(_pictures(width, height, seed), fps=FPS, key_every=CLAP_FRAMES, bitrate_bps=height * height * 5)
    pieces = [Piece(number * 1_000_000 // FPS, False, data) for number, data in enumerate(frames)]
    pieces += [Piece(number * 20_000, True, data) for number, data in enumerate(kit.opus(sound()))]
    return Clip(tuple(sorted(pieces, key=lambda piece: piece.at_us)), LOOP_US)


def sound() -> Sound:
    """One loop of the sound, mono at 48 kHz."""
    moments = np.arange(RATE_HZ * LOOP_US // 1_000_000) / RATE_HZ
    length_s = LOOP_US / 1e6
    phase = 2 * np.pi * (LOW_HZ * moments + (HIGH_HZ - LOW_HZ) * moments**2 / (2 * length_s))
    samples = 0.25 * np.sin(phase)
    beeps = moments % (CLAP_FRAMES / FPS) < BEEP_S
    samples[beeps] = 0.5 * np.sin(2 * np.pi * BEEP_HZ * moments[beeps])
    return samples.astype(np.float32)


def _pictures(width: int, height: int, seed: int) -> Iterator[kit.Image]:
    """Soft ground, writing, and a disc that wanders: about as hard to encode as a person who speaks before a wall."""
    chance = np.random.default_rng(seed)
    coarse = Image.fromarray(chance.integers(60, 200, (9, 16, 3), np.uint8))
    ground = coarse.resize((width, height), Image.Resampling.BICUBIC)
    fine = Image.fromarray(chance.integers(0, 255, (height, width, 3), np.uint8)).filter(ImageFilter.GaussianBlur(3))
    ground = Image.blend(ground, fine, 0.15)
    draw = ImageDraw.Draw(ground)
    for line in range(8):
        draw.text(
            (width // 12, height // 4 + line * height // 18),
            f"{line + 1}. Nghi quyet 57 - {'abcdefgh'[line] * 12}",
            fill=(20, 20, 20),
        )
    for number in range(LOOP_FRAMES):
        picture = ground.copy()
        draw = ImageDraw.Draw(picture)
        angle = 2 * np.pi * number / LOOP_FRAMES * 4
        x, y, radius = width * (0.65 + 0.08 * np.cos(angle)), height * (0.45 + 0.06 * np.sin(2 * angle)), height / 6
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(205, 160, 130), outline=(70, 50, 40))
        _mark(draw, number, width)
        yield np.asarray(picture, np.uint8)


def _mark(draw: ImageDraw.ImageDraw, number: int, width: int) -> None:
    side = width // 32
    bits = number | _check(number) << _NUMBER_BITS
    for cell in range(CELLS):
        shade = 235 if bits >> cell & 1 else 16
        draw.rectangle((side * (cell + 1), side, side * (cell + 2) - 1, side * 2 - 1), fill=(shade, shade, shade))
    shade = 235 if number % CLAP_FRAMES < FLASH_FRAMES else 16
    draw.rectangle((side * 28, side, side * 31 - 1, side * 3 - 1), fill=(shade, shade, shade))


def _check(number: int) -> int:
    return (number * 7 + (number >> 4) * 3 + 5) & (1 << _CHECK_BITS) - 1


def number_of(luma: Plane) -> int | None:
    """The number that a picture's luma carries; None where it carries none that can be trusted."""
    side = luma.shape[1] / 32
    bits = 0
    for cell in range(CELLS):
        inside = luma[round(side * 1.3) : round(side * 1.7), round(side * (cell + 1.3)) : round(side * (cell + 1.7))]
        level = float(inside.mean())
        if 90 < level < 160:
            return None
        bits |= (level > 125) << cell
    number = bits & (1 << _NUMBER_BITS) - 1
    return number if number < LOOP_FRAMES and bits >> _NUMBER_BITS == _check(number) else None


def flashes(luma: Plane) -> bool:
    """Whether the square at the right is lit."""
    side = luma.shape[1] / 32
    return float(luma[round(side * 1.3) : round(side * 2.7), round(side * 28.4) : round(side * 30.6)].mean()) > 125


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture of a file: when it stands there, the number that it carries, whether it flashes."""

    at_s: float
    number: int | None
    flash: bool


def decoder() -> VideoCodecContext:
    """Decodes the loop's own pictures, one after the other."""
    made = av.CodecContext.create("libvpx", "r")
    assert isinstance(made, VideoCodecContext)
    made.thread_count = 1
    return made


def decoded(context: VideoCodecContext, data: bytes) -> Plane:
    """The luma of the next picture."""
    (frame,) = context.decode(av.Packet(data))
    return _luma(frame)


def _luma(frame: av.VideoFrame) -> Plane:
    plane = frame.planes[0]
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]


def read_pictures(
    source: Path | str, keep: Callable[[Seen, Plane], None] = lambda seen, luma: None, until_s: float = float("inf")
) -> list[Seen]:
    """All pictures of a file or playlist, in order, up to a moment; ``keep`` is shown each one's luma."""
    found = []
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            if float(frame.time or 0.0) > until_s:
                break
            luma = _luma(frame)
            seen = Seen(float(frame.time or 0.0), number_of(luma), flashes(luma))
            found.append(seen)
            keep(seen, luma)
    return found


def read_sound(source: Path | str) -> tuple[float, Sound]:
    """When the sound of a file or playlist begins, and its samples, mono at 48 kHz, gaps in time filled with silence."""
    pieces: list[Sound] = []
    begin_s, length = None, 0
    with av.open(str(source)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE_HZ)
        for frame in container.decode(container.streams.audio[0]):
            at_s = float(frame.time or 0.0)
            begin_s = at_s if begin_s is None else begin_s
            missing = round((at_s - begin_s) * RATE_HZ) - length
            if missing > RATE_HZ // 100:
                pieces.append(np.zeros(missing, np.float32))
                length += missing
            for part in resampler.resample(frame):
                samples = part.to_ndarray().ravel().astype(np.float32)
                pieces.append(samples)
                length += len(samples)
    return begin_s or 0.0, np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


def beeps_at_s(begin_s: float, samples: Sound) -> list[float]:
    """When the beeps begin."""
    window = RATE_HZ // 1_000
    angles = 2 * np.pi * BEEP_HZ * np.arange(len(samples)) / RATE_HZ
    mixed = samples * np.exp(-1j * angles)
    smooth = np.convolve(mixed, np.ones(4 * window) / (4 * window), "same")
    loud = np.abs(smooth) > 0.1
    rises = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1
    starts: list[float] = []
    for rise in rises:
        at_s = begin_s + rise / RATE_HZ
        if loud[rise : rise + round(0.03 * RATE_HZ)].all() and (not starts or at_s - starts[-1] > 1.0):
            starts.append(at_s)
    return starts


def offsets_ms(pictures: list[Seen], beeps_s: list[float]) -> list[tuple[float, float]]:
    """For each flash with a beep within half a second: when, and by how many ms the sound comes later than the picture."""
    found = []
    for before, after in itertools.pairwise(pictures):
        if after.flash and not before.flash and after.number is not None and after.number % CLAP_FRAMES == 0:
            nearest = min(beeps_s, key=lambda at_s: abs(at_s - after.at_s), default=None)
            if nearest is not None and abs(nearest - after.at_s) < 0.5:
                found.append((after.at_s, (nearest - after.at_s) * 1000))
    return found


def still_s(pictures: list[Seen], least_s: float = 0.2) -> list[tuple[float, float]]:
    """The stretches (begin, length) of at least ``least_s`` in which the number does not go on as time does."""
    found: list[tuple[float, float]] = []
    last: Seen | None = None
    for seen in pictures:
        if seen.number is None:
            continue
        if last is not None and last.number != seen.number and seen.at_s - last.at_s > least_s:
            found.append((last.at_s, seen.at_s - last.at_s))
        if last is None or last.number != seen.number:
            last = seen
    return found


def pitch_at_s(samples: Sound, at_s: float) -> float | None:
    """The place in the loop (s, to some 0.1 s) that 80 ms of sound from ``at_s`` on tell; None where there is no tone."""
    window = samples[round(at_s * RATE_HZ) : round((at_s + 0.08) * RATE_HZ)]
    if len(window) < 0.08 * RATE_HZ - 1 or float(np.sqrt(np.mean(window**2))) < 0.02:
        return None
    spectrum = np.abs(np.fft.rfft(window * np.hanning(len(window)), 1 << 15))
    peak = float(np.argmax(spectrum)) * RATE_HZ / (1 << 15)
    if not LOW_HZ - 30 <= peak <= HIGH_HZ + 30:
        return None
    return (peak - LOW_HZ) / (HIGH_HZ - LOW_HZ) * LOOP_US / 1e6 - 0.04


class Performance:
    """Plays the loop by a peer's microphone and camera, again and again at its own pace, and remembers what went out.

    What falls into a time without connection is not sent; afterwards it goes on with a key frame where the time is by then, so
    that the number always tells the moment.
    """

    def __init__(self, loop: Clip, up: Callable[[], SimUp | None], clock: NodeClock) -> None:
        self._loop, self._up, self._clock = loop, up, clock
        self.sent: list[tuple[int, int]] = []
        """Each picture that went out: µs since 1970 at which it was due, and its number."""

    async def run(self) -> None:
        """Play until cancelled."""
        begin_us = self._clock.now_us()
        cursor, round_us, waiting, begins = 0, 0, True, True
        pieces = self._loop.pieces
        while True:
            now_us = self._clock.now_us() - begin_us
            up = self._up()
            while round_us + pieces[cursor].at_us <= now_us:
                piece, at_us = pieces[cursor], begin_us + round_us + pieces[cursor].at_us
                if up is None:
                    waiting = begins = True
                elif piece.voice:
                    up.microphone.send_voice(piece.data, at_us, begins=begins)
                    begins = False
                elif not (waiting and piece.data[0] & 0x01):  # RFC 6386 §9.1
                    waiting = False
                    up.camera.send_picture(piece.data, at_us)
                    self.sent.append((at_us, piece.at_us * FPS // 1_000_000))
                cursor += 1
                if cursor == len(pieces):
                    cursor, round_us = 0, round_us + LOOP_US
            await asyncio.sleep(_STEP_S)
