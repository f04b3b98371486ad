from __future__ import annotations

import random
import struct
from typing import Any

import av
import numpy as np
import pytest

from media.egress.rtp import Ordered, Reorder, RtpPacket
from media.egress.vp8 import EncodedFrame, Vp8Assembler, keyframe_size, parse_descriptor
from tests.media.egress.kit import vp8, vp8_packets

KEY = b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 640, 360) + b"rest"
DELTA = b"\x01delta"


def payload(
    data: bytes, *, picture: int = 0, tl0: int | None = None, tid: int = 0, sync: bool = False, start: bool = True
) -> bytes:
    flags = 0x80 | (0x40 | 0x20 if tl0 is not None else 0)
    out = bytes(((0x90 if start else 0x80), flags)) + struct.pack(">H", 0x8000 | picture)
    if tl0 is not None:
        out += bytes((tl0, tid << 6 | (0x20 if sync else 0)))
    return out + data


def item(data: bytes, timestamp: int, *, lost: bool = False, marker: bool = True) -> Ordered:
    return Ordered(RtpPacket(0, timestamp, marker, data), timestamp, lost)


def decodable(assembler: Vp8Assembler, *items: Ordered) -> list[int]:
    return [frame.timestamp for one in items for frame in assembler.push(one)]


def test_descriptor_reads_every_optional_part() -> None:
    head = parse_descriptor(payload(b"x", picture=300, tl0=9, tid=2, sync=True))
    assert head is not None
    assert (head.size, head.picture_id, head.picture_bits, head.tl0, head.tid, head.layer_sync) == (6, 300, 15, 9, 2, True)
    assert head.starts_frame


@pytest.mark.parametrize("data", [b"", b"\x90", b"\x90\x80", b"\x90\x80\x80", b"\x90\x80\x80\x01", b"\x10"])
def test_descriptor_is_none_when_cut_short(data: bytes) -> None:
    assert parse_descriptor(data) is None


def test_keyframe_size_when_it_is_one_and_when_not() -> None:
    assert keyframe_size(KEY) == (640, 360)
    assert keyframe_size(DELTA + bytes(20)) is None


def test_frames_of_several_packets_are_put_together() -> None:
    assembler = Vp8Assembler()
    parts = (
        item(payload(KEY[:8]), 0, marker=False),
        item(payload(KEY[8:], start=False), 0),
    )
    assert [frame for one in parts for frame in assembler.push(one)] == [EncodedFrame(0, KEY, True, 640, 360)]


def test_nothing_comes_before_the_first_keyframe() -> None:
    assembler = Vp8Assembler()
    assert decodable(assembler, item(payload(DELTA, picture=1), 0), item(payload(KEY, picture=2), 1)) == [1]


def test_loss_is_waited_out_until_a_keyframe() -> None:
    assembler = Vp8Assembler()
    assert decodable(
        assembler,
        item(payload(KEY, picture=1), 1),
        item(payload(DELTA, picture=2), 2),
        item(payload(DELTA, picture=4), 4, lost=True),
        item(payload(DELTA, picture=5), 5),
        item(payload(KEY, picture=6), 6),
        item(payload(DELTA, picture=7), 7),
    ) == [1, 2, 6, 7]


def test_a_frame_with_a_hole_is_never_given_out() -> None:
    assembler = Vp8Assembler()
    assert decodable(
        assembler,
        item(payload(KEY, picture=1), 1),
        item(payload(DELTA, picture=2), 2, marker=False),
        item(payload(b"tail", picture=2, start=False), 2, lost=True),
        item(payload(DELTA, picture=3), 3),
    ) == [1]


def test_numbers_of_padding_packets_are_no_loss() -> None:
    """The node leaves out packets that are padding only; the picture ids go on without a gap."""
    assembler = Vp8Assembler()
    assert decodable(assembler, item(payload(KEY, picture=32_767), 1), item(payload(DELTA, picture=0), 2, lost=True)) == [1, 2]


def test_a_lost_upper_layer_stops_only_what_builds_on_it() -> None:
    assembler = Vp8Assembler()
    assert decodable(
        assembler,
        item(payload(KEY, picture=1, tl0=1), 1),
        item(payload(DELTA, picture=2, tl0=1, tid=2, sync=True), 2),
        # picture 3 (layer 1) is lost
        item(payload(DELTA, picture=4, tl0=1, tid=2), 4, lost=True),
        item(payload(DELTA, picture=5, tl0=2), 5),
        item(payload(DELTA, picture=6, tl0=2, tid=2), 6),
        item(payload(DELTA, picture=7, tl0=2, tid=1, sync=True), 7),
        item(payload(DELTA, picture=8, tl0=3), 8),
    ) == [1, 2, 5, 7, 8]


def test_a_lost_base_layer_stops_everything_until_a_keyframe() -> None:
    assembler = Vp8Assembler()
    assert decodable(
        assembler,
        item(payload(KEY, picture=1, tl0=255), 1),
        # picture 2 (base, tl0 0) is lost
        item(payload(DELTA, picture=3, tl0=0, tid=1, sync=True), 3, lost=True),
        item(payload(DELTA, picture=4, tl0=1), 4),
        item(payload(KEY, picture=5, tl0=2), 5),
        item(payload(DELTA, picture=6, tl0=3), 6),
    ) == [1, 5, 6]


def decoded(rows: list[tuple[int, RtpPacket]]) -> dict[int, bytes]:
    """Timestamp → picture, of a stream of packets with their arrival times."""
    reorder, assembler = Reorder(hold_us=100_000), Vp8Assembler()
    codec: Any = av.CodecContext.create("vp8", "r")
    codec.thread_count = 1
    ordered = [item for at, packet in rows for item in reorder.push(packet, at)] + list(reorder.expire(1 << 60))
    pictures = {}
    for frame in (frame for item in ordered for frame in assembler.push(item)):
        (picture,) = codec.decode(av.Packet(frame.data))
        pictures[frame.timestamp] = b"".join(bytes(memoryview(plane)) for plane in picture.planes)
    return pictures


@pytest.fixture(scope="module")
def stream() -> list[tuple[int, RtpPacket]]:
    """Three seconds of a moving picture, a keyframe every second."""
    noise = np.random.default_rng(1).integers(0, 255, (90, 160, 3), dtype=np.uint8)
    frames = vp8((np.roll(noise, 4 * index, axis=1) for index in range(75)), key_every=25)
    rows, sequence = [], 65_000
    for index, frame in enumerate(frames):
        payloads = vp8_packets(frame, index)
        for number, data in enumerate(payloads):
            packet = RtpPacket(sequence % 65_536, index * 3600, number == len(payloads) - 1, data)
            rows.append((index * 40_000 + number, packet))
            sequence += 1
    return rows


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_lost_every_picture_that_is_shown_is_right(stream: list[tuple[int, RtpPacket]], seed: int) -> None:
    whole = decoded(stream)
    assert len(whole) == 75
    chance = random.Random(seed)  # noqa: S311 - a repeatable loss
    first = stream[0][1].timestamp  # with the only key frame there is something to be shown
    lossy = [row for row in stream if row[1].timestamp == first or chance.random() > (0.002, 0.01, 0.05)[seed % 3]]
    shown = decoded(lossy)
    assert all(whole[timestamp] == picture for timestamp, picture in shown.items())
    assert len(shown) > 0
