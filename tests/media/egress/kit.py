"""Synthetic captures and a look at what was composed of them. Moments are seconds since the recording's zero."""

from __future__ import annotations

import io
import json
import random
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from media.capture import HEADER, MAGIC, RTP, SENDER_REPORT, SenderReport, TrackHeader, encode_record
from media.plane import Program

ZERO_US = 1_790_000_000_000_000
RECORDING = "rec2345678"
RED, GREEN, BLUE, WHITE, GREY = (200, 30, 30), (30, 200, 30), (30, 30, 200), (255, 255, 255), (128, 128, 128)
Colour = tuple[int, int, int]
Image = NDArray[np.uint8]


def at_us(at_s: float) -> int:
    return ZERO_US + round(at_s * 1_000_000)


@lru_cache(maxsize=32)
def picture(colour: Colour, width: int, height: int) -> Image:
    """A plane of one colour."""
    image = np.empty((height, width, 3), np.uint8)
    image[:] = colour
    return image


def vp8(images: Iterable[Image], *, fps: int = 25, key_every: int = 50, bitrate_bps: int = 800_000) -> Iterator[bytes]:
    """Each image as a VP8 frame."""
    codec: Any = None
    for index, image in enumerate(images):
        if codec is None:
            codec = av.CodecContext.create("libvpx", "w")
            codec.width, codec.height, codec.pix_fmt = image.shape[1], image.shape[0], "yuv420p"
            codec.time_base, codec.bit_rate = Fraction(1, fps), bitrate_bps
            codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "g": str(key_every)}
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p", dst_colorspace="itu601")
        frame.pts = index
        yield from (bytes(packet) for packet in codec.encode(frame))


def opus(samples: NDArray[np.float32]) -> Iterator[bytes]:
    """Mono samples at 48 kHz as Opus packets of 20 ms."""
    codec: Any = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format, codec.bit_rate = 48_000, "mono", "flt", 48_000
    codec.options = {"frame_duration": "20", "application": "lowdelay"}
    for begin in range(0, len(samples) - 959, 960):
        frame = av.AudioFrame.from_ndarray(samples[None, begin : begin + 960], format="flt", layout="mono")
        frame.sample_rate, frame.pts = 48_000, begin
        yield from (bytes(packet) for packet in codec.encode(frame))


def tone(seconds: float, hz: float = 440.0, level: float = 0.5) -> NDArray[np.float32]:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * 48_000)) / 48_000)).astype(np.float32)


def rtp(sequence: int, timestamp: int, marker: bool, payload: bytes, payload_type: int = 96) -> bytes:
    second = payload_type | (0x80 if marker else 0)
    return struct.pack(">BBHII", 0x80, second, sequence & 0xFFFF, timestamp & 0xFFFF_FFFF, 0x1234) + payload


def vp8_packets(frame: bytes, picture_id: int, mtu: int = 1100) -> list[bytes]:
    """Payloads of one frame (RFC 7741), with a 15-bit picture id."""
    chunks = [frame[begin : begin + mtu] for begin in range(0, len(frame), mtu)]
    tail = b"\x80" + struct.pack(">H", 0x8000 | picture_id & 0x7FFF)
    return [(b"\x90" if index == 0 else b"\x80") + tail + chunk for index, chunk in enumerate(chunks)]


@dataclass
class Track:
    """A track to be captured: packets with the moment at which each was sent, arriving ``delay_s`` later."""

    peer: str
    kind: str
    codec: str
    clock_hz: int
    rid: str | None = None
    number: int = 0
    delay_s: float = 0.03
    first_timestamp: int = 0xFFFF_F000
    """Near its end, so that every test sees the counter wrap."""
    packets: list[tuple[float, bytes]] = field(default_factory=list)
    reports: list[float] = field(default_factory=list)
    """Moments of sender reports."""
    sender_ahead_s: float = 1234.5
    """How far the sender's clock is ahead of ours."""
    sequence: int = 65_500

    def timestamp(self, at_s: float) -> int:
        return self.first_timestamp + round(at_s * self.clock_hz)

    def add(self, at_s: float, payloads: list[bytes]) -> None:
        for index, payload in enumerate(payloads):
            last = index == len(payloads) - 1
            self.packets.append((at_s, rtp(self.sequence, self.timestamp(at_s), last, payload)))
            self.sequence += 1

    def records(self) -> list[tuple[int, int, bytes]]:
        out = [(at_us(at_s + self.delay_s), RTP, data) for at_s, data in self.packets]
        for at_s in self.reports:
            sender_s = ZERO_US / 1e6 + at_s + self.sender_ahead_s + 2_208_988_800
            ntp = (int(sender_s) << 32) | int(sender_s % 1 * (1 << 32))
            report = SenderReport(0x1234, ntp, self.timestamp(at_s) & 0xFFFF_FFFF)
            out.append((at_us(at_s + self.delay_s), SENDER_REPORT, report.encode()))
        return sorted(out, key=lambda row: row[0])

    def write(self, folder: Path, until_s: float = 1e9, mangle: Callable[[list[Any]], list[Any]] | None = None) -> Path:
        header = TrackHeader(self.peer, self.kind, self.codec, self.clock_hz, 0x1234, self.rid)  # type: ignore[arg-type]
        rows = self.records()
        rows = mangle(rows) if mangle else rows
        layer = f"-{self.rid}" if self.rid else ""
        path = folder / f"{self.peer}-{self.kind}{layer}-{self.number}.cap"
        body = b"".join(encode_record(kind, at, data) for at, kind, data in rows if at <= at_us(until_s))
        path.write_bytes(MAGIC + encode_record(HEADER, at_us(0), header.encode()) + body)
        return path


def camera(
    peer: str, begin_s: float, end_s: float, colour: Callable[[float], Colour], *, size: tuple[int, int] = (640, 360),
    fps: int = 25, key_every: int = 50, kind: str = "camera", **more: Any,
) -> Track:  # fmt: skip
    """A camera whose whole picture has the colour of the moment."""
    track = Track(peer, kind, "vp8", 90_000, **more)
    moments = [begin_s + index / fps for index in range(round((end_s - begin_s) * fps))]
    frames = vp8((picture(colour(moment), *size) for moment in moments), fps=fps, key_every=key_every)
    for picture_id, (moment, frame) in enumerate(zip(moments, frames, strict=True)):
        track.add(moment, vp8_packets(frame, picture_id + 32_700))
    return track


def microphone(peer: str, begin_s: float, samples: NDArray[np.float32], **more: Any) -> Track:
    track = Track(peer, "mic", "opus", 48_000, **more)
    for index, packet in enumerate(opus(samples)):
        track.add(begin_s + index * 0.02, [packet])
    return track


def program(seq: int, **more: Any) -> Program:
    values = {"state": "live", "title": "Hội nghị quán triệt Nghị quyết số 57-NQ/TW", "recording": RECORDING} | more
    return Program(seq=seq, at_ms=ZERO_US // 1000, **values)


def write_program(folder: Path, *lines: tuple[float, Program]) -> None:
    with (folder / "program.jsonl").open("a") as file:
        for at_s, value in lines:
            file.write(json.dumps({"at_us": at_us(at_s), "program": value.model_dump(mode="json")}) + "\n")


def capture_folder(data: Path) -> Path:
    folder = data / "captures" / RECORDING
    folder.mkdir(parents=True)
    return folder


@dataclass
class Composed:
    """What a player gets to see and hear."""

    images: list[Image]
    image_times: list[float]
    sound: NDArray[np.float32]
    sound_begin_s: float

    def image(self, at_s: float) -> Image:
        return self.images[int(np.searchsorted(self.image_times, at_s + 1e-6)) - 1]

    def colour(self, at_s: float, x: float = 0.5, y: float = 0.5) -> Colour:
        """The colour at a place given in fractions of width and height."""
        image = self.image(at_s)
        row, column = int(image.shape[0] * y), int(image.shape[1] * x)
        patch = image[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4].reshape(-1, 3).mean(axis=0)
        return (int(patch[0]), int(patch[1]), int(patch[2]))

    def level(self, begin_s: float, end_s: float) -> float:
        """Root mean square of the sound."""
        begin, end = (round((moment - self.sound_begin_s) * 48_000) for moment in (begin_s, end_s))
        return float(np.sqrt(np.mean(np.square(self.sound[max(0, begin) : end]))))


def near(one: Colour, other: Colour, tolerance: int = 28) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


def watch(hls: Path) -> Composed:
    """Decode the listed segments as one stream."""
    names = [line for line in (hls / "index.m3u8").read_text().splitlines() if line and not line.startswith("#")]
    whole = (hls / "init.mp4").read_bytes() + b"".join((hls / name).read_bytes() for name in names)
    images, times, sounds, begin_s = [], [], [], None
    with av.open(io.BytesIO(whole), format="mp4") as container:
        for frame in container.decode(video=0, audio=0):
            if isinstance(frame, av.VideoFrame):
                small = frame.reformat(frame.width // 2, frame.height // 2, format="rgb24", src_colorspace="itu601")
                images.append(small.to_ndarray())
                times.append(float(frame.time or 0))
            elif isinstance(frame, av.AudioFrame):
                begin_s = float(frame.time or 0) if begin_s is None else begin_s
                sounds.append(frame.to_ndarray().ravel())
    return Composed(images, times, np.concatenate(sounds).astype(np.float32), begin_s or 0.0)


def shuffled(rows: list[Any], seed: int = 1) -> list[Any]:
    """Neighbouring packets exchange their places, as on a path with jitter."""
    pick, rows = random.Random(seed), list(rows)  # noqa: S311 - a repeatable disorder
    for index in range(0, len(rows) - 1, 3):
        if pick.random() < 0.5:
            one, two = rows[index], rows[index + 1]
            rows[index], rows[index + 1] = (one[0], *two[1:]), (two[0], *one[1:])
    return rows
