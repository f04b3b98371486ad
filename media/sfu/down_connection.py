"""A peer's down connection: the slots that it sees and hears."""

from __future__ import annotations

import secrets
from typing import Literal

from media.plane import PictureState
from media.sfu import rtcp, sdp, why
from media.sfu.budget import LOSS_SURELY_TOO_HIGH, Budget, Wish, allot
from media.sfu.clock import us_to_ntp
from media.sfu.codecs import RED, SLOTS, VOICES, Codec, Types
from media.sfu.connection import Connection, Surroundings
from media.sfu.down import DownTrack, Segment
from media.sfu.fanout import send_time
from media.sfu.layer import Layer, Packet
from media.sfu.loss import LossMeter
from media.sfu.outgoing import Outlet
from media.sfu.probe import PACKET_BYTES, TRAIN, Prober
from media.sfu.sdp_watch import read_watch_offer, write_watch_answer
from media.sfu.up import UpTrack
from media.sfu.up_connection import round_trip_us

REPORT_EVERY, CHOOSE_EVERY = 20, 10
"""In ticks of 50 ms."""
PICTURES: tuple[Literal["content", "speaker"], ...] = ("content", "speaker")
"""Most important first, when the downlink does not carry both."""
TWOFOLD_VOICE_BPS = 250_000.0
"""On a narrower line a voice is not sent twice (RED): it would cost the picture, or itself."""
COPIES = ((0.03, 2), (0.08, 3))
"""From this loss on what is sent again is sent so many times, 50 ms apart: a page asks once more only after 100 ms, and a picture
that comes so late stood still before."""
MAX_LATER = 100
OUTAGE_PACKETS = 25
WORRYING_LOSS = 0.05
"""From here on the line is measured, to know what the loss comes from."""
DRAIN_US = 350_000
"""What waits before a narrow place has passed by then."""
DWELL_US = 2_000_000
"""On a line that has a limit, a slot stays on a layer this long before it may go up."""


class DownConnection(Connection):
    """Sends what its slots follow, answers what the viewer asks for, and fits the layers to its downlink."""

    direction = "down"
    tick_every = CHOOSE_EVERY

    def __init__(self, around: Surroundings, session: str, peer: str, offer_sdp: str | None = None) -> None:
        """``offer_sdp``: the viewer's own offer (WHEP), which :attr:`answer_sdp` answers; without one the node makes the offer.

        Raises :class:`media.sfu.sdp.BadSdp`.
        """
        offer = read_watch_offer(offer_sdp) if offer_sdp is not None else None
        super().__init__(around, session, peer)
        ssrcs = _distinct_ssrcs(2 * len(SLOTS))
        self.slots = {slot.mid: DownTrack(slot, ssrcs.pop(), ssrcs.pop(), secrets.randbelow(0x7000)) for slot in SLOTS}
        for track in self.slots.values():
            track.on_switched = self._switched
        self.loss: float | None = None
        self.budget = Budget()
        self._by_ssrc = {track.ssrc: track for track in self.slots.values()}
        self._sent_bps = 0.0
        self._measured = (0, 0)
        self._raised_us: dict[str, int] = {}
        self._losses = LossMeter()
        self._counted = (0, 0)
        self._asked_for = 0.0
        """The part of the pictures' packets that was asked for again lately: known before the first report of loss."""
        self._later: list[tuple[DownTrack, Packet, Segment, int]] = []
        """What is sent again once more with the next tick, and so many times: on a lossy line the first may be lost too."""
        self._prober = Prober()
        self._asked: dict[bytes, tuple[int, int]] = {}
        """Checks that may yet be answered: their 12 bytes → (train, place)"""
        pairs = {mid: (track.ssrc, track.rtx_ssrc) for mid, track in self.slots.items()}
        self.offer_sdp = self.answer_sdp = ""
        if offer is None:
            self.offer_sdp = sdp.write_down_offer(self.local(), pairs)
            return
        self._take(offer.slots)
        self.dtls_server = not offer.passive
        self.know_peer(offer.ufrag, offer.fingerprint)
        self.answer_sdp = write_watch_answer(offer, self.local(), pairs)

    def accept_answer(self, answer_sdp: str) -> None:
        """Take the page's answer. Raises :class:`media.sfu.sdp.BadSdp`."""
        answer = sdp.read_down_answer(answer_sdp)
        for mid, track in self.slots.items():
            track.types = answer.slots.get(mid, {})
        self.path.remote_password = answer.password
        self.know_peer(answer.ufrag, answer.fingerprint)

    def route(self, sources: dict[str, UpTrack | None]) -> None:
        """Put these sources into the slots, by mid; slots that keep their source are not touched."""
        for mid, track in self.slots.items():
            track.outlet = self.outlet
            source = self._acceptable(track, sources.get(mid))
            if source is track.source:
                continue
            if track.source is not None:
                track.source.on_layer.remove(self._layer_opened)
                track.source.on_flow.remove(self._flow_changed)
            if source is not None:
                source.on_layer.append(self._layer_opened)
                source.on_flow.append(self._flow_changed)
            track.source = source
            self._raised_us.pop(mid, None)
            # At once: whoever the program names no more must not be heard or seen while the next one's key frame is awaited.
            track.stop()
        self.choose(self.around.clock.now_us())

    def release(self) -> None:
        """Leave all sources; the connection has ended."""
        self.route({})
        for track in self.slots.values():
            track.on_switched = lambda: None

    def choose(self, now_us: int) -> None:
        """Let each slot follow the layer that fits."""
        if self.budget.limit_bps is None and self._has_best(now_us):
            return
        voices_bps = 0.0
        limit_bps = self.budget.limit_bps
        twofold = limit_bps is None or limit_bps >= TWOFOLD_VOICE_BPS
        for mid in VOICES:
            track = self.slots[mid]
            source = track.source
            if source is not None and (layer := source.voice(redundant=twofold and RED in track.types)) is not None:
                track.follow(layer)
                voices_bps += layer.bps
        pictures = [self.slots[mid] for mid in PICTURES if self.slots[mid].source is not None]
        choices = [_layers(track, now_us) for track in pictures]
        wishes = [
            Wish(tuple(layer.bps for layer in layers), _position(layers, track.current))
            for layers, track in zip(choices, pictures, strict=True)
        ]
        most_bps = voices_bps + sum(wish.rates_bps[-1] for wish in wishes if wish.rates_bps)
        self.budget.grow(most_bps, now_us)
        if self.budget.flooded(now_us):
            places: list[int | None] = [None] * len(wishes)
        else:
            places = allot(self.budget.limit_bps, voices_bps, wishes, doubted=self.budget.doubted(now_us))
        for track, layers, wish, place in zip(pictures, choices, wishes, places, strict=True):
            self._settle(track, layers, wish, place, now_us)

    def _has_best(self, now_us: int) -> bool:
        """Whether each slot follows the best that its source sends: with a line that carries all there is nothing to choose."""
        for track in self.slots.values():
            source = track.source
            if source is None:
                continue
            best = source.voice(redundant=RED in track.types) if track.slot.media == "audio" else source.best(now_us)
            if best is None or track.current is not best or track.pending is not None:
                return False
        return True

    def receive_rtp(self, data: bytes, at_us: int) -> None:
        """A viewer has nothing to send here."""
        self.around.counters["dropped.down_rtp"] += 1

    def receive_rtcp(self, data: bytes, at_us: int) -> None:
        """Reports, requests for packets and key frames, and the viewer's estimate."""
        feedback = rtcp.parse(data)
        for block in feedback.reports:
            if block.ssrc in self._by_ssrc:
                rtt_us = round_trip_us(at_us, block.lsr, block.dlsr)
                self.rtt_us = rtt_us if rtt_us is not None else self.rtt_us
                self._note_loss(self._losses.add(block, at_us, self._by_ssrc[block.ssrc].unsent), at_us)
        if feedback.remb_bps is not None and self.budget.remb(feedback.remb_bps, self._sent_bps, at_us):
            self._congested(at_us)
        for ssrc, sequences in feedback.nacks.items():
            if ssrc in self._by_ssrc:
                self._send_again(self._by_ssrc[ssrc], sequences, at_us)
        for ssrc in feedback.keyframes:
            track = self._by_ssrc.get(ssrc)
            layer = (track.pending or track.current) if track is not None and track.slot.media == "video" else None
            if layer is not None:
                layer.want_keyframe()

    def tick(self, number: int, now_us: int) -> None:
        """Send the reports that are due, choose layers anew; every 50 ms."""
        if not self.connected:
            return
        self._send_later(now_us)
        self._measure(now_us)
        if number % CHOOSE_EVERY == 0:
            at_us, octets = self._measured
            if at_us:
                self._sent_bps = (self.bytes_out - octets) * 8e6 / max(1, now_us - at_us)
            self._measured = now_us, self.bytes_out
            self._note_outage(now_us)
            self.choose(now_us)
        self._report(now_us, regular=number % REPORT_EVERY == 0)
        if self._later or (self._prober.hurried and self.budget.limit_bps is not None):
            self.hurry()

    def check_answered(self, transaction: bytes, at_us: int) -> None:
        """A packet of a train has come back."""
        asked = self._asked.pop(transaction, None)
        if asked is None:
            return
        measured = self._prober.answered(*asked, at_us)
        self.rtt_us = self._prober.rtt_us or self.rtt_us
        if measured is not None:
            self.budget.measured(measured, at_us)
            if self._prober.hurried:
                self.hurry()
            self.choose(at_us)

    def _switched(self) -> None:
        self.hurry()

    def _measure(self, now_us: int) -> None:
        """Send a train where it is due and could change anything."""
        if not self._prober.started:
            self.budget.begin(now_us)
        elif not self.budget.wants_measurement(lossy=(self.loss or 0) > WORRYING_LOSS):
            return
        if not self._prober.due(now_us):
            return
        train = self._prober.begin(now_us)
        while len(self._asked) > 3 * TRAIN:
            self._asked.pop(next(iter(self._asked)))
        for place in range(TRAIN):
            transaction = secrets.token_bytes(12)
            if self.path.ask(transaction, PACKET_BYTES):
                self._asked[transaction] = train, place

    @property
    def voices(self) -> tuple[str, ...]:
        """The slots in which the viewer takes a voice."""
        return tuple(mid for mid in VOICES if self.slots[mid].enabled)

    @property
    def unseen(self) -> tuple[str, ...]:
        """The slots that stay empty because the viewer does not take the codec of what belongs there."""
        return tuple(mid for mid, track in self.slots.items() if track.refused is not None)

    def pictures(self, now_us: int) -> tuple[PictureState, ...]:
        """What is sent in each picture slot that the program fills, and why."""
        free = self.budget.limit_bps is None
        held = {mid for mid, raised_us in self._raised_us.items() if now_us - raised_us < DWELL_US}
        states = (why.state(mid, self.slots[mid], now_us, rises=free or mid in held) for mid in PICTURES)
        return tuple(state for state in states if state is not None)

    def _take(self, slots: dict[str, dict[Codec, Types]]) -> None:
        for mid, track in self.slots.items():
            track.types = slots.get(mid, {})

    def _acceptable(self, track: DownTrack, source: UpTrack | None) -> UpTrack | None:
        refused = source.codec if source is not None and track.enabled and source.codec not in track.types else None
        if refused is not None and refused is not track.refused:
            self.around.counters["refused.codec"] += 1
        track.refused = refused
        return source if track.enabled and refused is None else None

    def _layer_opened(self, layer: Layer) -> None:
        self.choose(self.around.clock.now_us())

    def _flow_changed(self) -> None:
        self.choose(self.around.clock.now_us())

    def _settle(self, track: DownTrack, layers: list[Layer], wish: Wish, place: int | None, now_us: int) -> None:
        if not layers:
            return  # nothing flows now: the last picture stays, and what comes first will be followed
        if place is None:
            track.follow(None)
            return
        mid = track.slot.mid
        rises = wish.current is not None and place > wish.current
        if rises and self.budget.limit_bps is not None and now_us - self._raised_us.get(mid, -DWELL_US) < DWELL_US:
            return
        if layers[place] is not track.current:
            self._raised_us[mid] = now_us
        track.follow(layers[place])

    def _send_again(self, track: DownTrack, sequences: list[int], now_us: int) -> None:
        outlet = self.outlet
        if outlet is None or track.current is None or not any(types.rtx is not None for types in track.types.values()):
            return
        # What is asked for may only have been overtaken, so that reports of loss are believed rather, once there are any.
        known = self._asked_for if self.loss is None else self.loss
        loss = known if self.budget.limit_bps is None else 0.0
        copies = max((count for least, count in COPIES if loss > least), default=1)
        rtt_us = (self.rtt_us or 0) + (DRAIN_US if self.budget.doubted(now_us) else 0)
        for packet, segment in track.missing(sequences, now_us, rtt_us, self.budget.limit_bps):
            if track.types[segment.layer.codec].rtx is None:
                continue
            self._write_again(track, packet, segment, outlet, now_us)
            if copies > 1 and len(self._later) < MAX_LATER:
                self._later.append((track, packet, segment, copies - 1))
                self.hurry()

    def _write_again(self, track: DownTrack, packet: Packet, segment: Segment, outlet: Outlet, now_us: int) -> None:
        outgoing = self.around.fanout.outgoing
        at, pointer = outgoing.begin()
        size = outlet.srtp.rtp(pointer, track.write_again(packet, segment, outgoing.view, at, send_time(now_us)))
        if size < 0:
            self.around.counters["refused.srtp"] += 1
            return
        self.around.counters["resent"] += 1
        outgoing.commit(size, outlet)

    def _send_later(self, now_us: int) -> None:
        later, self._later = self._later, []
        for track, packet, segment, copies in later:
            if self.outlet is not None:
                self._write_again(track, packet, segment, self.outlet, now_us)
                if copies > 1:
                    self._later.append((track, packet, segment, copies - 1))

    def _note_loss(self, loss: float | None, now_us: int) -> None:
        if self.budget.settling(now_us):
            self._losses.restart()
        elif loss is not None:
            self.loss = loss
            self.budget.loss(loss, self._sent_bps, now_us)

    def _note_outage(self, now_us: int) -> None:
        """Reports of loss come once a second, requests at once: where most is asked for again, do not wait for a report."""
        content, speaker = self.slots["content"], self.slots["speaker"]
        counts = content.packets + speaker.packets, content.missed + speaker.missed
        sent, missed = counts[0] - self._counted[0], counts[1] - self._counted[1]
        self._counted = counts
        self._asked_for = missed / sent if sent >= OUTAGE_PACKETS else 0.0
        if sent >= OUTAGE_PACKETS and missed > LOSS_SURELY_TOO_HIGH * sent and not self.budget.settling(now_us):
            self._note_loss(min(1.0, missed / sent), now_us)
            self._congested(now_us)

    def _congested(self, now_us: int) -> None:
        """Less is sent from now on, and the line is measured once what waits before it has passed."""
        self.choose(now_us)
        if not self._prober.hastened:
            self._prober.hasten(now_us + DRAIN_US)
        self.hurry()

    def _report(self, now_us: int, *, regular: bool) -> None:
        """Tell the time of what is sent: of all slots in one packet, each with its name as RFC 3550 §6.1 wants it."""
        reports = []
        for track in self.slots.values():
            if not (track.report_due or regular) or (timestamp := track.timestamp_at(now_us)) is None:
                continue
            track.report_due = False
            reports.append(rtcp.sender_report(track.ssrc, us_to_ntp(now_us), timestamp, track.packets, track.octets))
        if reports:
            self.send_rtcp(b"".join(reports))


def _layers(track: DownTrack, now_us: int) -> list[Layer]:
    source = track.source
    assert source is not None
    return source.flowing(now_us) or ([] if track.current or track.pending else list(source.layers.values())[:1])


def _position(layers: list[Layer], layer: Layer | None) -> int | None:
    return layers.index(layer) if layer is not None and layer in layers else None


def _distinct_ssrcs(count: int) -> list[int]:
    found: set[int] = set()
    while len(found) < count:
        found.add(secrets.randbelow(0xFFFF_FFF0) + 0x10 & 0xFFFFFFFF)
    return list(found)
