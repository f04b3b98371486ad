"""A layer: order, duplicates, padding, rollover, the cache."""

from __future__ import annotations

import pytest

from media.sfu.layer import CACHE_PACKETS, Layer, Packet
from media.sfu.rtcp import SenderTime
from tests.media.sfu.packets import dice, video_layer, voice_layer, vp8_payload


class Taken:
    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.reports: list[SenderTime] = []

    def take(self, layer: Layer, packet: Packet) -> None:
        self.packets.append(packet)

    def take_report(self, layer: Layer, report: SenderTime, at_us: int) -> None:
        self.reports.append(report)


def feed(layer: Layer, sequence: int, payload: bytes = b"x", at_us: int = 1) -> Packet | None:
    return layer.accept(sequence & 0xFFFF, sequence * 960, False, payload, at_us)


def test_index_runs_on_when_sequence_rolls_over() -> None:
    layer = voice_layer()
    indexes = [packet.index for sequence in range(65_500, 65_600) if (packet := feed(layer, sequence))]
    assert indexes == list(range(indexes[0], indexes[0] + 100))


def test_packets_come_once_when_duplicated_and_reordered() -> None:
    layer, taken = voice_layer(), Taken()
    layer.takers.append(taken)
    feed(layer, 1000)
    order = list(range(1001, 1200)) * 2
    dice(3).shuffle(order)
    for sequence in order:
        feed(layer, sequence)
    assert sorted(packet.index for packet in taken.packets) == list(range(taken.packets[0].index, taken.packets[0].index + 200))
    assert layer.duplicates == 199


def test_packet_before_the_first_has_its_place_when_it_comes_late() -> None:
    layer = voice_layer()
    later = feed(layer, 5)
    earlier = feed(layer, 3)
    assert later is not None and earlier is not None
    assert later.index - earlier.index == 2


def test_padding_leaves_no_hole_when_dropped_in_order() -> None:
    layer = voice_layer()
    first = feed(layer, 10)
    assert feed(layer, 11, b"") is None
    assert feed(layer, 12, b"") is None
    last = feed(layer, 13)
    assert first is not None and last is not None
    assert last.index == first.index + 1


def test_late_packet_keeps_its_place_when_padding_was_dropped_after_it() -> None:
    layer = voice_layer()
    first = feed(layer, 10)
    feed(layer, 12, b"")
    after = feed(layer, 13)
    late = feed(layer, 11)
    assert first is not None and after is not None and late is not None
    assert (late.index, after.index) == (first.index + 1, first.index + 2)


def test_padding_fills_its_place_when_it_comes_late() -> None:
    layer = voice_layer()
    feed(layer, 10)
    feed(layer, 12)
    filler = feed(layer, 11, b"")
    assert filler is not None and filler.payload == b""


def test_indexes_are_distinct_when_padding_loss_and_disorder_meet() -> None:
    rng = dice(7)
    for _ in range(50):
        layer, taken = voice_layer(), Taken()
        layer.takers.append(taken)
        sequences = [s for s in range(65_000, 66_000) if rng.random() > 0.1]
        sequences.sort(key=lambda s: s + rng.uniform(0, 12))
        for sequence in sequences:
            feed(layer, sequence, b"" if sequence % 7 == 0 else b"x")
        indexes = [packet.index for packet in taken.packets]
        assert len(indexes) == len(set(indexes))


def test_packet_is_refused_when_older_than_the_cache() -> None:
    layer = voice_layer()
    feed(layer, 0)
    for sequence in range(2, CACHE_PACKETS + 3):
        feed(layer, sequence)
    assert feed(layer, 1) is None


def test_cache_gives_only_what_is_still_there() -> None:
    layer = voice_layer()
    first = feed(layer, 0)
    assert first is not None
    assert layer.packet(first.index) is first
    for sequence in range(1, CACHE_PACKETS + 1):
        feed(layer, sequence)
    assert layer.packet(first.index) is None


def test_stream_restarts_when_numbers_jump_far() -> None:
    layer = voice_layer()
    feed(layer, 100)
    assert not layer.restarts(1000)
    assert layer.restarts(20_000)


def test_keyframe_is_seen_when_it_starts_and_clears_the_wish() -> None:
    layer = video_layer()
    asked: list[Layer] = []
    layer.track.on_keyframe_wanted = asked.append
    layer.want_keyframe()
    assert asked == [layer] and layer.keyframe_wanted
    feed(layer, 1, vp8_payload(1), at_us=5)
    assert layer.keyframe_at_us == 0
    feed(layer, 2, vp8_payload(2, keyframe=True), at_us=6)
    assert layer.keyframe_at_us == 6 and not layer.keyframe_wanted


@pytest.mark.parametrize("payload", [b"\x80", b"\x90\x80", b"\x90\x80\x80", b"\x90\xe0\x80\x01\x02"])
def test_vp8_payload_is_refused_when_cut_off(payload: bytes) -> None:
    layer = video_layer()
    with pytest.raises(ValueError, match="cut off"):
        feed(layer, 1, payload)
    assert layer.packet(0x10001) is None


def test_time_reported_before_a_pause_is_forgotten_when_the_senders_time_stood_still() -> None:
    """A browser counts a microphone's time in samples: none are counted while nothing is sent."""
    layer = voice_layer()
    feed(layer, 10, at_us=10_000_000)
    layer.note_sender_time(SenderTime(layer.ssrc, 0, 10 * 960), 9_980_000, 10_000_000)
    spoken = feed(layer, 11, at_us=10_020_000)
    assert spoken is not None and layer.taken_us(spoken) == 10_000_000
    again = feed(layer, 12, at_us=13_020_000)
    assert again is not None and layer.sender_time is None and layer.last_report is None
    assert layer.taken_us(again) == 13_020_000
    assert layer.timestamp_at(13_040_000) == 12 * 960 + 960


def test_time_reported_before_a_pause_holds_when_the_senders_time_went_on() -> None:
    layer = voice_layer()
    feed(layer, 10, at_us=10_000_000)
    layer.note_sender_time(SenderTime(layer.ssrc, 0, 10 * 960), 9_980_000, 10_000_000)
    later = layer.accept(11, 160 * 960, True, b"x", 13_020_000)
    assert later is not None and layer.taken_us(later) == 12_980_000


def test_a_time_that_cannot_be_is_not_believed() -> None:
    layer = voice_layer()
    first = feed(layer, 10, at_us=10_000_000)
    layer.note_sender_time(SenderTime(layer.ssrc, 0, 0), 999_000_000, 10_000_000)
    assert first is not None and layer.taken_us(first) == 10_000_000
