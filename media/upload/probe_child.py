"""``python -m media.upload.probe_child FAMILY FILE``: looks into a stranger's file, in a process that may die of it.

Every packet is read and the first frames are decoded. Only the demuxer of ``FAMILY`` opens the file, and only as a file: a
playlist in disguise leads nowhere. Speaks lines of JSON: ``{"share": 0…1}`` while it reads, at last ``{"found": …}``
(:class:`media.upload.found.Found`) or ``{"error": "damaged"}``.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.stream import VideoStream

from media.upload.bounds import bind
from media.upload.found import MAX_HOURS, SPAN_S, Found, Picture, Sound, emptiness
from media.upload.magic import DEMUXERS, Family

MEMORY_BYTES = 2 << 30
_CPU_S, _BYTES_PER_CPU_S = 60, 10 << 20
_TELL_S = 1.0
_FRAMES = 12
"""Decoded of each stream."""
_HDR = (16, 18)
"""Transfer characteristics PQ and HLG (ITU-T H.273, table 3)."""


@dataclass
class _Sight:
    """What was seen of one stream."""

    stream: VideoStream | AudioStream
    end_s: float = 0.0
    packets: int = 0
    spans: set[int] = field(default_factory=set)
    """Those of :data:`SPAN_S` in which a packet begins; what lies beyond the longest recording is refused without them."""
    frames: list[Any] = field(default_factory=list)
    failed: bool = False

    def take(self, packet: Any) -> None:
        if packet.pts is not None:
            begin_s, unit_s = packet.pts * float(packet.time_base), float(packet.time_base)
            self.end_s = max(self.end_s, begin_s + (packet.duration or 0) * unit_s)
            self.packets += 1
            if abs(begin_s) < 2 * MAX_HOURS * 3600:
                self.spans.add(int(begin_s // SPAN_S))
        if len(self.frames) < _FRAMES and not self.failed:
            try:
                self.frames += packet.decode()
            except av.FFmpegError:
                self.failed = self.packets > 300  # what begins in the middle of a group decodes later


def main(family: Family, source: str) -> None:
    """Look and tell."""
    path = Path(source)
    size = path.stat().st_size
    bind(MEMORY_BYTES, 0)
    cpu_s = _CPU_S + size // _BYTES_PER_CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    try:
        _say({"found": asdict(look(path, family, size))})
    except (av.FFmpegError, ValueError, MemoryError, OverflowError):
        _say({"error": "damaged"})


def look(path: Path, family: Family, size: int) -> Found:
    """Read all of it. Raises av.FFmpegError where it cannot even be opened."""
    demuxer, whitelist = DEMUXERS[family]
    options = {"protocol_whitelist": "file", "format_whitelist": whitelist}
    with av.open(str(path), format=demuxer, options=options, metadata_errors="replace") as container:
        pictures = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
        pictures.sort(key=_area, reverse=True)  # a small one beside it is a preview
        chosen: list[VideoStream | AudioStream] = [*pictures[:1], *container.streams.audio[:1]]
        sights = [_Sight(stream) for stream in chosen]
        for sight in sights:
            sight.stream.codec_context.thread_count = 1
        torn = _read(container, sights, size) if sights else False
        start_s = max(0.0, (container.start_time or 0) / av.time_base)
        declared_s = _declared_s(container, sights, start_s)
        picture = next((_picture(sight) for sight in sights if isinstance(sight.stream, VideoStream)), None)
        sound = next((_sound(sight) for sight in sights if isinstance(sight.stream, AudioStream)), None)
        end_s = max([start_s, *(sight.end_s for sight in sights)])
        empty_s, gap_s = emptiness(set().union(*(sight.spans for sight in sights)), start_s, end_s)
        return Found(
            streams=len(container.streams),
            picture=picture,
            sound=sound,
            declared_ms=round(declared_s * 1000),
            readable_ms=round((end_s - start_s) * 1000),
            torn=torn,
            undecodable=any(not sight.frames for sight in sights),
            empty_s=empty_s,
            gap_s=gap_s,
        )


def _read(container: Any, sights: list[_Sight], size: int) -> bool:
    """All packets of the streams; True where reading broke off."""
    of = {sight.stream.index: sight for sight in sights}
    told = time.monotonic()
    try:
        for packet in container.demux([sight.stream for sight in sights]):
            of[packet.stream.index].take(packet)
            if packet.pos and time.monotonic() - told > _TELL_S:
                told = time.monotonic()
                _say({"share": min(1.0, packet.pos / size)})
    except av.FFmpegError:
        return True
    return False


def _area(stream: VideoStream) -> int:
    return int(stream.codec_context.width * stream.codec_context.height)


def _declared_s(container: Any, sights: list[_Sight], start_s: float) -> float:
    """The longest stream where streams say so (a track of titles may be longer), else the file. One that does not begin at 0 may
    say when it ends instead."""
    streams = [sight.stream for sight in sights]
    lengths = [float(stream.duration * stream.time_base) for stream in streams if stream.duration and stream.time_base]
    if len(lengths) == len(sights) and lengths:
        return max(lengths)
    whole_s = float((container.duration or 0) / av.time_base)
    return whole_s - start_s if whole_s > start_s else whole_s


def _picture(sight: _Sight) -> Picture:
    stream = cast(VideoStream, sight.stream)
    codec = stream.codec_context
    aspect = float(stream.sample_aspect_ratio or 0) or 1.0
    width, height = round(codec.width * aspect), codec.height
    if any(abs(frame.rotation) % 180 == 90 for frame in sight.frames[:1]):
        width, height = height, width
    rate = stream.average_rate or (Fraction(sight.packets) / Fraction(max(sight.end_s, 0.1)).limit_denominator(1000))
    return Picture(
        index=stream.index,
        width=width,
        height=height,
        fps=float(rate),
        interlaced=any(frame.interlaced_frame for frame in sight.frames),
        hdr=int(codec.color_trc or 0) in _HDR,
    )


def _sound(sight: _Sight) -> Sound:
    stream = cast(AudioStream, sight.stream)
    return Sound(index=stream.index, channels=stream.codec_context.channels)


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(cast(Family, sys.argv[1]), sys.argv[2])
