"""What people type, as others will read it."""

from __future__ import annotations

import unicodedata

from core.letters import composed

_JOINER = "\u200d"
"""Between two emoji it makes one of them; everywhere else nobody sees it."""
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
"""Of Unicode's ``Default_Ignorable_Code_Point`` those that are no format characters: letters and marks that show nothing."""


def one_line(text: str) -> str:
    """``text`` as it is read: composed, on one line, without characters that cannot be seen or that turn the direction of writing
    (Unicode's category Cf, UTR #36 §2.5), which would make a title look like another, or like none."""
    seen = [letter for at, letter in enumerate(text) if _is_seen(letter, text[at - 1 : at])]
    return " ".join(composed("".join(seen)).split())


def _is_seen(letter: str, before: str) -> bool:
    if letter == _JOINER:
        return before == "\ufe0f" or (before != "" and unicodedata.category(before) in ("So", "Sk"))
    return unicodedata.category(letter) != "Cf" and letter not in _BLANK_LETTERS
