"""Text of a GIFT file that remembers, for every character, whether it was escaped and on which line it stood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

ESCAPABLE = "~=#{}:\\-"


@dataclass(frozen=True, slots=True)
class Span:
    """``text[i]`` stood on ``lines[i]``; where ``plain[i]`` is False it was escaped and is never a mark of the format."""

    text: str
    plain: tuple[bool, ...]
    lines: tuple[int, ...]
    fallback_line: int

    @property
    def line(self) -> int:
        """The line of the first visible character (1-based)."""
        for char, line in zip(self.text, self.lines, strict=True):
            if not char.isspace():
                return line
        return self.fallback_line

    def __getitem__(self, part: slice) -> Span:
        lines = self.lines[part]
        return Span(self.text[part], self.plain[part], lines, lines[0] if lines else self.fallback_line)

    def find(self, mark: str, start: int = 0) -> int:
        """Where ``mark`` begins, all of it unescaped, from ``start`` on; -1 if nowhere."""
        at = self.text.find(mark, start)
        while at >= 0 and not all(self.plain[at : at + len(mark)]):
            at = self.text.find(mark, at + 1)
        return at

    def partition(self, mark: str) -> tuple[Span, Span | None]:
        """What comes before ``mark``, and after it (None where it does not occur)."""
        at = self.find(mark)
        return (self, None) if at < 0 else (self[:at], self[at + len(mark) :])

    def starts_with(self, mark: str) -> bool:
        return self.find(mark, 0) == 0

    def strip(self) -> Span:
        """Without white space at both ends."""
        start, end = 0, len(self.text)
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return self[start:end]

    def split_before(self, marks: str) -> Iterator[Span]:
        """The parts that begin with one of ``marks``, each with its mark; what comes before the first is a part of its own."""
        starts = [i for i, char in enumerate(self.text) if char in marks and self.plain[i]]
        bounds = [0, *starts, len(self.text)]
        for start, end in pairwise(bounds):
            if end > start:
                yield self[start:end]


def scan(lines: list[tuple[int, str]]) -> Span:
    """The span of numbered source lines, joined by line ends, with the escapes of the format undone."""
    text: list[str] = []
    plain: list[bool] = []
    numbers: list[int] = []

    def put(char: str, is_plain: bool, line: int) -> None:
        text.append(char)
        plain.append(is_plain)
        numbers.append(line)

    for index, (line, source) in enumerate(lines):
        if index:
            put("\n", True, line)
        at = 0
        while at < len(source):
            following = source[at + 1 : at + 2]
            if source[at] == "\\" and following and following in ESCAPABLE:
                put(following, False, line)
                at += 2
            elif source[at] == "\\" and following == "n":
                put("\n", False, line)
                at += 2
            else:
                put(source[at], True, line)
                at += 1
    return Span("".join(text), tuple(plain), tuple(numbers), lines[0][0] if lines else 1)


def escape(text: str) -> str:
    """``text`` so that :func:`scan` gives it back with no character acting as a mark of the format."""
    for char in "\\~=#{}:":
        text = text.replace(char, "\\" + char)
    return text.replace("->", "\\->").replace("\n", "\\n")
