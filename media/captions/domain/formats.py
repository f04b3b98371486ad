"""WebVTT (W3C) and SRT: reading what people bring, writing what players take. Pure.

Reading is tolerant of how things are written (hours left out, comma or point, settings, styles, notes, counters, order) and
strict about what cannot be understood: then every mistake is told with its line, and nothing is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.errors import Invalid, _
from media.captions.domain.cues import MAX_CUES, MAX_MS, MAX_SPEAKER, MAX_TEXT, Cue, in_order, too_many
from media.captions.domain.decoding import decoded
from media.captions.domain.markup import MAX_PAYLOAD, from_srt, from_vtt, to_srt, to_vtt

_TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?")
_TIMES = re.compile(r"\s*(\S+)\s*-->\s*(\S+)(?:\s.*)?")
_MAX_TIMES = 1_000
"""Most characters of a line of times, with the settings behind them."""
_SKIPPED = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s.*)?")

BAD_TIMES = _("These times cannot be understood. They look like this: 00:01:02.500 --> 00:01:05.000; in SRT with commas.")
BAD_END = _("The end must come after the start.")
NO_TIMES = _(
    "Here is text without times. Above every caption stands a line like this: 00:01:02.500 --> 00:01:05.000; in SRT with commas."
)
TOO_LONG = _("This caption is too long. Split it into shorter ones.")


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a file: ``line`` is 1-based, ``message`` a text to be translated."""

    line: int
    message: str


class Broken(Invalid):
    """The file has mistakes; nothing of it is used."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            "captions.broken", _("The file has mistakes, so nothing was imported. Correct them and upload it again.")
        )
        self.problems = problems


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines up to an empty one, or up to the next line of times. ``line`` is the number of the first."""

    line: int
    lines: tuple[str, ...]


def parse(data: bytes) -> list[Cue]:
    """The cues of a WebVTT or SRT file, in order. Which of both it is, it says itself: WebVTT by its first word.

    Raises Broken with every mistake, Invalid ``captions.empty``, ``captions.too_many``, ``captions.too_large`` or
    ``captions.encoding``.
    """
    text = decoded(data)
    is_vtt = re.match(r"WEBVTT(?=[ \t\n]|$)", text) is not None
    lines = text.split("\n")
    problems: list[Problem] = []
    cues: list[Cue] = []
    for block in _blocks(lines, first=_after_header(lines) if is_vtt else 0):
        cue = _read(block, is_vtt)
        if isinstance(cue, Problem):
            problems.append(cue)
        elif cue is not None:
            cues.append(cue)
    if problems:
        raise Broken(problems)
    if not cues:
        raise Invalid("captions.empty", _("There are no captions in this file. Choose a WebVTT (.vtt) or SRT (.srt) file."))
    if len(cues) > MAX_CUES:
        raise too_many()
    return in_order(cues)


def _after_header(lines: list[str]) -> int:
    """Index of the first line that may belong to a cue: the header ends with an empty line, or where times begin."""
    for index, line in enumerate(lines[1:], start=1):
        if not line.strip() or "-->" in line:
            return index
    return len(lines)


def _blocks(lines: list[str], first: int) -> Iterator[_Block]:
    held: list[str] = []
    start, timed = first, False
    for index, line in enumerate([*lines[first:], ""], start=first):
        times = "-->" in line
        if held and (not line.strip() or (times and timed)):
            if times and len(held) > 1 and held[-1].strip().isdigit():
                held.pop()  # the counter of the next caption, where the empty line before it is missing
            yield _Block(start + 1, tuple(held))
            held, timed = [], False
        if line.strip():
            start = start if held else index
            held.append(line)
            timed = timed or times


def _read(block: _Block, is_vtt: bool) -> Cue | Problem | None:
    at = next((index for index, line in enumerate(block.lines) if "-->" in line), None)
    if at is None or at > 1:
        if (is_vtt and _SKIPPED.fullmatch(block.lines[0])) or (len(block.lines) == 1 and block.lines[0].strip().isdigit()):
            return None
        return Problem(block.line, NO_TIMES)
    number = block.line + at
    found = _TIMES.fullmatch(block.lines[at]) if len(block.lines[at]) <= _MAX_TIMES else None
    start_ms, end_ms = (_ms(found[1]), _ms(found[2])) if found else (None, None)
    if start_ms is None or end_ms is None:
        return Problem(number, BAD_TIMES)
    if end_ms <= start_ms:
        return Problem(number, BAD_END)
    payload = "\n".join(block.lines[at + 1 :])
    if len(payload) > MAX_PAYLOAD:
        return Problem(number, TOO_LONG)
    text, speaker = (from_vtt if is_vtt else from_srt)(payload)
    if len(text) > MAX_TEXT or len(speaker) > MAX_SPEAKER:
        return Problem(number, TOO_LONG)
    return Cue(start_ms, end_ms, text, speaker) if text else None


def _ms(text: str) -> int | None:
    """A time in ms; None where it is none. Hours and the fraction may be left out; a fraction of one digit is tenths."""
    found = _TIME.fullmatch(text)
    if found is None or int(found[2]) > 59 or int(found[3]) > 59:
        return None
    ms = ((int(found[1] or 0) * 60 + int(found[2])) * 60 + int(found[3])) * 1000 + int((found[4] or "0").ljust(3, "0"))
    return ms if ms < MAX_MS else None


def _clock(ms: int, point: str) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


def to_webvtt(cues: Iterable[Cue]) -> str:
    """A WebVTT file. ``parse(to_webvtt(cues).encode()) == cues`` for cues that are clean and in order."""
    parts = ["WEBVTT\n"]
    for number, cue in enumerate(cues, start=1):
        apart = " " if cue.speaker.endswith("--") else ""  # or it would end in the arrow of a line of times
        voice = f"<v {to_vtt(cue.speaker)}{apart}>" if cue.speaker else ""
        parts.append(f"\n{number}\n{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}\n{voice}{to_vtt(cue.text)}\n")
    return "".join(parts)


def to_subrip(cues: Iterable[Cue]) -> str:
    """An SRT file with CRLF, as most of its readers expect. SRT knows no speakers: they are written before the words."""
    parts = []
    for number, cue in enumerate(cues, start=1):
        text = to_srt(f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text)
        parts.append(f"{number}\n{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}\n{text}\n")
    return "\n".join(parts).replace("\n", "\r\n")
