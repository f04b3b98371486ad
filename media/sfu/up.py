"""What a peer publishes: its tracks, and how their packets find their layer."""

from __future__ import annotations

from collections.abc import Callable

from media.sfu import red, rtp
from media.sfu.codecs import RED, URI_MID, URI_REPAIRED_RID, URI_RID, Codec, Kind
from media.sfu.fanout import Audience
from media.sfu.layer import CACHE_PACKETS, STALL_US, Layer
from media.sfu.reception import Reception

RED_LAYER = "+red"
"""Of a microphone that is sent as RED: the packets as they came. Its plain layer has what is in them. No rid can be this."""
MAX_STREAMS = 24
"""Streams of one connection: 1 + 3 + 1 and their retransmissions, and room for sources that changed."""

RESTART_EVERY_US = 1_000_000
"""A stream begins anew at most this often: each time all of its viewers are looked after, and a capture begins a file."""


class UpTrack:
    """One of a peer's microphone, camera and screen: its layers from low to high, by ``rid``."""

    def __init__(self, peer: str, kind: Kind, codec: Codec, rids: tuple[str, ...], new_audience: Callable[..., Audience]) -> None:
        """``new_audience(urgent=…)``: see :meth:`media.sfu.fanout.Fanout.audience`."""
        self.peer = peer
        self.new_audience = new_audience
        self.kind = kind
        self.codec = codec
        self.rids: tuple[str | None, ...] = rids or (None,)
        self.layers: dict[str | None, Layer] = {}
        self.ended = False
        """The connection has ended: nothing more will come."""
        self.on_layer: list[Callable[[Layer], None]] = []
        """Called with each new layer (also one that replaces a layer whose source began anew)."""
        self.on_flow: list[Callable[[], None]] = []
        """Called when a picture's layer begins to bring packets, or no longer does: whoever follows it may want another one."""
        self.drowned = False
        """Most packets get lost on a line that has just got narrow: only the lowest layer has a chance."""
        self._flowed: list[Layer] = []
        self._best: Layer | None = None
        self._best_us = -1
        self.on_keyframe_wanted: Callable[[Layer], None] = lambda layer: None
        """Called when somebody wants a key frame of a layer; set by the connection."""

    def flowing(self, now_us: int) -> list[Layer]:
        """The layers that bring packets now, low to high."""
        alive = [self.layers[rid] for rid in self.rids if rid in self.layers and self.layers[rid].flows(now_us)]
        if self.drowned:
            return alive[:1]
        newest_us = max((layer.last_at_us for layer in alive), default=0)
        return [layer for layer in alive if newest_us - layer.last_at_us < STALL_US]

    def best(self, now_us: int) -> Layer | None:
        """The highest of them."""
        if self._best_us != now_us:  # asked by one viewer after the other
            self._best_us, self._best = now_us, next(reversed(self.flowing(now_us)), None)
        return self._best

    def watch(self, now_us: int) -> None:
        """To be called often: tells of it at once when a layer no longer flows."""
        flowed, self._flowed = self._flowed, self.flowing(now_us)
        if self._flowed and not set(flowed) <= set(self._flowed):
            self.flow_changed()

    def flow_changed(self) -> None:
        """Other layers bring packets than before."""
        self._best_us = -1
        for listener in tuple(self.on_flow):
            listener()

    def voice(self, *, redundant: bool) -> Layer | None:
        """The layer of a microphone; with each packet repeated in the next one, where that is wanted and there."""
        return (self.layers.get(RED_LAYER) if redundant else None) or self.layers.get(None)

    def end(self) -> None:
        """Nothing more will come: what was kept to be sent again is let go of, and so are the layers and the connection. Whoever
        still follows a layer keeps just that."""
        self.ended = True
        self.on_keyframe_wanted = lambda layer: None
        for layer in self.layers.values():
            layer.forget()
        self.layers, self._flowed, self._best = {}, [], None

    def open_layer(self, rid: str | None, ssrc: int) -> Layer:
        """A new layer; one of the same rid gives way to it."""
        layer = self.layers[rid] = Layer(self, rid, RED if rid == RED_LAYER else self.codec, ssrc)
        for listener in tuple(self.on_layer):
            listener(layer)
        return layer


class Stream:
    """One SSRC of a connection: a layer's own packets, or their retransmissions (RFC 4588). ``red_*``: of a
    microphone, whose packets may also be RED."""

    __slots__ = ("began_us", "layer", "reception", "red_layer", "red_type", "repairs")

    def __init__(self, layer: Layer | None, reception: Reception | None, repairs: tuple[UpTrack, str | None] | None) -> None:
        self.layer = layer
        self.reception = reception
        self.repairs = repairs
        self.red_type: int | None = None
        self.red_layer: Layer | None = None
        self.began_us = -RESTART_EVERY_US


class Section:
    """What an offer says of one m-line, as far as packets need it."""

    __slots__ = ("mid", "mid_id", "payload_type", "red_type", "repaired_rid_id", "rid_id", "rtx_type", "track")

    def __init__(
        self,
        track: UpTrack,
        mid: str,
        payload_type: int,
        rtx_type: int | None,
        extension_ids: dict[str, int],
        red_type: int | None = None,
    ) -> None:
        self.track = track
        self.mid = mid
        self.payload_type = payload_type
        self.rtx_type = rtx_type
        self.red_type = red_type
        self.mid_id = extension_ids.get(URI_MID, -1)
        self.rid_id = extension_ids.get(URI_RID, -1)
        self.repaired_rid_id = extension_ids.get(URI_REPAIRED_RID, -1)


class Reader:
    """Sorts the packets of one up connection into layers.

    Simulcast offers carry no SSRC: a stream is bound by its mid and rid when a packet names them, then remembered (RFC 8852);
    where the offer named the SSRC (RFC 5576), by that.
    """

    def __init__(self, sections: list[Section], ssrcs: dict[int, str], repairs: dict[int, int]) -> None:
        """``ssrcs``: SSRC → mid as offered; ``repairs``: SSRC of retransmissions → SSRC that they repair (FID groups)."""
        self._by_mid = {section.mid: section for section in sections}
        self._offered = ssrcs
        self._repairs = repairs
        self.streams: dict[int, Stream] = {}
        self.on_gap: Callable[[], None] = lambda: None
        """Called when packets are found to be missing that can be asked for."""
        self.unbound = 0
        """Packets that could not be told whose they are."""
        self.padding = 0

    def receive(self, packet: rtp.Datagram, at_us: int) -> None:
        """Take in one packet. Raises ValueError for one that its codec or RFC 4588 does not allow."""
        stream = self.streams.get(packet.ssrc)
        if stream is None:
            stream = self._bind(packet)
            if stream is None:
                self.unbound += 1
                return
        if stream.layer is not None:
            self._receive_original(stream, stream.layer, packet, at_us)
        elif packet.payload:
            self._receive_repair(stream, packet, at_us)
        else:
            self.padding += 1

    def stream_of(self, layer: Layer) -> Stream | None:
        """The stream that brings a layer's packets, while it is bound."""
        stream = self.streams.get(layer.ssrc)
        return stream if stream is not None and stream.layer is layer else None

    def _receive_original(self, stream: Stream, layer: Layer, packet: rtp.Datagram, at_us: int) -> None:
        if layer.restarts(packet.sequence):
            if at_us - stream.began_us < RESTART_EVERY_US:
                self.unbound += 1
                return
            stream.began_us = at_us
            layer = stream.layer = layer.track.open_layer(layer.rid, packet.ssrc)
            if stream.red_layer is not None:
                stream.red_layer = layer.track.open_layer(RED_LAYER, packet.ssrc)
            stream.reception = _reception(layer.codec)
        assert stream.reception is not None
        number = layer.extended(packet.sequence)
        if number > layer.highest - CACHE_PACKETS:
            gaps = stream.reception.gaps
            stream.reception.arrived(number, packet.timestamp, at_us)
            if stream.reception.gaps != gaps:
                self.on_gap()
        if stream.red_layer is not None:
            _receive_voice(stream, layer, stream.red_layer, packet, at_us)
        else:
            layer.accept(packet.sequence, packet.timestamp, packet.marker, packet.payload, at_us)

    def _receive_repair(self, stream: Stream, packet: rtp.Datagram, at_us: int) -> None:
        assert stream.repairs is not None
        if len(packet.payload) < 2:
            raise ValueError("retransmission without its original number")
        track, rid = stream.repairs
        layer = track.layers.get(rid)
        if layer is None:
            return  # retransmissions often come first; without the stream itself they say nothing
        original = packet.payload[0] << 8 | packet.payload[1]
        if layer.restarts(original):
            return
        source = self.stream_of(layer)
        if source is not None and source.reception is not None:
            source.reception.recovered(layer.extended(original))
        layer.accept(original, packet.timestamp, packet.marker, packet.payload[2:], at_us)

    def _bind(self, packet: rtp.Datagram) -> Stream | None:
        section = self._section(packet)
        if section is None or len(self.streams) >= MAX_STREAMS:
            return None
        track = section.track
        if packet.payload_type in (section.payload_type, section.red_type):
            rid = self._text(packet, section.rid_id)
            if rid not in track.rids:
                return None
            stream = Stream(track.open_layer(rid, packet.ssrc), _reception(track.codec), None)
            if section.red_type is not None:
                stream.red_type, stream.red_layer = section.red_type, track.open_layer(RED_LAYER, packet.ssrc)
        elif packet.payload_type == section.rtx_type:
            rid = self._text(packet, section.repaired_rid_id)
            if rid not in track.rids:
                return None
            stream = Stream(None, None, (track, rid))
        else:
            return None
        self.streams[packet.ssrc] = stream
        return stream

    def _section(self, packet: rtp.Datagram) -> Section | None:
        mid = self._offered.get(packet.ssrc) or self._offered.get(self._repairs.get(packet.ssrc, -1))
        if mid is not None:
            return self._by_mid.get(mid)
        for section in self._by_mid.values():
            if section.mid_id in packet.extensions:
                return self._by_mid.get(self._text(packet, section.mid_id) or "")
        return None

    @staticmethod
    def _text(packet: rtp.Datagram, ident: int) -> str | None:
        value = packet.extensions.get(ident)
        return value.decode("ascii", "replace").rstrip("\0") if value else None


def _receive_voice(stream: Stream, plain: Layer, redundant: Layer, packet: rtp.Datagram, at_us: int) -> None:
    """A packet of a microphone that may be RED: the plain layer gets what it carries, and what it repeats where that lacks."""
    if packet.payload_type != stream.red_type or not packet.payload:
        plain.accept(packet.sequence, packet.timestamp, packet.marker, packet.payload, at_us)
        wrapped = red.wrap(packet.payload) if packet.payload else b""
        redundant.accept(packet.sequence, packet.timestamp, packet.marker, wrapped, at_us)
        return
    payload, blocks = red.split(packet.payload)
    before = packet.sequence - 1 & 0xFFFF
    if len(blocks) > 1 and blocks[-2].age and blocks[-2].data and plain.lacks(before):
        plain.accept(before, packet.timestamp - blocks[-2].age & 0xFFFFFFFF, False, blocks[-2].data, at_us)
    plain.accept(packet.sequence, packet.timestamp, packet.marker, blocks[-1].data, at_us)
    redundant.accept(packet.sequence, packet.timestamp, packet.marker, payload, at_us)


def _reception(codec: Codec) -> Reception:
    return Reception(codec.clock_hz, ask=codec.rtx is not None)
