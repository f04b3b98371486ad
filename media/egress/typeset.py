"""Words in the picture: fonts with every Vietnamese letter, and lines that fit.

A word is set letter by letter from the first file (:mod:`media.egress.fonts`) that has it, and where there is no font at all in
the one that typst brings.
"""

from __future__ import annotations

import io
import unicodedata
from functools import lru_cache

import typst
from PIL import Image, ImageDraw, ImageFont

from media.egress.fonts import font_files, has

Colour = tuple[int, int, int]


class Typeface:
    """One weight in one size: measures and draws single lines."""

    def __init__(self, size_px: int, *, bold: bool) -> None:
        self.size_px = size_px
        self._bold = bold
        self._fonts = tuple(ImageFont.truetype(path, size_px) for path in font_files(bold=bold))
        ascents = [font.getmetrics() for font in self._fonts] or [(size_px, size_px // 4)]
        self.ascent_px, self.descent_px = max(a for a, _ in ascents), max(d for _, d in ascents)

    @property
    def line_px(self) -> int:
        """From one base line to the next."""
        return round(self.size_px * 1.4)

    def width(self, text: str) -> int:
        """Pixels that ``text`` takes on one line."""
        if not self._fonts:
            return _typst_line(unicodedata.normalize("NFC", text), self.size_px, self._bold).width
        return round(sum(font.getlength(run) for font, run in self._runs(text)))

    def shows(self, text: str) -> bool:
        """Is anything of ``text`` seen once it is drawn? Of emoji nothing is, nor of what no font here has."""
        if not self._fonts:
            return _typst_line(unicodedata.normalize("NFC", text), self.size_px, self._bold).getbbox() is not None
        return any(font.getmask(run).getbbox() for font, run in self._runs(text))

    def draw(self, image: Image.Image, xy: tuple[int, int], text: str, fill: Colour) -> None:
        """Write ``text`` with its line's top left at ``xy``; on RGBA the letters are opaque."""
        if not self._fonts:
            mask = _typst_line(unicodedata.normalize("NFC", text), self.size_px, self._bold)
            image.paste(fill if image.mode == "RGB" else (*fill, 255), xy, mask)
            return
        draw, left = ImageDraw.Draw(image), float(xy[0])
        for font, run in self._runs(text):
            draw.text((left, xy[1] + self.ascent_px), run, fill=fill, font=font, anchor="ls")
            left += font.getlength(run)

    def lines(self, text: str, width_px: int, most: int) -> list[str]:
        """``text`` broken between words into at most ``most`` lines of ``width_px``; what is too long ends in …"""
        out: list[str] = []
        words = text.split()
        while words and len(out) < most:
            count = len(words)
            while count > 1 and self.width(" ".join(words[:count])) > width_px:
                count -= 1
            line, words = " ".join(words[:count]), words[count:]
            out.append(self._cut(line + " …" if words and len(out) == most - 1 else line, width_px))
        return out

    def balanced(self, text: str, width_px: int, most: int) -> list[str]:
        """The same lines as :meth:`lines` makes, as few, but of about equal length."""
        best = self.lines(text, width_px, most)
        for part in range(19, 9, -1):
            narrower = self.lines(text, width_px * part // 20, most)
            if len(narrower) > len(best) or (narrower[-1:] != best[-1:] and "…" in "".join(narrower)):
                break
            best = narrower
        return best

    def _cut(self, line: str, width_px: int) -> str:
        if self.width(line) <= width_px:
            return line
        line = line.rstrip(" …")
        while line and self.width(line + "…") > width_px:
            line = line[:-1].rstrip()
        return line + "…"

    def _runs(self, text: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        runs: list[tuple[ImageFont.FreeTypeFont, str]] = []
        for letter in unicodedata.normalize("NFC", text):
            if unicodedata.category(letter)[0] in "SCM" and not any(has(font, letter) for font in self._fonts):
                continue  # emoji, and what joins them: a box for each would say less than nothing
            font = self._font_of(letter, runs[-1][0] if runs else None)
            if runs and runs[-1][0] is font:
                runs[-1] = (font, runs[-1][1] + letter)
            else:
                runs.append((font, letter))
        return runs

    def _font_of(self, letter: str, current: ImageFont.FreeTypeFont | None) -> ImageFont.FreeTypeFont:
        if current is not None and (letter.isspace() or has(current, letter)):
            return current
        return next((font for font in self._fonts if has(font, letter)), self._fonts[0])


@lru_cache(maxsize=16)
def typeface(size_px: int, *, bold: bool = False) -> Typeface:
    """The house's type in a size."""
    return Typeface(size_px, bold=bold)


@lru_cache(maxsize=64)
def _typst_line(text: str, size_px: int, bold: bool) -> Image.Image:
    """A line as an alpha mask, set by typst in the serif that it carries."""
    source = (
        f"#set page(width: auto, height: auto, margin: 0pt, fill: none)\n"
        f'#set text(size: {size_px}pt, weight: {600 if bold else 400}, top-edge: "ascender", bottom-edge: "descender")\n'
        f"#{_quoted(text)}"
    )
    png = typst.compile(source.encode(), format="png", ppi=72.0)
    if not isinstance(png, bytes):
        raise TypeError("one page gives one image")
    return Image.open(io.BytesIO(png)).convert("RGBA").getchannel("A")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
