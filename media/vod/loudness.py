"""How much louder a recording has to be: EBU R 128 in its wording for the web, −16 LUFS."""

from __future__ import annotations

import re
from collections.abc import Sequence

TARGET_LUFS = -16.0
ENCODED_PEAK_DB = -2.5
"""Peaks are held here before encoding: AAC at this rate adds less than 1 dB to them, which keeps them below −1.5 dBTP."""
SILENT_LUFS = -60.0
"""Below this there is nobody to be heard: noise is not made louder."""
MOST_GAIN_DB, LEAST_GAIN_DB = 24.0, -30.0
_INTEGRATED = re.compile(r"^\s*I:\s+(-?[0-9.]+|-inf|nan) LUFS")


def read_lufs(words: Sequence[str]) -> float | None:
    """The integrated loudness in the summary of ffmpeg's ``ebur128``; minus infinity for silence, None where it says nothing."""
    found = [match[1] for line in words if (match := _INTEGRATED.match(line))]
    if not found:
        return None
    return float("-inf") if found[-1] in ("-inf", "nan") else float(found[-1])


def gain_db(lufs: float) -> float:
    """What brings ``lufs`` to the target; a very quiet recording is raised by so much and no more, a silent one not at all."""
    if lufs < SILENT_LUFS:
        return 0.0
    return max(LEAST_GAIN_DB, min(MOST_GAIN_DB, TARGET_LUFS - lufs))
