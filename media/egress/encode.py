"""The two encoders: H.264 and AAC, without any delay that a restart could not bridge."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.stream import VideoStream

from media.egress.voices import RATE_HZ, Samples

AAC_SAMPLES = 1024
"""Samples of one AAC packet."""
AAC_PREROLL = 2
"""Packets that an encoder must have seen before its output continues what another one made."""
VIDEO_HZ = 90_000
_GLOBAL_HEADER = 1 << 22  # AV_CODEC_FLAG_GLOBAL_HEADER


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded picture or AAC packet. ``index`` is its number, counted from the recording's zero."""

    index: int
    data: bytes
    keyframe: bool


class VideoEncoder:
    """H.264 High, no B-frames, no lookahead: each frame comes out at once. A keyframe begins every ``group`` frames."""

    def __init__(self, width: int, height: int, fps: int, group: int) -> None:
        codec = av.CodecContext.create("libx264", "w")
        if not isinstance(codec, VideoCodecContext):
            raise TypeError("libx264 is no video codec here")
        codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
        codec.time_base, codec.framerate = Fraction(1, fps), Fraction(fps)
        codec.flags |= _GLOBAL_HEADER
        top_bps = height * height * 5
        codec.options = {
            "preset": "veryfast",
            "crf": "23",
            "maxrate": str(top_bps),
            "bufsize": str(2 * top_bps),
            "x264-params": f"keyint={group}:min-keyint={group}:scenecut=0:bframes=0:rc-lookahead=0:mbtree=0:threads=1"
            ":colorprim=smpte170m:transfer=smpte170m:colormatrix=smpte170m:range=tv",
        }
        codec.open()
        self._codec, self._group = codec, group
        self.parameter_sets = tuple(split_annexb(codec.extradata or b""))

    def encode(self, frame: av.VideoFrame, index: int) -> list[Packet]:
        frame.pts, frame.time_base = index, self._codec.time_base
        frame.pict_type = PictureType.I if index % self._group == 0 else PictureType.NONE
        return [self._packet(packet) for packet in self._codec.encode(frame)]

    def flush(self) -> list[Packet]:
        return [self._packet(packet) for packet in self._codec.encode(None)]

    def _packet(self, packet: av.Packet[VideoStream]) -> Packet:
        units = (unit for unit in split_annexb(bytes(packet)) if unit[0] & 0x1F not in (7, 8, 9))
        data = b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)
        return Packet(packet.pts or 0, data, packet.is_keyframe)


class AudioEncoder:
    """AAC-LC, mono, 48 kHz. Fed from packet ``first`` − :data:`AAC_PREROLL` on, it gives the packets from ``first`` on."""

    def __init__(self, first: int, bitrate_bps: int = 96_000) -> None:
        codec = av.CodecContext.create("aac", "w")
        if not isinstance(codec, AudioCodecContext):
            raise TypeError("aac is no audio codec here")
        codec.sample_rate, codec.layout, codec.format = RATE_HZ, "mono", "fltp"
        codec.bit_rate, codec.time_base = bitrate_bps, Fraction(1, RATE_HZ)
        codec.flags |= _GLOBAL_HEADER
        codec.open()
        self._codec, self._first = codec, first
        self.config = codec.extradata or b""
        """AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2)."""

    def encode(self, samples: Samples, begin: int) -> list[Packet]:
        """``samples`` (:data:`AAC_SAMPLES` of them) stand at position ``begin``."""
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, begin, Fraction(1, RATE_HZ)
        return self._packets(self._codec.encode(frame))

    def flush(self) -> list[Packet]:
        return self._packets(self._codec.encode(None))

    def _packets(self, packets: list[av.Packet[AudioStream]]) -> list[Packet]:
        out = [Packet((packet.pts or 0) // AAC_SAMPLES, bytes(packet), True) for packet in packets]
        return [packet for packet in out if packet.index >= self._first]


def split_annexb(data: bytes) -> list[bytes]:
    """The NAL units of a byte stream with start codes (ITU-T H.264 Annex B)."""
    starts, position = [], data.find(b"\x00\x00\x01")
    while position >= 0:
        starts.append(position)
        position = data.find(b"\x00\x00\x01", position + 3)
    ends = [*starts[1:], len(data)]
    units = (data[start + 3 : end] for start, end in zip(starts, ends, strict=True))
    return [unit.rstrip(b"\x00") for unit in units if unit.rstrip(b"\x00")]
