"""What ffmpeg is told, word for word: a change here is a change of what people see and hear."""

from __future__ import annotations

from pathlib import Path

from media.vod import plan
from media.vod.plan import Mark, Source, chapter_notes
from media.vod.playlist import Cut

FOLDER, PLACE = Path("/data/recordings/abc"), Path("/data/recordings/abc/.x.one.part")
CUTS = tuple(Cut(f"seg-{number:05d}.m4s", "init.mp4", 2.0) for number in range(1, 41))
MARKS = (Mark(0, 60_000, "Khai mạc"), Mark(60_000, 9_000_000, "Chuyên đề 1"))
SOURCE = Source(FOLDER, 80_000, 25, "Hội nghị", MARKS, CUTS)
EVENED = Source(FOLDER, 80_000, 25, "Hội nghị", MARKS, CUTS, evened=True)
COMMON = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-progress", "pipe:1", "-y"]
INPUT = ["-i", "/data/recordings/abc/hls/index.m3u8"]


def test_the_sound_is_measured() -> None:
    found = plan.measure_sound(SOURCE)
    assert found.file is None
    assert list(found.argv) == [
        *COMMON[:4], "info", *COMMON[5:], *INPUT,
        "-filter_complex", "[0:a]aformat=channel_layouts=mono[s0];[s0]ebur128=framelog=verbose[s1]", "-map", "[s1]",
        "-f", "null", "-",
    ]  # fmt: skip


def test_the_sound_is_raised_and_its_peaks_are_held() -> None:
    assert list(plan.even_sound(SOURCE, 7.25, PLACE / "sound.m4a").argv) == [
        *COMMON, *INPUT, "-filter_complex",
        "[0:a]aformat=channel_layouts=mono[s0];[s0]volume=7.25dB[s1];[s1]aresample=192000[s2];"
        "[s2]alimiter=attack=5:latency=1:level=disabled:limit=0.7499:release=50[s3];[s3]aresample=48000[s4]",
        "-map", "[s4]", "-ar", "48000", "-b:a", "96k", "-c:a", "aac", "-map_metadata", "-1", f"{PLACE}/sound.m4a",
    ]  # fmt: skip


def test_sound_alone_is_made_of_the_evened_one() -> None:
    tail = ["-map", "0:a", "-ac", "1", "-ar", "48000", "-b:a", "40k", "-c:a", "aac", "-map_metadata", "-1", f"{PLACE}/small.m4a"]
    evened = plan.small_sound(EVENED, PLACE / "small.m4a").argv
    assert list(evened) == [*COMMON, "-i", "/data/recordings/abc/full/sound.m4a", *tail]
    assert list(plan.small_sound(SOURCE, PLACE / "small.m4a").argv) == [*COMMON, *INPUT, *tail]


def test_all_heights_of_a_part_are_made_in_one_run() -> None:
    found = plan.pictures(SOURCE, CUTS[2:4], ["480p", "240p"], PLACE)

    def output(stream: str, crf: int, most: int, name: str) -> list[str]:
        return [
            "-map", stream, "-bf", "0", "-bufsize", f"{2 * most}k", "-c:v", "libx264", "-crf", str(crf),
            "-fps_mode", "passthrough", "-g", "50", "-keyint_min", "50", "-map_metadata", "-1", "-maxrate", f"{most}k",
            "-pix_fmt", "yuv420p", "-preset", "veryfast", "-profile:v", "main", "-sc_threshold", "0", f"{PLACE}/{name}.mp4",
        ]  # fmt: skip

    assert list(found.argv) == [
        *COMMON, "-i", f"{PLACE}/part.m3u8", "-filter_complex",
        "[0:v]split=2[s0][s1];[s0]scale=854:480[s2];[s2]setsar=1[s3];[s1]scale=426:240[s4];[s4]setsar=1[s5]",
        *output("[s3]", 24, 700, "480p"), *output("[s5]", 26, 220, "240p"),
    ]  # fmt: skip
    assert found.duration_s == 4
    [(path, text)] = found.texts
    assert path == PLACE / "part.m3u8"
    assert text.splitlines()[6:] == [
        '#EXT-X-MAP:URI="/data/recordings/abc/hls/init.mp4"',
        "#EXTINF:2.000000,", "/data/recordings/abc/hls/seg-00003.m4s",
        "#EXTINF:2.000000,", "/data/recordings/abc/hls/seg-00004.m4s", "#EXT-X-ENDLIST",
    ]  # fmt: skip


def test_download_copies_and_takes_chapters_from_the_first_input() -> None:
    notes = ["-f", "ffmetadata", "-i", f"{PLACE}/chapters.txt"]
    tail = ["-c", "copy", "-map_chapters", "0", "-map_metadata", "0", "-movflags", "+faststart", f"{PLACE}/video.mp4"]
    assert list(plan.download(SOURCE, PLACE).argv) == [*COMMON, *notes, *INPUT, "-map", "1:v", "-map", "1:a", *tail]
    sound = ["-i", "/data/recordings/abc/full/sound.m4a"]
    assert list(plan.download(EVENED, PLACE).argv) == [*COMMON, *notes, *INPUT, *sound, "-map", "1:v", "-map", "2:a", *tail]


def test_the_poster_is_the_key_frame_after_the_beginning() -> None:
    found = plan.poster(SOURCE, PLACE)
    assert list(found.argv) == [
        *COMMON, "-i", f"{PLACE}/poster.m3u8", "-map", "0:v", "-frames:v", "1", "-q:v", "3", "-update", "1",
        f"{PLACE}/poster.jpg",
    ]  # fmt: skip
    assert "seg-00013.m4s" in found.texts[0][1], "24 s: three tenths of it"


def test_thumbnails_decode_key_frames_alone() -> None:
    assert list(plan.thumbnails(SOURCE, PLACE).argv) == [
        *COMMON, "-skip_frame", "nokey", *INPUT,
        "-filter_complex", "[0:v]select=not(mod(n\\,3))[s0];[s0]scale=160:90[s1];[s1]tile=10x10[s2]", "-map", "[s2]",
        "-fps_mode", "passthrough", "-q:v", "5", "-start_number", "1", f"{PLACE}/sheet-%03d.jpg",
    ]  # fmt: skip


def test_chapter_notes_escape_and_end_with_the_recording() -> None:
    source = Source(
        FOLDER, 100_000, 25, "A=B; C#\\\nD", (Mark(0, 50, "Một"), Mark(50, 200_000, "Hai"), Mark(100_000, 200_000, "Ba"))
    )
    assert chapter_notes(source).splitlines() == [
        ";FFMETADATA1", "title=A\\=B\\; C\\#\\\\ D",
        "[CHAPTER]", "TIMEBASE=1/1000", "START=0", "END=50", "title=Một",
        "[CHAPTER]", "TIMEBASE=1/1000", "START=50", "END=100000", "title=Hai",
    ]  # fmt: skip
