"""Messages between home and edge: ``length`` (32 bits, of what follows), ``type`` (8 bits), body; numbers big-endian.

==========  =========  ======================================================================================================
type        direction  body
==========  =========  ======================================================================================================
HELLO       to home    JSON: version, session, ticket
KEYFRAME    to home    layer (16): somebody there waits for a key frame
LAYER       to edge    JSON (:class:`LayerOpened`): what the packets of this number are
PACKET      to edge    layer (16), RTP sequence (16), RTP time (32), marker (8), payload
REPORT      to edge    layer (16), the moment and now on home's clock (64 each, µs), SSRC (32), NTP (64), RTP time (32)
ENDED       to edge    JSON (:class:`TrackEnded`): the home sends this track no more
==========  =========  ======================================================================================================
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from struct import Struct
from typing import Literal

from pydantic import BaseModel, ConfigDict

from media.sfu.codecs import Kind
from media.sfu.layer import Packet
from media.sfu.rtcp import SenderTime

VERSION = 1
HELLO, KEYFRAME, LAYER, PACKET, REPORT, ENDED = range(1, 7)
MAX_TO_HOME_BYTES = 1024
MAX_TO_EDGE_BYTES = 4096

_LENGTH = Struct("!IB")
_KEYFRAME = Struct("!H")
_PACKET = Struct("!IBHHIB")
_PACKET_BODY = Struct("!HHIB")
_REPORT = Struct("!HQQIQI")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(_Body):
    """Who comes: the ticket is the home's own, given out for the session over its control port."""

    version: Literal[1] = 1
    session: str
    ticket: str


class LayerOpened(_Body):
    """From now on packets of number ``layer`` are of this layer; one of the same track and rid gives way to it."""

    layer: int
    peer: str
    kind: Kind
    codec: str
    rids: tuple[str | None, ...]
    rid: str | None
    ssrc: int


class TrackEnded(_Body):
    """The program names the track no more, or its peer publishes it no more."""

    peer: str
    kind: Kind


def message(kind: int, body: bytes) -> bytes:
    """One message, ready to send."""
    return _LENGTH.pack(len(body) + 1, kind) + body


def model(kind: int, value: BaseModel) -> bytes:
    """One message whose body is JSON."""
    return message(kind, value.model_dump_json().encode())


def keyframe(layer: int) -> bytes:
    """A KEYFRAME message."""
    return message(KEYFRAME, _KEYFRAME.pack(layer))


def read_keyframe(body: memoryview) -> int:
    """The layer's number. Raises ValueError."""
    return int(_unpack(_KEYFRAME, body)[0])


def packet(layer: int, packet: Packet) -> bytes:
    """A PACKET message."""
    payload = packet.payload
    head = _PACKET.pack(
        len(payload) + _PACKET_BODY.size + 1, PACKET, layer, packet.index & 0xFFFF, packet.timestamp, int(packet.marker)
    )
    return head + payload


def read_packet(body: memoryview) -> tuple[int, int, int, bool, bytes]:
    """Layer, sequence number, RTP time, marker and payload. Raises ValueError."""
    if len(body) < _PACKET_BODY.size:
        raise ValueError("relayed packet cut off")
    layer, sequence, timestamp, marker = _PACKET_BODY.unpack_from(body)
    return layer, sequence, timestamp, bool(marker), bytes(body[_PACKET_BODY.size :])


def report(layer: int, moment_us: int, now_us: int, time: SenderTime) -> bytes:
    """A REPORT message."""
    return message(REPORT, _REPORT.pack(layer, moment_us, now_us, time.ssrc, time.ntp, time.rtp))


def read_report(body: memoryview) -> tuple[int, int, int, SenderTime]:
    """Layer, the home's time of the moment, the home's time when it was sent (µs), and the report. Raises ValueError."""
    layer, moment_us, now_us, ssrc, ntp, rtp = _unpack(_REPORT, body)
    return layer, moment_us, now_us, SenderTime(ssrc, ntp, rtp)


def _unpack(layout: Struct, body: memoryview) -> tuple[int, ...]:
    try:
        return layout.unpack(body)
    except struct.error as error:
        raise ValueError("relay message of wrong length") from error


class Splitter:
    """Puts a stream of bytes back into messages."""

    def __init__(self, most_bytes: int) -> None:
        """``most_bytes``: longer messages are refused."""
        self._most = most_bytes
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, memoryview]]:
        """Type and body of each message that is whole now. Raises ValueError for one that cannot be."""
        held = memoryview(self._rest + data if self._rest else data)
        at = 0
        while len(held) - at >= _LENGTH.size:
            length, kind = _LENGTH.unpack_from(held, at)
            if not 1 <= length <= self._most:
                raise ValueError("relay message of impossible length")
            end = at + 4 + length
            if end > len(held):
                break
            yield kind, held[at + _LENGTH.size : end]
            at = end
        self._rest = bytes(held[at:])
