"""What a file is, by its first bytes, whatever its name says. Pure.

Sources: ISO/IEC 14496-12 §4.2 (boxes), RFC 8794 §8.1 and RFC 9559 §4 (EBML, Matroska), ISO/IEC 11172-3 §2.4.2.3 (MPEG audio
frames), id3.org (ID3v2), and for what is refused the signatures that each format begins with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.errors import _

Family = Literal["mp4", "matroska", "mp3"]

HEAD_BYTES = 1 << 16
"""So much of the beginning is looked at."""
EXTENSIONS: dict[str, Family] = {
    "mp4": "mp4", "m4v": "mp4", "mov": "mp4", "m4a": "mp4", "mkv": "matroska", "webm": "matroska", "mp3": "mp3",
}  # fmt: skip
DEMUXERS: dict[Family, tuple[str, str]] = {
    "mp4": ("mov", "mov,mp4,m4a,3gp,3g2,mj2"), "matroska": ("matroska", "matroska,webm"), "mp3": ("mp3", "mp3"),
}  # fmt: skip
"""The demuxer that reads a family, and the name by which FFmpeg whitelists it. Nothing else ever opens a stranger's file."""
NAMES: dict[Family, str] = {"mp4": "MP4/MOV", "matroska": "MKV/WebM", "mp3": "MP3"}


@dataclass(frozen=True, slots=True)
class Nature:
    """``family`` is None for what we do not take; ``what`` then says what it is (an English msgid)."""

    family: Family | None
    what: str = ""


_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", _("a PDF document")),
    (0, b"\xff\xd8\xff", _("a picture")),
    (0, b"\x89PNG", _("a picture")),
    (0, b"GIF8", _("a picture")),
    (0, b"BM", _("a picture")),
    (8, b"WEBP", _("a picture")),
    (0, b"#EXTM3U", _("a list of addresses, not a video")),
    (0, b"\xd0\xcf\x11\xe0", _("an Office document")),
    (0, b"7z\xbc\xaf\x27\x1c", _("a compressed archive")),
    (0, b"Rar!", _("a compressed archive")),
    (0, b"\x1f\x8b", _("a compressed archive")),
    (0, b"MZ", _("a program")),
    (0, b"\x7fELF", _("a program")),
    (8, b"AVI ", _("an AVI video")),
    (8, b"WAVE", _("a WAV sound")),
    (0, b"FLV\x01", _("an FLV video")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _("a Windows Media (WMV) video")),
    (0, b"OggS", _("an Ogg file")),
    (0, b"fLaC", _("a FLAC sound")),
    (0, b"\x00\x00\x01\xba", _("an MPEG video")),
)
_INSIDE_ZIP = (
    (b"ppt/", _("a slide presentation")), (b"word/", _("a Word document")), (b"xl/", _("a spreadsheet")),
)  # fmt: skip
_UNKNOWN = _("of a kind that is not known here")
_BITRATES_MPEG1_LAYER3 = range(1, 15)


def nature_of(head: bytes) -> Nature:
    """What a file is that begins with ``head`` (up to :data:`HEAD_BYTES`)."""
    if head[4:8] in _BOXES:
        return _iso(head)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        matroska = b"matroska" in head[:64] or b"webm" in head[:64]
        return Nature("matroska") if matroska else Nature(None, _UNKNOWN)
    if head.startswith(b"PK\x03\x04"):
        return Nature(None, next((what for name, what in _INSIDE_ZIP if name in head), _("a compressed archive")))
    for at, sign, what in _OTHERS:
        if head.startswith(sign, at):
            return Nature(None, what)
    if head.startswith(b"ID3") or _is_mpeg_audio(head):
        return Nature("mp3")
    return Nature(None, _("a text file") if _is_text(head) else _UNKNOWN)


def extension_of(name: str) -> str:
    """What stands behind the last dot, in lower case; empty where there is none."""
    return name.rsplit(".", 1)[1].lower() if "." in name else ""


def _iso(head: bytes) -> Nature:
    """Pictures of phones (HEIC, AVIF) are boxes, too."""
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"):
        return Nature(None, _("a picture"))
    return Nature("mp4")


def _is_mpeg_audio(head: bytes) -> bool:
    """Does it begin with a frame of layer III, and does another one follow where the first ends?"""
    length = _frame_bytes(head)
    return length is not None and _frame_bytes(head[length:]) is not None


def _frame_bytes(data: bytes) -> int | None:
    """Length of the layer III frame with which ``data`` begins (ISO/IEC 11172-3 §2.4.3.1, 13818-3 §2.4.3.1)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return None
    version, rate, hertz = data[1] >> 3 & 3, data[2] >> 4, data[2] >> 2 & 3
    if version == 1 or rate not in _BITRATES_MPEG1_LAYER3 or hertz == 3:
        return None
    mpeg1 = version == 3
    table = (
        (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320) if mpeg1
        else (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    )  # fmt: skip
    base = (44_100, 48_000, 32_000)[hertz] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if mpeg1 else 72) * table[rate - 1] * 1000 // base + (data[2] >> 1 & 1)


def _is_text(head: bytes) -> bool:
    try:
        text = head[:4096].decode("utf-8", errors="strict" if len(head) < 4096 else "ignore")
    except UnicodeDecodeError:
        return False
    return bool(text) and all(letter.isprintable() or letter in "\r\n\t\ufeff" for letter in text)
