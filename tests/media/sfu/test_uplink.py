"""A publisher whose line gets narrow: which layers flow, what is asked for again, and how often for a key frame."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from media.sfu import rtcp, sdp
from media.sfu.codecs import URI_MID, URI_RID, VP8
from media.sfu.layer import STALL_US
from media.sfu.node import Node
from media.sfu.udp import UdpPort
from media.sfu.up import UpTrack
from media.sfu.up_connection import FLOOD_US, MOST_FLOOD_US, MOST_REPAIRS, UpConnection
from tests.media.sfu.packets import up_track, vp8_payload

OFFER = (Path(__file__).parent / "data" / "chromium_up_offer.sdp").read_text()
SSRCS = {"q": 10, "h": 20, "f": 30}


def camera() -> UpTrack:
    track = up_track("hub", "camera", VP8, ("q", "h", "f"))
    for rid, ssrc in SSRCS.items():
        track.open_layer(rid, ssrc)
    return track


def bring(track: UpTrack, rid: str, sequence: int, at_us: int) -> None:
    track.layers[rid].accept(sequence, sequence * 3000, True, vp8_payload(sequence), at_us)


def test_a_layer_that_was_switched_off_no_longer_flows_though_it_is_sent_again() -> None:
    track, told = camera(), []
    track.on_flow.append(lambda: told.append([layer.rid for layer in track.flowing(at_us)]))
    at_us = 1_000_000
    for number in range(10):
        for rid in SSRCS:
            if (rid, number) != ("f", 5):
                bring(track, rid, number, 1_000_000 + number * 33_000)
        track.watch(1_000_000 + number * 33_000)
    at_us = 1_000_000 + 9 * 33_000
    assert told == [["q"], ["q", "h"], ["q", "h", "f"]]
    told.clear()
    assert [layer.rid for layer in track.flowing(at_us)] == ["q", "h", "f"]
    for number in range(10, 10 + STALL_US // 33_000 + 1):
        at_us = 1_000_000 + number * 33_000
        for rid in ("q", "h"):
            bring(track, rid, number, at_us)
        track.watch(at_us)
    bring(track, "f", 5, at_us)
    assert [layer.rid for layer in track.flowing(at_us)] == ["q", "h"]
    assert told == [["q", "h"]]
    at_us += 1000
    bring(track, "f", 40, at_us)
    assert told == [["q", "h"], ["q", "h", "f"]]


def test_layers_that_all_stop_are_none_less_than_the_others() -> None:
    track, told = camera(), []
    for rid in SSRCS:
        bring(track, rid, 1, 1_000_000)
    track.on_flow.append(lambda: told.append("changed"))
    for at_us in range(1_000_000, 3_000_000, 50_000):
        track.watch(at_us)
    assert told == []


class Line(UpConnection):
    """An up connection that keeps the feedback that it would send."""

    def send_rtcp(self, data: bytes) -> None:
        self.__dict__.setdefault("said", []).append(data)

    def asked(self) -> dict[int, int]:
        """How many packets were asked for again since the last call, by SSRC."""
        found: dict[int, int] = {}
        for data in self.__dict__.pop("said", []):
            for ssrc, numbers in rtcp.parse(data).nacks.items():
                found[ssrc] = found.get(ssrc, 0) + len(numbers)
        return found

    def requested(self) -> list[int]:
        """The SSRCs of which key frames were asked for since the last call."""
        return [ssrc for data in self.__dict__.pop("said", []) for ssrc in rtcp.parse(data).keyframes]

    def keyframes(self) -> int:
        """How many key frames were asked for since the last call."""
        return len(self.requested())


@pytest_asyncio.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    udp = UdpPort("127.0.0.1", 0)
    node = Node(udp, ("127.0.0.1",), Path("/nonexistent"), lambda event: None)
    connection = Line(node._around, "s", "p", OFFER)
    connection.connected = True
    monkeypatch.setattr(connection, "_ask_after", lambda wait_us: None)  # the test says when
    yield connection
    connection.release()
    udp._socket.close()


CAMERA = next(up for up in sdp.read_up_offer(OFFER).sections if up.kind == "camera")


def packet(rid: str, sequence: int) -> bytes:
    """A picture in one packet, as Chromium sends it."""
    texts = ((URI_MID, CAMERA.section.mid), (URI_RID, rid))
    elements = b"".join(bytes((CAMERA.section.extensions[uri] << 4 | len(text) - 1,)) + text.encode() for uri, text in texts)
    elements += bytes(-len(elements) % 4)
    header = struct.pack("!BBHII", 0x90, 0x80 | CAMERA.payload_type, sequence, sequence * 3000, SSRCS[rid])
    return header + struct.pack("!HH", 0xBEDE, len(elements) // 4) + elements + vp8_payload(sequence)


def stream(line: Line, numbers: range, at_us: int, *, lost: int = 0, repaired: bool = False) -> int:
    """Three packets of each layer every 50 ms; of each ten the first ``lost`` do not arrive, or where ``repaired`` three packets
    later. Returns when it ended."""
    for number in numbers:
        for rid in SSRCS:
            if number % 10 >= lost:
                line.receive_rtp(packet(rid, number), at_us)
            if repaired and (number - 3) % 10 < lost:
                line.receive_rtp(packet(rid, number - 3), at_us)
        if number % 3 == 0:
            at_us += 50_000
            line._ask_for_missing(at_us)
            line.tick(1, at_us)
    return at_us


async def test_what_a_lossy_line_loses_is_asked_for_in_all_layers(line: Line) -> None:
    at_us = stream(line, range(60), 1_000_000)
    line.asked()
    stream(line, range(60, 300), at_us, lost=1, repaired=True)
    asked = line.asked()
    assert set(asked) == set(SSRCS.values())
    assert set(asked.values()) == {16}, "each once; a third came before anybody asked"
    assert not any(track.drowned for track in line.tracks.values())


async def test_a_flooded_line_is_asked_for_its_lowest_layer_only(line: Line) -> None:
    at_us = stream(line, range(60), 1_000_000)
    line.asked()
    at_us = stream(line, range(60, 90), at_us, lost=8)
    assert line.tracks["camera"].drowned
    line.asked()
    at_us = stream(line, range(90, 120), at_us, lost=8)
    assert set(line.asked()) <= {SSRCS["q"]}
    assert [layer.rid for layer in line.tracks["camera"].flowing(at_us)] == ["q"]
    at_us = stream(line, range(120, 240), at_us + FLOOD_US)
    assert not line.tracks["camera"].drowned
    assert [layer.rid for layer in line.tracks["camera"].flowing(at_us)] == ["q", "h", "f"]


async def test_a_flooded_line_is_asked_for_a_key_frame_when_one_can_pass(line: Line) -> None:
    at_us = stream(line, range(60), 1_000_000)
    at_us = stream(line, range(60, 90), at_us, lost=8)
    small = next(layer for layer in line.tracks["camera"].layers.values() if layer.rid == "q")
    small.keyframe_wanted = True
    line.requested()
    at_us = stream(line, range(90, 120), at_us, lost=8)
    assert line.requested() == [], "what waits of the large layers would be before it"
    for number in range(120, 160):  # the page sends the small one only, and half of it passes
        if number % 2:
            line.receive_rtp(packet("q", number), at_us)
        at_us += 20_000
        line.tick(1, at_us)
        if number == 130:
            assert line.requested() == []
    assert line.requested() == [SSRCS["q"]]


async def test_a_flooded_line_is_asked_in_the_end_where_nothing_stops(line: Line) -> None:
    at_us = stream(line, range(60), 1_000_000)
    small = next(layer for layer in line.tracks["camera"].layers.values() if layer.rid == "q")
    small.keyframe_wanted = True
    line.requested()
    stream(line, range(60, 60 + 3 * MOST_FLOOD_US // 50_000 + 30), at_us, lost=8)
    assert line.requested()[:1] == [SSRCS["q"]]


async def test_no_more_is_asked_for_at_once_than_a_narrow_line_carries(line: Line) -> None:
    at_us = stream(line, range(60), 1_000_000)
    line.asked()
    for rid in SSRCS:
        line.receive_rtp(packet(rid, 160), at_us)
    line._ask_for_missing(at_us + 10_000)
    assert sum(line.asked().values()) <= MOST_REPAIRS


async def test_key_frames_that_do_not_come_are_asked_for_less_often(line: Line) -> None:
    stream(line, range(30), 1_000_000)
    layer = line.tracks["camera"].layers["q"]
    line.keyframes()
    times = []
    for at_us in range(2_000_000, 9_000_000, 50_000):
        line._ask_for_keyframe(layer, at_us)
        times += [at_us] * line.keyframes()
    assert [b - a for a, b in pairwise(times)] == [500_000, 1_000_000, 2_000_000, 2_000_000]
    layer.keyframe_at_us = 9_000_000
    line._ask_for_keyframe(layer, 9_500_000)
    line._ask_for_keyframe(layer, 10_000_000)
    assert line.keyframes() == 2, "it came: now half a second is enough again"
