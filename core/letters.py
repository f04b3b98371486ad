"""Text of strangers in one form of Unicode, in time that grows with its length. Pure."""

from __future__ import annotations

import unicodedata

MOST_MARKS = 30
"""So many marks on one letter are kept: Unicode's own bound for text that is read as it comes (UAX #15 §13, "Stream-Safe Text
Format"). No language writes more than a few."""


def composed(text: str) -> str:
    """``text`` in NFC, without the marks beyond :data:`MOST_MARKS` in a row. What comes from outside goes through here and not to
    :mod:`unicodedata` itself, which sorts the marks of one letter in quadratic time: a million of them take it an hour."""
    if text.isascii():
        return text
    return sparing(unicodedata.normalize("NFC", sparing(text)))  # again: some signs are written as two marks in NFC


def sparing(text: str) -> str:
    """``text`` as it is written, without the marks beyond :data:`MOST_MARKS` in a row, so that it may be put into any form."""
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char)[0] == "M" else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return text if len(kept) == len(text) else "".join(kept)
