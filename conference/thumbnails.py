"""Small pictures of a deck's pages, for lists: made when one is first asked for, and kept beside the page."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from conference.plane_adapter import page_image
from core.errors import NotFound, _
from core.ids import new_id

WIDTH_PX = 480
_QUALITY = 82


def page_thumbnail(deck_id: str, number: int) -> Path:
    """The JPEG of page ``number`` (1-based), :data:`WIDTH_PX` wide or as wide as the page. Raises NotFound where the page is not
    rendered."""
    source = page_image(deck_id, number)
    small = source.with_name(f"{number}.small.jpg")
    if not small.is_file():
        _make(source, small)
    return small


def _make(source: Path, small: Path) -> None:
    unfinished = small.with_name(f".{small.name}.{new_id()}")  # two may ask at once: each writes its own, the last one stays
    try:
        with Image.open(source) as page:
            picture = page.convert("RGB")
    except FileNotFoundError:
        raise NotFound("deck.no_such_page", _("This page of the deck does not exist.")) from None
    picture.thumbnail((WIDTH_PX, WIDTH_PX))
    try:
        picture.save(unfinished, "JPEG", quality=_QUALITY)
        unfinished.replace(small)
    finally:
        unfinished.unlink(missing_ok=True)
