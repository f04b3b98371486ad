from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from media.egress import fonts, typeset
from media.egress.typeset import Typeface, typeface

VIETNAMESE = "Đồng chí Nguyễn Thị Hạnh, Huyện Giồng Riềng, ữ ỵ ẵ ộ ỡ"


def drawn(face: Typeface, text: str) -> np.ndarray:
    image = Image.new("RGB", (1200, 80), (0, 0, 0))
    face.draw(image, (10, 10), text, (255, 255, 255))
    return np.asarray(image)


def test_every_vietnamese_letter_has_its_own_shape() -> None:
    face = typeface(40)
    letters = "aăâeêioôơuưyđ"
    marks = [letter + mark for letter in letters for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")]
    shapes = {drawn(face, mark).tobytes() for mark in marks if mark[0] != "đ"}
    assert len(shapes) == len([mark for mark in marks if mark[0] != "đ"])


def test_letters_with_separate_marks_look_like_whole_ones() -> None:
    face = typeface(40)
    assert np.array_equal(drawn(face, "e\u0302\u0301"), drawn(face, "ế"))


def test_lines_fit_their_width_and_keep_all_words_when_there_is_room() -> None:
    face = typeface(30)
    lines = face.lines(VIETNAMESE, 300, 10)
    assert " ".join(lines) == VIETNAMESE
    assert all(face.width(line) <= 300 for line in lines)


def test_what_is_too_long_ends_in_an_ellipsis_within_the_width() -> None:
    face = typeface(30)
    lines = face.lines(VIETNAMESE, 300, 1)
    assert len(lines) == 1
    assert lines[0].endswith("…")
    assert face.width(lines[0]) <= 300


def test_no_lines_when_there_are_no_words() -> None:
    assert typeface(30).lines("  ", 300, 2) == []


def test_vietnamese_is_still_set_when_the_machine_has_no_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeset, "font_files", lambda bold: ())
    face = Typeface(40, bold=True)
    shapes = {drawn(face, letter).tobytes() for letter in ("e", "ê", "ế", "ệ")}
    assert len(shapes) == 4
    assert face.width("Nguyễn") > face.width("Ng") > 0
    assert drawn(face, 'a "quoted" \\ #word').any()


def test_what_nothing_is_seen_of_is_known() -> None:
    face = typeface(40, bold=True)
    assert [face.shows(text) for text in ("ệ", ".", "Xin 中", "中文", "ខ្មែរ", "🎉", " ", "")] == [True] * 3 + [False] * 5


def test_letters_that_no_font_has_are_told_from_signs_that_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [letter for letter in VIETNAMESE + "“”–…?!/%&" if fonts.lacks(letter, bold=True)]
    assert all(fonts.lacks(letter, bold=True) for letter in "中。ខƀŏ\u0306П")
    assert not [letter for letter in "🎉❤\ufe0f\u200d\u20e3♪→ \n\u3000" if fonts.lacks(letter, bold=True)]
    monkeypatch.setattr(fonts, "_probes", lambda bold: ())
    assert [fonts.lacks(letter, bold=True) for letter in "ệПa1.中ខ"] == [False] * 5 + [True] * 2


def test_no_files_when_neither_folder_nor_system_has_a_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_SYSTEM", {True: ("no-such-font.ttf",), False: ()})
    assert fonts.font_files.__wrapped__(bold=True, folders=(tmp_path,)) == ()


def test_emoji_are_left_out_and_letters_of_other_scripts_are_not() -> None:
    face = typeface(30)
    assert np.array_equal(drawn(face, "Chúc mừng👩🏽‍🎓🇻🇳❤️!"), drawn(face, "Chúc mừng!"))
    assert face.width("🎉") == 0
    assert face.width("ກອງ") > 0
