"""A viewer whose speaker's layers come and go: which one it is sent, and that no key frame is asked for that is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from media.sfu.codecs import VP8
from media.sfu.down_connection import DWELL_US, DownConnection
from media.sfu.layer import STALL_US, Layer
from media.sfu.node import Node
from media.sfu.udp import UdpPort
from media.sfu.up import UpTrack
from tests.media.sfu.packets import ViewerTrack, up_track, vp8_payload

RIDS = ("q", "h", "f")


class Watch:
    """A viewer of one camera, and what was asked of that."""

    def __init__(self, node: Node) -> None:
        self.now_us = node._around.clock.now_us()
        self.connection = DownConnection(node._around, "s", "p")
        self.slot = self.connection.slots["speaker"] = ViewerTrack("speaker", 100)
        self.connection._by_ssrc[self.slot.ssrc] = self.slot
        self.camera: UpTrack = up_track("hub", "camera", VP8, RIDS)
        self.asked: list[str | None] = []
        self.camera.on_keyframe_wanted = lambda layer: self.asked.append(layer.rid)
        for ssrc, rid in enumerate(RIDS):
            self.camera.open_layer(rid, ssrc)
        self.connection.route({"speaker": self.camera})
        self.asked.clear()

    def bring(self, rid: str, sequence: int, *, keyframe: bool = False) -> None:
        layer = self.camera.layers[rid]
        layer.accept(
            sequence, sequence * 3000, True, vp8_payload(sequence, keyframe=keyframe), self.connection.around.clock.now_us()
        )

    @property
    def current(self) -> str | None:
        layer: Layer | None = self.slot.current
        return layer.rid if layer is not None else None


@pytest_asyncio.fixture
async def watch() -> AsyncIterator[Watch]:
    udp = UdpPort("127.0.0.1", 0)
    found = Watch(Node(udp, ("127.0.0.1",), Path("/nonexistent"), lambda event: None))
    yield found
    found.connection.release()
    udp._socket.close()


async def test_each_layer_that_begins_is_sent_from_its_first_packet_on(watch: Watch) -> None:
    for rid in RIDS:
        watch.bring(rid, 1, keyframe=True)
        assert watch.current == rid, "as soon as it comes: its line carries all"
    assert watch.asked == [], "each began with a key frame"
    assert len(watch.slot.wire) == 3


async def test_a_layer_that_comes_back_is_sent_again_at_once(watch: Watch) -> None:
    for rid in RIDS:
        watch.bring(rid, 1, keyframe=True)
    full = watch.camera.layers["f"]
    full.last_at_us -= 2 * STALL_US
    watch.connection.choose(watch.connection.around.clock.now_us())
    assert watch.slot.pending is watch.camera.layers["h"]
    watch.bring("h", 2, keyframe=True)
    assert watch.current == "h"
    watch.asked.clear()
    watch.bring("f", 2, keyframe=True)
    assert watch.current == "f"
    assert watch.asked == []


async def test_a_key_frame_is_asked_for_where_a_layer_begins_with_none(watch: Watch) -> None:
    watch.bring("q", 1, keyframe=True)
    watch.bring("h", 1)
    assert (watch.current, watch.asked) == ("q", ["h"])
    watch.bring("h", 2, keyframe=True)
    assert watch.current == "h"


@pytest.mark.parametrize(("lost_by_source", "blamed"), [(True, False), (False, True)])
async def test_a_line_is_not_blamed_for_what_the_speakers_lost(watch: Watch, lost_by_source: bool, blamed: bool) -> None:
    """Half of the packets do not come, for four seconds: of whatever is sent less, that would not help a viewer."""
    watch.connection.budget.limit_bps = None
    watch.connection._sent_bps = 2e6
    for number in range(1, 401):
        if number == 1 or number % 2 == 0 or not lost_by_source:
            watch.bring("q", number, keyframe=number == 1)
        if number % 100 == 0:
            block = RtcpReceiverInfo(watch.slot.ssrc, 128, number // 2, 100 + number, 0, 0, 0)
            report = bytes(RtcpRrPacket(ssrc=1, reports=[block]))
            watch.connection.receive_rtcp(report, number * 10_000)
    assert (watch.connection.loss is not None and watch.connection.loss > 0.3) is blamed
    assert (watch.connection.budget.limit_bps is not None) is blamed


async def test_a_narrow_line_does_not_rise_at_once(watch: Watch) -> None:
    budget = watch.connection.budget
    budget.limit_bps, budget._sign_us = 10e6, watch.connection.around.clock.now_us()
    for rid in RIDS:
        watch.bring(rid, 1, keyframe=True)
    assert (watch.current, watch.slot.pending) == ("q", None)
    watch.connection._raised_us["speaker"] -= DWELL_US
    watch.connection.choose(watch.connection.around.clock.now_us())
    assert watch.slot.pending is watch.camera.layers["f"]
