"""A moment of a recording as addresses and pages write it. Pure."""

from __future__ import annotations

import re

_SECONDS = re.compile(r"([0-9]{1,6})(?:\.[0-9]{1,3})?s?")
_UNITS = re.compile(r"(?:([0-9]{1,3})h)?(?:([0-9]{1,4})m)?(?:([0-9]{1,6})s)?")
_CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-5][0-9])")


def parse_moment(text: str) -> int | None:
    """Milliseconds (of whole seconds) of what people write: ``75``, ``75s``, ``1m15s``, ``1h2m``, ``1:15``, ``1:02:03``. None for
    anything else."""
    text = text.strip().lower()
    if found := _SECONDS.fullmatch(text):
        return int(found[1]) * 1000
    if text and (found := _UNITS.fullmatch(text) or _CLOCK.fullmatch(text)):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return (hours * 3600 + minutes * 60 + seconds) * 1000
    return None


def clock_text(ms: int) -> str:
    """ "1:02:03", "07:12"."""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}" if minutes >= 60 else f"{minutes:02}:{seconds:02}"
