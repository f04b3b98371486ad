"""The runner with real processes and the real ffmpeg."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import av
import pytest

from media.vod import run as runner
from media.vod.plan import Mark, Source, plan
from media.vod.playlist import master, measure, variants_of
from media.vod.run import ffmpeg_binary, run, run_plan
from tests.media.egress.kit import near


def source(folder: Path) -> Source:
    return Source(folder, 7_000, 25, "Hội nghị", (Mark(0, 4_000, "Khai mạc"), Mark(4_000, 7_000, "Chuyên đề 1")))


def go_on(share: float) -> bool:
    return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_BEAT_S", 0.05)
    monkeypatch.setattr(runner, "_GRACE_S", 0.3)


@pytest.mark.parametrize("kind", ["360p", "audio", "mp4", "poster"])
def test_every_rendition_is_made_and_nothing_else_is_left(recorded: Path, kind: str) -> None:
    work = plan(kind, source(recorded), "one")  # type: ignore[arg-type]
    assert run_plan(work, go_on, 120).kind == "done"
    assert (recorded / work.file).stat().st_size > 0
    assert not list(recorded.glob(".*.part"))


def test_small_segments_are_aligned_with_the_source(recorded: Path) -> None:
    assert run_plan(plan("360p", source(recorded), "one"), go_on, 120).kind == "done"

    def lines(name: str) -> list[str]:
        return [
            line for line in (recorded / name / "index.m3u8").read_text().splitlines() if line.startswith(("#EXTINF", "seg-"))
        ]

    assert lines("360p") == lines("hls")
    with av.open(str(recorded / "360p" / "index.m3u8")) as container:
        video = container.streams.video[0]
        assert (video.width, video.height, video.codec_context.profile) == (640, 360, "Main")
        assert float(container.streams.audio[0].codec_context.sample_rate) == 48_000


def test_the_download_has_chapters_sound_and_picture(recorded: Path) -> None:
    assert run_plan(plan("mp4", source(recorded), "one"), go_on, 120).kind == "done"
    with av.open(str(recorded / "video.mp4")) as container:
        assert container.metadata["title"] == "Hội nghị"
        assert [(chapter["metadata"]["title"], chapter["start"]) for chapter in container.chapters()] == [
            ("Khai mạc", 0), ("Chuyên đề 1", 4_000),
        ]  # fmt: skip
        assert sum(1 for _ in container.decode(video=0)) == 175


def test_the_poster_shows_the_picture(recorded: Path) -> None:
    from PIL import Image

    assert run_plan(plan("poster", source(recorded), "one"), go_on, 120).kind == "done"
    with Image.open(recorded / "poster.jpg") as image:
        assert image.size == (640, 360)
        pixel = image.getpixel((320, 100))
        assert isinstance(pixel, tuple)
        assert near((pixel[0], pixel[1], pixel[2]), (200, 30, 30))


def test_a_rendition_made_again_replaces_the_old_one(recorded: Path) -> None:
    (recorded / "audio").mkdir()
    (recorded / "audio" / "old.txt").write_text("old")
    (recorded / ".audio.zero.part" / "audio").mkdir(parents=True)
    assert run_plan(plan("audio", source(recorded), "one"), go_on, 120).kind == "done"
    assert (recorded / "audio" / "index.m3u8").is_file()
    assert not (recorded / "audio" / "old.txt").exists()
    assert not list(recorded.glob(".*.part")), "what a lost attempt left is gone"


def test_a_broken_source_fails_with_the_reason_and_changes_nothing(recorded: Path) -> None:
    shutil.rmtree(recorded / "hls")
    before = sorted(recorded.iterdir())
    outcome = run_plan(plan("mp4", source(recorded), "one"), go_on, 120)
    assert outcome.kind == "failed"
    assert "No such file" in outcome.words
    assert sorted(recorded.iterdir()) == before


@pytest.mark.usefixtures("quick")
def test_progress_is_told_and_cancelling_stops_at_once(recorded: Path) -> None:
    told: list[float] = []
    script = "import sys, time\nfor n in range(1000): print(f'out_time_us={n * 1000}', flush=True); time.sleep(0.01)"

    def beat(share: float) -> bool:
        told.append(share)
        return len(told) < 4

    outcome = run([sys.executable, "-c", script], beat, 60, runner._ffmpeg_progress(1.0))
    assert outcome.kind == "cancelled"
    assert told == sorted(told)
    assert 0 < told[-1] < 1


@pytest.mark.usefixtures("quick")
def test_what_takes_too_long_is_ended_with_all_its_children(tmp_path: Path) -> None:
    """The child ignores being asked, and has a child of its own."""
    note = tmp_path / "pids"
    script = (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(note)!r}, 'w').write(f'{{os.getpid()}} {{other.pid}}')\n"
        "time.sleep(60)\n"
    )
    outcome = run([sys.executable, "-c", script], go_on, 0.6, lambda line: None)
    assert outcome.kind == "timeout"
    for pid in note.read_text().split():
        assert not _alive(int(pid))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_last_words_are_kept_and_not_more(tmp_path: Path) -> None:
    script = "import sys\nfor n in range(5000): print('word', n, file=sys.stderr)\nsys.exit(7)"
    outcome = run([sys.executable, "-c", script], go_on, 60, lambda line: None)
    assert (outcome.kind, outcome.status) == ("failed", 7)
    assert outcome.words.splitlines()[-1] == "word 4999"
    assert len(outcome.words.splitlines()) == 40


def test_the_packaged_ffmpeg_serves_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    ffmpeg_binary.cache_clear()
    try:
        assert os.access(ffmpeg_binary(), os.X_OK)
        assert Path(ffmpeg_binary()).is_absolute()
    finally:
        ffmpeg_binary.cache_clear()


def test_the_master_playlist_names_what_there_is(recorded: Path) -> None:
    codecs = "avc1.64001e,mp4a.40.2"

    def uris() -> list[str]:
        found = variants_of(recorded, 360, 25, codecs, (360, "avc1.4d401e,mp4a.40.2"), "mp4a.40.2")
        return [line for line in master(found).splitlines() if not line.startswith("#")]

    assert uris() == ["hls/index.m3u8"]
    assert run_plan(plan("audio", source(recorded), "one"), go_on, 120).kind == "done"
    assert uris() == ["hls/index.m3u8", "audio/index.m3u8"]
    rates = measure(recorded / "audio")
    assert rates is not None
    assert 20_000 < rates.average_bps <= rates.peak_bps < 120_000
    assert measure(recorded / "nothing") is None
