"""The runner with real processes and the real ffmpeg."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from media.vod import run as runner
from media.vod.ladder import Span
from media.vod.make import Work, make, make_part
from media.vod.plan import Source
from media.vod.playlist import master, measure, read_cuts, variants_of
from media.vod.run import ffmpeg_binary, run
from tests.media.egress.kit import near
from tests.support.hls_check import check_folder, check_master, loader


def work(folder: Path, *, evened: bool = False) -> Work:
    cuts = read_cuts(folder / "hls" / "index.m3u8")
    return Work(Source(folder, 7_000, 25, "Hội nghị", (), cuts, evened), "one", go_on, 120)


def go_on(share: float) -> bool:
    return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_BEAT_S", 0.05)
    monkeypatch.setattr(runner, "_GRACE_S", 0.3)


def test_the_poster_shows_the_picture(recorded: Path) -> None:
    from PIL import Image

    assert make("poster", work(recorded)).outcome.kind == "done"
    with Image.open(recorded / "poster.jpg") as image:
        assert image.size == (640, 360)
        pixel = image.getpixel((320, 100))
        assert isinstance(pixel, tuple)
        assert near((pixel[0], pixel[1], pixel[2]), (200, 30, 30))


def test_what_is_made_again_replaces_the_old_one(recorded: Path) -> None:
    (recorded / "audio").mkdir()
    (recorded / "audio" / "old.txt").write_text("old")
    (recorded / ".audio.zero.part" / "audio").mkdir(parents=True)
    assert make("audio", work(recorded)).outcome.kind == "done"
    assert (recorded / "audio" / "index.m3u8").is_file()
    assert not (recorded / "audio" / "old.txt").exists()
    assert not list(recorded.glob(".*.part")), "what a lost attempt left is gone"


def test_a_broken_source_fails_with_the_reason_and_changes_nothing(recorded: Path) -> None:
    asked = work(recorded)
    shutil.rmtree(recorded / "hls")
    before = sorted(recorded.iterdir())
    outcome = make("mp4", asked).outcome
    assert outcome.kind == "failed"
    assert "No such file" in outcome.words
    assert make("sound", asked).outcome.kind == "failed"
    assert sorted(recorded.iterdir()) == before


@pytest.mark.parametrize("kind", ["sound", "audio", "mp4", "thumbs"])
@pytest.mark.usefixtures("quick")
def test_stopping_leaves_nothing(recorded: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.vod.make._BEAT_S", 0.0)
    before = sorted(recorded.iterdir())
    asked = replace(work(recorded), beat=lambda share: False)
    assert make(kind, asked).outcome.kind == "cancelled"
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


def test_the_master_playlist_names_what_there_is_and_keeps_its_promises(recorded: Path) -> None:
    codecs = "avc1.64001e,mp4a.40.2"

    def uris() -> list[str]:
        text = master(variants_of(recorded, 360, 25, codecs))
        assert check_master(text, loader(recorded)) == []
        return [line for line in text.splitlines() if not line.startswith("#")]

    assert uris() == ["hls/index.m3u8"]
    assert make("audio", work(recorded)).outcome.kind == "done"
    assert uris() == ["hls/index.m3u8", "audio/index.m3u8"]
    rates = measure(recorded / "audio")
    assert rates is not None
    assert 20_000 < rates.average_bps <= rates.peak_bps < 120_000
    assert measure(recorded / "nothing") is None
    assert make("sound", work(recorded)).outcome.kind == "done"
    span = Span(0, 4, 7_000)
    assert make_part(work(recorded, evened=True), 0, span, ["240p"])[1] == ["240p"]
    assert make("240p", work(recorded, evened=True), [span]).outcome.kind == "done"
    assert uris() == ["full/index.m3u8", "240p/index.m3u8", "audio/index.m3u8"]
    assert "RESOLUTION=426x240" in master(variants_of(recorded, 360, 25, codecs))
    assert [check_folder(recorded / name, 25) for name in ("hls", "full", "240p", "audio")] == [[]] * 4
