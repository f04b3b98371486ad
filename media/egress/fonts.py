"""The house's fonts: which files they are, and which letters they have.

Be Vietnam Pro comes with the pages (npm, or their build) in three files per weight, each with a part of the letters. Where the
pages were never built, a system font serves. Pages ask here, too, what can be set: nothing is drawn, and typst is not loaded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

_ROOT = Path(__file__).resolve().parents[2]
_FOLDERS = (_ROOT / "web" / "dist", _ROOT / "web" / "node_modules" / "@fontsource" / "be-vietnam-pro" / "files")
_SYSTEM = {
    False: ("BeVietnamPro-Medium.ttf", "NotoSans-Regular.ttf", "DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf"),
    True: ("BeVietnamPro-SemiBold.ttf", "NotoSans-Bold.ttf", "DejaVuSans-Bold.ttf", "LiberationSans-Bold.ttf", "Arialbd.ttf"),
}
_PROOF = "Ệđỹơự"
"""Letters that a font must have to be of use."""
_PROBE_PX = 20
_TYPST = ("LATIN", "GREEK", "CYRILLIC")
"""Scripts of the fonts that typst brings."""
_EMOJI_MARKS = frozenset({"\u20e3", *map(chr, range(0xFE00, 0xFE10))})
"""They make an emoji of a sign, and lie over no letter."""


@lru_cache(maxsize=2)
def font_files(*, bold: bool, folders: Sequence[Path] = _FOLDERS) -> tuple[str, ...]:
    """Files that together hold every Vietnamese letter; empty where this machine has none."""
    weight = 600 if bold else 500
    for folder in folders:
        parts = [_first(folder, f"be-vietnam-pro-{part}-{weight}-normal*.woff2") for part in ("latin", "latin-ext", "vietnamese")]
        found = tuple(str(part) for part in parts if part)
        if _prove(found):
            return found
    for name in _SYSTEM[bold]:
        if _prove((name,)):
            return (name,)
    return ()


def _first(folder: Path, pattern: str) -> Path | None:
    return min(folder.rglob(pattern), default=None) if folder.is_dir() else None


def _prove(files: tuple[str, ...]) -> bool:
    try:
        fonts = [ImageFont.truetype(file, _PROBE_PX) for file in files]
    except OSError:
        return False
    return bool(fonts) and all(any(has(font, letter) for font in fonts) for letter in _PROOF + "Aa1")


@lru_cache(maxsize=4096)
def has(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Does the font have the letter? (What it lacks is drawn like a code point that no font has.)"""
    return letter.isspace() or _shape(font, letter) != _shape(font, "\uffff")


def _shape(font: ImageFont.FreeTypeFont, letter: str) -> tuple[float, bytes]:
    return font.getlength(letter), bytes(font.getmask(letter))


def lacks(letter: str, *, bold: bool) -> bool:
    """Would words lose ``letter``, as no font of the house has it? Of symbols and emoji that is not asked: they are left out."""
    kind = unicodedata.category(letter)[0]
    if kind in "SC" or letter.isspace() or letter in _EMOJI_MARKS:
        return False
    fonts = _probes(bold=bold)
    if not fonts:
        return kind == "L" and not unicodedata.name(letter, "").startswith(_TYPST)
    return not any(has(font, letter) for font in fonts)


@lru_cache(maxsize=2)
def _probes(*, bold: bool) -> tuple[ImageFont.FreeTypeFont, ...]:
    return tuple(ImageFont.truetype(path, _PROBE_PX) for path in font_files(bold=bold))
