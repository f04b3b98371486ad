"""Reading a deck: is it a PDF that can be shown, and its pages as images. No Django.

pypdfium2 is not thread-safe (its manual says so): one lock guards every use in this process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pypdfium2 as pdfium

from core.errors import Invalid, _

MAX_BYTES = 60 * 1024 * 1024
MAX_PAGES = 400
MAX_WIDTH_PX = 1920
MAX_HEIGHT_PX = 2160
_HEADER_WITHIN = 1024  # where readers look for the header (ISO 32000-1, annex H.3, note 13)

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page: ``width`` and ``height`` in pixels, the text that can be selected in it."""

    number: int
    width: int
    height: int
    text: str


def check(source: Path | bytes) -> int:
    """Number of pages of a PDF that can be shown.

    Raises Invalid: ``deck.empty``, ``deck.too_large``, ``deck.not_pdf``, ``deck.encrypted``, ``deck.broken``,
    ``deck.too_many_pages``.
    """
    head, size = _head(source)
    if size == 0:
        raise Invalid("deck.empty", _("The file is empty."))
    if size > MAX_BYTES:
        refuse_size()
    if b"%PDF-" not in head:
        raise Invalid("deck.not_pdf", _("This is not a PDF file. Export the slides as PDF, then choose that file."))
    with _open(source) as document:
        count = len(document)
    if count == 0:
        raise _broken()
    if count > MAX_PAGES:
        raise Invalid(
            "deck.too_many_pages", _("The deck has %(count)s pages; at most %(most)s are possible."), count=count, most=MAX_PAGES
        )
    return count


def refuse_size() -> NoReturn:
    """Raises Invalid ``deck.too_large``."""
    raise Invalid("deck.too_large", _("The file is too large: at most %(mb)s MB."), mb=MAX_BYTES // (1024 * 1024))


def render(source: Path, number: int, target: Path) -> Page:
    """Write page ``number`` (1-based) as PNG to ``target``, at most 1920 × 2160 px. Raises Invalid ``deck.broken``."""
    with _open(source) as document:
        try:
            page = document[number - 1]
            width_pt, height_pt = page.get_size()
            scale = min(MAX_WIDTH_PX / max(width_pt, 1.0), MAX_HEIGHT_PX / max(height_pt, 1.0))
            image = page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
            text = page.get_textpage().get_text_bounded().replace("\x00", "").strip()
        except (pdfium.PdfiumError, ValueError, MemoryError) as error:
            raise _broken() from error
        image.save(target, format="PNG", compress_level=6)
        return Page(number, image.width, image.height, text)


@contextmanager
def _open(source: Path | bytes) -> Iterator[Any]:
    with _lock:
        try:
            document = pdfium.PdfDocument(source)
        except pdfium.PdfiumError as error:
            if "password" in str(error).lower():
                raise Invalid("deck.encrypted", _("The PDF is locked with a password. Save it without one.")) from None
            raise _broken() from error
        try:
            yield document
        finally:
            document.close()


def _broken() -> Invalid:
    return Invalid("deck.broken", _("The PDF is damaged and cannot be opened. Export it again, then choose the new file."))


def _head(source: Path | bytes) -> tuple[bytes, int]:
    if isinstance(source, bytes):
        return source[:_HEADER_WITHIN], len(source)
    with source.open("rb") as file:
        return file.read(_HEADER_WITHIN), source.stat().st_size
