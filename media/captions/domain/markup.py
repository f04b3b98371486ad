"""From the markup of WebVTT and SRT to plain text, and back to text that no reader takes for markup. Pure.

WebVTT cue text: W3C WebVTT §4.2.2 and its tokenizer in §6.4. SRT has no standard: tags of HTML's kind and ``{\\an8}`` are usual.
Only tags that are known are markup; what else stands between angle brackets was typed as text ("<nghe không rõ>") and is kept.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from media.captions.domain.cues import clean_speaker, clean_text

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>v|c|b|i|u|s|em|strong|ruby|rt|lang|font|span|p|div|br)(?:\.[^\s<>.]+)*(?:[ \t\n]+(?P<note>[^<>]*)|/)?>"
    r"|</>|<(?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3}>",
    re.IGNORECASE,
)
_PLACED = re.compile(r"\{\\[^{}]*\}")
_SRT_NAMED = re.compile(r"&(amp|lt|gt|nbsp|#123);")
_SRT_VALUES = {"amp": "&", "lt": "<", "gt": ">", "nbsp": "\u00a0", "#123": "{"}


def from_vtt(payload: str) -> tuple[str, str]:
    """Text and speaker of a WebVTT cue. A voice at the beginning is the speaker; a further one is written before its words."""
    return _plain(payload, html.unescape)


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


def _plain(payload: str, unescape: Callable[[str], str]) -> tuple[str, str]:
    speaker, at = "", 0
    parts: list[str] = []
    for tag in _TAG.finditer(payload):
        parts.append(unescape(payload[at : tag.start()]))
        at = tag.end()
        name = (tag["name"] or "").lower()
        if name == "br":
            parts.append("\n")
        elif name == "v" and not tag["end"] and (voice := clean_speaker(unescape(tag["note"] or ""))):
            if speaker or "".join(parts).strip():
                parts.append(f"{voice}: ")
            else:
                speaker = voice
    parts.append(unescape(payload[at:]))
    return clean_text("".join(parts)), speaker
