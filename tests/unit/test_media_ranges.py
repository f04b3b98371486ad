from __future__ import annotations

import pytest

from media.playback import is_playable
from media.serving import MAX_PIECE, WHOLE, BadRange, parse_range


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-9", (0, 9)),
        ("bytes=5-", (5, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-500", (0, 99)),
        ("bytes=90-500", (90, 99)),
        ("bytes=99-99", (99, 99)),
        ("", None),
        ("bytes=-", None),
        ("bytes=7-3", None),
        ("bytes=0-1,4-5", None),
        ("items=0-1", None),
        ("bytes=x-y", None),
    ],
)
def test_ranges_of_a_hundred_bytes(header: str, wanted: tuple[int, int] | None) -> None:
    assert parse_range(header, 100) == wanted


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_beyond_the_end_cannot_be_given(header: str) -> None:
    with pytest.raises(BadRange):
        parse_range(header, 100)


def test_a_range_of_a_large_file_is_capped() -> None:
    assert parse_range("bytes=10-", 1 << 40) == (10, 10 + MAX_PIECE - 1)
    assert parse_range("bytes=0-", WHOLE + 1) == (0, MAX_PIECE - 1)


def test_a_range_of_a_segment_is_given_whole() -> None:
    assert parse_range("bytes=0-", WHOLE) == (0, WHOLE - 1)


@pytest.mark.parametrize(
    "file",
    [
        "master.m3u8",
        "hls/index.m3u8",
        "hls/init.mp4",
        "hls/init-2.mp4",
        "hls/seg-00001.m4s",
        "360p/seg-100000.m4s",
        "full/index.m3u8",
        "720p/init.mp4",
        "480p/seg-00001.m4s",
        "240p/index.m3u8",
        "thumbs/index.vtt",
        "thumbs/sheet-001.jpg",
        "video.mp4",
        "poster.jpg",
    ],
)
def test_files_of_a_recording_may_be_given_out(file: str) -> None:
    assert is_playable(file)


@pytest.mark.parametrize(
    "file",
    ["", "recording.json", ".egress.lock", "hls/../recording.json", "../x/video.mp4", "/etc/passwd", "hls/seg-1.m4s",
     "hls/seg-00001.m4s\n",
     "hls//index.m3u8", "HLS/index.m3u8", ".240p.part/240p/index.m3u8", 
     "full/sound.m4a", ".ladder/240p/part-0000.mp4", "thumbs/sheet-1.jpg", "hls/index.vtt", "hls/seg-00001.m4s.part"],
)  # fmt: skip
def test_nothing_else_is_given_out(file: str) -> None:
    assert not is_playable(file)
