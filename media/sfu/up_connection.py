"""A peer's up connection: what it publishes comes in here."""

from __future__ import annotations

import asyncio
from collections import deque

from media.sfu import rtcp, rtp, sdp
from media.sfu.clock import ntp_middle, ntp_to_us, us_to_ntp
from media.sfu.codecs import URI_TRANSPORT_CC, Kind
from media.sfu.connection import Connection, Surroundings
from media.sfu.layer import Layer
from media.sfu.reception import FIRST_WAIT_US
from media.sfu.transport_cc import Arrivals
from media.sfu.up import Reader, Section, UpTrack

KEYFRAME_INTERVAL_US = 500_000
"""At most one key frame request per source in this time: a key frame costs as much as a second of picture."""
MAX_PAYLOAD_BYTES = 1440
"""More does not fit a viewer's datagram with all that is added to it (and no browser sends more)."""
DEFAULT_RTT_US = 100_000
NACK_EVERY, FEEDBACK_EVERY, REPORT_EVERY = 1, 2, 20
"""In ticks of 50 ms."""


class UpConnection(Connection):
    """Takes in the packets, asks for what is missing, and tells the publisher how it arrives."""

    direction = "up"

    def __init__(self, around: Surroundings, session: str, peer: str, offer_sdp: str) -> None:
        """Raises :class:`media.sfu.sdp.BadSdp`."""
        offer = sdp.read_up_offer(offer_sdp)
        super().__init__(around, session, peer)
        self.tracks: dict[Kind, UpTrack] = {}
        self.loss: float | None = None
        sections: list[Section] = []
        ssrcs: dict[int, str] = {}
        repairs: dict[int, int] = {}
        for up in offer.sections:
            if up.kind is None or up.codec is None:
                continue
            track = UpTrack(peer, up.kind, up.codec, tuple(up.section.rids), around.fanout.audience)
            track.on_keyframe_wanted = self._keyframe_wanted
            self.tracks[up.kind] = track
            sections.append(Section(track, up.section.mid, up.payload_type, up.rtx_type, up.section.extensions, up.red_type))
            if not up.section.rids:
                ssrcs |= dict.fromkeys(up.section.ssrcs, up.section.mid)
                repairs |= up.section.repairs
        used = [up.section for up in offer.sections if up.kind is not None]
        self._transport_cc_id = used[0].extensions.get(URI_TRANSPORT_CC, -1)
        self._reduced_size = all(section.rtcp_rsize for section in used)
        self._measures_rtt = any(section.receives_rtt for section in used)
        self._reader = Reader(sections, ssrcs, repairs)
        self._reader.on_gap = self._gap
        self._asking: asyncio.TimerHandle | None = None
        self._arrivals = Arrivals()
        self._keyframe_asked_us: dict[int, int] = {}
        self._clock_offsets_us: deque[int] = deque(maxlen=32)
        self.know_peer(offer.ufrag, offer.fingerprint)
        self.dtls_server = not offer.passive
        self.answer_sdp = sdp.write_up_answer(offer, self.local())

    def receive_rtp(self, data: bytes, at_us: int) -> None:
        """Take in one packet."""
        packet = rtp.parse(data)
        if len(packet.payload) > MAX_PAYLOAD_BYTES:
            self.around.counters["dropped.oversize"] += 1
            return
        number = packet.extensions.get(self._transport_cc_id)
        if number is not None and len(number) == 2:
            self._arrivals.note(number[0] << 8 | number[1], at_us)
        self._reader.receive(packet, at_us)

    def receive_rtcp(self, data: bytes, at_us: int) -> None:
        """Sender reports, and the answer to the node's reference time."""
        feedback = rtcp.parse(data)
        for time in feedback.sender_times:
            self._sender_report(time, at_us)
        for last, delay in feedback.delays:
            self.rtt_us = round_trip_us(at_us, last, delay)

    def tick(self, number: int, now_us: int) -> None:
        """Send the feedback that is due; every 50 ms."""
        if not self.connected:
            return
        if number % NACK_EVERY == 0:
            self._ask_for_missing(now_us)
            self._ask_for_keyframes(now_us)
        if number % FEEDBACK_EVERY == 0:
            for message in self._arrivals.feedback(self._any_ssrc()):
                self._send_feedback(message)
        if number % REPORT_EVERY == 0:
            self._report(now_us)

    def release(self) -> None:
        """The connection has ended: its tracks bring nothing more."""
        if self._asking is not None:
            self._asking.cancel()
        self._reader.on_gap = lambda: None
        for track in self.tracks.values():
            track.end()

    def sending(self, now_us: int) -> tuple[Kind, ...]:
        """The tracks that brought packets in the last 2 s."""
        return tuple(
            kind
            for kind, track in self.tracks.items()
            if any(layer.last_at_us and now_us - layer.last_at_us < 2_000_000 for layer in track.layers.values())
        )

    def _sender_report(self, time: rtcp.SenderTime, at_us: int) -> None:
        stream = self._reader.streams.get(time.ssrc)
        if stream is None or stream.layer is None or stream.reception is None:
            return
        stream.reception.sender_report(ntp_middle(time.ntp), at_us)
        sent_us = ntp_to_us(time.ntp)
        # The least delayed report tells best how the peer's clock stands to the node's; one offset for all its tracks, so that
        # they stay together.
        self._clock_offsets_us.append(at_us - sent_us)
        for layer in (stream.layer, stream.red_layer):
            if layer is not None:
                layer.note_sender_time(time, sent_us + min(self._clock_offsets_us), at_us)

    def _keyframe_wanted(self, layer: Layer) -> None:
        self._ask_for_keyframe(layer, self.around.clock.now_us())

    def _ask_for_keyframes(self, now_us: int) -> None:
        for track in self.tracks.values():
            for layer in track.layers.values():
                if layer.keyframe_wanted and layer.flows(now_us):
                    self._ask_for_keyframe(layer, now_us)

    def _ask_for_keyframe(self, layer: Layer, now_us: int) -> None:
        asked_us = self._keyframe_asked_us.get(layer.ssrc, -KEYFRAME_INTERVAL_US)
        if self.connected and now_us - asked_us >= KEYFRAME_INTERVAL_US:
            self._keyframe_asked_us[layer.ssrc] = now_us
            self.around.counters["keyframe_requests"] += 1
            self._send_feedback(rtcp.keyframe_request(layer.ssrc))

    def _gap(self) -> None:
        """Ask as soon as it is sure that nothing was only overtaken: a tick later may be a picture too late."""
        if self._asking is None:
            self._asking = asyncio.get_running_loop().call_later(FIRST_WAIT_US / 1e6, self._ask_soon)

    def _ask_soon(self) -> None:
        self._asking = None
        if self.connected and not self.ending:
            self._ask_for_missing(self.around.clock.now_us())

    def _ask_for_missing(self, now_us: int) -> None:
        rtt_us = self.rtt_us or DEFAULT_RTT_US
        for ssrc, stream in self._reader.streams.items():
            if stream.reception is None:
                continue
            wanted = stream.reception.wanted(now_us, rtt_us)
            if wanted:
                self.around.counters["nacks_out"] += len(wanted)
                self._send_feedback(rtcp.nack(ssrc, [number & 0xFFFF for number in wanted]))

    def _report(self, now_us: int) -> None:
        blocks = []
        losses = []
        for ssrc, stream in self._reader.streams.items():
            made = stream.reception.report(ssrc, now_us) if stream.reception is not None else None
            if made is not None:
                blocks.append(made[0])
                losses.append(made[1])
        self.loss = max(losses, default=None)
        for track in self.tracks.values():
            for layer in track.layers.values():
                layer.measure(now_us)
        message = rtcp.report(blocks)
        if self._measures_rtt:
            message += rtcp.reference_time(us_to_ntp(now_us))
        self.send_rtcp(message)

    def _send_feedback(self, message: bytes) -> None:
        self.send_rtcp(message if self._reduced_size else rtcp.report([]) + message)

    def _any_ssrc(self) -> int:
        return next(iter(self._reader.streams), 0)


def round_trip_us(now_us: int, last_report: int, delay: int) -> int | None:
    """The round trip by a report block's LSR and DLSR (RFC 3550 §6.4.1), in µs; None where they say nothing."""
    if not last_report:
        return None
    spent = ntp_middle(us_to_ntp(now_us)) - last_report - delay & 0xFFFFFFFF
    return spent * 1_000_000 // 65536 if spent < 0x8000_0000 else 0
