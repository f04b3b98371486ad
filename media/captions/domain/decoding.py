"""From the bytes of an uploaded file to its letters. Pure.

UTF-8 is what captions are written in; Windows still leaves UTF-16 and, in old programs, Windows-1258. Older Vietnamese encodings
(TCVN3, VNI) look like other letters and cannot be told apart: they are refused rather than guessed.
"""

from __future__ import annotations

import codecs
import unicodedata

from core.errors import Invalid, _
from core.letters import composed

MAX_BYTES = 2 * 1024 * 1024
_LETTERS = frozenset(
    unicodedata.normalize("NFC", base + tone)
    for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
)
_SIGNS = frozenset("đĐ“”‘’–—…•«»\u00a0°₫%‰")
_MARKED = (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")


def decoded(data: bytes) -> str:
    """The file's text with ``\\n`` at the end of lines. Raises Invalid ``captions.too_large`` or ``captions.encoding``."""
    if len(data) > MAX_BYTES:
        raise Invalid("captions.too_large", _("The file is larger than 2 MB. Captions are text alone; choose the caption file."))
    return _text(data).replace("\r\n", "\n").replace("\r", "\n")


def _text(data: bytes) -> str:
    for mark, name in _MARKED:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], name)
    half = len(data) // 2
    if half and len(data) % 2 == 0:  # without a mark: every other byte of digits and line ends is zero
        for name, zeros in (("utf-16-le", data[1::2].count(0)), ("utf-16-be", data[0::2].count(0))):
            if zeros > 0.3 * half:
                return _strictly(data, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _vietnamese(data)


def _strictly(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        raise unreadable() from None


def _vietnamese(data: bytes) -> str:
    """Windows-1258, if every letter beyond ASCII is then a Vietnamese one."""
    text = composed(_strictly(data, "cp1258"))
    if all(char.isascii() or char in _LETTERS or char in _SIGNS for char in text):
        return text
    raise unreadable()


def unreadable() -> Invalid:
    return Invalid(
        "captions.encoding",
        _("The letters of this file cannot be read. Open it in a text editor, save it as UTF-8, and upload it again."),
    )
