"""H.264 between publishers and viewers: where it begins, and how it shares a slot with VP8."""

from __future__ import annotations

import pytest

from media.sfu.codecs import H264, VP8
from media.sfu.h264 import describe
from media.sfu.layer import Layer
from media.sfu.vp8 import normalise
from tests.media.sfu.packets import Viewer, dice, h264_layer, video_layer, vp8_payload

SPS, PPS, IDR, SLICE, SEI, AUD = b"\x67\x42\xe0\x1f", b"\x68\xce", b"\x65\x88", b"\x41\x9a", b"\x06\x05", b"\x09\xf0"


def stap(*units: bytes) -> bytes:
    return b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def fragment(kind: int, *, start: bool = False, end: bool = False) -> bytes:
    return bytes((0x7C, (0x80 if start else 0) | (0x40 if end else 0) | kind)) + b"slice"


@pytest.mark.parametrize(
    ("payload", "begins"),
    [
        (SPS, True),
        (stap(SPS, PPS), True),
        (stap(AUD, SPS, PPS, IDR), True),
        (fragment(7, start=True), True),
        (fragment(7), False),
        (IDR, False),  # without its parameter sets it cannot be decoded
        (fragment(5, start=True), False),
        (stap(SEI, SLICE), False),
        (SLICE, False),
        (PPS, False),
        (fragment(1, end=True), False),
    ],
)
def test_key_frame_begins_with_its_parameter_set(payload: bytes, begins: bool) -> None:
    assert describe(payload).starts_keyframe is begins


@pytest.mark.parametrize(
    "payload", [b"\x78", b"\x78\x00", b"\x78\x00\x09\x67", b"\x78\x00\x00", b"\x7c", b"\x7c\x85", b"\x79\x00", b"\x00"]
)
def test_payload_is_refused_when_it_is_none(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        describe(payload)


def test_noise_is_described_or_refused() -> None:
    rng = dice(1)
    for _ in range(3000):
        try:
            describe(rng.randbytes(rng.randrange(1, 40)))
        except ValueError:
            continue


def show(layer: Layer, sequence: int, payload: bytes, at_ms: int) -> None:
    layer.accept(sequence, at_ms * 90, True, payload, 1_000_000 + at_ms * 1000)


def test_slot_goes_from_one_codec_to_the_other_in_one_stream() -> None:
    page, encoder, viewer = video_layer(), h264_layer(), Viewer()
    viewer.track.follow(page)
    show(page, 10, vp8_payload(300, keyframe=True, tl0=5), 0)
    show(page, 11, vp8_payload(301, tl0=6), 40)
    viewer.track.follow(encoder)
    show(encoder, 900, fragment(5, start=True), 80)
    show(encoder, 901, stap(SPS, PPS), 120)
    show(encoder, 902, IDR, 120)
    viewer.track.follow(page)
    show(page, 40, vp8_payload(330, keyframe=True, tl0=35), 200)
    packets = viewer.packets
    assert [packet.payload_type for packet in packets] == [96, 96, 102, 102, 96]
    assert [packet.sequence for packet in packets] == [100, 101, 102, 103, 104]
    assert [packet.payload for packet in packets[2:4]] == [stap(SPS, PPS), IDR], "nothing in it is rewritten"
    pictures = [normalise(packets[at].payload)[1].picture for at in (0, 1, 4)]
    assert pictures == sorted(set(pictures))


def test_lost_packet_is_sent_again_under_its_own_codec() -> None:
    page, encoder, viewer = video_layer(), h264_layer(), Viewer()
    viewer.track.follow(encoder)
    show(encoder, 1, SPS, 0)
    show(encoder, 2, IDR, 0)
    assert [packet.payload_type for packet in viewer.resend([101], now_us=8_000_000)] == [103]
    viewer.track.follow(page)
    show(page, 5, vp8_payload(1, keyframe=True), 40)
    assert [packet.payload_type for packet in viewer.resend([101, 102], now_us=9_000_000)] == [97], (
        "nothing from before a key frame"
    )


def test_codecs_are_told_apart_by_identity() -> None:
    assert VP8 != H264 and len({VP8, H264, VP8}) == 2
