"""One slot of one viewer: whatever source is in it, the viewer sees a single continuous stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct

from media.sfu.codecs import ABS_SEND_TIME_ID, Codec, Slot, Types
from media.sfu.fanout import Member
from media.sfu.layer import Layer, Packet
from media.sfu.outgoing import Outlet
from media.sfu.rtcp import SenderTime
from media.sfu.rtp import unwrap
from media.sfu.up import UpTrack

HEADER_BYTES = 20
"""RTP header (12) and the one header extension that goes downwards, the absolute send time (4 + 4)."""
_HEADER = Struct("!BBHIIHHI")
_PICTURE = Struct("!H")
_RTX_HEADER = Struct("!BBHIIHHIH")
_EXTENSION = ABS_SEND_TIME_ID << 28 | 2 << 24
RESEND_AFTER_US = 20_000
"""A packet asked for again within this time is on its way."""
RESEND_PER_S = 150
RESEND_SHARE = 0.5
"""Of a limited line, so much may go into retransmissions."""
RESEND_BYTES = 1200
RESEND_AT_ONCE = 16
"""A small key frame of which nothing came is sent again whole."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the viewer's stream that comes from one layer: constants that turn the source's numbers into the viewer's."""

    layer: Layer
    first_index: int
    sequence: int
    """viewer's extended sequence number = source index + this"""
    timestamp: int
    picture: int
    tl0: int


class DownTrack:
    """Rewrites the packets of its source for the viewer.

    The stream never repeats a sequence number with other bytes (with AES-GCM that would give away the key stream's XOR): a
    segment's numbers are the source's plus a constant, each index comes once (:meth:`Layer.accept`), and a new segment starts
    above all numbers of those before. What is sent again goes by its own SSRC with its own running number.
    """

    def __init__(self, slot: Slot, ssrc: int, rtx_ssrc: int, first_sequence: int) -> None:
        """``first_sequence`` must be below 32768: who joins late near 65535 would miss the rollover counter (RFC 3711 §3.3.1)."""
        if not 0 <= first_sequence < 0x8000:
            raise ValueError("first sequence number out of range")
        self.slot = slot
        self.ssrc = ssrc
        self.rtx_ssrc = rtx_ssrc
        self.source: UpTrack | None = None
        self.current: Layer | None = None
        self.pending: Layer | None = None
        self.types: dict[Codec, Types] = slot.types
        """The codecs that the viewer takes in this slot, and their payload types; empty where it has refused the slot."""
        self.refused: Codec | None = None
        """The codec of the source that should be here, where the viewer does not take it."""
        self.on_switched: Callable[[], None] = lambda: None
        """Called when another layer has come on the air: then ``report_due`` is set."""
        self.report_due = False
        """The viewer has not been told the time of what it gets since the source changed."""
        self.outlet: Outlet | None = None
        """The way to the viewer; set when it is connected, before anything is followed."""
        self._member: Member | None = None
        self._sent = (0, 0)
        self._unsent = 0
        self._arrived_before = 0
        """Of what has arrived of the current layer, so many packets before the segment began."""
        self._segment: Segment | None = None
        self._next = first_sequence + 0x10000
        self._rtx_next = first_sequence
        self._last_timestamp = 0
        self._timeline: tuple[int, int] | None = None
        """(node time in µs, the viewer's RTP time) of the first thing that was sent, when it was taken."""
        self._last_picture = 0
        self._last_tl0 = 0
        self.missed = 0
        """Packets that were sent and that the viewer has asked for, each counted once."""
        self._missed_up_to = 0
        self._resent: dict[int, int] = {}
        self._resend_tokens = float(RESEND_PER_S)
        self._resend_at_us = 0

    @property
    def packets(self) -> int:
        """Packets sent, without retransmissions."""
        return self._sent[0] + (self._member.packets if self._member is not None else 0)

    @property
    def octets(self) -> int:
        """Bytes of payload in these packets."""
        return self._sent[1] + (self._member.octets if self._member is not None else 0)

    @property
    def unsent(self) -> int:
        """Numbers of the viewer's stream that nothing was sent under: the source lost them, or they are still awaited."""
        return self._unsent + self._holes()

    @property
    def enabled(self) -> bool:
        """Whether the viewer takes anything in this slot."""
        return bool(self.types)

    @property
    def segment(self) -> Segment | None:
        """What is being sent now."""
        return self._segment

    def follow(self, layer: Layer | None) -> None:
        """Send this layer from its next key frame on (a voice: at once); until then go on with the one before. None: stop."""
        if layer is self.current:
            self._drop_pending()
            return
        if layer is self.pending and layer is not None:
            return
        self._drop_pending()
        if layer is None:
            self._leave_current()
            return
        self.pending = layer
        layer.takers.append(self)
        if self.slot.media == "video":
            layer.want_keyframe()

    def stop(self) -> None:
        """Send nothing more; the stream can be carried on by :meth:`follow`."""
        self._drop_pending()
        self._leave_current()

    def take(self, layer: Layer, packet: Packet) -> None:
        """A packet of the layer that this track waits for has come."""
        if layer is self.pending and (packet.descriptor.starts_keyframe or self.slot.media == "audio"):
            self._switch(layer, packet)

    def take_report(self, layer: Layer, report: SenderTime, at_us: int) -> None:
        """The source's clock was told anew: the viewer is told with the next report."""

    def write(self, packet: Packet, segment: Segment, out: memoryview, at: int, send_time: int, padding: int = 0) -> int:
        """Write the packet as the viewer gets it, from ``out[at]``; returns its bytes. ``send_time``: 24 bits, 6.18 seconds."""
        _HEADER.pack_into(
            out,
            at,
            0xB0 if padding else 0x90,
            self.types[segment.layer.codec].payload_type | (0x80 if packet.marker else 0),
            packet.index + segment.sequence & 0xFFFF,
            packet.timestamp + segment.timestamp & 0xFFFFFFFF,
            self.ssrc,
            0xBEDE,
            1,
            _EXTENSION | send_time,
        )
        size = HEADER_BYTES + self._write_payload(packet, segment, out, at + HEADER_BYTES)
        if padding:
            out[at + size : at + size + padding] = bytes(padding - 1) + bytes((padding,))
        return size + padding

    def write_again(self, packet: Packet, segment: Segment, out: memoryview, at: int, send_time: int) -> int:
        """Write the packet as a retransmission (RFC 4588 §4): own SSRC, own number, the original number before the payload."""
        rtx = self.types[segment.layer.codec].rtx
        if rtx is None:
            raise ValueError("the viewer takes no retransmissions")
        _RTX_HEADER.pack_into(
            out,
            at,
            0x90,
            rtx | (0x80 if packet.marker else 0),
            self._rtx_next & 0xFFFF,
            packet.timestamp + segment.timestamp & 0xFFFFFFFF,
            self.rtx_ssrc,
            0xBEDE,
            1,
            _EXTENSION | send_time,
            packet.index + segment.sequence & 0xFFFF,
        )
        self._rtx_next += 1
        return HEADER_BYTES + 2 + self._write_payload(packet, segment, out, at + HEADER_BYTES + 2)

    def missing(
        self, sequences: list[int], now_us: int, rtt_us: int = 0, limit_bps: float | None = None
    ) -> list[tuple[Packet, Segment]]:
        """What to send again of the numbers that a viewer misses: what is still there, not under way already, within a rate."""
        again_after_us = max(RESEND_AFTER_US, rtt_us * 4 // 5)
        per_s = min(RESEND_PER_S, limit_bps * RESEND_SHARE / (8 * RESEND_BYTES)) if limit_bps is not None else RESEND_PER_S
        found: list[tuple[Packet, Segment]] = []
        self._advance()
        elapsed_us = now_us - self._resend_at_us
        self._resend_tokens = min(max(RESEND_AT_ONCE, per_s), self._resend_tokens + elapsed_us * per_s / 1e6)
        self._resend_at_us = now_us
        if len(self._resent) > 1000:
            self._resent = {number: at for number, at in self._resent.items() if now_us - at < again_after_us}
        for sequence in sequences:
            number = unwrap(sequence, self._next)
            origin = self._origin(number) if number < self._next else None
            if origin is None:
                continue  # what the source lost on its way here is not missed on this line
            if number > self._missed_up_to:
                self.missed += 1
                self._missed_up_to = number
            if now_us - self._resent.get(number, -again_after_us) < again_after_us:
                continue
            if self._resend_tokens < 1:
                break
            self._resend_tokens -= 1
            self._resent[number] = now_us
            found.append(origin)
        return found

    def timestamp_at(self, now_us: int) -> int | None:
        """The viewer's RTP time now, on the clock of the source that is being sent; None where nothing is."""
        if self._segment is None or self.current is None:
            return None
        return self._segment.layer.timestamp_at(now_us) + self._segment.timestamp & 0xFFFFFFFF

    def _write_payload(self, packet: Packet, segment: Segment, out: memoryview, at: int) -> int:
        payload = packet.payload
        size = len(payload)
        out[at : at + size] = payload
        descriptor = packet.descriptor
        if descriptor.picture_at >= 0:
            _PICTURE.pack_into(out, at + descriptor.picture_at, 0x8000 | (descriptor.picture + segment.picture & 0x7FFF))
        if descriptor.tl0_at >= 0:
            out[at + descriptor.tl0_at] = descriptor.tl0 + segment.tl0 & 0xFF
        return size

    def _origin(self, number: int) -> tuple[Packet, Segment] | None:
        segment = self._segment
        if segment is None or number - segment.sequence < segment.first_index:
            return None  # before the key frame with which this segment begins: nobody needs it any more
        packet = segment.layer.packet(number - segment.sequence)
        return (packet, segment) if packet is not None else None

    def _advance(self) -> None:
        """Bring the numbers up to what has been sent: all of the current layer up to its highest packet."""
        segment, top = self._segment, self.current.top if self.current is not None else None
        if segment is None or top is None or top.index < segment.first_index:
            return
        number = top.index + segment.sequence
        if number >= self._next:
            self._next = number + 1
            self._last_timestamp = top.timestamp + segment.timestamp
            self._last_picture = top.descriptor.picture + segment.picture
            self._last_tl0 = top.descriptor.tl0 + segment.tl0

    def _switch(self, layer: Layer, packet: Packet) -> None:
        self._leave_current()
        self._drop_pending()
        self.current = layer
        timestamp = self._timestamp_of(packet, layer)
        self._segment = Segment(
            layer=layer,
            first_index=packet.index,
            sequence=self._next - packet.index,
            timestamp=timestamp - packet.timestamp,
            picture=self._last_picture + 1 - packet.descriptor.picture,
            tl0=self._last_tl0 + 1 - packet.descriptor.tl0,
        )
        self._arrived_before = layer.packets - 1
        self._member = layer.audience.join(self, self._segment)
        self.report_due = True
        self.on_switched()

    def _timestamp_of(self, packet: Packet, layer: Layer) -> int:
        """The viewer's RTP time of a segment's first packet: by when it was taken, on one timeline for all sources. Were it by
        arrival, each change would begin as late as its key frame came, and the viewer's buffer would grow with every change."""
        taken_us = layer.taken_us(packet)
        if self._timeline is None:
            self._timeline = taken_us, packet.timestamp
            return packet.timestamp
        began_us, began = self._timeline
        ideal = began + (taken_us - began_us) * layer.codec.clock_hz // 1_000_000
        step = layer.codec.clock_hz // 100
        ahead = (ideal - self._last_timestamp + 0x8000_0000 & 0xFFFFFFFF) - 0x8000_0000
        return self._last_timestamp + max(ahead, step)

    def _holes(self) -> int:
        segment, layer = self._segment, self.current
        if segment is None or layer is None or layer.top is None:
            return 0
        return max(0, layer.top.index + 1 - segment.first_index - (layer.packets - self._arrived_before))

    def _drop_pending(self) -> None:
        if self.pending is not None:
            if self in self.pending.takers:
                self.pending.takers.remove(self)
            self.pending = None

    def _leave_current(self) -> None:
        if self.current is not None and self._member is not None:
            self._advance()
            self._unsent += self._holes()
            self._member.leave()
            self._sent = self.packets, self.octets
            self.current = self._member = None
