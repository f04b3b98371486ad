"""What ffmpeg is told, word for word: a change here is a change of what people download."""

from __future__ import annotations

from pathlib import Path

from media.vod.plan import Mark, Source, chapter_notes, plan

FOLDER = Path("/data/recordings/abc")
SOURCE = Source(FOLDER, 7_320_000, 25, "Hội nghị", (Mark(0, 60_000, "Khai mạc"), Mark(60_000, 9_000_000, "Chuyên đề 1")))
COMMON = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-progress", "pipe:1", "-y"]


def argv(kind: str) -> list[str]:
    return list(plan(kind, SOURCE, "one").argv)  # type: ignore[arg-type]


def test_small_picture() -> None:
    part = "/data/recordings/abc/.360p.one.part/360p"
    assert argv("360p") == [
        *COMMON, "-i", "/data/recordings/abc/hls/index.m3u8",
        "-filter_complex", "[0:v]scale=-2:360[s0]", "-map", "[s0]", "-map", "0:a",
        "-f", "hls", "-ac", "1", "-ar", "48000", "-b:a", "64k", "-bf", "0", "-bufsize", "1000k", "-c:a", "aac",
        "-c:v", "libx264", "-crf", "24", "-g", "50", "-hls_flags", "independent_segments",
        "-hls_fmp4_init_filename", "init.mp4", "-hls_playlist_type", "vod",
        "-hls_segment_filename", f"{part}/seg-%05d.m4s", "-hls_segment_type", "fmp4", "-hls_time", "2",
        "-keyint_min", "50", "-level:v", "3.0", "-maxrate", "500k", "-pix_fmt", "yuv420p", "-preset", "veryfast",
        "-profile:v", "main", "-sc_threshold", "0", "-start_number", "1", f"{part}/index.m3u8",
    ]  # fmt: skip


def test_sound_only() -> None:
    part = "/data/recordings/abc/.audio.one.part/audio"
    assert argv("audio") == [
        *COMMON, "-i", "/data/recordings/abc/hls/index.m3u8", "-map", "0:a",
        "-f", "hls", "-ac", "1", "-ar", "48000", "-b:a", "40k", "-c:a", "aac",
        "-hls_flags", "independent_segments", "-hls_fmp4_init_filename", "init.mp4", "-hls_playlist_type", "vod",
        "-hls_segment_filename", f"{part}/seg-%05d.m4s", "-hls_segment_type", "fmp4", "-hls_time", "2",
        "-start_number", "1", f"{part}/index.m3u8",
    ]  # fmt: skip


def test_download_copies_and_takes_chapters_from_the_first_input() -> None:
    assert argv("mp4") == [
        *COMMON, "-f", "ffmetadata", "-i", "/data/recordings/abc/.mp4.one.part/chapters.txt",
        "-i", "/data/recordings/abc/hls/index.m3u8", "-c", "copy", "-map_chapters", "0", "-map_metadata", "0",
        "-movflags", "+faststart", "/data/recordings/abc/.mp4.one.part/video.mp4",
    ]  # fmt: skip


def test_poster_is_one_picture_after_the_beginning() -> None:
    assert argv("poster") == [
        *COMMON, "-i", "/data/recordings/abc/hls/index.m3u8", "-map", "0:v",
        "-frames:v", "1", "-q:v", "3", "-ss", "30.000", "-update", "1", "/data/recordings/abc/.poster.one.part/poster.jpg",
    ]  # fmt: skip


def test_poster_of_a_short_recording_lies_within_it() -> None:
    assert "1.500" in plan("poster", Source(FOLDER, 5_000, 25, "x"), "one").argv


def test_results_take_their_place_beside_the_source() -> None:
    where = {
        kind: (plan(kind, SOURCE, "one").target, plan(kind, SOURCE, "one").file) for kind in ("360p", "audio", "mp4", "poster")
    }
    assert where == {
        "360p": (FOLDER / "360p", "360p/index.m3u8"),
        "audio": (FOLDER / "audio", "audio/index.m3u8"),
        "mp4": (FOLDER / "video.mp4", "video.mp4"),
        "poster": (FOLDER / "poster.jpg", "poster.jpg"),
    }


def test_chapter_notes_escape_and_end_with_the_recording() -> None:
    source = Source(
        FOLDER, 100_000, 25, "A=B; C#\\\nD", (Mark(0, 50, "Một"), Mark(50, 200_000, "Hai"), Mark(100_000, 200_000, "Ba"))
    )
    assert chapter_notes(source).splitlines() == [
        ";FFMETADATA1", "title=A\\=B\\; C\\#\\\\ D",
        "[CHAPTER]", "TIMEBASE=1/1000", "START=0", "END=50", "title=Một",
        "[CHAPTER]", "TIMEBASE=1/1000", "START=50", "END=100000", "title=Hai",
    ]  # fmt: skip
