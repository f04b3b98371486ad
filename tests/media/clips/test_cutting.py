"""Clips made by the real ffmpeg and read back: the very frames, the sound with them, the speaker in every shape, the words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from media.clips.drawing import CardWords, caption_face, overlay, title_card
from media.clips.plan import CARD_S, FILE, MADE, POSTER, Cut, Drawn, Source, overlay_list, plan
from media.clips.scenes import Shown, Speaker, Stretch
from media.clips.shapes import SIZES, Shape, arrange
from media.egress.hls import read_playlist
from media.egress.layout import Box
from media.egress.typeset import typeface
from media.vod.run import run_plan
from tests.media.clips.kit import BITS, FPS, HEIGHT, WIDTH, Image, Seen, number_of, see, write_recording

BEEP, CHANGE = 160, 200
RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)
SPEAKER, CONTENT = Box(490, 46, 140, 78), Box(10, 46, 472, 266)
ALONE = Shown((Speaker(Box(0, 0, WIDTH, HEIGHT), "Nguyễn Thị Hạnh", "Báo cáo viên"),), None, inside=True)
BESIDE = Shown((Speaker(SPEAKER, "Nguyễn Thị Hạnh", "Báo cáo viên"),), CONTENT)


def paint(number: int, image: Image) -> None:
    """Before the change the speaker alone, red between grey; then content in blue beside the speaker in green."""
    if number < CHANGE:
        image[:, 120:520] = RED
        return
    image[CONTENT.y : CONTENT.y + CONTENT.height, CONTENT.x : CONTENT.x + CONTENT.width] = BLUE
    image[SPEAKER.y : SPEAKER.y + SPEAKER.height, SPEAKER.x : SPEAKER.x + SPEAKER.width] = GREEN


def sound(samples: NDArray[np.int64]) -> NDArray[np.floating]:
    """A loud tone while the frame :data:`BEEP` is shown, a soft hum else."""
    loud = samples * FPS // 48_000 == BEEP
    return np.where(loud, 0.5, 0.02) * np.sin(2 * np.pi * np.where(loud, 1000, 200) * samples / 48_000)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    hls = write_recording(tmp_path_factory.mktemp("recording"), 300, sound, paint) / "hls"
    return Source(hls, tuple(read_playlist(hls, 0, 2).segments), WIDTH, HEIGHT, FPS, 0.0, has_sound=True)


def made(source: Source, folder: Path, cut: Cut, stretches: list[Stretch], drawn: Drawn = Drawn()) -> Seen:  # noqa: B008 - frozen
    folder = folder / cut.shape.value
    (folder / MADE).mkdir(parents=True)
    outcome = run_plan(plan(source, cut, stretches, drawn, folder), lambda share: True, 120)
    assert outcome.kind == "done", outcome.words
    assert (folder / POSTER).is_file()
    seen = see(folder / FILE)
    assert (seen.profile, seen.pixels, seen.size) == ("High", "yuv420p", SIZES[cut.shape])
    assert (folder / FILE).read_bytes().find(b"moov") < 100_000, "its index comes first"
    return seen


def near(image: Image, x: float, y: float, colour: tuple[int, int, int]) -> bool:
    row, column = int(image.shape[0] * y), int(image.shape[1] * x)
    patch = image[row - 3 : row + 4, column - 3 : column + 4].reshape(-1, 3).mean(axis=0)
    return bool(np.abs(patch - colour).max() < 40)


def test_the_frames_are_exactly_the_chosen_ones_and_the_sound_is_theirs(source: Source, tmp_path: Path) -> None:
    cut = Cut(137, 251, Shape.WIDE, "Thử")
    seen = made(source, tmp_path, cut, [Stretch(137, 251, ALONE)])
    assert [number_of(image) for image in seen.images] == list(range(137, 251))
    loud = np.flatnonzero(np.abs(seen.sound) > 0.5 * np.abs(seen.sound).max())
    assert loud[0] / 48_000 == pytest.approx((BEEP - 137) / FPS, abs=0.005)
    assert loud[-1] / 48_000 == pytest.approx((BEEP + 1 - 137) / FPS, abs=0.005)
    assert len(seen.sound) / 48_000 == pytest.approx(len(seen.images) / FPS, abs=0.03)
    assert np.abs(seen.sound[:24]).max() < 0.1 * np.abs(seen.sound[2000:4000]).max(), "it begins without a click"


def test_the_upright_shape_follows_the_speaker_after_the_card(source: Source, tmp_path: Path) -> None:
    shape, (width, height) = Shape.TALL, SIZES[Shape.TALL]
    cut, stretches = Cut(180, 220, shape, "Thử"), [Stretch(180, CHANGE, ALONE), Stretch(CHANGE, 220, BESIDE)]
    card, listed = tmp_path / "card.png", tmp_path / "over.ffconcat"
    title_card(CardWords("Đột phá", "Hội nghị", "22/11/2026", "Nguyễn Thị Hạnh"), width, height).save(card)
    pictures = []
    for number, stretch in enumerate(stretches):
        arrangement = arrange(stretch.shown, WIDTH, HEIGHT, shape)
        path = tmp_path / f"{number}.png"
        overlay(width, height, arrangement.bands, ["Xin chào"] if number else [], arrangement.words_bottom).save(path)
        pictures.append((path, stretch.end - stretch.first))
    listed.write_text(overlay_list(pictures, FPS))
    seen = made(source, tmp_path, cut, stretches, Drawn(card, listed))
    opening, before, after = seen.images[0], seen.images[CARD_S * FPS + 19], seen.images[CARD_S * FPS + 20]
    assert len(seen.images) == CARD_S * FPS + 40
    assert near(opening, 0.5, 0.03, (13, 14, 15)) and opening.max() > 200, "words on the stage's ground"
    assert all(near(before, 0.5, y, RED) for y in (0.1, 0.3, 0.7)), "the speaker fills the shape"
    assert near(before, 0.5, 0.99, RED) and near(before, 0.9, 0.84, (13, 14, 15)), "the name that the crop cuts is covered"
    content, speaker = (tile.place for tile in arrange(BESIDE, WIDTH, HEIGHT, shape).tiles)
    for place, colour in ((content, BLUE), (speaker, GREEN)):
        assert near(after, (place.x + 30) / width, (place.y + 30) / height, colour), "from that very frame on"
    assert not near(after, 0.5, 1010 / height, (13, 14, 15)) or after[980:1036].max() > 200, "the caption is burnt in"
    assert np.abs(seen.sound[: CARD_S * 48_000 - 100]).max() < 0.01, "the card is silent"


def test_the_square_shape_follows_the_speaker(source: Source, tmp_path: Path) -> None:
    cut = Cut(CHANGE - 10, CHANGE + 10, Shape.SQUARE, "Thử")
    seen = made(source, tmp_path, cut, [Stretch(cut.first, CHANGE, ALONE), Stretch(CHANGE, cut.end, BESIDE)])
    assert len(seen.images) == 20
    assert near(seen.images[9], 0.3, 0.1, RED) and near(seen.images[9], 0.7, 0.9, RED)
    assert near(seen.images[10], 0.1, 0.1, BLUE) and near(seen.images[10], 0.1, 0.7, GREEN)


def test_captions_are_drawn_in_their_place_with_every_letter() -> None:
    for width, height in SIZES.values():
        face, most = caption_face(width, height)
        assert face.width("Nghị quyết số 57-NQ/TW") < most
        image = overlay(width, height, (), ["Ệđỹơự nghị quyết", "trường hợp"], int(height * 0.8))
        left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
        assert left > 0 and right < width and abs(left - (width - right)) <= 2
        assert height * 0.6 < top and bottom <= height * 0.8 + 2
    face = typeface(40, bold=True)
    drawn = {letter: overlay(200, 100, (), [letter], 80).tobytes() for letter in "ệếểễềđăâơưỹ\uffff"}
    assert len(set(drawn.values())) == len(drawn), "no letter is drawn as another, or as the box of a missing one"
    assert face.size_px == 40


@pytest.mark.parametrize("nothing", ["ភាសាខ្មែរ", "数字化转型", "🎉👩🏽\u200d🎓", "♪ ♪", "\u200b", " "])
def test_no_ground_is_drawn_for_what_nothing_is_seen_of(nothing: str) -> None:
    for width, height in SIZES.values():
        bottom = int(height * 0.8)
        assert overlay(width, height, (), [nothing], bottom).getbbox() is None
        alone, beside = (overlay(width, height, (), lines, bottom) for lines in (["Xin chào"], ["Xin chào", nothing]))
        assert alone.getbbox() and alone.tobytes() == beside.tobytes()


def test_long_titles_fit_the_card() -> None:
    words = CardWords(
        "Rất dài " * 40, "Hội nghị quán triệt Nghị quyết " * 8, "22/11/2026", "Nguyễn Thị Minh Hạnh", "Phó Bí thư " * 9
    )
    for width, height in SIZES.values():
        card = np.asarray(title_card(words, width, height))
        for edge in (card[:8], card[-8:], card[:, :8], card[:, -8:]):
            assert (edge == (13, 14, 15)).all()


def test_the_numbers_survive_every_shape(source: Source, tmp_path: Path) -> None:
    assert BITS * 16 <= HEIGHT * 9 // 16, "the bits lie within the narrowest crop"
    seen = made(source, tmp_path, Cut(0, 12, Shape.TALL, "x"), [Stretch(0, 12, None)])
    assert [number_of(image) for image in seen.images] == list(range(12))
