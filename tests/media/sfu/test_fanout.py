"""The ways out: compiled or not, cut up by the kernel or not, viewers get the very same packets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pytest_asyncio
from aiortc.rtcdtlstransport import SRTP_AEAD_AES_128_GCM

from media.sfu import fanout_native, kernel, native, outgoing
from media.sfu.codecs import OPUS, VP8
from media.sfu.down import DownTrack, Segment
from media.sfu.dtls import Srtp
from media.sfu.fanout import COALESCE_S, MAX_PADDING, MAX_QUEUE, Fanout, paddings
from media.sfu.fanout_python import PythonFanout
from media.sfu.layer import Layer, Packet
from media.sfu.outgoing import Outlet
from media.sfu.rtp import Datagram, parse
from media.sfu.udp import Address, UdpPort, address_of
from media.sfu.up import UpTrack
from media.sfu.vp8 import Descriptor
from tests.media.sfu.packets import SLOT, dice, vp8_payload

KEY = bytes(range(16)) + bytes(range(12))
PROFILE = SRTP_AEAD_AES_128_GCM.libsrtp_profile


class Receiver:
    """A viewer's socket and keys."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.address = address_of(*self.socket.getsockname())
        self._srtp = Srtp(PROFILE, KEY, outbound=False)
        self._buffer = kernel.ffi.new("char[]", 2048)

    def take(self) -> list[Datagram]:
        """What has come, decrypted; fails where a packet is forged or repeated."""
        found = []
        while True:
            try:
                data = self.socket.recv(2048)
            except BlockingIOError:
                return found
            kernel.ffi.buffer(self._buffer)[: len(data)] = data
            size = self._srtp.rtp(self._buffer, len(data))
            assert size > 0
            found.append(parse(bytes(kernel.ffi.buffer(self._buffer)[:size])))


def native_fanout(udp: UdpPort) -> Fanout:
    lib = fanout_native.load()
    if lib is None:
        pytest.skip("no C compiler on this machine")
    return fanout_native.NativeFanout(outgoing.make(udp), lib, udp.fileno)


def libsrtp_fanout(udp: UdpPort) -> Fanout:
    """Compiled, on a machine whose processor cannot encrypt by itself."""
    fanout = native_fanout(udp)
    outlet = fanout.outlet

    def without_key(srtp: Srtp, address: Address) -> Outlet:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fanout_native, "key_of", lambda *_: None)
            made = outlet(srtp, address)
        assert isinstance(made, fanout_native.NativeOutlet) and not made.raw.key
        return made

    fanout.outlet = without_key  # type: ignore[method-assign]
    return fanout


def python_fanout(udp: UdpPort) -> Fanout:
    return PythonFanout(outgoing.make(udp))


def plain_fanout(udp: UdpPort) -> Fanout:
    lib = kernel.load()
    assert lib is not None
    return PythonFanout(outgoing.Sendmmsg(udp.fileno, lib, segmentation=False))


def sendto_fanout(udp: UdpPort) -> Fanout:
    return PythonFanout(outgoing.Sendto(udp))


Make = Callable[[UdpPort], Fanout]
WAYS = pytest.mark.parametrize("make", [native_fanout, libsrtp_fanout, python_fanout, plain_fanout, sendto_fanout])


@pytest_asyncio.fixture
async def udp() -> AsyncIterator[UdpPort]:
    port = UdpPort("127.0.0.1", 0)
    port.start(lambda *_: None, lambda: None)
    yield port
    port.close()


@contextmanager
def receivers(count: int) -> Iterator[list[Receiver]]:
    made = [Receiver() for _ in range(count)]
    try:
        yield made
    finally:
        for receiver in made:
            receiver.socket.close()


def layer_of(fanout: Fanout, kind: Any = "camera") -> Layer:
    return UpTrack("hub", kind, OPUS if kind == "mic" else VP8, (), fanout.audience).open_layer(None, 7)


def viewer_of(fanout: Fanout, receiver: Receiver, number: int, mid: str = "speaker") -> DownTrack:
    track = DownTrack(SLOT[mid], 0x1000 + number, 0x2000 + number, 100 + number)
    track.outlet = fanout.outlet(Srtp(PROFILE, KEY, outbound=True), receiver.address)
    return track


def show(layer: Layer, sequence: int, length: int, *, keyframe: bool = False, picture: int = 0) -> None:
    body = bytes([sequence & 0xFF]) * length
    payload = vp8_payload(picture or sequence & 0x7FFF, keyframe=keyframe, tl0=sequence, body=body)
    layer.accept(sequence & 0xFFFF, 3000 * sequence & 0xFFFFFFFF, sequence % 5 == 4, payload, 1_000_000 + 1000 * sequence)


def content(packet: Datagram) -> tuple[Any, ...]:
    return packet.sequence, packet.timestamp, packet.ssrc, packet.payload_type, packet.marker, packet.payload, packet.extensions


@WAYS
async def test_every_viewer_gets_every_packet_once_with_its_own_numbers(udp: UdpPort, make: Make) -> None:
    chance = dice(4)
    with receivers(20) as viewers:
        fanout = make(udp)
        layer = layer_of(fanout)
        tracks = [viewer_of(fanout, receiver, number) for number, receiver in enumerate(viewers)]
        for track in tracks:
            track.follow(layer)
        sizes = [chance.choice([1100, 1099, 1080, 700, 20, 1200]) for _ in range(120)]
        got: list[list[Datagram]] = [[] for _ in viewers]
        for sequence, size in enumerate(sizes):
            show(layer, 65_500 + sequence, size, keyframe=sequence == 0)
            if sequence % 7 == 6:
                fanout.flush()
                for receiver, packets in zip(viewers, got, strict=True):
                    packets += receiver.take()
        fanout.flush()
        for number, (receiver, track, packets) in enumerate(zip(viewers, tracks, got, strict=True)):
            packets += receiver.take()
            assert [packet.sequence for packet in packets] == [100 + number + n for n in range(120)]
            assert {packet.ssrc for packet in packets} == {0x1000 + number}
            bodies = [packet.payload[7:] for packet in packets]
            assert bodies == [bytes([65_500 + n & 0xFF]) * size for n, size in enumerate(sizes)]
            assert (track.packets, track.octets) == (120, sum(sizes) + 7 * 120)
            assert track.outlet is not None
            assert track.outlet.bytes >= track.octets + 120 * (20 + 16)
        assert (fanout.sent, fanout.dropped) == (120 * 20, 0)


async def test_compiled_and_python_write_the_same(udp: UdpPort) -> None:
    seen = []
    for make in (native_fanout, libsrtp_fanout, python_fanout):
        with receivers(3) as viewers:
            fanout = make(udp)
            voice, camera, other = layer_of(fanout, "mic"), layer_of(fanout), layer_of(fanout)
            for number, receiver in enumerate(viewers):
                viewer_of(fanout, receiver, number, "voice1").follow(voice)
            tracks = [viewer_of(fanout, receiver, 10 + number) for number, receiver in enumerate(viewers)]
            for track in tracks:
                track.follow(camera)
            for sequence in range(40):
                voice.accept(sequence, 960 * sequence, sequence == 0, bytes([sequence]) * (50 + sequence % 3), 1_000_000)
                show(camera, sequence, 900 + sequence % 30, keyframe=sequence == 0, picture=0x7FF0 + sequence & 0x7FFF)
                show(other, 900 + sequence, 300, keyframe=sequence == 25)
                if sequence == 20:
                    tracks[1].follow(other)
                if sequence % 6 == 5:
                    fanout.flush()
            fanout.flush()
            seen.append([[content(packet) for packet in receiver.take()] for receiver in viewers])
    by_stream = [
        [sorted(packets, key=lambda packet: (packet[2], packet[0])) for packets in viewers] for viewers in seen
    ]  # sound leaves first, but where exactly is nobody's business
    assert by_stream[0] == by_stream[1] == by_stream[2]
    assert [len(packets) for packets in by_stream[0]] == [80, 81, 80], "the second viewer changed over at a key frame"


@WAYS
async def test_a_viewer_who_leaves_in_mid_batch_has_got_what_came_before(udp: UdpPort, make: Make) -> None:
    with receivers(3) as viewers:
        fanout = make(udp)
        layer = layer_of(fanout)
        tracks = [viewer_of(fanout, receiver, number) for number, receiver in enumerate(viewers)]
        for track in tracks:
            track.follow(layer)
        show(layer, 1, 500, keyframe=True)
        show(layer, 2, 500)
        tracks[0].stop()
        show(layer, 3, 500)
        tracks[0].outlet = None
        fanout.flush()
        assert [len(receiver.take()) for receiver in viewers] == [2, 3, 3]
        tracks[0].outlet = fanout.outlet(Srtp(PROFILE, KEY, outbound=True), viewers[0].address)
        tracks[0].follow(layer)
        show(layer, 4, 500, keyframe=True)
        fanout.flush()
        assert [packet.sequence for packet in viewers[2].take()] == [105]
        assert tracks[0].packets == 3


@WAYS
async def test_no_number_is_ever_sent_twice(udp: UdpPort, make: Make) -> None:
    with receivers(1) as (viewer,):
        fanout = make(udp)
        layer = layer_of(fanout)
        track = viewer_of(fanout, viewer, 0)
        track.follow(layer)
        for sequence in range(3):
            show(layer, sequence, 500, keyframe=sequence == 0)
        fanout.flush()
        assert [packet.sequence for packet in viewer.take()] == [100, 101, 102]
        # Whatever might lead to it: other bytes under a number that was used, and one so old that nobody knows any more.
        for number in (102, 100, 103, 2000, 2000 - 511, 2000 - 512, 104, 2001):
            segment = Segment(layer=layer, first_index=0, sequence=number + 0x10000, timestamp=0, picture=0, tl0=0)
            member = layer.audience.join(track, segment)
            layer.audience.push(Packet(0, 0, True, b"other bytes", Descriptor(False, -1, 0, -1, 0), 1_000_000))
            fanout.flush()
            member.leave()
        assert [packet.sequence for packet in viewer.take()] == [103, 2000, 2000 - 511, 2001]
        assert fanout.dropped == 4


@WAYS
async def test_a_moved_viewer_gets_the_rest_at_the_new_address(udp: UdpPort, make: Make) -> None:
    with receivers(2) as (before, after):
        fanout = make(udp)
        layer = layer_of(fanout)
        track = viewer_of(fanout, before, 0)
        track.follow(layer)
        show(layer, 1, 500, keyframe=True)
        fanout.flush()
        assert track.outlet is not None
        track.outlet.address = after.address
        show(layer, 2, 500)
        fanout.flush()
        assert (len(before.take()), len(after.take())) == (1, 1)


@WAYS
async def test_a_picture_leaves_when_it_is_whole_and_waits_little_where_it_is_not(udp: UdpPort, make: Make) -> None:
    with receivers(2) as (viewer, other):
        fanout = make(udp)
        layer, second = layer_of(fanout), layer_of(fanout)
        viewer_of(fanout, viewer, 0).follow(layer)
        viewer_of(fanout, other, 1).follow(second)
        show(second, 0, 500, keyframe=True)
        for sequence in range(4):
            show(layer, sequence, 500, keyframe=sequence == 0)
        fanout.batch_ended()
        assert not viewer.take()  # its end has not come
        show(layer, 4, 500)
        fanout.batch_ended()
        assert len(viewer.take()) == 5
        assert not other.take()
        await asyncio.sleep(10 * COALESCE_S)
        assert len(other.take()) == 1
        show(layer, 5, 500)
        fanout.batch_ended()
        assert not viewer.take()
        await asyncio.sleep(10 * COALESCE_S)
        assert len(viewer.take()) == 1


@WAYS
async def test_a_queue_that_is_full_is_sent_in_mid_batch(udp: UdpPort, make: Make) -> None:
    with receivers(1) as (viewer,):
        fanout = make(udp)
        layer = layer_of(fanout)
        viewer_of(fanout, viewer, 0).follow(layer)
        for sequence in range(3 * MAX_QUEUE + 5):
            show(layer, sequence, 60, keyframe=sequence == 0)
        fanout.flush()
        await asyncio.sleep(0)
        assert [packet.sequence for packet in viewer.take()] == list(range(100, 100 + 3 * MAX_QUEUE + 5))


@WAYS
async def test_one_impossible_address_does_not_keep_the_others_from_theirs(udp: UdpPort, make: Make) -> None:
    with receivers(2) as viewers:
        fanout = make(udp)
        layer = layer_of(fanout)
        tracks = [viewer_of(fanout, receiver, number) for number, receiver in enumerate(viewers)]
        assert tracks[0].outlet is not None
        tracks[0].outlet.address = address_of("240.0.0.1", 0)
        for track in tracks:
            track.follow(layer)
        show(layer, 1, 500, keyframe=True)
        show(layer, 2, 500)
        fanout.flush()
        assert len(viewers[1].take()) == 2
        assert (fanout.sent, fanout.dropped) == (2, 2)


@WAYS
async def test_other_packets_go_beside_the_audience(udp: UdpPort, make: Make) -> None:
    with receivers(1) as (viewer,):
        fanout = make(udp)
        layer = layer_of(fanout)
        track = viewer_of(fanout, viewer, 0)
        track.follow(layer)
        for sequence in range(4):
            show(layer, sequence, 400, keyframe=sequence == 0)
        assert track.outlet is not None
        fanout.flush()
        for packet, segment in track.missing([101, 102], 5_000_000):
            at, pointer = fanout.outgoing.begin()
            size = track.outlet.srtp.rtp(pointer, track.write_again(packet, segment, fanout.outgoing.view, at, 0))
            fanout.outgoing.commit(size, track.outlet)
        fanout.flush()
        packets = viewer.take()
        assert [packet.ssrc for packet in packets] == [0x1000] * 4 + [0x2000] * 2
        assert [packet.payload[:2] for packet in packets[4:]] == [(101).to_bytes(2, "big"), (102).to_bytes(2, "big")]


def test_neighbours_of_nearly_one_length_get_quite_the_same() -> None:
    assert paddings([]) == []
    assert paddings([1050, 1050, 1051, 1051]) == [1, 1, 0, 0]
    assert paddings([1100, 1100, 640, 1100]) == [0, 0, 0, 0]
    assert paddings([100, 100 + MAX_PADDING, 101 + MAX_PADDING]) == [MAX_PADDING, 0, 0]


def test_the_library_is_built_from_this_source(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cc = native.compiler()
    if cc is None:
        pytest.skip("no C compiler on this machine")
    monkeypatch.setattr(native, "FOLDER", tmp_path)
    (tmp_path / "fanout-old.so").write_bytes(b"")
    assert native.build(cc) is None
    assert list(tmp_path.iterdir()) == [native.library()]
    broken = tmp_path / "fanout.c"
    broken.write_text("this is no C")
    monkeypatch.setattr(native, "SOURCES", (broken,))
    assert "error" in (native.build(cc) or "")
    assert native.library() not in tmp_path.iterdir()
