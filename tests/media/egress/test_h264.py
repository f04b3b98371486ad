"""H.264 in a recording: whole frames out of packets, nothing broken after a loss, and a picture in the end."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from media.egress.h264 import H264Assembler, picture_size
from media.egress.rtp import Ordered, RtpPacket
from media.egress.run import Job, World, run
from media.egress.vp8 import EncodedFrame
from tests.media.egress.kit import (
    BLUE,
    RECORDING,
    RED,
    Image,
    Track,
    at_us,
    capture_folder,
    near,
    picture,
    program,
    watch,
    write_program,
)

MTU = 300


def h264(images: list[Image], *, key_every: int = 25) -> list[list[bytes]]:
    """Each image as the units of a frame."""
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = images[0].shape[1], images[0].shape[0], "yuv420p"
    codec.time_base, codec.profile, codec.bit_rate = Fraction(1, 25), "Baseline", 600_000
    codec.options = {"tune": "zerolatency", "preset": "ultrafast", "g": str(key_every), "x264-params": "scenecut=0"}
    frames = []
    for number, image in enumerate(images):
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p", dst_colorspace="itu601")
        frame.pts = number
        data = b"".join(bytes(packet) for packet in codec.encode(frame))
        frames.append([unit.strip(b"\0") for unit in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit])
    return frames


def payloads(units: list[bytes]) -> list[bytes]:
    """As browsers packetise: parameter sets together, large slices in fragments (RFC 6184 §5.7, §5.8)."""
    sets = [unit for unit in units if unit[0] & 0x1F in (6, 7, 8)]
    made = [b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in sets)] if sets else []
    for unit in units:
        if unit in sets:
            continue
        if len(unit) <= MTU:
            made.append(unit)
            continue
        pieces = [unit[at : at + MTU] for at in range(1, len(unit), MTU)]
        for number, piece in enumerate(pieces):
            mark = (0x80 if number == 0 else 0) | (0x40 if number == len(pieces) - 1 else 0)
            made.append(bytes((unit[0] & 0xE0 | 28, mark | unit[0] & 0x1F)) + piece)
    return made


def noisy(number: int) -> Image:
    image = picture(RED, 320, 180).copy()
    image[20:120, number * 8 % 200 : number * 8 % 200 + 60] = (number * 37 % 255, number * 91 % 255, 200)
    return image


@pytest.fixture(scope="module")
def frames() -> list[list[bytes]]:
    return [payloads(units) for units in h264([noisy(number) for number in range(20)], key_every=10)]


def pushed(assembler: H264Assembler, frames: list[list[bytes]], lost: set[tuple[int, int]]) -> Iterator[EncodedFrame]:
    gap = False
    for number, parts in enumerate(frames):
        for place, part in enumerate(parts):
            if (number, place) in lost:
                gap = True
                continue
            packet = RtpPacket(0, number * 3600, place == len(parts) - 1, part)
            yield from assembler.push(Ordered(packet, number * 3600, gap))
            gap = False


def test_frames_come_out_whole(frames: list[list[bytes]]) -> None:
    found = list(pushed(H264Assembler(), frames, set()))
    assert [frame.timestamp for frame in found] == [number * 3600 for number in range(20)]
    assert [number for number, frame in enumerate(found) if frame.keyframe] == [0, 10]
    assert (found[0].width, found[0].height) == (320, 180)
    decoder = av.CodecContext.create("h264", "r")
    assert sum(len(decoder.decode(av.Packet(frame.data))) for frame in found) >= 19


@pytest.mark.parametrize("lost", [(4, 0), (3, -1), (0, 1), (2, 0)])
def test_nothing_comes_between_a_loss_and_the_next_key_frame(frames: list[list[bytes]], lost: tuple[int, int]) -> None:
    number, place = lost[0], lost[1] % len(frames[lost[0]])
    assembler = H264Assembler()
    found = [frame.timestamp // 3600 for frame in pushed(assembler, frames, {(number, place)})]
    assert found == [*range(number), *range(10, 20)]
    assert assembler.dropped > 0


def test_key_frame_after_a_loss_is_taken(frames: list[list[bytes]]) -> None:
    lost = {(9, place) for place in range(len(frames[9]))}
    found = [frame.timestamp // 3600 for frame in pushed(H264Assembler(), frames, lost)]
    assert found == [*range(9), *range(10, 20)]


def test_noise_brings_nothing_and_breaks_nothing() -> None:
    assembler = H264Assembler()
    for number, payload in enumerate(
        (b"\x7c", b"\x7c\x85", b"\x78\x00\x09", b"\x78", b"\x00", b"\x65", b"\x1f\xff", b"\x67\x42")
    ):
        list(assembler.push(Ordered(RtpPacket(number, number, True, payload), number, False)))
    assert picture_size(b"\x67\x42\xe0\x1f") is None and picture_size(b"\x67") is None


def test_recording_shows_an_encoder(tmp_path: Path) -> None:
    track = Track("aaa", "camera", "h264", 90_000)
    images = [picture(RED if number < 50 else BLUE, 320, 180) for number in range(100)]
    for number, units in enumerate(h264(images)):
        track.add(number / 25, payloads(units))
    folder = capture_folder(tmp_path)
    track.write(folder)
    write_program(folder, (0, program(1, speaker="aaa", voices=("aaa",))), (3.8, program(2, state="ended")))
    told: list[dict[str, object]] = []
    assert run(Job(tmp_path, RECORDING, height=360), World(lambda: at_us(10_000), lambda seconds: None, told.append))
    seen = watch(tmp_path / "recordings" / RECORDING / "hls")
    assert near(seen.colour(1.5, 0.5, 0.3), RED) and near(seen.colour(3.2, 0.5, 0.3), BLUE)
    assert not [each for each in told if each["event"] == "warning"]
