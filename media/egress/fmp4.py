"""Fragmented MP4 (ISO/IEC 14496-12), as much as HLS needs: one initialisation segment, and media segments that each stand
for themselves, so that a restarted process continues a file series byte by byte as if it had never stopped."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_VIDEO, _AUDIO = 1, 2
_SYNC, _NOT_SYNC = 0x0200_0000, 0x0101_0000


@dataclass(frozen=True, slots=True)
class VideoFormat:
    width: int
    height: int
    timescale: int
    frame_ticks: int
    parameter_sets: tuple[bytes, ...]
    """SPS and PPS."""
    colour: tuple[int, int, int] = (6, 6, 6)
    """Primaries, transfer and matrix by the numbers of ISO/IEC 23091-2; these are BT.601's."""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    rate_hz: int
    frame_samples: int
    bitrate_bps: int
    config: bytes
    """AudioSpecificConfig."""
    channels: int = 1


@dataclass(frozen=True, slots=True)
class Sample:
    data: bytes
    sync: bool
    shift: int = 0
    """How many samples later than it is decoded it is shown; negative: earlier. For pictures that are not in order."""


def initialisation(video: VideoFormat | None, audio: AudioFormat) -> bytes:
    """``ftyp`` and ``moov`` of a file with an H.264 track and an AAC track; without ``video`` the sound stands alone."""
    mvhd = _full("mvhd", 0, 0, struct.pack(">IIII", 0, 0, 1000, 0) + _RATE + _MATRIX + bytes(24) + struct.pack(">I", 3))
    mvex = _box("mvex", (_trex(_VIDEO) if video else b"") + _trex(_AUDIO))
    moov = _box("moov", mvhd + (_video_track(video) if video else b"") + _audio_track(audio) + mvex)
    return _box("ftyp", b"iso6" + struct.pack(">I", 0) + b"iso6cmfcmp41avc1") + moov


def media_segment(
    number: int,
    video: VideoFormat | None,
    audio: AudioFormat,
    first_frame: int,
    frames: Sequence[Sample],
    first_audio: int,
    sounds: Sequence[Sample],
) -> bytes:
    """``styp``, ``moof`` and ``mdat`` of segment ``number``; the first samples' numbers count from the track's beginning."""
    tracks = [(_AUDIO, first_audio * audio.frame_samples, audio.frame_samples, sounds)]
    if video is not None:
        tracks.insert(0, (_VIDEO, first_frame * video.frame_ticks, video.frame_ticks, frames))
    present = [track for track in tracks if track[3]]

    def moof(first_offset: int) -> bytes:
        offset, out = first_offset, _full("mfhd", 0, 0, struct.pack(">I", number))
        for track, time, ticks, samples in present:
            out += _traf(track, time, ticks, samples, offset)
            offset += sum(len(sample.data) for sample in samples)
        return _box("moof", out)

    data = b"".join(sample.data for track in present for sample in track[3])
    styp = _box("styp", b"msdh" + struct.pack(">I", 0) + b"msdhmsix")
    return styp + moof(len(moof(0)) + 8) + _box("mdat", data)


def _traf(track: int, time: int, ticks: int, samples: Sequence[Sample], offset: int) -> bytes:
    tfhd = _full("tfhd", 0, 0x02_0008, struct.pack(">II", track, ticks))  # default-base-is-moof, default duration
    tfdt = _full("tfdt", 1, 0, struct.pack(">Q", time))
    return _box("traf", tfhd + tfdt + _trun(ticks, samples, offset))


def _trun(ticks: int, samples: Sequence[Sample], offset: int) -> bytes:
    """Data offset, sizes, flags; and where pictures are not in order, by how much (ISO/IEC 14496-12 §8.8.8)."""
    head = struct.pack(">Ii", len(samples), offset)
    flags = (_SYNC if sample.sync else _NOT_SYNC for sample in samples)
    if any(sample.shift for sample in samples):
        shifted = (struct.pack(">IIi", len(s.data), flag, s.shift * ticks) for s, flag in zip(samples, flags, strict=True))
        return _full("trun", 1, 0x0E01, head + b"".join(shifted))
    return _full(
        "trun", 0, 0x0601, head + b"".join(struct.pack(">II", len(s.data), f) for s, f in zip(samples, flags, strict=True))
    )


def _video_track(video: VideoFormat) -> bytes:
    sps = [unit for unit in video.parameter_sets if unit[0] & 0x1F == 7]
    pps = [unit for unit in video.parameter_sets if unit[0] & 0x1F == 8]
    avcc = bytes((1, *sps[0][1:4], 0xFF, 0xE0 | len(sps))) + _sized(sps) + bytes((len(pps),)) + _sized(pps)
    if sps[0][1] in (100, 110, 122, 144):
        avcc += b"\xfd\xf8\xf8\x00"  # 4:2:0, 8 bits, no extensions of the parameter sets
    entry = _box(
        "avc1",
        bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HH", video.width, video.height)
        + struct.pack(">IIIH", 0x48_0000, 0x48_0000, 0, 1) + bytes(32) + struct.pack(">Hh", 24, -1)
        + _box("avcC", avcc) + _box("colr", b"nclx" + struct.pack(">HHHB", *video.colour, 0)),
    )  # fmt: skip
    return _track(
        _VIDEO, "vide", video.timescale, _full("vmhd", 0, 1, bytes(8)), entry, 0, (video.width << 16, video.height << 16)
    )


def _audio_track(audio: AudioFormat) -> bytes:
    decoder = b"\x40\x15" + bytes(3) + struct.pack(">II", audio.bitrate_bps, audio.bitrate_bps) + _descriptor(5, audio.config)
    es = _descriptor(3, struct.pack(">HB", _AUDIO, 0) + _descriptor(4, decoder) + _descriptor(6, b"\x02"))
    entry = _box(
        "mp4a",
        bytes(6) + struct.pack(">H", 1) + bytes(8) + struct.pack(">HHHHI", audio.channels, 16, 0, 0, audio.rate_hz << 16)
        + _full("esds", 0, 0, es),
    )  # fmt: skip
    return _track(_AUDIO, "soun", audio.rate_hz, _full("smhd", 0, 0, bytes(4)), entry, 0x0100, (0, 0))


def _track(
    number: int, handler: str, timescale: int, media_header: bytes, entry: bytes, volume: int, size: tuple[int, int]
) -> bytes:
    tkhd = _full(
        "tkhd", 0, 3,
        struct.pack(">IIIII", 0, 0, number, 0, 0) + bytes(8) + struct.pack(">HHHH", 0, 0, volume, 0) + _MATRIX
        + struct.pack(">II", *size),
    )  # fmt: skip
    mdhd = _full("mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, timescale, 0, 0x55C4, 0))
    hdlr = _full("hdlr", 0, 0, bytes(4) + handler.encode() + bytes(12) + b"\x00")
    dinf = _box("dinf", _full("dref", 0, 0, struct.pack(">I", 1) + _full("url ", 0, 1, b"")))
    tables = b"".join(_full(name, 0, 0, bytes(4)) for name in ("stts", "stsc")) + _full("stsz", 0, 0, bytes(8))
    stbl = _box("stbl", _full("stsd", 0, 0, struct.pack(">I", 1) + entry) + tables + _full("stco", 0, 0, bytes(4)))
    return _box("trak", tkhd + _box("mdia", mdhd + hdlr + _box("minf", media_header + dinf + stbl)))


def _trex(track: int) -> bytes:
    return _full("trex", 0, 0, struct.pack(">IIIII", track, 1, 0, 0, 0))


def _descriptor(tag: int, data: bytes) -> bytes:
    """A descriptor of ISO/IEC 14496-1 §8.3 shorter than 128 bytes."""
    return bytes((tag, len(data))) + data


def _sized(units: Sequence[bytes]) -> bytes:
    return b"".join(struct.pack(">H", len(unit)) + unit for unit in units)


def _box(name: str, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name.encode() + content


def _full(name: str, version: int, flags: int, content: bytes) -> bytes:
    return _box(name, struct.pack(">I", version << 24 | flags) + content)


_RATE = struct.pack(">IHH", 0x1_0000, 0x0100, 0) + bytes(8)
_MATRIX = struct.pack(">9I", 0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000)
