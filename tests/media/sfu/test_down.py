"""A viewer's slot: one continuous stream whatever is in it, and never two meanings for one number."""

from __future__ import annotations

from itertools import pairwise

import pytest

from media.sfu.down import DownTrack
from media.sfu.layer import Layer
from media.sfu.rtcp import SenderTime
from media.sfu.rtp import parse
from media.sfu.vp8 import normalise
from tests.media.sfu.packets import SLOT, Viewer, dice, video_layer, voice_layer, vp8_payload


def show(
    layer: Layer, sequence: int, picture: int, *, keyframe: bool = False, at_us: int = 0, timestamp: int | None = None
) -> None:
    ticks = picture * 3600 if timestamp is None else timestamp
    payload = vp8_payload(picture & 0x7FFF, keyframe=keyframe, tl0=picture, body=f"{layer.ssrc}:{sequence}".encode())
    layer.accept(sequence & 0xFFFF, ticks & 0xFFFFFFFF, True, payload, at_us or 1_000_000 + picture * 40_000)


def test_picture_starts_at_a_keyframe() -> None:
    layer, viewer = video_layer(), Viewer()
    viewer.track.follow(layer)
    assert layer.keyframe_wanted
    show(layer, 1, 1)
    assert not viewer.wire
    show(layer, 2, 2, keyframe=True)
    show(layer, 3, 3)
    assert [packet.sequence for packet in viewer.packets] == [100, 101]
    assert {packet.ssrc for packet in viewer.packets} == {0xAAAA}
    assert {packet.payload_type for packet in viewer.packets} == {96}


def test_stream_is_continuous_when_the_source_changes() -> None:
    hub, district, viewer = video_layer(ssrc=1), video_layer(ssrc=2), Viewer()
    viewer.track.follow(hub)
    for number in range(10):
        show(hub, 500 + number, 300 + number, keyframe=number == 0)
    viewer.track.follow(district)
    show(hub, 510, 310)
    show(district, 40_000, 20_000, at_us=1_000_000 + 311 * 40_000)
    show(district, 40_001, 20_001, keyframe=True, at_us=1_000_000 + 312 * 40_000)
    show(hub, 511, 311)
    show(district, 40_002, 20_002, at_us=1_000_000 + 313 * 40_000)

    packets = viewer.packets
    assert [packet.sequence for packet in packets] == list(range(100, 113))
    pictures = [normalise(packet.payload)[1] for packet in packets]
    assert [each.picture for each in pictures] == list(range(pictures[0].picture, pictures[0].picture + 13))
    assert [each.tl0 for each in pictures] == [(pictures[0].tl0 + n) & 0xFF for n in range(13)]
    steps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in pairwise(packets)]
    assert steps[:10] == [3600] * 10
    assert steps[10] == 7200, "the time that passed on the wall passes in the stream"
    assert packets[-1].payload.endswith(b"2:40002")


def test_picture_numbers_wrap_with_the_source() -> None:
    layer, viewer = video_layer(), Viewer()
    viewer.track.follow(layer)
    for number in range(20):
        show(layer, 65_530 + number, 0x7FF8 + number, keyframe=number == 0)
    pictures = [normalise(packet.payload)[1].picture for packet in viewer.packets]
    assert [(b - a) & 0x7FFF for a, b in pairwise(pictures)] == [1] * 19
    assert [packet.sequence for packet in viewer.packets] == list(range(100, 120))


def test_short_picture_id_is_lengthened() -> None:
    payload, descriptor = normalise(bytes((0x90, 0x80, 0x05, 0x01)) + b"rest")
    assert payload == bytes((0x90, 0x80, 0x80, 0x05, 0x01)) + b"rest"
    assert (descriptor.picture_at, descriptor.picture, descriptor.starts_keyframe) == (2, 5, False)


def test_gap_stays_a_gap_and_is_filled_when_the_packet_comes() -> None:
    layer, viewer = video_layer(), Viewer()
    viewer.track.follow(layer)
    show(layer, 10, 1, keyframe=True)
    show(layer, 13, 4)
    show(layer, 11, 2)
    assert [packet.sequence for packet in viewer.packets] == [100, 103, 101]


def test_late_packet_from_before_the_switch_is_not_sent() -> None:
    hub, district, viewer = video_layer(ssrc=1), video_layer(ssrc=2), Viewer()
    viewer.track.follow(hub)
    show(hub, 1, 1, keyframe=True)
    show(hub, 3, 3)
    viewer.track.follow(district)
    show(district, 100, 1, keyframe=True, at_us=2_000_000)
    show(hub, 2, 2)
    show(district, 99, 0, at_us=2_000_000)
    assert [packet.sequence for packet in viewer.packets] == [100, 102, 103]


def test_voice_switches_at_once() -> None:
    hub, district, viewer = voice_layer(1), voice_layer(2), Viewer("voice0")
    viewer.track.follow(hub)
    hub.accept(1, 960, False, b"hub", 1_000_000)
    viewer.track.follow(district)
    district.accept(900, 77, False, b"district", 1_020_000)
    hub.accept(2, 1920, False, b"hub", 1_020_000)
    packets = viewer.packets
    assert [packet.payload for packet in packets] == [b"hub", b"district"]
    assert packets[1].sequence == packets[0].sequence + 1
    assert packets[1].timestamp - packets[0].timestamp == 960


def test_nothing_is_sent_when_stopped() -> None:
    layer, viewer = video_layer(), Viewer()
    viewer.track.follow(layer)
    show(layer, 1, 1, keyframe=True)
    viewer.track.stop()
    show(layer, 2, 2)
    assert len(viewer.wire) == 1
    assert not layer.takers


def test_lost_packet_is_sent_again_by_its_own_stream() -> None:
    layer, viewer = video_layer(), Viewer()
    viewer.track.follow(layer)
    for number in range(5):
        show(layer, 10 + number, number, keyframe=number == 0)
    original = viewer.packets[2]
    again = viewer.resend([102], now_us=10_000_000)
    assert [packet.ssrc for packet in again] == [0xBBBB]
    assert again[0].payload_type == 97
    assert again[0].payload == (102).to_bytes(2, "big") + original.payload
    assert again[0].timestamp == original.timestamp
    assert not viewer.resend([102], now_us=10_001_000), "it is on its way"
    assert viewer.resend([102], now_us=10_100_000)
    assert not viewer.resend([105, 99], now_us=10_200_000), "never sent"


def test_lost_packet_from_before_the_last_switch_is_not_sent_again() -> None:
    hub, district, viewer = video_layer(ssrc=1), video_layer(ssrc=2), Viewer()
    viewer.track.follow(hub)
    show(hub, 1, 1, keyframe=True)
    show(hub, 2, 2)
    viewer.track.follow(district)
    show(district, 9, 9, keyframe=True, at_us=2_000_000)
    assert viewer.resend([101], now_us=3_000_000) == [], "after a key frame nobody needs it"
    assert viewer.resend([102], now_us=3_000_000)[0].payload.endswith(b"2:9")


def test_retransmissions_stay_within_a_rate() -> None:
    layer, viewer = video_layer(), Viewer()
    viewer.track.follow(layer)
    for number in range(400):
        show(layer, number, number, keyframe=number == 0)
    sent = len(viewer.resend(list(range(100, 500)), now_us=100_000_000))
    assert 100 <= sent < 200


def test_first_sequence_is_refused_when_a_late_joiner_would_miss_the_rollover() -> None:
    with pytest.raises(ValueError, match="out of range"):
        DownTrack(SLOT["speaker"], 1, 2, 0x8000)


def test_number_never_stands_for_other_bytes_when_everything_happens_at_once() -> None:
    """The nonce of AES-GCM is made of SSRC and packet index: the same one with other bytes would break the encryption."""
    for seed in range(40):
        rng = dice(seed)
        layers = [video_layer(ssrc=ssrc) for ssrc in (1, 2, 3)]
        cursors = [rng.randrange(65_536) for _ in layers]
        late: list[tuple[Layer, int]] = []
        viewer = Viewer(first_sequence=rng.randrange(0x8000))
        now_us = 1_000_000
        for _ in range(1500):
            now_us += rng.randrange(40_000)
            roll = rng.random()
            if roll < 0.03:
                viewer.track.follow(rng.choice([*layers, None]))
            elif roll < 0.05:
                viewer.track.stop()
            elif roll < 0.15 and viewer.wire:
                highest = max(parse(data).sequence for data in viewer.wire[-20:])
                viewer.resend([highest - rng.randrange(40) & 0xFFFF], now_us)
            elif roll < 0.3 and late:
                layer, sequence = late.pop(rng.randrange(len(late)))
                show(layer, sequence, sequence, keyframe=rng.random() < 0.2, at_us=now_us)
            else:
                place = rng.randrange(3)
                cursors[place] += 1
                if rng.random() < 0.15:
                    late.append((layers[place], cursors[place]))
                else:
                    show(layers[place], cursors[place], cursors[place], keyframe=rng.random() < 0.2, at_us=now_us)
        meaning: dict[tuple[int, int], bytes] = {}
        for data, packet in zip(viewer.wire, viewer.packets, strict=True):
            assert meaning.setdefault((packet.ssrc, packet.sequence), data) is data


def test_changes_add_no_delay_when_each_begins_with_a_late_key_frame() -> None:
    """Ten times the speaker changes; each key frame is 170 ms under way, all other pictures 20."""
    speakers, viewer = [video_layer(ssrc=1), video_layer(ssrc=2)], Viewer()
    taken: list[int] = []
    for turn in range(11):
        layer = speakers[turn % 2]
        for picture in range(25):
            taken_us = 1_000_000_000 + turn * 1_000_000 + picture * 40_000
            ticks = taken_us * 9 // 100 + layer.ssrc * 7_000_000
            late_us = 170_000 if picture == 1 else 20_000
            if picture == 0:
                report = SenderTime(layer.ssrc, 0, ticks & 0xFFFFFFFF)
                layer.note_sender_time(report, taken_us, taken_us + 20_000)
                viewer.track.follow(layer)
                continue
            show(
                layer, turn * 25 + picture, turn * 25 + picture, keyframe=picture == 1, at_us=taken_us + late_us, timestamp=ticks
            )
            taken.append(taken_us)
    assert len(viewer.packets) == len(taken)
    offsets = {(packet.timestamp - at_us * 9 // 100) & 0xFFFFFFFF for packet, at_us in zip(viewer.packets, taken, strict=True)}
    assert max(offsets) - min(offsets) <= 1, "the viewer's time is one, whoever speaks"


def test_what_the_source_lost_is_not_missed_on_the_viewers_line() -> None:
    hub, district, viewer = video_layer(ssrc=1), video_layer(ssrc=2), Viewer()
    viewer.track.follow(hub)
    for number in (1, 2, 3, 6, 7, 9):
        show(hub, number, number, keyframe=number == 1)
    assert (len(viewer.wire), viewer.track.unsent) == (6, 3)
    lost_there, lost_here = [103, 104, 107], [102, 105]
    viewer.resend(lost_there + lost_here, now_us=2_000_000)
    assert viewer.track.missed == len(lost_here)
    show(hub, 4, 4)
    assert viewer.track.unsent == 2, "it came after all, and was sent"
    viewer.track.follow(district)
    for number in (50, 51, 54):
        show(district, number, number, keyframe=number == 50)
    assert viewer.track.unsent == 4
    viewer.track.stop()
    assert viewer.track.unsent == 4
