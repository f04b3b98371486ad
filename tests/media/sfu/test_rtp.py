"""RTP as it comes from the wire."""

from __future__ import annotations

import struct

import pytest

from media.sfu.rtp import is_rtcp, parse, unwrap
from tests.media.sfu.packets import dice

PLAIN = struct.pack("!BBHII", 0x80, 0xE0, 7, 8, 9) + b"payload"
ONE_BYTE = struct.pack("!BBHIIHH", 0x90, 0x60, 7, 8, 9, 0xBEDE, 2) + bytes((0x10, 0x31, 0x21, 0x41, 0x42, 0, 0, 0)) + b"payload"
TWO_BYTE = struct.pack("!BBHIIHH", 0x90, 0x60, 7, 8, 9, 0x1000, 1) + bytes((3, 2, 0x41, 0x42)) + b"payload"
PADDED = struct.pack("!BBHII", 0xA0, 0x60, 7, 8, 9) + b"ab" + bytes((0, 0, 3))
PADDING_ONLY = struct.pack("!BBHII", 0xA0, 0x60, 7, 8, 9) + bytes(254) + bytes((255,))
CSRC = struct.pack("!BBHIII", 0x81, 0x60, 7, 8, 9, 10) + b"payload"


def test_header_is_read() -> None:
    packet = parse(PLAIN)
    assert (packet.payload_type, packet.marker, packet.sequence, packet.timestamp, packet.ssrc) == (96, True, 7, 8, 9)
    assert packet.payload == b"payload"


def test_extensions_are_read_in_both_forms() -> None:
    assert parse(ONE_BYTE).extensions == {1: b"\x31", 2: b"AB"}
    assert parse(TWO_BYTE).extensions == {3: b"AB"}
    assert parse(ONE_BYTE).payload == parse(TWO_BYTE).payload == parse(CSRC).payload == b"payload"


def test_padding_is_taken_off() -> None:
    assert parse(PADDED).payload == b"ab"
    assert parse(PADDING_ONLY).payload == b""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PLAIN[:11],
        b"\x40" + PLAIN[1:],
        ONE_BYTE[:14],
        ONE_BYTE[:18],
        b"\xaf" + PLAIN[1:],
        PADDED[:-1] + b"\x20",
        PADDED[:-1] + b"\x00",
    ],
)
def test_packet_is_refused_when_malformed(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"RTP|cut off|padding"):
        parse(data)


def test_anything_is_refused_or_read_when_it_is_noise() -> None:
    rng = dice(1)
    for _ in range(20_000):
        data = bytearray(rng.choice([ONE_BYTE, TWO_BYTE, PADDED, CSRC]))
        for _ in range(rng.randrange(8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            assert len(parse(bytes(data[: rng.randrange(len(data) + 1)])).payload) <= len(data)
        except ValueError:
            continue


def test_numbers_are_unwrapped_to_the_nearest() -> None:
    assert unwrap(2, 65_534) == 65_538
    assert unwrap(65_534, 65_538) == 65_534
    assert unwrap(65_535, 0x10000) == 65_535
    assert unwrap(5, 0x20003) == 0x20005


def test_control_is_told_from_media_by_the_second_byte() -> None:
    assert is_rtcp(200) and is_rtcp(206) and is_rtcp(207)
    assert not is_rtcp(96) and not is_rtcp(0xE0) and not is_rtcp(111)
