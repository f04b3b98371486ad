"""Question texts as safe HTML: whatever their markup, only a few harmless elements without attributes ever reach a page."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

from django.utils.safestring import SafeString, mark_safe

from training.quiz.domain.questions import Markup, Text

_ALLOWED = frozenset(["b", "i", "em", "strong", "u", "sub", "sup", "p", "br", "ul", "ol", "li", "code", "pre", "blockquote"])
_EMPTY = frozenset({"br"})
_SILENT = frozenset({"script", "style", "title", "template"})


class _Filter(HTMLParser):
    """Writes what it reads again: allowed elements bare and closed, text escaped, everything else dropped."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _ALLOWED:
            self._out.append(f"<{tag}>")
            if tag not in _EMPTY:
                self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in self._open:
            while (closing := self._open.pop()) != tag:
                self._out.append(f"</{closing}>")
            self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._out.append(escape(data))

    def html(self) -> str:
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))


def render(text: Text) -> SafeString:
    """``text`` as HTML: plain and Markdown texts escaped with their line ends kept, HTML texts filtered."""
    if text.markup in (Markup.HTML, Markup.MOODLE):
        reader = _Filter()
        reader.feed(text.text)
        reader.close()
        html = reader.html()
    else:
        html = escape(text.text)
    if text.markup is not Markup.HTML:
        html = html.replace("\n", "<br>")
    return mark_safe(html)  # noqa: S308  (made of escaped text and our own bare elements)
