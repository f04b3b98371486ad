"""The moving pictures: each peer's camera or screen as the frame that belongs to a moment.

A source has one layer per capture file (simulcast layers, and again after each reconnection). One layer at a time is decoded: the
smallest that fills the place where it is shown. Changing over happens at a keyframe; a layer that falls silent, or has lost what
its frames build on, is left for one that lives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from media.capture import RTP, SENDER_REPORT, Record, SenderReport, TrackHeader
from media.egress.clocks import PeerClock, TrackClock
from media.egress.h264 import H264Assembler
from media.egress.rtp import Ordered, Reorder, parse_rtp
from media.egress.vp8 import EncodedFrame, Vp8Assembler

HOLD_US = 350_000
"""How long a missing packet is waited for: a few round trips of retransmission."""
_SILENT_US = 1_000_000
_GROUP_FRAMES = 900
"""Frames kept since the last keyframe of a layer that nobody looks at."""


@dataclass(frozen=True, slots=True)
class _Due:
    wall_us: int
    frame: EncodedFrame


class Layer:
    """One capture file of a camera or screen: packets in, encoded frames out when their moment has come."""

    def __init__(self, header: TrackHeader, peer: PeerClock, order: int) -> None:
        self.order = order
        """Files of the same track count up: a later one replaces an earlier one."""
        self.height = 0
        self.last_us = 0
        """The moment of the newest frame that is due."""
        self.group: deque[EncodedFrame] = deque(maxlen=_GROUP_FRAMES)
        """Due frames since the last keyframe."""
        self._clock = TrackClock(header.clock_hz, peer)
        self._reorder = Reorder(HOLD_US)
        self.codec = header.codec
        self._assembler = H264Assembler() if header.codec == "h264" else Vp8Assembler()
        self._waiting: deque[EncodedFrame] = deque()

    def take(self, record: Record) -> None:
        """A record of the file."""
        if record.type == SENDER_REPORT:
            self._clock.report(record.at_us, SenderReport.decode(record.data))
        elif record.type == RTP and (packet := parse_rtp(record.data)) is not None:
            self._clock.arrived(record.at_us, packet.timestamp)
            self._assemble(self._reorder.push(packet, record.at_us))

    def due(self, wall_us: int, read_us: int) -> Iterator[_Due]:
        """The frames whose moment is at or before ``wall_us``; the file was read up to arrivals at ``read_us``."""
        self._assemble(self._reorder.expire(read_us))
        while self._waiting and (at := self._clock.wall_us(self._waiting[0].timestamp)) <= wall_us:
            frame = self._waiting.popleft()
            self.last_us = max(self.last_us, at)
            if frame.keyframe:
                self.height = frame.height
                self.group.clear()
            if frame.keyframe or self.group:
                if len(self.group) == _GROUP_FRAMES:
                    self.group.clear()  # too long to be of use: wait for the next keyframe
                else:
                    self.group.append(frame)
            yield _Due(at, frame)

    def _assemble(self, packets: Iterator[Ordered]) -> None:
        for ordered in packets:
            self._waiting.extend(self._assembler.push(ordered))


class PictureSource:
    """A peer's camera or screen."""

    def __init__(self) -> None:
        self.frame: av.VideoFrame | None = None
        """The picture of the moment of the last :meth:`advance`; None where there never was one."""
        self.seen_us = 0
        """The moment of the newest frame of any layer."""
        self._layers: list[Layer] = []
        self._active: Layer | None = None
        self._decoder: VideoCodecContext | None = None

    def add(self, header: TrackHeader, peer: PeerClock) -> Layer:
        layer = Layer(header, peer, len(self._layers))
        self._layers.append(layer)
        return layer

    def skip(self, wall_us: int, read_us: int) -> None:
        """Let the time pass without looking: nothing is decoded, but what decoding would need is kept."""
        self._active = self._decoder = self.frame = None
        for layer in self._layers:
            for due in layer.due(wall_us, read_us):
                self.seen_us = max(self.seen_us, due.wall_us)

    def advance(self, wall_us: int, read_us: int, want_height: int) -> bool:
        """Bring :attr:`frame` to the moment ``wall_us``, for a place of ``want_height`` pixels. True if it changed."""
        changed = False
        for layer in self._layers:
            for due in layer.due(wall_us, read_us):
                self.seen_us = max(self.seen_us, due.wall_us)
                if layer is self._active:
                    changed |= self._decode(due.frame)
                elif due.frame.keyframe and self._better(layer, wall_us, want_height):
                    self._change_to(layer)
                    changed |= self._decode(due.frame)
        if self._active is None or wall_us - self._active.last_us > _SILENT_US:
            changed |= self._catch_up(wall_us, want_height)
        return changed

    def _better(self, layer: Layer, wall_us: int, want_height: int) -> bool:
        active = self._active
        if active is None or wall_us - active.last_us > _SILENT_US:
            return True
        return _rank(layer, want_height) > _rank(active, want_height)

    def _catch_up(self, wall_us: int, want_height: int) -> bool:
        """Begin in the middle of the best layer that lives: decode its frames since its last keyframe."""
        lively = [layer for layer in self._layers if layer.group and wall_us - layer.last_us <= _SILENT_US]
        if not lively and self._active is None:
            lively = [layer for layer in self._layers if layer.group and wall_us - layer.last_us <= 10 * _SILENT_US]
        if not lively:
            return False
        best = max(lively, key=lambda layer: _rank(layer, want_height))
        self._change_to(best)
        changed = False
        for frame in tuple(best.group):
            changed |= self._decode(frame)
        return changed

    def _change_to(self, layer: Layer) -> None:
        decoder = av.CodecContext.create(layer.codec, "r")
        if not isinstance(decoder, VideoCodecContext):
            raise TypeError(f"{layer.codec} is no video codec here")
        decoder.thread_count = 1  # a frame comes out for each one put in, without delay
        decoder.flags |= Flags.low_delay
        self._active, self._decoder = layer, decoder

    def _decode(self, frame: EncodedFrame) -> bool:
        if self._decoder is None:
            return False
        try:
            pictures = self._decoder.decode(av.Packet(frame.data))
        except av.FFmpegError:
            self._active = self._decoder = None  # hold the last picture; the next keyframe begins anew
            for layer in self._layers:
                layer.group.clear()
            return False
        if pictures:
            self.frame = pictures[-1]
        return bool(pictures)


def _rank(layer: Layer, want_height: int) -> tuple[bool, int, int]:
    enough = layer.height * 10 >= want_height * 9
    return enough, -layer.height if enough else layer.height, layer.order
