"""Taking encoded pictures and sound out of files, packet by packet, with PyAV: nothing is decoded."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from media.egress.fmp4 import AudioFormat, Sample, VideoFormat
from media.vod.playlist import Cut

_TIMESCALE = 90_000
_AAC_SAMPLES = 1024
_NO_PROBING = {"probesize": "32"}
"""The boxes say all that is wanted; else libav would decode the beginning of every segment."""


class Unreadable(Exception):
    """The file does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Shot:
    """The pictures of one segment."""

    format: VideoFormat
    frames: list[Sample]


def shots_of_recording(folder: Path, cuts: tuple[Cut, ...], fps: int) -> Iterator[Shot]:
    """The recording's own pictures, segment by segment. Raises Unreadable, OSError."""
    for cut in cuts:
        with _opened(folder, cut) as container:
            yield _shot(container, fps)


def shots_of_part(file: Path, frames: list[int], fps: int) -> Iterator[Shot]:
    """The pictures of a part's ``file``, cut to segments of so many ``frames``. Raises Unreadable, OSError."""
    with _open(str(file)) as container:
        whole = _shot(container, fps)
    if len(whole.frames) != sum(frames):
        raise Unreadable(f"{file.name} has {len(whole.frames)} pictures, not {sum(frames)}")
    begin = 0
    for count in frames:
        yield Shot(whole.format, whole.frames[begin : begin + count])
        begin += count


def frames_of(cut: Cut, fps: int) -> int:
    """How many pictures a segment has."""
    return round(cut.duration_s * fps)


@dataclass(frozen=True, slots=True)
class Sound:
    """AAC packets with their numbers: packet *n* is heard from sample 1024 × *n* of the recording on."""

    format: AudioFormat
    packets: Iterator[tuple[int, Sample]]


def sound_of_file(file: Path) -> Sound:
    """The sound of a file that ffmpeg made. What its encoder needed before the beginning is left out, as the recorder does:
    packets are joined at their numbers, so that nothing is shifted by the encoder's delay. Raises Unreadable, OSError."""
    with _open(str(file)) as container:
        made = _audio_format(container)

    def packets() -> Iterator[tuple[int, Sample]]:
        with _open(str(file)) as container:
            yield from _numbered(container)

    return Sound(made, packets())


def sound_of_recording(folder: Path, cuts: tuple[Cut, ...]) -> Sound:
    """The recording's own sound. Raises Unreadable, OSError."""
    if not cuts:
        raise Unreadable("nothing is listed")
    with _opened(folder, cuts[0]) as container:
        own = _audio_format(container)

    def packets() -> Iterator[tuple[int, Sample]]:
        for cut in cuts:
            with _opened(folder, cut) as container:
                yield from _numbered(container)

    return Sound(own, packets())


def _opened(folder: Path, cut: Cut) -> Any:
    whole = (folder / cut.init).read_bytes() + (folder / cut.name).read_bytes()
    return _open(io.BytesIO(whole))


def _open(file: Any) -> Any:
    try:
        return av.open(file, format="mp4", options=_NO_PROBING)
    except av.FFmpegError as error:
        raise Unreadable(str(error)) from error


def _shot(container: Any, fps: int) -> Shot:
    stream = container.streams.video[0]
    packets = [packet for packet in container.demux(stream) if packet.size]
    if not packets or not packets[0].is_keyframe:
        raise Unreadable("a segment does not begin with a key frame")
    shown = [round(float(packet.pts * packet.time_base) * fps) for packet in packets]
    first = min(shown)
    frames = [
        Sample(bytes(packet), packet.is_keyframe, at - first - number)
        for number, (packet, at) in enumerate(zip(packets, shown, strict=True))
    ]
    codec = stream.codec_context
    colour = (int(codec.color_primaries), int(codec.color_trc), int(codec.colorspace))
    sets = tuple(parameter_sets(bytes(codec.extradata or b"")))
    return Shot(VideoFormat(codec.width, codec.height, _TIMESCALE, _TIMESCALE // fps, sets, colour), frames)


def parameter_sets(avcc: bytes) -> Iterator[bytes]:
    """SPS and PPS of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1). Raises Unreadable."""
    try:
        position = 5
        for mask in (0x1F, 0xFF):
            count, position = avcc[position] & mask, position + 1
            for _ in range(count):
                (size,) = struct.unpack_from(">H", avcc, position)
                yield avcc[position + 2 : position + 2 + size]
                position += 2 + size
    except (IndexError, struct.error) as error:
        raise Unreadable("no parameter sets") from error


def _audio_format(container: Any) -> AudioFormat:
    if not container.streams.audio:
        raise Unreadable("no sound")
    codec = container.streams.audio[0].codec_context
    return AudioFormat(codec.sample_rate, _AAC_SAMPLES, codec.bit_rate or 96_000, bytes(codec.extradata or b""), codec.channels)


def _numbered(container: Any) -> Iterator[tuple[int, Sample]]:
    stream = container.streams.audio[0]
    for packet in container.demux(stream):
        if packet.size:
            number = round(float(packet.pts * packet.time_base) * stream.codec_context.sample_rate / _AAC_SAMPLES)
            if number >= 0:
                yield number, Sample(bytes(packet), True)
