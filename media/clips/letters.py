"""Letters that captions have and a picture cannot show: whoever makes a clip is told before it is made."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import islice

from core.errors import Invalid, _
from media.captions.domain.cues import MAX_MS, Cue
from media.egress.fonts import lacks

_MOST_NAMED = 5


def check_letters(cues: Iterable[Cue], start_ms: int = 0, end_ms: int = MAX_MS) -> None:
    """Raises Invalid (``clip.no_letters``) where what is said between the two moments has letters that the type of captions
    lacks; it names some of them."""
    said = " ".join(cue.text for cue in cues if cue.start_ms <= end_ms and cue.end_ms > start_ms)
    letters = dict.fromkeys(unicodedata.normalize("NFC", said))
    if missing := [_alone(letter) for letter in islice((each for each in letters if lacks(each, bold=True)), _MOST_NAMED)]:
        raise Invalid(
            "clip.no_letters",
            _(
                "Captions with such letters as %(letters)s cannot be put in the picture: its typeface lacks them. Make the clip "
                "without captions, or give the recording Vietnamese captions without these letters."
            ),
            letters=" ".join(missing),
        )


def _alone(letter: str) -> str:
    """A mark on the ring that stands for any letter."""
    return f"\u25cc{letter}" if unicodedata.category(letter)[0] == "M" else letter
