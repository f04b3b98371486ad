"""A peer's up connection: what it publishes comes in here."""

from __future__ import annotations

import asyncio
from collections import deque

from media.sfu import rtcp, rtp, sdp
from media.sfu.clock import ntp_middle, ntp_to_us, us_to_ntp
from media.sfu.codecs import URI_TRANSPORT_CC, Kind
from media.sfu.connection import Connection, Surroundings
from media.sfu.layer import Layer
from media.sfu.reception import FIRST_WAIT_US, Reception, again_us
from media.sfu.transport_cc import Arrivals
from media.sfu.up import Reader, Section, UpTrack

KEYFRAME_INTERVAL_US, MOST_KEYFRAME_INTERVAL_US = 500_000, 2_000_000
"""At most one key frame request per source in this time, as a key frame costs as much as a second of picture; twice as long after
each that was not answered, as on a narrow line the answer takes its time."""
MAX_PAYLOAD_BYTES = 1440
"""More does not fit a viewer's datagram with all that is added to it (and no browser sends more)."""
DEFAULT_RTT_US = 100_000
REPAIR_SHARE, MOST_REPAIRS = 0.35, 16.0
"""Of what comes in, so much is asked for again at the most: on a line that got narrow, what is sent again of the large layers
would leave nothing for the small one."""
FLOOD_TICKS, FLOOD_PACKETS, FLOOD_LOSS, FLOOD_US = 6, 12, 0.4, 1_000_000
"""Over so many ticks, and lasting so long after."""
STOPPED_US, MOST_FLOOD_US = 700_000, 1_800_000
"""A layer of which nothing came for so long has stopped; a page that has not stopped it after so long will not."""
QUIET_US = 4_000_000
"""A peer that has sent nothing for so long (its layers have long ceased to flow) has its turn only for reports until it does: in
a large session nearly all are like that."""
FEEDBACK_EVERY, REPORT_EVERY = 2, 20
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
        self._counts: deque[tuple[int, int]] = deque(maxlen=FLOOD_TICKS)
        self._flooded_us = self._flood_began_us = -FLOOD_US
        self._sent_us = self.heard_us
        """When the last packet came."""
        self._quiet = False
        self._asking: asyncio.TimerHandle | None = None
        self._repairs = MOST_REPAIRS
        """So many packets may be asked for again now."""
        self._arrivals = Arrivals()
        self._keyframe_asked: dict[int, tuple[int, int]] = {}
        """By SSRC: when, and how long nobody asks again."""
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
        self._sent_us = at_us
        if self._quiet:
            self._attend(quiet=False)
        self._repairs = min(MOST_REPAIRS, self._repairs + REPAIR_SHARE)
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
        if not self._quiet:
            self._note_flood(now_us)
            self._ask_for_keyframes(now_us)
            for track in self.tracks.values():
                track.watch(now_us)
            if now_us - self._sent_us >= QUIET_US:
                self._attend(quiet=True)
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

    def _attend(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self.around.turns.add(self, REPORT_EVERY if quiet else self.tick_every)

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
        if layer.track.drowned and not self._can_answer(layer, now_us):
            self._keyframe_asked.pop(layer.ssrc, None)  # what was asked for is lost: at once, as soon as one can pass
            return
        asked_us, wait_us = self._keyframe_asked.get(layer.ssrc, (-KEYFRAME_INTERVAL_US, KEYFRAME_INTERVAL_US))
        if self.connected and now_us - asked_us >= wait_us:
            answered = layer.keyframe_at_us > asked_us
            wait_us = KEYFRAME_INTERVAL_US if answered else min(2 * wait_us, MOST_KEYFRAME_INTERVAL_US)
            self._keyframe_asked[layer.ssrc] = now_us, wait_us
            self.around.counters["keyframe_requests"] += 1
            self._send_feedback(rtcp.keyframe_request(layer.ssrc))

    def _can_answer(self, layer: Layer, now_us: int) -> bool:
        """Whether a key frame could pass a flooded line: one of the smallest layer, once the others have stopped. A browser makes
        one of each layer that it sends, and what waits of the large ones would be before it for seconds."""
        larger = (other for other in layer.track.layers.values() if other.rid != layer.rid)
        stopped = all(now_us - other.last_at_us > STOPPED_US for other in larger)
        return layer.rid == layer.track.rids[0] and (stopped or now_us - self._flood_began_us > MOST_FLOOD_US)

    def _gap(self) -> None:
        """Ask as soon as it is sure that nothing was only overtaken: a tick later may be a picture too late."""
        if self._asking is None:
            self._ask_after(FIRST_WAIT_US)

    def _ask_after(self, wait_us: int) -> None:
        self._asking = asyncio.get_running_loop().call_later(wait_us / 1e6, self._ask_soon)

    def _ask_soon(self) -> None:
        """And again a round trip later, where something is missing still."""
        self._asking = None
        if not self.connected or self.ending:
            return
        if self._ask_for_missing(self.around.clock.now_us()):
            self._ask_after(again_us(self.rtt_us or DEFAULT_RTT_US))

    def _ask_for_missing(self, now_us: int) -> bool:
        """Whether anything is missing."""
        rtt_us = self.rtt_us or DEFAULT_RTT_US
        missing = False
        for ssrc, reception in self._incomplete():
            wanted = reception.wanted(now_us, rtt_us, int(self._repairs))
            if wanted:
                self._repairs -= len(wanted)
                self.around.counters["nacks_out"] += len(wanted)
                self._send_feedback(rtcp.nack(ssrc, [number & 0xFFFF for number in wanted]))
            missing = missing or reception.missing
        return missing

    def _note_flood(self, now_us: int) -> None:
        """Where most of what is sent gets lost the publisher will send less in a moment: until then nothing is asked for but what
        is missing of the lowest layers."""
        receptions = [stream.reception for stream in self._reader.streams.values() if stream.reception is not None]
        self._counts.append((sum(each.received for each in receptions), sum(each.skipped for each in receptions)))
        received, skipped = (now - before for now, before in zip(self._counts[-1], self._counts[0], strict=True))
        if skipped >= FLOOD_PACKETS and skipped > FLOOD_LOSS * (skipped + received):
            if now_us - self._flooded_us >= FLOOD_US:
                self._flood_began_us = now_us
            self._flooded_us = now_us
        flooded = now_us - self._flooded_us < FLOOD_US
        for stream in self._reader.streams.values():
            if stream.layer is None or stream.reception is None:
                continue
            track = stream.layer.track
            track.drowned = flooded and len(track.rids) > 1
            # What viewers are shown next begins with a key frame of the smallest layer: nothing else is worth asking for.
            begun = stream.layer.rid == track.rids[0] and stream.layer.keyframe_at_us >= self._flood_began_us
            if track.drowned and not begun:
                stream.reception.forgo()

    def _incomplete(self) -> list[tuple[int, Reception]]:
        """The streams of which packets are missing, small layers first."""
        found = [
            (stream.layer.track.rids.index(stream.layer.rid), ssrc, stream.reception)
            for ssrc, stream in self._reader.streams.items()
            if stream.layer is not None and stream.reception is not None and stream.reception.missing
        ]
        return [(ssrc, reception) for _, ssrc, reception in sorted(found, key=lambda each: each[0])]

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
