"""RTCP and transport-wide feedback, byte by byte where it is the node's own."""

from __future__ import annotations

import struct

import pytest
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRtpfbPacket, RtcpSrPacket, pack_remb_fci

from media.sfu import rtcp
from media.sfu.clock import ntp_middle, ntp_to_us, us_to_ntp
from media.sfu.transport_cc import MAX_PACKETS, REFERENCE_US, TICK_US, Arrivals
from media.sfu.up_connection import round_trip_us
from tests.media.sfu.packets import dice


def test_ntp_and_microseconds_are_inverse() -> None:
    for us in (0, 1_795_336_031_622_123, 999_999):
        assert abs(ntp_to_us(us_to_ntp(us)) - us) <= 1


def test_round_trip_is_what_is_left_of_the_time() -> None:
    sent_us = 1_795_336_031_622_000
    lsr = ntp_middle(us_to_ntp(sent_us))
    found = round_trip_us(sent_us + 150_000, lsr, 65536 // 10)
    assert found is not None and abs(found - 50_000) < 100
    assert round_trip_us(sent_us, 0, 0) is None
    assert round_trip_us(sent_us, lsr, 65536) == 0, "a peer that claims a longer delay than there was"


def test_requests_can_be_read_back() -> None:
    [pli] = RtcpPacket.parse(rtcp.keyframe_request(99))
    assert isinstance(pli, RtcpPsfbPacket) and (pli.fmt, pli.media_ssrc) == (1, 99)
    [nack] = RtcpPacket.parse(rtcp.nack(99, [5, 3, 4, 40]))
    assert isinstance(nack, RtcpRtpfbPacket) and nack.lost == [3, 4, 5, 40]
    report, _ = RtcpPacket.parse(rtcp.sender_report(7, 1 << 40, 90, 5, 6))
    assert isinstance(report, RtcpSrPacket) and report.sender_info.rtp_timestamp == 90


def test_compound_packet_is_sorted() -> None:
    remb = RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=pack_remb_fci(700_000, [5]))
    fir = RtcpPsfbPacket(fmt=4, ssrc=1, media_ssrc=0, fci=struct.pack("!IB3x", 77, 1))
    extended = struct.pack("!BBHIBBHIII", 0x80, 207, 5, 1, 5, 0, 3, rtcp.NODE_SSRC, 1234, 99)
    feedback = rtcp.parse(rtcp.report([]) + bytes(remb) + bytes(fir) + rtcp.keyframe_request(8) + rtcp.nack(9, [1, 2]) + extended)
    assert feedback.remb_bps == 700_000
    assert feedback.keyframes == [77, 8]
    assert feedback.nacks == {9: [1, 2]}
    assert feedback.delays == [(1234, 99)]


def test_reference_time_is_well_formed() -> None:
    message = rtcp.reference_time(0x0102030405060708)
    assert len(message) == 4 * (struct.unpack("!H", message[2:4])[0] + 1)
    assert message.endswith(bytes(range(1, 9)))


def test_anything_is_refused_or_read_when_it_is_noise() -> None:
    rng = dice(5)
    seeds = [rtcp.nack(1, [1, 9]), rtcp.sender_report(1, 2, 3, 4, 5), rtcp.reference_time(9), rtcp.report([])]
    for _ in range(5000):
        data = bytearray(b"".join(rng.choices(seeds, k=2)))
        for _ in range(rng.randrange(6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            rtcp.parse(bytes(data[: rng.randrange(len(data) + 1)]))
        except ValueError:
            continue


def decode_feedback(message: bytes) -> dict[int, int | None]:
    """Read a feedback message as a sender does: sequence → arrival in µs, None where it did not arrive."""
    head, kind, words = struct.unpack_from("!BBH", message)
    assert (head & 0x1F, kind, 4 * (words + 1)) == (15, 205, len(message))
    end = len(message) - (message[-1] if head & 0x20 else 0)
    base, count, reference = struct.unpack_from("!HHI", message, 12)
    symbols: list[int] = []
    at = 20
    while len(symbols) < count:
        (chunk,) = struct.unpack_from("!H", message, at)
        at += 2
        if chunk & 0x8000:
            assert chunk & 0x4000
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> 13] * (chunk & 0x1FFF)
    time_us = (reference >> 8) * REFERENCE_US
    arrived: dict[int, int | None] = {}
    for number, symbol in enumerate(symbols[:count]):
        sequence = base + number & 0xFFFF
        if symbol == 0:
            arrived[sequence] = None
            continue
        (ticks,) = struct.unpack_from("!B" if symbol == 1 else "!h", message, at)
        at += symbol
        time_us += ticks * TICK_US
        arrived[sequence] = time_us
    assert at == end
    return arrived


@pytest.mark.parametrize("seed", range(20))
def test_feedback_tells_every_arrival(seed: int) -> None:
    rng = dice(seed)
    arrivals = Arrivals()
    told: dict[int, int | None] = {}
    came: dict[int, int] = {}
    sequence, now_us = rng.choice([10, 65_400]), 5_000_000
    for _ in range(6):
        for _ in range(rng.randrange(1, 150)):
            sequence += 1
            now_us += rng.choice([0, 300, 5_000, 80_000, 9_000_000 if rng.random() < 0.01 else 0])
            if rng.random() < 0.9:
                arrivals.note(sequence & 0xFFFF, now_us)
                came[sequence & 0xFFFF] = now_us
        for message in arrivals.feedback(1):
            told |= decode_feedback(message)
    for each, at_us in came.items():
        said = told[each]
        assert said is not None
        assert abs(said - at_us) <= TICK_US
    assert all(told[each] is None for each in told if each not in came)


def test_feedback_is_bounded_when_numbers_jump() -> None:
    arrivals = Arrivals()
    arrivals.note(1, 1_000_000)
    arrivals.feedback(1)
    arrivals.note(30_000, 1_100_000)
    [message] = arrivals.feedback(1)
    assert len(decode_feedback(message)) == 1
    for sequence in range(30_001, 30_001 + 3 * MAX_PACKETS):
        arrivals.note(sequence, 1_200_000)
    assert len(arrivals.feedback(1)) == 3
    assert arrivals.feedback(1) == []
