"""From the markup of WebVTT and SRT to plain text, and back to text that no reader takes for markup. Pure.

WebVTT cue text: W3C WebVTT §4.2.2 and its tokenizer in §6.4. SRT has no standard: tags of HTML's kind and ``{\\an8}`` are usual.
Only tags that are known are markup; what else stands between angle brackets was typed as text ("<nghe không rõ>") and is kept.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from media.captions.domain.cues import clean_speaker, clean_text

MAX_PAYLOAD = 16_000
"""Most characters of a cue as it is written, with its markup: what :func:`to_vtt` makes of the longest one has fewer."""

# Every quantifier is possessive: nothing that was taken is given back, so that what turns out to be no tag costs its length once.
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>v|c|b|i|u|s|em|strong|ruby|rt|lang|font|span|p|div|br)(?:\.[^\s<>.]++)*+"
    r"(?:[ \t\n](?P<note>[^<>]*+)|/)?>"
    r"|</>|<(?:\d{1,3}:)?\d{1,2}:\d{1,2}[.,]\d{1,3}>",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"&#([0-9]++);?")
_PLACED = re.compile(r"\{\\[^{}]*+\}")
_SRT_NAMED = re.compile(r"&(amp|lt|gt|nbsp|#123);")
_SRT_VALUES = {"amp": "&", "lt": "<", "gt": ">", "nbsp": "\u00a0", "#123": "{"}


def from_vtt(payload: str) -> tuple[str, str]:
    """Text and speaker of a WebVTT cue. A voice at the beginning is the speaker; a further one is written before its words."""
    return _plain(payload, _unescaped)


def from_srt(payload: str) -> tuple[str, str]:
    """Text and speaker of an SRT cue, in which only those references count that :func:`to_srt` writes."""
    return _plain(_PLACED.sub("", payload), lambda text: _SRT_NAMED.sub(lambda found: _SRT_VALUES[found[1]], text))


def to_vtt(text: str) -> str:
    """Text that is only text for every reader: ``&``, ``<``, ``>`` and with them ``-->`` are written as references."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_srt(text: str) -> str:
    """The same for SRT, where references are less known: only what would be read as markup, a reference or a time is escaped."""
    text = _SRT_NAMED.sub(lambda found: f"&amp;{found[1]};", text)
    text = re.sub(r"<(?=[A-Za-z/\d])", "&lt;", text)
    return text.replace("-->", "--&gt;").replace("{\\", "&#123;\\")


def _unescaped(text: str) -> str:
    """With the characters that HTML's references stand for. :func:`html.unescape` raises ValueError for numbers of thousands of
    digits; with eight it knows already that there is no such character."""
    return html.unescape(_NUMBERED.sub(lambda found: f"&#{found[1].lstrip('0')[:8] or '0'};", text))


def _plain(payload: str, unescape: Callable[[str], str]) -> tuple[str, str]:
    speaker, at, said = "", 0, False
    parts: list[str] = []
    for tag in _TAG.finditer(payload):
        words = unescape(payload[at : tag.start()])
        parts.append(words)
        at, said = tag.end(), said or bool(words.strip())
        name = (tag["name"] or "").lower()
        if name == "br":
            parts.append("\n")
        elif name == "v" and not tag["end"] and (voice := clean_speaker(unescape(tag["note"] or ""))):
            if speaker or said:
                parts.append(f"{voice}: ")
            else:
                speaker = voice
    parts.append(unescape(payload[at:]))
    return clean_text("".join(parts)), speaker
