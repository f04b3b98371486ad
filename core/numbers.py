"""Whole numbers that somebody sent. Pure."""

from __future__ import annotations

MOST = 10**18 - 1
"""The largest that fits every column of whole numbers."""
_DIGITS = len(str(MOST))


def whole(text: str, most: int = MOST) -> int | None:
    """The number that ``text`` writes in ASCII digits alone, from 0 to ``most`` (itself at most :data:`MOST`); None for anything
    else. Python's ``int`` is no way to read what anybody may send: it raises for more than 4,300 digits, takes signs,
    underscores and blanks, and digits of every script."""
    if len(text) > _DIGITS or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if number <= most else None
