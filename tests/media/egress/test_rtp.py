from __future__ import annotations

from media.egress.rtp import Ordered, Reorder, RtpPacket, Unwrapper, parse_rtp
from tests.media.egress.kit import rtp


def packet(sequence: int, timestamp: int = 0) -> RtpPacket:
    return RtpPacket(sequence % 65_536, timestamp, True, b"x")


def numbers(ordered: list[Ordered]) -> list[tuple[int, bool]]:
    return [(item.packet.sequence, item.lost_before) for item in ordered]


def test_parse_gives_the_fields_of_a_plain_packet() -> None:
    assert parse_rtp(rtp(7, 9, True, b"abc")) == RtpPacket(7, 9, True, b"abc")


def test_parse_skips_sources_extension_and_padding() -> None:
    data = bytearray(rtp(1, 2, False, b""))
    data[0] = 0x80 | 0x20 | 0x10 | 0x01  # padding, extension, one contributing source
    data += b"CSRC" + b"\xbe\xde\x00\x01" + b"EXT1" + b"payload" + b"\x00\x00\x03"
    assert parse_rtp(bytes(data)) == RtpPacket(1, 2, False, b"payload")


def test_parse_refuses_what_is_no_rtp_or_only_padding() -> None:
    padding_only = bytearray(rtp(1, 2, False, b"\x00\x00\x03"))
    padding_only[0] |= 0x20
    for data in (b"", b"\x80\x60", b"\x00" * 20, bytes(padding_only), b"\x9f" + b"\x00" * 11):
        assert parse_rtp(data) is None


def test_unwrapper_continues_over_the_end_and_takes_late_values_back() -> None:
    counter = Unwrapper(16)
    assert [counter.unwrap(value) for value in (65_534, 65_535, 0, 2, 65_535, 3)] == [
        65_534,
        65_535,
        65_536,
        65_538,
        65_535,
        65_539,
    ]


def test_reorder_puts_swapped_packets_right_over_the_rollover() -> None:
    reorder = Reorder(hold_us=100)
    out = [item for at, number in enumerate((65_535, 1, 0, 2)) for item in reorder.push(packet(number), at)]
    out += reorder.expire(100)
    assert numbers(out) == [(65_535, False), (0, False), (1, False), (2, False)]


def test_reorder_waits_at_the_beginning_for_what_was_sent_first() -> None:
    reorder = Reorder(hold_us=100)
    out = [item for number, at in ((6, 0), (5, 10), (7, 20)) for item in reorder.push(packet(number), at)]
    assert numbers(out) == []
    assert numbers(list(reorder.expire(100))) == [(5, False), (6, False), (7, False)]


def begun() -> Reorder:
    """Packet 1 is given out."""
    reorder = Reorder(hold_us=100)
    assert numbers([*reorder.push(packet(1), -100), *reorder.expire(0)]) == [(1, False)]
    return reorder


def test_reorder_gives_a_missing_packet_up_only_after_the_hold() -> None:
    reorder = begun()
    assert numbers(list(reorder.push(packet(3), 50))) == []
    assert numbers(list(reorder.expire(149))) == []
    assert numbers(list(reorder.expire(150))) == [(3, True)]


def test_reorder_takes_a_retransmission_in_time_and_drops_one_that_is_late_or_twice() -> None:
    reorder = begun()
    out = [item for number, at in ((3, 10), (2, 60), (3, 61), (2, 300), (4, 310)) for item in reorder.push(packet(number), at)]
    assert numbers(out) == [(2, False), (3, False), (4, False)]


def test_reorder_begins_anew_where_the_numbers_jump() -> None:
    reorder = begun()
    out = [item for number, at in ((2, 1), (30_001, 2), (30_000, 3)) for item in reorder.push(packet(number), at)]
    assert numbers([*out, *reorder.expire(200)]) == [(2, False), (30_000, True), (30_001, False)]


def test_reorder_begins_anew_after_a_pause_even_when_the_numbers_went_once_around() -> None:
    reorder = begun()
    out = list(reorder.push(packet(65_530), 60_000_000))
    assert numbers([*out, *reorder.expire(60_000_100)]) == [(65_530, True)]
