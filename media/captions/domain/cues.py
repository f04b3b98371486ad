"""A caption: a stretch of the recording and what is said in it, as plain text. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.errors import Invalid, _
from core.letters import composed

MAX_CUES = 20_000
MAX_TEXT = 2_000
"""Most characters of one caption."""
MAX_SPEAKER = 120
MAX_MS = 100 * 3_600_000
"""Beyond any recording: times are below a hundred hours."""

_BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, order=True)
class Cue:
    """``start_ms`` < ``end_ms`` on the recording's timeline. ``text``: lines of plain text without markup, none of them empty.
    ``speaker``: who says it, blank where nobody is named."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""


def clean_text(text: str) -> str:
    """``text`` as a cue holds it: NFC, one space inside lines kept as written but none around them, no empty lines, nothing that
    cannot be shown (control characters, halves of surrogate pairs). Cleaning twice changes nothing."""
    lines = (_shown(line).strip() for line in _BREAKS.split(text))
    return "\n".join(line for line in lines if line)


def clean_speaker(name: str) -> str:
    """A name on one line with single spaces."""
    return _SPACES.sub(" ", clean_text(name)).strip()


def _shown(line: str) -> str:
    line = line.replace("\t", " ")
    return composed("".join(char for char in line if char != "\ufeff" and unicodedata.category(char) not in ("Cc", "Cs")))


def in_order(cues: Iterable[Cue]) -> list[Cue]:
    """By their beginning; those that overlap stay as they are, since two may speak at once."""
    return sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms))


def checked(cues: Sequence[Cue]) -> list[Cue]:
    """The cues cleaned and in order; those without text are left out. Raises Invalid ``captions.too_many`` or
    ``captions.bad_cue`` with the number of the cue (1-based, as it was given)."""
    if len(cues) > MAX_CUES:
        raise too_many()
    kept: list[Cue] = []
    for number, cue in enumerate(cues, start=1):
        tidy = Cue(cue.start_ms, cue.end_ms, clean_text(cue.text), clean_speaker(cue.speaker))
        if not 0 <= tidy.start_ms < tidy.end_ms < MAX_MS:
            raise Invalid(
                "captions.bad_cue", _("Caption %(number)s: its end must come after its start. Correct the times."), number=number
            )
        if len(tidy.text) > MAX_TEXT or len(tidy.speaker) > MAX_SPEAKER:
            raise Invalid("captions.bad_cue", _("Caption %(number)s is too long. Split it into shorter ones."), number=number)
        if tidy.text:
            kept.append(tidy)
    return in_order(kept)


def too_many() -> Invalid:
    return Invalid("captions.too_many", _("There are more than 20,000 captions. Split the file and give one part a recording."))
