"""How a file from elsewhere is made into a recording, word for word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from media.upload.bounds import BASE
from media.upload.found import Found, Picture, Sound
from media.upload.plan import Original, Shape, duration_ms_of, plan, shape_of

FILE = Path("/data/uploads/recordings/u/original")
HLS_FOLDER = Path("/data/recordings/abc/.ingest.one.part/hls")
PART = str(HLS_FOLDER)
COMMON = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-progress", "pipe:1", "-y"]
HLS = [
    "-f", "hls", "-ac", "{channels}", "-ar", "48000", "-b:a", "{rate}", "-bf", "0", "-bufsize", "{buffer}", "-c:a", "aac",
    "-c:v", "libx264", "-color_primaries", "bt709", "-color_range", "tv", "-color_trc", "bt709", "-colorspace", "bt709",
    "-crf", "23", "-g", "{group}", "-hls_flags", "independent_segments", "-hls_fmp4_init_filename", "init.mp4",
    "-hls_playlist_type", "vod", "-hls_segment_filename", f"{PART}/seg-%05d.m4s", "-hls_segment_type", "fmp4", "-hls_time", "2",
    "-keyint_min", "{group}", "-level:v", "{level}", "-map_chapters", "-1", "-map_metadata", "-1", "-maxrate", "{top}",
    "-pix_fmt", "yuv420p", "-preset", "veryfast", "-profile:v", "high", "-r", "{fps}", "-sc_threshold", "0",
    "-start_number", "1", "-t", "{seconds}", f"{PART}/index.m3u8",
]  # fmt: skip


def argv(found: Found, family: str = "mp4") -> list[str]:
    return list(plan(Original(FILE, family, found, FILE.with_name("slate.png")), HLS_FOLDER).argv)  # type: ignore[arg-type]


def output(**values: object) -> list[str]:
    return [word.format(**values) if "%" not in word else word for word in HLS]


def picture(width: int, height: int, fps: float = 25.0, **more: bool) -> Found:
    return Found(2, Picture(0, width, height, fps, **more), Sound(1, 2), 61_020, 61_020)


def test_a_portrait_film_stands_whole_in_the_middle() -> None:
    filters = (
        r"[0:0]fps=fps=30:start_time=0[s0];[s0]scale=eval=frame:flags=bicubic:h=max(2\,2*round(min(1080\, 1920/dar)/2)):"
        r"out_color_matrix=bt709:out_range=tv:w=max(2\,2*round(min(1920\, 1080*dar)/2))[s1];"
        "[s1]format=pix_fmts=yuv420p[s2];[s2]setsar=1[s3];[s3]pad=eval=frame:h=1080:w=1920:x=(ow-iw)/2:y=(oh-ih)/2[s4];"
        "[s4]tpad=stop=-1:stop_mode=clone[s5];[0:1]aresample=48000:async=1:first_pts=0[s6];"
        "[s6]aformat=channel_layouts=stereo:sample_rates=48000[s7];[s7]apad[s8]"
    )
    assert argv(picture(1080, 1920, 29.97)) == [
        *COMMON, "-f", "mov", "-format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2", "-protocol_whitelist", "file",
        "-reinit_filter:v", "0", "-i", str(FILE), "-filter_complex", filters, "-map", "[s5]", "-map", "[s8]",
        *output(channels=2, rate="128k", buffer=11664000, group=60, level="4.0", top=5832000, fps=30, seconds="61.033333"),
    ]  # fmt: skip


def test_sound_alone_stands_under_its_title() -> None:
    found = Found(1, None, Sound(0, 1), 10_000, 10_000)
    filters = "[1:0]aresample=48000:async=1:first_pts=0[s0];[s0]aformat=channel_layouts=mono:sample_rates=48000[s1];[s1]apad[s2]"
    assert argv(found, "mp3") == [
        *COMMON, "-f", "image2", "-framerate", "25", "-loop", "1", "-i", "/data/uploads/recordings/u/slate.png",
        "-f", "mp3", "-format_whitelist", "mp3", "-protocol_whitelist", "file", "-i", str(FILE),
        "-filter_complex", filters, "-map", "0:v", "-map", "[s2]",
        *output(channels=1, rate="96k", buffer=5184000, group=50, level="3.1", top=2592000, fps=25, seconds="10.000000"),
    ]  # fmt: skip


def test_a_silent_film_gets_silence_and_a_combed_or_bright_one_is_corrected() -> None:
    silent = " ".join(argv(Found(1, Picture(0, 1280, 720, 25.0, interlaced=True, hdr=True), None, 5_000, 5_000), "matroska"))
    assert "-f lavfi -i anullsrc=r=48000:cl=mono" in silent
    assert "-f matroska -format_whitelist matroska,webm" in silent
    assert "[0:0]bwdif=deint=interlaced:mode=send_frame" in silent
    assert "tonemap=desat=0:tonemap=hable" in silent
    assert "setparams=color_primaries=bt2020:colorspace=bt2020nc" in silent


@pytest.mark.parametrize(
    ("width", "height", "fps", "shape"),
    [
        (640, 360, 24.0, Shape(360, 25)), (854, 480, 30.0, Shape(480, 30)), (1280, 720, 50.0, Shape(720, 25)),
        (1024, 768, 25.0, Shape(1080, 25)), (1366, 768, 60.0, Shape(1080, 30)), (3840, 2160, 29.97, Shape(1080, 30)),
        (2560, 1080, 23.976, Shape(1080, 25)), (100, 40, 5.0, Shape(360, 25)), (1280, 726, 15.0, Shape(720, 25)),
    ],
)  # fmt: skip
def test_the_smallest_frame_that_holds_the_picture_is_made(width: int, height: int, fps: float, shape: Shape) -> None:
    assert shape_of(picture(width, height, fps)) == shape
    assert shape.width % 2 == 0


def test_it_lasts_whole_frames() -> None:
    assert duration_ms_of(picture(1280, 720)) == 61_040
    assert duration_ms_of(picture(1280, 720, 30.0)) == 61_033


def test_what_reads_a_strangers_file_is_bounded(tmp_path: Path) -> None:
    def ended(code: str) -> int:
        argv = [*BASE, str(256 << 20), str(1 << 10), sys.executable, "-c", code]
        return subprocess.run(argv, cwd=tmp_path, capture_output=True, timeout=30).returncode

    assert ended("open('a', 'wb').write(bytes(1000))") == 0
    assert ended("bytes(1 << 30)") != 0, "memory"
    assert ended("open('b', 'wb', buffering=0).write(bytes(5000)) == 5000 or 1 / 0") != 0, "files"
    assert (tmp_path / "b").stat().st_size <= 1 << 10
