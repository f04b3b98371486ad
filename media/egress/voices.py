"""The voices: each microphone as samples at their place in the recording, and the mix of those who may be heard."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from media.capture import RTP, SENDER_REPORT, Record, SenderReport, TrackHeader
from media.egress.clocks import PeerClock, TrackClock
from media.egress.pictures import HOLD_US
from media.egress.rtp import Ordered, Reorder, parse_rtp

RATE_HZ = 48_000
Samples = NDArray[np.float32]

_JUMP = RATE_HZ * 60 // 1000
"""A voice that is off its place by more samples is moved at once; by less, it is led back unnoticeably."""
_RAMP = RATE_HZ * 40 // 1000
_CEILING = 0.94
_KEEP = RATE_HZ // 2


@dataclass(frozen=True, slots=True)
class _Packet:
    timestamp: int
    payload: bytes


class Microphone:
    """One capture file of a microphone (Opus, RFC 7587). Positions are samples at 48 kHz since the recording's zero."""

    def __init__(self, header: TrackHeader, peer: PeerClock, zero_us: int) -> None:
        self._clock = TrackClock(header.clock_hz, peer)
        self._hz = header.clock_hz
        self._zero_us = zero_us
        self._reorder = Reorder(HOLD_US)
        self._waiting: deque[_Packet] = deque()
        self._decoder: AudioCodecContext | None = None
        self._begin = 0
        self._samples: Samples = np.zeros(0, np.float32)
        self._next_timestamp: int | None = None

    def take(self, record: Record) -> None:
        """A record of the file."""
        if record.type == SENDER_REPORT:
            self._clock.report(record.at_us, SenderReport.decode(record.data))
        elif record.type == RTP and (packet := parse_rtp(record.data)) is not None:
            self._clock.arrived(record.at_us, packet.timestamp)
            for ordered in self._reorder.push(packet, record.at_us):
                self._queue(ordered)

    def expire(self, read_us: int) -> None:
        """The file was read up to arrivals at ``read_us``."""
        for ordered in self._reorder.expire(read_us):
            self._queue(ordered)

    def skip(self, end: int) -> None:
        """Let what lies before position ``end`` go unheard and undecoded."""
        while self._waiting and self._place(self._waiting[0]) < end:
            self._waiting.popleft()
        self._decoder = self._next_timestamp = None
        self._begin, self._samples = end, np.zeros(0, np.float32)

    def render(self, begin: int, end: int) -> Samples:
        """The samples at positions ``begin`` to ``end``; silence where there are none."""
        while self._waiting and self._place(self._waiting[0]) < end:
            self._append(self._waiting.popleft())
        out = np.zeros(end - begin, np.float32)
        first, last = max(begin, self._begin), min(end, self._begin + len(self._samples))
        if first < last:
            out[first - begin : last - begin] = self._samples[first - self._begin : last - self._begin]
        surplus = begin - _KEEP - self._begin
        if surplus > 0:
            self._samples = self._samples[surplus:]
            self._begin += surplus
        return out

    def _queue(self, ordered: Ordered) -> None:
        self._waiting.append(_Packet(ordered.timestamp, ordered.packet.payload))

    def _place(self, packet: _Packet) -> int:
        return (self._clock.wall_us(packet.timestamp) - self._zero_us) * RATE_HZ // 1_000_000

    def _append(self, packet: _Packet) -> None:
        sound = self._decode(packet.payload)
        if sound is None or not len(sound):
            return
        place, end = self._place(packet), self._begin + len(self._samples)
        contiguous = packet.timestamp == self._next_timestamp
        self._next_timestamp = packet.timestamp + len(sound) * self._hz // RATE_HZ
        error = place - end
        if contiguous and abs(error) <= _JUMP:
            sound = _stretched(sound, error)
        elif error > _KEEP:  # all that is there was rendered long ago
            self._begin, self._samples = place, np.zeros(0, np.float32)
        elif error > 0:
            self._extend(_concealment(self._samples, error))
        elif -error < len(sound):
            sound = sound[-error:]
        else:
            return
        self._extend(sound)

    def _extend(self, sound: Samples) -> None:
        self._samples = np.concatenate((self._samples, sound))

    def _decode(self, payload: bytes) -> Samples | None:
        if self._decoder is None:
            decoder = av.CodecContext.create("libopus", "r")
            if not isinstance(decoder, AudioCodecContext):
                raise TypeError("libopus is no audio codec here")
            decoder.sample_rate, decoder.layout = RATE_HZ, "mono"
            self._decoder = decoder
        try:
            frames = self._decoder.decode(av.Packet(payload))
        except av.FFmpegError:
            self._decoder = None
            return None
        if not frames:
            return None
        whole = np.concatenate([frame.to_ndarray().ravel() for frame in frames])
        return whole.astype(np.float32) / np.float32(32_768) if whole.dtype == np.int16 else whole.astype(np.float32)


def _stretched(sound: Samples, error: int) -> Samples:
    """``sound`` made up to 0.8 % longer or shorter, so that an ``error`` in samples shrinks."""
    change = int(np.clip(error / 20, -len(sound) / 120, len(sound) / 120))
    if change == 0:
        return sound
    positions = np.linspace(0, len(sound) - 1, len(sound) + change)
    stretched: Samples = np.interp(positions, np.arange(len(sound)), sound).astype(np.float32)
    return stretched


def _concealment(before: Samples, missing: int) -> Samples:
    """What stands for ``missing`` samples: the last 20 ms mirrored and faded out, then silence."""
    out = np.zeros(missing, np.float32)
    tail = before[-min(len(before), missing, RATE_HZ // 50) :][::-1] if len(before) else before
    out[: len(tail)] = tail * np.linspace(0.9, 0, len(tail), dtype=np.float32)
    return out


class Mixer:
    """Adds up the voices that may be heard, each fading in and out in 40 ms, without ever clipping."""

    def __init__(self) -> None:
        self._gains: dict[str, float] = {}
        self._limit = 1.0

    def mix(self, begin: int, end: int, heard: Collection[str], microphones: Mapping[str, Collection[Microphone]]) -> Samples:
        """Positions ``begin`` to ``end``, mono. ``heard`` and the keys of ``microphones`` are peers."""
        out = np.zeros(end - begin, np.float32)
        for peer, files in microphones.items():
            gain, target = self._gains.get(peer, 0.0), 1.0 if peer in heard else 0.0
            if gain == target == 0.0:
                for file in files:
                    file.skip(end)
                continue
            curve = _ramp(gain, target, len(out))
            self._gains[peer] = float(curve[-1])
            for file in files:
                out += file.render(begin, end) * curve
        return self._limited(out)

    def _limited(self, sound: Samples) -> Samples:
        peak = float(np.max(np.abs(sound))) if len(sound) else 0.0
        wanted = min(1.0, _CEILING / peak) if peak else 1.0
        if wanted >= 1.0 and self._limit >= 1.0:
            return sound
        target = wanted if wanted < self._limit else min(wanted, self._limit + 0.05)
        curve = np.linspace(self._limit, target, len(sound), dtype=np.float32)
        self._limit = target
        limited: Samples = np.clip(sound * curve, -_CEILING, _CEILING).astype(np.float32)
        return limited


def _ramp(gain: float, target: float, length: int) -> Samples:
    if gain == target:
        return np.full(length, gain, np.float32)
    step = (1 if target > gain else -1) / _RAMP
    curve: Samples = np.clip(gain + step * np.arange(1, length + 1), 0.0, 1.0).astype(np.float32)
    return curve
