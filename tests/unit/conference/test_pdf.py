"""What is taken for a deck, and what its pages look like."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from conference import pdf
from core.errors import Invalid
from tests.support.pdf import LOCKED_PDF, make_bomb, make_pdf


def test_pages_are_counted_when_the_pdf_is_good() -> None:
    assert pdf.check(make_pdf(4)) == 4


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "deck.empty"),
        (b"PK\x03\x04 a pptx is a zip", "deck.not_pdf"),
        (b"<html>%PDF</html>", "deck.not_pdf"),
        (b"%PDF-1.7\nnothing of a PDF follows", "deck.broken"),
        (make_pdf(3)[:300], "deck.broken"),
        (LOCKED_PDF, "deck.encrypted"),
    ],
)
def test_a_file_is_refused_with_its_own_code_when_it_cannot_be_shown(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        pdf.check(data)
    assert refused.value.code == code


def test_limits_are_named_when_a_deck_is_too_big(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    with pytest.raises(Invalid) as refused:
        pdf.check(make_pdf(3))
    assert (refused.value.code, refused.value.fields["count"]) == ("deck.too_many_pages", 3)
    monkeypatch.setattr(pdf, "MAX_BYTES", 10)
    with pytest.raises(Invalid, match=r"deck\.too_large"):
        pdf.check(make_pdf(1))


@pytest.mark.parametrize(("size", "pixels"), [((960, 540), (1920, 1080)), ((595, 842), (1527, 2160))])
def test_a_page_is_as_large_as_a_hall_screen_needs_when_rendered(
    tmp_path: Path, size: tuple[int, int], pixels: tuple[int, int]
) -> None:
    source = tmp_path / "deck.pdf"
    source.write_bytes(make_pdf(2, size))
    with pdf.opened(source) as document:
        page = document.render(2, tmp_path / "2.part")
    assert (page.number, page.width, page.height) == (2, *pixels)
    with Image.open(tmp_path / "2.part") as image:
        assert image.format == "PNG" and image.size == pixels
        assert image.getpixel((int(pixels[0] * 0.1), 10)) == (165, 28, 32)
        assert image.getpixel((int(pixels[0] * 0.9), 10)) == (255, 255, 255)


def test_a_page_that_never_ends_costs_its_deck_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "bomb.pdf"
    source.write_bytes(make_bomb())
    with pytest.raises(Invalid, match=r"deck\.broken"), pdf.opened(source) as document:
        monkeypatch.setattr(pdf, "ANSWER_LIMIT_S", 0.5)
        document.render(1, tmp_path / "1.part")


def test_the_disks_own_trouble_is_told_as_such(tmp_path: Path) -> None:
    source = tmp_path / "deck.pdf"
    source.write_bytes(make_pdf(1))
    with pytest.raises(FileNotFoundError), pdf.opened(source) as document:
        document.render(1, tmp_path / "no folder" / "1.part")
