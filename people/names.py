"""Vietnamese names: folding for search and for files, given names for address, collation for lists. Pure."""

from __future__ import annotations

import re
import unicodedata

from core.letters import sparing

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng: the order of Vietnamese dictionaries
_RANK = {letter: rank for rank, letter in enumerate(_LETTERS, start=1)}


def folded(text: str) -> str:
    """Lower case without diacritics, đ as d, spaces single: "  Đỗ Thị Ánh" → "do thi anh"."""
    decomposed = unicodedata.normalize("NFD", sparing(text).lower().replace("đ", "d"))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


_FILE_LETTERS = 80
"""So much of a title is in a file's name; some systems take 255 bytes with everything that is put around it."""


def file_stem(title: str, otherwise: str) -> str:
    """``title`` as the name of a file that every system takes, without its ending: "Đột phá: số 57" → "dot-pha-so-57". It has at
    most 80 letters, cut between words where that can be; ``otherwise`` where nothing is left."""
    words = re.findall("[a-z0-9]+", folded(title))
    stem = "-".join(words)
    if len(stem) > _FILE_LETTERS:
        stem = stem[: _FILE_LETTERS + 1].rpartition("-")[0] or stem[:_FILE_LETTERS]
    return stem or otherwise


def given_name(full_name: str) -> str:
    """The last word of a full name; empty for an empty one."""
    words = full_name.split()
    return words[-1] if words else ""


def address_name(full_name: str) -> str:
    """How a person is greeted: by the given name; an account that is named after what it does ("Quản trị hệ thống"), whole."""
    given = given_name(full_name)
    return given if given[:1].isupper() else " ".join(full_name.split())


def _word_key(word: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    letters: list[int] = []
    tones: list[int] = []
    for char in unicodedata.normalize("NFC", word.lower()):
        decomposed = unicodedata.normalize("NFD", char)
        tone = next((c for c in decomposed if c in _TONES), "")
        base = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
        letters.append(_RANK.get(base, 100 + ord(base[0])))
        tones.append(_TONES.index(tone) + 1 if tone else 0)
    return tuple(letters), tuple(tones)


def collation_key(text: str) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Sort key for Vietnamese text, word by word: letters first (a < ă < â, d < đ …), then tones."""
    return tuple(_word_key(word) for word in text.split())


def person_key(full_name: str) -> tuple[object, ...]:
    """Sort key for people: by given name, then family and middle names."""
    return (collation_key(given_name(full_name)), collation_key(full_name))
