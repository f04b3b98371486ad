"""A light real peer: publishes already encoded packets and receives the slots, without encoding or decoding anything.

It speaks to the node exactly as a page does (ICE, DTLS, SRTP, RTCP), so that a session can be filled with sites on one machine.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from aiortc.rtp import RtcpReceiverInfo

from media.sfu import rtcp, rtp
from media.sfu.clock import NodeClock, ntp_middle, us_to_ntp
from media.sfu.codecs import OPUS, VP8, Codec
from media.sfu.dtls import Certificate
from media.sfu.reception import Reception
from media.simpeer_link import SimLink, read_remote

PAYLOAD_BYTES = 1100
REPORT_S = 1.0
MAX_SOURCES = 16


class SentTrack:
    """One track as it goes out: numbers and times run on over pauses, as in a page that replaces its tracks."""

    def __init__(self, link: SimLink, clock: NodeClock, codec: Codec, ssrc: int) -> None:
        self.ssrc = ssrc
        self.packets = 0
        self.octets = 0
        self.keyframe_wanted = False
        """The node has asked for a key frame; to be cleared by whoever sends one."""
        self._link = link
        self._clock = clock
        self._codec = codec
        self._sequence = secrets.randbelow(0x8000)
        self._picture = 0
        self._origin_us = clock.now_us()

    def send_voice(self, frame: bytes, at_us: int, *, begins: bool = False) -> None:
        """Send one Opus frame that belongs to ``at_us`` on the peer's clock; ``begins``: after silence."""
        self._send(frame, at_us, marker=begins)

    def send_picture(self, frame: bytes, at_us: int) -> None:
        """Send one VP8 frame that belongs to ``at_us``, in packets (RFC 7741)."""
        self._picture = self._picture + 1 & 0x7FFF
        pieces = [frame[at : at + PAYLOAD_BYTES] for at in range(0, len(frame), PAYLOAD_BYTES)]
        for number, piece in enumerate(pieces):
            descriptor = struct.pack("!BBH", 0x80 | (0x10 if number == 0 else 0), 0x80, 0x8000 | self._picture)
            self._send(descriptor + piece, at_us, marker=number == len(pieces) - 1)

    def report(self) -> None:
        """Send a sender report: which RTP time it is now."""
        now_us = self._clock.now_us()
        message = rtcp.sender_report(self.ssrc, us_to_ntp(now_us), self._timestamp(now_us), self.packets, self.octets)
        self._link.send(message, control=True)

    def _timestamp(self, at_us: int) -> int:
        return (at_us - self._origin_us) * self._codec.clock_hz // 1_000_000 & 0xFFFFFFFF

    def _send(self, payload: bytes, at_us: int, *, marker: bool) -> None:
        self._sequence = self._sequence + 1 & 0xFFFF
        kind = self._codec.payload_type | (0x80 if marker else 0)
        header = rtp.HEADER.pack(0x80, kind, self._sequence, self._timestamp(at_us), self.ssrc)
        self._link.send(header + payload)
        self.packets += 1
        self.octets += len(payload)


class SimUp:
    """The up connection: microphone, camera and screen, each silent until something is sent."""

    def __init__(self, certificate: Certificate, clock: NodeClock) -> None:
        self.link = SimLink(certificate, self._take)
        ssrcs = [secrets.randbelow(0xFFFF_0000) + 1 for _ in range(3)]
        self.microphone = SentTrack(self.link, clock, OPUS, ssrcs[0])
        self.camera = SentTrack(self.link, clock, VP8, ssrcs[1])
        self.screen = SentTrack(self.link, clock, VP8, ssrcs[2])
        self._certificate = certificate

    def offer(self) -> str:
        """The description of what may be sent."""
        named = (("microphone", OPUS, self.microphone), ("camera", VP8, self.camera), ("screen", VP8, self.screen))
        lines = _session([mid for mid, _, _ in named])
        for mid, codec, track in named:
            lines += _section(self.link, self._certificate, mid, codec, "actpass", "sendonly")
            lines += [f"a=rtcp-fb:{codec.payload_type} nack pli"] if codec is VP8 else []
            lines.append(f"a=ssrc:{track.ssrc} cname:sim")
        return "\r\n".join(lines) + "\r\n"

    async def run(self, answer: str) -> None:
        """Connect by the node's answer and stay until cancelled, reporting the time of what is sent."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run(read_remote(answer)))
            reported = {track: 0 for track in (self.microphone, self.camera, self.screen)}
            while True:
                await asyncio.sleep(REPORT_S)
                for track, packets in reported.items():
                    if track.packets != packets:
                        reported[track] = track.packets
                        track.report()

    def _take(self, data: memoryview, control: bool) -> None:
        if not control:
            return
        try:
            wanted = rtcp.parse(bytes(data)).keyframes
        except ValueError:
            return
        for track in (self.camera, self.screen):
            track.keyframe_wanted = track.keyframe_wanted or track.ssrc in wanted


@dataclass(slots=True)
class Heard:
    """What came of one slot."""

    packets: int = 0
    octets: int = 0


@dataclass(slots=True)
class _Stream:
    """One SSRC of a down connection."""

    heard: Heard
    reception: Reception
    highest: int
    """The highest extended sequence number."""


class SimDown:
    """The down connection: counts what comes by slot, and reports to the node as a browser does.

    ``sample``: see :class:`SimLink`."""

    def __init__(self, certificate: Certificate, clock: NodeClock, *, sample: int = 1) -> None:
        self.link = SimLink(certificate, self._take, sample=sample)
        self.heard: dict[str, Heard] = {}
        self._certificate = certificate
        self._clock = clock
        self._slots: dict[int, str] = {}
        self._streams: dict[int, _Stream] = {}
        self._remote = ""

    def answer(self, offer: str) -> str:
        """Take the node's offer whole."""
        self._remote = offer
        lines: list[str] = []
        mids: list[str] = []
        for section in offer.split("\r\nm=")[1:]:
            attributes = section.split("\r\n")
            mid = next(line[6:] for line in attributes if line.startswith("a=mid:"))
            mids.append(mid)
            codec = OPUS if section.startswith("audio") else VP8
            for line in attributes:
                if line.startswith("a=ssrc:") and " cname:" in line:
                    self._slots.setdefault(int(line[7:].split()[0]), mid)
            lines += _section(self.link, self._certificate, mid, codec, "active", "recvonly")
        self.heard = {mid: Heard() for mid in mids}
        return "\r\n".join([*_session(mids), *lines]) + "\r\n"

    async def run(self) -> None:
        """Connect by the offer that was answered and stay until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run(read_remote(self._remote)))
            while True:
                await asyncio.sleep(REPORT_S)
                now_us = self._clock.now_us()
                made = [stream.reception.report(ssrc, now_us) for ssrc, stream in self._streams.items()]
                blocks: Sequence[RtcpReceiverInfo] = [each[0] for each in made if each is not None]
                if blocks:
                    self.link.send(rtcp.report(list(blocks)), control=True)

    def _take(self, data: memoryview, control: bool) -> None:
        if control:
            self._take_report(bytes(data))
            return
        _, kind, sequence, timestamp, ssrc = rtp.HEADER.unpack_from(data)
        stream = self._streams.get(ssrc)
        if stream is None:
            mid = self._slots.get(ssrc)
            if mid is None or kind & 0x7F == VP8.rtx:
                return
            clock_hz = OPUS.clock_hz if mid.startswith("voice") else VP8.clock_hz
            stream = self._streams[ssrc] = _Stream(self.heard[mid], Reception(clock_hz, ask=False), sequence + 0x10000)
        heard = stream.heard
        heard.packets += 1
        heard.octets += len(data)
        number = rtp.unwrap(sequence, stream.highest)
        if number > stream.highest:
            stream.highest = number
        stream.reception.arrived(number, timestamp, self._clock.now_us())

    def _take_report(self, data: bytes) -> None:
        try:
            times = rtcp.parse(data).sender_times
        except ValueError:
            return
        for time in times:
            if time.ssrc in self._streams:
                self._streams[time.ssrc].reception.sender_report(ntp_middle(time.ntp), self._clock.now_us())


def _session(mids: list[str]) -> list[str]:
    return ["v=0", f"o=- {secrets.randbelow(10**9)} 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(mids)]


def _section(link: SimLink, certificate: Certificate, mid: str, codec: Codec, setup: str, direction: str) -> list[str]:
    return [
        f"m={codec.media} 9 UDP/TLS/RTP/SAVPF {codec.payload_type}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{mid}",
        f"a=ice-ufrag:{link.ufrag}",
        f"a=ice-pwd:{link.password}",
        f"a=fingerprint:sha-256 {certificate.fingerprint}",
        f"a=setup:{setup}",
        f"a={direction}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a=rtpmap:{codec.payload_type} {codec.sdp_name}",
    ]
