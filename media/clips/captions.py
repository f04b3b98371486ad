"""Captions as they are burnt in: two lines at most, long ones split, each for its part of the time. Pure."""

from __future__ import annotations

import bisect
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from media.captions.domain.cues import Cue

MOST_LINES = 2
MIN_FRAMES = 8
"""What is shown for less than a third of a second nobody reads."""
_WITH_THE_LETTER = ("Mn", "Mc", "Me", "Cf")
"""Unicode's categories of what is part of the letter before."""


@dataclass(frozen=True, slots=True)
class Caption:
    """Lines that stand in the picture from frame ``first`` to ``end`` (exclusive) of the clip."""

    first: int
    end: int
    lines: tuple[str, ...]


def captions(
    cues: Iterable[Cue], *, first: int, end: int, fps: int, width_of: Callable[[str], float], width_px: float
) -> list[Caption]:
    """What of ``cues`` is to be read in the recording's frames ``first`` … ``end`` (exclusive), in order and never two at once.

    A cue that does not fit :data:`MOST_LINES` lines of ``width_px`` is shown in parts, each as long as its share of the letters.
    """
    out: list[Caption] = []
    for cue in sorted(cues, key=lambda each: (each.start_ms, each.end_ms)):
        begin, until = max(first, cue.start_ms * fps // 1000), min(end, -(-cue.end_ms * fps // 1000))
        if until <= begin or not cue.text.strip():
            continue
        parts = _parts(broken(cue.text, width_of, width_px))
        for part_begin, part_end, lines in _shared(parts, cue.start_ms * fps // 1000, -(-cue.end_ms * fps // 1000)):
            shown = Caption(max(begin, part_begin) - first, min(until, part_end) - first, lines)
            if out and out[-1].end > shown.first:
                out[-1] = Caption(out[-1].first, shown.first, out[-1].lines)
            out.append(shown)
    return [caption for caption in out if caption.end - caption.first >= MIN_FRAMES]


def broken(text: str, width_of: Callable[[str], float], width_px: float) -> list[str]:
    """``text`` in lines of at most ``width_px``, broken between words; a word that is longer is broken between letters."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer) <= width_px:
            lines[-1] = longer
        else:
            lines += _pieces(word, width_of, width_px)
    return lines


def _pieces(word: str, width_of: Callable[[str], float], width_px: float) -> list[str]:
    """As many of the word's letters in each as there is room for, one at least; a mark stays with its letter."""
    pieces: list[str] = []
    while width_of(word) > width_px:
        ends = [at for at in range(1, len(word)) if unicodedata.category(word[at]) not in _WITH_THE_LETTER]
        if not ends:
            break
        fitting = bisect.bisect_right(ends, width_px, key=lambda end: width_of(word[:end]))
        end = ends[max(0, fitting - 1)]
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word]


def _parts(lines: Sequence[str]) -> list[tuple[str, ...]]:
    """Two lines each, and what is left."""
    count = -(-len(lines) // MOST_LINES)
    return [tuple(lines[index * MOST_LINES : (index + 1) * MOST_LINES]) for index in range(count)]


def _shared(parts: Sequence[tuple[str, ...]], begin: int, end: int) -> list[tuple[int, int, tuple[str, ...]]]:
    letters = [sum(map(len, part)) for part in parts]
    out, passed = [], 0
    for part, count in zip(parts, letters, strict=True):
        at = begin + (end - begin) * passed // sum(letters)
        passed += count
        out.append((at, begin + (end - begin) * passed // sum(letters), part))
    return out
