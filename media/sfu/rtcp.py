"""RTCP as the node sends and reads it (RFC 3550 §6, RFC 4585, REMB, RFC 3611 for the round trip of publishers)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from struct import Struct

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
)

NODE_SSRC = 1
"""The node's own SSRC in feedback: it sends no media towards publishers."""
CNAME = b"diemcau"
_XR = 207
_RECEIVER_REFERENCE_TIME = 4
_DLRR = 5
MAX_REPORTS = 31
_HEAD, _WORD, _SSRCS, _LOST, _DELAY = Struct("!BBH"), Struct("!I"), Struct("!II"), Struct("!HH"), Struct("!III")
_SENDER, _BLOCK = Struct("!IQI"), Struct("!IIIIII")
_REPORT, _NAME = Struct("!BBHIQIII"), Struct("!BBHI")
_ITEM = bytes((1, len(CNAME))) + CNAME  # CNAME (RFC 3550 §6.5.1), ended by a zero and filled up to whole words
_CNAME_ITEM = _ITEM + bytes(4 - len(_ITEM) % 4)


@dataclass(slots=True)
class SenderTime:
    """From a sender report: RTP time ``rtp`` of the stream was at ``ntp`` on the sender's clock."""

    ssrc: int
    ntp: int
    rtp: int


@dataclass(slots=True)
class Feedback:
    """What one compound packet from a peer says, sorted by what is to be done."""

    sender_times: list[SenderTime] = field(default_factory=list)
    reports: list[RtcpReceiverInfo] = field(default_factory=list)
    nacks: dict[int, list[int]] = field(default_factory=dict)
    keyframes: list[int] = field(default_factory=list)
    remb_bps: int | None = None
    delays: list[tuple[int, int]] = field(default_factory=list)
    """(LRR, DLRR) of extended reports, as LSR and DLSR in report blocks (RFC 3611 §4.5)."""


def parse(data: bytes) -> Feedback:
    """Take a compound RTCP packet apart; what the node has no use for is left out. Raises ValueError where it is malformed."""
    feedback = Feedback()
    at, size = 0, len(data)
    try:
        while at < size:
            first, kind, words = _HEAD.unpack_from(data, at)
            end = at + 4 + 4 * words
            if first >> 6 != 2 or end > size:
                raise ValueError("malformed RTCP")
            read = _READERS.get(kind)
            if read is not None:
                padding = data[end - 1] if first & 0x20 else 0
                if padding > end - at - 4:
                    raise ValueError("malformed RTCP padding")
                read(data, at + 4, end - padding, first & 0x1F, feedback)
            at = end
    except (struct.error, IndexError) as error:
        raise ValueError("malformed RTCP") from error
    return feedback


def report(blocks: list[RtcpReceiverInfo]) -> bytes:
    """Receiver reports with these blocks (with none: the empty one that starts a compound packet)."""
    parts = [
        bytes(RtcpRrPacket(ssrc=NODE_SSRC, reports=blocks[at : at + MAX_REPORTS])) for at in range(0, len(blocks), MAX_REPORTS)
    ]
    return b"".join(parts) or bytes(RtcpRrPacket(ssrc=NODE_SSRC))


def sender_report(ssrc: int, ntp: int, rtp: int, packets: int, octets: int) -> bytes:
    """A sender report for one stream, with its CNAME."""
    head = _REPORT.pack(0x80, 200, 6, ssrc, ntp, rtp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    return head + _NAME.pack(0x81, 202, (_NAME.size + len(_CNAME_ITEM)) // 4 - 1, ssrc) + _CNAME_ITEM


def keyframe_request(media_ssrc: int) -> bytes:
    """A picture loss indication (RFC 4585 §6.3.1)."""
    return bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=NODE_SSRC, media_ssrc=media_ssrc))


def nack(media_ssrc: int, sequences: list[int]) -> bytes:
    """A generic NACK for these 16-bit numbers (RFC 4585 §6.2.1)."""
    return bytes(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=NODE_SSRC, media_ssrc=media_ssrc, lost=sorted(sequences)))


def reference_time(ntp: int) -> bytes:
    """An extended report that a peer answers with DLRR, so that the round trip of one who only sends is known (RFC 3611 §4.4)."""
    return struct.pack("!BBHIBBHQ", 0x80, _XR, 4, NODE_SSRC, _RECEIVER_REFERENCE_TIME, 0, 2, ntp)


def _read_sender_report(data: bytes, at: int, end: int, count: int, feedback: Feedback) -> None:
    ssrc, ntp, rtp = _SENDER.unpack_from(data, at)
    feedback.sender_times.append(SenderTime(ssrc, ntp, rtp))
    _read_blocks(data, at + 24, end, count, feedback)


def _read_receiver_report(data: bytes, at: int, end: int, count: int, feedback: Feedback) -> None:
    _read_blocks(data, at + 4, end, count, feedback)


def _read_blocks(data: bytes, at: int, end: int, count: int, feedback: Feedback) -> None:
    if at + 24 * count > end:
        raise ValueError("truncated RTCP report")
    for _ in range(count):
        ssrc, loss, highest, jitter, lsr, dlsr = _BLOCK.unpack_from(data, at)
        lost = loss & 0xFFFFFF
        lost -= (lost & 0x800000) << 1
        feedback.reports.append(
            RtcpReceiverInfo(
                ssrc=ssrc,
                fraction_lost=loss >> 24,
                packets_lost=lost,
                highest_sequence=highest,
                jitter=jitter,
                lsr=lsr,
                dlsr=dlsr,
            )
        )
        at += 24


def _read_transport_feedback(data: bytes, at: int, end: int, form: int, feedback: Feedback) -> None:
    if form != RTCP_RTPFB_NACK:
        return
    _, media_ssrc = _SSRCS.unpack_from(data, at)
    lost = feedback.nacks.setdefault(media_ssrc, [])
    for entry in range(at + 8, end - 3, 4):
        first, mask = _LOST.unpack_from(data, entry)
        lost.append(first)
        for bit in range(16):
            if mask >> bit & 1:
                lost.append(first + bit + 1 & 0xFFFF)


def _read_payload_feedback(data: bytes, at: int, end: int, form: int, feedback: Feedback) -> None:
    _, media_ssrc = _SSRCS.unpack_from(data, at)
    if form == RTCP_PSFB_PLI:
        feedback.keyframes.append(media_ssrc)
    elif form == RTCP_PSFB_FIR:
        feedback.keyframes += [_WORD.unpack_from(data, entry)[0] for entry in range(at + 8, end - 7, 8)]
    elif form == RTCP_PSFB_APP and data[at + 8 : at + 12] == b"REMB" and at + 16 <= end:
        (packed,) = _WORD.unpack_from(data, at + 12)  # number of SSRCs (8), exponent (6), mantissa (18)
        feedback.remb_bps = (packed & 0x3FFFF) << (packed >> 18 & 0x3F)


def _read_delays(data: bytes, at: int, end: int, form: int, feedback: Feedback) -> None:
    block = at + 4
    while block + 4 <= end:
        kind, words = data[block], _LOST.unpack_from(data, block)[1]
        block_end = block + 4 + 4 * words
        if kind == _DLRR and block_end <= end:
            for entry in range(block + 4, block_end - 11, 12):
                _, last, delay = _DELAY.unpack_from(data, entry)
                feedback.delays.append((last, delay))
        block = block_end


_READERS: dict[int, Callable[[bytes, int, int, int, Feedback], None]] = {
    200: _read_sender_report,
    201: _read_receiver_report,
    205: _read_transport_feedback,
    206: _read_payload_feedback,
    _XR: _read_delays,
}
"""By packet type: (data, start after the common header, end without padding, count or format, where it goes)."""
