"""One incoming stream of packets: a voice, a screen, or one simulcast layer of a camera."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from media.sfu import h264, vp8
from media.sfu.codecs import H264, VP8, Codec
from media.sfu.rtcp import SenderTime
from media.sfu.rtp import unwrap

if TYPE_CHECKING:
    from media.sfu.up import UpTrack

CACHE_PACKETS = 512
"""3–4 s of video; also how late a packet may come and still be told from a duplicate."""
PAUSE_US = 450_000
"""Longer than the longest silence between two packets of a voice that says nothing (RFC 7587: 400 ms)."""
MOST_LATE_US, MOST_AHEAD_US = 1_500_000, 100_000
"""A packet that was taken longer before its arrival, or so much after it: the sender's clock is not to be believed."""
STALL_US = 600_000
"""A layer that brings nothing for so long while others of its camera do was switched off: the publisher's line got narrow."""
MAX_GAP = 3000
"""A jump of sequence numbers beyond this is a new stream, not loss (RFC 3550 §A.1, MAX_DROPOUT)."""
_PLAIN = vp8.Descriptor(False, -1, 0, -1, 0)


class Packet:
    """One media packet as the session keeps it: no SRTP, no header extensions, no padding; never changed after it was made.

    ``index`` counts the layer's packets without rollover and without padding-only packets, so that it has no holes but losses.
    """

    __slots__ = ("at_us", "descriptor", "index", "marker", "payload", "timestamp")

    def __init__(self, index: int, timestamp: int, marker: bool, payload: bytes, descriptor: vp8.Descriptor, at_us: int) -> None:
        self.index = index
        self.timestamp = timestamp
        self.marker = marker
        self.payload = payload
        self.descriptor = descriptor
        self.at_us = at_us


class Taker(Protocol):
    """Whoever looks at a layer's packets one by one: a slot that waits for a key frame, a capture."""

    def take(self, layer: Layer, packet: Packet) -> None: ...
    def take_report(self, layer: Layer, report: SenderTime, at_us: int) -> None: ...


class Layer:
    """Puts packets in order of number, drops duplicates and padding, remembers the last ones, and hands each on once.

    ``accept`` is the only way in; ``packet(index)`` finds what can be sent again.
    """

    def __init__(self, track: UpTrack, rid: str | None, codec: Codec, ssrc: int) -> None:
        self.track = track
        self.rid = rid
        self.codec = codec
        self.ssrc = ssrc
        self.takers: list[Taker] = []
        self.audience = track.new_audience(urgent=codec.media == "audio")
        """Whoever is sent this layer now; they get what the takers have seen."""
        self.top: Packet | None = None
        """The packet of the highest index."""
        self.last_at_us = 0
        self.last_timestamp = 0
        self.sender_time: tuple[int, int] | None = None
        """(node time in µs, RTP time) of one moment, by the newest sender report; None before the first."""
        self.keyframe_at_us = 0
        """Arrival of the last packet that starts a key frame; 0 for none yet."""
        self.last_report: tuple[SenderTime, int] | None = None
        """The newest sender report as it came, and when (µs)."""
        self.size: tuple[int, int] | None = None
        """Width and height by the newest key frame; None where its codec does not say it in one place."""
        self.keyframe_wanted = False
        """Somebody waits for a key frame; cleared by its arrival."""
        self._begins = False
        """Just now, with a key frame."""
        self.duplicates = 0
        self.packets = 0
        self.bytes = 0
        self.bps = 0.0
        """Bitrate of payloads, smoothed; :meth:`measure` brings it up to date."""
        self._measured_at_us = 0
        self._measured_bytes = 0
        self._highest = -1
        self._seen: set[int] = set()
        self._ring: list[Packet | None] = [None] * CACHE_PACKETS
        self._dropped: deque[tuple[int, int]] = deque(maxlen=CACHE_PACKETS)
        self._dropped_total = 0

    @property
    def highest(self) -> int:
        """The highest extended sequence number so far, -1 before the first packet."""
        return self._highest

    def extended(self, sequence: int) -> int:
        """The 16-bit number of this stream without rollover. The first one starts in the second cycle, so that packets from
        before it still have a number."""
        return unwrap(sequence, self._highest) if self._highest >= 0 else sequence + 0x10000

    def restarts(self, sequence: int) -> bool:
        """Whether this number cannot belong to the stream as it runs."""
        return self._highest >= 0 and abs(unwrap(sequence, self._highest) - self._highest) > MAX_GAP

    def accept(self, sequence: int, timestamp: int, marker: bool, payload: bytes, at_us: int) -> Packet | None:
        """Take in one packet and hand it to the takers. Returns None where it brings nothing: a duplicate, too late, padding.

        Raises ValueError for a payload that is none of the codec.
        """
        number = self.extended(sequence)
        if number <= self._highest - CACHE_PACKETS or number in self._seen:
            self.duplicates += 1
            return None
        descriptor = _PLAIN
        if payload and self.codec is VP8:
            payload, descriptor = vp8.normalise(payload)
        elif payload and self.codec is H264:
            descriptor = h264.describe(payload)
        in_order = number > self._highest
        self._note(number)
        silent_us = at_us - self.last_at_us
        if silent_us > PAUSE_US and self.sender_time is not None:
            self._resume(timestamp, at_us)
        if in_order:  # what is sent again says nothing of what is sent now
            self.last_at_us, self.last_timestamp = at_us, timestamp
            if silent_us > STALL_US and self.codec.media == "video":
                self._begin(descriptor)
        if not payload and in_order:
            self._dropped_total += 1
            self._dropped.append((number, self._dropped_total))
            return None
        index = number - self._dropped_before(number)
        packet = Packet(index, timestamp, marker, payload, descriptor, at_us)
        self._ring[index % CACHE_PACKETS] = packet
        self.packets += 1
        self.bytes += len(payload)
        if descriptor.starts_keyframe:
            self.keyframe_at_us = at_us
            self.keyframe_wanted = False
            self.size = vp8.size(payload) if self.codec is VP8 else None
        if in_order:
            self.top = packet
        for taker in tuple(self.takers):
            taker.take(self, packet)
        self.audience.push(packet)
        return packet

    def lacks(self, sequence: int) -> bool:
        """Whether the packet of this number, one of the last, has not come."""
        number = self.extended(sequence)
        return self._highest >= 0 and number > self._highest - CACHE_PACKETS and number not in self._seen

    def packet(self, index: int) -> Packet | None:
        """A packet of the last :data:`CACHE_PACKETS`, where it arrived."""
        found = self._ring[index % CACHE_PACKETS]
        return found if found is not None and found.index == index else None

    def forget(self) -> None:
        """Let go of the packets that could be sent again: half a megabyte of a picture."""
        self._ring = [None] * CACHE_PACKETS

    def want_keyframe(self) -> None:
        """Have the publisher asked for a key frame, soon and not too often (that is the connection's part)."""
        if self._begins:
            return
        self.keyframe_wanted = True
        self.track.on_keyframe_wanted(self)

    def note_sender_time(self, report: SenderTime, node_us: int, at_us: int) -> None:
        """A sender report of this stream came at ``at_us``; its moment was ``node_us`` on the node's clock."""
        self.sender_time = node_us, report.rtp
        self.last_report = report, at_us
        for taker in tuple(self.takers):
            taker.take_report(self, report, at_us)

    def timestamp_at(self, now_us: int) -> int:
        """The RTP time of this stream now, by the sender's clock (by arrival while there was no sender report)."""
        at_us, timestamp = self.sender_time or (self.last_at_us, self.last_timestamp)
        return timestamp + (now_us - at_us) * self.codec.clock_hz // 1_000_000

    def taken_us(self, packet: Packet) -> int:
        """When the picture or sound of a packet was taken, on the node's clock; its arrival where the sender has not told its
        time yet, or tells one that cannot be."""
        taken_us = self._told_us(packet.timestamp)
        credible = taken_us is not None and -MOST_AHEAD_US <= packet.at_us - taken_us <= MOST_LATE_US
        return taken_us if taken_us is not None and credible else packet.at_us

    def flows(self, now_us: int) -> bool:
        """Whether packets came in the last 1.5 s: a layer that the publisher has switched off stays silent."""
        return self.last_at_us > 0 and now_us - self.last_at_us < 1_500_000

    def measure(self, now_us: int) -> None:
        """Bring ``bps`` up to date; to be called about twice a second."""
        elapsed_us = now_us - self._measured_at_us
        if self._measured_at_us and elapsed_us > 0:
            now_bps = (self.bytes - self._measured_bytes) * 8e6 / elapsed_us
            self.bps = now_bps if not self.bps else 0.6 * self.bps + 0.4 * now_bps
        self._measured_at_us, self._measured_bytes = now_us, self.bytes

    def _told_us(self, timestamp: int) -> int | None:
        """The moment of an RTP time by the newest sender report."""
        if self.sender_time is None:
            return None
        at_us, reported = self.sender_time
        ticks = (timestamp - reported + 0x8000_0000 & 0xFFFFFFFF) - 0x8000_0000
        return at_us + ticks * 1_000_000 // self.codec.clock_hz

    def _resume(self, timestamp: int, at_us: int) -> None:
        """A pause is over. Browsers count a microphone's time in samples, so that it stands still while nothing is sent: what was
        reported before the pause is then wrong by its length, and would put lips and sound apart by it."""
        taken_us = self._told_us(timestamp)
        if taken_us is not None and not -MOST_AHEAD_US <= at_us - taken_us <= PAUSE_US:
            self.sender_time = self.last_report = None

    def _begin(self, descriptor: vp8.Descriptor) -> None:
        """Let viewers turn to this layer before its first packet is handed on: mostly that starts a key frame."""
        self._begins = descriptor.starts_keyframe
        self.track.flow_changed()
        self._begins = False

    def _note(self, number: int) -> None:
        self._seen.add(number)
        if number > self._highest:
            floor = number - CACHE_PACKETS
            if number - self._highest > CACHE_PACKETS or self._highest < 0:
                self._seen = {number}
            else:
                for old in range(self._highest - CACHE_PACKETS, floor + 1):
                    self._seen.discard(old)
            self._highest = number

    def _dropped_before(self, number: int) -> int:
        """How many padding-only packets were taken out before ``number``: what came later than they did keeps its place."""
        for dropped, total in reversed(self._dropped):
            if dropped < number:
                return total
        return self._dropped[0][1] - 1 if self._dropped else 0
