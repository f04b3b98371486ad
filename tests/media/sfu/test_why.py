"""Why a viewer is sent what it is sent."""

from __future__ import annotations

import pytest

from media.sfu import why
from media.sfu.codecs import VP8
from media.sfu.down import DownTrack
from media.sfu.up import UpTrack
from tests.media.sfu.packets import Viewer, up_track, vp8_payload

NOW_US = 5_000_000
KEYFRAME = b"\x00\x00\x9d\x01\x2a" + (640).to_bytes(2, "little") + (360).to_bytes(2, "little")


@pytest.fixture
def camera() -> UpTrack:
    return up_track("hub", "camera", VP8, ("q", "h"))


@pytest.fixture
def slot(camera: UpTrack) -> DownTrack:
    track = Viewer().track
    track.source = camera
    return track


def bring(camera: UpTrack, rid: str) -> None:
    """A key frame of this layer."""
    layer = camera.layers.get(rid) or camera.open_layer(rid, 7)
    payload = vp8_payload(1, keyframe=True, body=KEYFRAME[1:])
    layer.accept(layer.packets + 1, 0, True, payload, NOW_US)


def told(slot: DownTrack, *, rises: bool = False) -> tuple[str, str]:
    state = why.state("speaker", slot, NOW_US, rises=rises)
    assert state is not None
    return state.layer, state.why


def test_nothing_is_said_of_a_slot_that_nobody_belongs_to() -> None:
    assert why.state("speaker", Viewer().track, NOW_US, rises=True) is None


def test_codec_that_the_viewer_does_not_take_is_said(slot: DownTrack) -> None:
    slot.source, slot.refused = None, VP8
    assert told(slot) == ("", "codec")


def test_publisher_that_sends_nothing_is_said(slot: DownTrack) -> None:
    assert told(slot) == ("", "silent")


def test_layer_and_its_size_are_said_and_that_it_is_the_best(camera: UpTrack, slot: DownTrack) -> None:
    bring(camera, "q")
    assert told(slot) == ("", "paused")
    slot.follow(camera.layers["q"])
    assert told(slot) == ("", "waiting")
    bring(camera, "q")
    assert told(slot) == ("q", "best")
    state = why.state("speaker", slot, NOW_US, rises=False)
    assert state is not None
    assert (state.width, state.height) == (640, 360)


def test_better_layer_is_left_out_for_the_line_or_comes_soon(camera: UpTrack, slot: DownTrack) -> None:
    bring(camera, "q")
    slot.follow(camera.layers["q"])
    bring(camera, "q")
    bring(camera, "h")
    assert told(slot) == ("q", "line")
    assert told(slot, rises=True) == ("q", "rising")
    slot.follow(camera.layers["h"])
    assert told(slot) == ("q", "rising")
    bring(camera, "h")
    assert told(slot) == ("h", "best")
