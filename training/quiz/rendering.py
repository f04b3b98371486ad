"""Question texts as safe HTML: whatever their markup, only a few harmless elements without attributes ever reach a page."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from html import escape, unescape

from django.utils.safestring import SafeString, mark_safe

from training.quiz.domain.questions import Markup, Text

_ALLOWED = frozenset(["b", "i", "em", "strong", "u", "sub", "sup", "p", "br", "ul", "ol", "li", "code", "pre", "blockquote"])
_EMPTY = frozenset({"br"})
_SILENT = frozenset({"script", "style", "title", "template"})
_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s"'<>/]*+)(?:"[^"]*"|'[^']*'|[^"'<>])*+>|<[!?][^<>]*+>""")
"""An attempt at a "<" reads on past the next one only inside quotes, so that all attempts together read a text a few times."""
_SILENT_END = {tag: re.compile(rf"</{tag}[^<>]*+>", re.IGNORECASE) for tag in _SILENT}


class _Filter:
    """Writes what it reads again: allowed elements bare and closed, text escaped, other elements dropped. It takes any text, in
    time that grows with its length; what is no markup is text."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._last_comment_end = source.rfind("-->")
        self._out: list[str] = []
        self._open: list[str] = []
        self._open_count: Counter[str] = Counter()

    def html(self) -> str:
        source, text_from, at = self._source, 0, self._source.find("<")
        while at >= 0:
            end = self._markup(at, text_from)
            if end is None:
                at = source.find("<", at + 1)  # a sign like any other
            else:
                text_from, at = end, source.find("<", end)
        self._text(source[text_from:])
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))

    def _markup(self, at: int, text_from: int) -> int | None:
        """Where the markup at ``at`` ends, once the text before it and what it stands for are written; None if it is none."""
        source = self._source
        if source.startswith("<!--", at):
            if self._last_comment_end < at + 4:
                return None
            self._text(source[text_from:at])
            return source.index("-->", at + 4) + 3
        found = _TAG.match(source, at)
        if found is None:
            return None
        self._text(source[text_from:at])
        return self._tag(found)

    def _tag(self, found: re.Match[str]) -> int:
        tag = (found[2] or "").lower()
        if tag in _SILENT and not found[1]:
            closing = _SILENT_END[tag].search(self._source, found.end())
            return closing.end() if closing else len(self._source)
        if tag in _ALLOWED:
            self._close(tag) if found[1] else self._begin(tag)
        return found.end()

    def _begin(self, tag: str) -> None:
        self._out.append(f"<{tag}>")
        if tag not in _EMPTY:
            self._open.append(tag)
            self._open_count[tag] += 1

    def _close(self, tag: str) -> None:
        while self._open_count[tag]:
            closing = self._open.pop()
            self._open_count[closing] -= 1
            self._out.append(f"</{closing}>")
            if closing == tag:
                return

    def _text(self, text: str) -> None:
        with suppress(ValueError):  # a character's number with thousands of digits
            text = unescape(text)
        self._out.append(escape(text))


def render(text: Text) -> SafeString:
    """``text`` as HTML: plain and Markdown texts escaped with their line ends kept, HTML texts filtered."""
    html = _Filter(text.text).html() if text.markup in (Markup.HTML, Markup.MOODLE) else escape(text.text)
    if text.markup is not Markup.HTML:
        html = html.replace("\n", "<br>")
    return mark_safe(html)  # noqa: S308  (made of escaped text and our own bare elements)
