"""The capture format: the append-only truth of a session's media, shared by the node (writes) and egress (reads).

A recording's capture is a folder ``captures/<recording>/``:

* ``program.jsonl``: one line per program, ``{"at_us": …, "program": {…}}`` (:class:`media.plane.Program`), first line = start.
* ``<peer>-<kind>[-<rid>]-<n>.cap``: packets of one track (``kind`` mic, camera, screen; ``rid`` of a simulcast layer; ``n``
  counts files of the same track, a new one after each (re)connection of the peer).
* ``written``: the moment (``u64`` little-endian, µs since 1970) until which all that arrived is in the files; it is
  :data:`COMPLETE` once nothing more will come. Written over in place, so that it can be told on a full disk, too.

A ``.cap`` file is :data:`MAGIC`, then records. A record is little-endian ``u32 size, u8 type, u64 at_us, size bytes, u32 crc``
where ``crc`` is CRC-32 of everything before it in the record. ``at_us`` is the arrival on the node's wall clock (made
monotonic by the node), µs since 1970. The first record is :data:`HEADER`. A long track goes on in further parts,
``<peer>-<kind>[-<rid>]-<n>.0002.cap`` and so on, each with its own header: a part that ends in :data:`CONTINUES` is followed by
the next one without a gap. The first parts may be missing once they are composed. A torn or damaged record ends reading: what
comes before it is whole.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

MAGIC = b"DCCAP1\r\n"
HEADER, RTP, SENDER_REPORT, CONTINUES = 1, 2, 3, 4
_HEAD = struct.Struct("<IBQ")
_CRC = struct.Struct("<I")
_SR = struct.Struct("<IQI")
MAX_RECORD_BYTES = 65_536
WRITTEN = "written"
COMPLETE = (1 << 64) - 1
MOMENT = struct.Struct("<Q")
LOOK_BACK_US = 45_000_000
"""What whoever goes on composing must know from before: a keyframe, and how the clocks stand."""


@dataclass(frozen=True, slots=True)
class TrackHeader:
    """What a capture file holds. ``codec`` is ``opus``, ``vp8`` or ``h264``; ``clock_hz`` the RTP clock; packets are RTP without
    SRTP, without padding-only packets, with the node's own payload types."""

    peer: str
    kind: Literal["mic", "camera", "screen"]
    codec: str
    clock_hz: int
    ssrc: int
    rid: str | None = None

    def encode(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> TrackHeader:
        return cls(**json.loads(data))


@dataclass(frozen=True, slots=True)
class SenderReport:
    """RTCP SR (RFC 3550 §6.4.1): ``rtp`` was sampled at ``ntp`` (64-bit NTP time) on the sender's clock."""

    ssrc: int
    ntp: int
    rtp: int

    def encode(self) -> bytes:
        return _SR.pack(self.ssrc, self.ntp, self.rtp)

    @classmethod
    def decode(cls, data: bytes) -> SenderReport:
        return cls(*_SR.unpack(data))


@dataclass(frozen=True, slots=True)
class Record:
    type: int
    at_us: int
    data: bytes


def stream_and_part(path: Path) -> tuple[str, int]:
    """What a capture file is called without its part, and which part it is, counted from 1."""
    stream, _, part = path.name.removesuffix(".cap").partition(".")
    return stream, int(part) if part.isdecimal() else 1


def next_part(path: Path) -> Path:
    """The file in which the track of ``path`` goes on."""
    stream, part = stream_and_part(path)
    return path.with_name(f"{stream}.{part + 1:04d}.cap")


def encode_record(type_: int, at_us: int, data: bytes) -> bytes:
    """One record, ready to append. Raises ValueError over :data:`MAX_RECORD_BYTES`."""
    if len(data) > MAX_RECORD_BYTES:
        raise ValueError("record too large")
    body = _HEAD.pack(len(data), type_, at_us) + data
    return body + _CRC.pack(zlib.crc32(body))


class RecordReader:
    """Incremental reader: feed it bytes as the file grows, take whole records out. Never raises on damage: ``damaged``
    becomes True and it stops (the remaining file is not trusted)."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._magic_seen = False
        self.damaged = False
        self.consumed = 0
        """Bytes of the file that were turned into records (with the magic): where to seek to when resuming."""

    def feed(self, data: bytes) -> Iterator[Record]:
        """Records that are whole after ``data`` is added."""
        if self.damaged:
            return
        self._buffer += data
        if not self._magic_seen:
            if len(self._buffer) < len(MAGIC):
                return
            if self._buffer[: len(MAGIC)] != MAGIC:
                self.damaged = True
                return
            self._magic_seen = True
            del self._buffer[: len(MAGIC)]
            self.consumed += len(MAGIC)
        offset = 0
        try:
            while len(self._buffer) - offset >= _HEAD.size:
                size, type_, at_us = _HEAD.unpack_from(self._buffer, offset)
                if size > MAX_RECORD_BYTES:
                    self.damaged = True
                    return
                end = offset + _HEAD.size + size
                if len(self._buffer) < end + _CRC.size:
                    return
                body = bytes(self._buffer[offset:end])
                if _CRC.unpack_from(self._buffer, end)[0] != zlib.crc32(body):
                    self.damaged = True
                    return
                offset = end + _CRC.size
                self.consumed += len(body) + _CRC.size
                yield Record(type_, at_us, body[_HEAD.size :])
        finally:
            del self._buffer[:offset]
