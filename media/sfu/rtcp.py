"""RTCP as the node sends and reads it (RFC 3550 §6, RFC 4585, REMB, RFC 3611 for the round trip of publishers)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    unpack_remb_fci,
)

NODE_SSRC = 1
"""The node's own SSRC in feedback: it sends no media towards publishers."""
CNAME = b"diemcau"
_SDES_CNAME = 1
_XR = 207
_RECEIVER_REFERENCE_TIME = 4
_DLRR = 5
MAX_REPORTS = 31


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
    try:
        for packet in RtcpPacket.parse(data):
            _sort(packet, feedback)
        _read_delays(data, feedback)
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
    info = RtcpSenderInfo(
        ntp_timestamp=ntp, rtp_timestamp=rtp, packet_count=packets & 0xFFFFFFFF, octet_count=octets & 0xFFFFFFFF
    )
    name = RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=ssrc, items=[(_SDES_CNAME, CNAME)])])
    return bytes(RtcpSrPacket(ssrc=ssrc, sender_info=info)) + bytes(name)


def keyframe_request(media_ssrc: int) -> bytes:
    """A picture loss indication (RFC 4585 §6.3.1)."""
    return bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=NODE_SSRC, media_ssrc=media_ssrc))


def nack(media_ssrc: int, sequences: list[int]) -> bytes:
    """A generic NACK for these 16-bit numbers (RFC 4585 §6.2.1)."""
    return bytes(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=NODE_SSRC, media_ssrc=media_ssrc, lost=sorted(sequences)))


def reference_time(ntp: int) -> bytes:
    """An extended report that a peer answers with DLRR, so that the round trip of one who only sends is known (RFC 3611 §4.4)."""
    return struct.pack("!BBHIBBHQ", 0x80, _XR, 4, NODE_SSRC, _RECEIVER_REFERENCE_TIME, 0, 2, ntp)


def _sort(packet: object, feedback: Feedback) -> None:
    match packet:
        case RtcpSrPacket():
            info = packet.sender_info
            feedback.sender_times.append(SenderTime(packet.ssrc, info.ntp_timestamp, info.rtp_timestamp))
            feedback.reports += packet.reports
        case RtcpRrPacket():
            feedback.reports += packet.reports
        case RtcpRtpfbPacket(fmt=1):
            feedback.nacks.setdefault(packet.media_ssrc, []).extend(sequence & 0xFFFF for sequence in packet.lost)
        case RtcpPsfbPacket() if packet.fmt == RTCP_PSFB_PLI:
            feedback.keyframes.append(packet.media_ssrc)
        case RtcpPsfbPacket() if packet.fmt == RTCP_PSFB_FIR:
            feedback.keyframes += [struct.unpack_from("!I", packet.fci, at)[0] for at in range(0, len(packet.fci) - 7, 8)]
        case RtcpPsfbPacket() if packet.fmt == RTCP_PSFB_APP and packet.fci[:4] == b"REMB":
            feedback.remb_bps = unpack_remb_fci(packet.fci)[0]


def _read_delays(data: bytes, feedback: Feedback) -> None:
    """Extended reports, which aiortc leaves out."""
    at = 0
    while at + 4 <= len(data):
        kind, words = data[at + 1], struct.unpack_from("!H", data, at + 2)[0]
        end = at + 4 + 4 * words
        if kind == _XR:
            block = at + 8
            while block + 4 <= end:
                block_end = block + 4 + 4 * struct.unpack_from("!H", data, block + 2)[0]
                if data[block] == _DLRR and block_end <= end:
                    for entry in range(block + 4, block_end - 11, 12):
                        _, last, delay = struct.unpack_from("!III", data, entry)
                        feedback.delays.append((last, delay))
                block = block_end
        at = end
