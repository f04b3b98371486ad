"""RED around Opus: forwarded as it came, plain in captures, and what it repeats fills holes."""

from __future__ import annotations

import pytest

from media.sfu import red
from media.sfu.codecs import OPUS, RED
from media.sfu.rtp import Datagram
from media.sfu.up import RED_LAYER, Reader, Section, UpTrack
from tests.media.sfu.packets import Viewer, dice, up_track


def wrapped(primary: bytes, *older: tuple[int, bytes], inner: int = 111) -> bytes:
    heads = [bytes((0x80 | inner,)) + (age << 10 | len(data)).to_bytes(3, "big") for age, data in older]
    return b"".join(heads) + bytes((inner,)) + b"".join(data for _, data in older) + primary


def test_blocks_come_oldest_first() -> None:
    payload, blocks = red.split(wrapped(b"now", (1920, b"before that"), (960, b"before"), inner=100))
    assert [(block.age, block.data) for block in blocks] == [(1920, b"before that"), (960, b"before"), (0, b"now")]
    assert payload == wrapped(b"now", (1920, b"before that"), (960, b"before")), "with the session's own payload type"
    assert red.split(red.wrap(b"now")) == (b"\x6fnow", [(0, b"now")])


@pytest.mark.parametrize("payload", [b"\xef", b"\xef\x00\x00", b"\xef\x0f\x00\x04\x6fabc", b"\xef\x00\x00\x00" * 9 + b"\x6f"])
def test_payload_is_refused_when_it_is_none(payload: bytes) -> None:
    with pytest.raises(ValueError, match="block"):
        red.split(payload)


def test_noise_is_read_or_refused() -> None:
    rng = dice(3)
    for _ in range(3000):
        try:
            red.split(rng.randbytes(rng.randrange(1, 60)))
        except ValueError:
            continue


def reader() -> tuple[Reader, UpTrack]:
    track = up_track("hub", "mic", OPUS)
    return Reader([Section(track, "0", 96, None, {}, 97)], {7: "0"}, {}), track


def packet(sequence: int, payload: bytes, payload_type: int = 97) -> Datagram:
    return Datagram(payload_type, False, sequence & 0xFFFF, sequence * 960, 7, {}, payload)


def test_viewer_gets_red_as_it_came_or_plain_opus() -> None:
    source, track = reader()
    modern, plain = Viewer("voice0"), Viewer("voice0")
    del plain.track.types[RED]
    for number in range(3):
        source.receive(packet(number, wrapped(b"%d" % number, (960, b"%d" % (number - 1)))), 1_000_000 + number * 20_000)
        for viewer in (modern, plain):
            viewer.track.follow(track.voice(redundant=RED in viewer.track.types))
    assert [(each.payload_type, each.payload) for each in modern.packets] == [
        (63, wrapped(b"1", (960, b"0"))),
        (63, wrapped(b"2", (960, b"1"))),
    ]
    assert [(each.payload_type, each.payload) for each in plain.packets] == [(111, b"1"), (111, b"2")]


def test_hole_is_filled_by_what_is_repeated_when_a_packet_is_lost() -> None:
    source, track = reader()
    for number in (65_534, 65_536, 65_537):
        source.receive(packet(number, wrapped(b"%d" % number, (960, b"%d" % (number - 1)))), 1_000_000)
    layer = track.layers[None]
    first = layer.top.index - 3 if layer.top is not None else 0
    assert [kept.payload for at in range(4) if (kept := layer.packet(first + at))] == [b"65534", b"65535", b"65536", b"65537"]
    assert [kept.timestamp for at in range(4) if (kept := layer.packet(first + at))] == [n * 960 for n in range(65_534, 65_538)]
    source.receive(packet(65_535, wrapped(b"late", (960, b"65534"))), 1_000_000)
    assert layer.duplicates == 1
    redundant = track.layers[RED_LAYER]
    assert redundant.packets == 4 and redundant.codec is RED


def test_plain_packet_is_wrapped_when_it_comes_among_red_ones() -> None:
    source, track = reader()
    modern = Viewer("voice0")
    source.receive(packet(1, wrapped(b"one")), 1_000_000)
    modern.track.follow(track.voice(redundant=True))
    source.receive(packet(2, b"two", 96), 1_020_000)
    assert [(each.payload_type, each.payload) for each in modern.packets] == [(63, b"\x6ftwo")]


def test_stream_begins_anew_in_both_layers() -> None:
    source, track = reader()
    source.receive(packet(1, wrapped(b"one")), 1_000_000)
    before = dict(track.layers)
    source.receive(packet(30_000, wrapped(b"two")), 9_000_000)
    assert track.layers[None] is not before[None] and track.layers[RED_LAYER] is not before[RED_LAYER]
