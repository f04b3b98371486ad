from __future__ import annotations

from pathlib import Path

import pytest

from media.capture import HEADER, MAGIC, RTP, TrackHeader, encode_record
from media.egress.stage import Stage
from tests.media.egress.kit import (
    GREEN,
    RECORDING,
    RED,
    ZERO_US,
    at_us,
    camera,
    microphone,
    program,
    tone,
    write_program,
)


def stage(folder: Path, warnings: list[tuple[str, str]], from_s: float = 0.0) -> Stage:
    return Stage(folder, RECORDING, ZERO_US, lambda code, name: warnings.append((code, name)), at_us(from_s))


@pytest.mark.parametrize("from_s", [0.0, 2.5])
def test_a_restart_in_the_middle_decodes_from_the_keyframe_before(tmp_path: Path, from_s: float) -> None:
    write_program(tmp_path, (0, program(1)))
    camera("aaa", 0, 6, lambda moment: RED if moment < 4 else GREEN, size=(160, 90), reports=[0.5, 3]).write(tmp_path)
    found = stage(tmp_path, [], from_s)
    for moment in (1, 2, 3, 4, 5):
        found.read_until(at_us(moment + 0.4))
        found.skip(at_us(moment))
    source = found.source("aaa", "camera")
    assert source.frame is None
    assert source.advance(at_us(5.04), at_us(5.4), 90)
    assert source.frame is not None
    assert source.frame.width == 160
    assert source.seen_us == pytest.approx(at_us(5.04), abs=50_000)
    found.close()


def test_voices_before_the_restart_are_not_read(tmp_path: Path) -> None:
    write_program(tmp_path, (0, program(1)))
    microphone("aaa", 0, tone(4), reports=[0.5, 2.5]).write(tmp_path)
    found = stage(tmp_path, [], 2.0)
    found.read_until(at_us(4.4))
    (voice,) = found.microphones["aaa"]
    assert abs(voice.render(0, 48_000)).max() == 0
    assert abs(voice.render(144_000, 150_000)).max() > 0.3
    found.close()


def test_a_codec_that_is_not_known_is_told_and_left_out(tmp_path: Path) -> None:
    write_program(tmp_path, (0, program(1)))
    header = TrackHeader("aaa", "camera", "av1", 90_000, 1)
    records = encode_record(HEADER, at_us(0), header.encode()) + encode_record(RTP, at_us(0.1), b"x")
    (tmp_path / "aaa-camera-1.cap").write_bytes(MAGIC + records)
    warnings: list[tuple[str, str]] = []
    found = stage(tmp_path, warnings)
    found.read_until(at_us(1))
    assert warnings == [("capture.unknown_codec", "av1")]
    assert not found.source("aaa", "camera").advance(at_us(1), at_us(1.4), 90)
    found.close()
