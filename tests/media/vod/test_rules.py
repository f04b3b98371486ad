"""The rules behind what is made of a recording: pure."""

from __future__ import annotations

import math

import pytest

from media.vod.ladder import heights_below, spans
from media.vod.loudness import gain_db, read_lufs
from media.vod.progress import JOINED, Stretch, picture_left_s, picture_share
from media.vod.thumbs import every_s, index_vtt


@pytest.mark.parametrize(
    ("height", "expected"),
    [(1080, ["720p", "480p", "240p"]), (720, ["480p", "240p"]), (480, ["240p"]), (360, ["240p"]), (240, [])],
)
def test_only_smaller_pictures_are_made(height: int, expected: list[str]) -> None:
    assert heights_below(height) == expected


@pytest.mark.parametrize("segments", [1, 2, 3, 59, 60, 61, 179, 181, 5_400])
def test_parts_cover_everything_once_and_none_is_tiny(segments: int) -> None:
    found = spans([2.0] * segments)
    assert [index for span in found for index in range(span.first, span.first + span.count)] == list(range(segments))
    assert sum(span.duration_ms for span in found) == segments * 2_000
    assert len(found) == 1 or all(120 <= span.duration_ms / 1000 <= 360 for span in found)


def test_nothing_has_no_parts() -> None:
    assert spans([]) == []


def test_loudness_is_read_from_the_last_summary() -> None:
    words = ["  Integrated loudness:", "    I:         -23.4 LUFS", "    Threshold: -33.9 LUFS"]
    assert read_lufs(words) == -23.4
    assert read_lufs(["    I:         -inf LUFS"]) == -math.inf
    assert read_lufs(["Conversion failed!"]) is None


@pytest.mark.parametrize(
    ("lufs", "gain"), [(-23.4, 7.4), (-10.0, -6.0), (-50.0, 24.0), (-70.0, 0.0), (-math.inf, 0.0), (20.0, -30.0)]
)
def test_the_gain_reaches_the_target_within_limits(lufs: float, gain: float) -> None:
    assert gain_db(lufs) == pytest.approx(gain)


def test_thumbnails_fill_sheets_row_by_row_and_end_with_the_recording() -> None:
    lines = index_vtt(605_500).splitlines()
    assert lines[0] == "WEBVTT"
    cues = list(zip(lines[2::3], lines[3::3], strict=True))
    assert cues[0] == ("00:00:00.000 --> 00:00:06.000", "sheet-001.jpg#xywh=0,0,160,90")
    assert cues[11] == ("00:01:06.000 --> 00:01:12.000", "sheet-001.jpg#xywh=160,90,160,90")
    assert cues[-1] == ("00:10:00.000 --> 00:10:05.500", "sheet-002.jpg#xywh=0,0,160,90")
    assert (every_s(600), every_s(3 * 3600)) == (6, 10)


def test_progress_counts_parts_by_their_length() -> None:
    stretches = [Stretch(240, 1.0), Stretch(120, 0.5, for_s=30), Stretch(120, 0.0)]
    assert picture_share(stretches) == pytest.approx(JOINED * 300 / 480)
    assert picture_left_s(stretches) == pytest.approx(180 / (60 / 30))
    two = [Stretch(240, 0.5, for_s=60), Stretch(240, 0.5, for_s=60)]
    assert picture_left_s(two) == pytest.approx(60), "two workers are twice as fast"
    assert picture_left_s([Stretch(240, 0.0)]) is None
    assert picture_share([]) == 0
