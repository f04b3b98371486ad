"""Everything that is made of a recording, with the real ffmpeg: nothing is lost, doubled, shifted or louder than it should be."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from media.vod.ladder import Span
from media.vod.loudness import read_lufs
from media.vod.make import Work, make, make_part
from media.vod.plan import Mark, Source
from media.vod.playlist import read_cuts
from media.vod.run import ffmpeg_binary
from tests.media.vod.kit import FPS, RATE, Floats, Look, record
from tests.support.hls_check import check_folder

pytestmark = pytest.mark.media
FRAMES, CLICK_S = 9 * FPS + 7, 3.0
LENGTH_S = FRAMES / FPS
PARTS = (Span(0, 1, 2_000), Span(1, 2, 4_000), Span(3, 2, 3_280))


def tone_with_click() -> Floats:
    """A quiet tone without end, and one click 3 s after the beginning."""
    at_s = np.arange(round(LENGTH_S * RATE)) / RATE
    sound = 0.03 * np.sin(2 * np.pi * 440 * at_s)
    click = round(CLICK_S * RATE)
    sound[click - 24 : click + 24] += 0.5 * np.hanning(48)
    return sound.astype(np.float32)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """9.28 s of numbered pictures; the lower half is white for 0.2 s from the click on."""
    folder = tmp_path_factory.mktemp("made") / "recording"
    first = round(CLICK_S * FPS)
    return record(folder, FRAMES, tone_with_click(), lambda number: first <= number < first + 5)


def work(folder: Path, evened: bool = True) -> Work:
    marks = (Mark(0, 4_000, "Khai mạc"), Mark(4_000, 6_000, "Giải lao"), Mark(6_000, 20_000, "Chuyên đề 1"))
    cuts = read_cuts(folder / "hls" / "index.m3u8")
    source = Source(folder, FRAMES * 1000 // FPS, FPS, "Hội nghị", marks, cuts, evened)
    return Work(source, "one", lambda share: True, 120)


@pytest.fixture(scope="module")
def made(original: Path) -> Path:
    """All of it."""
    assert make("sound", work(original, evened=False)).outcome.kind == "done"
    for number, span in enumerate(PARTS):
        outcome, kinds = make_part(work(original), number, span, ["480p", "240p"])
        assert (outcome.kind, kinds) == ("done", ["480p", "240p"]), outcome.words
    for kind in ("480p", "240p", "audio", "mp4", "poster", "thumbs"):
        result = make(kind, work(original), PARTS)
        assert result.outcome.kind == "done", result.outcome.words
        assert (original / result.file).is_file() and result.size > 0
    return original


PLAYABLE = ("full/index.m3u8", "480p/index.m3u8", "240p/index.m3u8", "video.mp4")


@pytest.mark.parametrize("file", PLAYABLE)
def test_no_picture_is_missing_or_repeated_and_sound_and_picture_stay_together(made: Path, file: str) -> None:
    look = Look(made / file)
    assert look.numbers == list(range(FRAMES))
    assert np.allclose(look.times_s, np.arange(FRAMES) / FPS, atol=0.001)
    assert look.flash_s() == pytest.approx(CLICK_S, abs=0.001)
    assert look.click_s(CLICK_S) == pytest.approx(CLICK_S, abs=0.005)


def test_sound_alone_keeps_its_moments(made: Path) -> None:
    assert Look(made / "audio" / "index.m3u8").click_s(CLICK_S) == pytest.approx(CLICK_S, abs=0.005)


@pytest.mark.parametrize("file", ["480p/index.m3u8", "audio/index.m3u8"])
def test_the_tone_does_not_click_anywhere(made: Path, file: str) -> None:
    """A sine obeys x[n+1] = 2 cos(w) x[n] - x[n-1]; what does not fit is a crack. At the joints there is none that is not
    everywhere."""
    sound = Look(made / file).sound[RATE // 2 : round((LENGTH_S - 0.3) * RATE)]
    crack = np.abs(sound[2:] - 2 * np.cos(2 * np.pi * 440 / RATE) * sound[1:-1] + sound[:-2])
    click = round((CLICK_S - 0.5) * RATE)
    crack[click - RATE // 5 : click + RATE // 3] = 0
    assert crack.max() < 0.02 * np.abs(sound).max(), (int(crack.argmax()) / RATE + 0.5, float(crack.max()))


@pytest.mark.parametrize("name", ["hls", "full", "480p", "240p", "audio"])
def test_playlists_are_right(made: Path, name: str) -> None:
    assert check_folder(made / name, fps=FPS) == []


def loudness(file: Path) -> tuple[float, float]:
    """LUFS and dBTP by the meter of ffmpeg."""
    argv = [
        ffmpeg_binary(),
        "-hide_banner",
        "-nostats",
        "-i",
        str(file),
        "-map",
        "0:a",
        "-af",
        "ebur128=peak=true",
        "-f",
        "null",
        "-",
    ]
    words = subprocess.run(argv, capture_output=True, text=True, check=True).stderr.splitlines()
    lufs = read_lufs(words)
    assert lufs is not None
    return lufs, float(next(line.split()[1] for line in reversed(words) if line.strip().startswith("Peak:")))


def test_all_versions_have_the_same_right_loudness(made: Path) -> None:
    for file in (*PLAYABLE, "audio/index.m3u8"):
        lufs, peak = loudness(made / file)
        assert lufs == pytest.approx(-16, abs=1), file
        assert peak <= -1.5, file


def test_the_download_has_title_and_chapters(made: Path) -> None:
    import av

    with av.open(str(made / "video.mp4")) as container:
        assert container.metadata["title"] == "Hội nghị"
        chapters = [(chapter["metadata"]["title"], chapter["start"]) for chapter in container.chapters()]
    assert chapters == [("Khai mạc", 0), ("Giải lao", 4_000), ("Chuyên đề 1", 6_000)]


def test_thumbnails_show_their_moments(made: Path) -> None:
    text = (made / "thumbs" / "index.vtt").read_text()
    assert "00:00:06.000 --> 00:00:09.280\nsheet-001.jpg#xywh=160,0,160,90" in text
    with Image.open(made / "thumbs" / "sheet-001.jpg") as sheet:
        assert sheet.size == (1600, 900)
        from tests.media.vod.kit import read_number

        shown = [read_number(np.asarray(sheet.convert("L").crop((160 * n, 0, 160 * n + 160, 90)))) for n in range(2)]
    assert shown == [0, 6 * FPS]


def test_the_poster_is_a_whole_picture(made: Path) -> None:
    with Image.open(made / "poster.jpg") as image:
        assert image.size == (640, 360)


def test_nothing_else_is_left(made: Path) -> None:
    assert not list(made.glob(".*.part"))


@pytest.mark.parametrize(("level", "expected"), [(0.0, None), (0.004, -26.5), (0.9, -16.0)])
def test_silence_and_whispers_do_not_explode_and_loud_sound_is_tamed(
    tmp_path: Path, level: float, expected: float | None
) -> None:
    noise = level * np.random.default_rng(1).uniform(-1, 1, 4 * RATE)
    folder = record(tmp_path / "recording", 4 * FPS, noise.astype(np.float32))
    source = replace(work(folder, evened=False).source, duration_ms=4_000)
    assert make("sound", Work(source, "one", lambda share: True, 60)).outcome.kind == "done"
    lufs, peak = loudness(folder / "full" / "index.m3u8")
    assert peak <= -1.5
    if expected is None:
        assert lufs <= -60
    else:
        assert lufs == pytest.approx(expected, abs=1.5)


def test_without_an_evened_sound_the_own_one_is_taken_at_its_place(made: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(made, tmp_path / "copy")
    for number, span in enumerate(PARTS):
        assert make_part(work(copy, evened=False), number, span, ["240p"])[1] == ["240p"]
    for kind in ("240p", "audio", "mp4"):
        assert make(kind, work(copy, evened=False), PARTS).outcome.kind == "done"
    for file in ("240p/index.m3u8", "audio/index.m3u8", "video.mp4"):
        look = Look(copy / file)
        assert look.click_s(CLICK_S) == pytest.approx(CLICK_S, abs=0.005), file
        assert np.abs(look.sound[RATE : 2 * RATE]).max() == pytest.approx(0.03, abs=0.006), file


def test_one_that_cannot_be_made_takes_no_other_with_it(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from media.vod import ladder

    monkeypatch.setitem(ladder.PICTURES, "480p", replace(ladder.PICTURES["480p"], crf=999, width=1))  # x264 refuses
    copy = shutil.copytree(original, tmp_path / "copy")
    outcome, kinds = make_part(work(copy), 0, PARTS[2], ["480p", "240p"])
    assert (outcome.kind, kinds) == ("failed", ["240p"])
